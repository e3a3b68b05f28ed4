"""Notebook 07: the answers, and the inputs that tell them from the mistakes. All words stand in 07_weighted_sum.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, shape_as_text
from course_lib.steps import apply_mask, causal_mask, project, scale, score, softmax

RNG = np.random.default_rng(7)
V_BATCH, V_TWO_AXES, *HEADS = (RNG.integers(-3, 4, shape).astype(float) for shape in [
    (2, 3, 4), (2, 2, 3, 4), (2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 3)])

WEIGHTS = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0], [0.125, 0.125, 0.75]])
SQUARE = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0], [2.0, 0.0, 1.0]])
VALUES = np.array([[4.0, 1.0, 0.0], [2.0, -2.0, 8.0], [0.0, 4.0, 3.0]])

SMALL = (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 2.0], [2.0, 1.0]]), np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]),
         np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]), np.array([[4.0, 1.0], [0.0, 2.0]]))
LONG_X = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0], [1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [2.0, 1.0, 0.0, 1.0]])
NARROW = (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, -1.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]),
          np.array([[4.0, 0.0, 1.0], [0.0, 8.0, 2.0], [2.0, -4.0, 0.0], [-2.0, 1.0, 4.0]]))

PAIR = np.array([[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [2.0, 1.0]], [[4.0, 1.0], [2.0, 5.0]]])
WIDE_KEYS = (np.array([[1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 0.0]]),
             np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 2.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]]),
             np.array([[4.0, 0.0], [0.0, 8.0], [2.0, 2.0]]))
SEQUENCES = (np.stack([SQUARE, SQUARE.T])[..., :2], np.stack([SQUARE - 1, SQUARE])[..., :2], np.stack([VALUES, VALUES[::-1]]))
PADDING = np.array([[True, True, True, True, False], [True, True, True, False, False]])[:, None, None]
LARGE = np.array([[100.0, 0.0], [-100.0, 50.0]])
BLIND = np.array([[True, False, True], [False, False, False], [False, True, True]])


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
        (np.array([0.25, 0.75]), np.array([[4.0, 1.0], [2.0, 5.0]]), 0), (WEIGHTS[0], VALUES, 2),
        (np.array([1 / 3, 1 / 2, 1 / 6, 0.0]), np.array([[8.0, 1.0], [0.0, -1.0], [16.0, 2.0], [5.0, 7.0]]), 1)]),
    Exercise(lookup_and_mean, inputs=[(1, 2), (0, 4), (2, 4), (3, 7)]),
    Exercise(output_shape, what_counts=shape_as_text, inputs=[
        ((4, 2), (4, 2), (4, 2)), ((3, 4), (5, 4), (5, 2)), ((3, 4), (5, 3), (5, 2)), ((3, 4), (4, 3), (4, 2)),
        ((3, 4), (5, 4), (3, 2)), ((3, 4), (5, 4), (4, 6)), ((2, 3, 4), (2, 5, 4), (2, 5, 6)),
        ((3, 2), (3, 2), (3, 5)), ((2, 4), (5, 4), (5, 4)), ((6, 2, 1, 8), (6, 2, 7, 8), (6, 2, 7, 4)),
        ((2, 3, 4), (2, 5, 4), (2, 3, 4)), ((3, 4), (5, 3), (4, 2))]),
    Exercise(repaired_lesson, inputs=[
        SMALL, (LONG_X, *NARROW), (np.stack([LONG_X, LONG_X[::-1] - 1]), *NARROW),
        (LONG_X[:3, :3], SQUARE / 2, SQUARE.T, VALUES)]),
    Exercise(weighted_sum, inputs=[
        (np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([[4.0, 1.0], [2.0, 9.0]])),
        (WEIGHTS[:2], np.array([[4.0, 0.0, 8.0, 2.0], [0.0, 4.0, -4.0, 1.0], [8.0, 4.0, 0.0, 3.0]])),
        (WEIGHTS, VALUES), (WEIGHTS, VALUES[:, :2]),
        (np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[3.0, 1.0], [2.0, 6.0]])),
        (np.stack([WEIGHTS[:2], WEIGHTS[1:]]), V_BATCH),
        (np.stack([[WEIGHTS[:2], WEIGHTS[1:]], [WEIGHTS[::2], WEIGHTS[::-2]]]), V_TWO_AXES)]),
    Exercise(attention, inputs=[
        (*PAIR, np.tri(2) > 0), WIDE_KEYS, (*WIDE_KEYS, np.array([True, True, False])),
        (SQUARE, SQUARE[[1, 0, 2]] + 1, VALUES), (SQUARE, SQUARE[[2, 0, 1]], VALUES, np.tri(3) > 0),
        (*SEQUENCES, np.tri(3) > 0), (*HEADS, PADDING),
        (SQUARE, SQUARE + 1, VALUES[:, :2], BLIND), (LARGE, LARGE, PAIR[2])]),
]
