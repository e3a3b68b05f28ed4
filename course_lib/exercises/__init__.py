"""All exercises and self-check questions. README.md says what each notebook has here."""
from importlib import import_module
from pathlib import Path

from course_lib.exercises.sheet import read
from course_lib.exercises.versions import with_versions

EXERCISES, QUESTIONS, BY_NOTEBOOK = {}, {}, {}
for _path in sorted(Path(__file__).parent.glob("[0-9][0-9]_*.md")):
    _code = import_module(f"{__name__}.{_path.stem}")
    _exercises, QUESTIONS[_path.stem] = read(_path, _code.EXERCISES, vars(_code))
    BY_NOTEBOOK[_path.stem] = [exercise.name for exercise in _exercises]
    EXERCISES |= {exercise.name: exercise for exercise in _exercises}
EXERCISES |= {name: with_versions(exercise, EXERCISES[exercise.tests]) for name, exercise in EXERCISES.items() if exercise.tests}
