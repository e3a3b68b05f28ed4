"""Count what the submitted notebooks of a class show, and say what to show tomorrow: `python -m teach.beliefs FOLDER`.

FOLDER holds the submissions at any depth, in nbgrader's layout or any other. Text goes to the terminal; build/beliefs gets
beliefs.html, the same as a page to print; counts.csv; and verdicts.csv, a row for each learner and exercise. In these nobody is
named unless --names stands behind the folder; names.csv is the key, with the path of each notebook.
"""
import os
import sys
from collections import Counter
from pathlib import Path

from teach.beliefs import showing
from teach.beliefs.counting import count
from teach.beliefs.judging import judged
from teach.beliefs.submissions import KIND, find, kind_of, unread

KEY = "names.csv"
BUILD = Path(__file__).parent.parent.parent / "build" / "beliefs"


def main(words, build=BUILD):
    """Make the report; → None, or a sentence that says what went wrong."""
    names = "--names" in words
    folders = [word for word in words if word != "--names"]
    if len(folders) != 1 or folders[0].startswith("--"):
        return ("Name the folder with the submissions of your class, and --names behind it if the report is to name them; "
                f"given was {' '.join(words) or 'nothing'}.")
    try:
        submissions, closed = find(folders[0])
        if not submissions:
            return " ".join([f"There is no notebook in {folders[0]}, at any depth: files that end in {KIND} are read.",
                             *closed, *without(unread(folders[0], []))])
        others = unread(folders[0], submissions)
        found = count(submissions, followed(judged([one.path for one in submissions]), len(submissions)),
                      [*closed, *without(others, f" {KEY} has the paths.")])
        write(found, names, build, others)
    except (OSError, ValueError) as error:
        return str(error)
    except KeyboardInterrupt:
        return "Interrupted: there is no report."
    try:
        print(showing.text(found, names))
        print(f"\nAs a page: {build / 'beliefs.html'}. For a spreadsheet: counts.csv and verdicts.csv beside it. Who is who, and "
              f"where the notebooks are: {KEY}.", flush=True)
    except BrokenPipeError:                         # who reads has seen enough, as `| head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def without(paths, where=""):
    """A line, or none, on what was handed in and is no notebook."""
    kinds = ", ".join(f"{n} {kind}" for kind, n in Counter(map(kind_of, paths)).most_common())
    what = "1 folder or file has" if len(paths) == 1 else f"{len(paths)} folders or files have"
    return [f"{what} no notebook: {kinds}.{where}"] * bool(paths)


def followed(results, total):
    """The results as they come, counted on a terminal."""
    for i, result in enumerate(results, start=1):
        if sys.stderr.isatty():
            print(f"\r{i} of {total} notebooks judged", end="\n" if i == total else "", file=sys.stderr, flush=True)
        yield result


def write(found, names, build, others=()):
    """The page, the two tables and the key to them."""
    build.mkdir(parents=True, exist_ok=True)
    for name, text in (("beliefs.html", showing.page(found, names)), ("counts.csv", showing.counts(found)),
                       ("verdicts.csv", showing.verdicts(found, names)), (KEY, showing.key(found, others))):
        encoding = "utf-8-sig" if name.endswith("csv") else "utf-8"             # a spreadsheet looks for the mark
        (build / name).write_text(text, encoding=encoding, errors="backslashreplace")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
