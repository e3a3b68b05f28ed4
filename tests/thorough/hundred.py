"""How many of the listed mistakes are stopped: by properties, and by a hundred examples, which need right results.

The examples are of two kinds: all of the shape that one usually tries, or varied.
"""
import numpy as np

from course_lib import language_model, steps
from course_lib.exercises import EXERCISES
from course_lib.properties import PROPERTIES, holds, require_close


def compared_attention(attention, Q, K, V, mask):
    """It gives what the library's gives."""
    for got, expected in zip(attention(Q, K, V, mask), steps.attention(Q, K, V, mask), strict=True):
        require_close(got, expected, "An example does not give what the library gives.")


def compared_weights(masked_weights, scores, mask):
    """It gives what the library's steps give."""
    right = steps.softmax(steps.apply_mask(scores, mask))
    require_close(masked_weights(scores, mask), right, "An example does not give what the library gives.")


def compared_rotate(rotate, X, *first):
    """It gives what the model's gives."""
    require_close(rotate(X, *first), language_model.rotate(X, *first), "An example does not give what the model's own gives.")


def alike_for_attention(attention):
    """A hundred random texts of 5 tokens and 8 columns, with the causal mask."""
    for Q, K, V in np.random.default_rng(0).normal(size=(100, 3, 5, 8)):
        compared_attention(attention, Q, K, V, steps.causal_mask(5))


def alike_for_weights(masked_weights):
    """A hundred random tables of 5 rows and columns, with the causal mask."""
    for scores in np.random.default_rng(0).normal(size=(100, 5, 5)):
        compared_weights(masked_weights, scores, steps.causal_mask(5))


def alike_for_rotate(rotate):
    """A hundred random texts of 5 tokens and 8 columns, from position 0."""
    for X in np.random.default_rng(0).normal(size=(100, 5, 8)):
        compared_rotate(rotate, X)


def varied():
    """A hundred times a source of random numbers, axes in front (none, one or two) and four sizes from 1 to 5."""
    for seed in range(100):
        rng = np.random.default_rng(seed)
        yield rng, tuple(rng.integers(1, 4, size=seed % 3)), rng.integers(1, 6, size=4)


def varied_for_attention(attention):
    """Whole numbers, as floats or not; a random mask or none; a key may be forbidden to all and huge, or all keys far away."""
    for rng, batch, (n_q, n_k, d_k, d_v) in varied():
        Q, K, V = (rng.integers(-3, 4, (*batch, *size)) for size in ((n_q, d_k), (n_k, d_k), (n_k, d_v)))
        mask = rng.random((n_q, n_k)) < 0.6
        far = rng.choice([-40000, 40000]) * (d_k == 4)              # scores / √4 stay whole, or halves, in short floats too
        K[..., ~mask.any(axis=0), :] *= 10000 if d_k == 4 else 1
        Q = (abs(Q) if far else Q).astype(rng.choice([int, float]))
        compared_attention(attention, Q, K + far, V, mask if rng.random() < 0.7 else None)


def varied_for_weights(masked_weights):
    """Whole scores of a random mask, some of them low; forbidden ones may be huge."""
    for rng, batch, (n_q, n_k, *_) in varied():
        scores, mask = rng.integers(-4, 5, (*batch, n_q, n_k)), rng.random((*batch, n_q, n_k)) < 0.6
        compared_weights(masked_weights, np.where(mask, scores, scores * 10 ** rng.integers(13)) + rng.choice([0, -30]), mask)


def varied_for_rotate(rotate):
    """Whole numbers, of texts that begin anywhere, with one pair of columns to five."""
    for rng, batch, (seq_len, pairs, *_) in varied():
        compared_rotate(rotate, rng.integers(-4, 5, (*batch, seq_len, 2 * pairs)), int(rng.integers(0, 50)))


ALIKE, VARIED = "a hundred examples of one kind", "a hundred varied examples"
EXAMPLES = {"attention": {ALIKE: alike_for_attention, VARIED: varied_for_attention},
            "masked_weights": {ALIKE: alike_for_weights, VARIED: varied_for_weights},
            "rotate": {ALIKE: alike_for_rotate, VARIED: varied_for_rotate}}


def caught(test, name):
    """Which wrong versions of an exercise's function a test stops: a boolean for each mistake, in the order of the sheet."""
    return [not holds(test, wrong) for wrong in EXERCISES[name].mistakes]


def counts(name):
    """How many wrong versions of a function are stopped: by each property alone, by all of them, and by examples.

    → dict from the words to the number
    """
    alone = {words: caught(a_property, name) for words, a_property in PROPERTIES[name].items()}
    return ({words: sum(stopped) for words, stopped in alone.items()} |
            {f"all {len(alone)} together": sum(map(any, zip(*alone.values(), strict=True)))} |
            {words: sum(caught(examples, name)) for words, examples in EXAMPLES[name].items()})
