"""What `check` says when no listed mistake fits: how the result relates to the right one, and what the code itself tells."""
import numpy as np
import pytest

from course_lib import steps
from course_lib.checks import check, record
from course_lib.checks.relations import relation
from course_lib.checks.written import worded
from course_lib.exercises import EXERCISES
from course_lib.exercises.exercise import Exercise
from tests.each import each

RNG = np.random.default_rng(0)
Q, K = RNG.normal(size=(3, 5)), RNG.normal(size=(4, 5))
BATCH = RNG.normal(size=(2, 3, 5)), RNG.normal(size=(2, 4, 5))
SQUARE = RNG.normal(size=(4, 4))


def scores(Q, K):
    """The right answer here."""
    return Q @ K.mT


def once(given, place, number):
    """The array with one entry, row or column replaced."""
    given = given.copy()
    given[place] = number
    return given



TWO, SQUARES = [(Q, K), (Q[:2, :4], K[:3, :4])], [(SQUARE, SQUARE[::-1]), (SQUARE[:3], SQUARE[1:])]
RELATIONS = {
    "It is the transpose of the right result: rows and columns have changed places.": lambda Q, K: K @ Q.T,
    "Every number is the right one times 1 over the root of `Q.shape[-1]`.": lambda Q, K: Q @ K.T / np.sqrt(Q.shape[1]),
    "Every number is the right one times `K.shape[-2]`.": lambda Q, K: Q @ K.T * len(K),
    "Every number is the right one times 2.": lambda Q, K: 2 * Q @ K.T,
    "The sign is turned round: every number is the right one times −1.": lambda Q, K: -Q @ K.T,
    "Every number is 3 too large.": lambda Q, K: Q @ K.T + 3,
    "Every number is 0.25 too small.": lambda Q, K: Q @ K.T - 0.25,
    "Each row is the right one times a number of its own.": lambda Q, K: Q @ K.T * Q[:, :1],
    "Each column is the right one times a number of its own.": lambda Q, K: Q @ K.T * K[:, 0],
    "Each row is the right one plus a number of its own.": lambda Q, K: Q @ K.T - (Q @ K.T).max(axis=1, keepdims=True),
    "It is right but rounded to 2 decimals.": lambda Q, K: np.round(Q @ K.T, 2),
    "The decimals are cut off: somewhere the numbers become whole.": lambda Q, K: (Q @ K.T).astype(int),
    "It is nearly right: the numbers differ by less than two hundredths of their size.":
        lambda Q, K: Q @ K.T * (1 + 0.01 * Q[:, :1]),
    "The numbers are right, but the columns stand in reverse order.": lambda Q, K: Q @ K[::-1].T,
    "The numbers are right, but the rows stand in reverse order.": lambda Q, K: Q[::-1] @ K.T,
    "These are the exponentials of the right numbers.": lambda Q, K: np.exp(Q @ K.T),
    "These are the sizes, without the signs, of the right numbers.": lambda Q, K: np.abs(Q @ K.T),
    "It has NaN for some entries, and the right numbers elsewhere.": lambda Q, K: once(Q @ K.T, (1, 1), np.nan),
    "It has NaN for everything.": lambda Q, K: Q @ K.T * np.nan,
    "It is wrong only in the first row.": lambda Q, K: once(Q @ K.T, 0, [9, 8, 7, 6][:len(K)]),
    "It is wrong only in the last column.": lambda Q, K: once(Q @ K.T, np.s_[:, -1], [9, 8, 7][:len(Q)]),
    "It is wrong only outside the first row.": lambda Q, K: once(np.sin(Q @ K.T), 0, (Q @ K.T)[0]),
    "Each row has the right numbers, in another order.": lambda Q, K: np.sort(Q @ K.T),
    "The right numbers are all there, in other places.": lambda Q, K: np.sort(Q @ K.T, axis=None).reshape(len(Q), len(K)),
    "The numbers are right, and in the right order, but the shape is (12,) where (3, 4) is expected.":
        lambda Q, K: (Q @ K.T).ravel(),
    "The numbers are right, but an axis of length 1 is too many.": lambda Q, K: (Q @ K.T)[None],
    "It is the sum of each row of the right result, where the entries themselves are wanted.":
        lambda Q, K: (Q @ K.T).sum(axis=1),
    "It is the largest of all entries of the right result, where the entries themselves are wanted.":
        lambda Q, K: (Q @ K.T).max(),
    "Only the first row of the right result is there.": lambda Q, K: Q[0] @ K.T,
    "Only the last row of the right result is there.": lambda Q, K: Q[-1] @ K.T,
    "This is `Q` as it came.": lambda Q, K: Q,
    "Several results came where one is asked for; result 1 of them (counted from 0) is right.": lambda Q, K: (Q, Q @ K.T),
    "An axis is left over: the sums along your last axis would be right.": lambda Q, K: Q[:, None] * K,
    "The right numbers went through softmax as well, which is a step too many.": lambda Q, K: steps.softmax(Q @ K.T),
    "It gives an iterator, which can be read only once. Return what it yields, for example in a list: `list(…)`.":
        lambda Q, K: (row for row in Q @ K.T)}


@each(RELATIONS)
def test_a_relation_is_told(sentence):
    """Each when it holds on every input, in numbers that no other relation explains."""
    exercise = Exercise(scores, TWO)
    assert relation(exercise, [scores(*given) for given in TWO], [RELATIONS[sentence](*given) for given in TWO]) == sentence


@pytest.mark.parametrize("words, spoil", [
    ("on the diagonal", np.eye), ("above the diagonal", lambda n: np.tri(n).T - np.eye(n)),
    ("below the diagonal", lambda n: np.tri(n) - np.eye(n)), ("off the diagonal", lambda n: 1 - np.eye(n))])
def test_the_side_of_a_diagonal_is_told(words, spoil):
    """For square results."""
    exercise = Exercise(scores, SQUARES)
    expected = [scores(*given) for given in SQUARES]
    found = [np.where(spoil(len(right)) > 0, np.sin(right) + np.arange(len(right)) ** 2 + 1, right) for right in expected]
    assert relation(exercise, expected, found) == f"It is wrong only {words}."


def test_nothing_is_said_where_nothing_holds():
    """A relation that holds on one input only, or unrelated numbers, gets no sentence."""
    exercise = Exercise(scores, TWO)
    expected = [scores(*given) for given in TWO]
    assert relation(exercise, expected, [2 * expected[0], np.sin(expected[1])]) is None
    assert relation(exercise, expected, [np.sin(right) + np.arange(right.shape[1]) ** 2 for right in expected]) is None
    assert relation(exercise, expected, [{"a": 1}, "text"]) is None


def test_of_several_results_the_wrong_one_is_told():
    """Which of them, and how it relates; or that they come in another order."""
    def both(Q, K):
        return Q @ K.T, Q
    exercise = Exercise(both, TWO)
    expected = [both(*given) for given in TWO]
    turned = [right[::-1] for right in expected]
    assert relation(exercise, expected, turned) == "The results are right, but they come in another order."
    assert relation(exercise, expected, [(-one, other) for one, other in expected]) == (
        "Result 0 of 2 (counted from 0) is wrong, and nothing else. "
        "The sign is turned round: every number is the right one times −1.")
    assert relation(exercise, expected, [(-one, other + 1) for one, other in expected]) is None
    assert relation(exercise, expected, [(2 * one, 2 * other) for one, other in expected]) == (
        "Of each of the 2 results this is true: Every number is the right one times 2.")

    def three(Q, K):
        return Q @ K.T, Q, K
    assert relation(Exercise(three, TWO), [three(*given) for given in TWO], [(Q @ K.T, np.sin(Q), -K) for Q, K in TWO]) == (
        "Results 1 and 2 of 3 (counted from 0) are wrong, and nothing else.")


def test_what_a_mask_is_not_is_told():
    """Numbers to be added where booleans are wanted, booleans where numbers are, and an axis that `.all` should take."""
    def causal(Q, K):
        return np.tri(len(Q), len(K), dtype=bool)

    def told(right, wrong):
        return relation(Exercise(right, TWO), [right(*given) for given in TWO], [wrong(*given) for given in TWO])

    assert "yours are numbers to be added, 0 and −∞, and True and False are wanted" in told(
        causal, lambda Q, K: np.where(causal(Q, K), 0, -np.inf))
    assert "yours are True and False, and numbers are wanted" in told(lambda Q, K: causal(Q, K) * 1.0, causal)
    assert "`.all` along your last axis would be right" in told(
        lambda Q, K: causal(Q, K).all(axis=-1), causal)


def test_what_may_be_chance_needs_two_inputs_of_either_kind():
    """A 0 in an argument explains nothing if the function is right on a single input."""
    def total(Q, K):
        return (Q.sum(), K.sum())

    zero = once(Q, (0, 0), 0)
    inputs = [(Q, K), (Q + 1, K), (zero, K), (zero + once(zero, (0, 1), 1), K)]
    expected = [(i, "right") for i in range(4)]
    for right, words in (([1, 1, 0, 0], "It is right except where `Q` has a 0."), ([1, 0, 0, 0], "It is right on 1 of 4 inputs")):
        found = [one if good else ValueError("no") for one, good in zip(expected, right, strict=True)]
        assert relation(Exercise(total, inputs), expected, found).startswith(words), (right, words)


@pytest.mark.parametrize("words, wrong, inputs", [
    ("`Q` has axes in front, such as a batch or heads: count the axes from the end, and let NumPy carry the others along.",
     lambda Q, K: Q.ndim > 2, [*TWO, BATCH]),
    ("`Q` has −∞ in it.", lambda Q, K: np.isneginf(Q).any(), [*TWO, (once(Q, (0, 0), -np.inf), K)]),
    ("a row of `Q` is nothing but −∞.", lambda Q, K: np.isneginf(Q).any(), [*TWO, (once(Q, 1, -np.inf), K)]),
    ("`K` has numbers beyond 700.", lambda Q, K: (K > 700).any(), [*TWO, (Q, once(K, (0, 0), 9999))]),
    ("a row of `Q` is all zeros.", lambda Q, K: (Q == 0).any(), [*TWO, (once(Q, 0, 0), K)]),
    ("`Q` holds integers.", lambda Q, K: Q.dtype == int, [*TWO, (np.ones((3, 5), int), K)])])
def test_what_sets_the_wrong_inputs_apart_is_told(words, wrong, inputs):
    """Right on the others: the sentence says where it is not."""
    expected = [(i, "right") for i in range(len(inputs))]
    found = [ValueError("no") if wrong(*given) else right for given, right in zip(inputs, expected, strict=True)]
    assert relation(Exercise(scores, inputs), expected, found) == f"It is right except where {words}"


def test_where_nothing_sets_them_apart_they_are_counted():
    """As many as are right."""
    exercise = Exercise(scores, [(Q, K)] * 3)
    assert relation(exercise, ["a", "a", "a"], ["a", "b", "a"]) == \
        "It is right on 2 of 3 inputs; the first of the others is shown below."


def test_the_answer_to_another_exercise_is_told():
    """Of its own arguments."""
    def right(scores, d_k):
        return np.sin(scores) / d_k

    inputs = [(Q, 2), (K, 3)]
    exercise = Exercise(right, inputs)
    for name in ("softmax", "scale"):
        found = [EXERCISES[name].answer(*given[:1 + (name == "scale")]) for given in inputs]
        assert relation(exercise, [right(*given) for given in inputs], found) == f"This is what `{name}` gives."


# What the code tells

def test_an_idiom_of_pytorch_is_told():
    """Where it raises an error, with what NumPy has for it."""
    def softmax(scores):
        return np.exp(scores) / np.exp(scores).sum(dim=-1, keepdims=True)

    def apply_mask(scores, mask):
        return scores.masked_fill(~mask, -np.inf)

    def split_heads(X, n_heads):
        return X.reshape(*X.shape[:-1], n_heads, -1).transpose(0, 1)

    assert "`dim` is PyTorch's word; NumPy has `axis=` for it." in check(softmax).relation
    assert "`masked_fill` is PyTorch's word; NumPy has `np.where` for it." in check(apply_mask).relation
    assert "`.transpose` with two axes swaps them in PyTorch" in repr(check(split_heads))

    def carry_in(W_Q, W_K, W_V):
        return torch.cat([W_Q, W_K, W_V])                           # noqa: F821

    def rms_norm(X, gain):
        return X * np.rsqrt((X**2).mean(axis=-1, keepdims=True) + 1e-5) * gain

    assert "`torch` belongs to PyTorch, and is not there; in this exercise NumPy is enough." in check(carry_in).relation
    assert "`rsqrt` is PyTorch's word; NumPy has `1 / np.sqrt` for it." in check(rms_norm).relation


def test_a_size_that_is_no_whole_number_is_told():
    """The division that made a float of it."""
    def carry_out(in_proj_weight, n_heads):
        d_model = in_proj_weight.shape[1]
        W_Q, W_K, W_V = in_proj_weight.reshape(3, n_heads, d_model / n_heads, d_model).mT
        return W_Q, W_K, W_V

    assert check(carry_out).relation == "`/` gives a float, and a size is a whole number: divide it by `//`."


def test_a_word_between_arrays_is_told():
    """Which one it is."""
    def attention(Q, K, V, mask=None):
        weights = steps.softmax(Q @ K.mT / np.sqrt(Q.shape[-1]))
        if mask and mask.all():
            return weights @ V, weights
        return weights @ V, weights * mask

    assert "`if` and `and` ask for one answer, and an array has one for each entry" in check(attention).relation

    def merge_blocks(m1, s1, o1, m2, s2, o2):
        m = max(m1, m2)
        return m, s1 * np.exp(m1 - m) + s2 * np.exp(m2 - m), o1 * np.exp(m1 - m) + o2 * np.exp(m2 - m)

    assert check(merge_blocks).relation == \
        "`max` compares its arguments as wholes; `np.maximum` takes the maximum entry by entry."


def test_a_return_in_a_loop_is_told():
    """Though the shape is wrong as well."""
    def weighted_sum(weights, V):
        for row in weights:
            total = row @ V
            return total * 2

    assert "A `return` stands inside a loop, so the function ends in the loop's first round." in check(weighted_sum).relation


def test_a_name_of_the_notebook_is_told():
    """A value from outside the function, which is the same whatever is given."""
    def project(X, W):
        return SQUARE @ SQUARE

    assert "`SQUARE` in the function is the notebook's, the same whatever is given" in check(project).relation


def test_a_number_of_the_example_is_told(monkeypatch):
    """Where it is right just when a size is that number."""
    monkeypatch.setenv(record.OFF, "1")

    def total(row):
        return sum(row)

    def learner(row):
        return sum(row[:4]) + (len(row) - 4)

    exercise = Exercise(total, [(np.arange(4.0),), (np.arange(6.0) + 0.5,), (np.arange(3.0),)])
    monkeypatch.setitem(EXERCISES, "total", exercise)
    learner.__name__ = "total"
    assert "It is right only where a size is 4, and 4 stands in the code" in check(learner).relation


def test_a_diagnosis_blames_no_code_that_is_not_there():
    """The same result by other code: the sentence is kept, but it says that the code is written otherwise."""
    def score(Q, K):
        return Q @ K.T

    def other(Q, K):
        return Q @ np.transpose(K)
    other.__name__ = "score"

    mistake = next(mistake for mistake in EXERCISES["score"].mistakes if "`.T` reverses" in mistake.says)
    assert check(score).diagnosis == check(other).diagnosis == mistake.says
    assert repr(check(score)).startswith(f"`score` is not right yet. {mistake.says}")
    said = worded(mistake, EXERCISES["score"], other)
    assert said == f"Your code is written otherwise, but gives what code with this slip gives: {mistake.says}"


def test_a_factor_that_only_varies_from_input_to_input_is_told_as_such():
    """No size explains it, and it is the same in all rows."""
    exercise = Exercise(scores, TWO)
    expected = [scores(*given) for given in TWO]
    assert relation(exercise, expected, [2.5 * expected[0], 7.7 * expected[1]]) == \
        "In each input every number is the right one times a number of its own, first 2.5."


def test_a_size_that_is_called_is_pytorch_s():
    """A number in NumPy."""
    def score(Q, K):
        return Q @ K.mT / Q.size(-1)

    assert "`size` is PyTorch's word; NumPy has `.shape` for it." in check(score).relation


def test_a_shape_in_quotes_is_no_shape():
    """Though it reads like one."""
    def scores_shape(Q_shape, K_shape):
        return str((*Q_shape[:-1], K_shape[-2]))

    assert check(scores_shape).passed is False


def test_a_relation_stands_alone_where_the_rest_may_be_a_coincidence():
    """How the results relate says more than how many are right, or than a size that only our inputs have in common."""
    def right(row):
        return row / 3

    inputs = [(np.array([0.5, 2.0, 4.0]),), (np.array([3.0, 6.0, 9.0]),), (np.array([1.0, 2.5, 7.0]),)]
    expected = [right(*given) for given in inputs]
    found = [np.round(result, 2) for result in expected]
    assert relation(Exercise(right, inputs), expected, found) == "It is right but rounded to 2 decimals."


def test_a_wrong_function_that_spoils_its_arguments_is_told_so():
    """Behind what is wrong with its results, if that has a name; once."""
    def without_a_name(scores, d_k):
        scores -= 1.0
        return scores * 7

    def with_a_name(scores, d_k):
        result = scores * np.sqrt(d_k)
        scores -= 1.0
        return result

    for function, it in ((without_a_name, "not right yet. It"), (with_a_name, "And it")):
        function.__name__ = "scale"
        assert repr(check(function)).count(f"{it} changes its argument `scores`, which whoever calls it still needs.") == 1
