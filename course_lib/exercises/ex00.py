"""Exercises of notebook 00: attention with pencil and paper."""
from numbers import Real

import numpy as np

from course_lib.examples import make_pocket
from course_lib.exercises.exercise import Choice, Exercise, Question

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


EXERCISES = (
    Exercise(
        answer=paper_weights, seen=_numbers_seen, names=pocket.labels,
        inputs=[(np.array([1, 3]),), (SHEET,), (np.array([1, 6, 9, 2]),), (np.array([5, 0, 1]),),
                (np.array([0, 4]),)],
        mistakes={
            "You divided by the largest score: its token gets 1, and the weights add up to more than 1. What do all the "
            "shares have to add up to?": lambda scores: scores / scores.max(),
            "You divided by the number of tokens, not by what their scores add up to.": lambda scores: scores / len(scores),
            "You divided by 24. That is the sum on the work sheet; another row of scores has another sum.":
                lambda scores: scores / 24,
            "The division is upside down: a weight is a part of the whole, here it is the whole over the part.":
                lambda scores: scores.sum() / scores,
            "You divided each score by the sum of the other scores. Its own score belongs to the sum too.":
                lambda scores: scores / (scores.sum() - scores),
            "Only whole numbers were kept, so every share below 1 became 0. Divide with `/`, not `//`, and put the shares into a "
            "list or an array of zeros; `scores`, and `zeros_like` of it, hold whole numbers.":
                lambda scores: scores // scores.sum(),
            "Every share is 0, even where one token has all of the score: no share got into what you return. `w[j] = …` puts one "
            "there.": lambda scores: 0 * scores,
            "That line was for two queries, a row for each. Here is one row of scores, without an axis 1: add up all of it.":
                lambda scores: scores / scores.sum(axis=1, keepdims=True),
            "There is one share only, that of the first token. Does the `return` stand inside the loop?":
                lambda scores: scores[:1] / scores.sum(),
            "Only the first token has its share, the others are still 0. Does the `return` stand inside the loop?":
                lambda scores: scores / scores.sum() * (np.arange(len(scores)) == 0),
            "You wrote each share back into `scores`. There the rest is cut off, and the sum changes before the next division. "
            "Take the sum first, and put the shares into a new list or array.": _one_by_one,
            "The sum changes while you overwrite: after the first share was written it is no longer the sum of the scores. Take "
            "it before the loop.": lambda scores: _one_by_one(scores.astype(float)),
            "`/=` writes the shares back into an array of whole numbers, which cannot hold them. Make a new array.": _in_place,
            "The sum was still growing when you divided by it: each score was divided by the sum up to there. Finish the sum "
            "first.": lambda scores: scores / np.cumsum(scores),
            "You counted on four tokens. There may be fewer: let NumPy add up however many scores there are.":
                lambda scores: scores / (scores[0] + scores[1] + scores[2] + scores[3]),
            "You gave back the scores as they are: nothing makes them add up to 1.": lambda scores: scores,
            "You divided by the length of the row, the root of the sum of squares. Then the squares add up to 1, not the "
            "weights.": lambda scores: scores / np.sqrt((scores ** 2).sum()),
            "You stretched the row from 0 for the smallest score to 1 for the largest. A weight is a share: only a score of 0 "
            "gets nothing, and the row adds up to 1.": lambda scores: (scores - scores.min()) / (scores.max() - scores.min()),
            "This is softmax, which real models use and notebook 06 builds. On paper we do without exponentials.": _softmax,
            "These are percentages: they add up to 100. As weights they have to add up to 1.":
                lambda scores: 100 * scores / scores.sum(),
            "You rounded the weights, and now they need not add up to 1. Give them back as they are.":
                lambda scores: np.round(scores / scores.sum(), 2),
        },
        hints=("Step 2 of the work sheet. What did you divide the 9 of “cat” by to get 3/8?",
               "That number is not the same for every query: compute it from `scores`.",
               "`scores.sum()` adds up the row, and NumPy divides a whole row by one number at once."),
        why="Every score is divided by the same number, so twice the score is still twice the weight, and the weights add up "
            "to 1."),
    Exercise(
        answer=paper_output, seen=_numbers_seen, names=pocket.labels,
        inputs=[(np.array([0.25, 0.75]), np.array([[4.0, 8.0], [12.0, 4.0]])), (SHEET / 24, pocket.V * 1.0),
                (np.array([0.1, 0.6, 0.3]), np.array([[1.0, 2, 3, 4, 2], [5, 0, 1, 0, 3], [2, 2, 0, 7, 1]]))],
        mistakes={
            "Both faults are still there. After the loop only the last token is left, because every turn overwrites `output`; "
            "and then it is divided once more.": lambda weights, V: weights[-1] * V[-1] / len(weights),
            "Only the last token is left: every turn of the loop still overwrites `output`.":
                lambda weights, V: weights[-1] * V[-1],
            "All tokens are gathered now, but the sum is still divided by their number. The weights are shares already.":
                lambda weights, V: weights @ V / len(weights),
            "Only the first token was gathered: does the `return` stand inside the loop?": lambda weights, V: weights[0] * V[0],
            "Only the first token was gathered, and divided by the number of tokens: does the `return` stand inside the loop? "
            "And the weights are shares already.": lambda weights, V: weights[0] * V[0] / len(weights),
            "The output is still all 0, as it began. In every turn the weighted value has to be added to `output` itself, with "
            "`+=`.":
                lambda weights, V: 0 * V[0],
            "The line with `np.zeros` was right: one place for each number of a value, `V.shape[1]`, not one for each token.":
                lambda weights, V: _added_to(np.zeros(V.shape[0]), weights, V),
            "The line with `np.zeros` was right. It makes one place for each number of a value, not one for each token.":
                lambda weights, V: _summed_to(np.zeros(V.shape[0]), weights, V),
            "You used `pocket.V`, which fits only the sheet's four weights. Use the argument `V`.":
                lambda weights, V: weights @ pocket.V,
            "You added up the values without their weights, so every token counts in full.": lambda weights, V: V.sum(axis=0),
            "This is the plain average of the values: the weights are not used.": lambda weights, V: V.mean(axis=0),
            "You added the weight to the value. A share of a value is taken by multiplying.":
                lambda weights, V: (weights[:, None] + V).sum(axis=0),
            "You took only the value of the token with the largest weight. The others hand over their shares as well.":
                lambda weights, V: V[weights.argmax()],
            "These are the weighted values, one row for each token; the last step of the sheet is missing: add them up, column "
            "by column.": lambda weights, V: weights[:, None] * V,
            "You added along the rows: one number for each token. The output is the sum down each column.":
                lambda weights, V: (weights[:, None] * V).sum(axis=1),
            "Two things: `weights * V` lays the weights along the columns of `V`, while a weight belongs to a row; and the "
            "rows are not added up yet.": lambda weights, V: weights * V,
            "`weights * V` lays the weights along the columns of `V`, or does not fit at all; a weight belongs to a row.":
                lambda weights, V: (weights * V).sum(axis=0),
            "In `V @ weights` each weight meets a column of `V`; a weight belongs to a row. What if the weights stand on the "
            "other side?": lambda weights, V: V @ weights,
            "Only the first two numbers of the output are there. A value may have more: `V.shape[1]` says how many.":
                lambda weights, V: (weights @ V)[:2],
            "You added up everything to one number. The output has as many numbers as a value: one sum for each column.":
                lambda weights, V: (weights[:, None] * V).sum(),
        },
        hints=("Play the loop through with two tokens. What does `output` hold after the first turn, and what after the second?",
               "One fault forgets what was gathered before. The other one makes the shares smaller than they are.",
               "The loop of the notebook, in the section “By hand, then in one line”, has the line that is needed."),
        why="A sum grows in a loop with `+=`. Nothing is divided at the end, because the weights add up to 1 already: a "
            "weighted sum with shares is an average. In one line it is `weights @ V`."),
    Exercise(
        answer=query_for_chases, seen=_query_seen, inputs=[()],
        mistakes={
            "This is the query as given: “cat” and “chases” both score 9, a tie.": lambda: [2, 3],
            "You made the query longer, but did not turn it. All scores grow alike, and so does their sum: the weights stay, "
            "with “cat” and “chases” in a tie.": lambda: [4, 6],
            "With this query “cat” gets the most attention. Compare the keys of “cat” and “chases”: in which number is "
            "“chases” the larger one?": lambda: [3, 2],
            "You are on the way: “chases” gets the most attention, but less than half. Turn the query further.": lambda: [2, 4],
            "Nearly: “chases” gets exactly half. More than half is asked for.": lambda: [1, 3],
            "The first number is 0: “chases” gets 3/4, but this query no longer looks for a thing at all. The first number has "
            "to stay above 0.": lambda: [0, 3],
            "A number of this query is negative, and so is a score: then the weights are no true shares. Both numbers have to be "
            "above 0.": lambda: [-1, 3],
            "With the query (0, 0) every score is 0, and there is nothing to divide by.": lambda: [0, 0],
            "A query is two numbers in one row, such as `[2, 3]`; not a table, nor the number of a token, nor the scores or "
            "weights.":
                lambda: [1, 7, 12, 2],
        },
        hints=("The scores for the query (a, b) are a, 3a + b, 3b and 2a. Which number helps only “chases” and “cat”, and "
               "“chases” three times as much?",
               "With (1, 3) “chases” gets 9 of 18, exactly half. Compared with (2, 3), which way did that turn the query?",
               "More than half means: 3b is larger than the other three scores together, 6a + b."),
        why="The scores are 1, 7, 12 and 2, so “chases” gets 12/22. Any query does it whose second number is more than three "
            "times the first: the direction decides, not the length."),
    Exercise(
        answer=key_for_chases, seen=_key_seen, inputs=[()],
        mistakes={
            "This is the key that “chases” has already. It gets 9 of 24.": lambda: [0, 3],
            "The score is 12, half of the 24 of the sheet. But with the new key the sum is no longer 24: it is 27, and "
            "“chases” gets only 4/9.": lambda: [0, 4],
            "You took the query for the key: it scores 13 of 28, a little less than half. A key need not resemble the query; "
            "only its score counts.": lambda: [2, 3],
            "The key is another one, but its score is 9 as before, so nothing changes: 3/8.": lambda: [3, 1],
            "With this key “chases” gets less than half. What do the other three scores add up to?": lambda: [1, 2],
            "With this key “chases” gets more than half. What do the other three scores add up to?": lambda: [0, 6],
            "The score of “chases” is negative now, and the weights are no true shares.": lambda: [0, -5],
            "You gave back all four keys. Give back only the new key of “chases”: two numbers.":
                lambda: _with_row(pocket.K, 2, [3, 3]),
            "This is one number. Is it the score that you want? Then find a key that gives it: two numbers.": lambda: 15,
            "A key is two numbers in one row, such as `[0, 3]`.": lambda: [0, 0, 15],
        },
        hints=("The sum holds the score of “chases” as well: when it grows, the sum grows.",
               "Half for “chases” means as much for “chases” as for the three others together.",
               "Write down that score. Then look for two whole numbers a and b with 2a + 3b equal to it."),
        why="The other scores are 2, 9 and 4, together 15, so “chases” needs 15 as well: (3, 3), and also (0, 5) or (6, 1). Of a "
            "key, the query sees nothing but the score."),
    Exercise(
        answer=raise_first_number, seen=_ways_seen, inputs=[()],
        mistakes={
            "The pocket example cannot be written to, so that no cell changes what another one sees. Change a copy "
            "of the array, made with `.copy()`.": lambda: pocket.K.__setitem__(2, [0, 2]),
            "Three results are asked for, `return query, K, V`: one query, the four keys, the four values.": lambda: [2, 4],
            "The query is the given one, (2, 3): nothing rises. Each of the three must do it alone.": lambda: _ways(query=(2, 3)),
            "The query lowers the first number. It turns towards things, so both “the” gain, and they hand over nothing.":
                lambda: _ways(query=(3, 3)),
            "The query is longer but not turned: the weights stay, and so does the output.": lambda: _ways(query=(4, 6)),
            "With this query a score is negative, or all are 0: the weights are no true shares.": lambda: _ways(query=(-1, 3)),
            "`K` has to be the whole table of keys, shape (4, 2). Here it is a single row of two numbers.":
                lambda: ([2, 4], [0, 2], [3, 2]),
            "`K` holds the values. The order is `return query, K, V`.": lambda: [_ways()[i] for i in (0, 2, 1)],
            "The query is right, but `K` holds the keys as given, so with it nothing rises.": lambda: _ways(key=(0, 3)),
            "The query is right, but `K` differs from the given keys outside the row of “chases”. Begin with a fresh "
            "`pocket.K.copy()`, for the `K` of the notebook holds another change, and count rows from 0.":
                lambda: _ways(key=(4, 1), row_K=1),
            "The query is right, but `K` lowers the first number. The key of “chases” draws more attention now; yet its value "
            "begins with 2, and the output with 9/4, which is more.": lambda: _ways(key=(0, 6)),
            "The query is right, but with `K` “chases” still scores 9: another key, the same output. Only its score counts.":
                lambda: _ways(key=(3, 1)),
            "The query is right, but with `K` the score of “chases” is negative: the weights are no true shares.":
                lambda: _ways(key=(0, -1)),
            "`V` has to be the whole table of values, shape (4, 2). Here it is a single row of two numbers.":
                lambda: (*_ways()[:2], [3, 2]),
            "Query and keys are right, but `V` holds the values as given. Mind that an array of whole numbers cuts what you "
            "write into it: 2.5 becomes 2.": lambda: _ways(value=(2, 2)),
            "Query and keys are right, but `V` differs from the given values outside the row of “chases”. Begin with a fresh "
            "`pocket.V.copy()`, for the `V` of the notebook holds another change, and count rows from 0.":
                lambda: _ways(value=(5, 1), row_V=1),
            "Query and keys are right, but with `V` the first number stays: you changed only the second number of the value.":
                lambda: _ways(value=(2, 3)),
            "Query and keys are right, but `V` lowers the first number: “chases” hands over less of it than before.":
                lambda: _ways(value=(1, 2)),
        },
        hints=("The two “the” hand over nothing. A query that looks less at them raises the output.",
               "The output is a kind of average. Does it rise or fall when more of it comes from “chases”, whose value begins "
               "with 2?",
               "So the key of “chases” has to score less than 9. The value has no such catch: what is handed over, counts."),
        why="The first number is 9/4 now. “chases” hands over 2, which is less: look at it less, and the others get larger "
            "shares, “cat” with its 4 among them. The value acts directly, through its weight of 3/8, and moves nobody's "
            "attention."),
    Exercise(
        answer=paper_attention, seen=_numbers_seen, names=pocket.labels,
        inputs=[(np.array([1, 2]), np.array([[1, 0], [2, 1]]), np.array([[10, 0], [5, 5]])),
                (np.array([2, 3]), pocket.K, pocket.V), (np.array([1, 3]), pocket.K, pocket.V),
                (np.array([1, 0, 2]), np.array([[1, 1, 0], [0, 4, 1], [2, 0, 3], [1, 5, 0], [0, 1, 2]]),
                 np.array([[3, 1], [0, 6], [5, 2], [1, 0], [2, 9]])),
                (np.array([2, 1, 1]), np.array([[1, 0, 2], [0, 3, 0]]), np.array([[8, 4, 0], [1, 2, 5]]))],
        mistakes={
            "You scored the query against the values. What a token is found by is its key; its value is only handed over.":
                lambda query, K, V: paper_attention(query, V, V),
            "You changed keys and values about: scored against the values, and gathered the keys.":
                lambda query, K, V: paper_attention(query, V, K),
            "The weights are right, but you gathered the keys. What a token hands over is its value.":
                lambda query, K, V: paper_attention(query, K, K),
            "Step 2 is missing: you took the scores for the weights, and the output is too large.":
                lambda query, K, V: K @ query @ V,
            "Two things: you scored the query against the values, not the keys, and nothing makes the weights add up to 1.":
                lambda query, K, V: V @ query @ V,
            "Two things: you gathered the keys, not the values, and nothing makes the weights add up to 1.":
                lambda query, K, V: K @ query @ K,
            "You divided by the largest score, so the weights add up to more than 1.":
                lambda query, K, V: K @ query / (K @ query).max() @ V,
            "You divided by the number of tokens, not by the sum of the scores.": lambda query, K, V: K @ query / len(K) @ V,
            "You divided by the sum of the keys. The scores are to become shares: divide by their sum.":
                lambda query, K, V: K @ query / K.sum() @ V,
            "You normalised the query, not the scores: the scores do not add up to 1.":
                lambda query, K, V: K @ (query / query.sum()) @ V,
            "You divided the output by its own sum. The weights are what has to add up to 1.":
                lambda query, K, V: K @ query @ V / (K @ query @ V).sum(),
            "You divided by 24. That is the sum on the work sheet; these scores have another one.":
                lambda query, K, V: K @ query / 24 @ V,
            "You used `pocket.K` and `pocket.V`, so the result is right for the sheet only. Use the arguments `K` and `V`.":
                lambda query, K, V: paper_attention(query, pocket.K, pocket.V),
            "You used the query (2, 3) of the sheet, whatever was asked. Use the argument `query`.":
                lambda query, K, V: paper_attention(pocket.Q[3], K, V),
            "In `query @ K` the query meets the columns of `K`; a key is a row. Take `K @ query`.":
                lambda query, K, V: paper_weights(query @ K) @ V,
            "Query times keys, number by number, is right, but you then added down the columns. A score belongs to a token: "
            "add along its row.": lambda query, K, V: paper_weights((K * query).sum(axis=0)) @ V,
            "`weights * V` lays the weights along the columns of `V`, or does not fit at all; a weight belongs to a row. "
            "`weights[:, None]` stands upright.": lambda query, K, V: (paper_weights(K @ query) * V).sum(axis=0),
            "In `V @ weights` each weight meets a column of `V`; a weight belongs to a row. What if the weights stand on the "
            "other side?": lambda query, K, V: V @ paper_weights(K @ query),
            "You multiplied query and keys number by number and never added up: a score is one number for each token. And the "
            "weights then meet single numbers of the values.":
                lambda query, K, V: (K * query / (K * query).sum() * V).sum(axis=0),
            "You counted on four tokens. There may be more or fewer: let NumPy run over all rows.": _four_tokens,
            "You gathered from four tokens. There may be more or fewer: let NumPy run over all rows.": _four_values,
            "Only the last token is left: every turn of the loop overwrites the output. Add with `+=`.":
                lambda query, K, V: paper_weights(K @ query)[-1] * V[-1],
            "Only the first token was gathered. Does the `return` stand inside the loop?":
                lambda query, K, V: paper_weights(K @ query)[0] * V[0],
            "The sum of the weighted values is divided by the number of tokens as well. The weights are shares already.":
                lambda query, K, V: paper_attention(query, K, V) / len(K),
            "You used `pocket.V`, which fits only the sheet's four weights. Use the argument `V`.":
                lambda query, K, V: paper_weights(K @ query) @ pocket.V,
            "There is one query only, so the scores are a single row, without an axis 1: add up all of it.":
                lambda query, K, V: K @ query / (K @ query).sum(axis=1, keepdims=True) @ V,
            "These are the scores, only step 1. They become weights, and the weights gather the values.":
                lambda query, K, V: K @ query,
            "Only the first two numbers of the output are there. A value may have more: `V.shape[1]` says how many.":
                lambda query, K, V: paper_attention(query, K, V)[:2],
            "Your scores use the first two numbers of query and key only. They may have more; all of them count.":
                lambda query, K, V: paper_attention(query[:2], K[:, :2], V),
            "You counted on vectors of two numbers, in the scores and in the output. Query and key, and the value, may have "
            "more.":
                lambda query, K, V: paper_attention(query[:2], K[:, :2], V)[:2],
            "These are the weights: right, but only step 2. What is gathered with them?":
                lambda query, K, V: paper_weights(K @ query),
            "These are the weighted values, one row for each token. Add them up, column by column.":
                lambda query, K, V: paper_weights(K @ query)[:, None] * V,
            "You added the weighted values along the rows: one number for each token. The output is the sum down each column.":
                lambda query, K, V: (paper_weights(K @ query)[:, None] * V).sum(axis=1),
            "You took only the value of the token with the largest score. The others hand over their shares as well.":
                lambda query, K, V: V[(K @ query).argmax()],
            "This is the plain average of the values: query and keys are not used.": lambda query, K, V: V.mean(axis=0),
            "You used softmax, as real models do (notebook 06). On paper the scores are divided by their sum.":
                lambda query, K, V: _softmax(K @ query) @ V,
            "This is what a real transformer does: scaled scores (notebook 04) and softmax (06). On paper the scores are "
            "divided by their sum.": lambda query, K, V: _softmax(K @ query / np.sqrt(len(query))) @ V,
        },
        hints=("Three lines, one for each step of the sheet: scores, weights, and the sum of the weighted values.",
               "One score for each row of `K`; then `paper_weights` has your second line.",
               "`@` multiplies and adds. For the scores and for the output, which of the two arrays has to stand on its left?"),
        why="Three lines, and the pattern of every attention in this course: score, normalise, gather. The notebooks to come "
            "replace the second line."),
)

QUESTIONS = (
    Question("“the” (0) has the weight 1/12 and hands over (0, 0). You cross out its row on the work sheet and do the sums "
             "again. What happens to the output?", (
        Choice("Nothing: it handed over 0.", False,
               "Its value adds nothing, but its score stands in the sum that all the others are divided by."),
        Choice("It becomes larger.", True,
               "The sum falls from 24 to 22, so each of the others gets a larger share. A weight spent on nothing is a weight "
               "that the others lack."),
        Choice("It becomes smaller, because something is missing.", False,
               "What is missing is a row of zeros. Its share goes to the others, and they hand over more."))),
    Question("Which query, with no negative number, makes “the” (3), whose key is (2, 0), get the most attention?", (
        Choice("(2, 0), the same as its key.", False,
               "It scores 4, but “cat”, with the key (3, 1), scores 6. A score is not a likeness; a larger key wins."),
        Choice("A long one that looks for things only, such as (100, 0).", False,
               "A longer query makes all scores larger alike: 200 for “the” (3), and 300 for “cat”."),
        Choice("None.", True,
               "The key of “cat” is larger in both numbers, so “cat” scores more with every such query. Only another key can "
               "help."))),
    Question("Here the first number of a query asks for a thing. What does it ask for in a trained model?", (
        Choice("A thing as well: that is how attention is defined.", False,
               "We chose that meaning, to have something to think with. The arithmetic knows nothing of it."),
        Choice("How important the token is.", False,
               "No number of a query is reserved for that. Attention arises between two vectors, from all their numbers "
               "together."),
        Choice("In general nothing that has a name.", True,
               "Training finds numbers that make the predictions better. What they stand for, if anything, has to be found out "
               "afterwards."))),
)
