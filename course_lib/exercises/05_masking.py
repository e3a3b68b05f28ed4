"""Notebook 05: the answers, and the inputs that tell them from the mistakes. All words stand in 05_masking.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, whole
from course_lib.steps import softmax

ROWS = np.array([[1.0, 2.0, 0.5, -1.375], [0.0, -3.0, 3.125, 1.0], [-2.0, 4.0, 0.0, 1.0]])
STACK = np.stack([ROWS, ROWS[::-1] * 2 + 1])
MORE = whole(5, 5, 2, 3, 4)
ALLOWED = np.array([[True, False, False, True], [False, True, True, False], [True, True, False, True]])
EMPTY = np.array([[False, False, False, False], [True, True, False, False], [True, False, True, True]])
THREE = np.array([[1.0, 0.0], [0.0, 2.0], [2.0, 1.0]])
FOUR = np.array([[1.0, 0.0], [0.0, 2.0], [2.0, 1.0], [-0.5, 3.0]])
ZERO_ROW = np.array([[1.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
WIDE = np.array([[1.0, 0.0, 3.0, -4.0], [0.0, 2.0, -1.0, 3.0], [5.0, -2.0, 1.0, 0.0]])      # whole means, so no rounding
ALIKE = np.tile([-2.0, 0.0, -0.101], (4, 1))


def causal_mask(n_q, n_k=None):
    """Query i may attend to keys 0 to i: n_q, n_k (n_q if not given) → mask (n_q, n_k)"""
    return np.tri(n_q, n_k, dtype=bool)


def apply_mask(scores, mask):
    """A forbidden score becomes -inf: scores (..., n_q, n_k), mask → (..., n_q, n_k)"""
    return np.where(mask, scores, -np.inf)


def masked_weights(scores, mask):
    """Forbidden keys get no share: scores (..., n_q, n_k), mask → weights (..., n_q, n_k)"""
    exponentials = np.exp(np.where(mask, scores, -np.inf))
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / np.where(total == 0, 1, total)


def leaks(attend, X):
    """Which token j, after i, changes output i? A function, X (n, d) → (n, n), True at [i, j]"""
    n, d = X.shape
    random_row = np.random.default_rng(0).random(d)
    changes = np.zeros((n, n), dtype=bool)
    for j in range(n):
        changed = X.copy()
        changed[j] += random_row
        changes[:, j] = (attend(changed) != attend(X)).any(axis=-1)
    return np.triu(changes, k=1)


def sliding_window_mask(n, width):
    """Each query sees itself and the keys before it, `width` at most: two numbers → mask (n, n)"""
    return np.tri(n, dtype=bool) & ~np.tri(n, k=-width, dtype=bool)


def padding_and_causal(is_token):
    """Only tokens may be seen, and none after the query: (batch, n_k) → mask (batch, n_q, n_k)"""
    n = is_token.shape[-1]
    return is_token[:, None, :] & np.tri(n, dtype=bool)


def table_or_positions(result, attend, X):
    """What counts of a leak test: its table, or in words that it is a list of positions, in whatever order and form."""
    found = np.asarray(result)
    positions = found.dtype.kind in "iuf" and (found.ndim == 2 and found.shape[1] == 2 or found.shape == (0,))
    return "a list of positions" if positions else result


def test_masked_weights(masked_weights):
    """A function like masked_weights → nothing, or an AssertionError if it is wrong"""
    scores = np.random.default_rng(5).normal(size=(2, 2, 3, 4))     # two axes in front, n_q = 3, n_k = 4
    mask = np.array([[1, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 1]]) > 0
    mask = np.stack([np.stack([mask, mask[::-1]]), np.stack([~mask, mask])])
    weights = masked_weights(scores, mask)
    assert np.all(weights >= 0) and np.all(weights[~mask] == 0)     # a forbidden key gets nothing
    assert np.allclose(weights.sum(axis=-1), mask.any(axis=-1))     # rows sum to 1, without a yes to 0
    assert np.allclose(masked_weights(scores - 30, mask), weights, atol=1e-5)           # shift
    assert np.allclose(masked_weights(np.where(mask, scores, 1e9), mask), weights)      # leak
    alone = masked_weights(scores[1, 0], mask[1, 0])                # a batch is the stack of its tables
    assert np.allclose(alone, weights[1, 0])
    by_hand = masked_weights(np.array([[0, np.log(3), 7]]), np.array([[True, True, False]]))
    assert np.allclose(by_hand, [[0.25, 0.75, 0]])                  # exponentials 1 and 3


# What a leak test is tried on: small models, whose names say what they see

def scores_of(X):
    if np.ndim(X) != 2:
        raise ValueError("attend takes one whole X, of shape (n, d)")
    return (X[:, None] * X).sum(axis=-1)


def outputs(scores, X):
    return (softmax(scores)[:, :, None] * X).sum(axis=1)


def outputs_with_mask(mask, X, fill=-np.inf):
    return outputs(np.where(mask, scores_of(X), fill), X)


def without_mask(X):
    return outputs(scores_of(X), X)


def without_mask_after_layer_norm(X):
    centred = X - X.mean(axis=-1, keepdims=True)
    return without_mask(centred / np.sqrt((centred ** 2).mean(axis=-1, keepdims=True) + 1e-5))


def with_causal_mask(X):
    return outputs_with_mask(np.tri(len(X), dtype=bool), X)


def sees_the_last_token(X):
    return -outputs_with_mask(np.tri(len(X), dtype=bool) | (np.arange(len(X)) == len(X) - 1), X)


def with_a_window_of_2(X):
    return outputs_with_mask(sliding_window_mask(len(X), 2), X)


def second_head_without_mask(X):
    return np.concatenate([with_causal_mask(X), without_mask(X)], axis=-1)


def filled_with_minus_20(X):
    return outputs_with_mask(np.tri(len(X), dtype=bool), X, fill=-20)


def passes_on_the_second_number(X):
    return outputs(np.zeros_like(scores_of(X)), X[:, [1, 1]])


def with_opposite_numbers(X):
    return outputs(np.zeros_like(scores_of(X)), np.outer(X.sum(axis=1), [1, -1]))


def sees_only_the_next(X):
    return -outputs_with_mask(np.eye(len(X), k=1, dtype=bool), X)[:, 2:]


EXERCISES = [
    Exercise(causal_mask, inputs=[(2,), (4,), (2, 4), (5, 3), (1, 3)]),
    Exercise(apply_mask, inputs=[
        ([[1.0, 5.0], [2.0, 7.0]], np.tri(2, dtype=bool)), (ROWS * 2e4, ALLOWED),
        (np.where(np.tri(3, 4, dtype=bool), ROWS, -np.inf), ALLOWED), (MORE, ALLOWED),
        (STACK, [[[True, True, False, True]], [[False, False, False, True]]]), (ROWS[:1] / 300, [True, False, True, True]),
        (ROWS, EMPTY), ([[2.5], [0.5]], np.zeros((2, 1), dtype=bool)), ([[3, 1, 2]], [True, False, True])]),
    Exercise(masked_weights, inputs=[
        ([[1.0, 3.0], [0.0, 3.0]], np.tri(2, dtype=bool)), (ROWS, ALLOWED),
        ([[-28.0, -30.0], [-29.0, 4.0]], [[True, True], [True, False]]), (MORE, whole(6, 5, 2, 3, 4) > -3),
        (ROWS.astype(int), EMPTY), (STACK, np.stack([ALLOWED, EMPTY])), ([[1.0, 1e12, 2.5]], [[True, False, True]]),
        ([[2.5], [0.5]], np.zeros((2, 1), dtype=bool))]),
    Exercise(leaks, what_counts=table_or_positions, inputs=[
        (without_mask, THREE), (with_causal_mask, THREE), (sees_the_last_token, FOUR), (with_a_window_of_2, FOUR),
        (second_head_without_mask, THREE), (filled_with_minus_20, FOUR), (passes_on_the_second_number, FOUR),
        (with_opposite_numbers, ZERO_ROW), (sees_only_the_next, ALIKE), (without_mask, [[0.0]]),
        (without_mask_after_layer_norm, WIDE)]),
    Exercise(sliding_window_mask, inputs=[(3, 2), (5, 3), (4, 1), (6, 4), (1, 3)]),
    Exercise(padding_and_causal, inputs=[
        ([[True, False], [True, True]],), ([[True, True, False], [False, True, True], [True, True, True]],),
        ([[False, True, True, True, True]],),
        ([[True, True, True, False], [True, False, True, True], [False] * 4, [False, False, False, True]],),
        ([[True], [False], [True]],)]),
    Exercise(test_masked_weights, inputs=[], tests="masked_weights"),
]
