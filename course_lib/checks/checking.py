"""Compare a learner's function with the answer, and where it differs find the known mistake that it makes."""
import difflib
import inspect
import os
import traceback

import numpy as np

from course_lib import steps
from course_lib._inputs import shown
from course_lib.checks import record
from course_lib.checks.comparing import same
from course_lib.checks.diagnosing import diagnose, results, what_counts
from course_lib.checks.evidence import count, evidence
from course_lib.checks.messages import SAY, Message
from course_lib.checks.relations import relation
from course_lib.checks.running import TimeUp, run
from course_lib.checks.testing import judged
from course_lib.checks.written import remark, worded
from course_lib.exercises import EXERCISES


class Verdict(Message):
    """What `check` found.

    passed       True, False, or None: not attempted, or the check itself failed
    diagnosis    the sentence of the listed mistake that gives the same, or None
    relation     how a wrong result relates to the right one, where no listed mistake fits; or None
    """

    def __init__(self, passed, exercise, *parts, diagnosis=None, relation=None):
        super().__init__(*parts, passed=passed)
        self.exercise, self.diagnosis, self.relation = exercise, diagnosis, relation

    def report(self):
        """The verdict as data, for tools: a dict of exercise, passed, diagnosis, relation and the message as text."""
        return {"exercise": self.exercise, "passed": self.passed, "diagnosis": self.diagnosis, "relation": self.relation,
                "message": repr(self)}


def check(function):
    """Say whether the function is right, and if not, with which input, what came of it, and which mistake it looks like.

    The exercise is found by the function's name. What counts is the values: a list of numbers is as good as an array, a list
    as good as a tuple, and floats may have any precision; an iterator is none of these. → Verdict. Raises ValueError if there
    is no such exercise, and while nbgrader grades AssertionError unless the function is right: there, only an error costs the
    point.
    """
    exercise = exercise_of(function)
    try:
        verdict = judge(function, exercise)
    except Exception as error:              # of ours, or of the machine: it says nothing about the learner's function
        verdict = Verdict(None, exercise.name, SAY.FAILED.format(name=exercise.name, what=f"{type(error).__name__}: {error}"))
    if os.environ.get("NBGRADER_EXECUTION") and not verdict.passed:
        raise AssertionError(repr(verdict))
    return verdict


def exercise_of(function):
    """The exercise that belongs to a learner's function. Raises ValueError, which says what to do, if there is none."""
    if not callable(function):
        raise ValueError("check takes the function itself: check(softmax), not its name and not what it returned, "
                         f"check(softmax(scores)); given was {shown(function)}")
    name = getattr(function, "__name__", None)
    if not isinstance(name, str) or name == "<lambda>":
        what = "a lambda" if name else f"a {type(function).__name__}"
        raise ValueError(f"check finds the exercise by the function's name, and {what} has none. Write it with def, under the "
                         "name that the exercise has: def softmax(scores): return …")
    return find(name)


def judge(function, exercise):
    """What `check` says, whoever asks. Raises RuntimeError if the answer itself cannot be computed here."""
    signature = inspect.signature(exercise.answer)
    try:
        inspect.signature(function).bind(*exercise.inputs[0])
    except TypeError:
        return Verdict(False, exercise.name, f"`{exercise.name}` is not right yet. It must take `{signature}`; "
                                             f"yours takes `{inspect.signature(function)}`.")
    except ValueError:              # a function written in C may have no signature
        pass
    if exercise.tests:
        return _of_test(function, exercise)
    outcomes = _outcomes(function, exercise.inputs)
    if isinstance(outcomes[0].error, NotImplementedError):
        return Verdict(None, exercise.name, _not_attempted(exercise.name, outcomes[0].error))
    expected = results(exercise, exercise.answer)
    for result in expected:
        if isinstance(result, BaseException):
            raise RuntimeError(f"the right answer could not be computed: {result}")
    found = [what_counts(exercise, *pair) for pair in zip(outcomes, exercise.inputs, strict=False)]
    notes = _notes(outcomes)
    refuses = [refuses_integers(*pair) for pair in zip(outcomes, exercise.inputs, strict=False)]
    if any(refuses) and all(same(*pair) or no for *pair, no in zip(expected, found, refuses, strict=False)):
        found = expected                    # what is refused aloud is no wrong result
        notes.append(SAY.INTEGERS)
    if not all(map(same, expected, found)) or len(found) < len(expected):
        return _wrong(function, exercise, outcomes, expected, found, notes)
    if changed := _changed(exercise, outcomes):
        diagnosis = SAY.CHANGED.format(names=changed)
        return Verdict(False, exercise.name, f"`{exercise.name}` is not right yet. {diagnosis}", *notes, diagnosis=diagnosis)
    notes += _recorded(function, exercise)
    return Verdict(True, exercise.name, f"`{exercise.name}` is right, on {count(len(exercise.inputs), 'input')}.", *notes)


def _of_test(function, exercise):
    """The verdict on a function that tests another: whether it tells the right versions of that one from the wrong."""
    told = judged(function, exercise)
    if told.passed is None:
        return Verdict(None, exercise.name, _not_attempted(exercise.name, told.error))
    notes = _recorded(function, exercise) if told.passed else []
    begin = f"`{exercise.name}` is right, " if told.passed else f"`{exercise.name}` is not right yet. "
    return Verdict(told.passed, exercise.name, begin + told.says, *told.parts, *notes, diagnosis=told.diagnosis,
                   relation=told.relation)


def _recorded(function, exercise):
    """Write down that it is done, unless it is the library's own. → sentences, mostly none"""
    if function in (exercise.answer, getattr(steps, exercise.name, None)):
        return ["But this is the library's own function: run the cell with yours before you check it."]
    return record.add(exercise.name)


def _wrong(function, exercise, outcomes, expected, found, notes):
    """The verdict on a wrong function: the listed mistake that gives the same, else what can be said of the results and code."""
    right = list(map(same, expected, found))
    first = right.index(False)
    mistake, everywhere = diagnose(exercise, expected, found)
    if mistake:
        diagnosis, related, said = mistake.says, None, worded(mistake, exercise, function)
        said = said if everywhere else f"There may be more than one slip; what shows first: {said}"
    else:
        diagnosis, related = None, remark(function, exercise, outcomes, right) or relation(exercise, expected, found)
        said = related
    changed = "" if "argument" in (said or "") else _changed(exercise, outcomes)
    it = "And it" if said else "It"
    spoils = f"{it} changes its argument {changed}, which whoever calls it still needs." if changed else ""
    said = " ".join(filter(None, (f"`{exercise.name}` is not right yet.", said, spoils)))
    parts = evidence(exercise, first, outcomes[first], expected[first], found[first])
    return Verdict(False, exercise.name, said, *parts, *notes, diagnosis=diagnosis, relation=related)


def _changed(exercise, outcomes):
    """The arguments that the function changed, in words; mostly none."""
    names = list(inspect.signature(exercise.answer).parameters)
    return " and ".join(f"`{names[i]}`" for i in sorted({i for outcome in outcomes for i in outcome.changed}))


def _outcomes(function, inputs):
    """What the function gives for each input, up to the first that is not attempted or takes too long."""
    outcomes = []
    for arguments in inputs:
        outcomes.append(run(function, arguments))
        if isinstance(outcomes[-1].error, (NotImplementedError, TimeUp)):
            break
    return outcomes


def find(function):
    """The exercise that a function, or a name, belongs to. Raises ValueError if there is none."""
    name = function if isinstance(function, str) else getattr(function, "__name__", None)
    if name in EXERCISES:
        return EXERCISES[name]
    near = difflib.get_close_matches(str(name), EXERCISES)
    raise ValueError(f"there is no exercise called {name!r}" + (f"; did you mean {near[0]!r}?" if near else
                     ": a function is checked under the name that its exercise gives it"))


def refuses_integers(outcome, arguments):
    """Whether it stopped because an array of integers, as it was given, cannot hold an infinity."""
    given = any(isinstance(value, np.ndarray) and value.dtype.kind in "iu" for value in arguments)
    return given and isinstance(outcome.error, OverflowError) and "infinity" in str(outcome.error)


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


# Whatever a learner's function returns can be compared, under any np.seterr. tools/mutants.py cannot look below a decorator.
judge = np.errstate(all="ignore")(judge)
