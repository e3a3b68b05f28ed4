"""What can be said of a wrong result when no listed mistake gives it: how it relates to the right one.

Nothing here is guessed: a sentence is said only if it holds for every input on which the function is wrong. Those that speak
of one right and one wrong result stand in relations.md, the most telling first.
"""
import inspect
from collections.abc import Iterator
from itertools import permutations, starmap
from pathlib import Path

import numpy as np

from course_lib.checks.comparing import as_array, close, same
from course_lib.checks.features import WEAK, apart
from course_lib.checks.running import run
from course_lib.exercises import EXERCISES
from course_lib.exercises.sheet import sentences
from course_lib.steps import softmax  # noqa: F401 (relations.md uses it)


def relation(exercise, expected, found):
    """A sentence about the results found, or None. expected, found: what counts of the results, input by input."""
    wrong = [(i, right, got) for i, (right, got) in enumerate(zip(expected, found, strict=False))
             if not isinstance(got, BaseException) and not same(right, got)]
    said = _of_results(exercise, wrong) if wrong else None
    where = apart(exercise, expected, found)
    sure = where and " inputs; " not in where and not where.rstrip(".").endswith(WEAK)
    return " ".join(filter(None, (where if sure or not said else None, said))) or None


def _of_results(exercise, wrong):
    """How wrong results relate to the right ones. wrong: (number of the input, right, got) for each."""
    if any(isinstance(got, Iterator) for _, _, got in wrong):
        return "It gives an iterator, which can be read only once. Return what it yields, for example in a list: `list(…)`."
    if any(isinstance(right, str) or got is None for _, right, got in wrong):
        return None
    if all(isinstance(right, tuple) for _, right, _ in wrong):
        return _of_several(exercise, wrong)
    if all(isinstance(got, tuple) for *_, got in wrong):
        return _too_many(wrong)
    arrays = [(i, as_array(right), as_array(got)) for i, right, got in wrong]
    if not all(got is not None and {right.dtype.kind, got.dtype.kind} <= set("biuf") for _, right, got in arrays):
        return None
    pairs = [(right, got) for _, right, got in arrays]
    finite = any(got.dtype.kind in "iuf" and np.isfinite(got).any() for _, _, got in arrays)
    known = _known(exercise, wrong) if finite else None
    return known or _factor(exercise, arrays) or _difference(pairs) or _in_words(pairs) or _shape(pairs)


def _of_several(exercise, wrong):
    """For a function with several results, such as output and weights: which is wrong, and how."""
    count = len(wrong[0][1])
    if not all(isinstance(got, (tuple, list)) and len(got) == len(right) == count for _, right, got in wrong):
        return None
    for order in list(permutations(range(count)))[1:]:
        if all(same(right, tuple(got[k] for k in order)) for _, right, got in wrong):
            return "The results are right, but they come in another order."
    parts = [[(i, right[k], got[k]) for i, right, got in wrong if not same(right[k], got[k])] for k in range(count)]
    bad = [k for k, part in enumerate(parts) if part]
    said = list(dict.fromkeys(_of_results(exercise, parts[k]) for k in bad))
    alike = said[0] if len(said) == 1 else None
    if len(bad) == count > 1:
        return alike and f"Of each of the {count} results this is true: {alike}"
    s, be = ("s", "are") if len(bad) > 1 else ("", "is")
    which = f"Result{s} {' and '.join(map(str, bad))} of {count} (counted from 0) {be} wrong, and nothing else."
    return f"{which} {alike or ''}".strip()


def _too_many(wrong):
    """For a function with one result that gives several, such as output and weights: which of them is the right one."""
    k = next((k for k in range(len(wrong[0][2])) if all(same(right, *got[k:k + 1] or [None]) for _, right, got in wrong)), None)
    return None if k is None else f"Several results came where one is asked for; result {k} of them (counted from 0) is right."


def _known(exercise, wrong):
    """One of the arguments as it came, or the answer to another exercise that takes some of these arguments."""
    names = list(inspect.signature(exercise.answer).parameters)
    given = [(dict(zip(names, exercise.inputs[i], strict=False)), got) for i, _, got in wrong]
    for name in names:
        if all(name in arguments and same(arguments[name], got) for arguments, got in given):
            return f"This is `{name}` as it came."
    for other in EXERCISES.values():
        theirs = list(inspect.signature(other.answer).parameters)
        if theirs and other is not exercise and not other.what_counts and set(theirs) <= set(names) and all(
                set(theirs) <= set(arguments) and same(run(other.answer, [arguments[name] for name in theirs]).result, got)
                for arguments, got in given):
            return f"This is what `{other.name}` gives."
    return None


def _factor(exercise, arrays):
    """Every number times the same; and if it is a size of the input, or the root of one, which."""
    factors = [_constant(np.divide, right, got) for _, right, got in arrays]
    if None in factors:
        return None
    if np.allclose(factors, factors[0], rtol=1e-4) and (len(factors) > 1 or arrays[0][1].size > 2):
        sign = np.isclose(factors[0], -1)
        return ("The sign is turned round: every number is the right one times −1." if sign else
                f"Every number is the right one times {factors[0]:.4g}.")
    names = inspect.signature(exercise.answer).parameters
    sizes = [dict(_sizes(dict(zip(names, exercise.inputs[i], strict=False)))) for i, _, _ in arrays]
    for name in sizes[0] if len(set(np.round(factors, 6))) > 1 else ():
        values = np.array([size.get(name, np.nan) for size in sizes], float)
        for words, power in (("", 1), ("1 over ", -1), ("the root of ", 0.5), ("1 over the root of ", -0.5)):
            if np.allclose(factors, values ** power, rtol=1e-4):
                return f"Every number is the right one times {words}{name}."
    if all(right.size > 2 for _, right, _ in arrays):
        return f"In each input every number is the right one times a number of its own, first {factors[0]:.4g}."
    return None


def _sizes(arguments):
    """The positive numbers among the arguments, and the lengths of their axes, counted from the end."""
    for name, value in arguments.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            yield f"`{name}`", value
        yield from ((f"`{name}.shape[-{axis}]`", np.shape(value)[-axis]) for axis in range(1, np.ndim(value) + 1))


def _constant(how, right, got):
    """What `how` (np.divide or np.subtract) gives for all entries alike, or None; it may leave out entries where both are 0."""
    if right.shape != got.shape or "b" in right.dtype.kind + got.dtype.kind or (np.isfinite(right) != np.isfinite(got)).any():
        return None
    counts = np.isfinite(right) & ((right != 0) | (got != 0) | (how is np.subtract))
    if not counts.any() or (how is np.divide and (right[counts] == 0).any()):
        return None
    values = how(got[counts].astype(float), right[counts].astype(float))
    return float(values[0]) if np.allclose(values, values[0], rtol=1e-4, atol=1e-7) and values[0] else None


def _difference(pairs):
    """Every number more or less by the same."""
    differences = [_constant(np.subtract, right, got) for right, got in pairs]
    if None in differences or not np.allclose(differences, differences[0], rtol=1e-4) or sum(r.size for r, _ in pairs) < 3:
        return None
    return f"Every number is {abs(differences[0]):.4g} too {'large' if differences[0] > 0 else 'small'}."


def _shape(pairs):
    """The right numbers, in another shape."""
    if not all(right.size == got.size and same(right.ravel(), got.ravel()) for right, got in pairs):
        return None
    right, got = pairs[0]
    if all(same(right.squeeze(), got.squeeze()) for right, got in pairs):
        return f"The numbers are right, but an axis of length 1 is {'missing' if got.ndim < right.ndim else 'too many'}."
    return f"The numbers are right, and in the right order, but the shape is {got.shape} where {right.shape} is expected."


def _in_words(pairs):
    """The first sentence of relations.md that holds for all pairs."""
    if sum(right.size for right, _ in pairs) < 3:           # a relation of so few numbers may hold by chance
        return None
    with np.errstate(all="ignore"):
        return next((words for words, holds in SENTENCES if all(starmap(holds, pairs))), None)


# What relations.md speaks of

def nearly(right, got, **tolerance):
    """Whether all entries differ by less than a tolerance."""
    return right.shape == got.shape and np.allclose(right, got, equal_nan=True, **tolerance)


def lines(right, got, axis, how):
    """Whether along the axis each line is the right one times (np.divide), or plus (np.subtract), a number of its own."""
    if right.shape != got.shape or right.ndim < -axis or right.shape[axis] < 2 or right.dtype.kind == "b":
        return False
    pairs = zip(*(np.moveaxis(array, axis, -1).reshape(-1, right.shape[axis]) for array in (right, got)), strict=True)
    return all(same(r, g) or _constant(how, r, g) is not None for r, g in pairs)


def but_for(right, got, entries):
    """Whether all is right but for these entries, some of which there are."""
    return right.shape == got.shape and bool(entries.any() and (close(right, got) | entries).all())


def only(right, got, region):
    """Whether it is wrong in a region alone, a function of row and column numbers and of their counts."""
    if right.shape != got.shape or right.ndim < 2:
        return False
    here = np.broadcast_to(region(*np.indices(right.shape[-2:]), *right.shape[-2:]), right.shape)
    return (right.size == 1 or not here.all()) and but_for(right, got, here)


def reduced(right, got, how, axis=None):
    """Whether it is the sum, or the like, over an axis that may be summed over, so that it does not look so by chance."""
    may = right.dtype.kind != "b" and right.size > 2 and right.shape != got.shape
    return may and (axis is None or right.ndim >= -axis and right.shape[axis] > 1) and same(how(right, axis=axis), got.squeeze())


def part(right, got, place):
    """Whether only a part of the right result is there."""
    return right.ndim > 1 and got.size < right.size and same(right[place].squeeze(), got.squeeze())


SENTENCES = sentences(Path(__file__).with_suffix(".md"), "right, got", globals())
