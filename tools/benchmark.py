"""How long the tests and the import take, as ratios measured in one run. Nothing here is compared by a test.

The floor of the test command is nbval, as it comes, over as many notebooks that hold one trivial cell each.
"""
import os
import re
import subprocess
import sys
import tempfile
from functools import partial, update_wrapper
from pathlib import Path
from time import perf_counter
from timeit import timeit

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_notebook

from course_lib import HeatTable
from course_lib.checks import check
from course_lib.exercises import EXERCISES

ROOT = Path(__file__).parent.parent
REPEATS = 3


def seconds(*arguments, cwd=ROOT):
    """Wall time of `python arguments…`; an error ends the benchmark with what it printed."""
    start = perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return perf_counter() - start


def test_command():
    """The test command against the floor, alternating, the quickest of REPEATS each."""
    notebooks = len(list((ROOT / "notebooks").glob("[0-9]*.ipynb")))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        cell = new_code_cell("1 + 1", execution_count=1)
        cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
        for i in range(notebooks):
            nbformat.write(new_notebook(cells=[cell]), Path(folder) / f"{i}.ipynb")
        plain_nbval = "-m pytest -q --nbval --nbval-current-env --numprocesses=auto --maxprocesses=8 --dist=loadfile".split()
        times = [(seconds("-m", "pytest", "-q"), seconds(*plain_nbval, cwd=folder)) for _ in range(REPEATS)]
    course, floor = map(min, zip(*times, strict=True))
    print(f"test command {course:.1f} s, nbval over {notebooks} trivial notebooks {floor:.1f} s: ratio {course / floor:.2f}")


def import_time(module):
    """Microseconds that Python reports for an import, all that it imports in turn included."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    report = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=True).stderr
    return int(re.findall(rf"\| +(\d+) \| {module}$", report, re.MULTILINE)[-1])


def imports():
    """`import course_lib` against `import numpy`, alternating, the quickest of fifteen each."""
    course, numpy = map(min, zip(*((import_time("course_lib"), import_time("numpy")) for _ in range(15)), strict=True))
    print(f"import course_lib {course / 1000:.0f} ms, import numpy {numpy / 1000:.0f} ms: ratio {course / numpy:.2f}")


def checks():
    """The slowest `check` of a right answer, and of a wrong one, over all exercises."""
    def milliseconds(name, function):
        attempt = update_wrapper(partial(function), function)
        attempt.__name__ = name
        return min(timeit(lambda: check(attempt), number=1) for _ in range(REPEATS)) * 1000

    right = max((milliseconds(name, exercise.answer), name) for name, exercise in EXERCISES.items())
    mistakes = [(name, mistake) for name, exercise in EXERCISES.items() for mistake in exercise.mistakes]
    wrong = max((milliseconds(name, mistake), name) for name, mistake in mistakes)
    print(f"slowest check of a right answer {right[0]:.0f} ms ({right[1]}), of a wrong one {wrong[0]:.0f} ms ({wrong[1]})")


def tables():
    """A coloured 5 × 5 table, from numbers to HTML, against formatting its 25 numbers alone."""
    values, names = np.random.default_rng(0).normal(size=(5, 5)), "abcde"
    table = timeit(lambda: HeatTable(values, names, names, "scores")._repr_html_(), number=500) / 500
    plain = timeit(lambda: [[f"{value:.4f}" for value in row] for row in values.tolist()], number=500) / 500
    print(f"5 × 5 heat table {table * 1000:.2f} ms, its numbers alone {plain * 1000:.2f} ms: ratio {table / plain:.0f}")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    os.environ["COURSE_LIB_NO_PROGRESS"] = "1"
    imports()
    tables()
    checks()
    test_command()
