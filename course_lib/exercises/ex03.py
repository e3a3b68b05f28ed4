"""Exercises of notebook 03: from queries and keys to scores."""
import operator

import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Choice, Exercise, Question

Q2 = np.array([[2.0, 3.0], [1.0, -1.0]])
K3 = np.array([[1.0, 4.0], [3.0, 1.0], [-1.0, 2.0]])
SQUARE = np.array([[1.0, 2.0, -1.0], [0.0, 1.0, 3.0], [2.0, -2.0, 1.0]])
MIXED = np.array([[2.0, -1.0, 1.0], [1.0, 3.0, 0.0], [-1.0, 1.0, 4.0]])
POCKET_K = np.array([[1.0, 0.0], [3.0, 1.0], [0.0, 3.0], [2.0, 0.0]])
TOKENS = ("the (0)", "cat (1)", "chases (2)", "the (3)")


def _whole(seed, *shape):
    """Whole numbers between -4 and 4, as floats."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(float)


def _lengths(X):
    return np.linalg.norm(X, axis=-1)


def _cosines(Q, K):
    return Q @ K.mT / (_lengths(Q)[..., :, None] * _lengths(K)[..., None, :])


def _distances(Q, K):
    return _lengths(Q[..., :, None, :] - K[..., None, :, :])


def _softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def one_score(query, key):
    """The score of one query with one key: (d_k,), (d_k,) → number"""
    return query @ key


def score_every_pair(Q, K):
    """The scores of all pairs by loops, for a single sequence: (n_q, d_k), (n_k, d_k) → (n_q, n_k)"""
    scores = np.zeros((len(Q), len(K)))
    for i in range(len(Q)):
        for j in range(len(K)):
            for c in range(Q.shape[1]):
                scores[i, j] += Q[i, c] * K[j, c]
    return scores


def turn_the_query(query, K):
    """A query as long as the given one that scores 0 with cat and positive with chases: (2,), (4, 2) → (2,)"""
    turned = np.array([-K[1, 1], K[1, 0]])
    return turned * np.linalg.norm(query) / np.linalg.norm(turned)


def best_key(Q, K):
    """The index of the key with which each query scores highest: (..., n_q, d_k), (..., n_k, d_k) → (..., n_q)"""
    return (Q @ K.mT).argmax(axis=-1)


def scores_shape(Q_shape, K_shape):
    """The shape of the scores, from the shapes of Q and K with the same batch axes: two tuples → tuple"""
    return (*Q_shape[:-1], K_shape[-2])


def _loop(Q, K, term=None, shape=None, place=lambda i, j: (i, j), components=None):
    """The loop with one thing changed."""
    scores = np.zeros((len(Q), len(K)) if shape is None else shape)
    for i in range(len(Q)):
        for j in range(len(K)):
            for c in range(Q.shape[1] if components is None else components):
                scores[place(i, j)] += Q[i, c] * K[j, c] if term is None else term(i, j, c)
    return scores


def _only(scores, rows, columns):
    """The scores of the first rows and columns, and 0 elsewhere, as an early `return` leaves them."""
    kept = np.zeros_like(scores)
    kept[:rows, :columns] = scores[:rows, :columns]
    return kept


def _with_its_own(Q, K):
    scores = np.zeros((len(Q), len(K)))
    for i in range(len(Q)):
        scores[i, i] += Q[i] @ K[i]
    return scores


def _vectors_in_a_cell(Q, K):
    scores = np.zeros((len(Q), len(K)))
    for i in range(len(Q)):
        for j in range(len(K)):
            scores[i, j] = Q[i] * K[j]
    return scores


def _two_sizes(Q_shape, K_shape):
    n_q, d_k = Q_shape
    n_k, d_k = K_shape
    return n_q, n_k


def _three_sizes(Q_shape, K_shape):
    batch, n_q, d_k = Q_shape
    batch, n_k, d_k = K_shape
    return batch, n_q, n_k


def _loop_into_a_table(Q, K):
    scores = np.zeros((len(Q), len(K)))
    for i in range(len(Q)):
        for j in range(len(K)):
            scores[i, j] = Q[i] @ K[j]
    return scores


def _turned(result, query, K):
    """What counts of a turned query: the signs of its scores with cat and chases, and whether its length was kept."""
    try:
        turned = np.asarray(result, dtype=float)
    except (TypeError, ValueError):
        return "not two numbers"
    if turned.shape == (len(K),):
        return "four numbers"
    if turned.size == query.size and turned.shape != query.shape:
        return f"two numbers, but of shape {turned.shape}"
    if turned.shape != query.shape or not np.isfinite(turned).all():
        return "not two numbers"
    length, wanted = np.linalg.norm(turned), np.linalg.norm(query)
    if length < 1e-9:
        return "no length at all"
    if np.allclose(turned, query):
        return "the query as it was"
    cosines = K[1:3] @ turned / (_lengths(K[1:3]) * length)
    cat, chases = ("0" if abs(cosine) < 0.005 else "almost 0" if abs(cosine) < 0.1 else "+" if cosine > 0 else "-"
                   for cosine in cosines)
    kept = abs(length / wanted - 1) < 0.005                 # two decimals are enough, one is not
    return f"cat {cat}, chases {chases}, length {'kept' if kept else 'off'}"


def _shape(result, Q_shape, K_shape):
    """A shape as text, whether it came as a tuple, a list or an array."""
    try:
        return str(tuple(map(operator.index, result)))
    except TypeError:
        parts = [tuple(part) if isinstance(part, list) else part for part in result] if isinstance(result, tuple) else None
        return repr(tuple(parts) if parts else result)[:28]


EXERCISES = (
    Exercise(
        answer=one_score,
        inputs=[(np.array([2.0, 3.0]), np.array([4.0, 1.0])), (np.array([1.0, -2.0, 2.0]), np.array([3.0, 1.0, -1.0])),
                (np.array([0.125, 1.0, -1.0, 2.0]), np.array([3.0, 1.0, -1.0, 1.0]))],
        mistakes={
            "You multiplied component by component but did not add: a score is one number, the sum of these products.":
                lambda query, key: query * key,
            "You added the components where they have to be multiplied: first the products, then their sum.":
                lambda query, key: (query + key).sum(),
            "You added component by component, one sum for each: multiply them in pairs, and then add the products up to one "
            "number.": lambda query, key: query + key,
            "Every component of the query met every component of the key, so this is the sum of the query times the sum of the "
            "key. Component 0 of the query may meet only component 0 of the key.": lambda query, key: query.sum() * key.sum(),
            "You took the mean of the products; a score is their sum.": lambda query, key: (query * key).mean(),
            "You multiplied the products with each other; they have to be added.": lambda query, key: (query * key).prod(),
            "Every component of the query met every component of the key, which makes a table. Only components with the same "
            "number meet.": lambda query, key: np.outer(query, key),
            "This is the cosine: you divided by both lengths. In a score the lengths count.":
                lambda query, key: query @ key / (np.linalg.norm(query) * np.linalg.norm(key)),
            "This is length times length, without the cosine: the directions of query and key make no difference here.":
                lambda query, key: np.linalg.norm(query) * np.linalg.norm(key),
            "This is the distance between query and key. It is small where they agree; a score is large there.":
                lambda query, key: np.linalg.norm(query - key),
            "You took the sign away. A score may be negative, and then it says that the match is poor.":
                lambda query, key: abs(query @ key),
            "You divided by the square root of `d_k` already; that is the next notebook. A score is the plain dot product.":
                lambda query, key: query @ key / np.sqrt(len(query)),
            "Only the first product is there: `return` inside a loop ends the function in its first round.":
                lambda query, key: query[0] * key[0],
            "Only the last product is there: every round of the loop overwrites the one before. Add to what is there, with `+=`.":
                lambda query, key: query[-1] * key[-1],
            "`.mT` exchanges the last two axes, and a single key has only one. Between two vectors nothing needs to be turned.":
                lambda query, key: query @ key.mT,
            "Only components 0 and 1 are there. That is enough in the pocket example; here a query may have more of them.":
                lambda query, key: query[0] * key[0] + query[1] * key[1],
        },
        hints=("Work it out with a pencil for (2, 3) and (4, 1): which two products do you write down, and what do you do with "
               "them?",
               "NumPy has an operator for multiplying in pairs and adding; between two matrices it is the matrix product."),
        why="Between two vectors `@` is the dot product: components with the same number are multiplied, and the products are "
            "added."),
    Exercise(
        answer=score_every_pair,
        inputs=[(Q2, K3), (SQUARE, MIXED), (_whole(2, 2, 4) / 2, _whole(3, 3, 4) / 2), (_whole(4, 4, 3), _whole(5, 2, 3)),
                (_whole(6, 5, 3), _whole(7, 4, 3))],
        mistakes={
            "Both slips are still there: each round overwrites what the last one stored, and the components are counted only up "
            "to 2.": lambda Q, K: Q[:, 1:2] @ K[:, 1:2].mT,
            "The loop over the components now goes far enough, but each round overwrites what the last one stored, so that only "
            "the last product remains. A score is the sum of the products.": lambda Q, K: Q[:, -1:] @ K[:, -1:].mT,
            "Now the products are added, but only the first two: the 2 is left over from the pocket example. Take the number of "
            "components from the input.": lambda Q, K: Q[:, :2] @ K[:, :2].mT,
            "The components are counted by `len(Q)`, which is the number of queries. Count them along the other axis.":
                lambda Q, K: _loop(Q, K, components=len(Q)),
            "The components are counted by `len(K)`, which is the number of keys. Count them along the other axis.":
                lambda Q, K: _loop(Q, K, components=len(K)),
            "The number of components is 3 here. It differs from input to input, and `Q.shape` knows it.":
                lambda Q, K: _loop(Q, K, components=3),
            "Every entry holds the sum of all products of all pairs. Each product belongs to one pair, and to its entry `[i, j]` "
            "alone.": lambda Q, K: np.full((len(Q), len(K)), (Q @ K.mT).sum()),
            "Rows and columns have changed places: row i belongs to query i, column j to key j.": lambda Q, K: K @ Q.mT,
            "The table has a row for each query, but you fill it at `[j, i]`: the query's number comes first.":
                lambda Q, K: _loop(Q, K, place=lambda i, j: (j, i)),
            "The table was made with a row for each key: for an entry `[i, j]` the number of queries comes first, also in "
            "`np.zeros`.": lambda Q, K: _loop(Q, K, shape=(len(K), len(Q))),
            "`K[c, j]` is component j of key c. The keys are rows, so the number of the key comes first.":
                lambda Q, K: _loop(Q, K, lambda i, j, c: Q[i, c] * K[c, j]),
            "You added the components of query and key where they have to be multiplied; only the products are added.":
                lambda Q, K: Q.sum(axis=1)[:, None] + K.sum(axis=1),
            "Each query meets only the key with its own number: that is the diagonal of the table. Every query meets every key, "
            "so one loop stands inside the other.": _with_its_own,
            "Each query meets only the key with its own number, and there is no table: that is the diagonal alone. Every query "
            "meets every key, so one loop stands inside the other.":
                lambda Q, K: np.array([Q[i] @ K[i] for i in range(len(Q))]),
            "The sum was not set back to 0 for the next pair: every entry still contains all entries before it.":
                lambda Q, K: np.cumsum(Q @ K.mT).reshape(len(Q), len(K)),
            "The sum was set back to 0 for each query, but it has to be for each pair: every entry still contains those on its "
            "left.": lambda Q, K: np.cumsum(Q @ K.mT, axis=1),
            "Only row 0 is filled: the `return` stands inside the loop over the queries. Move it to the left, below all loops.":
                lambda Q, K: _only(Q @ K.mT, 1, None),
            "Only entry [0, 0] is filled: the `return` stands inside the loop over the keys. Move it to the left, below all "
            "loops.": lambda Q, K: _only(Q @ K.mT, 1, 1),
            "Only one product was made: the `return` stands inside the innermost loop. Move it to the left, below all loops.":
                lambda Q, K: _only(Q[:, :1] @ K[:, :1].mT, 1, 1),
            "`Q[i] * K[j]` is a whole row of products, and an entry of the table holds one number: their sum.":
                _vectors_in_a_cell,
        },
        hints=("Take a pencil and follow one entry, [0, 0], through the innermost loop. What is stored there after the first "
               "round, and what after the second?",
               "There are two slips. One is a sign that stores where it should add; the other is a number that was right for "
               "the pocket example only.",
               "`scores[i, j] += …` adds to what is there. `Q.shape` knows how many components a query has."),
        why="Three loops: queries, keys, components. The sum over the components is the dot product; the other two loops only "
            "say where it goes."),
    Exercise(
        answer=turn_the_query,
        inputs=[(np.array([2.0, 3.0]), POCKET_K)],
        seen=_turned,
        names=TOKENS,
        mistakes={
            "The direction is right: 0 with `cat`, positive with `chases`. But the length is not that of (2, 3): compare what "
            "`np.linalg.norm` says of the two.": lambda query, K: np.array([-1.0, 3.0]),
            "The score with `cat` is 0 and the length is right, but with `chases` it is negative. Two directions make a right "
            "angle with a key; you took the other one.": lambda query, K: np.array([1.0, -3.0]) * np.sqrt(1.3),
            "Two things at once: `cat` scores 0, but `chases` is negative, so you took the other of the two right angles; and "
            "the length is not that of (2, 3).": lambda query, K: np.array([1.0, -3.0]),
            "Two things at once: both keys still score positive, as the angle with `cat` is smaller than a right angle; and the "
            "length is not that of (2, 3).": lambda query, K: np.array([0.0, 3.0]),
            "The length is right, and `cat` scores almost 0, but the angle is not yet a right one. Calculate the direction "
            "exactly.": lambda query, K: np.array([-1.2, 3.4]),
            "The query (0, 0) scores 0 with every key, and it has no length. It has to be turned, not made to vanish.":
                lambda query, K: np.zeros(2),
            "You changed the roles: here `chases` scores 0 and `cat` positive. It should be the other way round.":
                lambda query, K: np.array([np.sqrt(13), 0.0]),
            "Two things at once: `chases` scores 0 and `cat` positive, where it should be the other way round; and the length "
            "is not that of (2, 3).": lambda query, K: np.array([1.0, 0.0]),
            "Here `chases` scores 0 and `cat` is negative: the right angle is with the wrong key.":
                lambda query, K: np.array([-np.sqrt(13), 0.0]),
            "The length is right, and `chases` is positive, but `cat` is negative: you turned too far, past the right angle.":
                lambda query, K: np.array([-2.0, 3.0]),
            "The length is right, but both keys still score positive: the angle with `cat` is smaller than a right angle. Turn "
            "further, away from `cat`.": lambda query, K: np.array([0.0, np.sqrt(13)]),
            "The length is right, but `cat` scores positive and `chases` negative: you turned the wrong way round.":
                lambda query, K: np.array([3.0, -2.0]),
            "Two things at once: `cat` is negative, so you turned too far, past the right angle; and the length is not that of "
            "(2, 3).": lambda query, K: np.array([-1.0, 1.0]),
            "Two things at once: `cat` scores positive and `chases` negative, so you turned the wrong way round; and the length "
            "is not that of (2, 3).": lambda query, K: np.array([3.0, -1.0]),
            "The length is right, but both scores are negative: the query points away from both keys.":
                lambda query, K: -query,
            "This is the query as it was, and it scores 9 with `cat`.": lambda query, K: query,
            "These are four numbers, like the scores with four keys. Asked is the query itself, two numbers.":
                lambda query, K: K @ query,
        },
        hints=("The key of `cat` is (3, 1). Which whole numbers a and b give 3 a + 1 b = 0? Choose their signs so that `chases`, "
               "(0, 3), scores positive.",
               "The direction is found; now the length. A query divided by its own length has length 1.",
               "`np.linalg.norm(query)` is the length of (2, 3)."),
        why="In the plane, (-b, a) makes a right angle with (a, b), and so does (b, -a); one of the two lies on the side of "
            "`chases`. The factor after it sets the length and keeps the direction. No key had to move."),
    Exercise(
        answer=scores_shape,
        inputs=[((2, 3), (4, 3)), ((5, 2), (3, 2)), ((2, 3, 4), (2, 5, 4)), ((6, 2, 3, 4), (6, 2, 5, 4))],
        seen=_shape,
        mistakes={
            "The other way round: rows are queries and columns are keys, so the number of queries stands before the number of "
            "keys.": lambda Q_shape, K_shape: (*K_shape[:-1], Q_shape[-2]),
            "`d_k` is still there. The components are multiplied in pairs and added up, so their axis disappears and the keys "
            "take its place.": lambda Q_shape, K_shape: tuple(Q_shape),
            "As many columns as queries: that is right only if there are as many keys. The columns belong to the keys.":
                lambda Q_shape, K_shape: (*Q_shape[:-1], Q_shape[-2]),
            "As many rows as keys: that is right only if there are as many queries. The rows belong to the queries.":
                lambda Q_shape, K_shape: (*K_shape[:-1], K_shape[-2]),
            "Right for a single sequence, but you counted the axes from the front. Batch axes come first, so count from the "
            "end.": lambda Q_shape, K_shape: (Q_shape[0], K_shape[0]),
            "Right for a single sequence, but the number of keys was counted from the front, `K_shape[0]`. Batch axes come "
            "first, so count from the end.": lambda Q_shape, K_shape: (*Q_shape[:-1], K_shape[0]),
            "The last two axes are right, and the batch axes are missing in front of them: each sequence has scores of its own.":
                lambda Q_shape, K_shape: (Q_shape[-2], K_shape[-2]),
            "One batch axis is there, but there may be several: take all axes of Q but the last two, with a slice.":
                lambda Q_shape, K_shape: (Q_shape[0], Q_shape[-2], K_shape[-2]) if len(Q_shape) > 2
                else (Q_shape[0], K_shape[0]),
            "Right up to one batch axis, but there may be several: take all axes of Q but the last, with a slice.":
                lambda Q_shape, K_shape: (*Q_shape[:2], K_shape[1]) if len(Q_shape) == 3 else (Q_shape[0], K_shape[0]),
            "The batch axes are there twice: `@` pairs them, so that the queries of a sequence meet only its own keys.":
                lambda Q_shape, K_shape: (*Q_shape[:-1], *K_shape[:-1]),
            "An axis too many: `d_k` disappears when the products are added up.":
                lambda Q_shape, K_shape: (*Q_shape, K_shape[-2]),
            "An axis too many at the end: `d_k` disappears when the products are added up.":
                lambda Q_shape, K_shape: (*Q_shape[:-1], *K_shape[-2:]),
            "A slice of a tuple is a tuple, so here one tuple lies inside the other. A star unpacks it, `(*Q_shape[:-1], …)`.":
                lambda Q_shape, K_shape: (Q_shape[:-1], K_shape[-2]),
            "The batch axes are a tuple or list of their own inside the other. A star unpacks them, `(*Q_shape[:-2], …)`.":
                lambda Q_shape, K_shape: (Q_shape[:-2], Q_shape[-2], K_shape[-2]),
            "A slice of a tuple is a tuple, but `K_shape[-2]` is a number, and `+` joins two tuples. `(*Q_shape[:-1], …)` "
            "unpacks the slice instead.": lambda Q_shape, K_shape: Q_shape[:-1] + K_shape[-2],
            "Right for a single sequence. With batch axes in front there are more than two sizes, and they do not fit into two "
            "names: count from the end, with negative indices.": _two_sizes,
            "Right with exactly one batch axis. With none, or with two, the sizes do not fit into three names: count from the "
            "end, with negative indices.": _three_sizes,
            "This is how many scores a sequence has. A shape has one size for each axis.":
                lambda Q_shape, K_shape: Q_shape[-2] * K_shape[-2],
        },
        hints=("With Q of shape (2, 3) and K of shape (4, 3): how many queries, how many keys, and what has become of the 3?",
               "Count the axes from the end, with negative indices: then any number of batch axes may stand in front.",
               "`Q_shape[:-1]` is everything but the last axis; what does the last axis of Q turn into?"),
        why="The queries keep their place, batch axes and all; `d_k` is summed away, and the number of keys takes its place."),
    Exercise(
        answer=best_key,
        inputs=[(Q2, np.array([[1.0, 2.0], [2.0, 6.0], [5.0, -1.0]])),
                (_whole(2, 3, 2), _whole(3, 3, 2)), (_whole(72, 3, 3, 3), _whole(73, 3, 3, 3)),     # seeds that give no ties
                (_whole(16318, 2, 4, 3), _whole(16319, 2, 5, 3)), (_whole(114141, 2, 2, 3, 4), _whole(114142, 2, 2, 5, 4))],
        mistakes={
            "This is the best query for each key. Asked is the best key for each query, whose scores are a row of `Q @ K.mT`.":
                lambda Q, K: (Q @ K.mT).argmax(axis=-2),
            "You searched along axis 0. In a single sequence that is a column, the best query for each key; with batch axes it "
            "compares sequences. A query's scores lie along the last axis.": lambda Q, K: (Q @ K.mT).argmax(axis=0),
            "Right for a single sequence; with batch axes in front, axis 1 no longer counts the keys. Count from the end.":
                lambda Q, K: (Q @ K.mT).argmax(axis=1),
            "Right with one batch axis and with no other number of them: axis 2 counts the keys only there. Count from the end.":
                lambda Q, K: (Q @ K.mT).argmax(axis=2),
            "You searched the whole array and got one number for it. Every query has a best key of its own: search along the "
            "last axis.": lambda Q, K: (Q @ K.mT).argmax(),
            "This is the worst key of every query: the lowest score, not the highest.":
                lambda Q, K: (Q @ K.mT).argmin(axis=-1),
            "These are the highest scores themselves. Asked is where they stand, the number of the key.":
                lambda Q, K: (Q @ K.mT).max(axis=-1),
            "This is the key with the largest cosine. A long key can score higher than one that lies closer in direction: "
            "compare the scores.": lambda Q, K: _cosines(Q, K).argmax(axis=-1),
            "This is the longest key, whatever the query. The directions have to count too, and every query has a best key of "
            "its own.": lambda Q, K: _lengths(K).argmax(axis=-1),
            "This is the nearest key, by distance. A long key can lie far away and still score highest: compare the scores.":
                lambda Q, K: _distances(Q, K).argmin(axis=-1),
            "You took the sign away first: a very negative score is the worst, not the best.":
                lambda Q, K: np.abs(Q @ K.mT).argmax(axis=-1),
            "The right keys, but counted from 1. Keys are counted from 0.": lambda Q, K: (Q @ K.mT).argmax(axis=-1) + 1,
            "You marked the best key of every query with True. Asked is its number.":
                lambda Q, K: Q @ K.mT == (Q @ K.mT).max(axis=-1, keepdims=True),
            "These are all keys in order, from the worst to the best. Asked is only the best.":
                lambda Q, K: np.argsort(Q @ K.mT, axis=-1),
            "Right for a single sequence; with batch axes in front, a loop over the scores runs over sequences, not over "
            "queries. `argmax` on the whole array takes any batch axes.": lambda Q, K: [np.argmax(row) for row in Q @ K.mT],
            "Right for a single sequence; with batch axes in front, a loop over Q runs over sequences, not over queries. "
            "`argmax` on the whole array takes any batch axes.": lambda Q, K: [np.argmax(K @ q) for q in Q],
            "Right for a single sequence; with batch axes in front, `[:, -1]` takes the last query of each. `[..., -1]` takes "
            "the last entry of every row.": lambda Q, K: np.argsort(Q @ K.mT, axis=-1)[:, -1],
            "Where all scores of a query are negative, the best of them is not found. Does the search begin at 0?":
                lambda Q, K: np.maximum(Q @ K.mT, 0).argmax(axis=-1),
            "These are no scores: `Q * K` multiplies query i with key i alone, and adds nothing up.":
                lambda Q, K: (Q * K).argmax(axis=-1),
            "The right keys, but in an axis of their own, of length 1. That is what `keepdims=True` leaves.":
                lambda Q, K: (Q @ K.mT).argmax(axis=-1, keepdims=True),
            "These are the keys themselves; asked are their numbers.": lambda Q, K: K[(Q @ K.mT).argmax(axis=-1)],
            "Right for a single sequence; with batch axes in front, `.T` reverses all axes. Only the last two change places.":
                lambda Q, K: (Q @ K.T).argmax(axis=-1),
            "The keys are not transposed: `Q @ K` multiplies the queries by the columns of K. Each key is a row.":
                lambda Q, K: (Q @ K).argmax(axis=-1),
        },
        hints=("First the scores, all of them. Then: along which axis do the scores of one query lie?",
               "`argmax` gives the place of the largest entry; tell it the axis, counted from the end."),
        why="Rows are queries, so the scores of a query lie along the last axis. Counted from the end it stays the last, however "
            "many batch axes stand in front."),
    Exercise(
        answer=steps.score,
        inputs=[(Q2, K3), (_whole(21, 3, 2), _whole(22, 3, 2)), (SQUARE, MIXED), (_whole(23, 3, 3, 3), _whole(24, 3, 3, 3)),
                (_whole(25, 2, 3, 4), _whole(26, 2, 5, 4)), (_whole(27, 2, 3, 4, 2), _whole(28, 2, 3, 5, 2))],
        mistakes={
            "This is `K Qᵀ`, the transpose: rows are keys. Rows have to be queries, so Q stands on the left.":
                lambda Q, K: K @ Q.mT,
            "Q is transposed here, and that is the wrong one. The queries are rows already; the keys have to become columns.":
                lambda Q, K: Q.mT @ K,
            "Right for a single sequence, but `.T` reverses all axes, so with batch axes in front the wrong rows meet. Only "
            "the last two axes change places.": lambda Q, K: Q @ K.T,
            "Nothing is transposed: `Q @ K` multiplies the queries by the columns of K. Each key is a row.": lambda Q, K: Q @ K,
            "This is the elementwise product: query i meets key i only, and nothing is added up. Every query meets every key.":
                lambda Q, K: Q * K,
            "Each query meets only the key with its own number: that is the diagonal of the scores. Every query meets every key.":
                lambda Q, K: (Q * K).sum(axis=-1),
            "All pairs meet, but their products are not added up: the last axis, `d_k`, has to be summed away.":
                lambda Q, K: Q[..., :, None, :] * K[..., None, :, :],
            "The shape is right and the numbers are not: `reshape` only lays the same numbers out in rows of another length, it "
            "does not exchange rows and columns.": lambda Q, K: Q @ K.reshape(*K.shape[:-2], K.shape[-1], K.shape[-2]),
            "The queries met the queries: this is `Q Qᵀ`. The right matrix has to come from K.": lambda Q, K: Q @ Q.mT,
            "The keys met the keys: this is `K Kᵀ`. The left matrix has to be Q.": lambda Q, K: K @ K.mT,
            "`np.dot`, `np.inner` and `np.tensordot` let every sequence meet every other, so the batch axes are there twice. `@` "
            "pairs them.": lambda Q, K: np.dot(Q, K.mT),
            "Right for a single sequence. With batch axes in front, `.T` reverses all axes, and `np.dot` does not pair them "
            "either: `@` does, and only the last two axes change places.": lambda Q, K: np.dot(Q, K.T),
            "Right for a single sequence; `qd,kd->qk` has no room for batch axes. Three dots in front of the letters stand for "
            "any number of them.": lambda Q, K: np.einsum("qd,kd->qk", Q, K),
            "Right with one batch axis and with no other number of them. Three dots in place of the first letter stand for "
            "any number of batch axes.": lambda Q, K: np.einsum("bqd,bkd->bqk", Q, K),
            "Query and key have no letter in common, so you multiplied the sum of the query by the sum of the key. The "
            "components must share a letter.": lambda Q, K: np.einsum("...qd,...ke->...qk", Q, K),
            "Right with one batch axis and with no other number of them: `transpose(0, 2, 1)` names three axes. Exchange the "
            "last two, counted from the end.": lambda Q, K: Q @ K.transpose(0, 2, 1),
            "Right for a single sequence: axes 0 and 1 are the last two only there. Count from the end.":
                lambda Q, K: Q @ K.swapaxes(0, 1),
            "Right for a single sequence. But NumPy's `transpose` takes the new order of all axes, and a batch adds more than "
            "these two. `swapaxes(-2, -1)` exchanges the last two.": lambda Q, K: Q @ K.transpose(1, 0),
            "Right with batch axes. Without them a loop over the first axis takes queries for sequences. `@` on the whole arrays "
            "needs no loop.": lambda Q, K: np.stack([q @ k.mT for q, k in zip(Q, K, strict=False)]),
            "Right with one batch axis and with no other number of them: axes 1 and 2 are the last two only there. Count "
            "from the end.": lambda Q, K: Q @ K.swapaxes(1, 2),
            "NumPy's `transpose` does not exchange two axes, as that of PyTorch does: it takes the new order of all of them. "
            "`swapaxes(-2, -1)` exchanges two.": lambda Q, K: Q @ K.transpose(-2, -1),
            "Right for a single sequence, but a loop over Q runs along its first axis, and with a batch these are sequences, not "
            "queries. `@` on the whole arrays takes any batch axes.": lambda Q, K: np.array([[q @ k for k in K] for q in Q]),
            "Right for a single sequence, but `len(Q)` counts along the first axis, and with a batch these are sequences, not "
            "queries. `@` on the whole arrays takes any batch axes.": _loop_into_a_table,
            "Right for a single sequence: there `Q[:, None]` lets every query meet every key. With batch axes in front, the new "
            "axis has to stand before the last one, counted from the end.": lambda Q, K: (Q[:, None] * K).sum(axis=-1),
            "This is the cosine: you divided by both lengths. In a score the lengths count.": _cosines,
            "You took the sign away. A score may be negative: then the match is poor.": lambda Q, K: np.abs(Q @ K.mT),
            "You divided by the square root of `d_k` already. These are the `scaled_scores` of the next notebook; a score is "
            "the plain dot product.": lambda Q, K: Q @ K.mT / np.sqrt(Q.shape[-1]),
            "These are weights: every row sums to 1. Softmax is a step of its own, in notebook 06; the scores come before it.":
                lambda Q, K: _softmax(Q @ K.mT),
            "You divided by the square root of `d_k` and applied softmax, so these are weights. Both steps have notebooks of "
            "their own; here the plain dot products are asked for.": lambda Q, K: _softmax(Q @ K.mT / np.sqrt(Q.shape[-1])),
        },
        hints=("Shape by shape: (n_q, d_k) and (n_k, d_k) have to become (n_q, n_k). Which of the two must be turned, so that "
               "the `d_k` stand next to each other?",
               "Only the last two axes change places; whatever stands in front of them stays.",
               'One line, with `@` and the attribute that stands under "By hand, then in one line".'),
        why="Entry (i, j) of a product is row i of the left matrix times column j of the right one, so the keys, which are rows, "
            "are turned into columns. `.mT` does that in every batch at once. The two lines before it only refuse inputs that do "
            "not fit, with a message of the library's own."),
)

QUESTIONS = (
    Question("In a score matrix of five tokens, the entry in row 2, column 0 is the largest. What does it say?", (
        Choice("The query of token 2 matches the key of token 0 well.", True,
               "Rows are queries and columns are keys: token 2 asks, token 0 is found."),
        Choice("The query of token 0 matches the key of token 2 well.", False,
               "That is the entry in row 0, column 2, and it may be anything. In K Qᵀ it would be read so, which is why the "
               "order matters."),
        Choice("Tokens 0 and 2 are alike.", False,
               "Likeness would hold both ways. A query and a key are two different views, so the score of 2 with 0 says nothing "
               "about that of 0 with 2."),
        Choice("Token 0 is the most important token.", False,
               "One query finds its key a good match. Another query may score lowest with the same key."))),
    Question("A key becomes twice as long and keeps its direction. What happens to its scores?", (
        Choice("Nothing, because only the direction counts.", False,
               "So it would be with the cosine. A dot product multiplies it by both lengths."),
        Choice("They all rise, so every query now prefers this key.", False,
               "Only positive scores rise. Where a query is more than a right angle away, the score falls further below 0."),
        Choice("They are all doubled: positive ones rise, negative ones fall.", True,
               "Length multiplies whatever the cosine says. The key gains with some queries and loses with others."))),
    Question("A query scores 0 with a key. What follows?", (
        Choice("The query will not attend to this key.", False,
               "A score is not yet a weight. If the other scores of the row are negative, this key is even the best match."),
        Choice("Query and key make a right angle, or one of them is zero.", True,
               "The score is length times length times cosine, so one of the three must be 0. What the 0 is worth, only the "
               "other scores of the row can tell."),
        Choice("Query and key point in opposite directions.", False,
               "Then the cosine is -1 and the score is as negative as their lengths allow."),
        Choice("Query and key have nothing in common but their length.", False,
               "Their lengths may differ as much as they like: at a right angle the cosine is 0, whatever the lengths are."))),
)
