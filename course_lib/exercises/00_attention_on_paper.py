"""Notebook 00: the answers, and the inputs that tell them from the mistakes. All words stand in 00_attention_on_paper.md."""
from fractions import Fraction
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
    """A query, keys and values; each alone, with the others as given, raises the output's first number: → (2,), (4, 2), (4, 2)"""
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

def numbers(result, *arguments):
    """The result as floats, so that fractions count as well; raises for what is no number, which is then shown as it is."""
    array = np.asarray(result)
    if array.dtype.kind not in "iufO" or not all(isinstance(entry, Real) for entry in array.flat):
        raise TypeError("no numbers")
    return array.astype(float)


def numbers_or_none(result):
    """The numbers of a row that was asked for; None for what is neither a row nor numbers, an empty table for a mixture."""
    try:
        return numbers(result)
    except (TypeError, ValueError):
        return np.zeros((0, 0)) if isinstance(result, (tuple, list)) else None


def of_a_query(result):
    """What the sheet asks of a query: its numbers, and the scores that it gives."""
    query = numbers_or_none(result)
    the, cat, chases, last_the = pocket.K @ query if np.shape(query) == (2,) else [0] * 4
    return {"result": result, "query": query, "cat": cat, "chases": chases, "others": the + cat + last_the}


def of_a_key(result):
    """What the sheet asks of a key: its numbers, and its score with the query (2, 3)."""
    key = numbers_or_none(result)
    return {"result": result, "key": key, "score": key @ pocket.Q[3] if np.shape(key) == (2,) else 0}


def what_three_ways_do(result):
    """The first of query, keys and values that does not raise the first number, and why."""
    if not isinstance(result, (tuple, list, np.ndarray)):
        return "nothing" if result is None else "no tuple of three"
    if len(result) != 3:
        return "not query, K and V"
    given = {"query": pocket.Q[3], "K": pocket.K, "V": pocket.V}
    ways = dict(zip(given, map(numbers_or_none, result), strict=True))
    for name, new in ways.items():
        shape = None if new is None else new.shape
        if shape != given[name].shape:
            return f"{name}: {'only one row' if shape == given[name].shape[1:] else 'not the given shape'}"
    if np.array_equal(ways["K"][[0, 1, 3]], pocket.V[[0, 1, 3]]):
        return "K holds the values"
    faults = {name: what_one_way_lacks(name, new, given) for name, new in ways.items()}
    return next((f"{name}: {fault}" for name, fault in faults.items() if fault), "all three raise it")


def what_one_way_lacks(name, new, given):
    """Why the first number does not rise with the new array in the place of the given one, or None if it does."""
    differs = new != given[name]
    if not differs.any():
        return "as given"
    rows = differs.any(axis=-1).tolist()
    if name != "query" and rows != [False, False, True, False]:
        alike = all(rows) and (new - given[name] == (new - given[name])[0]).all()
        return "every row changed alike" if alike else "all rows changed" if all(rows) else "not only row 2 changed"
    query, K, V = (given | {name: new}).values()
    scores = K @ query
    if (scores < 0).any() or not scores.sum() > 0:
        return "no true shares"
    first = paper_attention(query, K, V)[0]
    return "the output stays" if np.isclose(first, 9 / 4, rtol=1e-9) else "the output falls" if first < 9 / 4 else None


# The last inputs are odd on purpose: one token, many decimals, numbers too large for float16, a sum that 1e-9 would drown.
EXERCISES = [
    Exercise(paper_weights, what_counts=numbers, names=pocket.labels, inputs=[
        ([2, 4, 0, 3, 1, 10],), (SHEET,), ([7],), ([0.5, 3.25, 20000],), ([1e-20, 3e-20],)]),
    Exercise(paper_output, what_counts=numbers, names=pocket.labels, inputs=[
        ([0.25, 0.75], [[4.0, 8.0], [12.0, 4.0]]), (SHEET / 24, pocket.V),
        (np.array([1, 4, 2]) / 7, [[1, 2, -3, 4, 0.03125], [5, 0, 1, 0, 0], [2, 2, 0, 7, 0]]), ([1.0], [[-2]]),
        ([1.0, 0.0], [[70000.0], [3.0]])]),
    Exercise(query_for_chases, what_counts=of_a_query, inputs=[()]),
    Exercise(key_for_chases, what_counts=of_a_key, inputs=[()]),
    Exercise(raise_first_number, what_counts=what_three_ways_do, inputs=[()]),
    Exercise(paper_attention, what_counts=numbers, names=pocket.labels, inputs=[
        ([1, 2], [[1, 0], [2, 1]], [[10, 0], [5, 5]]), ([2, 3], pocket.K, pocket.V),
        ([1, 0.5, 2], 20000 * np.array([[1, 1, 0], [0, 4, 1], [2, 0, 3], [1, 5, 0], [0, 1, 2]]),
         [[3, 0.03125], [0, 6], [5, 2], [1, 0], [2, 9]]),
        ([-3.0, -1, 0], np.array([[-1, 2, -3], [-5, 3, 4]]) / 32, [[8, 4, 0.03125], [1, -2, 0]]),
        ([70000, 5000, -75000], [[1, 0, 0], [3, 2, -1], [2, -1, 0]], [[0, 1, 4, 0, 2], [3, 0, 1, 0, 1], [2, 5, 0, 1, 0]]),
        ([1e-20], [[0.25]], [[-70000.0]])]),
]
