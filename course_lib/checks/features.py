"""What sets the inputs on which a function is wrong apart from those on which it is right."""
import inspect
from itertools import combinations
from pathlib import Path

import numpy as np

from course_lib.checks.comparing import same
from course_lib.exercises.sheet import sentences

COUNT = ": count the axes from the end, and let NumPy carry the others along."
WEAK = ("is not square", "has a 0", "of length 1", "` is 1", "not whole", "no whole number", "negative number", "rows", "widths")


def apart(exercise, expected, found):
    """The sentence for a function that is right on some inputs: where it is wrong; None if it is right nowhere.

    What often is a coincidence of our inputs is said only if nothing else does, and if two inputs of either kind bear it out.
    """
    right = [not isinstance(got, BaseException) and same(want, got) for want, got in zip(expected, found, strict=False)]
    if not any(right) or all(right) or len(found) < len(expected):
        return None
    names = list(inspect.signature(exercise.answer).parameters)
    told = [features(dict(zip(names, arguments, strict=False)), exercise.inputs, names) for arguments in exercise.inputs]
    fits = [words for words in told[0] if [feature.get(words, False) for feature in told] == [not passed for passed in right]]
    sure = [words for words in fits if not words.endswith(WEAK)]
    if sure or len(fits) == 1 and min(map(right.count, (True, False))) > 1:
        words = (sure or fits)[0]
        return f"It is right except where {words}{COUNT if ' in front' in words else '.'}"
    return f"It is right on {sum(right)} of {len(right)} inputs; the first of the others is shown below."


def features(arguments, inputs, names):
    """What is true of one input, in words → True or False; the same words for every input of the exercise."""
    told = {}
    for k, name in enumerate(names):
        value = arguments.get(name)
        like = [given[k] for given in inputs if len(given) > k]
        arrays = [array for array in like if isinstance(array, np.ndarray)]
        if len(like) < len(inputs) or any(array is None for array in like):
            told[f"no `{name}` is given"] = value is None
        if arrays:
            told |= _of_array(name, value if isinstance(value, np.ndarray) else None, min(map(np.ndim, arrays)))
        elif any(isinstance(other, (int, float)) for other in like):
            told |= {f"`{name}` is 1": value == 1, f"`{name}` is no whole number": value is not None and value % 1 != 0}
    return told | _of_pairs({name: value for name, value in arguments.items() if isinstance(value, np.ndarray)}, names)


def _of_array(name, value, axes):
    """What features.md says of an array, or of one that is not given."""
    some = np.zeros((0, 0)) if value is None else np.atleast_1d(value)
    return {words.format(name=name): bool(holds(some, axes)) for words, holds in SENTENCES}


def _of_pairs(arrays, names):
    """What is true of the sizes of two arrays."""
    told = {}
    for one, other in combinations(names, 2):
        both = [arrays[name].shape for name in (one, other) if name in arrays]
        for axis, what in ((-2, "numbers of rows"), (-1, "widths")):
            sizes = {shape[axis] for shape in both if len(shape) >= -axis}
            told[f"`{one}` and `{other}` have different {what}"] = len(sizes) == 2
    return told


# What features.md speaks of

def finite(some):
    """The finite numbers of an array; none of booleans."""
    return some[np.isfinite(some)] if some.dtype.kind in "iuf" else np.zeros(0)


def a_row(entries):
    """Whether a row is true throughout."""
    return entries.size > 0 and entries.all(axis=-1).any()


SENTENCES = sentences(Path(__file__).with_suffix(".md"), "some, axes", globals())
