"""Why a learner's test refuses a right version: in words, and with the numbers of its last call.

The code of a right version is not shown, because it would solve another exercise.
"""
import inspect
from typing import NamedTuple

import numpy as np

from course_lib.checks.comparing import as_array
from course_lib.checks.evidence import given, show
from course_lib.checks.messages import SAY
from course_lib.checks.running import copy, run
from course_lib.tables import SideBySide

MODERATE, SPREAD = 30, 10                               # what a test may add to the scores, and how large they may be before
FIRST = "The first right version that it refuses"


class Call(NamedTuple):
    """What a test called a version with, from name to value, and what came of it."""

    arguments: dict
    result: object = None
    failed: bool = True


def refusal(exercise, tested, function, i, outcome):
    """What there is to say of the first right version that is refused, the i-th: sentences and tables."""
    version, calls = list(exercise.right.values())[i], []
    run(function, [_watching(version, inspect.signature(tested.answer), calls)])
    inside = bool(calls) and calls[-1].failed
    why = _why(outcome, inside)
    reason, call = _reason(exercise.tests, outcome, calls, i)
    if fails_itself(outcome) and not inside:
        return [f"{why} {reason}".strip()]
    run_it = "" if i else f" Run `{exercise.name}({exercise.tests})` to see the same with your own function."
    return [_about(version, i), *_shown(tested, call), f"{why} {reason}".strip() + run_it]


def _about(version, i):
    """Which right version it is, in words."""
    if not i or not version.__doc__:                                # the answer's own docstring says its shapes
        return f"{FIRST} is {'written in another way' if i else 'written as in the lessons'}."
    about = " ".join(version.__doc__.split())
    return f"{FIRST} {about[0].lower()}{about[1:]}"


def fails_itself(outcome):
    """Whether it was an error that says no, and neither an assertion nor an error raised on purpose."""
    return not (outcome.error is None or isinstance(outcome.error, AssertionError) or "`raise" in outcome.line)


def _watching(version, signature, calls):
    """The version, which notes how it is called."""
    def watching(*arguments, **named):
        try:
            calls.append(Call({name: copy(value) for name, value in signature.bind(*arguments, **named).arguments.items()}))
        except TypeError:
            calls.append(Call({}))
        result = version(*arguments, **named)
        calls[-1] = calls[-1]._replace(result=result, failed=False)
        return result
    return watching


def _shown(tested, call):
    """A call: what was given, and what came back."""
    if not call.arguments:
        return []
    words, *tables = given(tested, call.arguments.values())
    parts = [f"Your test called it {words[0].lower()}{words[1:]}", *tables]
    if call.failed:
        return parts
    results = call.result if isinstance(call.result, tuple) else (call.result,)
    names = [f"result {i}" for i in range(len(results))] if len(results) > 1 else ["result"]
    shown = [show(name, result) for name, result in zip(names, results, strict=True)]
    tables = [part for part in shown if not isinstance(part, str)]
    return [*parts, "It gave", *(part for part in shown if isinstance(part, str)), *[SideBySide(*tables)] * bool(tables)]


def _why(outcome, inside):
    """In which line, and with which error."""
    error, where = outcome.error, f" in {outcome.line}" if outcome.line else ""
    if error is None:
        return "Your test returned False."
    if inside or not isinstance(error, AssertionError):
        return f"{'It' if inside else 'Your test'} raised `{type(error).__name__}: {_said(error)}`{where}."
    return f"Your test refused it{where}{f', and said: {_said(error)}' if str(error) else ''}."


def _said(error):
    """What an error says, in one line: of NumPy's own tests the sums and not the arrays; what is long is cut at a word."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any(line.startswith("Mismatched elements") for line in lines):
        lines = [line for line in lines if line.startswith(("Not equal", "Arrays are", "Mismatched", "Max absolute"))]
        return "; ".join(lines).rstrip(".")
    text = " ".join(lines).rstrip(".")
    return text if len(text) <= 300 else text[:300].rpartition(" ")[0] + " …"


def _reason(name, outcome, calls, i):
    """A sentence on what is met often, or an empty one, and the call that shows it, or the last."""
    last, said = calls[-1] if calls else Call({}), str(outcome.error)
    itself = fails_itself(outcome)
    if last.failed and any(isinstance(value, list) for value in last.arguments.values()):
        return SAY.LISTS, last
    if isinstance(last.result, tuple) and itself and ("tuple" in said or "inhomogeneous" in said):
        return SAY.PAIR, last
    if "truth value of an array" in said:
        return SAY.YES_AND_NO, last
    if itself and not last.failed:
        return "", last
    for call in reversed(calls):
        reason = _of_arrays(name, call, i)
        if reason:
            return reason, call
    return (_of_the_mask(calls) if calls and not i else "") or _of_the_line(said, outcome.line), last


def _of_arrays(name, call, i):
    """What is special about the arrays of a call."""
    arrays = {key: as_array(value) for key, value in call.arguments.items() if value is not None}
    if any(array is None or array.dtype.kind not in "biuf" for array in arrays.values()):
        return ""
    mask, others = arrays.get("mask"), {key: array for key, array in arrays.items() if key != "mask"}
    odd = next((key for key, array in others.items() if array.dtype.kind == "f" and np.isnan(array).any()), None)
    if odd:
        return SAY.NAN.format(name=odd)
    if mask is not None and mask.dtype.kind != "b":
        return SAY.NUMBERS
    if name == "masked_weights" and len(arrays) == 2:
        return _of_scores(others["scores"], mask, i)
    if name == "attention" and call.failed:
        axes = {array.ndim for array in others.values()}
        return SAY.BATCH if len(axes) > 1 or mask is not None and mask.ndim > max(axes) else ""
    n = arrays["X"].shape[-1] if name == "rotate" and "X" in arrays and arrays["X"].ndim else 0
    return SAY.ODD.format(n=n) if n % 2 else ""


def _of_scores(scores, mask, i):
    """What a right version of masked_weights may not take: a smaller mask (the course's own does), or scores that are large."""
    if i and mask.shape != scores.shape:
        return SAY.SAME_SHAPE.format(scores=scores.shape, mask=mask.shape)
    allowed = scores[mask] if mask.shape == scores.shape else np.zeros(0)
    largest = allowed[abs(allowed).argmax()] if allowed.size else 0
    return SAY.TOO_LARGE.format(score=f"{largest:g}".replace("-", "−")) if abs(largest) > MODERATE + SPREAD else ""


def _of_the_mask(calls):
    """What the mask of the last call may have been forgotten in: the order of its columns, or a row without a yes."""
    *before, last = ({key: np.asarray(value) for key, value in call.arguments.items()} for call in calls)
    if last.get("mask") is None or last["mask"].dtype.kind != "b" or not last["mask"].ndim:
        return ""
    keys, axis = ("K", -2) if "K" in last else ("scores", -1)
    moved = any(set(old) == set(last) and np.array_equal(old["mask"], last["mask"]) and not np.array_equal(old[keys], last[keys])
                and np.array_equal(np.sort(old[keys], axis=axis), np.sort(last[keys], axis=axis)) for old in before)
    return SAY.ORDER if moved else "" if last["mask"].any(axis=-1).all() else SAY.EMPTY


def _of_the_line(said, line):
    """What the line that says no compares too exactly."""
    if "dtype" in line:
        return SAY.DTYPE
    if "rtol=1e-07" in said:
        return SAY.STRICT
    exact = ("==" in line or "array_equal" in line) and not any(word in line for word in ("shape", "len(", "ndim"))
    return SAY.ROUNDS if exact else ""
