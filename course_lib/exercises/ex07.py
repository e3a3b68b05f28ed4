"""Exercises of notebook 07: from weights and values to the output, and the whole chain."""
import reprlib

import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Choice, Exercise, Question
from course_lib.steps import apply_mask, causal_mask, project, scale, score, softmax

INF = np.inf
RNG = np.random.default_rng(7)


def _whole(*shape):
    """Small whole numbers as floats."""
    return RNG.integers(-3, 4, shape).astype(float)


# Complete the line

WEIGHTS = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0], [0.125, 0.125, 0.75]])
SQUARE = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0], [2.0, 0.0, 1.0]])
VALUES = np.array([[4.0, 1.0, 0.0], [2.0, -2.0, 8.0], [0.0, 4.0, 3.0]])


def one_output_entry(weights_row, V, column):
    """One number of the output of one query: (n_k,), (n_k, d_v), column → number"""
    return weights_row @ V[:, column]


ONE_OUTPUT_ENTRY = Exercise(
    answer=one_output_entry,
    inputs=[(np.array([0.25, 0.75]), np.array([[4.0, 1.0], [2.0, 5.0]]), 0), (WEIGHTS[0], VALUES, 2),
            (np.array([1 / 3, 1 / 2, 1 / 6, 0.0]), np.array([[8.0, 1.0], [0.0, -1.0], [16.0, 2.0], [5.0, 7.0]]), 1)],
    mistakes={
        "You took a row of V, the value of a single token. One component of all values is a column of V.":
            lambda weights_row, V, column: weights_row @ V[column],
        "This is the query's whole output, all components at once. Only the one in `column` is asked for.":
            lambda weights_row, V, column: weights_row @ V,
        "The products of weight and value are right, but they still stand side by side: add them up.":
            lambda weights_row, V, column: weights_row * V[:, column],
        "Only the last product is left. In a loop each product is added to those before it, with `+=`.":
            lambda weights_row, V, column: weights_row[-1] * V[-1, column],
        "You took the mean of the products. The weights already share out one whole, so the products are added.":
            lambda weights_row, V, column: (weights_row * V[:, column]).mean(),
        "You added the components without the weights: every token counts fully here.":
            lambda weights_row, V, column: V[:, column].sum(),
        "You took the plain mean of the column: every token counts alike, whatever its weight.":
            lambda weights_row, V, column: V[:, column].mean(),
        "You took the value of the token with the largest weight and left the others out. Every token gives its share.":
            lambda weights_row, V, column: V[weights_row.argmax(), column],
        "You applied softmax to the weights. They come out of softmax already: use them as they are.":
            lambda weights_row, V, column: softmax(weights_row) @ V[:, column],
        "You used one weight for the whole column: `column` counts components, and the weights belong to tokens.":
            lambda weights_row, V, column: weights_row[column] * V[:, column].sum(),
        "You multiplied the weight and the entry of V at one place only. The sum goes over all tokens.":
            lambda weights_row, V, column: weights_row[column] * V[column, column],
        "You counted the columns from 1; NumPy and this course count from 0.":
            lambda weights_row, V, column: weights_row @ V[:, column - 1],
    },
    hints=("Every token has one weight, and one number in this column of V. How many products are there, and what becomes "
           "of them?",
           "A row of V is the value of one token. How do you write all rows, one column?",
           "Two vectors of length n_k: their dot product is the entry."),
    why="The rows of V are tokens, so its columns are components: one weight for each entry of the column.")


# Attention as a dictionary

def lookup_and_mean(index, n_k):
    """Weights that copy one value, and weights that average all: index, n_k → (2, n_k)"""
    return np.stack([np.eye(n_k)[index], np.full(n_k, 1 / n_k)])


LOOKUP_AND_MEAN = Exercise(
    answer=lookup_and_mean,
    inputs=[(1, 2), (0, 4), (2, 4), (3, 7)],
    mistakes={
        "The rows are exchanged: the lookup comes first, the mean second.":
            lambda index, n_k: lookup_and_mean(index, n_k)[::-1],
        "With ones in the second row the output is the sum of the values. A row of weights sums to 1.":
            lambda index, n_k: np.stack([np.eye(n_k)[index], np.ones(n_k)]),
        "The rows are exchanged, and the one for the mean holds ones: its output would be the sum of the values.":
            lambda index, n_k: np.stack([np.ones(n_k), np.eye(n_k)[index]]),
        "The first row is a softmax of the scores 1 and 0: it prefers the token, but copies nothing whole. These are the "
        "weights themselves; no softmax comes after them.":
            lambda index, n_k: np.stack([softmax(np.eye(n_k)[index]), np.full(n_k, 1 / n_k)]),
        "You counted the tokens from 1: the weight 1 stands one place too far to the left.":
            lambda index, n_k: np.stack([np.eye(n_k)[index - 1], np.full(n_k, 1 / n_k)]),
        "You gave each token one row. Rows are queries: two rows, and a column for each token.":
            lambda index, n_k: lookup_and_mean(index, n_k).T,
        "The second row is 0 everywhere. If `1 / n_k` stands there: an array of whole numbers cuts it down to 0, and so "
        "does `//`.":
            lambda index, n_k: np.stack([np.eye(n_k)[index], np.zeros(n_k)]),
        "In the second row the token itself got nothing. The mean takes all values, that of `index` too.":
            lambda index, n_k: np.stack([np.eye(n_k)[index], (1 - np.eye(n_k)[index]) / (n_k - 1)]),
        "In the first row every token but `index` has a weight. To copy its value, give it everything.":
            lambda index, n_k: np.stack([1 - np.eye(n_k)[index], np.full(n_k, 1 / n_k)]),
        "The second row has 1/2 everywhere. It sums to 1 only if there are two tokens.":
            lambda index, n_k: np.stack([np.eye(n_k)[index], np.full(n_k, 1 / 2)]),
        "The second row has 1/4 everywhere. It sums to 1 only if there are four tokens.":
            lambda index, n_k: np.stack([np.eye(n_k)[index], np.full(n_k, 1 / 4)]),
        "The first row has 1 in the right place, but the other weights there are not 0: the copy is mixed with all the rest.":
            lambda index, n_k: np.stack([np.where(np.eye(n_k)[index] == 1, 1, 1 / n_k), np.full(n_k, 1 / n_k)]),
        "Both rows are the mean. If you made them by `[row] * 2`, they are one and the same list, and what you write into one "
        "stands in both.": lambda index, n_k: np.full((2, n_k), 1 / n_k),
        "Both rows have 1 at `index` and 1 / n_k elsewhere. If you made them by `[row] * 2`, they are one and the same list, and "
        "what you write into one stands in both.":
            lambda index, n_k: np.stack([np.where(np.eye(n_k)[index] == 1, 1, 1 / n_k)] * 2),
        "Only the lookup came back. Two rows are asked for.": lambda index, n_k: np.eye(n_k)[index],
        "Only the mean came back. Two rows are asked for.": lambda index, n_k: np.full(n_k, 1 / n_k),
    },
    hints=("Which weight must a value have to come home unchanged, and what is then left for the others?",
           "In a mean all count alike, and the row sums to 1.",
           "Row `index` of `np.eye(n_k)` is one-hot; `np.stack` lays one row under the other."),
    why="One-hot weights make attention a Python dictionary, uniform weights make it a mean. A row out of softmax lies between "
        "the two.")


# Predict a shape

def output_shape(Q_shape, K_shape, V_shape):
    """The output's shape, or "error": (..., n_q, d_k), (..., n_k, d_k), (..., n_k, d_v) → (..., n_q, d_v)"""
    if Q_shape[-1] != K_shape[-1] or K_shape[-2] != V_shape[-2]:
        return "error"
    return (*Q_shape[:-1], V_shape[-1])


def _as_text(result, *shapes):
    """A shape as text, however it was written; "error" as it is, and anything else as what it is."""
    if result is None or isinstance(result, str) and result == "error":
        return result
    if isinstance(result, (tuple, list)) and all(isinstance(size, (int, np.integer)) for size in result):
        return str(tuple(map(int, result)))
    return f"a {type(result).__name__} {result.shape if isinstance(result, np.ndarray) else reprlib.repr(result)}"


WRONG_SHAPES = {
    "The output is as wide as a value, not as a query: d_v, not d_k.": lambda q, k, v: q,
    "This is the shape of the weights, one column for each key. What the weights gather are values.":
        lambda q, k, v: (*q[:-1], k[-2]),
    "This is the shape of V. There is one output for each query, not for each key.": lambda q, k, v: v,
    "The two sizes are exchanged: rows are queries, columns are components.": lambda q, k, v: (*q[:-2], v[-1], q[-2]),
    "The batch axes in front are lost. Attention keeps them as they are.": lambda q, k, v: (q[-2], v[-1]),
}


def _if(fits, shape):
    """A wrong version: "error" unless the shapes fit."""
    return lambda Q_shape, K_shape, V_shape: shape(Q_shape, K_shape, V_shape) if fits(Q_shape, K_shape, V_shape) else "error"


def _right(q, k, v):
    return (*q[:-1], v[-1])


def _fits(q, k, v):
    return q[-1] == k[-1] and k[-2] == v[-2]


def _fits_from_front(q, k, v):
    return q[1] == k[1] and k[0] == v[0]


def _two_axes(q, k, v):
    (n_q, _), (_, d_v) = q, v
    return n_q, d_v


def _product(q, k, v):
    return np.zeros(q) @ np.zeros(k).mT @ np.zeros(v)


OUTPUT_SHAPE = Exercise(
    answer=output_shape,
    seen=_as_text,
    inputs=[((4, 2), (4, 2), (4, 2)), ((3, 4), (5, 4), (5, 2)), ((3, 4), (5, 3), (5, 2)), ((3, 4), (4, 3), (4, 2)),
            ((3, 4), (5, 4), (3, 2)), ((3, 4), (5, 4), (4, 6)), ((2, 3, 4), (2, 5, 4), (2, 5, 6)),
            ((3, 2), (3, 2), (3, 5)), ((2, 4), (5, 4), (5, 4)), ((6, 2, 1, 8), (6, 2, 7, 8), (6, 2, 7, 4)),
            ((2, 3, 4), (2, 5, 4), (2, 3, 4)), ((3, 4), (5, 3), (4, 2))],
    mistakes={
        **{text: _if(_fits, shape) for text, shape in WRONG_SHAPES.items()},
        **{f"{text} And shapes that cannot be multiplied get no \"error\".": shape for text, shape in WRONG_SHAPES.items()},
        "The shape is right wherever there is one, but no \"error\" is returned where there is none. Which sizes must agree "
        "for the scores, and which for the sum?": _right,
        "You return \"error\" only where neither product is possible. Where one of them is not, there is no output either.":
            _if(lambda q, k, v: q[-1] == k[-1] or k[-2] == v[-2], _right),
        "You counted the axes from the front, where the batch axes stand. Count from the end, with `-1` and `-2`.":
            _if(_fits_from_front, lambda q, k, v: (q[0], v[1])),
        "The shape is right, but the sizes that you compare are counted from the front, where the batch axes stand. Count from "
        "the end.": _if(_fits_from_front, _right),
        "You test the scores, and not the sum: weights have one column for each key, so V needs as many rows as K.":
            _if(lambda q, k, v: q[-1] == k[-1], _right),
        "You test the sum, and not the scores: a query and a key need the same number of components.":
            _if(lambda q, k, v: k[-2] == v[-2], _right),
        "You ask for as many queries as keys. They need not agree: three queries can look at five keys.":
            _if(lambda q, k, v: _fits(q, k, v) and q[-2] == k[-2], _right),
        "You ask for values as wide as keys. They need not agree: a value is never compared with a query.":
            _if(lambda q, k, v: _fits(q, k, v) and k[-1] == v[-1], _right),
        "You compare the sizes as if K stood in the product as it is. In the scores it is transposed: which size of K then meets "
        "Q, and which meets V?": _if(lambda q, k, v: q[-1] == k[-2] and k[-1] == v[-2], _right),
        "You compare the width of K with the rows of V. Every key has a value: V needs as many rows as K.":
            _if(lambda q, k, v: q[-1] == k[-1] == v[-2], _right),
        "You ask for as many values as queries. Every key has a value: compare V with K.":
            _if(lambda q, k, v: q[-1] == k[-1] and q[-2] == v[-2], _right),
        "Right without batch axes. With them a shape has more than two sizes, and cannot be unpacked into two names.":
            lambda q, k, v: _if(_fits, _two_axes)(q, k, v) if len(q) == 2 else _two_axes(q, k, v),
        "A shape has two sizes only without batch axes, so it cannot always be unpacked into two names; and shapes that cannot "
        "be multiplied get no \"error\".": _two_axes,
        "The shapes are right. Where there is none, you return None; the word \"error\" is asked for.":
            lambda q, k, v: _right(q, k, v) if _fits(q, k, v) else None,
        "This is an array, not a shape. If you multiply arrays of these shapes, return the `.shape` of what comes out, and "
        "\"error\" where NumPy refuses.": _product,
        "Right where the products exist. Elsewhere NumPy raises an error of its own; the word \"error\" is asked for.":
            lambda q, k, v: _product(q, k, v).shape,
        "You return \"error\" unless all three shapes are the same. Two pairs of sizes must agree, no more.":
            _if(lambda q, k, v: q == k == v, _right),
    },
    hints=("Write the two products with their shapes: Q with K transposed, then the weights with V. Which sizes meet in the "
           "middle?",
           "What meets in the middle must agree, and it is gone afterwards. What remains on the left, and what on the right?",
           "Counted from the end: `Q_shape[-1]` is d_k, `K_shape[-2]` is n_k. All axes but the last are `Q_shape[:-1]`."),
    why="The rows come from the queries, the columns from the values. Keys decide who is heard; of their own sizes nothing is "
        "left in the output.")


# Repair the lesson

def repaired_lesson(x, W_Q, W_K, W_V):
    """One causal head: (..., seq_len, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v) → (..., seq_len, d_v)"""
    scaled_scores = scale(project(x, W_Q) @ project(x, W_K).mT, W_K.shape[-1])
    weights = softmax(apply_mask(scaled_scores, causal_mask(x.shape[-2])))
    return weights @ project(x, W_V)


def _lesson(factor=lambda x, W_K, W_V: W_K.shape[-1] ** -0.5, values=lambda x, W_Q, W_K, W_V: x @ W_V,
            mask=lambda x: causal_mask(x.shape[-2]), normalise=softmax):
    """The lesson with one or two things changed: what its scores are multiplied by, the values, the mask, the softmax."""
    def lesson(x, W_Q, W_K, W_V):
        scores = (x @ W_Q) @ (x @ W_K).mT * factor(x, W_K, W_V)
        return normalise(apply_mask(scores, mask(x))) @ values(x, W_Q, W_K, W_V)
    return lesson


def _unscaled(x, W_K, W_V):
    return 1


def _x(x, W_Q, W_K, W_V):
    return x


def _root_of_d_model(x, W_K, W_V):
    return x.shape[-1] ** -0.5


def _tokens(x, W_K, W_V):
    return x.shape[-2] ** -0.5


SMALL = (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 2.0], [2.0, 1.0]]), np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]),
         np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]), np.array([[4.0, 1.0], [0.0, 2.0]]))
LONG_X = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0], [1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [2.0, 1.0, 0.0, 1.0]])
NARROW = (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, -1.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]),
          np.array([[4.0, 0.0, 1.0], [0.0, 8.0, 2.0], [2.0, -4.0, 0.0], [-2.0, 1.0, 4.0]]))

REPAIRED_LESSON = Exercise(
    answer=repaired_lesson,
    inputs=[SMALL, (LONG_X, *NARROW), (np.stack([LONG_X, LONG_X[::-1] - 1]), *NARROW),
            (LONG_X[:3, :3], SQUARE / 2, SQUARE.T, VALUES)],
    mistakes={
        "Both slips are still there: the scores are not scaled, and the rows of x are summed where values belong.":
            _lesson(_unscaled, _x),
        "The scaling is repaired. The other slip is left: the weights gather rows of x, and should gather values.":
            _lesson(values=_x),
        "The values are repaired. The other slip is left: the scores that come under the mask are not scaled.":
            _lesson(_unscaled),
        "You divided by the root of `d_model`, the width of x. The dot products have d_k terms, the width of a query.":
            _lesson(_root_of_d_model),
        "You divided by the root of `d_model`, the width of x, where d_k belongs; and the weights still gather rows of x, not "
        "values.": _lesson(_root_of_d_model, _x),
        "You divided by the root of `d_v`. The dot products are those of queries and keys: their width counts.":
            _lesson(lambda x, W_K, W_V: W_V.shape[-1] ** -0.5),
        "You divided by the root of the number of tokens. What counts is how many terms a dot product has, d_k.":
            _lesson(_tokens),
        "You divided by √2, right only for the pocket example. Here d_k may be another: read it off a shape.":
            _lesson(lambda x, W_K, W_V: 2 ** -0.5),
        "You divided by the root of 16, the size in the lesson. Here d_k may be another: read it off a shape.":
            _lesson(lambda x, W_K, W_V: 1 / 4),
        "You divided by the root of 16, the size in the lesson, where d_k may be another; and the weights still gather rows "
        "of x, not values.": _lesson(lambda x, W_K, W_V: 1 / 4, _x),
        "You divided by the root of 8, the size in the sentence. Here d_k may be another: read it off a shape.":
            _lesson(lambda x, W_K, W_V: 8 ** -0.5),
        "The scores are divided by d_k itself: the root is missing, or they are scaled twice.":
            _lesson(lambda x, W_K, W_V: 1 / W_K.shape[-1]),
        "You multiplied by the root of d_k; the scores should become smaller.": _lesson(lambda x, W_K, W_V: W_K.shape[-1] ** 0.5),
        "The division came after softmax, so that every output shrinks. The scores are what has to be divided.":
            lambda x, W_Q, W_K, W_V: _lesson(_unscaled)(x, W_Q, W_K, W_V) / np.sqrt(W_K.shape[-1]),
        "Two results came back, output and weights. Here the output alone is asked for.":
            lambda x, W_Q, W_K, W_V: steps.attention(x @ W_Q, x @ W_K, x @ W_V, causal_mask(x.shape[-2])),
        "Both slips are repaired, but the mask got lost: the tokens see their future.":
            _lesson(mask=lambda x: True),
        "The values are repaired, but the scores are not scaled, and the mask got lost.":
            _lesson(_unscaled, mask=lambda x: True),
        "Both slips are repaired, but the mask is upside down: the tokens see their future and not their past.":
            _lesson(mask=lambda x: causal_mask(x.shape[-2]).T),
        "The mask is 8 × 8, the lesson's size. Here x may have another number of tokens: read it off the shape of x.":
            _lesson(mask=lambda x: causal_mask(8)),
        "Right for one sequence. With batch axes in front, the first axis of x counts sequences: the mask needs the number of "
        "tokens, `x.shape[-2]`.": _lesson(mask=lambda x: causal_mask(len(x))),
        "You summed the keys. What a token hands over is its value, by `W_V`.": _lesson(values=lambda x, W_Q, W_K, W_V: x @ W_K),
        "You summed the queries. What a token hands over is its value, by `W_V`.":
            _lesson(values=lambda x, W_Q, W_K, W_V: x @ W_Q),
        "You multiplied the weights by `W_V` itself. It is a parameter, without a row for each token: project x with it first.":
            _lesson(values=lambda x, W_Q, W_K, W_V: W_V),
        "Softmax runs down the columns here: a query's weights are a row.": _lesson(normalise=lambda s: softmax(s.mT).mT),
    },
    hints=("Read the three lines against the chain of notebooks 03 to 07. One step has no line at all, and in one line a letter "
           "stands where another belongs.",
           "First slip: how wide is a query? `W_Q` and `W_K` know it. Second slip: three projections come in, two are used.",
           "`scale` goes between the scores and the mask; the values are `project(x, W_V)`."),
    why="Neither slip raises an error. Unscaled scores show only in the numbers, x for V in the width, and in a head with d_v = "
        "d_model not even there.")


# The step

def _by_loops(weights, V):
    return [sum(weights[i, j] * V[j] for j in range(len(V))) for i in range(len(weights))]


WEIGHTED_SUM = Exercise(
    answer=steps.weighted_sum,
    inputs=[(np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([[4.0, 1.0], [2.0, 9.0]])), (WEIGHTS[:2], np.array(
        [[4.0, 0.0, 8.0, 2.0], [0.0, 4.0, -4.0, 1.0], [8.0, 4.0, 0.0, 3.0]])), (WEIGHTS, VALUES), (WEIGHTS, VALUES[:, :2]),
            (np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[3.0, 1.0], [2.0, 6.0]])),
            (np.stack([WEIGHTS[:2], WEIGHTS[1:]]), _whole(2, 3, 4)),
            (np.stack([[WEIGHTS[:2], WEIGHTS[1:]], [WEIGHTS[::2], WEIGHTS[::-2]]]), _whole(2, 2, 3, 4))],
    mistakes={
        "The weights are transposed: each output mixes by a column, and columns do not sum to 1. Rows are queries already.":
            lambda weights, V: weights.mT @ V,
        "V times weights: the order is exchanged. A row of weights has one entry for each row of V.":
            lambda weights, V: V @ weights,
        "You transposed V, as K is transposed in the scores. There both have rows of d_k numbers; here the row of weights "
        "already fits the columns of V.": lambda weights, V: weights @ V.mT,
        "You multiplied entry by entry. Each output is a sum over all tokens: a matrix product.": lambda weights, V: weights * V,
        "The products of weight and value are there, but the sum over the tokens is missing.":
            lambda weights, V: weights[..., None] * V[..., None, :, :],
        "Only the last token's product is left. In a loop each product is added to those before it, with `+=`.":
            lambda weights, V: weights[..., -1:] * V[..., -1:, :],
        "You summed over the queries. The sum goes over the tokens that are attended to, so that each query keeps its output.":
            lambda weights, V: (weights[..., None] * V[..., None, :, :]).sum(axis=-3),
        "You divided by the number of tokens. The weights sum to 1: the weighted sum is an average already.":
            lambda weights, V: weights @ V / V.shape[-2],
        "You applied softmax to the weights. They come out of softmax already: use them as they are.":
            lambda weights, V: softmax(weights) @ V,
        "You copied the value of the token with the largest weight: that is a plain lookup. Every value comes in by its "
        "weight.": lambda weights, V: np.eye(V.shape[-2])[weights.argmax(axis=-1)] @ V,
        "Every query got the plain mean of all values, as if the weights were uniform.":
            lambda weights, V: np.full_like(weights, 1 / V.shape[-2]) @ V,
        "You divided by the sum of the weights. It is 1, except for a query that may attend to nothing: its weights are 0, and "
        "its output should be 0, not NaN.": lambda weights, V: weights @ V / weights.sum(axis=-1, keepdims=True),
        "The numbers are right, but the output is transposed: one row for each query.": lambda weights, V: (weights @ V).mT,
        "Right for one sequence. With batch axes in front, `np.dot` and `.dot` pair every sequence with every other; `@` keeps "
        "each with its own.": lambda weights, V: np.dot(weights, V),
        "Right for one sequence. With batch axes in front, `weights[i, j]` and `V[j]` are no longer a weight and a value, so the "
        "loops stop. A matrix product needs no loop.": _by_loops,
    },
    hints=("Which axis do weights and values have in common? Along it you multiply and add.",
           "The shapes are (n_q, n_k) and (n_k, d_v): do they need a transpose to be multiplied?",
           "One matrix product, of the two as they are; batch axes take care of themselves."),
    why="Row i of the product is the sum of the rows of V, each times its weight in row i. The axis n_k, over which is summed, "
        "disappears.")


# The whole chain

def _scaled(Q, K):
    return Q @ K.mT / np.sqrt(Q.shape[-1])


def _masked(scores, mask):
    return scores if mask is None else apply_mask(scores, mask)


def _with(scores=_scaled, mask=_masked, normalise=softmax, gather=lambda weights, V: (weights @ V, weights)):
    """Attention with one or two of its steps replaced."""
    return lambda Q, K, V, mask_given=None: gather(normalise(mask(scores(Q, K), mask_given)), V)


def _over(size):
    """Attention with the scores divided by something else."""
    return lambda Q, K, V, mask=None: _with(lambda Q, K: score(Q, K) / size(Q, K, V))(Q, K, V, mask)


def _shares(scores, axis=-1, largest=True):
    """Softmax by hand, along any axis, with or without the largest score taken off, and without care for rows of -inf."""
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True)) if largest else np.exp(scores)
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def _replace(by):
    """A mask that puts a number where -inf belongs."""
    return lambda scores, mask: scores if mask is None else np.where(mask, scores, by)


def _by_index(scores, mask):
    scores = scores.copy()
    scores[() if mask is None else ~mask] = scores if mask is None else -INF
    return scores


def _after(weights, mask):
    return weights if mask is None else weights * mask


def _argmax(scores):
    return np.eye(scores.shape[-1])[scores.argmax(axis=-1)]


def _unmasked(scores, mask):
    return scores


def _truth(scores, mask):
    return apply_mask(scores, mask) if mask else scores


PAIR = np.array([[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [2.0, 1.0]], [[4.0, 1.0], [2.0, 5.0]]])
WIDE_KEYS = (np.array([[1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 0.0]]),
             np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 2.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]]),
             np.array([[4.0, 0.0], [0.0, 8.0], [2.0, 2.0]]))
SEQUENCES = (np.stack([SQUARE, SQUARE.T])[..., :2], np.stack([SQUARE - 1, SQUARE])[..., :2], np.stack([VALUES, VALUES[::-1]]))
HEADS = _whole(2, 2, 3, 4), _whole(2, 2, 5, 4), _whole(2, 2, 5, 3)
PADDING = np.array([[True, True, True, True, False], [True, True, True, False, False]])[:, None, None]
LARGE = np.array([[100.0, 0.0], [-100.0, 50.0]])
BLIND = np.array([[True, False, True], [False, False, False], [False, True, True]])

ATTENTION = Exercise(
    answer=steps.attention,
    inputs=[(*PAIR, np.tri(2) > 0), WIDE_KEYS, (*WIDE_KEYS, np.array([True, True, False])),
            (SQUARE, SQUARE[[1, 0, 2]] + 1, VALUES), (SQUARE, SQUARE[[2, 0, 1]], VALUES, np.tri(3) > 0),
            (*SEQUENCES, np.tri(3) > 0), (*HEADS, PADDING),
            (SQUARE, SQUARE + 1, VALUES[:, :2], BLIND), (LARGE, LARGE, PAIR[2])],
    mistakes={
        "The scores that enter softmax are not scaled.": _over(lambda Q, K, V: 1),
        "You divided by d_k itself; the root is missing.": _over(lambda Q, K, V: Q.shape[-1]),
        "You multiplied by the root of d_k; the scores should become smaller.": _over(lambda Q, K, V: Q.shape[-1] ** -0.5),
        "You divided by the root of d_v, the width of a value. The dot products are those of queries and keys.":
            _over(lambda Q, K, V: V.shape[-1] ** 0.5),
        "You divided by the root of n_k, the number of keys. What counts is how many terms a dot product has.":
            _over(lambda Q, K, V: K.shape[-2] ** 0.5),
        "You divided by the root of n_q, the number of queries. What counts is how many terms a dot product has.":
            _over(lambda Q, K, V: Q.shape[-2] ** 0.5),
        "You divided by the root of `Q.shape[0]`, or `len(Q)`. That is the number of queries, or with batch axes the number of "
        "sequences; d_k stands at the end of the shape.": _over(lambda Q, K, V: len(Q) ** 0.5),
        "You divided by the root of `len(K)`. That is the number of keys, or with batch axes the number of sequences; d_k stands "
        "at the end of the shape.": _over(lambda Q, K, V: len(K) ** 0.5),
        "Right for one sequence. With batch axes in front, `shape[1]` is no longer d_k: count from the end.":
            _over(lambda Q, K, V: K.shape[1] ** 0.5),
        "You divided by √2, right only for the pocket example. Read d_k off a shape.": _over(lambda Q, K, V: 2 ** 0.5),
        "You divided by √8, right only for the sentence. Read d_k off a shape.": _over(lambda Q, K, V: 8 ** 0.5),
        "You divided by √16: that is the root of `d_model` in the sentence. What counts is the width of a query.":
            _over(lambda Q, K, V: 4),
        "You divided the weights, after softmax: their rows no longer sum to 1. The scores are what has to be divided.":
            lambda Q, K, V, mask=None: (steps.attention(Q * Q.shape[-1] ** 0.5, K, V, mask)[0] / Q.shape[-1] ** 0.5,
                                        steps.attention(Q * Q.shape[-1] ** 0.5, K, V, mask)[1] / Q.shape[-1] ** 0.5),
        "Queries and keys are exchanged in the scores: your rows belong to the keys. With as many queries as keys this runs in "
        "silence.": lambda Q, K, V, mask=None: _with()(K, Q, V, mask),
        "Right for one sequence. With batch axes in front, `.T` turns all axes round; `.mT` exchanges the last two only.":
            _with(lambda Q, K: Q @ K.T / np.sqrt(Q.shape[-1])),
        "The mask is not used.": _with(mask=_unmasked),
        "You use the causal mask, whatever mask is given. Use the argument; None hides nothing.":
            _with(mask=lambda scores, mask: apply_mask(scores, causal_mask(*scores.shape[-2:]))),
        "Right with a mask. Without one you hid the future; None hides nothing.":
            _with(mask=lambda scores, mask: apply_mask(scores, causal_mask(*scores.shape[-2:]) if mask is None else mask)),
        "Right where the mask has the shape of the scores. A mask may have fewer axes, or axes of length 1: an index in brackets "
        "does not broadcast it, `apply_mask` and `np.where` do.": _with(mask=_by_index),
        "The mask is turned round: True means that a query may attend.":
            _with(mask=lambda scores, mask: _masked(scores, None if mask is None else ~mask)),
        "Where the mask forbids, you put 0. The exponential of 0 is 1, so a forbidden key still gets weight.":
            _with(mask=_replace(0)),
        "You added the mask to the scores, where True counts as 1. Nothing is hidden by that.":
            _with(mask=lambda scores, mask: scores if mask is None else scores + mask),
        "You masked after softmax: what a forbidden key had is lost, and the rows no longer sum to 1.":
            lambda Q, K, V, mask=None: (_after(softmax(_scaled(Q, K)), mask) @ V, _after(softmax(_scaled(Q, K)), mask)),
        "You masked after softmax, with -inf: a forbidden weight must be 0. It is the scores that become -inf.":
            lambda Q, K, V, mask=None: (_masked(softmax(_scaled(Q, K)), mask) @ V, _masked(softmax(_scaled(Q, K)), mask)),
        "The output is right, but the weights that you return with it are those before the mask.":
            lambda Q, K, V, mask=None: (steps.attention(Q, K, V, mask)[0], softmax(_scaled(Q, K))),
        "The weights are right, but the output was made with those before the mask.":
            lambda Q, K, V, mask=None: (softmax(_scaled(Q, K)) @ V, steps.attention(Q, K, V, mask)[1]),
        "`if mask`, `mask == None` and `mask != None` ask every entry of the mask, and `if` wants one answer. Ask whether "
        "there is a mask at all: `mask is None`.":
            _with(mask=_truth),
        "Right with a mask. Without one, `mask` is None and cannot be applied: then the scores stay as they are.":
            _with(mask=apply_mask),
        "Without a mask, `mask` is None, and `np.where` takes None for False: everything is hidden.":
            _with(mask=lambda scores, mask: np.where(mask, scores, -INF)),
        "Without a mask, `mask` is None, and `np.where` takes None for False: everything is hidden. And where everything is "
        "hidden your weights are 0 / 0, NaN; the softmax of notebook 06 gives 0.":
            _with(mask=lambda scores, mask: np.where(mask, scores, -INF), normalise=_shares),
        "Right but for a query that may attend to nothing: its weights are 0 / 0, NaN. The softmax of notebook 06 gives it "
        "weights of 0.": _with(normalise=_shares),
        "Right but for a query that may attend to nothing: with -1e9 for -inf it attends to every forbidden key alike. Its "
        "weights are 0.": _with(mask=_replace(-1e9)),
        "Right but for a query that may attend to nothing: adding -1e9 to its whole row is a shift, which softmax does not "
        "notice. Its weights are 0.":
            _with(mask=lambda scores, mask: scores if mask is None else scores + np.where(mask, 0, -1e9)),
        "Right for small scores, NaN for large ones and for a query that may attend to nothing. The softmax of notebook 06 is "
        "safe in both.": _with(normalise=lambda scores: _shares(scores, largest=False)),
        "Softmax runs down the columns: a query's weights are a row, along the last axis.":
            _with(normalise=lambda scores: _shares(scores, axis=-2)),
        "With batch axes in front, softmax along `axis=1` no longer runs along the row: count from the "
        "end.": _with(normalise=lambda scores: _shares(scores, axis=1)),
        "One softmax over all scores at once: every row should sum to 1, not the whole array.":
            _with(normalise=lambda scores: _shares(scores, axis=None)),
        "There is no softmax: the values are summed by the scores.": _with(normalise=lambda scores: scores),
        "You gave all the weight to the largest score: that is argmax. Softmax leaves every key a share.":
            _with(normalise=_argmax),
        "You summed the keys. They are only compared with the query; what is gathered are the values.":
            lambda Q, K, V, mask=None: steps.attention(Q, K, K, mask),
        "Keys and values are exchanged: a query is to be compared with keys, and values are what it gathers.":
            lambda Q, K, V, mask=None: steps.attention(Q, V, K, mask),
        "The weights are transposed in the last step. Row i of the weights belongs to query i, and so does row i of the output.":
            _with(gather=lambda weights, V: (weights.mT @ V, weights)),
        "You multiplied weights and V entry by entry. Each output is a sum over all tokens: a matrix product.":
            _with(gather=lambda weights, V: (weights * V, weights)),
        "Only the output came back. Return the weights as well: `return output, weights`.":
            _with(gather=lambda weights, V: weights @ V),
        "Only the weights came back. Return the output as well, and first.": _with(gather=lambda weights, V: weights),
        "Two results came back in the wrong order: first the output, then the weights.":
            _with(gather=lambda weights, V: (weights, weights @ V)),
        "The output is right, but the second result holds the masked scores. The weights are what softmax makes of them.":
            lambda Q, K, V, mask=None: (steps.attention(Q, K, V, mask)[0], _masked(_scaled(Q, K), mask)),
        "The output is right, but the second result holds the scores. The weights are what softmax makes of them.":
            lambda Q, K, V, mask=None: (steps.attention(Q, K, V, mask)[0], score(Q, K)),
        "Two steps are missing: the scores are not scaled, and the mask is not used.": _with(score, _unmasked),
        "The scores are not scaled, and the mask came after softmax: the rows no longer sum to 1.":
            lambda Q, K, V, mask=None: (_after(softmax(score(Q, K)), mask) @ V, _after(softmax(score(Q, K)), mask)),
        "The scores are not scaled, and softmax runs down the columns.": _with(score, normalise=lambda s: _shares(s, axis=-2)),
        "Only the output came back, where output and weights are asked for; and its scores are not scaled.":
            _with(score, gather=lambda weights, V: weights @ V),
        "Only the output came back, where output and weights are asked for; and the mask is not used.":
            _with(mask=_unmasked, gather=lambda weights, V: weights @ V),
    },
    hints=("Five steps, in the order of the notebooks: scores, scaling, mask, softmax, weighted sum. You may call what you have "
           "built.",
           "The width of a query is d_k: which axis of Q is it? And what should happen when no mask is given?",
           "Name the weights before you use them: they are needed twice, for the output and for the `return`."),
    why="Every line is a notebook: 03 scores, 04 scales, 05 masks, 06 makes weights, 07 gathers. The order matters: scaling and "
        "mask work on scores, so both come before softmax.")

EXERCISES = (ONE_OUTPUT_ENTRY, LOOKUP_AND_MEAN, OUTPUT_SHAPE, REPAIRED_LESSON, WEIGHTED_SUM, ATTENTION)

QUESTIONS = (
    Question("In a sequence the first component of every value lies between 0 and 4. Can a query's output have 5 there?", (
        Choice("No; an output is an average of the values.", True,
               "Weights are not negative and sum to 1, so every component stays between the smallest and the largest."),
        Choice("Yes, if one score is large enough.", False,
               "A large score brings one weight close to 1 and the others close to 0. The output then comes close to one value, "
               "never beyond it."),
        Choice("Yes, if the query sees enough tokens: their values add up.", False,
               "They do add up, but each only times its weight, and the weights share out one whole, however many tokens "
               "there are."))),
    Question("A query gives \"the\" the weight 0.9, and the value of \"the\" is (0, 0). What follows?", (
        Choice("\"the\" was the most important token for this output.", False,
               "The largest weight invites this reading, but \"the\" put nothing into the sum: 0.9 times (0, 0)."),
        Choice("All of the output comes from the other tokens, and \"the\" made it small.", True,
               "What a token contributes is weight times value. A weight on a value of 0 works like a brake."),
        Choice("\"the\" had no influence: without it the output would be the same.", False,
               "It put nothing in, but it took nine tenths of the weight. Without it the other weights would be ten times as "
               "large, and so would the output."),
        Choice("The output is 0.", False,
               "A tenth of the weight is left for the other tokens, and their values need not be 0."))),
    Question("In a head with d_v = d_model somebody wrote weights @ x in place of weights @ V. Which test would notice?", (
        Choice("The output has the right shape.", False,
               "With d_v = d_model it has, with x as with V. A test of shapes sees only the width, and the width is the same."),
        Choice("Every row of the weights sums to 1.", False,
               "It does. The weights are right; they are multiplied by the wrong array."),
        Choice("One number of the output agrees with a loop over weights and values.", True,
               "Only independent numbers notice: a loop, a number by hand or a published one."),
        Choice("The code runs without an error.", False,
               "It does, as long as x and V have as many rows, and they always have."))),
)
