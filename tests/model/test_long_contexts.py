"""What notebook 11 shows of the language model with a window and without: every token and loss, computed anew."""
import numpy as np
import pytest

from course_lib import attention, causal_mask
from course_lib.language_model import forward, loss, tokenize, unembed, word, write
from course_lib.long_contexts import ONE_KEPT, STORY, WRITTEN, window_mask

NAMES = [seen.name for seen in WRITTEN]


@pytest.mark.parametrize("seen", WRITTEN, ids=NAMES)
def test_each_word_that_is_shown_is_the_most_likely_one(seen, model):
    """In one pass over story and words, in float64, whose order of scores does not depend on the machine; and the loss."""
    told, ids = len(tokenize(STORY, model)), tokenize(STORY + seen.words, model)
    best = unembed(forward(ids, model, **seen.parts)[0][told - 1:-1], model).argmax(axis=-1)
    assert (told, len(best)) == (47, 24) and "".join(word(i, model) for i in best) == seen.words
    assert round(loss(STORY, model, **seen.parts), 4) == seen.loss


@pytest.mark.parametrize("seen", WRITTEN, ids=NAMES)
def test_a_reader_who_lets_it_write_gets_the_same(seen, model):
    """With the cache and in float32: there the two best scores are never closer than 0.04, so that rounding decides nothing."""
    assert "".join(write(STORY, model, 24, **seen.parts)) == seen.words


@pytest.mark.parametrize("place", range(len(ONE_KEPT)))
def test_one_token_that_stays_in_sight_beside_the_last_15(place, model):
    """Only the first token of the story lowers the loss; the mask is made here anew, without a sink."""
    def attend(Q, K, V, mask):
        n = mask.shape[-1]
        kept = causal_mask(n) & (np.arange(n) == place)
        return attention(Q, K, V, mask & (window_mask(n, 15) | kept)[-len(mask):])

    piece, expected = ONE_KEPT[place]
    assert word(tokenize(STORY, model)[place], model).strip() == piece
    assert round(loss(STORY, model, attention=attend), 4) == expected
