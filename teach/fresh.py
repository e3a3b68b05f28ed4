"""The work sheet of notebook 00 with other numbers and other words, and its key: `make handouts SEED=7`.

A sheet's data are chosen by its seed from a list that is counted out here, in whole numbers and fractions. No generator of random
numbers takes part, so a seed gives the same sheet under every Python. Words, tables and assertions are the notebook's own:
`PASSAGES` says what each of its numbers means, so that another sheet's number can take its place.
"""
import ast
import functools
import re
from fractions import Fraction
from itertools import permutations, product
from math import gcd
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from course_lib import HeatTable, SideBySide, pocket

SEEDS = range(10_000)
# Who, what it does, and the candidates for the next word: the right one, something that is less of all, a mere thing, a mere
# action. Whoever changes these lines, or what `all_numbers` takes, takes its key from every sheet that is printed.
SENTENCES = (
    ("dog", "hunts", "rabbit", "leaf", "stone", "barks"), ("bird", "catches", "worm", "feather", "branch", "sings"),
    ("fox", "follows", "hen", "shadow", "road", "jumps"), ("farmer", "calls", "horse", "wheel", "gate", "works"),
    ("girl", "feeds", "duck", "doll", "spoon", "laughs"), ("boy", "draws", "train", "kite", "wall", "runs"),
    ("owl", "hears", "frog", "rain", "tree", "flies"), ("wolf", "meets", "sheep", "cloud", "hill", "howls"),
    ("pupil", "asks", "teacher", "class", "book", "reads"), ("nurse", "helps", "child", "hand", "bed", "rests"),
    ("lion", "sees", "zebra", "grass", "rock", "roars"))


class Sheet(NamedTuple):
    """What stands on a work sheet. The tokens are *the*, who, what it does, *the*; both *the* have the value (0, 0)."""

    words: tuple        # 6: who, what it does, and four candidates for the next word
    query: tuple        # (2,), of the last token
    K: tuple            # (4, 2)
    V: tuple            # (4, 2)
    W_U: tuple          # (2, 4), a column for each candidate


COURSE = Sheet((*pocket.tokens[1:3], *pocket.next_words), tuple(pocket.Q[3].tolist()),
               *(tuple(map(tuple, table.tolist())) for table in (pocket.K, pocket.V, pocket.W_U)))


def draw(seed):
    """The sheet of a seed; no two seeds have the same."""
    numbers = all_numbers()
    return Sheet(SENTENCES[seed % len(SENTENCES)], *numbers[seed * 1009 % len(numbers)])


def seed_of(text):
    """The seed that somebody wrote. Raises ValueError if it is none."""
    try:
        seed = int(text)
    except ValueError:
        seed = None
    if seed not in SEEDS:
        raise ValueError(f"a seed is a whole number from 0 to {SEEDS[-1]}; given was {text or 'nothing'}")
    return seed


@functools.cache
def all_numbers():
    """Query, K, V and W_U of every sheet: small numbers with which a pencil gets on, and all answers of the notebook are true."""
    queries = [query for query in product((2, 3, 4), (2, 3, 4, 5)) if query[0] != query[1]]
    keys = [(the, who, (0, act), last) for the, last in permutations(product((1, 2, 3), (0, 1)), 2)
            for who in product(range(1, 7), range(1, 5)) for act in range(2, 7)]
    candidates = [((u, u - 1, t, 0), (u, u - 1, 0, t)) for u, t in ((2, 3), (3, 4), (3, 5), (4, 5))]
    found = []
    for query, K in product(queries, keys):
        if adds_up(scores_of(query, K)) and attention_moves(ways := changes(query, K)):
            first = [pair for pair in product(range(2, 7), range(1, 5)) if first_number_follows(ways, *pair)]
            second = [pair for pair in product(range(0, 4), range(1, 5)) if second_number_follows(ways, *pair)]
            for (who_1, act_1), (who_2, act_2) in product(first, second):
                V = (0, 0), (who_1, who_2), (act_1, act_2), (0, 0)
                output = gathered(ways["given"], V)
                if output[0] > output[1] and short(8, [output[1] / output[0]]):
                    found += [(query, K, V, W_U) for W_U in candidates if one_word_wins(next_scores(output, W_U))]
    return tuple(found)


def changes(query, K):
    """What the four questions change, each with the weights to which it leads. (2,), (4, 2) → name → (4,), fractions"""
    (q1, q2), (the, (who_1, who_2), (act_1, act_2), last) = query, K
    return {"given": weights(query, K), "other": weights((q1 - 1, q2), K), "action only": weights((0, q2), K),
            "more thing": weights((q1 + 1, q2), K), "more action": weights((q1, q2 + 1), K),
            "key of action": weights(query, (the, (who_1, who_2), (2 * act_1, 2 * act_2), last)),
            "key of who": weights(query, (the, (who_1 + 1, who_2), (act_1, act_2), last))}


def weights(query, K):
    """Each score divided by the sum of all. (2,), (n_k, 2) → (n_k,), fractions"""
    scores = scores_of(query, K)
    return [Fraction(score, sum(scores)) for score in scores]


def scores_of(query, K):
    """Query and key multiplied number by number, and added. (2,), (n_k, 2) → (n_k,)"""
    return [query[0] * key[0] + query[1] * key[1] for key in K]


def gathered(weights, V):
    """The values, each times its weight, added up. (n_k,), (n_k, 2) → (2,)"""
    return [sum(weight * value[i] for weight, value in zip(weights, V, strict=True)) for i in range(2)]


def share_of_the(weights):
    """The weight of both *the* together."""
    return weights[0] + weights[3]


def adds_up(scores):
    """Whether the four scores have a small sum and share it in short fractions, most to who, then to what it does.

    Their shares are not 3/8 each, as in the notebook: who has done its sheet would remember half of the answers.
    """
    total = sum(scores)
    return (total <= 40 and scores[1] >= scores[2] > max(scores[0], scores[3]) and 8 * scores[2] != 3 * total
            and all(total // gcd(total, score) <= 20 for score in scores))


# Of the answers only what does not follow from the rest is asked here; tests/thorough proves all of them of every sheet.
def attention_moves(ways):
    """Whether less of a thing gives most to what it does, and more of a thing gives more to who; in short fractions."""
    return short(30, ways["other"]) and ways["other"][2] > ways["other"][1] and ways["more thing"][1] > ways["given"][1]


def first_number_follows(ways, who, act):
    """Whether less of a thing raises the first number of the output, if these are the first numbers of the two values."""
    first = {name: weights[1] * who + weights[2] * act for name, weights in ways.items()}
    return who > act and short(8, [first["given"]]) and short(12, [first["other"]]) and first["other"] > first["given"]


def second_number_follows(ways, who, act):
    """Whether another query or key changes the second number too, if these are the second numbers of the two values."""
    second = {name: weights[1] * who + weights[2] * act for name, weights in ways.items()}
    return (short(8, [second["given"]]) and short(12, [second["other"]])
            and second["given"] not in (second["more thing"], second["key of who"]))


def one_word_wins(scores):
    """Whether the first candidate wins by a whole point, and the others are apart."""
    first, *others = scores
    return first >= max(others) + 1 and len(set(others)) == 3


def next_scores(output, W_U):
    """How well each candidate fits the output. (2,), (2, 4) → (4,)"""
    return scores_of(output, zip(*W_U, strict=True))


def short(largest, fractions):
    """Whether no fraction has a denominator above the largest."""
    return all(fraction.denominator <= largest for fraction in fractions)


# What the numbers of notebook 00 mean: each passage, filled in for `COURSE`, stands in a cell of the sheet or the key, and the
# same filled in for another sheet takes its place. A pair is written without its brackets, which differ in words and in code.
PASSAGES = (
    "Query of *the* (3): **({query})**", "First row: {first_term}.",
    "blank[0, 0] = {first_score}", "asks with the query ({query})",
    "[{total}, 1, Fraction({output_1_in_code}), Fraction({output_2_in_code})]",
    "{most}. *the* gathered ({output})", "got {share} together",
    "with the query ({other})",
    "The scores are {other_scores}: *{act}* gets {act_by_other}, *{who}* only {who_by_other}",
    "from {output_1} to {output_1_by_other}", "get {share_by_other}, not {share}.",
    "[[{query}], [{other}]]", '["({query})", "({other})"]', "[{other_scores}]", "Fraction({share_by_other_in_code})",
    "With the query ({action_only}), *{act}* gets {act_by_action_only}", "A longer query, ({longer}),",
    "With the key ({longer_key}), *{act}* gets {act_by_longer_key}",
    "[[{query}], [{longer}], [{action_only}]]", "[0, 0], [{key_of_act}], [0, 0]",
    '["({query})", "({longer})", "({action_only})", "({query}), key ({longer_key})", "({other}), key ({longer_key})"]',
    "({more_thing}) or ({more_action})", "({more_action}). The query ({more_thing})",
    "who get {share_by_more_thing}, not {share}",
    "With ({more_action}) they get {share_by_more_action}", "Key: ({larger_key})", "Value: ({larger_value})",
    "[{larger_key}], [{larger_value}]", 'query ({more_thing})": ([{more_thing}]', 'query ({more_action})": ([{more_action}]',
    "key of {who} ({larger_key})", "value of {who} ({larger_value})",
    "The output ({output}) says: *next comes a thing, {output_1}, and it also acts, but {ratio} as much, {output_2}*",
    "For *{mere_thing}*: {output_1} × {mere_thing_1} + {output_2} × {mere_thing_2} = {score_of_mere_thing}.",
    "with {score_of_winner}. Then come {second}, {third}, and {last}.")
NEXT_WORD = "### From the output to the next word"      # the first of four cells that a class otherwise sees on the screen
OPEN = {"output": "………, ………", "output_1": "………", "output_2": "………", "ratio": "………", "score_of_mere_thing": "………"}     # on a sheet


def said(sheet):
    """What the passages say on a sheet or its key, by the names that stand in them."""
    (who, act, *_, mere_thing, _), (q1, q2), K, V, W_U = sheet
    ways = changes(sheet.query, K)
    outputs = {name: gathered(weights, V) for name, weights in ways.items()}
    output_1, output_2 = outputs["given"]
    scores, other = scores_of(sheet.query, K), scores_of((q1 - 1, q2), K)
    winner, *losers = sorted(zip(next_scores((output_1, output_2), W_U), sheet.words[2:], strict=True), reverse=True)
    second, third, last = (f"*{word}* with {equals(score)}" for score, word in losers)
    weight_of_who, weight_of_act = ways["given"][1:3]
    return {
        "who": who, "act": act, "mere_thing": mere_thing, "key_of_act": pair(K[2]), "query": pair(sheet.query),
        "other": pair((q1 - 1, q2)), "action_only": pair((0, q2)), "longer": pair((2 * q1, 2 * q2)),
        "more_thing": pair((q1 + 1, q2)), "more_action": pair((q1, q2 + 1)), "longer_key": pair((2 * K[2][0], 2 * K[2][1])),
        "larger_key": pair((K[1][0] + 1, K[1][1])), "larger_value": pair((V[1][0] + 1, V[1][1])),
        "first_term": f"{q1} × {K[0][0]} + {q2} × {K[0][1]} = {scores[0]}", "first_score": scores[0], "total": sum(scores),
        "other_scores": pair(other), "output": pair((output_1, output_2)), "output_1": output_1, "output_2": output_2,
        "output_1_in_code": in_code(output_1), "output_2_in_code": in_code(output_2), "ratio": in_words(output_2 / output_1),
        "output_1_by_other": outputs["other"][0], "share": share_of_the(ways["given"]),
        "share_by_other": share_of_the(ways["other"]), "share_by_other_in_code": in_code(share_of_the(ways["other"])),
        "share_by_more_thing": share_of_the(ways["more thing"]), "share_by_more_action": share_of_the(ways["more action"]),
        "act_by_other": in_words(ways["other"][2]), "who_by_other": in_words(ways["other"][1]),
        "act_by_action_only": ways["action only"][2], "act_by_longer_key": ways["key of action"][2],
        "most": (f"*{who}* and *{act}* got {weight_of_who} each" if weight_of_who == weight_of_act else
                 f"*{who}* got most, {weight_of_who}; *{act}* got {weight_of_act}"),
        "mere_thing_1": W_U[0][2], "mere_thing_2": W_U[1][2], "score_of_mere_thing": output_1 * W_U[0][2],
        "score_of_winner": f"{output_1} × {W_U[0][0]} + {output_2} × {W_U[1][0]} = {equals(winner[0], ', that is ')}",
        "second": second, "third": third, "last": last}


def pair(numbers):
    """The numbers with commas between them."""
    return ", ".join(map(str, numbers))


def in_code(fraction):
    """What stands between the brackets of Fraction(…)."""
    return f"{fraction.numerator}, {fraction.denominator}"


def in_words(fraction):
    """A share as one says it."""
    return {Fraction(1, 2): "half", Fraction(1, 3): "a third", Fraction(1, 4): "a quarter"}.get(fraction, str(fraction))


def equals(fraction, sign=" = "):
    """A whole number alone; a fraction with its decimals, or about what they are."""
    if fraction.denominator == 1:
        return str(fraction)
    exact = 1000 % fraction.denominator == 0
    return f"{fraction}{sign if exact else ', about '}{float(fraction):.{3 if exact else 2}f}".rstrip("0")


def renumber(notebook, sheet, kind):
    """Put a sheet's words and numbers into notebook 00, as read, for its "sheet" or its "key"; the next word comes last.

    Raises ValueError if a passage is not found: then the notebook's text has changed, and `PASSAGES` must follow.
    """
    cells = with_next_word(notebook)
    course, here = said(COURSE), said(sheet) | (OPEN if kind == "sheet" else {})
    instead = {passage.format_map(course): passage.format_map(here) for passage in PASSAGES}
    for passage in instead:
        if not any(passage in cell.source for cell in cells):
            raise ValueError(f"no cell of the work sheet has “{passage}”, which the numbers of another sheet should replace")
    instead |= zip(COURSE.words, sheet.words, strict=True)
    pattern = "|".join(rf"(?<!\w){re.escape(passage)}(?!\w)" for passage in sorted(instead, key=len, reverse=True))
    for cell in cells:
        cell.source = re.sub(pattern, lambda passage: instead[passage[0]], cell.source)
    make_tables(cells, sheet, kind)


def with_next_word(notebook):
    """Tag the cells of the next word, and move them before the exit ticket. → title, and all cells of sheet and key"""
    cells = notebook.cells
    begin = next(i for i, cell in enumerate(cells) if cell.source.startswith(NEXT_WORD))
    moved, cells[begin:begin + 4] = cells[begin:begin + 4], []
    for cell in moved:
        cell.metadata["tags"] = [*tags(cell), "key"] if "answer" in tags(cell) else [*tags(cell), "sheet", "key"]
    ticket = next(i for i, cell in enumerate(cells) if "ticket" in tags(cell))
    cells[ticket:ticket] = moved
    return [cells[0], *(cell for cell in cells if {"sheet", "key"} & set(tags(cell)))]


def tags(cell):
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def make_tables(cells, sheet, kind):
    """Run the cells with the numbers of the sheet: their assertions hold for it, and their tables are its tables."""
    names = {"np": np, "Fraction": Fraction, "HeatTable": HeatTable, "SideBySide": SideBySide, "pocket": as_pocket(sheet)}
    names["tokens"] = names["pocket"].labels
    for cell in cells:
        if cell.cell_type == "code":
            table = run(cell.source, names)
            if "pocket.W_U" in cell.source:
                scores = next_scores(gathered(weights(sheet.query, sheet.K), sheet.V), sheet.W_U)
                table = with_scores(table, scores if kind == "key" else [None] * 4)
            cell.outputs[0].data = {"text/html": table._repr_html_(), "text/plain": repr(table)}


def run(code, names):
    """The value of the last line of a cell."""
    body = ast.parse(code)
    last = ast.Expression(body.body.pop().value)
    exec(compile(body, "notebook 00", "exec"), names)
    return eval(compile(last, "notebook 00", "eval"), names)


def as_pocket(sheet):
    """A sheet under the names of the notebook. Only the last token asks."""
    tokens = "the", *sheet.words[:2], "the"
    return SimpleNamespace(labels=[f"{token} ({i})" for i, token in enumerate(tokens)], Q={3: np.array(sheet.query)},
                           K=np.array(sheet.K), V=np.array(sheet.V), W_U=np.array(sheet.W_U), next_words=sheet.words[2:])


def with_scores(table, scores):
    """The table of candidates with their scores, or with room for them."""
    return HeatTable([[*row, score] for row, score in zip(table.rows, scores, strict=True)], table.row_names,
                     [*table.column_names, "score"], table.caption, table.corner, limit=0)
