"""The kernels that nbval gets where a process can be forked: fresh, like started ones, and gone when they should be."""
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext

import pytest
from jupyter_client.manager import start_new_kernel

from tests.thorough.command import ROOT
from tools import warm_kernels

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere kernels are started as usual")
SURROUNDINGS = """import os, sys, signal
kept = set(os.environ) - {"JPY_PARENT_PID", "JPY_INTERRUPT_EVENT"}
signals = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGTERM)]
os.getcwd(), sys.argv[:-1], sys.path, sorted(kept), os.environ["MPLBACKEND"], signals[1:], signals[0].__name__, \
os.getsid(0) == os.getpid(), __name__"""


@pytest.fixture
def start(tmp_path):
    """Start a kernel, warm or as usual, in a folder of its own, and end it at last."""
    started = []

    def start(way=warm_kernels.forked):
        with way():
            started.append(start_new_kernel(cwd=str(tmp_path), env={**os.environ, "PYTHONPATH": str(ROOT)}))
        return started[-1]

    yield start
    for manager, client in started:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(client, code):
    """The value of a cell, as text."""
    shown = []
    client.execute_interactive(code, timeout=30, output_hook=lambda message: shown.append(message["content"]))
    return next(content["data"]["text/plain"] for content in shown if "data" in content)


def gone(pid):
    """Whether a process ends within some seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if warm_kernels.Forked(pid).poll() is not None:
            return True
        time.sleep(0.05)


def test_a_forked_kernel_is_like_one_that_was_started(start):
    """Folder, arguments, paths, environment, signals."""
    (forked, one), (started, another) = start(), start(nullcontext)
    assert isinstance(forked.provisioner.process, warm_kernels.Forked)
    assert isinstance(started.provisioner.process, subprocess.Popen)
    assert run(one, SURROUNDINGS) == run(another, SURROUNDINGS)


def test_what_one_kernel_does_no_other_sees(start):
    """Neither names nor what was changed in a module that both found imported."""
    (_, first), (_, second) = start(), start()
    run(first, "import course_lib, numpy\nnumpy.set_printoptions(precision=1)\ncourse_lib.softmax = mine = 1\nmine")
    assert run(second, "import course_lib, numpy\n'mine' in dir(), course_lib.softmax is course_lib.steps.softmax, "
                       "numpy.get_printoptions()['precision']") == "(False, True, 8)"


def test_a_kernel_that_dies_is_missed_and_can_be_interrupted_before(start):
    """As nbval asks: is it alive?"""
    manager, client = start()
    identity = client.execute("import time\ntime.sleep(60)", stop_on_error=False)
    time.sleep(0.5)
    manager.interrupt_kernel()
    assert client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] == identity and manager.is_alive()
    pid = int(run(client, "import os\nos.getpid()"))
    os.kill(pid, signal.SIGKILL)
    assert gone(pid) and not manager.is_alive()


def test_no_kernel_outlives_the_tests():
    """Even if they are killed."""
    code = ("import os, time\nfrom jupyter_client.manager import start_new_kernel\n"
            "from tools import warm_kernels\nwith warm_kernels.forked():\n    manager, client = start_new_kernel()\n"
            "print(manager.provisioner.pid, warm_kernels.warm_process().pid, flush=True)\ntime.sleep(60)")
    tests = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8")
    pids = [int(pid) for pid in tests.stdout.readline().split()]
    tests.kill()
    tests.communicate()
    assert len(pids) == 2 and all(map(gone, pids))
