"""Notebook 07: the answers, and the inputs that tell them from the mistakes. All words stand in 07_weighted_sum.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, shape_as_text, uneven, whole
from course_lib.steps import apply_mask, causal_mask, project, scale, score, softmax

WEIGHTS = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0], [0.125, 0.125, 0.75]])
SQUARE = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0], [2.0, 0.0, 1.0]])
VALUES = np.array([[4.0, 1.0, 0.0], [2.0, -2.0, 8.0], [0.0, 4.0, 3.0]])

SMALL = ([[1.0, 0.0], [0.0, 1.0], [1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]],
         [[1.0, 1.0, -1.0], [2.0, -1.0, 1.0]], [[4.0, 1.0], [3.0, 2.0]])
LONG_X = np.array([[1, 0, 1, 0], [0, 1, 0, 2], [1, 1, 0, 0], [0, 0, 1, 1], [2, 1, 0, 1]])
NARROW = ([[1, 0], [0, 1], [1, 1], [0, -1]], [[0, 1], [1, 0], [1, 0], [1, 1]], [[4, 0, 1], [0, 8, 2], [2, -4, 0], [-2, 1, 4]])

PAIR = [[1.0, 2.0, 1.0], [2.0, 1.0, 2.0]], [[1.0, 0.0, 2.0], [2.0, 1.0, 0.0]], [[4.0, 1.0], [2.0, 5.0]]
WIDE_KEYS = ([[1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0, 1.0], [0.0, 2.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]],
             [[4.0, 0.0, 1.0, -1.0, 2.0], [0.0, 8.0, 0.0, 1.0, -2.0], [2.0, 2.0, -4.0, 0.0, 1.0]])
SEQUENCES = (np.stack([SQUARE, SQUARE.T])[..., :2], np.stack([SQUARE - 1, SQUARE])[..., :2], np.stack([VALUES, VALUES[::-1]]))
HEADS = whole(1, 2, 3, 6, 5, low=-1, high=2), whole(2, 2, 3, 4, 5, low=-1, high=2), whole(3, 2, 3, 4, 7)
PADDING = np.array([[True, True, True, False], [True, True, False, False]])[:, None, None]
BLIND = np.array([[True, False, True], [False, False, False], [False, True, True]])
LARGE = ([[-4000.0, 0.0, 1.0, 2.0], [0.0, 4000.0, 1.0, 2.0], [4000.0, 0.0, 1.0, 2.0]],
         [[10.0, 0.0, 1.0, 0.0], [10.0, 0.0, 0.0, 1.0], [10.0, 10.0, 0.0, 0.0]], VALUES[:, :2],
         [[True, True, False], [True, True, False], [True, True, True]])


def one_output_entry(weights_row, V, column):
    """One number of the output of one query: (n_k,), (n_k, d_v), column → number"""
    return weights_row @ V[:, column]


def lookup_and_mean(index, n_k):
    """Weights that copy one value, and weights that average all: index, n_k → (2, n_k)"""
    return np.stack([np.eye(n_k)[index], np.full(n_k, 1 / n_k)])


def output_shape(Q_shape, K_shape, V_shape):
    """A tuple, or "error": (..., n_q, d_k), (..., n_k, d_k), (..., n_k, d_v) → (..., n_q, d_v)"""
    if Q_shape[-1] != K_shape[-1] or K_shape[-2] != V_shape[-2]:
        return "error"
    return (*Q_shape[:-1], V_shape[-1])


def repaired_lesson(x, W_Q, W_K, W_V):
    """(..., seq_len, d_model), two of (d_model, d_k), (d_model, d_v) → (..., seq_len, d_v)"""
    scores = project(x, W_Q) @ project(x, W_K).mT
    scaled_scores = scale(scores, W_K.shape[-1])
    weights = softmax(apply_mask(scaled_scores, causal_mask(x.shape[-2])))
    return weights @ project(x, W_V)


def weighted_sum(weights, V):
    """(..., n_q, n_k), (..., n_k, d_v) → (..., n_q, d_v)"""
    return weights @ V


def attention(Q, K, V, mask=None):
    """(..., n_q, d_k), (..., n_k, d_k), (..., n_k, d_v) → (..., n_q, d_v), (..., n_q, n_k)"""
    scores = score(Q, K)
    scaled_scores = scale(scores, Q.shape[-1])
    masked_scores = scaled_scores if mask is None else apply_mask(scaled_scores, mask)
    weights = softmax(masked_scores)
    return weights @ V, weights


EXERCISES = [
    Exercise(one_output_entry, inputs=[
        ([0.25, 0.75], [[4.0, 1.0], [2.0, 5.0]], 0),
        ([5 / 7, 0.0, 2 / 7], [[2.0, 8.0, -2.0], [4.0, 0.0, 1.5], [0.0, 3.0, 4.0]], 2),
        ([0.0, 0.0, 1.0, 0.0], [[8, 1], [0, 3], [16, 31000], [5, 7]], 1), ([1.0], [[-0.00025, 0.5]], 0)]),
    Exercise(lookup_and_mean, inputs=[(1, 2), (0, 3), (2, 4), (1, 7), (0, 1)]),
    Exercise(output_shape, what_counts=shape_as_text, inputs=[
        ((4, 2), (4, 2), (4, 2)), ((3, 4), (5, 4), (5, 2)), ((3, 4), (5, 1), (5, 2)), ((3, 4), (4, 6), (4, 2)),
        ((3, 4), (5, 4), (3, 2)), ((3, 6), (5, 6), (6, 7)), ((2, 3, 4), (2, 5, 4), (2, 5, 6)), ((3, 2), (3, 2), (3, 5)),
        ((2, 4), (5, 4), (5, 4)), ((6, 2, 1, 8), (6, 2, 7, 8), (6, 2, 7, 4)), ((2, 3, 4), (2, 5, 4), (2, 1, 4)),
        ((3, 4), (5, 3), (4, 2))]),
    Exercise(repaired_lesson, inputs=[
        SMALL, (LONG_X, *NARROW), (np.stack([LONG_X, LONG_X[::-1] - 1]) / 2, *NARROW),
        (80 * SQUARE, SQUARE / -2, SQUARE.T, VALUES),
        (whole(1, 2, 3, 4, 5, low=-1, high=1), *(whole(seed, 5, n, low=-1, high=1) for seed, n in [(2, 6), (3, 6), (4, 7)])),
        (uneven(261, 4, 2), *(uneven(seed, 4, 2)[:, ::-1].mT for seed in (262, 263, 264))),
        (SMALL[0][:1], *([[1.0], [k]] for k in (2, 3, -1)))]),
    Exercise(weighted_sum, inputs=[
        ([[0.25, 0.75], [0.5, 0.5]], [[4.0, 1.0], [2.0, 9.0]]),
        (WEIGHTS[:2], [[4.0, 0.0, 8.0, 2.0], [0.0, 4.0, -4.0, 1.0], [8.0, 4.0, 0.0, 3.0]]), (WEIGHTS, VALUES.astype(int)),
        (WEIGHTS, uneven(1, 3, 2)), ([[0.0, 0.0], [1.0, 0.0]], [[3.0, 1.0], [2.0, 6.0]]),
        (np.stack([WEIGHTS[:2], WEIGHTS[1:]]), whole(2, 2, 3, 4)),
        (softmax(whole(3, 2, 3, 4, 5, low=-1, high=1)), whole(4, 2, 3, 5, 6)), ([[0.0, 1.0, 0.0]], VALUES[:, :1])]),
    Exercise(attention, inputs=[
        (*PAIR, np.tri(2) > 0), WIDE_KEYS, (*WIDE_KEYS, [True, True, False]),
        (SQUARE.astype(int), SQUARE[[2, 0, 1]].astype(int), VALUES.astype(int), np.tri(3) > 0), (*SEQUENCES, np.tri(3) > 0),
        (*HEADS, PADDING), (SQUARE, SQUARE + 1, VALUES[:, :2], BLIND), (SQUARE, SQUARE + 1, VALUES, np.zeros((3, 3), bool)),
        LARGE, (uneven(6, 4, 2), uneven(7, 3, 2)[:, ::-1], uneven(8, 3, 5)),
        (SQUARE[:1, :1], SQUARE[:, :1] + 1, VALUES[:, 1:2], BLIND[0])]),
]
