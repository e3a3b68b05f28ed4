"""Exercises of notebook 00: attention with pencil and paper."""
from numbers import Real

import numpy as np

from course_lib.examples import make_pocket
from course_lib.exercises.exercise import Exercise

pocket = make_pocket()
SHEET = np.array([2, 9, 9, 4])                                          # the scores of the query (2, 3)


def paper_weights(scores):
    """The weights of one query, normalised by the sum: (n_k,) → (n_k,)"""
    return scores / scores.sum()


def paper_output(weights, V):
    """What one query gathers: (n_k,), (n_k, d_v) → (d_v,)"""
    output = np.zeros(V.shape[1])
    for weight, value in zip(weights, V, strict=True):
        output += weight * value
    return output


def query_for_chases():
    """A query that still looks for a thing and gives more than half of its attention to chases: → (2,)"""
    return [1, 4]


def key_for_chases():
    """A key with which chases gets exactly half of the attention of the query (2, 3): → (2,)"""
    return [3, 3]


def raise_first_number():
    """A query, keys and values; each, put alone in the place of the given one, raises the first number of the output."""
    K, V = pocket.K.copy(), pocket.V.copy()
    K[2] = [0, 2]
    V[2] = [3, 2]
    return [2, 4], K, V


def paper_attention(query, K, V):
    """The whole work sheet: (d_k,), (n_k, d_k), (n_k, d_v) → (d_v,)"""
    scores = K @ query
    weights = scores / scores.sum()
    return weights @ V


# What counts of a result

def _numbers(result):
    """The result as floats, so that fractions count as well; raises for what is no number, which is then shown as it is."""
    array = np.asarray(result)
    if array.dtype.kind not in "iufO" or not all(isinstance(entry, Real) for entry in array.flat):
        raise TypeError("no numbers")
    return array.astype(float)


def _numbers_seen(result, *arguments):
    array = _numbers(result)
    return array if array.ndim else array.item()


def _is_whole(array):
    return bool(np.all(np.isfinite(array)) and np.all(array == np.round(array)))


def _row(result):
    """The numbers of a row that was asked for; None for what is neither a row nor numbers, an empty table for a mixture."""
    try:
        return _numbers(result)
    except (TypeError, ValueError):
        return np.zeros((0, 0)) if isinstance(result, (tuple, list)) else None


def _query_seen(result):
    """What a query does to the attention that chases gets. The words stay under 28 characters, or a message cuts them."""
    query = _row(result)
    if query is None:
        return "no row of numbers"
    if query.shape != (2,):
        return "not two numbers"
    if not _is_whole(query):
        return "not whole numbers"
    first, second = query
    if (query < 0).any():
        return "a negative score"
    if not query.any():
        return "all scores are 0"
    if first == 0:
        return "the first number is 0"
    if 3 * first == 2 * second:
        return "the query as given" if first == 2 else "a tie: the same direction"
    scores = pocket.K @ query
    if scores[2] < scores[1]:
        return "cat gets the most"
    share = 2 * scores[2] - scores.sum()
    return f"chases gets {'over' if share > 0 else 'exactly' if share == 0 else 'most, but under'} half"


def _key_seen(result):
    """What share of the attention of (2, 3) a new key gives to chases."""
    key = _row(result)
    if key is None:
        return "no row of numbers"
    if key.shape == pocket.K.shape:
        return "four keys"
    if key.shape != (2,):
        return "one number" if key.size == 1 else "not two numbers"
    if not _is_whole(key):
        return "not whole numbers"
    if key.tolist() in ([0, 3], [2, 3]):
        return "the key as given" if key[0] == 0 else "the query as the key"
    score = key @ pocket.Q[3]
    if score < 0:
        return "a negative score"
    share = {9: "3/8, as before", 12: "only 4/9", 15: "exactly half"}.get(score, "under half" if score < 15 else "over half")
    return f"chases gets {share}"


def _ways_seen(result):
    """The first of query, keys and values that does not raise the first number, and why."""
    if not isinstance(result, (tuple, list, np.ndarray)):
        return "no tuple of three" if result is not None else None
    if len(result) != 3:
        return "not query, K and V"
    given = {"query": pocket.Q[3], "K": pocket.K, "V": pocket.V}
    ways = dict(zip(given, map(_row, result), strict=True))
    faults = [(name, _shape_fault(given[name], new)) for name, new in ways.items()]
    if not any(fault for name, fault in faults):
        if np.array_equal(ways["K"][[0, 1, 3]], pocket.V[[0, 1, 3]]):
            return "K holds the values"
        faults = [(name, _way_fault(name, given[name], new, given)) for name, new in ways.items()]
    return next((f"{name}: {fault}" for name, fault in faults if fault), "all three raise it")


def _shape_fault(old, new):
    """What is wrong with the shape of the new array, or None."""
    if new is None or new.shape != old.shape:
        return "only one row" if new is not None and new.shape == old.shape[1:] else "not the given shape"
    return None


def _way_fault(name, old, new, given):
    """What is wrong with the new array in the place of the old one, or None."""
    if np.array_equal(new, old):
        return "as given"
    if name != "query":
        rows = [row for row in range(4) if not np.array_equal(new[row], old[row])]
        if rows != [2]:
            return "all rows changed" if len(rows) == 4 else "not only row 2 changed"
    query, K, V = (given | {name: new}).values()
    scores = K @ query
    if not (scores >= 0).all() or not scores.sum() > 0:
        return "no true shares"
    output = (scores / scores.sum() @ V)[0]
    return "the output stays" if np.isclose(output, 2.25, rtol=1e-9) else "the output falls" if output < 2.25 else None


# Wrong versions that need more than a line

def _softmax(scores):
    return np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()


def _one_by_one(scores):
    for i in range(len(scores)):
        scores[i] = scores[i] / scores.sum()
    return scores


def _in_place(scores):
    scores /= scores.sum()
    return scores


def _four_tokens(query, K, V):
    scores = [K[i] @ query for i in range(4)]
    return sum(scores[i] / sum(scores) * V[i] for i in range(4))


def _four_values(query, K, V):
    weights = paper_weights(K @ query)
    return sum(weights[i] * V[i] for i in range(4))


def _added_to(output, weights, V):
    for weight, value in zip(weights, V, strict=True):
        output += weight * value
    return output


def _summed_to(output, weights, V):
    for weight, value in zip(weights, V, strict=True):
        output = output + weight * value
    return output


def _with_row(array, row, numbers):
    changed = array.copy()
    changed[row] = numbers
    return changed


def _ways(query=(2, 4), key=(0, 2), value=(3, 2), row_K=2, row_V=2):
    """The answer to raise_first_number, but for what is given."""
    return list(query), _with_row(pocket.K, row_K, key), _with_row(pocket.V, row_V, value)


EXERCISES = [
    Exercise(paper_weights, inputs=[(np.array([1, 3]),), (SHEET,), (np.array([1, 6, 9, 2]),), (np.array([5, 0, 1]),),
                (np.array([0, 4]),)], what_counts=_numbers_seen, names=pocket.labels),
    Exercise(paper_output, inputs=[(np.array([0.25, 0.75]), np.array([[4.0, 8.0], [12.0, 4.0]])), (SHEET / 24, pocket.V * 1.0),
                (np.array([0.1, 0.6, 0.3]), np.array([[1.0, 2, 3, 4, 2], [5, 0, 1, 0, 3], [2, 2, 0, 7, 1]]))], what_counts=_numbers_seen, names=pocket.labels),
    Exercise(query_for_chases, inputs=[()], what_counts=_query_seen),
    Exercise(key_for_chases, inputs=[()], what_counts=_key_seen),
    Exercise(raise_first_number, inputs=[()], what_counts=_ways_seen),
    Exercise(paper_attention, inputs=[(np.array([1, 2]), np.array([[1, 0], [2, 1]]), np.array([[10, 0], [5, 5]])),
                (np.array([2, 3]), pocket.K, pocket.V), (np.array([1, 3]), pocket.K, pocket.V),
                (np.array([1, 0, 2]), np.array([[1, 1, 0], [0, 4, 1], [2, 0, 3], [1, 5, 0], [0, 1, 2]]),
                 np.array([[3, 1], [0, 6], [5, 2], [1, 0], [2, 9]])),
                (np.array([2, 1, 1]), np.array([[1, 0, 2], [0, 3, 0]]), np.array([[8, 4, 0], [1, 2, 5]]))], what_counts=_numbers_seen, names=pocket.labels),
]
