"""Imported once by the process from which the workers are forked: the course, and what every listed mistake gives."""
import warnings

import numpy as np

from course_lib.checks.diagnosing import doubles, results
from course_lib.exercises import EXERCISES
from teach.beliefs import worker  # noqa: F401  loaded here, it need not be loaded again

with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
    for exercise in EXERCISES.values():
        for function in (exercise.answer, *exercise.mistakes, *doubles(exercise)):
            results(exercise, function)
