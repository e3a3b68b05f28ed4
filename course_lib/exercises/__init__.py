"""Exercises that know the mistakes: `check`, `hint`, `solution`, `progress` and the self-check `questions`.

The data stand in ex00 … ex08, one file a notebook; EXERCISES holds them all under their names.
"""
from importlib import import_module

from course_lib.exercises.checking import check
from course_lib.exercises.helping import hint, questions, solution
from course_lib.exercises.record import progress

NOTEBOOKS = ("00_attention_on_paper", "01_embeddings", "02_qkv", "03_scores", "04_scaling", "05_masking", "06_softmax",
             "07_weighted_sum", "08_multi_head")
_MODULES = {notebook: import_module(f"course_lib.exercises.ex{notebook[:2]}") for notebook in NOTEBOOKS}
BY_NOTEBOOK = {notebook: [exercise.name for exercise in module.EXERCISES] for notebook, module in _MODULES.items()}
EXERCISES = {exercise.name: exercise for module in _MODULES.values() for exercise in module.EXERCISES}
QUESTIONS = {notebook: module.QUESTIONS for notebook, module in _MODULES.items()}

__all__ = ["BY_NOTEBOOK", "EXERCISES", "QUESTIONS", "check", "hint", "progress", "questions", "solution"]
