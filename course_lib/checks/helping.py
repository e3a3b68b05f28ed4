"""Help that a reader asks for: hints one by one, the solution with its reason, and questions with a reason for each choice."""
from course_lib import steps
from course_lib._inputs import shown
from course_lib.checks.checking import find
from course_lib.checks.messages import SAY, Code, Message, inline
from course_lib.exercises import QUESTIONS
from course_lib.exercises.sheet import source

_given = {}                         # how many hints of an exercise this session has shown


def hint(function):
    """The next hint for an exercise; after the last one it begins again. Takes the function or its name. → Message"""
    exercise = find(function)
    i = _given.get(exercise.name, 0) % len(exercise.hints)
    _given[exercise.name] = i + 1
    more = f"`hint({exercise.name})` again for the next." if i + 1 < len(exercise.hints) else \
        f"That was the last hint; `solution({exercise.name})` shows the answer."
    return Message(f"Hint {i + 1} of {len(exercise.hints)}. {exercise.hints[i]}", more)


def solution(function):
    """An answer as you could have written it, and why it is so. Takes the function or its name. → Message"""
    exercise = find(function)
    more = [SAY.LIBRARY.format(name=exercise.name)] if hasattr(steps, exercise.name) else []
    first, code = f"One way to write `{exercise.name}`.", Code(source(exercise.answer))
    return Message(first, *([Code(exercise.first), exercise.why, code] if exercise.first else [code, exercise.why]), *more)


def source_of(function):
    """A function of the library as it is written, without its docstring. → Code"""
    return Code(source(function))


class Questions:
    """The self-check questions of a notebook. On a page every choice unfolds to its reason, without any script."""

    def __init__(self, notebook, asked):
        self.notebook, self.asked = notebook, asked

    def __repr__(self):
        lines = []
        for i, question in enumerate(self.asked, start=1):
            lines.append(f"{i}. {question.text}")
            lines += [f"   {letter}) {choice.text}" for letter, choice in zip("abcdef", question.choices, strict=False)]
        return "\n".join([*lines, f'questions("{self.notebook}", 1, "a") says what is right or wrong about a choice.'])

    def _repr_html_(self):
        def folded(letter, choice):
            return (f'<details style="margin:0.4em 1.2em"><summary>{letter}) {inline(choice.text)}</summary>'
                    f'<div style="margin:0.4em 0 0.8em 1.2em;max-width:44em">{_reply(choice)._repr_html_()}</div></details>')

        return "".join(
            f'<div style="margin-bottom:1.6em"><p style="margin:0"><strong>{i}. {inline(question.text)}</strong></p>'
            f'{"".join(map(folded, "abcdef", question.choices))}</div>' for i, question in enumerate(self.asked, start=1))


def _reply(choice):
    """What is right or wrong about a choice. → Message"""
    return Message(f"{'Right' if choice.right else 'Not so'}. {choice.why}", passed=choice.right)


def questions(notebook, number=None, letter=None):
    """The questions of a notebook, such as "06"; with a number and a letter, what is right or wrong about that choice.

    → Questions or Message. Raises ValueError for a notebook, number or letter that does not exist.
    """
    found = [name for name in QUESTIONS if name[:2] == str(notebook)[:2]]
    if not found:
        raise ValueError(f"notebook must be one of {', '.join(name[:2] for name in QUESTIONS)}, not {shown(notebook)}")
    asked = QUESTIONS[found[0]]
    if number is None:
        return Questions(found[0][:2], asked)
    if number not in range(1, len(asked) + 1):
        raise ValueError(f"notebook {notebook} has questions 1 to {len(asked)}, not {shown(number)}")
    choices = dict(zip("abcdef", asked[number - 1].choices, strict=False))
    if letter not in choices:
        raise ValueError(f"question {number} has the choices {', '.join(choices)}, not {shown(letter)}")
    return _reply(choices[letter])
