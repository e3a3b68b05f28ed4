"""Compare a learner's function with the answer, and where it differs find the known mistake that it makes."""
import difflib
import inspect
import os
import traceback
from operator import itemgetter
from reprlib import repr as short_repr

import numpy as np

from course_lib import steps
from course_lib.checks import record
from course_lib.checks.comparing import as_array, same
from course_lib.checks.evidence import count, evidence
from course_lib.checks.messages import Message
from course_lib.checks.running import TimeUp, run
from course_lib.exercises import EXERCISES

CHANGED = ("The values are right, but the function changed its argument {names}. Whoever calls it still needs that array: "
           "work on a copy, or make a new array.")
BATCHES = ("It is right for a single sequence, but with more axes in front, such as a batch, it fails. "
           "Count the axes from the end, and let NumPy carry the others along.")


class Verdict(Message):
    """What `check` found: passed (True, False, or None when not attempted) and diagnosis (a sentence or None)."""

    def __init__(self, passed, diagnosis, *parts):
        super().__init__(*parts, passed=passed)
        self.diagnosis = diagnosis


def check(function):
    """Say whether the function is right, and if not, with which input, what came of it, and which mistake it looks like.

    The exercise is found by the function's name. → Verdict. Raises ValueError if there is no such exercise, and while
    nbgrader grades AssertionError unless the function is right: there, only an error costs the point.
    """
    verdict = judge(function)
    if os.environ.get("NBGRADER_EXECUTION") and not verdict.passed:
        raise AssertionError(repr(verdict))
    return verdict


def judge(function):
    """What `check` says, whoever asks."""
    if not callable(function):
        raise ValueError("check takes the function itself: check(softmax), not its name and not what it returned, "
                         f"check(softmax(scores)); given was {short_repr(function)}")
    exercise = find(function)
    signature = inspect.signature(exercise.answer)
    if not _takes(function, exercise.inputs[0]):
        return Verdict(False, None, f"`{exercise.name}` must take {signature}; yours takes {inspect.signature(function)}.")
    outcomes = _outcomes(function, exercise.inputs)
    if isinstance(outcomes[0].error, NotImplementedError):
        return Verdict(None, None, _not_attempted(exercise.name, outcomes[0].error))
    expected = results(exercise, exercise.answer)
    found = [_what_counts(exercise, *pair) for pair in zip(outcomes, exercise.inputs, strict=False)]
    wrong = next((i for i, result in enumerate(found) if not same(expected[i], result)), None)
    notes = _notes(outcomes)
    if wrong is not None:
        diagnosis = diagnose(exercise, expected, found)
        proof = evidence(exercise, wrong, outcomes[wrong], expected[wrong], found[wrong])
        return Verdict(False, diagnosis, _not_right(exercise, diagnosis), *proof, *notes)
    changed = sorted({i for outcome in outcomes for i in outcome.changed})
    if changed:
        diagnosis = CHANGED.format(names=" and ".join(f"`{list(signature.parameters)[i]}`" for i in changed))
        return Verdict(False, diagnosis, _not_right(exercise, diagnosis), *notes)
    if function in (exercise.answer, getattr(steps, exercise.name, None)):
        notes.append("But this is the library's own function: run the cell with yours before you check it.")
    else:
        notes += record.add(exercise.name)
    return Verdict(True, None, f"`{exercise.name}` is right, on {count(len(exercise.inputs), 'input')}.", *notes)


def _outcomes(function, inputs):
    """What the function gives for each input, up to the first that is not attempted or takes too long."""
    outcomes = []
    for arguments in inputs:
        outcomes.append(run(function, arguments))
        if isinstance(outcomes[-1].error, (NotImplementedError, TimeUp)):
            break
    return outcomes


def _not_right(exercise, diagnosis):
    return f"`{exercise.name}` is not right yet." + (f" {diagnosis}" if diagnosis else "")


def find(function):
    """The exercise that a function, or a name, belongs to."""
    name = function if isinstance(function, str) else getattr(function, "__name__", None)
    if name in EXERCISES:
        return EXERCISES[name]
    near = difflib.get_close_matches(str(name), EXERCISES)
    raise ValueError(f"there is no exercise called {name!r}" + (f"; did you mean {near[0]!r}?" if near else
                     ": a function is checked under the name that its exercise gives it"))


def diagnose(exercise, expected, found):
    """The sentence of the mistake that gives what was found, or None.

    Best is a mistake that gives the same on every input. Failing that, the first wrong result must have telling numbers;
    then a mistake counts that gives the same wherever the function had a result, or at least up to the first wrong one.
    So a known slip is named also in code for a single sequence, which a batch makes fail, and beside a second slip.
    """
    if len(found) < len(exercise.inputs):
        return None

    def gives_the_same(mistake, places):
        return (same(_result(exercise, mistake, exercise.inputs[i]), found[i]) for i in places)

    everywhere, results = range(len(found)), [i for i, result in enumerate(found) if not isinstance(result, BaseException)]
    wrong = next((i for i in results if not same(expected[i], found[i])), None)
    exact = [mistake.says for mistake in exercise.mistakes if all(gives_the_same(mistake, everywhere))]
    if exact or wrong is None:
        return exact[0] if exact else _fails_in_batches(exercise.inputs, results)
    if not _telling(found[wrong]):
        return None
    partly = [mistake.says for mistake in exercise.mistakes if all(gives_the_same(mistake, results))]
    if len(partly) == 1:
        return partly[0]
    until_wrong = [i for i in results if i <= wrong]
    beside = [(sum(gives_the_same(mistake, everywhere)), mistake.says) for mistake in exercise.mistakes
              if all(gives_the_same(mistake, until_wrong))]
    return max(beside, key=itemgetter(0), default=(0, None))[1]


def _fails_in_batches(inputs, results):
    """The sentence for a function that is right where it has a result, and has none exactly where there are more axes."""
    axes = [max(map(np.ndim, (a for a in arguments if isinstance(a, np.ndarray))), default=0) for arguments in inputs]
    failed = [axes[i] for i in range(len(inputs)) if i not in results]
    return BATCHES if results and failed and max(axes[i] for i in results) < min(failed) else None


def _telling(result):
    """Whether a result has enough different numbers that two functions do not give the same by chance."""
    arrays = [as_array(part) for part in (result if isinstance(result, tuple) else [result])]
    return any(array is not None and array.dtype.kind == "f" and len(set(array[np.isfinite(array)].round(4).tolist())) > 3
               for array in arrays)


def _takes(function, arguments):
    """Whether the function can be called with these arguments, as far as its signature tells."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    except ValueError:              # a function written in C may have no signature
        pass
    return True


def results(exercise, function):
    """What counts of the results of a function that is known, the answer or a mistake, on every input."""
    return [_result(exercise, function, arguments) for arguments in exercise.inputs]


def _result(exercise, function, arguments):
    """The same on one input."""
    return _what_counts(exercise, run(function, arguments), arguments)


def _what_counts(exercise, outcome, arguments):
    """Of an outcome its error or its result, or what the exercise makes of the result."""
    if outcome.error is not None:
        return outcome.error
    if exercise.what_counts is None:
        return outcome.result
    made = run(lambda *given: exercise.what_counts(outcome.result, *given), arguments)
    return outcome.result if made.error is not None else made.result


def _not_attempted(name, error):
    """What to do about a stub: the function's own, or that of another exercise which it calls."""
    stub = traceback.extract_tb(error.__traceback__)[-1].name
    if stub != name and stub in EXERCISES:
        return (f"`{name}` calls `{stub}`, whose exercise is not attempted yet. Write that first, or take the library's: "
                f"`from course_lib import {stub}`.")
    return (f"`{name}`: not attempted yet. Replace `raise NotImplementedError` in the cell above by your code, run that cell, "
            f"then this one. If you are stuck: `hint({name})`.")


def _notes(outcomes):
    """What else there is to say: printing."""
    lines = [line for outcome in outcomes for line in outcome.printed.splitlines()]
    return [f"It also printed, beginning with `{lines[0][:60]}`; a result is handed over with `return`."] if lines else []
