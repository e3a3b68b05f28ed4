"""What notebook 11 shows of the language model with a window and without: every token and loss, computed anew."""
import numpy as np
import pytest

from course_lib import attention, causal_mask, softmax
from course_lib.language_model import forward, tokenize, unembed, word, write
from course_lib.long_contexts import FIRST_WORDS, STAYING, STORY, WRITTEN, window_mask, windowed

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
