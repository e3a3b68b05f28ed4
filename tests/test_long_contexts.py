"""Notebook 11's mathematics: blocks against `attention`, masks against loops, counts against a counter, memory measured."""
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from course_lib import attention, causal_mask, pocket
from course_lib.long_contexts import (FAMILIES, FIRST_WORDS, STORIES, blocked_attention, cache_bytes, multiply_adds,
                                      online_attention, reach, resting, window_mask, windowed)

RNG = np.random.default_rng(0)
BY_BLOCKS = blocked_attention, online_attention


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n_q, n_k", [(5, 7), (7, 5), (12, 12), (13, 13), (1, 1), (1, 9), (9, 1), (0, 3), (3, 0)])
def test_blocks_change_nothing(n_q, n_k, causal):
    """For blocks that divide the rows and blocks that do not, larger than the text or of one row; batch axes broadcast."""
    Q, K, V = (RNG.normal(size=shape) for shape in ((2, 3, n_q, 4), (3, n_k, 4), (2, 1, n_k, 5)))
    expected, _ = attention(Q, K, V, causal_mask(n_q, n_k) if causal else None)
    for by_blocks in BY_BLOCKS:
        for block in (1, 2, 3, 4, 5, 6, 128):
            np.testing.assert_allclose(by_blocks(Q, K, V, causal, block), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("by_blocks", BY_BLOCKS)
def test_blocks_keep_float32(by_blocks):
    """What goes in as float32 comes out as float32, integers come out as float64."""
    Q, K, V = (RNG.normal(size=(2, 6, 4)).astype(np.float32) for _ in range(3))
    found = by_blocks(Q, K, V, causal=True, block=4)
    assert found.dtype == np.float32 and np.allclose(found, attention(Q, K, V, causal_mask(6))[0], atol=1e-6)
    assert by_blocks(pocket.Q, pocket.K, pocket.V).dtype == np.float64


@pytest.mark.parametrize("by_blocks", BY_BLOCKS)
def test_large_scores_do_not_overflow(by_blocks):
    """Not even where the largest score comes last, nor where all are far below 0; and a reader's np.seterr stays out of it."""
    Q, K, V = np.array([[3e4], [-3e4]]), np.array([[-1.0], [0.5], [1.0]]), RNG.normal(size=(3, 2))
    with np.errstate(all="raise"):
        assert np.allclose(by_blocks(Q, K, V, block=1), V[[2, 0]])


@pytest.mark.parametrize("by_blocks", BY_BLOCKS)
def test_shapes_that_do_not_fit_are_named(by_blocks):
    """As the steps do it."""
    A, B, C = np.ones((3, 4)), np.ones((5, 4)), np.ones((6, 2))
    with pytest.raises(ValueError, match=r"K \(5, 4\) and V \(6, 2\) must have as many rows, n_k"):
        by_blocks(A, B, C)
    with pytest.raises(ValueError, match=r"Q \(3, 4\) and K \(6, 2\) must agree in their last axis, d_k"):
        by_blocks(A, C, C)


@pytest.mark.parametrize("by_blocks", BY_BLOCKS)
def test_there_is_no_table_of_all_pairs(by_blocks):
    """The peak of memory grows by four when n does, not by sixteen, and is far below the table's."""
    def peak(n):
        Q, K, V = RNG.normal(size=(3, 2, n, 8))
        tracemalloc.start()
        by_blocks(Q, K, V, causal=True, block=32)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most
    short, long = peak(512), peak(2048)
    assert long < 5 * short and long < 2 * 2048 * 2048 * 8 / 10


def test_causal_blocks_are_not_computed(monkeypatch):
    """Of 8 queries and 8 keys in blocks of 2, 2 + 4 + 6 + 8 keys meet two queries each: the products tell."""
    met = []

    class Told(np.ndarray):
        def __matmul__(self, other):
            met.append(self.shape[-2] * other.shape[-1])
            return np.asarray(self) @ np.asarray(other)

    monkeypatch.setattr("course_lib.long_contexts._together", lambda Q, K, V: (Q.view(Told), K, V))
    Q, K, V = RNG.normal(size=(3, 8, 3))
    for by_blocks in BY_BLOCKS:
        met.clear()
        by_blocks(Q, K, V, causal=True, block=2)
        assert sum(met) == 40


class Counted:
    """A number that counts the multiplications that it takes part in."""

    times = 0

    def __mul__(self, other):
        Counted.times += 1
        return self

    def __add__(self, other):
        return self


@pytest.mark.parametrize("n_q, n_k, d_k, d_v, n_heads", [(4, 4, 2, 2, 1), (3, 5, 2, 4, 3), (1, 7, 3, 1, 2)])
def test_the_multiply_adds_are_counted(n_q, n_k, d_k, d_v, n_heads):
    """NumPy multiplies the counter's numbers exactly as often as the formula says."""
    Q, K, V = (np.full((n_heads, n, d), Counted(), dtype=object) for n, d in ((n_q, d_k), (n_k, d_k), (n_k, d_v)))
    Counted.times = 0
    weights = Q @ K.mT
    assert (weights @ V).shape == (n_heads, n_q, d_v)
    assert Counted.times == multiply_adds(n_q, n_k, d_k, d_v, n_heads)


def test_the_cache_is_counted():
    """Its bytes are those of arrays that hold it."""
    cache = [[np.zeros((3, 7, 64), np.float16) for _ in "KV"] for _ in range(5)]
    assert sum(A.nbytes for layer in cache for A in layer) == cache_bytes(7, 5, 3, 64)
    assert cache_bytes(7, 5, 3, 64, bytes_each=4) == 2 * cache_bytes(7, 5, 3, 64)


@pytest.mark.parametrize("n, size, sink", [(1, 1, 0), (6, 2, 0), (6, 2, 1), (7, 3, 2), (5, 9, 0), (5, 1, 5), (4, 1, 9)])
def test_the_window_follows_its_rule(n, size, sink):
    """Query i sees key j if it does not come after it and is near, or one of the first."""
    rule = [[j <= i and (i - j < size or j < sink) for j in range(n)] for i in range(n)]
    assert np.array_equal(window_mask(n, size, sink), rule)


@pytest.mark.parametrize("sink", [0, 1])
def test_layers_of_windows_reach_as_far_as_their_sum(sink):
    """By following every path; without a sink, `size - 1` tokens further with each layer, and no more."""
    mask, paths = window_mask(9, 3, sink), [[{j} for j in range(9)]]
    for _ in range(3):
        paths.append([set().union(*(paths[-1][j] for j in np.flatnonzero(row))) for row in mask])
    for layers, seen in enumerate(paths):
        assert np.array_equal(reach(mask, layers), [[j in tokens for j in range(9)] for tokens in seen])
    assert sink or [min(np.flatnonzero(reach(mask, layers)[8])) for layers in range(5)] == [8, 6, 4, 2, 0]


@pytest.mark.parametrize("size, sink", [(3, 0), (2, 2), (20, 0)])
def test_a_windowed_attention_sees_the_window_alone(size, sink):
    """For all queries at once, and for the last ones of a text with a cache."""
    Q, K, V = RNG.normal(size=(3, 2, 8, 4))
    expected, weights = attention(Q, K, V, window_mask(8, size, sink))
    for first in (0, 5, 7):
        found = windowed(size, sink)(Q[:, first:], K, V, causal_mask(8)[first:])
        assert np.allclose(found[0], expected[:, first:]) and np.allclose(found[1], weights[:, first:])


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("size, place", [(2, 0), (3, 2), (1, 7), (2, 9)])
def test_a_token_stays_in_sight_and_may_see_only_itself(size, place, alone):
    """By its rule, for all queries at once and for the last ones; a place that no token has yet changes nothing."""
    Q, K, V = RNG.normal(size=(3, 2, 8, 4))
    rule = [[j == i if alone and i == place else j <= i and (i - j < size or j == place) for j in range(8)] for i in range(8)]
    expected, weights = attention(Q, K, V, np.array(rule))
    for first in (0, 5, 7):
        found = resting(size, place, alone)(Q[:, first:], K, V, causal_mask(8)[first:])
        assert np.allclose(found[0], expected[:, first:]) and np.allclose(found[1], weights[:, first:])


def test_in_other_stories_the_losses_go_the_same_way():
    """What the notebook says of them: the losses, and that two of the three go on with one sentence again and again."""
    for alone, mended, whole in (*FIRST_WORDS.values(), *(story.losses for story in STORIES.values())):
        assert mended < alone - 1 and whole < mended < whole + 0.34
    again = {"bread": "put into the oven", "sun": "the moon moves around the Earth"}
    assert [STORIES[name].words.count(words) for name, words in again.items()] == [3, 2]


def test_the_families_add_up():
    """Their heads divide, their bytes follow from their sizes, and a window never keeps more than without one."""
    assert len(FAMILIES) == len({family.name for family in FAMILIES}) == 12
    for family in FAMILIES:
        assert family.n_heads % family.n_kv_heads == 0 and family.source.startswith("https://")
        assert (family.window is None) == (family.whole == family.n_layers)
        assert family.bytes_a_token() == family.bytes_at(1) == 4 * family.n_layers * family.n_kv_heads * family.d_k
        assert family.bytes_a_token(4) == family.bytes_at(1, 4) == 2 * family.bytes_at(1)
        sizes = [family.bytes_at(n) for n in (1, 100, 1000, 10000, 100000)]
        assert all(a < b or family.whole == 0 for a, b in pairwise(sizes)) and sizes[-1] <= 100000 * sizes[0]
    by_name = {family.name: family for family in FAMILIES}
    assert by_name["Gemma 7B"].bytes_a_token() == 56 * by_name["Falcon 7B"].bytes_a_token()
    assert by_name["Llama 3.1 8B"].bytes_at(131072) == 2**34
    assert by_name["Mistral 7B"].bytes_at(131072) == by_name["Mistral 7B"].bytes_at(4096) == 2**29
    assert by_name["gpt-oss 120B"].bytes_at(131072) == (131072 + 128) * 18 * 8 * 64 * 2 * 2
    assert by_name["Gemma 3 27B"].bytes_at(131072) == (131072 * 10 + 1024 * 52) * 16 * 128 * 2 * 2
