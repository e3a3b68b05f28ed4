"""Exercises of notebook 06: from scores to weights."""
import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Choice, Exercise, Question

INF = np.inf
ROWS = np.array([[1.0, 2.0, 0.5, -1.0], [0.0, 0.0, 3.0, 1.0], [-2.0, 4.0, 1.0, 1.0]])
STACK = np.stack([ROWS, ROWS[::-1] * 0.7 + 1])
MIXES = np.array([[0.25, 0.25, 0.25, 0.25], [0.5, 0.25, 0.125, 0.125], [0.7, 0.1, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4]])


def _exp(scores):
    return np.exp(scores - scores.max(axis=-1, keepdims=True))


def _shares(exponentials):
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _one_answer(scores):
    largest = scores.max(axis=-1, keepdims=True)
    return np.zeros(scores.shape) if largest == -INF else _shares(_exp(scores))


def weights_of_row(scores):
    """The weights of one row of scores of moderate size: (n_k,) → (n_k,)"""
    return np.exp(scores) / np.exp(scores).sum()


def softmax_at(scores, temperature):
    """Softmax at a temperature: (..., n_k), number → (..., n_k)"""
    return steps.softmax(np.asarray(scores) / temperature)


def entropy(weights):
    """The entropy of every row of weights, in units of the natural logarithm: (..., n_k) → (...)"""
    weights = np.asarray(weights)
    logarithms = np.log(np.where(weights > 0, weights, 1))
    return -(weights * logarithms).sum(axis=-1)


EXERCISES = (
    Exercise(
        answer=weights_of_row,
        inputs=[(np.array([2.0, -1.0, 3.0, 0.0]),), (np.array([2.0, 9.0, 9.0, 4.0]) / 2,), (np.array([-1.0, 0.0, 2.0]),)],
        mistakes={
            "You divided the scores themselves by their sum, as on paper: the exponential is missing, and a negative score "
            "gives a negative weight.": lambda scores: scores / scores.sum(),
            "You divided by the sum first and took the exponential afterwards: the result is positive, but it no longer sums "
            "to 1.": lambda scores: np.exp(scores / scores.sum()),
            "You divided by the sum of the scores, not of the exponentials: what is divided and what is summed must be the "
            "same.": lambda scores: np.exp(scores) / scores.sum(),
            "You took the exponential of the sum. The exponentials come first, and they are what is summed.":
                lambda scores: np.exp(scores) / np.exp(scores.sum()),
            "The largest score is taken off above and not below: whatever is subtracted has to be subtracted in the sum as well.":
                lambda scores: np.exp(scores - scores.max()) / np.exp(scores).sum(),
            "You divided by the largest exponential: the winner gets 1, and the row sums to more than 1.":
                lambda scores: np.exp(scores) / np.exp(scores).max(),
            "You divided by the number of exponentials, not by their sum.": lambda scores: np.exp(scores) / len(scores),
            "The exponentials are there, but nothing makes them sum to 1: divide by their sum.": lambda scores: np.exp(scores),
        },
        hints=("Two things must hold: no weight is negative, and the row sums to 1. Which function makes any number positive?",
               "Name the exponentials once; then each of them is divided by the same number.",
               "`np.exp` works on the whole row, and so does `.sum()`."),
        why="An exponential is positive and keeps the order; dividing all by their sum makes the row sum to 1 and changes no "
            "ratio."),
    Exercise(
        answer=softmax_at,
        inputs=[(np.array([1.0, 3.0, 0.0, 2.0]), 2), (ROWS, 2), (ROWS, 0.5), (ROWS, 1), (STACK, 3)],
        mistakes={
            "You multiplied by the temperature: then a high temperature sharpens, and it should flatten.":
                lambda scores, temperature: steps.softmax(scores * temperature),
            "You divided the weights by the temperature, after softmax: the rows no longer sum to 1. The scores have to be "
            "divided, before.": lambda scores, temperature: steps.softmax(scores) / temperature,
            "You multiplied the weights by the temperature, after softmax: the rows no longer sum to 1. The scores have to be "
            "divided, before.": lambda scores, temperature: steps.softmax(scores) * temperature,
            "The temperature changes nothing here. What is added to every score of a row, or divides all its exponentials, "
            "cancels: divide the scores themselves.": lambda scores, temperature: steps.softmax(scores),
            "You divided by the square root of the temperature. The root, and `scale` with it, belongs to `d_k`; a temperature "
            "divides as it is.": lambda scores, temperature: steps.softmax(scores / np.sqrt(temperature)),
            "Right where the square of the temperature is a whole number: `scale` takes no other. Divide by the temperature "
            "itself.": lambda scores, temperature: steps.softmax(steps.scale(scores, temperature ** 2)),
            "You raised the scores to a power; the temperature divides them.":
                lambda scores, temperature: steps.softmax(scores ** (1 / temperature)),
            "The scores are divided as they should be, but all rows share one sum: each row needs its own.":
                lambda scores, temperature: np.exp(scores / temperature) / np.exp(scores / temperature).sum(),
            "The scores are divided as they should be, but nothing makes a row sum to 1: that is what `softmax` adds.":
                lambda scores, temperature: np.exp(scores / temperature),
        },
        hints=("At a high temperature all weights become alike. Must the scores then be larger or smaller?",
               "One division, before softmax; `softmax` itself you may call."),
        why="Dividing the scores by a number changes their differences, and only differences count. Scaling by the root of "
            "`d_k` is such a temperature."),
    Exercise(
        answer=entropy,
        inputs=[(MIXES,), (np.array([0.7, 0.2, 0.1]),), (np.stack([MIXES[:3], MIXES[1:]]),),
                (np.vstack([MIXES, [1, 0, 0, 0]]),), (np.array([0.0, 0.5, 0.5]),)],
        mistakes={
            "The sign: logarithms of numbers below 1 are negative, so their sum needs a minus to be an entropy.":
                lambda w: (w * np.log(np.where(w > 0, w, 1))).sum(axis=-1),
            "A weight of 0 gives 0 times −∞, which is NaN. Such a term counts as 0: take the logarithm of 1 there, for "
            "example with `np.where`.": lambda w: -(w * np.log(w)).sum(axis=-1),
            "You took the logarithm to base 2. That is entropy in bits; here the natural logarithm is asked for.":
                lambda w: -(w * np.log2(np.where(w > 0, w, 1))).sum(axis=-1),
            "You forgot to multiply each logarithm by its weight: the entropy is the average of −log weight.":
                lambda w: -np.log(np.where(w > 0, w, 1)).sum(axis=-1),
            "You took the mean of the terms; the weights already make it an average, so the terms are added.":
                lambda w: -(w * np.log(np.where(w > 0, w, 1))).mean(axis=-1),
            "All rows came out as one number: each has an entropy of its own. Sum along the last axis, and keep the rows apart "
            "until then; `weights[weights > 0]` lays them end to end.": lambda w: -(w * np.log(np.where(w > 0, w, 1))).sum(),
            "All rows came out as one number, where each has an entropy of its own; and a weight of 0 makes it NaN.":
                lambda w: -(w * np.log(w)).sum(),
            "You summed down the columns, as Python's `sum` and `axis=0` do. Each row has its entropy: the last axis.":
                lambda w: -(w * np.log(np.where(w > 0, w, 1))).sum(axis=0),
            "A single row has no axis 1, and with axes in front axis 1 is not the row: count from the end, `axis=-1`.":
                lambda w: -(w * np.log(np.where(w > 0, w, 1))).sum(axis=1),
            "The axis over which you summed is still there, with length 1: leave `keepdims=True` out, so that each row becomes "
            "one number.": lambda w: -(w * np.log(np.where(w > 0, w, 1))).sum(axis=-1, keepdims=True),
            "A small number added to every weight hides the 0 but changes every entropy.":
                lambda w: -((w + 0.01) * np.log(w + 0.01)).sum(axis=-1),
        },
        hints=("The surprise of a key with weight `w` is −log `w`. The entropy is the average surprise, by those weights.",
               "Multiply, add along the last axis, and mind the sign.",
               "`0 · log 0` counts as 0, but NumPy says NaN: give the logarithm a 1 where the weight is 0."),
        why="It is 0 when one key has all the weight and log n when n keys share it evenly: one number that says how widely a "
            "query looks."),
    Exercise(
        answer=steps.softmax,
        inputs=[(np.array([[0.0, 1.0, 3.0], [5.0, 1.0, 0.0], [2.0, 4.0, 1.0]]),), (ROWS,), (STACK,),
                (np.array([[0.0, -INF, 1.0], [2.0, 1.0, -INF]]),),
                (np.array([[1e4, 0.0, 0.0, 0.0], [-1e4, -9999, -1e4, -1e4], [3.0, 1.0, 0.0, 2.0]]),),
                (np.array([[2e3, 0.0, -2e3, -2e3]]),), (np.array([[-INF] * 4, [3.0, 1.0, 0.0, 2.0]]),), (np.array([[7.0]]),)],
        mistakes={
            "You normalised the columns: every column sums to 1. A query's weights are a row, so sum along the last axis, "
            "`axis=-1`.": lambda s: steps.softmax(s.mT).mT,
            "With axes in front, axis 1 is not the row: count from the end, `axis=-1`.":
                lambda s: steps.softmax(s.swapaxes(1, -1)).swapaxes(1, -1),
            "You normalised the whole array: all its weights together sum to 1. Every row needs a sum of its own, "
            "`.sum(axis=-1, keepdims=True)`.": lambda s: np.exp(s - s.max()) / np.exp(s - s.max()).sum(),
            "All rows share one sum. You took off each row's own largest score; each row needs its own sum as well, "
            "`.sum(axis=-1, keepdims=True)`.": lambda s: _exp(s) / _exp(s).sum(),
            "Right for small scores, NaN for large ones: their exponentials overflow, or are 0 all along the row. Subtract the "
            "row's own largest score first.": lambda s: _shares(np.exp(s)),
            "The exponential of 10000 overflows, and those of a row around −10000 are all 0; a guard for "
            "the total cannot bring them back. Subtract the row's own largest score first.":
                lambda s: np.exp(s) / np.where(np.exp(s).sum(axis=-1, keepdims=True) == 0, 1,
                                               np.exp(s).sum(axis=-1, keepdims=True)),
            "Large scores made NaN, for which you put 0, so that a row loses all its weight. Subtract the "
            "row's own largest score first.": lambda s: np.nan_to_num(_shares(np.exp(s))),
            "You subtracted the row's mean: that moves the scores, but a score far above the mean still overflows, and with -inf "
            "the mean is -inf. Subtract the row's largest.":
                lambda s: _shares(np.exp(s - s.mean(axis=-1, keepdims=True))),
            "You subtracted the largest score of the whole array. A row far below it becomes 0 / 0. Each row needs its own "
            "largest, `.max(axis=-1, keepdims=True)`.": lambda s: _shares(np.exp(s - s.max())),
            "A row far below 10000 loses all its weight: you subtracted more than its own largest score, perhaps the "
            "largest of the whole array. Each row needs its own, `.max(axis=-1, keepdims=True)`.":
                lambda s: np.nan_to_num(_shares(np.exp(s - s.max()))),
            "Where a score is -inf, you put 0. The exponential of 0 is 1, so a forbidden key still gets weight.":
                lambda s: steps.softmax(np.where(np.isneginf(s), 0, s)),
            "With the largest score taken off, you put 0 for -inf. The exponential of 0 is 1, so a forbidden key gets as much "
            "weight as the best.": lambda s: _shares(np.where(np.isneginf(s), 1, _exp(s))),
            "`if` wants one answer for a whole array, and every row has its own: `np.where` decides for each.": _one_answer,
            "A row of nothing but -inf became NaN. That query may attend to nothing: its weights are 0, and need care of their "
            "own.": lambda s: _shares(_exp(s)),
            "In a row of nothing but -inf you gave every forbidden key the same weight. That query may attend to nothing: its "
            "weights are 0.": lambda s: steps.softmax(np.maximum(s, -1e9)),
            "You gave all the weight to the largest score: that is argmax. Softmax leaves every key a share.":
                lambda s: np.eye(s.shape[-1])[s.argmax(axis=-1)],
            "The exponentials are right, but nothing makes a row sum to 1: divide by the row's sum.": _exp,
            "You divided the scores by their sum, without exponentials.":
                lambda s: s / s.sum(axis=-1, keepdims=True),
            "`keepdims=True` is missing in the sum: the totals lie along the columns, so each entry is divided by another row's "
            "total.": lambda s: _exp(s) / _exp(s).sum(axis=-1),
            "`keepdims=True` is missing in the sum, so each entry is divided by another row's total; and the largest score is "
            "not taken off.": lambda s: np.exp(s) / np.exp(s).sum(axis=-1),
            "`keepdims=True` is missing in the maximum: the largest scores lie along the columns, so each entry "
            "loses another row's.":
                lambda s: _shares(np.exp(s - s.max(axis=-1))),
            "`keepdims=True` is missing in the maximum and in the sum: both lie along the columns, so each entry meets those of "
            "another row.": lambda s: np.exp(s - s.max(axis=-1)) / np.exp(s - s.max(axis=-1)).sum(axis=-1),
        },
        hints=("Exponentials, divided by their sum. Along which axis does a query's row run?",
               "Keep the axis when you sum, with `keepdims=True`, so that each row is divided by its own total.",
               "Take the row's largest score off first. Two rows need care: one with huge scores, and one of nothing but -inf, "
               "where both the largest score and the total would spoil the division; `np.where` helps."),
        why="Taking off the largest score changes no weight, because only differences count, but it keeps the exponentials "
            "between 0 and 1. The two `np.where` give the query that may attend to nothing weights of 0."),
)

QUESTIONS = (
    Question("Every score of a row grows by 5. What happens to its weights?", (
        Choice("Nothing.", True, "Every exponential is multiplied by the same number, and the sum as well; it cancels."),
        Choice("They become sharper: the largest gains.", False,
               "That happens when the scores are multiplied. Adding the same number changes no difference between them."),
        Choice("They grow, so the row sums to more than 1.", False,
               "The division by the sum makes every row sum to 1, whatever the scores are."))),
    Question("A model wants a token to attend to nothing at all. Can a softmax row, without a mask, say so?", (
        Choice("Yes, with very negative scores everywhere.", False,
               "Only differences count: a row of −50s gives the same weights as a row of 0s, an equal share for all."),
        Choice("Yes, with scores of 0 everywhere.", False, "The exponential of 0 is 1: all keys get the same weight, not none."),
        Choice("No; the row always sums to 1, so the weight has to go somewhere.", True,
               "Trained models often send it to a token that carries little, such as the first one."))),
    Question("A weight of 0.9 for cat means that", (
        Choice("the model is 90 % sure that cat is right.", False,
               "A weight is a share of one weighted sum, not a probability that something is true."),
        Choice("nine tenths of this query's output are the value of cat.", True,
               "That is all it says. How much it matters depends on that value and on everything after it."),
        Choice("cat attends to this token with 0.9.", False,
               "Rows are queries: the weight says how the query looks at cat, not how cat looks back."))),
)
