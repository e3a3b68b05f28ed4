"""A notebook is green, and written with the same bytes, whatever its reader's machine has set; and a report stays readable."""
import os
import platform
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.thorough.command import ROOT, command
from tests.thorough.test_planted import sample  # noqa: F401  a fixture

# What a reader may have in files
FILES = {
    "matplotlibrc": """
        figure.facecolor: black
        axes.facecolor: black
        axes.prop_cycle: cycler('color', ['r', 'g'])
        text.usetex: True
        font.size: 22
        savefig.facecolor: black
        no.such.key: 3""",
    "ipython/profile_default/ipython_config.py": """if True:
        c = get_config()
        c.InteractiveShellApp.exec_lines = ["from math import *", "import numpy", "numpy.set_printoptions(precision=1)"]
        c.InteractiveShell.ast_node_interactivity = "all"
        c.PlainTextFormatter.float_precision = "%.1f" """,
    "ipython/profile_default/startup/00.py": "print('hello')",
    "startup.py": "print('hello')",
    "jupyter/kernels/python3/kernel.json": '{"argv": ["/no/such/python"], "display_name": "", "language": "python"}',
    "elsewhere/tests/__init__.py": "", "elsewhere/tools/__init__.py": "", "elsewhere/conftest.py": "1 / 0",
    "elsewhere/pytest.ini": "[pytest]\naddopts = --no-such-option"}
# What a reader may have in the environment; {} is the folder of those files.
SURROUNDINGS = {
    "no locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a narrow console for Western Europe": {"PYTHONIOENCODING": "cp1252", "COLUMNS": "20", "NO_COLOR": "1", "TERM": "dumb"},
    "a console with colours": {"FORCE_COLOR": "1", "PY_COLORS": "1"},
    "a dark style and a backend that is not there": {"MATPLOTLIBRC": "{}/matplotlibrc", "MPLBACKEND": "no_such_backend"},
    "a profile of IPython and a startup file of Python": {"IPYTHONDIR": "{}/ipython", "PYTHONSTARTUP": "{}/startup.py"},
    "a broken kernel for all Python notebooks": {"JUPYTER_DATA_DIR": "{}/jupyter", "JUPYTER_PATH": "{}/jupyter"},
    "no home": dict.fromkeys(["HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
                              "MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"],
                             os.path.join(os.devnull, "none")),
    "warnings that are errors": {"PYTHONWARNINGS": "error"},
    "words while Python starts": {"PYTHONWARNINGS": "default", "OPENBLAS_VERBOSE": "2", "PYTHONPROFILEIMPORTTIME": "1"},
    "another Python": {"PYTHONOPTIMIZE": "2", "PYTHONHASHSEED": "77", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    "another day, more threads, nbgrader": {"TZ": "Pacific/Kiritimati", "OPENBLAS_NUM_THREADS": "4", "NBGRADER_EXECUTION": "1"},
    **({"an old processor": {"OPENBLAS_CORETYPE": "Nehalem"}} if platform.machine() in ("x86_64", "AMD64") else {})}
WRITE = """if True:
    import sys
    from pathlib import Path
    from tools import outputs
    outputs.NOTEBOOKS, outputs.README_PICTURE = Path(sys.argv[1]), Path(sys.argv[1], "overview.svg")
    outputs.version = lambda package: outputs.pinned_version()
    sys.exit(outputs.main(check=False))"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A folder with a reader's files."""
    folder = tmp_path_factory.mktemp("reader")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(program, surroundings, start=ROOT):
    """Exit code and output of a program in our own environment, without what this run has set, and in the surroundings."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR") and not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **surroundings}
    done = subprocess.run(program, cwd=start, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode(environment["PYTHONIOENCODING"])


@pytest.fixture(scope="module")
def done(reader, sample):  # noqa: F811
    """In each of the surroundings: what the test command and `make outputs` said, and what was written."""
    def both(numbered):
        i, surroundings = numbered
        folder, surroundings = reader / f"größe & co {i}", {name: value.format(reader) for name, value in surroundings.items()}
        folder.mkdir()
        (folder / "sample.ipynb").write_text(sample, encoding="utf-8", newline="\n")
        told = run(command(folder, "-n0"), surroundings), run([sys.executable, "-c", WRITE, folder], surroundings)
        return *told, (folder / "sample.ipynb").read_text(encoding="utf-8")

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(SURROUNDINGS, pool.map(both, enumerate(SURROUNDINGS.values())), strict=True))


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_a_notebook_is_green_and_written_with_the_same_bytes(done, sample, name):  # noqa: F811
    """Every cell passes, and what `make outputs` writes is what was there."""
    (failed, tested), (refused, wrote), now = done[name]
    assert not failed and "8 passed" in tested, tested
    assert not refused and "sample.ipynb" not in wrote and now == sample, wrote


@pytest.mark.parametrize("start, lesson", [
    ("notebooks", "02_qkv.ipynb"), ("tests", "../notebooks/02_qkv.ipynb"), ("elsewhere", None)])
def test_a_lesson_is_green_wherever_pytest_is_started(reader, start, lesson):
    """Beside it, in another folder of the course, and in another project with tests, tools and settings of its own."""
    folder, lesson = (ROOT / start, lesson) if lesson else (reader / start, ROOT / "notebooks" / "02_qkv.ipynb")
    failed, told = run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n0", lesson], {}, folder)
    assert not failed and re.search(r"\d\d passed", told), told


@pytest.mark.parametrize("encoding, title, drift", [
    ("utf-8", "“A title”", "−∞ … √2"), ("cp1252", "“A title”", r"\u2212\u221e … \u221a2"), ("gbk", "“A title”", r"\u2212∞ … √2"),
    ("ascii", '"A title"', r"\u2212\u221e \u2026 \u221a2")])
def test_a_report_can_be_read_line_by_line_on_every_console(reader, sample, encoding, title, drift):  # noqa: F811
    """Only the letters that a console lacks are spelled out."""
    folder = reader / f"for {encoding}"
    folder.mkdir()
    (folder / "drifted.ipynb").write_text(sample.replace("cat          0.2500", "cat          −∞ … √2"), encoding="utf-8")
    for workers in ("-n0", "-n1"):
        _, told = run(command(folder, workers), {"PYTHONIOENCODING": encoding})
        lines = told.splitlines()
        here = lines.index(f"drifted.ipynb, cell [2] under {title}: its output is not the committed one")
        assert f"  -cat          {drift}" in "\n".join(lines[here:here + 12])
