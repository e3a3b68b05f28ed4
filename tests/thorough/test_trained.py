"""What the trained models of notebooks 04, 05 and 09 do, and what these lessons say of them without showing it."""
import math

import numpy as np

from course_lib import (apply_mask, attention, causal_mask, embed, examples, merge_heads, multi_head_attention, project, scale,
                        score, softmax, trained, weighted_sum)
from course_lib.learning import (LETTERS, SEQ_LEN, accuracy, attend, can_be_known, cross_entropy, forward, head_scores,
                                 layer_norm, measure, repeated_words, start, without)
from tests.test_learning import stands_twice
from tools.train_heads import DIVIDED, LOUD, SEED, long_heads, loudness


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


# Without a mask, as notebook 05 says

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
