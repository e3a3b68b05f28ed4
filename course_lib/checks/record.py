"""Which exercises are done: a small file in the reader's folder, which git ignores and nothing else depends on."""
import json
import os
from itertools import count
from pathlib import Path

from course_lib.checks.messages import SAY, Message
from course_lib.exercises import BY_NOTEBOOK, EXERCISES
from course_lib.looks import GREEN, GREY, GROUND, INK, LINE, LIT, image, themed

FILE = ".attention_progress.json"
OFF = "COURSE_LIB_NO_PROGRESS"           # set by the tests and by `make outputs`, which must not depend on a reader's file
NAMES = {"00": "On paper", "01": "Embeddings", "02": "QKV", "03": "Scores", "04": "Scaling", "05": "Masking", "06": "Softmax",
         "07": "Weighted sum", "08": "Multi-head", "09": "Trained heads", "10": "Language model", "11": "Long contexts",
         "12": "In PyTorch", "13": "Museum of bugs"}


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
    """Show the course as a line of lessons, what is solved of each, and what comes next, from where one is. → Message"""
    done, problems = _read() if OFF not in os.environ else (set(), [])
    running, lessons = Path(os.environ.get("JPY_SESSION_NAME", "")).name, list(BY_NOTEBOOK)     # Jupyter names the notebook
    here = next((i for i, lesson in enumerate(lessons) if running.startswith(lesson)), None)
    left = [f"Next: `{name}`, in {lesson}." for lesson in lessons[here:] + lessons[:here or 0] for name in BY_NOTEBOOK[lesson]
            if name not in (done or ())]
    cheer = SAY.ALL if not left else SAY.NONE if len(left) == len(EXERCISES) else SAY.MORE
    solved = f"Solved: {len(EXERCISES) - len(left)} of {len(EXERCISES)} exercises."
    return Message(*problems, solved, Course(done or (), here), *left[:1], cheer)


class Course:
    """The lessons as stations of one line, each with a pip for every exercise, full where it is done; where you are is lit."""

    def __init__(self, done, here):
        self.here, self.pips = here, [[name in done for name in exercises] for exercises in BY_NOTEBOOK.values()]
        self.numbers = [lesson[:2] for lesson in BY_NOTEBOOK]
        self.says = [f"{number} {NAMES[number]}: {sum(pips)} of {len(pips)} solved" + ", you are here" * (i == here)
                     for i, (number, pips) in enumerate(zip(self.numbers, self.pips, strict=True))]

    def __repr__(self):
        lines = zip(self.pips, self.says, strict=True)
        return "\n".join(f"{''.join('○●'[full] for full in pips):8}  {says}" for pips, says in lines)

    def _repr_html_(self):
        return f'<div style="margin:0.6em 0">{"".join(image(self._drawn(i), says) for i, says in enumerate(self.says))}</div>'

    def _drawn(self, i):
        """A station as SVG, 90 pixels wide, so that nine stand in a row beside a list of files: number, name and pips."""
        pips, here, whole = self.pips[i], i == self.here, all(self.pips[i])
        dots = "".join(f'<circle cx="{50.5 + 11 * j - 5.5 * len(pips):g}" cy="73" r="4" fill="{(GROUND, GREEN)[full]}" '
                       f'stroke="{(GREY, GREEN)[full]}" stroke-width="1.5"/>' for j, full in enumerate(pips))
        return themed(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="104" font-family="sans-serif" font-size="12" '
            f'text-anchor="middle" fill="{INK}"><rect width="90" height="100" rx="8" fill="{(GROUND, LIT)[here]}"/>'
            f'<path d="M{45 * (i == 0)} 24H{90 - 45 * (i == len(self.pips) - 1)}" stroke="{LINE}" stroke-width="4"/>'
            f'<circle cx="45" cy="24" r="15" fill="{(GROUND, GREEN)[whole]}" stroke="{(GREY, GREEN)[whole]}" stroke-width="3"/>'
            f'<text x="45" y="28.5" font-weight="bold" fill="{(INK, GROUND)[whole]}">{self.numbers[i]}</text><text x="45" y="58">'
            f'{NAMES[self.numbers[i]]}</text>{dots}<text x="45" y="94">{"you are here" * here}</text></svg>')


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
