"""Find the listed mistake, or the two, that give what a learner's function gives."""
from functools import cache
from itertools import combinations

import numpy as np

from course_lib.checks.comparing import as_array, same
from course_lib.checks.running import Outcome, copy, run, without_warnings
from course_lib.exercises.sheet import both

TOGETHER = 20                                   # of so many changes every two are tried together
PARTIAL = ("Right", "One ", "Two ", "Both ")    # a sentence that begins so speaks of the whole function


def diagnose(exercise, expected, found):
    """The mistake that gives what was found, and whether it does so on every input; None, True if there is none.

    Best is one mistake, or two made together, that give the same on every input. All others need a first wrong result with
    telling numbers. Next comes a mistake that gives the same wherever the function had a result: code for a single sequence
    has none in a batch. Last comes one that gives the same at least up to the first wrong result.
    """
    if len(found) < len(exercise.inputs):
        return None, True

    def gives_the_same(mistake, places):
        return (same(result_of(exercise, mistake, i), found[i]) for i in places)

    everywhere, with_result = range(len(found)), [i for i, got in enumerate(found) if not isinstance(got, BaseException)]
    wrong = next((i for i in with_result if not same(expected[i], found[i])), None)
    exact = next((mistake for mistake in exercise.mistakes if all(gives_the_same(mistake, everywhere))), None)
    if exact or wrong is None or not _telling(found[wrong]):
        return exact, True
    together = next((two for two in doubles(exercise) if all(gives_the_same(two, [wrong, *everywhere]))), None)
    partly = [mistake for mistake in exercise.mistakes if all(gives_the_same(mistake, with_result))]
    if together or len(partly) == 1:
        return together or partly[0], bool(together) or all(
            isinstance(result_of(exercise, partly[0], i), BaseException) for i in everywhere if i not in with_result)
    until_wrong = [i for i in with_result if i <= wrong]
    beside = [mistake for mistake in exercise.mistakes if all(gives_the_same(mistake, until_wrong))]
    return max(beside, key=lambda mistake: sum(gives_the_same(mistake, everywhere)), default=None), False


@cache
def doubles(exercise):
    """Every two of the first changes of the answer, made together where they fit together."""
    single = [mistake for mistake in exercise.mistakes if mistake.change and not mistake.says.startswith(PARTIAL)]
    return list(filter(None, (both(*two) for two in combinations(single[:TOGETHER], 2))))


def _telling(result):
    """Whether a result has so many different numbers, or a mask so many places, that two functions hardly agree by chance."""
    arrays = [as_array(part) for part in (result if isinstance(result, tuple) else [result])]
    return any(array is not None and (
        array.dtype.kind == "f" and len({f"{x:.4g}" for x in array[np.isfinite(array)].ravel()}) > 3
        or array.dtype.kind == "b" and array.size > 15 and 1 < array.sum() < array.size - 1) for array in arrays)


def results(exercise, function):
    """What counts of the results of a function that is known, the answer or a mistake, on every input."""
    return [result_of(exercise, function, i) for i in range(len(exercise.inputs))]


@cache
def result_of(exercise, function, i):
    """The same on input i. A function that is known ends and prints nothing, so it is called without more ado, and once."""
    function = getattr(function, "function", function)      # of a mistake: a fault of its sheet is no result
    with without_warnings():
        try:
            outcome = Outcome(function(*map(copy, exercise.inputs[i])))
        except Exception as error:
            outcome = Outcome(error=error)
    return what_counts(exercise, outcome, exercise.inputs[i])


def what_counts(exercise, outcome, arguments):
    """Of an outcome its error or its result, or what the exercise makes of the result; of a test what it says."""
    if exercise.tests:
        return outcome.says
    if outcome.error is not None:
        return outcome.error
    if exercise.what_counts is None:
        return outcome.result
    made = run(lambda *given: exercise.what_counts(outcome.result, *given), arguments)
    return outcome.result if made.error is not None else made.result
