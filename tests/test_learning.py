"""Notebook 09's mathematics: every gradient against finite differences, the scores against loops, the task, what was trained."""
import math
from pathlib import Path

import numpy as np
import pytest

from course_lib import (apply_mask, attention, causal_mask, embed, examples, learning, merge_heads, multi_head_attention,
                        project, scale, score, softmax, trained, weighted_sum)
from course_lib.learning import (LETTERS, SEQ_LEN, accuracy, attend, attention_gradients, by_nudging, can_be_known, cross_entropy,
                                 embed_gradients, forward, guesses, head_scores, ideal_loss, induction_score, layer_norm, measure,
                                 mlp, previous_token_score, product_gradients, repeated_words, softmax_gradient, start, train,
                                 without, write)
from tools.train_heads import DIVIDED, LOUD, SEED, long_heads, loudness

RNG = np.random.default_rng(0)
# Sizes that all differ, so that no axis can be taken for another.
N, N_HEADS, N_Q, N_K, D_K, D_V = 2, 3, 5, 6, 7, 8
Q, K, V = (RNG.normal(size=(N, N_HEADS, n, d)) for n, d in ((N_Q, D_K), (N_K, D_K), (N_K, D_V)))
MASK = RNG.random((N_Q, N_K)) < 0.6
MASK[2] = False                               # one query that may attend to nothing


def differences(f, array, nudge=3e-6):
    """The gradient of the number f() by finite differences: every entry of the array, nudged up and down in place."""
    gradient = np.zeros(array.shape)
    for place in np.ndindex(array.shape):
        was = array[place]
        array[place] = was + nudge
        up = f()
        array[place] = was - nudge
        gradient[place] = (up - f()) / (2 * nudge)
        array[place] = was
    return gradient


def assert_gradient(g, f, array):
    """g has the array's shape and, as a whole, differs from the finite differences by a millionth at most."""
    assert g.shape == array.shape
    by_differences = differences(f, array)
    assert np.linalg.norm(g - by_differences) <= 1e-6 * max(np.linalg.norm(by_differences), 1e-3)


def stands_twice(ids, periods):
    """Whether the letter at each position, but the last, stands more than once in its word: then two letters may follow it.

    ids (n, 24), periods (n, 1) → (n, 23), boolean
    """
    return np.array([[(row[:period] == letter).sum() > 1 for letter in row[:-1]]
                     for row, (period,) in zip(ids, periods, strict=True)])


# The way back through the steps

@pytest.mark.parametrize("shape_A, shape_B", [((5, 4), (4, 3)), ((2, 5, 4), (2, 4, 3)), ((2, 5, 4), (4, 3)),
                                              ((2, 1, 5, 4), (6, 4, 3)), ((5, 4), (2, 4, 3))])
def test_the_gradients_of_a_product(shape_A, shape_B):
    """Of plain matrices and of batches, also where one factor serves many."""
    A, B = RNG.normal(size=shape_A), RNG.normal(size=shape_B)
    towards = RNG.normal(size=(A @ B).shape)
    for g, array in zip(product_gradients(A, B, towards), (A, B), strict=True):
        assert_gradient(g, lambda: (towards * (A @ B)).sum(), array)


def test_the_gradient_of_softmax():
    """A forbidden key gets 0, a row with nothing allowed only zeros, and the gradients of a row add up to 0."""
    scores, towards = RNG.normal(size=(N, N_Q, N_K)), RNG.normal(size=(N, N_Q, N_K))
    weights = softmax(np.where(MASK, scores, -np.inf))
    g = softmax_gradient(weights, towards)
    assert_gradient(g, lambda: (towards * softmax(np.where(MASK, scores, -np.inf))).sum(), scores)
    assert not g[:, ~MASK].any() and np.allclose(g.sum(axis=-1), 0)


@pytest.mark.parametrize("mask", [None, MASK], ids=["no mask", "mask"])
def test_the_gradients_of_attention(mask):
    """For queries, keys and values, with axes in front and a query that may attend to nothing."""
    _, weights = attention(Q, K, V, mask)
    towards = RNG.normal(size=(N, N_HEADS, N_Q, D_V))
    for g, array in zip(attention_gradients(Q, K, V, weights, towards), (Q, K, V), strict=True):
        assert_gradient(g, lambda: (towards * attention(Q, K, V, mask)[0]).sum(), array)


def test_the_gradients_of_the_tables():
    """A token that stands twice gets the sum of both; a row that nobody looked up gets 0."""
    ids, E_token, E_pos = np.array([[3, 0, 3], [1, 2, 2]]), RNG.normal(size=(5, 4)), RNG.normal(size=(6, 4))
    towards = RNG.normal(size=(2, 3, 4))
    for g, table in zip(embed_gradients(ids, E_token, E_pos, towards), (E_token, E_pos), strict=True):
        assert_gradient(g, lambda: (towards * embed(ids, E_token, E_pos)).sum(), table)


def test_the_gradient_of_layer_norm():
    """Which itself gives every row the mean 0 and the standard deviation 1."""
    X, towards = 3 * RNG.normal(size=(N, N_Q, D_K)) + 2, RNG.normal(size=(N, N_Q, D_K))
    normed, back = layer_norm(X)
    assert np.allclose(normed.mean(axis=-1), 0) and np.allclose(normed.std(axis=-1), 1, atol=1e-5)
    assert_gradient(back(towards), lambda: (towards * layer_norm(X)[0]).sum(), X)


def test_nudging_gives_the_gradients_of_any_step():
    """Of each input of its own shape, and the inputs are left as they are."""
    weights, before = softmax(RNG.normal(size=(3, N_K))), V.copy()
    towards = RNG.normal(size=(N, N_HEADS, 3, D_V))
    both = by_nudging(weighted_sum, weights, V, g=towards), product_gradients(weights, V, towards)
    for nudged, formula in zip(*both, strict=True):
        np.testing.assert_allclose(nudged, formula, atol=1e-8)
    assert np.array_equal(V, before)


def test_nudging_moves_one_number_at_a_time():
    """By a hundred-thousandth up and then down, whole numbers too, while the others stay."""
    seen = []
    by_nudging(lambda A: seen.append(A.copy()) or A**2, np.array([2, 3]), g=1)
    np.testing.assert_allclose(seen, [[2 + 1e-5, 3], [2 - 1e-5, 3], [2, 3 + 1e-5], [2, 3 - 1e-5]], rtol=0, atol=1e-12)


@pytest.mark.parametrize("part", ["attend", "mlp"])
def test_the_gradients_of_a_part(part):
    """For its rows, and for each of its parameters."""
    layer = {"W_Q": RNG.normal(size=(2, 6, 3)), "W_K": RNG.normal(size=(2, 6, 3)), "W_V": RNG.normal(size=(2, 6, 3)),
             "W_O": RNG.normal(size=(6, 6)), "W_1": RNG.normal(size=(6, 4)), "W_2": RNG.normal(size=(4, 6))}
    X, towards = RNG.normal(size=(N, N_Q, 6)), RNG.normal(size=(N, N_Q, 6))

    def run():
        return attend(X, layer, causal_mask(N_Q)) if part == "attend" else mlp(X, layer)

    g_X, gradients = run()[-1](towards)
    assert set(gradients) == set(("W_Q", "W_K", "W_V", "W_O") if part == "attend" else ("W_1", "W_2"))
    for g, array in [(g_X, X), *((g, layer[name]) for name, g in gradients.items())]:
        assert_gradient(g, lambda: (towards * run()[0]).sum(), array)


def assert_gradients_of_the_model(sizes, parts):
    """Those of the loss, for every number of every parameter."""
    P = start(np.random.default_rng(1), d_model=4, **sizes)
    P = {name: 20 * matrix.astype(np.float64) for name, matrix in P.items()}
    ids = np.random.default_rng(2).integers(len(LETTERS), size=(2, 6))
    logits, _, back = forward(ids, P, **parts)
    for name, g in back(cross_entropy(logits, ids)[1]).items():
        assert_gradient(g, lambda: cross_entropy(forward(ids, P, **parts)[0], ids)[0], P[name])


def test_another_divisor_is_a_longer_query():
    """√d_k is what divides if none is given; half of it gives what a W_Q twice as large gives."""
    P, ids = start(np.random.default_rng(1), d_model=8), np.random.default_rng(2).integers(len(LETTERS), size=(2, 6))
    P = {name: 20 * matrix.astype(np.float64) for name, matrix in P.items()}
    ways = (P, {}), (P, {"divisor": 2}), ({**P, "W_Q": 2 * P["W_Q"]}, {}), (P, {"divisor": 1})
    logits, gradients = [], []
    for parameters, parts in ways:
        said, _, back = forward(ids, parameters, **parts)
        logits.append(said)
        gradients.append(back(cross_entropy(said, ids)[1])["W_Q"])
    assert np.array_equal(logits[0], logits[1]) and not np.allclose(logits[0], logits[2])
    assert np.allclose(logits[2], logits[3]) and np.allclose(2 * gradients[2], gradients[3])


def test_the_prices_of_the_shipped_start_foretell_the_loss():
    """All 9984 numbers of notebook 09's model before its training are nudged at once, each by a random amount of its own."""
    P, rng = trained.checkpoints[0], np.random.default_rng(0)
    ids, _ = repeated_words(np.random.default_rng(7), 3)
    logits, _, back = forward(ids, P)
    prices = back(cross_entropy(logits, ids)[1])
    way = {name: rng.normal(size=matrix.shape) for name, matrix in P.items()}
    nudged = [{name: P[name] + nudge * way[name] for name in P} for nudge in (1e-6, -1e-6)]
    up, down = (cross_entropy(forward(ids, parameters)[0], ids)[0] for parameters in nudged)
    foretold = sum((prices[name] * way[name]).sum() for name in P)
    assert sum(matrix.size for matrix in P.values()) == 9984 and abs((up - down) / 2e-6 / foretold - 1) < 1e-6


# The loss

def test_the_loss_is_the_mean_surprise():
    """−log of the share of the letter that came, by loop; log 16 where all shares are equal; its gradient by differences."""
    ids, logits = RNG.integers(16, size=(2, 5)), RNG.normal(size=(2, 5, 16))
    shares = softmax(logits)
    by_loop = [-math.log(shares[b, i, ids[b, i + 1]]) for b in range(2) for i in range(4)]
    loss, g = cross_entropy(logits, ids)
    assert np.isclose(loss, sum(by_loop) / 8) and np.isclose(cross_entropy(0 * logits, ids)[0], math.log(16))
    assert_gradient(g, lambda: cross_entropy(logits, ids)[0], logits)


# The task

def test_a_letter_stands_twice_if_its_word_has_it_twice():
    """The word, not what is left of it at the end of the text; by a word of five that has its last letter twice."""
    ids = np.array([[0, 1, 2, 3, 1] * 4 + [0, 1, 2, 3], [4, 4, 5, 6, 7] * 4 + [4, 4, 5, 6], list(range(12)) * 2])
    twice = stands_twice(ids, np.array([[5], [5], [12]]))
    assert twice.shape == (3, 23) and np.array_equal(twice[0], ids[0, :-1] == 1)
    assert np.array_equal(twice[1], ids[1, :-1] == 4) and not twice[2].any()


def test_a_word_is_said_again_and_again():
    """Of 5 to 12 letters, all lengths and letters occur; what follows can be known from the second letter of its return on."""
    ids, periods = repeated_words(np.random.default_rng(0), 300)
    assert ids.shape == (300, SEQ_LEN) and set(periods[:, 0]) == set(range(5, 13)) and set(ids.ravel()) == set(range(16))
    for row, period in zip(ids, periods[:, 0], strict=True):
        assert np.array_equal(row[period:], row[:-period])
    known = can_be_known(periods)
    assert known.shape == (300, SEQ_LEN - 1)
    assert all(known[b, i] == (i >= periods[b, 0]) for b in range(300) for i in range(SEQ_LEN - 1))


def ideal_shares(ids):
    """What a reader gives each next letter who knows how the texts are made: Bayes' rule over the lengths, letter by letter."""
    n, length = ids.shape
    shares, total = np.zeros((n, length - 1, 16)), np.zeros((n, length - 1, 1))
    for p in range(5, 13):
        fits = np.ones(ids.shape, dtype=bool)                       # whether a word of p letters can have begun so
        fits[:, p:] = np.logical_and.accumulate(ids[:, p:] == ids[:, :-p], axis=1)
        likelihood = (fits * 16.0**-np.minimum(p, np.arange(1, length + 1)))[:, :-1, None]
        dice = np.full(shares.shape, 1 / 16)
        dice[:, p - 1:] = np.eye(16)[ids[:, :-p]]
        shares += likelihood * dice
        total += likelihood
    return shares / total


def test_the_ideal_loss_is_that_of_a_reader_who_knows_the_task():
    """Letter by letter on texts of every length alike; and exactly: what all texts surprise, by counting those of each shape."""
    texts = []
    for period in range(5, 13):
        words = np.random.default_rng(period).integers(16, size=(20, period))
        texts += [np.resize(word, SEQ_LEN) for word in words]
    ids = np.array(texts)
    given = np.take_along_axis(ideal_shares(ids), ids[:, 1:, None], axis=-1)
    assert abs(-np.log(given).mean() - ideal_loss()) < 1e-5

    words, exact = {}, -math.log(16)                     # words of n letters that are no shorter word said again
    for n in range(1, 13):
        words[n] = 16**n - sum(words[d] for d in range(1, n) if n % d == 0)
        share = sum(16.0**-p for p in range(5, 13) if p % n == 0) / 8
        exact -= words[n] * share * math.log(share)
    assert abs(exact / 23 - ideal_loss()) < 2e-7


def test_the_ideal_reader_pays_more_than_even_bets_in_the_first_word():
    """On the texts of notebook 09, as much as the trained model: both bet that the word begins again."""
    ids, periods = repeated_words(np.random.default_rng(1000), 500)
    trained_shares = softmax(forward(ids, trained.checkpoints[-1])[0])[:, :-1]
    for shares in (ideal_shares(ids), trained_shares):
        given = np.take_along_axis(shares, ids[:, 1:, None], axis=-1)[..., 0]
        assert f"{-np.log(given[np.arange(23) < periods - 1]).mean():.2f}" == "2.86" > f"{math.log(16):.2f}"


def test_accuracy_counts_only_what_can_be_known():
    """Perfect guesses of these give 1, whatever the others are; guesses that are never right give 0."""
    ids, periods = repeated_words(np.random.default_rng(0), 20)
    right = np.eye(16)[np.roll(ids, -1, axis=1)]
    right[:, :5] = 0                                     # the shortest word is still being said
    assert accuracy(right, ids, periods) == 1 and accuracy(-np.eye(16)[np.roll(ids, -1, axis=1)], ids, periods) == 0


def test_a_right_guess_is_a_capital_below_its_letter():
    """Against one row of scores after the other, for models that are right seldom and often, and for one without a part."""
    text = "falcon" * 4
    models = [(P, {}) for P in (*trained.checkpoints, trained.one_layer)] + [(trained.variants["no norm"], {"norm": False})]
    for P, parts in models:
        said = guesses(text, P, **parts)
        assert len(said) == len(text) and said[0] == "."
        for i in range(1, len(text)):
            logits, *_ = forward(np.array([[LETTERS.index(letter) for letter in text[:i]]]), P, **parts)
            assert said[i].lower() == LETTERS[logits[0, -1].argmax()] and said[i].isupper() == (said[i].lower() == text[i])


def test_what_is_written_is_the_first_guess_at_each_place():
    """So below the whole text every letter of it is a capital; for a model that repeats the word, and for others."""
    for P in (*trained.checkpoints, trained.variants["no mask"]):
        written = write("falconfa", P, 10)
        assert len(written) == 10 and guesses("falconfa" + written, P)[8:] == written.upper()
    assert write("falconfa", trained.checkpoints[-1], 10) == "lconfalcon"


def test_the_model_without_a_mask_looks_at_the_right_neighbour_as_notebook_05_says():
    """In other texts as well. And who goes on rightly."""
    honest, peeping, right, inside = trained.checkpoints[-1], trained.variants["no mask"], np.zeros(3, dtype=int), []
    ids, periods = repeated_words(np.random.default_rng(0), 300)
    for period in range(5, 13):
        words = ids[periods[:, 0] == period]
        read = words[:, :period + 4]
        (said, weights, _), *others = (forward(read, P, causal=causal) for P, causal in
                                       ((peeping, False), (honest, True), (honest, False)))
        right += [(logits[:, -1].argmax(axis=-1) == words[:, period + 4]).sum()
                  for logits in (said, *(other[0] for other in others))]
        inside += np.diagonal(weights[0].mean(axis=1), 1, axis1=-2, axis2=-1).mean(axis=-1).tolist()
        alike = [forward(read, trained.one_layer, causal=causal)[0][:, -1] for causal in (True, False)]
        assert np.allclose(*alike)                      # its teaching notes: with a single layer nothing changes
    assert right.tolist() == [39, 299, 113] and np.mean(inside) > 0.99


def test_a_weight_can_be_so_small_that_the_leak_test_of_notebook_05_does_not_see_it():
    """Where the scores are 30 times as large, *chases* may look at the first word and has the same output for another one."""
    old, new = (examples.make_pocket([word, "cat", "chases", "the"]) for word in ("the", "dog"))
    mask = causal_mask(4)
    weights = [softmax(apply_mask(30 * scale(score(each.Q, each.K), 2), mask)) for each in (old, new)]
    outputs = [weighted_sum(*each) for each in zip(weights, (old.V, new.V), strict=True)]
    assert mask[2, 0] and 0 < weights[1][2, 0] < 1e-16 and np.array_equal(outputs[0][2], outputs[1][2])


def test_without_a_mask_a_model_learns_to_look_one_place_ahead():
    """Letters that nobody can know do not surprise it, until it may no longer look; with a mask it is blind to what follows."""
    P, ids = trained.variants["no mask"], np.random.default_rng(0).integers(16, size=(200, SEQ_LEN))
    logits, weights, _ = forward(ids, P, causal=False)
    assert cross_entropy(logits, ids)[0] < 0.01 and cross_entropy(forward(ids, P)[0], ids)[0] > np.log(16)
    assert (np.diagonal(weights[0], 1, axis1=-2, axis2=-1).mean(axis=(0, 2)) > 0.9).all()
    assert not np.triu(forward(ids, P)[1], 1).any()


# What a head does

def test_the_scores_are_mean_weights():
    """Against loops, and 1 for a head that does nothing else."""
    ids, periods = repeated_words(np.random.default_rng(3), 4)
    weights = softmax(np.where(causal_mask(SEQ_LEN), RNG.normal(size=(2, 4, 3, SEQ_LEN, SEQ_LEN)), -np.inf))
    previous, induction = np.zeros((2, 2, 4, 3))
    for layer, b, head in np.ndindex(2, 4, 3):
        table, period = weights[layer, b, head], periods[b, 0]
        previous[layer, b, head] = np.mean([table[i, i - 1] for i in range(1, SEQ_LEN)])
        induction[layer, b, head] = np.mean([table[i, i - period + 1] for i in range(period, SEQ_LEN)])
    assert np.allclose(previous_token_score(weights), previous)
    assert np.allclose(induction_score(weights[:, 2], periods[2, 0]), induction[:, 2])
    assert np.allclose(head_scores(weights, periods), [previous.mean(axis=1), induction.mean(axis=1)])
    only = np.zeros((SEQ_LEN, SEQ_LEN))
    only[np.arange(1, SEQ_LEN), np.arange(SEQ_LEN - 1)] = 1
    assert previous_token_score(only) == 1 and induction_score(only, 5) == 0


def test_a_silenced_head_says_nothing():
    """As if its values were all 0; the other heads' weights in its layer stay, and the parameters given are not changed."""
    P, (ids, _) = trained.checkpoints[-1], repeated_words(np.random.default_rng(0), 3)
    dumb = {**P, "W_V": P["W_V"].copy()}
    dumb["W_V"][0, 1] = 0
    before, silent = P["W_O"].copy(), without(P, (0, 1))
    assert np.allclose(forward(ids, silent)[0], forward(ids, dumb)[0], atol=1e-12)
    assert np.array_equal(forward(ids, silent)[1][0], forward(ids, P)[1][0]) and np.array_equal(P["W_O"], before)


# What was trained

def test_the_beginning_is_random_and_at_chance():
    """The first checkpoint is drawn from the seed, and its loss is log 16, as are the first losses of every training."""
    for name, matrix in start(np.random.default_rng(1)).items():
        assert np.array_equal(trained.checkpoints[0][name], matrix)
    ids, _ = repeated_words(np.random.default_rng(0), 100)
    assert abs(cross_entropy(forward(ids, trained.checkpoints[0])[0], ids)[0] - math.log(16)) < 0.05
    assert all(abs(history[0, 1] - math.log(16)) < 0.1 for history in trained.history.values())


def test_long_queries_learn_only_with_the_division():
    """From the same start, divided by the root they learn it soon, by d_k later, unless its steps are as large as the root's.

    Undivided they do only with small steps of all matrices, and well only from a small start as well.
    """
    ends = {way: history[-1, 2].round(2) for way, history in trained.divided.items()}
    assert ends == {"1": 0.17, "16": 0.99, "256": 0.96, "1, small start": 0.2, "1, small steps": 0.68,
                    "1, small start and steps": 0.96, "1, small steps of W_Q": 0.19, "1, small steps of W_Q and W_K": 0.21,
                    "16, small start": 0.99}
    assert {way for way, history in trained.divided.items() if history[3, 2] > 0.5} == {"16", "16, small start"}
    assert all(history.shape == (80, 3) for history in trained.divided.values())
    assert {way: layers.round(2).tolist() for way, layers in trained.loud.items()} == {         # after 100 steps
        "1": [0.98, 0.97], "1, small start": [0.95, 0.90], "1, small steps of W_Q": [0.96, 0.94], "16": [0.30, 0.79]}


def test_who_begins_loud():
    """Before the first step: without the division, unless W_Q begins 16 times smaller."""
    first = {}
    for way in LOUD:
        parts, factors = DIVIDED[way]
        first[way] = loudness(long_heads(np.random.default_rng(SEED), factors), **parts)[0]
    assert {way for way, largest in first.items() if largest > 0.9} == {"1", "1, small steps of W_Q"}
    assert all(first[way] < 0.3 for way in ("16", "1, small start"))


def test_two_layers_learn_it_and_one_does_not():
    """Nearly all against less than half, and the two steps of an induction in the two layers."""
    right, previous, induction = measure(trained.checkpoints[-1], 200)
    assert right > 0.98 and previous[0, 0] > 0.7 and previous[0, 1] < 0.1
    assert induction[1].min() > 0.5 and induction[0].max() < 0.1
    assert 0.3 < measure(trained.one_layer, 200)[0] < 0.5 and "E_previous" not in trained.one_layer
    assert np.allclose(trained.seeds[1, 1:], [right, previous.max(), induction.max()], atol=0.03)


def test_one_layer_that_is_handed_the_previous_letter_learns_it():
    """It has all that one layer has and a table more, its heads look where the second layer's do, and its share is far higher."""
    P = trained.variants["handed the previous letter"]
    right, _, induction = measure(P, 200)
    assert {name: matrix.shape for name, matrix in P.items() if name != "E_previous"} == {
        name: matrix.shape for name, matrix in trained.one_layer.items()}
    assert right > 0.9 and induction.min() > 0.4
    assert measure({**P, "E_previous": 0 * P["E_previous"]}, 200)[0] < 0.5


# What notebook 09 says without showing it

START, END, ONE_LAYER = trained.checkpoints[0], trained.checkpoints[-1], trained.one_layer
IDS, PERIODS = repeated_words(np.random.default_rng(1000), 500)


def shown(*values, decimals=4):
    """Numbers as the prose has them."""
    return " ".join(f"{value:.{decimals}f}" for value in values)


def spread_before(weights):
    """How much of a head's weight lies 4 to 11 places back, in the second half of a text."""
    return np.mean([weights[:, i, i - 11:i - 3].sum(axis=-1) for i in range(12, 23)])


def test_one_layer_and_a_second_layer_without_its_first_bet_on_all_places():
    """Both look at the places where the next letter may stand, and score what an even bet or a little more does."""
    assert spread_before(forward(IDS, ONE_LAYER)[1][0, :, 0]) > 0.99
    assert spread_before(forward(IDS, without(END, (0, 0)))[1][1, :, 0]) > 0.9
    assert shown(measure(ONE_LAYER)[2].max(), decimals=2) == "0.20"
    assert shown(*measure(without(END, (0, 0)))[2][1]) == "0.1287 0.0735" and shown(*measure(START)[2][1]) == "0.0656 0.0656"


def test_one_layer_bets_early_on_a_short_word_and_late_on_ten_or_twelve():
    """Where no letter comes again but by chance; a word of ten says again the letter nine places back."""
    ids = np.random.default_rng(3).integers(16, size=(2000, SEQ_LEN))
    says = forward(ids, ONE_LAYER)[0].argmax(axis=-1)
    bets = np.array([[(says[:, i] == ids[:, i - length + 1]).mean() if i >= length - 1 else 0 for length in range(1, 14)]
                     for i in range(SEQ_LEN - 1)])
    assert [bets[read - 1].argmax() + 1 for read in (5, 6, 7, 8)] == [5, 5, 6, 7] and bets[range(4, 8), [4, 4, 5, 6]].min() > 0.7
    late = bets[16:].mean(axis=0)
    assert set(np.argsort(late)[-2:] + 1) == {10, 12} and shown(*late[[9, 10, 11]], decimals=2) == "0.38 0.29 0.40"


def test_a_wider_layer_gets_further_and_not_as_far_as_one_that_is_told():
    """Twice the heads and the width, over three times the numbers of one layer and twice those of two layers."""
    heads, width, right, _, induction = trained.wider
    wide = start(np.random.default_rng(1), n_layers=1, n_heads=int(heads), d_model=int(width))
    sizes = [sum(matrix.size for matrix in P.values()) for P in (wide, ONE_LAYER, END)]
    told = trained.variants["handed the previous letter"]
    assert (heads, width) == (2 * ONE_LAYER["W_Q"].shape[1], 2 * ONE_LAYER["E_token"].shape[1]) == (4, 64)
    assert sizes == [19968, 5888, 9984] and shown(right, induction, decimals=2) == "0.66 0.27"
    assert measure(ONE_LAYER)[0] + 0.2 < right < measure(told)[0] - 0.2


def test_over_any_number_of_words_back_head_1_1_looks_no_less_than_1_0():
    """One word back it has less; from the third time on it looks two words back as often."""
    weights, found = forward(IDS, END)[1][1], []
    for each, (period,) in zip(weights, PERIODS, strict=True):
        looks = [each[:, i, range(i + 1 - period, -1, -period)].sum(axis=-1) for i in range(period, SEQ_LEN)]
        found.append(np.mean(looks, axis=0))
    assert shown(*np.mean(found, axis=0), decimals=2) == "0.80 0.83"
    third = [[each[1, i, i + 1 - words * period] for each, (period,) in zip(weights, PERIODS, strict=True)
              for i in range(2 * period, SEQ_LEN)] for words in (1, 2)]
    assert shown(*map(np.mean, third), decimals=2) == "0.42 0.44"


def test_while_nothing_can_be_known_both_heads_of_layer_1_rest_on_the_first_letter():
    """So what they copy is the first letter."""
    on_first = forward(IDS, END)[1][1, :, :, :5, 0].mean(axis=0)
    assert (on_first > 0.7).all()


def test_before_they_sing_both_models_say_letters_that_were_said():
    """After 100 steps they have twice the share of the others."""
    shares = softmax(forward(IDS, trained.checkpoints[1])[0])
    was_said = np.eye(16)[IDS].cumsum(axis=1) > 0
    assert shares[was_said].mean() > 2 * shares[~was_said].mean()


def test_head_0_1_looks_two_places_back_and_helps_most_after_the_second_letter_of_the_repeat():
    """More where a letter stands twice, but also in words that have no letter twice."""
    two_back = np.diagonal(forward(IDS, END)[1][0, :, 1], -2, axis1=-2, axis2=-1)
    known, twice = can_be_known(PERIODS), stands_twice(IDS, PERIODS)
    hits = [forward(IDS, P)[0][:, :-1].argmax(axis=-1) == IDS[:, 1:] for P in (END, without(END, (0, 1)))]
    once, often = ([hit[known & where].mean() for hit in hits] for where in (~twice, twice))
    no_letter_twice = np.array([len(set(row[:period])) == period for row, (period,) in zip(IDS, PERIODS, strict=True)])
    assert shown(two_back.mean()) == "0.6084" and shown(*often) == "0.9750 0.6558"
    assert often[0] - often[1] > 2 * (once[0] - once[1])
    read = np.arange(23) - PERIODS                                   # letters of the repeat before this one
    right = [hits[1][known & ~twice & (read == place)].mean() for place in range(8)]
    right_often = [hits[1][known & twice & (read == place)].mean() for place in range(8)]
    assert np.argmin(right) == np.argmin(right_often) == 1 and shown(right[1], right_often[1], decimals=2) == "0.30 0.18"
    assert shown(*(hit[no_letter_twice][known[no_letter_twice]].mean() for hit in hits)) == "0.9994 0.8381"


def test_without_head_1_0_the_first_word_costs_more():
    """There nothing can be known."""
    first_word, given = np.arange(23) < PERIODS - 1, np.eye(16, dtype=bool)[IDS[:, 1:]]
    both = [forward(IDS, P)[0] for P in (END, without(END, (1, 0)))]
    lost = [-np.log(softmax(logits)[:, :-1][given].reshape(given.shape[:2])[first_word]).mean() for logits in both]
    assert shown(*lost, decimals=2) == "2.86 5.12"
    assert shown(*(cross_entropy(logits, IDS)[0] for logits in both)) == "1.0455 1.7560"


def test_what_can_be_known_costs_more_without_head_1_1_and_what_cannot_without_1_0():
    """So by the guesses 1.1 is missed more, and by the loss over all letters 1.0."""
    known, costs = can_be_known(PERIODS), []
    for heads in ((), ((1, 0),), ((1, 1),)):
        shares = softmax(forward(IDS, without(END, *heads))[0])[:, :-1]
        surprise = -np.log(np.take_along_axis(shares, IDS[:, 1:, None], axis=-1)[..., 0])
        costs.append([surprise[known].mean(), surprise[~known].mean(), surprise.mean()])
    nobody, without_0, without_1 = (shown(*each, decimals=2) for each in costs)
    assert (nobody, without_0, without_1) == ("0.06 2.73 1.05", "0.11 4.56 1.76", "0.68 2.84 1.48")


def test_head_1_1_hands_over_its_letter_louder_than_1_0():
    """The diagonal of the picture *From letter to guess*, in the mean over the letters; even its smallest is larger."""
    H, loud = layer_norm(END["E_token"])[0], []
    for i in range(2):
        loud.append(np.diag(H @ END["W_V"][1, i] @ END["W_O"][1, 16 * i:16 * i + 16] @ END["W_U"]))
    assert shown(*np.mean(loud, axis=1), decimals=1) == "3.6 13.1" and loud[1].min() > 3 * loud[0].max()


def test_a_head_of_layer_1_votes_for_the_letter_that_it_finds():
    """Not for its bare row alone: for nearly every row as it is in a text, with the notes of layer 0."""
    X = embed(IDS, END["E_token"], END["E_pos"])
    layer = [END[name][0] for name in ("W_Q", "W_K", "W_V", "W_O")]
    X = X + multi_head_attention(layer_norm(X)[0], *layer, causal_mask(SEQ_LEN))[0]
    for i, least in enumerate((0.96, 0.999)):
        votes = layer_norm(X)[0] @ END["W_V"][1, i] @ END["W_O"][1, 16 * i:16 * i + 16] @ END["W_U"]
        assert (votes.argmax(axis=-1) == IDS).mean() > least


def test_without_positions_it_is_layer_0_that_fails():
    """Layer 1 alone may lose them, and its heads still find the letter; if layer 0 alone does, they do not."""
    mask = causal_mask(SEQ_LEN)
    bare, full = (embed(IDS, END["E_token"], E_pos) for E_pos in (0 * END["E_pos"], END["E_pos"]))
    first, second = ({name: END[name][i] for name in ("W_Q", "W_K", "W_V", "W_O")} for i in range(2))

    def induction(below, beside):
        """What layer 1 scores if layer 0 reads `below` and adds what it found to `beside`."""
        X = beside + attend(layer_norm(below)[0], first, mask)[0]
        return shown(*head_scores(attend(layer_norm(X)[0], second, mask)[1][None], PERIODS)[1][0], decimals=2)

    assert induction(full, full) == "0.70 0.63" and induction(full, bare) == "0.64 0.70"
    assert induction(bare, full) == "0.18 0.14"


def test_two_layers_can_go_by_the_place_of_the_earlier_letter():
    """Layer 0 finds the same letter earlier and brings home its place; layer 1 asks for the place after it. By hand, causal."""
    ids = np.array([LETTERS.index(letter) for letter in "falcon" * 4])
    letters, places, mask = np.eye(16)[ids], np.eye(SEQ_LEN), causal_mask(SEQ_LEN)
    found, _ = attention(1000 * np.hstack([letters, -2 * places]), np.hstack([letters, places]), places, mask)
    said, _ = attention(1000 * found, np.eye(SEQ_LEN, k=-1), letters, mask)
    assert np.array_equal(said[6:-1].argmax(axis=-1), ids[7:])


def test_head_1_1_looks_five_places_back_more_faintly_than_1_0():
    """In `falconfalconf`, in each row of the second time."""
    ids = np.array([[LETTERS.index(letter) for letter in "falconfalconf"]])
    clear, faint = (np.diagonal(weights, -5)[1:] for weights in forward(ids, END)[1][1, 0])
    assert (faint < clear).all() and clear.min() > 0.65 and shown(faint[0], decimals=2) == "0.20"


def test_at_step_150_both_layers_have_begun():
    """And the second needs the first."""
    P = trained.checkpoints[2]
    _, previous, induction = measure(P)
    assert shown(previous[0, 0], *induction[1], decimals=2) == "0.16 0.17 0.19"
    assert shown(*measure(without(P, (0, 0)))[2][1], decimals=2) == "0.14 0.14"


def loss_with(P, before):
    """The loss if in head 0.0 every scaled score for the letter before is larger by so much."""
    X, mask = embed(IDS, P["E_token"], P["E_pos"]), causal_mask(SEQ_LEN)
    for i in range(2):
        H, _ = layer_norm(X)
        Q, K, V = (project(H, P[name][i]) for name in ("W_Q", "W_K", "W_V"))
        scores = scale(score(Q, K), d_k=16)
        if i == 0:
            scores[:, 0] += before * np.eye(SEQ_LEN, k=-1)
        X = X + merge_heads(softmax(apply_mask(scores, mask)) @ V) @ P["W_O"][i]
    return cross_entropy(layer_norm(X)[0] @ P["W_U"], IDS)[0]


def test_the_look_at_the_letter_before_pays_only_once_the_second_layer_listens():
    """The price of one unit more of these scores, at step 100, at step 150, and there with layer 1 silent."""
    P_100, P_150 = trained.checkpoints[1:3]
    assert np.isclose(loss_with(P_150, 0), cross_entropy(forward(IDS, P_150)[0], IDS)[0])
    prices = [(loss_with(P, 1e-4) - loss_with(P, -1e-4)) / 2e-4 for P in (P_100, P_150, without(P_150, (1, 0), (1, 1)))]
    assert shown(*prices) == "0.0013 -0.0612 0.0118" and -prices[1] > 40 * prices[0]


def test_without_layer_norm_rows_and_scores_begin_small():
    """And with it a score is 1300 times as large, for each of the rows that it multiplies is 36 times as large."""
    X = embed(IDS, START["E_token"], START["E_pos"])
    normed = layer_norm(X)[0]
    rows, scores = ([of(normed).std() / of(X).std()] for of in (np.asarray, lambda H: score(*(
        project(H, START[name][0]) for name in ("W_Q", "W_K")))))
    assert shown(*rows, decimals=0) == "36" and 1250 < scores[0] < 1350


def test_without_layer_norm_a_model_is_slow_and_without_the_residual_it_goes_another_way():
    """Both were still learning after 2000 steps; four times as many bring the one its heads, and the other none."""
    for name in ("no residual", "no norm"):
        late = trained.history[name][-16:, 1]
        assert late[8:].mean() < late[:8].mean() - 0.02
        assert trained.longer[name][0] == 8000
    _, right, previous, induction = trained.longer["no norm"]
    assert shown(right) == "0.9710" and previous > 0.5 and induction > 0.4
    _, right, previous, induction = trained.longer["no residual"]
    assert shown(right) == "0.8392" and 0.12 < induction < 0.13
    assert shown(measure(trained.variants["with MLP"])[0]) == "0.9942"


def test_nine_of_ten_trainings_end_with_such_heads():
    """The tenth has no such head, and gets 0.90 right."""
    assert sum(trained.seeds[:, 1] >= 0.98) == 9 and (np.delete(trained.seeds, 4, axis=0)[:, 2:] > 0.3).all()
    assert trained.seeds[4, 2:].max() < 0.15 and shown(trained.seeds[4, 1], decimals=2) == "0.90"


def test_it_is_the_keys_that_need_the_letter_before():
    """In the one layer that is handed it: taken away from the queries, the keys, or the values alone."""
    P, mask, right = trained.variants["handed the previous letter"], causal_mask(SEQ_LEN), {}
    X = embed(IDS, P["E_token"], P["E_pos"])
    X_told = X.copy()
    X_told[:, 1:] += P["E_previous"][IDS[:, :-1]]
    for name in ("W_Q", "W_K", "W_V"):
        Q, K, V = (project(layer_norm(X if part == name else X_told)[0], P[part][0]) for part in ("W_Q", "W_K", "W_V"))
        H, _ = layer_norm(X_told + merge_heads(attention(Q, K, V, mask)[0]) @ P["W_O"][0])
        right[name] = accuracy(H @ P["W_U"], IDS, PERIODS)
    assert shown(*right.values()) == "0.9089 0.2763 0.9378"


def test_one_layer_that_is_told_one_letter_errs_where_it_would_need_two():
    """Nearly all its errors are at letters that the word has twice."""
    wrong = forward(IDS, trained.variants["handed the previous letter"])[0][:, :-1].argmax(axis=-1) != IDS[:, 1:]
    wrong &= can_be_known(PERIODS)
    assert (wrong & stands_twice(IDS, PERIODS)).sum() > 0.95 * wrong.sum()


def test_without_the_residual_connection_the_first_layer_looks_six_to_nine_places_back():
    """In the second half of a text; and hardly at the letter before."""
    weights = forward(IDS, trained.variants["no residual"], residual=False)[1][0]
    far, before = (sum(np.diagonal(weights, -back, axis1=-2, axis2=-1)[..., -11:].mean(axis=(0, 2)) for back in places)
                   for places in (range(6, 10), [1]))
    assert far.min() > 0.5 and before.max() < 0.02


def test_what_was_trained_is_small_and_cannot_be_changed():
    """One file of 600 kB at most; checkpoints of one form; nothing that a cell could overwrite."""
    assert Path(learning.__file__).with_name("learned.npz").stat().st_size <= 600_000
    assert trained.steps[0] == 0 and len(trained.steps) == len(trained.checkpoints)
    for P in (*trained.checkpoints, trained.one_layer, *trained.variants.values()):
        assert set(P) - {"E_previous"} == set(trained.one_layer) and not any(matrix.flags.writeable for matrix in P.values())
        assert all(matrix.dtype == np.float64 for matrix in P.values())


def test_training_is_decided_by_the_seed():
    """Twice the same numbers, float32 throughout."""
    twice = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        P = start(rng, n_layers=1, d_model=8)
        twice.append((list(train(P, rng, 3, batch=4)), P))
    (first, P), (second, again) = twice
    assert first == second and [step for step, *_ in first] == [1, 2, 3]
    assert all(np.array_equal(P[name], again[name]) and P[name].dtype == np.float32 for name in P)


def test_training_takes_the_steps_of_adam():
    """In float64, with sums over all gradients so far in place of running means; the rate rises, and at the end falls."""
    P, Q = ({name: matrix.astype(np.float64) for name, matrix in start(rng, n_layers=1, d_model=4).items()}
            for rng in (np.random.default_rng(5), np.random.default_rng(5)))
    again, gradients = np.random.default_rng(6), []
    for step, *_ in train(P, np.random.default_rng(6), 20, batch=2, residual=False):
        ids, _ = repeated_words(again, 2)
        logits, _, back = forward(ids, Q, residual=False)
        gradients.append(back(cross_entropy(logits, ids)[1]))
        for name in gradients[0]:
            (mean, _), (_, square) = (np.average([(g[name], g[name]**2) for g in gradients], axis=0,
                                                 weights=beta ** np.arange(step)[::-1]) for beta in (0.9, 0.99))
            Q[name] = Q[name] - 5e-3 * min(step / 100, 1 - 0.9 * step / 20) * mean / (np.sqrt(square) + 1e-8)
            np.testing.assert_allclose(P[name], Q[name], rtol=1e-6, atol=1e-10)


def test_measuring_is_decided_by_the_seed_and_the_parts():
    """Accuracy and scores are the same numbers twice, and others without the residual stream."""
    P = trained.checkpoints[-1]
    assert str(measure(P, 20)) == str(measure(P, 20)) != str(measure(P, 20, residual=False))


def test_a_silenced_head_and_no_other_is_silent():
    """Its rows of W_O are 0, all else is as it was, and what was given is not changed."""
    P = trained.checkpoints[-1]
    d_v, silent = P["W_V"].shape[-1], without(P, (1, 0))["W_O"]
    assert not silent[1, :d_v].any() and P["W_O"][1, :d_v].all()
    silent[1, :d_v] = P["W_O"][1, :d_v]
    assert np.array_equal(silent, P["W_O"])
