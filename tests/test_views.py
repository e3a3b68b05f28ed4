"""The explorers' views in the states that no notebook shows: what they say, to the last word, and what always holds."""
import itertools
import re

import pytest

from course_lib import HeatTable
from course_lib.explorers import views


@pytest.mark.parametrize("view, values, sentence", [
    (views.paper_sheet, (0, 0, 0, 3), "All scores are 0: nothing can be divided by their sum."),
    (views.positions, (True, 0, 3), "Both words are the: nothing has changed."),
    (views.positions, (True, 0, 1), "The swap can be seen: cat (0) has a row that was not in X before."),
    (views.positions, (True, 1, 2), "The swap can be seen: chases (1) and cat (2) have rows that were not in X before."),
    (views.positions, (False, 1, 2), "The swap cannot be seen: X has the same rows as before, in another order."),
    (views.who_wins, (-1, -1, False), "The row (-1, -1) makes the query (0, 0), and all scores are 0: nobody is heard."),
    (views.who_wins, (3, 0, False), "The row (3, 0) makes the query (4, 1): moon wins."),
    (views.real_model, (8,), "Divided by 8 = √64: The cat chases the mouse, with 0.9862. The loss is 3.0913, and the largest "
                             "weight of the last “the” is 0.5690, on average over all heads."),
    (views.real_model, (2,), "Divided by 2: The cat chases the a, with 0.1982. The loss is 4.1049, and the largest weight "
                             "of the last “the” is 0.6977, on average over all heads."),
    (views.masked_attention, ("a b", "all", 2, 0, []), "a (0) was replaced by another word: there is no output before it."),
    (views.masked_attention, ("a b c", "all", 2, 2, []),
     "c (2) was replaced by another word: the future leaks: it changed the output of a (0), b (1)."),
    (views.masked_attention, ("a b", "padding", 3, 1, []),
     "b (1) was replaced by another word: no output before it changed. "
     "a (0), b (1) may attend to nobody: all weights are 0, and so is the output."),
    (views.softmax_trace, (5, 5, 0, 5, 0, 1), "key 0, key 1 and key 3 get the most weight: 0.3326 each. "
                                              "Entropy 1.1121 of at most 1.3863."),
    (views.temperature_of_a_sentence, ("zebra ant bee", 1, False), "bee (2) looks most widely, with the entropy 0.6656, "
                                                                   "ant (1) most narrowly, with 0.0345."),
    (views.output_in_the_hull, ("cat", 0, 1), "cat (0) gets the most weight: 1.0000. The output is (4, 1); "
                                              "the mean of the values is (4, 1)."),
    (views.output_in_the_hull, ("cat hall", 0, 1),                  # at these places both have the key (2, 1)
     "All get the same weight, 0.5000. The output is (3, 1.5); the mean of the values is (3, 1.5)."),
    (views.heads_of_a_sentence, ("a", 1, 1, True), "1 head with d_k = 16: 4 × 256 parameters as ever."),
])
def test_what_is_said(view, values, sentence):
    """One and several, the first and none, on and off: each in its own words."""
    assert view(*values).says == sentence


@pytest.mark.parametrize("text", ["the cat chases the", "the cat chases man", "soup page man"])
@pytest.mark.parametrize("kind", views.MASKS[:-1])
def test_no_leak_is_overlooked(kind, text):
    """An output changes just where the mask lets in the token that is replaced, also for words of the same key and value."""
    n = len(text.split())
    mask = views.choose_mask(kind, 2, n, [])
    for replaced, i in itertools.permutations(range(n), 2):
        assert views.masked_attention(text, kind, 2, replaced, []).parts[2].rows[0][i] == mask[i, replaced]


def test_nothing_but_padding_hides_everything():
    """As many tokens of padding as there are, and more."""
    assert not any(views.choose_mask("padding", size, 4, []).any() for size in (4, 6))


@pytest.mark.parametrize("view, values, part, decimals", [
    (views.positions, (False, 1, 1), 1, 4), (views.query_in_the_plane, (60, 0), 2, 4),
    (views.masked_attention, ("one", "all", 2, 0, []), 1, 4), (views.softmax_trace, (10.0, -10.0, -10.0, -10.0, 0, 0.5), 0, 4),
    (views.temperature_of_a_sentence, ("one", 1, True), 0, 4), (views.output_in_the_hull, ("one", 0, 1), 1, 4),
    (views.heads_of_a_sentence, ("one", 2, 1, True), 0, 4), (views.heads_of_a_sentence, ("one", 4, 1, True), 0, 2)])
def test_decimals_do_not_come_and_go(view, values, part, decimals):
    """Where all numbers happen to be whole, a table has as many as elsewhere: four, and two where there are many heads."""
    texts = sum(view(*values).parts[part].texts, [])
    assert all(re.fullmatch(rf"-?\d+\.\d{{{decimals}}}|", text) for text in texts)


@pytest.mark.parametrize("view, values", [
    (views.masked_attention, ("one two", "all", 2, 0, [])), (views.temperature_of_a_sentence, ("one two", 100, False)),
    (views.heads_of_a_sentence, ("one two", 2, 1, False))])
def test_a_weight_has_its_colour_wherever_it_stands(view, values):
    """A half is half as deep as 1, also where no weight is larger."""
    table = next(part for part in view(*values).parts if part.decimals == 4)
    assert table.ground(0.5) == HeatTable([[0.5, 1.0]]).ground(0.5)


@pytest.mark.parametrize("text", ["a", "zwanzig-Zeichen-lang " * 12])
def test_a_sentence_just_short_enough_is_read(text):
    """1 word and 12, and a word of 20 characters."""
    assert views.words(text) == text.split()
