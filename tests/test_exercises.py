"""Every exercise knows its answer and its mistakes, tells them apart, and travels between notebook and library."""
import ast
import inspect
import re
import sys
import time
from importlib import import_module

import numpy as np

from course_lib import language_model, learning, steps
from course_lib.checks import check, checking, hint, questions, solution
from course_lib.checks.comparing import same
from course_lib.checks.diagnosing import diagnose
from course_lib.examples import make_pocket
from course_lib.exercises import BY_NOTEBOOK, EXERCISES, QUESTIONS
from tests.each import each
from tests.test_notebooks import PATHS, sources


def named(function, name):
    """The function under the name that `check` looks for."""
    def wrapper(*arguments):
        return function(*arguments)
    wrapper.__name__ = name
    return wrapper


def results(name, function):
    """What counts of a function's results, on every input of the exercise."""
    return checking.results(EXERCISES[name], function)


# The data

def test_every_step_is_an_exercise_under_its_own_name():
    """All public functions of steps.py; on every input the answer, a learner's code, gives what the step gives."""
    public = [name for name, value in vars(steps).items() if inspect.isfunction(value) and value.__module__ == steps.__name__]
    assert len(public) == 13
    for name in public:
        assert all(map(same, results(name, getattr(steps, name)), results(name, EXERCISES[name].answer))), name


def test_what_notebook_09_builds_is_what_the_library_trains_with():
    """On every input; the norm there comes with its way back, and the loss with its gradient."""
    for name in ("product_gradients", "softmax_gradient", "previous_token_score", "induction_score"):
        assert all(map(same, results(name, getattr(learning, name)), results(name, EXERCISES[name].answer))), name
    assert all(map(same, [learning.layer_norm(X)[0] for X, in EXERCISES["layer_norm"].inputs],
                   results("layer_norm", EXERCISES["layer_norm"].answer)))
    logits, ids = np.random.default_rng(9).normal(size=(3, 5, 16)), np.arange(15).reshape(3, 5)
    surprise = EXERCISES["surprise"].answer(steps.softmax(logits[:, :-1]), ids[:, 1:])
    assert same(surprise, learning.cross_entropy(logits, ids)[0])


def test_what_notebook_10_builds_is_what_the_model_runs_on():
    """On every input, of one text or several; words of letters are cut into the same tokens."""
    for name in ("rms_norm", "rotate", "repeat_heads", "gated_mlp"):
        assert all(map(same, results(name, getattr(language_model, name)), results(name, EXERCISES[name].answer))), name
    for parts, merges in EXERCISES["join"].inputs:
        ids = {text: text for text in [*"".join(parts), *map("".join, merges)]}
        model = language_model.Model(list(ids), ids, merges, *[None] * 6)
        assert language_model.tokenize("".join(parts), model) == EXERCISES["join"].answer(parts, merges)


def test_there_are_enough():
    """Three exercises and three questions in every notebook, thirty exercises, a hundred mistakes, no name twice."""
    assert all(len(names) >= 3 for names in BY_NOTEBOOK.values()) and all(len(asked) >= 3 for asked in QUESTIONS.values())
    assert len(EXERCISES) == sum(map(len, BY_NOTEBOOK.values())) >= 30
    assert sum(len(exercise.mistakes) for exercise in EXERCISES.values()) >= 100


@each(EXERCISES)
def test_the_answer_passes(name):
    """And the exercise has mistakes, two or three hints, and a reason."""
    exercise = EXERCISES[name]
    verdict = check(named(exercise.answer, name))
    assert verdict.passed is True and verdict.diagnosis is None, verdict
    assert len(exercise.mistakes) >= 2 and 2 <= len(exercise.hints) <= 3 and exercise.why


@each(EXERCISES)
def test_other_right_answers_of_the_sheet_pass(name):
    """The code below each `also:`."""
    for code in EXERCISES[name].others:
        exec(code, scope := dict(vars(sys.modules[EXERCISES[name].answer.__module__])))
        verdict = check(scope[name])
        assert verdict.passed is True, (code, verdict)


@each(EXERCISES)
def test_every_mistake_is_named(name):
    """Its results are diagnosed as that mistake and no other; what `check` then says, tests/thorough/test_exercises.py sees."""
    exercise, expected = EXERCISES[name], results(name, EXERCISES[name].answer)
    for mistake in exercise.mistakes:
        found = results(name, mistake)
        assert not any(isinstance(result, NameError) for result in found), mistake
        assert not all(map(same, expected, found)), mistake
        assert diagnose(exercise, expected, found) == (mistake, True), mistake


@each(EXERCISES)
def test_check_is_quick(name):
    """Its computing is far below the two seconds of its time limit; the benchmark measures how far."""
    start = time.process_time()
    check(named(EXERCISES[name].answer, name))
    assert time.process_time() - start < 1


@each(EXERCISES)
def test_sentences_are_sentences(name):
    """Every diagnosis, hint and reason begins and ends as a sentence does, with its backticks in pairs."""
    exercise = EXERCISES[name]
    for text in (*(mistake.says for mistake in exercise.mistakes), *exercise.hints, exercise.why):
        assert re.match(r"[A-Z`0-9]", text) and text.endswith((".", "?")) and text.count("`") % 2 == 0 and "  " not in text, text


@each(QUESTIONS)
def test_every_choice_of_a_question_has_its_reason(notebook):
    """One choice is right, and each has an explanation of its own, found by number and letter."""
    for number, question in enumerate(QUESTIONS[notebook], start=1):
        assert sum(choice.right for choice in question.choices) == 1 and len(question.choices) >= 3
        assert len({choice.why for choice in question.choices}) == len(question.choices)
        for letter, choice in zip("abcdef", question.choices, strict=False):
            message = questions(notebook[:2], number, letter)
            assert choice.why in repr(message) and message.passed is choice.right
            assert repr(message).startswith("Right" if choice.right else "Not so")


def test_neither_length_nor_place_tells_the_right_choice():
    """It is the longest in at most four of ten questions, in no lesson in all; each place holds it about as often as chance."""
    longest = {notebook: [max(question.choices, key=lambda choice: (len(choice.text), not choice.right)).right
                          for question in asked] for notebook, asked in QUESTIONS.items()}
    told = [one for lesson in longest.values() for one in lesson]
    assert sum(told) <= 0.4 * len(told) and not any(map(all, longest.values())), longest
    choices = [question.choices for asked in QUESTIONS.values() for question in asked]
    for place in range(max(map(len, choices))):
        there = [(some[place].right, 1 / len(some)) for some in choices if place < len(some)]
        found, chance = map(sum, zip(*there, strict=True))
        assert 2 / 3 * chance <= found <= 4 / 3 * chance, f"{'abcdef'[place]}: {found}, by chance {chance:.1f}"


@each(EXERCISES)
def test_hints_come_one_by_one_and_the_solution_is_code_that_passes(name):
    """By name or by function; then they begin again. The solution's text is a function that can be run."""
    shown = [repr(hint(name)) for _ in range(len(EXERCISES[name].hints) + 1)]
    assert shown[0] == shown[-1] and len(set(shown)) == len(EXERCISES[name].hints)
    text = repr(solution(EXERCISES[name].answer))
    assert EXERCISES[name].why in text and '"""' not in text
    code = text.split("\n\n" + EXERCISES[name].why)[0].split("\n\n", 1)[1]
    ast.parse("\n".join(line[4:] for line in code.splitlines()))


# How a function travels

class TestTravel:
    """Stub and check in the notebook, answer in the library."""

    @each(PATHS)
    def test_has_a_stub_and_a_check_for_each_of_its_exercises(self, path):
        """Exactly its own exercises, with the answer's parameters, each stub followed by its check; questions at the end."""
        code = sources(path, "code")
        stubs = {i: ast.parse(source).body[0] for i, source in enumerate(code)
                 if source.startswith("def ") and "NotImplementedError" in source}
        assert [stub.name for stub in stubs.values()] == BY_NOTEBOOK[path.stem]
        for i, stub in stubs.items():
            assert code[i + 1] == f"check({stub.name})"
            assert [a.arg for a in stub.args.args] == list(inspect.signature(EXERCISES[stub.name].answer).parameters)
            assert isinstance(stub.body[-1], ast.Raise) and "NotImplementedError" in code[i]
        assert any(source.startswith(f'questions("{path.stem[:2]}")') for source in code)


def test_what_the_notebook_still_calls_d_k_is_what_the_sheet_of_04_says():
    """A learner who forgets to compute it gets the pocket example's, the only one that the notebook names."""
    code = "\n".join(sources(PATHS[4], "code"))
    assert re.findall(r"^[\w, ]*\bd_k\b[\w, ]* = .*$", code, re.MULTILINE) == ["tokens, d_k = pocket.labels, pocket.K.shape[-1]"]
    assert import_module("course_lib.exercises.04_scaling").d_k == make_pocket().K.shape[-1]
