"""Show a class's report as text, as a page and as tables for a spreadsheet."""
import csv
import io
import re
from collections import Counter
from functools import cache
from pathlib import Path

from course_lib.checks.messages import inline
from teach.beliefs.counting import FEW, OPEN, OUTCOMES, RIGHT, STOPPED, TRIED, UNJUDGED, WRONG, tried
from teach.beliefs.known import beliefs, lesson_of, minutes

TEMPLATES = Path(__file__).parent.parent / "templates" / "beliefs"
NOTHING = "No mistake is shared: there is nothing that the whole class must see again."
ALONE = "No single mistake was made twice; {} of {} answers are wrong."
OF = "of those who tried an exercise in which it showed"
SCATTERED = ("No learner has two lessons, though there are several: learners are told apart by the names of folders or files, "
             "and these seem to be others in each lesson.")
KINDS = {"diagnosis": "mistakes that `check` knows", "relation": "what `check` sees where it knows none", "other": "other"}


def labels(found, names):
    """Learner → what the report calls them: their own names only where these are asked for."""
    return {"": ""} | {name: name if names else f"learner {i}" for i, name in enumerate(found.learners, start=1)}


def counted(n, noun):
    return f"{n} {noun}{'' if n == 1 else 's'}"


def lessons(numbers):
    """`lesson 05`, `lessons 05 and 06`, `lessons 05, 06 and 07`; "" for none."""
    *before, last = numbers or [""]
    return last and (f"lessons {', '.join(before)} and {last}" if before else f"lesson {last}")


def opening(found):
    """How much was handed in and what came of it, in sentences."""
    begun, untouched = lessons(found.lessons()), lessons(found.lessons(begun=False))
    closed = sum(bool(learner) for learner, _ in found.problems)
    totals = sum((Counter(found.outcomes(name)) for name in found.exercises()), Counter())
    return " ".join(filter(None, [
        f"{counted(len(found.learners), 'learner')}, {counted(found.notebooks, 'notebook')}{', of ' * bool(begun)}{begun}.",
        f"{counted(closed, 'notebook')} cannot be judged." * bool(closed),
        f"{counted(sum(totals[outcome] for outcome in TRIED), 'answer')}: {totals[RIGHT]} right, {totals[WRONG]} wrong, "
        f"{totals[STOPPED]} stopped; {totals[OPEN]} not attempted, {totals[UNJUDGED]} not judged." * bool(begun),
        f"Nobody has begun {untouched}." * bool(untouched),
        "No exercise of the course is in them." * (not begun and not untouched),
        SCATTERED * found.scattered(),
        "So few say little of a class." * (len(found.learners) < FEW)]))


def nothing(found):
    """Why there is nothing to show, in a sentence."""
    answers = sum(one.outcome in TRIED for one in found.attempts)
    return ALONE.format(len(found.wrong()), answers) if found.wrong() else NOTHING


def together(found):
    """How long all of tomorrow's sections take in class, in a sentence; "" for one or none that says it."""
    needed = [int(re.search(r"\d+", said)[0]) for said in map(minutes, found.tomorrow()) if said]
    return f"Together {sum(needed)} minutes." if len(needed) > 1 else ""


def tied(found):
    """What is as frequent as the last thing to show and is not shown, in a sentence; "" without any."""
    others = found.tied()
    return f"As many as the last: {', '.join(thought(other).removesuffix('.') for other in others)}." if others else ""


def hardest(found):
    """The exercises that most got wrong, in a sentence; "" without any."""
    first, *others = [f"`{name}` {n}" for name, n in found.hardest().items()] or [""]
    return f"Hardest: {', '.join([f'{first} wrong', *others])}." if first else ""


def left_out(found):
    """The exercise that was left out most, in a sentence; "" without any."""
    most = found.left_out()
    return f"Left out most: `{most[0]}`, by {most[1]} of {len(found.of(most[0]))}." if most else ""


def thought(finding):
    """What is shared: a belief, in quotes, or what `check` said of an exercise."""
    return f"“{finding.says}”" if finding.belief else f"`{finding.said[0][0]}`: {finding.says}"


def share(finding):
    """How many of how many, and what stands before the thought: in which exercise, where it is only one. → two texts"""
    alone = len({name for name, *_ in finding.said}) == 1
    where = f" in `{finding.said[0][0]}`: " if alone else ": "
    return f"{len(finding.held)} of {finding.tried}", where if finding.belief else " in "


def showed(found, finding):
    """In which exercises it showed, with how many of those who tried each, as the end of a line; "" for a single exercise."""
    where = sum((Counter({name: count}) for name, _, count in finding.said), Counter())
    said = ", ".join(f"`{name}` {count} of {len(found.of(name, outcomes=TRIED))}" for name, count in where.items())
    return f" ({said})" if len(where) > 1 else ""


def text(found, names=False):
    """The report for a terminal: what to show tomorrow first, then ever more of the details."""
    label, findings = labels(found, names), found.findings()
    shown = ["\n   ".join([f"{i}. Show {where}{minutes(where)}",
                           *("".join([*share(one), thought(one), showed(found, one)]) for one in group)])
             for i, (where, group) in enumerate(found.tomorrow().items(), start=1)]
    after = [says for says in (together(found), tied(found)) if says]
    parts = [[opening(found)], [f"Show tomorrow ({OF})", *shown, *after] if shown else [nothing(found) * bool(found.exercises())],
             [says for says in (hardest(found), left_out(found)) if says], in_columns(found)]
    parts.append(["Look at these yourself", *(f"{label[who]}{': ' * bool(who)}{says}" for who, says in found.lines())])
    parts.append(["Beliefs", *(f"{len(one.held):4} of {one.tried}  {thought(one)}, met in {one.where}"
                               for one in findings if one.belief)])
    parts += [[f"What check said of {name}", *(f"{count:4}  {says}" for _, says, count in found.sentences(name))]
              for name in found.exercises()]
    return "\n\n".join("\n".join(part) for part in parts[:4] + [part for part in parts[4:] if len(part) > 1] if any(part))


def in_columns(found):
    """The outcomes of each exercise, in columns."""
    rows = {f"{lesson_of(name)[:2]} {name}": found.outcomes(name).values() for name in found.exercises()}
    width = max(map(len, rows), default=0)
    return ["".join([f"{head:{width}}", *(f"{cell:>{len(outcome) + 3}}" for cell, outcome in zip(cells, OUTCOMES, strict=True))])
            for head, cells in ({"exercise": OUTCOMES} | rows if rows else rows).items()]


@cache
def template():
    """The page's template, with what it includes; to compile it takes longer than to fill it."""
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    environment.filters["inline"] = lambda sentence: Markup(inline(sentence))
    return environment.get_template("index.html.j2")


def page(found, names=False):
    """The report as a page that needs nothing else, for the screen in both themes and for paper."""
    return template().render(
        found=found, label=labels(found, names), opening=opening(found), nothing=nothing(found), of=OF,
        after=[together(found), tied(found), hardest(found), left_out(found)], names=names, kinds=KINDS, outcomes=OUTCOMES,
        thought=thought, share=share, showed=showed, lesson_of=lesson_of, minutes=minutes)


def table(*rows):
    """Rows as CSV for a spreadsheet, which must take nothing in it for a formula."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(
        [f"'{cell}" if str(cell).startswith(tuple("=+-@\t\r")) else cell for cell in row] for row in rows)
    return written.getvalue()


def counts(found):
    """A row for each sentence of each exercise: how many, and the beliefs that it belongs to. Nobody is named."""
    of = {(name, says): [] for name in found.exercises() for _, says, _ in found.sentences(name)}
    for one in found.findings():
        for name, says, _ in one.said if one.belief else ():
            of[name, says].append(one)
    return table(("lesson", "exercise", "kind", "sentence", "count", "tried", "belief", "met in"), *(
        (lesson_of(name)[:2], name, kind, says, count, len(found.of(name, outcomes=TRIED)),
         "; ".join(one.says for one in of[name, says]), "; ".join(one.where for one in of[name, says]))
        for name in found.exercises() for kind, says, count in found.sentences(name)))


def verdicts(found, names=False):
    """A row for each learner and exercise, with the beliefs that it shows."""
    label, known = labels(found, names), beliefs()
    return table(("learner", "lesson", "exercise", "outcome", "kind", "sentence", "belief"), *(
        (label[one.learner], lesson_of(one.exercise)[:2], one.exercise, one.outcome, one.kind,
         " ".join([*[one.says] * bool(one.says), *tried(one.notes)]),
         "; ".join(belief.says for belief in known if one.kind == "diagnosis" and belief.holds(one.exercise, one.says)))
        for one in found.attempts))


def key(found, unread=()):
    """Who is who, and where the notebooks are: a row for each file, those that could not be read for their kind at the end."""
    label = labels(found, False)
    return table(("learner", "name", "file"), *((label[learner], learner, path) for learner, path in found.files),
                 *(("", "", path) for path in unread))
