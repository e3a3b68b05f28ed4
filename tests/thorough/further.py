"""Inputs that the texts of the exercises allow, many more than an exercise's own: for each exercise a function that draws one.

Numbers are mostly whole multiples of powers of two, so that a sum does not depend on its order. Where a text limits the inputs
(no score is negative, no ties, no row of zeros, weights are shares), so do these.
"""
import numpy as np


class Draw:
    """Draws arguments. Sizes are small and mostly all different; numbers are whole, eighths, below 0.0001 or beyond 10 000."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def sizes(self, n, least=1):
        """n sizes, in most draws no two the same."""
        if self.rng.random() < 0.2:
            return self.rng.integers(least, 4, n).tolist()
        return self.rng.permutation(np.arange(least, n + 2 + least))[:n].tolist()

    def batch(self, most=3):
        """No, one, two or three axes in front, of different sizes."""
        return tuple(self.rng.permutation([1, 2, 3, 4])[:self.rng.integers(0, most + 1)].tolist())

    def numbers(self, *shape, low=-32, high=32, calm=False):
        """Of one kind: whole, as int or as float, or eighths; unless calm also tiny, huge or all of these, and rows of zeros."""
        array, kind = self.rng.integers(low, high + 1, shape), self.rng.integers(0, 3 if calm else 6)
        if kind == 0:
            return array // 8
        tiny, huge = 2.0**-12, 2.0**15
        array = array / 8 * [8, 1, tiny, huge, self.rng.choice([8, 1, tiny, huge], shape)][kind - 1]
        return array if calm else array * (self.rng.random((*shape[:-1], 1)) < 0.9)

    def one_of_each(self, *shapes):
        """Arrays of these shapes, at most one of them tiny or huge, so that products stay exact and sums comparable."""
        unlike = self.rng.integers(0, len(shapes))
        return tuple(self.numbers(*shape, calm=i != unlike) for i, shape in enumerate(shapes))

    def shares(self, *shape):
        """Rows that are not negative and sum to 1; some entries are 0 or tiny, some rows have one entry only."""
        raw = self.rng.integers(0, 9, shape) * self.rng.choice([1, 1, 1e-3, 1e-5], shape)
        np.put_along_axis(raw, self.rng.integers(0, shape[-1], (*shape[:-1], 1)), 3, axis=-1)
        return raw / raw.sum(axis=-1, keepdims=True)

    def booleans(self, *shape):
        """With some rows that are False throughout."""
        return (self.rng.random(shape) < 0.6) & (self.rng.random((*shape[:-1], 1)) < 0.8)

    def mask(self, *shape):
        """A mask that broadcasts to the shape."""
        smaller = [n if self.rng.random() < 0.7 else 1 for n in shape[:-1]]
        return self.booleans(*smaller[self.rng.integers(0, len(shape)):], shape[-1])

    def scores(self, *shape):
        """Scores of any size, also beyond ±10 000, with some keys, and some whole rows, at minus infinity."""
        scores = self.numbers(*shape) * self.rng.choice([1, 1, 8, 1000]) * 1.0
        if self.rng.random() < 0.4:
            scores[~self.booleans(*shape)] = -np.inf
        return scores


def paper_weights(draw):
    scores = draw.numbers(*draw.sizes(1), low=0)
    scores[draw.rng.integers(0, len(scores))] += 1                                              # the sum is above 0
    return (scores,)


def paper_output(draw):
    n_k, d_v = draw.sizes(2)
    return draw.shares(n_k), draw.numbers(n_k, d_v)


def paper_attention(draw):
    """No score is negative, and not all are 0."""
    d_k, n_k, d_v = draw.sizes(3)
    query, K, V = draw.one_of_each((d_k,), (n_k, d_k), (n_k, d_v))
    query[0] = query[0] or 1
    K = np.concatenate([[query], K[1:]])
    return query, np.where((K @ query < 0)[:, None], -K, K), V


def one_hot_rows(draw):
    seq_len, vocab_size = draw.sizes(2)
    return draw.rng.integers(0, vocab_size, seq_len), vocab_size


def embedded_shape(draw):
    seq_len, vocab_size, d_model, more = draw.sizes(4)
    return (*draw.batch(), seq_len), (vocab_size, d_model), (seq_len + more - 1, d_model)


def cosine_map(draw):
    X = draw.numbers(*draw.sizes(2))
    X[:, 0] += ~X.any(axis=-1)                                                                  # no row of zeros
    return (X,)


def add_positions(draw):
    n_batch, seq_len, d_model, more = draw.sizes(4)
    return draw.one_of_each((n_batch, seq_len, d_model), (seq_len + more - 1, d_model))


def sinusoidal_positions(draw):
    seq_len, half = draw.sizes(2)
    return seq_len * int(draw.rng.choice([1, 7])), 2 * half


def embed(draw):
    seq_len, vocab_size, d_model, more = draw.sizes(4)
    return (draw.rng.integers(0, vocab_size, (*draw.batch(), seq_len)),
            *draw.one_of_each((vocab_size, d_model), (seq_len + more - 1, d_model)))


def one_query(draw):
    d_model, d_k = draw.sizes(2)
    return draw.one_of_each((d_model,), (d_model, d_k))


def projected_shape(draw):
    seq_len, d_model, d_k, n_heads = draw.sizes(4)
    return (*draw.batch(), seq_len, d_model), (*[n_heads] * draw.rng.integers(0, 2), d_model, d_k)


def one_sided(draw):
    batch, (n, d_k) = draw.batch(), draw.sizes(2)
    return draw.one_of_each((*batch, n, d_k), (*batch, n, d_k))


def repaired_qkv(draw):
    seq_len, d_model, d_k, d_v = draw.sizes(4)
    return draw.one_of_each((*draw.batch(), seq_len, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v))


def from_linear(draw):
    seq_len, n_in, n_out = draw.sizes(3)
    return draw.one_of_each((*draw.batch(), seq_len, n_in), (n_out, n_in))


def project(draw):
    seq_len, d_model, d_k, n_heads = draw.sizes(4)
    return draw.one_of_each((*draw.batch(), seq_len, d_model), (*[n_heads] * draw.rng.integers(0, 2), d_model, d_k))


def one_score(draw):
    d_k, = draw.sizes(1)
    return draw.one_of_each((d_k,), (d_k,))


def score_every_pair(draw):
    n_q, n_k, d_k = draw.sizes(3)
    return draw.one_of_each((n_q, d_k), (n_k, d_k))


def scores_shape(draw):
    batch, (n_q, n_k, d_k) = draw.batch(), draw.sizes(3)
    return (*batch, n_q, d_k), (*batch, n_k, d_k)


def score(draw):
    batch, (n_q, n_k, d_k) = draw.batch(), draw.sizes(3)
    return draw.one_of_each((*batch, n_q, d_k), (*batch, n_k, d_k))


def best_key(draw):
    """Without ties; often with many keys, of which one is the best by little."""
    batch, (n_q, n_k, d_k) = draw.batch(2), draw.sizes(3, least=draw.rng.integers(1, 4))
    while True:
        Q, K = draw.one_of_each((*batch, n_q, d_k), (*batch, n_k, d_k))
        scores = Q @ K.mT
        if ((scores == scores.max(axis=-1, keepdims=True)).sum(axis=-1) == 1).all():
            return Q, K


def score_spread(draw):
    return int(draw.rng.integers(1, 200)), draw.numbers(1, low=8)[0]


def repaired_scale(draw):
    n_heads, n_q, n_k, d_k = draw.sizes(4)
    return draw.numbers(*draw.batch(), n_heads, n_q, n_k), n_heads * d_k, n_heads


def scale(draw):
    return draw.numbers(*draw.batch(), *draw.sizes(2)), int(draw.rng.integers(1, 200))


def divisor_used(draw):
    """The first two scores differ, and no weight is 0."""
    scores = draw.rng.integers(-20, 21, draw.sizes(1, least=2)) / 4
    scores[0] += scores[0] == scores[1]
    exponentials = np.exp(scores / draw.rng.choice([0.5, 2, 3, np.sqrt(8), 16]))
    return scores, exponentials / exponentials.sum()


def sliding_window_mask(draw):
    return tuple(draw.sizes(2))


def padding_and_causal(draw):
    return (draw.booleans(*draw.sizes(2)),)


def masked_weights(draw):
    """Allowed scores that need no care, some rows of them far below 0; forbidden ones as large as can be."""
    shape = *draw.batch(), *draw.sizes(2)
    mask, low = draw.booleans(*shape), draw.rng.choice([0, 0, 30])
    return np.where(mask, draw.numbers(*shape, calm=True) - low, draw.rng.choice([0, 700, 1e5, np.inf, -np.inf], shape)), mask


class Gathers:
    """A model whose output i is a sum over the tokens, each with a share of its own, as a table."""

    def __init__(self, table, columns):
        self.table, self.columns = table, columns

    def __call__(self, X):
        return (self.table @ X)[:, self.columns]

    def __repr__(self):
        return f"lambda X: (np.{self.table!r} @ X)[:, {self.columns}]"


def leaks(draw):
    """Shares of any size and sign, most of them 0; equal rows, rows of zeros and of ones."""
    n, d = draw.sizes(2)
    table = draw.rng.choice([0, 0, 0, 1, 0.5, -1, 2.0**-30], (n, n))
    X = draw.numbers(n, d, calm=True)[draw.rng.integers(0, n, n)] * 1.0
    X[draw.rng.integers(0, n)] = draw.rng.integers(-1, 2)
    return Gathers(table, draw.rng.permutation(d)[:draw.rng.integers(1, d + 1)].tolist()), X


def causal_mask(draw):
    n_q, n_k = draw.sizes(2)
    return (n_q, n_k)[:draw.rng.integers(1, 3)]


def apply_mask(draw):
    """Floats: the sheet's other answer writes into a copy, and an integer cannot be infinite."""
    scores = draw.scores(*draw.batch(), *draw.sizes(2))
    return scores, draw.mask(*scores.shape)


def weights_of_row(draw):
    """Of moderate size."""
    return (draw.numbers(*draw.sizes(1), calm=True) - draw.rng.choice([0, 0, 30]),)


def softmax_at(draw):
    return draw.scores(*draw.batch(), *draw.sizes(1)), draw.rng.choice([0.125, 0.5, 1, 2, 3, 100])


def entropy(draw):
    return (draw.shares(*draw.batch(), *draw.sizes(1)),)


def softmax(draw):
    return (draw.scores(*draw.batch(), *draw.sizes(1)),)


def one_output_entry(draw):
    n_k, d_v = draw.sizes(2)
    return draw.shares(n_k), draw.numbers(n_k, d_v), int(draw.rng.integers(0, d_v))


def lookup_and_mean(draw):
    n_k, = draw.sizes(1)
    return int(draw.rng.integers(0, n_k)), n_k


def output_shape(draw):
    """Half of them possible."""
    batch, (n_q, n_k, d_k, d_v) = draw.batch(), draw.sizes(4)
    another_d_k, another_n_k = draw.rng.choice([0, 0, 0, 1, 2], 2).tolist()
    return (*batch, n_q, d_k), (*batch, n_k, d_k + another_d_k), (*batch, n_k + another_n_k, d_v)


def repaired_lesson(draw):
    seq_len, d_model, d_k, d_v = draw.sizes(4)
    return draw.one_of_each((*draw.batch(), seq_len, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v))


def weighted_sum(draw):
    batch, (n_q, n_k, d_v) = draw.batch(), draw.sizes(3)
    return draw.shares(*batch, n_q, n_k) * draw.booleans(*batch, n_q, 1), draw.numbers(*batch, n_k, d_v)


def attention(draw):
    batch, (n_q, n_k, d_k, d_v) = draw.batch(), draw.sizes(4)
    arguments = draw.one_of_each((*batch, n_q, d_k), (*batch, n_k, d_k), (*batch, n_k, d_v))
    return *arguments, *[draw.mask(*batch, n_q, n_k)] * draw.rng.integers(0, 2)


def mix_heads(draw):
    n_heads, n_q, d_v, d_model = draw.sizes(4)
    return draw.one_of_each((n_heads, n_q, d_v), (n_heads * d_v, d_model))


def split_heads(draw):
    seq_len, n_heads, d_k = draw.sizes(3)
    return draw.numbers(*draw.batch(), seq_len, n_heads * d_k), n_heads


def merge_heads(draw):
    return (draw.numbers(*draw.batch(), *draw.sizes(3)),)


def multi_head_attention(draw):
    batch, (n, d_model, n_heads, d_k, d_v) = draw.batch(2), draw.sizes(5)
    arguments = draw.one_of_each((*batch, n, d_model), (n_heads, d_model, d_k), (n_heads, d_model, d_k), (n_heads, d_model, d_v),
                                 (n_heads * d_v, d_model))
    return *arguments, *[draw.mask(*batch, n_heads, n, n)] * draw.rng.integers(0, 2)


def surprise(draw):
    shape = *draw.batch(2), *draw.sizes(2)
    return draw.shares(*shape), draw.rng.integers(0, shape[-1], shape[:-1])


def bent(x):
    """With every number, with each two of them, and at every place by another amount."""
    places = np.arange(1, x.size + 1).reshape(x.shape)
    return 1e4 * x.sum()**2 + (places * x**3).sum()


def exponentials(x):
    return np.log(np.exp(x - x.max()).sum()) + x.max() + (x * np.arange(x.size).reshape(x.shape)).sum()


def numerical_gradient(draw):
    """Numbers of which the function may be a sum, without loss of what counts."""
    x = draw.numbers(*draw.batch(2), *draw.sizes(1), low=-4, high=4, calm=True)
    return bent if draw.rng.random() < 0.5 else exponentials, x


def product_gradients(draw):
    batch, (n, m, k) = draw.batch(), draw.sizes(3)
    return draw.one_of_each((*batch, n, m), (*batch, m, k), (*batch, n, k))


def softmax_gradient(draw):
    shape = *draw.batch(), *draw.sizes(1)
    return draw.shares(*shape), draw.numbers(*shape)


def layer_norm(draw):
    return (draw.numbers(*draw.batch(), *draw.sizes(1)),)


def previous_token_score(draw):
    n, = draw.sizes(1, least=2)
    return (draw.shares(*draw.batch(), n, n),)


def induction_score(draw):
    period, more = draw.sizes(2)
    return draw.shares(*draw.batch(), period + more, period + more), period


def rms_norm(draw):
    d_model, = draw.sizes(1)
    return draw.one_of_each((*draw.batch(), d_model), (d_model,))


def rotate(draw):
    seq_len, half = draw.sizes(2)
    return draw.numbers(*draw.batch(), seq_len, 2 * half), *[int(draw.rng.integers(0, 50))] * draw.rng.integers(0, 2)


def repeat_heads(draw):
    n_kv_heads, seq_len, d_k, n_copies = draw.sizes(4)
    return draw.numbers(*draw.batch(), n_kv_heads, seq_len, d_k), n_kv_heads * n_copies


def gated_mlp(draw):
    d_model, d_hidden, seq_len = draw.sizes(3)
    return draw.one_of_each((*draw.batch(), seq_len, d_model), (d_model, d_hidden), (d_model, d_hidden), (d_hidden, d_model))


def join(draw):
    """Ranks as training gives them: a pair is joined of what is there already, and no text is made twice."""
    texts, pairs = list("abc"), []
    for _ in range(draw.rng.integers(1, 9)):
        pair = tuple(draw.rng.choice(texts, 2).tolist())
        if "".join(pair) not in texts:
            texts.append("".join(pair))
            pairs.append(pair)
    order = draw.rng.permutation(len(pairs)).tolist()
    return draw.rng.choice(list("abc"), draw.rng.integers(1, 12)).tolist(), {pairs[rank]: rank for rank in order}


def next_probabilities(draw):
    return draw.numbers(*draw.sizes(1)), draw.rng.choice([0, 0, 0.125, 0.5, 1, 2, 100])


def cache_bytes(draw):
    return *draw.rng.integers(0, 200, 4).tolist(), int(draw.rng.choice([1, 2, 4, 8]))


def one_step(draw):
    """Small numbers, and as few kept tokens as none."""
    batch, (n, d_k, d_v) = draw.batch(2), draw.sizes(3)
    n -= 1
    shapes = (1, d_k), (n, d_k), (n, d_v), (1, d_k), (1, d_v)
    return tuple(draw.numbers(*batch, *shape, calm=True) for shape in shapes)


def window_mask(draw):
    return *draw.sizes(2), int(draw.rng.integers(0, 4))


def receptive_field(draw):
    """So few tokens that a table of all pairs has room for them: that is a right way to count, too."""
    return int(draw.rng.integers(0, 50)), int(draw.rng.integers(1, 41))


def merge_blocks(draw):
    """Largest scores that may lie far apart, and now and then a block without a key."""
    batch, (n_q, d_v), drawn = draw.batch(2), draw.sizes(2), []
    for _ in range(2):
        none = draw.rng.random((*batch, n_q, 1)) < 0.1
        m = draw.numbers(*batch, n_q, 1, calm=True) + draw.rng.choice([0, 0, 900, -900])
        s, o = 1 + abs(draw.numbers(*batch, n_q, 1, calm=True)), draw.numbers(*batch, n_q, d_v, calm=True)
        drawn += [m * 1.0, np.where(none, 0.0, s), np.where(none, 0.0, o)]
    return tuple(drawn)


def cross_attention(draw):
    batch, (n_q, n_k, d_model, d_k, d_v) = draw.batch(2), draw.sizes(5)
    shapes = (*batch, n_q, d_model), (*batch, n_k, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v)
    return tuple(draw.numbers(*shape, low=-8, high=8, calm=True) for shape in shapes)


def to_additive(draw):
    return (draw.booleans(*draw.batch(), *draw.sizes(2)),)


def masks_for_module(draw):
    """The ids of texts of different lengths, mostly with padding behind."""
    batch, n = draw.sizes(2)
    ids = draw.rng.integers(1, 9, (batch, n))
    return (np.where(np.arange(n) < draw.rng.integers(0, n + 2, (batch, 1)), ids, 0),)


def bottom_right(draw):
    n_q, more = draw.sizes(2)
    return n_q, n_q + more - draw.rng.integers(0, more + 1)


def carry_in(draw):
    n_heads, d_k = draw.sizes(2)
    return draw.one_of_each(*[(n_heads, n_heads * d_k, d_k)] * 3)


def carry_out(draw):
    n_heads, d_k = draw.sizes(2)
    return draw.numbers(3 * n_heads * d_k, n_heads * d_k), n_heads


def scores_by_letters(draw):
    batch, n_q, n_k, n_heads, d_k = draw.sizes(5)
    return draw.one_of_each((batch, n_q, n_heads, d_k), (batch, n_k, n_heads, d_k))


def heads_in_torch(draw):
    batch, n, n_heads, d_k = draw.sizes(4)
    d_model = n_heads * d_k
    return draw.one_of_each((batch, n, d_model), *[(n_heads, d_model, d_k)] * 3, (d_model, d_model))


def repaired_polarity(draw):
    batch, (n, d_k, d_v) = draw.batch(2), draw.sizes(3)
    return draw.one_of_each((*batch, n, d_k), (*batch, n, d_k), (*batch, n, d_v))


def repaired_hiding(draw):
    """Scores of both kinds of float, none so large that a billion is not far above it."""
    n = draw.sizes(1)[0]
    return (draw.numbers(*draw.batch(2), n, n, calm=True).astype(draw.rng.choice([np.float32, np.float64])),)


def repaired_axis(draw):
    """Scores of moderate size; every row has a key that may be seen."""
    batch, shape = draw.batch(2), draw.sizes(2)
    mask = draw.booleans(*shape)
    mask[np.arange(shape[0]), draw.rng.integers(0, shape[1], shape[0])] = True
    return draw.numbers(*batch, *shape, calm=True) / 4, mask


def repaired_row(draw):
    shape = *draw.batch(2), *draw.sizes(2)
    return draw.numbers(*shape) * 1.0, draw.booleans(*shape)


def harmless_rows(draw):
    """Rows of one number or of several; each shows a key at least."""
    shape = *draw.batch(2), *draw.sizes(2)
    alike, several = draw.rng.integers(-2, 3, (*shape[:-1], 1)), draw.rng.random((*shape[:-1], 1)) < 0.5
    added = alike + draw.rng.integers(-2, 3, shape) / 2 * several
    hidden = draw.rng.random(shape) < 0.4
    hidden[..., 0] = False
    return (np.where(hidden, -np.inf, added),)


def repaired_hands(draw):
    return (2 * int(draw.rng.integers(1, 40)),)


FURTHER = {draws.__name__: draws for draws in (
    paper_weights, paper_output, paper_attention, one_hot_rows, embedded_shape, cosine_map, add_positions, sinusoidal_positions,
    embed, one_query, projected_shape, one_sided, repaired_qkv, from_linear, project, one_score, score_every_pair, scores_shape,
    best_key, score, score_spread, repaired_scale, scale, divisor_used, sliding_window_mask, padding_and_causal,
    masked_weights, leaks, causal_mask, apply_mask, weights_of_row, softmax_at, entropy, softmax, one_output_entry,
    lookup_and_mean, output_shape, repaired_lesson, weighted_sum, attention, mix_heads, split_heads, merge_heads,
    multi_head_attention, surprise, numerical_gradient, product_gradients, softmax_gradient, layer_norm, previous_token_score,
    induction_score, rms_norm, rotate, repeat_heads, gated_mlp, join, next_probabilities, cache_bytes, one_step,
    window_mask, receptive_field, merge_blocks, cross_attention, to_additive, masks_for_module, bottom_right, carry_in, carry_out,
    scores_by_letters, heads_in_torch, repaired_polarity, repaired_hiding, repaired_axis, repaired_row, harmless_rows,
    repaired_hands)}
FURTHER |= {"scaled_by_hand": one_score, "padding_for_heads": padding_and_causal}
