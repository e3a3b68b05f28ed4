"""Try the mistakes of an exercise, such as softmax, before a learner does:

    python -m tools.mistakes softmax                    judges all
    python -m tools.mistakes softmax "down the columns" shows what a learner reads who makes a mistake whose sentence says so
    python -m tools.mistakes softmax 67                 the same for the mistake in line 67 of the sheet
"""
import os
import sys
from itertools import combinations
from textwrap import indent

try:
    from course_lib.checks.checking import check, find, results
    from course_lib.checks.comparing import same
    from course_lib.exercises.sheet import SheetError
except ValueError as error:                             # a sheet that cannot be read
    sys.exit(str(error))


def trouble(exercise):
    """What is wrong with the mistakes, as sentences: two with the same results, or one with those of the answer."""
    given = [("the answer", results(exercise, exercise.answer))]
    given += [(f"line {mistake.item.line}", results(exercise, mistake)) for mistake in exercise.mistakes]
    for where, found in given:
        yield from {f"{where} uses a name that is not there: {got}." for got in found if isinstance(got, NameError)}
    for (one, ones), (other, others) in combinations(given, 2):
        if all(map(same, ones, others)):
            yield f"{other} gives the same as {one} on every input: add an input that tells them apart, or leave it out."


def main(name="", *words):
    """Judge all mistakes, or show some; → what to tell the shell: 0, or a sentence, which makes it fail."""
    if not name or name.startswith("-"):
        return __doc__
    os.environ["COURSE_LIB_NO_PROGRESS"] = "1"
    told = " ".join(words)
    try:
        exercise = find(name)
        shown = [mistake for mistake in exercise.mistakes
                 if told and (told in mistake.says.replace("`", "") or told == str(mistake.item.line))]
        if told and not shown:
            return f"No mistake of {name} says {told!r} or stands in that line."
        for mistake in shown:
            print(f"{mistake.item.sheet}, line {mistake.item.line}", indent(mistake.code, "    "),
                  repr(check(mistake.function)), sep="\n\n", end="\n\n")
        faults = list(trouble(exercise))
    except (SheetError, ValueError) as error:
        return str(error)
    print(*faults or [f"{len(exercise.mistakes)} mistakes of {name}, each with results of its own"], sep="\n")
    return len(faults)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(*sys.argv[1:]))
