"""Compare a learner's function with the answer, and where it differs find the known mistake that it makes."""
import difflib
import inspect
import os
import traceback
from numbers import Rational
from reprlib import repr as short_repr

import numpy as np

from course_lib.exercises import record
from course_lib.exercises.messages import Message
from course_lib.exercises.running import TimeUp, readable, run
from course_lib.tables import HeatTable, SideBySide, number

RELATIVE, ABSOLUTE = 1e-4, 1e-6         # a float32 answer passes; every listed mistake is off by a hundred times more
CHANGED = ("The values are right, but the function changed its argument {names}. Whoever calls it still needs that array: "
           "work on a copy, or make a new array.")
BATCHES = ("It is right for a single sequence, but with more axes in front, such as a batch, it fails. "
           "Count the axes from the end, and let NumPy carry the others along.")


class Verdict(Message):
    """What `check` found: passed (True, False, or None when not attempted) and diagnosis (a sentence or None)."""

    def __init__(self, passed, diagnosis, *parts):
        super().__init__(*parts, passed=passed)
        self.diagnosis = diagnosis


def check(function):
    """Say whether the function is right, and if not, with which input, what came of it, and which mistake it looks like.

    The exercise is found by the function's name. → Verdict. Raises ValueError if there is no such exercise, and while
    nbgrader grades AssertionError unless the function is right: there, only an error costs the point.
    """
    verdict = judge(function)
    if os.environ.get("NBGRADER_EXECUTION") and not verdict.passed:
        raise AssertionError(repr(verdict))
    return verdict


def judge(function):
    """What `check` says, whoever asks."""
    if not callable(function):
        raise ValueError("check takes the function itself: check(softmax), not its name and not what it returned, "
                         f"check(softmax(scores)); given was {short_repr(function)}")
    exercise = find(function)
    name, inputs = exercise.name, exercise.inputs
    parameters = list(inspect.signature(exercise.answer).parameters)
    if not _takes(function, inputs[0]):
        return Verdict(False, None, f"`{name}` must take {inspect.signature(exercise.answer)}; "
                                    f"yours takes {inspect.signature(function)}.")
    outcomes = []
    for arguments in inputs:
        outcomes.append(run(function, arguments))
        if isinstance(outcomes[-1].error, (NotImplementedError, TimeUp)):
            break
    if isinstance(outcomes[0].error, NotImplementedError):
        return Verdict(None, None, _not_attempted(name, outcomes[0].error))
    answers = [_seen(exercise, run(exercise.answer, arguments), arguments) for arguments in inputs]
    seen = [_seen(exercise, outcome, arguments) for outcome, arguments in zip(outcomes, inputs, strict=False)]
    wrong = next((i for i, now in enumerate(seen) if not same(answers[i], now)), None)
    notes = _notes(outcomes)
    if wrong is not None:
        diagnosis = diagnose(exercise, answers, seen)
        parts = [f"`{name}` is not right yet." + (f" {diagnosis}" if diagnosis else "")]
        parts += _evidence(exercise, wrong, outcomes[wrong], answers[wrong], seen[wrong])
        return Verdict(False, diagnosis, *parts, *notes)
    changed = {i for outcome in outcomes for i in outcome.changed}
    if changed:
        diagnosis = CHANGED.format(names=" and ".join(f"`{parameters[i]}`" for i in sorted(changed)))
        return Verdict(False, diagnosis, f"`{name}` is not right yet. {diagnosis}", *notes)
    if function is exercise.answer:
        notes.append("But this is the library's own function: run the cell with yours before you check it.")
    else:
        notes += record.add(name)
    return Verdict(True, None, f"`{name}` is right, on {_count(len(inputs), 'input')}.", *notes)


def find(function):
    """The exercise that a function, or a name, belongs to."""
    from course_lib.exercises import EXERCISES
    name = function if isinstance(function, str) else getattr(function, "__name__", None)
    if name in EXERCISES:
        return EXERCISES[name]
    near = difflib.get_close_matches(str(name), EXERCISES)
    raise ValueError(f"there is no exercise called {name!r}" + (f"; did you mean {near[0]!r}?" if near else
                     ": a function is checked under the name that its exercise gives it"))


def diagnose(exercise, answers, seen):
    """The sentence of the mistake that gives what was seen, or None.

    Best is a mistake that gives the same on every input. Failing that, if the first wrong result has telling numbers,
    one that gives the same wherever the function had a result, or at least up to there: so a known slip is named also in
    code for a single sequence, which a batch makes fail, and beside a second slip.
    """
    if len(seen) < len(exercise.inputs):
        return None

    def gives_the_same(mistake, places):
        return (same(_seen(exercise, run(mistake, exercise.inputs[i]), exercise.inputs[i]), seen[i]) for i in places)

    everywhere, results = range(len(seen)), [i for i, now in enumerate(seen) if not isinstance(now, BaseException)]
    wrong = next((i for i in results if not same(answers[i], seen[i])), None)
    exact = [sentence for sentence, mistake in exercise.mistakes.items() if all(gives_the_same(mistake, everywhere))]
    if exact or wrong is None:
        return exact[0] if exact else _fails_in_batches(exercise.inputs, results)
    if not _telling(seen[wrong]):
        return None
    partly = [sentence for sentence, mistake in exercise.mistakes.items() if all(gives_the_same(mistake, results))]
    if len(partly) == 1:
        return partly[0]
    until_wrong = [i for i in results if i <= wrong]
    beside = {sentence: sum(gives_the_same(mistake, everywhere)) for sentence, mistake in exercise.mistakes.items()
              if all(gives_the_same(mistake, until_wrong))}
    return max(beside, key=beside.get, default=None)


def _fails_in_batches(inputs, results):
    """The sentence for a function that is right where it has a result, and has none exactly where there are more axes."""
    axes = [max(map(np.ndim, (a for a in arguments if isinstance(a, np.ndarray))), default=0) for arguments in inputs]
    failed = [axes[i] for i in range(len(inputs)) if i not in results]
    return BATCHES if results and failed and max(axes[i] for i in results) < min(failed) else None


def _telling(result):
    """Whether a result has enough different numbers that two functions do not give the same by chance."""
    arrays = [_array(part) for part in (result if isinstance(result, tuple) else [result])]
    return any(array is not None and array.dtype.kind == "f" and len(set(array[np.isfinite(array)].round(4).tolist())) > 3
               for array in arrays)


def same(expected, got):
    """Whether two things seen are the same: shape and values within tolerance, numbers or booleans, or the same error."""
    if isinstance(expected, BaseException):
        return type(expected) is type(got) and str(expected) == str(got)
    if isinstance(expected, tuple):
        return isinstance(got, (tuple, list)) and len(expected) == len(got) and all(map(same, expected, got))
    expected, got = _array(expected), _array(got)
    if expected is None or got is None or expected.shape != got.shape:
        return False
    if expected.dtype.kind in "iuf" and got.dtype.kind == "O" and all(isinstance(x, Rational) for x in got.ravel().tolist()):
        try:
            got = got.astype(float)                 # fractions are numbers too
        except OverflowError:
            return False
    if expected.dtype.kind not in "iuf" or got.dtype.kind not in "iuf":
        return expected.dtype.kind == got.dtype.kind and bool(np.all(expected == got))
    return bool(_close(expected, got).all())


def _close(expected, got):
    """Where two arrays of numbers are equal within tolerance."""
    return np.isclose(got, expected, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)


def _array(value):
    """The value as an array, or None where it is none."""
    try:
        return np.asarray(value)
    except Exception:               # whatever somebody's own class raises
        return None


def _takes(function, arguments):
    """Whether the function can be called with these arguments, as far as its signature tells."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    except ValueError:              # a function written in C may have no signature
        pass
    return True


def _seen(exercise, outcome, arguments):
    """What counts of an outcome: its error, its result, or what the exercise looks at."""
    if outcome.error is not None:
        return outcome.error
    if exercise.seen is None:
        return outcome.result
    looked_at = run(lambda *given: exercise.seen(outcome.result, *given), arguments)
    return outcome.result if looked_at.error is not None else looked_at.result


def _not_attempted(name, error):
    """What to do about a stub: the function's own, or that of another exercise which it calls."""
    from course_lib.exercises import EXERCISES
    stub = traceback.extract_tb(error.__traceback__)[-1].name
    if stub != name and stub in EXERCISES:
        return (f"`{name}` calls `{stub}`, whose exercise is not attempted yet. Write that first, or take the library's: "
                f"`from course_lib import {stub}`.")
    return (f"`{name}`: not attempted yet. Replace `raise NotImplementedError` in the cell above by your code, run that cell, "
            f"then this one. If you are stuck: `hint({name})`.")


def _notes(outcomes):
    """What else there is to say: printing."""
    lines = [line for outcome in outcomes for line in outcome.printed.splitlines()]
    return [f"It also printed, beginning with `{lines[0][:60]}`; a result is handed over with `return`."] if lines else []


def _count(n, noun):
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _evidence(exercise, i, outcome, answer, seen):
    """The input that shows it, and what came of it."""
    parts = _given(exercise, exercise.inputs[i])
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


def _given(exercise, arguments):
    """The arguments: small ones in a sentence, matrices as tables below it."""
    parameters = inspect.signature(exercise.answer).parameters
    shown = [show(name, value, exercise.names) for name, value in zip(parameters, arguments, strict=False)]
    words, tables = ([part for part in shown if isinstance(part, str) == wanted] for wanted in (True, False))
    sentence = " and ".join([", ".join(words)] * bool(words) + ["the tables below"] * bool(tables))
    return [f"With {sentence}:"] * bool(shown) + [SideBySide(*tables)] * bool(tables)


def _difference(expected, got, names):
    """Expected and got side by side, at the first place where they differ."""
    if isinstance(expected, BaseException):
        return [f"expected an error, `{type(expected).__name__}: {expected}`, and got {describe(got)}"]
    if isinstance(expected, tuple) and not _is_sizes(expected):
        if not isinstance(got, (tuple, list)) or len(got) != len(expected):
            return [f"expected {len(expected)} results, `return first, second`, and got {describe(got)}"]
        i = next(i for i, pair in enumerate(zip(expected, got, strict=True)) if not same(*pair))
        return [f"look at result {i} of {len(expected)} (counted from 0):", *_difference(expected[i], got[i], names)]
    if _is_sizes(expected):
        return [f"expected `{expected}`, got {describe(got)}"]
    if isinstance(expected, str) and isinstance(got, str):
        return [f"wanted: `{expected}`; found: `{got}`"]
    arrays = _array(expected), _array(got)
    if arrays[1] is None or arrays[0].shape != arrays[1].shape or {a.dtype.kind for a in arrays} - set("biuf"):
        return [f"expected {describe(expected)}, got {describe(got)}"]
    if "b" in {a.dtype.kind for a in arrays} and arrays[0].dtype.kind != arrays[1].dtype.kind:
        return [f"expected {describe(expected)}, got {describe(got)}", *_two(*arrays, names)]
    return _two(*arrays, names)


def _two(expected, got, names):
    """The same block of both arrays."""
    if expected.ndim == 0:
        return [f"expected `{_plain(expected)}`, got `{_plain(got)}`", *_looks_alike(expected, got)]
    first = np.unravel_index(np.argmin(_close(expected, got)), expected.shape)
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
    array = _array(value)
    array = array.astype(float) if array is not None and array.dtype.kind == "f" else array
    if isinstance(value, (str, tuple)) or array is None or array.ndim == 0:
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
    return short_repr(value)


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
        return _count(len(value), "result")
    array = _array(value)
    if array is not None and array.dtype.kind in "biuf" and array.ndim:
        return f"an array of shape {array.shape} of {'booleans' if array.dtype.kind == 'b' else 'numbers'}"
    if isinstance(value, str):
        return f"the text `{value[:60]}`"
    if isinstance(value, int) or (array is not None and array.dtype.kind in "biuf"):
        return f"`{_plain(value)}`"
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
