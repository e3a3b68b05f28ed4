"""Training as it was, to be watched: the numbers are those of learning.py. tests/thorough/test_train_live.py trains."""
import json
import re

import numpy as np
import pytest

from course_lib import trained
from course_lib.explorers import lessons, training
from course_lib.explorers.live import LiveTraining
from course_lib.explorers.training import HEADS, KNOCK_OUTS, TOKENS, WatchHeads
from course_lib.learning import cross_entropy, forward, measure, repeated_words, without


@pytest.fixture(scope="module")
def watch():
    """What `watch_heads` gives."""
    return lessons.watch_heads()


def assert_is_right_without(watch, t, subset):
    """Percent, loss and scores are those of the lesson's own functions, with the heads of the subset silenced."""
    P = without(trained.checkpoints[t], *[head for k, head in enumerate(HEADS) if subset >> k & 1])
    accuracy, previous, induction = measure(P)
    ids, _ = repeated_words(np.random.default_rng(1000), 500)
    right, *others = watch.numbers[t][subset]
    assert abs(right - 100 * accuracy) < 0.051
    expected = [cross_entropy(forward(ids, P)[0], ids)[0], *previous.flat, *induction.flat]
    assert np.allclose(others, expected, atol=0.0051, rtol=0)


class TestWatchHeads:
    """The numbers that are sent to the page, and what stands where none runs."""

    def test_what_is_right_without_some_heads(self, watch):
        """At the end without the induction heads; other times and subsets in tests/thorough/test_training.py."""
        assert_is_right_without(watch, 6, 12)

    def test_every_time_and_every_subset_is_there(self, watch):
        """Seven times, sixteen subsets, and numbers that could be shares."""
        numbers = np.array(watch.numbers)
        assert numbers.shape == (7, 16, 10) == (len(trained.steps), 2**len(HEADS), 10)
        assert (numbers[..., 0] <= 100).all() and (numbers >= 0).all() and (numbers[..., 2:] <= 1).all()
        assert json.loads(KNOCK_OUTS.read_text(encoding="utf-8")) == watch.numbers

    def test_the_weights_are_those_of_the_model(self, watch):
        """In thousandths, on the word; a silenced head of the first layer changes what the second one attends to."""
        for t in (0, 6):
            for subset in range(4):
                P = without(trained.checkpoints[t], *[head for k, head in enumerate(HEADS) if subset >> k & 1])
                _, weights, _ = forward(training.IDS, P)
                for k, (layer, head) in enumerate(HEADS):
                    dense = np.zeros((18, 18))
                    dense[np.tril_indices(18)] = watch.weights[t][subset][k]
                    assert np.abs(dense / 1000 - weights[layer, 0, head]).max() <= 0.00051
        assert watch.weights[6][0][2] != watch.weights[6][1][2]

    def test_the_first_layer_hears_no_head(self, watch):
        """Its weights are sent once, for they are the same whatever is silenced."""
        for of_a_time in watch.weights:
            assert all(heads[:2] == of_a_time[0][:2] for heads in of_a_time)

    def test_the_presets_tell_the_truth(self, watch):
        """Before they appear no head is near induction; without the previous-token head, and without both of them, it is over."""
        presets = dict(watch.presets)
        appear, _ = presets["the induction heads appear"]
        end = max(watch.numbers[-1][0][6:])
        assert max(watch.numbers[appear - 1][0][6:]) < end / 2 <= max(watch.numbers[appear][0][6:])
        assert presets["without the previous-token head"] == [6, 1] and presets["without the induction heads"] == [6, 12]
        assert watch.numbers[6][1][0] < 45 and watch.numbers[6][12][0] < 15 < 95 < watch.numbers[6][0][0]

    def test_it_is_small(self, watch):
        """In the notebook at most 150 kB, still and all."""
        assert len(watch._repr_mimebundle_()["text/html"].encode()) < 150_000

    def test_its_text_has_the_numbers(self, watch):
        """Every time and every subset, where nothing can be drawn."""
        text = repr(watch)
        assert text.startswith("controls: training step") and "\nstep 0 " in text and "without the induction heads" in text
        line = next(line for line in text.splitlines() if line.startswith("layer 1, head 0 and layer 1, head 1"))
        assert line.split()[-2:] == [f"{x:.2f}" for x in watch.numbers[6][12][:2]]

    def test_the_still_is_the_end_of_the_training(self, watch):
        """Images and no SVG that a page which is not trusted would drop; each says what is to be seen."""
        still = watch._repr_mimebundle_()["text/html"].partition("<script")[0]
        assert still.count("<img") == 5 and "<svg" not in still and watch.says(6, 0) in still
        assert "Run this cell in Jupyter, and " in still
        assert "layer 1, head 0. Most weight goes from f (0) → f (0), " in still

    def test_a_grid_has_a_cell_where_there_is_weight(self):
        """Blue as the weight says, in its row and column."""
        weights = np.zeros((18, 18), dtype=int)
        weights[7, 2], weights[7, 7], weights[3, 3] = 250, 4, 1000
        svg = training.grid("x", weights[np.tril_indices(18)].tolist())
        assert re.findall(r'<path d="M(\d+) (\d+)h12" opacity="([\d.]+)"', svg) == [("36", "42", "1"), ("24", "90", "0.25")]
        assert f"{TOKENS[7]} → {TOKENS[2]}" in svg

    def test_curves_end_where_their_numbers_are(self):
        """Half of the steps is half of the width, and 50 % half of the height."""
        svg = training.curves({"x": [(0, 3, 0.0), (50, 1.5, 0.5)]}, 100, now=50)
        (x0, y0, x1, y1), _ = (list(map(float, re.split("[ ,]", path))) for path in re.findall('points="([^"]*)"', svg))
        left, right, bottom, top = 52, 298, 22 + 88, 22
        assert (x0, x1, y0, y1) == (left, (left + right) / 2, bottom, (bottom + top) / 2)
        assert f'translate({x1} 0)' in svg and "x: after 50 steps 50.0 % right, loss 1.50" in svg


def test_the_explorers_are_exported():
    """By the names that the notebook uses."""
    assert isinstance(lessons.watch_heads(), WatchHeads) and isinstance(lessons.train_live(10), LiveTraining)
