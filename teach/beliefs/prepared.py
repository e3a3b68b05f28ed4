"""Imported once by the process from which the workers are forked: the course, what every listed mistake gives, and pyplot."""
import matplotlib.pyplot  # noqa: F401  each of them would look for fonts, and that takes a second of its time

from course_lib.checks.diagnosing import doubles, results
from course_lib.exercises import EXERCISES
from teach.beliefs import worker  # noqa: F401  loaded here, it need not be loaded again

for exercise in EXERCISES.values():
    for function in (exercise.answer, *exercise.mistakes, *doubles(exercise)):
        results(exercise, function)
