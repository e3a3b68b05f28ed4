"""Read a sheet, in the form that README.md shows: words, and mistakes as changes of the answers' code."""
import ast
import inspect
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from textwrap import dedent, indent

import numpy as np

from course_lib.exercises.exercise import Choice, Question

STARTS = re.compile(r"(#|##|hint:|why:|also:|right:|found:|-) (.+)")
MISTAKE = re.compile(r"`([^`]+)`: (.+)")
CHOICE = re.compile(r"\[([ x])\] (.+)")


class SheetError(ValueError):
    """A sheet that does not fit its form or the code beside it; the message begins with file and line."""


@dataclass(slots=True)
class Item:
    """One entry of a sheet: what kind it is, its words, and the lines indented below them."""

    sheet: str
    line: int
    kind: str
    words: str
    below: list = field(default_factory=list)

    def fault(self, what):
        """The error that says where in the sheet something is wrong."""
        return SheetError(f"{self.sheet}, line {self.line}: {what}")

    def code(self):
        """The code below, without the fences that mark it."""
        if len(self.below) < 3 or self.below[0] != "```python" or self.below[-1] != "```":
            raise self.fault("a mistake is written - `change`: sentence, all on one line; or - sentence, with code below that is "
                             "indented by two spaces and stands between ```python and ```")
        return "\n".join(self.below[1:-1])


@dataclass(eq=False)
class Mistake:
    """A wrong version of an answer, called as the answer is, and the sentence that says what happened and where to look."""

    says: str
    code: str
    item: Item
    scope: dict
    change: str = ""                # as it is written, where it is a change of one of
    right: tuple = ()               # the bodies of the right answers

    def __call__(self, *arguments, **named):
        return self.function(*arguments, **named)

    @cached_property
    def function(self):
        """The wrong version, compiled when it is first needed."""
        made = {}
        try:
            exec(compile(self.code, f"{self.item.sheet}, line {self.item.line}", "exec"), self.scope, made)
        except SyntaxError as error:
            raise self.item.fault(f"{error.msg} in\n{self.code}") from error
        return made.popitem()[1]


def both(one, other):
    """The Mistake of somebody who makes two changes at once; None if they are none, fit no answer or do not fit together."""
    if not (one.change and other.change):
        return None
    try:
        body = changed(f"{one.change}; {other.change}", one.right, one.item)
        code = one.code.partition("\n")[0] + "\n" + body
        two = Mistake(f"{one.says} And a second slip: {other.says}", code, one.item, one.scope)
        return two if two.function else None
    except SheetError:
        return None


def read(path, exercises, scope):
    """The exercises with the words that the sheet has for them, and its questions. `scope` is where the answers' names are.

    → tuple of Exercise, tuple of Question. Raises SheetError.
    """
    told, asked, here = {}, {}, None        # heading → its entry and those below, of exercises and of questions; which of the two
    for item in items(path):
        if item.kind == "#":
            here = asked if item.words == "Questions" else told
        elif item.kind == "##":
            here[item.words] = item, []
        elif not here:
            raise item.fault("this stands under no exercise and no question")
        else:
            here[next(reversed(here))][1].append(item)
    missing = {exercise.name for exercise in exercises} ^ set(told)
    if missing:
        raise SheetError(f"{path.name}, and the code beside it, must have the same exercises; only one of them has "
                         f"{', '.join(sorted(missing))}")
    return (tuple(with_words(exercise, *told[exercise.name], scope) for exercise in exercises),
            tuple(Question(words, tuple(map(choice, section))) for words, (_, section) in asked.items()))


def items(path):
    """The entries of a sheet, in order. Raises SheetError for a line that is neither an entry nor below one."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        start = STARTS.fullmatch(line)
        if start:
            found.append(Item(path.name, number, *start.groups()))
        elif line.startswith("  ") and found:
            found[-1].below.append(line[2:])
        elif line and not line.startswith(">"):
            raise Item(path.name, number, "", line).fault(
                f"lines begin with # ## hint: why: also: right: found: - > or two spaces, each on one line; this is {line[:60]}")
        elif found and found[-1].below[:1] == ["```python"] and found[-1].below[-1] != "```":
            found[-1].below.append("")                              # an empty line within code
    return found


def pairs(path):
    """What stands between the backticks of each entry of a list, and the sentence behind it."""
    return [pair(item) for item in items(path) if item.kind == "-"]


def pair(item):
    """The same of one entry."""
    found = MISTAKE.fullmatch(item.words)
    if not found:
        raise item.fault("this is written `what it is`: what is said of it")
    return found.groups()


def sentences(path, parameters, scope):
    """The sentences of a list of conditions, with each condition as a function of these parameters."""
    return [(words, eval(f"lambda {parameters}: {holds}", scope)) for holds, words in pairs(path)]


def with_words(exercise, heading, section, scope):
    """The exercise with its mistakes, hints and reason, from the entries below its heading."""
    signature = f"def {exercise.name}{inspect.signature(exercise.answer)}:\n"
    kinds = {kind: [item for item in section if item.kind == kind]
             for kind in ("hint:", "why:", "also:", "right:", "found:", "-")}
    if not (2 <= len(kinds["hint:"]) <= 3 and len(kinds["why:"]) == 1):
        raise heading.fault(f"an exercise has two or three hints and one why; {exercise.name} has {len(kinds['hint:'])} and "
                            f"{len(kinds['why:'])}")
    [why] = kinds["why:"]
    others = [indent(item.code(), "    ") for item in kinds["also:"]]
    right = (source(exercise.answer).partition("\n")[2], *others)                  # without the line of the def
    inputs, cases = [tuple(map(ready, given)) for given in exercise.inputs], [pair(item) for item in kinds["found:"]]
    return replace(exercise, inputs=inputs,
                   what_counts=in_words(exercise.what_counts, cases, scope) if cases else exercise.what_counts,
                   mistakes=tuple(mistake(item, signature, right, scope) for item in kinds["-"]),
                   others=tuple(signature + body for body in others),
                   right=tuple(indent(f'"""{item.words}"""\n{item.code()}', "    ") for item in kinds["right:"]),
                   hints=tuple(item.words for item in kinds["hint:"]), why=why.words, first=why.code() if why.below else "")


def in_words(seen, cases, scope):
    """What counts of a result: the words of the first case that holds. `seen` makes of it what cases speak of, by name."""
    def counts(result, *arguments):
        names = scope | seen(result, *arguments)
        return next(words.format_map(names) for holds, words in cases if eval(holds, names))
    return counts


def ready(value):
    """What is given to a function: an array for a list, but for a list of texts."""
    return np.array(value) if isinstance(value, list) and not isinstance(value[0], str) else value


def mistake(item, signature, right, scope):
    """The Mistake of an entry: a change of one of the right answers, an expression, or code of its own."""
    found = None if item.below else MISTAKE.fullmatch(item.words)
    if not found:
        return Mistake(item.words, signature + indent(item.code(), "    "), item, scope)
    written, says = found.groups()
    if " -> " in written:
        raise item.fault("the arrow of a change is →, not ->")
    if "→" not in written:
        return Mistake(says, f"{signature}    return {written}", item, scope)
    return Mistake(says, signature + changed(written, right, item), item, scope, written, right)


def changed(written, right, item):
    """The first body of a right answer that the changes `old → new; old → new` fit, with the changes made."""
    for body in right:
        for change in written.split("; "):
            old, new = (side.strip().replace("⇥", "    ").replace("⏎", "\n") for side in change.split("→"))
            if body.count(old) != 1:
                break
            body = body.replace(old, new)
        else:
            return body
    raise item.fault(f"`{old}` must stand exactly once in a right answer, and stands {right[0].count(old)} times in\n{right[0]}")


def choice(item):
    """The Choice of an entry such as `- [x] Nothing.` with its reason below."""
    found = CHOICE.fullmatch(item.words)
    if not found or not item.below:
        raise item.fault("a choice is written `- [x] …` or `- [ ] …`, with its reason indented below")
    return Choice(found[2], found[1] == "x", " ".join(item.below))


def source(function):
    """A function's code without its docstring."""
    text = dedent(inspect.getsource(function))
    definition = ast.parse(text).body[0]
    lines = text.splitlines()
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        del lines[docstring.lineno - 1:docstring.end_lineno]
    return "\n".join(lines)
