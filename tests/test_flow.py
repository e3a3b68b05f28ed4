"""The flow of the chain: its numbers are those of steps.py, and what stands beside them says so."""
import re

import numpy as np
import pytest

from course_lib import Flow, attention, causal_mask, pocket
from course_lib.explorers.chain import one_head, two_heads
from course_lib.looks import alone
from tests.test_tables import Cells
from tools import outputs

STEPS = ("Embeddings", "QKV", "Scores", "Scaling", "Masking", "Softmax", "Weighted sum", "Next word")


def values(lines):
    """The numbers of a chain by the names of its matrices."""
    return {matrix.name: matrix.values for line in lines for matrix in line}


def test_the_chain_is_attention():
    """Its weights, output and next words are what `attention` gives for the pocket example."""
    chain, (output, weights) = values(one_head(pocket.tokens)), attention(pocket.Q, pocket.K, pocket.V, causal_mask(4))
    assert np.array_equal(chain["weights"], weights) and np.array_equal(chain["output"], output)
    assert np.array_equal(chain["next word"], output @ pocket.W_U)


def test_two_heads_are_two_attentions_side_by_side():
    """Each column of Q, K and V is a head; their outputs stand beside each other, as heads on an axis of their own give them."""
    chain, heads = values(two_heads(pocket.tokens)), (table.T[..., None] for table in (pocket.Q, pocket.K, pocket.V))
    output, weights = attention(*heads, causal_mask(4))
    assert np.array_equal([chain["weights₀"], chain["weights₁"]], weights)
    assert np.array_equal(chain["both heads"], output[..., 0].T)


@pytest.mark.parametrize("step", STEPS)
def test_one_step_is_lit_and_what_follows_is_faint(step):
    """Every matrix of the step is lit, none before it is faint, and every one after it is."""
    flow = Flow(step)
    drawn = re.findall(r'<g class="(\w+)" data-matrix="([^"]+)"', flow.setup["wide"])
    after = [STEPS.index(flow.chain[name].step) - STEPS.index(step) for _, name in drawn]
    assert [state for state, _ in drawn] == ["done" if steps < 0 else "later" if steps else "lit" for steps in after]


def test_what_one_call_does_is_lit_together():
    """From the scores to the output; what stands before and after it is not faint."""
    drawn = re.findall(r'<g class="(\w+)" data-matrix="([^"]+)"', Flow("In PyTorch").setup["wide"])
    assert [name for state, name in drawn if state == "lit"] == ["scores", "scaled scores", "masked scores", "weights", "output"]
    assert {state for state, _ in drawn} == {"lit", "done"}


def test_every_number_that_is_drawn_says_why():
    """Beside the arithmetic of each matrix stands a sentence, but for numbers that are only set beside each other."""
    for flow in (Flow(), Flow("Multi-head")):
        silent = [matrix.name for matrix in flow.chain.values() if matrix.step and not matrix.note.endswith(".")]
        assert silent == (["both heads"] if flow.step else [])


def test_a_step_that_does_not_exist_is_named():
    """The message lists those that do."""
    with pytest.raises(ValueError, match="step must be one of Embeddings, .*, Next word, Multi-head or In PyTorch, not 'Score'"):
        Flow("Score")


def test_wide_and_narrow_show_the_same_numbers():
    """The same cells with the same texts, and on a phone none beyond its width."""
    for setup in (Flow().setup, Flow("Multi-head").setup):
        wide, tall = (sorted(re.findall(r'"cell"><rect[^>]*><text[^>]*>([^<]*)<', setup[form])) for form in ("wide", "tall"))
        assert wide == tall and len(wide) > 100 and int(re.search(r'width="(\d+)"', setup["tall"])[1]) <= 372


def test_words_are_large_beside_the_list_of_files():
    """In 860 pixels, what a page of 1280 leaves beside JupyterLab's list of files, they have 12 pixels at least."""
    for setup in (Flow().setup, Flow("Multi-head").setup):
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
