"""Exercises of notebook 01: from tokens to the rows of X."""
import math
import operator

import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Exercise

SMALL_TOKENS, SMALL_POSITIONS = np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([[10.0, 20], [30, 40], [50, 60]])
TOKENS, POSITIONS = np.arange(1.0, 21).reshape(5, 4) % 7, 10 + 10 * (np.arange(24.0).reshape(6, 4) * 5 % 23)
BATCH = np.array([[[1.0, 2], [3, 4], [5, 6]], [[1, 1], [2, 2], [3, 3]]])
STACK = np.arange(48.0).reshape(3, 4, 4) * 7 % 11
TWELVE = 10 * np.arange(1.0, 25).reshape(12, 2)


# Answers that are no steps of the library

def one_hot_rows(ids, vocab_size):
    """For each id a row of zeros with a 1 in the column of the id: (seq_len,), number → (seq_len, vocab_size)"""
    return np.eye(vocab_size)[ids]


def embedded_shape(ids_shape, E_token_shape, E_pos_shape):
    """The shape of X: (..., seq_len), (vocab_size, d_model), (max_seq_len, d_model) → (..., seq_len, d_model)"""
    return (*ids_shape, E_token_shape[1])


def cosine_map(X):
    """The cosine of every pair of rows: (seq_len, d_model) → (seq_len, seq_len)"""
    directions = X / np.linalg.norm(X, axis=-1, keepdims=True)
    return directions @ directions.mT


def add_positions(token_rows, E_pos):
    """Position 0, 1, 2, … of every sentence: (n_batch, seq_len, d_model), (max_seq_len, d_model) → (n_batch, seq_len, d_model)"""
    return token_rows + E_pos[:token_rows.shape[1]]


# What the mistakes share

def _filled(ids, vocab_size, where):
    """Zeros with ones where the slip puts them."""
    rows = np.zeros((len(ids), vocab_size))
    rows[where(ids)] = 1
    return rows


def _shape_seen(result, *arguments):
    """A shape as text, whether it came as tuple, list or array; anything else in words."""
    array = isinstance(result, np.ndarray) and result.ndim > 1
    try:
        return str(tuple(map(operator.index, result)))
    except TypeError:
        if isinstance(result, (int, float, np.number)):
            return "a single number"
        nested = isinstance(result, (tuple, list)) and any(isinstance(part, (tuple, list)) for part in result)
        return "an array" if array else "a tuple within a tuple" if nested else "not a shape"


def _unpacked(ids_shape, E_token_shape, E_pos_shape):
    n_batch, seq_len = ids_shape
    return n_batch, seq_len, E_token_shape[1]


def _lengths(X, axis=-1):
    return np.linalg.norm(X, axis=axis, keepdims=True)


def _numbered_through(token_rows, E_pos):
    """Positions that go on counting from one sentence to the next."""
    flat = token_rows.reshape(-1, token_rows.shape[-1])
    return (flat + E_pos[:len(flat)]).reshape(token_rows.shape)


def _angles(seq_len, exponents, base=10000.0, first=0):
    return (np.arange(seq_len)[:, None] + first) / base ** np.asarray(exponents)


def _pairs(d_model):
    """2k / d_model for every pair of columns k."""
    return np.arange(0, d_model, 2) / d_model


def _columns(d_model):
    """c / d_model for every column c."""
    return np.arange(d_model) / d_model


def _alternate(even, odd):
    """Columns of `even` and of `odd` in turn."""
    return np.stack([even, odd], axis=-1).reshape(len(even), -1)


def _waves(angles):
    """Sines and cosines in turn, one angle for each pair."""
    return _alternate(np.sin(angles), np.cos(angles))


def _halves(angles):
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def _one_angle_a_column(angles):
    """Sine in the even columns, cosine in the odd ones, each column with its own angle."""
    return np.where(np.arange(angles.shape[1]) % 2, np.cos(angles), np.sin(angles))


def _fill(E_pos, sines):
    """Sines into the even columns, which fails unless they are half as many."""
    E_pos[:, 0::2] = sines
    return E_pos


def _overlapping(seq_len, d_model):
    """Each pair one column after the one before, where it should be two; the cosine is written last."""
    E_pos, angles = np.zeros((seq_len, d_model)), _angles(seq_len, _pairs(d_model))
    for k in range(d_model // 2):
        E_pos[:, k], E_pos[:, k + 1] = np.sin(angles[:, k]), np.cos(angles[:, k])
    return E_pos


def _row_by_row(ids, E_token, E_pos):
    """A loop over the tokens, written for one sentence."""
    X = np.zeros((len(ids), E_token.shape[1]))
    for i, row in enumerate(ids):
        X[i] = E_token[row] + E_pos[i]
    return X


def _entry_by_entry(ids, E_token, E_pos):
    """The lesson's two loops, written for one sentence."""
    X = np.zeros((len(ids), E_token.shape[1]))
    for i in range(len(ids)):
        for c in range(E_token.shape[1]):
            X[i, c] = E_token[ids[i], c] + E_pos[i, c]
    return X


def _products_unsummed(X):
    """Two loops that put a whole row of products in one place."""
    cosines = np.zeros((len(X), len(X)))
    for i, j in np.ndindex(cosines.shape):
        cosines[i, j] = X[i] * X[j] / (np.linalg.norm(X[i]) * np.linalg.norm(X[j]))
    return cosines


EXERCISES = [
    Exercise(one_hot_rows, inputs=[(np.array([1, 0]), 3), (np.array([2, 0, 2, 1, 0]), 4), (np.array([0]), 4), (np.array([2, 0, 1]), 3)]),
    Exercise(embedded_shape, inputs=[((3,), (6, 4), (5, 4)), ((2, 3), (6, 4), (5, 4)), ((7, 2, 5), (9, 3), (8, 3))], what_counts=_shape_seen),
    Exercise(cosine_map, inputs=[(np.array([[3.0, 4], [0, 2]]),), (np.array([[3.0, 4, 0], [-1, 2, 2]]),),
                (np.array([[1.0, 2], [2, -1], [3, 1]]),), (STACK[0] - 4,)]),
    Exercise(add_positions, inputs=[(BATCH, TWELVE[:6]), (BATCH[:, :2], TWELVE[:4]), (STACK[:1, :3, :2], TWELVE), (STACK[:, :3, :2] / 4, TWELVE),
                (STACK[:, :, :2], TWELVE[:4]), (STACK[:2, :3], POSITIONS)]),
    Exercise(steps.sinusoidal_positions, inputs=[(4, 6), (5, 8), (20, 4), (1, 6)]),
    Exercise(steps.embed, inputs=[(np.array([2, 0]), SMALL_TOKENS, SMALL_POSITIONS), (np.array([2, 2, 0, 1]), TOKENS[:3, :3], POSITIONS[:4, :3]),
                (np.array([3, 1, 3]), TOKENS, POSITIONS), (np.array([[3, 0, 1], [1, 1, 2]]), TOKENS, POSITIONS),
                (np.array([[1, 2, 0], [0, 3, 4], [2, 2, 1]]), TOKENS / 8, POSITIONS / 8),
                (np.array([[[4, 0]], [[1, 1]]]), TOKENS, POSITIONS)]),
]
