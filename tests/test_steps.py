"""The steps against loops written from the definitions, against properties, and against bad input."""
import math

import numpy as np
import pytest

from course_lib import (apply_mask, attention, causal_mask, embed, merge_heads, multi_head_attention, project,
                        scale, score, sinusoidal_positions, softmax, split_heads, weighted_sum)
from tests.each import each

RNG = np.random.default_rng(0)
# Sizes that all differ, so that no axis can be taken for another.
BATCH, N_HEADS, N_Q, N_K, D_K, D_V, D_MODEL = (2, 3), 4, 5, 6, 7, 8, 12
Q, K, V = (RNG.normal(size=(*BATCH, n, d)) for n, d in ((N_Q, D_K), (N_K, D_K), (N_K, D_V)))
X = RNG.normal(size=(*BATCH, N_Q, D_MODEL))
W_Q, W_K = RNG.normal(size=(2, N_HEADS, D_MODEL, D_K))
W_V, W_O = RNG.normal(size=(N_HEADS, D_MODEL, D_V)), RNG.normal(size=(N_HEADS * D_V, D_MODEL))
MASK = RNG.random((*BATCH, N_Q, N_K)) < 0.6
MASK[0, 0, 2] = False                         # one query that may attend to nothing


def attention_by_loop(Q, K, V, mask):
    """One sequence, written from the definition with Python's own arithmetic. → output, weights as nested lists."""
    weights, output = [], []
    for query, may_attend in zip(Q.tolist(), mask.tolist(), strict=True):
        terms = [math.exp(sum(a * b for a, b in zip(query, key, strict=True)) / math.sqrt(len(query))) if may else 0.0
                 for key, may in zip(K.tolist(), may_attend, strict=True)]
        weights.append([term / (sum(terms) or 1) for term in terms])
        output.append([sum(w * value[c] for w, value in zip(weights[-1], V.tolist(), strict=True)) for c in range(V.shape[1])])
    return output, weights


def matmul_by_loop(A, B):
    """The matrix product of two matrices, entry by entry."""
    return [[sum(A[i, c] * B[c, j] for c in range(A.shape[1])) for j in range(B.shape[1])] for i in range(A.shape[0])]


# The loop is the oracle

def test_embed_adds_the_row_of_the_token_and_the_row_of_the_place():
    """X[b, i] is E_token[ids[b, i]] + E_pos[i], for every sequence of a batch, also when the table of places is longer."""
    ids, E_token, E_pos = np.array([[3, 0, 3], [1, 2, 2]]), RNG.normal(size=(4, 5)), RNG.normal(size=(6, 5))
    by_loop = [[[E_token[ids[b, i], c] + E_pos[i, c] for c in range(5)] for i in range(3)] for b in range(2)]
    np.testing.assert_allclose(embed(ids, E_token, E_pos), by_loop, rtol=1e-15)


def test_sinusoidal_positions_follow_the_formula():
    """Columns 2i and 2i + 1 are the sine and the cosine of pos / 10000^(2i / d_model)."""
    by_loop = [[(math.sin, math.cos)[c % 2](pos / 10000 ** ((c - c % 2) / 6)) for c in range(6)] for pos in range(50)]
    np.testing.assert_allclose(sinusoidal_positions(50, 6), by_loop, atol=1e-15)


def test_project_multiplies_every_row_by_the_matrix_of_each_head():
    """One matrix gives (..., seq_len, d_k); a stack of them gives (..., n_heads, seq_len, d_k), head h by its own matrix."""
    heads = project(X, W_Q)
    assert heads.shape == (*BATCH, N_HEADS, N_Q, D_K)
    for b in np.ndindex(BATCH):
        np.testing.assert_allclose(project(X, W_V[1])[b], matmul_by_loop(X[b], W_V[1]), rtol=1e-12)
        for h in range(N_HEADS):
            np.testing.assert_allclose(heads[(*b, h)], matmul_by_loop(X[b], W_Q[h]), rtol=1e-12)


def test_score_is_the_dot_product_of_query_and_key():
    """Row i, column j is query i times key j, component by component, added up."""
    for b in np.ndindex(BATCH):
        np.testing.assert_allclose(score(Q, K)[b], matmul_by_loop(Q[b], np.transpose(K[b])), rtol=1e-12)


def test_scale_divides_by_the_root_of_d_k():
    """d_k = 16 divides by 4, and a single number may be scaled as well."""
    np.testing.assert_array_equal(scale([[8, -4], [0, 2]], 16), [[2, -1], [0, 0.5]])
    assert scale(3, 9) == 1


@pytest.mark.parametrize("n_q, n_k", [(1, 1), (4, 4), (3, 5), (5, 3), (0, 2), (2, 0)])
def test_causal_mask_lets_query_i_see_keys_0_to_i(n_q, n_k):
    """The triangle starts at the top left whatever the shape; True = may attend."""
    mask = causal_mask(n_q, n_k)
    assert mask.dtype == bool and mask.shape == (n_q, n_k)
    assert mask.tolist() == [[j <= i for j in range(n_k)] for i in range(n_q)]


def test_padding_at_the_end_needs_no_mask_of_its_own_beside_a_causal_one():
    """No token may look at it anyway, as the notes of 05 say."""
    assert np.array_equal((causal_mask(4) & [True, True, False, False])[:2], causal_mask(4)[:2])


def test_causal_mask_is_square_unless_told_otherwise():
    """Without n_k there are as many keys as queries."""
    assert causal_mask(3).shape == (3, 3)


def test_apply_mask_keeps_what_may_be_seen_and_hides_the_rest():
    """Where the mask is True the score stays, bit for bit; elsewhere it is -inf. The given scores are not touched."""
    scores = score(Q, K)
    before = scores.copy()
    masked = apply_mask(scores, MASK)
    assert np.array_equal(masked[MASK], scores[MASK]) and np.all(np.isneginf(masked[~MASK]))
    assert np.array_equal(scores, before)


def test_softmax_is_exponentials_over_their_sum():
    """Each row of the last axis on its own, -inf giving 0."""
    rows = RNG.normal(size=(3, 4, 5))
    rows[1, 2, 3] = -np.inf
    for i in np.ndindex(3, 4):
        terms = [math.exp(x) for x in rows[i]]
        np.testing.assert_allclose(softmax(rows)[i], [term / sum(terms) for term in terms], rtol=1e-12)


def test_weighted_sum_adds_the_values_by_their_weights():
    """Output i is the sum over j of weight (i, j) times value j."""
    weights = RNG.random((*BATCH, N_Q, N_K))
    for b in np.ndindex(BATCH):
        np.testing.assert_allclose(weighted_sum(weights, V)[b], matmul_by_loop(weights[b], V[b]), rtol=1e-12)


def test_attention_agrees_with_the_loop():
    """Output and weights, with batch axes, n_q ≠ n_k, d_k ≠ d_v, a mask and a query that may attend to nothing."""
    output, weights = attention(Q, K, V, MASK)
    for b in np.ndindex(BATCH):
        output_by_loop, weights_by_loop = attention_by_loop(Q[b], K[b], V[b], MASK[b])
        np.testing.assert_allclose(output[b], output_by_loop, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(weights[b], weights_by_loop, rtol=1e-12)


def test_no_mask_means_that_all_may_be_seen():
    """mask=None equals a mask of nothing but True."""
    for ours, theirs in zip(attention(Q, K, V), attention(Q, K, V, np.ones((N_Q, N_K), bool)), strict=True):
        assert np.array_equal(ours, theirs)


def test_head_h_is_its_columns():
    """split_heads gives head h the columns h·d_k to (h + 1)·d_k, and merge_heads puts them back."""
    heads = split_heads(X, 3)
    assert heads.shape == (*BATCH, 3, N_Q, 4)
    for h in range(3):
        assert np.array_equal(heads[..., h, :, :], X[..., 4 * h:4 * (h + 1)])
    assert np.array_equal(merge_heads(heads), X)


def test_split_heads_undoes_merge_heads():
    """Also for heads that never came from one matrix."""
    heads = project(X, W_V)
    assert np.array_equal(split_heads(merge_heads(heads), N_HEADS), heads)


def test_multi_head_attention_agrees_with_a_loop_over_heads():
    """Each head attends alone with its own matrices; the outputs lie side by side, head 0 first, and W_O mixes them."""
    mask = causal_mask(N_Q)
    output, weights = multi_head_attention(X, W_Q, W_K, W_V, W_O, mask)
    for b in np.ndindex(BATCH):
        side_by_side = [[] for _ in range(N_Q)]
        for h in range(N_HEADS):
            head_output, head_weights = attention_by_loop(X[b] @ W_Q[h], X[b] @ W_K[h], X[b] @ W_V[h], mask)
            np.testing.assert_allclose(weights[(*b, h)], head_weights, rtol=1e-10, atol=1e-15)
            side_by_side = [left + right for left, right in zip(side_by_side, head_output, strict=True)]
        np.testing.assert_allclose(output[b], matmul_by_loop(np.array(side_by_side), W_O), rtol=1e-9)


# Properties

def test_rows_of_weights_sum_to_one():
    """Every row, unless it may attend to nothing; and no weight is negative."""
    weights = attention(Q, K, V, MASK)[1]
    np.testing.assert_allclose(weights.sum(axis=-1), MASK.any(axis=-1), rtol=1e-12)
    assert np.all(weights >= 0) and np.all(weights[~MASK] == 0)


@pytest.mark.parametrize("shift", [1.0, -50.0, 1e4, -1e4])
def test_softmax_does_not_change_when_a_row_is_shifted(shift):
    """The same number added to a whole row leaves its weights alone, however large it is."""
    rows = RNG.normal(size=(4, 6))
    np.testing.assert_allclose(softmax(rows + shift), softmax(rows), rtol=1e-10)


def test_softmax_at_the_extremes():
    """±1e4 do not overflow, -inf weighs nothing, a single score weighs 1, and a row of -inf weighs 0."""
    np.testing.assert_array_equal(softmax([1e4, -1e4]), [1, 0])
    np.testing.assert_array_equal(softmax([-1e4, -1e4]), [0.5, 0.5])
    np.testing.assert_array_equal(softmax([[-np.inf, 3.0]]), [[0, 1]])
    np.testing.assert_array_equal(softmax([[-7.0]]), [[1]])
    np.testing.assert_array_equal(softmax([[-np.inf, -np.inf], [0, 0]]), [[0, 0], [0.5, 0.5]])


def test_a_query_that_may_attend_to_nothing_gathers_nothing():
    """Weights and output are 0, not NaN, with a mask that forbids all and with no keys at all."""
    output, weights = attention(Q, K, V, MASK)
    assert not weights[0, 0, 2].any() and not output[0, 0, 2].any() and weights[0, 0, 1].any()
    output, weights = attention(Q, K[..., :0, :], V[..., :0, :])
    assert weights.shape == (*BATCH, N_Q, 0) and output.shape == (*BATCH, N_Q, D_V) and not output.any()


def test_permuting_the_keys_with_their_values_changes_nothing():
    """Without a mask attention does not know in which order the keys stand."""
    order = RNG.permutation(N_K)
    np.testing.assert_allclose(attention(Q, K[..., order, :], V[..., order, :])[0], attention(Q, K, V)[0], rtol=1e-10)


def test_permuting_the_tokens_permutes_the_output():
    """Multi-head attention without mask: the same rows in another order."""
    order = RNG.permutation(N_Q)
    permuted = multi_head_attention(X[..., order, :], W_Q, W_K, W_V, W_O)[0]
    np.testing.assert_allclose(permuted, multi_head_attention(X, W_Q, W_K, W_V, W_O)[0][..., order, :], rtol=1e-9)


def test_no_future_token_leaks():
    """With the causal mask, changing token t leaves every output before t the same, bit for bit."""
    before = multi_head_attention(X, W_Q, W_K, W_V, W_O, causal_mask(N_Q))[0]
    for t in range(N_Q):
        changed = X.copy()
        changed[..., t, :] += 1
        after = multi_head_attention(changed, W_Q, W_K, W_V, W_O, causal_mask(N_Q))[0]
        assert np.array_equal(after[..., :t, :], before[..., :t, :]) and not np.allclose(after[..., t, :], before[..., t, :])


def test_a_batch_is_the_stack_of_its_sequences():
    """Every function of the chain gives for a batch what it gives for each sequence alone."""
    output, weights = multi_head_attention(X, W_Q, W_K, W_V, W_O, causal_mask(N_Q))
    for b in np.ndindex(BATCH):
        single_output, single_weights = multi_head_attention(X[b], W_Q, W_K, W_V, W_O, causal_mask(N_Q))
        np.testing.assert_allclose(output[b], single_output, rtol=1e-9)
        np.testing.assert_allclose(weights[b], single_weights, rtol=1e-9)


def test_masks_broadcast_over_batch_and_heads():
    """A padding mask (batch, 1, 1, n_k) hides the same keys from every head and query of its sequence."""
    padding = np.array([[1, 1, 1, 0, 0], [1, 1, 0, 0, 0]], bool)
    weights = multi_head_attention(X[:, 0], W_Q, W_K, W_V, W_O, padding[:, None, None, :])[1]
    assert np.array_equal(weights > 0, np.broadcast_to(padding[:, None, None, :], weights.shape))


def test_no_step_changes_its_inputs():
    """The arrays that go in are afterwards what they were before."""
    arrays = [Q, K, V, X, W_Q, W_K, W_V, W_O, MASK]
    before = [array.copy() for array in arrays]
    attention(Q, K, V, MASK), multi_head_attention(X, W_Q, W_K, W_V, W_O), scale(X, 4), softmax(X), merge_heads(split_heads(X, 3))
    embed([0, 1], W_O, W_O)
    assert all(map(np.array_equal, arrays, before))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_keep_their_dtype(dtype):
    """float32 in, float32 out, through the whole chain and each of its steps."""
    x, w_q, w_k, w_v, w_o = (a.astype(dtype) for a in (X, W_Q, W_K, W_V, W_O))
    results = [*multi_head_attention(x, w_q, w_k, w_v, w_o, causal_mask(N_Q)), scale(x, 4), softmax(x), split_heads(x, 2),
               embed([0, 1], w_o, w_o), apply_mask(x, np.zeros(x.shape, bool)), softmax(np.full((1, 2), -np.inf, dtype))]
    assert {result.dtype for result in results} == {np.dtype(dtype)}


def test_integers_become_float64():
    """Whole numbers are welcome everywhere, and lists as well."""
    whole = [[1, 2], [3, 4]]
    results = [project(whole, whole), score(whole, whole), scale(whole, 2), softmax(whole), weighted_sum(whole, whole),
               apply_mask(whole, causal_mask(2)), split_heads(whole, 2), merge_heads([whole]), embed([1, 0], whole, whole)]
    assert {result.dtype for result in results} == {np.dtype(np.float64)}
    assert np.array_equal(embed(np.uint8([1, 0]), np.uint8(whole), whole), embed([1, 0], whole, whole))


@pytest.mark.parametrize("setting", ["raise", "warn"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_np_seterr_changes_no_step(setting, dtype):
    """The smallest, the largest and no numbers give, bit for bit, what they give under "ignore": no error and no warning."""
    limits = np.finfo(dtype)
    A = np.array([[limits.smallest_subnormal, limits.max, limits.min], [np.inf, -np.inf, np.nan], [-0.0, -limits.tiny, 1]], dtype)

    def results():
        return [embed([0, 1, 2], A, A), project(A, A), score(A, A), scale(A, 7), apply_mask(A, causal_mask(3)), softmax(A),
                weighted_sum(A, A), *attention(A, A, A), *multi_head_attention(A, A[None], A[None], A[None], A),
                sinusoidal_positions(50, 64), merge_heads(split_heads(A, 3))]

    with np.errstate(all="ignore"):
        expected = results()
    with np.errstate(all=setting):
        assert [result.tobytes() for result in results()] == [result.tobytes() for result in expected]


def test_nan_passes_through_and_is_not_hidden():
    """A NaN in one query spoils that query's row and no other; a NaN in a value that is attended to shows in the output."""
    q, v = Q.copy(), V.copy()
    q[0, 1, 3, 0] = np.nan
    output, weights = attention(q, K, V)
    spoilt = np.isnan(output).any(axis=-1)
    assert np.array_equal(spoilt, np.isnan(weights).any(axis=-1)) and spoilt.sum() == 1 and spoilt[0, 1, 3]
    assert np.isnan(softmax([[np.nan, 1.0], [np.nan, np.nan]])).all()
    assert np.isnan(weighted_sum([[1.0, 0.0]], [[2.0], [np.nan]])).all()          # 0 times NaN is NaN
    assert np.isneginf(apply_mask([[np.nan]], [[False]])).all()                   # a forbidden score is replaced, whatever it was
    v[..., 0, 0] = np.nan
    assert np.isnan(attention(Q, K, v)[0][..., 0]).all() and not np.isnan(attention(Q, K, v)[0][..., 1:]).any()


# Bad input

ones = np.ones
BAD = {
    "Q (5, 8) and K (5, 6) must agree in their last axis, d_k": lambda: score(ones((5, 8)), ones((5, 6))),
    "Q (2, 5, 8) and K (3, 5, 8) must have batch axes (all but the last two) that broadcast":
        lambda: score(ones((2, 5, 8)), ones((3, 5, 8))),
    "Q (8,) must have at least 2 axes": lambda: score(ones(8), ones((5, 8))),
    "Q must hold real numbers, not <U1": lambda: score([["a"]], [[1]]),
    "K must hold real numbers, not complex128": lambda: score([[1]], [[1j]]),
    "Q must hold real numbers, not bool": lambda: score([[True]], [[1]]),
    "Q must be a rectangular array": lambda: score([[1, 2], [3]], [[1]]),
    "the last axis of X (5, 4) must be as long as W (3, 2) has rows, d_model": lambda: project(ones((5, 4)), ones((3, 2))),
    "W (1, 2, 3, 4) must be (d_model, d_k) or (n_heads, d_model, d_k)": lambda: project(ones((5, 3)), ones((1, 2, 3, 4))),
    "d_k must be 1 or more, not 0": lambda: scale([[1]], 0),
    "d_k must be a whole number, not 2.5": lambda: scale([[1]], 2.5),
    "n_q must be a whole number, not True": lambda: causal_mask(True),
    "n_q must be 0 or more, not -1": lambda: causal_mask(-1),
    "n_k must be a whole number, not 'many'": lambda: causal_mask(2, "many"),
    "mask must hold booleans (True = may attend), not int64": lambda: apply_mask(ones((2, 2)), ones((2, 2), np.int64)),
    "mask (3, 3) must broadcast to the scores (2, 2)": lambda: apply_mask(ones((2, 2)), causal_mask(3)),
    "mask (4, 2, 2) must broadcast to the scores (2, 2)": lambda: apply_mask(ones((2, 2)), ones((4, 2, 2), bool)),
    "scores () must have at least 1 axis": lambda: softmax(3.0),
    "the last axis of weights (5, 4) must be as long as V (3, 2) has rows, n_k": lambda: weighted_sum(ones((5, 4)), ones((3, 2))),
    "n_heads 5 must divide d_model, the last axis of X (3, 16)": lambda: split_heads(ones((3, 16)), 5),
    "n_heads must be 1 or more, not 0": lambda: split_heads(ones((3, 16)), 0),
    "X (3, 16) must have at least 3 axes": lambda: merge_heads(ones((3, 16))),
    "ids is empty": lambda: embed([], ones((3, 4)), ones((5, 4))),
    "ids must hold whole numbers, not float64": lambda: embed([0.0, 1.0], ones((3, 4)), ones((5, 4))),
    "ids must be a sequence of ids, not the single number 2": lambda: embed(2, ones((3, 4)), ones((5, 4))),
    "ids go from 0 to 3, but E_token has rows 0 to 2": lambda: embed([0, 3], ones((3, 4)), ones((5, 4))),
    "ids go from -1 to 2, but E_token has rows 0 to 2": lambda: embed([2, -1], ones((3, 4)), ones((5, 4))),
    "ids (6,) has 6 tokens, but E_pos only 5 rows": lambda: embed([0] * 6, ones((3, 4)), ones((5, 4))),
    "E_token (3, 4) and E_pos (5, 1) must agree in their last axis, d_model": lambda: embed([0], ones((3, 4)), ones((5, 1))),
    "E_token (3, 4) and E_pos (1, 5, 4) must have two axes each": lambda: embed([0], ones((3, 4)), ones((1, 5, 4))),
    "X (2,) must have at least 2 axes": lambda: project(ones(2), ones((2, 2))),
    "W (2,) must have at least 2 axes": lambda: project(ones((2, 2)), ones(2)),
    "scores (2,) must have at least 2 axes": lambda: apply_mask(ones(2), ones(2, bool)),
    "X (16,) must have at least 2 axes": lambda: split_heads(ones(16), 2),
    "n_k must be 0 or more, not -1": lambda: causal_mask(2, -1),
    "d_model must be 1 or more, not 0": lambda: sinusoidal_positions(4, 0),
    "mask (2, 5, 5) must broadcast to the scores (2, 4, 5, 5)":
        lambda: multi_head_attention(X[:, 0], W_Q, W_K, W_V, W_O, ones((2, 5, 5), bool)),
    "and W_V (12, 8) must have three axes each": lambda: multi_head_attention(X, W_Q, W_K, W_V[0], W_O),
    "and W_V (3, 12, 8) must agree in n_heads and d_model": lambda: multi_head_attention(X, W_Q, W_K, W_V[:3], W_O),
    "d_model must be even, not 5": lambda: sinusoidal_positions(4, 5),
    "seq_len must be 1 or more, not 0": lambda: sinusoidal_positions(0, 4),
    "W_Q (12, 7), W_K (4, 12, 7) and W_V (4, 12, 8) must have three axes each":
        lambda: multi_head_attention(X, W_Q[0], W_K, W_V, W_O),
    "must agree in n_heads and d_model": lambda: multi_head_attention(X, W_Q[:1], W_K, W_V, W_O),
    "W_O (12, 32) must be (n_heads * d_v, d_model), which is (32, 12)": lambda: multi_head_attention(X, W_Q, W_K, W_V, W_O.T),
}


@each(BAD)
def test_bad_input_is_named(message):
    """A wrong shape, dtype or size raises ValueError that says what was given and what was expected."""
    with pytest.raises(ValueError) as caught:
        BAD[message]()
    assert message in str(caught.value)


@pytest.mark.parametrize("call, name", [
    (lambda bad: embed([0], bad, E_pos=np.ones((2, 3))), "E_token"), (lambda bad: embed([0], np.ones((2, 3)), bad), "E_pos"),
    (lambda bad: project(bad, W_V[0]), "X"), (lambda bad: project(X, bad), "W"), (lambda bad: score(bad, K), "Q"),
    (lambda bad: score(Q, bad), "K"), (lambda bad: scale(bad, 4), "scores"), (lambda bad: apply_mask(bad, True), "scores"),
    (lambda bad: softmax(bad), "scores"), (lambda bad: weighted_sum(bad, V), "weights"), (lambda bad: weighted_sum(Q, bad), "V"),
    (lambda bad: split_heads(bad, 1), "X"), (lambda bad: merge_heads(bad), "X"),
    *((lambda bad, name=name: multi_head_attention(X, **{**dict(W_Q=W_Q, W_K=W_K, W_V=W_V, W_O=W_O), name: bad}), name)
      for name in ("W_Q", "W_K", "W_V", "W_O"))])
def test_what_is_no_number_is_named(call, name):
    """The message begins with the argument's own name."""
    with pytest.raises(ValueError, match=f"^{name} must hold real numbers, not complex128$"):
        call(np.ones((3, 3, 3), dtype=complex))


def test_no_ids_are_refused_in_these_words():
    """From the first letter to the last."""
    with pytest.raises(ValueError, match="^ids is empty: a sequence has one token or more$"):
        embed([], np.ones((2, 3)), np.ones((2, 3)))
