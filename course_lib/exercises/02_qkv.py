"""Exercises of notebook 02: from X to queries, keys and values."""
import operator

import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Exercise


def _whole(*shape, seed):
    """Whole numbers from -4 to 4, drawn with a fixed seed."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(float)


A, B, C, D = (np.array(rows, float) for rows in ([[1, 2], [3, 0]], [[1, 4], [0, 2]], [[0, 1], [2, 1]], [[2, 0], [1, 3]]))
LESSON_X = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0], [1, 0, 0, 1]])      # what X stands for in the notebook


def one_query(x, W_Q):
    """The query of a single token: (d_model,), (d_model, d_k) → (d_k,)"""
    return x @ W_Q


def projected_shape(X_shape, W_shape):
    """The shape that project(X, W) has: (..., seq_len, d_model), (d_model, d_k) or (n_heads, d_model, d_k) → tuple"""
    *batch, seq_len, d_model = X_shape
    *heads, d_model, d_k = W_shape
    return (*batch, *heads, seq_len, d_k)


def one_sided(Q, K):
    """How much more token i scores with token j than j with i: (..., n, d_k), (..., n, d_k) → (..., n, n)"""
    scores = Q @ K.mT
    return scores - scores.mT


def repaired_qkv(X, W_Q, W_K, W_V):
    """Queries, keys and values: (..., seq_len, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v) → three arrays"""
    return X @ W_Q, X @ W_K, X @ W_V


def from_linear(X, weight):
    """What a Linear layer that stores `weight` makes of X: (..., seq_len, n_in), (n_out, n_in) → (..., seq_len, n_out)"""
    return X @ weight.mT


def _as_text(result, *arguments):
    """A shape as text, whether it came as a tuple or a list."""
    return str(tuple(map(operator.index, result)))


def _unpacking(X_axes, W_axes):
    """The right shape, but only where X and W have so many axes; None for any number."""
    def mistake(X_shape, W_shape):
        for shape, axes in ((X_shape, X_axes), (W_shape, W_axes)):
            if axes == 2:
                first, second = shape
            if axes == 3:
                first, second, third = shape
        return projected_shape(X_shape, W_shape)
    return mistake


def _by_loops(rows, columns, entry):
    """A table made entry by entry."""
    table = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            table[i, j] = entry(i, j)
    return table


def _differences(scores):
    """The answer for one sequence, from the scores, entry by entry."""
    return _by_loops(len(scores), len(scores), lambda i, j: scores[i, j] - scores[j, i])


def _overwritten(X, *Ws):
    """Each view made from the one before, as in the code to repair."""
    views = []
    for W in Ws:
        X = X @ W
        views.append(X)
    return tuple(views)


def _in_place(X, *Ws):
    """The same, and X is spoilt for the caller too."""
    views = []
    for W in Ws:
        X @= W
        views.append(X)
    return tuple(views)


def _room(X):
    """X with an axis of length 1 where the heads will be."""
    return X[..., None, :, :]


def _fit(X, W):
    """X with that axis only if W has heads."""
    return X if W.ndim == 2 else _room(X)


EXERCISES = [
    Exercise(one_query, inputs=[(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [3.0, 1.0]])),
                (np.array([1.0, 0.0, 0.0, 1.0]), np.array([[1.0, 2.0], [1.0, 0.0], [3.0, 0.0], [1.0, 1.0]])),
                (np.array([0.5, -2.0, 1.0]), _whole(3, 5, seed=2))]),
    Exercise(projected_shape, inputs=[((4, 4), (4, 2)), ((5, 6), (3, 6, 2)), ((2, 5, 16), (16, 8)), ((2, 5, 16), (2, 16, 8)),
                ((3, 5, 16), (2, 16, 8)), ((7, 3, 5, 16), (2, 16, 8))], what_counts=_as_text),
    Exercise(one_sided, inputs=[(np.array([[2.0, 1.0], [3.0, 0.0], [0.0, 1.0]]), np.array([[3.0, 1.0], [0.0, 3.0], [1.0, 2.0]])),
                (A, B), (_whole(3, 3, 2, seed=5), _whole(3, 3, 2, seed=6)), (_whole(2, 3, 3, seed=7), _whole(2, 3, 3, seed=8))], names=('cat', 'chases', 'mouse')),
    Exercise(repaired_qkv, inputs=[(A, B, C, D), (_whole(4, 3, seed=11), *(_whole(3, 2, seed=seed) for seed in (12, 13, 14))),
                (_whole(3, 4, seed=15), _whole(4, 2, seed=16), _whole(4, 2, seed=17), _whole(4, 3, seed=18)),
                (_whole(2, 3, 3, seed=19), *(_whole(3, 3, seed=seed) for seed in (20, 21, 22)))]),
    Exercise(from_linear, inputs=[(A, B), (_whole(3, 2, seed=31), _whole(4, 2, seed=32)), (_whole(4, 4, seed=33), _whole(4, 4, seed=34)),
                (_whole(2, 3, 4, seed=35), _whole(2, 4, seed=36)), (_whole(3, 3, 3, seed=37), _whole(3, 3, seed=38))]),
    Exercise(steps.project, inputs=[(A, B), (_whole(4, 3, seed=41), _whole(3, 2, seed=42)), (_whole(3, 2, seed=43), np.stack([B, C])),
                (A, np.stack([B, C])), (_whole(3, 2, seed=43), _whole(3, 2, 4, seed=44)),
                (_whole(1, 2, seed=45), _whole(2, 3, seed=46)),
                (_whole(3, 2, seed=47), _whole(1, 2, 3, seed=48)), (_whole(2, 3, 4, seed=49), _whole(4, 5, seed=50)),
                (_whole(2, 3, 4, seed=51), _whole(2, 4, 5, seed=52)), (_whole(2, 3, 3, seed=57), _whole(2, 3, 3, seed=58)),
                (_whole(3, 5, 4, seed=53), _whole(2, 4, 6, seed=54)), (_whole(2, 2, 3, 4, seed=55), _whole(2, 4, 5, seed=56))]),
]
