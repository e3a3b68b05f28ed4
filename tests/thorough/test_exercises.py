"""What else must hold of every exercise: its mistakes lie far apart, nothing but a listed one is diagnosed, and what is solved
runs."""
import ast
import itertools
import re
from functools import partial

import numpy as np
import pytest

from course_lib.checks import check, comparing, solution
from course_lib.checks.comparing import ABSOLUTE, RELATIVE, same
from course_lib.exercises import BY_NOTEBOOK, EXERCISES
from nbval_plugin import is_left_out
from tests.test_exercises import named, results
from tests.test_notebooks import PATHS, sources


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
def test_check_names_every_mistake(name):
    """Each fails, with its own diagnosis and no other. What is checked has no code that could be read again each time."""
    for mistake in EXERCISES[name].mistakes:
        wrong = partial(mistake)
        wrong.__name__ = name
        verdict = check(wrong)
        assert verdict.passed is False and verdict.diagnosis == mistake.says and mistake.says in repr(verdict), (mistake, verdict)


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


@pytest.mark.parametrize("path", [path for path in PATHS if not is_left_out(path)], ids=lambda path: path.stem)
def test_runs_with_the_solutions_pasted_over_the_stubs_and_every_check_passes(path, monkeypatch):
    """What `solution` shows needs no name that the notebook does not have there; no cell fails, no check does."""
    monkeypatch.chdir(path.parent)
    namespace = {}
    for source in sources(path, "code"):
        tree = ast.parse(source)
        if isinstance(tree.body[0], ast.FunctionDef) and "NotImplementedError" in source:
            exec(solution(tree.body[0].name).parts[1].text, namespace)
        elif re.fullmatch(r"check\(\w+\)", source):
            assert eval(source, namespace).passed is True, source
        else:
            exec(compile(tree, path.name, "exec"), namespace)


def test_earlier_cells_run_again_after_the_exercises():
    """Whoever has solved them all and goes back meets no name that a later cell has taken: from the last cell to the first."""
    (path,) = (path for path in PATHS if path.stem == "11_long_contexts")
    code, given = sources(path, "code"), {}
    for source in [*code, *(source for source in reversed(code) if not source.startswith("def "))]:
        exec(source, given)                                                     # noqa: S102
        given |= {name: EXERCISES[name].answer for name in BY_NOTEBOOK[path.stem] if source.startswith(f"def {name}(")}
