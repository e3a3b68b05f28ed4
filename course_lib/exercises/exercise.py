"""What an exercise and a self-check question are made of, and what their inputs and results share."""
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from course_lib._inputs import shown


@dataclass(frozen=True, eq=False)
class Exercise:
    """One function to write. Its name is the answer's own name, which is also the learner's."""

    answer: Callable                        # the right function, as a learner can write it
    inputs: list                            # tuples of arguments, the smallest first; a list of numbers stands for an array
    what_counts: Callable | None = None     # of a result, where more than one is right: what_counts(result, *arguments)
    names: tuple = ()                       # for the rows and columns of that length, such as tokens
    tests: str = ""                         # of an exercise whose answer is a test: which exercise's function it is given;
    right: tuple = ()                       # this and the rest come from the sheet: right versions of that function, as code
    mistakes: tuple = ()                    # what people really write, each a Mistake
    others: tuple = ()                      # other right answers, as code
    hints: tuple = ()                       # two or three, each leading a little further, none telling
    why: str = ""                           # the sentence that stands with the solution
    first: str = ""                         # code that `solution` shows before the answer's, such as the same in PyTorch

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


def whole(seed, *shape, low=-4, high=4):
    """Whole numbers from low to high, as floats, always the same for a seed."""
    return np.random.default_rng(seed).integers(low, high + 1, shape).astype(float)


def uneven(seed, *shape):
    """Numbers that are not whole, by turns in the ten thousands and near 0: whoever rounds or cuts them off, it shows."""
    return whole(seed, *shape) * np.resize([5002, 1 / 12000], shape[-1])


def shape_as_text(result, *arguments):
    """A shape as text, whether it came as a tuple, a list or an array; a text as it is, and anything else in words."""
    if isinstance(result, Iterator):
        return "an iterator, which can be read only once"
    if isinstance(result, str | None):
        return result if result is None or result.isalpha() else f"the text {result}"
    try:
        return str(tuple(map(operator.index, result)))
    except TypeError:
        if isinstance(result, (tuple, list)):
            return shown(result)
        kinds = {"an array": np.ndim(result) > 1, "a single number": isinstance(result, (int, float, np.number))}
        return next((kind for kind, fits in kinds.items() if fits), "no shape")
