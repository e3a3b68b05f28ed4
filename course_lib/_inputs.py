"""What every step asks of its inputs, so that `steps.py` can be nothing but the mathematics.

Each function returns its inputs ready for use, or raises a `ValueError` that names what was given and what was expected.
"""
import operator
import reprlib

import numpy as np


class _Shown(reprlib.Repr):
    """Arrays and NumPy's numbers as Python writes them: NumPy's own way changes with the reader's np.set_printoptions."""

    def repr1(self, x, level):
        return super().repr1(x.tolist() if isinstance(x, (np.ndarray, np.generic)) else x, level)


shown = _Shown().repr           # a value that was given, in a few characters


def require(condition, message):
    """Raise `ValueError(message)` unless the condition holds."""
    if not condition:
        raise ValueError(message)


def array(name, value, kinds, meaning):
    """`value` as an array whose dtype kind is one of `kinds`; `meaning` says in words what it must hold."""
    try:
        result = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array: {error}") from None
    if result.dtype.kind not in kinds:                  # here and below no message is written before it is needed
        raise ValueError(f"{name} must hold {meaning}, not {result.dtype}")
    return result


def floats(name, value, axes):
    """`value` as floats, with `axes` axes or more. Floats keep their dtype, integers become float64."""
    result = array(name, value, "iuf", "real numbers")
    if result.ndim < axes:
        raise ValueError(f"{name} {result.shape} must have at least {axes} {'axis' if axes == 1 else 'axes'}")
    return result if result.dtype.kind == "f" else result.astype(np.float64)


def matrices(**values):
    """The named values as floats with two axes or more, whose batch axes (all but the last two) broadcast."""
    results = {name: floats(name, value, 2) for name, value in values.items()}
    try:
        np.broadcast_shapes(*(result.shape[:-2] for result in results.values()))
    except ValueError:
        given = " and ".join(f"{name} {result.shape}" for name, result in results.items())
        raise ValueError(f"{given} must have batch axes (all but the last two) that broadcast") from None
    return results.values()


def size(name, value, least=1):
    """`value` as a whole number, `least` or more."""
    require(not isinstance(value, bool), f"{name} must be a whole number, not {value}")
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, not {shown(value)}") from None
    require(number >= least, f"{name} must be {least} or more, not {number}")
    return number


def tables(E_token, E_pos):
    """The two embedding tables as floats of exactly two axes and the same width."""
    E_token, E_pos = floats("E_token", E_token, 2), floats("E_pos", E_pos, 2)
    require(E_token.ndim == E_pos.ndim == 2, f"E_token {E_token.shape} and E_pos {E_pos.shape} must have two axes each")
    require(E_token.shape[1] == E_pos.shape[1],
            f"E_token {E_token.shape} and E_pos {E_pos.shape} must agree in their last axis, d_model")
    return E_token, E_pos


def token_ids(ids, vocab_size, max_seq_len):
    """`ids` as whole numbers below vocab_size, one token or more and at most max_seq_len."""
    require(np.size(ids) > 0, "ids is empty: a sequence has one token or more")
    ids = array("ids", ids, "iu", "whole numbers")
    if ids.ndim == 0:
        raise ValueError(f"ids must be a sequence of ids, not the single number {ids}")
    least, most = ids.min(), ids.max()
    require(0 <= least and most < vocab_size, f"ids go from {least} to {most}, but E_token has rows 0 to {vocab_size - 1}")
    require(ids.shape[-1] <= max_seq_len, f"ids {ids.shape} has {ids.shape[-1]} tokens, but E_pos only {max_seq_len} rows")
    return ids


def boolean_mask(mask, scores_shape):
    """`mask` as booleans that broadcast to the scores."""
    mask = array("mask", mask, "b", "booleans (True = may attend)")
    try:
        return np.broadcast_to(mask, scores_shape)
    except ValueError:
        raise ValueError(f"mask {mask.shape} must broadcast to the scores {scores_shape}") from None


def heads(W_Q, W_K, W_V, W_O):
    """The four projections of multi-head attention as floats, in agreement on n_heads and d_model."""
    W_Q, W_K, W_V, W_O = (floats(name, W, 2) for name, W in dict(W_Q=W_Q, W_K=W_K, W_V=W_V, W_O=W_O).items())
    given = f"W_Q {W_Q.shape}, W_K {W_K.shape} and W_V {W_V.shape}"
    require(W_Q.ndim == W_K.ndim == W_V.ndim == 3, f"{given} must have three axes each: (n_heads, d_model, d_k)")
    require(W_Q.shape[:2] == W_K.shape[:2] == W_V.shape[:2], f"{given} must agree in n_heads and d_model, their first two axes")
    n_heads, d_model, d_v = W_V.shape
    require(W_O.shape == (n_heads * d_v, d_model),
            f"W_O {W_O.shape} must be (n_heads * d_v, d_model), which is {(n_heads * d_v, d_model)} for W_V {W_V.shape}")
    return W_Q, W_K, W_V, W_O
