"""Kernels that start at once, for the tests of the notebooks: one process imports what every lesson imports, and each kernel is a
fork of it.

The first process of the tests starts it; the others ask it, at the address in the environment. No lesson ran in it, so a kernel
forked from it is as fresh as any. Only Linux can do this safely; elsewhere, and in `python -m tools.outputs`, kernels start as
usual.
"""
import atexit
import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from tempfile import mkdtemp

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ADDRESS = "COURSE_WARM_KERNELS"
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
    folder = mkdtemp(prefix="course_kernels_")                      # which nobody else may enter
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(folder, "socket"))
        listener.listen()
        process = subprocess.Popen([sys.executable, "-m", "tools.warm_kernels", str(listener.fileno())], cwd=HERE,
                                   stdin=subprocess.PIPE, pass_fds=[listener.fileno()], start_new_session=True)
        process.address = listener.getsockname()
    atexit.register(process.communicate)
    return process


def launch(command, cwd=None, env=None, **_):
    """In place of jupyter_client's launch_kernel: → the forked kernel of a command `python … -m ipykernel_launcher …`."""
    environment = dict(env or os.environ)
    environment.pop(ADDRESS, None)
    order = {"arguments": command[command.index("-m") + 2:], "folder": cwd or os.getcwd(), "environment": environment}
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(os.environ.get(ADDRESS) or warm_process().address)
        asked.sendall(json.dumps(order).encode() + b"\n")
        return Forked(int(asked.makefile().readline()))


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


def become_kernel(asked, brought, arguments, folder, environment):
    """What `python -m ipykernel_launcher` does, in a session of its own, as a kernel that was started has one."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    asked.sendall(f"{os.getpid()}\n".encode())
    asked.close()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(brought | environment)
    sys.argv[:] = [find_spec("ipykernel_launcher").origin, *arguments]
    IPKernelApp.launch_instance(parent_handle=os.getppid())         # it ends when its parent does


def main():
    """Import, then fork a kernel for each process that asks, until the one that started this ends."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"          # as a kernel sets it before a cell runs
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"          # the debugger would write a warning to the terminal
    before = set(os.environ)
    for module in IMPORTED:
        with suppress(Exception):                       # what cannot be imported is for the lesson to say
            import_module(module)
    brought = {name: value for name, value in os.environ.items() if name not in before}          # a kernel's debugger sets one
    del sys.path[0]                                     # the folder that -m put there
    gc.freeze()
    signal.signal(signal.SIGCHLD, bury)
    while listener in select.select([sys.stdin, listener], [], [])[0]:
        asked, _ = listener.accept()
        with asked:
            order = json.loads(asked.makefile().readline())
            if not os.fork():
                listener.close()
                return become_kernel(asked, brought, **order)


if __name__ == "__main__":
    main()
