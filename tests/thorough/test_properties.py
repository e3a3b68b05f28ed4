"""Properties that hold for whatever goes in: any shape, batch, dtype, extreme number, token text and learner's function.

Hypothesis looks for inputs that break them. The examples of the default run are few and always the same;
`HYPOTHESIS_PROFILE=thorough python -m pytest tests/thorough/test_properties.py` tries many, others each time.
"""
import contextlib
import os
import re
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from course_lib import HeatTable, SideBySide, SpelledOut, steps
from course_lib.checks import check
from course_lib.exercises import EXERCISES
from course_lib.explorers import views
from course_lib.explorers.panel import still
from course_lib.looks import token_of
from course_lib.steps import (apply_mask, attention, causal_mask, embed, merge_heads, multi_head_attention, project, scale,
                              score, sinusoidal_positions, softmax, split_heads)
from course_lib.tables import number

# What Hypothesis remembers lies beside what pytest remembers, and no failure is kept: a run depends on nothing before it.
hypothesis.configuration.set_hypothesis_home_dir(Path(__file__).parent.parent / ".pytest_cache" / "hypothesis")
settings.register_profile("quick", max_examples=25, derandomize=True, deadline=None, database=None,
                          suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=2000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
EACH = settings(max_examples=settings.default.max_examples * 2 // 5)        # for a test that runs once for each step or view
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")           # overflow and NaN are asked for here

FLOATS = [np.float16, np.float32, np.float64]
DTYPES = st.sampled_from([*FLOATS, np.uint8, np.int8, np.int32, np.int64])
WILD = st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 1e-320, 6e4, -6e4, 3e38, -3e38, 1e308, -1e308])
SIZES, BATCHES = st.integers(1, 4), st.lists(st.integers(1, 3), max_size=2)
STEPS = ("embed", "sinusoidal_positions", "project", "score", "scale", "causal_mask", "apply_mask", "softmax", "weighted_sum",
         "attention", "split_heads", "merge_heads", "multi_head_attention")


# What goes in

def wild(draw, array):
    """A copy of the array with up to three entries as bad as its dtype can hold."""
    array = array.copy()
    for i, value in draw(st.lists(st.tuples(st.integers(0, 99), WILD), max_size=3)) if array.size else ():
        array.flat[i % array.size] = value if array.dtype.kind == "f" else draw(st.sampled_from([0, np.iinfo(array.dtype).max]))
    return array


@st.composite
def calls(draw, name, dtypes=DTYPES, batches=BATCHES, least=1, tame=False):
    """Arguments that a step takes, read-only, and the shapes of what it returns.

    Sizes are `least` or more where the step allows it; unless tame, some entries are NaN, infinite or huge.
    """
    def size(least=least):
        return draw(st.integers(least, 4))

    def a(*shape):
        if np.dtype(dtype).kind == "f":
            array = np.array(rng.normal(size=shape)).astype(dtype)
        else:
            array = rng.integers(0, 6, shape).astype(dtype)
        return array if tame else wild(draw, array)

    def allowed(*shape):
        """A mask that broadcasts to the shape."""
        shape = tuple(draw(st.sampled_from([1, n])) for n in shape)[draw(st.integers(0, len(shape))):]
        return rng.random(shape) < 0.6

    dtype, rng, batch = draw(dtypes), np.random.default_rng(draw(st.integers(0, 2**32 - 1))), tuple(draw(batches))
    n_q, n_k, d_k, d_v, d_model, n_heads = size(), size(), size(1), size(), size(), size()
    if name == "embed":
        batch, n, vocab_size = tuple(n or 1 for n in batch), size(1), size(1)
        arguments = rng.integers(0, vocab_size, (*batch, n)), a(vocab_size, d_model), a(n + size(0), d_model)
        shapes = [(*batch, n, d_model)]
    elif name == "sinusoidal_positions":
        n = size(1)
        arguments, shapes = (n, 2 * d_k), [(n, 2 * d_k)]
    elif name == "project":
        heads = draw(st.sampled_from([(), (n_heads,)]))
        arguments, shapes = (a(*batch, n_q, d_model), a(*heads, d_model, d_k)), [(*batch, *heads, n_q, d_k)]
    elif name == "score":
        arguments, shapes = (a(*batch, n_q, d_k), a(*batch, n_k, d_k)), [(*batch, n_q, n_k)]
    elif name == "scale":
        arguments, shapes = (a(*batch, n_q, n_k), d_k), [(*batch, n_q, n_k)]
    elif name == "causal_mask":
        arguments, shapes = (n_q, n_k), [(n_q, n_k)]
    elif name == "apply_mask":
        arguments, shapes = (a(*batch, n_q, n_k), allowed(*batch, n_q, n_k)), [(*batch, n_q, n_k)]
    elif name == "softmax":
        arguments, shapes = (a(*batch, n_k),), [(*batch, n_k)]
    elif name == "weighted_sum":
        arguments, shapes = (a(*batch, n_q, n_k), a(*batch, n_k, d_v)), [(*batch, n_q, d_v)]
    elif name == "attention":
        arguments = a(*batch, n_q, d_k), a(*batch, n_k, d_k), a(*batch, n_k, d_v), allowed(*batch, n_q, n_k)
        shapes = [(*batch, n_q, d_v), (*batch, n_q, n_k)]
    elif name == "split_heads":
        n_heads = size(1)
        arguments, shapes = (a(*batch, n_q, n_heads * d_v), n_heads), [(*batch, n_heads, n_q, d_v)]
    elif name == "merge_heads":
        arguments, shapes = (a(*batch, n_heads, n_q, d_v),), [(*batch, n_q, n_heads * d_v)]
    else:
        arguments = (a(*batch, n_q, d_model), a(n_heads, d_model, d_k), a(n_heads, d_model, d_k), a(n_heads, d_model, d_v),
                     a(n_heads * d_v, d_model), allowed(*batch, n_heads, n_q, n_q))
        shapes = [(*batch, n_q, d_model), (*batch, n_heads, n_q, n_q)]
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            argument.flags.writeable = False
    return arguments, shapes


def results(name, arguments):
    """What a step returns, as a list."""
    result = getattr(steps, name)(*arguments)
    return list(result) if isinstance(result, tuple) else [result]


def close(ours, theirs):
    """Equal but for a few roundings of the dtype."""
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=50 * np.finfo(ours.dtype).eps * max(1, np.abs(theirs).max(initial=0)))


# Every step

@pytest.mark.parametrize("name", STEPS)
@EACH
@given(data=st.data())
def test_a_step_keeps_its_promises(name, data):
    """The shape of its docstring, the dtype of its inputs (integers become float64), and inputs that it cannot write to.

    Also with NaN, infinities and huge numbers, for a single row or column, and for no rows or batches at all.
    """
    arguments, shapes = data.draw(calls(name, batches=st.lists(st.integers(0, 3), max_size=2), least=0))
    arrays = [argument for argument in arguments if isinstance(argument, np.ndarray)]
    before = [array.copy() for array in arrays]
    found = results(name, arguments)
    kept = {array.dtype for array in arrays if array.dtype.kind == "f"} or {np.dtype(float)}
    assert [result.shape for result in found] == shapes
    assert name == "causal_mask" or {result.dtype for result in found} == kept
    assert all(np.array_equal(now, then, equal_nan=now.dtype.kind == "f") for now, then in zip(arrays, before, strict=True))


BATCHED = {"embed": 1, "project": 1, "score": 2, "scale": 1, "apply_mask": 2, "softmax": 1, "weighted_sum": 2, "attention": 4,
           "split_heads": 1, "merge_heads": 1, "multi_head_attention": 1}         # how many arguments have batch axes


@pytest.mark.parametrize("name", BATCHED)
@EACH
@given(data=st.data())
def test_a_batch_is_the_stack_of_its_sequences(name, data):
    """Two sequences in one array give what each gives alone."""
    arguments, shapes = data.draw(calls(name, st.sampled_from(FLOATS), st.just([]), tame=True))
    if name in ("apply_mask", "attention"):
        arguments = (*arguments[:-1], np.broadcast_to(arguments[-1], shapes[-1]))
    first, tables = arguments[:BATCHED[name]], arguments[BATCHED[name]:]
    second = [argument[::-1] for argument in first]
    together = results(name, [*map(np.stack, zip(first, second, strict=True)), *tables])
    alone = zip(results(name, [*first, *tables]), results(name, [*second, *tables]), strict=True)
    for ours, theirs in zip(together, map(np.stack, alone), strict=True):
        close(ours, theirs)


def fit(*batches):
    """Whether shapes broadcast."""
    with contextlib.suppress(ValueError):
        return np.broadcast_shapes(*batches) is not None
    return False


def fit_scores(Q, K):
    return len(Q) > 1 < len(K) and Q[-1] == K[-1] > 0 and fit(Q[:-2], K[:-2])


def fit_mask(mask, scores):
    return fit(mask, scores) and np.broadcast_shapes(mask, scores) == scores


def fit_attention(Q, K, V, mask):
    if not fit_scores(Q, K) or len(V) < 2 or V[-2] != K[-2]:
        return False
    scores = (*np.broadcast_shapes(Q[:-2], K[:-2]), Q[-2], K[-2])
    return fit(scores[:-2], V[:-2]) and fit_mask(mask, scores)


def fit_multi_head(X, W_Q, W_K, W_V, W_O, mask):
    if len(X) < 2 or not len(W_Q) == len(W_K) == len(W_V) == 3 or W_Q != W_K:
        return False
    return (X[-1] == W_Q[1] and W_V[:2] == W_Q[:2] and W_O == (W_V[0] * W_V[2], X[-1])
            and fit_mask(mask, (*X[:-2], W_Q[0], X[-2], X[-2])))


# The shapes that each step's docstring allows, written once more
ALLOWED = {
    "embed": lambda ids, token, pos: len(ids) > 0 and len(token) == len(pos) == 2 and token[1] == pos[1] and ids[-1] <= pos[0],
    "project": lambda X, W: len(X) > 1 and len(W) in (2, 3) and X[-1] == W[-2],
    "score": fit_scores,
    "apply_mask": lambda scores, mask: len(scores) > 1 and fit_mask(mask, scores),
    "softmax": lambda scores: len(scores) > 0,
    "weighted_sum": lambda weights, V: len(weights) > 1 < len(V) and weights[-1] == V[-2] and fit(weights[:-2], V[:-2]),
    "attention": fit_attention,
    "merge_heads": lambda X: len(X) > 2,
    "multi_head_attention": fit_multi_head,
}


@pytest.mark.parametrize("name", ALLOWED)
@given(data=st.data())
def test_a_wrong_shape_is_a_value_error_and_a_right_one_is_not(name, data):
    """An axis lost, added or of another length: the step works exactly where its docstring says so."""
    arguments, _ = data.draw(calls(name, st.just(np.float64), tame=True))
    i = data.draw(st.integers(0, len(arguments) - 1))
    shape = arguments[i].shape
    axis = data.draw(st.integers(0, max(len(shape) - 1, 0)))
    other = data.draw(st.sampled_from([shape, (1, *shape), (2, *shape), (3, *shape), shape[:axis] + shape[axis + 1:],
                                       (*shape[:axis], 1, *shape[axis + 1:]), (*shape[:axis], 5, *shape[axis + 1:])]))
    changed = [np.zeros(other if j == i else a.shape, a.dtype) for j, a in enumerate(arguments)]
    with contextlib.nullcontext() if ALLOWED[name](*map(np.shape, changed)) else pytest.raises(ValueError):
        results(name, changed)


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(-2**70, 2**70), st.floats(), st.text(st.sampled_from("aé<")), st.binary(max_size=2),
    st.sampled_from([[[1, 2], [3]], {"a": 1}, {1}, object(), print, 1j, Fraction(1, 2), [None], [["a"]], range(3), slice(1)]),
    st.builds(np.zeros, st.lists(st.integers(0, 3), max_size=4),
              st.sampled_from(["f2", "f4", "f8", "g", "i1", "u8", "?", "c16", "O", "U1", "S1", "M8[s]", "m8[s]", "V3"])))


@pytest.mark.parametrize("name", STEPS)
@EACH
@given(data=st.data())
def test_anything_else_is_a_value_error_too(name, data):
    """In place of any argument: text, nothing, ragged lists, dates, objects. A step works or raises ValueError, nothing else."""
    arguments = list(data.draw(calls(name))[0])
    arguments[data.draw(st.integers(0, len(arguments) - 1))] = data.draw(ANYTHING)
    assume(not any(isinstance(a, int) and a > 2**10 for a in arguments))            # no room for so large an answer
    with contextlib.suppress(ValueError):
        results(name, arguments)


@pytest.mark.parametrize("make", [lambda: scale([[1]], True), lambda: causal_mask(True), lambda: causal_mask(2, False),
                                  lambda: sinusoidal_positions(True, 2), lambda: split_heads([[1]], True)])
def test_a_truth_value_is_no_size(make):
    """Python counts True as 1; here it is a slip."""
    with pytest.raises(ValueError, match="must be a whole number, not (True|False)"):
        make()


# Single steps

@given(calls("embed", tame=True))
def test_a_vector_depends_on_its_token_and_its_place_alone(call):
    """The beginning of a sequence has the same vectors whatever follows, bit for bit."""
    (ids, E_token, E_pos), _ = call
    for n in range(1, ids.shape[-1] + 1):
        assert np.array_equal(embed(ids[..., :n], E_token, E_pos), embed(ids, E_token, E_pos)[..., :n, :])


@given(st.integers(1, 40), st.integers(1, 20), st.sampled_from([int, np.uint8, np.int64]))
def test_sines_and_cosines_lie_on_circles(seq_len, half, kind):
    """Each pair of columns is a point of the unit circle, and more positions or another type of size change none of them."""
    E_pos = sinusoidal_positions(kind(seq_len), kind(2 * half))
    np.testing.assert_allclose(E_pos[:, ::2]**2 + E_pos[:, 1::2]**2, 1, rtol=1e-14)
    assert np.array_equal(sinusoidal_positions(seq_len + 3, 2 * half)[:seq_len], E_pos)


@given(calls("project", st.sampled_from(FLOATS[1:]), st.just([])))
def test_a_spoilt_token_stays_in_its_row(call):
    """Whatever stands in one row of X, no other row of a projection changes, bit for bit."""
    (X, W), _ = call
    for t in range(len(X)):
        spoilt = X.copy()
        spoilt[t] = np.nan
        others = np.delete(project(spoilt, W), t, axis=-2)
        assert np.array_equal(others, np.delete(project(X, W), t, axis=-2), equal_nan=True)


@given(calls("score", st.sampled_from(FLOATS), tame=True))
def test_scores_the_other_way_round_are_the_transpose(call):
    """Keys as queries and queries as keys."""
    (Q, K), _ = call
    close(score(K, Q), score(Q, K).mT)


@given(calls("scale", st.just(np.float64), tame=True), st.integers(1, 10))
def test_scaling_by_a_square_divides_by_its_root(call, root):
    """d_k = root² divides by the root, exactly."""
    scores = call[0][0]
    assert np.array_equal(scale(scores, root * root), scores / root)


@given(calls("apply_mask", st.sampled_from(FLOATS)))
def test_what_may_be_seen_stays_and_the_rest_is_minus_infinity(call):
    """Bit for bit, NaN and infinities included, and masking twice is masking once."""
    (scores, mask), _ = call
    masked, may = apply_mask(scores, mask), np.broadcast_to(mask, scores.shape)
    assert masked[may].tobytes() == scores[may].tobytes() and np.isneginf(masked[~may]).all()
    assert np.array_equal(apply_mask(masked, mask), masked, equal_nan=True)


@given(calls("softmax", st.sampled_from(FLOATS), least=0), st.data())
def test_a_row_of_weights_sums_to_one_or_is_zero_or_is_nan(call, data):
    """Zero with nothing but -inf, NaN with a NaN or +inf, and one otherwise, each row on its own."""
    scores = wild(data.draw, call[0][0])
    weights = softmax(scores)
    nan, nothing = (np.isnan(scores) | np.isposinf(scores)).any(axis=-1), np.isneginf(scores).all(axis=-1)
    total = np.where(nan, np.nan, np.where(nothing, 0, 1))
    np.testing.assert_allclose(weights.astype(float).sum(axis=-1), total, rtol=4 * np.finfo(scores.dtype).eps)
    assert not (weights < 0).any() and not weights[np.isneginf(scores) & ~nan[..., None]].any()


@given(st.lists(st.integers(-2**40, 2**40), min_size=1, max_size=6), st.integers(-2**50, 2**50))
def test_a_shift_changes_no_weight(row, shift):
    """Not by one bit, where the sums are exact; and the order of the scores is the order of the weights."""
    weights = softmax(row)
    assert np.array_equal(softmax(np.add(row, shift)), weights)
    assert (np.diff(weights[np.argsort(row)]) >= 0).all()


@given(calls("softmax", st.sampled_from(FLOATS)), st.randoms(use_true_random=False))
def test_permuted_scores_give_permuted_weights(call, random):
    """Softmax does not know in which order the keys stand."""
    scores = call[0][0]
    order = random.sample(range(scores.shape[-1]), scores.shape[-1])
    np.testing.assert_allclose(softmax(scores[..., order]), softmax(scores)[..., order],
                               rtol=8 * np.finfo(scores.dtype).eps, atol=np.finfo(scores.dtype).tiny)


@given(calls("attention", st.sampled_from(FLOATS[1:]), st.just([]), tame=True), st.integers(0, 9), WILD)
def test_a_spoilt_query_spoils_its_own_row_alone(call, i, value):
    """Whatever stands in one query, the outputs of all others stay, bit for bit."""
    (Q, *rest), _ = call
    spoilt, i = Q.copy(), i % len(Q)
    spoilt[i] = value
    for now, before in zip(attention(spoilt, *rest), attention(Q, *rest), strict=True):
        assert np.array_equal(np.delete(now, i, axis=-2), np.delete(before, i, axis=-2))


@given(calls("attention", st.sampled_from(FLOATS[1:]), tame=True), st.integers(0, 9), WILD)
def test_no_future_token_leaks(call, t, value):
    """Under the causal mask, whatever becomes of token t (NaN too, but in the values), outputs before it stay, bit for bit."""
    (Q, K, V, _), _ = call
    n = min(Q.shape[-2], K.shape[-2])
    t, causal, changed = t % n, causal_mask(Q.shape[-2], K.shape[-2]), [array.copy() for array in (Q, K, V)]
    for array, new in zip(changed, (value, value, np.nan_to_num(value, posinf=9, neginf=-9)), strict=True):
        array[..., t, :] = new if abs(new) < np.finfo(array.dtype).max or array is not changed[2] else 1
    for now, before in zip(attention(*changed, causal), attention(Q, K, V, causal), strict=True):
        assert np.array_equal(now[..., :t, :], before[..., :t, :])


@given(calls("attention", st.sampled_from(FLOATS), tame=True), st.integers(0, 2**32 - 1))
def test_an_output_lies_in_the_convex_hull_of_the_values(call, seed):
    """In no direction does it reach further than the furthest value; with nothing to attend to it is 0."""
    (Q, K, V, mask), _ = call
    output, weights = (result.astype(float) for result in attention(Q, K, V, mask))
    direction = np.random.default_rng(seed).normal(size=V.shape[-1])
    furthest = (V.astype(float) @ direction).max(axis=-1, keepdims=True)
    some = weights.any(axis=-1)
    slack = 50 * np.finfo(V.dtype).eps * (1 + np.abs(V).max()) * np.abs(direction).sum()
    assert (output @ direction <= furthest + slack)[some].all() and not output[~some].any()


@given(calls("attention", st.sampled_from(FLOATS), tame=True), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter_and_that_of_queries_is_kept(call, random):
    """Keys permuted with their values and columns of the mask: the same output. Queries permuted: the same rows, permuted."""
    (Q, K, V, mask), (_, scores) = call
    mask = np.broadcast_to(mask, scores)
    rows, columns = (random.sample(range(n), n) for n in scores[-2:])
    before = attention(Q, K, V, mask)[0]
    permuted = attention(Q[..., rows, :], K[..., columns, :], V[..., columns, :], mask[..., rows, :][..., columns])[0]
    close(permuted, before[..., rows, :])


@given(calls("merge_heads"))
def test_splitting_undoes_merging_and_merging_splitting(call):
    """Bit for bit, whatever the numbers are."""
    heads = np.asarray(call[0][0], float)
    merged = merge_heads(heads)
    assert split_heads(merged, heads.shape[-3]).tobytes() == heads.tobytes()
    assert merge_heads(split_heads(merged, heads.shape[-3])).tobytes() == merged.tobytes()


@given(calls("multi_head_attention", st.sampled_from(FLOATS[1:]), tame=True), st.randoms(use_true_random=False))
def test_the_order_of_heads_does_not_matter_and_that_of_tokens_is_kept(call, random):
    """Heads permuted with their rows of W_O: the same output. Tokens permuted: the same rows, permuted."""
    (X, W_Q, W_K, W_V, W_O, _), _ = call
    n_heads, _, d_v = W_V.shape
    heads, rows = random.sample(range(n_heads), n_heads), random.sample(range(X.shape[-2]), X.shape[-2])
    W_O_permuted = W_O.reshape(n_heads, d_v, -1)[heads].reshape(W_O.shape)
    before = multi_head_attention(X, W_Q, W_K, W_V, W_O)[0]
    now = multi_head_attention(X[..., rows, :], W_Q[heads], W_K[heads], W_V[heads], W_O_permuted)[0]
    close(now, before[..., rows, :])


# What is shown

HOSTILE = ["<script>alert(1)</script>", "&lt;", "&#0;", '"', "'", "]]>", "<!--", "\n", "\r\n", "\t", "\x00", "\x1b[31m", "\x85",
           "\u2028", "\u202e", "\u2066", "\u200f", "\u0301", "\ufeff", "\U0001f468\u200d\U0001f469", "\\", "`", "−∞", " "]
PIECES = st.one_of(st.sampled_from(HOSTILE), st.characters(exclude_categories=["Cs"]))
TEXTS = st.lists(PIECES, max_size=4).map("".join)
REALS = st.one_of(st.floats(), st.integers(), st.fractions(), st.booleans(), st.sampled_from(
    [0.0, -0.0, -4e-5, 10**400, -10**400, Fraction(10**400, 3), Fraction(1, 10**400), np.float64(1e308), np.float32(0.1),
     np.True_]))


class Page(HTMLParser):
    """Reads HTML as a browser would, fails where a tag is not closed in order, and keeps tags and texts."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.texts, self.alts = [], set(), [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag != "img":
            self.open.append(self.texts[-1])

    def handle_startendtag(self, tag, attrs):
        self.tags.add((tag, *sorted(name for name, _ in attrs)))
        self.texts.append([tag, ""])
        self.alts += [value for name, value in attrs if name in ("aria-label", "alt")]

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.open[-1][1] += data

    def of(self, tag):
        return [text for name, text in self.texts if name == tag]


@st.composite
def tables(draw):
    """A HeatTable of any real numbers, with blanks, under any names; its names."""
    n_rows, n_columns = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    array = np.empty((n_rows, n_columns), dtype=object)
    array.flat = [draw(st.one_of(REALS, st.sampled_from([None, ""]))) for _ in range(array.size)]
    rows, columns = (draw(st.lists(TEXTS, min_size=n, max_size=n)) for n in (n_rows, n_columns))
    caption, corner = draw(TEXTS), draw(TEXTS)
    return HeatTable(array, rows, columns, caption, corner), rows, columns, caption, corner


@given(tables())
def test_a_table_shows_every_text_as_typed(made):
    """The page gives back exactly the names, corner, caption and numbers; the plain text has one line for each row.

    A token's name comes after its mark; where there is no name is no head."""
    table, rows, columns, caption, corner = made
    assume(len(table.folded()) == 1)
    page, heads = Page(table._repr_html_()), [corner, *columns, *rows]
    assert {tag for tag, *_ in page.tags} <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "span"}
    assert page.of("caption") == [caption]
    assert page.of("th") == [f" {name}" if name != corner and token_of(name, 0) else name for name in heads if name]
    assert list(filter(None, page.of("td"))) == [text for texts in table.texts for text in texts if text]
    assert len(page.of("td")) == heads.count("") + sum(map(len, table.texts))
    assert len((repr(table) + "\n|").splitlines()) == (caption != "") + 1 + len(rows) + 1


@EACH
@given(tables(), tables())
def test_tables_side_by_side_are_the_tables(left, right):
    """In order, and nothing besides."""
    assume(len(left[0].folded()) == len(right[0].folded()) == 1)
    page, tables = Page(SideBySide(left[0], right[0])._repr_html_()), (left[0], right[0])
    assert list(filter(None, page.of("td"))) == [text for table in tables for texts in table.texts for text in texts if text]
    assert repr(SideBySide(*tables)) == f"{left[0]!r}\n\n{right[0]!r}"


@given(REALS, st.integers(0, 6))
@example(np.float64(1e308), 4)
def test_a_number_is_never_minus_zero(value, decimals):
    """And never without a digit, but for what has none; what is shown is near what is meant."""
    text = number(value, decimals)
    assert not re.fullmatch(r"-0(\.0*)?", text) and re.fullmatch(r"-?\d+(\.\d+|/\d+)?|nan|∞|−∞|yes|no", text)
    if isinstance(value, float) and np.isfinite(value):
        assert abs(float(text) - value) <= 0.51 * 10**-decimals


@given(st.lists(st.tuples(st.floats(), st.one_of(st.floats(), st.integers(-99, 99))), max_size=9))
def test_a_sum_is_spelled_out_term_by_term(pairs):
    """As many terms as the vectors have entries, for any numbers, and none of them is minus zero."""
    text = repr(SpelledOut([a for a, _ in pairs], [b for _, b in pairs]))
    assert text.count("×") == len(pairs) and not re.search(r"-0(\.0*)?(?![\d.])", text)


WORDS = st.lists(st.one_of(st.sampled_from(["the", "cat", "<PAD>", "another"]), TEXTS), max_size=13).map(" ".join)
TEMPERATURES = st.sampled_from([0.1, 2**0.5, 100])
VIEWS = {
    "masked_attention": st.tuples(st.sampled_from(views.MASKS), st.integers(1, 6), st.integers(0, 11), st.just([[True] * 3] * 3)),
    "temperature_of_a_sentence": st.tuples(TEMPERATURES, st.booleans()),
    "output_in_the_hull": st.tuples(st.integers(0, 11), TEMPERATURES),
    "heads_of_a_sentence": st.tuples(st.sampled_from([1, 2, 4, 8]), st.sampled_from([1, 1000]), st.booleans()),
}
@given(WORDS)
@example("a " * 12)
@example("a " * 13)
@example("a" * 20)
@example("a" * 21)
def test_a_sentence_is_cut_into_words_or_refused(text):
    """1 to 12 words of at most 20 characters, which are the text but for its spaces; any other text is a ValueError."""
    fits = 1 <= len(text.split()) <= 12 and max(map(len, text.split())) <= 20
    with contextlib.nullcontext() if fits else pytest.raises(ValueError):
        assert views.words(text) == text.split()


@pytest.mark.parametrize("view", VIEWS)
@EACH
@given(text=WORDS, data=st.data())
def test_a_panel_has_no_tag_that_is_not_ours(view, text, data):
    """Whatever a reader types: well-formed HTML, no tag or attribute but those for `the cat chases the`, every word as typed."""
    tokens = text.split()
    assume(1 <= len(tokens) <= 12 and max(map(len, tokens)) <= 20)
    controls = data.draw(VIEWS[view])
    panel, usual = (getattr(views, view)(words, *controls) for words in (text, "the cat chases the"))
    plain = Page(usual._repr_html_() + still(usual))
    page, image = Page(panel._repr_html_()), Page(still(panel))
    assert page.tags <= plain.tags and image.tags <= plain.tags
    shown = page.of("th") + page.of("text")
    assert all(any(token in name for name in shown) for token in tokens)
    assert page.alts == image.alts == [repr(part) for part in panel.parts if "<svg" in part._repr_html_()]


# What a learner may write

class Contrary:
    """An object that refuses whatever is asked of it."""

    def refuse(self, *args, **kwargs):
        raise RuntimeError("no")

    __array__ = __bool__ = __eq__ = __float__ = __format__ = __getitem__ = __iter__ = __len__ = __repr__ = refuse
    __hash__ = __str__ = refuse


class ContraryError(Exception):
    """An error that refuses to say what it is."""

    __str__ = __repr__ = Contrary.refuse


class ContraryArray(np.ndarray):
    """An array that refuses to be computed with."""

    __array_ufunc__ = __array_function__ = __eq__ = __repr__ = Contrary.refuse


CONTRARY = st.one_of(st.builds(Contrary), st.builds(ContraryError), st.builds(lambda: np.zeros(3).view(ContraryArray)))
ODD = st.one_of(CONTRARY, st.sampled_from([
    np.ma.masked, np.ma.masked_all((2, 2)), np.array([None, [1]], object), np.datetime64("NaT"), np.zeros(2, "i4,f4"),
    np.full((2, 2), 10**400, object), iter([1]), (x for x in "ab"), 10**400, Fraction(10**400), type, Contrary, ...,
    NotImplemented, NotImplementedError("returned"), "`<b>`", "\ud800"]))
RETURNED = st.recursive(st.one_of(ANYTHING, ODD, TEXTS), lambda inner: st.one_of(
    st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple), st.dictionaries(st.integers(), inner, max_size=2)),
    max_leaves=5).map(lambda value: lambda: value)              # in a function, so that nobody else asks it for its repr
RAISED = st.one_of(st.builds(ContraryError), st.builds(AssertionError, st.builds(Contrary)), st.sampled_from([
    ValueError, KeyError("x"), SystemExit(3), GeneratorExit, StopIteration(1), MemoryError, RecursionError, BaseException("base"),
    ExceptionGroup("several", [ValueError(1)]), Warning("\ud800"), OSError(2, "gone"), NotImplementedError, "no error", None,
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), SyntaxError("no", ("<file>", 1, 1, "x", 1, 1))]))


def learner(name, act):
    """A function under an exercise's name that does what it is told."""
    def function(*arguments):
        return act(*arguments)
    function.__name__ = name
    return function


def shown(verdict):
    """The verdict as text and page, which must be well-formed."""
    Page(verdict._repr_html_())
    return repr(verdict)


@given(st.sampled_from(sorted(EXERCISES)), RETURNED)
@example("one_score", lambda: Fraction(10**400))
@example("add_positions", lambda: ContraryError())
@example("embedded_shape", lambda: [1, Contrary()])
def test_check_judges_whatever_a_function_returns(name, make):
    """A verdict that can be shown, whatever the exercise; a wrong answer does not pass, and nothing is raised."""
    verdict = check(learner(name, lambda *arguments: make()))
    assert verdict.passed in (True, False) and f"`{name}` is" in shown(verdict)


@given(st.sampled_from(sorted(EXERCISES)), st.integers(0, 2**32 - 1), st.sampled_from(FLOATS), st.booleans())
def test_check_judges_answers_that_are_nearly_right(name, seed, dtype, nest):
    """The answer's own result with other numbers, in another dtype, or in one more list."""
    def act(*arguments):
        result, rng = EXERCISES[name].answer(*arguments), np.random.default_rng(seed)
        if isinstance(result, np.ndarray) and result.dtype.kind in "fiu":
            result = rng.choice([0, 1, np.nan, np.inf, 6e4], result.shape).astype(dtype)
        return [result] if nest else result
    assert shown(check(learner(name, act)))


@given(st.sampled_from(sorted(EXERCISES)), RAISED)
@example("softmax", ValueError("<b>&`"))
def test_check_judges_whatever_a_function_raises(name, error):
    """No error gets out; NotImplementedError means that it was not attempted."""
    def act(*arguments):
        raise error
    verdict = check(learner(name, act))
    assert verdict.passed is (None if error is NotImplementedError else False) and shown(verdict)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_passes_on_inputs_that_cannot_be_written_to(name):
    """No exercise asks for a change in place, and a result that cannot be written to is as good as another."""
    def freeze(value):
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        return type(value)(map(freeze, value)) if type(value) in (list, tuple) else value
    assert check(learner(name, lambda *arguments: freeze(EXERCISES[name].answer(*map(freeze, arguments))))).passed is True
