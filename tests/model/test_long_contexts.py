"""What notebook 11 shows of the language model with a window and without: every token and loss, computed anew."""
import pytest

from course_lib.language_model import forward, loss, tokenize, unembed, word, write
from course_lib.long_contexts import STORY, WRITTEN

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
