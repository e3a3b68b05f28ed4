"""Judge a learner's test: it must let every right version of a function pass, and stop every wrong one that the course knows.

What counts is what it says of each version. To raise is to say no, whatever the error; so a version that fails by itself while
the test calls it is stopped.
"""
import re
from functools import cache
from typing import NamedTuple

import numpy as np

from course_lib.checks.comparing import same
from course_lib.checks.diagnosing import result_of, results
from course_lib.checks.evidence import count, describe, evidence
from course_lib.checks.messages import SAY
from course_lib.checks.refusing import fails_itself, refusal
from course_lib.checks.running import TimeUp, run, stopwatch
from course_lib.exercises import EXERCISES
from course_lib.properties import PROPERTIES, holds

PATIENCE = 10               # seconds of computing that a test has for all versions
FEW = 20                    # wrong versions, of which to find out what they break: it takes a hundredth of a second each
COUNTS = re.compile(r"\d+ of \d+ ")


class Judgement(NamedTuple):
    """What there is to say of a test. passed is None, and error its NotImplementedError, if it is not attempted."""

    passed: bool | None
    says: str = ""
    parts: tuple = ()
    diagnosis: str | None = None
    relation: str | None = None
    error: BaseException | None = None


@cache
def _keeps(wrong, a_property):
    """Whether the property holds of a listed mistake."""
    return holds(a_property, wrong)


def judged(function, exercise):
    """Try a test on every version. → Judgement"""
    kept = Kept(function)
    first, calls = _watched(function, exercise.inputs[0][0])
    if isinstance(first.error, NotImplementedError):
        return Judgement(None, error=first.error)
    again = calls if isinstance(first.error, TimeUp) else _watched(function, exercise.inputs[0][0])[1]
    changed = kept.put_back()
    outcomes = _tried(function, exercise.inputs, kept)
    if not calls and first.error is None:
        return _judgement(exercise, outcomes, [SAY.SILENT.format(argument=_argument(function))])
    told = _told(exercise, function, outcomes)
    kept.put_back()
    return _judgement(exercise, outcomes, _faults(outcomes, changed, calls != again), *told)


def _judgement(exercise, outcomes, faults, told="", parts=()):
    """The Judgement of what was found: faults as sentences, what is wrong with what it says, and what shows that."""
    n, right = len(outcomes), len(exercise.right)
    if not faults and not told:
        says = f"on {n} versions: it lets {count(right, 'right one')} pass and stops {count(n - right, 'wrong one')}."
        return Judgement(True, says, _notes(outcomes))
    listed = exercise.mistakes if told.startswith("It lets") else ()
    weak = next((weak.says for weak in listed if _is_like(weak, exercise, outcomes)), None)
    related = COUNTS.sub("", told.partition(". ")[0].rstrip(".") + ".") if told else ""     # without numbers, to be counted
    return Judgement(False, " ".join(filter(None, (*faults, weak, told))), (*parts, *_notes(outcomes)), weak,
                     None if weak else " ".join(filter(None, (*faults, related))))


def _watched(function, version):
    """What a test does with a version, and what it calls it with."""
    calls = []

    def watching(*arguments, **named):
        calls.append([_exact(value) for value in (*arguments, *named.values())])
        return version(*arguments, **named)

    return run(function, [watching]), calls


def _exact(value):
    """What an argument is, bit by bit where it is made of numbers."""
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if isinstance(value, (list, tuple)):
        return list(map(_exact, value))
    return repr(value) if isinstance(value, (int, float)) else type(value)              # NaN is not equal to itself


class Kept:
    """The arrays of the notebook that a function names, and what they held."""

    def __init__(self, function):
        names, known = getattr(getattr(function, "__code__", None), "co_names", ()), getattr(function, "__globals__", {})
        self.arrays = {name: known[name] for name in names if isinstance(known.get(name), np.ndarray)}
        self.before = {name: array.copy() for name, array in self.arrays.items()}

    def put_back(self):
        """Give every array its old numbers. → the names of those that had others"""
        changed = [name for name, array in self.arrays.items() if _exact(array) != _exact(self.before[name])]
        for name in changed:
            self.arrays[name][...] = self.before[name]
        return changed


def _tried(function, inputs, kept):
    """What the test does with each version, up to one that takes too long, or until it has had all its time."""
    outcomes, is_up = [], stopwatch(PATIENCE)
    for version in inputs:
        outcomes.append(run(function, version))
        kept.put_back()
        if isinstance(outcomes[-1].error, TimeUp) or is_up():
            break
    return outcomes


def _faults(outcomes, changed, draws):
    """What no test should do, whatever it says of the versions, as sentences."""
    odd = [outcome.result for outcome in outcomes if outcome.says == "neither yes nor no"]
    return [*(SAY.CHANGES.format(name=name) for name in changed), *[SAY.DRAWS] * (draws and not changed),
            *(SAY.NEITHER.format(what=describe(result)) for result in odd[:1])]


def _is_like(weak, exercise, outcomes):
    """Whether a listed test says the same of every version."""
    return all(result_of(exercise, weak, i) == outcome.says for i, outcome in enumerate(outcomes))


def _told(exercise, function, outcomes):
    """What is wrong with what it says of the versions, in a sentence, and what shows it; no sentence if nothing is."""
    n, right, said = len(exercise.inputs), len(exercise.right), [outcome.says for outcome in outcomes]
    if isinstance(outcomes[-1].error, TimeUp):
        which = "right" if len(said) <= right else "wrong"
        return SAY.TOO_LONG.format(which=which, error=outcomes[-1].error), []
    if len(said) < n:
        return SAY.SLOW.format(n=n, seconds=PATIENCE), []
    refused = [i for i in range(right) if said[i] == "no"]
    passed = [i for i in range(right, n) if said[i] != "no"]
    lets = f"{len(passed)} of {n - right} wrong versions"
    if refused:
        both = f" (And it lets {lets} through.)" if passed and len(refused) <= right / 2 else ""
        some = f"It refuses {len(refused)} of {right} right versions.{both}"
        head = SAY.NEVER if len(refused) == right and not passed else some
        parts = refusal(exercise, EXERCISES[exercise.tests], function, refused[0], outcomes[refused[0]])
        return (SAY.ITSELF if len(parts) == 1 and len(refused) == right else head), parts
    if passed and not any(map(_is_own, outcomes)):
        return SAY.ALWAYS, _what_tells(exercise, passed[0])
    return (f"It lets {lets} through.", [*_kinds(exercise, passed), *_what_tells(exercise, passed[0])]) if passed else ("", [])


def _is_own(outcome):
    """Whether a test itself says no, and no version that fails while it is called, or returns what cannot be unpacked."""
    return outcome.says == "no" and not fails_itself(outcome)


def _kinds(exercise, passed):
    """Which properties the wrong versions break that get through, the most frequent first, as a sentence; only of a few."""
    *properties, tiny_case = PROPERTIES[exercise.tests].items()         # which most break that break anything
    left, broken = list(passed) if len(passed) <= FEW else [], []
    while left:
        breaks = {words: [i for i in left if not _keeps(exercise.inputs[i][0], a_property)] for words, a_property in properties}
        words = max(breaks, key=lambda words: len(breaks[words]))
        if not breaks[words]:
            words, breaks = tiny_case[0], {tiny_case[0]: left}
        broken.append(f"“{words}” {len(breaks[words])}")
        left = [i for i in left if i not in breaks[words]]
    return [SAY.BREAK.format(broken=", ".join(broken))] if broken else []


def _what_tells(exercise, i):
    """A wrong version that gets through: what `check` says of it, and the smallest of its inputs that tells."""
    tested, wrong = EXERCISES[exercise.tests], exercise.inputs[i][0]
    expected, found = results(tested, tested.answer), results(tested, wrong)
    tells = next(j for j, pair in enumerate(zip(expected, found, strict=True)) if not same(*pair))
    outcome = run(wrong, tested.inputs[tells])._replace(line="")
    given, *rest = evidence(tested, tells, outcome, expected[tells], found[tells])
    return [f"Somebody else wrote the first of these. To that author `check({tested.name})` says: “{wrong.says}”",
            f"You would have seen it {given[0].lower()}{given[1:]}", *rest]


def _notes(outcomes):
    """What else there is to say: returning False, and printing."""
    lines = [line for outcome in outcomes for line in outcome.printed.splitlines()]
    returned = any(outcome.error is None and outcome.says == "no" for outcome in outcomes)
    return *[SAY.RETURNED] * returned, *(SAY.PRINTED.format(line=line[:60]) for line in lines[:1])


def _argument(function):
    """What the function calls its first argument."""
    code = getattr(function, "__code__", None)
    return code.co_varnames[0] if code and code.co_argcount else "attention"
