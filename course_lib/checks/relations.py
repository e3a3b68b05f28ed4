"""What can be said of a wrong result when no listed mistake gives it: how it relates to the right one.

Nothing here is guessed: a sentence is said only if it holds for every input on which the function is wrong. The most telling
come first.
"""
import inspect
from collections.abc import Iterator
from itertools import permutations

import numpy as np

from course_lib.checks.comparing import as_array, close, same
from course_lib.checks.features import apart
from course_lib.checks.running import run
from course_lib.exercises import EXERCISES

ITERATOR = "It gives an iterator, which can be read only once. Return what it yields, for example in a list: `list(…)`."


def relation(exercise, expected, found):
    """A sentence about the results found, or None. expected, found: what counts of the results, input by input."""
    wrong = [(i, right, got) for i, (right, got) in enumerate(zip(expected, found, strict=False))
             if not isinstance(got, BaseException) and not same(right, got)]
    said = _of_results(exercise, wrong) if wrong else None
    where = apart(exercise, expected, found)
    return " ".join(filter(None, (None if said and where and " inputs; " in where else where, said))) or None


def _of_results(exercise, wrong):
    """How wrong results relate to the right ones. wrong: (number of the input, right, got) for each."""
    if any(isinstance(got, Iterator) for _, _, got in wrong):
        return ITERATOR
    if any(isinstance(right, str) or got is None for _, right, got in wrong):
        return None
    if all(isinstance(right, tuple) for _, right, _ in wrong):
        return _of_several(exercise, wrong)
    arrays = [(i, as_array(right), as_array(got)) for i, right, got in wrong]
    if not all(got is not None and {right.dtype.kind, got.dtype.kind} <= set("biuf") for _, right, got in arrays):
        return None
    pairs = [(right, got) for _, right, got in arrays]
    return _known(exercise, wrong) or _factor(exercise, arrays) or _difference(pairs) or _in_words(pairs) or _shape(pairs)


def _of_several(exercise, wrong):
    """For a function with several results, such as output and weights: which is wrong, and how."""
    count = len(wrong[0][1])
    if not all(isinstance(got, (tuple, list)) and len(got) == len(right) == count for _, right, got in wrong):
        return None
    for order in list(permutations(range(count)))[1:]:
        if all(same(right, tuple(got[k] for k in order)) for _, right, got in wrong):
            return "The results are right, but they come in another order."
    parts = [[(i, right[k], got[k]) for i, right, got in wrong if not same(right[k], got[k])] for k in range(count)]
    if sum(map(bool, parts)) > 1:
        return None
    [(k, part)] = [(k, part) for k, part in enumerate(parts) if part]
    return " ".join(filter(None, (f"Result {k} of {count} (counted from 0) is wrong, and nothing else.",
                                  _of_results(exercise, part))))


def _known(exercise, wrong):
    """One of the arguments as it came, or the answer to another exercise that takes some of these arguments."""
    names = list(inspect.signature(exercise.answer).parameters)
    given = [(dict(zip(names, exercise.inputs[i], strict=False)), got) for i, _, got in wrong]
    if not any(array is not None and array.dtype.kind in "iuf" and np.isfinite(array).any() for array in map(
            as_array, (got for _, got in given))):
        return None
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
    if right.shape != got.shape or not np.array_equal(np.isfinite(right), np.isfinite(got)):
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
    """The first of the relations in words that holds for all pairs."""
    if sum(right.size for right, _ in pairs) < 3:           # a relation of so few numbers may hold by chance
        return None
    with np.errstate(all="ignore"):
        return next((words for words, holds in RELATIONS if all(holds(right, got) for right, got in pairs)), None)


# Relations of one right result and one wrong one, as functions of both

def _is(change, least_axes=0, kinds="biuf"):
    """The wrong result is what a change makes of the right one."""
    return lambda right, got: right.ndim >= least_axes and right.dtype.kind in kinds and same(change(right), got)


def _lines(how, axis):
    """Along the axis each line is the right one times, or plus, a number of its own."""
    def holds(right, got):
        if right.shape != got.shape or right.ndim < -axis or right.shape[axis] < 2 or right.dtype.kind == "b":
            return False
        lines = (np.moveaxis(array, axis, -1).reshape(-1, right.shape[axis]) for array in (right, got))
        return all(same(r, g) or _constant(how, r, g) is not None for r, g in zip(*lines, strict=True))
    return holds


def _reducible(right, got, axis):
    """Whether an axis may have been summed over, so that it does not look so by chance."""
    return right.dtype.kind != "b" and right.size > 2 and right.shape != got.shape and (
        axis is None or right.ndim >= -axis and right.shape[axis] > 1)


def _nearly(**tolerance):
    return lambda right, got: right.shape == got.shape and np.allclose(right, got, equal_nan=True, **tolerance)


def _where(find, everywhere):
    """NaN or infinity where numbers should be, everywhere or with the right numbers elsewhere."""
    def holds(right, got):
        return (right.shape == got.shape and got.dtype.kind == "f"
                and (find(got).all() if everywhere else find(got).any() and (close(right, got) | find(got)).all()))
    return holds


def _only(region):
    """Wrong in a region alone. region: a function of row and column numbers and of their counts, which says what is in it."""
    def holds(right, got):
        if right.shape != got.shape or right.ndim < 2:
            return False
        here = np.broadcast_to(region(*np.indices(right.shape[-2:]), *right.shape[-2:]), right.shape)
        return (right.size == 1 or not here.all()) and bool(close(right, got)[~here].all())
    return holds


PLACES = (("on the diagonal", lambda i, j, n, m: i == j), ("in the first row", lambda i, j, n, m: i == 0),
          ("in the last row", lambda i, j, n, m: i == n - 1), ("in the first column", lambda i, j, n, m: j == 0),
          ("in the last column", lambda i, j, n, m: j == m - 1), ("above the diagonal", lambda i, j, n, m: i < j),
          ("below the diagonal", lambda i, j, n, m: i > j), ("off the diagonal", lambda i, j, n, m: i != j),
          ("outside the first row", lambda i, j, n, m: i > 0), ("outside the last row", lambda i, j, n, m: i < n - 1),
          ("outside the first column", lambda i, j, n, m: j > 0), ("outside the last column", lambda i, j, n, m: j < m - 1))
PARTS = (("the first row", np.s_[..., 0, :]), ("the last row", np.s_[..., -1, :]), ("the first column", np.s_[..., 0]),
         ("the last column", np.s_[..., -1]), ("the first block of the first axis", np.s_[0]),
         ("the last block of the first axis", np.s_[-1]))
FUNCTIONS = (("the exponentials", np.exp), ("the logarithms", np.log), ("the squares", np.square), ("the roots", np.sqrt),
             ("the sizes, without the signs,", np.abs), ("the reciprocals", np.reciprocal))
RELATIONS = (
    ("It is the transpose of the right result: rows and columns have changed places.", _is(lambda right: right.mT, 2)),
    ("The numbers are right, but the axes stand in another order.", lambda right, got: (
        right.ndim > 2 and 2 * np.unique(right).size > right.size        # with few different numbers it may be chance
        and any(same(right.transpose(order), got) for order in permutations(range(right.ndim))))),
    ("The entries are in the right places, but yours are numbers, and True and False are wanted.", lambda right, got: (
        right.dtype.kind == "b" != got.dtype.kind and same(right.astype(float), got))),
    ("The entries are in the right places, but yours are True and False, and numbers are wanted.", lambda right, got: (
        right.dtype.kind != "b" == got.dtype.kind and same(right, got.astype(float)))),
    ("True and False are exchanged.", _is(np.logical_not, kinds="b")),
    ("The decimals are cut off: somewhere the numbers become whole.", lambda right, got: (
        right.dtype.kind == "f" and got.any() and np.array_equal(np.trunc(right), got))),
    ("Where −∞ is expected a number stands, and the rest is right.", lambda right, got: (
        right.shape == got.shape and np.isneginf(right).any() and bool((close(right, got) | np.isneginf(right)).all()))),
    *((f"It is right but rounded to {n} decimals.", lambda right, got, n=n: right.dtype.kind == "f" and right.shape == got.shape
       and np.allclose(np.round(right, n), got, rtol=0, atol=1e-9, equal_nan=True)) for n in range(7)),
    ("It is nearly right: the numbers differ by less than two hundredths of their size.", _nearly(rtol=2e-2, atol=1e-3)),
    ("The numbers are right, but the columns stand in reverse order.", _is(lambda right: np.flip(right, -1), 2)),
    ("The numbers are right, but the rows stand in reverse order.", _is(lambda right: np.flip(right, -2), 2)),
    ("The numbers are right, but in reverse order.", _is(np.flip, 1)),
    *((f"These are {words} of the right numbers.", _is(function, kinds="f")) for words, function in FUNCTIONS),
    *((f"Each {what} is the right one {words} a number of its own.", _lines(how, axis))
      for words, how in (("times", np.divide), ("plus", np.subtract)) for axis, what in ((-1, "row"), (-2, "column"))),
    *((f"It has {words} for everything.", _where(find, True)) for words, find in (("NaN", np.isnan), ("infinity", np.isinf))),
    *((f"It has {words} for some entries, and the right numbers elsewhere.", _where(find, False))
      for words, find in (("NaN", np.isnan), ("infinity", np.isinf))),
    *((f"It is wrong only {words}.", _only(region)) for words, region in PLACES),
    *((f"It is right but for the {words} entry.", lambda right, got, k=k: (
        right.ndim == 1 < right.size and right.shape == got.shape and bool(np.delete(close(right, got), k).all())))
      for words, k in (("first", 0), ("last", -1))),
    ("It is right in the first block of the first axis, and wrong in those after it.", lambda right, got: (
        right.ndim > 2 and right.shape == got.shape and bool(close(right[0], got[0]).all()))),
    ("Each row has the right numbers, in another order.", lambda right, got: (
        right.ndim > 1 and got.ndim > 1 and same(np.sort(right), np.sort(got)))),
    ("The right numbers are all there, in other places.", lambda right, got: (
        right.size > 2 and right.shape == got.shape and same(np.sort(right, axis=None), np.sort(got, axis=None)))),
    *((f"It is the {words} of {what} of the right result, where the entries themselves are wanted.",
       lambda right, got, how=how, axis=axis: _reducible(right, got, axis) and same(how(right, axis=axis), got.squeeze()))
      for words, how in (("sum", np.sum), ("mean", np.mean), ("largest", np.max))
      for axis, what in ((None, "all entries"), (-1, "each row"), (-2, "each column"))),
    *((f"Only {words} of the right result is there.", lambda right, got, place=place: (
        right.ndim > 1 and got.size < right.size and same(right[place].squeeze(), got.squeeze()))) for words, place in PARTS),
    ("Only the diagonal of the right result is there.", lambda right, got: right.ndim == 2 and same(np.diagonal(right), got)))
