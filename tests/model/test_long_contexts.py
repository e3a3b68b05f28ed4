"""What notebook 11 shows of the language model with a window and without: every token and loss, computed anew."""
import numpy as np
import pytest

from course_lib import attention, causal_mask, softmax
from course_lib.language_model import forward, tokenize, unembed, word, write
from course_lib.long_contexts import CHASES, FIRST_WORDS, MOUSE, STAYING, STORY, WRITTEN, window_mask, windowed

NAMES = [seen.name for seen in WRITTEN]


def late(text, model, **parts):
    """The mean loss of its last 30 tokens, as `language_model.loss` has it for all of a text; and all weights."""
    ids = tokenize(text, model)
    X, weights, _ = forward(ids, model, **parts)
    guesses = softmax(unembed(X[-31:-1], model))
    return round(float(-np.log(guesses[np.arange(30), ids[-30:]]).mean()), 4), weights


@pytest.mark.parametrize("seen", WRITTEN, ids=NAMES)
def test_each_word_that_is_shown_is_the_most_likely_one(seen, model):
    """In one pass over story and words, in float64, whose order of scores does not depend on the machine; and the loss."""
    told, ids = len(tokenize(STORY, model)), tokenize(STORY + seen.words, model)
    best = unembed(forward(ids, model, **seen.parts)[0][told - 1:-1], model).argmax(axis=-1)
    assert (told, len(best)) == (47, 24) and "".join(word(i, model) for i in best) == seen.words
    assert late(STORY, model, **seen.parts)[0] == seen.loss


@pytest.mark.parametrize("seen", WRITTEN, ids=NAMES)
def test_a_reader_who_lets_it_write_gets_the_same(seen, model):
    """With the cache and in float32: there the two best scores are never closer than 0.04, so that rounding decides nothing."""
    assert "".join(write(STORY, model, 24, **seen.parts)) == seen.words


@pytest.mark.parametrize("first", FIRST_WORDS)
def test_any_first_token_mends_the_loss(first, model):
    """A single token each, and all that comes after it is the same."""
    text, ways = first + STORY.removeprefix("The"), ({"attention": windowed(16)}, {"attention": windowed(15, sink=1)}, {})
    assert tokenize(text, model)[1:] == tokenize(STORY, model)[1:]
    assert tuple(late(text, model, **parts)[0] for parts in ways) == FIRST_WORDS[first]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("place", STAYING)
def test_a_token_that_sees_only_itself_mends_it_wherever_it_stands(place, alone, model):
    """Beside the last 15; the mask is made here anew, without a sink. Only then do later tokens give it much of their weight, and
    only then are its values short."""
    lengths = []

    def attend(Q, K, V, mask):
        n = mask.shape[-1]
        seen = window_mask(n, 15) | (causal_mask(n) & (np.arange(n) == place))
        if alone:
            seen[place] = np.arange(n) == place
        lengths.append(np.linalg.norm(V[:, place], axis=-1))
        return attention(Q, K, V, mask & seen[-len(mask):])
    loss, weights = late(STORY, model, attention=attend)
    weight, length = weights[:, :, -25:, place].mean(), np.mean(lengths)
    assert (loss, round(float(weight), 4), round(float(length), 4)) == STAYING[place][alone::2]


@pytest.mark.parametrize("ending", MOUSE)
def test_the_sink_brings_sentences_back_and_not_the_story(ending, model):
    """As much of the mouse as 16 tokens tell that are all there is to read, or a little more; not so with a wider window."""
    ids, (mouse,) = tokenize(STORY + ending, model), tokenize(" mouse", model)
    only, ways = ids[:1] + ids[-15:], ({}, {"attention": windowed(15, sink=1)}, {}, {"attention": windowed(35, sink=1)})
    found = [softmax(unembed(forward(text, model, **parts)[0][-1:], model))[0, mouse]
             for text, parts in zip((ids, ids, only, ids), ways, strict=True)]
    assert tuple(round(float(p), 4) for p in found) == MOUSE[ending]
    assert mouse in ids[-35:] and mouse not in only


def test_the_last_text_repeats_what_followed_the_cat(model):
    """The kept four are *The cat chases*, and one hidden key decides; 18.6 is the strongest induction head of notebook 10."""
    seen = WRITTEN[3]
    ids, (ch,) = tokenize(STORY + seen.words[:seen.words.index(" chases")], model), tokenize(" ch", model)
    assert [word(i, model) for i in ids[:4]] == ["The", " cat", " ch", "ases"]

    def blind(place):
        def attend(Q, K, V, mask):
            allowed = mask & window_mask(mask.shape[-1], 12, 4)
            allowed[-1, place] &= place is None
            return attention(Q, K, V, allowed)
        X, weights, _ = forward(ids, model, attention=attend)
        guesses = softmax(unembed(X[-1:], model))[0]
        return round(float(guesses[ch]), 4), word(guesses.argmax(), model), round(float(weights[18, 6, -1, 2]), 4)
    as_it_is, no_ch, no_cat = map(blind, (None, 2, 1))
    assert (as_it_is[0], no_ch[0], no_cat[0], as_it_is[2]) == CHASES
    assert (as_it_is[1], no_ch[1], no_cat[1]) == (" ch", ".", " ch")
