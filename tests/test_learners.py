"""`check` is kind and exact with whatever a learner writes, and remembers what is done."""
import json
import re
from urllib.parse import unquote

import numpy as np
import pytest

from course_lib import steps
from course_lib.checks import check, progress, record
from course_lib.checks.messages import SAY
from course_lib.exercises import BY_NOTEBOOK, EXERCISES
from course_lib.looks import GREEN, GROUND, LIT, themed
from tests.test_exercises import named


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
    "a list of rows": ("scale", lambda scores, d_k: [row / d_k ** 0.5 for row in scores]),
    "a list for a tuple": ("attention", lambda Q, K, V, mask=None: list(steps.attention(Q, K, V, mask))),
    "a table of all pairs": ("receptive_field", lambda layers, size: _stacked(layers, size)),
    "row by row": ("repaired_hiding", lambda scores: _row_by_row(scores)),
    "the logarithm of a mask": ("repaired_axis", lambda scores, mask: steps.softmax(np.log(mask) + scores)),
}


def _stacked(layers, size):
    n = layers * size + 1
    window = np.tri(n, dtype=int) - np.tri(n, k=-size, dtype=int)
    reached = np.eye(n, dtype=int)
    for _ in range(layers):
        reached = (reached @ window > 0).astype(int)
    return reached[-1].sum()


def _row_by_row(scores):
    weights = np.zeros_like(scores)
    for i in range(scores.shape[-1]):
        weights[..., i, :i + 1] = steps.softmax(scores[..., i, :i + 1])
    return weights


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
    (lambda: 1, "must take `(scores)`; yours takes `()`"), (lambda a, b: 1, "must take `(scores)`; yours takes `(a, b)`")])
def test_a_wrong_kind_of_answer_gets_a_kind_and_exact_one(function, words, monkeypatch):
    """Loops without end, nothing, text, the wrong shape, the wrong parameters: a sentence each, and the session lives."""
    if function in (forever, stubborn):                     # a busy machine does not stop the others
        monkeypatch.setattr("course_lib.checks.running.SECONDS", 0.1)
    monkeypatch.setattr(function, "__name__", "softmax")
    verdict = check(function)
    assert verdict.passed is False and words in repr(verdict), verdict


def test_what_numpy_warns_of_is_left_to_the_verdict(recwarn):
    """`check` says what is wrong; a warning with a line of somebody's inputs beside it would only frighten."""
    assert check(named(lambda scores: np.mean(scores[:0], axis=0) + 0 * scores, "softmax")).passed is False
    assert recwarn.list == []


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
    (unreadable, "`RuntimeError: a Unreadable that has no readable text` in line"),
    (endless, "It gives an iterator, which can be read only once."), (lambda scores: iter(scores), "It gives an iterator"),
    (lambda scores: map(steps.softmax, scores), "It gives an iterator")])
def test_nothing_escapes(function, words, monkeypatch):
    """Not even an error without words or a result without end."""
    monkeypatch.setattr("course_lib.checks.running.SECONDS", 0.1)
    assert words in repr(check(named(function, "softmax")))


@pytest.mark.parametrize("given, words", [
    (np.ones(3), "check takes the function itself"), ("softmax", "not its name"), (None, "given was None"),
    (lambda: 0, "a lambda has none. Write it with def"), (named(abs, "sofmax"), "did you mean 'softmax'?")])
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


# Progress

@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A reader's folder, with progress switched on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(record.OFF)
    return tmp_path


def test_progress_is_remembered_across_sessions(folder):
    """A right answer is written down, once; nothing else is left in the folder, and deleting the file loses only that."""
    assert "06 Softmax: 0 of" in repr(progress())
    for _ in range(2):
        assert check(named(steps.softmax, "softmax")).passed
    assert [path.name for path in folder.iterdir()] == [record.FILE]
    pips = "".join("○●"[name == "softmax"] for name in BY_NOTEBOOK["06_softmax"])
    assert f"{pips:8}  06 Softmax: 1 of {len(pips)} solved" in repr(progress()).splitlines()
    assert check(named(steps.score, "score")).passed and repr(progress()).startswith("Solved: 2 of ")
    (folder / record.FILE).unlink()
    assert repr(progress()).startswith("Solved: 0 of")


def solved(folder, *lessons):
    """Every exercise of these lessons is done, and one that is no longer there."""
    names = [name for lesson in lessons for name in BY_NOTEBOOK[lesson]]
    (folder / record.FILE).write_text(json.dumps({"done": [*names, "gone"]}), encoding="utf-8")


@pytest.mark.parametrize("notebook, lessons, here, ends", [
    ("", [], None, ["Next: `paper_weights`, in 00_attention_on_paper.", SAY.NONE]),
    ("/home/06_softmax-Copy1.ipynb", [], "06 Softmax", ["Next: `weights_of_row`, in 06_softmax.", SAY.NONE]),
    ("08_multi_head.ipynb", ["00_attention_on_paper", *list(BY_NOTEBOOK)[8:]], "08 Multi-head",
     ["Next: `one_hot_rows`, in 01_embeddings.", SAY.MORE]),
    ("03_scores.ipynb", [*BY_NOTEBOOK], "03 Scores", [SAY.ALL])])
def test_progress_says_what_is_next_from_where_one_is(folder, monkeypatch, notebook, lessons, here, ends):
    """From the lesson whose notebook runs to the last, then from the first; and a true word of cheer."""
    monkeypatch.setenv("JPY_SESSION_NAME", notebook)
    solved(folder, *lessons)
    head, course, *rest = repr(progress()).split("\n\n")
    assert head == f"Solved: {sum(len(BY_NOTEBOOK[lesson]) for lesson in lessons)} of {len(EXERCISES)} exercises."
    assert rest == ends and re.findall(r"(\d\d .*?):.*, you are here", course) == [here] * bool(here)


def test_progress_is_a_picture_that_says_what_the_text_says(folder, monkeypatch):
    """A station a lesson, its words as alternative text, a full pip for each exercise that is done; one station is lit."""
    monkeypatch.setenv("JPY_SESSION_NAME", "03_scores.ipynb")
    solved(folder, "02_qkv", "08_multi_head")
    text, page = repr(progress()).split("\n\n")[1].splitlines(), progress()._repr_html_()
    assert re.findall('alt="(.*?)"', page) == [line[10:] for line in text]
    drawn = [unquote(svg) for svg in re.findall('src="(.*?)"', page)]
    assert [[svg.count(f'r="4" fill="{themed(colour)}"') for colour in (GREEN, GROUND)] for svg in drawn] == [
        [line.count(pip) for pip in "●○"] for line in text]
    assert [f'fill="{themed(LIT)}"' in svg for svg in drawn] == ["you are here" in line for line in text]


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
    assert f"`{record.FILE}` could not be read: " in repr(progress()) and "●" not in repr(progress())


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
    assert "●" not in repr(progress()) and [path.name for path in tmp_path.iterdir()] == [record.FILE]
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

    assert check(score).relation.startswith("It is right except where `Q` has axes in front, such as a batch")


def test_a_function_that_calls_itself_is_told_so():
    """A recursion without end is no Python error to decipher."""
    def softmax(scores):
        return softmax(scores)

    assert "calls itself without end" in repr(check(softmax))


def test_who_refuses_integers_aloud_is_right_and_is_told_how_to_take_them():
    """An array of integers cannot hold −∞: written into a copy that is an error, filled in silently it is a wrong result."""
    def apply_mask(scores, mask):
        masked_scores = scores.copy()
        masked_scores[~np.broadcast_to(mask, scores.shape)] = -np.inf
        return masked_scores

    verdict = check(apply_mask)
    assert verdict.passed is True and "refuses arrays of integers" in repr(verdict)

    def apply_mask(scores, mask):
        return np.where(mask, scores, np.full_like(scores, -np.inf))

    verdict = check(apply_mask)
    assert verdict.passed is False and "It is right except where `scores` holds integers." in repr(verdict)


def test_a_repair_that_only_hides_the_bug_is_refused():
    """float64 and back: with scores near the end of its whole numbers nothing is left of them there, too."""
    def repaired_hiding(scores):
        n = scores.shape[-1]
        mask = np.triu(np.full((n, n), -np.inf), k=1)
        return steps.softmax(scores.astype(float) + (1 - mask) * -1e9).astype(scores.dtype)

    assert check(repaired_hiding).diagnosis.startswith("A billion is still taken from every allowed score")


def test_two_slips_in_a_mask_are_both_named():
    """Of a mask with places enough."""
    def window_mask(n, size, sink):
        mask = np.tri(n, dtype=bool) & ~np.tri(n, k=-size - 1, dtype=bool)
        mask[:, :sink] = True
        return mask

    said = check(window_mask).diagnosis
    assert said.startswith("The window is one key too wide") and "And a second slip: The brackets" in said


def test_a_list_that_holds_itself_is_no_result():
    """Its own part without end: it is told what it is, at once."""
    def repaired_qkv(X, W_Q, W_K, W_V):
        views = [X @ W_Q]
        views.append(views)
        views.append(views)
        return views

    verdict = check(repaired_qkv)
    assert verdict.passed is False and "got" in repr(verdict)


def test_an_iterator_is_no_shape():
    """Though the sizes that it yields are right: round brackets around a comprehension make no tuple."""
    def scores_shape(Q_shape, K_shape):
        return (size for size in (*Q_shape[:-1], K_shape[-2]))

    verdict = check(scores_shape)
    assert verdict.passed is False and "found: `an iterator, which can be read only once`" in repr(verdict)
