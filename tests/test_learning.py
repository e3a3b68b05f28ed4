"""Notebook 09's mathematics: every gradient against finite differences, the scores against loops, the task, the training."""
import math
from pathlib import Path

import numpy as np
import pytest

from course_lib import attention, causal_mask, embed, learning, softmax, trained, weighted_sum
from course_lib.learning import (LETTERS, SEQ_LEN, accuracy, attend, attention_gradients, by_nudging, can_be_known, cross_entropy,
                                 embed_gradients, forward, guesses, head_scores, ideal_loss, induction_score, layer_norm, measure,
                                 mlp, previous_token_score, product_gradients, repeated_words, softmax_gradient, start, train,
                                 without, write)

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


# What was trained, and training

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
