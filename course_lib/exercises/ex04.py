"""Exercises of notebook 04: scores of the right size."""
import math

import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Choice, Exercise, Question

SQUARE = np.array([[2.0, 6.0], [4.0, -2.0]])
TALL = np.array([[1.0, -4.0], [3.0, 2.0], [-5.0, 8.0]])
HEADS = np.array([[[3.0, -1.0, 4.0, 1.0], [5.0, 9.0, -2.0, 6.0], [-5.0, 3.0, 5.0, 8.0]],
                  [[9.0, 7.0, -9.0, 3.0], [-2.0, 3.0, 8.0, 4.0], [6.0, 2.0, -6.0, 4.0]]])
BATCH = np.stack([HEADS[:, :2, :3], HEADS[:, 1:, 1:] * 2, HEADS[:, :2, 1:] - 3, HEADS[:, 1:, :3] + 1])


def _norm(array):
    return np.linalg.norm(array, axis=-1, keepdims=True)


def scaled_by_hand(query, key):
    """One scaled score: (d_k,), (d_k,) → number"""
    return query @ key / math.sqrt(len(query))


def score_spread(d_k, deviation):
    """The standard deviation of a dot product of d_k independent terms, both factors of which have that deviation: → number"""
    variance_of_a_term = deviation**2 * deviation**2
    return math.sqrt(d_k * variance_of_a_term)


def repaired_scale(scores, d_model, n_heads):
    """Scale the scores of heads that share d_model columns: (..., n_heads, n_q, n_k) → (..., n_heads, n_q, n_k)"""
    d_k = d_model // n_heads
    return scores / math.sqrt(d_k)


def _heads_on_axis_0(scores, d_model, n_heads):
    scaled = np.zeros(scores.shape)
    for head in range(n_heads):
        scaled[head] = scores[head] / math.sqrt(d_model / n_heads)
    return scaled


def softmax_gradient(weights):
    """The Jacobian of softmax for one row of weights: (n_k,) → (n_k, n_k)"""
    return np.diag(weights) - np.outer(weights, weights)


EXERCISES = (
    Exercise(
        answer=scaled_by_hand,
        inputs=[(np.array([2.0, 3.0]), np.array([3.0, 1.0])),
                (np.array([1.0, 2.0, 0.0, 2.0]), np.array([3.0, 1.0, 5.0, 2.0])),
                (np.array([1.0, -2.0, 4.0]), np.array([2.0, 5.0, -1.0])),
                (np.arange(16.0), np.arange(16.0) % 5)],
        mistakes={
            "This is the score as it came: nothing is divided, or the divisor is always 1.": lambda query, key: query @ key,
            "You divided by `d_k` itself: the root is missing, or you divided by it twice, once in the query and once in the "
            "key.": lambda query, key: query @ key / len(query),
            "You multiplied by the root of `d_k`: large scores become larger still. Scaling divides.":
                lambda query, key: query @ key * math.sqrt(len(query)),
            "You divided by √8, whatever the length of the query: `d_k` and `K` are here still the notebook's variables, from "
            "the sentence. Count the components of the query that you are given.": lambda query, key: query @ key / math.sqrt(8),
            "You divided by √2, whatever the length of the query. That fits the pocket example only: count the components of "
            "the query that you are given.": lambda query, key: query @ key / math.sqrt(2),
            "You took the root of the score as well, and a negative score has none (NaN). Only `d_k` goes under the root.":
                lambda query, key: np.sqrt(query @ key / len(query)),
            "You took the root of the score as well, and `math.sqrt` refuses a negative score. Only `d_k` goes under the root.":
                lambda query, key: math.sqrt(query @ key / len(query)),
            "A power binds more tightly than a division: `d_k ** 1/2` is half of `d_k`, so you divided by `d_k` and then by 2. "
            "Write `** 0.5` or `math.sqrt`.": lambda query, key: query @ key / len(query) ** 1/2,
            "You divided by half of `d_k`: `d_k ** 1/2` means `(d_k ** 1) / 2`. Write `** 0.5` or `math.sqrt`.":
                lambda query, key: query @ key / (len(query) / 2),
            "`.mT` needs two axes, and a query or a key by itself has one. Between two such vectors `@` alone is the dot "
            "product.": lambda query, key: query @ key.mT / math.sqrt(len(query)),
            "The products of the components are not added: that is `*`, and a dot product is `@`.":
                lambda query, key: query * key / math.sqrt(len(query)),
            "You multiplied every component of the query by every component of the key (the outer product). A score is one "
            "number, the dot product `query @ key`.": lambda query, key: np.outer(query, key) / math.sqrt(len(query)),
            "You divided by the lengths of both vectors: that is their cosine. Scaling divides by a number that depends on the "
            "number of components only.": lambda query, key: query @ key / np.linalg.norm(query) / np.linalg.norm(key),
            "You divided by the length of the query vector, the root of its sum of squares. `d_k` is how many components it "
            "has.": lambda query, key: query @ key / np.linalg.norm(query),
            "You divided by the length of the key vector, the root of its sum of squares. `d_k` is how many components it "
            "has.": lambda query, key: query @ key / np.linalg.norm(key),
            "`//` drops what comes after the decimal point; use `/`.": lambda query, key: query @ key // math.sqrt(len(query)),
            "In Python `^` is no power but a comparison of bits, which fractions do not have. The power is `**`.":
                lambda query, key: query @ key / len(query) ^ 0.5,
        },
        hints=("Two steps: the score, which is a dot product, and one division.",
               "The divisor depends on how many components a query has, and on nothing else. `len(query)` counts them.",
               "The square root stands over that count alone: `math.sqrt`."),
        why="A sum of more terms has a larger spread, so the number of components is what counts, not their values."),
    Exercise(
        answer=score_spread,
        inputs=[(4, 1), (4, 2), (9, 0.5), (2, 3), (64, 1)],
        mistakes={
            "This is the variance of the dot product: its standard deviation is the root.":
                lambda d_k, deviation: d_k * deviation**4,
            "`deviation` does not appear: larger components give larger products, so the spread must grow with it.":
                lambda d_k, deviation: math.sqrt(d_k),
            "This is the variance for components of deviation 1: the root is missing, and `deviation` does not appear.":
                lambda d_k, deviation: d_k,
            "This grows like `deviation`; it must grow like its square, for each of a term's two factors brings it. And a root "
            "takes half of a power away.": lambda d_k, deviation: deviation * math.sqrt(d_k),
            "The root stands over `d_k` only; the variance of a term belongs under it too.":
                lambda d_k, deviation: deviation**4 * math.sqrt(d_k),
            "This is `d_k` times the spread of one term. Spreads do not add: of independent terms the variances add, and the "
            "root comes last, over `d_k` too.": lambda d_k, deviation: deviation**2 * d_k,
            "This is `d_k` times `deviation`. Two things: the spread grows with the root of `d_k` only, and a term has two "
            "factors, each with that deviation.": lambda d_k, deviation: deviation * d_k,
            "You added the variances of the two factors. The variance of their product, for independent factors with mean 0, is "
            "the product of their variances.": lambda d_k, deviation: math.sqrt(2 * d_k * deviation**2),
            "You took `deviation` for the variance of a term: it is the standard deviation of one factor.":
                lambda d_k, deviation: math.sqrt(d_k * deviation),
            "This does not depend on `d_k`: it is the spread of one term, or of the scaled score. Asked is the dot product "
            "itself, with its `d_k` terms.": lambda d_k, deviation: deviation**2,
            "This shrinks as `d_k` grows. More terms spread more: asked is the dot product before scaling.":
                lambda d_k, deviation: deviation**2 / math.sqrt(d_k),
            "Two things: this shrinks as `d_k` grows, where the dot product before scaling spreads more; and a term has two "
            "factors, each with that deviation.": lambda d_k, deviation: deviation / math.sqrt(d_k),
            "This is twice the standard deviation, the width from one below the mean to one above it.":
                lambda d_k, deviation: 2 * deviation**2 * math.sqrt(d_k),
            "A power binds more tightly than a division: `d_k ** 1/2` is half of `d_k`. Write `** 0.5` or `math.sqrt`.":
                lambda d_k, deviation: deviation**2 * d_k / 2,
            "This is half of the variance. A power binds more tightly than a division, so `** 1/2` halves: write `** 0.5` or "
            "`math.sqrt`.": lambda d_k, deviation: d_k * deviation**4 / 2,
            "In Python `^` is no power but a comparison of bits, which fractions do not have. The power is `**`.":
                lambda d_k, deviation: deviation**2 * d_k ^ 0.5,
        },
        hints=("Begin with one term, a component of the query times one of the key. What is the variance of each factor, and "
               "what did the lesson do with the two variances?",
               "Then add the variances of all `d_k` terms.",
               "The standard deviation comes last, from the variance of the whole."),
        why="Halving the deviation of all components makes the scores four times smaller; four times as many components only "
            "make them twice as large."),
    Exercise(
        answer=repaired_scale,
        inputs=[(HEADS[:, :2, :3], 8, 2), (HEADS, 18, 2), (HEADS[:, :, :3], 16, 2),
                (np.concatenate([HEADS, HEADS[:1] - 1]), 12, 3), (BATCH, 24, 2), (TALL[None], 9, 1)],
        mistakes={
            "The scale still belongs to all `d_model` columns. A score of one head is a sum over that head's columns only.":
                lambda scores, d_model, n_heads: scores / math.sqrt(d_model),
            "You divided by a head's number of columns; its root is missing.":
                lambda scores, d_model, n_heads: scores / (d_model // n_heads),
            "Two things: the root is missing, and `d_model` counts the columns of all heads together.":
                lambda scores, d_model, n_heads: scores / d_model,
            "The scores became smaller still: you divided by the root of `d_model` and then by the number of heads. The number "
            "of heads divides `d_model`, under the root.":
                lambda scores, d_model, n_heads: scores / math.sqrt(d_model) / n_heads,
            "The number of heads stands outside the root, where it counts too much. Divide `d_model` first: the root stands over "
            "a head's own number of columns.": lambda scores, d_model, n_heads: scores / (math.sqrt(d_model) / n_heads),
            "You took the root first and divided it with `//` by the number of heads: that loses decimals as well. Divide "
            "first, then take the root.": lambda scores, d_model, n_heads: scores / (math.sqrt(d_model) // n_heads),
            "The scores became smaller still: `d_model` is multiplied by the number of heads under the root, or you divided by "
            "the roots of both. A head has fewer columns than `d_model`, not more.":
                lambda scores, d_model, n_heads: scores / math.sqrt(d_model * n_heads),
            "The root is the right one, but the scores became larger by it. Scaling divides; and is the fraction under the root "
            "the right way up?":
                lambda scores, d_model, n_heads: scores * math.sqrt(d_model // n_heads),
            "You divided by the root of the number of heads. That is how far off the old line was, not the scale itself.":
                lambda scores, d_model, n_heads: scores / math.sqrt(n_heads),
            "You divided by `d_model` over the root of the number of heads. Either brackets are missing, for `** 0.5` comes "
            "before `/`, or you divided by the old root as well as by the new one.":
                lambda scores, d_model, n_heads: scores / (d_model / n_heads ** 0.5),
            "Brackets are missing: `** 0.5` comes before `/`, so you divided by `d_model` itself and then by the root of the "
            "number of heads.": lambda scores, d_model, n_heads: scores / d_model / n_heads ** 0.5,
            "You took two heads for granted, as the sentence has them; `n_heads` is an argument.":
                lambda scores, d_model, n_heads: scores / math.sqrt(d_model / 2),
            "You counted heads along the first axis of the scores; with a batch in front that axis counts sequences. `n_heads` "
            "is an argument.": lambda scores, d_model, n_heads: scores / math.sqrt(d_model / len(scores)),
            "Right without a batch. With one in front, axis 0 counts sequences, not heads, and those beyond `n_heads` stayed 0. "
            "All heads have the same divisor: no loop is needed.": _heads_on_axis_0,
            "The library's `scale` takes a `d_k` that is a whole number, and `/` makes a float, 4.0. `//` divides whole numbers.":
                lambda scores, d_model, n_heads: steps.scale(scores, d_model / n_heads),
            "You divided by √8, whatever the heads: `d_k` is here still the notebook's variable, from the sentence. Compute it "
            "from `d_model` and `n_heads`.": lambda scores, d_model, n_heads: scores / math.sqrt(8),
            "You divided by the root of the last axis of the scores. That axis counts keys; the scores do not show `d_k`.":
                lambda scores, d_model, n_heads: scores / math.sqrt(scores.shape[-1]),
            "A power binds more tightly than a division: `** 1/2` is no root, it halves. Write `** 0.5` or `math.sqrt`.":
                lambda scores, d_model, n_heads: scores / (d_model / n_heads) ** 1/2,
            "The scores are as they came: nothing is divided.": lambda scores, d_model, n_heads: scores,
        },
        hints=("A score of one head is a dot product. Of how many terms?",
               "Heads share the columns evenly: work out with `//` how many each has before you take a root."),
        why="The reason for the root is the number of terms in one dot product, and a head adds up `d_model / n_heads` of them. "
            "With one head both lines agree, which is why such a slip survives a first test."),
    Exercise(
        answer=softmax_gradient,
        inputs=[(np.array([0.75, 0.25]),), (np.array([0.5, 0.3, 0.2]),), (np.array([0.0, 1.0, 0.0]),),
                (np.array([0.1, 0.2, 0.3, 0.4]),)],
        mistakes={
            "You have only the diagonal, as one row: how each weight answers to its own score. The Jacobian has an entry for "
            "every weight and every score.": lambda weights: weights - weights**2,
            "The diagonal is right, but the rest is 0. A nudge of one score also moves the other weights, for their sum stays 1.":
                lambda weights: np.diag(weights - weights**2),
            "The second term is missing: this says that a weight answers to its own score only.":
                lambda weights: np.diag(weights),
            "The first term is missing: this says that every weight shrinks when a score grows, its own too.":
                lambda weights: -np.outer(weights, weights),
            "Only the second term is there, and without its minus sign.": lambda weights: np.outer(weights, weights),
            "The signs are turned round: a larger score would lower its own weight.":
                lambda weights: np.outer(weights, weights) - np.diag(weights),
            "You added the two terms. A column must sum to 0, because what one weight gains the others lose.":
                lambda weights: np.diag(weights) + np.outer(weights, weights),
            "Beside the diagonal stands the square of one weight, where the product of two belongs: row times row is one row, "
            "and NumPy repeats it. Row i, column j of w wᵀ is weight i times weight j.":
                lambda weights: np.diag(weights) - weights * weights,
            "The diagonal is right; beside it the sign is missing: when the score of one key grows, the other weights shrink.":
                lambda weights: np.outer(weights, weights) + np.diag(weights - 2 * weights**2),
            "You subtracted one number from all entries, the dot product of the weights with themselves. w wᵀ is a table, a "
            "column times a row: an outer product.": lambda weights: np.diag(weights) - weights @ weights.T,
            "`weights` is one row already: `weights[0]` is a number, and a number makes no diagonal.":
                lambda weights: np.diag(weights[0]) - np.outer(weights[0], weights[0]),
            "`.mT` needs two axes, and this row has one. w wᵀ is an outer product; NumPy has a function of that name.":
                lambda weights: np.diag(weights) - weights @ weights.mT,
            "You subtracted from the identity: the diagonal of the first term holds the weights, not ones.":
                lambda weights: np.eye(len(weights)) - np.outer(weights, weights),
            "You subtracted from the row itself, which NumPy repeats in every row. In the first term the weights stand on the "
            "diagonal, with 0 beside them.": lambda weights: weights - np.outer(weights, weights),
            "In the first term each weight runs along its whole row. It belongs on the diagonal only, with 0 beside it.":
                lambda weights: weights[:, None] - np.outer(weights, weights),
            "Beside the diagonal all is right. On it the first term stands alone: there the second takes off the square of the "
            "weight.": lambda weights: np.diag(weights + weights**2) - np.outer(weights, weights),
            "You applied softmax once more: what comes in are weights already.":
                lambda weights: softmax_gradient(steps.softmax(weights)),
        },
        hints=("The lesson's formula has two terms, each a table of shape (n_k, n_k).",
               "In the first term the weights stand on the diagonal: `np.diag`. In the second, row i and column j hold weight i "
               "times weight j.",
               "The second term is an outer product; then one subtraction. Every column must sum to 0."),
        why="On the diagonal stands w (1 − w), which is near 0 both for a weight near 0 and for one near 1: a row that has given "
            "everything to one key no longer answers."),
    Exercise(
        answer=steps.scale,
        inputs=[(SQUARE, 4), (TALL, 16), (HEADS, 9), (SQUARE * 10, 2), (BATCH, 64), (TALL, 1)],
        mistakes={
            "You divided by `d_k` itself: the root is missing, or you divided by it twice.": lambda scores, d_k: scores / d_k,
            "You multiplied by the root: the scores become larger still. Scaling divides.":
                lambda scores, d_k: scores * math.sqrt(d_k),
            "Two things: you multiplied where scaling divides, and the root is missing.": lambda scores, d_k: scores * d_k,
            "You divided by the square of `d_k`. It is the square root that is needed.": lambda scores, d_k: scores / d_k**2,
            "You subtracted the root from every score. That leaves all gaps as they are; only a division makes them smaller.":
                lambda scores, d_k: scores - math.sqrt(d_k),
            "Nothing is scaled: the scores are as they came.": lambda scores, d_k: scores,
            "You divided by the root of the last axis of the scores. That axis counts keys, n_k; `d_k` is an argument.":
                lambda scores, d_k: scores / math.sqrt(scores.shape[-1]),
            "You divided by the root of the number of queries, n_q; `d_k` is an argument.":
                lambda scores, d_k: scores / math.sqrt(scores.shape[-2]),
            "You divided by √8, whatever the argument `d_k` says: that is the size of the sentence's keys. Use the argument.":
                lambda scores, d_k: scores / math.sqrt(8),
            "You divided each row by its own length (the root of its sum of squares). All rows need the same divisor, and it "
            "depends on `d_k` only.": lambda scores, d_k: scores / _norm(scores),
            "You divided each row by its own standard deviation. The root of `d_k` is the deviation one expects before any score "
            "is known: one number for all.": lambda scores, d_k: scores / scores.std(axis=-1, keepdims=True),
            "You divided by the standard deviation of the whole array: then other queries and keys would change this one's "
            "scores. Divide by a number that depends on `d_k` only.": lambda scores, d_k: scores / scores.std(),
            "You standardised the whole array: its mean is not to be taken off, and the divisor depends on `d_k` only.":
                lambda scores, d_k: (scores - scores.mean()) / scores.std(),
            "You standardised each row: its mean is not to be taken off, and all rows need the same divisor.":
                lambda scores, d_k: (scores - scores.mean(axis=-1, keepdims=True)) / scores.std(axis=-1, keepdims=True),
            "You divided by the largest score. Scaling uses a number that depends on `d_k` only.":
                lambda scores, d_k: scores / scores.max(),
            "`//` drops what comes after the decimal point; use `/`.": lambda scores, d_k: scores // math.sqrt(d_k),
            "The root was cut to a whole number; keep its decimals.": lambda scores, d_k: scores / math.isqrt(d_k),
            "You took the root of the scores as well, and negative ones have none (NaN). Only `d_k` goes under the root.":
                lambda scores, d_k: np.sqrt(scores / d_k),
            "`math.sqrt` takes one number, and you gave it the whole array. Only `d_k` goes under the root; the scores do not.":
                lambda scores, d_k: math.sqrt(scores / d_k),
            "You divided by the logarithm. It is the square root that the spread of the scores follows.":
                lambda scores, d_k: scores / np.log(d_k),
            "A power binds more tightly than a division: `d_k ** 1/2` is half of `d_k`, so you divided by `d_k` and then by 2. "
            "Write `** 0.5` or `math.sqrt`.": lambda scores, d_k: scores / d_k ** 1/2,
            "You divided by half of `d_k`: `d_k ** 1/2` means `(d_k ** 1) / 2`. Write `** 0.5` or `math.sqrt`.":
                lambda scores, d_k: scores / (d_k / 2),
            "In Python `^` is no power but a comparison of bits: the power is `**`.": lambda scores, d_k: scores / (d_k ^ 0.5),
            "In Python `^` is no power but a comparison of bits, and it even comes after the division: the power is `**`.":
                lambda scores, d_k: scores / d_k ^ 0.5,
            "The scaling is right, but you went on to softmax: that is a later step.":
                lambda scores, d_k: steps.softmax(scores / math.sqrt(d_k)),
            "You took softmax first and divided the weights: the gaps were never made smaller, and the rows no longer sum to 1. "
            "Scaling belongs to the scores.": lambda scores, d_k: steps.softmax(scores) / math.sqrt(d_k),
        },
        hints=("All scores of all heads are divided by one and the same number.",
               "It is the standard deviation of a dot product of `d_k` independent terms of variance 1.",
               "`math.sqrt` takes a number; an array divided by a number is divided entry by entry, whatever its axes."),
        why="One divisor for all scores keeps their ranking; the root takes `d_k` out of their spread. The library's line also "
            "turns whole numbers into floats and refuses a `d_k` that is no size."),
)

QUESTIONS = (
    Question("After training, the components of queries and keys are no longer independent with variance 1. What is left of the "
             "reason to divide by the root of d_k?", (
        Choice("All of it: scaled scores have standard deviation 1, whatever the data.", False,
               "That needs independent components with mean 0 and variance 1. A query with itself as key scored about 64 in the "
               "lesson, not 8: when the terms pull one way, the root is too small."),
        Choice("The start: training begins with weights that can still move, and may then lengthen or shorten the vectors.", True,
               "The division is a choice of starting size. What the scores become later is learned."),
        Choice("Nothing: once a model is trained, the division can be left out.", False,
               "The matrices were learned with the division in place. Without it every gap becomes larger, by the root of "
               "d_k, and the weights are no longer those that were trained. It could be left out only if W_Q took it over."))),
    Question("The Jacobian of a row of eight weights is nearly 0 everywhere. What follows?", (
        Choice("The row has learned what it should: nothing is left to change.", False,
               "The Jacobian does not know which token would be right. A row that chose the wrong token by chance is just as "
               "silent as one that chose the right one."),
        Choice("The row spreads its weight evenly.", False,
               "Even weights answer well to a nudge; in the lesson the norm stayed high where the entropy was high. A silent row "
               "is one where a single token has nearly everything."),
        Choice("Nudging its scores hardly moves its weights; training hardly reaches the query and the keys behind them.", True,
               "The signal to the query and the keys passes through this Jacobian, and what is multiplied by nearly 0 is nearly "
               "lost."),
        Choice("The output of the row is nearly 0.", False,
               "The Jacobian says how the weights change, not how large they are: they still sum to 1."))),
    Question("Somebody divides the weights, not the scores, by the root of d_k, then makes every row sum to 1 again. They get", (
        Choice("the weights of scaled scores: dividing earlier or later makes no difference.", False,
               "Between the two places stands an exponential. Before it, a division makes the gaps smaller and so changes the "
               "ratios of the weights; after it, all weights become smaller alike."),
        Choice("the weights of unscaled scores: the last step undoes the division.", True,
               "Every weight of a row is divided by the same number, and dividing by the row's sum cancels it. The gaps of the "
               "scores were never reduced."),
        Choice("something in between: flatter than without scaling, sharper than with it.", False,
               "A common factor leaves all ratios within a row as they are, so the row gets no flatter at all."))),
)
