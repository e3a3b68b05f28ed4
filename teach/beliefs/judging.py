"""Have every submission of a class judged, each in a process of its own; whatever one of them does, the others are judged."""
import json
import multiprocessing
import os
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from time import monotonic

from teach.beliefs import worker

SECONDS = 10                # for an exercise; `check` gives 2 for each of its inputs
START = 60                  # for a process to begin, and for what an exercise imports, on a machine with much else to do
MOST = 8                    # workers at a time, for each may take much memory
LONGEST = 200_000           # bytes of a message


def judged(paths):
    """What comes of each file, in order, as soon as it is known: an iterator of lists of dicts, from worker.work.

    Where the system can fork, the workers are forked from a process that has the course and its mistakes ready.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
    if sys.platform != "win32":
        context.set_forkserver_preload(["teach.beliefs.prepared"])
    pool = ThreadPoolExecutor(min(os.cpu_count() or 1, MOST))
    try:
        yield from pool.map(lambda path: submission(context, path), paths)
    finally:
        pool.shutdown(cancel_futures=True)


def submission(context, path):
    """All that can be said of one file. A process that ends too early costs the exercise it was at; another does the rest."""
    found, done = [], set()
    while True:
        before = len(done)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, \
                process(context, str(path.resolve()), sorted(done), folder) as (running, connection):
            at, limit = None, START
            for message in messages(running, connection):
                at, limit = message.get("begins") or message.get("prepares"), START if "prepares" in message else SECONDS
                if "exercise" in message or "problem" in message:
                    found.append(message)
                    done.add(message.get("exercise"))
                if "end" in message:
                    return found
            ended = how(running, limit)
        if at:
            found.append({"exercise": at, "stopped": ended})
            done.add(at)
        elif len(done) == before:
            return [*found, {"problem": f"This could not be read: it {ended}."}]


@contextmanager
def process(context, *given):
    """A worker at its work, and the connection by which it reports; at the end it is no more, nor what it has started."""
    ours, theirs = context.Pipe(duplex=False)
    running = context.Process(target=worker.work, args=(*given, theirs), daemon=True)
    running.start()
    theirs.close()
    try:
        yield running, ours
    finally:
        running.kill()
        with suppress(AttributeError, OSError):                         # Windows has no groups of processes
            os.killpg(running.pid, signal.SIGKILL)
        running.join()
        ours.close()


def messages(running, connection):
    """What a worker reports, until it ends or is late."""
    until = monotonic() + START
    with suppress(EOFError, OSError, ValueError):                       # it is gone, or what came is no message of ours
        while wait([connection], until - monotonic()):
            message = json.loads(connection.recv_bytes(LONGEST))
            yield message
            until = monotonic() + (START if "prepares" in message else SECONDS)


def how(running, seconds):
    """How a worker came to its end, as the end of a sentence. One that still runs has taken more than these seconds."""
    running.join(1)
    code = running.exitcode
    if code is None:
        return f"had not finished after {seconds} seconds"
    if code < 0:
        return f"crashed Python ({signal.Signals(-code).name})"
    return f"ended Python itself (exit code {code})"
