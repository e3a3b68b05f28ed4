"""Notebook 13: what hangs there, what `check` knows of it, and what is tried on a real model are the same bugs."""
import re
from textwrap import dedent

import numpy as np
import pytest

from course_lib import steps
from course_lib.broken import MUSEUM, stranger
from course_lib.checks import checking
from course_lib.checks.comparing import same
from course_lib.exercises import BY_NOTEBOOK, EXERCISES
from course_lib.language_model import rotate
from course_lib.properties import ATTENTION, holds, whole
from tests.test_notebooks import PATHS, sources

NOTEBOOK = next(path for path in PATHS if path.stem.startswith("13"))
HANGING = {found[1]: found[0] for found in (re.match(r"(?s)def (\w+)[^\n]+\n +# .*", code) for code in sources(NOTEBOOK, "code"))
           if found}
ROW = np.array([[True, False, True, True], [False] * 4, [True] * 4, [False, True, False, False]])


@pytest.mark.parametrize("name", HANGING)
def test_the_code_that_a_stub_shows_is_the_first_mistake_of_its_exercise(name):
    """On every input, or the same error."""
    code = HANGING[name].replace("# ", "").replace("raise NotImplementedError", "")
    exec(dedent(code), namespace := {"np": np, **vars(steps)})
    shown, first = (checking.results(EXERCISES[name], function) for function in (namespace[name], EXERCISES[name].mistakes[0]))
    assert all(map(same, shown, first))


def test_every_exhibit_shows_its_code():
    """But the one that is harmless, whose exercise asks for another thing."""
    assert {*BY_NOTEBOOK[NOTEBOOK.stem]} - {*HANGING} == {"harmless_rows"}


@pytest.mark.parametrize(("name", "bug", "mask"), [
    ("repaired_hiding", "2 one minus −∞, in float32", steps.causal_mask(4)),
    ("repaired_axis", "3 softmax on the other axis", steps.causal_mask(4)), ("repaired_row", "4 nobody is NaN", ROW)])
def test_what_a_real_model_gets_is_that_mistake(name, bug, mask):
    """Queries whose scores are these, and keys that each have a column of their own."""
    scores = whole(1, 4, 4).astype(np.float32)
    _, weights = MUSEUM[bug]["attention"](2 * scores, np.eye(4), np.eye(4), mask)
    arguments = [scores] if name == "repaired_hiding" else [scores, mask]
    with np.errstate(all="ignore"):
        assert same(EXERCISES[name].mistakes[0](*arguments), weights)


def test_a_real_model_gets_the_mask_turned_round_and_ones_that_do_no_harm():
    """The first is the library's attention under the opposite mask, the other gives what the library gives."""
    Q, K, V, mask = whole(1, 4, 2), whole(2, 4, 2), whole(3, 4, 3), steps.causal_mask(4)
    assert same(MUSEUM["1 the mask turned round"]["attention"](Q, K, V, mask)[0], steps.attention(Q, K, V, ~mask)[0])
    assert same(MUSEUM["5 ones for zeros"]["attention"](Q, K, V, mask)[1], steps.attention(Q, K, V, mask)[1])


def test_slower_hands_are_right_but_for_their_speed():
    """The first pair turns as it should, and the last by 1 / 100000 at each position."""
    X = whole(4, 5, 8) + 0.5
    turned, last = MUSEUM["6 slower hands"]["rotate"](X, 3), np.arange(3, 8) / 100000
    assert same(turned[:, :2], rotate(X, 3)[:, :2]) and turned.shape == X.shape
    assert same(turned[:, 6], X[:, 6] * np.cos(last) - X[:, 7] * np.sin(last))


def test_right_weights_keep_the_kind_of_the_scores():
    """In wider or narrower numbers they count as words that say so; a list has no kind, and wrong weights stay numbers."""
    exercise = EXERCISES["repaired_hiding"]
    for kind, other in (("float32", "float64"), ("float64", "float32")):
        scores = whole(5, 3, 3).astype(kind)
        weights, count = exercise.answer(scores), exercise.what_counts
        assert count(weights.astype(other), scores) == f"right weights, but {other} for {kind}"
        assert all(count(kept, scores) is kept for kept in (weights, weights.tolist(), 2 * weights.astype(other)))


def test_the_lines_for_a_test_of_ones_own_stop_one_that_says_no_to_everything():
    """The code that stands in the words below the table of properties; a good test catches what they say that it does."""
    (lines,) = re.findall(r"(?s)```python\n(.+?)\n(.+?)\n```", "\n".join(sources(NOTEBOOK, "markdown")))
    bugs = {name: part["attention"] for name, part in MUSEUM.items() if "attention" in part}
    names = {"bugs": bugs, "holds": holds, "attention": steps.attention}
    exec(lines[0], good := names | {"test_attention": ATTENTION["leak"]})
    assert eval(lines[1], good) == ["1 the mask turned round"]
    with pytest.raises(AssertionError):
        exec(lines[0], names | {"test_attention": lambda attention: mistyped})      # noqa: F821 (that is the point)


def test_the_stranger_is_convicted_by_two_witnesses():
    """Its rows sum to 1, and its forbidden keys have 0; yet another last query changes an earlier output."""
    assert [name for name, test in ATTENTION.items() if not holds(test, stranger)] == ["forbidden row", "one tiny case"]
    Q, K, V, mask = whole(1, 4, 2), whole(2, 4, 2), whole(3, 4, 3), steps.causal_mask(4)
    output, weights = stranger(Q, K, V, mask)
    assert same(weights.sum(axis=-1), np.ones(4)) and not weights[~mask].any()
    assert not same(stranger(np.vstack([Q[:3], Q[3] + 1]), K, V, mask)[0][:3], output[:3])
