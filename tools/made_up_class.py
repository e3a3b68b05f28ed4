"""Make up a class's submissions, to try `python -m teach.beliefs` on: `python -m tools.made_up_class FOLDER 30 05 06`.

Learners 1 to 30 hand in lessons 05 and 06, in nbgrader's layout. What each wrote is drawn at random, always the same: right,
a listed mistake (some are made by many), two of them, something of their own, nothing; and now and then what no program likes
to run.
"""
import json
import random
import re
import sys
from pathlib import Path

from course_lib.checks.diagnosing import doubles
from course_lib.exercises import BY_NOTEBOOK, EXERCISES
from course_lib.exercises.sheet import source

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
# Bodies of functions; {0} is the first argument
OWN = ["    return {0} * 1.5", "    return None", "    print({0})\n    return np.zeros(3)", "    return {0}.view(-1)",
       "    return helper({0})"]
HOSTILE = {
    "endless": "    while True:\n        pass",
    "stubborn": """    while True:
        try:
            while True:
                pass
        except BaseException:
            pass""",
    "exit": "    import os\n    os._exit(3)",
    "write": "    open('../answers.txt', 'w').write('mine')\n    return {0}",
    "delete": "    import os\n    os.remove('../there_is_no_such_file')",
    "connect": "    import urllib.request\n    return urllib.request.urlopen('http://localhost:9')",
    "start": "    import subprocess\n    return subprocess.run(['python', '-c', '1'])",
    "memory": "    return np.ones((20_000, 20_000))",              # 3.2 GB
    "crash": "    import ctypes\n    ctypes.string_at(0)",
    "noise": "    for _ in range(10**5):\n        print('x' * 1000)\n    return {0}"}
# What becomes of a whole notebook
BROKEN = {"half": lambda text: text[:len(text) // 2], "empty": lambda text: "", "foreign": lambda text: json.dumps(
    {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "source": "print(1)", "metadata": {}}]}),
          "renamed": lambda text: re.sub(r'"def (\w+)\(', r'"def my_\1(', text)}


def written(name, draw):
    """What a learner puts for a stub: the code of a function, or None for nothing."""
    exercise = EXERCISES[name]
    kind = draw.choices(["right", "often", "listed", "two", "own", "nothing", "hostile"], [45, 18, 12, 3, 6, 14, 2])[0]
    line = source(exercise.answer).partition("\n")[0]
    body = {"own": OWN, "hostile": list(HOSTILE.values())}.get(kind)
    if body:
        first = re.search(r"\(([A-Za-z_]\w*)?", line)[1] or "0"
        return f"{line}\n{draw.choice(body).format(first)}"
    few = exercise.mistakes[:2] if kind == "often" else exercise.mistakes
    slips = doubles(exercise) if kind == "two" else ()
    return {"right": draw.choice([source(exercise.answer), *exercise.others]), "nothing": None}.get(
        kind, draw.choice(slips or few).code)


def handed_in(lesson, draw):
    """A lesson's notebook as text, each stub with what was drawn for it."""
    notebook = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        stub = re.match(r"def (\w+)\(", "".join(cell["source"]))
        code = written(stub[1], draw) if cell["cell_type"] == "code" and stub and stub[1] in EXERCISES else None
        cell["source"] = code.splitlines(True) if code else cell["source"]
    return json.dumps(notebook, ensure_ascii=False, indent=1)


def make(folder, learners, lessons, seed=0):
    """Write the submissions below FOLDER/submitted. Two learners in fifteen hand in a file that is broken, foreign or renamed."""
    draw = random.Random(seed)
    for i in range(1, learners + 1):
        for lesson in lessons:
            path = Path(folder, "submitted", f"learner_{i:03}", lesson[:2], f"{lesson}.ipynb")
            path.parent.mkdir(parents=True, exist_ok=True)
            text = handed_in(lesson, draw)
            harm = list(BROKEN.values())[i // 8 % 4] if i % 8 == 7 and lesson == lessons[-1] else str
            path.write_text(harm(text), encoding="utf-8")


def main(words):
    """Make it; → None, or a sentence that says what is missing."""
    if len(words) < 3 or not words[1].isdigit():
        return "Name a folder, the number of learners and one lesson or more: python -m tools.made_up_class class 30 05 06"
    lessons = [name for number in words[2:] for name in BY_NOTEBOOK if name.startswith(number)]
    make(words[0], int(words[1]), lessons)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
