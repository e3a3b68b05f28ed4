"""Every exercise knows its answer and its mistakes, and `check` is kind and exact with whatever a learner writes."""
import ast
import inspect
import itertools
import json
import re
import sys
import time

import numpy as np
import pytest

from course_lib import steps
from course_lib.checks import check, checking, comparing, hint, progress, questions, record, solution
from course_lib.checks.comparing import ABSOLUTE, RELATIVE, same
from course_lib.exercises import BY_NOTEBOOK, EXERCISES, QUESTIONS
from tests.test_notebooks import PATHS, sources

def named(function, name):
    """The function under the name that `check` looks for."""
    def wrapper(*arguments):
        return function(*arguments)
    wrapper.__name__ = name
    return wrapper


def results(name, function):
    """What counts of a function's results, on every input of the exercise."""
    return [checking._result(EXERCISES[name], function, arguments) for arguments in EXERCISES[name].inputs]


# The data

def test_every_step_is_an_exercise_under_its_own_name():
    """All public functions of steps.py; on every input the answer, a learner's code, gives what the step gives."""
    public = [name for name, value in vars(steps).items() if inspect.isfunction(value) and value.__module__ == steps.__name__]
    assert len(public) == 13
    for name in public:
        assert all(map(same, results(name, getattr(steps, name)), results(name, EXERCISES[name].answer))), name


def test_there_are_enough():
    """Three exercises and three questions in every notebook, thirty exercises, a hundred mistakes, no name twice."""
    assert all(len(names) >= 3 for names in BY_NOTEBOOK.values()) and all(len(asked) >= 3 for asked in QUESTIONS.values())
    assert len(EXERCISES) == sum(map(len, BY_NOTEBOOK.values())) >= 30
    assert sum(len(exercise.mistakes) for exercise in EXERCISES.values()) >= 100


@pytest.mark.parametrize("name", EXERCISES)
def test_the_answer_passes(name):
    """And the exercise has mistakes, two or three hints, and a reason."""
    exercise = EXERCISES[name]
    verdict = check(named(exercise.answer, name))
    assert verdict.passed is True and verdict.diagnosis is None, verdict
    assert len(exercise.mistakes) >= 2 and 2 <= len(exercise.hints) <= 3 and exercise.why


@pytest.mark.parametrize("name", EXERCISES)
def test_other_right_answers_of_the_sheet_pass(name):
    """The code below each `also:`."""
    for code in EXERCISES[name].others:
        exec(code, scope := dict(vars(sys.modules[EXERCISES[name].answer.__module__])))
        verdict = check(scope[name])
        assert verdict.passed is True, (code, verdict)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_mistake_is_named(name):
    """Each fails, with its own diagnosis and no other."""
    for mistake in EXERCISES[name].mistakes:
        verdict = check(named(mistake, name))
        assert verdict.passed is False and verdict.diagnosis == mistake.says and mistake.says in repr(verdict), (mistake, verdict)


@pytest.mark.parametrize("name", EXERCISES)
def test_mistakes_differ_by_far_more_than_the_tolerance(name, monkeypatch):
    """With a tolerance a hundred times as large, the answer and all mistakes still give different results, pair by pair."""
    monkeypatch.setattr(comparing, "RELATIVE", 100 * RELATIVE)
    monkeypatch.setattr(comparing, "ABSOLUTE", 100 * ABSOLUTE)
    exercise = EXERCISES[name]
    given = [("the answer", results(name, exercise.answer))] + [(wrong.says, results(name, wrong)) for wrong in exercise.mistakes]
    for (one, ones), (other, others) in itertools.combinations(given, 2):
        assert not all(map(same, ones, others)), (one, other)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_unlisted_wrong_answer_gets_no_false_diagnosis(name):
    """Nonsense of the right shape, of no shape, a slightly wrong answer and a bare error fail without a diagnosis."""
    exercise = EXERCISES[name]

    def off(result):
        if isinstance(result, tuple):
            return tuple(map(off, result))
        array = np.asarray(result)
        return np.asarray(result) * 1.37 + 0.219 if array.dtype.kind in "iuf" else ["nonsense", result]

    def slightly_off(*arguments):
        return off(exercise.answer(*arguments))

    for function in (slightly_off, lambda *arguments: {"no": "array"}, lambda *arguments: 1 / 0):
        verdict = check(named(function, name))
        assert verdict.passed is False and verdict.diagnosis is None, verdict


@pytest.mark.parametrize("name", EXERCISES)
def test_check_is_quick(name):
    """Far below the two seconds of its time limit; the benchmark measures how far."""
    start = time.perf_counter()
    check(named(EXERCISES[name].answer, name))
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("name", EXERCISES)
def test_sentences_are_sentences(name):
    """Every diagnosis, hint and reason begins and ends as a sentence does, with its backticks in pairs."""
    exercise = EXERCISES[name]
    for text in (*(mistake.says for mistake in exercise.mistakes), *exercise.hints, exercise.why):
        assert re.match(r"[A-Z`0-9]", text) and text.endswith((".", "?")) and text.count("`") % 2 == 0 and "  " not in text, text


@pytest.mark.parametrize("notebook", QUESTIONS)
def test_every_choice_of_a_question_has_its_reason(notebook):
    """One choice is right, and each has an explanation of its own, found by number and letter."""
    for number, question in enumerate(QUESTIONS[notebook], start=1):
        assert sum(choice.right for choice in question.choices) == 1 and len(question.choices) >= 3
        assert len({choice.why for choice in question.choices}) == len(question.choices)
        for letter, choice in zip("abcdef", question.choices, strict=False):
            message = questions(notebook[:2], number, letter)
            assert choice.why in repr(message) and message.passed is choice.right
            assert repr(message).startswith("Right" if choice.right else "Not so")


# Styles of a right answer

STYLES = {
    "loops": ("score", lambda Q, K: [[sum(a * b for a, b in zip(q, k, strict=True)) for k in K] for q in Q]
              if Q.ndim == K.ndim == 2 else np.einsum("...qd,...kd->...qk", Q, K)),
    "einsum": ("score", lambda Q, K: np.einsum("...qd,...kd->...qk", Q, K)),
    "swapaxes": ("score", lambda Q, K: np.matmul(Q, np.swapaxes(K, -1, -2))),
    "float32": ("softmax", lambda scores: steps.softmax(scores.astype(np.float32))),
    "lists": ("weighted_sum", lambda weights, V: (weights @ V).tolist()),
    "where": ("apply_mask", lambda scores, mask: np.where(mask, scores, -np.inf)),
    "in place on a copy": ("apply_mask", lambda scores, mask: _masked_copy(scores, mask)),
    "generator of rows": ("scale", lambda scores, d_k: (row / d_k ** 0.5 for row in scores)),
    "a list for a tuple": ("attention", lambda Q, K, V, mask=None: list(steps.attention(Q, K, V, mask))),
}


def _masked_copy(scores, mask):
    scores = scores.copy()
    scores[~np.broadcast_to(mask, scores.shape)] = -np.inf
    return scores


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_a_right_answer_passes(style):
    """Loops, einsum, float32, lists, np.where, in place on a copy: what counts is the result."""
    name, function = STYLES[style]
    verdict = check(named(function, name))
    assert verdict.passed is True, verdict


# Whatever a learner writes

def test_a_stub_is_not_attempted():
    """NotImplementedError is no mistake: passed is None, and the message says what to do."""
    def softmax(scores):
        raise NotImplementedError

    verdict = check(softmax)
    assert verdict.passed is None and verdict.diagnosis is None and "not attempted yet" in repr(verdict)


def test_a_function_that_calls_another_s_stub_is_told_so():
    """The stub that was reached is named, not the function that is being checked."""
    def scale(scores, d_k):
        raise NotImplementedError

    def softmax(scores):
        return scale(scores, 1)

    verdict = check(softmax)
    assert verdict.passed is None and "`softmax` calls `scale`, whose exercise is not attempted yet" in repr(verdict)


def test_an_error_is_shown_with_the_learner_s_own_line():
    """The error's name and words, and the line of the learner's function, not of the library."""
    def softmax(scores):
        scores = scores - 1
        return scores.nonsense

    verdict = check(softmax)
    assert verdict.passed is False and "AttributeError" in repr(verdict) and "Traceback" not in repr(verdict)
    assert re.search(r"line \d+: `return scores.nonsense`", repr(verdict))


def forever(scores):
    """Never ends."""
    while True:
        pass


def stubborn(scores):
    """Never ends, and catches what it can."""
    try:
        while True:
            pass
    except Exception:
        return steps.softmax(scores)


def chatty(scores):
    """Prints three thousand lines on the way to the right result."""
    for i in range(3000):
        print("line", i)
    return steps.softmax(scores)


def spoils(scores):
    """Right, but at the caller's cost."""
    weights = steps.softmax(scores)
    scores[...] = 0
    return weights


@pytest.mark.parametrize("function, words", [
    (forever, "had not finished after"), (stubborn, "had not finished after"),
    (spoils, "changed its argument `scores`"), (lambda scores: None, "returned `None`. Is the `return` missing?"),
    (lambda scores: "weights", "got the text `weights`"), (lambda scores: {"a": 1}, "got a dict"),
    (lambda scores: scores[0], "shape"),
    (lambda scores: [[1, 2], [3]], "got a list"), (lambda scores: scores * 1j, "got a"), (lambda scores: exit(), "SystemExit"),
    (lambda: 1, "must take (scores); yours takes ()"), (lambda a, b: 1, "must take (scores); yours takes (a, b)")])
def test_a_wrong_kind_of_answer_gets_a_kind_and_exact_one(function, words, monkeypatch):
    """Loops without end, nothing, text, the wrong shape, the wrong parameters: a sentence each, and the session lives."""
    monkeypatch.setattr("course_lib.checks.running.SECONDS", 0.1)
    monkeypatch.setattr(function, "__name__", "softmax")
    verdict = check(function)
    assert verdict.passed is False and words in repr(verdict), verdict


def test_printing_is_no_mistake_but_is_mentioned():
    """A right function that prints passes; what it printed does not drown the answer."""
    verdict = check(named(chatty, "softmax"))
    assert verdict.passed is True and "also printed" in repr(verdict) and len(repr(verdict)) < 1000


def test_the_message_shows_the_smallest_input_that_tells():
    """The first input on which the result differs, expected and got."""
    def softmax(scores):
        return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)

    text = repr(check(softmax))
    assert "10000" in text and "expected" in text and "got" in text and "overflow" in text


class Unreadable(Exception):
    """An error that cannot say what it is."""

    def __str__(self):
        raise RuntimeError


def unreadable(scores):
    """Raises it."""
    raise Unreadable


def endless(scores):
    """A generator without end."""
    while True:
        yield 1


@pytest.mark.parametrize("function, words", [
    (unreadable, "`RuntimeError: a Unreadable that has no readable text` in line"), (endless, "had not finished")])
def test_nothing_escapes(function, words, monkeypatch):
    """Not even an error without words or a result without end."""
    monkeypatch.setattr("course_lib.checks.running.SECONDS", 0.1)
    assert words in repr(check(named(function, "softmax")))


@pytest.mark.parametrize("given, words", [
    (np.ones(3), "check takes the function itself"), ("softmax", "not its name"), (None, "given was None"),
    (lambda: 0, "no exercise called '<lambda>'"), (named(abs, "sofmax"), "did you mean 'softmax'?")])
def test_what_is_no_exercise_is_named(given, words):
    """A result, a lambda or a misspelt name is a ValueError that says what to give."""
    with pytest.raises(ValueError) as caught:
        check(given)
    assert words in str(caught.value)


def test_text_and_page_say_the_same_and_nothing_is_injected():
    """The page holds the words of the text; what a learner's error says is shown as typed."""
    def softmax(scores):
        raise RuntimeError("<script>alert(1)</script>")

    verdict = check(softmax)
    page = verdict._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page and "<script>alert(1)</script>" in repr(verdict)
    assert re.sub(r"\W", "", re.sub("<[^>]+>", "", page).split("With")[0]) == re.sub(r"\W", "", repr(verdict).split("With")[0])


# Hints, solutions, progress

@pytest.mark.parametrize("name", EXERCISES)
def test_hints_come_one_by_one_and_the_solution_is_code_that_passes(name):
    """By name or by function; then they begin again. The solution's text is a function that can be run."""
    shown = [repr(hint(name)) for _ in range(len(EXERCISES[name].hints) + 1)]
    assert shown[0] == shown[-1] and len(set(shown)) == len(EXERCISES[name].hints)
    text = repr(solution(EXERCISES[name].answer))
    assert EXERCISES[name].why in text and '"""' not in text
    ast.parse("\n".join(line[4:] for line in text.split("\n\n" + EXERCISES[name].why)[0].splitlines()))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A reader's folder, with progress switched on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(record.OFF)
    return tmp_path


def test_progress_is_remembered_across_sessions(folder):
    """A right answer is written down, once; nothing else is left in the folder, and deleting the file loses only that."""
    assert "06_softmax: 0 of" in repr(progress())
    for _ in range(2):
        assert check(named(steps.softmax, "softmax")).passed
    assert [path.name for path in folder.iterdir()] == [record.FILE]
    assert "06_softmax: 1 of 4. `weights_of_row`, `softmax_at`, `entropy`, `softmax` done" in repr(progress()).splitlines()
    assert check(named(steps.score, "score")).passed and "`softmax` done" in repr(progress())
    (folder / record.FILE).unlink()
    assert "06_softmax: 0 of" in repr(progress())


@pytest.mark.parametrize("content", ["", "not json", "[1, 2]", '{"done": [1]}', '{"done": 3}', '{"other": []}', "\x00\xff"])
def test_a_broken_or_foreign_file_is_set_aside(folder, content):
    """With a sentence, never a traceback, and nothing is lost."""
    (folder / record.FILE).write_text(content, encoding="utf-8")
    assert "set aside" in repr(progress())
    assert (folder / f"{record.FILE}.set_aside_1").read_text(encoding="utf-8") == content
    assert check(named(steps.softmax, "softmax")).passed
    assert json.loads((folder / record.FILE).read_text(encoding="utf-8")) == {"done": ["softmax"]}
    (folder / record.FILE).write_text("again", encoding="utf-8")
    assert f"so it was set aside as `{record.FILE}.set_aside_2`" in repr(progress())
    assert (folder / f"{record.FILE}.set_aside_1").read_text(encoding="utf-8") == content


def test_a_file_that_cannot_be_read_or_written_is_a_sentence(folder):
    """A folder in its place: the check still passes and says that progress was not saved."""
    (folder / record.FILE).mkdir()
    verdict = check(named(steps.softmax, "softmax"))
    assert verdict.passed and f"`{record.FILE}` could not be read: " in repr(verdict)
    assert f"`{record.FILE}` could not be read: " in repr(progress()) and " done" not in repr(progress())


def test_progress_that_cannot_be_saved_is_a_sentence(folder):
    """Here what is written first is in the way; nothing half-written takes the file's place."""
    (folder / f"{record.FILE}.new").mkdir()
    verdict = check(named(steps.softmax, "softmax"))
    assert verdict.passed and f"\n\nYour progress could not be saved in `{record.FILE}`: " in repr(verdict)
    assert not (folder / record.FILE).exists()


def test_tests_and_outputs_leave_progress_alone(tmp_path, monkeypatch):
    """With the switch that they set, nothing is read or written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(record.OFF, "1")
    (tmp_path / record.FILE).write_text('{"done": ["score"]}', encoding="utf-8")
    assert check(named(steps.softmax, "softmax")).passed
    assert " done" not in repr(progress()) and [path.name for path in tmp_path.iterdir()] == [record.FILE]
    assert (tmp_path / record.FILE).read_text(encoding="utf-8") == '{"done": ["score"]}'


def test_the_library_s_own_function_is_no_progress(folder):
    """It is right, but the reader is told that it is not theirs, and nothing is written down."""
    verdict = check(steps.softmax)
    assert verdict.passed and "the library's own" in repr(verdict) and not list(folder.iterdir())


def test_a_slip_in_code_for_one_sequence_is_still_named():
    """The wrong way round, by loops that fail on a batch: that is named, and the input shown is the first wrong one."""
    def score(Q, K):
        if Q.ndim > 2:
            raise TypeError("loops for one sequence only")
        return [[float(k @ q) for q in Q] for k in K]

    verdict = check(score)
    assert verdict.passed is False and "TypeError" not in repr(verdict)
    assert verdict.diagnosis.startswith("This is `K Qᵀ`, the transpose")


def test_code_for_a_single_sequence_is_told_so():
    """Right wherever it has a result, and an error exactly where there are batch axes."""
    def score(Q, K):
        if Q.ndim > 2:
            raise TypeError("loops for one sequence only")
        return Q @ K.mT

    assert check(score).diagnosis == checking.BATCHES


def test_a_function_that_calls_itself_is_told_so():
    """A recursion without end is no Python error to decipher."""
    def softmax(scores):
        return softmax(scores)

    assert "calls itself without end" in repr(check(softmax))

# How a function travels

@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
class TestTravel:
    """Stub and check in the notebook, answer in the library."""

    def test_has_a_stub_and_a_check_for_each_of_its_exercises(self, path):
        """Exactly its own exercises, with the answer's parameters, each stub followed by its check; questions at the end."""
        code = sources(path, "code")
        stubs = {i: ast.parse(source).body[0] for i, source in enumerate(code) if source.startswith("def ")}
        assert [stub.name for stub in stubs.values()] == BY_NOTEBOOK[path.stem]
        for i, stub in stubs.items():
            assert code[i + 1] == f"check({stub.name})"
            assert [a.arg for a in stub.args.args] == list(inspect.signature(EXERCISES[stub.name].answer).parameters)
            assert isinstance(stub.body[-1], ast.Raise) and "NotImplementedError" in code[i]
        assert any(source.startswith(f'questions("{path.stem[:2]}")') for source in code)

    def test_runs_with_the_library_s_answers_and_every_check_passes(self, path, monkeypatch):
        """Each stub replaced by the answer: no cell fails, no check does."""
        monkeypatch.chdir(path.parent)
        namespace = {}
        for source in sources(path, "code"):
            tree = ast.parse(source)
            if isinstance(tree.body[0], ast.FunctionDef):
                namespace[tree.body[0].name] = EXERCISES[tree.body[0].name].answer
            elif re.fullmatch(r"check\(\w+\)", source):
                assert eval(source, namespace).passed is True, source
            else:
                exec(compile(tree, path.name, "exec"), namespace)
