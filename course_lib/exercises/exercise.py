"""What an exercise and a self-check question are made of. The files ex00 … ex08 hold nothing but these."""
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Exercise:
    """One function to write. Its name is the answer's own name, which is also the learner's.

    answer      the right function; a step of the library where the exercise is a step
    inputs      tuples of arguments, the smallest first; together they tell the answer and all mistakes apart
    mistakes    sentence → wrong function: what people really write, and the sentence says what happened and where to look
    hints       two or three, each leading a little further, none telling
    why         the sentence that stands with the solution
    seen        what counts of a result, `seen(result, *arguments)`; for exercises with more than one right answer
    names       names for the rows and columns of an input or a result of that length, such as tokens
    """

    answer: Callable
    inputs: list
    mistakes: dict
    hints: tuple
    why: str
    seen: Callable | None = None
    names: tuple = field(default=())

    @property
    def name(self):
        """The name under which `check` finds the exercise."""
        return self.answer.__name__


class Choice(NamedTuple):
    """One answer to a question, whether it is right, and why."""

    text: str
    right: bool
    why: str


class Question(NamedTuple):
    """A question about an idea that no code can test."""

    text: str
    choices: tuple
