"""What can be said of a wrong result when no listed mistake gives it: how it relates to the right one.

Nothing here is guessed: each sentence is said only if it holds for every input on which the function is wrong. The most
telling come first.
"""
import inspect
from collections.abc import Iterator
from itertools import permutations

import numpy as np

from course_lib.checks.comparing import as_array, close, same
from course_lib.checks.features import apart
from course_lib.checks.running import run


def relation(exercise, expected, found):
    """A sentence about the results found, or None. expected, found: what counts of the results, input by input."""
    where, pairs = apart(exercise, expected, found), []
    for i, (right, got) in enumerate(zip(expected, found, strict=False)):
        if not isinstance(got, BaseException) and not same(right, got):
            pairs.append((i, right, got))
    said = _of_results(exercise, pairs) if pairs else None
    return " ".join(filter(None, (where, said))) or None


def _of_results(exercise, pairs):
    """How the wrong results relate to the right ones; where there are several results, the one that is wrong."""
    if any(isinstance(got, Iterator) for _, _, got in pairs):
        return "It gives an iterator, which can be read only once. Return what it yields, for example in a list: `list(…)`."
    if any(isinstance(right, str) or got is None for _, right, got in pairs):
        return None
    if all(isinstance(right, tuple) for _, right, _ in pairs):
        return _of_several(exercise, pairs)
    arrays = [(i, as_array(right), as_array(got)) for i, right, got in pairs]
    if not all(got is not None and {right.dtype.kind, got.dtype.kind} <= set("biuf") for _, right, got in arrays):
        return None
    return _the_same_elsewhere(exercise, pairs) or _of_arrays(exercise, arrays)


def _of_several(exercise, pairs):
    """For a function with several results, such as output and weights."""
    count = len(pairs[0][1])
    if not all(isinstance(got, (tuple, list)) and len(got) == len(right) == count for _, right, got in pairs):
        return None
    for order in permutations(range(count)):
        if list(order) != sorted(order) and all(same(right, tuple(got[k] for k in order)) for _, right, got in pairs):
            return "The results are right, but they come in another order."
    wrong = [k for k in range(count) if not all(same(right[k], got[k]) for _, right, got in pairs)]
    if len(wrong) > 1:
        return None
    part = [(i, right[wrong[0]], got[wrong[0]]) for i, right, got in pairs if not same(right[wrong[0]], got[wrong[0]])]
    said = _of_results(exercise, part)
    return f"Result {wrong[0]} of {count} (counted from 0) is wrong, and nothing else." + (f" {said}" if said else "")


def _the_same_elsewhere(exercise, pairs):
    """One of the arguments as it came, or the answer to another exercise that takes some of these arguments."""
    from course_lib.exercises import EXERCISES
    names = list(inspect.signature(exercise.answer).parameters)
    for k, name in enumerate(names):
        if all(len(exercise.inputs[i]) > k and same(exercise.inputs[i][k], got) for i, _, got in pairs):
            return f"This is `{name}` as it came."
    for other in EXERCISES.values():
        theirs = list(inspect.signature(other.answer).parameters)
        if other is exercise or other.what_counts or not set(theirs) <= set(names) or not theirs:
            continue
        given = [dict(zip(names, exercise.inputs[i], strict=False)) for i, _, _ in pairs]
        if all(set(theirs) <= set(arguments) and same(run(other.answer, [arguments[name] for name in theirs]).result, got)
               for arguments, (_, _, got) in zip(given, pairs, strict=True)):
            return f"This is what `{other.name}` gives."
    return None


def _of_arrays(exercise, arrays):
    """The first relation that holds for all pairs of arrays."""
    pairs = [(right, got) for _, right, got in arrays]
    if any(right.shape != got.shape for right, got in pairs):
        return next(filter(None, (say(pairs) for say in (_axes, _shape, _reduced, _part))), None)
    if any("b" in {right.dtype.kind, got.dtype.kind} for right, got in pairs):
        return next(filter(None, (say(pairs) for say in (_axes, _truth, _opposite, _places))), None)
    factor = _factor(exercise, arrays)
    return factor or next(filter(None, (say(pairs) for say in (
        _axes, _rounded, _reversed, _function, _difference, _of_rows, _missing, _places, _shuffled))), None)


# Relations of shape

def _axes(pairs):
    """The right numbers with their axes in another order."""
    if all(right.ndim >= 2 and same(right.mT, got) for right, got in pairs):
        return "It is the transpose of the right result: rows and columns have changed places."
    if all(right.ndim >= 3 and any(same(right.transpose(order), got) for order in permutations(range(right.ndim)))
           for right, got in pairs):
        return "The numbers are right, but the axes stand in another order."
    return None


def _shape(pairs):
    """The right numbers, in another shape."""
    if not all(right.size == got.size and same(right.ravel(), got.ravel()) for right, got in pairs):
        return None
    right, got = pairs[0]
    if all(same(right.squeeze(), got.squeeze()) for right, got in pairs):
        return f"The numbers are right, but an axis of length 1 is {'missing' if got.ndim < right.ndim else 'too many'}."
    return f"The numbers are right, and in the right order, but the shape is {got.shape} where {right.shape} is expected."


def _reduced(pairs):
    """The right result, summed over an axis or the like."""
    for word, reduce in (("sum", np.sum), ("mean", np.mean), ("largest", np.max)):
        for axis in (None, -1, -2):
            if all(right.ndim >= -(axis or 0) and right.ndim and same(reduce(right, axis=axis), got.squeeze())
                   for right, got in pairs):
                what = {None: "all entries", -1: "each row", -2: "each column"}[axis]
                return f"It is the {word} of {what} of the right result, where the entries themselves are wanted."
    return None


def _part(pairs):
    """A part of the right result."""
    for words, place in (("the first row", np.s_[..., 0, :]), ("the last row", np.s_[..., -1, :]),
                         ("the first column", np.s_[..., 0]), ("the last column", np.s_[..., -1]),
                         ("the first block of the first axis", np.s_[0]), ("the last block of the first axis", np.s_[-1])):
        if all(right.ndim >= 2 and same(right[place], got.squeeze()) for right, got in pairs):
            return f"Only {words} of the right result is there."
    if all(right.ndim == 2 and same(np.diagonal(right), got) for right, got in pairs):
        return "Only the diagonal of the right result is there."
    return None


# Relations of values

def _factor(exercise, arrays):
    """Every number times the same; and if it is a size of the input, or its root, which."""
    factors = [_constant(got, right, np.divide) for _, right, got in arrays]
    if None in factors:
        return None
    if np.allclose(factors, factors[0], rtol=1e-4) and (len(factors) > 1 or arrays[0][1].size > 2):
        if np.isclose(factors[0], -1):
            return "The sign is turned round: every number is the right one times −1."
        return f"Every number is the right one times {factors[0]:.4g}."
    if len(set(np.round(factors, 6))) < 2:
        return None
    names = inspect.signature(exercise.answer).parameters
    sizes = [{name: value for k, name in enumerate(names) for name, value in _sizes(name, exercise.inputs[i][k:k + 1])}
             for i, _, _ in arrays]
    for name in sizes[0]:
        values = np.array([size.get(name, np.nan) for size in sizes], float)
        for words, power in (("", 1), ("1 over ", -1), ("the root of ", 0.5), ("1 over the root of ", -0.5)):
            if np.allclose(factors, values ** power, rtol=1e-4):
                return f"Every number is the right one times {words}{name}."
    return None


def _sizes(name, values):
    """The numbers that an argument brings: itself, or the lengths of its axes, counted from the end."""
    for value in values:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            yield f"`{name}`", value
        for axis in range(1, np.ndim(value) + 1) if isinstance(value, np.ndarray) else ():
            yield f"`{name}.shape[-{axis}]`", value.shape[-axis]


def _constant(got, right, how):
    """What `how` gives for all entries alike (0 where both are 0), or None."""
    fits = np.isfinite(right) & np.isfinite(got) & ((right != 0) | (how is not np.divide))
    if not fits.any() or not np.array_equal(np.isfinite(right), np.isfinite(got)) or (how is np.divide and got[right == 0].any()):
        return None
    values = how(got[fits].astype(float), right[fits].astype(float))
    return float(values[0]) if np.allclose(values, values[0], rtol=1e-4, atol=1e-7) and values[0] else None


def _difference(pairs):
    """Every number more or less by the same."""
    differences = [_constant(got, right, np.subtract) for right, got in pairs]
    if None in differences or not np.allclose(differences, differences[0], rtol=1e-4) or sum(r.size for r, _ in pairs) < 3:
        return None
    return f"Every number is {abs(differences[0]):.4g} too {'large' if differences[0] > 0 else 'small'}."


def _of_rows(pairs):
    """In each row the same factor or difference."""
    if not all(right.ndim and right.shape[-1] > 1 for right, _ in pairs):
        return None
    for words, how in (("times a number", np.divide), ("plus a number", np.subtract)):
        for axis, what in ((-1, "row"), (-2, "column")):
            if all(right.ndim >= -axis and all(same(r, g) or _constant(g, r, how) is not None for r, g in zip(
                    np.moveaxis(right, axis, -1).reshape(-1, right.shape[axis]),
                    np.moveaxis(got, axis, -1).reshape(-1, right.shape[axis]), strict=True)) for right, got in pairs):
                return f"Each {what} is the right one {words} of its own."
    return None


def _rounded(pairs):
    """Rounded, or cut down to whole numbers."""
    if all(np.array_equal(np.trunc(right), got) for right, got in pairs):
        return "The decimals are cut off: somewhere the numbers become whole."
    for decimals in range(7):
        if all(np.allclose(np.round(right, decimals), got, rtol=0, atol=1e-9, equal_nan=True) for right, got in pairs):
            return f"It is right but rounded to {decimals} decimals."
    if all(np.allclose(right, got, rtol=2e-2, atol=1e-3, equal_nan=True) for right, got in pairs):
        return "It is nearly right: the numbers differ by less than two hundredths of their size."
    return None


def _reversed(pairs):
    """Rows or columns from the other end."""
    for axis, what in ((-1, "columns"), (-2, "rows")):
        if all(right.ndim >= -axis and same(np.flip(right, axis), got) for right, got in pairs):
            return f"The numbers are right, but the {what if pairs[0][0].ndim > 1 else 'entries'} stand in reverse order."
    return None


def _function(pairs):
    """A known function of the right numbers."""
    with np.errstate(all="ignore"):
        for words, function in (("the exponentials", np.exp), ("the logarithms", np.log), ("the squares", np.square),
                                ("the roots", np.sqrt), ("the sizes, without the signs,", np.abs),
                                ("the reciprocals", np.reciprocal)):
            if all(right.dtype.kind == "f" and same(function(right), got) for right, got in pairs):
                return f"These are {words} of the right numbers."
    return None


def _missing(pairs):
    """NaN or infinity where numbers should be, and right elsewhere."""
    for words, find in (("NaN", np.isnan), ("infinite", np.isinf)):
        if all(got.dtype.kind == "f" and find(got).any() and (close(right, got) | find(got)).all() for right, got in pairs):
            share = "everything" if all(find(got).all() for _, got in pairs) else "some entries"
            return f"It has {words} for {share}" + ("." if share == "everything" else ", and the right numbers elsewhere.")
    return None


# Relations of place

def _truth(pairs):
    """Numbers for booleans, or the other way round."""
    if all(same(right.astype(float), got.astype(float)) and right.dtype.kind != got.dtype.kind for right, got in pairs):
        wanted = "True and False are" if pairs[0][0].dtype.kind == "b" else "numbers are"
        return f"The entries are in the right places, but {wanted} wanted, and yours are {pairs[0][1].dtype}."
    return None


def _opposite(pairs):
    """True where False is right, everywhere."""
    return "True and False are exchanged." if all(
        right.dtype.kind == got.dtype.kind == "b" and np.array_equal(right, ~got) for right, got in pairs) else None


def _places(pairs):
    """Right but for a diagonal, a triangle, a row, a column or a block."""
    def within(region):
        return all(right.ndim >= 2 and region(right).any() and not region(right).all()
                   and close(right, got)[~region(right)].all() for right, got in pairs)

    def line(axis, number):
        def region(array):
            here = np.arange(array.shape[axis]) == number % array.shape[axis]
            return np.broadcast_to(here if axis == -1 else here[:, None], array.shape)
        return region

    def triangle(where):
        return lambda array: np.broadcast_to(where(*np.indices(array.shape[-2:])), array.shape)

    if all(right.ndim == 1 for right, _ in pairs):
        for words, place in (("first", 0), ("last", -1)):
            if all(right.size > 1 and np.delete(close(right, got), place).all() for right, got in pairs):
                return f"It is right but for the {words} entry."
        return None
    for words, region in (("on the diagonal", triangle(np.equal)), ("in the first row", line(-2, 0)),
                          ("in the last row", line(-2, -1)), ("in the first column", line(-1, 0)),
                          ("in the last column", line(-1, -1)), ("above the diagonal", triangle(np.less)),
                          ("below the diagonal", triangle(np.greater)), ("off the diagonal", triangle(np.not_equal)),
                          *((f"outside the {words} {what}", lambda array, axis=axis, place=place: ~line(axis, place)(array))
                            for axis, what in ((-2, "row"), (-1, "column"))
                            for words, place in (("first", 0), ("last", -1)))):
        if within(region):
            return f"It is wrong only {words}."
    if all(right.ndim >= 3 and close(right[0], got[0]).all() for right, got in pairs):
        return "It is right in the first block of the first axis, and wrong in those after it."
    return None


def _shuffled(pairs):
    """The same numbers, row by row or altogether, in another order."""
    if all(right.ndim >= 2 and same(np.sort(right, axis=-1), np.sort(got, axis=-1)) for right, got in pairs):
        return "Each row has the right numbers, in another order."
    if all(right.size > 2 and same(np.sort(right, axis=None), np.sort(got, axis=None)) for right, got in pairs):
        return "The right numbers are all there, in other places."
    return None
