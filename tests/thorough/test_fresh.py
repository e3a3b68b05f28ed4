"""Ten thousand work sheets: no two are the same, none ever changes, and every answer of notebook 00 is true of every one."""
import hashlib
from fractions import Fraction
from itertools import pairwise

import pytest

from teach import fresh
from teach.build import NOTEBOOKS, read

SHEETS = {seed: fresh.draw(seed) for seed in range(len(fresh.all_numbers()))}     # 1,696, all numbers once


def asked(query, K, V):
    """The work sheet, column by column. → scores, weights, output"""
    scores = [query[0] * K[i][0] + query[1] * K[i][1] for i in range(4)]
    weights = [Fraction(score, scores[0] + scores[1] + scores[2] + scores[3]) for score in scores]
    return scores, weights, [sum(weights[i] * V[i][j] for i in range(4)) for j in range(2)]


def put(pairs, i, pair):
    """The pairs of numbers, one of them replaced."""
    return (*pairs[:i], pair, *pairs[i + 1:])


def test_its_numbers_are_small_and_its_fractions_short():
    """Scores are whole; their sum is at most 40, weights have denominators up to 20, the output up to 8."""
    for seed, (_, query, K, V, W_U) in SHEETS.items():
        assert all(isinstance(number, int) and 0 <= number <= 6 for row in (query, *K, *V, *W_U) for number in row), seed
        scores, weights, output = asked(query, K, V)
        assert sum(scores) <= 40 and max(weight.denominator for weight in weights) <= 20, seed
        assert max(number.denominator for number in output) <= 8 and sum(weights) == 1, seed


def test_question_1_holds():
    """Who gets the most, perhaps together with what it does; the output is a thing that also acts; *the* hands over nothing."""
    for seed, (_, query, K, V, _) in SHEETS.items():
        _, (the, who, act, last), (thing, action) = asked(query, K, V)
        assert who >= act > max(the, last) > 0 and thing > action > 0 and V[0] == V[3] == (0, 0), seed


def test_question_2_holds():
    """Asked with one less of a thing: the action gets the most, who less; yet the first number rises, because *the* gets less."""
    for seed, (_, query, K, V, _) in SHEETS.items():
        _, before, (thing, _) = asked(query, K, V)
        _, after, (thing_after, _) = asked((query[0] - 1, query[1]), K, V)
        assert query[0] > 1 and after[2] > after[1] > max(after[0], after[3]) and V[1][0] > V[2][0], seed
        assert thing_after > thing and after[0] + after[3] < before[0] + before[3], seed


def test_question_3_holds():
    """A query for actions only, or a key twice as long, raises the weight of the action; a longer query changes nothing."""
    for seed, (_, (q_1, q_2), K, V, _) in SHEETS.items():
        double = put(K, 2, (2 * K[2][0], 2 * K[2][1]))
        _, weights, _ = asked((q_1, q_2), K, V)
        assert min(asked((0, q_2), K, V)[1][2], asked((q_1, q_2), double, V)[1][2]) > weights[2], seed
        assert asked((2 * q_1, 2 * q_2), K, V)[1] == weights, seed
        assert asked((q_1 - 1, q_2), double, V)[1][2] > asked((q_1 - 1, q_2), K, V)[1][2], seed


def test_question_4_holds():
    """Query, key or value raises the first number, and only the value leaves the second alone; the wrong query lowers it."""
    for seed, (_, (q_1, q_2), K, V, _) in SHEETS.items():
        _, (the, who, _, last), (thing, action) = asked((q_1, q_2), K, V)
        _, by_thing, (thing_by_thing, action_by_thing) = asked((q_1 + 1, q_2), K, V)
        _, by_action, (thing_by_action, action_by_action) = asked((q_1, q_2 + 1), K, V)
        _, _, (thing_by_key, action_by_key) = asked((q_1, q_2), put(K, 1, (K[1][0] + 1, K[1][1])), V)
        _, _, (thing_by_value, action_by_value) = asked((q_1, q_2), K, put(V, 1, (V[1][0] + 1, V[1][1])))
        assert thing_by_thing < thing < min(thing_by_action, thing_by_key, thing_by_value), seed
        assert action_by_value == action not in (action_by_thing, action_by_action, action_by_key), seed
        assert by_thing[1] > who and by_thing[0] + by_thing[3] > the + last > by_action[0] + by_action[3], seed


def test_one_word_wins():
    """The first, a thing that acts, by at least a whole point; the second is less of both; then a mere thing, a mere action."""
    for seed, (_, query, K, V, (things, actions)) in SHEETS.items():
        _, _, (thing, action) = asked(query, K, V)
        first, *others = (thing * a + action * b for a, b in zip(things, actions, strict=True))
        assert first - max(others) >= 1 and len(set(others)) == 3, seed
        assert 0 < things[1] < things[0] and 0 < actions[1] < actions[0] and things[3] == actions[2] == 0, seed


def test_the_key_says_what_is_so():
    """The numbers of its answers, computed here once more."""
    for seed, sheet in SHEETS.items():
        said, ((who, act, *_), (q_1, q_2), K, V, _) = fresh.said(sheet), sheet
        scores, weights, output = asked((q_1, q_2), K, V)
        other_scores, other, other_output = asked((q_1 - 1, q_2), K, V)
        by_thing, by_action = (asked(query, K, V)[1] for query in ((q_1 + 1, q_2), (q_1, q_2 + 1)))
        assert [said["first_score"], said["total"], said["output_1"], said["output_2"]] == [scores[0], sum(scores), *output], seed
        assert said["other_scores"] == ", ".join(map(str, other_scores)) and said["output_1_by_other"] == other_output[0], seed
        assert [said[f"share{way}"] for way in ("", "_by_other", "_by_more_thing", "_by_more_action")] == [
            row[0] + row[3] for row in (weights, other, by_thing, by_action)], seed
        assert said["act_by_action_only"] == asked((0, q_2), K, V)[1][2], seed
        assert said["act_by_longer_key"] == asked((q_1, q_2), put(K, 2, (2 * K[2][0], 2 * K[2][1])), V)[1][2], seed
        assert said["most"] == (f"*{who}* and *{act}* got {weights[1]} each" if weights[1] == weights[2] else
                                f"*{who}* got most, {weights[1]}; *{act}* got {weights[2]}"), seed


@pytest.mark.parametrize("seed", range(0, 10_000, 909))
def test_the_assertions_of_the_notebook_hold(seed):
    """With the numbers of another sheet, and with each of the sentences."""
    fresh.renumber(read(NOTEBOOKS[0], link=r"\1"), fresh.draw(seed), "key")


def test_no_two_seeds_have_the_same_sheet():
    """Not one of the ten thousand; neighbours share neither numbers nor words; no sheet has words or weights of the notebook."""
    sheets = [fresh.draw(seed) for seed in fresh.SEEDS]
    assert len(set(sheets)) == len(sheets) == 10_000 and len(SHEETS) == len({sheet[1:] for sheet in SHEETS.values()}) == 1696
    assert all(not set(one.words) & set(two.words) and one[1:] != two[1:] for one, two in pairwise(sheets))
    assert all(not set(sheet.words) & {"the", *fresh.COURSE.words} and len(set(sheet.words)) == 6 for sheet in sheets)
    assert all(asked(*sheet[1:4])[1][2] != Fraction(3, 8) for sheet in sheets)


def test_a_seed_has_its_sheet_for_ever():
    """Whoever changes one has taken the key from every sheet that is printed with its seed."""
    everything = repr([tuple(fresh.draw(seed)) for seed in fresh.SEEDS]).encode()
    assert fresh.draw(7) == (("wolf", "meets", "sheep", "cloud", "hill", "howls"), (2, 3), ((2, 0), (3, 2), (0, 4), (1, 0)),
                             ((0, 0), (3, 1), (1, 2), (0, 0)), ((3, 2, 4, 0), (3, 2, 0, 4)))
    assert hashlib.sha256(everything).hexdigest() == "0d3c1de1a02311cb9ce366f8889ac2df87c33f64d7df611be24f3f32d345833c"
