"""Notebook 06: the answers, and the inputs that tell them from the mistakes. All words stand in 06_softmax.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, whole
from course_lib.steps import scale

INF = np.inf
ROWS = np.array([[1.0, 2.0, 0.5, -1.0], [0.0, 0.0, 3.0, 1.0], [-2.0, 4.0, 1.0, 1.0]])
MORE = whole(6, 5, 2, 3, 4) / 3
MIXES = np.array([[0.25, 0.25, 0.25, 0.25], [0.5, 0.25, 0.125, 0.125], [0.7, 0.1, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4]])


def weights_of_row(scores):
    """The weights of one row of scores of moderate size: (n_k,) → (n_k,)"""
    return np.exp(scores) / np.exp(scores).sum()


def softmax_at(scores, temperature):
    """Softmax at a temperature: (..., n_k), number → (..., n_k)"""
    return softmax(scores / temperature)


def entropy(weights):
    """The entropy of every row of weights, in units of the natural logarithm: (..., n_k) → (...)"""
    logarithms = np.log(np.where(weights > 0, weights, 1))
    return -(weights * logarithms).sum(axis=-1)


def softmax(scores):
    """(..., n_k) → (..., n_k)"""
    largest = scores.max(axis=-1, keepdims=True)
    exponentials = np.exp(scores - np.where(np.isneginf(largest), 0, largest))
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / np.where(total == 0, 1, total)


EXERCISES = [
    Exercise(weights_of_row, inputs=[
        ([2.0, -1.0, 3.0, 0.0],), (np.array([2.0, 9.0, 9.0, 4.0]) / 3,), ([-1, 0, 3],), ([-31.5, -30.25],), ([0.5],)]),
    Exercise(softmax_at, inputs=[
        ([1.0, 3.0, 0.0, 2.0], 3), (ROWS, 5), (ROWS, 0.25), (ROWS.astype(int), 1), (MORE / 100, 0.0375),
        ([[3000000, 2999000, 0]], 1000), ([-INF, -INF], 3)]),
    Exercise(entropy, inputs=[
        (MIXES,), ([0.99995, 0.00005],), (MIXES[np.arange(10).reshape(5, 2, 1) % 4],), (np.vstack([MIXES, [1, 0, 0, 0]]),),
        ([0.0, 0.5, 0.5],)]),
    Exercise(softmax, inputs=[
        ([[0, 1, 3], [5, 1, 0], [2, 4, 1]],), (ROWS,), (MORE,), ([[0.0, -INF, 1.0], [2.0, 1.0, -INF]],),
        ([[1e4, 2e3, 0.0, -2e3], [-1e4, -9999, -1e4, -1e4], [3.0, 1.0, 0.0, 2.0]],), ([-70000, -70001, -70003],),
        ([[-INF] * 4, [3.0, 1.0, 0.0, 2.0]],), ([-INF],)]),
]
