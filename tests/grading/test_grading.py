"""What nbgrader makes of the copies that students get; in an environment of its own, since it adds menus to JupyterLab."""
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from teach import build
from tests.teach.test_student import solve


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Three submissions of notebook 03, graded: all right, two of six wrong or missing, and the copy as it was handed out."""
    from nbgrader.api import Gradebook
    patch = pytest.MonkeyPatch()
    patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))     # it calls alembic by name
    course, student = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("student")
    build.student(student)
    (course / "nbgrader_config.py").write_bytes((build.HERE / "nbgrader_config.py").read_bytes())
    (course / "source" / "attention").mkdir(parents=True)
    (course / "source" / "attention" / "03_scores.ipynb").write_bytes((student / "03_scores.ipynb").read_bytes())

    def nbgrader(*command):
        done = subprocess.run([sys.executable, "-m", "nbgrader", *command], cwd=course, capture_output=True,
                              text=True, encoding="utf-8")
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
