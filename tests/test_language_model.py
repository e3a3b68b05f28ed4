"""The language model of notebook 10 on a tiny made-up model, which needs no file: against loops, and with whatever comes in."""
import math
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib.broken import BROKEN, pairs_of_halves
from course_lib.language_model import (BYTES, LONGEST, Functions, Layer, Missing, Model, Shares, blind, forward, gated_mlp, load,
                                       loss, next_words, repeat_heads, rms_norm, rotate, run_by, sizes, spell, strongest,
                                       tokenize, unembed, whose, without, word, write)
from course_lib.steps import attention, causal_mask, merge_heads, softmax, split_heads

HARD = ["", " ", "the cat", "The  cat ", "don't", "1234 and 5", "naïve Straße", "🐭🐱", "猫追老鼠", "a\n\n\tb", "x²=½",
        "e\u0301 \u200d \u202e"]
N_HEADS, N_KV, D_K, D_MODEL, HIDDEN = 6, 2, 4, 10, 7


def made_up(seed=0, n_layers=2):
    """A model of random numbers whose tokens are the 256 bytes and four joined pairs."""
    draw = np.random.default_rng(seed).normal
    merges = {("t", "h"): 0, ("th", "e"): 1, ("Ġ", "c"): 2, ("h", "e"): 3}
    tokens = [*BYTES.values(), *map("".join, merges), "<end>"]
    shapes = {"gain_1": D_MODEL, "W_Q": (D_MODEL, N_HEADS * D_K), "W_K": (D_MODEL, N_KV * D_K), "W_V": (D_MODEL, N_KV * D_K),
              "W_O": (N_HEADS * D_K, D_MODEL), "gain_2": D_MODEL, "W_gate": (D_MODEL, HIDDEN), "W_up": (D_MODEL, HIDDEN),
              "W_down": (HIDDEN, D_MODEL)}
    layers = [Layer(**{name: draw(size=shape).astype(np.float32) for name, shape in shapes.items()}) for _ in range(n_layers)]
    E_token, gain = (draw(size=shape).astype(np.float32) for shape in ((len(tokens), D_MODEL), D_MODEL))
    return Model(tokens, {token: i for i, token in enumerate(tokens)}, merges, E_token, layers, gain, N_HEADS, N_KV,
                 end=len(tokens) - 1)


MODEL, IDS = made_up(), [3, 250, 17, 3, 99]


def by_loops(ids, model):
    """The model written from its definition, number by number. → X, weights"""
    X = [[float(x) for x in model.E_token[i]] for i in ids]

    def norm(row, gain):
        root = math.sqrt(sum(x * x for x in row) / len(row) + 1e-5)
        return [x / root * float(g) for x, g in zip(row, gain, strict=True)]

    def times(row, W):
        return [sum(x * float(W[i, j]) for i, x in enumerate(row)) for j in range(W.shape[1])]

    def turned(row, position):
        out = list(row)
        for start in range(0, len(row), D_K):
            for i in range(0, D_K, 2):
                angle, (x, y) = position / 100000 ** (i / D_K), row[start + i:start + i + 2]
                out[start + i] = x * math.cos(angle) - y * math.sin(angle)
                out[start + i + 1] = x * math.sin(angle) + y * math.cos(angle)
        return out

    everything = []
    for layer in model.layers:
        H = [norm(row, layer.gain_1) for row in X]
        Q = [turned(times(row, layer.W_Q), i) for i, row in enumerate(H)]
        K = [turned(times(row, layer.W_K), i) for i, row in enumerate(H)]
        V = [times(row, layer.W_V) for row in H]
        weights, merged = np.zeros((N_HEADS, len(ids), len(ids))), [[] for _ in ids]
        for head in range(N_HEADS):
            own, shared = head * D_K, head // (N_HEADS // N_KV) * D_K
            for i in range(len(ids)):
                scores = [sum(Q[i][own + c] * K[j][shared + c] for c in range(D_K)) / math.sqrt(D_K) for j in range(i + 1)]
                total = sum(map(math.exp, scores))
                weights[head, i, :i + 1] = [math.exp(score) / total for score in scores]
                merged[i] += [sum(weights[head, i, j] * V[j][shared + c] for j in range(i + 1)) for c in range(D_K)]
        X = [[a + b for a, b in zip(row, times(found, layer.W_O), strict=True)] for row, found in zip(X, merged, strict=True)]
        for i, row in enumerate(X):
            H = norm(row, layer.gain_2)
            gates = [g / (1 + math.exp(-g)) for g in times(H, layer.W_gate)]
            hidden = [g * u for g, u in zip(gates, times(H, layer.W_up), strict=True)]
            X[i] = [a + b for a, b in zip(row, times(hidden, layer.W_down), strict=True)]
        everything.append(weights)
    return np.array([norm(row, model.gain) for row in X]), np.array(everything)


def test_the_model_is_what_the_loops_say():
    """The last rows, and every weight of every head."""
    X, weights, _ = forward(IDS, MODEL)
    wanted_X, wanted_weights = by_loops(IDS, MODEL)
    assert np.allclose(X, wanted_X, atol=1e-10) and np.allclose(weights, wanted_weights, atol=1e-12)


@pytest.mark.parametrize("cut", [[1] * 5, [2, 3], [4, 1]])
def test_the_cache_gives_the_numbers_of_the_full_pass(cut):
    """Whether one token comes at a time, or several."""
    whole, weights, _ = forward(IDS, MODEL)
    cache, rows, start = None, [], 0
    for n in cut:
        X, some, cache = forward(IDS[start:start + n], MODEL, cache)
        assert np.allclose(some, weights[:, :, start:start + n, :start + n])
        rows, start = [*rows, *X], start + n
    assert np.allclose(rows, whole)


def test_a_turned_score_depends_on_the_distance_alone():
    """For neighbours as pairs, and for halves, which is why this test does not find that mistake; the two give other scores."""
    rng = np.random.default_rng(1)
    q, k = rng.normal(size=(2, 1, 64))
    found = []
    for turn in (rotate, pairs_of_halves):
        scores = [(turn(q, i + n) @ turn(k, n).mT).item() for i in (0, 3) for n in (0, 1, 50, 1000)]
        assert np.allclose(scores[:4], scores[0]) and np.allclose(scores[4:], scores[4]) and abs(scores[0] - scores[4]) > 1e-3
        assert np.allclose(scores[0], (q @ k.mT).item())
        found.append(scores[4])
    assert abs(found[0] - found[1]) > 1e-3
    assert np.flatnonzero(pairs_of_halves(np.eye(64)[:1], 1)).tolist() == [0, 32]


def test_the_new_parts_do_what_a_pencil_does():
    """RMSNorm of (3, 4), a hand that turns one radian, two heads that serve four, a gate that is shut and one that is open."""
    assert np.allclose(rms_norm(np.array([[3.0, 4.0]]), np.array([1.0, 2.0])), [[3 / math.sqrt(12.5), 8 / math.sqrt(12.5)]], 1e-5)
    assert np.allclose(rotate(np.array([[1.0, 0.0]] * 2)), [[1, 0], [math.cos(1), math.sin(1)]])
    assert repeat_heads(np.array([[[1.0]], [[2.0]]]), 4).ravel().tolist() == [1, 1, 2, 2]
    one = np.ones((1, 1))
    assert np.allclose(gated_mlp(np.array([[-50.0], [50.0]]), one, one, one), [[0], [2500]])


def test_float32_stays_float32():
    """Else writing would be slow."""
    X, weights, [(K, V), *_] = forward(IDS, MODEL, dtype=np.float32)
    assert {array.dtype for array in (X, weights, K, V)} == {np.dtype(np.float32)}


@pytest.mark.parametrize("text", HARD)
def test_a_text_comes_back_from_its_tokens(text):
    """Whatever letters it has."""
    assert spell(tokenize(text, MODEL), MODEL) == text


def test_pairs_are_joined_by_rank():
    """The first learned first, `th` before `he`; a space belongs to what follows; a digit stands alone."""
    assert [MODEL.tokens[i] for i in tokenize("the c 12", MODEL)] == ["the", "Ġc", "Ġ", "1", "2"]


def test_the_next_words_are_the_likeliest_in_order():
    """Their probabilities are those of softmax over the whole table, and are shown with four decimals."""
    X, *_ = forward(tokenize("the", MODEL), MODEL)
    probabilities = softmax(X[-1] @ MODEL.E_token.T.astype(float))
    said = next_words("the", MODEL, 5)
    assert np.allclose(list(said.values()), np.sort(probabilities)[::-1][:5])
    assert np.allclose(unembed(X, MODEL), X @ MODEL.E_token.T.astype(float))
    assert repr(Shares({" moon": 0.30844, "\n": 0.5, ",": 0.1, "1.2": 0})) == "moon 0.3084, '\\n' 0.5000, ',' 0.1000, 1.2 0.0000"
    assert strongest(np.array([[0.1, 0.5], [0.7, 0.2]]), 2) == {"1.0": 0.7, "0.1": 0.5}


def test_the_loss_is_the_mean_surprise():
    """−log of what each next token was given."""
    ids = tokenize("the cat", MODEL)
    X, *_ = forward(ids, MODEL)
    given = softmax(X @ MODEL.E_token.T.astype(float))[range(len(ids) - 1), ids[1:]]
    assert math.isclose(loss("the cat", MODEL), -np.log(given).mean())


def test_writing_goes_on_with_the_likeliest_token():
    """With a cache and without the text is the same; it stops where the model says so; a temperature draws."""
    ids, letters = tokenize("the", MODEL), ""
    for _ in range(6):
        X, *_ = forward(ids, MODEL, dtype=np.float32)
        ids = [*ids, int(unembed(X[-1], MODEL).argmax())]
    letters = spell(ids[1:], MODEL).rstrip("\ufffd")
    assert "".join(write("the", MODEL, 6)).startswith(letters) and list(write("the", MODEL, 6)) == list(
        write("the", MODEL, 6, cached=False))
    assert list(write("the", MODEL._replace(end=ids[1]), 6)) == []
    assert list(write(tokenize("the", MODEL), MODEL, 6)) == list(write("the", MODEL, 6))
    texts = {"".join(write("the", MODEL, 8, 5, np.random.default_rng(seed))) for seed in range(3)}
    assert len(texts) == 3


def test_a_silenced_head_is_not_heard():
    """The model without a head is the model with that head's output at 0, and no other is changed."""
    def deaf(Q, K, V, mask):
        outputs, weights = attention(Q, K, V, mask)
        outputs[4] = 0
        return outputs, weights

    one = made_up(n_layers=1)
    assert np.allclose(forward(IDS, without(one, (0, 4)))[0], forward(IDS, one, attention=deaf)[0])
    assert without(MODEL, (1, 0)).layers[0] is MODEL.layers[0]


def test_a_token_that_is_hidden_is_not_looked_at():
    """By the queries at those places, in every head of every layer; all others look as they may."""
    seen = forward(IDS, MODEL, causal_mask=blind(1, [3, 4]))[1] > 0
    assert not seen[..., [3, 4], 1].any() and seen.sum() == seen[..., 0, 0].size * (15 - 2)


def test_everything_is_counted():
    """Layer by layer: the parameters of one, and what the cache keeps of a token."""
    found = sizes(MODEL)
    assert found["parameters"] == sum(W.size for layer in MODEL.layers for W in layer) + (len(MODEL.tokens) + 1) * D_MODEL
    assert (found["in attention"], found["in MLPs"]) == (2 * D_MODEL * D_K * 2 * (N_HEADS + N_KV), 2 * 3 * D_MODEL * HIDDEN)
    _, _, cache = forward([3], MODEL)
    assert found["cache a token"] == sum(K.size + V.size for K, V in cache)


# Your own functions

OURS = {"causal_mask": causal_mask, "split_heads": split_heads, "attention": attention, "merge_heads": merge_heads}


def ran(**own):
    """The made-up model with some functions of one's own."""
    return run_by(MODEL, **OURS | own)


@pytest.mark.parametrize("name", OURS)
def test_your_function_runs_in_every_layer_and_wherever_the_model_does(name):
    """For the next words, a loss, a text, without a head and with a part exchanged; and the caption says whose it is."""
    calls, rest = [], [other for other in OURS if other != name]

    def own(*given):
        calls.append(given)
        return OURS[name](*given)

    model = ran(**{name: own})
    assert whose(model) == f"run by your {name} and the library's {', '.join(rest)}"
    for run in (lambda: forward(IDS, model), lambda: next_words("abc", model), lambda: loss("abc", model),
                lambda: list(write("abc", model, 1)), lambda: forward(IDS, without(model, (0, 1))),
                lambda: forward(IDS, model, rotate=pairs_of_halves)):
        calls.clear()
        run()
        assert len(calls) >= (1 if name == "causal_mask" else len(MODEL.layers))
    assert np.array_equal(forward(IDS, model)[0], forward(IDS, MODEL)[0])


def test_the_caption_says_whose_functions_run():
    """All ours, or all yours; and which of yours give other numbers."""
    assert whose(ran()) == whose(MODEL) == "run by the library's causal_mask, split_heads, attention, merge_heads"
    wrong = ran(**{name: lambda *given, right=right: right(*given) for name, right in OURS.items()}
                | {"attention": BROKEN["no scaling"]["attention"]})
    assert whose(wrong) == "run by your causal_mask, split_heads, attention (it gives other numbers), merge_heads"
    assert tuple(OURS) == Functions._fields[:4]


@pytest.mark.parametrize("name, own, told", [
    ("attention", lambda Q, K, V, mask: score(Q, K), r"^attention got Q .+ and raised NameError: name 'score' is not"),  # noqa: F821
    ("attention", lambda Q, K, V, mask: V * np.nan, "attention got Q .+ must return two things"),
    ("causal_mask", lambda: 1, r"^causal_mask got 5, and raised TypeError"),
    ("causal_mask", lambda n: np.ones(n, bool), r"^causal_mask got 5; it must return \(5, 5\), not \(5,\)$"),
    ("split_heads", lambda X, n: X, r"^split_heads got \(5, 24\), 6; it must return \(6, 5, 4\), not \(5, 24\)$"),
    ("split_heads", lambda X, n: None, r"^split_heads got \(5, 24\), 6; it must return \(6, 5, 4\), not \(\)$"),
    ("merge_heads", lambda X: 1 / 0, r"^merge_heads got \(6, 5, 4\), and raised ZeroDivisionError"),
    ("merge_heads", lambda X: merge_heads(X) * np.nan, r"^merge_heads got \(6, 5, 4\); its result holds .+ \(NaN\)$")])
def test_a_function_of_yours_that_cannot_run_gets_a_sentence(name, own, told):
    """Where it is put in, because there the caption tries it, and wherever the model runs."""
    for run in (whose, lambda model: forward(IDS, model)):
        with pytest.raises(ValueError, match=told):
            run(ran(**{name: own}))


# Every mistake

def test_each_mistake_gives_other_numbers_than_the_model_and_than_every_other():
    """On the made-up model."""
    found = {name: forward(IDS, MODEL, **parts)[0] for name, parts in {"right": {}, **BROKEN}.items()}
    names = list(found)
    assert len(names) == 14
    for i, name in enumerate(names):
        assert [other for other in names[:i] if np.allclose(found[name], found[other])] == []


def test_the_mistakes_that_leak_are_these():
    """A later token changes an earlier row."""
    def leaks(parts):
        before, after = (forward(ids, MODEL, **parts)[0][:-1] for ids in (IDS, [*IDS[:-1], 7]))
        return not np.allclose(before, after)

    assert {name for name, parts in BROKEN.items() if leaks(parts)} == {
        "no mask", "one token ahead", "0 for −∞", "mask after softmax", "softmax on the other axis", "merge by reshape"}
    assert not leaks({})


# Whatever comes in

def raises(Q, K, V, mask):
    raise NotImplementedError


@pytest.mark.parametrize("own, told", [
    (raises, "raised NotImplementedError"),
    (lambda Q, K, V: None, "raised TypeError"),
    (lambda Q, K, V, mask: attention(Q, K, V, mask)[0], "must return two things"),
    (lambda Q, K, V, mask: None, "must return two things"),
    (lambda Q, K, V, mask: attention(Q, K, V, mask)[::-1], "its output must be (6, 5, 4), not (6, 5, 5)"),
    (lambda Q, K, V, mask: (V, np.ones(3)), "its weights must be (6, 5, 5), not (3,)"),
    (lambda Q, K, V, mask: (V * np.nan, np.ones((6, 5, 5))), "its output holds numbers that are infinite or no numbers"),
    (lambda Q, K, V, mask: ("no", "numbers"), "its output must be (6, 5, 4), not ()")])
def test_an_own_attention_that_does_not_fit_gets_a_sentence(own, told):
    """It names what the attention was given, and what is wrong with what came back."""
    with pytest.raises(ValueError) as error:
        forward(IDS, MODEL, attention=own)
    assert str(error.value).startswith("attention got Q (6, 5, 4), K (6, 5, 4), V (6, 5, 4) and mask (5, 5)")
    assert told in str(error.value)


def test_an_own_attention_may_return_lists():
    """What counts is the result."""
    X, *_ = forward(IDS, MODEL, attention=lambda *given: [array.tolist() for array in attention(*given)])
    assert np.allclose(X, forward(IDS, MODEL)[0])


def test_a_text_that_does_not_fit_gets_a_sentence():
    """None at all, too long a one, and a loss of a single token."""
    for call, told in ((lambda: next_words("", MODEL), "the text is empty"),
                       (lambda: list(write("", MODEL)), "the text is empty"),
                       (lambda: next_words("a" * (LONGEST + 1), MODEL), f"{LONGEST + 1} tokens at once are too many"),
                       (lambda: loss("a", MODEL), "two tokens or more")):
        with pytest.raises(ValueError, match=told):
            call()


def test_without_the_file_a_sentence_says_what_to_do(tmp_path):
    """And a notebook shows nothing but the sentence."""
    with pytest.raises(Missing, match="make model") as error:
        load(tmp_path / "nowhere.gguf")
    assert error.value._render_traceback_() == [str(error.value)]


def test_a_token_is_shown_as_its_text_or_as_its_bytes():
    """With the space before it; a byte of a longer letter, which is no text, as the character that stands for it."""
    assert word(MODEL.ids["Ġc"], MODEL) == " c" and word(MODEL.ids[BYTES[200]], MODEL) == BYTES[200]


def test_parts_reach_the_model_wherever_it_runs():
    """For the next words, a loss and a text; with the cache one token is read at a time, in float32, and without it all are."""
    def seen(run, **more):
        found = []
        run(attention=lambda *given: found.append(given[0]) or attention(*given), **more)
        return [(Q.shape[-2], Q.dtype) for Q in found[::len(MODEL.layers)]]

    assert seen(lambda **parts: next_words("abc", MODEL, **parts)) == seen(lambda **parts: loss("abc", MODEL, **parts)) == [
        (3, np.float64)]
    for cached, read in ((True, [3, 1, 1]), (False, [3, 4, 5])):
        assert seen(lambda **parts: list(write("abc", MODEL, 3, **parts)), cached=cached) == [(n, np.float32) for n in read]


def test_a_drawn_token_is_drawn_by_its_probability():
    """That of its score, divided by the temperature."""
    asked = []
    drawn = SimpleNamespace(choice=lambda n, p: asked.append(p) or 0)
    assert list(write("abc", MODEL, 1, 2, drawn)) == [spell([0], MODEL)]
    scores = unembed(forward(tokenize("abc", MODEL), MODEL, dtype=np.float32)[0][-1], MODEL)
    np.testing.assert_allclose(asked, [softmax(scores.astype(float) / 2)], rtol=1e-6)


def test_a_loss_needs_two_tokens():
    """Two are enough, one is not."""
    assert loss("ab", MODEL) > 0
    with pytest.raises(ValueError, match="^a loss needs two tokens or more: one to read, one to guess$"):
        loss("a", MODEL)


def test_the_strongest_heads_are_named_by_layer_and_head():
    """Where there are more heads than layers."""
    assert strongest(np.arange(6).reshape(2, 3), 3) == {"1.2": 5, "1.1": 4, "1.0": 3}
