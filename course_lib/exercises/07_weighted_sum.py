"""Exercises of notebook 07: from weights and values to the output, and the whole chain."""
import reprlib

import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Exercise
from course_lib.steps import apply_mask, causal_mask, project, scale, score, softmax

INF = np.inf
RNG = np.random.default_rng(7)


def _whole(*shape):
    """Small whole numbers as floats."""
    return RNG.integers(-3, 4, shape).astype(float)


# Complete the line

WEIGHTS = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0], [0.125, 0.125, 0.75]])
SQUARE = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0], [2.0, 0.0, 1.0]])
VALUES = np.array([[4.0, 1.0, 0.0], [2.0, -2.0, 8.0], [0.0, 4.0, 3.0]])


def one_output_entry(weights_row, V, column):
    """One number of the output of one query: (n_k,), (n_k, d_v), column → number"""
    return weights_row @ V[:, column]




# Attention as a dictionary

def lookup_and_mean(index, n_k):
    """Weights that copy one value, and weights that average all: index, n_k → (2, n_k)"""
    return np.stack([np.eye(n_k)[index], np.full(n_k, 1 / n_k)])




# Predict a shape

def output_shape(Q_shape, K_shape, V_shape):
    """The output's shape, or "error": (..., n_q, d_k), (..., n_k, d_k), (..., n_k, d_v) → (..., n_q, d_v)"""
    if Q_shape[-1] != K_shape[-1] or K_shape[-2] != V_shape[-2]:
        return "error"
    return (*Q_shape[:-1], V_shape[-1])


def _as_text(result, *shapes):
    """A shape as text, however it was written; "error" as it is, and anything else as what it is."""
    if result is None or isinstance(result, str) and result == "error":
        return result
    if isinstance(result, (tuple, list)) and all(isinstance(size, (int, np.integer)) for size in result):
        return str(tuple(map(int, result)))
    return f"a {type(result).__name__} {result.shape if isinstance(result, np.ndarray) else reprlib.repr(result)}"


WRONG_SHAPES = {
    "The output is as wide as a value, not as a query: d_v, not d_k.": lambda q, k, v: q,
    "This is the shape of the weights, one column for each key. What the weights gather are values.":
        lambda q, k, v: (*q[:-1], k[-2]),
    "This is the shape of V. There is one output for each query, not for each key.": lambda q, k, v: v,
    "The two sizes are exchanged: rows are queries, columns are components.": lambda q, k, v: (*q[:-2], v[-1], q[-2]),
    "The batch axes in front are lost. Attention keeps them as they are.": lambda q, k, v: (q[-2], v[-1]),
}


def _if(fits, shape):
    """A wrong version: "error" unless the shapes fit."""
    return lambda Q_shape, K_shape, V_shape: shape(Q_shape, K_shape, V_shape) if fits(Q_shape, K_shape, V_shape) else "error"


def _right(q, k, v):
    return (*q[:-1], v[-1])


def _fits(q, k, v):
    return q[-1] == k[-1] and k[-2] == v[-2]


def _fits_from_front(q, k, v):
    return q[1] == k[1] and k[0] == v[0]


def _two_axes(q, k, v):
    (n_q, _), (_, d_v) = q, v
    return n_q, d_v


def _product(q, k, v):
    return np.zeros(q) @ np.zeros(k).mT @ np.zeros(v)




# Repair the lesson

def repaired_lesson(x, W_Q, W_K, W_V):
    """One causal head: (..., seq_len, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v) → (..., seq_len, d_v)"""
    scaled_scores = scale(project(x, W_Q) @ project(x, W_K).mT, W_K.shape[-1])
    weights = softmax(apply_mask(scaled_scores, causal_mask(x.shape[-2])))
    return weights @ project(x, W_V)


def _lesson(factor=lambda x, W_K, W_V: W_K.shape[-1] ** -0.5, values=lambda x, W_Q, W_K, W_V: x @ W_V,
            mask=lambda x: causal_mask(x.shape[-2]), normalise=softmax):
    """The lesson with one or two things changed: what its scores are multiplied by, the values, the mask, the softmax."""
    def lesson(x, W_Q, W_K, W_V):
        scores = (x @ W_Q) @ (x @ W_K).mT * factor(x, W_K, W_V)
        return normalise(apply_mask(scores, mask(x))) @ values(x, W_Q, W_K, W_V)
    return lesson


def _unscaled(x, W_K, W_V):
    return 1


def _x(x, W_Q, W_K, W_V):
    return x


def _root_of_d_model(x, W_K, W_V):
    return x.shape[-1] ** -0.5


def _tokens(x, W_K, W_V):
    return x.shape[-2] ** -0.5


SMALL = (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 2.0], [2.0, 1.0]]), np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]),
         np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]), np.array([[4.0, 1.0], [0.0, 2.0]]))
LONG_X = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0], [1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [2.0, 1.0, 0.0, 1.0]])
NARROW = (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, -1.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]),
          np.array([[4.0, 0.0, 1.0], [0.0, 8.0, 2.0], [2.0, -4.0, 0.0], [-2.0, 1.0, 4.0]]))



# The step

def _by_loops(weights, V):
    return [sum(weights[i, j] * V[j] for j in range(len(V))) for i in range(len(weights))]




# The whole chain

def _scaled(Q, K):
    return Q @ K.mT / np.sqrt(Q.shape[-1])


def _masked(scores, mask):
    return scores if mask is None else apply_mask(scores, mask)


def _with(scores=_scaled, mask=_masked, normalise=softmax, gather=lambda weights, V: (weights @ V, weights)):
    """Attention with one or two of its steps replaced."""
    return lambda Q, K, V, mask_given=None: gather(normalise(mask(scores(Q, K), mask_given)), V)


def _over(size):
    """Attention with the scores divided by something else."""
    return lambda Q, K, V, mask=None: _with(lambda Q, K: score(Q, K) / size(Q, K, V))(Q, K, V, mask)


def _shares(scores, axis=-1, largest=True):
    """Softmax by hand, along any axis, with or without the largest score taken off, and without care for rows of -inf."""
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True)) if largest else np.exp(scores)
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def _replace(by):
    """A mask that puts a number where -inf belongs."""
    return lambda scores, mask: scores if mask is None else np.where(mask, scores, by)


def _by_index(scores, mask):
    scores = scores.copy()
    scores[() if mask is None else ~mask] = scores if mask is None else -INF
    return scores


def _after(weights, mask):
    return weights if mask is None else weights * mask


def _argmax(scores):
    return np.eye(scores.shape[-1])[scores.argmax(axis=-1)]


def _unmasked(scores, mask):
    return scores


def _truth(scores, mask):
    return apply_mask(scores, mask) if mask else scores


PAIR = np.array([[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [2.0, 1.0]], [[4.0, 1.0], [2.0, 5.0]]])
WIDE_KEYS = (np.array([[1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 0.0]]),
             np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 2.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]]),
             np.array([[4.0, 0.0], [0.0, 8.0], [2.0, 2.0]]))
SEQUENCES = (np.stack([SQUARE, SQUARE.T])[..., :2], np.stack([SQUARE - 1, SQUARE])[..., :2], np.stack([VALUES, VALUES[::-1]]))
HEADS = _whole(2, 2, 3, 4), _whole(2, 2, 5, 4), _whole(2, 2, 5, 3)
PADDING = np.array([[True, True, True, True, False], [True, True, True, False, False]])[:, None, None]
LARGE = np.array([[100.0, 0.0], [-100.0, 50.0]])
BLIND = np.array([[True, False, True], [False, False, False], [False, True, True]])


EXERCISES = [
    Exercise(one_output_entry, inputs=[(np.array([0.25, 0.75]), np.array([[4.0, 1.0], [2.0, 5.0]]), 0), (WEIGHTS[0], VALUES, 2),
            (np.array([1 / 3, 1 / 2, 1 / 6, 0.0]), np.array([[8.0, 1.0], [0.0, -1.0], [16.0, 2.0], [5.0, 7.0]]), 1)]),
    Exercise(lookup_and_mean, inputs=[(1, 2), (0, 4), (2, 4), (3, 7)]),
    Exercise(output_shape, inputs=[((4, 2), (4, 2), (4, 2)), ((3, 4), (5, 4), (5, 2)), ((3, 4), (5, 3), (5, 2)), ((3, 4), (4, 3), (4, 2)),
            ((3, 4), (5, 4), (3, 2)), ((3, 4), (5, 4), (4, 6)), ((2, 3, 4), (2, 5, 4), (2, 5, 6)),
            ((3, 2), (3, 2), (3, 5)), ((2, 4), (5, 4), (5, 4)), ((6, 2, 1, 8), (6, 2, 7, 8), (6, 2, 7, 4)),
            ((2, 3, 4), (2, 5, 4), (2, 3, 4)), ((3, 4), (5, 3), (4, 2))], what_counts=_as_text),
    Exercise(repaired_lesson, inputs=[SMALL, (LONG_X, *NARROW), (np.stack([LONG_X, LONG_X[::-1] - 1]), *NARROW),
            (LONG_X[:3, :3], SQUARE / 2, SQUARE.T, VALUES)]),
    Exercise(steps.weighted_sum, inputs=[(np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([[4.0, 1.0], [2.0, 9.0]])), (WEIGHTS[:2], np.array(
        [[4.0, 0.0, 8.0, 2.0], [0.0, 4.0, -4.0, 1.0], [8.0, 4.0, 0.0, 3.0]])), (WEIGHTS, VALUES), (WEIGHTS, VALUES[:, :2]),
            (np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[3.0, 1.0], [2.0, 6.0]])),
            (np.stack([WEIGHTS[:2], WEIGHTS[1:]]), _whole(2, 3, 4)),
            (np.stack([[WEIGHTS[:2], WEIGHTS[1:]], [WEIGHTS[::2], WEIGHTS[::-2]]]), _whole(2, 2, 3, 4))]),
    Exercise(steps.attention, inputs=[(*PAIR, np.tri(2) > 0), WIDE_KEYS, (*WIDE_KEYS, np.array([True, True, False])),
            (SQUARE, SQUARE[[1, 0, 2]] + 1, VALUES), (SQUARE, SQUARE[[2, 0, 1]], VALUES, np.tri(3) > 0),
            (*SEQUENCES, np.tri(3) > 0), (*HEADS, PADDING),
            (SQUARE, SQUARE + 1, VALUES[:, :2], BLIND), (LARGE, LARGE, PAIR[2])]),
]
