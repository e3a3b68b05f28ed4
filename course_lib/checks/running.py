"""Run a learner's function on one input, whatever it does, and bring back what came of it."""
import contextlib
import io
import linecache
import signal
import sys
import threading
import traceback
import warnings
from time import monotonic, process_time
from typing import NamedTuple

import numpy as np

SECONDS = 2                 # of computing, all that a function has for one input
KEPT = 10_000               # characters kept of what it prints


class Outcome(NamedTuple):
    """What a call gave: a result, or an error with the learner's own line; and what it printed and changed."""

    result: object = None
    error: BaseException | None = None
    line: str = ""
    printed: str = ""
    changed: tuple = ()

    @property
    def says(self):
        """What a test says by it of the function that it was given. An error is a no, and so is False; nothing is a yes."""
        if self.error is not None or isinstance(self.result, (bool, np.bool_)):
            return "yes" if self.error is None and self.result else "no"
        return "yes" if self.result is None else "neither yes nor no"


class TimeUp(BaseException):
    """The function took too long. Not an Exception, so that a learner's `except Exception` does not catch it."""

    def __init__(self):
        super().__init__(f"it had not finished after {SECONDS} seconds")


class _Printed(io.StringIO):
    """Keeps the beginning of what is printed and forgets the rest, so that an endless print fills no memory."""

    def write(self, text):
        super().write(text[:max(0, KEPT - self.tell())])
        return len(text)


def run(function, arguments):
    """Call the function with copies of the arguments. Nothing that it raises gets out, but for the keyboard's interrupt."""
    given = [copy(argument) for argument in arguments]
    printed, error, result = _Printed(), None, None
    try:
        with contextlib.redirect_stdout(printed), without_warnings(), _time_limit():
            try:
                result = function(*given)
            except KeyboardInterrupt:
                raise
            except BaseException as raised:                          # SystemExit too must not end the kernel
                error = readable(raised)
    except TimeUp as late:                                           # it arrived when the function had just ended
        error = late
    changed = tuple(i for i, (now, before) in enumerate(zip(given, arguments, strict=True)) if not unchanged(now, before))
    return Outcome(result, error, _line(function, error), printed.getvalue(), changed)


@contextlib.contextmanager
def without_warnings():
    """A context in which NumPy warns of nothing: a verdict says what is wrong."""
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        yield


def readable(error):
    """The error, or one in its place if it cannot even say what it is."""
    try:
        str(error)
    except Exception:
        return RuntimeError(f"a {type(error).__name__} that has no readable text").with_traceback(error.__traceback__)
    return error


def stopwatch(seconds):
    """A function that says whether the time is up: after that much computing, and where somebody sleeps or the machine has much
    else to do after three times as much by the clock."""
    began, computed = monotonic(), process_time()

    def is_up():
        passed = monotonic() - began
        return passed > seconds and (process_time() - computed > 0.9 * seconds or passed > 3 * seconds)

    return is_up


def copy(value):
    """A copy that a learner may write to, all the way down."""
    if isinstance(value, (np.ndarray, dict)):
        return value.copy()
    return type(value)(map(copy, value)) if isinstance(value, (list, tuple)) else value


def unchanged(now, before):
    """Whether an argument is what it was; it is not if it cannot even be compared."""
    try:
        if isinstance(before, np.ndarray):
            return np.array_equal(now, before)
        if isinstance(before, (list, tuple)):
            return len(now) == len(before) and all(map(unchanged, now, before))
        return bool(now == before)
    except Exception:               # whatever somebody's own class raises
        return False


def _time_limit():
    """A context in which TimeUp is raised after SECONDS of computing.

    A signal stops everything, but only on POSIX and in the main thread. Elsewhere, as on Windows and in a browser's kernel,
    every line that begins looks at the clock: that stops all Python code, not a long call within NumPy.
    """
    if hasattr(signal, "setitimer") and sys.platform != "emscripten" and threading.current_thread() is threading.main_thread():
        return _stopped_by_signal()
    return _stopped_by_trace()


@contextlib.contextmanager
def _stopped_by_signal():
    is_up = stopwatch(SECONDS)

    def stop(number, frame):
        if is_up():
            raise TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 0.2)              # again and again, for a bare `except` in a loop
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _stopped_by_trace():
    is_up, before = stopwatch(SECONDS), sys.gettrace()

    def look(frame, event, argument):
        if is_up():
            raise TimeUp
        return look

    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)


def _line(function, error):
    """The learner's own line where an error arose, counted in its cell: 'line 2: return Q @ K'."""
    code = getattr(function, "__code__", None)
    if error is None or code is None:
        return ""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == code.co_filename]
    if not own or own[-1].lineno is None:
        return ""
    text = linecache.getline(own[-1].filename, own[-1].lineno).strip()
    return f"line {own[-1].lineno}" + (f": `{text}`" if text else "")
