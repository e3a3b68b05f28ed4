"""What notebook 11 shows of the language model with a window and without: every token and loss, computed anew."""
import numpy as np
import pytest

from course_lib import attention, causal_mask, language_model, softmax
from course_lib.language_model import forward, tokenize, unembed, word, write
from course_lib.long_contexts import (ANEW, APART, BORROWED, FIRST_WORDS, GIVEN, MOUSE, ROWS, SILENT, SILENT_STORIES, STAYING,
                                      STORIES, STORY, TAKEN, WRITTEN, resting, window_mask, windowed)

NAMES = [seen.name for seen in WRITTEN]
TEXTS = {"cat": STORY} | {name: story.text for name, story in STORIES.items()}


def late(text, model, **parts):
    """The mean loss of its last 30 tokens, as `language_model.loss` has it for all of a text; and all weights."""
    ids = tokenize(text, model)
    X, weights, _ = forward(ids, model, **parts)
    guesses = softmax(unembed(X[-31:-1], model))
    return round(float(-np.log(guesses[np.arange(30), ids[-30:]]).mean()), 4), weights


@pytest.mark.parametrize("seen", WRITTEN, ids=NAMES)
def test_each_word_that_is_shown_is_the_most_likely_one(seen, model):
    """In one pass over story and words, in float64, whose order of scores does not depend on the machine; and the loss."""
    told, ids = len(tokenize(STORY, model)), tokenize(STORY + seen.words, model)
    best = unembed(forward(ids, model, **seen.parts)[0][told - 1:-1], model).argmax(axis=-1)
    assert (told, len(best)) == (47, 24) and "".join(word(i, model) for i in best) == seen.words
    assert late(STORY, model, **seen.parts)[0] == seen.loss


@pytest.mark.parametrize("seen", WRITTEN, ids=NAMES)
def test_a_reader_who_lets_it_write_gets_the_same(seen, model):
    """With the cache and in float32: there the two best scores are never closer than 0.04, so that rounding decides nothing."""
    assert "".join(write(STORY, model, 24, **seen.parts)) == seen.words


@pytest.mark.parametrize("story", STORIES.values(), ids=list(STORIES))
def test_the_first_token_mends_other_stories_as_well(story, model):
    """What the window alone makes of each, and its three losses; the window hides part of it from all 30 tokens."""
    assert len(tokenize(story.text, model)) >= 47
    assert "".join(write(story.text, model, 24, attention=windowed(16))) == story.words
    ways = {"attention": windowed(16)}, {"attention": windowed(15, sink=1)}, {}
    assert tuple(late(story.text, model, **parts)[0] for parts in ways) == story.losses


def test_four_tokens_are_not_always_better_than_one(model):
    """For the cat the loss falls further with the first four, for the sun it rises."""
    assert late(STORIES["sun"].text, model, attention=windowed(12, sink=4))[0] == 2.5201 > STORIES["sun"].losses[1]
    assert WRITTEN[3].loss < WRITTEN[2].loss


@pytest.mark.parametrize("first", FIRST_WORDS)
def test_any_first_token_mends_the_loss(first, model):
    """A single token each, and all that comes after it is the same."""
    text, ways = first + STORY.removeprefix("The"), ({"attention": windowed(16)}, {"attention": windowed(15, sink=1)}, {})
    assert tokenize(text, model)[1:] == tokenize(STORY, model)[1:]
    assert tuple(late(text, model, **parts)[0] for parts in ways) == FIRST_WORDS[first]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("place", STAYING)
def test_a_token_that_sees_only_itself_mends_it_wherever_it_stands(place, alone, model):
    """Beside the last 15; the mask is made here anew, without a sink. Only then do later tokens give it much of their weight, and
    only then are its values short."""
    lengths = []

    def attend(Q, K, V, mask):
        n = mask.shape[-1]
        seen = window_mask(n, 15) | (causal_mask(n) & (np.arange(n) == place))
        if alone:
            seen[place] = np.arange(n) == place
        lengths.append(np.linalg.norm(V[:, place], axis=-1))
        return attention(Q, K, V, mask & seen[-len(mask):])
    loss, weights = late(STORY, model, attention=attend)
    weight, length = weights[:, :, -25:, place].mean(), np.mean(lengths)
    assert (loss, round(float(weight), 4), round(float(length), 4)) == STAYING[place][alone::2]
    assert late(STORY, model, attention=resting(15, place, alone))[0] == loss


def test_a_token_that_sees_only_itself_is_the_first_of_a_text_of_its_own(model):
    """*mouse*: its values in all layers and its last row, up to rounding. Its keys are turned, as its place is."""
    ids = tokenize(STORY, model)
    rows, _, cache = forward(ids, model, attention=resting(15, 5))
    row, _, own = forward(ids[5:6], model)
    assert word(ids[5], model) == " mouse" and np.allclose(rows[5], row[0])
    for (_, values), (_, value) in zip(cache, own, strict=True):
        np.testing.assert_allclose(values[:, 5], value[:, 0], rtol=1e-6, atol=1e-8)


def grown(ids, model, monkeypatch, **parts):
    """The rows before the MLP of layer 11, and after it."""
    met, norm = [], language_model.rms_norm
    with monkeypatch.context() as patch:
        patch.setattr(language_model, "rms_norm", lambda X, gain: norm(met.append(X.copy()) or X, gain))
        forward(ids, model._replace(layers=model.layers[:12]), **parts)
    return met[-2:]


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


@pytest.mark.parametrize("place", ROWS)
def test_the_row_of_a_token_that_sees_only_itself_becomes_huge(place, model, monkeypatch):
    """In the MLP of layer 11; and then it has the direction of the first row."""
    ids, found = tokenize(STORY, model), []
    _, (first, *others) = grown(ids, model, monkeypatch, attention=windowed(15, sink=1))
    assert np.linalg.norm(others, axis=-1).max() < 170
    for alone in (False, True):
        before, after = (X[place] for X in grown(ids, model, monkeypatch, attention=resting(15, place, alone)))
        lengths = (round(float(np.linalg.norm(X))) for X in (before, after))
        found.append((*lengths, round(float(cosine(after, first)), 4)))
    assert tuple(number for both in zip(*found, strict=True) for number in both) == ROWS[place]


def test_so_does_the_first_row_of_any_text(model, monkeypatch):
    """The other stories, and other words in place of *The*: one direction, and all other rows stay short."""
    the = grown(tokenize(STORY, model), model, monkeypatch)[1][0]
    for text in (*TEXTS.values(), *BORROWED):
        first, *others = grown(tokenize(text, model), model, monkeypatch)[1]
        assert np.linalg.norm(first) > 17900 and cosine(first, the) > 0.9999
        assert all(np.linalg.norm(row) < 250 for row in others)


def changed(row, model, monkeypatch, text, new=None, **parts):
    """The loss if the MLP of layer 11 adds something else to a row; the weight that the last 25 give it from layer 12 on; what
    this MLP would add."""
    mlp, met = language_model.gated_mlp, []

    def other(X, *matrices):
        change = mlp(X, *matrices)
        met.append(change[row].copy())
        if len(met) == 12 and new is not None:
            change[row] = new
        return change
    with monkeypatch.context() as patch:
        patch.setattr(language_model, "gated_mlp", other)
        loss, weights = late(text, model, **parts)
    return loss, weights[12:, :, -25:, row].mean(), met[11]


@pytest.mark.parametrize("name", TAKEN)
def test_without_what_layer_11_adds_to_its_row_nothing_rests_at_the_first_token(name, model, monkeypatch):
    """The loss is then even higher than with the last 16 alone."""
    near = {"attention": windowed(15, sink=1)}
    loss, weight, _ = changed(0, model, monkeypatch, TEXTS[name], 0, **near)
    assert loss == TAKEN[name] and weight < 0.11
    whole, weight, _ = changed(0, model, monkeypatch, TEXTS[name], **near)
    assert whole < loss - 1.5 and weight > 0.55


@pytest.mark.parametrize("place", GIVEN)
def test_with_it_any_token_becomes_a_place_to_rest(place, model, monkeypatch):
    """It sees whatever the window shows it, so that its row is its own up to layer 11."""
    *_, what = changed(0, model, monkeypatch, STORY)
    loss, weight, _ = changed(place, model, monkeypatch, STORY, what, attention=resting(15, place, alone=False))
    assert loss == GIVEN[place] and weight > 0.55 and abs(loss - STAYING[place][1]) < 0.14


def test_a_token_that_sees_only_itself_brings_sentences_back(model):
    """As the speaker's notes have it: *mouse* in sight as it is, and then seeing nothing but itself."""
    assert word(tokenize(STORY, model)[5], model) == " mouse"
    texts = ["".join(write(STORY, model, 24, attention=resting(15, 5, alone))) for alone in (False, True)]
    assert texts[0].replace("\n", "") == ",, whatThe landThe land what landThe wis what wis Imm other wis wis wis wis wis_"
    assert texts[1].startswith(", the cat starts to move its tail.") and WRITTEN[2].words.startswith(texts[1][:34])


def test_the_values_of_the_sink_matter_as_well(model):
    """Weight as before, values of 0: the loss rises, and in float64 the most likely words are still sentences."""
    parts = []

    def silent(Q, K, V, mask):
        output, weights = attention(Q, K, V, mask & window_mask(mask.shape[-1], 15, sink=1))
        part = weights[..., :1] * V[..., :1, :]
        parts.append(np.linalg.norm(part[:, -25:], axis=-1) / np.linalg.norm(output[:, -25:], axis=-1))
        part[:, 0] = 0                                                      # The itself is left as it is
        return output - part * (not listening), weights
    listening, (loss, length, words) = True, SILENT
    assert late(STORY, model, attention=silent)[0] == WRITTEN[2].loss and round(float(np.mean(parts)), 4) == length
    listening = False
    assert late(STORY, model, attention=silent)[0] == loss
    best = unembed(forward(tokenize(STORY + words, model), model, attention=silent)[0][46:-1], model).argmax(axis=-1)
    assert len(best) == 24 and "".join(word(i, model) for i in best) == words
    assert {name: late(story.text, model, attention=silent)[0] for name, story in STORIES.items()} == SILENT_STORIES


def values_of(first, model):
    """Of a text that is this one token, in each layer: (key/value heads, 1, d_k)."""
    (token,) = tokenize(first, model)
    return [values for _, values in forward([token], model)[2]]


@pytest.mark.parametrize("first", BORROWED)
def test_the_values_of_another_first_token_do_nearly_as_well(first, model):
    """Weight as before; to the first token itself nothing is done. With its own values the loss is what it was."""
    def borrowing(first):
        layers = iter(values_of(first, model))

        def attend(Q, K, V, mask):
            output, weights = attention(Q, K, V, mask & window_mask(mask.shape[-1], 15, sink=1))
            change = weights[..., :1] * (np.repeat(next(layers), len(V) // model.n_kv_heads, axis=0) - V[..., :1, :])
            change[:, 0] = 0
            return output + change, weights
        return attend
    assert late(STORY, model, attention=borrowing("The"))[0] == WRITTEN[2].loss
    assert {name: late(text, model, attention=borrowing(first))[0] for name, text in TEXTS.items()} == BORROWED[first]


def test_in_most_layers_the_first_token_has_the_same_values_whatever_it_is(model):
    """From layer 12 on. Two other tokens of the story lie about as far from each other as their values are long."""
    def apart(ours, theirs):
        return [np.linalg.norm(a - b) / np.linalg.norm(a) for a, b in zip(ours, theirs, strict=True)]
    farthest = np.max([apart(values_of("The", model), values_of(first, model)) for first in BORROWED], axis=0)
    assert tuple(farthest.round(4).tolist()) == APART
    assert max(APART[12:-1]) < 0.08 and APART[-1] < 0.22 and min(APART[:12]) > 0.49
    values = [values for _, values in forward(tokenize(STORY, model), model)[2]]
    assert min(apart([V[:, 5] for V in values], [V[:, 1] for V in values])) > 0.66                # mouse, cat


@pytest.mark.parametrize("name", ANEW)
def test_a_text_of_sixteen_tokens_needs_no_rescue(name, model):
    """The last 16 as a text of their own for each of the last 30. For speed 15 such texts are read at once, apart."""
    ids, alone, losses = tokenize(TEXTS[name], model), np.kron(np.eye(15), np.ones((16, 16))) > 0, []
    for half in (range(-30, -15), range(-15, 0)):
        nexts = [len(ids) + i for i in half]
        X, _, _ = forward([i for at in nexts for i in ids[at - 16:at]], model,
                          attention=lambda Q, K, V, mask: attention(Q, K, V, mask & alone))
        losses.extend(-np.log(softmax(unembed(X[15::16], model))[range(15), [ids[at] for at in nexts]]))
    assert round(float(np.mean(losses)), 4) == ANEW[name]
    if name == "cat":
        last = forward(ids[-17:-1], model)[0][-1:]                          # a text alone, and no others
        assert np.isclose(-np.log(softmax(unembed(last, model))[0, ids[-1]]), losses[-1], rtol=1e-9)


def test_through_a_wider_window_something_may_come(model):
    """Said in the teacher's notes: with the last 31 the language that is out of sight counts, with the last 15 it hardly does."""
    text = ("Anna speaks {} with everybody. She is a doctor, she has two children, and she likes her work. Every morning she "
            "gets up early. In the evening she likes to read and write in")
    (french,), (german,) = tokenize(" French", model), tokenize(" German", model)

    def times(language, size):
        ids = tokenize(text.format(language), model)
        assert not {french, german} & {ids[0], *ids[-31:]}
        guesses = softmax(unembed(forward(ids, model, attention=windowed(size, sink=1))[0][-1:], model))[0]
        return round(float(guesses[french] / guesses[german]), 4)
    assert [times(language, size) for size in (15, 31) for language in ("French", "German")] == [2.5294, 2.4718, 4.7161, 0.8162]


def test_the_work_is_that_of_the_models_sizes(model):
    """Notebook 11 counts a layer's multiply-adds from these numbers; the cache makes each row once."""
    layer = model.layers[0]
    matrices = (layer.W_Q, layer.W_K, layer.W_V, layer.W_O, layer.W_gate, layer.W_up, layer.W_down)
    assert sum(W.size for W in matrices) == 576 * (576 + 192 + 192 + 576 + 3 * 1536)
    assert (model.n_heads, layer.W_K.shape[1] // model.n_kv_heads) == (9, 64)
    first = model._replace(layers=model.layers[:1])                         # one layer: all see as many rows

    def rows(**how):
        met = []
        def attend(Q, K, V, mask):
            met.append(Q.shape[-2])
            return attention(Q, K, V, mask)
        assert len(list(write(STORY, first, 24, attention=attend, **how))) == 24
        return sum(met)
    assert (rows(), rows(cached=False)) == (70, sum(range(47, 71))) == (70, 1404)


@pytest.mark.parametrize("ending", MOUSE)
def test_the_sink_brings_sentences_back_and_not_the_story(ending, model):
    """With all tokens the story decides between mouse and dog; with the sink it hardly matters which animal it was about."""
    (mouse,), (dog,) = (tokenize(f" {animal}", model) for animal in ("mouse", "dog"))

    def times(animal, **parts):
        ids = tokenize(STORY.replace("mouse", animal) + ending, model)
        assert len(ids) == len(tokenize(STORY + ending, model)) and not {mouse, dog} & set(ids[-15:])
        guesses = softmax(unembed(forward(ids, model, **parts)[0][-1:], model))[0]
        return round(float(guesses[mouse] / guesses[dog]), 4)
    near = {"attention": windowed(15, sink=1)}
    odds = times("mouse"), times("dog"), times("mouse", **near), times("dog", **near)
    assert odds == MOUSE[ending]
    if ending == " the cat catches the":                                    # said in the teacher's notes
        assert (times("bird", **near), times("ball", **near)) == (4.6007, 4.0471)
