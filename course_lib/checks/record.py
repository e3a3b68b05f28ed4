"""Which exercises are done: a small file in the reader's folder, which git ignores and nothing else depends on."""
import json
import os
from itertools import count
from pathlib import Path

from course_lib.checks.messages import Message
from course_lib.exercises import BY_NOTEBOOK
from course_lib.looks import BLUE, GREEN, GREY, GROUND, INK, LINE, LIT, image, themed

FILE = ".attention_progress.json"
OFF = "COURSE_LIB_NO_PROGRESS"           # set by the tests and by `make outputs`, which must not depend on a reader's file
NAMES = "On paper", "Embeddings", "QKV", "Scores", "Scaling", "Masking", "Softmax", "Weighted sum", "Multi-head"
WIDE = 90                                # pixels of a station: nine fit beside JupyterLab's list of files
MORE = "What you have solved is right on every input that we try: it is yours to build on."
NONE = "A wrong try costs nothing: `check` shows where it differs, and `hint` helps as often as you ask."
ALL = "You have built multi-head attention from nothing, and every part of it is right."


def add(name):
    """Write down that an exercise is done. → sentences about a file that could not be used, mostly none"""
    if OFF in os.environ:
        return []
    done, problems = _read()
    try:
        if done is not None and name not in done:
            _write({*done, name})
    except OSError as error:
        problems.append(f"Your progress could not be saved in `{FILE}`: {error.strerror}.")
    return problems


def progress():
    """Show the course as a line of lessons, what is solved of each, and what comes next. → Message"""
    done, problems = _read() if OFF not in os.environ else (set(), [])
    here, lessons = _here(done or ()), list(BY_NOTEBOOK)
    at, total = lessons.index(here), sum(map(len, BY_NOTEBOOK.values()))
    left = [f"Next: `{name}`, in {lesson}." for lesson in lessons[at:] + lessons[:at] for name in BY_NOTEBOOK[lesson]
            if name not in (done or ())]
    cheer = ALL if not left else NONE if len(left) == total else MORE
    return Message(*problems, f"Solved: {total - len(left)} of {total} exercises.", Course(done or (), here), *left[:1], cheer)


def _here(done):
    """The lesson whose notebook runs, where Jupyter tells; else the last one of which an exercise is done, else the first."""
    running = Path(os.environ.get("JPY_SESSION_NAME", "")).name
    begun = [lesson for lesson, exercises in BY_NOTEBOOK.items() if not set(done).isdisjoint(exercises)]
    return next((lesson for lesson in BY_NOTEBOOK if running.startswith(lesson)), [*list(BY_NOTEBOOK)[:1], *begun][-1])


class Course:
    """The lessons as stations of one line, each with a pip for every exercise, full where it is done; the one you are in is lit.

    done    the names of exercises
    here    the lesson one is in, such as "06_softmax"
    """

    def __init__(self, done, here):
        self.stations = [(lesson[:2], name, [exercise in done for exercise in BY_NOTEBOOK[lesson]], lesson == here)
                         for lesson, name in zip(BY_NOTEBOOK, NAMES, strict=True)]

    def __repr__(self):
        return "\n".join(f"{''.join('○●'[full] for full in pips):6}  {_said(number, name, pips, here)}"
                         for number, name, pips, here in self.stations)

    def _repr_html_(self):
        return f"<div>{''.join(image(_drawn(*station), _said(*station)) for station in self.stations)}</div>"


def _said(number, name, pips, here):
    return f"{number} {name}: {sum(pips)} of {len(pips)} solved" + ", you are here" * here


def _drawn(number, name, pips, here):
    """A station as SVG: its number on the line, its name and its pips."""
    middle, whole = WIDE / 2, all(pips)
    ring = GREEN if whole else BLUE if here else GREY
    line = (middle if number == "00" else 0), (middle if name == NAMES[-1] else WIDE)
    dots = "".join(f'<circle cx="{middle + 12 * (i - (len(pips) - 1) / 2)}" cy="73" r="4" fill="{GREEN if full else GROUND}" '
                   f'stroke="{GREEN if full else GREY}" stroke-width="1.5"/>' for i, full in enumerate(pips))
    return themed(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="104" font-family="sans-serif" font-size="12" '
                  f'text-anchor="middle" fill="{INK}">' + f'<rect width="{WIDE}" height="100" rx="8" fill="{LIT}"/>' * here
                  + f'<path d="M{line[0]} 24H{line[1]}" stroke="{LINE}" stroke-width="4"/>'
                  f'<circle cx="{middle}" cy="24" r="15" fill="{GREEN if whole else GROUND}" stroke="{ring}" stroke-width="3"/>'
                  f'<text x="{middle}" y="28.5" font-weight="bold" fill="{GROUND if whole else INK}">{number}</text>'
                  f'<text x="{middle}" y="58">{name}</text>{dots}'
                  + f'<text x="{middle}" y="94">you are here</text>' * here + "</svg>")


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


def _write(names):
    """Save the names; an interruption leaves the old file whole."""
    temporary = Path(FILE + ".new")
    temporary.write_bytes(json.dumps({"done": sorted(names)}).encode() + b"\n")
    os.replace(temporary, FILE)
