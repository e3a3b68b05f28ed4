"""What `check` shows of a wrong answer: the input that tells, what was expected, and what came of it."""
import inspect

import numpy as np

from course_lib._inputs import shown
from course_lib.checks.comparing import as_array, close, same
from course_lib.checks.running import TimeUp, readable
from course_lib.tables import HeatTable, SideBySide, number


def evidence(exercise, i, outcome, answer, seen):
    """The input that shows it, and what came of it."""
    parts = given(exercise, exercise.inputs[i])
    error, where = outcome.error, f" in {outcome.line}" if outcome.line else ""
    if isinstance(error, TimeUp):
        return [*parts, f"it was stopped{where}: {error}. Does every loop come to its end?"]
    if isinstance(error, RecursionError):
        return [*parts, f"it calls itself without end{where}: inside the function, `{exercise.name}` is your own function."]
    if error is not None:
        return [*parts, f"it raised `{type(error).__name__}: {str(error)[:300]}`{where}"]
    if outcome.result is None:
        return [*parts, "it returned `None`. Is the `return` missing?"]
    return [*parts, *_difference(answer, seen, exercise.names)]


def given(exercise, arguments):
    """The arguments: small ones in a sentence, matrices as tables below it."""
    parameters = inspect.signature(exercise.answer).parameters
    shown = [show(name, value, exercise.names) for name, value in zip(parameters, arguments, strict=False)]
    words, tables = ([part for part in shown if isinstance(part, str) == wanted] for wanted in (True, False))
    sentence = " and ".join([", ".join(words)] * bool(words) + ["the tables below"] * bool(tables))
    return [f"With {sentence}:"] * bool(shown) + [SideBySide(*tables)] * bool(tables)


def _difference(expected, got, names):
    """Expected and got side by side, at the first place where they differ."""
    if isinstance(expected, tuple) and not _is_sizes(expected):
        if not isinstance(got, (tuple, list)) or len(got) != len(expected):
            return [f"expected {len(expected)} results, `return first, second`, and got {describe(got)}"]
        i = next(i for i, pair in enumerate(zip(expected, got, strict=True)) if not same(*pair))
        return [f"look at result {i} of {len(expected)} (counted from 0):", *_difference(expected[i], got[i], names)]
    if _is_sizes(expected):
        return [f"expected `{expected}`, got {describe(got)}"]
    if isinstance(expected, str) and isinstance(got, str):
        return [f"wanted: `{expected}`; found: `{got}`"]
    arrays = as_array(expected), as_array(got)
    if arrays[1] is None or arrays[0].shape != arrays[1].shape or {a.dtype.kind for a in arrays} - set("biuf"):
        return [f"expected {describe(expected)}, got {describe(got)}"]
    if "b" in {a.dtype.kind for a in arrays} and arrays[0].dtype.kind != arrays[1].dtype.kind:
        return [f"expected {describe(expected)}, got {describe(got)}", *_two(*arrays, names)]
    return _two(*arrays, names)


def _two(expected, got, names):
    """The same block of both arrays."""
    if expected.ndim == 0:
        return [f"expected `{_plain(expected)}`, got `{_plain(got)}`", *_looks_alike(expected, got)]
    first = np.unravel_index(np.argmin(close(expected, got)), expected.shape)
    block = first[:-2]
    where = f"[{', '.join(map(str, block))}]" if block else ""
    tables = [show(word + where, array[block], names) for word, array in (("expected", expected), ("got", got))]
    return [SideBySide(*tables), *_looks_alike(expected, got)] if not any(isinstance(t, str) for t in tables) else tables


def _looks_alike(expected, got):
    """A word about a difference that four decimals do not show."""
    if "b" in {expected.dtype.kind, got.dtype.kind} or not np.allclose(got, expected, rtol=0, atol=1e-3):
        return []
    return ["They differ by very little, perhaps too little to be seen here. Is something rounded, or measured and not computed?"]


def show(name, value, names=()):
    """A named value as a small table where it is one, else in words."""
    array = as_array(value)
    array = array.astype(float) if array is not None and array.dtype.kind == "f" else array
    if isinstance(value, (str, tuple)) or array is None or array.ndim == 0 or array.dtype.kind == "U":
        return f"`{name} = {_plain(value)}`"
    if array.dtype.kind not in "biuf" or not 0 < array.size <= 200:
        return f"`{name}` of shape {array.shape}"
    if array.ndim > 2:
        block = (0,) * (array.ndim - 2)
        name, array = f"{name}{list(block)} of {name} {array.shape}", array[block]
    if array.ndim == 1:
        return HeatTable(array[None], [""], _names(names, array.shape[0]), name, "")
    return HeatTable(array, _names(names, array.shape[0]), _names(names, array.shape[1]), name, "")


def _names(names, length):
    return names if len(names) == length else range(length)


def _plain(value):
    """A value in one line, without addresses."""
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    if isinstance(value, str):
        return value
    if isinstance(value, (np.generic, np.ndarray, float)):
        return number(np.asarray(value).item())
    return shown(value)


def _is_sizes(value):
    """Whether a value is a tuple of whole numbers, such as a shape."""
    return isinstance(value, tuple) and all(isinstance(size, (int, np.integer)) for size in value)


def describe(value):
    """What kind of thing it is: its shape for an array, its value for a number, a text or sizes, how many for results."""
    if isinstance(value, BaseException):
        return f"an error, `{type(value).__name__}: {readable(value)}`"
    if _is_sizes(value):
        return f"`{tuple(map(int, value))}`"
    if isinstance(value, tuple):
        return count(len(value), "result")
    array = as_array(value)
    if array is not None and array.dtype.kind in "biuf" and array.ndim:
        return f"an array of shape {array.shape} of {'booleans' if array.dtype.kind == 'b' else 'numbers'}"
    if isinstance(value, str):
        return f"the text `{value[:60]}`"
    if isinstance(value, int) or (array is not None and array.dtype.kind in "biuf"):
        return f"`{_plain(value)}`"
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def count(n, noun):
    return f"{n} {noun}{'' if n == 1 else 's'}"
