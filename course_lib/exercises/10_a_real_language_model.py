"""Notebook 10: the answers, and the inputs that tell them from the mistakes. All words stand in 10_a_real_language_model.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, uneven, whole
from course_lib.steps import softmax


def rms_norm(X, gain):
    """Every row is divided by its root mean square, every column stretched: (..., d_model), (d_model,) → (..., d_model)"""
    mean_square = (X**2).mean(axis=-1, keepdims=True)
    return X / np.sqrt(mean_square + 1e-5) * gain


def rotate(X, first=0):
    """Columns 2i and 2i + 1 turn by position / 100000^(2i / d_k): (..., seq_len, d_k), the first position → the same shape"""
    seq_len, d_k = X.shape[-2:]
    position = np.arange(first, first + seq_len)[:, None]
    angles = position / 100000 ** (np.arange(0, d_k, 2) / d_k)
    cos, sin = np.cos(angles), np.sin(angles)
    x, y = X[..., 0::2], X[..., 1::2]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1).reshape(X.shape)


def repeat_heads(X, n_heads):
    """Each head serves its neighbours: (..., n_kv_heads, seq_len, d_k), number → (..., n_heads, seq_len, d_k)"""
    return np.repeat(X, n_heads // X.shape[-3], axis=-3)


def gated_mlp(X, W_gate, W_up, W_down):
    """SiLU of the gate times up, then down: (..., d_model), two of (d_model, d_hidden), (d_hidden, d_model) → (..., d_model)"""
    gate, up = X @ W_gate, X @ W_up
    return (gate / (1 + np.exp(-gate)) * up) @ W_down


def join(parts, merges):
    """Join pairs, the lowest rank first, until none is known: a list of texts, pair → rank → a list of texts"""
    parts = list(parts)
    while True:
        pairs = [tuple(parts[i:i + 2]) for i in range(len(parts) - 1)]
        known = [pair for pair in pairs if pair in merges]
        if not known:
            return parts
        best = min(known, key=merges.get)
        i = pairs.index(best)
        parts[i:i + 2] = ["".join(best)]


def next_probabilities(scores, temperature):
    """Softmax at a temperature; at 0 all goes to the largest: (vocab_size,), number → (vocab_size,)"""
    if temperature == 0:
        return np.eye(len(scores))[scores.argmax()]
    return softmax(scores / temperature)


def find_the_mistakes():
    """The names of what is broken in A, B and C: → three texts"""
    return ["no mask", "no positions", "merge by reshape"]


def test_rotate(rotate):
    """A function like rotate → nothing, or an AssertionError if it is wrong"""
    Q, K = np.random.default_rng(10).integers(1, 5, (2, 2, 3, 4, 6))        # two texts, three heads
    turned = rotate(Q)
    assert np.allclose(turned[..., 0, :], Q[..., 0, :])             # nothing turns at position 0
    assert np.allclose((turned**2).sum(axis=-1), (Q**2).sum(axis=-1))       # no row changes its length
    later = rotate(Q, 50) @ rotate(K, 50).mT                        # only the distance counts
    assert np.allclose(later, turned @ rotate(K).mT, atol=1e-4)
    assert np.allclose(rotate(Q[..., 2:, :], first=2), turned[..., 2:, :])  # a text may begin anywhere
    assert np.allclose(rotate(Q[1, 2]), turned[1, 2])               # a batch is the stack of its tables
    hand, slow = rotate(np.array([[1, 0, 0, 1]]), 3), 3 / np.sqrt(100000)   # by hand: fast, slow
    assert np.allclose(hand, [[np.cos(3), np.sin(3), -np.sin(slow), np.cos(slow)]])


def cut(result, parts, merges):
    """What counts of a cut: the texts with bars between them."""
    return f"one text, {result}" if isinstance(result, str) else "|".join(map(str, result))


KINDS = {
    "no scaling": "another scale", "√d_model for √d_k": "another scale", "d_k for √d_k": "another scale",
    "one token ahead": "one token ahead", "0 for −∞": "a leak through zeros",
    "mask after softmax": "rows that do not sum to 1", "softmax on the other axis": "rows that do not sum to 1",
    "k qᵀ": "keys that ask", "k for v": "keys for values",
    **{name: name for name in ("equal weights", "no mask", "no positions", "merge by reshape")}}


def of_three_names(names):
    """What the sheet asks of the names that were found: the kind of each, and the right ones."""
    if not isinstance(names, (str, list, tuple, np.ndarray)):
        raise TypeError("no list of names")
    one_text = isinstance(names, str)
    kinds = [KINDS.get(" ".join(name.lower().split()), "no name of the list") for name in names if not one_text]
    return {"one_text": one_text, "n": len(kinds), "kinds": kinds, "right": find_the_mistakes()}


def merges(*pairs):
    """The pairs, written as one text each with a space, with their ranks."""
    return {tuple(pair.split(" ")): rank for rank, pair in enumerate(pairs)}


def backwards(ranks):
    """The same pairs and ranks, in reverse order."""
    return dict(reversed(ranks.items()))


NEAR_ZERO = np.array([[4, 1, -2], [0, 0, 0], [0.11, -0.23, 0.34]]) / 1000
SMALL = np.array([[3.0, -1.0, 2.0], [1.0, 1.0, 4.0]])
WORDS = merges("e r", "l o", "lo w", "n e", "ne w", "low er", "new er")
THE = merges("t h", "h e", "i n", "th e", "e n", "the n", "t i")
MLP = whole(21, 3, 4), whole(22, 3, 4), whole(23, 4, 3)

EXERCISES = [
    Exercise(rms_norm, inputs=[
        ([[3.0, 1.0], [1.0, -7.0]], [1.0, 2.0]), (SMALL, [2.0, 0.5, -1.0]), (whole(1, 3, 3) + 0.5, [1.0, 3.0, 0.25]),
        (whole(2, 2, 5).astype(int), whole(3, 5)), (NEAR_ZERO, [1.0, 2.0, 3.0]),
        (whole(4, 2, 3, 4), whole(5, 4) / 2), (whole(6, 2, 3, 4, 5) / 4, whole(7, 5)), (uneven(8, 3, 4), whole(9, 4)),
        (whole(10, 3, 4), uneven(11, 4)), ([[2.0], [-5.0]], [3.0]), ([1.0, 2.0, 3.0, 4.0], [1.0, 0.5, 2.0, -1.0]),
        (np.ones((1, 2, 1)), [2.0])]),
    Exercise(rotate, inputs=[
        ([[1.0, 0.0], [2.0, 1.0]],), ([[1.0, 0.0, 2.0, 1.0], [1.0, 2.0, 0.0, -1.0], [3.0, 1.0, 1.0, 2.0]],),
        (whole(12, 3, 6), 4), (whole(13, 2, 4, 8) / 2,), (whole(14, 2, 3, 5, 4), 7), (whole(15, 4, 6).astype(int), 2),
        (whole(16, 1, 4), 300), (uneven(17, 3, 4), 1), (whole(18, 1, 1, 3, 2), 2), ([[1.0, -1.0]],),
        (whole(19, 2, 1, 3, 4),), (whole(20, 2, 4), 20000)]),
    Exercise(repeat_heads, inputs=[
        ([[[1.0, 2.0]], [[3.0, 4.0]]], 4), (whole(31, 3, 2, 5), 9), (whole(32, 2, 4, 3), 6), (whole(33, 4, 3, 2).astype(int), 4),
        (whole(34, 5, 2, 3, 4), 4), (whole(35, 2, 5, 3, 1, 4), 6), (whole(36, 1, 3, 2), 3), (uneven(37, 2, 3, 4), 8),
        (whole(38, 1, 1, 1), 1), (whole(39, 1, 2, 1, 3), 2)]),
    Exercise(gated_mlp, inputs=[
        ([[1.0, 2.0], [0.0, -1.0]], [[1.0, 0.0], [1.0, -1.0]], [[2.0, 1.0], [1.0, 1.0]], [[1.0, 3.0], [2.0, 1.0]]),
        ([[1.0, 0.0, -1.0], [0.5, 1.0, 0.0]], *MLP), (whole(24, 5, 3) / 2, *(W.astype(int) for W in MLP)),
        (whole(25, 2, 4, 3) / 4, *MLP), (whole(26, 2, 3, 4, 5) / 4, whole(27, 5, 2), whole(28, 5, 2), whole(29, 2, 5)),
        (whole(30, 3, 3) / 2, whole(40, 3, 3), whole(41, 3, 3), whole(42, 3, 3)), (1000 * whole(43, 2, 3), *MLP),
        (uneven(44, 3, 4), whole(45, 4, 5) / 8, whole(46, 4, 5), whole(47, 5, 4)), (whole(48, 2, 3), uneven(49, 3, 4), *MLP[1:]),
        (whole(48, 2, 3), MLP[0], uneven(49, 3, 4), MLP[2]), (whole(48, 2, 3), *MLP[:2], uneven(49, 4, 3)),
        (whole(59, 2, 3) / 8, *(W / 8 for W in MLP)), (whole(62, 2, 3) / 3000, *MLP[:2], 900 * MLP[2]),
        (whole(62, 2, 3), MLP[0] / 3000, MLP[1], 900 * MLP[2]), (whole(62, 2, 3), MLP[0], MLP[1] / 3000, 900 * MLP[2]),
        (whole(60, 2, 1, 3), *MLP), ([[-1.0]], [[3.0]], [[2.0]], [[5.0]]),
        (whole(61, 1, 2, 2), *(W[:2, :1] for W in MLP[:2]), MLP[2][:1, :2]), ([2.0, 1.0, -1.0], *MLP)]),
    Exercise(join, what_counts=cut, inputs=[
        (["a", "b", "c"], merges("b c", "a b")), (list("lower"), WORDS), (list("newerlow"), backwards(WORDS)),
        (list("abc"), merges("ab c", "a b")), (["x", "y"], WORDS), (list("aaa"), merges("a a")),
        (list("ababab"), merges("a b", "ab ab")), (list("then"), THE), (list("hent"), backwards(THE)),
        (list("thenthin"), backwards(THE)), (["q"], THE), (["th", "e", "n"], THE),
        (list("aaaaa"), backwards(merges("a a", "aa a", "aa aa"))), (list("lowlower"), backwards(WORDS))]),
    Exercise(next_probabilities, inputs=[
        ([1.0, 3.0, 2.0, 0.0], 1), ([1.0, 3.0, 2.0, 0.0], 2.0), ([2.0, -1.0, 5.0, 0.0], 0), ([1.0, 4.0, 4.0, 3.0, 4.0], 0),
        ([1.0, 4.0, 4.0, 3.0], 0.5), ([3, -1, 2, 0], 0.25), ([4, 1, 4], 0), (whole(51, 7) / 8, 1.5),
        ([3000000, 2999000, 0], 1000),
        ([1.0, 1.5, 1.25], 0.001), ([0.00093, -0.00061, 0.00012], 0.00125), ([1.0, 1.2, 1.1], 0), ([-7.0, -3.0], 0),
        ([5.0], 0), ([5.0], 3)]),
    Exercise(find_the_mistakes, what_counts=of_three_names, inputs=[()]),
    Exercise(test_rotate, inputs=[], tests="rotate"),
]
