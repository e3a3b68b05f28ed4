"""For each explorer the function from its controls' values to a `Panel`: numbers in, a picture out, nothing kept.

What a reader may set or type wrongly raises `ValueError` with a sentence for the reader.
"""
import itertools
from fractions import Fraction

import numpy as np

from course_lib.examples import make_glimpse, make_pocket, make_sentence
from course_lib.explorers.panel import Bars, Panel
from course_lib.planes import Plane, convex_hull, pair
from course_lib.steps import (apply_mask, attention, causal_mask, embed, merge_heads, project, scale, score, softmax,
                              split_heads)
from course_lib.tables import HeatTable, number

POCKET = make_pocket()


# 00 Attention on paper

def paper_sheet(query_1, query_2, key_1, key_2):
    """The work sheet of the last `the` in exact fractions, for any query and any key of `chases`."""
    query, K = np.array([query_1, query_2]), _with_key_of_chases(key_1, key_2)
    scores = (K @ query).tolist()
    total = sum(scores)
    if total == 0:
        says, weights, weighted = "All scores are 0: nothing can be divided by their sum.", [""] * 4, [["", ""]] * 4
    else:
        weights = [Fraction(s, total) for s in scores]
        weighted = np.array(weights)[:, None] * POCKET.V
        output = weighted.sum(axis=0)
        says = f"{_most(POCKET.labels, weights)} The output is ({output[0]}, {output[1]})."
    rows = [[*key, *value, s, w, *wv] for key, value, s, w, wv in
            zip(K.tolist(), POCKET.V.tolist(), scores, weights, weighted, strict=True)]
    bottom = [""] * 4 + [total, *([Fraction(1), *output] if total else [""] * 3)]
    names = ["key 1", "key 2", "value 1", "value 2", "score", "weight", "weighted 1", "weighted 2"]
    return Panel(says, _keys(query, K, -2, (8, 7)), _values(POCKET.labels, POCKET.V, [output] if total else []),
                 HeatTable([*rows, bottom], [*POCKET.labels, "sum"], names,
                           f"the (3) asks with the query ({query_1}, {query_2})", "token", limit=0))


# 01 Embeddings

def positions(with_positions, first, second):
    """X and the cosine of each pair of its rows, with or without positions, and with two words swapped."""
    order = list(range(4))
    order[first], order[second] = order[second], order[first]
    E_pos = POCKET.E_pos * with_positions
    X, as_written = (embed(ids, POCKET.E_token, E_pos) for ids in (POCKET.ids[order], POCKET.ids))
    labels = [f"{POCKET.tokens[old]} ({place})" for place, old in enumerate(order)]
    new = [label for label, row in zip(labels, X.tolist(), strict=True) if row not in as_written.tolist()]
    directions = X / np.linalg.norm(X, axis=1, keepdims=True)
    if first == second:
        says = f"As written. The rows of the (0) and the (3) have the cosine {number(directions[0] @ directions[3])}."
    elif POCKET.ids[first] == POCKET.ids[second]:
        says = "Both words are the: nothing has changed."
    elif new:
        have = "has a row that was" if len(new) == 1 else "have rows that were"
        says = f"The swap can be seen: {' and '.join(new)} {have} not in X before."
    else:
        says = "The swap cannot be seen: X has the same rows as before, in another order."
    return Panel(says, HeatTable(X, labels, [*POCKET.vocabulary, "odd"], "X", "token"),
                 HeatTable(directions @ directions.mT, labels, labels, "cosine of two rows of X", "", decimals=4))


# 02 QKV

def who_wins(thing, action, keys_speak):
    """The next word after the last `the` for any row *the* of W_Q; weights by the sum, as on the sheet of notebook 00."""
    row, odd = np.array([thing, action]), POCKET.W_Q[-1]
    query, gives = row + odd, POCKET.K if keys_speak else POCKET.V
    scores = (POCKET.K @ query).tolist()
    traits, total = ["thing", "action"], sum(scores)
    weights = [Fraction(s, total) for s in scores] if total else [""] * 4
    heard = HeatTable([[s, w, *g] for s, w, g in zip(scores, weights, gives.tolist(), strict=True)], POCKET.labels,
                      ["score", "weight", *traits], f"whom it hears, and their {'keys' if keys_speak else 'values'}",
                      "token", limit=0)
    made = HeatTable([row, odd, query], ["row the", "+ row odd", "= query"], traits, "the question of the (3)", "", limit=0)
    parts = [_keys(query, POCKET.K, -1, (8, 8)), made, heard]
    asks = f"The row ({thing}, {action}) makes the query {pair(query)}"
    if not total:
        return Panel(f"{asks}, and all scores are 0: nobody is heard.", *parts)
    says = dict(zip(POCKET.next_words, map(float, np.array(weights) @ gives @ POCKET.W_U), strict=True))
    return Panel(f"{asks}: {max(says, key=says.get)} wins.", *parts, Bars("score of the next word", says, limit=16))


# 03 Scores

def query_in_the_plane(query_0, query_1):
    """The query of the last `the` among the keys; its scores, why they are what they are, and the output."""
    query = np.array([query_0, query_1])
    scores, lengths = score(query[None], POCKET.K)[0], np.linalg.norm(POCKET.K, axis=1)
    (output,), (weights,) = attention(query[None], POCKET.K, POCKET.V)
    products = np.linalg.norm(query) * lengths                  # the vector 0 has no direction
    rows = [[length, s / product if product else "", s, weight] for length, product, s, weight in
            zip(lengths.tolist(), products.tolist(), scores.tolist(), weights.tolist(), strict=True)]
    table = HeatTable(rows, POCKET.labels, ["× length", "× cosine", "= score", "weight"],
                      "query's length × key's length × cosine = score", "key", limit=0, decimals=4)
    return Panel(f"Query {pair(query)}, of length {number(np.linalg.norm(query))}: {_most(POCKET.labels, weights)}",
                 _keys(query, POCKET.K, -5, 5), _values(POCKET.labels, POCKET.V, [output]), table)


# 04 Scaling

def real_model(divisor):
    """A real model whose heads all divide by this number: what it says next, whom one head hears, and how large its loss is."""
    glimpse = make_glimpse()
    largest, loss, _, says, heard = glimpse.divisors[divisor]
    losses = {str(each): measured[1] for each, measured in glimpse.divisors.items()}
    labels = [f"{token} ({i})" for i, token in enumerate(glimpse.told_tokens)]
    first = max(says, key=says.get)
    name = {1: "Not divided", 8: "Divided by 8 = √64"}.get(divisor, f"Divided by {divisor}")
    return Panel(f"{name}: The cat chases the {first}, with {number(says[first], 4)}. The loss is {number(loss, 4)}, and the "
                 f"largest weight of the last “the” is {number(largest, 4)}, on average over all heads.",
                 Bars("the next word", says),
                 Bars("head 23.1: whom the last “the” hears", dict(zip(labels, heard.tolist(), strict=True))),
                 Bars("the loss with each divisor", {f"→ {each}" if each == str(divisor) else each: loss
                                                     for each, loss in losses.items()}, limit=7))


# 05 Masking

MASKS = ("causal", "padding", "window", "prefix", "all", "painted")


def choose_mask(kind, size, n, painted):
    """The (n, n) mask of a kind. size: keys in a window, tokens of a prefix, or tokens of padding at the end."""
    here, there, causal = np.arange(n)[:, None], np.arange(n), causal_mask(n)
    if kind == "painted":
        mask, m = causal.copy(), min(n, len(painted))
        mask[:m, :m] = np.array(painted)[:m, :m]
        return mask
    return {"all": np.ones((n, n), dtype=bool), "causal": causal, "padding": np.tile(there < n - size, (n, 1)),
            "window": causal & (there > here - size), "prefix": causal | (there < size)}[kind]


def masked_attention(text, kind, size, replaced, painted):
    """The weights under a mask, and the leak test: which outputs change when one token is replaced by another word?"""
    tokens = words(text)
    mask, replaced = choose_mask(kind, size, len(tokens), painted), min(replaced, len(tokens) - 1)
    pocket = make_pocket(tokens)
    labels = pocket.labels
    output, weights = attention(pocket.Q, pocket.K, pocket.V, mask)
    here = np.arange(len(tokens))[:, None] == replaced      # another word has other numbers, whatever was typed
    after, _ = attention(pocket.Q + here, pocket.K + here, pocket.V + here, mask)
    changed = (after != output).any(axis=1)
    earlier = list(itertools.compress(labels[:replaced], changed))
    outcome = ("there is no output before it" if replaced == 0 else "no output before it changed" if not earlier else
               f"the future leaks: it changed the output of {', '.join(earlier)}")
    says = [f"{labels[replaced]} was replaced by another word: {outcome}."]
    nobody = list(itertools.compress(labels, ~mask.any(axis=1)))
    if nobody:
        says.append(f"{', '.join(nobody)} may attend to nobody: all weights are 0, and so is the output.")
    return Panel(" ".join(says), HeatTable(mask, labels, labels, "mask"),
                 HeatTable(weights, labels, labels, "weights", limit=1, decimals=4),
                 HeatTable(changed[None], ["changed?"], labels, f"outputs, when {labels[replaced]} is replaced", ""))


# 06 Softmax

def softmax_trace(score_0, score_1, score_2, score_3, shift, temperature):
    """One row of four scores on its way through softmax, step by step."""
    scores = np.array([score_0, score_1, score_2, score_3]) + shift
    divided = scores / temperature
    exponentials = np.exp(divided - divided.max())
    weights = softmax(divided)
    names = [f"key {i}" for i in range(4)]
    steps = {"scores + shift": scores, "÷ temperature": divided, "− the largest": divided - divided.max(),
             "exponentials": exponentials, "weights": weights}
    rows = [[*row.tolist(), float(row.sum()) if step in ("exponentials", "weights") else ""] for step, row in steps.items()]
    return Panel(f"{_most(names, weights)} Entropy {number(_entropy(weights))} of at most {number(np.log(4))}.",
                 HeatTable(rows, list(steps), [*names, "sum"], "one row, step by step", "step", limit=0, decimals=4),
                 Bars("weights", dict(zip(names, weights.tolist(), strict=True))))


def temperature_of_a_sentence(text, temperature, causal):
    """Every row of weights of a sentence at a temperature, and its entropy; the temperature √d_k is attention as it is."""
    pocket = make_pocket(words(text))
    scores = score(pocket.Q, pocket.K) / temperature
    weights = softmax(apply_mask(scores, causal_mask(len(scores))) if causal else scores)
    entropies = dict(zip(pocket.labels, _entropy(weights).tolist(), strict=True))
    widest, narrowest = max(entropies, key=entropies.get), min(entropies, key=entropies.get)
    return Panel(f"{widest} looks most widely, with the entropy {number(entropies[widest])}, "
                 f"{narrowest} most narrowly, with {number(entropies[narrowest])}.",
                 HeatTable(weights, pocket.labels, pocket.labels, "weights", limit=1, decimals=4),
                 Bars("entropy of each row", entropies, limit=np.log(12)))


# 07 Weighted sum

def output_in_the_hull(text, query, temperature):
    """Where one query's output lies among the values, from one-hot weights to equal ones, without a mask."""
    pocket = make_pocket(words(text))
    query = min(query, len(pocket.tokens) - 1)
    weights = softmax(score(pocket.Q[[query]], pocket.K) / temperature)[0]
    output = weights @ pocket.V
    rows = np.column_stack([weights, pocket.V, weights[:, None] * pocket.V])
    table = HeatTable([*rows.tolist(), [1.0, "", "", *output.tolist()]], [*pocket.labels, "sum"],
                      ["weight", "value 0", "value 1", "weighted 0", "weighted 1"],
                      f"the query of {pocket.labels[query]}", "token", limit=0, decimals=4)
    return Panel(f"{_most(pocket.labels, weights)} The output is {pair(output)}; "
                 f"the mean of the values is {pair(pocket.V.mean(axis=0))}.",
                 _values(pocket.labels, pocket.V, [output], hull=True), table)


# 08 Multi-head

def heads_of_a_sentence(text, n_heads, factor, causal):
    """The sentence's matrices cut into any number of heads: a table of weights for each, with all scores times a factor."""
    example = make_sentence(words(text))
    X, n = embed(example.ids, example.E_token, example.E_pos), len(example.tokens)
    Q, K = (split_heads(merge_heads(project(X, W)), n_heads) for W in (example.W_Q, example.W_K))
    d_k = 16 // n_heads
    scores = scale(score(Q, K), d_k) * factor
    weights = softmax(apply_mask(scores, causal_mask(n)) if causal else scores)
    labels = (example.tokens if len(set(example.tokens)) == n else
              [f"{token} ({i})" for i, token in enumerate(example.tokens)])
    apart = f"; the largest difference between two heads' weights is {number(np.ptp(weights, axis=0).max())}"
    says = f"{n_heads} {'head' if n_heads == 1 else 'heads'} with d_k = {d_k}: 4 × 256 parameters as ever"
    return Panel(f"{says}{apart if n_heads > 1 else ''}.",
                 *(HeatTable(table, labels, labels, f"head {h}", limit=1, decimals=4 if n_heads < 4 else 2)
                   for h, table in enumerate(weights)))


def words(text):
    """The tokens of a typed sentence. Raises ValueError unless there are 1 to 12, none longer than 20 characters."""
    tokens = text.split()
    if not 1 <= len(tokens) <= 12:
        raise ValueError(f"Type 1 to 12 words, with spaces between them; here are {len(tokens)}.")
    for token in tokens:
        if len(token) > 20:
            raise ValueError(f"A word may have 20 characters; {token[:20]}… has {len(token)}.")
    return tokens


def _with_key_of_chases(*key):
    """The pocket's keys, with another one for `chases`."""
    return np.array([*POCKET.K[:2], key, POCKET.K[3]])


def _keys(query, K, low, high):
    """The query of the last `the` and the four keys, as arrows."""
    marks = [("key", label, key) for label, key in zip(POCKET.labels, K, strict=True)]
    return Plane("query and keys", low, high, [*marks, ("query", "query", query)])


def _values(labels, V, outputs, hull=False):
    """The values as marks, and the output, if there is one, as a cross."""
    marks = [*(("value", label, value) for label, value in zip(labels, V, strict=True)),
             *(("output", "output", np.asarray(output, float)) for output in outputs)]
    return Plane("values and output", -1, (5, max(V[:, 1]) + 1), marks, convex_hull(V) if hull else ())


def _most(names, weights):
    """Who gets the most, in a sentence."""
    highest = max(weights)
    first = [name for name, weight in zip(names, weights, strict=True) if abs(weight - highest) < 1e-9]
    what = highest if isinstance(highest, Fraction) else number(float(highest))
    if len(first) == len(names) > 1:
        return f"All get the same weight, {what}."
    return (f"{first[0]} gets the most weight: {what}." if len(first) == 1 else
            f"{', '.join(first[:-1])} and {first[-1]} get the most weight: {what} each.")


def _entropy(weights):
    """The entropy of each row of weights in nats; a weight of 0 adds nothing."""
    return -(weights * np.log(np.where(weights > 0, weights, 1))).sum(axis=-1) + 0.0
