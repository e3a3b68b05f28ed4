"""Every slip that a machine can make in a right answer is refused by `check`, or it changes nothing.

What `check` lets pass is tried on many further inputs that the exercise's text allows: where one of them tells it from the
answer, the exercise's own inputs lack one like it.
"""
import ast
import inspect
import sys
from contextlib import suppress
from dataclasses import replace
from functools import cache
from math import sqrt

import numpy as np
import pytest

from course_lib import pocket, steps
from course_lib.checks import check, diagnosing
from course_lib.checks.checking import refuses_integers
from course_lib.checks.comparing import same
from course_lib.checks.running import run
from course_lib.exercises import EXERCISES
from course_lib.exercises.sheet import source
from tests.thorough.further import FURTHER, Draw
from tests.thorough.slips import slips

TRIALS = 100                                                # further inputs of each exercise
TESTS = {name: exercise for name, exercise in EXERCISES.items() if exercise.tests}      # whose inputs are functions
FUNCTIONS = [name for name in EXERCISES if name not in TESTS]
pytestmark = pytest.mark.filterwarnings("ignore")           # what a slip warns of, a learner may ignore


# Exercises that have one right input, or none: what their texts ask of a result

def a_query_for_chases(query):
    """Two whole numbers above 0, with which chases gets more than half."""
    scores = pocket.K @ query
    return np.shape(query) == (2,) and min(query) > 0 and not np.mod(query, 1).any() and 2 * scores[2] > scores.sum()


def a_key_for_chases(key):
    """Two whole numbers, with which chases gets exactly half from the query (2, 3)."""
    others = pocket.K[[0, 1, 3]] @ [2, 3]
    return np.shape(key) == (2,) and not np.mod(key, 1).any() and np.dot(key, [2, 3]) == others.sum()


def three_ways_up(ways):
    """Each alone raises the first number above 9/4, by true shares; of keys and values only the row of chases is another."""
    given = [np.array([2, 3]), pocket.K, pocket.V]

    def raises(i):
        query, K, V = [*given[:i], np.asarray(ways[i]), *given[i + 1:]]
        scores = K @ query
        return scores.min() >= 0 and (scores / scores.sum() @ V)[0] > 9 / 4 + 1e-9

    return (len(ways) == 3 and all(np.shape(way) == shape.shape for way, shape in zip(ways, given, strict=True))
            and all(map(raises, range(3)))
            and all(np.array_equal(np.delete(ways[i], 2, axis=0), np.delete(given[i], 2, axis=0)) for i in (1, 2)))


def a_turned_query(query):
    """As long as (2, 3), 0 with cat, positive with chases, to two decimals."""
    return (np.shape(query) == (2,) and abs(np.linalg.norm(query) - sqrt(13)) < 0.015 and abs(pocket.K[1] @ query) < 0.03
            and pocket.K[2] @ query > 0)


def a_query_for_two_patterns(query):
    """Head 0 gives cat more than 0.9, head 1 chases, and to a single head both are alike."""
    heads = steps.softmax((query * pocket.K).T)
    return np.shape(query) == (2,) and heads[0, 1] > 0.9 and heads[1, 2] > 0.9 and pocket.K[1] @ query == pocket.K[2] @ query


def the_three_mistakes(names):
    """In the order of A, B and C."""
    return names.tolist() == ["no mask", "no positions", "merge by reshape"]


ASKED = {"query_for_chases": a_query_for_chases, "key_for_chases": a_key_for_chases, "raise_first_number": three_ways_up,
         "turn_the_query": a_turned_query, "two_patterns": a_query_for_two_patterns, "find_the_mistakes": the_three_mistakes}


# What becomes of a slip

@cache
def further(name):
    """The exercise with further inputs, small ones first, and what its answer gives for them.

    Left out are those where float32 is not enough, such as scores so large that it takes two of them for equal: what a
    float32 answer gives is right.
    """
    exercise, inputs = EXERCISES[name], []
    for seed in range(TRIALS):
        arguments = FURTHER[name](Draw(seed))
        if same(*(diagnosing.results(replace(exercise, inputs=[given]), exercise.answer)[0]
                  for given in (arguments, in_single_precision(exercise, arguments)))):
            inputs.append(arguments)
    exercise = replace(exercise, inputs=sorted(inputs, key=lambda arguments: sum(map(np.size, arguments))))
    return exercise, diagnosing.results(exercise, exercise.answer)


def in_single_precision(exercise, arguments):
    """All arrays of numbers, but for ids and letters, as float32."""
    names = inspect.signature(exercise.answer).parameters
    return [argument.astype(np.float32) if isinstance(argument, np.ndarray) and argument.dtype.kind in "if"
            and name not in ("ids", "letters") else argument for name, argument in zip(names, arguments, strict=False)]


@cache
def made_by_machine(name):
    """Every slip in every right answer as its text, each once, and its function; what is no Python is left out."""
    exercise, functions = EXERCISES[name], {}
    right = [source(exercise.answer), *exercise.others]
    for slip in dict.fromkeys(slip for code in right for slip in slips(code)):
        with suppress(SyntaxError):
            functions[slip] = compiled(exercise, slip)
    for code in right:
        functions.pop(ast.unparse(ast.parse(code)), None)
    return functions


def compiled(exercise, code):
    """The function of a text, among the names that the answer of its exercise sees."""
    exec(compile(code, exercise.name, "exec"), vars(sys.modules[exercise.answer.__module__]), made := {})
    return made[exercise.name]


def first_wrong(exercise, function, expected):
    """The first input for which a function gives anything else, or which it changes, as `check` sees it; None if there is none.

    Equal is what `check` takes for equal. Its tolerance is above what float32, another order of summing or 1e-9 beside a divisor
    of ordinary size can change, so these count as no difference; it is below every difference that anybody could see.
    """
    for arguments, answer in zip(exercise.inputs, expected, strict=True):
        outcome = run(function, arguments)
        if refuses_integers(outcome, arguments):            # aloud, which is no wrong result
            continue
        if outcome.changed or not same(answer, diagnosing.what_counts(exercise, outcome, arguments)):
            return arguments
    return None


def let_pass(exercise):
    """The slips that `check` lets pass, with their functions."""
    expected = diagnosing.results(exercise, exercise.answer)
    made = made_by_machine(exercise.name).items()
    return {slip: function for slip, function in made if first_wrong(exercise, function, expected) is None}


@cache
def passing(name):
    """The same for an exercise as it is."""
    return let_pass(EXERCISES[name])


def findings(name, slips):
    """Of slips that pass those that a further input tells from the answer, with that input."""
    exercise, expected = further(name)
    wrong = {slip: first_wrong(exercise, function, expected) for slip, function in slips.items()}
    return {slip: arguments for slip, arguments in wrong.items() if arguments is not None}


def asks(name, result):
    """Whether a result is what the exercise's text asks for."""
    try:
        return bool(ASKED[name](np.asarray(result) if name != "raise_first_number" else result))
    except Exception:               # whatever is wrong with it
        return False


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A slip that never ends is given up soon."""
    monkeypatch.setattr("course_lib.checks.running.SECONDS", 0.5)


@pytest.mark.parametrize("name", FURTHER)
def test_a_slip_that_passes_changes_nothing(name):
    """On every further input it gives what the answer gives, and leaves its arguments as they are."""
    told = [f"{slip}\nis told from the answer by {arguments}" for slip, arguments in findings(name, passing(name)).items()]
    assert not told, "\n\n".join([f"{len(told)} slips pass that the exercise's inputs should tell", *told])


@pytest.mark.parametrize("name", ["projected_shape", "causal_mask", "output_shape"])
def test_an_input_that_is_missing_is_missed(name):
    """With the first input alone, slips pass that a further one tells, more than with all."""
    exercise = EXERCISES[name]
    alone = let_pass(replace(exercise, inputs=exercise.inputs[:1]))
    assert len(findings(name, alone)) > len(findings(name, passing(name)))


@pytest.mark.parametrize("name", ASKED)
def test_a_slip_passes_where_its_result_is_what_is_asked_for(name):
    """In an exercise with one right input or none: then and only then."""
    exercise = EXERCISES[name]
    for slip, function in made_by_machine(name).items():
        assert (slip in passing(name)) == asks(name, run(function, exercise.inputs[0]).result), slip


@pytest.mark.parametrize("name", FURTHER)
def test_right_answers_are_right_on_further_inputs(name):
    """The answer gives numbers, never NaN; all right answers of the sheet agree and leave their arguments as they are."""
    exercise, expected = further(name)
    assert len(expected) > TRIALS / 2
    for result in expected:
        assert not isinstance(result, Exception), result
        parts = map(np.asarray, result if isinstance(result, tuple) else [result])
        assert not any(part.dtype.kind == "f" and np.isnan(part).any() for part in parts)
    for code in [source(exercise.answer), *exercise.others]:
        assert first_wrong(exercise, compiled(exercise, code), expected) is None, code


@pytest.mark.parametrize("name", FUNCTIONS)
def test_check_says_so_too(name):
    """What is passed or refused here is so for `check`: every hundredth slip, and every twentieth that passes."""
    for slip, function in [*list(made_by_machine(name).items())[::100], *list(passing(name).items())[::20]]:
        assert check(function).passed is (slip in passing(name)), slip


@pytest.mark.parametrize("name, slip", [
    ("score", "return Q @ K"), ("score", "return Q @ K.T"), ("score", "return Q @ Q.mT"), ("leaks", "changed = X"),
    ("score", "return Q @ K.swapaxes(0, 1)"), ("score", "return np.round(Q @ K.mT, 2)"),
    ("paper_output", "output += weight * value\n        return output"), ("paper_output", "output = weight * value"),
    ("paper_output", "output = np.zeros(V.shape[0])"),
    ("paper_weights", "scores = np.asarray(scores).astype(int)\n    return scores / scores.sum()"),
    ("score_every_pair", "for j in range(len(K) - 1):"), ("scaled_by_hand", "return query @ key / len(query)"),
    ("softmax", "largest = scores.max(axis=-1)"), ("softmax", "total = exponentials.sum(axis=0, keepdims=True)"),
    ("apply_mask", "return np.where(mask, -np.inf, scores)"), ("attention", "return (weights, weights @ V)"),
    ("causal_mask", "return np.tri(n_k, n_q, dtype=bool)"), ("entropy", "return (weights * logarithms).sum(axis=-1)"),
    ("sliding_window_mask", "return np.tri(n, dtype=bool) & np.tri(n, k=-width, dtype=bool)"),
    ("leaks", "for i in range(j - 1):"), ("merge_heads", "return X.reshape(*batch, seq_len, n_heads * d_v)"),
    ("lookup_and_mean", "weights = np.zeros((2, n_k), dtype=int)")])
def test_the_machine_makes_the_slips_that_people_make(name, slip):
    """Such as these: an operator, an axis, a name, an argument, a bound, a step left out, the return inside of the loop."""
    assert any(f" {slip}\n" in f"{text}\n" for text in made_by_machine(name))


def test_every_exercise_has_slips_and_something_to_tell_them_by():
    """Further inputs, or a text that says what is asked for."""
    missing = {*FURTHER, *ASKED} ^ {*FUNCTIONS}
    assert not missing, f"tests/thorough/further.py and the exercises do not agree about {missing}"
    assert not {*FURTHER} & {*ASKED}
    assert all(len(passing(name)) < len(made_by_machine(name)) for name in FUNCTIONS)


@pytest.mark.parametrize("name", TESTS)
def test_the_test_that_we_would_write_stops_most_slips_too(name):
    """Of those that nobody listed and `check` refuses, nine in ten; it was written for the listed ones."""
    tested, test = TESTS[name].tests, TESTS[name].answer
    wrong = [function for slip, function in made_by_machine(tested).items() if slip not in passing(tested)]
    assert sum(run(test, [function]).says == "no" for function in wrong) > 0.9 * len(wrong) > 100
