"""What a reader asks of the exercises: `check`, `hint`, `solution`, `progress` and the self-check `questions`."""
from course_lib.checks.checking import check
from course_lib.checks.helping import hint, questions, solution, source_of
from course_lib.checks.record import progress

__all__ = ["check", "hint", "progress", "questions", "solution", "source_of"]
