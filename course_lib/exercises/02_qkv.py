"""Notebook 02: the answers, and the inputs that tell them from the mistakes. All words stand in 02_qkv.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, shape_as_text, whole

A, B, C, D = np.array([[[1, 2], [3, 0]], [[1, 4], [0, 2]], [[0, 1], [2, 1]], [[2, 0], [1, 3]]], float)
X = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0], [1, 0, 0, 1]])         # what X stands for in the notebook
HUGE = 2**15                                   # beyond float16 when doubled; products of such are exact in float32


def one_query(x, W_Q):
    """The query of a single token: (d_model,), (d_model, d_k) → (d_k,)"""
    return x @ W_Q


def projected_shape(X_shape, W_shape):
    """The shape that project(X, W) has: (..., seq_len, d_model), (d_model, d_k) or (n_heads, d_model, d_k) → tuple"""
    *batch, seq_len, d_model = X_shape
    *heads, d_model, d_k = W_shape
    return (*batch, *heads, seq_len, d_k)


def one_sided(Q, K):
    """How much more token i scores with token j than j with i: (..., n, d_k), (..., n, d_k) → (..., n, n)"""
    scores = Q @ K.mT
    return scores - scores.mT


def repaired_qkv(X, W_Q, W_K, W_V):
    """Queries, keys and values: (..., seq_len, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v) → three arrays"""
    return X @ W_Q, X @ W_K, X @ W_V


def from_linear(X, weight):
    """What a Linear layer that stores `weight` makes of X: (..., seq_len, n_in), (n_out, n_in) → (..., seq_len, n_out)"""
    return X @ weight.mT


def project(X, W):
    """(..., seq_len, d_model), (d_model, d_k) or (n_heads, d_model, d_k) → (..., seq_len, d_k) or (..., n_heads, seq_len, d_k)"""
    if W.ndim == 3:
        X = X[..., None, :, :]
    return X @ W


def three_views(result, *arguments):
    """What counts of a result: three views; those of a dictionary are taken out, each alone, which is not the same."""
    return tuple((view,) for view in result.values()) if isinstance(result, dict) else result


EXERCISES = [
    Exercise(one_query, inputs=[
        ([1.0, -2.0], [[1.0, 0.0], [3.0, 1.0]]), ([1, 0, 0, 1], [[1, 2], [1, 0], [3, 0], [1, 1]]),
        (np.array([0.5, -2, 1]) / 16, [[1, 0, -3, 2, 70000], [0, 2, 1, 0, 0], [4, 1, 0, -2, 0]]), ([3.0], [[-0.5]]),
        ([4.0, -1000000], [[1, 0, 2], [-0.03125, 1, 0]])]),
    Exercise(projected_shape, what_counts=shape_as_text, inputs=[
        ((4, 4), (4, 2)), ((5, 6), (3, 6, 2)), ((2, 5, 16), (16, 8)), ((2, 5, 16), (2, 16, 8)), ((3, 5, 16), (2, 16, 8)),
        ((7, 3, 5, 16), (2, 16, 8)), ((1, 5, 3), (3, 3, 2)), ((4, 2, 5, 6), (6, 3))]),
    Exercise(one_sided, names=("cat", "chases", "mouse"), inputs=[
        ([[2.0, 1.0], [3.0, 0.0], [0.0, 1.0]], [[3.0, 1.0], [0.0, 3.0], [1.0, 2.0]]), (A.astype(int), B / 32),
        (whole(5, 3, 3, 2) / 32, whole(6, 3, 3, 2)), (whole(7, 2, 3, 3), whole(8, 2, 3, 3)),
        (HUGE * whole(9, 1, 2, 4, 1), HUGE * whole(10, 1, 2, 4, 1))]),
    Exercise(repaired_qkv, what_counts=three_views, inputs=[
        (A, B, C, D), (whole(11, 4, 3, low=0) / 32, whole(12, 3, 1), whole(13, 3, 1), whole(14, 3, 1)),
        (whole(11, 3, 4, low=0) / 32, whole(16, 4, 2) / 32, whole(17, 4, 2) / 32, whole(18, 4, 3) / 32),
        tuple(HUGE * array for array in (whole(19, 1, 2, 4, 3), whole(20, 3, 5), whole(21, 3, 5), whole(22, 3, 1)))]),
    Exercise(from_linear, inputs=[
        (A, B), (whole(31, 3, 2, low=0) / 32, whole(32, 4, 2)), (whole(33, 2, 4).astype(int), whole(34, 4, 4) / 32),
        (whole(35, 2, 3, 4), whole(43, 2, 4)), (whole(37, 3, 3, 3), whole(38, 3, 3)),
        (HUGE * whole(39, 1, 2, 4, 3), HUGE * whole(40, 1, 3))]),
    Exercise(project, inputs=[
        (A, B), (whole(41, 4, 3) / 32, whole(42, 3, 2)), (whole(43, 3, 2), np.stack([B, C])),
        (A.astype(int), np.stack([B, C]) / 32), (whole(43, 3, 2) / 32, whole(44, 3, 2, 4)), (whole(45, 1, 2), whole(46, 2, 3)),
        (whole(47, 3, 2), whole(48, 1, 2, 3)), (HUGE * whole(49, 2, 3, 4), whole(50, 4, 5)),
        (whole(51, 2, 3, 4), whole(52, 2, 4, 5)), (whole(57, 3, 4, 3), whole(58, 3, 3, 2)),
        (whole(53, 3, 5, 4), whole(54, 2, 4, 6)), (HUGE * whole(55, 1, 4, 3, 2), HUGE * whole(56, 5, 2, 6))]),
]
