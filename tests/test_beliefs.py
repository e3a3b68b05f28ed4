"""What a class believes: what is read, taken out, counted and said. For processes see tests/thorough/test_submissions.py."""
import json
import re
from collections import Counter

import pytest

from course_lib.checks import running
from course_lib.exercises import EXERCISES
from course_lib.exercises.sheet import source
from teach.beliefs import judging, showing, worker
from teach.beliefs.__main__ import main, without
from teach.beliefs.counting import OUTCOMES, Attempt, Class, attempt, count
from teach.beliefs.known import beliefs, minutes, place
from teach.beliefs.submissions import MISSING, OWN, Submission, code_of, find, read, unread
from teach.beliefs.worker import judged
from tests.each import each
from tests.test_notebooks import PATHS, sections
from tests.test_teach import TIMINGS

BELIEFS = beliefs()
HEADINGS = {f"{path.stem[:2]}: {section[0]['source'].splitlines()[0].removeprefix('## ')}"
            for path in PATHS for section in sections(path)[1:]}
LATE = "05: Mistakes worth making"
MASKED_LATE = next(mistake for mistake in EXERCISES["masked_weights"].mistakes if "still comes after" in mistake.says)


def notebook(*texts, nbformat=4, **more):
    """A notebook's text, with these code cells."""
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": text.splitlines(True)} for text in texts]
    return json.dumps({"nbformat": nbformat, "nbformat_minor": 5, "metadata": {}, "cells": cells} | more)


def written(exercise, body):
    """A stub with a body in the place of its error."""
    return source(EXERCISES[exercise].answer).partition("\n")[0] + "\n    " + body


@each(BELIEFS)
def test_a_belief_is_met_where_it_says(belief):
    """The section is one of that lesson, and each of its lines stands in a sentence of the exercise."""
    assert belief.met in HEADINGS
    for name, words in belief.words.items():
        assert all(any(part in mistake.says for mistake in EXERCISES[name].mistakes) for part in words), (name, words)


class TestThePage:
    """teach/beliefs.md, which a person reads and the program."""

    def test_every_heading_is_read_as_a_belief(self):
        """None is lost for its form, nor a line below it."""
        text = (showing.TEMPLATES.parent.parent / "beliefs.md").read_text(encoding="utf-8")
        lines = [words for belief in BELIEFS for words in belief.words.values()]
        names = sum(line.partition(": ")[0].count("`") // 2 for line in text.splitlines() if line.startswith("- "))
        assert [belief.says for belief in BELIEFS] == re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert sum(map(len, lines)) == names >= 150 and len(BELIEFS) >= 40

    def test_only_one_belief_shows_in_no_exercise(self):
        """That weights explain outputs: no code can show that."""
        assert [belief.says for belief in BELIEFS if not belief.words] == ["A weight explains the output"]

    @pytest.mark.parametrize("name, part, belief", [
        ("softmax", "With axes in front, axis 1 is not the row", "Any axis will do"),
        ("entropy", "You summed over the queries", "Any axis will do"),
        ("padding_and_causal", "You hid the rows of the padding.", "Padding is hidden as a row"),
        ("padding_and_causal", "as well as its columns", "Padding is hidden as a row"),
        ("leaks", "The diagonal is no leak", "Every influence is a leak"),
        ("leaks", "You reported every", "Every influence is a leak")])
    def test_what_a_class_often_shows_belongs_to_a_belief(self, name, part, belief):
        """So that it is not lost among single sentences."""
        [says] = [mistake.says for mistake in EXERCISES[name].mistakes if part in mistake.says]
        assert [one.says for one in BELIEFS if one.holds(name, says)] == [belief]

    def test_every_exercise_has_its_place(self):
        """A mistake that belongs to no belief is shown where its exercise stands: under a heading of that notebook."""
        assert all(re.fullmatch(r"\d\d: Exercises, \S.+", place(name)) for name in EXERCISES)

    def test_a_mistake_with_two_beliefs_has_two_slips(self):
        """Its sentence speaks of both."""
        for name, exercise in EXERCISES.items():
            for mistake in exercise.mistakes:
                if sum(belief.holds(name, mistake.says) for belief in BELIEFS) > 1:
                    assert re.search("Two things|Both slips|, and |; and|With them", mistake.says), mistake.says


class TestFinding:
    """Which files are read, and whose they are."""

    @pytest.mark.parametrize("path, learner", [
        ("submitted/violet/05/05_masking.ipynb", "violet"), ("submitted/violet/05/extra/mine.ipynb", "violet"),
        ("violet/05_masking.ipynb", "violet"), ("week/me/05_masking.ipynb", "week/me"), ("week/violet.ipynb", "week/violet"),
        ("05_masking.ipynb", "class"), ("05_masking (1).ipynb", "05_masking (1)"), ("violet/05_masking (1).ipynb", "violet"),
        ("violet/05_masking-Copy1.ipynb", "violet"), ("violet/05_masking-Copy1 (2).ipynb", "violet"),
        ("05/violet/05_masking.ipynb", "violet"), ("week 5/violet_17_05_masking.ipynb", "violet_17"),
        ("violet_LATE_17_4711_05_masking-1.ipynb", "violet_17"),
        ("Violet Blue_17_assignsubmission_file_/05_masking.ipynb", "Violet Blue"), ("violet_05_masking.ipynb", "violet"),
        ("week 5/Violet Blue_93_assignsubmission_file_/my.ipynb", "Violet Blue"), ("05_masking_violet.ipynb", "violet")])
    def test_a_notebook_belongs_to_a_learner(self, tmp_path, path, learner):
        """nbgrader's student, Canvas's, Moodle's, the folder of a file with a lesson's name, a copy or not, or the file."""
        (tmp_path / "class" / path).parent.mkdir(parents=True)
        (tmp_path / "class" / path).touch()
        assert find(tmp_path / "class") == ([Submission(learner, tmp_path / "class" / path)], [])

    def test_of_a_course_of_nbgraders_only_what_was_submitted_counts(self, tmp_path):
        """Not the released copies and not those that were graded; nor hidden files."""
        name = "05/05_masking.ipynb"
        for path in (f"release/{name}", f"autograded/violet/{name}", f"submitted/violet/{name}", "submitted/violet/05/._x.ipynb",
                     "submitted/violet/05/.ipynb_checkpoints/05_masking.ipynb"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).touch()
        assert [one.path for one in find(tmp_path)[0]] == [tmp_path / "submitted" / "violet" / name]
        assert find(tmp_path / "submitted")[0] == find(tmp_path)[0]

    @pytest.mark.parametrize("text, says", [
        ("", "is empty"), (notebook("x = 1")[:50], "is broken: its JSON ends or errs in line 1"),
        ("[1, 2]", "is JSON, but no notebook"), ("[" * 100_000, "is JSON, but no notebook"),
        ('{"nbformat": 4}', "is JSON, but no notebook"), ('{"nbformat": 4, "cells": [7]}', "is JSON, but no notebook"),
        (notebook(nbformat=5), "is in format 5 of notebooks, and only 2 to 4 can be read"), (b"\xff\xfe", "is no text in UTF-8")])
    def test_what_cannot_be_read_is_a_sentence(self, tmp_path, text, says):
        """And no error of another kind."""
        path = tmp_path / "a.ipynb"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
            code_of(path)

    def test_old_formats_are_read(self, tmp_path):
        """And the mark that some editors put in front of a text."""
        sheets = [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}, {"cell_type": "markdown", "source": "no"}]}]
        (tmp_path / "a.ipynb").write_text(notebook(nbformat=3, worksheets=sheets), encoding="utf-8-sig")
        assert code_of(tmp_path / "a.ipynb") == ["x = 1\ny = 2"]

    @pytest.mark.parametrize("words, says", [
        ([], "given was nothing"), (["--name", "x"], "given was --name x"), (["nowhere"], "nowhere is no folder and no file"),
        (["{}"], "There is no notebook in {}, at any depth"),
        (["{}", "--names"], "1 folder or file has no notebook: 1 .zip (unpack it first)")])
    def test_a_command_that_cannot_work_says_why(self, tmp_path, words, says):
        """And writes no report."""
        (tmp_path / "all.zip").touch()
        words = [word.format(tmp_path) for word in words]
        assert says.format(tmp_path) in main(words, tmp_path / "build") and not (tmp_path / "build").exists()


    def test_what_was_handed_in_and_is_no_notebook_is_said(self, tmp_path):
        """Archives, other kinds, folders that are named like a notebook; not what stands beside one."""
        for path in ("amber/05_masking.ipynb", "amber/data.csv", "amber/plots/a.html", "violet/all.zip", "blue/06/06_softmax.py",
                     "red/06_softmax.ipynb/cells.json", "amber/06_softmax.py", "amber/05_masking.py", "more.zip"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).touch()
        (tmp_path / "grey").mkdir()
        found = unread(tmp_path, find(tmp_path)[0])
        assert [path.relative_to(tmp_path).as_posix() for path in found] == ["amber/06_softmax.py", "blue", "grey", "more.zip",
                                                                              "red", "violet"]
        kinds = "2 .py, 2 .zip (unpack it first), 1 empty folder, 1 folder named ….ipynb"
        assert without(found) == [f"6 folders or files have no notebook: {kinds}."]

    def test_learners_who_seem_to_be_scattered_are_told_of(self):
        """Where nobody has two lessons, one person is probably counted as several."""
        found = [count([Submission(name, path) for name, path in zip(names, PATHS[5:7], strict=True)], [[], []])
                 for names in (("a 1", "a 2"), ("a", "a"))]
        assert [showing.SCATTERED in showing.opening(one) for one in found] == [True, False]


class TestTakingOut:
    """What is run of a notebook for an exercise, and what is not."""

    def needed(self, name, *texts):
        """The first lines of what is run."""
        work = read(texts)
        trees = [work.statements[i].tree for i in work.needed(work.definition(name))]
        return [texts[work.statements[i].cell].splitlines()[tree.lineno - 1]
                for i, tree in zip(work.needed(work.definition(name)), trees, strict=True)]

    def test_what_the_function_stands_on_is_run_in_order_and_nothing_else(self):
        """Imports, helpers, values; no bare call, no loop, and no value that only has the name of a local variable."""
        cells = ["import numpy as np\nimport os", "scale = 3\nslow = train()\nos.remove('x')", "def helper(x): return scale * x",
                 "for i in range(9): pass", "def softmax(scores):\n    slow = helper(scores)\n    return np.exp(slow)", "boom()"]
        assert self.needed("softmax", *cells) == ["import numpy as np", "scale = 3", "def helper(x): return scale * x",
                                                  "def softmax(scores):"]

    def test_a_name_has_the_value_that_it_had_there(self):
        """A later value counts only where there is none before; a star may bring any name."""
        cells = ["from numpy import *", "k = 1", "k += 1", "def softmax(scores): return k * last * f(scores)", "k = 9\nlast = 5",
                 "class f: pass"]
        assert self.needed("softmax", *cells) == ["from numpy import *", "k = 1", "k += 1", cells[3], "last = 5", "class f: pass"]

    def test_the_last_definition_that_is_no_stub_counts(self):
        """A second try stands below the first; a stub run again above it does not hide it."""
        stub = "def softmax(scores):\n    'Words.'\n    raise NotImplementedError"
        first, second = "def softmax(scores): return 1", "def softmax(scores): return 2"
        assert self.needed("softmax", stub, first, second, stub) == [second]
        assert self.needed("softmax", stub) == ["def softmax(scores):"]

    def test_lines_of_ipython_do_not_make_a_cell_unreadable(self):
        """Magics, shell commands."""
        cell = "%matplotlib inline\n!pip install x\ndef softmax(scores):\n    %time\n    return 1"
        assert read([cell], "06_softmax").exercises() == ["softmax"] and not read([cell]).broken

    @pytest.mark.parametrize("text", ["def softmax(scores:\n    return 1", "def softmax(scores):\nreturn 1",
                                      "def softmax(scores): return\0", "def softmax(scores): return " + "(" * 3000])
    def test_a_cell_that_is_no_python_breaks_its_own_exercise_only(self, text):
        """With a sentence; the others are there."""
        work = read([text, "def entropy(weights): return 1"], "06_softmax")
        assert work.exercises() == ["entropy", "softmax"] and work.broken["softmax"].startswith("This is no Python: ")


    def test_only_a_lesson_that_has_the_exercise_answers_it(self):
        """By its name or its check; not a helper that another lesson's work needs, and not another course's notebook."""
        cell = "def softmax(scores): return 1"
        assert [read([cell, *more], lesson).exercises() for lesson, more in (
            ("06_softmax", ()), ("", ()), ("05_masking", ()), ("", ["check(softmax)"]))] == [["softmax"], [], [], ["softmax"]]


class TestJudging:
    """What comes of an exercise, here within this process; see the thorough tests for all that is hostile."""

    @pytest.mark.parametrize("body, outcome, says", [
        ("raise NotImplementedError", "not attempted", ""), ("return weights", "right", ""),
        ("return scores", "wrong", "This is `scores` as it came."), ("pass", "wrong", "It returned `None`."),
        ("return scores @ 3", "wrong", "It raised a `ValueError`."), ("return stub(scores)", "not judged", "What it needs"),
        ("return lost.x", "not judged", "What it needs cannot be run: `from nowhere_at_all import lost` raised ModuleNotFound"),
        ("print(1)\n    return np.full(scores.shape, 7.25)", "wrong", "It is wrong in a way of its own."),
        ("return softmax(scores)", "wrong", "It calls itself without end.")])
    def test_a_function_gets_the_verdict_of_check(self, body, outcome, says):
        """Right, wrong by what is known, or not judged."""
        right = source(EXERCISES["softmax"].answer).partition("\n")[2].replace("return ", "weights = ")
        body = (right.strip() + "\n    " if "weights" in body else "") + body
        cells = ["import numpy as np\nfrom nowhere_at_all import lost\nstub = lost", written("softmax", body), "check(softmax)"]
        found = attempt("violet", judged(read(cells), "softmax"))
        assert (found.outcome, found.says.startswith(says)) == (outcome, True), found

    def test_a_listed_mistake_is_named_with_its_belief(self):
        """As `check` names it."""
        found = attempt("violet", judged(read(["import numpy as np", MASKED_LATE.code]), "masked_weights"))
        assert (found.outcome, found.kind, found.says) == ("wrong", "diagnosis", MASKED_LATE.says)
        assert [belief.says for belief in BELIEFS if belief.holds(found.exercise, found.says)] == ["One can mask after softmax"]

    @pytest.mark.parametrize("cell, says", [
        ("softmax = lambda scores: scores", "`softmax` is a `lambda` here;"),
        ("def mine(scores): return scores\nsoftmax = mine", "`softmax` is another name for `mine` here;"),
        ("from course_lib import softmax", OWN.format("softmax")),
        ("from scipy.special import softmax", "`softmax` is imported here: `from scipy.special import softmax`."),
        ("import course_lib\ndef softmax(scores): return course_lib.softmax(scores)", OWN.format("softmax")),
        ("from course_lib import softmax as right\ndef softmax(scores): return right(scores)", OWN.format("softmax")),
        ("def softmax(scores):\n    from course_lib import softmax\n    return softmax(scores)", OWN.format("softmax"))])
    @pytest.mark.parametrize("stub", [[], ["def softmax(scores):\n    raise NotImplementedError"]])
    def test_what_is_no_answer_is_said_as_what_it_is(self, stub, cell, says):
        """A lambda, another name, an import, the course's own answer; whether the stub is still there or not."""
        found = attempt("violet", judged(read([*stub, cell, "check(softmax)"]), "softmax"))
        assert found.outcome == "not judged" and found.says.startswith(says)

    def test_a_lesson_as_it_is_given_out_is_not_attempted(self):
        """Its own imports of the course's answers are nobody's."""
        for path in PATHS:
            work = read(code_of(path), path.stem)
            assert [name for name in work.exercises() if work.instead(name)] == []

    def test_a_check_without_its_function_is_a_sentence(self):
        """Somebody renamed the stub."""
        found = attempt("violet", judged(read(["def my_softmax(scores): return 1", "check(softmax)"]), "softmax"))
        assert (found.outcome, found.says) == ("not judged", MISSING)

    def test_a_function_under_another_name_is_a_sentence(self):
        """A decorator hid it."""
        cells = ["def hide(f): return lambda *given: f(*given)", "@hide\n" + written("softmax", "return scores")]
        found = attempt("violet", judged(read(cells), "softmax"))
        assert found.outcome == "not judged" and "a lambda has none" in found.says


def report(exercise, **more):
    """What a worker says of an exercise."""
    return {"exercise": exercise, "passed": False, "diagnosis": None, "relation": None, "message": "", "needs": None} | more


def a_class(late=3, right=4):
    """Some who masked late in one exercise or in two, some who are right, one file that is broken."""
    names = [f"violet {i}" for i in range(late + right)]
    submissions = [Submission(name, PATHS[5]) for name in [*names, names[0], names[0], "amber"]]
    reports = [[report("masked_weights", diagnosis=MASKED_LATE.says), report("attention", diagnosis="You masked after softmax."),
                report("softmax", passed=None, message="`softmax`: not attempted yet.")] for _ in range(late)]
    reports += [[report("masked_weights", passed=True), report("softmax", diagnosis="<b>An odd `slip`.")]] * right
    reports += [[report("masked_weights", passed=True), report("softmax", passed=True)],
                [report("masked_weights", passed=None, message="`masked_weights`: not attempted yet.")]]
    reports += [[{"problem": "This is empty."}]]
    return count(submissions, reports)


class TestCounting:
    """Each learner counts once, with the best try."""

    def test_the_outcomes_of_a_class(self):
        """The first was right in a second notebook, which makes up for the first, and for the third."""
        found = a_class()
        assert found.outcomes("masked_weights") == dict(zip(OUTCOMES, (5, 2, 0, 0, 0), strict=True))
        assert found.outcomes("softmax") == dict(zip(OUTCOMES, (1, 4, 0, 2, 0), strict=True))
        assert found.left_out() == ("softmax", 2) and len(found.learners) == 8 and found.notebooks == 10

    def test_a_belief_counts_a_learner_once_and_of_those_who_could_show_it(self):
        """However many exercises it shows in, and of none in which it did not; a mistake of no belief stands for itself."""
        [slip, belief] = a_class().findings()
        assert (belief.says, len(belief.held), belief.tried, belief.belief) == ("One can mask after softmax", 3, 7, True)
        assert belief.where == LATE and [row[0] for row in belief.said] == ["attention", "masked_weights"]
        assert (slip.says, len(slip.held), slip.tried, slip.where) == ("<b>An odd `slip`.", 4, 5, place("softmax"))

    def test_three_things_at_most_are_for_tomorrow_and_each_is_shared(self):
        """The most frequent first; in a handful one learner is enough."""
        says = [("softmax", f"Slip {i}.") for i in (1, 1, 2, 2, 2, 3, 4, 4)]
        many = Class([str(i) for i in range(8)], [Attempt(str(i), *one[:1], "wrong", one[1], "diagnosis")
                                                  for i, one in enumerate(says)], [], [])
        assert self.shown(many) == {place("softmax"): ["Slip 2.", "Slip 1.", "Slip 4."]}
        assert self.shown(Class(many.learners, many.attempts[1:5], [], [])) == {place("softmax"): ["Slip 2."]}
        few = Class(["1"], many.attempts[:1], [], [])
        assert self.shown(few) == {place("softmax"): ["Slip 1."]} and "So few say little of a class." in showing.text(few)

    def shown(self, found):
        """What is for tomorrow: section → sentences."""
        return {where: [one.says for one in group] for where, group in found.tomorrow().items()}

    def test_what_ties_with_the_last_is_said(self):
        """And so is that no sentence came twice, and which exercises are the hardest."""
        says = [("softmax", f"Slip {i // 2}.") for i in range(8)] + [("entropy", "Slip.")]
        tied = Class([str(i) for i in range(9)], [Attempt(str(i), name, "wrong", one, "diagnosis")
                                                  for i, (name, one) in enumerate(says)], [], [])
        alone = Class(tied.learners, [*tied.attempts[::2], Attempt("1", "softmax", "right")], [], [])
        for show in (showing.text, showing.page):
            assert "As many as the last: " in show(tied) and ".." not in show(tied) and "As many" not in show(a_class())
            assert "No single mistake was made twice; 5 of 6 answers are wrong." in show(alone)
        assert "\nHardest: `softmax` 8 wrong, `entropy` 1.\n" in showing.text(tied)

    @pytest.mark.parametrize("more, outcome, says", [
        ({"message": "it was stopped: it had not finished after 2 seconds."}, "stopped", "It did not end"),
        ({"message": "it raised `MemoryError: …`"}, "stopped", "It asked for more memory"),
        ({"message": "it raised `PermissionError: writing: refused while a class is judged`"}, "stopped", "It was refused"),
        ({"message": "it raised `SystemExit: 3` in line 2: `exit(3)`"}, "stopped", "It ended Python itself"),
        ({"message": "it raised `NameError: name 'helper' is not defined` in line 2"}, "not judged", "`helper` is missing"),
        ({"message": "it raised `FileNotFoundError: [Errno 2] No such file or directory: 'a.npy'` in"}, "not judged",
         "It reads a file that is not here: `a.npy`."),
        ({"message": "it raised `EOFError: EOF when reading a line` in line 2: `input()`"}, "not judged", "It asks"),
        ({"message": "it raised `ValueError: I/O operation on closed file.` in line 2: `input()`"}, "not judged", "It asks"),
        ({"stopped": "crashed Python (SIGSEGV)"}, "stopped", "It crashed Python (SIGSEGV)."),
        ({"passed": None, "message": "The check itself failed (…)"}, "not judged", "The check itself failed"),
        ({"passed": None, "message": "`softmax` calls `scale`, whose exercise is not attempted yet. Write that first, or …"},
         "not judged", "It calls `scale`, whose exercise is not attempted yet."),
        ({"message": "It must take `(scores)`; yours takes `()`."}, "wrong", "It takes other arguments than the stub.")])
    def test_what_ends_an_exercise_is_counted_apart(self, more, outcome, says):
        """What was stopped says nothing of what was thought."""
        found = attempt("violet", report("softmax") | more)
        assert found.outcome == outcome and found.says.startswith(says)


class TestShowing:
    """Text, page and tables say the same, and name nobody unless asked."""

    def test_the_text_begins_with_what_to_show(self):
        """How many, then what, how many of whom, and where."""
        assert showing.text(a_class()).startswith(
            "8 learners, 10 notebooks, of lessons 05, 06 and 07. 1 notebook cannot be judged. "
            "15 answers: 6 right, 9 wrong, 0 stopped; 2 not attempted, 0 not judged.\n\n"
            f"Show tomorrow ({showing.OF})\n1. Show 06: Exercises, 4. Build it\n   4 of 5 in `softmax`: <b>An odd `slip`.\n"
            f"2. Show {LATE}{minutes(LATE)}\n   3 of 7: “One can mask after softmax” "
            "(`attention` 3 of 3, `masked_weights` 2 of 7)\n\n"
            "Hardest: `softmax` 4 wrong, `attention` 3, `masked_weights` 2.\nLeft out most: `softmax`, by 2 of 7.\n")

    @pytest.mark.parametrize("show", [showing.text, showing.page, showing.verdicts])
    def test_names_are_shown_only_when_asked(self, show):
        """A learner is a number; in the counts nobody is named at all."""
        found = a_class()
        assert not re.search("violet|amber", show(found) + showing.counts(found))
        assert re.search(r"learner \d", show(found)) and not re.search(r"learner \d", showing.counts(found))
        assert re.search("violet|amber", show(found, names=True))

    def test_a_section_stands_once_and_its_minutes_count_once(self):
        """Two beliefs that one section meets are one thing to show."""
        slips = ("masked_weights", "still comes after"), ("causal_mask", "The diagonal is hidden"), ("softmax", "every column")
        says = [(name, next(one.says for one in EXERCISES[name].mistakes if part in one.says)) for name, part in slips]
        attempts = [Attempt(who, name, "wrong", one, "diagnosis") for who in "ab" for name, one in says]
        found = Class(list("abcdef"), attempts, [], [])
        there = minutes(LATE), minutes("06: Mistakes worth making")
        assert [len(group) for group in found.tomorrow().values()] == [2, 1]
        total = sum(int(re.search(r"\d+", one)[0]) for one in there)
        assert all(f"Together {total} minutes." in show(found) for show in (showing.text, showing.page))

    def test_what_was_refused_did_not_happen(self):
        """And what was done in the folder is thrown away; the key says whose it is and where."""
        refused = report("softmax", message="refused while a class is judged", notes=["deleting outside of its folder"])
        done = report("softmax", passed=True, notes=["writing in its folder"])
        found = count([Submission(name, PATHS[6]) for name in ("violet", "amber")], [[refused], [done]])
        assert found.lines() == [
            ("violet", "`softmax`: It tried deleting outside of its folder; refused, nothing happened."),
            ("amber", "`softmax`: It was writing in its folder, which is thrown away.")]
        assert "<code>names.csv</code>" in showing.page(found) and f"learner 1,violet,{PATHS[6]}\n" in showing.key(found)

    def test_the_page_shows_text_as_text_and_needs_no_network(self):
        """No script, no address, no element out of a sentence or a name."""
        page = showing.page(count([Submission("<i>violet", PATHS[5])] * 2, [[report("softmax", diagnosis="<b>An odd `slip`.")], [
            {"problem": "<u>"}]]), names=True)
        assert "&lt;b&gt;An odd <code>slip</code>." in page and "&lt;i&gt;violet" in page
        assert not re.search(r"<script|<[biu]>(?:An|violet)|https?:|url\(|@import|src=|href=", page)

    def test_the_tables_hold_what_the_text_says_and_no_formula(self):
        """A row for each sentence, a row for each learner and exercise."""
        rows = showing.counts(a_class()).splitlines()
        belief = f"One can mask after softmax,{LATE}"
        late = next(row for row in showing.verdicts(a_class()).splitlines() if row.startswith("learner 2,05,masked_weights"))
        assert late.endswith(",One can mask after softmax") and "\nlearner 8,amber," in showing.key(a_class())
        assert f"05,masked_weights,diagnosis,\"{MASKED_LATE.says}\",2,7,{belief}" in rows
        assert "06,softmax,diagnosis,<b>An odd `slip`.,4,5,," in rows and len(rows) == 4
        assert Counter(row.split(",")[3] for row in showing.verdicts(a_class()).splitlines()[1:]) == {
            "right": 6, "wrong": 9, "not attempted": 2}
        assert showing.table(("=1+1", "@x", "-3", 5)) == "'=1+1,'@x,'-3,5\n"

    def test_a_section_says_how_long_it_takes(self):
        """As the speaker's notes and the plans have it; what is for home says nothing."""
        for path in PATHS:
            for heading, needed in TIMINGS[path.stem[:2]].items():
                if heading != "opening" and not heading.startswith("exercise "):
                    assert re.fullmatch(rf", {needed} minutes? in class", minutes(f"{path.stem[:2]}: {heading}"))
        assert minutes(place("softmax")) == ""

    def test_the_instructors_page_says_what_the_program_does(self):
        """Its limits, and how its report begins."""
        page = (showing.TEMPLATES.parent.parent / "README.md").read_text(encoding="utf-8")
        limits = f"{running.SECONDS} seconds an input and {judging.SECONDS} an exercise; on Linux {worker.MEMORY // 10**9} GB"
        assert limits in page and f"    Show tomorrow ({showing.OF})\n    1. Show {LATE}{minutes(LATE)}\n" in page

    def test_nothing_to_show_is_a_sentence(self):
        """All right, nothing begun, nothing of the course."""
        all_right, begun, foreign = (count([Submission(f"{i}", PATHS[6]) for i in range(6)], [found] * 6) for found in (
            [report("softmax", passed=True)], [report("softmax", passed=None, message="`softmax`: not attempted yet.")],
            [{"problem": "This has no exercise of the course in it."}]))
        for show in (showing.text, showing.page):
            assert showing.NOTHING in show(all_right) and "Nobody has begun lesson 06." in show(begun)
            assert "No exercise of the course is in them." in show(foreign) and "Show tomorrow" not in showing.text(begun)
