"""Notebook 12: the answers, and the inputs that tell them from the mistakes. They need no PyTorch. Words: 12_in_pytorch.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, uneven, whole
from course_lib.steps import attention, causal_mask

HUGE = 2**15                                    # beyond float16 when doubled; products of such are exact in float32


def to_additive(mask):
    """What is added to the scores: 0 where the query may attend, else −∞: mask (..., n_q, n_k), boolean → floats"""
    return np.where(mask, 0, -np.inf)


def masks_for_module(ids):
    """attn_mask and key_padding_mask, True = forbidden; id 0 is padding: (batch, n) → booleans (n, n), (batch, n)"""
    n = ids.shape[-1]
    return ~np.tri(n, dtype=bool), ids == 0


def bottom_right(n_q, n_k):
    """The causal mask for the last n_q of n_k tokens: two numbers, n_q at most n_k → mask (n_q, n_k)"""
    return np.tri(n_q, n_k, k=n_k - n_q, dtype=bool)


def carry_in(W_Q, W_K, W_V):
    """The course's matrices as in_proj_weight: three times (n_heads, d_model, d_k) → (3 · d_model, d_model)"""
    return np.vstack([np.hstack(W).T for W in (W_Q, W_K, W_V)])


def carry_out(in_proj_weight, n_heads):
    """Back into the course's matrices: (3 · d_model, d_model), a number → three times (n_heads, d_model, d_k)"""
    d_model = in_proj_weight.shape[1]
    blocks = in_proj_weight.reshape(3, n_heads, -1, d_model)
    W_Q, W_K, W_V = blocks.swapaxes(-2, -1)
    return W_Q, W_K, W_V


def scores_by_letters(Q, K):
    """Scores of heads that stand behind the tokens: (batch, n, n_heads, d_k) twice → (batch, n_heads, n_q, n_k)"""
    return np.einsum("bqhd,bkhd->bhqk", Q, K)


def heads_in_torch(X, W_Q, W_K, W_V, W_O):
    """All heads, causal: X (batch, n, d_model), three times (n_heads, d_model, d_k), W_O → output (batch, n, d_model)"""
    batch, n, d_model = X.shape
    Q, K, V = (X[:, None] @ W for W in (W_Q, W_K, W_V))             # (batch, n_heads, n, d_k)
    output, _ = attention(Q, K, V, causal_mask(n))
    return output.swapaxes(1, 2).reshape(batch, n, d_model) @ W_O


def numbers(result, *arguments):
    """What counts of a result: of tensors their numbers, watched or not."""
    if isinstance(result, tuple):
        return tuple(map(numbers, result))
    return result.detach().numpy() if hasattr(result, "detach") else result


def three_matrices(result, *arguments):
    """What counts of a result: its parts, in a tuple, a list, or an array with one axis more."""
    return tuple(result) if isinstance(result, (list, np.ndarray)) and np.ndim(result) == 4 else result


def heads(seed, n_heads, d_k, times=1):
    """Three different matrices for each head."""
    return tuple(times * whole(seed + i, n_heads, n_heads * d_k, d_k) for i in range(3))


def model(seed, batch, n, n_heads, d_k, huge=(), tiny=()):
    """X, W_Q, W_K, W_V and W_O, thirds, so small that no weight is nearly 1; where some are huge, others are as tiny."""
    d_model = n_heads * d_k
    shapes = (batch, n, d_model), *[(n_heads, d_model, d_k)] * 3, (d_model, d_model)
    return tuple(whole(seed + i, *shape) / 3 * HUGE ** ((i in huge) - (i in tiny)) for i, shape in enumerate(shapes))



EXERCISES = [
    Exercise(to_additive, inputs=[
        ([[True, False], [True, True]],), ([[False, True, True], [True, False, True]],), (whole(1, 3, 4) > 0,),
        ([[[True, False, True]], [[False, False, False]]],), (whole(2, 2, 3, 3) > -2,), (np.zeros((2, 2), dtype=bool),),
        ([[True]],)]),
    Exercise(masks_for_module, inputs=[
        ([[3, 4, 0]],), ([[1, 3, 4, 2], [1, 5, 2, 0], [1, 2, 0, 0]],), ([[0, 2], [3, 1], [1, 0], [0, 0]],),
        ([[1, 3, 4, 5, 2]] * 2,), ([[7], [0]],), ([[1, 2, 3], [4, 5, 0], [9, 0, 0]],)]),
    Exercise(bottom_right, inputs=[(1, 3), (2, 3), (3, 3), (2, 5), (4, 6), (1, 1)]),
    Exercise(carry_in, inputs=[
        tuple(np.array(W) for W in ([[[1, 2], [3, 4]]], [[[0, 1], [5, 2]]], [[[7, 0], [1, 3]]])), heads(10, 2, 1),
        heads(20, 2, 2, 1 / 32), heads(30, 3, 2), heads(40, 2, 3), tuple(W.astype(int) for W in heads(50, 1, 3)),
        tuple(uneven(80 + i, 2, 4, 2) for i in range(3)), heads(88, 1, 1)]),
    Exercise(carry_out, what_counts=three_matrices, inputs=[
        ([[1, 2], [3, 4], [0, 1], [5, 2], [7, 0], [1, 3]], 1), (whole(60, 6, 2), 2), (whole(61, 12, 4) / 32, 2),
        (whole(62, 18, 6), 3), (whole(63, 18, 6), 2), (whole(64, 12, 4), 4),
        (uneven(83, 12, 4), 2), (whole(89, 3, 1), 1)]),
    Exercise(scores_by_letters, inputs=[
        ([[[[1, 2]]]], [[[[3, 1]], [[0, 4]]]]), (whole(70, 1, 2, 3, 2), whole(71, 1, 2, 3, 2)),
        (whole(72, 2, 3, 2, 4) / 32, whole(73, 2, 5, 2, 4)), (whole(74, 3, 2, 2, 2), whole(75, 3, 2, 2, 2)),
        (whole(76, 2, 4, 3, 1), whole(77, 2, 1, 3, 1)), (whole(78, 2, 3, 3, 3), whole(79, 2, 3, 3, 3)),
        (HUGE * whole(84, 2, 2, 3, 4), HUGE * whole(85, 2, 3, 3, 4)), (whole(86, 1, 2, 2, 3), whole(87, 1, 3, 2, 3) / HUGE)]),
    Exercise(heads_in_torch, what_counts=numbers, inputs=[
        model(90, 1, 2, 1, 2), model(100, 1, 3, 2, 1), model(110, 2, 4, 2, 2), model(120, 3, 3, 3, 2), model(130, 2, 5, 2, 3),
        model(140, 1, 1, 2, 2), model(150, 2, 3, 2, 2, [0], [1, 2, 3]), model(160, 1, 4, 2, 2, [1, 3], [2, 4]),
        model(170, 2, 3, 1, 3, [2, 4], [1, 3]), model(180, 2, 3, 1, 1)]),
]
