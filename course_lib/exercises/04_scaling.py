"""Notebook 04: the answers, and the inputs that tell them from the mistakes. All words stand in 04_scaling.md."""
import math

import numpy as np

from course_lib.exercises.exercise import Exercise, whole
from course_lib.steps import softmax

ROWS = np.array([[2.0, 6.0, -4.0], [4.0, -2.0, 0.0]])
TALL = np.array([[1.0, -4.0], [3.0, 0.5], [-5.0, 8.0]])
HEADS = np.array([[[3.0, -1.0, 4.0, 1.0], [5.0, 9.0, -2.0, 6.0], [-5.0, 3.0, 5.0, 8.0]],
                  [[9.0, 7.0, -9.0, 3.0], [-2.0, 3.0, 8.0, 4.0], [6.0, 2.0, -6.0, 4.0]]])
INTEGERS = HEADS.astype(int)
ODD = np.array([[0.03125, -2e4, 0.5, -0.25], [2.0, -1.5, -3e4, 0.125], [-1.0, 0.25, 1.0, -2e4]])
BATCH, DEEP = whole(31, 4, 3, 2, 5), whole(32, 1, 4, 2, 5, 6)
d_k = 2                                             # what d_k stands for in the notebook


def scaled_by_hand(query, key):
    """One scaled score: (d_k,), (d_k,) → number"""
    return query @ key / math.sqrt(len(query))


def score_spread(d_k, deviation):
    """The standard deviation of a dot product of d_k independent terms, both factors of which have that deviation: → number"""
    variance_of_a_term = deviation**2 * deviation**2
    return math.sqrt(d_k * variance_of_a_term)


def repaired_scale(scores, d_model, n_heads):
    """Scale the scores of heads that share d_model columns: (..., n_heads, n_q, n_k) → (..., n_heads, n_q, n_k)"""
    d_k = d_model // n_heads
    return scores / math.sqrt(d_k)


def scale(scores, d_k):
    """(..., n_q, n_k), number → (..., n_q, n_k)"""
    return scores / math.sqrt(d_k)


def divisor_used(scores, weights):
    """What a row of scores was divided by before softmax made its weights: (n_k,), (n_k,) → number"""
    gap = scores[0] - scores[1]
    return gap / math.log(weights[0] / weights[1])


EXERCISES = [
    Exercise(scaled_by_hand, inputs=[
        ([2.0, 3.0], [3.0, 1.0]), ([1, 2, -3, 2, -1], [3, 1, 5, 2, 4]), ([0.03125, 2e5, 2.0, 1.0], [1.0, 2.0, -2e5, 0.125]),
        ([-2e8], [0.00034])]),
    Exercise(score_spread, inputs=[(4, 1), (9, 0.5), (2, 3), (20, 3.125), (64, 1), (30, 20_000), (17_000, 0.00074)]),
    Exercise(repaired_scale, inputs=[
        (HEADS, 50, 2), (INTEGERS, 72, 2), (np.stack([ODD, ODD * 2]), 16, 2), (BATCH, 21, 3), (DEEP, 24, 2),
        (TALL[None], 25, 1)]),
    Exercise(scale, inputs=[(ROWS, 25), (INTEGERS, 49), (ODD, 2), (BATCH, 7), (DEEP, 64), (TALL, 1)]),
    Exercise(divisor_used, inputs=[
        (row, softmax(row / divisor)) for row, divisor in (
            (np.array([9.0, 3.0]), 2.0), (np.array([2.0, 9.0, 9.0, 4.0]), math.sqrt(2)), (np.array([-1.0, -6.0, 0.5]), 8.0),
            (np.array([3, 1, 5, -2, 4]), 5.0), (np.array([1.0, 0.5, 0.25, -0.5, -1.0]), 0.125),
            (np.array([0.5, 0.75, -1.0]), 64.0))]),
]
