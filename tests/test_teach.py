"""What the instructor's pages say of the notebooks is true of them: teach/README.md, and the speaker's notes in teach/notes."""
import re
from pathlib import Path

import pytest

from tests.each import each
from tests.test_notebooks import PATHS, TAGS, minutes, sections, speakers_page

PAGE = (Path(__file__).parent.parent / "teach" / "README.md").read_text(encoding="utf-8")


def notes(path):
    """What stands before the first heading of a speaker's page, then heading, note, heading, note …"""
    return re.split("^(##? .+)$", speakers_page(path).read_text(encoding="utf-8"), flags=re.MULTILINE)


def timings(path):
    """The minutes of each section in class by its heading, exercises by their number."""
    found = {}
    for heading, note in zip(notes(path)[1::2], notes(path)[2::2], strict=True):
        in_class = re.match(r"\n\n\*\*(\d+) minutes?", note)
        exercise = re.match(r"\n\n\*\*At home; number (\d) .*takes (\d+) minutes of a class", note)
        if exercise:
            found[f"exercise {exercise[1]}"] = int(exercise[2])
        elif in_class:
            found[heading.removeprefix("## ") if heading.startswith("## ") else "opening"] = int(in_class[1])
    return found


TIMINGS = {path.stem[:2]: timings(path) for path in PATHS}
PARTS = re.findall(r"\| (?:(\d) \| )?(\d\d): (.+) \| (\d+) \|", PAGE)


def minutes_of(notebook, text):
    """The minutes of the sections that a text lists; headings may have commas themselves."""
    total = 0
    for heading, needed in sorted(TIMINGS[notebook].items(), key=lambda item: -len(item[0])):
        if heading in text:
            text, total = text.replace(heading, "", 1), total + needed
    assert not text.strip(" ,;"), text
    return total


class TestSpeakersPage:
    """Properties of the speaker's notes of every notebook."""

    @each(PATHS)
    def test_has_the_sections_of_its_notebook(self, path):
        """The notebook's title and headings, each once, in the same order, and nothing before them."""
        before, *parts = notes(path)
        assert before == "" and parts[::2] == [section[0]["source"].split("\n")[0] for section in sections(path)]

    @each(PATHS)
    def test_says_how_long_each_section_takes_and_what_its_point_is(self, path):
        """Each note begins with minutes and point, and the minutes add up to the notebook's."""
        total = 0
        for note in notes(path)[2::2]:
            begin = re.match(r"\n\n\*\*(?:(\d+) minutes?|At home[^*]*)[.:]\*\* (?:[^*]+\. )?\*Point:\* \S", note)
            assert begin and note.count("*Point:*") == 1, note
            total += int(begin[1] or 0)
        assert total == minutes(path)

    @each(PATHS)
    def test_reads_the_same_on_a_code_host_and_beside_a_deck(self, path):
        """A list stands after a blank line, nothing is hidden in a comment, and no link would lead nowhere from a deck."""
        text = speakers_page(path).read_text(encoding="utf-8")
        assert not re.search(r"<!--|\]\((?!https://)|\n(?!- | )[^\n]+\n- ", text)


def test_every_page_of_notes_belongs_to_a_notebook():
    """And every notebook has one."""
    assert sorted(speakers_page(PATHS[0]).parent.glob("*.md")) == [speakers_page(path) for path in PATHS]


@each(PARTS)
def test_a_part_of_a_plan_takes_the_minutes_of_its_notes(part):
    """Its sections are in the notebook, and their minutes add up to those of the plan."""
    _, notebook, text, planned = part
    assert minutes_of(notebook, text) == int(planned)


@pytest.mark.parametrize(("heading", "limits"), [
    ("### One lecture", {"": (80, 84)}), ("### Three classes", dict.fromkeys("123", (44, 49))),
    ("### A workshop", dict.fromkeys("123", (54, 62))), ("### Part II", {"": (80, 84)})])
def test_a_plan_fits_its_time(heading, limits):
    """Each lecture, class or block fills its time and leaves some for questions."""
    plan, totals = PAGE[PAGE.index(heading):], {}
    for row in re.findall(r"\| (?:(\d) \| )?\d\d: .+ \| (\d+) \|", plan[:plan.find("\n##", 4)]):
        totals[row[0]] = totals.get(row[0], 0) + int(row[1])
    assert totals.keys() == limits.keys()
    assert all(low <= totals[name] <= high for name, (low, high) in limits.items()), totals
    assert "" not in limits or f"\n{90 - totals['']} minutes are left" in plan


def test_the_page_explains_every_tag():
    """Those that the notebooks may use, and no others."""
    table = PAGE[PAGE.index("| tag | meaning |"):]
    assert set(re.findall(r"`([\w-]+)`", "".join(re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)))) == TAGS
    assert len(PARTS) >= 30
