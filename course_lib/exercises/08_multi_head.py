"""Notebook 08: the answers, and the inputs that tell them from the mistakes. All words stand in 08_multi_head.md."""
import numpy as np

from course_lib.examples import make_pocket
from course_lib.exercises.exercise import Exercise, uneven, whole
from course_lib.steps import apply_mask, attention, causal_mask, project, softmax

KEYS = make_pocket().K                                                # cat is key 1, chases key 2
ids = np.array([[1, 3, 4, 5, 2], [1, 3, 4, 2, 0], [1, 5, 2, 0, 0]])   # the notebook's three sentences


def split_heads(X, n_heads):
    """(..., seq_len, d_model), number → (..., n_heads, seq_len, d_k) with d_k = d_model / n_heads"""
    *batch, seq_len, d_model = X.shape
    return X.reshape(*batch, seq_len, n_heads, d_model // n_heads).swapaxes(-3, -2)


def merge_heads(X):
    """(..., n_heads, seq_len, d_v) → (..., seq_len, n_heads · d_v)"""
    *batch, n_heads, seq_len, d_v = X.shape
    return X.swapaxes(-3, -2).reshape(*batch, seq_len, n_heads * d_v)


def two_patterns():
    """A query with which each head follows a preference of its own, and a single head cannot choose: → (2,)"""
    return np.array([4, 6])


def mix_heads(findings, W_O):
    """Side by side, then mixed: (n_heads, n_q, d_v), (n_heads · d_v, d_model) → (n_q, d_model)"""
    concat = findings.swapaxes(0, 1).reshape(findings.shape[1], -1)
    return concat @ W_O


def padding_for_heads(is_token):
    """The mask of a padded batch, for all heads and queries: (batch, n_k) → (batch, 1, 1, n_k)"""
    return is_token[:, None, None, :]


def multi_head_attention(X, W_Q, W_K, W_V, W_O, mask=None):
    """X (..., n, d_model), projections, mask → (..., n, d_model), (..., n_heads, n, n)"""
    Q, K, V = (project(X, W) for W in (W_Q, W_K, W_V))
    findings, weights = attention(Q, K, V, mask)
    concat = merge_heads(findings)
    return concat @ W_O, weights


def test_attention(attention):
    """A function like attention → nothing, or an AssertionError if it is wrong"""
    sizes = [(3, 4), (5, 4), (5, 6)]                                # n_k is not n_q, d_v is not d_k
    rng = np.random.default_rng(8)
    Q, K, V = (rng.integers(1, 4, (2, 3, *size)) for size in sizes)         # two texts, three heads
    mask = np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0], [0, 1, 1, 1, 0]]) > 0
    output, weights = attention(Q, K, V, mask)
    assert output.shape == (2, 3, 3, 6) and np.allclose(output, weights @ V)
    assert np.allclose(weights.sum(axis=-1), mask.any(axis=-1))     # rows sum to 1, without a yes to 0
    alone = attention(Q[1, 2], K[1, 2], V[1, 2], mask)[1]           # a batch is the stack of its parts
    assert np.allclose(alone, weights[1, 2])
    assert not attention(Q, K, V, mask & False)[1].any()            # nobody may look at anything
    for far in (-30000, 30000):                                     # shift: all scores of a row
        assert np.allclose(attention(Q, K + far, V, mask)[1], weights)
    K[..., 4, :] = 30000                                            # leak: nobody may look at key 4
    assert np.allclose(attention(Q, K, V, mask)[1], weights)
    only_4 = np.array([False, False, False, False, True])           # a mask with fewer axes serves all
    assert np.allclose(attention(Q, K, V, only_4)[1], only_4)
    Q, K = np.array([[3 * np.log(3)] + [0] * 8]), np.eye(2, 9)      # by hand: exponentials 3 and 1
    output, weights = attention(Q, K, np.array([[8], [4]]))
    assert np.allclose(weights, [[0.75, 0.25]]) and np.allclose(output, [[7]])


def of_two_heads(result):
    """What the sheet asks of a query: whom the single head prefers, and which head is flat, 0.9 or less for its own token."""
    query = np.asarray(result)
    numbers = query if query.shape == (2,) and query.dtype.kind in "iuf" else np.zeros(2)
    lead = numbers @ (KEYS[1] - KEYS[2])                            # how far the single head prefers cat to chases
    single = ("tie" if abs(lead) < 1e-6 else "a tie but for rounding" if abs(lead) < 0.15 else
              "nearly a tie" if abs(lead) < 0.5 else "cat" if lead > 0 else "chases")
    weights = softmax((numbers * KEYS).mT)                          # a row for each head
    flat = [f"head {head} flat" for head, key in [(0, 1), (1, 2)] if weights[head, key] <= 0.9]
    heads = "both flat" if len(flat) == 2 else flat[0] if flat else "both sharp"
    return {"query": query, "single": single, "heads": heads}


def small(seed, *shape):
    """Whole numbers from -1 to 2."""
    return whole(seed, *shape, low=-1, high=2)


def projections(seed, n_heads, d_model, d_k, d_v):
    """W_Q, W_K, W_V and W_O"""
    return (small(seed, n_heads, d_model, d_k), small(seed + 1, n_heads, d_model, d_k),
            small(seed + 2, n_heads, d_model, d_v), small(seed + 3, n_heads * d_v, d_model))


def numbered(*shape):
    """Numbers that say where they stand: 121 is block 1, row 2, column 1."""
    return np.array([int("".join(map(str, place))) for place in np.ndindex(shape)]).reshape(shape)


PADDING = np.array([[True, True, True], [True, True, False]])[:, None, None, :]
BLIND = np.array([[True, False, True], [False, False, False], [False, True, True]])
SMALL = ([[1.0, 0.0], [1.0, 1.0]], [[[1.0], [1.0]], [[0.0], [1.0]]], [[[1.0], [2.0]], [[2.0], [-1.0]]],
         [[[2.0], [1.0]], [[1.0], [3.0]]], [[1.0, 2.0], [0.0, 1.0]])
PLAIN = small(5, 3, 4), *projections(10, 2, 4, 2, 2)
LARGE = ([[-200.0, 100.0], [200.0, 100.0], [100.0, 0.0]], small(164, 3, 2, 4), small(165, 3, 2, 4), small(72, 3, 2, 3),
         small(73, 9, 2))
UNEVEN = (uneven(865, 4, 2), *(uneven(seed, 2, 3, 2)[..., ::-1].mT for seed in (866, 867, 868)), uneven(869, 6, 2))

EXERCISES = [
    Exercise(split_heads, inputs=[
        (numbered(3, 4), 2), (numbered(4, 6), 2), (numbered(7, 6), 3), (numbered(2, 4, 4), 2), (numbered(2, 3), 1),
        (numbered(1, 6), 2), (numbered(3, 4, 5, 6), 2), (uneven(1, 2, 8), 4)]),
    Exercise(merge_heads, inputs=[
        (numbered(2, 3, 2),), (numbered(3, 2, 4),), (numbered(2, 2, 3, 2),), (numbered(3, 2, 4, 1),), (numbered(1, 1, 2),),
        (numbered(3, 4, 2, 5, 3),), (uneven(1, 4, 2, 3),)]),
    Exercise(two_patterns, what_counts=of_two_heads, inputs=[()]),
    Exercise(mix_heads, inputs=[
        (numbered(2, 3, 2), small(1, 4, 4)), (whole(2, 3, 6, 2, low=1), whole(3, 6, 6, low=1)),
        (small(4, 3, 5, 4) / 4, small(5, 12, 7) / 900), (uneven(893, 3, 4, 4).mT, uneven(894, 12, 5)),
        ([[[-2.0]]], [[2.0, 1.0, 4.0]])]),
    Exercise(padding_for_heads, inputs=[
        ([[True, True, False], [True, False, False]],),
        ([[True, True, True, False], [True, True, False, False], [False, False, False, False]],),
        ([[True, True, False], [True, False, False], [True, True, True]],), ([[True, False]],)]),
    Exercise(multi_head_attention, inputs=[
        SMALL, (*(array.astype(int) for array in PLAIN), causal_mask(3)),
        (small(6, 2, 3, 4), *projections(20, 2, 4, 2, 2), PADDING), (small(6, 2, 3, 4) / 2, *projections(50, 2, 4, 2, 2)),
        (small(8, 6, 5), *projections(41, 3, 5, 2, 4)), (small(9, 2, 3, 5, 6), *projections(60, 4, 6, 1, 1)), (*PLAIN, BLIND),
        (*PLAIN, np.zeros((3, 3), bool)), (*LARGE, causal_mask(3)), (*UNEVEN, causal_mask(4)),
        (small(7, 1, 2), *projections(30, 1, 2, 3, 1), causal_mask(1))]),
    Exercise(test_attention, inputs=[], tests="attention"),
]
