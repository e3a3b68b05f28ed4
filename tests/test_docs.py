"""What the pages for contributors say is true of the project."""
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from course_lib.checks import check
from course_lib.exercises import EXERCISES
from course_lib.exercises.sheet import Item, mistake, source

ROOT = Path(__file__).parent.parent
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_map_has_every_room():
    """Each folder and program at the top that git has, and none that is not there; the page stays a page."""
    table = CONTRIBUTING[CONTRIBUTING.index("| room"):CONTRIBUTING.index("## A mistake")]
    rooms = re.findall(r"`([\w/.]+)`", "\n".join(row.split("|")[1] for row in table.splitlines() if row.startswith("| `")))
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._"}
    assert {room.split("/")[0] for room in rooms if "/" in room} | {"build", "mutants"} >= folders
    for room in rooms:
        assert room == "study/" or any((ROOT / home / room).exists() for home in ("", "course_lib")), room
    assert len(CONTRIBUTING.splitlines()) <= 80


def test_the_mistake_of_the_page_is_one_that_check_names(monkeypatch):
    """Its line, added to the sheet, gives the sentence; its words are those that the command looks for."""
    line = re.search(r"^    - (`.+)$", CONTRIBUTING, re.MULTILINE)[1]
    exercise = EXERCISES["softmax"]
    body = source(exercise.answer).partition("\n")[2]
    wrong = mistake(Item("page", 1, "-", line), "def softmax(scores):\n", [body], {"np": np})
    monkeypatch.setitem(EXERCISES, "softmax", replace(exercise, mistakes=(wrong, *exercise.mistakes)))
    assert check(wrong.function).diagnosis == wrong.says
    assert re.search(r'tools\.mistakes softmax "(.+)"', CONTRIBUTING)[1] in wrong.says


def test_the_checklist_is_the_same_in_both_places():
    """On the page and in the form of a pull request."""
    form = (ROOT / ".github" / "pull_request_template.md").read_text(encoding="utf-8")
    wanted = re.findall(r"^- \[ \] .+$", CONTRIBUTING, re.MULTILINE)
    assert len(wanted) >= 5 and re.findall(r"^- \[ \] .+$", form, re.MULTILINE) == wanted


@pytest.mark.parametrize("name", ["check_misjudged", "lost_reader"])
def test_the_forms_of_an_issue_are_forms(name):
    """Each asks for something, and what it asks for first is required."""
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text(encoding="utf-8"))
    assert form["name"] and form["description"] and form["body"][0]["validations"]["required"] is True


def test_versions_agree():
    """CITATION.cff and pyproject.toml name the same version, and the changelog knows it."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == version
    assert f"\n## {version}, " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_container_opens_the_course_ready_to_run():
    """It has a Python that the course allows, makes the copies, and opens the first of them."""
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert int(re.search(r"python:3\.(\d+)$", container["image"])[1]) >= 11
    assert container["postCreateCommand"] == "python3 study.py copies"
    [opened] = container["customizations"]["codespaces"]["openFiles"]
    assert opened.startswith("study/") and (ROOT / "notebooks" / Path(opened).name).exists()
