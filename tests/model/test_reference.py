"""The language model against another implementation: what transformers makes of the same file (tools/model_reference.py)."""
import json
from pathlib import Path

import numpy as np
import pytest

from course_lib.language_model import forward, spell, tokenize, write
from course_lib.steps import softmax

HERE = Path(__file__).parent
TOLD = json.loads((HERE / "reference.json").read_text(encoding="utf-8"))
ARRAYS = np.load(HERE / "reference.npz")


def test_tokens_are_those_of_the_published_tokenizer(model):
    """On every text of a list of hard ones: digits, scripts, emoji, spaces of all kinds, nothing."""
    ours = {text: tokenize(text, model) for text in TOLD["tokens"]}
    assert {text: ids for text, ids in ours.items() if ids != TOLD["tokens"][text]} == {}


def test_tokens_spell_the_text(model):
    """Every text comes back, but for the few control characters that have no token."""
    assert [text for text in TOLD["tokens"] if spell(tokenize(text, model), model) != text.replace("\x1d", "")] == []


@pytest.mark.parametrize("i", range(len(TOLD["prompts"])))
def test_probabilities_agree(model, i):
    """The hundred likeliest next tokens, in order where it is clear, each within 1e-5 of the other implementation's."""
    ids, probabilities = ARRAYS[f"probabilities {i}"]
    X, *_ = forward(tokenize(TOLD["prompts"][i], model), model)
    ours = softmax(X[-1] @ model.E_token.T)
    np.testing.assert_allclose(ours[ids.astype(int)], probabilities, atol=1e-5)
    assert ours.argmax() == ids[0]


def test_the_weights_of_all_heads_agree(model):
    """Within 1e-5, for a sentence of 13 tokens."""
    _, weights, _ = forward(tokenize(TOLD["prompts"][-1], model), model)
    assert weights.shape == ARRAYS["weights"].shape == (30, 9, 13, 13)
    np.testing.assert_allclose(weights, ARRAYS["weights"], atol=1e-5)


def test_the_same_text_is_written(model):
    """Forty tokens, each the likeliest."""
    assert "".join(write(TOLD["prompts"][0], model, 40)) == spell(TOLD["written"], model)
