"""The glossary: one place for each word, and a way there from the lesson that explains it."""
import json
import re
from pathlib import Path

from tests.each import each

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def texts(path):
    """The Markdown of a notebook, cell by cell."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


ENTRIES = {re.match("### (.+)", text)[1]: text for text in texts(NOTEBOOKS / "glossary.ipynb")[1:]}
GOALS = {word.replace(" ", "-"): word for word in ENTRIES}        # as Jupyter names a heading


def test_the_words_stand_in_order_and_once():
    """As in a dictionary, each in a cell of its own with one heading and a sentence at least."""
    words = [text.splitlines()[0][4:] for text in texts(NOTEBOOKS / "glossary.ipynb")[1:]]
    assert words == sorted(set(words), key=str.lower) and len(words) >= 40
    assert all(re.fullmatch(r"### .+\n\n[^\n]{30,}", text) for text in ENTRIES.values())


@each(ENTRIES)
def test_the_lesson_that_explains_a_word_leads_to_it(word):
    """The entry names one lesson, and in that lesson's prose a link with the word's heading leads back."""
    (lesson,) = re.findall(r"\[Lesson \d\d\]\((\w+)\.ipynb\)$", ENTRIES[word])
    assert any(f"](glossary.ipynb#{word.replace(' ', '-')})" in text for text in texts(NOTEBOOKS / f"{lesson}.ipynb"))


def test_no_link_to_the_glossary_leads_nowhere():
    """In any lesson; and what is linked is the word, in some form of it."""
    for path in NOTEBOOKS.glob("[0-9]*.ipynb"):
        for shown, goal in re.findall(r"\[([^\]]+)\]\(glossary\.ipynb#([^)]+)\)", "\n".join(texts(path))):
            assert goal in GOALS and GOALS[goal].lower()[:4] in shown.lower().replace("*", ""), (path.name, shown, goal)
