"""What notebook 11 lets one watch: the cache that fills, layers of windows, and the stop-watch, as Python draws them."""
import re

import numpy as np
import pytest

from course_lib import attention, causal_mask, fill_cache, measure_here, stack_windows
from course_lib.explorers import long
from course_lib.long_contexts import cache_bytes, reach, window_mask
from tests.test_tables import Cells


def test_the_cache_shows_what_the_newest_token_does():
    """Its rows are keys, values, scores and weights of the whole pass; what is yet to come is blank."""
    cache = fill_cache()
    pocket = cache.pocket
    output, weights = attention(pocket.Q, pocket.K, pocket.V, causal_mask(8))
    for t in range(1, 9):
        page = cache.page(t)
        cells = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr class.*?</tr>", page)]
        assert [row == [""] * 6 for row in cells] == [i >= t for i in range(8)]
        shown = np.array([row for row in cells[:t]], float)
        np.testing.assert_array_equal(shown[:, :5], np.column_stack([pocket.K, pocket.V, pocket.K @ pocket.Q[t - 1]])[:t])
        np.testing.assert_allclose(shown[:, 5], weights[t - 1, :t], atol=5e-5)
        found = re.search(r"output \((.+), (.+)\)</p>", page).groups()
        np.testing.assert_allclose(np.array(found, float), output[t - 1], atol=5e-5)


def test_the_cache_counts_what_it_saves():
    """One score a key in each step; without it every step makes a whole table, hidden scores too."""
    cache = fill_cache()
    for t in range(1, 9):
        saved, again = sum(range(1, t + 1)), sum(causal_mask(i).size for i in range(1, t + 1))
        assert f"Scores made so far: {saved} with the cache, {again} without it." in cache.says(t)
        assert cache.state()["setup"]["steps"][t - 1]["counts"] == [saved, again]
    assert "query meets 1 key." in cache.says(1) and "query meets 2 keys." in cache.says(2)
    assert cache_bytes(1, 1, 1, 2) == 2 * 2 * 2


@pytest.mark.parametrize("size, sink, layers, token", [(3, 0, 3, 15), (1, 0, 4, 7), (5, 2, 2, 12), (16, 0, 1, 15), (2, 1, 4, 0)])
def test_windows_show_what_has_a_part(size, sink, layers, token):
    """In every layer the tokens from which a path leads on, and lines between them alone."""
    found, mask = long.connected(size, sink, layers, token), window_mask(long.N, size, sink)
    for up, tokens in enumerate(found):
        assert tokens == np.flatnonzero(reach(mask, up)[token]).tolist()
    svg = stack_windows().svg(size, sink, layers, token)
    assert svg.count("M") == sum(mask[i, j] for above, below in zip(found, found[1:], strict=False) for i in above for j in below)
    assert svg.count('r="7"') == sum(map(len, found)) and svg.count("<circle") == 5 * long.N
    assert f"{len(found[-1])} of the {token + 1} tokens so far ha" in stack_windows().says(size, sink, layers, token)


def test_where_nothing_runs_there_are_pictures():
    """Each has an image that says what it shows, a sentence, and what to do; the stop-watch shows no number at all."""
    for explorer in (fill_cache(), stack_windows()):
        html = explorer._repr_mimebundle_()["text/html"]
        (image,) = (tag for tag in Cells(html[:html.index("<script")]).found if tag[0] == "img")
        assert len(image[1]["alt"]) > 40 and "Run this cell" in html and "<strong>" in html
    assert not re.search(r"\d", measure_here()._repr_mimebundle_()["text/html"]) and not re.search(r"\d", repr(measure_here()))


def test_the_whole_table_is_there_three_times():
    """Scores, the same less the largest, their exponentials; twice the tokens take four times that, or in blocks twice."""
    whole, blocks = ([long.measured(way, n)[1] for n in (256, 512)] for way in long.WAYS)
    assert whole[1] / (4 * 512**2 * 8) == pytest.approx(3, abs=0.1) and whole[1] / whole[0] == pytest.approx(4, abs=0.1)
    assert blocks[1] / blocks[0] == pytest.approx(2, abs=0.2)


def test_the_stop_watch_measures(monkeypatch):
    """A row for each length; memory grows with the square for the whole table, not in blocks; then the button works again."""
    monkeypatch.setattr(long, "SIZES", (64, 128, 256))
    watch = measure_here()
    watch.button.click()
    watch.thread.join(60)
    rows = re.findall(r"<tr.*?</tr>", watch.table.value)[1:]
    memory = np.array([[float(cell) for cell in re.findall(r"<td[^>]*>([\d.]+)<", row)] for row in rows])
    assert memory.shape == (3, 4) and not watch.button.disabled and "Measured. From 128 to 256 tokens" in watch.status.value
    assert memory[2, 1] > 3 * memory[1, 1] and memory[2, 3] < memory[2, 1]
    monkeypatch.setattr(long, "measured", lambda way, n: (_ for _ in ()).throw(MemoryError))
    watch.button.click()
    watch.thread.join(60)
    assert "no memory left for 64 tokens" in watch.status.value and not watch.button.disabled
