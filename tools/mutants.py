"""Break the library in every small way that mutmut knows, and see whether a test notices: `make mutants`.

mutmut changes one thing at a time (an operator, a number, a word, an argument) in a copy under mutants/ and runs the tests
that reach it. What survives must be explained below; one survivor without an explanation ends the run red.
"""
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# A regular expression for "the line before → the line after" of a survivor, and why no test can see the difference.
EXPLAINED = {
    r"strict=True.* → (?!.*strict=True)": "the two are equally long whatever is given; strict only says so to the reader",
    r'"(b?iuf|iu|b)".* → .*"XX\1XX"': "X is no kind of dtype",
    r"^(.*)astype\((?:np\.)?float(?:64)?\)(.*) → \1astype\(None\)\2$": "None means float64 to NumPy",
    r"largest.dtype.type\(0\).* → .*largest.dtype.type\(1\)": "where all is -inf, exp(-inf - 1) is 0 as well",
    r'value > 0 else "−∞" → .*value (>= 0|> 1) else': "an infinite number is above all others or below them",
    r"value >= 0 else DEEPEST.* → .*value > 0 else": "0 is white in either colour",
    r"\.1f.* → .*\.1F": "both write the same digits",
    r'beside > 0 else.* → .*beside (>= 0|> 1) else': "a name stands 8 pixels to the left or to the right",
    r"reshape\(shape\) → .*and False": "reshape(None) keeps the shape",
    r"writeable = False → .*None": "None is as false as False",
    r"dtype=np.uint32.* → .*shape, \)": "NumPy draws the same 32-bit words for its default, int64",
    r"total.dtype.type\(1\).* → .*total.dtype.type\(2\)": "where the sum is 0, 0 / 2 is 0 as well",
    r"abs\(weight - highest\) < 1e-9.* → .*<= 1e-9": "no two weights lie 1e-9 apart to the last bit",
    r"np.where\(weights > 0, weights, 1\).* → .*weights, 2\)": "a weight of 0 times any logarithm is 0",
    r"(Q|K|V) \+ here.* → .*\1 - here": "smaller numbers are as different as larger ones",
    r"(set_visible\(|busy = )False.* → .*\1None": "None is as false as False",
    r'^(.*(?:annotate\(|_blank\(title, ))""(.*) → \1None\2$': "None is no text to matplotlib",
    r'edgecolor="white"(.*) → .*edgecolor="WHITE"\1$': "matplotlib reads the names of colours in either case",
    r"ncols=3(.*) → .*ncols=4\1$": "there are three to list: values, outputs and hull",
    r"^(.*(?:slider|switch)\(.*), (?:0|0\.0|False)([,)].*) → \1, None\2$": "None lets ipywidgets begin with its own 0 or False",
    r'"(replace|query of) token", 3,(.*) → .*"\1 token", 4,\2$': "a slider of 0 to 3 stands at most at 3",
    r'observe\((show|set_by_hand|follow), "value"\).* → .*observe\(\1, (None)?\)':
        "told of more than the value, show and follow do the same again, and what set_by_hand remembers follow puts back",
    r"point - corners\[-1\].* → .*point - corners\[-2\]": "one row less the other leaves the determinant as it is",
    r"array_split\(model.E_token, 48\).* → .*49": "computed in other parts, the scores are the same",
    r"widths\(\)\[1:\], default=0\).* → .*default=1\)": "a table without columns shows no width",
    r"^(.*)strict=False(.*) → \1(strict=None)?\2$": "zip takes None, or nothing, for False",
}


def survivors():
    """The names of the mutants that no test has killed, as mutmut lists them, and how many there were of each kind."""
    lines = [line.split() for line in mutmut("results", "--all", "true").splitlines() if ": " in line]
    status = {name.rstrip(":"): " ".join(kind) for name, *kind in lines}
    return [name for name, kind in status.items() if kind != "killed"], Counter(status.values())


def change(name):
    """What a mutant does: the lines before → the lines after."""
    diff = [line for line in mutmut("show", name).splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    before, after = (" ".join(line[1:].strip() for line in diff if line[0] == sign) for sign in "-+")
    return f"{before} → {after}"


def mutmut(*arguments):
    """The output of a command of mutmut."""
    command, environment = [sys.executable, "-m", "mutmut", *arguments], {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8").stdout


def main():
    """Run all mutants and judge the survivors; → what to tell the shell: 0, or a sentence, which makes it fail."""
    os.environ.update(COURSE_LIB_NO_PROGRESS="1", OPENBLAS_NUM_THREADS="1")
    shutil.rmtree("mutants", ignore_errors=True)
    subprocess.run([sys.executable, "-m", "mutmut", "run"], check=True)
    names, count = survivors()
    with ThreadPoolExecutor() as pool:
        changes = dict(zip(names, pool.map(change, names), strict=True))
    reasons = {name: next((why for pattern, why in EXPLAINED.items() if re.search(pattern, told)), None)
               for name, told in changes.items()}
    for why, number in Counter(reasons.values()).items():
        print(f"{number:4} survive: {why or 'unexplained'}")
    unexplained = [f"{name}\n    {changes[name]}" for name, why in reasons.items() if why is None]
    print(*unexplained, sep="\n")
    total, equal = sum(count.values()), len(names) - len(unexplained)
    print(f"{total} mutants: {total - len(names)} killed, {equal} change nothing, {len(unexplained)} unexplained")
    if unexplained:
        return "Kill them by a test, or explain in tools/mutants.py why none can see them."
    score = f"Of {total} small breaks of the library the tests see {total - len(names)}; the other {equal} change nothing"
    told = " ".join(Path("tools/README.md").read_text(encoding="utf-8").split())
    return 0 if score in told else f"tools/README.md must say: {score}."


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
