"""The mathematics of attention, one function a step, in the order of the notebooks.

In a shape, `...` stands for any batch axes; they always come first. Rows are tokens; in a matrix of scores or weights
rows are queries and columns are keys. float32 stays float32, integers become float64, and NaN passes through. Every
function raises `ValueError` for inputs of the wrong shape or dtype; what else raises is said where it does.

*Vaswani* is Vaswani et al. 2017, "Attention Is All You Need", arXiv 1706.03762.
"""
import math

import numpy as np

from course_lib._inputs import boolean_mask, floats, heads, matrices, require, size, tables, token_ids

# 01 Embeddings


def embed(ids, E_token, E_pos):
    """A token's vector is its row of the token table plus the row of the position table for where it stands.

    ids (..., seq_len), E_token (vocab_size, d_model), E_pos (max_seq_len, d_model) → X (..., seq_len, d_model)

    Raises ValueError also if `ids` is empty, points outside E_token or is longer than E_pos.
    Source: Vaswani, sections 3.4 and 3.5; learned positions, Gehring et al. 2017, section 3.1.
    """
    E_token, E_pos = tables(E_token, E_pos)
    ids = token_ids(ids, vocab_size=len(E_token), max_seq_len=len(E_pos))
    return E_token[ids] + E_pos[:ids.shape[-1]]


def sinusoidal_positions(seq_len, d_model):
    """Columns 2i and 2i + 1 of row pos are the sine and the cosine of pos / 10000^(2i / d_model) radians.

    seq_len, d_model → E_pos (seq_len, d_model)

    Raises ValueError also if d_model is odd: every sine needs its cosine. Source: Vaswani, section 3.5.
    """
    require(size("d_model", d_model) % 2 == 0, f"d_model must be even, not {d_model}")
    angles = np.arange(size("seq_len", seq_len))[:, None] / 10000 ** (np.arange(0, d_model, 2) / d_model)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(seq_len, d_model)


# 02 QKV

def project(X, W):
    """Every row of X is multiplied by the same matrix W; three axes of W mean one matrix for each head.

    X (..., seq_len, d_model), W (d_model, d_k) → (..., seq_len, d_k)
    X (..., seq_len, d_model), W (n_heads, d_model, d_k) → (..., n_heads, seq_len, d_k)

    Source: Vaswani, section 3.2.2.
    """
    X, W = floats("X", X, 2), floats("W", W, 2)
    require(W.ndim <= 3, f"W {W.shape} must be (d_model, d_k) or (n_heads, d_model, d_k)")
    require(X.shape[-1] == W.shape[-2], f"the last axis of X {X.shape} must be as long as W {W.shape} has rows, d_model")
    return X @ W if W.ndim == 2 else X[..., None, :, :] @ W


# 03 Scores

def score(Q, K):
    """How well each query matches each key: their dot product, for all pairs at once.

    Q (..., n_q, d_k), K (..., n_k, d_k) → scores (..., n_q, n_k)

    Source: Vaswani, section 3.2.1.
    """
    Q, K = matrices(Q=Q, K=K)
    require(Q.shape[-1] == K.shape[-1], f"Q {Q.shape} and K {K.shape} must agree in their last axis, d_k")
    return Q @ K.mT


# 04 Scaling

def scale(scores, d_k):
    """Divide by √d_k, the standard deviation of a dot product of d_k independent terms of variance 1.

    scores (..., n_q, n_k), d_k → scaled_scores (..., n_q, n_k)

    Source: Vaswani, section 3.2.1, with its footnote 4.
    """
    return floats("scores", scores, 0) / math.sqrt(size("d_k", d_k))


# 05 Masking

def causal_mask(n_q, n_k=None):
    """Query i may attend to keys 0 to i. With n_q ≠ n_k the triangle starts at the top left, as in PyTorch's `is_causal`.

    n_q, n_k (n_q if not given) → mask (n_q, n_k), True = may attend

    Source: Vaswani, section 3.2.3.
    """
    return np.tri(size("n_q", n_q, 0), size("n_k", n_q if n_k is None else n_k, 0), dtype=bool)


def apply_mask(scores, mask):
    """A score that the mask forbids becomes -inf, so that softmax gives it the weight 0.

    scores (..., n_q, n_k), mask boolean, broadcasts to scores, True = may attend → masked_scores (..., n_q, n_k)

    Source: Vaswani, section 3.2.3.
    """
    scores = floats("scores", scores, 2)
    return np.where(boolean_mask(mask, scores.shape), scores, scores.dtype.type(-np.inf))


# 06 Softmax

def softmax(scores):
    """Each row's exponentials, divided by their sum. Subtracting the row's largest score first changes nothing but overflow.

    scores (..., n_k) → weights (..., n_k), not negative; every row sums to 1

    A row of nothing but -inf has nowhere to attend: its weights are 0. Source: Vaswani, section 3.2.1.
    """
    scores = floats("scores", scores, 1)
    largest = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    exponentials = np.exp(scores - np.where(np.isneginf(largest), largest.dtype.type(0), largest))
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / np.where(total == 0, total.dtype.type(1), total)


# 07 Weighted sum

def weighted_sum(weights, V):
    """Each query's output is the sum of the values, each times that query's weight for it.

    weights (..., n_q, n_k), V (..., n_k, d_v) → output (..., n_q, d_v)

    Source: Vaswani, section 3.2.1.
    """
    weights, V = matrices(weights=weights, V=V)
    require(weights.shape[-1] == V.shape[-2],
            f"the last axis of weights {weights.shape} must be as long as V {V.shape} has rows, n_k")
    return weights @ V


def attention(Q, K, V, mask=None):
    """Score every query against every key, scale, mask, turn into weights, and gather the values by them.

    Q (..., n_q, d_k), K (..., n_k, d_k), V (..., n_k, d_v), mask boolean, broadcasts to (..., n_q, n_k)
    → output (..., n_q, d_v), weights (..., n_q, n_k)

    A query that may attend to nothing gets weights 0 and output 0. Source: Vaswani, section 3.2.1, equation 1.
    """
    scores = scale(score(Q, K), np.shape(Q)[-1])
    weights = softmax(scores if mask is None else apply_mask(scores, mask))
    return weighted_sum(weights, V), weights


# 08 Multi-head

def split_heads(X, n_heads):
    """Cut the columns into n_heads blocks, one for each head: head h gets columns h·d_k to (h + 1)·d_k.

    X (..., seq_len, d_model), n_heads → (..., n_heads, seq_len, d_k) with d_k = d_model / n_heads

    Source: Vaswani, section 3.2.2.
    """
    X = floats("X", X, 2)
    *batch, seq_len, d_model = X.shape
    n_heads = size("n_heads", n_heads)
    require(d_model % n_heads == 0, f"n_heads {n_heads} must divide d_model, the last axis of X {X.shape}")
    return X.reshape(*batch, seq_len, n_heads, d_model // n_heads).swapaxes(-3, -2)


def merge_heads(X):
    """Lay the heads side by side again, head 0 first; undoes `split_heads`.

    X (..., n_heads, seq_len, d_v) → (..., seq_len, n_heads · d_v)

    Source: Vaswani, section 3.2.2, "Concat".
    """
    X = floats("X", X, 3)
    *batch, n_heads, seq_len, d_v = X.shape
    return X.swapaxes(-3, -2).reshape(*batch, seq_len, n_heads * d_v)


def multi_head_attention(X, W_Q, W_K, W_V, W_O, mask=None):
    """Let every head attend with projections of its own, lay the heads' outputs side by side, and mix them with W_O.

    X (..., seq_len, d_model), W_Q and W_K (n_heads, d_model, d_k), W_V (n_heads, d_model, d_v),
    W_O (n_heads · d_v, d_model), mask boolean, broadcasts to (..., n_heads, seq_len, seq_len)
    → output (..., seq_len, d_model), weights (..., n_heads, seq_len, seq_len)

    Source: Vaswani, section 3.2.2.
    """
    W_Q, W_K, W_V, W_O = heads(W_Q, W_K, W_V, W_O)
    outputs, weights = attention(project(X, W_Q), project(X, W_K), project(X, W_V), mask)
    return project(merge_heads(outputs), W_O), weights


# Overflow, underflow and NaN are results like any other, whatever the reader has set by np.seterr. Not done by decorators,
# because tools/mutants.py cannot look into a decorated function.
embed, project, score, scale, softmax, weighted_sum = map(
    np.errstate(all="ignore"), (embed, project, score, scale, softmax, weighted_sum))
