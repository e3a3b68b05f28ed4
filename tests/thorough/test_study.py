"""study.py as a reader starts it: real environments, real git, interruptions; all without a network.

The course of these tests has the real study.py, Makefile and lessons, but a library that pip installs in a second, and a
JupyterLab that only says how it was called.
"""
import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent.parent
PYPROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "course_lib"
dependencies = []

[project.optional-dependencies]
test = []
browser = ["something-from-a-network"]
"""
# What pip builds the library with. It waits as long as the file `slow` says, so that a test can come in between.
BACKEND = """import os
import time
import zipfile

FILES = {"METADATA": '''Metadata-Version: 2.1
Name: course_lib
Version: 1
Requires-Dist: something-from-a-network; extra == "browser"
Provides-Extra: test
Provides-Extra: browser
''', "WHEEL": '''Wheel-Version: 1.0
Root-Is-Purelib: true
Tag: py3-none-any
''', "RECORD": ""}


def build_editable(folder, config_settings=None, metadata_directory=None):
    if os.path.exists("slow"):
        open("pip is here", "w").close()
        time.sleep(float(open("slow").read()))
    with zipfile.ZipFile(os.path.join(folder, "course_lib-1-py3-none-any.whl"), "w") as wheel:
        for name, text in FILES.items():
            wheel.writestr("course_lib-1.dist-info/" + name, text)
    return "course_lib-1-py3-none-any.whl"
"""
JUPYTERLAB = "import os, sys; print('JupyterLab', os.environ['PYTHONPATH'], *sys.argv[1:])"
INSTALLING = "Installing the course there takes a minute or two.\n"
NO_NETWORK = "There is no network: pip could not reach its package index. Connect, and give the same command again.\n"
# A Python that has the course already, whatever installed_here() would say of the one that runs the tests.
HAS_THE_COURSE = "import sys, study; study.installed_here = lambda: True; sys.exit(study.main(sys.argv[1:]))"


def a_course(folder):
    """The course of these tests, in a new folder, and how to start something there."""
    folder.mkdir()
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    for name in ("study.py", "Makefile"):
        shutil.copy(ROOT / name, folder)
    for name, text in {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "jupyterlab.py": JUPYTERLAB}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def variables(**more):
    """Variables under which pip asks an index that does not answer, and nobody else; and make is not below another make."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE", "MFLAGS"))}
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    return {**kept, **pip, "PYTHONIOENCODING": "utf-8", **more}


def begin(*command, cwd, **more):
    """Start a command, the first of a group that can be interrupted together."""
    return subprocess.Popen(command, cwd=cwd, env=variables(**more), text=True, encoding="utf-8", start_new_session=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def start(*command, cwd, **more):
    """Run a command to its end; → its exit code and what it said, which is never a traceback."""
    process = begin(*command, cwd=cwd, **more)
    told = process.communicate(timeout=300)[0]
    assert "Traceback" not in told, told
    return process.returncode, told


def install(folder, extra="test", cwd=None, python=sys.executable, **more):
    """Let study.py install an extra."""
    return start(python, str(folder / "study.py"), "install", extra, cwd=cwd or folder, **more)


def complete(folder):
    """Whether the only environment of a course is complete."""
    [venv] = folder.glob(".venv*/")
    return json.loads((venv / "course.json").read_text(encoding="utf-8")) == {"folder": str(folder), "extras": {"test": []}}


def pythons_of(folder):
    """Every name of the Python of a course's environment."""
    return sorted([*folder.glob(".venv/bin/python*"), *folder.glob(".venv/Scripts/python*")])


@pytest.fixture
def course(tmp_path):
    """A course without an environment."""
    return a_course(tmp_path.resolve() / "course")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A course with one; each test that uses it leaves it complete."""
    folder = a_course(tmp_path_factory.mktemp("installed").resolve() / "-it's 100% a [course] für #1 & 2")
    assert install(folder, LC_ALL="C") == (0, f".venv is not there yet. {INSTALLING}")
    return folder


class TestEnvironment:
    """Real ones, made by venv and pip."""

    def test_it_is_made_once_whatever_the_folder_is_called(self, installed):
        """With spaces, an umlaut, a quote, a leading dash, in the locale C; later nothing is installed, and nothing said."""
        assert complete(installed) and install(installed) == (0, "")
        assert start(str(pythons_of(installed)[0]), "-c", "import pip", cwd=installed) == (0, "")

    def test_a_symbolic_link_to_the_folder_is_no_move(self, installed, tmp_path):
        """Nor is another working directory."""
        try:
            (tmp_path / "link").symlink_to(installed, target_is_directory=True)
        except OSError:
            pytest.skip("this user may not make symbolic links")
        for folder, cwd in ((tmp_path / "link", None), (tmp_path / "link", tmp_path), (installed, tmp_path)):
            assert install(folder, cwd=cwd) == (0, "")

    def test_without_a_network_an_extra_is_one_sentence(self, installed):
        """The environment stays complete for the rest."""
        assert install(installed, "browser") == (1, f".venv lacks what the extra browser asks for. {INSTALLING}{NO_NETWORK}")
        assert complete(installed) and install(installed) == (0, "")

    def test_a_first_start_without_a_network_leaves_nothing(self, course):
        """One sentence, and the next start begins again."""
        assert install(course, "browser") == (1, f".venv is not there yet. {INSTALLING}{NO_NETWORK}")
        assert not list(course.glob(".venv*/"))

    def test_without_its_python_it_is_made_anew(self, installed):
        """As after an update of the system."""
        for python in pythons_of(installed):
            python.unlink()
        assert install(installed) == (0, f".venv cannot run the course any more. {INSTALLING}") and complete(installed)

    @pytest.mark.skipif(os.name == "nt", reason="Windows does not rename a folder from which a program runs")
    def test_in_a_folder_that_was_moved_it_is_made_anew_even_by_its_own_python(self, installed, tmp_path):
        """As when it is activated."""
        moved = tmp_path.resolve() / "moved"
        shutil.copytree(installed, moved, symlinks=True)
        told = f".venv was made before this folder was moved or renamed. {INSTALLING}"
        assert install(moved, python=pythons_of(moved)[0]) == (0, told) and complete(moved)

    def test_no_variable_of_the_reader_leads_it_elsewhere(self, course, tmp_path):
        """Neither pip nor Python takes or puts anything there."""
        elsewhere = tmp_path / "elsewhere"
        (elsewhere / "course_lib-1.dist-info").mkdir(parents=True)
        (elsewhere / "course_lib-1.dist-info" / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: course_lib\nVersion: 1\n", encoding="utf-8")
        (elsewhere / "pip.py").write_text("raise SystemExit('the wrong pip')", encoding="utf-8")
        before = sorted(elsewhere.rglob("*"))
        places = dict.fromkeys(("PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"), str(elsewhere))
        assert install(course, PIP_USER="1", PIP_DRY_RUN="1", **places)[0] == 0 and complete(course)
        assert sorted(elsewhere.rglob("*")) == before and list(course.glob(".venv/**/course_lib-1.dist-info"))

    def test_two_at_once_make_one(self, course):
        """The second waits, says so, and finds all that it needs."""
        both = [begin(sys.executable, course / "study.py", "install", cwd=course) for _ in range(2)]
        told = sorted(process.communicate(timeout=300)[0] for process in both)
        assert told == [f".venv is not there yet. {INSTALLING}",
                        "Another study.py is at work in this folder; this one waits for it.\n"]
        assert [process.returncode for process in both] == [0, 0] and complete(course)

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
    @pytest.mark.parametrize("killed", [False, True])
    def test_after_an_interruption_the_same_command_begins_again(self, installed, killed):
        """Ctrl+C is one sentence. A pip that outlives a study.py that was killed has the folder to itself until it ends."""
        (installed / "slow").write_text("3", encoding="utf-8")
        (installed / "pyproject.toml").write_text(PYPROJECT.replace("test = []", "test = ['pip']"), encoding="utf-8")
        process = begin(sys.executable, installed / "study.py", "install", cwd=installed)
        while not (installed / "pip is here").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.kill() if killed else os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
        for name in ("slow", "pip is here"):
            (installed / name).unlink()
        (installed / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
        code, told = install(installed)
        waits = "Another study.py is at work in this folder; this one waits for it.\n" * killed
        assert (code, told) == (0, f"{waits}.venv is not complete. {INSTALLING}") and complete(installed)
        said = process.communicate()[0]
        assert process.returncode != 0 and "Traceback" not in said
        assert killed or said.endswith("Interrupted. The same command begins again.\n")

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
    def test_a_folder_where_the_reader_may_not_write_is_one_sentence(self, course):
        """With the name of what could not be written."""
        python, path = ["/usr/bin/env", "python3"], {"PATH": "/usr/local/bin:/usr/bin:/bin"}
        nobody = {"user": 65534, "cwd": "/", "env": path, "capture_output": True, "text": True}
        if subprocess.run([*python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], **nobody).returncode:
            pytest.skip("there is no Python that anybody can run")
        for folder in (course, *course.parents):
            if Path(tempfile.gettempdir()).resolve() in folder.parents:
                folder.chmod(0o755)                     # pytest lets only its user in
        done = subprocess.run([*python, course / "study.py"], **nobody)
        assert re.fullmatch(r"The course could not be set up: .*Permission denied: '.+'\. .*\n", done.stderr), done.stderr


class TestStarting:
    """The commands that a reader gives."""

    def test_it_opens_the_copies_with_the_library_beside_them(self, course, tmp_path):
        """From another working directory; the reader's own PYTHONPATH is not that of the lessons."""
        (course / "mine.py").write_text(HAS_THE_COURSE, encoding="utf-8")
        code, told = start(sys.executable, str(course / "mine.py"), cwd=tmp_path, PYTHONPATH="/somewhere/else")
        assert code == 0 and told.startswith(f"JupyterLab {course} --ServerApp.root_dir={course / 'study'} "), told
        assert len(list((course / "study").glob("*.ipynb"))) == len(list((ROOT / "notebooks").glob("*.ipynb")))

    @pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl+C in another way")
    def test_ctrl_c_is_for_jupyter_and_study_py_waits_for_its_end(self, course):
        """Jupyter asks in the same terminal what was meant. Then study.py ends with its exit code, and without a word."""
        (course / "mine.py").write_text(HAS_THE_COURSE, encoding="utf-8")
        (course / "jupyterlab.py").write_text(
            "import signal, time\nsignal.signal(signal.SIGINT, lambda *_: print('Shut down?'))\n"
            "print('Ready', flush=True)\ntime.sleep(2)\nraise SystemExit(3)", encoding="utf-8")
        process = begin(sys.executable, course / "mine.py", cwd=course)
        assert process.stdout.readline() == "Ready\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=60)[0] == "Shut down?\n" and process.returncode == 3

    @pytest.mark.skipif(os.name == "nt" or not shutil.which("make"), reason="there is no make with a shell")
    def test_make_names_a_python_that_is_not_there(self, course):
        """With a way out."""
        code, told = start("make", "lab", "PYTHON=nosuch", cwd=course)
        assert code and told.startswith("There is no nosuch. Name one that you have, 3.11 or newer: make lab PYTHON=python3.13\n")

    @pytest.mark.skipif(os.name == "nt" or not shutil.which("make"), reason="there is no make with a shell")
    def test_make_takes_the_python_that_it_is_given_if_that_is_new_enough(self, installed):
        """Each old one is told so; a new one becomes that of the environment, and is kept when none is named."""
        for python, version in pythons():
            if version < (3, 11):
                code, told = start("make", "lint", f"PYTHON={python}", cwd=installed)
                assert code and told.startswith("The course needs Python 3.11 or newer, and this is {}.{}. ".format(*version))
                assert told.count("\n") == 2            # the second is make's: Error 1
        others = [found for found in pythons() if found[1] >= (3, 11) and found[1] != sys.version_info[:2]]
        python, version = (others or [(sys.executable, sys.version_info)])[0]
        for words in ([f"PYTHON={python}"], []):
            start("make", "lint", *words, cwd=installed)
            made = (installed / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")
            assert re.search(r"^version(?:_info)? = {}\.{}\.".format(*version), made, re.MULTILINE) and complete(installed)


def pythons():
    """pyenv's Pythons, if there are any, and their versions."""
    found = (Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions").glob("[0-9]*/bin/python")
    return [(str(path), tuple(map(int, path.parent.parent.name.split(".")[:2]))) for path in found]


def solved(source):
    """A stub with the library's answer in it, as a learner's own function; any other cell as it is."""
    if not re.match(r"def \w+\(.*raise NotImplementedError$", source, re.DOTALL):
        return source
    [function] = ast.parse(source).body
    call = f"EXERCISES['{function.name}'].answer({', '.join(argument.arg for argument in function.args.args)})"
    return "from course_lib.exercises import EXERCISES\n\n" + source.replace("raise NotImplementedError", f"return {call}")


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A clone of the course as it is now, where lesson 00 was run, solved, run again and saved."""
    home = tmp_path_factory.mktemp("git")
    environment = variables(GIT_CONFIG_GLOBAL=os.devnull)
    environment.pop("COURSE_LIB_NO_PROGRESS", None)

    def run(folder, *command):
        return subprocess.run(command, cwd=home / folder, env=environment, check=True, text=True, encoding="utf-8",
                              stdout=subprocess.PIPE).stdout

    def git(folder, *words):
        return run(folder, "git", "-c", "safe.directory=*", "-c", "user.name=A", "-c", "user.email=a@example.org", *words)

    def study(*words):
        return run("clone", sys.executable, "-c", f"import study; study.lab = lambda python, made: 0; {HAS_THE_COURSE}", *words)

    for file in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if (ROOT / file).is_file():
            (home / "upstream" / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, home / "upstream" / file)
    git("upstream", "init", "--quiet")
    git("upstream", "add", "--all")
    git("upstream", "commit", "--quiet", "--message=The course")
    git(".", "clone", "--quiet", "upstream", "clone")
    assert study() == ""
    path = home / "clone" / "study" / "00_attention_on_paper.ipynb"
    for answer in (str, solved):
        notebook = nbformat.read(path, 4)
        for cell in notebook.cells:
            cell.source = answer(cell.source)
        NotebookClient(notebook, timeout=60, resources={"metadata": {"path": path.parent}}).execute(env=environment)
        nbformat.write(notebook, path)
    return SimpleNamespace(upstream=home / "upstream", path=path, git=git, run=run, study=study)


class TestStudying:
    """What git, the tests and a new version of a lesson make of a reader's work."""

    def test_git_sees_nothing_of_it(self, reader):
        """Predictions are run, exercises solved, progress is written down: and the clone is clean."""
        checks = [cell for cell in nbformat.read(reader.path, 4).cells if cell.source.startswith("check(")]
        verdicts = [cell.outputs[0].data["text/plain"] for cell in checks]
        assert verdicts and all(" is right, on " in verdict for verdict in verdicts)
        done = json.loads(reader.path.with_name(".attention_progress.json").read_text(encoding="utf-8"))["done"]
        assert len(done) == len(verdicts) and reader.git("clone", "status", "--porcelain") == ""

    def test_the_test_command_and_the_linter_look_at_none_of_it(self, reader):
        """So they stay as green as they were."""
        collected = reader.run("clone", sys.executable, "-m", "pytest", "--collect-only", "--quiet")
        assert "notebooks/00_attention_on_paper.ipynb" in collected and not re.search("^study/", collected, re.MULTILINE)
        linted = reader.run("clone", sys.executable, "-m", "ruff", "check", "--show-files").replace(os.sep, "/")
        assert "/notebooks/00_attention_on_paper.ipynb" in linted and "/study/" not in linted

    def test_a_pull_never_conflicts_and_a_new_lesson_is_told_of(self, reader):
        """The copy that was worked on is kept until its reader asks for the new one; one that was not is new at once."""
        mine = reader.path.read_bytes()
        other = reader.path.with_name("01_embeddings.ipynb")
        for copy in (reader.path, other):
            lesson = reader.upstream / "notebooks" / copy.name
            lesson.write_bytes(re.sub(rb"\*(\d+) minutes", rb"*Newly \1 minutes", lesson.read_bytes(), count=1))
        reader.git("upstream", "commit", "--quiet", "--all", "--message=New lessons")
        reader.git("clone", "pull", "--quiet")
        told = ("There is a new version of 00_attention_on_paper.ipynb. Yours is kept; to have the new one, with yours set "
                "aside: python study.py renew 00\n")
        assert reader.study() == told and reader.path.read_bytes() == mine and b"*Newly " in other.read_bytes()
        assert reader.study("renew", "00") == "Your copy is now study/00_attention_on_paper_set_aside_1.ipynb.\n"
        assert reader.path.with_name("00_attention_on_paper_set_aside_1.ipynb").read_bytes() == mine
        assert b"*Newly " in reader.path.read_bytes() and reader.study() == ""
        assert reader.git("clone", "status", "--porcelain") == ""
