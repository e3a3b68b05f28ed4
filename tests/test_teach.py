"""What the instructor's page says of the notebooks is true of them."""
import re
from pathlib import Path

import pytest

from course_lib.exercises import BY_NOTEBOOK, EXERCISES
from tests.test_notebooks import PATHS, TAGS, sections

PAGE = (Path(__file__).parent.parent / "teach" / "README.md").read_text(encoding="utf-8")


def timings(path):
    """The minutes of each section in class by its heading, exercises by their number."""
    found = {}
    for section in sections(path):
        heading = section[0]["source"].split("\n")[0].removeprefix("## ")
        notes = next(cell["source"] for cell in section if cell["source"].startswith("<!--"))
        minutes = re.match(r"<!--\n\*\*(\d+) minutes?", notes)
        exercise = re.match(r"<!--\n\*\*At home; number (\d) .*takes (\d+) minutes of a class", notes)
        if exercise:
            found[f"exercise {exercise[1]}"] = int(exercise[2])
        elif minutes:
            found[heading if heading[0] != "#" else "opening"] = int(minutes[1])
    return found


TIMINGS = {path.stem[:2]: timings(path) for path in PATHS}
PARTS = re.findall(r"\| (?:(\d) \| )?(\d\d): (.+) \| (\d+) \|", PAGE)
BELIEFS = re.findall(r"^\| (.+) \| (\d\d): (.+) \| (?:(\d\d): `(\w+)` \| (.+) \||\| \|)$", PAGE, re.MULTILINE)


def minutes_of(notebook, text):
    """The minutes of the sections that a text lists; headings may have commas themselves."""
    total = 0
    for heading, minutes in sorted(TIMINGS[notebook].items(), key=lambda item: -len(item[0])):
        if heading in text:
            text, total = text.replace(heading, "", 1), total + minutes
    assert not text.strip(" ,;"), text
    return total


@pytest.mark.parametrize("part", PARTS, ids=lambda part: ": ".join(part[:3]))
def test_a_part_of_a_plan_takes_the_minutes_of_its_notes(part):
    """Its sections are in the notebook, and their minutes add up to those of the plan."""
    _, notebook, text, minutes = part
    assert minutes_of(notebook, text) == int(minutes)


@pytest.mark.parametrize(("heading", "limits"), [
    ("### One lecture", {"": (80, 84)}), ("### Three classes", dict.fromkeys("123", (44, 49))),
    ("### A workshop", dict.fromkeys("123", (54, 62)))])
def test_a_plan_fits_its_time(heading, limits):
    """Each lecture, class or block fills its time and leaves some for questions."""
    plan, totals = PAGE[PAGE.index(heading):], {}
    for row in re.findall(r"\| (?:(\d) \| )?\d\d: .+ \| (\d+) \|", plan[:plan.find("\n##", 4)]):
        totals[row[0]] = totals.get(row[0], 0) + int(row[1])
    assert totals.keys() == limits.keys()
    assert all(low <= totals[name] <= high for name, (low, high) in limits.items()), totals
    assert "" not in limits or f"\n{90 - totals['']} minutes are left" in plan


@pytest.mark.parametrize("belief", BELIEFS, ids=lambda belief: belief[0])
def test_a_belief_is_met_where_the_page_says(belief):
    """The section is there, the exercise is that notebook's, and one of its diagnoses begins with these words."""
    _, notebook, section, of, name, words = belief
    assert section in TIMINGS[notebook]
    assert any(stem.startswith(of) and name in names for stem, names in BY_NOTEBOOK.items()) or name == ""
    assert name == "" or (len(words) > 8 and any(mistake.says.startswith(words) for mistake in EXERCISES[name].mistakes))


def test_the_page_explains_every_tag():
    """Those that the notebooks may use, and no others."""
    table = PAGE[PAGE.index("| tag | meaning |"):]
    assert set(re.findall(r"`([\w-]+)`", "".join(re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)))) == TAGS
    assert len(PARTS) >= 30 and len(BELIEFS) >= 20 and [belief[4] for belief in BELIEFS].count("") <= 1
