"""study.py without its processes: the reader's copies, the faults of an environment, and that an old Python can read the file."""
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

import study

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder with two lessons of the course, in which study.py works."""
    (tmp_path / "notebooks").mkdir()
    for path in LESSONS[3:5]:
        shutil.copy(path, tmp_path / "notebooks")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(study, "ROOT", str(tmp_path))
    monkeypatch.setattr(study, "LESSONS", str(tmp_path / "notebooks"))
    monkeypatch.setattr(study, "STUDY", str(tmp_path / "study"))
    return tmp_path


@pytest.fixture
def copies(course):
    """The same with its copies made."""
    study.copies()
    return sorted((course / "study").iterdir())


def changed(path, **words):
    """Put other words into a notebook's first cell."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0].update(words)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def content(folder):
    """Every file of a folder, what is in it and when it was written."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def lesson_of(copy):
    """The lesson of which a copy was made."""
    return copy.parent.parent / "notebooks" / copy.name


class TestCopies:
    """What is in a copy, and what becomes of it."""

    def test_no_output_of_a_predicted_cell_is_in_a_copy_and_every_other_output_is(self):
        """Between a question, its folded answer and the next prose code is as if it had not run, and what would tell
        the result is folded; a lesson has three at least."""
        questions = 0
        for path in LESSONS:
            lesson = json.loads(path.read_text(encoding="utf-8"))["cells"]
            copy = study.to_study(path.name)["cells"]
            predicted = set()
            for i, cell in enumerate(lesson):
                if cell["cell_type"] == "markdown" and "**Predict, then run.**" in "".join(cell["source"]):
                    questions += 1
                    end = next(j for j in range(i + 2, len(lesson)) if lesson[j]["cell_type"] == "markdown")
                    predicted |= set(range(i + 2, end))
            for i, (before, after) in enumerate(zip(lesson, copy, strict=True)):
                tells = re.search("assert |alt=|remove-input", "".join(before["source"]) + str(before["metadata"].get("tags")))
                fold = {"jupyter": {"source_hidden": True}} if tells else {}
                unrun = {"outputs": [], "execution_count": None, "metadata": before["metadata"] | fold}
                assert after == (before | unrun if i in predicted else before)
            assert all(lesson[i]["outputs"] for i in predicted)
        assert questions >= 3 * len(LESSONS[:9])

    def test_a_copy_is_a_notebook_and_what_is_there_stays(self, course, copies, capsys):
        """As valid as the lesson, and a second time nothing is written and nothing said."""
        assert [copy.name for copy in copies] == [path.name for path in LESSONS[3:5]]
        for copy in copies:
            nbformat.validate(nbformat.read(copy, 4))
        before = content(course / "study")
        study.copies()
        assert content(course / "study") == before and capsys.readouterr().out == ""

    def test_a_copy_that_is_as_it_was_made_follows_its_lesson(self, copies, capsys):
        """Also when Jupyter has only written it in its own form, with what it knows of the kernel."""
        notebook = nbformat.read(copies[0], 4)
        notebook.metadata.language_info.version = "3.13.0"
        nbformat.write(notebook, copies[0])
        for copy in copies:
            changed(lesson_of(copy), source="# A new title")
        study.copies()
        assert [nbformat.read(copy, 4).cells[0].source for copy in copies] == ["# A new title"] * 2
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize("change", [{"source": "# Mine"}, {"cell_type": "raw"}, {"outputs": []}])
    def test_a_copy_that_its_reader_changed_is_never_written_to(self, copies, change, capsys):
        """Its words, the kind of a cell or an output: a new version of the lesson is told of, with the command for it."""
        changed(copies[0], **change)
        mine = copies[0].read_bytes()
        study.copies()
        assert copies[0].read_bytes() == mine and capsys.readouterr().out == ""
        changed(lesson_of(copies[0]), source="# A new title")
        study.copies()
        assert copies[0].read_bytes() == mine
        assert capsys.readouterr().out == ("There is a new version of 03_scores.ipynb. Yours is kept; to have the new one, with "
                                           "yours set aside: python study.py renew 03\n")

    @pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"cells": 1, "metadata": {}}', b"[" * 100_000])
    def test_a_copy_that_cannot_be_read_is_kept(self, copies, damage, capsys):
        """And the same sentence says how to have a new one."""
        copies[0].write_bytes(damage)
        study.copies()
        assert copies[0].read_bytes() == damage and "python study.py renew 03" in capsys.readouterr().out

    def test_a_copy_without_its_mark_is_kept_and_only_told_of_if_it_differs(self, copies, capsys):
        """Such as one that another program has written."""
        lesson = study.to_study(copies[0].name)
        copies[0].write_text(json.dumps(lesson), encoding="utf-8")
        study.copies()
        assert capsys.readouterr().out == "" and json.loads(copies[0].read_text(encoding="utf-8")) == lesson
        changed(copies[0], source="# Mine")
        study.copies()
        assert "renew 03" in capsys.readouterr().out

    def test_a_copy_that_was_deleted_is_made_again(self, copies):
        """Byte for byte."""
        before = copies[1].read_bytes()
        copies[1].unlink()
        study.copies()
        assert copies[1].read_bytes() == before

    def test_copies_of_lessons_that_are_no_more_stay(self, copies, capsys):
        """A lesson that was renamed gets a copy under its new name, and nothing happens to the old one."""
        before = copies[0].read_bytes()
        lesson_of(copies[0]).rename(lesson_of(copies[0]).with_name("03_match.ipynb"))
        study.copies()
        assert copies[0].read_bytes() == before and copies[0].with_name("03_match.ipynb").exists()
        assert capsys.readouterr().out == ""

    def test_the_record_of_solved_exercises_moves_in_once(self, course):
        """From notebooks/, where it was before there were copies; later study/ has its own."""
        (course / "notebooks" / study.PROGRESS).write_text('{"done": []}', encoding="utf-8")
        study.copies()
        assert (course / "study" / study.PROGRESS).read_text(encoding="utf-8") == '{"done": []}'
        (course / "study" / study.PROGRESS).write_text('{"done": ["score"]}', encoding="utf-8")
        study.copies()
        assert (course / "study" / study.PROGRESS).read_text(encoding="utf-8") == '{"done": ["score"]}'

    def test_what_macos_leaves_on_a_stick_is_no_lesson(self, course, copies):
        """Files like ._03_scores.ipynb are not notebooks."""
        (course / "notebooks" / "._03_scores.ipynb").write_bytes(b"\0")
        study.copies()
        assert sorted((course / "study").iterdir()) == copies


class TestCommands:
    """What the reader types, and is told."""

    def test_renew_sets_the_copy_aside_and_makes_a_new_one(self, copies, capsys):
        """Twice in the same second as well; the reader's own is never lost."""
        changed(copies[0], source="# Mine")
        mine = copies[0].read_bytes()
        assert study.main(["renew", "3"]) == 0
        new = copies[0].read_bytes()
        assert study.main(["renew", "03"]) == 0
        aside = [copies[0].with_name(f"03_scores_set_aside_{number}.ipynb").read_bytes() for number in (1, 2)]
        assert aside == [mine, new] and copies[0].read_bytes() == new != mine
        assert capsys.readouterr().out == ("Your copy is now study/03_scores_set_aside_1.ipynb.\n"
                                           "Your copy is now study/03_scores_set_aside_2.ipynb.\n")

    @pytest.mark.parametrize("words", [["renew"], ["renew", "99"], ["renew", "scores"], ["renew", "../03"]])
    def test_renew_asks_for_a_number(self, course, words):
        """One sentence, and nothing is touched."""
        shutil.copy(LESSONS[0], course / "notebooks")
        assert study.main(words) == "Say which lesson by its number, such as: python study.py renew 03"
        assert not (course / "study").exists()

    @pytest.mark.parametrize("words", [["--help"], ["renwe"], ["renew", "03", "04"]])
    def test_what_it_does_not_know_is_answered_with_what_it_does(self, course, words):
        """The same for a slip and for --help."""
        assert study.main(words) == study.__doc__

    @pytest.mark.parametrize("name, words", [("notebooks/03_scores.ipynb", ["renew", "04"]), ("pyproject.toml", ["install"])])
    def test_a_damaged_file_of_the_course_is_named(self, course, name, words):
        """Such as one with the marks of a conflict."""
        (course / name).write_text("<<<<<<< HEAD", encoding="utf-8")
        assert study.main(words) == f"{name} is damaged. To have it back: git restore {name}"

    def test_an_extra_that_is_not_there_is_named(self, course):
        """With those that are."""
        assert study.main(["install", "tset"]).startswith("There is no extra tset in pyproject.toml, only test, ")

    def test_where_nothing_can_be_written_there_is_one_sentence(self, course, copies):
        """A file in place of the folder is like a folder without permission or a full disk."""
        shutil.rmtree(course / "study")
        (course / "study").write_text("", encoding="utf-8")
        told = study.main(["renew", "03"])
        assert "study" in told and told.endswith(study.NEEDS) and "\n" not in told

    def test_ctrl_c_is_one_sentence(self, course, monkeypatch):
        """Wherever it comes."""
        def interrupt():
            raise KeyboardInterrupt
        monkeypatch.setattr(study, "copies", interrupt)
        assert study.main(["renew", "03"]) == "Interrupted. The same command begins again."


class TestEnvironment:
    """What is wrong with an environment, and what becomes of it when it cannot be mended."""

    @pytest.fixture
    def venv(self, course, monkeypatch):
        """A folder as study.py makes one, complete; programs are not run but end well, and say the version of this Python."""
        told = "{}.{}\n".format(*sys.version_info)
        monkeypatch.setattr(study, "run", lambda command: (0, told))
        (course / ".venv").mkdir()
        study.remember(str(course / ".venv"), {"test": study.requirements("test")})
        return course / ".venv"

    def test_one_that_is_complete_is_used_as_it_is(self, venv, monkeypatch, capsys):
        """Without pip, so without a network."""
        monkeypatch.setattr(study, "install", None)
        assert study.environment("test", this_python=True) == study.python_of(str(venv)) and capsys.readouterr().out == ""

    @pytest.mark.parametrize("fault, sentence", [
        (lambda venv: shutil.rmtree(venv), "is not there yet"),
        (lambda venv: (shutil.rmtree(venv), venv.write_text("mine", encoding="utf-8")), "was not made by study.py"),
        (lambda venv: (venv / "course.json").unlink(), "was not made by study.py"),
        (lambda venv: (venv / "course.json").write_text('{"folder', encoding="utf-8"), "was not made by study.py"),
        (lambda venv: (venv / "course.json").write_text("[1]", encoding="utf-8"), "was not made by study.py"),
        (lambda venv: study.remember(str(venv), {}), "is not complete"),
        (lambda venv: setattr(study, "ROOT", study.ROOT + " moved"), "was made before this folder was moved or renamed"),
        (lambda venv: setattr(study, "run", lambda command: (1, "no module named pip")), "cannot run the course any more"),
        (lambda venv: setattr(study, "run", lambda command: (0, "3.4\n")), "is of Python 3.4 and you asked for "),
        (lambda venv: None, "")])
    def test_each_fault_is_named(self, venv, fault, sentence):
        """As the middle of a sentence."""
        fault(venv)
        assert study.fault(str(venv), True).startswith(sentence) and bool(study.fault(str(venv), True)) == bool(sentence)

    def test_another_python_is_only_a_fault_if_it_was_asked_for(self, venv, monkeypatch):
        """python3 may be any that can make the environment."""
        monkeypatch.setattr(study, "run", lambda command: (0, "3.4\n"))
        assert study.fault(str(venv), False) == ""

    def test_without_success_the_old_one_is_there_again(self, course, venv, monkeypatch):
        """So that a reader who tries another Python without a network, or on a full disk, can go on with the one from before."""
        (venv / "something").write_text("of the old one", encoding="utf-8")
        monkeypatch.setattr(study, "run", lambda command: (1, "connection broken by") if "pip" in command else (0, "3.4"))
        with pytest.raises(study.Stop, match="^There is no network: .* Connect, and give the same command again[.]$"):
            study.environment("test", this_python=True)
        monkeypatch.setattr(study, "make", lambda folder: os.mkdir(os.path.join(folder, "on", "a full disk")))
        with pytest.raises(OSError):
            study.environment("test", this_python=True)
        assert (venv / "something").read_text(encoding="utf-8") == "of the old one"
        assert study.load(study.record_of(str(venv)))["extras"]
        assert not list(course.glob(".venv_set_aside*"))

    def test_what_pip_says_is_told_when_it_is_not_the_network(self, course, venv, monkeypatch):
        """An extra that cannot be installed leaves the environment as complete as it was."""
        monkeypatch.setattr(study, "run", lambda command: (1, "one\n\nERROR: two\n") if "pip" in command else (0, ""))
        with pytest.raises(study.Stop, match="^pip could not install the course. Its last words:\none\nERROR: two\n"):
            study.environment("browser")
        assert study.load(study.record_of(str(venv)))["extras"] == {"test": study.requirements("test")}

    def test_an_extra_is_added_to_those_that_are_there(self, venv):
        """And then both are complete."""
        for _ in range(2):
            study.environment("browser")
        assert set(study.load(study.record_of(str(venv)))["extras"]) == {"browser", "test"}

    def test_an_interruption_leaves_it_incomplete(self, venv, monkeypatch):
        """pip may have been in the middle of a package."""
        def interrupt(python, extra):
            raise KeyboardInterrupt
        monkeypatch.setattr(study, "install", interrupt)
        with pytest.raises(KeyboardInterrupt):
            study.environment("browser")
        assert study.fault(str(venv), False) == "is not complete"

    def test_ours_is_replaced_and_what_is_not_ours_is_kept(self, course, venv, capsys):
        """An environment without our record may have cost its owner something."""
        (venv / "something").write_text("mine", encoding="utf-8")
        study.remember(str(venv), {})
        study.environment("test")
        assert not (venv / "something").exists() and not list(course.glob(".venv_set_aside*"))
        (venv / "course.json").unlink()
        (venv / "something").write_text("mine", encoding="utf-8")
        study.environment("test")
        assert (course / ".venv_set_aside_1" / "something").read_text(encoding="utf-8") == "mine"
        assert not (venv / "something").exists()
        assert capsys.readouterr().out.endswith("What was there before is kept as .venv_set_aside_1.\n")

    def test_nbgrader_has_an_environment_of_its_own(self, course, venv):
        """It adds menus to JupyterLab; all other extras share one."""
        folders = {extra: Path(study.environment(extra)).relative_to(course).parts[0]
                   for extra in study.course_file("pyproject.toml", tomllib.loads)["project"]["optional-dependencies"]}
        assert folders.pop("grading") == ".venv-grading" and set(folders.values()) == {".venv"}

    def test_another_wish_of_pyproject_is_installed_and_another_word_is_not(self, course, venv, monkeypatch, capsys):
        """A comment in pyproject.toml is no reason to need a network."""
        path = course / "pyproject.toml"
        path.write_text(path.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
        study.environment("test")
        assert capsys.readouterr().out == ""
        path.write_text(path.read_text(encoding="utf-8").replace('"numpy>=', '"numpy>=1'), encoding="utf-8")
        study.environment("test")
        assert capsys.readouterr().out.startswith(".venv lacks what the extra test asks for. ")


class TestLab:
    """How JupyterLab is called."""

    @pytest.fixture
    def called(self, course, monkeypatch):
        """The command and the variables of a call of JupyterLab, on a machine where the reader has set some of their own."""
        monkeypatch.setattr(study.signal, "signal", lambda *_: None)
        monkeypatch.setattr(study, "installed_here", lambda: True)
        monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
        monkeypatch.setenv("PIP_TARGET", "/somewhere/else")
        calls = []
        monkeypatch.setattr(subprocess, "call", lambda command, cwd, env: calls.append((command, env)) or 7)
        monkeypatch.setattr(study, "run", lambda command: calls.append((command, {})) or (0, ""))

        def call():
            assert study.main([]) == 7
            return calls[-1]
        call.calls = calls
        return call

    def test_new_copies_are_trusted_so_that_their_pictures_live(self, course, called):
        """Before JupyterLab opens, all that were made and no other: what a reader has changed is theirs to trust."""
        called()
        called()
        trusted = [command for command, _ in called.calls if "trust" in command]
        assert len(trusted) == 1 and called.calls[0][0] == trusted[0]
        assert sorted(trusted[0][4:]) == sorted(str(course / "study" / name) for name in study.lessons())

    def test_it_opens_the_first_copy_and_shows_the_folder_of_copies(self, course, called):
        """With the Python that has the course already; as root it says that it may."""
        command, _ = called()
        assert command[:3] == [sys.executable, "-m", "jupyterlab"]
        assert "--ServerApp.root_dir=" + str(course / "study") in command
        assert "--LabApp.default_url=/lab/tree/03_scores.ipynb" in command and (course / "study" / "03_scores.ipynb").exists()
        assert ("--allow-root" in command) == (hasattr(os, "geteuid") and os.geteuid() == 0)

    def test_the_lessons_find_the_library_beside_them(self, course, called):
        """Not one on the reader's PYTHONPATH; and pip in a notebook installs where it should."""
        _, variables = called()
        assert variables["PYTHONPATH"] == str(course) and "PIP_TARGET" not in variables

    def test_a_home_that_cannot_be_written_is_replaced(self, course, called, monkeypatch):
        """Jupyter ends in a traceback there; a home that can be written stays."""
        for may, home in ((False, str(course / "study" / ".home")), (True, os.environ.get("HOME"))):
            monkeypatch.setattr(study.os, "access", lambda path, mode, may=may: may)
            assert called()[1].get("HOME") == home


class TestModel:
    """How the language model of lesson 10 is asked for."""

    @pytest.fixture
    def asked(self, course, monkeypatch):
        """What `python study.py model` did, where the packages that are named have been installed already, and its exit code."""
        def ask(*installed):
            did = []
            monkeypatch.setattr(study.signal, "signal", lambda *words: did.append("Ctrl+C"))
            monkeypatch.setattr(study, "has", lambda python, package: package in installed)
            monkeypatch.setattr(study, "installed_here", lambda: "course_lib" in installed)
            monkeypatch.setattr(study, "environment", lambda extra, this_python: did.append((extra, this_python)) or "ours")
            monkeypatch.setattr(study, "install", lambda *words: did.append(words))
            monkeypatch.setattr(subprocess, "call", lambda command, cwd, env: did.extend([command, env["PYTHONPATH"]]) or 7)
            return did, study.main(["model"])
        return ask

    def test_it_is_fetched_by_an_environment_that_can_read_it(self, course, asked):
        """With the library of this course, Ctrl+C is for what fetches it, and no copies are made."""
        fetching = ["ours", "-m", "course_lib.fetch"]
        assert asked() == ([("model", False), "Ctrl+C", fetching, str(course)], 7) and not (course / "study").exists()

    def test_who_has_the_course_already_gets_only_what_is_missing(self, course, asked):
        """As in conda; the second time nothing is installed, so that no network is needed to be told where it is."""
        fetching = [sys.executable, "-m", "course_lib.fetch"]
        assert asked("course_lib")[0] == [(sys.executable, "model"), "Ctrl+C", fetching, str(course)]
        assert asked("course_lib", "gguf")[0] == ["Ctrl+C", fetching, str(course)]


class TestTorch:
    """How PyTorch is installed for lesson 12."""

    @pytest.fixture
    def piped(self, monkeypatch):
        """What pip is asked for by an installation of the extra torch, where some packages are installed already."""
        def pipe(*installed, fails=False, system="linux"):
            asked = []
            monkeypatch.setattr(study.sys, "platform", system)
            monkeypatch.setattr(study, "has", lambda python, package: package in installed)
            monkeypatch.setattr(study, "run", lambda command: asked.append(command[8:]) or (int(fails), "no such build"))
            try:
                study.install("a Python", "torch")
            except study.Stop as stop:
                asked.append(str(stop))
            return asked
        return pipe

    def test_it_is_a_build_without_cuda(self, piped):
        """Of PyTorch's own index or of another, and only then the rest of the extra; one that is there already stays."""
        assert piped() == [(study.CPU_BUILD, "--extra-index-url", study.CPU_BUILDS), ("--editable", ".[torch]")]
        assert piped("torch") == piped(system="darwin") == [("--editable", ".[torch]")]

    def test_no_other_build_is_ever_fetched(self, piped):
        """Where there is none for this Python, a sentence says so, and pip is asked for nothing more."""
        asked = piped(fails=True)
        assert len(asked) == 2 and asked[1].startswith("PyTorch was not installed: ") and "no such build" in asked[1]

    def test_it_is_said_that_it_is_there(self, monkeypatch, capsys):
        """By `python study.py torch`, which makes no copies."""
        monkeypatch.setattr(study, "installed_here", lambda: False)
        monkeypatch.setattr(study, "environment", lambda extra, this_python: print(extra, this_python))
        monkeypatch.setattr(study, "copies", lambda: 1 / 0)
        assert study.main(["torch"]) == 0
        assert capsys.readouterr().out.splitlines()[0] == "torch False" and "lesson 12" in study.__doc__


def test_python_2_can_read_study_py_up_to_its_sentence():
    """It is in ASCII and has nothing in its grammar that Python 2.7 does not know."""
    source = (ROOT / "study.py").read_text(encoding="ascii")
    new = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.AsyncFunctionDef, ast.Await, ast.Match)
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, new), ast.unparse(node)
        if isinstance(node, (ast.Tuple, ast.List)):
            assert not any(isinstance(part, ast.Starred) for part in node.elts), ast.unparse(node)
        elif isinstance(node, ast.FunctionDef):
            assert not (node.returns or node.args.kwonlyargs or node.args.posonlyargs), node.name
        elif isinstance(node, ast.arg):
            assert not node.annotation, node.arg
        elif isinstance(node, ast.Raise):
            assert not node.cause, ast.unparse(node)
        elif isinstance(node, ast.Call):
            assert not (getattr(node.func, "id", "") == "print" and node.keywords), ast.unparse(node)
