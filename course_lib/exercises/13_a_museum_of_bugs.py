"""Notebook 13: the answers, and the inputs that tell them from the mistakes. All words stand in 13_a_museum_of_bugs.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, uneven, whole
from course_lib.steps import apply_mask, attention, causal_mask, softmax  # noqa: F401 (the sheet uses them)

ROWS = np.array([[1.0, 2.0, 0.5, -1.375], [0.0, -3.0, 3.125, 1.0], [-2.0, 4.0, 0.0, 1.0]])
SEEN = np.array([[True, False, False, True], [False, True, True, False], [True, True, True, True]])
EMPTY = np.array([[False, False, False, False], [True, True, False, False], [True, False, True, True]])
FRACTIONS = np.array([[0.3, 2.1, -1.4], [1.7, 0.24, 0.9], [-0.61, 1.13, 0.49]], np.float32)
LOW = np.array([[0.0, 0.0], [-31102.0234375, -31100.0078125]], np.float32)     # another 100000 less costs them a digit more
LOWER = np.array([[0.0, 0.0], [-1043576.0625, -1043576.0]], np.float32)        # another 10000 less costs them one, too
AT_THE_END = np.array([[0.0, 0.0], [1 - 2.0**53, 2 - 2.0**53]])                # the last whole numbers of float64
NO = -np.inf


def repaired_polarity(Q, K, V):
    """Attention in which no query sees a later token: Q, K (..., n, d_k), V (..., n, d_v) → output (..., n, d_v)"""
    n = Q.shape[-2]
    later = np.triu(np.ones((n, n), dtype=bool), k=1)
    output, weights = attention(Q, K, V, ~later)
    return output


def repaired_hiding(scores):
    """Weights of queries that see nothing after them: scores (..., n, n) → weights (..., n, n)"""
    n = scores.shape[-1]
    mask = np.triu(np.full((n, n), -np.inf, scores.dtype), k=1)
    return softmax(scores + mask)


def of_the_same_kind(weights, scores):
    """Weights as they are; right ones that are float64 where the scores are float32, or the other way round, in words."""
    kind = getattr(weights, "dtype", scores.dtype)                  # a list has none
    is_right = np.shape(weights) == scores.shape and np.allclose(weights, repaired_hiding(scores))
    return f"right weights, but {kind} for {scores.dtype}" if is_right and kind != scores.dtype else weights


def repaired_axis(scores, mask):
    """Each query shares out 1 among the keys it may see: scores (..., n_q, n_k), mask → weights (..., n_q, n_k)"""
    exponentials = np.exp(np.where(mask, scores, -np.inf))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def repaired_row(scores, mask):
    """A query that may see nobody gets zeros: scores (..., n_q, n_k), mask → weights (..., n_q, n_k)"""
    masked_scores = np.where(mask, scores, -np.inf)
    highest = masked_scores.max(axis=-1, keepdims=True)
    exponentials = np.exp(masked_scores - np.where(highest == -np.inf, 0, highest))
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / np.where(total == 0, 1, total)


def harmless_rows(added):
    """Which rows are harmless, as good as 0 and −∞? What is added to the scores, (..., n_q, n_k) → booleans (..., n_q)"""
    lowest = np.where(added > -np.inf, added, np.inf).min(axis=-1)
    return lowest == added.max(axis=-1)


def repaired_hands(d_model):
    """How far each hand turns from one position to the next, in radians: an even number → (d_model / 2,)"""
    hands = np.arange(d_model // 2)
    return 10000 ** (-hands / (d_model / 2))


EXERCISES = [
    Exercise(repaired_polarity, inputs=[
        ([[1.0, 2.0], [2.0, 3.0]], [[1.0, 0.0], [3.0, 1.0]], [[4.0], [1.0]]), (whole(1, 3, 2), whole(2, 3, 2), whole(3, 3, 5)),
        (whole(4, 2, 5, 3) / 4, whole(5, 2, 5, 3), whole(6, 2, 5, 2)), (whole(7, 1, 4), whole(8, 1, 4), whole(9, 1, 3)),
        (whole(10, 2, 3, 4, 2) / 8, whole(11, 2, 3, 4, 2), whole(12, 2, 3, 4, 3)),
        (whole(13, 6, 3), whole(14, 6, 3), whole(15, 6, 4)),
        (whole(16, 4, 3).astype(int), whole(17, 4, 3) / 8, whole(18, 4, 2)),
        ([[[1.0]], [[2.0]]], [[[2.0]], [[1.0]]], [[[3.0]], [[4.0]]]),
        (uneven(6, 4, 2), uneven(7, 4, 2)[:, ::-1], uneven(8, 4, 5))]),
    Exercise(repaired_hiding, what_counts=of_the_same_kind, inputs=[
        (np.array([[1.0, 3.0], [0.0, 3.0]], np.float32),), (whole(20, 3, 3).astype(np.float32),), (whole(21, 5, 5) / 8,),
        (whole(22, 2, 4, 4).astype(np.float32) / 2,), (whole(23, 3, 2, 3, 3),), ([[2.5]],),
        (FRACTIONS,), (np.stack([FRACTIONS.T, -FRACTIONS]),), (LOW,), (LOWER,), (AT_THE_END,)]),
    Exercise(repaired_axis, inputs=[
        ([[1.0, 3.0], [0.0, 3.0]], np.tri(2, dtype=bool)), (ROWS, SEEN), (whole(30, 4, 4) / 2, np.tri(4, dtype=bool)),
        (whole(31, 2, 3, 4), SEEN), (whole(32, 2, 3, 2, 5) / 4, np.ones((2, 5), dtype=bool)),
        ([[0.5], [2.0]], [[True], [True]])]),
    Exercise(repaired_row, inputs=[
        ([[1.0, 3.0], [0.0, 3.0]], [[False, False], [True, True]]), (ROWS, EMPTY), (ROWS * 1000, EMPTY), (ROWS, SEEN),
        (whole(40, 2, 3, 4) / 2, np.stack([EMPTY, SEEN])), (whole(41, 2, 2, 3, 4), EMPTY), ([[-2000.0, -2001.0]], [[True, True]]),
        ([[1.0, 2.0, 0.5]], np.zeros((1, 3), dtype=bool)), (whole(42, 3, 4) - 900, EMPTY[:, ::-1]),
        (np.array([[1.0, 4.0, 2.0, 3.0]]) * 2**15, [[True, False, True, True]]), ([[0.5], [2.0]], [[True], [True]]),
        (np.array([[-5.0, -4.0, 2.0]]) * 2**15, [[True, True, False]]),
        ([[1.0, 2.5], [-2000.0, -2001.0]], [[True, True], [True, True]]),
        ([[1.0, 2.0, 0.5], [0.0, 3.0, 1.0]], [[False, False, False], [True, False, True]])]),
    Exercise(harmless_rows, inputs=[
        ([[0.0, NO], [1.0, 0.0]],), ([[1.0, NO, NO], [1.0, 1.0, NO], [1.0, 1.0, 1.0]],),
        ([[0.0, NO, 0.0, 0.0], [2.0, NO, NO, 3.0], [-5.0, -5.0, NO, -5.0]],), ([[NO, -3.0, NO], [NO, 0.5, 0.25]],),
        ([[[1.0, NO], [2.0, 2.0]], [[0.0, 0.0], [NO, 7.0]], [[0.0, -1.0], [NO, 0.0]]],), ([[4.0, 4.0, 4.0], [4.0, 4.0, NO]],),
        ([[-0.5], [0.5], [2.0]],), ([[[2.0, 1.0]], [[0.5, 0.5]]],), ([[3.0]],), ([[0.5, NO, -0.5]],),
        (np.where(np.tri(4, 5, k=1) > 0, whole(50, 4, 1), NO),), ([[0.0, 1.0], [0.0, 1.0]],)]),
    Exercise(repaired_hands, inputs=[(16,), (4,), (2,), (6,), (64,), (10,)]),
]
