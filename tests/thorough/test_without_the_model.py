"""What needs the language model or PyTorch is collected where that is, and elsewhere left out, in one line; by the real test
command."""
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

import nbval_plugin
from course_lib import fetch
from course_lib.fetch import MODEL
from nbval_plugin import WITHOUT_PYTORCH, WITHOUT_THE_MODEL
from tests.thorough.command import ROOT
from tools import outputs

LESSON = "notebooks/10_a_real_language_model.ipynb"
COLLECTED = {"notebooks/09.ipynb::Cell 0", "tests/test_any.py::test"}
WITH_THE_MODEL = {f"{LESSON}::Cell 0"}
TESTS_OF_THE_MODEL = {"tests/model/test_it.py::test"}              # where they are asked for, as by make test-thorough
IN_PYTORCH = {"notebooks/12_in_pytorch.ipynb::Cell 0"}
TESTS_IN_PYTORCH = {"tests/torch/test_it.py::test"}

CHECKS_THE_FOLDER = """import os

def test():
    assert os.path.isabs(os.environ["COURSE_MODEL_DIR"])
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of two notebooks and two tests, with the real plugin and settings, and a file that is as large as the model."""
    course = tmp_path_factory.mktemp("a course").resolve()
    for name in ("nbval_plugin.py", "pyproject.toml", "tests/nbval_sanitize.cfg", "course_lib/fetch.py"):
        (course / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, course / name)
    two = new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    cell = new_code_cell("1 + 1", execution_count=1, outputs=[two])
    for name in ("notebooks/09.ipynb", LESSON):
        (course / "notebooks").mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=[cell]), course / name)
    for name, text in {"course_lib/__init__.py": "", "tests/__init__.py": "", "tests/model/__init__.py": "1 / 0",
                       "tests/model/test_it.py": "1 / 0", "tests/test_any.py": "def test(): pass", "site/gguf.py": ""}.items():
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_text(text, encoding="utf-8")
    (course / "models").mkdir()
    with (course / "models" / MODEL.file).open("wb") as file:
        file.truncate(MODEL.size)
    return course


def run(course, *words, start=".", models="nowhere", **variables):
    """Exit code and lines of the test command."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_MODEL", "COURSE_TORCH", "PYTEST_"))}
    environment = {**kept, "PYTHONPATH": f"{course}{os.pathsep}{course / 'site'}", "PYTHONIOENCODING": "utf-8",
                   "COURSE_MODEL_DIR": models, **variables}
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words], cwd=course / start, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=120)
    return done.returncode, done.stdout.splitlines()


def collected(lines):
    """What would be run, from the top of the course."""
    return {line for line in lines if "::" in line}


@pytest.mark.parametrize("start, words, left", [
    (".", [], COLLECTED), (".", ["notebooks", "tests"], COLLECTED), ("notebooks", [], {"notebooks/09.ipynb::Cell 0"}),
    (".", [LESSON], set()), (".", ["tests/model/test_it.py::test"], set()), ("notebooks", ["../tests/model"], set()),
    ("notebooks", ["10_a_real_language_model.ipynb", "10_a_real_language_model.ipynb::Cell 0", "09.ipynb"],
     {"notebooks/09.ipynb::Cell 0"})])
def test_without_the_model_its_tests_are_left_out_and_the_last_line_says_so(course, start, words, left):
    """They are not even read, whether they are named or not; nothing fails and nothing is skipped."""
    code, lines = run(course, "-n0", "--collect-only", "-q", *words, start=start)
    assert collected(lines) == left and lines[-1] == WITHOUT_THE_MODEL and lines.count(WITHOUT_THE_MODEL) == 1, lines
    assert code == (0 if left else 5) and "make model" in WITHOUT_THE_MODEL and not any("rror" in line for line in lines)


def test_the_test_command_runs_the_others(course):
    """In several processes, too; the line stands below the count."""
    code, lines = run(course)
    assert code == 0 and " 2 passed in " in lines[-2] and lines[-1] == WITHOUT_THE_MODEL


def test_nothing_is_said_where_nothing_is_left_out(course):
    """Of other tests alone, even where the model is required."""
    code, lines = run(course, "-n0", "-q", "tests/test_any.py", COURSE_MODEL_REQUIRED="1")
    assert code == 0 and WITHOUT_THE_MODEL not in lines


def test_where_the_model_is_required_its_want_is_an_error(course):
    """One line, before anything runs."""
    code, lines = run(course, COURSE_MODEL_REQUIRED="1")
    assert code and [line for line in lines if line] == [f"ERROR: {WITHOUT_THE_MODEL}"]


@pytest.mark.parametrize("words, more", [([], COLLECTED), ([LESSON, "tests/model"], TESTS_OF_THE_MODEL)])
def test_with_the_model_its_lesson_is_collected(course, words, more):
    """Its tests too, where they are named; and nothing is said of it; kernels are told where it is."""
    for name in ("__init__.py", "test_it.py"):
        (course / "tests" / "model" / name).write_text(CHECKS_THE_FOLDER, encoding="utf-8")
    code, lines = run(course, "-n0", "--collect-only", "-q", *words, models="models", COURSE_MODEL_REQUIRED="1")
    assert code == 0 and collected(lines) == WITH_THE_MODEL | more, lines
    assert WITHOUT_THE_MODEL not in lines
    assert run(course, "-n0", "tests/model", models="models")[0] == 0


def test_the_model_alone_is_not_enough(monkeypatch):
    """Without the package that reads it the tests could not run."""
    monkeypatch.setattr(fetch, "found", lambda: ROOT)
    for package, said in ((object(), []), (None, [WITHOUT_THE_MODEL])):
        monkeypatch.setattr(nbval_plugin, "find_spec", lambda name, package=package: package if name == "gguf" else object())
        assert nbval_plugin.wanting.__wrapped__() == said


@pytest.fixture
def with_pytorch(course):
    """The same with a lesson and a test for PyTorch, and two folders that settle whether a Python has it."""
    shutil.copy(course / "notebooks/09.ipynb", course / "notebooks/12_in_pytorch.ipynb")
    for name, text in {"tests/torch/__init__.py": "", "tests/torch/test_it.py": "import torch\ndef test(): pass",
                       "has/torch.py": "", "lacks/sitecustomize.py": "import sys; sys.modules['torch'] = None"}.items():
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_text(text, encoding="utf-8")
    yield course
    (course / "notebooks/12_in_pytorch.ipynb").unlink()
    for folder in ("tests/torch", "has", "lacks"):
        shutil.rmtree(course / folder)


@pytest.mark.parametrize("words, more", [([], set()), (["notebooks/12_in_pytorch.ipynb", "tests/torch"], TESTS_IN_PYTORCH)])
def test_pytorch_is_treated_alike(with_pytorch, words, more):
    """Where it is not, its lesson and tests are left out with a line, and an error if it is required; else they are there."""
    def collects(python, **variables):
        site = f"{with_pytorch}{os.pathsep}{with_pytorch / python}{os.pathsep}{with_pytorch / 'site'}"
        return run(with_pytorch, "-n0", "--collect-only", "-q", *words, models="models", PYTHONPATH=site, **variables)

    others = set() if words else COLLECTED | WITH_THE_MODEL
    code, lines = collects("has", COURSE_TORCH_REQUIRED="1")
    assert code == 0 and collected(lines) == others | IN_PYTORCH | more and WITHOUT_PYTORCH not in lines, lines
    code, lines = collects("lacks")
    assert code == (5 if words else 0) and collected(lines) == others and lines[-1] == WITHOUT_PYTORCH, lines
    code, lines = collects("lacks", COURSE_TORCH_REQUIRED="1")
    assert code and [line for line in lines if line] == [f"ERROR: {WITHOUT_PYTORCH}"]


def test_the_outputs_of_the_others_are_written(monkeypatch, tmp_path, capsys):
    """By `make outputs`, with the same line; where the model is required nothing is run, and the line is an error."""
    for name in ("09.ipynb", "10_a_real_language_model.ipynb"):
        nbformat.write(new_notebook(cells=[]), tmp_path / name)
    monkeypatch.setattr(nbval_plugin, "wanting", lambda: [WITHOUT_THE_MODEL])
    monkeypatch.setitem(nbval_plugin.NEEDS, WITHOUT_THE_MODEL, [tmp_path.resolve() / "10_a_real_language_model.ipynb"])
    monkeypatch.setattr(outputs, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(outputs, "README_PICTURE", tmp_path / "overview.svg")
    monkeypatch.setattr(outputs, "version", lambda package: outputs.pinned_version())
    ran = []
    monkeypatch.setattr(outputs, "canonical", lambda path: ran.append(path.name) or b"")
    monkeypatch.setenv("COURSE_MODEL_REQUIRED", "1")
    assert outputs.main(check=False) == WITHOUT_THE_MODEL and ran == [] and capsys.readouterr().out == ""
    assert outputs.main(check=False, names=["09"]) == 0 and WITHOUT_THE_MODEL not in capsys.readouterr().out
    monkeypatch.delenv("COURSE_MODEL_REQUIRED")
    assert outputs.main(check=False) == 0 and ran == ["09.ipynb"] * 2
    assert capsys.readouterr().out.splitlines()[0] == WITHOUT_THE_MODEL
