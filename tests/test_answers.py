"""The answers of the exercises that are no step of the library, against results worked out by hand."""
from fractions import Fraction
from itertools import product
from math import cos, log, sin, sqrt

import numpy as np

from course_lib import pocket, steps
from course_lib.broken import BROKEN, SUSPECTS
from course_lib.exercises import EXERCISES
from tests.each import each

K, V, LN3, YES, NO = pocket.K, pocket.V, log(3), True, False
BY_HAND = [
    ("paper_weights", [np.array([2, 9, 9, 4])], [1 / 12, 3 / 8, 3 / 8, 1 / 6]),
    ("paper_output", [np.array([1 / 12, 3 / 8, 3 / 8, 1 / 6]), V], [9 / 4, 9 / 8]),
    ("paper_attention", [np.array([2, 3]), K, V], [9 / 4, 9 / 8]),
    ("one_hot_rows", [np.array([2, 0]), 3], [[0, 0, 1], [1, 0, 0]]),
    ("embedded_shape", [(2, 3), (6, 4), (5, 4)], (2, 3, 4)),
    ("cosine_map", [np.array([[1.0, 0.0], [1.0, 1.0]])], [[1, sqrt(0.5)], [sqrt(0.5), 1]]),
    ("add_positions", [np.ones((1, 2, 2)), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])], [[[2, 3], [4, 5]]]),
    ("one_query", [np.array([1, 2]), np.array([[1, 0], [3, 4]])], [7, 8]),
    ("projected_shape", [(2, 5, 16), (3, 16, 8)], (2, 3, 5, 8)),
    ("one_sided", [np.array([[1, 2], [0, 1]]), np.array([[1, 0], [0, 3]])], [[0, 6], [-6, 0]]),
    ("from_linear", [np.array([[1, 2]]), np.array([[1, 0], [3, 4], [0, 5]])], [[1, 11, 10]]),
    ("one_score", [np.array([2, 3]), np.array([3, 1])], 9),
    ("score_every_pair", [pocket.Q, K], [[1, 5, 6, 2], [2, 7, 3, 4], [3, 9, 0, 6], [2, 9, 9, 4]]),
    ("scores_shape", [(2, 3, 4), (2, 5, 4)], (2, 3, 5)),
    ("best_key", [pocket.Q[:3], K], [2, 1, 1]),
    ("scaled_by_hand", [np.array([2, 3]), np.array([3, 1])], 9 / sqrt(2)),
    ("score_spread", [4, 1], 2),
    ("score_spread", [9, 0.5], 0.75),
    ("repaired_scale", [np.full((2, 1, 1), 6.0), 8, 2], [[[3]], [[3]]]),
    ("divisor_used", [np.array([4, 0]), np.array([0.75, 0.25])], 4 / LN3),
    ("sliding_window_mask", [3, 2], [[YES, NO, NO], [YES, YES, NO], [NO, YES, YES]]),
    ("padding_and_causal", [np.array([[YES, YES, NO]])], [[[YES, NO, NO], [YES, YES, NO], [YES, YES, NO]]]),
    ("masked_weights", [np.array([[0, 5], [0, LN3]]), np.array([[YES, NO], [YES, YES]])], [[1, 0], [0.25, 0.75]]),
    ("leaks", [lambda X: X[::-1], np.ones((3, 2))], [[NO, NO, YES], [NO, NO, NO], [NO, NO, NO]]),
    ("leaks", [lambda X: X.cumsum(axis=0), np.ones((2, 2))], [[NO, NO], [NO, NO]]),
    ("weights_of_row", [np.array([0, LN3])], [0.25, 0.75]),
    ("softmax_at", [np.array([0, 2 * LN3]), 2], [0.25, 0.75]),
    ("entropy", [np.array([[0.25] * 4, [0, 0, 1, 0]])], [log(4), 0]),
    ("one_output_entry", [np.array([0.5, 0.5]), np.array([[1, 2], [3, 6]]), 1], 4),
    ("lookup_and_mean", [1, 4], [[0, 1, 0, 0], [0.25] * 4]),
    ("output_shape", [(3, 4), (5, 4), (5, 2)], (3, 2)),
    ("repaired_lesson", [np.eye(2), np.array([[0] * 4, [LN3 / 2] * 4]), np.array([[0] * 4, [1] * 4]), np.array([[2], [4]])],
     [[2], [3.5]]),
    ("padding_for_heads", [np.array([[YES, NO]])], [[[[YES, NO]]]]),
    ("mix_heads", [np.array([[[1, 2]], [[3, 4]]]), np.array([[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])],
     [[1, 3, 3, 4]]),
    ("surprise", [np.array([[0.25, 0.75], [1, 0]]), np.array([0, 0])], log(2)),
    ("numerical_gradient", [lambda x: 2 * x[0, 0] + 3 * x[1, 0], np.zeros((2, 1), int)], [[2], [3]]),
    ("softmax_gradient", [np.array([[0.25, 0.75]]), np.array([[4, 0]])], [[0.75, -0.75]]),
    ("layer_norm", [1 + np.array([[sqrt(1e-5), -sqrt(1e-5)]])], [[sqrt(0.5), -sqrt(0.5)]]),
    ("previous_token_score", [np.array([[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0]])], 0.75),
    ("induction_score", [np.array([[1, 0, 0, 0], [1, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0.25, 0.75]]), 2], 0.375),
    ("rms_norm", [np.array([[sqrt(1e-5), -sqrt(1e-5)]]), np.array([1, 3])], [[sqrt(0.5), -3 * sqrt(0.5)]]),
    ("rotate", [np.array([[1, 0, 1, 0]]), 2], [[cos(2), sin(2), cos(2 / sqrt(1e5)), sin(2 / sqrt(1e5))]]),
    ("repeat_heads", [np.array([[[1]], [[2]]]), 4], [[[1]], [[1]], [[2]], [[2]]]),
    ("gated_mlp", [np.array([[LN3]]), np.array([[1]]), np.array([[4]]), np.array([[1, 2]])], [[3 * LN3**2, 6 * LN3**2]]),
    ("next_probabilities", [np.array([0, 2 * LN3]), 2], [0.25, 0.75]),
    ("next_probabilities", [np.array([1, 5, 5]), 0], [0, 1, 0]),
    ("cache_bytes", [131072, 32, 8, 128, 2], 2**34),
    ("window_mask", [4, 2, 1], [[YES, NO, NO, NO], [YES, YES, NO, NO], [YES, YES, YES, NO], [YES, NO, YES, YES]]),
    ("receptive_field", [3, 3], 7),
    ("cross_attention", [np.array([[1]]), np.array([[0], [LN3]]), np.eye(1), np.eye(1), np.array([[4 / LN3]])], [[3]]),
    ("to_additive", [np.array([[YES, NO]])], [[0, -np.inf]]),
    ("bottom_right", [2, 3], [[YES, YES, NO], [YES, YES, YES]]),
    ("carry_in", [np.array([[[1, 2], [3, 4]]]), np.array([[[0, 1], [5, 2]]]), np.array([[[7, 0], [1, 3]]])],
     [[1, 3], [2, 4], [0, 5], [1, 2], [7, 1], [0, 3]]),
    ("carry_out", [np.array([[1, 2], [3, 4], [0, 1], [5, 2], [7, 0], [1, 3]]), 2],
     [[[[1], [2]], [[3], [4]]], [[[0], [1]], [[5], [2]]], [[[7], [0]], [[1], [3]]]]),
    ("scores_by_letters", [np.array([[[[1, 2], [0, 1]]]]), np.array([[[[3, 1], [5, 5]], [[0, 4], [2, 6]]]])],
     [[[[5, 8]], [[5, 6]]]]),
    ("heads_in_torch", [np.array(A) for A in ([[[0], [LN3]]], [[[1]]], [[[1 / LN3]]], [[[4 / LN3]]], [[2]])], [[[0], [6]]]),
    ("repaired_polarity", [np.array([[1], [LN3]]), np.array([[0], [1]]), np.array([[4], [8]])], [[4], [7]]),
    ("repaired_hiding", [np.array([[0, 5], [0, LN3]])], [[1, 0], [0.25, 0.75]]),
    ("repaired_axis", [np.array([[0, LN3], [0, 7]]), np.array([[YES, YES], [YES, NO]])], [[0.25, 0.75], [1, 0]]),
    ("repaired_row", [np.array([[0, LN3], [0, 7]]), np.array([[YES, YES], [NO, NO]])], [[0.25, 0.75], [0, 0]]),
    ("harmless_rows", [np.array([[1, -np.inf], [1, 1], [0, 1]])], [YES, YES, NO]),
    ("repaired_hands", [4], [1, 0.01]),
]
OPEN_ENDED = {"query_for_chases", "key_for_chases", "raise_first_number", "turn_the_query", "two_patterns", "repaired_qkv",
              "product_gradients", "join", "find_the_mistakes", "one_step", "merge_blocks", "masks_for_module",
              "test_masked_weights", "test_attention", "test_rotate"}


def answer(name, *arguments):
    """What the exercise's own answer gives."""
    return EXERCISES[name].answer(*arguments)


def shares(scores):
    """Exact shares of the sum, as on paper."""
    return [Fraction(int(score), int(sum(scores))) for score in scores]


@each(BY_HAND)
def test_the_answer_gives_what_a_pencil_gives(case):
    """Values and shape; True and False as such."""
    name, arguments, expected = case
    result = np.asarray(answer(name, *arguments))
    assert result.shape == np.shape(expected) and (result.dtype == bool) == (np.asarray(expected).dtype == bool)
    np.testing.assert_allclose(result.astype(float), np.asarray(expected, float), rtol=1e-12, atol=1e-15)


def test_every_answer_is_worked_out_by_hand():
    """Either a step of the library, which has tests of its own, or in this file."""
    assert {name for name, _, _ in BY_HAND} | OPEN_ENDED == {name for name in EXERCISES if not hasattr(steps, name)}


def test_the_three_projections_are_three():
    """Each of its own matrix and of the same X."""
    X, W_Q, W_K, W_V = np.array([[1, 0], [0, 2]]), np.array([[1, 2], [3, 4]]), np.eye(2), np.array([[0, 1], [1, 0]])
    Q, K, V = answer("repaired_qkv", X, W_Q, W_K, W_V)
    assert np.array_equal(Q, [[1, 2], [6, 8]]) and np.array_equal(K, X) and np.array_equal(V, [[0, 1], [2, 0]])


def test_each_factor_gets_its_gradient():
    """The loss g · (A @ B) grows by what stands beside each entry of A and of B."""
    g_A, g_B = answer("product_gradients", np.array([[1, 2]]), np.array([[3, 4, 5], [6, 7, 8]]), np.array([[1, 0, 2]]))
    assert np.array_equal(g_A, [[13, 22]]) and np.array_equal(g_B, [[1, 0, 2], [2, 0, 4]])


def test_a_step_keeps_and_then_attends():
    """With a query of 0 all keys, the new one among them, have equal weights."""
    output, K, V = answer("one_step", *(np.array([[x]]) for x in (0.0, 1.0, 2.0, 3.0, 4.0)))
    assert output.tolist() == [[3]] and K.tolist() == [[1], [3]] and V.tolist() == [[2], [4]]


def test_the_block_with_the_smaller_score_shrinks():
    """With largest scores 0 and log 3 the first block counts a third."""
    m, s, o = answer("merge_blocks", *map(np.array, ([[0]], [[1]], [[9, 3]], [[LN3]], [[1]], [[4, 4]])))
    assert m.tolist() == [[LN3]] and np.allclose(s, 4 / 3) and np.allclose(o, [[7, 5]])


def test_pairs_are_joined_by_rank():
    """The lowest first, wherever it stands; what comes of it may be joined again."""
    ranks = {("b", "c"): 0, ("a", "b"): 1, ("bc", "d"): 2}
    assert answer("join", list("abcdab"), ranks) == ["a", "bcd", "ab"] and answer("join", ["a", "c"], ranks) == ["a", "c"]


def test_the_three_mistakes_are_the_suspects():
    """In the order of A, B and C; each wrong guess that BROKEN allows is told why it is wrong, and none like a misspelt name."""
    exercise, right = EXERCISES["find_the_mistakes"], answer("find_the_mistakes")
    assert [BROKEN[name] for name in right] == list(SUSPECTS.values())
    told = {exercise.what_counts(mistake()) for mistake in exercise.mistakes}
    for i, name in product(range(3), BROKEN):
        found = exercise.what_counts([*right[:i], name, *right[i + 1:]])
        assert (name == right[i]) == (found == exercise.what_counts(right)) and (name == right[i] or found in told)
        assert "no name" not in found


def test_the_masks_for_the_module_are_true_where_it_is_forbidden():
    """One table for all sentences, and a row for each."""
    causal, padding = answer("masks_for_module", np.array([[3, 5], [4, 0], [6, 7]]))
    assert np.array_equal(causal, [[NO, YES], [NO, NO]]) and np.array_equal(padding, [[NO, NO], [NO, YES], [NO, NO]])


def test_the_query_and_the_key_for_chases_do_it():
    """More than half of the weight by another query; exactly half by another key."""
    query = answer("query_for_chases")
    assert query[0] > 0 and shares(K @ query)[2] > Fraction(1, 2)
    keys = K.copy()
    keys[2] = answer("key_for_chases")
    assert shares(keys @ [2, 3])[2] == Fraction(1, 2)


def test_each_of_three_changes_raises_the_first_number():
    """Alone, above the 9/4 of the sheet."""
    query, keys, values = answer("raise_first_number")
    for changed in ((query, K, V), ((2, 3), keys, V), ((2, 3), K, values)):
        weights = shares(np.asarray(changed[1]) @ changed[0])
        assert sum(w * int(value[0]) for w, value in zip(weights, changed[2], strict=True)) > Fraction(9, 4)


def test_the_turned_query_is_as_long_and_at_a_right_angle_to_cat():
    """Of the length of (2, 3), 0 with cat, positive with chases."""
    query = answer("turn_the_query", np.array([2, 3]), K)
    assert np.isclose(np.linalg.norm(query), sqrt(13)) and np.isclose(K[1] @ query, 0) and K[2] @ query > 0


def test_two_heads_choose_where_one_cannot():
    """Each column alone has a winner of its own; together the two winners tie at the top."""
    query = np.asarray(answer("two_patterns"))
    first, second = (query * K).T
    winners = first.argmax(), second.argmax()
    together = K @ query
    assert winners[0] != winners[1] and together[winners[0]] == together[winners[1]] == together.max()
