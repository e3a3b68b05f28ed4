"""Whether two results are the same, as `check` sees it."""
from contextlib import suppress
from numbers import Rational

import numpy as np

RELATIVE, ABSOLUTE = 1e-4, 1e-6         # a float32 answer passes; every listed mistake is off by a hundred times more


def same(expected, got):
    """Whether two results are the same: shape and values within tolerance, the same kind of number, or the same error."""
    if isinstance(expected, BaseException):
        return type(expected) is type(got) and str(expected) == str(got)
    if isinstance(expected, tuple):
        return isinstance(got, (tuple, list)) and len(expected) == len(got) and all(map(same, expected, got))
    expected, got = as_array(expected), as_array(got)
    if expected is None or got is None or expected.shape != got.shape:
        return False
    if expected.dtype.kind in "iuf" and got.dtype.kind == "O" and all(isinstance(x, Rational) for x in got.ravel().tolist()):
        with suppress(OverflowError):
            got = got.astype(float)                 # fractions are numbers too
    if expected.dtype.kind in "iuf" and got.dtype.kind in "iuf":
        return bool(close(expected, got).all())
    with suppress(Exception):                       # whatever somebody's own class raises
        return expected.dtype.kind == got.dtype.kind and bool(np.all(expected == got))
    return False


def close(expected, got):
    """Where two arrays of numbers are equal within tolerance."""
    if expected.dtype.kind == got.dtype.kind == "f":            # what np.isclose does, in a third of its time
        with np.errstate(all="ignore"):
            near = np.abs(got - expected) <= ABSOLUTE + RELATIVE * np.abs(expected)
            return near & np.isfinite(expected) | (got == expected) | (np.isnan(got) & np.isnan(expected))
    return np.isclose(got, expected, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)


def as_array(value):
    """The value as an array, or None where it is none."""
    with suppress(Exception):                       # whatever somebody's own class raises
        return None if _holds_itself(value) else np.asarray(value)


def _holds_itself(value, around=()):
    """Whether a list is a part of itself, which NumPy would follow for ever."""
    if not isinstance(value, (list, tuple)):
        return False
    return any(value is outer for outer in around) or any(_holds_itself(part, (*around, value)) for part in value)
