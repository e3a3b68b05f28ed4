"""The copies that students get, and what nbgrader makes of them."""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from teach.build import HERE, NOTEBOOKS


def solve(notebook, names=None):
    """Put the library's answers for the stubs, all or those that are named."""
    for cell in notebook.cells:
        stub = re.match(r"def (\w+)\(.*raise NotImplementedError$", cell.source, re.DOTALL)
        if stub and (names is None or stub[1] in names):
            cell.source = f"from course_lib.exercises import EXERCISES\n\n{stub[1]} = EXERCISES['{stub[1]}'].answer"
    return notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_copy_shows_nothing_before_it_is_run(made, path):
    """No output, count or folded answer; the code and the rest of the prose are the same."""
    copy, original = nbformat.read(made("student") / path.name, 4), nbformat.read(path, 4)
    kept = [cell.source for cell in original.cells if "answer" not in cell.metadata.get("tags", ())]
    assert [cell.source for cell in copy.cells] == kept and set(copy.metadata) == {"kernelspec", "language_info"}
    for cell in copy.cells:
        assert "<details>" not in cell.source and not cell.get("outputs") and not cell.get("execution_count")


def test_the_copies_run_and_their_checks_work(made):
    """Unsolved they run to the end; with the answers in place every check says that they are right."""
    def verdicts(path):
        solved = solve(nbformat.read(path, 4))
        for notebook in (nbformat.read(path, 4), solved):
            NotebookClient(notebook, timeout=60, resources={"metadata": {"path": path.parent}}).execute()
        return {cell.source: cell.outputs[0].data["text/plain"] for cell in solved.cells if cell.source.startswith("check(")}

    with ThreadPoolExecutor(2) as pool:
        for said in pool.map(verdicts, sorted(made("student").glob("*.ipynb"))):
            assert len(said) >= 3 and all(" is right, on " in text for text in said.values()), said


@pytest.fixture(scope="module")
def graded(made, tmp_path_factory):
    """Three submissions of notebook 03, graded: all right, two of six wrong or missing, and the copy as it was handed out."""
    from nbgrader.api import Gradebook
    patch = pytest.MonkeyPatch()
    patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))     # it calls alembic by name
    course = tmp_path_factory.mktemp("course")
    (course / "nbgrader_config.py").write_bytes((HERE / "nbgrader_config.py").read_bytes())
    (course / "source" / "attention").mkdir(parents=True)
    (course / "source" / "attention" / "03_scores.ipynb").write_bytes((made("student") / "03_scores.ipynb").read_bytes())

    def nbgrader(*command):
        done = subprocess.run([sys.executable, "-m", "nbgrader", *command], cwd=course, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    nbgrader("generate_assignment", "attention")
    released = course / "release" / "attention" / "03_scores.ipynb"
    some = solve(nbformat.read(released, 4), ["one_score", "score_every_pair", "scores_shape", "best_key"])
    next(cell for cell in some.cells if cell.source.startswith("def score(")).source = "def score(Q, K):\n    return K @ Q.mT"
    for name, notebook in {"all": solve(nbformat.read(released, 4)), "some": some, "none": nbformat.read(released, 4)}.items():
        (course / "submitted" / name / "attention").mkdir(parents=True)
        nbformat.write(notebook, course / "submitted" / name / "attention" / "03_scores.ipynb")
    nbgrader("autograde", "attention")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        found = {name: book.find_submission("attention", name) for name in ("all", "some", "none")}
        yield {name: (submission.score, submission.max_score) for name, submission in found.items()}, course
    patch.undo()


def test_nbgrader_gives_the_right_points(graded):
    """A point for each right exercise; none for a wrong one, none for one that was not attempted."""
    points, _ = graded
    assert points == {"all": (6, 6), "some": (4, 6), "none": (0, 6)}


def test_nbgrader_releases_the_stubs_as_they_are(graded):
    """The first line of a stub, which says what the function takes, is still there."""
    _, course = graded
    released = nbformat.read(course / "release" / "attention" / "03_scores.ipynb", 4)
    assert "def score(Q, K):\n    raise NotImplementedError" in [cell.source for cell in released.cells]
