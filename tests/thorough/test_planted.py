"""Every kind of drift, planted, and the gate that sees it: nbval, `make check-outputs`, or a test of the notebooks' text.

The names of the tests are the table: what drifts → what catches it.
"""
import json
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from shutil import copytree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests import test_exercises, test_notebooks, test_teach
from tests.thorough import command
from tests.thorough.command import ROOT
from tools import outputs

SAMPLE = [
    "from course_lib import HeatTable, curves, drag_query",
    'HeatTable([[0.25, -0.75], [1.5, 2.5]], ["cat", "dog"], ["p", "q"], "table")',
    'curves([1, 2, 3], {"rising": [1, 2, 4], "falling": [4, 2, 1]}, "two lines", "steps", "height", alt="One rises, one falls.")',
    'print("printed")\nHeatTable([[1, 2]], ["row"], ["p", "q"])',
    "answer = 42",
    "answer + 1",
    "drag_query()",
    "answer / 9"]


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """A small notebook with every form of output that the course has, as `make outputs` writes it."""
    path = tmp_path_factory.mktemp("sample") / "sample.ipynb"
    cells = [cell for source in SAMPLE for cell in (new_markdown_cell("## A title"), new_code_cell(source))]
    nbformat.write(new_notebook(cells=cells), path)
    return outputs.canonical(path).decode()


def replaced(old, new, count=1):
    """A plant that changes the text of the file itself."""
    def plant(text):
        assert old in text, old
        return text.replace(old, new, count)
    return plant


def changed(change):
    """A plant that changes the code cells."""
    def plant(text):
        notebook = json.loads(text)
        change([cell for cell in notebook["cells"] if cell["cell_type"] == "code"], notebook)
        return json.dumps(notebook)
    return plant


def swap(items, i=0, j=1):
    """Two entries of a list change places."""
    items[i], items[j] = items[j], items[i]


SEEN_BY_NBVAL = {
    "a digit of a text output": replaced("cat          0.2500", "cat          0.2600"),
    "a digit of an HTML table": replaced(">0.2500<", ">0.2600<"),
    "a colour": replaced("background-color:#", "background-color:#0", 1),
    "a row label swapped": replaced(" cat</th>", " dog</th>"),
    "an output deleted": changed(lambda cells, _: cells[1]["outputs"].clear()),
    "an output added": changed(lambda cells, _: cells[4]["outputs"].extend(cells[5]["outputs"])),
    "a picture's data": replaced("(3, 4)", "(3, 5)"),
    "a picture's axis label": replaced("x: steps", "x: steps taken"),
    "a picture's limits": replaced("x: steps, linear (", "x: steps, linear (9"),
    "a picture's legend": replaced('"rising, ', '"climbing, '),
    "a picture's alternative text": replaced('alt=\\"One rises', 'alt=\\"Two rise'),
    "a warning on stderr": changed(lambda cells, _: cells[4]["source"].append('\nimport warnings\nwarnings.warn("late")')),
    "a cell that now has an output": changed(lambda cells, _: cells[4]["source"].append("\nanswer")),
    "a cell that needs a later one": changed(lambda _, notebook: swap(notebook["cells"], 9, 11)),
    "an error": changed(lambda cells, _: cells[4]["source"].append("\n1 / 0")),
}


@pytest.fixture(scope="session")
def judged_by_nbval(sample, tmp_path_factory):
    """What pytest with nbval says of each planted copy, and of the sample itself, in one run."""
    folder = tmp_path_factory.mktemp("planted")
    for i, plant in enumerate([lambda text: text, *SEEN_BY_NBVAL.values()]):
        (folder / f"{i}.ipynb").write_text(plant(sample), encoding="utf-8")
    return command.told(folder)


def test_nothing_planted_nothing_seen(judged_by_nbval, sample, tmp_path):
    """The sample itself is green in both gates."""
    (tmp_path / "sample.ipynb").write_text(sample, encoding="utf-8")
    assert "/0.ipynb::" not in judged_by_nbval and "/1.ipynb::" in judged_by_nbval
    assert outputs.canonical(tmp_path / "sample.ipynb").decode() == sample


@pytest.mark.parametrize("kind", [f"{kind} → nbval" for kind in SEEN_BY_NBVAL])
def test_nbval_sees(kind, judged_by_nbval):
    """Red, and the report names the notebook, the cell and its title."""
    i = 1 + list(SEEN_BY_NBVAL).index(kind.removesuffix(" → nbval"))
    assert re.search(rf"FAILED \S*/{i}\.ipynb::", judged_by_nbval), judged_by_nbval[-2000:]
    assert re.search(rf"^{i}\.ipynb, cell \[\d\] under “A title”: it", judged_by_nbval, re.MULTILINE)


SEEN_BY_CHECK_OUTPUTS = {
    "a picture's pixels": changed(lambda cells, _: cells[2]["outputs"][0]["data"].update({"image/png": "AAAA"})),
    "outputs reordered": changed(lambda cells, _: swap(cells[3]["outputs"])),
    "counts out of order": changed(lambda cells, _: cells[4].update(execution_count=9)),
    "a cell that was never run": changed(lambda cells, _: cells[1].update(execution_count=None, outputs=[])),
    "metadata of an output": changed(lambda cells, _: cells[1]["outputs"][0]["metadata"].update(isolated=True)),
    "the state of a control": replaced('\\"query\\": [2, 3]', '\\"query\\": [4, 3]'),
    "the kind of an output": changed(lambda cells, _: cells[1]["outputs"][0].update(output_type="display_data")),
}


@pytest.fixture(scope="session")
def rewritten(sample, tmp_path_factory):
    """Each planted copy as committed, and as `make outputs` would write it."""
    folder = tmp_path_factory.mktemp("committed")

    def both(numbered):
        path = folder / f"{numbered[0]}.ipynb"
        path.write_text(numbered[1](sample), encoding="utf-8")
        return path.read_text(encoding="utf-8"), outputs.canonical(path).decode()

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(SEEN_BY_CHECK_OUTPUTS, pool.map(both, enumerate(SEEN_BY_CHECK_OUTPUTS.values())), strict=True))


@pytest.mark.parametrize("kind", [f"{kind} → make check-outputs" for kind in SEEN_BY_CHECK_OUTPUTS])
def test_check_outputs_sees(kind, rewritten, sample):
    """The planted file is not what a new run writes, and what a new run writes is the sample again."""
    committed, now = rewritten[kind.removesuffix(" → make check-outputs")]
    assert json.loads(committed) != json.loads(now) and now == sample


LESSONS, STUBS, NOTES = test_notebooks.TestEachNotebook(), test_exercises.TestTravel(), test_teach.TestSpeakersPage()
SEEN_BY_TESTS = {
    "a number in the prose": ("06_softmax", "141 times", "141.25 times", LESSONS.test_every_number_of_the_prose_is_shown),
    "a folded answer that contradicts the code": ("06_softmax", "about 141 times", "about 151 times",
                                                  LESSONS.test_the_numbers_of_a_folded_answer_stand_around_it),
    "a letter that the glossary does not know": ("03_scores", "Q K^", "Q Z^",
                                                 LESSONS.test_formulas_use_the_letters_of_the_glossary),
    "a link that leads nowhere": ("03_scores", "(04_scaling.ipynb)", "(04_scalling.ipynb)", LESSONS.test_links_lead_somewhere),
    "an anchor that leads nowhere": ("03_scores", "(04_scaling.ipynb)", "(04_scaling.ipynb#No-such-title)",
                                     LESSONS.test_links_lead_somewhere),
    "an exercise whose stub has other parameters": ("03_scores", "def score(Q, K)", "def score(K, Q)",
                                                    STUBS.test_has_a_stub_and_a_check_for_each_of_its_exercises),
    "counts out of order in the committed file": ("03_scores", '"execution_count": 2', '"execution_count": 9',
                                                  LESSONS.test_is_committed_as_run_from_top_to_bottom),
    "a notebook that an old editor saved": ("03_scores", '"nbformat_minor": 5', '"nbformat_minor": 4',
                                            LESSONS.test_is_a_valid_notebook),
    "a cell without a name": ("03_scores", '   "id": "cell-02",\n', "", LESSONS.test_is_a_valid_notebook),
    "two cells of one name": ("03_scores", '"id": "cell-02"', '"id": "cell-03"', LESSONS.test_is_a_valid_notebook),
    "a notebook that reads another one's file": ("03_scores", "query = pocket.Q[3]", "query = open('Q.txt')",
                                                 LESSONS.test_stands_alone),
    "a notebook that redefines a step": ("03_scores", "pocket_scores = ", "score = ",
                                         LESSONS.test_redefines_nothing_of_the_library_except_in_stubs),
    "minutes that nobody keeps": ("03_scores", "*35 minutes.*", "*10 minutes.*", LESSONS.test_claims_the_minutes_that_it_takes),
    "a prediction without an answer": ("03_scores", "<details><summary>Answer", "<p><summary>Answer",
                                       LESSONS.test_every_prediction_has_a_folded_answer_and_then_the_code),
    "a slide without a title": ("03_scores", '"title": "Does the tie remain?"', '"title": ""', LESSONS.test_is_a_deck),
    "a tag that nobody knows": ("03_scores", '"remove-input"', '"remove-inputs"', LESSONS.test_is_a_deck),
    "an answer that students' copies would keep": ("03_scores", '"answer"', '"small"',
                                                   LESSONS.test_every_prediction_has_a_folded_answer_and_then_the_code),
    "speaker's minutes that do not add up": ("03_scores", "**5 minutes.** *Point:*", "**6 minutes.** *Point:*",
                                             NOTES.test_says_how_long_each_section_takes_and_what_its_point_is),
    "speaker's notes without minutes": ("03_scores", "**2 minutes.** *Point:* rows", "*Point:* rows",
                                        NOTES.test_says_how_long_each_section_takes_and_what_its_point_is),
    "a section without speaker's notes": ("03_scores", "\n## Recap\n", "\n", NOTES.test_has_the_sections_of_its_notebook),
    "a heading that the speaker's notes do not have": ("03_scores", '"## On the sentence', '"## On a sentence',
                                                       NOTES.test_has_the_sections_of_its_notebook),
    "a number in the speaker's notes": ("06_softmax", "*You will hear:*", "*You will hear:* 141.25 times",
                                        LESSONS.test_every_number_of_the_prose_is_shown),
    "speaker's notes in a comment": ("03_scores", "**2 minutes.**", "<!-- hidden -->**2 minutes.**",
                                     NOTES.test_reads_the_same_on_a_code_host_and_beside_a_deck),
    "a Markdown cell with nothing but a comment": (
        "03_scores", "Three slips that nearly everybody makes once. Each can run without an error.", "<!-- nothing -->",
        LESSONS.test_shows_a_reader_something_in_every_cell),
    "a code cell with nothing but a comment": ("03_scores", "SpelledOut(pocket.Q[2], pocket.K[1])", "# nothing",
                                               LESSONS.test_shows_a_reader_something_in_every_cell),
}


@pytest.mark.parametrize("kind", [f"{kind} → {check.__module__.replace('.', '/')}.py"
                                  for kind, (*_, check) in SEEN_BY_TESTS.items()])
def test_a_test_sees(kind, tmp_path):
    """Green on a copy of the notebook and its speaker's notes, red once the plant is in the first of them that has the text."""
    name, old, new, every = SEEN_BY_TESTS[kind.partition(" → ")[0]]
    check = partial(every.one, every.__self__)
    copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=lambda *_: [".ipynb_checkpoints"])
    copytree(ROOT / "teach" / "notes", tmp_path / "teach" / "notes")
    path = tmp_path / "notebooks" / f"{name}.ipynb"
    check(path)
    files = (path, test_notebooks.speakers_page(path))
    file = next(file for file in files if old in file.read_text(encoding="utf-8"))
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    test_notebooks.cells.cache_clear()
    with pytest.raises(AssertionError):
        check(path)


@pytest.mark.parametrize("old, new", [("| 30 |", "| 20 |"), ("[03 Scores]", "[03 Score]"), ("how well does", "how does")])
def test_the_readme_cannot_say_otherwise(old, new, tmp_path, monkeypatch):
    """Minutes, title and question of the table → tests/test_notebooks.py."""
    (tmp_path / "README.md").write_text((ROOT / "README.md").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    monkeypatch.setattr(test_notebooks, "ROOT", tmp_path)
    with pytest.raises(AssertionError):
        test_notebooks.test_the_readme_names_each_notebook_with_its_minutes()
