"""The work sheet with other numbers says what notebook 00 says; that its answers are true is tested in tests/thorough."""
import copy
import re
from fractions import Fraction

import pytest

from teach import build, fresh

READ = build.read(build.NOTEBOOKS[0], link=r"\1")


def made(sheet, kind):
    """The cells whose words stand on the sheet, or on the key, by their ids."""
    notebook = copy.deepcopy(READ)
    fresh.renumber(notebook, sheet, kind)
    hidden = {"answer"} if kind == "sheet" else set()
    return {cell.id: cell for cell in notebook.cells if kind in fresh.tags(cell) and not hidden & set(fresh.tags(cell))}


def words(cells):
    """All their words, those of the tables among them."""
    return "\n".join(cell.outputs[0].data["text/plain"] if cell.cell_type == "code" else cell.source for cell in cells.values())


def test_the_course_s_own_numbers_make_the_notebook_s_own_sheet():
    """Every word and every table as it stands in the notebook; only the candidates have a column more, their scores."""
    cells = {cell.id: cell for cell in READ.cells}
    for cell in made(fresh.COURSE, "key").values():
        assert cell.source == cells[cell.id].source
        assert cell.cell_type != "code" or "pocket.W_U" in cell.source or cell.outputs == cells[cell.id].outputs


def test_every_number_of_the_sheet_has_a_meaning():
    """What no passage replaces counts questions, columns, notebooks or places, or is the 0 that *the* hands over."""
    passages = sorted((passage.format_map(fresh.said(fresh.COURSE)) for passage in fresh.PASSAGES), key=len, reverse=True)
    cells = made(fresh.COURSE, "sheet") | made(fresh.COURSE, "key")
    left = [re.sub("|".join(map(re.escape, passages)), "", cell.source) for cell in cells.values()]
    text = " ".join(rest for rest, cell in zip(left, cells.values(), strict=True) if cell.cell_type == "markdown")
    allowed = r"\*the\* \(3\)|^[1-5]\.|Question [1-4]|number [12]|add up to 1|notebook 06|\(0, 0\)"
    assert not re.findall(r"\d|half|third|quarter", re.sub(allowed, "", text, flags=re.MULTILINE))
    code = " ".join(rest for rest, cell in zip(left, cells.values(), strict=True) if cell.cell_type == "code")
    assert set(re.findall(r"[(\[]\d+, \d+[)\]]|[2-9]+", code)) == {"3", "(4, 4)", "4", "2", "[0, 0]", "[0, 3]"}


def test_sheet_and_key_have_their_own_words_and_numbers():
    """Done by hand from the words of the sheet; none of the course's words is left, and the sheet leaves open what is asked."""
    sheet = fresh.Sheet(("fox", "follows", "hen", "shadow", "road", "jumps"), (2, 5), ((2, 0), (5, 1), (0, 3), (3, 0)),
                        ((0, 0), (4, 0), (3, 3), (0, 0)), ((4, 3, 5, 0), (4, 3, 0, 5)))
    key, blank = words(made(sheet, "key")), words(made(sheet, "sheet"))
    for said in ("*fox* and *follows* got 3/8 each. *the* gathered (21/8, 9/8)", "scores are 2, 10, 15, 3: *follows* gets half",
                 "*fox* only a third", "from 21/8 to 17/6", "get 1/6, not 1/4", "query (0, 5), *follows* gets 3/4", "gets 6/11",
                 "(2, 6). The query (3, 5)", "get 3/10, not 1/4", "they get 5/22. Key: (6, 1)", "Value: (5, 0)",
                 "*hen*, with 21/8 × 4 + 9/8 × 4 = 15. Then come *road* with 105/8 = 13.125, *shadow* with 45/4 = 11.25, and "
                 "*jumps* with 45/8 = 5.625.", "but 3/7 as much"):
        assert said in key and said not in blank
    for said in ("First row: 2 × 2 + 5 × 0 = 4.", "query (1, 5) instead", "(3, 5) or (2, 6)?", "a thing, ………, and", "hen "):
        assert said in blank
    assert not re.search(rf"\b({'|'.join(fresh.COURSE.words)})\b", key + blank) and "21/8" not in blank


def test_a_changed_notebook_is_named():
    """A number that `fresh` would replace and does not find is an error, not a sheet with a number of the course."""
    notebook = copy.deepcopy(READ)
    for cell in notebook.cells:
        cell.source = cell.source.replace("get 1/6, not 1/4.", "get a sixth.")
    with pytest.raises(ValueError, match="no cell of the work sheet has “get 1/6, not 1/4.”"):
        fresh.renumber(notebook, fresh.COURSE, "key")


def test_a_score_is_told_in_decimals_too():
    """Exactly where three are enough, else about."""
    told = [fresh.equals(Fraction(*score)) for score in ((9, 1), (27, 4), (135, 8), (24, 5), (25, 3), (63, 7), (20, 7))]
    assert told == ["9", "27/4 = 6.75", "135/8 = 16.875", "24/5 = 4.8", "25/3, about 8.33", "9", "20/7, about 2.86"]
    assert fresh.equals(Fraction(81, 8), ", that is ") == "81/8, that is 10.125"


def test_a_seed_is_for_hand_outs_and_has_a_folder_of_its_own(tmp_path, monkeypatch, capsys):
    """What was made before stays; what has no seed is made as always, and a sentence says so."""
    made = []
    monkeypatch.setattr(build, "BUILD", tmp_path)
    monkeypatch.setitem(build.MAKERS, "student", lambda folder: made.append(folder.name))
    monkeypatch.setattr(build, "fresh_sheet", lambda folder, seed: made.append((folder.name, seed)))
    (tmp_path / "handouts").mkdir()
    assert build.main(["student", "handouts", "--seed", "7"]) is None
    assert made == ["student", ("handouts_7", 7)] and (tmp_path / "handouts").exists()
    assert "A seed is for handouts; student has none." in capsys.readouterr().out


@pytest.mark.parametrize("given", ["-1", "seven", "7.0", "10000", "9" * 5000, ""])
def test_what_is_no_seed_is_named(given):
    """With what a seed is; nothing is made."""
    said = build.main(["handouts", "--seed", given])
    assert said == f"Nothing was made: a seed is a whole number from 0 to 9999; given was {given or 'nothing'}."
    assert build.main(["handouts", "--seed"]).endswith("given was nothing.")
