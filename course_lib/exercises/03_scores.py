"""Exercises of notebook 03: from queries and keys to scores."""
import operator

import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Exercise

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


EXERCISES = [
    Exercise(one_score, inputs=[(np.array([2.0, 3.0]), np.array([4.0, 1.0])), (np.array([1.0, -2.0, 2.0]), np.array([3.0, 1.0, -1.0])),
                (np.array([0.125, 1.0, -1.0, 2.0]), np.array([3.0, 1.0, -1.0, 1.0]))]),
    Exercise(score_every_pair, inputs=[(Q2, K3), (SQUARE, MIXED), (_whole(2, 2, 4) / 2, _whole(3, 3, 4) / 2), (_whole(4, 4, 3), _whole(5, 2, 3)),
                (_whole(6, 5, 3), _whole(7, 4, 3))]),
    Exercise(turn_the_query, inputs=[(np.array([2.0, 3.0]), POCKET_K)], what_counts=_turned, names=TOKENS),
    Exercise(scores_shape, inputs=[((2, 3), (4, 3)), ((5, 2), (3, 2)), ((2, 3, 4), (2, 5, 4)), ((6, 2, 3, 4), (6, 2, 5, 4))], what_counts=_shape),
    Exercise(best_key, inputs=[(Q2, np.array([[1.0, 2.0], [2.0, 6.0], [5.0, -1.0]])),
                (_whole(2, 3, 2), _whole(3, 3, 2)), (_whole(72, 3, 3, 3), _whole(73, 3, 3, 3)),     # seeds that give no ties
                (_whole(16318, 2, 4, 3), _whole(16319, 2, 5, 3)), (_whole(114141, 2, 2, 3, 4), _whole(114142, 2, 2, 5, 4))]),
    Exercise(steps.score, inputs=[(Q2, K3), (_whole(21, 3, 2), _whole(22, 3, 2)), (SQUARE, MIXED), (_whole(23, 3, 3, 3), _whole(24, 3, 3, 3)),
                (_whole(25, 2, 3, 4), _whole(26, 2, 5, 4)), (_whole(27, 2, 3, 4, 2), _whole(28, 2, 3, 5, 2))]),
]
