"""Notebook 04: the answers, and the inputs that tell them from the mistakes. All words stand in 04_scaling.md."""
import math

import numpy as np

from course_lib.exercises.exercise import Exercise
from course_lib.steps import softmax

SQUARE = np.array([[2.0, 6.0], [4.0, -2.0]])
TALL = np.array([[1.0, -4.0], [3.0, 2.0], [-5.0, 8.0]])
HEADS = np.array([[[3.0, -1.0, 4.0, 1.0], [5.0, 9.0, -2.0, 6.0], [-5.0, 3.0, 5.0, 8.0]],
                  [[9.0, 7.0, -9.0, 3.0], [-2.0, 3.0, 8.0, 4.0], [6.0, 2.0, -6.0, 4.0]]])
BATCH = np.stack([HEADS[:, :2, :3], HEADS[:, 1:, 1:] * 2, HEADS[:, :2, 1:] - 3, HEADS[:, 1:, :3] + 1])
d_k = 8                                             # what d_k stands for in the notebook


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


def softmax_gradient(weights):
    """The Jacobian of softmax for one row of weights: (n_k,) → (n_k, n_k)"""
    return np.diag(weights) - np.outer(weights, weights)


def scale(scores, d_k):
    """(..., n_q, n_k), number → (..., n_q, n_k)"""
    return scores / math.sqrt(d_k)


EXERCISES = [
    Exercise(scaled_by_hand, inputs=[
        (np.array([2.0, 3.0]), np.array([3.0, 1.0])), (np.array([1.0, 2.0, 0.0, 2.0]), np.array([3.0, 1.0, 5.0, 2.0])),
        (np.array([1.0, -2.0, 4.0]), np.array([2.0, 5.0, -1.0])), (np.arange(16.0), np.arange(16.0) % 5)]),
    Exercise(score_spread, inputs=[(4, 1), (4, 2), (9, 0.5), (2, 3), (64, 1)]),
    Exercise(repaired_scale, inputs=[
        (HEADS[:, :2, :3], 8, 2), (HEADS, 18, 2), (HEADS[:, :, :3], 16, 2),
        (np.concatenate([HEADS, HEADS[:1] - 1]), 12, 3), (BATCH, 24, 2), (TALL[None], 9, 1)]),
    Exercise(softmax_gradient, inputs=[
        (np.array([0.75, 0.25]),), (np.array([0.5, 0.3, 0.2]),), (np.array([0.0, 1.0, 0.0]),),
        (np.array([0.1, 0.2, 0.3, 0.4]),)]),
    Exercise(scale, inputs=[(SQUARE, 4), (TALL, 16), (HEADS, 9), (SQUARE * 10, 2), (BATCH, 64), (TALL, 1)]),
]
