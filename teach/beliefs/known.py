"""The beliefs of teach/beliefs.md: which there are, where each is met, and which mistakes belong to it."""
import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from course_lib.exercises import BY_NOTEBOOK

PAGE = Path(__file__).parent.parent / "beliefs.md"
NOTES = PAGE.parent / "notes"
NOTEBOOKS = PAGE.parent.parent / "notebooks"
BELIEF = re.compile(r"^## (.+)\n\n((\d\d): .+)\n((?:\n- .+)*)", re.MULTILINE)
LINE = re.compile(r"^- ((?:`\w+`, )*`\w+`): (.+)$", re.MULTILINE)


class Belief(NamedTuple):
    """What somebody may believe; the section that meets it, such as "05: On paper first"; exercise → words of its mistakes."""

    says: str
    met: str
    words: dict

    def holds(self, exercise, diagnosis):
        """Whether a mistake, by the sentence that `check` has for it, belongs to this belief."""
        return any(words in diagnosis for words in self.words.get(exercise, ()))


def beliefs(text=None):
    """All beliefs of the page, or of a text in its form."""
    found = []
    for says, met, _, lines in BELIEF.findall(PAGE.read_text(encoding="utf-8") if text is None else text):
        words = {}
        for names, part in LINE.findall(lines):
            for name in re.findall(r"\w+", names):
                words.setdefault(name, []).append(part)
        found.append(Belief(says, met, words))
    return found


@cache
def lesson_of(exercise):
    """The name of the notebook that has an exercise."""
    return next(lesson for lesson, names in BY_NOTEBOOK.items() if exercise in names)


@cache
def headings(lesson):
    """Exercise → the heading above it in its notebook, such as "3. Repair the weights"."""
    found, heading = {}, ""
    for cell in json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heading = next(iter(re.findall(r"^### (.+)$", text, re.MULTILINE)), heading)
        found |= dict.fromkeys(re.findall(r"^def (\w+)", text, re.MULTILINE), heading)
    return found


def place(exercise):
    """Where an exercise stands, such as "05: Exercises, 3. Repair the weights"."""
    lesson = lesson_of(exercise)
    return f"{lesson[:2]}: Exercises, {headings(lesson)[exercise]}"


def minutes(where):
    """How long a section takes in class, by the speaker's notes, as the end of a sentence; "" for what is done at home."""
    number, _, title = where.partition(": ")
    [page] = NOTES.glob(f"{number}_*.md")
    found = re.search(rf"^## {re.escape(title)}\n\n\*\*(\d+ minutes?)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return f", {found[1]} in class" if found else ""
