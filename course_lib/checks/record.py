"""Which exercises are done: a small file in the reader's folder, which git ignores and nothing else depends on."""
import json
import os
from itertools import count
from pathlib import Path

from course_lib.checks.messages import Message
from course_lib.exercises import BY_NOTEBOOK

FILE = ".attention_progress.json"
OFF = "COURSE_LIB_NO_PROGRESS"           # set by the tests and by `make outputs`, which must not depend on a reader's file


def add(name):
    """Write down that an exercise is done. → sentences about a file that could not be used, mostly none"""
    if OFF in os.environ:
        return []
    done, problems = _read()
    try:
        if done is not None and name not in done:
            temporary = Path(FILE + ".new")                 # an interruption leaves the old file whole
            temporary.write_bytes(json.dumps({"done": sorted({*done, name})}).encode() + b"\n")
            os.replace(temporary, FILE)
    except OSError as error:
        problems.append(f"Your progress could not be saved in `{FILE}`: {error.strerror}.")
    return problems


def progress():
    """Show which exercises of which notebook are done. → Message"""
    done, problems = _read() if OFF not in os.environ else (set(), [])
    lines = []
    for notebook, exercises in BY_NOTEBOOK.items():
        finished = [name for name in exercises if name in (done or ())]
        marked = ", ".join(f"`{name}`" + (" done" if name in finished else "") for name in exercises)
        lines.append(f"{notebook}: {len(finished)} of {len(exercises)}. {marked}")
    return Message(*problems, *lines)


def _read():
    """The names in the file, None if it cannot be read; and a sentence if that is so, or if the file had to be set aside."""
    try:
        done = json.loads(Path(FILE).read_bytes())["done"]
        if not isinstance(done, list) or not all(isinstance(name, str) for name in done):
            raise TypeError
        return set(done), []
    except FileNotFoundError:
        return set(), []
    except OSError as error:
        return None, [f"`{FILE}` could not be read: {error.strerror}."]
    except (ValueError, KeyError, TypeError, RecursionError):
        return _set_aside()


def _set_aside():
    """Give a file that is not ours another name, which no file has yet; what there is to say, as from `_read`."""
    aside = next(path for path in (Path(f"{FILE}.set_aside_{i}") for i in count(1)) if not path.exists())
    try:
        os.replace(FILE, aside)
    except OSError as error:
        return None, [f"`{FILE}` is not one of ours and could not be set aside: {error.strerror}."]
    return set(), [f"`{FILE}` was not one of ours, so it was set aside as `{aside}`; your progress starts anew."]
