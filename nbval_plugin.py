"""What this course adds to nbval: a quicker start, kernels that find the same surroundings on every machine, an end for dead
ones, and failures that say what drifted and where.

Loaded by pytest before nbval. nbval imports nbformat, nbformat imports jsonschema, and jsonschema compiles grammars for
formats, such as URIs and durations, that no notebook asks it to check; without those optional modules it leaves the formats
out, and the tests start three times as quick.

It lies here, under a name of its own, because in the folder where pytest starts, or among the installed packages, there may
be another `tests`.
"""
import atexit
import codecs
import difflib
import gc
import io
import os
import re
import shutil
import sys
from functools import cache, partial, partialmethod
from importlib.util import find_spec
from pathlib import Path
from queue import Empty
from tempfile import mkdtemp
from time import monotonic
from types import SimpleNamespace

import pytest

HERE = Path(__file__).parent
for grammar in ("isoduration", "rfc3986_validator", "rfc3987_syntax"):
    sys.modules[grammar] = None                         # an import of it now fails, as if it were not installed
# nbval's way to count the lines that a kernel runs imports coverage, which nobody asks for here
sys.modules["nbval.cover"] = SimpleNamespace(setup_coverage=lambda *_: None, teardown_coverage=lambda *_: None)
sys.path.insert(0, str(HERE))                           # for our own tests/ and tools/
# Each changes what a cell does or prints into it, before our code runs.
LEFT_OUT = ("PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONVERBOSE", "PYTHONPROFILEIMPORTTIME", "OPENBLAS_VERBOSE", "MPLBACKEND",
            "NBGRADER_EXECUTION")
# What runs the language model or PyTorch, what is said where that is not, and what runs every lesson that can be run.
NEED_THE_MODEL = HERE / "notebooks" / "10_a_real_language_model.ipynb", HERE / "tests" / "model"
NEED_PYTORCH = HERE / "notebooks" / "12_in_pytorch.ipynb", HERE / "tests" / "torch"
WITHOUT_THE_MODEL = ("The language model is not here, so 10_a_real_language_model.ipynb and tests/model are left out. "
                     "To include them: make model (python study.py model)")
WITHOUT_PYTORCH = ("PyTorch is not here, so 12_in_pytorch.ipynb and tests/torch are left out. "
                   "To include them: make torch (python study.py torch)")
NEEDS = {WITHOUT_THE_MODEL: NEED_THE_MODEL, WITHOUT_PYTORCH: NEED_PYTORCH}
REQUIRED = {WITHOUT_THE_MODEL: "COURSE_MODEL_REQUIRED", WITHOUT_PYTORCH: "COURSE_TORCH_REQUIRED"}
RUN_EVERY_LESSON = tuple(HERE / "tests" / name for name in (
    "browser", "teach/test_student.py", "thorough/test_exercises.py", "thorough/test_pictures.py"))
LONGEST = "10_a_real_language_model.ipynb", "09_trained_heads.ipynb", "test_exercises.py", "12_in_pytorch.ipynb"
LEAVES_OUT = pytest.StashKey[list]()
MEANT = "If the change is meant, run `make outputs` (python -m tools.outputs), look at the difference, and commit it."


@cache
def plain_surroundings():
    """Change the environment, which the kernels inherit, so that they run alike on every machine."""
    folder = mkdtemp(prefix="course_kernels_")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["IPYTHONDIR"] = os.path.join(folder, "ipython")                  # an empty profile
    os.environ["JUPYTER_RUNTIME_DIR"] = os.path.join(folder, "runtime")         # the usual one may not be writable
    for name in LEFT_OUT:
        os.environ.pop(name, None)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))      # this course_lib
    for library in ("OPENBLAS", "OMP"):                     # two threads on small matrices only wait for each other
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    os.environ["COURSE_LIB_NO_PROGRESS"] = "1"              # a reader's record of solved exercises changes no output

    from course_lib.fetch import where
    os.environ["COURSE_MODEL_DIR"] = str(where().parent)    # also for kernels with another home


@cache
def wanting():
    """What is missing, the language model, with the package that reads it, or PyTorch, as the sentences that say so."""
    from course_lib.fetch import is_there
    here = {WITHOUT_THE_MODEL: is_there() and find_spec("gguf"), WITHOUT_PYTORCH: find_spec("torch")}
    return [says for says, found in here.items() if not found]


def left_out():
    """What is not run for want of these."""
    return [path for says in wanting() for path in NEEDS[says]]


def is_left_out(path):
    """Whether a file or a folder is one of these, or in one."""
    return any(Path(path).resolve().is_relative_to(needs) for needs in left_out())


def pytest_ignore_collect(collection_path):
    """What is left out is not even collected."""
    return is_left_out(collection_path) or None


def named(config):
    """What is named on the command line, or is run if nothing is, with its path."""
    return {arg: (config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args}


def leave_out(config):
    """The same for what is named on the command line; → what to say of what is left out of what was asked for."""
    asked = named(config)
    config.args = [arg for arg in config.args if not is_left_out(asked[arg])]
    return [says for says in wanting() if any(path.exists() for path in NEEDS[says])
            and any(path.is_relative_to(named) or named.is_relative_to(path)
                    for path in (*NEEDS[says], *RUN_EVERY_LESSON) for named in asked.values())]


def said_of(notebooks):
    """What to say of those that are left out of some notebooks."""
    return [says for says in wanting() if any(path.resolve() in NEEDS[says] for path in notebooks)]


def required(said):
    """Those sentences that are errors here, because what is missing is required."""
    return [says for says in said if os.environ.get(REQUIRED[says])]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    """The last lines of the report say what was left out."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    for says in session.config.stash[LEAVES_OUT] if reporter else ():
        reporter.write_line(says)
    return result


def pytest_configure(config):
    """Before anything runs: plain surroundings, nbval's file wherever pytest was started, and a report for every console."""
    plain_surroundings()
    config.stash[LEAVES_OUT] = leave_out(config)
    if required(config.stash[LEAVES_OUT]):
        raise pytest.UsageError("\n".join(required(config.stash[LEAVES_OUT])))
    if config.option.nbval_sanitize_with is None:
        config.option.nbval_sanitize_with = str(HERE / "tests" / "nbval_sanitize.cfg")
    spare_the_kernels(config)
    notice_dead_kernels()
    if isinstance(sys.stdout, io.TextIOWrapper):
        codecs.register_error("spelled out", spelled_out)
        sys.stdout.reconfigure(errors="spelled out")


def pytest_collection_modifyitems(items):
    """The longest files go first, then all notebooks, so that at the end no process is left alone with a long one."""
    first = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (first.get(item.path.name, len(LONGEST)), item.path.suffix != ".ipynb"))


def pytest_collection_finish():
    """What was imported and collected stays until the end: the garbage collector need not look through it again and again."""
    gc.freeze()


def spelled_out(error):
    """For characters that the console's encoding lacks, straight quotes or their number. pytest itself would escape the whole
    report, line ends included."""
    text = error.object[error.start:error.end].replace("“", '"').replace("”", '"')
    return text.encode("ascii", "backslashreplace").decode(), error.end


def spare_the_kernels(config):
    """What nbval does not compare need not be made: pixels, of which the text is compared, a history of the cells, and a copy of
    each message for a log that nobody reads. Where a process can be forked, kernels start at once."""
    from jupyter_client.blocking import BlockingKernelClient
    from jupyter_client.manager import KernelManager
    from nbval import kernel

    spared = ["--PNGFormatter.enabled=False", "--HistoryManager.enabled=False"]
    kernel.start_new_kernel = partial(kernel.start_new_kernel, extra_arguments=spared)
    kernel.pformat = type
    # A started kernel is listened to for 0.2 seconds, in case it has more to say, and a killed one looked at every 0.1 seconds.
    BlockingKernelClient.wait_for_ready = briefly(BlockingKernelClient.wait_for_ready)
    KernelManager._async_wait = partialmethod(KernelManager._async_wait, pollinterval=0.01)
    if sys.platform == "linux":
        from tools import warm_kernels

        kernel.start_new_kernel = warm_kernels.forked()(kernel.start_new_kernel)
        if not hasattr(config, "workerinput"):              # the first process, before it starts others
            os.environ.pop(warm_kernels.ADDRESS, None)
            if any(next(path.rglob("*.ipynb"), None) or path.suffix == ".ipynb" for path in named(config).values()):
                os.environ[warm_kernels.ADDRESS] = warm_kernels.warm_process().address


def briefly(wait_for_ready):
    """jupyter_client's way to wait until a kernel answers, but with ears that give up soon: nbval listens once more itself."""
    def wait(client, timeout=None):
        channel = client.iopub_channel
        channel.get_msg = lambda timeout: type(channel).get_msg(channel, timeout=min(timeout, 0.02))
        wait_for_ready(client, timeout=timeout)
        del channel.get_msg
    return wait


def notice_dead_kernels():
    """Look once a second whether the kernel still lives, instead of waiting for a reply until its time is over."""
    from nbval.kernel import RunningKernel

    wait_once = RunningKernel.await_reply

    def await_reply(kernel, msg_id, timeout=None):
        end = monotonic() + (timeout or float("inf"))
        while True:
            try:
                return wait_once(kernel, msg_id, timeout=1)
            except Empty:
                if monotonic() > end or not kernel.is_alive():
                    raise

    RunningKernel.await_reply = await_reply


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """The report of a cell that failed says where it is, what was committed, what came out, and what to do."""
    report = yield
    if report.failed and report.when == "call" and hasattr(item, "cell_num"):
        report.longrepr = account(item, str(report.longrepr))
    elif report.failed and report.when == "setup" and hasattr(item, "cell_num"):
        report.longrepr = f"{item.path.name} cannot be run: {str(report.longrepr).splitlines()[-1]}"
    return report


def account(item, told):
    """Notebook, cell and title; the source; then the error, or the difference. told: what nbval says."""
    where = f"{item.path.name}, cell [{item.cell_num + 1}] under “{title(item)}”"
    source = "\n".join(f"    {line}" for line in item.cell.source.splitlines())
    now = item.test_outputs or []
    error = next((output for output in now if output["output_type"] == "error"), None)
    if "Timeout" in told:
        what = "it did not end in time" if item.parent.kernel.is_alive() else "its kernel died"
        more = "The cells after it are not judged."
    elif error:
        what, more = f"it ends in {error['ename']}: {error['evalue']}", plain("\n".join(error["traceback"][-2:]))
    else:
        what, more = "its output is not the committed one", "\n".join([*difference(item.cell.outputs, now), "", MEANT])
    return f"{where}: {what}\n\n{source}\n\n{more}"


def title(item):
    """The last heading before the cell."""
    seen, heading = -1, "no heading"
    for cell in item.parent.nb.cells:
        seen += cell.cell_type == "code"
        if seen == item.cell_num:
            return heading
        if cell.cell_type == "markdown":
            heading = ([heading] + re.findall(r"^#+ (.+)", cell.source, re.MULTILINE))[-1]


def difference(committed, now):
    """The outputs' text line by line; if that agrees, their HTML, tag by tag. - is committed, + is now."""
    for kind in ("text/plain", "text/html"):
        before, after = ([line for output in outputs for line in lines(output, kind)] for outputs in (committed, now))
        changes = [line for line in difflib.unified_diff(before, after, n=1, lineterm="") if not line.startswith(("---", "+++"))]
        if changes:
            return [f"  {kind}: - committed, + now", *(f"  {line[:150]}" for line in changes[:30])]
    return ["  the same words in another form: order, number or kind of the outputs"]


def lines(output, kind):
    """One output as lines of one kind; what is printed counts as text."""
    if "text" in output:
        return [f"{output['name']}: {line}" for line in output["text"].splitlines()] if kind == "text/plain" else []
    return output.get("data", {}).get(kind, "").replace("><", ">\n<").splitlines()


def plain(text):
    """Without the colours of a terminal."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)
