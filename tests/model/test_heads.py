"""All heads of the language model itself: what the three sentences show, and that every machine sends the same bytes."""
import re

import numpy as np
import pytest

from course_lib.explorers import heads
from course_lib.language_model import forward, tokenize

ROW = [0.1405, 0.4578, 0.0374, 0.1535, 0.0237, 0.0086, 0.0001, 0.0105, 0.0040, 0.0387, 0.0632, 0.0163, 0.0458]


@pytest.fixture(scope="module")
def explorer(model):
    """All of its heads."""
    return heads.explore_model(model)


@pytest.fixture(scope="module")
def readings(model):
    """What they do with the three sentences."""
    return {text: heads.read(text, model) for text in (heads.IT, heads.MOUSE, heads.TWICE)}


def test_it_looks_at_the_cat(explorer):
    """The row of *it* in head 13.8 is the one that notebook 00 shows."""
    shown = re.findall(r"\(\d+\) +(\d\.\d{4})", repr(explorer).partition("weights of")[2])
    assert list(map(float, shown)) == ROW


def test_no_weight_is_so_close_to_a_half_that_machines_could_round_it_otherwise(model):
    """Of every sentence, in ten-thousandths; between machines weights differ by a millionth of that at most."""
    for text in (heads.IT, heads.MOUSE, heads.TWICE):
        weights = forward(tokenize(text, model), model)[1] * heads.ONE
        assert abs(weights % 1 - 0.5).min() > 1e-6


@pytest.mark.parametrize("name, kind, best", [("previous token", "previous token", (16, 0)), ("induction", "induction", (18, 6)),
                                              ("the sink", "first token", (18, 8))])
def test_the_head_of_a_story_is_the_best_of_its_kind(readings, name, kind, best):
    """Among all 270."""
    text, head, _, by, _ = heads.PRESETS[name]
    found = heads.scores(readings[text], kind)
    assert np.unravel_index(found.argmax(), found.shape) == head == best and by == kind


@pytest.mark.parametrize("name", ["it", "mouse"])
def test_the_head_of_a_story_gives_the_pair_the_most_weight(readings, name):
    """Of all heads, *it* → *cat* in 13.8, and *the* → *mouse* in 24.4; hardly anything goes to *mat*."""
    text, head, (query, key), *_ = heads.PRESETS[name]
    weights = readings[text].weights[..., query, key]
    assert np.unravel_index(weights.argmax(), weights.shape) == head
    assert readings[heads.IT].weights[13, 8, 12, 7] < 200


def test_the_committed_output_is_small(explorer):
    """The three sentences, the JavaScript and the still together."""
    assert len(explorer._repr_mimebundle_()[0]["text/html"].encode()) < 300_000


def test_single_precision_is_right_to_the_fourth_decimal(model, readings):
    """Give or take one in the last place."""
    quick = heads.read(heads.IT, model, np.float32).weights
    assert abs(quick - readings[heads.IT].weights).max() <= 1
