"""Exercises of notebook 02: from X to queries, keys and values."""
import operator

import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Choice, Exercise, Question


def _whole(*shape, seed):
    """Whole numbers from -4 to 4, drawn with a fixed seed."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(float)


A, B, C, D = (np.array(rows, float) for rows in ([[1, 2], [3, 0]], [[1, 4], [0, 2]], [[0, 1], [2, 1]], [[2, 0], [1, 3]]))
LESSON_X = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0], [1, 0, 0, 1]])      # what X stands for in the notebook


def one_query(x, W_Q):
    """The query of a single token: (d_model,), (d_model, d_k) → (d_k,)"""
    return x @ W_Q


def projected_shape(X_shape, W_shape):
    """The shape that project(X, W) has: (..., seq_len, d_model), (d_model, d_k) or (n_heads, d_model, d_k) → tuple"""
    *batch, seq_len, d_model = X_shape
    *heads, d_model, d_k = W_shape
    return (*batch, *heads, seq_len, d_k)


def one_sided(Q, K):
    """How much more token i scores with token j than j with i: (..., n, d_k), (..., n, d_k) → (..., n, n)"""
    scores = Q @ K.mT
    return scores - scores.mT


def repaired_qkv(X, W_Q, W_K, W_V):
    """Queries, keys and values: (..., seq_len, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v) → three arrays"""
    return X @ W_Q, X @ W_K, X @ W_V


def from_linear(X, weight):
    """What a Linear layer that stores `weight` makes of X: (..., seq_len, n_in), (n_out, n_in) → (..., seq_len, n_out)"""
    return X @ weight.mT


def _as_text(result, *arguments):
    """A shape as text, whether it came as a tuple or a list."""
    return str(tuple(map(operator.index, result)))


def _unpacking(X_axes, W_axes):
    """The right shape, but only where X and W have so many axes; None for any number."""
    def mistake(X_shape, W_shape):
        for shape, axes in ((X_shape, X_axes), (W_shape, W_axes)):
            if axes == 2:
                first, second = shape
            if axes == 3:
                first, second, third = shape
        return projected_shape(X_shape, W_shape)
    return mistake


def _by_loops(rows, columns, entry):
    """A table made entry by entry."""
    table = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            table[i, j] = entry(i, j)
    return table


def _differences(scores):
    """The answer for one sequence, from the scores, entry by entry."""
    return _by_loops(len(scores), len(scores), lambda i, j: scores[i, j] - scores[j, i])


def _overwritten(X, *Ws):
    """Each view made from the one before, as in the code to repair."""
    views = []
    for W in Ws:
        X = X @ W
        views.append(X)
    return tuple(views)


def _in_place(X, *Ws):
    """The same, and X is spoilt for the caller too."""
    views = []
    for W in Ws:
        X @= W
        views.append(X)
    return tuple(views)


def _room(X):
    """X with an axis of length 1 where the heads will be."""
    return X[..., None, :, :]


def _fit(X, W):
    """X with that axis only if W has heads."""
    return X if W.ndim == 2 else _room(X)


EXERCISES = (
    Exercise(
        answer=one_query,
        inputs=[(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [3.0, 1.0]])),
                (np.array([1.0, 0.0, 0.0, 1.0]), np.array([[1.0, 2.0], [1.0, 0.0], [3.0, 0.0], [1.0, 1.0]])),
                (np.array([0.5, -2.0, 1.0]), _whole(3, 5, seed=2))],
        mistakes={
            "`W_Q` stands on the left, so x met its rows. A component of the query is x with one column of `W_Q`.":
                lambda x, W_Q: W_Q @ x,
            "You transposed `W_Q`, so x met its rows. A component of the query is x with one column of `W_Q`.":
                lambda x, W_Q: x @ W_Q.mT,
            "`*` multiplies entry by entry and adds nothing up. Every component of a query is a sum of products.":
                lambda x, W_Q: x * W_Q,
            "The products are the right ones, but they are not added up yet: each column must become one number.":
                lambda x, W_Q: x[:, None] * W_Q,
            "The right products, added along the wrong axis: you got one number for each entry of x. A query has one for each "
            "column of `W_Q`.": lambda x, W_Q: (x[:, None] * W_Q).sum(axis=1),
            "`x * W_Q` lays x along every row of `W_Q`, so each column meets one single entry of x. Every column must meet all "
            "of x.": lambda x, W_Q: (x * W_Q).sum(axis=0),
            "`x * W_Q` lays x along every row of `W_Q`, and you added up those rows: x met the rows, and it should meet the "
            "columns.": lambda x, W_Q: (x * W_Q).sum(axis=1),
            "The numbers are right, but there is one axis too many: one token goes in, so one row of shape (d_k,) comes out.":
                lambda x, W_Q: x[None] @ W_Q,
            "That is component 0 alone. A query has one component for each column of `W_Q`.": lambda x, W_Q: x @ W_Q[:, 0],
            "That is component 1 alone. A query has one component for each column of `W_Q`.": lambda x, W_Q: x @ W_Q[:, 1],
            "Of each sum only the last product is there. A loop that stores every product in the same place leaves that; `+=` "
            "adds it to what is there.": lambda x, W_Q: x[-1] * W_Q[-1],
            "Component 0 is right, and every later one contains those before it too. The sum must begin at 0 again for each.":
                lambda x, W_Q: (x @ W_Q).cumsum(),
            "Only components 0 and 1 are there, as in the pocket example. How many there are, `W_Q.shape` tells.":
                lambda x, W_Q: (x @ W_Q)[:2],
            "Right only for the sizes of the pocket example, 4 and 2. Take both numbers from `W_Q.shape`.":
                lambda x, W_Q: np.array([sum(x[m] * W_Q[m, j] for m in range(4)) for j in range(2)]),
            "You used capital X, the table of the lesson. The token that is asked for is x, the argument.":
                lambda x, W_Q: LESSON_X @ W_Q,
            "You added the components up to one number. A query keeps one for each column of `W_Q`.":
                lambda x, W_Q: (x @ W_Q).sum(),
            "You added the rows of `W_Q` where x is 1. That is enough for zeros and ones; in general a row counts as many times "
            "as its entry of x says.": lambda x, W_Q: W_Q[x == 1].sum(axis=0),
            "You added the rows of `W_Q` where x is not 0, each of them once. In general a row counts as many times as its entry "
            "of x says.": lambda x, W_Q: W_Q[x != 0].sum(axis=0),
            "You used x to look up rows, as if it held ids. It is a row of X, and says how much of each row of `W_Q` to take.":
                lambda x, W_Q: W_Q[x],
        },
        hints=("Component 0 of the query is the dot product of x with column 0 of `W_Q`. What is component 1?",
               "All columns at once: one matrix product. On which side does the token's row stand?"),
        why="A row times a matrix: component j is x with column j. No other token takes part, so all rows can be done at once, "
            "as `X @ W_Q`."),
    Exercise(
        answer=projected_shape,
        inputs=[((4, 4), (4, 2)), ((5, 6), (3, 6, 2)), ((2, 5, 16), (16, 8)), ((2, 5, 16), (2, 16, 8)),
                ((3, 5, 16), (2, 16, 8)), ((7, 3, 5, 16), (2, 16, 8))],
        seen=_as_text,
        mistakes={
            "The heads are missing. Each head makes a view of its own, so their axis stays in the result.":
                lambda X, W: (*X[:-1], W[-1]),
            "The heads stand before the batch. Batch axes lead; the heads follow, right before the tokens.":
                lambda X, W: (*W[:-2], *X[:-1], W[-1]),
            "The heads stand after the tokens. Each head should hold a whole table of tokens, so its axis comes before seq_len.":
                lambda X, W: (*X[:-1], *W[:-2], W[-1]),
            "You laid the heads side by side in the last axis. Here they keep an axis of their own.":
                lambda X, W: (*X[:-1], int(np.prod(W[:-2])) * W[-1]),
            "The last axis is still d_model, the inner size. That one disappears; W has another number of columns.":
                lambda X, W: (*X[:-2], *W[:-2], *X[-2:]),
            "The inner size, d_model, is still there. Each entry is a sum that runs over it, so it disappears.":
                lambda X, W: (*X[:-2], *W[:-2], *X[-2:], W[-1]),
            "The tokens are missing: these are the batch axes and the shape of W. The result has a row for each token, not for "
            "each row of W.": lambda X, W: (*X[:-2], *W),
            "The batch axes are missing. Every sequence has views of its own.": lambda X, W: (*W[:-2], X[-2], W[-1]),
            "Right without a batch. With one, the first axis of X counts sequences: count the tokens' axis from the end.":
                lambda X, W: (*W[:-2], X[0], W[-1]),
            "Right up to one batch axis. Of several you kept the first alone, and there may be any number.":
                lambda X, W: projected_shape((*X[:-2][:1], *X[-2:]), W),
            "Right up to one batch axis. With more of them, your axes are counted from the front; count them from the end.":
                lambda X, W: projected_shape(X[:3], W),
            "Right up to one batch axis. With two nothing is returned: none of your cases fits, and there may be any number.":
                lambda X, W: projected_shape(X, W) if len(X) < 4 else None,
            "`W_shape[0]` counts heads only where W has three axes. In a single matrix it is d_model, and there is no axis for "
            "heads.": lambda X, W: (*X[:-2], W[0], X[-2], W[-1]),
            "`W_shape[1]` is d_k only in a single matrix. With heads it is d_model; counted from the end, d_k is always the "
            "last.": lambda X, W: (*X[:-2], *W[:-2], X[-2], W[1]),
            "`+` joins two tuples, but a single size is a number, also in brackets. A star lays a slice open instead: "
            "`(*X_shape[:-2], …)`.": lambda X, W: X[:-1] + W[-1],
            "Here one tuple or list lies inside the other. A star lays it open: `(*X_shape[:-2], …)`.":
                lambda X, W: (X[:-2], W[:-2], X[-2], W[-1]),
            "The last two axes are swapped. Rows are tokens, in every view.": lambda X, W: (*X[:-2], *W[:-2], W[-1], X[-2]),
            "This is the shape of X itself. A view has as many columns as W, and an axis for heads where W has one.":
                lambda X, W: tuple(X),
            "A single matrix, without heads, gives no axis for heads, not even one of length 1.":
                lambda X, W: (*X[:-2], *(W[:-2] or (1,)), X[-2], W[-1]),
            "This is what `X @ W` gives as it stands: it pairs the batch with the heads, or fails. Every sequence should meet "
            "every head.": lambda X, W: (np.zeros(X) @ np.zeros(W)).shape,
            "You unpacked two axes of X, but batch axes may stand before them. A star takes any number: "
            "`*before, a, b = shape`.": _unpacking(2, None),
            "You unpacked three axes of X, but there may be no batch axis, or several. A star takes any number: "
            "`*before, a, b = shape`.": _unpacking(3, None),
            "You unpacked two axes of W, but heads may stand before them. A star takes any number: `*before, a, b = shape`.":
                _unpacking(None, 2),
            "You unpacked three axes of W, but a single matrix has only two. A star takes any number: "
            "`*before, a, b = shape`.": _unpacking(None, 3),
            "You unpacked two axes of X and of W, but a batch or heads may stand before them. A star takes any number: "
            "`*before, a, b = shape`.": _unpacking(2, 2),
            "You unpacked three axes of X and of W, but a batch and heads need not be there. A star takes any number: "
            "`*before, a, b = shape`.": _unpacking(3, 3),
        },
        hints=("Which size must agree, and so disappears? Which sizes are left over?",
               "`*batch, seq_len, d_model = X_shape` takes any number of batch axes, also none. W can be unpacked likewise.",
               "The batch axes of X come first, then the heads if W has any; the last two are as for a single matrix."),
        why="Every sequence meets every head, so both keep their axes, the batch first. The inner size d_model disappears, as in "
            "any matrix product."),
    Exercise(
        answer=one_sided,
        inputs=[(np.array([[2.0, 1.0], [3.0, 0.0], [0.0, 1.0]]), np.array([[3.0, 1.0], [0.0, 3.0], [1.0, 2.0]])),
                (A, B), (_whole(3, 3, 2, seed=5), _whole(3, 3, 2, seed=6)), (_whole(2, 3, 3, seed=7), _whole(2, 3, 3, seed=8))],
        names=("cat", "chases", "mouse"),
        mistakes={
            "The sign is turned round: you have how much more j scores with i. Row i should be positive in column j when i "
            "scores more with j.": lambda Q, K: K @ Q.mT - Q @ K.mT,
            "These are the scores themselves. Asked is how much a score differs from the one of the other direction.":
                lambda Q, K: Q @ K.mT,
            "Everything is 0. Either both terms are the same scores, since a dot product is the same both ways, or one view "
            "stands on both sides. It is the tokens that swap: i asks j, then j asks i.":
                lambda Q, K: np.zeros((*Q.shape[:-1], Q.shape[-2])),
            "The absolute value loses the sign: one no longer sees who scores more with whom.":
                lambda Q, K: np.abs(Q @ K.mT - K @ Q.mT),
            "The negative differences are missing. Where i scores less with j than j with i, the entry should be negative.":
                lambda Q, K: np.maximum(Q @ K.mT - K @ Q.mT, 0),
            "You added the two directions; the sum is the same for both tokens. How they differ is a difference.":
                lambda Q, K: Q @ K.mT + K @ Q.mT,
            "You divided one direction by the other, which fails where a score is 0. Asked is the difference.":
                lambda Q, K: (Q @ K.mT) / (K @ Q.mT),
            "You halved the difference. Asked is all of it.": lambda Q, K: (Q @ K.mT - K @ Q.mT) / 2,
            "You compared the two directions: yes or no. Asked is by how much they differ.": lambda Q, K: Q @ K.mT > K @ Q.mT,
            "Right for one sequence. With a batch, `.T` on the scores reverses all axes and mixes sequences with tokens; `.mT` "
            "swaps the last two alone.": lambda Q, K: Q @ K.mT - (Q @ K.mT).T,
            "Right for one sequence. With a batch, `K.T` reverses all axes, and K no longer fits Q; `.mT` swaps the last two "
            "alone.": lambda Q, K: Q @ K.T - (Q @ K.T).mT,
            "Right for one sequence. With a batch the first axis counts sequences, not tokens, so your loops compare whole "
            "sequences.": lambda Q, K: _by_loops(len(Q), len(Q), lambda i, j: Q[i] @ K[j] - Q[j] @ K[i]),
            "Right for one sequence. With a batch the scores have three axes, and entry `[i, j]` is a whole row of them.":
                lambda Q, K: _differences(Q @ K.mT),
            "A score needs a query and a key. You took products of queries with queries, and of keys with keys.":
                lambda Q, K: Q @ Q.mT - K @ K.mT,
            "`Q.mT @ K` adds up over the tokens and has a row for each component. Scores have a row for each token.":
                lambda Q, K: Q.mT @ K - (Q.mT @ K).mT,
            "`Q.mT @ K` adds up over the tokens and has a row for each component. Scores have a row for each token, and both "
            "terms need that.": lambda Q, K: Q @ K.mT - Q.mT @ K,
            "`K.mT @ Q` adds up over the tokens and has a row for each component. Scores have a row for each token, and both "
            "terms need that.": lambda Q, K: Q @ K.mT - K.mT @ Q,
        },
        hints=("Which matrix holds what i scores with j, for all pairs? Where in it stands what j scores with i?",
               "Make the scores once. Then take the same scores away, with rows and columns swapped.",
               "`.mT` swaps the last two axes and leaves a batch in peace."),
        why="Queries and keys come from two matrices, so i may score more with j than j with i. With X Xᵀ every entry would be "
            "0."),
    Exercise(
        answer=repaired_qkv,
        inputs=[(A, B, C, D), (_whole(4, 3, seed=11), *(_whole(3, 2, seed=seed) for seed in (12, 13, 14))),
                (_whole(3, 4, seed=15), _whole(4, 2, seed=16), _whole(4, 2, seed=17), _whole(4, 3, seed=18)),
                (_whole(2, 3, 3, seed=19), *(_whole(3, 3, seed=seed) for seed in (20, 21, 22)))],
        mistakes={
            "Both faults are still there: the keys are made from the queries, not from X, and one view is returned twice.":
                lambda *given: (*_overwritten(*given)[:2], _overwritten(*given)[1]),
            "One fault found: the values are returned now. But the keys are made from the queries and the values from the keys. "
            "All three must start from X as it was given.": _overwritten,
            "`X @= W` changes X itself. The three results are one and the same array, made from all three matrices, and whoever "
            "called has lost X.": _in_place,
            "One fault found: X stays what it was. But the last result is K once more, and nobody gets the values.":
                lambda X, W_Q, W_K, W_V: (X @ W_Q, X @ W_K, X @ W_K),
            "V is returned twice, and nobody gets the keys.": lambda X, W_Q, W_K, W_V: (X @ W_Q, X @ W_V, X @ W_V),
            "All three results are X itself. The products must be kept, not X.": lambda X, W_Q, W_K, W_V: (X, X, X),
            "The three results are right, but queries and keys have changed places.":
                lambda X, W_Q, W_K, W_V: (X @ W_K, X @ W_Q, X @ W_V),
            "The three results are right, but keys and values have changed places.":
                lambda X, W_Q, W_K, W_V: (X @ W_Q, X @ W_V, X @ W_K),
            "All three views were made with `W_Q`. Each has a matrix of its own.":
                lambda X, W_Q, W_K, W_V: (X @ W_Q, X @ W_Q, X @ W_Q),
            "The keys are the queries once more: they were made with `W_Q`.":
                lambda X, W_Q, W_K, W_V: (X @ W_Q, X @ W_Q, X @ W_V),
            "The values were made from the keys. All three views start from X.":
                lambda X, W_Q, W_K, W_V: (X @ W_Q, X @ W_K, X @ W_K @ W_V),
            "The keys were made from the queries. All three views start from X.":
                lambda X, W_Q, W_K, W_V: (X @ W_Q, X @ W_Q @ W_K, X @ W_V),
            "The matrices stand on the left. The rows of X are tokens, so X stands there.":
                lambda X, W_Q, W_K, W_V: (W_Q @ X, W_K @ X, W_V @ X),
            "You transposed the matrices. They have d_model rows already, which is what the columns of X must meet.":
                lambda X, W_Q, W_K, W_V: (X @ W_Q.T, X @ W_K.T, X @ W_V.T),
            "You made one array of the views, which fails when values have another length than keys. Return three results.":
                lambda X, *Ws: np.array([X @ W for W in Ws]),
            "You laid the views side by side in one array. Return three results.":
                lambda X, *Ws: np.concatenate([X @ W for W in Ws], axis=-1),
            "You returned the queries alone. Is the `return` inside the loop?": lambda X, W_Q, W_K, W_V: X @ W_Q,
            "You returned the values alone, the last view of the loop. All three are wanted.": lambda X, W_Q, W_K, W_V: X @ W_V,
        },
        hints=("Follow the name X through the loop. What does it stand for when `W_K` comes?",
               "Then read the last line, slowly.",
               "You may do without the loop: three products, each from the same X."),
        why="All three views start from the same X. While all matrices are square no shape betrays either fault: only numbers "
            "do."),
    Exercise(
        answer=from_linear,
        inputs=[(A, B), (_whole(3, 2, seed=31), _whole(4, 2, seed=32)), (_whole(4, 4, seed=33), _whole(4, 4, seed=34)),
                (_whole(2, 3, 4, seed=35), _whole(2, 4, seed=36)), (_whole(3, 3, 3, seed=37), _whole(3, 3, seed=38))],
        mistakes={
            "Here the matrix is used as it is stored, (out, in). A square one multiplies without complaint, but wrongly: it must "
            "be transposed in every case.":
                lambda X, weight: X @ weight,
            "The stored matrix stands on the left, as it would if tokens were columns. Here they are rows.":
                lambda X, weight: weight @ X,
            "You transposed the stored matrix, but it stands on the left. Tokens are rows, so X stands there.":
                lambda X, weight: weight.mT @ X,
            "You transposed X. Its rows are tokens and can stay; it is the stored matrix that lies the other way round.":
                lambda X, weight: X.mT @ weight,
            "The tokens stand in the columns now: that is (n_out, seq_len), the transpose of what is asked.":
                lambda X, weight: weight @ X.mT,
            "Right for one sequence. In a batch `weight` meets the tokens, not the entries of a token, for example because `.T` "
            "reverses all axes; `.mT` swaps the last two alone.": lambda X, weight: (weight @ X.T).T,
            "Right for one sequence. With a batch the first axis counts sequences, not tokens, so your loops run over those.":
                lambda X, weight: _by_loops(len(X), len(weight), lambda i, o: sum(X[i, m] * weight[o, m]
                                                                                  for m in range(weight.shape[1]))),
            "Right for one sequence. Your letters leave no room for a batch; three dots stand for any axes before them.":
                lambda X, weight: np.einsum("sm,om->so", X, weight),
            "`*` multiplies entry by entry. A layer's output is a matrix product.": lambda X, weight: X * weight,
            "`*` multiplies entry by entry, also with the matrix transposed. A layer's output is a matrix product.":
                lambda X, weight: X * weight.mT,
            "`reshape` makes the shape fit, but it reads the numbers in the order in which they are stored. To make rows into "
            "columns you need another operation.": lambda X, weight: X @ weight.reshape(weight.shape[::-1]),
            "That is the matrix alone. Asked is what becomes of X.": lambda X, weight: weight.mT,
            "Right for one sequence. Of a batch you laid all tokens into one long table; keep its axes.":
                lambda X, weight: X.reshape(-1, X.shape[-1]) @ weight.mT,
            "You added the outputs of a token up to one number. Each token keeps n_out of them.":
                lambda X, weight: (X @ weight.mT).sum(axis=-1),
        },
        hints=("What are the shapes of X and of `weight`? Which axes must meet in the product?",
               "Row o of `weight` makes output o: it must stand as a column.",
               "`.mT` swaps the last two axes."),
        why="PyTorch stores the matrix as (out, in), so that row o makes output o. Its transpose is what this course calls W."),
    Exercise(
        answer=steps.project,
        inputs=[(A, B), (_whole(4, 3, seed=41), _whole(3, 2, seed=42)), (_whole(3, 2, seed=43), np.stack([B, C])),
                (A, np.stack([B, C])), (_whole(3, 2, seed=43), _whole(3, 2, 4, seed=44)),
                (_whole(1, 2, seed=45), _whole(2, 3, seed=46)),
                (_whole(3, 2, seed=47), _whole(1, 2, 3, seed=48)), (_whole(2, 3, 4, seed=49), _whole(4, 5, seed=50)),
                (_whole(2, 3, 4, seed=51), _whole(2, 4, 5, seed=52)), (_whole(2, 3, 3, seed=57), _whole(2, 3, 3, seed=58)),
                (_whole(3, 5, 4, seed=53), _whole(2, 4, 6, seed=54)), (_whole(2, 2, 3, 4, seed=55), _whole(2, 4, 5, seed=56))],
        mistakes={
            "Right for a single matrix, and for heads without a batch. With both, `@` pairs sequence 0 with head 0 alone, or "
            "fails; every sequence should meet every head.": lambda X, W: X @ W,
            "Right with heads. A single matrix has no heads, and yet the result has an axis of length 1 for them: give X that "
            "axis only when W has three axes.": lambda X, W: _room(X) @ W,
            "The axis of length 1 is gone, but `squeeze` takes away every such axis, also that of a single token or a single "
            "head. Better not to make it: ask how many axes W has.": lambda X, W: (_room(X) @ W).squeeze(),
            "The other way round: with a single matrix X needs no new axis, with heads it does.":
                lambda X, W: _room(X) @ W if W.ndim == 2 else X @ W,
            "Whether X gets the new axis depends on the axes of X here. But the heads are an axis of W: ask how many W has.":
                lambda X, W: (_room(X) if X.ndim == 3 else X) @ W,
            "W stands on the left. The rows of X are tokens, so X stands there.": lambda X, W: W @ X,
            "You transposed W. It has d_model rows already, which is what the columns of X must meet.":
                lambda X, W: _fit(X, W) @ W.mT,
            "The heads stand after the tokens: (..., seq_len, n_heads, d_k). `np.dot` does that, for example. Each head should "
            "hold a whole table of tokens.": lambda X, W: np.dot(X, W),
            "The heads stand before the batch, as when you stack head after head. Batch axes lead; the heads stand right before "
            "the tokens.": lambda X, W: X @ W if W.ndim == 2 else np.stack([X @ head for head in W]),
            "You went along the first axis of W also when it has two axes: there it counts the columns of X, not heads. And a "
            "batch comes before the heads.": lambda X, W: np.stack([X @ head for head in W]),
            "Right with heads. But you go along the first axis of W also when it has two axes: there it counts the columns of X, "
            "not heads.": lambda X, W: np.stack([X @ head for head in W], axis=-3),
            "Right with two heads, as in the sentence. How many there are, `W.shape` tells.":
                lambda X, W: X @ W if W.ndim == 2 else np.stack([X @ W[head] for head in range(2)], axis=-3),
            "Right with heads. But your letters ask for three axes of W, and a single matrix has two.":
                lambda X, W: np.einsum("...nd,hdk->...hnk", X, W),
            "Right without a batch. `X[None]` sets the new axis in front of the batch, so sequences and heads are paired all the "
            "same; it belongs behind the batch.": lambda X, W: X @ W if W.ndim == 2 else X[None] @ W,
            "The new axis stands between tokens and features, where it makes every token a table of its own. It belongs before "
            "the last two.": lambda X, W: X @ W if W.ndim == 2 else X[..., None, :] @ W,
            "Right for exactly one batch axis: the heads are axis 1 of the result here. Count from the end: two axes stand "
            "behind the heads, however many stand before.":
                lambda X, W: X @ W if W.ndim == 2 else np.stack([X @ head for head in W], axis=1),
            "Right for exactly one batch axis. `X[:, None]` sets the new axis after the first one; the heads belong before the "
            "last two, however many lead.": lambda X, W: X @ W if W.ndim == 2 else X[:, None] @ W,
            "Right for no batch axis or one, but not for two. Count from the end: the heads belong before the last two axes.":
                lambda X, W: X[:, None] @ W if W.ndim == X.ndim == 3 else X @ W,
            "You laid the heads side by side in the last axis. Here they keep an axis of their own.":
                lambda X, W: X @ W if W.ndim == 2 else np.concatenate([X @ head for head in W], axis=-1),
            "You gave W two axes with `reshape`. That reads its numbers in stored order, which mixes heads with features.":
                lambda X, W: X @ W.reshape(W.shape[-2], -1),
            "Only head 0 is there. Every head makes a view of its own.": lambda X, W: X @ (W if W.ndim == 2 else W[0]),
            "Only the last head is there. Does the loop overwrite the view of the head before?":
                lambda X, W: X @ (W if W.ndim == 2 else W[-1]),
            "You added the heads up. Every head keeps its own view.": lambda X, W: X @ (W if W.ndim == 2 else W.sum(axis=0)),
            "You took the mean over the heads. Every head keeps its own view.":
                lambda X, W: X @ (W if W.ndim == 2 else W.mean(axis=0)),
            "`*` multiplies entry by entry. A view is a matrix product.": lambda X, W: X * W,
        },
        hints=("With a single matrix it is one product. On which side do the rows stand?",
               "With heads: which axis must X have, so that every sequence meets every head? Look at the cure for the batch.",
               "Ask `W.ndim`: only with three axes does X need one more, of length 1, before its last two."),
        why="The rows of X all meet the same W. The axis of length 1 lets every sequence meet every head, instead of sequence 0 "
            "head 0 alone."),
)

QUESTIONS = (
    Question("A model has d_model 512 and 8 heads with d_k = d_v = 64. A text grows from 100 tokens to 200. How many numbers do "
             "W_Q, W_K and W_V hold, all heads together?", (
        Choice("3 × 512 × 512, before and after.", True,
               "Eight heads of 512 × 64 are as wide as X, so each of the three holds 512 × 512. All tokens share them, so the "
               "length does not count."),
        Choice("3 × 512 × 512 before, twice as many after.", False,
               "Q, K and V get twice as many rows. But those are computed, not stored, and no token has a matrix of its own."),
        Choice("8 × 3 × 512 × 512, before and after.", False,
               "The length indeed does not count, but a head is 64 wide, not 512: the heads share the width of the model."),
        Choice("3 × 512 × 64, before and after.", False, "That is one head. Each of the eight has three matrices of its own."))),
    Question("In a program you read mha(X, X, X), where the three inputs are called query, key and value. Are the queries, the "
             "keys and the values then the same?", (
        Choice("Yes, the same X is given three times.", False,
               "What is given is what the views are made from. Inside, each of the three is first multiplied by a matrix of its "
               "own."),
        Choice("No: inside, X meets W_Q, W_K and W_V, and three different views come out.", True,
               "The names of the inputs are misleading: they are the rows from which queries, keys and values are made."),
        Choice("The queries and the keys are the same, the values are not.", False,
               "Then scores could have no direction: i would score with j what j scores with i. W_Q and W_K differ."))),
    Question("Before training, two tokens of a sentence turn out to have nearly the same key in head 1. What follows?", (
        Choice("The two words mean nearly the same.", False,
               "It is tempting, because after training a closeness can mean something. Here all tables were drawn at random."),
        Choice("Head 1 has specialised in such words.", False,
               "A head specialises only by training. Before it, the heads differ by nothing but the draw."),
        Choice("Nothing: with random tables and matrices it is chance.", True,
               "Draw again, and another pair may be close. Only training gives the views something to say."))),
)
