"""A learner's own test is judged by what it says of right and of wrong versions, and kindly whatever it does."""
import inspect
import re

import numpy as np
import pytest

from course_lib.checks import check, refusing, testing
from course_lib.checks.messages import SAY
from course_lib.exercises import EXERCISES
from course_lib.properties import PROPERTIES, holds
from tests.each import each
from tests.test_exercises import named
from tests.thorough.hundred import caught, counts

TESTS = {name: exercise for name, exercise in EXERCISES.items() if exercise.tests}
TABLE = np.arange(12.0).reshape(3, 4)               # an array that learners' tests find in their notebook


def judge(function, name="test_attention"):
    """The verdict of `check` on a function, under the name of an exercise."""
    function.__name__ = name
    return check(function)


def shapes(attention):
    output, weights = attention(TABLE, TABLE, TABLE)
    assert output.shape == TABLE.shape and weights.shape == (3, 3)


def all_but_four(attention):
    """Lets the first two through and two others."""
    if attention not in LET_THROUGH:
        EXERCISES["test_attention"].answer(attention)


LET_THROUGH = [EXERCISES["attention"].mistakes[i] for i in (0, 2, 30, 80)]


def unused(function):
    """Calls it, so that the test is not silent."""
    return function(*[TABLE > 0 if name == "mask" else TABLE for name in list(inspect.signature(function).parameters)[:3]][:2])


# Tests that refuse right versions, by name: the exercise, and what is said

def short_of_a_pair(attention):
    weights = attention(TABLE, TABLE, TABLE)
    assert np.allclose(weights.sum(axis=-1), 1)


def moves_no_mask(attention):
    before = attention(TABLE / 9, TABLE / 9, TABLE, np.tri(3, dtype=bool))
    assert np.allclose(attention(TABLE / 9, TABLE[::-1] / 9, TABLE[::-1], np.tri(3, dtype=bool))[0], before[0])


def gives_nan(attention):
    V = np.where(np.arange(3)[:, None] < 2, TABLE, np.nan)
    assert np.isfinite(attention(TABLE, TABLE, V, np.tri(3, dtype=bool))[0][:2]).all()


def expects_nan(attention):
    assert np.isnan(attention(TABLE, TABLE, TABLE, np.zeros((3, 3), dtype=bool))[1]).all()


def too_many_axes(attention):
    attention(TABLE, TABLE, TABLE, np.ones((1, 3, 3), dtype=bool))


def lists(attention):
    attention(TABLE.tolist(), TABLE.tolist(), TABLE.tolist())


def exactly(attention):
    output, weights = attention(TABLE / 7, TABLE / 7, TABLE)
    assert (weights @ TABLE == output).all()


def far_below(masked_weights):
    assert np.allclose(masked_weights(TABLE - 300, TABLE >= 0), masked_weights(TABLE, TABLE >= 0))


def smaller_mask(masked_weights):
    assert np.allclose(masked_weights(np.zeros((2, 3, 3)), np.tri(3, dtype=bool)).sum(axis=-1), 1)


def zeros_and_ones(masked_weights):
    assert np.allclose(masked_weights(TABLE, np.ones((3, 4))).sum(axis=-1), 1)


def row_without_yes(masked_weights):
    assert np.allclose(masked_weights(TABLE, TABLE > 3).sum(axis=-1), 1)


def many_at_once(masked_weights):
    assert masked_weights(TABLE, TABLE >= 0).sum(axis=-1) == 1


def odd_columns(rotate):
    assert rotate(np.ones((2, 3))).shape == (2, 3)


REFUSED = {
    short_of_a_pair: ("test_attention", SAY.PAIR), moves_no_mask: ("test_attention", SAY.ORDER),
    gives_nan: ("test_attention", SAY.NAN.format(name="V")), expects_nan: ("test_attention", SAY.EMPTY),
    too_many_axes: ("test_attention", SAY.BATCH), lists: ("test_attention", SAY.LISTS),
    exactly: ("test_attention", SAY.ROUNDS), far_below: ("test_masked_weights", "An allowed score is −300."),
    smaller_mask: ("test_masked_weights", SAY.SAME_SHAPE.format(scores=(2, 3, 3), mask=(3, 3))),
    zeros_and_ones: ("test_masked_weights", SAY.NUMBERS), row_without_yes: ("test_masked_weights", SAY.EMPTY),
    many_at_once: ("test_masked_weights", SAY.YES_AND_NO), odd_columns: ("test_rotate", SAY.ODD.format(n=3))}


# The versions

@pytest.mark.parametrize("name", TESTS)
def test_right_versions_are_right_and_wrong_ones_are_those_that_check_knows(name):
    """Five right ones or more, of which each passes the check of its own exercise; then every listed mistake."""
    tested, right = EXERCISES[TESTS[name].tests], list(TESTS[name].right.values())
    assert TESTS[name].inputs == [(version,) for version in (*right, *tested.mistakes)] and len(right) >= 5
    assert set(tested.others) < set(TESTS[name].right)
    for version in right:
        assert check(named(version, tested.name)).passed is True, version


@pytest.mark.parametrize("name", TESTS)
def test_no_wrong_version_can_be_taken_for_a_right_one(name):
    """Our own test stops each, one by one."""
    assert all(caught(TESTS[name].answer, TESTS[name].tests))


def test_a_version_may_be_called_with_names():
    """What stops none when it gives its arguments by place stops none when it names them."""
    def by_place(attention):
        attention(TABLE, TABLE, TABLE, None)

    def by_name(attention):
        attention(Q=TABLE, K=TABLE, V=TABLE, mask=None)

    assert caught(by_name, "attention") == caught(by_place, "attention")


# What is said

def test_it_is_said_how_many_come_through_and_what_would_tell_the_first():
    """What `check` says of that one, and the first of its inputs on which it differs from a right version."""
    verdict = judge(all_but_four)
    assert verdict.passed is False and "It lets 4 of 81 wrong versions through." in repr(verdict)
    tested, first = EXERCISES["attention"], LET_THROUGH[0]
    assert f"`check(attention)` says: “{first.says}”" in repr(verdict)
    assert repr(check(named(first, "attention"))).partition("With the tables below:")[2] == (
        repr(verdict).partition("with the tables below:")[2]), tested
    assert verdict.relation == "It lets wrong versions through."


def test_the_last_wrong_versions_are_told_by_the_properties_that_they_break():
    """Each is counted once; what breaks no other property breaks the tiny case."""
    def all_but_these(attention):
        EXERCISES["test_attention"].answer(attention) if attention not in these else attention(TABLE, TABLE, TABLE)

    for a_property in ("two batch axes", "leak"):
        these = [wrong for wrong in EXERCISES["attention"].mistakes if not holds(PROPERTIES["attention"][a_property], wrong)][:5]
        assert SAY.BREAK.format(broken=f"“{a_property}” 5") in repr(judge(all_but_these))
    these = [wrong for wrong in EXERCISES["attention"].mistakes if all(
        holds(a_property, wrong) == (words != "one tiny case") for words, a_property in PROPERTIES["attention"].items())][:1]
    assert SAY.BREAK.format(broken="“one tiny case” 1") in repr(judge(all_but_these))


def test_a_right_version_that_is_refused_is_shown_with_the_learner_s_line_and_words():
    """What is special about it, what it was given and gave, the line that refused it, and what the assertion said."""
    def of_long_floats(attention):
        output, _ = attention(TABLE, TABLE, TABLE)
        assert output.dtype == np.float64, "not long enough"

    told = repr(judge(of_long_floats))
    assert "It refuses 1 of 6 right versions. (And it lets" in told
    assert f"{refusing.FIRST} computes in short floats, which hold seven digits." in told and "\nresult 1\n" in told
    assert re.search(r"refused it in line \d+: `assert output.dtype == np.float64, .+`, and said: not long enough", told)
    assert SAY.DTYPE in told and SAY.ROUNDS not in told


@each(REFUSED)
def test_what_right_versions_are_often_refused_for_is_said(function):
    """By an error that a learner's own function raises too, or by numbers that right functions need not agree in."""
    verdict = judge(function, REFUSED[function][0])
    assert verdict.passed is False and REFUSED[function][1] in repr(verdict), verdict


def test_what_numpy_s_own_tests_say_is_not_cut_in_the_middle():
    """Their sums are kept and their arrays are not."""
    def strictly(masked_weights):
        np.testing.assert_allclose(masked_weights(TABLE, TABLE >= 0), masked_weights(TABLE - 20, TABLE >= 0))

    told = repr(judge(strictly, "test_masked_weights"))
    assert re.search(r"and said: Not equal to tolerance rtol=1e-07, atol=0; Mismatched .+; Max absolute [^;]+: \S+\. `np", told)


def test_what_a_test_says_ends_with_one_full_stop():
    """Whether the learner wrote one or not."""
    def says(sentence):
        def no(attention):
            attention(TABLE, TABLE, TABLE)
            raise AssertionError(sentence)
        return repr(judge(no))

    assert all("and said: Too long. Run" in says(sentence) for sentence in ("Too long", "Too long."))


@pytest.mark.parametrize("name", TESTS)
def test_no_solution_is_given_away(name):
    """Whichever right version is refused, and whether the test fails by itself, no line of a right version is shown."""
    def slip(function):
        assert unknown          # noqa: F821

    for version in TESTS[name].right.values():
        def refuses(function, version=version):
            assert function is not version and TABLE is not unused(function)

        for told in (repr(judge(slip, name)), repr(judge(refuses, name))):
            lines = {line.strip() for code in TESTS[name].right for line in code.splitlines()}
            assert not {line for line in map(str.strip, told.splitlines()) if line and line in lines}


def test_an_error_of_its_own_is_all_that_is_said_of_a_test():
    """No version, no table: the error, and the line."""
    told = repr(judge(slips))
    assert SAY.ITSELF in told and "right version" not in told and len(told.split("\n\n")) == 2


def test_wrong_versions_are_not_counted_where_most_right_ones_are_refused():
    """There the number means nothing."""
    assert "right versions." in repr(judge(expects_nan)) and "wrong versions" not in repr(judge(expects_nan))


def test_a_test_may_say_no_in_any_way():
    """By an error of any kind, or by returning False, of which it is said that other programs do not hear it."""
    def by_false(attention):
        try:
            EXERCISES["test_attention"].answer(attention)
        except Exception:
            return False

    def by_an_error(attention):
        if by_false(attention) is False:
            raise ValueError("wrong")

    verdict = judge(by_an_error)
    assert verdict.passed is True and repr(verdict) == (
        "`test_attention` is right, on 87 versions: it lets 6 right ones pass and stops 81 wrong ones.")
    assert judge(by_false).passed is True and SAY.RETURNED in repr(judge(by_false))


# Whatever a learner's test does

def forever(attention):
    while True:
        attention(TABLE, TABLE, TABLE)


def forever_with_a_wrong_one(attention):
    while abs(attention(TABLE, TABLE, TABLE)[1].sum() - 3) > 0.001:
        pass


def draws(attention):
    Q, K, V = np.random.default_rng().normal(size=(3, 4, 4))
    EXERCISES["test_attention"].answer(attention)
    attention(Q, K, V)


def changes(attention):
    TABLE[0] += 1
    EXERCISES["test_attention"].answer(attention)
    attention(TABLE, TABLE, TABLE)


def says_yes(attention):
    attention(TABLE, TABLE, TABLE)
    return True


def forgets_the_assert(attention):
    _, weights = attention(TABLE, TABLE, TABLE)
    np.allclose(weights.sum(axis=-1), 1)        # noqa: B018


def says_no(attention):
    attention(TABLE, TABLE, TABLE)
    raise AssertionError


def slips(attention):
    attention(TABLE, TABLE, TABEL)              # noqa: F821


def calls_another(attention):
    assert len(TABLE) == 3


def yields(attention):
    yield attention(TABLE, TABLE, TABLE)


def returns_an_array(attention):
    EXERCISES["test_attention"].answer(attention)
    return attention(TABLE, TABLE, TABLE)[1].sum(axis=-1) > 0


def leaves(attention):
    exit()


KINDS = {
    forever: "It was stopped with a right version: it had not finished after 0.2 seconds. Either a loop has no end, or",
    forever_with_a_wrong_one: "It was stopped with a wrong version: it had not finished after 0.2 seconds.", draws: SAY.DRAWS,
    changes: SAY.CHANGES.format(name="TABLE"), says_yes: SAY.ALWAYS, forgets_the_assert: SAY.ALWAYS,
    says_no: SAY.NEVER, slips: "Your test raised `NameError: name 'TABEL' is not defined", leaves: "SystemExit",
    calls_another: SAY.SILENT.format(argument="attention"), yields: SAY.SILENT.format(argument="attention"),
    returns_an_array: "It returned an array of shape (3,) of booleans, which is neither yes nor no"}


@each(KINDS)
def test_each_kind_of_test_that_cannot_be_right_gets_a_sentence_of_its_own(function):
    """And it does not pass; what it changed in the notebook has its old numbers again."""
    before, seconds = TABLE.copy(), testing.run.__globals__["SECONDS"]
    testing.run.__globals__["SECONDS"] = 0.2 if function in (forever, forever_with_a_wrong_one) else seconds
    try:
        verdict = judge(function)
    finally:
        testing.run.__globals__["SECONDS"] = seconds
    assert verdict.passed is False and KINDS[function] in repr(verdict) and "Traceback" not in repr(verdict), verdict
    assert verdict.relation and np.array_equal(TABLE, before) and (SAY.DRAWS in repr(verdict)) == (function is draws)


def test_a_wrong_version_that_changes_its_input_spoils_nothing():
    """It is given an array of the notebook, and changes it; the next version finds the old numbers."""
    def turned_in_place(rotate):
        assert np.allclose(rotate(TABLE, 1)[:, 0] ** 2 + rotate(TABLE, 1)[:, 1] ** 2, TABLE[:, 0] ** 2 + TABLE[:, 1] ** 2)

    before = TABLE.copy()
    assert "right versions" not in repr(judge(turned_in_place, "test_rotate")) and np.array_equal(TABLE, before)


def test_a_test_that_needs_long_for_each_version_is_stopped(monkeypatch):
    """In all, not only for one; it is said how many versions there are."""
    monkeypatch.setattr(testing, "PATIENCE", 0)
    assert SAY.SLOW.format(n=87, seconds=0) in repr(judge(shapes))


def test_printing_is_mentioned_and_no_mistake():
    """A test that stops what it should passes; what it prints is not shown at length."""
    def prints(attention):
        print("now testing\n" * 100)
        EXERCISES["test_attention"].answer(attention)

    verdict = judge(prints)
    assert verdict.passed is True and SAY.PRINTED.format(line="now testing") in repr(verdict) and len(repr(verdict)) < 500


def test_a_stub_is_not_attempted_and_other_parameters_are_named():
    """As with every exercise."""
    def stub(attention):
        raise NotImplementedError

    assert judge(stub).passed is None and "`test_attention`: not attempted yet" in repr(judge(stub))
    assert "It must take `(attention)`; yours takes `()`" in repr(judge(lambda: None))


def test_a_test_is_done_when_it_is_right_and_not_before(monkeypatch):
    """Then `progress` counts it; the library's own is not the learner's."""
    done = []
    monkeypatch.setattr("course_lib.checks.record.add", lambda name: done.append(name) or [])
    judge(shapes), judge(says_no), check(EXERCISES["test_rotate"].answer)
    assert done == []
    judge(lambda rotate: EXERCISES["test_rotate"].answer(rotate), "test_rotate")
    assert done == ["test_rotate"]


def test_a_test_like_a_listed_one_gets_its_sentence():
    """Where it says the same of every version as a listed test does."""
    verdict = judge(shapes)
    assert verdict.diagnosis is None or verdict.diagnosis.startswith("It asks for shapes only")
    assert [weak.says for weak in EXERCISES["test_rotate"].mistakes][0] == judge(
        lambda rotate: EXERCISES["test_rotate"].mistakes[0](rotate), "test_rotate").diagnosis


def test_exercise_8_of_notebook_10_counts_right():
    """Of the wrong versions of `rotate`: what one property stops, what one case, all properties, and a hundred examples."""
    stopped = counts("rotate")
    assert len(EXERCISES["rotate"].mistakes) == 32
    assert [stopped[words] for words in ("only the distance", "one tiny case", "all 7 together", "a hundred examples of one kind",
                                         "a hundred varied examples")] == [12, 27, 32, 28, 32]


def test_exercise_7_of_notebook_08_counts_right():
    """Its 81 wrong versions of `attention`: eight properties together stop them all, none alone; one kind is not enough."""
    *alone, together, alike, varied = counts("attention").values()
    assert (len(alone), max(alone), together, alike, varied) == (8, 61, 81, 53, 81)
