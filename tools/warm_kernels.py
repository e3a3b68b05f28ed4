"""Kernels that start at once, for the tests of the notebooks: one process imports what every lesson imports, and each kernel is a
fork of it.

No lesson ran in that process, so a kernel forked from it is as fresh as any. Only Linux can do this safely; elsewhere, and in
`python -m tools.outputs`, kernels start as usual.
"""
import atexit
import gc
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IMPORTED = ("ipykernel.kernelapp", "course_lib.checks", "course_lib.explorers.lessons", "course_lib.plots",
            "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "matplotlib.pyplot",
            # what a kernel itself imports when it starts
            "ipykernel.debugger", "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger",
            "IPython.core.oinspect", "IPython.extensions.storemagic", "psutil", "sqlite3", "tornado.locks", "tornado.queues",
            "tornado.platform.asyncio")


class Forked:
    """What jupyter_client asks of a kernel's process, for one whose parent is another process than the caller's."""
    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        """None as long as it lives; afterwards 0, since only its parent learns how it ended."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0

    wait = poll

    def send_signal(self, number):
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


@cache
def warm_process():
    """The process that forks; it ends, and its kernels with it, when this one closes the pipe or ends."""
    process = subprocess.Popen([sys.executable, "-m", "tools.warm_kernels"], cwd=HERE, encoding="utf-8",
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    atexit.register(process.communicate)
    return process


def launch(command, cwd=None, env=None, **_):
    """In place of jupyter_client's launch_kernel: → the forked kernel of a command `python … -m ipykernel_launcher …`."""
    process = warm_process()
    order = {"arguments": command[command.index("-m") + 2:], "folder": cwd or os.getcwd(), "environment": dict(env or os.environ)}
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return Forked(int(process.stdout.readline()))


@contextmanager
def forked():
    """Inside of it jupyter_client forks the kernels that it starts."""
    from jupyter_client.provisioning import local_provisioner

    usual, local_provisioner.launch_kernel = local_provisioner.launch_kernel, launch
    try:
        yield
    finally:
        local_provisioner.launch_kernel = usual


def bury(*_):
    """Let go of the kernels that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def become_kernel(arguments, folder, environment):
    """What `python -m ipykernel_launcher` does, in a session of its own, as a kernel that was started has one."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    os.write(1, f"{os.getpid()}\n".encode())
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = [find_spec("ipykernel_launcher").origin, *arguments]
    IPKernelApp.launch_instance(parent_handle=os.getppid())         # it ends when its parent does


def main():
    """Import, then fork a kernel for each line that comes."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"          # as a kernel sets it before a cell runs
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"          # the debugger would write a warning to the terminal
    for module in IMPORTED:
        with suppress(Exception):                       # what cannot be imported is for the lesson to say
            import_module(module)
    del sys.path[0]                                     # the folder that -m put there
    gc.freeze()
    signal.signal(signal.SIGCHLD, bury)
    for line in sys.stdin:
        if not os.fork():
            return become_kernel(**json.loads(line))


if __name__ == "__main__":
    main()
