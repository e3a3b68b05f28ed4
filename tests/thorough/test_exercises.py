"""What else must hold of every exercise: its mistakes lie far apart, and nothing but a listed one is diagnosed."""
import itertools

import numpy as np
import pytest

from course_lib.checks import check, comparing
from course_lib.checks.comparing import ABSOLUTE, RELATIVE, same
from course_lib.exercises import EXERCISES
from tests.test_exercises import named, results


@pytest.mark.parametrize("name", EXERCISES)
def test_mistakes_differ_by_far_more_than_the_tolerance(name, monkeypatch):
    """With a tolerance a hundred times as large, the answer and all mistakes still give different results, pair by pair."""
    monkeypatch.setattr(comparing, "RELATIVE", 100 * RELATIVE)
    monkeypatch.setattr(comparing, "ABSOLUTE", 100 * ABSOLUTE)
    exercise = EXERCISES[name]
    given = [("the answer", results(name, exercise.answer))] + [(wrong.says, results(name, wrong)) for wrong in exercise.mistakes]
    for (one, ones), (other, others) in itertools.combinations(given, 2):
        assert not all(map(same, ones, others)), (one, other)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_unlisted_wrong_answer_gets_no_false_diagnosis(name):
    """Nonsense of the right shape, of no shape, a slightly wrong answer and a bare error fail without a diagnosis."""
    exercise = EXERCISES[name]

    def off(result):
        if isinstance(result, tuple):
            return tuple(map(off, result))
        array = np.asarray(result)
        return np.asarray(result) * 1.37 + 0.219 if array.dtype.kind in "iuf" else ["nonsense", result]

    def slightly_off(*arguments):
        return off(exercise.answer(*arguments))

    for function in (slightly_off, lambda *arguments: {"no": "array"}, lambda *arguments: 1 / 0):
        verdict = check(named(function, name))
        assert verdict.passed is False and verdict.diagnosis is None, verdict
