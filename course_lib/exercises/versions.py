"""The versions of a function that a learner's test is tried on: right ones, and all wrong ones that the course knows."""
import inspect
import sys
from dataclasses import replace

from course_lib.exercises.sheet import source


def with_versions(exercise, tested):
    """The exercise, whose answer is a test, with versions of the tested exercise's function as its inputs, the right ones first.

    Its `right` becomes a dict from the code of each right version to the version itself.
    """
    right, signature = {source(tested.answer): tested.answer}, f"def {tested.name}{inspect.signature(tested.answer)}:\n"
    for code in (*(signature + body for body in exercise.right), *tested.others):
        exec(code, vars(sys.modules[tested.answer.__module__]), made := {})
        right[code] = made[tested.name]
    return replace(exercise, right=right, inputs=[(version,) for version in (*right.values(), *tested.mistakes)])
