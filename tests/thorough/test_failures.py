"""A kernel that dies or hangs, and a run that is interrupted: one clear message, the others go on, nothing is left behind."""
import contextlib
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.thorough import command
from tests.thorough.command import ROOT


def notebook(path, *sources):
    """A notebook whose cells have no output but the last, which shows 1."""
    cells = [new_markdown_cell("## A title"), *(new_code_cell(source, execution_count=i) for i, source in enumerate(sources, 1))]
    cells[-1].outputs = [new_output("execute_result", {"text/plain": "1"}, execution_count=len(sources))]
    nbformat.write(new_notebook(cells=cells), path)


def kernels(folder):
    """The kernels that run for the notebooks of a folder, started or forked."""
    return [process for process in psutil.process_iter(["cmdline", "cwd"]) if process.info["cwd"] == str(folder)
            and {"ipykernel_launcher", "tools.warm_kernels"} & set(process.info["cmdline"] or ())]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the test command says of one kernel that dies, one that hangs, and one that is well; and how long it took."""
    folder = tmp_path_factory.mktemp("failing")
    notebook(folder / "dies.ipynb", "import os", "os._exit(1)", "1")
    notebook(folder / "hangs.ipynb", "import time", "time.sleep(1000)", "1")
    notebook(folder / "well.ipynb", "one = 1", "one")
    start = time.monotonic()
    text = command.told(folder, "--nbval-cell-timeout=10")
    return text, time.monotonic() - start, kernels(folder)


@pytest.mark.parametrize("name, what", [("dies", "its kernel died"), ("hangs", "it did not end in time")])
def test_a_kernel_that_fails_is_named(told, name, what):
    """Notebook, cell, title and what happened, in one line."""
    assert f"{name}.ipynb, cell [2] under “A title”: {what}" in told[0]


def test_the_others_still_run_and_nothing_stays(told):
    """The healthy notebook is green, the whole ends within the time limit and a little, and no kernel is left."""
    text, seconds, left = told
    assert "FAILED" in text and not re.search("FAILED.*well.ipynb", text) and seconds < 60 and not left


def heeds_interrupts():
    """What a shell runs in its background ignores Ctrl+C, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupted_run_leaves_no_process_and_no_changed_file(tmp_path):
    """Ctrl+C in the middle of the tests, and in the middle of writing outputs."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    notebook(folder / "slow.ipynb", "import time", "time.sleep(30)", "1")
    written = (folder / "slow.ipynb").read_bytes()
    write = f"import tools.outputs, pathlib; tools.outputs.NOTEBOOKS = pathlib.Path({str(folder)!r}); tools.outputs.main(False)"
    for start in (command.command(folder), [sys.executable, "-c", write]):
        process = subprocess.Popen(start, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                                   preexec_fn=heeds_interrupts)
        while not kernels(folder):
            time.sleep(0.1)
        time.sleep(2)
        while process.poll() is None:                   # Python forgets a Ctrl+C that comes while it clears away an object
            os.killpg(process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
        end = time.monotonic() + 20
        while kernels(folder) and time.monotonic() < end:
            time.sleep(0.1)
        assert not kernels(folder) and (folder / "slow.ipynb").read_bytes() == written
