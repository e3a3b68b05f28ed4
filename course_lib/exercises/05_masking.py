"""Exercises of notebook 05: who may look at whom."""
import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Exercise

INF = np.inf


def sliding_window_mask(n, width):
    """Each query sees itself and the keys before it, `width` keys at most: two numbers → mask (n, n)"""
    return np.tri(n, dtype=bool) & ~np.tri(n, k=-width, dtype=bool)


def padding_and_causal(is_token):
    """A key may be seen if it is a token, not padding, and does not come after the query: (batch, n_k) → (batch, n_q, n_k)"""
    n = is_token.shape[-1]
    return is_token[:, None, :] & np.tri(n, dtype=bool)


def masked_weights(scores, mask):
    """Weights in which forbidden keys have no share: scores (..., n_q, n_k), mask → weights (..., n_q, n_k)"""
    exponentials = np.exp(np.where(mask, scores, -np.inf))
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / np.where(total == 0, 1, total)


def leaks(attend, X):
    """The leak test: a function and X (n, d) → (n, n), True at [i, j] where token j, after i, changes output i"""
    n = len(X)
    changes = np.zeros((n, n), dtype=bool)
    for j in range(n):
        changed = X.copy()
        changed[j] += 1
        changes[:, j] = (attend(changed) != attend(X)).any(axis=-1)
    return np.triu(changes, k=1)


# Masks for the mistakes

def _tri(n_q, n_k=None, k=0):
    return np.tri(n_q, n_k, k, dtype=bool)


def _causal(is_token):
    return _tri(is_token.shape[-1])


def _window_by_loop(n, width):
    mask = np.zeros((n, n), dtype=bool)
    for i in range(n):
        for j in range(i - width + 1, i + 1):
            mask[i, j] = True
    return mask


def _window_by_slices(n, width):
    mask = np.zeros((n, n), dtype=bool)
    for i in range(n):
        mask[i, i - width + 1:i + 1] = True
    return mask


# Weights for the mistakes

def _shares(exponentials):
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _safe_shares(exponentials):
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / np.where(total == 0, 1, total)


def _at_least_1(scores, mask):
    exponentials = np.exp(np.where(mask, scores, -INF))
    return exponentials / np.maximum(exponentials.sum(axis=-1, keepdims=True), 1)


def _over_axis_1(exponentials):
    total = exponentials.sum(axis=1, keepdims=True)
    return exponentials / np.where(total == 0, 1, total)


def _without_keepdims(scores, mask):
    exponentials = np.exp(np.where(mask, scores, -INF))
    total = exponentials.sum(axis=-1)
    return exponentials / np.where(total == 0, 1, total)


# What a learner's leak test is tried on: small models, whose names say what they see

def _attend(scores, X):
    return (steps.softmax(scores)[:, :, None] * X).sum(axis=1)


def _scores(X):
    if np.ndim(X) != 2:
        raise ValueError("attend takes one whole X, of shape (n, d)")
    return (X[:, None] * X).sum(axis=-1)


def without_mask(X):
    return _attend(_scores(X), X)


def with_causal_mask(X):
    return _attend(np.where(_tri(len(X)), _scores(X), -INF), X)


def sees_one_ahead(X):
    return _attend(np.where(_tri(len(X), k=1), _scores(X), -INF), X)


def sees_the_last_token(X):
    return _attend(np.where(_tri(len(X)) | (np.arange(len(X)) == len(X) - 1), _scores(X), -INF), X)


def with_a_window_of_2(X):
    return _attend(np.where(sliding_window_mask(len(X), 2), _scores(X), -INF), X)


def second_head_without_mask(X):
    return np.concatenate([with_causal_mask(X), without_mask(X)], axis=-1)


def filled_with_minus_20(X):
    return _attend(np.where(_tri(len(X)), _scores(X), -20), X)


def passes_on_the_second_number(X):
    return _attend(np.zeros_like(_scores(X)), X[:, [1, 1]])


def with_opposite_numbers(X):
    return _attend(np.zeros_like(_scores(X)), np.outer(X.sum(axis=1), [1, -1]))


ZERO_ROW = np.array([[1.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
THREE = np.array([[1.0, 0.0], [0.0, 2.0], [2.0, 1.0]])
FOUR = np.array([[1.0, 0.0], [0.0, 2.0], [2.0, 1.0], [1.0, 3.0]])


def _changes(attend, X, change=lambda X, j: X + (np.arange(len(X)) == j)[:, None],
             differ=lambda now, before: (now != before).any(axis=-1)):
    """Column j: which outputs differ when X is changed for token j."""
    return np.stack([differ(attend(change(X, j)), attend(X)) for j in range(len(X))], axis=1)


def _changed_by(change):
    def mistake(attend, X):
        return np.triu(_changes(attend, X, change), k=1)
    return mistake


def _rows_of_leaks(attend, X, differ=lambda now, before: (now != before).any()):
    later = np.triu(np.ones((len(X), len(X)), dtype=bool), k=1)
    leaky = [differ(attend(X + later[i][:, None])[i], attend(X)[i]) for i in range(len(X))]
    return later & np.array(leaky)[:, None]


def _table_or_positions(result, attend, X):
    """The result, or in words that it is a list of positions, in whatever order and form."""
    found = np.asarray(result)
    positions = found.dtype.kind in "iuf" and (found.ndim == 2 and found.shape[1] == 2 or found.shape == (0,))
    return "a list of positions" if positions else result


def _along_the_wrong_axis(attend, X):
    changes = np.zeros((len(X), len(X)), dtype=bool)
    for j in range(len(X)):
        changed = X.copy()
        changed[j] += 1
        changes[:, j] = (attend(changed) != attend(X)).any(axis=0)
    return np.triu(changes, k=1)


# Scores and masks for the last step

ROWS = np.array([[1.0, 2.0, 0.5, -1.0], [0.0, -3.0, 3.0, 1.0], [-2.0, 4.0, 0.0, 1.0]])
STACK = np.stack([ROWS, ROWS[::-1] * 2 + 1])
ALLOWED = np.array([[True, False, False, True], [False, True, True, False], [True, True, False, True]])
EMPTY = np.array([[False, False, False, False], [True, True, False, False], [True, False, True, True]])


def _index_in_a_copy(scores, mask):
    masked_scores = scores.copy()
    masked_scores[~mask] = -INF
    return masked_scores


def _two_loops(scores, mask):
    masked_scores = np.full(scores.shape, -INF)
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            if mask[i, j]:
                masked_scores[i, j] = scores[i, j]
    return masked_scores


EXERCISES = [
    Exercise(sliding_window_mask, inputs=[(3, 2), (5, 3), (4, 1), (6, 4), (4, 4)]),
    Exercise(padding_and_causal, inputs=[(np.array([[True, False], [True, True]]),),
                (np.array([[True, True, False], [False, True, True], [True, True, True]]),),
                (np.array([[False, True, True, True]]),),
                (np.array([[True, True, True, False], [True, False, True, True], [True, True, False, False],
                           [False, False, False, True]]),)]),
    Exercise(masked_weights, inputs=[(np.array([[1.0, 2.0], [0.0, 3.0]]), _tri(2)), (ROWS, ALLOWED),
                (np.array([[-8.0, -10.0], [-9.0, 4.0]]), np.array([[True, True], [True, False]])),
                (STACK, np.stack([ALLOWED, ALLOWED])), (ROWS, EMPTY),
                (STACK, np.stack([ALLOWED, EMPTY])),
                (np.array([[1.0, 1000.0, 2.0], [1000.0, 0.0, 1.0]]), np.array([[True, False, True], [False, True, True]]))]),
    Exercise(leaks, inputs=[(without_mask, THREE), (with_causal_mask, THREE), (sees_one_ahead, FOUR), (sees_the_last_token, FOUR),
                (with_a_window_of_2, FOUR), (second_head_without_mask, THREE), (filled_with_minus_20, FOUR),
                (passes_on_the_second_number, FOUR), (with_opposite_numbers, ZERO_ROW)], what_counts=_table_or_positions),
    Exercise(steps.causal_mask, inputs=[(2,), (4,), (2, 4), (5, 3), (1, 3)]),
    Exercise(steps.apply_mask, inputs=[(np.array([[1.0, 5.0], [2.0, 7.0]]), _tri(2)), (ROWS, ALLOWED), (np.where(_tri(3, 4), ROWS, -INF), ALLOWED),
                (STACK, ALLOWED), (STACK, np.array([[[True, True, False, True]], [[False, False, False, True]]])),
                (ROWS, np.array([True, False, True, True])), (ROWS, EMPTY)]),
]
