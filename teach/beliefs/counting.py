"""Count what the submissions of a class have shown, by exercise and by belief."""
import re
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from course_lib.exercises import BY_NOTEBOOK, EXERCISES
from teach.beliefs.known import beliefs, lesson_of, place
from teach.beliefs.submissions import named
from teach.beliefs.worker import REFUSED

RIGHT, WRONG, STOPPED, OPEN, UNJUDGED = OUTCOMES = "right", "wrong", "stopped", "not attempted", "not judged"
ORDER = {name: i for i, name in enumerate(EXERCISES)}
TRIED = RIGHT, WRONG, STOPPED
SHARED = "diagnosis", "relation"                # kinds of sentences that say something of what was thought
FEW = 5                     # learners, below which one can hardly speak of a class
SHOWN = 3                   # things to show tomorrow
# What `check` shows of a result that no sentence of the sheets fits → what is counted
RAISED = re.compile(r"^it raised `(\w+): ", re.MULTILINE)
OTHER = {"it returned `None`": "It returned `None`.", "it calls itself without end": "It calls itself without end.",
         "It must take": "It takes other arguments than the stub."}
ACCIDENTS = {"it had not finished after": "It did not end: `check` stopped it after 2 seconds.",
             "MemoryError": "It asked for more memory than a submission has.",
             "it raised `SystemExit": "It ended Python itself, with `exit()` or the like."}
# What a function wants that is not here → what is missing
ASKS = "It asks with `input()`, and nobody answers here."
WANTED = {r"`NameError: name '(\w+)' is not defined": "`{}` is missing: nothing that was run gives it a value.",
          r"`FileNotFoundError: .*?: '(.+?)'`": "It reads a file that is not here: `{}`.",
          r"`EOFError: EOF when reading a line": ASKS,
          r"`ValueError: I/O operation on closed file.*input\(": ASKS}         # `exit()` has closed it, in an exercise before
UNKNOWN = "It is wrong in a way of its own."


class Attempt(NamedTuple):
    """What came of one exercise of one learner. kind: of the sentence, a diagnosis, a relation or another."""

    learner: str
    exercise: str
    outcome: str
    says: str = ""
    kind: str = ""
    notes: tuple = ()


def attempt(learner, found):
    """The Attempt that a worker's report speaks of."""
    name, message, notes = found["exercise"], found.get("message", ""), tuple(dict.fromkeys(found.get("notes", ())))
    if "stopped" in found:
        return Attempt(learner, name, STOPPED, f"It {found['stopped']}.")
    if found["needs"]:
        return Attempt(learner, name, UNJUDGED, found["needs"], notes=notes)
    if found["passed"]:
        return Attempt(learner, name, RIGHT, notes=notes)
    if found["passed"] is None:
        if message.startswith(f"`{name}`: not attempted yet"):
            return Attempt(learner, name, OPEN, notes=notes)
        said = message.replace(f"`{name}` calls", "It calls", 1).partition(" Write that first")[0]      # advice for the learner
        return Attempt(learner, name, UNJUDGED, said, notes=notes)
    if REFUSED in message:
        return Attempt(learner, name, STOPPED, "" if notes else "It was refused; nothing happened.", notes=notes)
    if wants := wanted(message):
        return Attempt(learner, name, UNJUDGED, wants, notes=notes)
    if ended := accident(message):
        return Attempt(learner, name, STOPPED, ended, notes=notes)
    kind = next((kind for kind in ("diagnosis", "relation") if found[kind]), "other")
    return Attempt(learner, name, WRONG, found.get(kind) or other(message), kind, notes)


def accident(message):
    """Why the function was stopped, where that and no wrong result is what failed it; None elsewhere."""
    return next((says for part, says in ACCIDENTS.items() if part in message), None)


def wanted(message):
    """What an error says that a function wants and that is not here; None for other errors."""
    found = ((says, re.search("it raised " + part, message)) for part, says in WANTED.items())
    return next((says.format(*match.groups()) for says, match in found if match), None)


def tried(notes):
    """What came of that which a submission tried beside its exercise: what is done in its own folder is thrown away with that."""
    done = [note for note in notes if note.endswith("in its folder")]
    refused = [note for note in notes if note not in done]
    return ([f"It tried {', '.join(refused)}; refused, nothing happened."] * bool(refused)
            + [f"It was {', '.join(done)}, which is thrown away."] * bool(done))


def other(message):
    """What to count a wrong result as that neither a mistake nor a relation explains."""
    raised = RAISED.search(message)
    return f"It raised a `{raised[1]}`." if raised else next((says for part, says in OTHER.items() if part in message), UNKNOWN)


class Finding(NamedTuple):
    """Something that several learners share: a belief, or one sentence of `check` about one exercise."""

    says: str
    where: str                      # the section of a lesson that meets it
    held: frozenset                 # the learners
    tried: int                      # how many tried an exercise in which somebody showed it
    said: tuple                     # (exercise, sentence, how many), the most frequent first
    belief: bool


@dataclass
class Class:
    """What a class has handed in: attempts, one for each learner and exercise; (learner, sentence) on what cannot be judged;
    the notebooks as (learner, path)."""

    learners: list
    attempts: list
    problems: list
    files: list

    @property
    def notebooks(self):
        """How many notebooks were handed in."""
        return len(self.files)

    def scattered(self):
        """Whether no learner has two lessons although there are several: then one person is probably counted as several."""
        held = {}
        for learner, path in self.files:
            held.setdefault(learner, set()).add(named(path.stem)[0] or path.stem)
        lessons = {named(path.stem)[0] for _, path in self.files} - {""}
        return len(lessons) > 1 and len(held) > 1 and max(map(len, held.values())) == 1

    def lessons(self, begun=True):
        """The numbers of the lessons of which somebody has begun something; or of those of which nobody has."""
        there, done = (list(dict.fromkeys(lesson_of(one.exercise)[:2] for one in self.attempts if one.outcome in outcomes))
                       for outcomes in (OUTCOMES, set(OUTCOMES) - {OPEN}))
        return [lesson for lesson in sorted(there) if (lesson in done) == begun]

    def exercises(self):
        """Those of the lessons that somebody has begun, in the course's order."""
        there, lessons = {one.exercise for one in self.attempts}, self.lessons()
        return [name for name in EXERCISES if name in there and lesson_of(name)[:2] in lessons]

    def of(self, *names, outcomes=OUTCOMES):
        """The attempts at some exercises with some outcomes."""
        return [one for one in self.attempts if one.exercise in names and one.outcome in outcomes]

    def wrong(self):
        """All attempts with a wrong result."""
        return [one for one in self.attempts if one.outcome == WRONG]

    def outcomes(self, name):
        """How many attempts at an exercise came out how: outcome → number."""
        found = Counter(one.outcome for one in self.of(name))
        return {outcome: found[outcome] for outcome in OUTCOMES}

    def findings(self):
        """All beliefs that somebody holds, and all mistakes and relations that belong to none: what most share first."""
        wrong, known = [one for one in self.attempts if one.kind in SHARED], beliefs()
        found = [self.finding(belief.says, belief.met, [
            one for one in wrong if one.kind == "diagnosis" and belief.holds(one.exercise, one.says)], True) for belief in known]
        for name, says in sorted({(one.exercise, one.says) for one in wrong}, key=lambda one: (ORDER[one[0]], one[1])):
            same = [one for one in wrong if (one.exercise, one.says) == (name, says)]
            if not any(belief.holds(name, says) for belief in known if same[0].kind == "diagnosis"):
                found.append(self.finding(says, place(name), same, False))
        return sorted((one for one in found if one.held), key=lambda one: (-len(one.held), not one.belief))

    def finding(self, says, where, same, belief):
        """A Finding from the attempts that share it."""
        said = Counter((one.exercise, one.says) for one in same).most_common()
        tried = {one.learner for one in self.of(*{one.exercise for one in same}, outcomes=TRIED)}
        return Finding(says, where, frozenset(one.learner for one in same), len(tried),
                       tuple((name, sentence, count) for (name, sentence), count in said), belief)

    def shared(self):
        """The findings worth showing, the most frequent first: of a class those that two learners share."""
        least = 2 if len(self.learners) >= FEW else 1
        return [one for one in self.findings() if len(one.held) >= least]

    def tomorrow(self):
        """The findings most worth showing, by the section that meets them: section → list of Finding."""
        found = {}
        for one in self.shared()[:SHOWN]:
            found.setdefault(one.where, []).append(one)
        return found

    def tied(self):
        """The findings that are left out of tomorrow's and are as frequent as the last of these."""
        shared = self.shared()
        return [one for one in shared[SHOWN:] if len(one.held) == len(shared[SHOWN - 1].held)]

    def hardest(self):
        """The exercises that most got wrong, at most three: exercise → how many."""
        wrong = {name: self.outcomes(name)[WRONG] for name in self.exercises()}
        most = sorted(wrong, key=lambda name: -wrong[name])[:SHOWN]
        return {name: wrong[name] for name in most if wrong[name]}

    def left_out(self):
        """The exercise that most learners have not attempted, and how many; None if everybody has tried everything."""
        counts = {name: self.outcomes(name)[OPEN] for name in self.exercises()}
        most = max(counts, key=counts.get, default=None)
        return (most, counts[most]) if most and counts[most] else None

    def sentences(self, name):
        """(kind, sentence, how many) for all that was said of an exercise's wrong results, by kind, the most frequent first."""
        found = Counter((one.kind, one.says) for one in self.of(name, outcomes=(WRONG,)))
        rows = [(kind, says, count) for (kind, says), count in found.items()]
        return sorted(rows, key=lambda row: (("diagnosis", "relation", "other").index(row[0]), -row[2], row[1]))

    def lines(self):
        """(learner, sentence) for each thing that an instructor must look at: what was stopped, refused or not judged."""
        found = {(learner, says): [] for learner, says in self.problems}
        for one in self.attempts:
            says = [one.says] * (one.outcome in (STOPPED, UNJUDGED) and bool(one.says)) + tried(one.notes)
            if says:
                found.setdefault((one.learner, " ".join(says)), []).append(f"`{one.exercise}`")
        place = {learner: i for i, learner in enumerate(["", *self.learners])}
        lines = [(learner, f"{', '.join(names)}{': ' * bool(names)}{says}") for (learner, says), names in found.items()]
        return sorted(lines, key=lambda line: place[line[0]])


def count(submissions, found, closed=()):
    """The Class that these submissions are, from what came of each. Of several attempts at an exercise the best one counts."""
    best, problems = {}, [("", sentence) for sentence in closed]
    for submission, reports in zip(submissions, found, strict=True):
        for report in reports:
            if "problem" in report:
                lesson = f"{submission.path.stem}: " * (submission.path.stem in BY_NOTEBOOK)        # other names may be people's
                problems.append((submission.learner, lesson + report["problem"]))
            else:
                one = attempt(submission.learner, report)
                before = best.setdefault((one.learner, one.exercise), one)
                best[one.learner, one.exercise] = min(before, one, key=lambda each: OUTCOMES.index(each.outcome))
    learners = list(dict.fromkeys(submission.learner for submission in submissions))
    attempts = sorted(best.values(), key=lambda one: (learners.index(one.learner), ORDER[one.exercise]))
    return Class(learners, attempts, problems, [(one.learner, one.path) for one in submissions])
