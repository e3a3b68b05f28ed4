"""What `check`, `hint`, `solution` and `questions` say, to the last word: with an exercise made for each case."""
import ast
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from html import unescape
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import numpy as np
import pytest

from course_lib.checks import check, checking, diagnosing, helping, hint, questions, record, running, solution
from course_lib.checks.comparing import same
from course_lib.checks.evidence import show
from course_lib.checks.messages import SAY, Code, inline
from course_lib.checks.running import KEPT, run
from course_lib.exercises import EXERCISES, QUESTIONS
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.sheet import source
from course_lib.looks import GREEN, ORANGE
from tests.test_notebooks import PATHS, cells, sources

ROW, TABLE = np.array([1, 2, 3]), np.array([[0.5, 1], [2, 3]])
BATCHES = ("It is right except where `x` has axes in front, such as a batch or heads: count the axes from the end, and "
           "let NumPy carry the others along.")
LITTLE = "They differ by very little, perhaps too little to be seen here. Is something rounded, or measured and not computed?"


def asked(function):
    """The function under the name of the exercise that is made here."""
    function.__name__ = "asked"
    return function


class Wrong(NamedTuple):
    """A mistake, as a sheet has it."""

    says: str
    function: Callable
    change: str = ""
    code: str = ""

    def __call__(self, *arguments):
        return self.function(*arguments)


@pytest.fixture
def made(monkeypatch):
    """Makes the exercise `asked`, for one test."""
    monkeypatch.setenv(record.OFF, "1")

    def make(answer, *inputs, mistakes=(), hints=("One.", "Two.", "Three."), why="So it is.", **more):
        wrong = tuple(Wrong(*mistake) for mistake in dict(mistakes).items())
        exercise = Exercise(asked(answer), list(inputs or [()]), mistakes=wrong, hints=hints, why=why, **more)
        monkeypatch.setitem(EXERCISES, "asked", exercise)

    return make


@pytest.fixture
def told(made):
    """What check says when one thing is expected and another returned, below its first sentence."""
    def tell(expected, got, **more):
        made(lambda: expected, **more)
        verdict = check(asked(lambda: got))
        head, *parts = repr(verdict).split("\n\n")
        assert verdict.passed is False and verdict.diagnosis is None
        assert head == " ".join(filter(None, ("`asked` is not right yet.", verdict.relation)))
        return "\n\n".join(parts)

    return tell


# What is shown of a result

@pytest.mark.parametrize("expected, got, words", [
    (1.0, 1.5, "expected `1.0000`, got `1.5000`"),
    (1.0, 1.0004, f"expected `1.0000`, got `1.0004`\n\n{LITTLE}"),
    (10.5, 10.50108, "expected `10.5000`, got `10.5011`"),
    (True, False, "expected `yes`, got `no`"),
    (3, None, "it returned `None`. Is the `return` missing?"),
    (3, 10 ** 30, f"expected `3`, got `{10 ** 30}`"),
    (3, "x" * 100, f"expected `3`, got the text `{'x' * 60}`"),
    (3, np.complex128(1j), "expected `3`, got a complex128"),
    (3, ROW * 1j, "expected `3`, got an array of complex128"),
    (3, [[1], [1, 2]], "expected `3`, got a list"),
    (3, ValueError("oops"), "expected `3`, got an error, `ValueError: oops`"),
    ((2, 3), (np.int64(3), 2), "expected `(2, 3)`, got `(3, 2)`"),
    ((2, 3), (2.5, 3), "expected `(2, 3)`, got 2 results"),
    ((2, 3), ("a",), "expected `(2, 3)`, got 1 result"),
    ("yes", "no", "wanted: `yes`; found: `no`"),
    ("yes", 3, "expected the text `yes`, got `3`"),
    (ROW, [1, 2], "expected an array of shape (3,) of numbers, got an array of shape (2,) of numbers"),
    (ROW, [True, False], "expected an array of shape (3,) of numbers, got an array of shape (2,) of booleans"),
    (ROW, np.array(["a", "b", "c"]), "expected an array of shape (3,) of numbers, got an array of <U1"),
    ((ROW, TABLE), ROW, "expected 2 results, `return first, second`, and got an array of shape (3,) of numbers"),
    ((ROW, TABLE), 5, "expected 2 results, `return first, second`, and got `5`"),
    ((ROW, TABLE), (ROW,), "expected 2 results, `return first, second`, and got 1 result"),
    ((ROW, 2.5), [ROW, 3.5], "look at result 1 of 2 (counted from 0):\n\nexpected `2.5000`, got `3.5000`"),
    (np.zeros((15, 15)), np.ones((15, 15)), "`expected` of shape (15, 15)\n\n`got` of shape (15, 15)")])
def test_words_for_every_kind_of_difference(told, expected, got, words):
    """Numbers, booleans, sizes, texts, several results, what is no number, and what is too large to show."""
    assert told(expected, got) == words


TABLES = {
    "one row": (ROW, ROW + 1, """
        expected
          cat  the  a
            1    2  3

        got
          cat  the  a
            2    3  4"""),
    "names that do not fit": (TABLE, TABLE.astype(np.longdouble) + 1, """
        expected
                0       1
        0  0.5000  1.0000
        1  2.0000  3.0000

        got
                0       1
        0  1.5000  2.0000
        1  3.0000  4.0000"""),
    "names on both sides": ((1, np.eye(3)), (1, np.zeros((3, 3))), """
        look at result 1 of 2 (counted from 0):

        expected
             cat  the  a
        cat    1    0  0
        the    0    1  0
        a      0    0  1

        got
             cat  the  a
        cat    0    0  0
        the    0    0  0
        a      0    0  0"""),
    "booleans for numbers": (np.array([[1, 0, 1]]), np.array([[True, False, True]]), """
        expected an array of shape (1, 3) of numbers, got an array of shape (1, 3) of booleans

        expected
           cat  the  a
        0    1    0  1

        got
           cat  the    a
        0  yes   no  yes"""),
    "numbers for booleans, in a batch": (np.zeros((2, 1, 1), bool), np.zeros((2, 1, 1)), """
        expected an array of shape (2, 1, 1) of booleans, got an array of shape (2, 1, 1) of numbers

        expected[0]
            0
        0  no

        got[0]
           0
        0  0"""),
    "the first block that differs": (np.zeros((2, 3, 1, 1)), np.arange(6).reshape(2, 3, 1, 1) // 5, """
        expected[1, 2]
           0
        0  0

        got[1, 2]
           0
        0  1"""),
}


@pytest.mark.parametrize("case", TABLES)
def test_tables_of_a_difference(told, case):
    """The first block that differs, expected and got, with the names where they fit."""
    expected, got, text = TABLES[case]
    assert told(expected, got, names=("cat", "the", "a")) == dedent(text).strip()


def test_a_difference_beside_what_is_infinite_can_be_too_small_to_see(told):
    """In a table with -inf in it, as masked scores have."""
    assert told(np.array([-np.inf, 1]), np.array([-np.inf, 1.0002])).endswith(LITTLE)


@pytest.mark.parametrize("value, text", [
    (np.zeros(200), None), (np.zeros(201), "`x` of shape (201,)"), (np.zeros(1), None), (np.zeros(0), "`x` of shape (0,)"),
    (np.array([None, 1]), "`x` of shape (2,)"), (np.array(2.5), "`x = 2.5000`"), ("ab", "`x = ab`"), (None, "`x = None`"),
    ((2, 3), "`x = (2, 3)`"), ([[1], [1, 2]], "`x = [[1], [1, 2]]`"), (abs, "`x = abs`"),
    (type("Model", (), {"__call__": abs})(), "`x = Model`")])
def test_what_is_shown_as_a_table_and_what_in_words(value, text):
    """Tables from 1 to 200 numbers; sizes, texts and functions in words, without an address in memory."""
    shown = show("x", value)
    assert shown == text if text else not isinstance(shown, str)


def test_of_many_axes_the_first_block_is_shown():
    """With its place and the shape of the whole."""
    assert repr(show("Q", np.arange(8).reshape(2, 2, 1, 2))) == "Q[0, 0] of Q (2, 2, 1, 2)\n   0  1\n0  0  1"


# What is shown of the arguments

@pytest.mark.parametrize("arguments, words", [
    ((2, 0.5, (2, 3)), "With `a = 2`, `b = 0.5000`, `c = (2, 3)`:"),
    ((2, np.array([[1]])), "With `a = 2` and the tables below:\n\nb\n     cat\ncat    1"),
    ((ROW, np.array([7])), "With the tables below:\n\na\n  0  1  2\n  1  2  3\n\nb\n  cat\n    7")])
def test_the_input_that_shows_it_is_told(made, arguments, words):
    """Small arguments in a sentence, matrices as tables below it, under the answer's names of the parameters."""
    made(lambda a, b, c=0: 1, arguments, names=["cat"])
    text = repr(check(asked(lambda a, b, c=0: None)))
    assert text == f"`asked` is not right yet.\n\n{words}\n\nit returned `None`. Is the `return` missing?"


# What is equal

@pytest.mark.parametrize("expected, got, equal", [
    (1.0, 1.00005, True), (1.0, 1.0002, False), (0.0, 5e-7, True), (0.0, 2e-6, False), (np.nan, np.nan, True), (1.0, True, False),
    (-np.inf, -np.inf, True), (np.inf, -np.inf, False), (np.inf, 1.0, False), (1.0, np.inf, False), (np.nan, 1.0, False),
    ([0.5, 2.0], [Fraction(1, 2), 2], True), ([0.5, 2.0], [Fraction(1, 3), 2], False), (1, Fraction(10 ** 400), False),
    ([0.5, 2.0], np.array([0.5, None]), False), ([1.0], np.array([2.0], object), False), (True, Fraction(1), False),
    (ROW, ROW[:2], False), (ROW, [[1], [1, 2]], False), ([True, False], [True, False], True), ([True], [False], False),
    (True, 1, False), (1, "1", False), ("1", 1, False), ("a", "a", True), ("a", "b", False), (None, None, True), (None, 0, False),
    ((ROW, 1), [ROW, 1], True), ((ROW, 1), (ROW, 2), False), ((ROW, 1), (ROW, 1, 1), False), ((1, 1), np.array([1, 1]), False),
    ((1, 1), (), False), (1, None, False), (None, ROW, False),
    (ValueError("a"), ValueError("a"), True), (ValueError("a"), ValueError("b"), False),
    (ValueError("a"), TypeError("a"), False), (ValueError("a"), "a", False), (1, ValueError("a"), False)])
def test_what_counts_as_the_same(expected, got, equal):
    """Numbers within tolerance, fractions too; booleans, texts, tuples and errors each only among themselves."""
    assert same(expected, got) is equal


# Which mistake is named

RESULTS = {letter: np.arange(4.0) + 10 * i for i, letter in enumerate("abcdx")} | {"1": 1.0, "2": 2.0, "3": 3.0}


def acts(outcomes):
    """A function of i with a result for each letter, a single number for each digit, and an error for each "!"."""
    def act(i):
        if outcomes[i] == "!":
            raise ValueError("!")
        return RESULTS[outcomes[i]]

    return act


@pytest.mark.parametrize("right, mistakes, learner, named", [
    ("111", {"Y": "121", "X": "122"}, "122", "X"),          # the same everywhere
    ("aaa", {"X": "abb"}, "acc", None),                     # none is like it
    ("111", {"X": "122"}, "123", None),                     # like it at first, but by chance perhaps
    ("aaaaa", {"Y": "ba!!!", "X": "bbccc"}, "bb!!!", "X"),  # the only one that explains every result
    ("aaaa", {"Y": "bbcc", "X": "bb!c"}, "bb!!", "X"),      # of two that do, the one that fails alike
    ("aaaa", {"Z": "axcd", "Y": "abxx", "A": "abdd"}, "abcd", "A"),     # beside a second slip
    ("aaa", {"X": "abb"}, "a!a", None)])                    # no result is wrong, and no axes are to blame
def test_the_mistake_that_explains_most_is_named(made, right, mistakes, learner, named):
    """All of it, else all results, else all up to the first wrong one; and none where numbers could agree by chance."""
    made(acts(right), *((i,) for i in range(len(right))), mistakes={name: acts(outcomes) for name, outcomes in mistakes.items()})
    verdict = check(asked(acts(learner)))
    assert verdict.passed is False and verdict.diagnosis == named


def test_code_for_a_number_that_a_row_makes_fail_is_told_so(made):
    """A number counts as no axis; code that fails for all alike is not told so."""
    made(lambda x: x * 2, (ROW,), (ROW,), (TABLE,))
    assert check(asked(lambda x: x * 2 if x.ndim == 1 else 1 / 0)).relation == BATCHES
    assert check(asked(lambda x: 1 / 0)).relation is None


@pytest.mark.parametrize("result, telling", [
    (np.array([1.0, 2, 3, 4]), True), (np.array([1.0, 2, 3, 3, 3.00001, np.inf]), False), (np.arange(9), False), ("text", False),
    ((np.arange(4.0), np.ones((2, 3))), True), ((1.0, 2.0, 3.0, 4.0), False), ([[1.0], [2.0, 3.0]], False)])
def test_four_different_numbers_in_one_result_are_no_chance(result, telling):
    """Floats, and counted within one of several results."""
    assert diagnosing._telling(result) is telling


# Open-ended exercises

@pytest.mark.parametrize("learner, diagnosis, words", [
    (lambda x: x + 5, None, "`asked` is right, on 2 inputs."), (lambda x: x - 7, "It sinks.", "wanted: `above`; found: `below`"),
    (lambda x: {}, None, "expected the text `above`, got a dict")], ids=["right", "wrong", "nothing to judge"])
def test_where_several_answers_are_right_what_they_do_counts(made, learner, diagnosis, words):
    """Judged together with the arguments; what cannot be judged is shown as it is."""
    made(lambda x: x + 1, (1,), (5,), mistakes={"It sinks.": lambda x: x - 1},
         what_counts=lambda result, x: "above" if result > x else "below")
    verdict = check(asked(learner))
    assert verdict.diagnosis == diagnosis and repr(verdict).endswith(words)


# The rest of what check says

PRINTED = f"It also printed, beginning with `{'x' * 60}`; a result is handed over with `return`."


@pytest.mark.parametrize("result, spoiled, words", [
    (4, False, ["`asked` is right, on 1 input."]),
    (5, False, ["`asked` is not right yet. Five.", "With `a = 1` and the tables below:", "b\n  0\n  0", "c\n  0\n  0",
                "expected `4`, got `5`"]),
    (4, True, [f"`asked` is not right yet. {SAY.CHANGED.format(names='`b` and `c`')}"])])
def test_what_was_printed_is_told_last(made, result, spoiled, words):
    """Its first line, cut, whether the result is right, wrong, or right at the cost of two arguments."""
    made(lambda a, b, c: 4, (1, np.zeros(1, int), np.zeros(1, int)), mistakes={"Five.": lambda a, b, c: 5})

    def learner(a, b, c):
        print("x" * 70 + "\nmore")
        b[:] += spoiled
        c[:] += spoiled
        return result

    verdict = check(asked(learner))
    assert repr(verdict).split("\n\n") == [*words, PRINTED]
    assert (verdict.diagnosis or "") == words[0].removeprefix("`asked` is not right yet. ") or verdict.passed


def test_the_library_s_own_function_is_told_so_in_a_sentence(made):
    """To a reader whose cell has not been run."""
    made(lambda: 1)
    assert repr(check(EXERCISES["asked"].answer)) == ("`asked` is right, on 1 input.\n\nBut this is the library's own function: "
                                                      "run the cell with yours before you check it.")


@pytest.mark.parametrize("learner", [lambda: 1, lambda: [][0]], ids=["a result", "the same error"])
def test_an_answer_that_fails_is_the_check_s_own_failure(made, learner):
    """Memory that ran out, an error in our code: said plainly, neither right nor wrong, whatever the learner's function does."""
    made(lambda: [][0])
    verdict = check(asked(learner))
    assert verdict.passed is None and verdict.report()["diagnosis"] is None
    assert repr(verdict) == SAY.FAILED.format(
        name="asked", what="RuntimeError: the right answer could not be computed: list index out of range")


@pytest.mark.parametrize("broken", ["same", "evidence", "run", "diagnose", "relation"])
def test_an_error_of_the_check_is_no_verdict(made, monkeypatch, broken):
    """In whatever part of it."""
    made(lambda x: x + 1, (1,))
    monkeypatch.setattr(checking, broken, lambda *arguments: 1 / 0)
    verdict = check(asked(lambda x: x))
    assert verdict.passed is None and "The check itself failed (ZeroDivisionError: division by zero)" in repr(verdict)


@pytest.mark.parametrize("thread", ["main", "another"])
def test_the_time_limit_holds_where_no_thread_can_start(monkeypatch, thread):
    """As in a browser, or with too many threads: Python code that does not end is stopped, and what is right is right."""
    monkeypatch.setattr(running, "SECONDS", 0.05)
    if thread == "main":
        monkeypatch.setattr(running.sys, "platform", "emscripten")

    def slow():
        while True:
            pass

    with ThreadPoolExecutor(1) as pool:
        call = run if thread == "main" else lambda *given: pool.submit(run, *given).result()
        assert str(call(slow, ()).error) == "it had not finished after 0.05 seconds"
        assert call(lambda: 7, ()).result == 7 and sys.gettrace() is None


def test_a_verdict_is_data_for_tools(made):
    """Exercise, whether it passed, diagnosis or relation, and the message."""
    made(lambda x: x + 1.5, (1.5,), (4.0,), mistakes={"Nothing is added.": lambda x: x})
    report = {"exercise": "asked", "passed": False, "diagnosis": "Nothing is added.", "relation": None}
    verdict = check(asked(lambda x: x))
    assert verdict.report() == report | {"message": repr(verdict)}
    assert check(asked(lambda x: 2 * x + 3)).report()["relation"] == "Every number is the right one times 2."
    assert check(asked(lambda x: x + 1.5)).report()["passed"] is True


class Model:
    """Something that can be called but has no code of its own."""

    __name__ = "asked"

    def __call__(self):
        raise ValueError("no" * 200)


@pytest.mark.parametrize("learner, words", [
    (Model(), f"it raised `ValueError: {'no' * 150}`"),
    (eval(compile("lambda:\\\n 1 / 0", "nowhere", "eval")), "it raised `ZeroDivisionError: division by zero` in line 2")],
    ids=["no code", "no text"])
def test_an_error_is_told_with_no_more_than_is_known(made, learner, words, monkeypatch):
    """Cut where it is long; without a line where there is no code, without the line's text where there is none."""
    made(lambda: 1)
    monkeypatch.setattr(learner, "__name__", "asked")
    assert repr(check(learner)).endswith(f"\n\n{words}") and run(lambda: 1, ()).line == ""


def test_a_parameter_that_only_a_later_input_needs_is_missed_there(made):
    """The error is Python's own, and no line of the learner's is to blame."""
    made(lambda x, more=0: x + more, (1,), (1, 2))
    assert re.search(r"\n\nWith `x = 1`, `more = 2`:\n\nit raised `TypeError: .* takes 1 positional argument but 2 were given`$",
                     repr(check(asked(lambda x: x))))


def test_a_stub_below_is_an_exercise_or_the_learner_s_own():
    """A helper of one's own that is not written yet is no other exercise."""
    def helper():
        raise NotImplementedError

    def softmax(scores):
        return helper()

    assert repr(check(softmax)).startswith("`softmax`: not attempted yet. Replace")


@pytest.mark.parametrize("returned", [np.float64(5e-324), np.full((3, 3), 1.7e308), [np.ones(2) / 3, {"a": np.float64(0.1)}]])
def test_what_the_reader_sets_in_numpy_changes_no_verdict(returned):
    """Neither np.seterr, whatever numbers a function returns, nor np.set_printoptions, where a message quotes them."""
    def softmax(scores):
        return returned

    def told():
        with pytest.raises(ValueError) as not_a_function:
            check(returned)
        with pytest.raises(ValueError) as no_number:
            questions("06", returned)
        return [repr(check(softmax)), check(softmax)._repr_html_(), str(not_a_function.value), str(no_number.value)]

    plain = told()
    with np.errstate(all="raise"), np.printoptions(formatter={"all": lambda value: "?"}, legacy="1.25"):
        assert told() == plain


@pytest.mark.parametrize("given, words", [
    (3, "check takes the function itself: check(softmax), not its name and not what it returned, check(softmax(scores)); "
        "given was 3"),
    (np.vectorize(abs), "there is no exercise called 'abs': a function is checked under the name that its exercise gives it"),
    (type("Model", (), {"__call__": abs})(),
     "check finds the exercise by the function's name, and a Model has none. Write it with def, under the name that the exercise "
     "has: def softmax(scores): return …")])
def test_what_cannot_be_checked_is_told_why(given, words):
    """In the whole sentence."""
    with pytest.raises(ValueError) as caught:
        check(given)
    assert str(caught.value) == words


# How a function is run

def test_arguments_are_copied_all_the_way_down():
    """A function that writes into lists and tuples spoils nothing but its copies, and what it wrote to is known."""
    given = [[1, [2, 3]], (ROW, [4]), [5, 6], [7], 8, [9, (TABLE, 10)]]

    def spoils(a, b, c, d, e, f):
        a[1][0], c[0] = 0, ROW
        b[1].append(5)
        d.append(7)

    assert run(spoils, given).changed == (0, 1, 2, 3)
    assert given[0] == [1, [2, 3]] and given[1][1] == [4] and given[2:4] == [[5, 6], [7]]


def test_time_is_up_outside_the_main_thread_as_well(monkeypatch):
    """Where no signal can stop a loop: in a thread, and everywhere on Windows."""
    monkeypatch.setattr(running, "SECONDS", 0.05)

    def slow():
        end = time.monotonic() + 5
        while time.monotonic() < end:
            pass

    with ThreadPoolExecutor() as pool:
        assert str(pool.submit(run, slow, ()).result().error) == "it had not finished after 0.05 seconds"
    assert str(run(slow, ()).error) == "it had not finished after 0.05 seconds"


def test_what_is_printed_is_kept_up_to_a_limit():
    """From several prints, to the character."""
    outcome = run(lambda: [print("x" * (KEPT // 2 - 1), end="|") for i in range(4)], ())
    assert outcome.printed == ("x" * (KEPT // 2 - 1) + "|") * 2


# Hints, solutions, questions

def test_hints_say_how_many_there_are_and_how_to_go_on(made, monkeypatch):
    """And after the last one they begin again."""
    monkeypatch.setattr(helping, "_given", {})
    made(lambda: 1)
    first = "Hint 1 of 3. One.\n\n`hint(asked)` again for the next."
    second, third = first.replace("1", "2").replace("One", "Two"), "Hint 3 of 3. Three.\n\nThat was the last hint; " \
        "`solution(asked)` shows the answer."
    assert [repr(hint("asked")) for _ in range(4)] == [first, second, third, first]


def test_a_solution_is_the_code_without_its_docstring_and_the_reason(made):
    """Indented in text, empty lines left empty; as it stands on a page, in colour, its keywords bold where none is kept."""
    def answer(x):
        """Words
        and words."""
        y = x < 1

        return y

    made(answer)
    assert repr(solution("asked")) == (
        "One way to write `asked`.\n\n    def answer(x):\n        y = x < 1\n\n        return y\n\nSo it is.")
    page = Code(source(answer))._repr_html_()
    assert unescape(re.sub("<[^>]+>", "", page)) == source(answer) and page.startswith('<pre style="margin:0.6em 0;')
    words = re.findall(r"color:var\(--jp-mirror-editor-(\w+)-color,light-dark\(#\w{6},#\w{6}\)\)\">([^<]+)<", page)
    assert words == [("keyword", "def"), ("operator", "="), ("operator", "&lt;"), ("number", "1"), ("keyword", "return")]
    assert re.findall("<b [^>]+>(.+?)</b>", page) == ["def", "return"]
    assert source(acts) != source(acts("a")) and source(acts("a")).startswith("def act(i):\n    if outcomes[i]")


@pytest.mark.parametrize("arguments, words", [
    (("99",), "notebook must be one of 00, 01, 02, 03, 04, 05, 06, 07, 08, 09, 10, 11, 12, 13, not '99'"),
    (("06", 0, "a"), "notebook 06 has questions 1 to 3, not 0"), (("06", 4, "a"), "notebook 06 has questions 1 to 3, not 4"),
    (("06", 1, "z"), "question 1 has the choices a, b, c, not 'z'"), (("06", 1), "question 1 has the choices a, b, c, not None")])
def test_a_question_that_does_not_exist_is_refused(arguments, words):
    """With what there is."""
    with pytest.raises(ValueError) as caught:
        questions(*arguments)
    assert str(caught.value) == words


def test_on_a_page_a_question_holds_its_choices_and_each_its_reply():
    """Folded, without any script: the same words in the same order as in text, and each reply as if it had been asked for."""
    parts = questions("06")._repr_html_().split("margin-bottom")[1:]
    for number, (question, part) in enumerate(zip(QUESTIONS["06_softmax"], parts, strict=True), start=1):
        folds = part.split("<details")[1:]
        for letter, choice, fold in zip("abcd"[:len(folds)], question.choices, folds, strict=True):
            assert f"<summary>{letter}) {inline(choice.text)}</summary>" in fold
            assert questions("06", number, letter)._repr_html_() in fold
        assert f"<strong>{number}. {inline(question.text)}</strong>" in part


@pytest.mark.parametrize("learner, words, colour", [
    (lambda: 1, "is right, on 1 input.", GREEN), (lambda: 2, "is not right yet.", ORANGE),
    (lambda a: 1, "is not right yet.", ORANGE), (lambda: [][0], "is not right yet.", ORANGE)])
def test_a_page_begins_with_the_verdict_in_words_and_colour(made, learner, words, colour):
    """Alone in its line, whatever is wrong."""
    made(lambda: 1)
    page = check(asked(learner))._repr_html_()
    assert re.findall("<strong>(.*?)</strong>", page) == [f"<code>asked</code> {words}"]
    assert page.startswith(f'<div style="border-left:4px solid {colour}"><p ')


def test_stars_mark_words_and_nothing_else():
    """Not in code, not between numbers or in names, not where one stands alone; and what is marked cannot be a tag."""
    marked = {"*forbidden* here": "<em>forbidden</em> here", "of (*The Sink*).": "of (<em>The Sink</em>).",
              "`*batch, *heads` lead": "<code>*batch, *heads</code> lead", "*<b>*": "*&lt;b&gt;*"}
    assert {sentence: inline(sentence) for sentence in marked} == marked
    for plain in ("2 * 3 * 4", "a*b*c", "**kwargs and *args", "5 * `d_k` * 2"):
        assert "<em>" not in inline(plain)


def test_a_notebook_s_full_name_will_do():
    """As well as its number."""
    assert repr(questions("06_softmax")) == repr(questions("06")) and len(questions("06").asked) == len(QUESTIONS["06_softmax"])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_committed_words_are_what_is_said_now(path):
    """Questions and checks of unwritten stubs, to the last character, in text and on the page."""
    names = {"check": check, "questions": questions}
    for cell, code in zip(cells(path, "code"), sources(path, "code"), strict=True):
        if code.startswith("def ") and "NotImplementedError" in code:
            exec(compile(ast.parse(code), "stub", "exec"), names)
        elif re.fullmatch(r"(check|questions)\(.*\)", code):
            now, (committed,) = eval(code, names), cell["outputs"]
            assert "".join(committed["data"]["text/plain"]) == repr(now)
            assert "".join(committed["data"]["text/html"]) == now._repr_html_()


def stub():
    """An exercise that was not attempted."""
    raise NotImplementedError


@pytest.mark.parametrize("learner, words", [(lambda: 2, "not right yet"), (stub, "not attempted yet")], ids=["wrong", "stub"])
def test_while_nbgrader_grades_what_is_not_right_is_an_error(made, monkeypatch, learner, words):
    """With the variable that nbgrader sets, a wrong or missing answer raises what `check` says; a right one passes."""
    made(lambda: 1)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match=words):
        check(asked(learner))
    assert check(asked(lambda: 1)).passed is True


def test_every_sentence_of_the_checks_is_said_somewhere():
    """What the code says by name stands in words.md, and nothing else stands there."""
    code = "".join(path.read_text(encoding="utf-8") for path in Path(checking.__file__).parent.glob("*.py"))
    assert set(re.findall(r"SAY\.(\w+)", code)) == set(vars(SAY))
