"""The flow of the chain: its numbers are those of steps.py, and what stands beside them says so."""
import re

import numpy as np
import pytest

from course_lib import Flow, attention, causal_mask, pocket, softmax
from course_lib.explorers.chain import one_head, one_more, two_heads, way_back
from course_lib.learning import attention_gradients, product_gradients
from course_lib.looks import alone
from tests.test_tables import Cells
from tools import outputs

STEPS = ("Embeddings", "QKV", "Scores", "Scaling", "Masking", "Softmax", "Weighted sum", "Next word", "Trained heads",
         "Long contexts")
FLOWS = (None, "Multi-head", "Trained heads", "Long contexts")


def values(lines):
    """The numbers of a chain by the names of its matrices."""
    return {matrix.name: matrix.values for line in lines for matrix in line}


def test_the_chain_is_attention():
    """Its weights, output and next words are what `attention` gives for the pocket example."""
    chain, (output, weights) = values(one_head(pocket.tokens)), attention(pocket.Q, pocket.K, pocket.V, causal_mask(4))
    assert np.array_equal(chain["weights"], weights) and np.array_equal(chain["output"], output)
    assert np.array_equal(chain["next word"], output @ pocket.W_U)


@pytest.mark.parametrize("step", FLOWS)
def test_a_page_hears_of_a_flow_when_it_is_whole(monkeypatch, step):
    """A slow page drew the first message, in which there was no chain yet."""
    heard = []
    monkeypatch.setattr(Flow, "open", lambda flow: heard.append(flow.get_state()["setup"]))
    flow = Flow(step)
    assert heard == [flow.setup] and "chain" in flow.setup


def test_two_heads_are_two_attentions_side_by_side():
    """Each column of Q, K and V is a head; their outputs stand beside each other, as heads on an axis of their own give them.

    As in notebook 08, W_O writes their findings into two columns behind those of X, and there the picture ends.
    """
    chain, heads = values(two_heads(pocket.tokens)), (table.T[..., None] for table in (pocket.Q, pocket.K, pocket.V))
    output, weights = attention(*heads, causal_mask(4))
    assert np.array_equal([chain["weights₀"], chain["weights₁"]], weights)
    assert np.array_equal(chain["findings₀"], output[0]) and np.array_equal(chain["findings₁"], output[1])
    assert np.array_equal(chain["concat"], output[..., 0].T)
    assert np.array_equal(chain["output"], chain["concat"] @ np.eye(2, 6, 4)[:, 4:]) and list(chain)[-1] == "output"
    assert np.array_equal(chain["output"], chain["concat"] @ chain["W_O"])


def test_one_more_token_needs_one_row():
    """Of the last token everything is computed, of the others keys and values are there; the output is that of the whole pass."""
    chain, (output, _) = values(one_more(pocket.tokens)), attention(pocket.Q, pocket.K, pocket.V, causal_mask(4))
    assert np.array_equal(chain["K"], pocket.K) and np.array_equal(chain["V"], pocket.V)
    assert np.allclose(chain["output"], output[3:], rtol=1e-15)
    assert [len(chain[name]) for name in ("new row of X", "q", "k", "v", "scores", "weights", "output", "next word")] == [1] * 8


def test_the_way_back_is_that_of_learning():
    """The loss is the last token's; every gradient is that of the whole attention, whose other queries get nothing."""
    chain, mask = values(way_back(pocket.tokens)), causal_mask(4)
    output, weights = attention(pocket.Q, pocket.K, pocket.V, mask)
    g = np.zeros((4, 4))
    g[3] = softmax(output[3] @ pocket.W_U) - [1, 0, 0, 0]
    g_output, _ = product_gradients(output, pocket.W_U, g)
    g_Q, g_K, g_V = attention_gradients(pocket.Q, pocket.K, pocket.V, weights, g_output)
    X = pocket.E_token[pocket.ids] + pocket.E_pos
    assert np.allclose(chain["g_next word"].T, g[3]) and np.allclose(chain["g_output"], g_output[3])
    assert np.allclose(chain["g_Q"], g_Q[3]) and not g_Q[:3].any()
    assert np.allclose(chain["g_K"], g_K) and np.allclose(chain["g_V"], g_V)
    for name, gradient in zip("QKV", (g_Q, g_K, g_V), strict=True):
        assert np.allclose(chain[f"g_W_{name}"], X.T @ gradient)


@pytest.mark.parametrize("name", ["W_Q", "W_K", "W_V", "weights", "scores", "next word"])
def test_the_way_back_tells_by_how_much_the_loss_would_grow(name):
    """Each number moved by a little, and the loss computed anew from there."""
    chain = values(way_back(pocket.tokens))

    def loss(matrix):
        parts = {part: getattr(pocket, part) for part in ("W_Q", "W_K", "W_V")} | {name: matrix}
        X = pocket.E_token[pocket.ids] + pocket.E_pos
        scores = parts.get("scores", X @ parts["W_K"] @ (X[3:] @ parts["W_Q"]).T)
        weights = parts.get("weights", softmax(scores.T / np.sqrt(2)).T)
        next_word = parts.get("next word", (weights.T @ X @ parts["W_V"] @ pocket.W_U).T)
        return -np.log(softmax(next_word.T)[0, 0])

    at = np.array(chain[name], float)
    assert np.isclose(loss(at), chain["loss"].item())
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = 1e-5
        assert np.isclose((loss(at + step) - loss(at - step)) / 2e-5, chain[f"g_{name}"][place], atol=1e-8)


@pytest.mark.parametrize("step", STEPS)
def test_one_step_is_lit_and_what_follows_is_faint(step):
    """Every matrix of the step is lit, none before it is faint, and every one after it is."""
    flow = Flow(step)
    drawn = re.findall(r'<g class="(\w+)" data-matrix="([^"]+)"', flow.setup["wide"])
    after = [STEPS.index(flow.chain[name].step) - STEPS.index(step) for _, name in drawn]
    assert [state for state, _ in drawn] == ["done" if steps < 0 else "later" if steps else "lit" for steps in after]


def test_what_is_built_today_and_later_is_covered():
    """In the picture, in what is said of it, and in the text, which has the numbers of the steps before and the names of all."""
    flow = Flow("Scaling", covered=True)
    drawn = re.findall(r'<g class="([\w ]+)" data-matrix="([^"]+)"', flow.setup["wide"])
    assert [state for state, _ in drawn] == ["done"] * 5 + ["lit covered"] + ["later covered"] * 4
    assert "Lit is Scaling. Its numbers, and those after it, are covered." in flow.setup["wide"]
    assert repr(flow).endswith("\n\ncovered: scaled scores, masked scores, weights, output, next word")
    assert repr(flow).partition("covered")[0] == repr(Flow("Scaling")).partition("scaled scores")[0]
    assert repr(Flow(covered=True)) == repr(Flow()) and Flow(covered=True).setup == Flow().setup       # nothing is lit


def test_what_one_call_does_is_lit_together():
    """From the scores to the output; what stands before and after it is not faint."""
    drawn = re.findall(r'<g class="(\w+)" data-matrix="([^"]+)"', Flow("In PyTorch").setup["wide"])
    assert [name for state, name in drawn if state == "lit"] == ["scores", "scaled scores", "masked scores", "weights", "output"]
    assert {state for state, _ in drawn} == {"lit", "done"}


def test_every_number_that_is_drawn_says_why():
    """Beside the arithmetic of each matrix stands a sentence, but for numbers that are only set beside each other."""
    for flow in map(Flow, FLOWS):
        silent = [matrix.name for matrix in flow.chain.values() if matrix.step and not matrix.note.endswith(".")]
        assert silent == (["concat"] if flow.step == "Multi-head" else [])


def test_a_step_that_does_not_exist_is_named():
    """The message lists those that do."""
    with pytest.raises(ValueError, match="one of Embeddings, .*, Trained heads, Long contexts, In PyTorch, not 'Score'"):
        Flow("Score")


def test_wide_and_narrow_show_the_same_numbers():
    """The same cells with the same texts, and on a phone, which leaves them 344 pixels, words of 12 pixels at least."""
    for setup in (Flow(step).setup for step in FLOWS):
        wide, tall = (sorted(re.findall(r'"cell"><rect[^>]*><text[^>]*>([^<]*)<', setup[form])) for form in ("wide", "tall"))
        assert wide == tall and len(wide) > 40 and 13.5 * 344 / int(re.search(r'width="(\d+)"', setup["tall"])[1]) >= 12


def test_words_are_large_beside_the_list_of_files():
    """In 860 pixels, what a page of 1280 leaves beside JupyterLab's list of files, they have 12 pixels at least."""
    for setup in (Flow(step).setup for step in FLOWS):
        width, size = (float(re.search(rf'{name}="([\d.]+)"', setup["wide"])[1]) for name in ("width", "font-size"))
        assert size * min(1, 860 / width) >= 12


def test_the_text_shows_every_matrix():
    """Each that is drawn, with its numbers to four decimals and the tokens beside them."""
    text = repr(Flow("Softmax"))
    assert text.startswith("from the words to the next word, lit: Softmax")
    assert ["the", "(3)", "0.0035", "0.4911", "0.4911", "0.0143"] in [line.split() for line in text.splitlines()], text


def test_the_still_is_an_image_that_says_what_it_shows():
    """One image where no script runs, whose alternative text names the matrices in order and what is lit."""
    (image,) = (tag for tag in Cells(Flow("Scores")._repr_mimebundle_()[0]["text/html"]).found if tag[0] == "img")
    assert image[1]["alt"] == (
        "From the words to the next word: X, then Q, then K, then V, then scores, then scaled scores, then masked scores, "
        "then weights, then output, then next word. Lit is Scores.")


def test_one_row_stands_beside_its_token():
    """Query, output and what they are handed belong to the last token, and stand at the height of its name."""
    for form in ("wide", "tall"):
        svg = Flow("Trained heads").setup[form]
        heights = {int(y) for y in re.findall(r'<text x="\d+" y="(\d+)" text-anchor="end">the <tspan[^>]*>◆', svg)}
        for name in ("Q", "output", "g_Q", "g_output"):
            (top,) = set(map(int, re.findall(r'<rect[^>]* y="(\d+)"', re.search(rf'data-matrix="{name}">(.*?</g>)</g>', svg)[1])))
            assert top + 17 in heights


def test_the_way_back_is_told_in_its_order():
    """The alternative text goes forward to the loss, and from there back to what is learned."""
    alt = re.search('aria-label="([^"]*)"', Flow("Trained heads").setup["wide"])[1]
    assert alt == (
        "Forward, from the words to the loss: Q, then K, then scores, then weights, then V, then output, then next word, then "
        "share, then loss. Back, lit, from the loss: g_next word, then g_output, then g_V, then g_weights, then g_scores, then "
        "g_K, then g_Q, then g_W_V, then g_W_K, then g_W_Q.")


@pytest.mark.parametrize("text", ["the", "the cat", "one two three four five six seven eight nine ten eleven twelve"])
def test_the_way_back_of_a_sentence_of_ones_own(text):
    """However short or long, every number has its cell, inside the picture."""
    flow = Flow("Trained heads")
    flow.text = text
    for form in ("wide", "tall"):
        width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', flow.setup[form]).groups())
        found = re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="24"', flow.setup[form])
        cells = [tuple(map(int, cell)) for cell in found]
        assert len(cells) == sum(matrix.values.size for matrix in flow.chain.values() if matrix.step)
        assert len(set(cells)) == len(cells) and all(x + w <= width and y + 24 <= height for x, y, w in cells)


def test_the_readme_shows_the_flow():
    """Its picture is the still of the flow, to the last character."""
    assert outputs.README_PICTURE.read_text(encoding="utf-8") == alone(Flow().still())


def test_a_sentence_of_ones_own_is_drawn_or_refused_in_words():
    """Typed tokens are text and never HTML; what cannot be drawn leaves the picture as it is and says why."""
    flow = Flow()
    flow.text = "<b>a</b> cat"
    assert "&lt;b&gt;a&lt;/b&gt;" in flow.setup["wide"] and "<b>" not in flow.setup["wide"]
    before = flow.setup["wide"]
    flow.text = " "
    assert flow.setup["wide"] == before and "Type 1 to 12 words" in flow.setup["error"]
    flow.text = "a cat"
    assert "error" not in flow.setup
