"""All heads of a model: scores, the text face, and what is sent to the page, with a small model made up here."""
import re
import sys
from base64 import b64decode
from itertools import accumulate, pairwise

import numpy as np
import pytest

import course_lib
from course_lib import looks
from course_lib.explorers import heads
from course_lib.explorers.panel import Panel
from course_lib.language_model import BYTES, Layer, Model, forward, pieces, tokenize
from course_lib.learning import previous_token_score
from tests.test_tables import Cells

D_MODEL, N_LAYERS, N_HEADS = 18, 30, 9


def made_up():
    """A model of the real one's 30 layers of 9 heads, but tiny and random; it knows the words of the three sentences."""
    rng = np.random.default_rng(0)
    words = {piece for text in (heads.IT, heads.MOUSE, heads.TWICE) for piece in pieces(text)} - {" chases"} | {" ch", "ases"}
    spelled = ["".join(BYTES[byte] for byte in word.encode()) for word in sorted(words)]
    tokens = list(dict.fromkeys([*BYTES.values(), *(part for word in spelled for part in accumulate(word))]))
    merges = dict.fromkeys(((before, after[-1]) for word in spelled for before, after in pairwise(accumulate(word))))
    layers = [Layer(*(rng.normal(0, 0.4, shape) for shape in (
        (D_MODEL,), (D_MODEL, D_MODEL), (D_MODEL, 6), (D_MODEL, 6), (D_MODEL, D_MODEL), (D_MODEL,), (D_MODEL, 4), (D_MODEL, 4),
        (4, D_MODEL)))) for _ in range(N_LAYERS)]
    return Model(tokens, {token: i for i, token in enumerate(tokens)}, {pair: rank for rank, pair in enumerate(merges)},
                 rng.normal(size=(len(tokens), D_MODEL)), layers, np.ones(D_MODEL), N_HEADS, 3, 0)


@pytest.fixture(scope="module")
def model():
    """The made-up model."""
    return made_up()


@pytest.fixture(scope="module")
def explorer(model):
    """What `explore_model` gives for it."""
    return course_lib.explore_model(model)


def unpacked(data):
    """The weights that are sent, in ten-thousandths: (n_layers, n_heads, seq_len, seq_len)"""
    n = len(data["tokens"])
    packed = np.frombuffer(b64decode(data["weights"]), "<u2").reshape(-1, data["n_heads"], n * (n + 1) // 2)
    weights = np.zeros((*packed.shape[:2], n, n), int)
    weights[..., *np.tril_indices(n)] = packed
    return weights


def test_a_page_hears_of_the_heads_when_all_are_there(monkeypatch, model):
    """A slow page would draw the first message, and without readings it cannot."""
    heard = []
    monkeypatch.setattr(heads.Heads, "open", lambda explorer: heard.append(explorer.get_state()["setup"]))
    explorer = heads.Heads(model)
    assert heard == [explorer.setup] and list(explorer.setup["readings"]) == [heads.IT, heads.MOUSE, heads.TWICE]


def test_what_is_sent_are_the_weights_to_four_decimals(model, explorer):
    """For each sentence and every head those of the forward pass in double precision, none above the diagonal."""
    for text, data in explorer.setup["readings"].items():
        weights = forward(tokenize(text, model), model)[1]
        assert np.array_equal(unpacked(data), np.round(weights * 10000)) and data["n_heads"] == N_HEADS


def test_tokens_are_shown_with_their_spaces(explorer):
    """As ␣, so that the token with a space before it and the one without can be told apart; a word keeps its colour."""
    data = explorer.setup["readings"][heads.IT]
    assert data["tokens"] == ["The", *"␣cat , ␣which ␣sat ␣on ␣the ␣mat , ␣ran ␣away ␣because ␣it".split()]
    without = [looks.look(token.strip("␣"), i) for i, token in enumerate(data["tokens"])]
    assert data["looks"] == [(looks.themed(colour), mark) for colour, mark in without]


def test_a_previous_token_score_is_that_of_the_lesson(model):
    """The same number that notebook 09 gives."""
    reading = heads.read(heads.IT, model)
    expected = previous_token_score(reading.weights / heads.ONE)
    assert np.allclose(heads.scores(reading, "previous token"), expected)


def test_an_induction_score_looks_at_what_came_after(model):
    """By hand: of blue zebra seven moon door blue zebra seven moon the last three words, each at what followed it before."""
    reading = heads.read(heads.TWICE, model)
    assert reading.aims["induction"] == [(6, 2), (7, 3), (8, 4)]
    by_hand = sum(reading.weights[..., i, i - 4] for i in (6, 7, 8)) / 30000
    assert np.allclose(heads.scores(reading, "induction"), by_hand)


def test_a_token_that_was_there_twice_has_two_aims():
    """Their weights are added, and the mean is that of the queries; a text without repetition has no such kind."""
    assert heads.aims([5, 6, 5, 7, 5])["induction"] == [(2, 1), (4, 1), (4, 3)]
    assert list(heads.aims([1, 2])) == ["previous token", "first token"] and heads.aims([1]) == {}
    weights = np.zeros((1, 1, 5, 5), int)
    weights[0, 0, [2, 4, 4], [1, 1, 3]] = 1000, 2000, 3000
    reading = heads.Reading("", list("abaca"), heads.aims([5, 6, 5, 7, 5]), weights)
    assert np.allclose(heads.scores(reading, "induction"), 0.3)


def test_the_text_says_what_the_page_shows(model, explorer):
    """The sentence, the head itself, the best heads of each kind, and the row that is chosen, to four decimals."""
    reading, text = heads.read(heads.IT, model), repr(explorer)
    row = reading.weights[13, 8, 12] / 10000
    assert f"Head 13.8: ␣it (12) gives {row[1]:.4f} of its weight to ␣cat (1)." in text and f"The best heads: {heads.IT}" in text
    assert [f"{weight:.4f}" for weight in row] == re.findall(r"\(\d+\) +(\d\.\d{4})", text.partition("weights of")[2])
    last = next(line for line in text.splitlines() if line.startswith("␣it (12)")).split()
    assert last[2:] == [f"{weight:.2f}" for weight in row] and "\nThe (0)        1.00\n" in text
    for kind in reading.aims:
        found = heads.scores(reading, kind)
        layer, head = np.unravel_index(found.argmax(), found.shape)
        assert re.search(rf"{kind}: head {layer}\.{head} +{found.max():.2f}\n", text), kind


def test_every_story_is_told_of_a_pair_that_is_there(explorer):
    """Its head exists, its key does not come after its query, its text is sent, and its kind is one of that text's."""
    for text, (layer, head), (query, key), kind, story in heads.PRESETS.values():
        data = explorer.setup["readings"][text]
        assert layer < N_LAYERS and head < N_HEADS and key <= query < len(data["tokens"])
        assert kind in ("layer", "pair", *data["aims"]) and story.endswith((".", "?"))


def test_an_own_text_is_read(model):
    """In single precision, so the weights are those of double precision, give or take one in the last decimal."""
    explorer, text = heads.Heads(model), "The cat, which ran because"
    explorer.text = text
    assert explorer.own["text"] == text and explorer.own["tokens"][0] == "The"
    assert abs(unpacked(explorer.own) - heads.read(text, model).weights).max() <= 1


@pytest.mark.parametrize("text, says", [("", "has no token yet"), ("x" * 25, "has 25 tokens, and the picture has room for 24")])
def test_a_text_that_has_no_room_is_told_so(model, text, says):
    """In a sentence with the numbers; one of 24 tokens is read."""
    explorer = heads.Heads(model)
    explorer.text = "x" * 24
    assert len(explorer.own["tokens"]) == 24
    explorer.text = text
    assert explorer.own["text"] == text and says in explorer.own["error"] and "weights" not in explorer.own


def test_tokens_that_look_like_html_or_break_lines_are_text(model):
    """In the still and in what is sent along with it; the end of a line is written as Python writes it."""
    assert heads.read("a\n\t b", model).tokens[1:3] == ["\\n", "\\t"]
    reading = heads.read("<b>it</b>", model)
    html = heads.panel(reading, (0, 0), (8, 0))._repr_html_()
    assert "&lt; (0)" in html and not re.search(r"<b\b", html)
    html = heads.alive("", "heads", {"setup": reading.data()})
    assert '"<"' not in html and r"\u003c" in html


def test_a_page_without_scripts_has_a_still(explorer):
    """The sentence, the table of the best heads and the row as an image that says its numbers; no control of a widget."""
    found = Cells(explorer._repr_mimebundle_()[0]["text/html"]).found
    (image,) = (tag for tag in found if tag[0] == "img")
    assert image[1]["alt"].startswith("weights of ␣it (12) in head 13.8\nThe (0) ")


@pytest.mark.parametrize("gone", ["file", "package"])
def test_without_the_model_a_sentence_says_how_to_get_it(monkeypatch, tmp_path, gone):
    """Whether its file is missing or the package that reads it."""
    if gone == "file":
        monkeypatch.setenv("COURSE_MODEL_DIR", str(tmp_path))
    else:
        monkeypatch.setitem(sys.modules, "gguf", None)
    shown = course_lib.explore_model()
    assert isinstance(shown, Panel) and "make model" in repr(shown) and "python study.py model" in shown._repr_html_()
