"""Notebook 03: the answers, and the inputs that tell them from the mistakes. All words stand in 03_scores.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, shape_as_text, whole

Q2 = np.array([[2.0, 3.0, 1.0], [1.0, -1.0, 0.0]])
K4 = np.array([[1.0, 4.0, 0.0], [3.0, 1.0, 2.0], [-1.0, 2.0, 1.0], [0.0, 1.0, -2.0]])
LONG_K = np.array([[1.0, 2.0, 1.0], [2.0, 6.0, 0.0], [5.0, -1.0, 1.0], [0.0, 1.0, -1.0]])
ONE_Q, NARROW_K = np.array([[-0.125]]), np.array([[0.03125], [2.0], [-0.5], [0.25]])
SQUARE = np.array([[1.0, 2.0, -1.0], [0.0, 1.0, 3.0], [2.0, -2.0, 1.0]])
MIXED = np.array([[2.0, -1.0, 1.5], [1.0, 3.0, 0.0], [-1.0, 0.5, 4.0]])
POCKET_K = np.array([[1, 0], [3, 1], [0, 3], [2, 0]])
LARGE, SMALL = 2.0**14, 2.0**-20
TOKENS = ("the (0)", "cat (1)", "chases (2)", "the (3)")


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
    a, b = K[1]
    turned = np.array([-b, a])
    return turned * np.linalg.norm(query) / np.linalg.norm(turned)


def of_a_turn(result, query, K):
    """What the sheet asks of a turned query: its numbers, the signs of its scores, and whether its length was kept."""
    try:
        turned = np.asarray(result, dtype=float)
    except (TypeError, ValueError):
        turned = np.zeros((0, 0))
    length = np.linalg.norm(turned)
    cosines = K[1:3] @ turned / (np.linalg.norm(K[1:3], axis=1) * length) if turned.shape == query.shape else [0, 0]
    cat, chases = ("0" if abs(cosine) < 0.005 else "almost 0" if abs(cosine) < 0.1 else "+" if cosine > 0 else "-"
                   for cosine in cosines)
    off = abs(length / np.linalg.norm(query) - 1)           # two decimals are enough, one is not
    kept = "kept" if off < 0.005 else "nearly kept" if cat == "almost 0" and off < 0.05 else "off"
    return {"result": result, "turned": turned, "query": query, "K": K, "length": length, "cat": cat, "chases": chases,
            "kept": kept}


def scores_shape(Q_shape, K_shape):
    """The shape of the scores, from the shapes of Q and K with the same batch axes: two tuples → tuple"""
    return (*Q_shape[:-1], K_shape[-2])


def best_key(Q, K):
    """The index of the key with which each query scores highest: (..., n_q, d_k), (..., n_k, d_k) → (..., n_q)"""
    return (Q @ K.mT).argmax(axis=-1)


def score(Q, K):
    """(..., n_q, d_k), (..., n_k, d_k) → (..., n_q, n_k)"""
    return Q @ K.mT


EXERCISES = [
    Exercise(one_score, inputs=[
        ([2.0, 3.0], [4.0, 1.0]), ([1, -2, 2], [3, 4, 1]), ([0.03125, 2e5, 2.0, 1.0], [1.0, 2.0, -2e5, 0.125]),
        ([-2e8], [0.00034])]),
    Exercise(score_every_pair, inputs=[
        (Q2, K4), (SQUARE, MIXED), (whole(3, 3, 4) / 8, whole(8, 2, 4) / 32),
        (whole(4, 4, 3).astype(int) * 10_001, whole(5, 5, 3) / 32), ([[-0.00037], [1e5]], [[2e5]])]),
    Exercise(turn_the_query, what_counts=of_a_turn, names=TOKENS, inputs=[([2, 3], POCKET_K)]),
    Exercise(scores_shape, what_counts=shape_as_text, inputs=[
        ((2, 3), (4, 3)), ((2, 3, 4), (2, 5, 4)), ((6, 2, 3, 4), (6, 2, 5, 4)), ((3, 1, 2, 5, 4), (3, 1, 2, 6, 4))]),
    Exercise(best_key, inputs=[                                                                         # seeds that give no ties
        (Q2, LONG_K), (whole(72, 3, 3, 3).astype(int), whole(73, 3, 3, 3)), (ONE_Q, NARROW_K),
        (whole(170, 2, 4, 3) * LARGE, whole(171, 2, 5, 3, low=-999, high=-1) * SMALL),
        (whole(386, 3, 2, 4, 6, low=-999, high=-1) * SMALL, whole(387, 3, 2, 5, 6) * LARGE)]),
    Exercise(score, inputs=[
        (Q2, K4), (SQUARE.astype(int), MIXED), (whole(23, 3, 3, 3), whole(24, 3, 3, 3)), (ONE_Q, NARROW_K),
        (whole(25, 2, 3, 4, low=-999, high=999) * SMALL, whole(26, 2, 5, 4) * LARGE),
        (whole(27, 2, 3, 4, 6) * LARGE, whole(28, 2, 3, 5, 6, low=-999, high=999) * SMALL)]),
]
