"""Attention over long texts: what it costs, the same numbers without the whole table, and what is kept. Notebook 11."""
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib._inputs import matrices, require
from course_lib.steps import attention, causal_mask

# The same output in blocks


def blocked_attention(Q, K, V, causal=False, block=128):
    """`block` queries at a time: their scores, softmax in place, their outputs; then the same memory serves the next queries.

    Q (..., n_q, d_k), K (..., n_k, d_k), V (..., n_k, d_v) → output (..., n_q, d_v)

    causal  query i sees the keys 0 to i, as in `causal_mask`; what lies beyond a block's last query is never computed
    """
    Q, K, V = _together(Q, K, V)
    output, n_k, triangle = np.zeros((*Q.shape[:-1], V.shape[-1]), V.dtype), K.shape[-2], np.tri(block, dtype=bool)
    root = np.sqrt(Q.shape[-1], dtype=Q.dtype)
    for head in np.ndindex(Q.shape[:-2]):
        for first in range(0, Q.shape[-2] if n_k else 0, block):
            queries = Q[head][first:first + block] / root
            seen = min(first + len(queries), n_k) if causal else n_k
            scores = queries @ K[head][:seen].mT
            if causal and first < n_k:
                scores[:, first:][~triangle[:len(queries), :seen - first]] = -np.inf
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            output[head][first:first + block] = scores @ V[head][:seen] / scores.sum(axis=-1, keepdims=True)
    return output


def online_attention(Q, K, V, causal=False, block=128):
    """`block` keys at a time. Of those before, a query remembers three things: the largest score, the sum, the weighted values.

    Q (..., n_q, d_k), K (..., n_k, d_k), V (..., n_k, d_v) → output (..., n_q, d_v)

    When a larger score turns up, what was added up so far is made smaller by the same factor.
    Source: Milakov and Gimelshein 2018, arXiv 1805.02867; with the values, Rabe and Staats 2021, arXiv 2112.05682.
    """
    Q, K, V = _together(Q, K, V)
    output, total = np.zeros((*Q.shape[:-1], V.shape[-1]), V.dtype), np.zeros((*Q.shape[:-1], 1), V.dtype)
    largest, root = np.full_like(total, -np.inf), np.sqrt(Q.shape[-1], dtype=Q.dtype)
    for first in range(0, K.shape[-2], block):
        see = np.s_[..., first if causal else 0:, :]                    # the queries that see any of these keys
        scores = Q[see] @ K[..., first:first + block, :].mT / root
        if causal:
            scores[..., ~causal_mask(*scores.shape[-2:])] = -np.inf
        new = np.maximum(largest[see], scores.max(axis=-1, keepdims=True))
        factor, exponentials = np.exp(largest[see] - new), np.exp(scores - new)
        total[see] = total[see] * factor + exponentials.sum(axis=-1, keepdims=True)
        output[see] = output[see] * factor + exponentials @ V[..., first:first + block, :]
        largest[see] = new
    return output / np.where(total == 0, total.dtype.type(1), total)


def _together(Q, K, V):
    """The three with the same batch axes and dtype."""
    Q, K, V = matrices(Q=Q, K=K, V=V)
    require(Q.shape[-1] == K.shape[-1], f"Q {Q.shape} and K {K.shape} must agree in their last axis, d_k")
    require(K.shape[-2] == V.shape[-2], f"K {K.shape} and V {V.shape} must have as many rows, n_k")
    batch, kind = np.broadcast_shapes(Q.shape[:-2], K.shape[:-2], V.shape[:-2]), np.result_type(Q, K, V)
    return [np.broadcast_to(A.astype(kind, copy=False), (*batch, *A.shape[-2:])) for A in (Q, K, V)]


# Who sees whom

def window_mask(n, size, sink=0):
    """A query sees the last `size` keys, itself among them, and the first `sink` keys of the text. → mask (n, n)

    Source: Beltagy, Peters, Cohan 2020, arXiv 2004.05150; the sink, Xiao et al. 2023, arXiv 2309.17453.
    """
    near, first = ~np.tri(n, k=-size, dtype=bool), np.arange(n) < sink
    return causal_mask(n) & (near | first)


def reach(mask, layers):
    """Which tokens have had a part in which outputs after some layers: (n, n) booleans → (n, n) booleans"""
    return np.linalg.matrix_power(mask.astype(float), layers) > 0


def windowed(size, sink=0):
    """An attention that sees no further than `window_mask`, for `language_model.forward` and what stands on it."""
    def attend(Q, K, V, mask):
        return attention(Q, K, V, mask & window_mask(mask.shape[-1], size, sink)[-len(mask):])
    return attend


def resting(size, place, alone=True):
    """An attention that sees the last `size` keys and the one at `place`; if `alone`, the token there sees nothing but itself."""
    def attend(Q, K, V, mask):
        n = mask.shape[-1]
        here = np.arange(n) == place
        seen = window_mask(n, size) | (causal_mask(n) & here)
        if alone:
            seen[here] = here
        return attention(Q, K, V, mask & seen[-len(mask):])
    return attend


class Written(NamedTuple):
    """What the model of notebook 10 makes of STORY if it sees so much."""

    name: str
    parts: dict                 # of `language_model.write` and `forward`
    words: str                  # the most likely 24 tokens; no second one comes within 0.04, so that rounding decides nothing
    loss: float                 # of the last 30 tokens of STORY, in float64


class Story(NamedTuple):
    """Another text, and what the same model makes of it."""

    text: str
    words: str                  # with the last 16 in sight: 24 tokens, as in `Written`
    losses: tuple               # of its last 30 tokens: if one sees the last 16; the first and the last 15; all


# What SmolLM2-135M-Instruct does was computed once, and is computed anew in tests/model.
DATA = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
STORY = DATA["story"]
WRITTEN = tuple(Written(name, {"attention": windowed(*window)} if window else {}, *measured)
                for name, (window, *measured) in DATA["written"].items())
STORIES = {name: Story(text, words, tuple(losses)) for name, (text, words, losses) in DATA["stories"].items()}
# The same three losses of STORY: with its first token, or with another in its place.
FIRST_WORDS = {word: tuple(losses) for word, losses in DATA["first words"].items()}
# If the one at a place stays in sight beside the last 15, as it is and if it sees only itself: the loss; the weight that the last
# 25 tokens then give it, the mean over all heads of all layers; and how long its values are, the mean over the same.
STAYING = {int(place): tuple(measured) for place, measured in DATA["staying"].items()}
# Of the same, as it is and if it sees only itself: how long its row is before the MLP of layer 11, counted from 0; how long after
# it; and the cosine that it then has with the row of *The*.
ROWS = {int(place): tuple(measured) for place, measured in DATA["rows"].items()}
# The loss of STORY ("cat") and of each of STORIES with the first and the last 15, if this MLP adds nothing to the first row; and
# that of STORY if one at a place stays in sight as it is, but this MLP adds to its row what it adds to that of *The*.
TAKEN, GIVEN = DATA["taken"], {int(place): loss for place, loss in DATA["given"].items()}
# With the first and the last 15, if later tokens give *The* its weight as before, but its values count as 0: the loss; how long
# its part of an output was before that, measured by the output (the last 25 tokens, mean over all heads and layers); the words.
SILENT = tuple(DATA["silent"])
# The loss of each of STORIES in the same way: later tokens give its first one the weight as before, but its values count as 0.
SILENT_STORIES = DATA["silent stories"]
# The loss of STORY ("cat") and of each of STORIES in the same way, but with the values of another word, as a text of its own.
BORROWED = DATA["borrowed"]
# How far the values of these words as first ones lie from those of *The*, as a share of the length of those: in each layer, over
# all its key/value heads, that of the farthest word.
APART = tuple(DATA["apart"])
# The loss of STORY ("cat") and of each of STORIES if the last 16 tokens are read again for each word, as a text of their own.
ANEW = DATA["anew"]
# If the story goes on like this, how many times as likely " mouse" is as " dog": with all tokens, in the story and with a dog in
# the mouse's place; the same with the first and the last 15.
MOUSE = {ending: tuple(measured) for ending, measured in DATA["mouse"].items()}


# What it costs

def multiply_adds(n_q, n_k, d_k, d_v, n_heads=1):
    """For the scores a product with d_k terms for each query and key, for the output one with n_k terms for each number."""
    return n_heads * n_q * n_k * (d_k + d_v)


def cache_bytes(n_tokens, n_layers, n_kv_heads, d_k, bytes_each=2):
    """A key and a value for each token, layer and key/value head, of d_k numbers each."""
    return n_tokens * n_layers * n_kv_heads * 2 * d_k * bytes_each


class Family(NamedTuple):
    """What a published model uses. All numbers were read in the file that `source` names."""

    name: str
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_k: int
    context: int                # tokens
    window: int | None          # tokens; None: every layer sees the whole context
    whole: int                  # of the layers, so many see the whole context
    source: str

    def bytes_a_token(self, bytes_each=2):
        """As long as no window is full."""
        return cache_bytes(1, self.n_layers, self.n_kv_heads, self.d_k, bytes_each)

    def bytes_at(self, n_tokens, bytes_each=2):
        """The cache of a text; a layer with a window keeps no more than that."""
        short, long = min(n_tokens, self.window or n_tokens), n_tokens
        return (cache_bytes(short, self.n_layers - self.whole, self.n_kv_heads, self.d_k, bytes_each)
                + cache_bytes(long, self.whole, self.n_kv_heads, self.d_k, bytes_each))


FAMILIES = tuple(Family(*read) for read in DATA["families"])

blocked_attention, online_attention = map(np.errstate(all="ignore"), (blocked_attention, online_attention))
