"""Which exercises are done: a small file in the reader's folder, which git ignores and nothing else depends on."""
import json
import os
from pathlib import Path

from course_lib.checks.messages import Message
from course_lib.exercises import BY_NOTEBOOK

FILE = ".attention_progress.json"
OFF = "COURSE_LIB_NO_PROGRESS"           # set by the tests and by `make outputs`, which must not depend on a reader's file


def add(name):
    """Remember that an exercise is done. → what there is to say about the file, mostly nothing."""
    if OFF in os.environ:
        return []
    done, said = _read()
    try:
        if done is not None and name not in done:
            temporary = Path(FILE + ".new")
            temporary.write_bytes(json.dumps({"done": sorted({*done, name})}).encode() + b"\n")
            os.replace(temporary, FILE)
    except OSError as error:
        said.append(f"Your progress could not be saved in `{FILE}`: {error.strerror}.")
    return said


def progress():
    """Show which exercises of which notebook are done. → Message"""
    done, said = _read() if OFF not in os.environ else (set(), [])
    done, lines = done or set(), []
    for notebook, exercises in BY_NOTEBOOK.items():
        count = sum(name in done for name in exercises)
        marks = ", ".join(f"`{name}`" + (" done" if name in done else "") for name in exercises)
        lines.append(f"{notebook}: {count} of {len(exercises)}. {marks}")
    return Message(*said, *lines)


def _read():
    """The names in the file, and a sentence if it had to be set aside."""
    path = Path(FILE)
    try:
        done = json.loads(path.read_bytes())["done"]
        if not isinstance(done, list) or not all(isinstance(name, str) for name in done):
            raise TypeError
        return set(done), []
    except FileNotFoundError:
        return set(), []
    except OSError as error:
        return None, [f"`{FILE}` could not be read: {error.strerror}."]
    except (ValueError, KeyError, TypeError, RecursionError):
        aside = _free(1)
        try:
            os.replace(path, aside)
        except OSError as error:
            return None, [f"`{FILE}` is not one of ours and could not be set aside: {error.strerror}."]
        return set(), [f"`{FILE}` was not one of ours, so it was set aside as `{aside}`; your progress starts anew."]


def _free(i):
    """The first name that no file has to which one can be set aside, from the i-th on."""
    aside = Path(f"{FILE}.set_aside_{i}")
    return _free(i + 1) if aside.exists() else aside
