"""Exercises of notebook 08: several heads side by side, and one matrix that mixes them."""
import numpy as np

from course_lib import steps
from course_lib.examples import make_pocket
from course_lib.exercises.exercise import Choice, Exercise, Question
from course_lib.steps import apply_mask, attention, causal_mask, merge_heads, project, softmax

INF = np.inf
KEYS = make_pocket().K                                     # cat is key 1, chases key 2


def _integers(seed, *shape):
    """Small whole numbers as floats, always the same."""
    return np.random.default_rng(seed).integers(-1, 3, shape).astype(float)


def _numbered(*shape):
    """Numbers that say where they stand: 121 is block 1, row 2, column 1."""
    return np.sum(np.indices(shape) * np.reshape([10.0 ** i for i in range(len(shape))][::-1], (-1, *[1] * len(shape))), axis=0)


# The answers that are not steps of the library

def padding_for_heads(is_token):
    """The mask of a padded batch, for all heads and queries: (batch, n_k) → (batch, 1, 1, n_k)"""
    return is_token[:, None, None, :]


def mix_heads(outputs, W_O):
    """Lay the heads' outputs side by side and mix them: (n_heads, n_q, d_v), (n_heads · d_v, d_model) → (n_q, d_model)"""
    return merge_heads(outputs) @ W_O


def two_patterns():
    """A query with which each head follows a preference of its own, and a single head cannot choose: → (2,)"""
    return np.array([4.0, 6.0])


def _verdict(query):
    """What the heads do with a query: whom the single head prefers, and which of two heads is not above 0.9."""
    query = np.asarray(query)
    if query.dtype.kind not in "iuf" or not np.all(np.isfinite(query)):
        return "not two numbers"
    if query.shape != (2,):
        return f"shape {query.shape}"
    if query.min() < 0:
        return "a negative number"
    if query.max() == 0:
        return "no preference at all"
    weights = softmax((query * KEYS).mT)                   # a row for each head
    flat = weights[0, 1] <= 0.9, weights[1, 2] <= 0.9
    lead = float(query @ (KEYS[1] - KEYS[2]))
    size = abs(lead)
    single = ("tie" if size < 1e-6 else "a tie but for rounding" if size < 0.15 else "nearly a tie" if size < 0.5
              else "cat" if lead > 0 else "chases")
    return f"{single}; " + {(False, False): "both sharp", (True, False): "head 0 flat", (False, True): "head 1 flat",
                            (True, True): "both flat"}[flat]


# Ways to get them wrong

def _no_swap(outputs):
    *batch, n_heads, n_q, d_v = outputs.shape
    return outputs.reshape(*batch, n_q, n_heads * d_v)


def _interleaved(outputs):
    *batch, n_heads, n_q, d_v = outputs.shape
    return np.moveaxis(outputs, -3, -1).reshape(*batch, n_q, n_heads * d_v)


def _cut(X, n_heads, shape, swap=(-3, -2)):
    """Reshape the last two axes of X as `shape` says, by the letters n (tokens), h (heads) and d (d_k); then swap two axes."""
    *batch, n, d_model = X.shape
    sizes = {"n": n, "h": n_heads, "d": d_model // n_heads}
    cut = X.reshape(*batch, *(sizes[letter] for letter in shape))
    return cut.swapaxes(*swap) if swap else cut


def _columns(X, n_heads):
    """Loop over the heads, without thinking of a batch."""
    d_k = X.shape[-1] // n_heads
    return np.stack([X[:, h * d_k:(h + 1) * d_k] for h in range(n_heads)])


def _two_axes_only(X, n_heads):
    n, d_model = X.shape
    return X.reshape(n, n_heads, d_model // n_heads).swapaxes(0, 1)


def _three_axes_only(X, n_heads):
    batch, n, d_model = X.shape
    return X.reshape(batch, n, n_heads, d_model // n_heads).swapaxes(1, 2)


def _three_axes_merged(X):
    n_heads, n, d_v = X.shape
    return X.swapaxes(0, 1).reshape(n, n_heads * d_v)


def _four_axes_merged(X):
    batch, n_heads, n, d_v = X.shape
    return X.swapaxes(1, 2).reshape(batch, n, n_heads * d_v)


def _weigh(scores, mask):
    return softmax(scores if mask is None else apply_mask(scores, mask))


def _unmasked(scores, mask):
    return softmax(scores)


def _where_none(scores, mask):
    exponentials = np.exp(np.where(mask, scores, -INF) - np.where(mask, scores, -INF).max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _inverted(scores, mask):
    return _weigh(scores, mask if mask is None else ~mask)


def _variant(views=project, values=lambda X, Q, K, V: V, divisor=lambda X, Q, V: Q.shape[-1] ** 0.5, weigh=_weigh,
             shrink=lambda Q: 1, merge=merge_heads, mix=np.matmul, give=lambda X, output, weights: (output, weights)):
    """Multi-head attention with one or more of its parts replaced; as it stands it is right."""
    def multi_head_attention(X, W_Q, W_K, W_V, W_O, mask=None):
        Q, K, V = views(X, W_Q), views(X, W_K), views(X, W_V)
        weights = weigh(Q @ K.mT / divisor(X, Q, V), mask) / shrink(Q)
        return give(X, mix(merge(weights @ values(X, Q, K, V)), W_O), weights)
    return multi_head_attention


def _transposed(concat, W_O):
    return concat @ W_O.T


def _no_mix(concat, W_O):
    return concat


def _one_role(W_of):
    """One projection for queries, keys and values alike."""
    def multi_head_attention(X, W_Q, W_K, W_V, W_O, mask=None):
        W = W_of(W_Q, W_V)
        return _variant()(X, W, W, W, W_O, mask)
    return multi_head_attention


def _no_projections(X, W_Q, W_K, W_V, W_O, mask=None):
    output, weights = attention(X, X, X, mask)
    return output @ W_O, weights


def _swapped_roles(X, W_Q, W_K, W_V, W_O, mask=None):
    return steps.multi_head_attention(X, W_K, W_Q, W_V, W_O, mask)


def _one_wide_head(X, W_Q, W_K, W_V, W_O, mask=None):
    output, weights = attention(*(merge_heads(project(X, W)) for W in (W_Q, W_K, W_V)),
                                mask if mask is None or mask.ndim == 2 else mask[..., 0, :, :])
    return output @ W_O, weights


def _loop(collect, merge=lambda outputs: np.concatenate(outputs, axis=-1)):
    """A loop over the heads; `collect` makes one array of their weights, `merge` one of their outputs."""
    def multi_head_attention(X, W_Q, W_K, W_V, W_O, mask=None):
        results = [attention(X @ W_Q[h], X @ W_K[h], X @ W_V[h], mask) for h in range(len(W_Q))]
        return merge([outputs for outputs, _ in results]) @ W_O, collect([w for _, w in results])
    return multi_head_attention


def _first_axis_loop(merge):
    """A loop over the first axis of Q, K and V, as in the lesson."""
    def multi_head_attention(X, W_Q, W_K, W_V, W_O, mask=None):
        Q, K, V = (project(X, W) for W in (W_Q, W_K, W_V))
        results = [attention(Q[h], K[h], V[h], mask) for h in range(len(W_Q))]
        return merge([outputs for outputs, _ in results]) @ W_O, np.stack([weights for _, weights in results])
    return multi_head_attention


def _weights_before_mask(X, W_Q, W_K, W_V, W_O, mask=None):
    return steps.multi_head_attention(X, W_Q, W_K, W_V, W_O, mask)[0], steps.multi_head_attention(X, W_Q, W_K, W_V, W_O)[1]


def _scores_for_weights(X, W_Q, W_K, W_V, W_O, mask=None):
    scores = project(X, W_Q) @ project(X, W_K).mT / W_Q.shape[-1] ** 0.5
    return (steps.multi_head_attention(X, W_Q, W_K, W_V, W_O, mask)[0],
            scores if mask is None else apply_mask(scores, mask))


def _projections(seed, n_heads, d_model, d_k, d_v):
    return (_integers(seed, n_heads, d_model, d_k), _integers(seed + 1, n_heads, d_model, d_k),
            _integers(seed + 2, n_heads, d_model, d_v), _integers(seed + 3, n_heads * d_v, d_model))


IS_TOKEN = np.array([[True, True, False], [True, False, False]])
PADDING = np.array([[True, True, True], [True, True, False]])[:, None, None, :]
SMALL = (np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[[1.0], [0.0]], [[0.0], [1.0]]]),
         np.array([[[1.0], [1.0]], [[2.0], [-1.0]]]), np.array([[[2.0], [0.0]], [[1.0], [3.0]]]),
         np.array([[1.0, 2.0], [0.0, 1.0]]))

EXERCISES = (
    Exercise(
        answer=padding_for_heads,
        inputs=[(IS_TOKEN,), (np.array([[True, True, True, False], [True, True, False, False], [True, False, False, False]]),),
                (np.array([[True, True, False], [True, False, False], [True, True, True]]),), (np.array([[True, False]]),)],
        mistakes={
            "The mask still has two axes. Broadcasting lines them up from the right, with queries and keys: the batch is taken "
            "for the queries.": lambda is_token: is_token,
            "One axis is missing: with (batch, 1, n_k) the batch stands where the scores have their heads.":
                lambda is_token: is_token[:, None, :],
            "The axes of length 1 came last, so the tokens stand where the heads are. Keys are the last axis of the scores.":
                lambda is_token: is_token[:, :, None, None],
            "The tokens stand on the axis of the queries. This hides what padding asks, not what it offers: the keys are the "
            "last axis.": lambda is_token: is_token[:, None, :, None],
            "The new axes stand in front of the batch, so sentences are taken for queries. The batch leads.":
                lambda is_token: is_token[None, None, :, :],
            "The batch stands on the axis of the heads: it must come first, then the axis for the heads.":
                lambda is_token: is_token[None, :, None, :],
            "The shape is right, but True and False are exchanged: here True means may attend, and a real token may be attended "
            "to.": lambda is_token: ~is_token[:, None, None, :],
            "Two things: True and False are exchanged (True means may attend), and the mask has still two axes, which line up "
            "with queries and keys.": lambda is_token: ~is_token,
            "Two things: True and False are exchanged (True means may attend), and one axis is missing, so the batch stands "
            "where the heads are.": lambda is_token: ~is_token[:, None, :],
            "The shape is right, but the entries are numbers 0 and 1. A mask holds booleans, as `is_token` does.":
                lambda is_token: is_token[:, None, None, :] * 1.0,
            "This holds 0 and −∞, to be added to scores. That works elsewhere; in this course a mask holds booleans.":
                lambda is_token: np.where(is_token, 0.0, -INF)[:, None, None, :],
            "The weights would be right, but the mask is larger than it must be: leave the axis of the queries at length 1, and "
            "broadcasting repeats it.": lambda is_token: np.repeat(is_token[:, None, None, :], is_token.shape[1], axis=2),
            "The mask is larger than it must be: heads and queries need axes of length 1, and broadcasting repeats them.":
                lambda is_token: np.tile(is_token[:, None, None, :], (1, 2, is_token.shape[1], 1)),
            "The causal mask is in it, too. Only padding is asked for here; `&` joins the two where both are needed.":
                lambda is_token: is_token[:, None, None, :] & causal_mask(is_token.shape[1]),
            "This is the mask of the lesson's three sentences, whatever comes in: `ids` belongs to the notebook. Start from "
            "`is_token`.": lambda is_token: (np.arange(5) < np.array([[5], [4], [3]]))[:, None, None, :],
            "You hid the padding as keys and as queries. Its own rows need no mask, nobody uses them; and no query should be "
            "left with nothing to attend to.": lambda is_token: is_token[:, None, None, :] & is_token[:, None, :, None],
        },
        hints=("Write the four axes of the scores in a row: batch, heads, queries, keys. Which of them does `is_token` have?",
               "Broadcasting repeats an axis of length 1. The other two axes need that length, and each must stand in its place.",
               "`None` in an index makes a new axis of length 1, where it stands."),
        why="Which keys are real depends on the sentence and on the key, not on the head or on the query: those two axes have "
            "length 1, and one mask serves them all."),
    Exercise(
        answer=mix_heads,
        inputs=[(_numbered(2, 3, 2), _integers(1, 4, 4)), (_integers(2, 3, 2, 2), _integers(3, 6, 6))],
        mistakes={
            "Both slips are still there: without swapping its axes, `outputs` is not laid side by side by tokens, and `W_O` is "
            "transposed.": lambda outputs, W_O: _no_swap(outputs) @ W_O.T,
            "One slip found, the merging. The other is the published one: `W_O` is square, so its transpose fits too, but it is "
            "another matrix.": lambda outputs, W_O: merge_heads(outputs) @ W_O.T,
            "One slip found, at `W_O`. The other: `reshape` reads on from head 0 to its next token, so a row of `concat` mixes "
            "tokens. Where must the heads stand first?": lambda outputs, W_O: _no_swap(outputs) @ W_O,
            "The transpose is gone, and you swapped axes, but the last two: that puts the columns before the tokens. Tokens and "
            "heads must change places.": lambda outputs, W_O: outputs.mT.reshape(outputs.shape[1], -1) @ W_O,
            "Tokens come first now, but the heads last, so their columns alternate in `concat`. Each head's columns stay "
            "together.":
                lambda outputs, W_O: _interleaved(outputs) @ W_O,
            "Two things: the columns of the heads alternate in `concat` instead of staying together, and `W_O` is transposed.":
                lambda outputs, W_O: _interleaved(outputs) @ W_O.T,
            "`.T` turns all axes round, so the columns come before the tokens as well. Only heads and tokens change places.":
                lambda outputs, W_O: outputs.T.reshape(outputs.shape[1], -1) @ W_O,
            "The heads stand side by side in reverse: the upper rows of `W_O` read head 0.":
                lambda outputs, W_O: merge_heads(outputs[::-1]) @ W_O,
            "`W_O` has n_heads · d_v rows, but it was given only d_v columns: were the heads added up, or laid one below the "
            "other? They belong side by side.": lambda outputs, W_O: outputs.sum(axis=0) @ W_O,
            "The merging is right, but `W_O` is gone altogether: nothing mixes the heads.":
                lambda outputs, W_O: merge_heads(outputs),
            "`W_O` stands on the left. Rows are tokens, so a matrix that treats every token alike stands on the right.":
                lambda outputs, W_O: W_O @ merge_heads(outputs),
            "Every head was multiplied by the first rows of `W_O`. Head 0 has the upper rows, the next head the rows below them.":
                lambda outputs, W_O: (outputs @ W_O[:outputs.shape[-1]]).sum(axis=0),
            "`concat` got a row for each head. It has one for each token: which axis of `outputs` counts them, and is it still "
            "the same after a swap?": lambda outputs, W_O: outputs.reshape(len(outputs), -1) @ W_O,
            "`concat` lies on its side, a column for each token where it needs a row. Heads and tokens change places before "
            "`reshape`; after it nothing is left to swap.": lambda outputs, W_O: merge_heads(outputs).T @ W_O,
            "`*` multiplies number by number. Rows times columns is `@`.": lambda outputs, W_O: merge_heads(outputs) * W_O,
            "Right for two heads. With three, `W_O` has more rows than `concat` has columns: lay all of them side by side, "
            "however many come.": lambda outputs, W_O: np.hstack([outputs[0], outputs[1]]) @ W_O,
            "The heads' shares were averaged. With `W_O` they are added: a row of `concat` times `W_O` is one sum.":
                lambda outputs, W_O: merge_heads(outputs) @ W_O / len(outputs),
        },
        hints=("Take a small case: two heads, two tokens, one column. Which numbers belong to token 0? Does the first line put "
               "them into row 0?",
               "The first line needs the heads next to the columns before it joins them; or a function that you have met.",
               "For the second line, spell out the first number of the output: row 0 of `concat` times which part of `W_O`?"),
        why="Both slips keep every shape. The merging has to bring a token's pieces together first; and `W_O` is used as the "
            "other matrices are, as `concat @ W_O`."),
    Exercise(
        answer=two_patterns,
        inputs=[()],
        mistakes={
            "The direction is right: the single head has a tie. Head 1 is sharp, but head 0 gives cat 0.9 or less. What makes "
            "softmax sharper and keeps the tie?": lambda: [2, 3],
            "The direction is right, and the single head has a tie, but both heads spread their weight too widely: the query is "
            "too short.": lambda: [0.2, 0.3],
            "Both heads are sharp, but the single head prefers cat: write its two scores, 3·a + 1·b for cat and 0·a + 3·b for "
            "chases, and make them equal.": lambda: [4, 4],
            "Both heads are sharp, but the single head prefers chases: write its two scores, 3·a + 1·b for cat and 0·a + 3·b for "
            "chases, and make them equal.": lambda: [3, 9],
            "Both heads are sharp, and the single head's scores are nearly equal: was something rounded? Choose one number so "
            "that the other comes out exactly.": lambda: [2.67, 4],
            "Head 0 is sharp, head 1 is not, and the single head prefers cat: the second number is too small for both.":
                lambda: [4, 0.5],
            "Head 1 is sharp, head 0 is not, and the single head prefers chases: the first number is too small for both.":
                lambda: [1, 3],
            "Head 1 is sharp, head 0 is not, and the single head prefers cat: both numbers must grow, the second one more.":
                lambda: [2, 2],
            "Neither head is sharp, and the single head prefers cat: look for the direction of the tie first, then for the "
            "length.":
                lambda: [1, 0.5],
            "Neither head is sharp, and the single head prefers chases: look for the direction of the tie first, then for the "
            "length.": lambda: [0.2, 1],
            "A negative number turns a head round: it prefers the key with the smallest number, and neither cat in head 0 nor "
            "chases in head 1 has that.": lambda: [-4, -6],
            "With the query (0, 0) all scores are 0: a tie, but of all four tokens in every head.": lambda: [0, 0],
            "You returned four numbers, one for each token. A query is as long as a key: two numbers, one for each head.":
                lambda: [0.0, 0.4998, 0.4998, 0.0004],
            "The query is wrapped in a table with one row. Return the two numbers themselves.": lambda: [[4, 6]],
            "You returned a 2 × 2 table. One query is asked for, and each head takes one of its two numbers.":
                lambda: [[4, 0], [0, 6]],
        },
        hints=("Call the query (a, b). Head 0 scores cat 3·a, head 1 scores chases 3·b. What does the single head score each of "
               "them?",
               "Where both scores are equal, a and b have a fixed ratio; you have met a query that has it.",
               "A longer query in the same direction keeps the tie and makes every softmax sharper."),
        why="3a + b = 3b, so b = 1.5 a; and head 0 is above 0.9 from about a = 2.31. The single head never gets past one half: "
            "its two scores are equal for every length.",
        seen=_verdict),
    Exercise(
        answer=steps.split_heads,
        inputs=[(_numbered(3, 4), 2), (_numbered(4, 6), 2), (_numbered(3, 6), 3), (_numbered(2, 4, 4), 2), (_numbered(2, 3), 1),
                (_numbered(2, 3, 2, 4), 2)],
        mistakes={
            "The shape is right, the numbers are not: `reshape` alone reads on row by row, so head 0 gets the first tokens "
            "whole. Cut the columns first, then move the heads.": lambda X, n: _cut(X, n, "hnd", None),
            "The columns are cut rightly, but the heads still stand behind the tokens: (n, n_heads, d_k). `@` needs them in "
            "front.":
                lambda X, n: _cut(X, n, "nhd", None),
            "The heads took every n_heads-th column: you cut into (d_k, n_heads). Head 0 gets the first d_k columns together.":
                lambda X, n: np.moveaxis(_cut(X, n, "ndh", None), -1, -3),
            "Two things: the heads took every n_heads-th column, because you cut into (d_k, n_heads), and no axis was moved to "
            "the front.": lambda X, n: _cut(X, n, "ndh", None),
            "Number and width of the heads are exchanged: you made d_k heads of n_heads columns each.":
                lambda X, n: _cut(X, n, "ndh"),
            "The heads are in reverse: head 0 gets the first columns.": lambda X, n: _cut(X, n, "nhd")[..., ::-1, :, :],
            "The heads came last, (n, d_k, n_heads). They belong in front of the tokens, and the columns stay last.":
                lambda X, n: _cut(X, n, "nhd", (-2, -1)),
            "The columns lead: the first axis was swapped with the last, as `.T` does. Swap the heads with the tokens; the "
            "columns stay last.":
                lambda X, n: _cut(X, n, "nhd", (-3, -1)),
            "The heads are right, but each is transposed, (d_k, n): rows stay tokens.":
                lambda X, n: _cut(X, n, "nhd").mT,
            "You cut the rows, as `np.split` does unless told otherwise, so each head gets some of the tokens, whole. Every head "
            "sees all tokens, and some of the columns.":
                lambda X, n: np.stack(np.split(X, n, axis=-2), axis=-3),
            "Right for one sequence. In a batch the heads now come before the batch: they belong right before the tokens, the "
            "third axis from the end.": lambda X, n: np.stack(np.split(X, n, axis=-1)),
            "Right for one sequence. In a batch the second axis holds the tokens, and `X[:, …]`, or `np.hsplit`, cuts those. The "
            "columns are the last axis, `X[..., …]`, whatever comes before it.": _columns,
            "Right for one sequence. `np.hsplit` cuts the second axis: in a batch these are the tokens. The columns are the "
            "last.":
                lambda X, n: np.stack(np.hsplit(X, n), axis=-3),
            "Right for one sequence. In a batch the first axis is not the tokens: count axes from the end, and keep the batch's.":
                lambda X, n: X.reshape(X.shape[0], n, -1).swapaxes(0, 1),
            "Right for one sequence. Axes 0 and 1 are heads and tokens only there: count from the end.":
                lambda X, n: _cut(X, n, "nhd", (0, 1)),
            "Right for one sequence, but the shape of a batch has more than two numbers: `*batch, n, d_model = X.shape` takes "
            "any.":
                _two_axes_only,
            "Right for one sequence. In a batch the new shape must begin with the batch axes, `X.shape[:-2]`.":
                lambda X, n: X.reshape(X.shape[-2], n, -1).swapaxes(0, 1),
            "Right for one sequence. A list of three axes cannot transpose the four of a batch: swap two, counted from the end.":
                lambda X, n: _cut(X, n, "nhd", None).transpose(1, 0, 2),
            "Right with one batch axis. `*batch, n, d_model = X.shape` takes any number of them, or none.": _three_axes_only,
            "Right with one batch axis. Without it, axes 1 and 2 are heads and columns: count from the end.":
                lambda X, n: _cut(X, n, "nhd", (1, 2)),
            "Right with one batch axis. A first size of −1 makes exactly one: an extra one for a single sequence, and of two it "
            "makes one. Take the axes that are there, `X.shape[:-2]`.":
                lambda X, n: _cut(X.reshape(-1, *X.shape[-2:]), n, "nhd"),
            "Only head 0 is left: does a `return` stand inside the loop? Collect all heads, and stack them.":
                lambda X, n: X[..., :X.shape[-1] // n],
            "Each head got n_heads columns, from column h · n_heads. A head is d_k = d_model / n_heads wide, and head h begins "
            "at h · d_k.": lambda X, n: np.stack([X[..., h * n:(h + 1) * n] for h in range(n)], axis=-3),
            "Right with one batch axis. One sequence has only three axes to transpose: swap two, counted from the end.":
                lambda X, n: _cut(X, n, "nhd", None).transpose(0, 2, 1, 3),
            "Head 1 begins one column after head 0, so they overlap. It begins where head 0 ends: head h at column h · d_k.":
                lambda X, n: np.stack([X[..., h:h + X.shape[-1] // n] for h in range(n)], axis=-3),
            "`/` gives a float, even where nothing is left over. A size must be a whole number: `//`.":
                lambda X, n: X.reshape(*X.shape[:-1], n, X.shape[-1] / n),
            "`/` gives a float, even where nothing is left over. A slice needs whole numbers: `//`.":
                lambda X, n: X[..., :X.shape[-1] / n],
            "The last column of every head is missing: the end of a slice is not taken, so no − 1 is needed.":
                lambda X, n: _cut(X, n, "nhd")[..., :-1],
        },
        hints=("Which columns does head h get? With a loop over h this can be a slice; think of the batch, too.",
               "In one go: cut the last axis in two, (n_heads, d_k). Nothing has moved by then.",
               "Then two axes change places, counted from the end."),
        why="`reshape` may only cut the last axis, because that is what lies together; moving the heads in front of the tokens "
            "is `swapaxes`, which a `reshape` cannot do."),
    Exercise(
        answer=steps.merge_heads,
        inputs=[(_numbered(2, 3, 2),), (_numbered(3, 2, 4),), (_numbered(2, 2, 3, 2),),
                (_numbered(3, 2, 4, 1),), (_numbered(1, 3, 2),), (_numbered(2, 2, 3, 2, 2),)],
        mistakes={
            "The shape is right, the numbers are not: `reshape` alone joins pieces of different tokens. The heads must stand "
            "next to the columns before it joins them.": _no_swap,
            "`.T` turns all axes round, so the columns come before the heads. Only heads and tokens change places.":
                lambda X: X.T.reshape(*X.shape[:-3], X.shape[-2], -1),
            "The columns of the heads alternate: the heads went behind the columns. Head 0's columns come first, together.":
                _interleaved,
            "The heads are in reverse: head 0 comes first.": lambda X: merge_heads(X[..., ::-1, :, :]),
            "Columns and tokens changed places before the joining. Swap the heads with the tokens; the columns stay last.":
                lambda X: X.mT.reshape(*X.shape[:-3], X.shape[-2], -1),
            "The tokens come first, but head and column are not joined yet: one `reshape` is missing.":
                lambda X: X.swapaxes(-3, -2),
            "The heads are joined with the tokens, one head below the other. A token keeps one row; its pieces stand side by "
            "side.":
                lambda X: X.reshape(*X.shape[:-3], -1, X.shape[-1]),
            "Each token has a row for every head. Join the heads with the columns, not with the tokens.":
                lambda X: X.swapaxes(-3, -2).reshape(*X.shape[:-3], -1, X.shape[-1]),
            "You added the heads up: exchanged heads would give the same, and nobody knows which said what. Lay them side by "
            "side.":
                lambda X: X.sum(axis=-3),
            "You averaged the heads. Lay them side by side; the mixing is left to `W_O`.": lambda X: X.mean(axis=-3),
            "Only head 0 is left. All heads stand side by side.": lambda X: X[..., 0, :, :],
            "Right for one sequence. In a batch `np.concatenate` walks along the batch, not along the heads.":
                lambda X: np.concatenate(X, axis=-1),
            "Right for one sequence. In a batch `np.hstack` walks along the batch, and joins the heads of one sentence with "
            "those of another.": np.hstack,
            "The heads and tokens changed places, but the result has a row for each head: `X.shape` is still that from before "
            "the swap. Which of its sizes counts the tokens?": lambda X: X.swapaxes(-3, -2).reshape(*X.shape[:-2], -1),
            "The result has a row for each head, with all its tokens in it. A row belongs to a token: heads and tokens change "
            "places first.": lambda X: X.reshape(*X.shape[:-2], -1),
            "Only heads 0 and 1 are merged. Lay all of them side by side, however many come.":
                lambda X: np.concatenate([X[..., 0, :, :], X[..., 1, :, :]], axis=-1),
            "Right for one sequence. Axes 0 and 1 are heads and tokens only there: count from the end, and keep the batch axes.":
                lambda X: X.swapaxes(0, 1).reshape(X.shape[1], -1),
            "Right for one sequence. The swap is right for a batch, too, but there `X.shape[1]` counts no tokens, and the new "
            "shape must begin with the batch axes.": lambda X: X.swapaxes(-3, -2).reshape(X.shape[1], -1),
            "Right for one sequence. The new shape fits a batch, too, but there axes 0 and 1 are not heads and tokens: swap two, "
            "counted from the end.": lambda X: X.swapaxes(0, 1).reshape(*X.shape[:-3], X.shape[-2], -1),
            "Right with one batch axis. Without it, axes 1 and 2 are tokens and columns: swap two, counted from the end.":
                lambda X: X.swapaxes(1, 2).reshape(*X.shape[:-3], X.shape[-2], -1),
            "Right with one batch axis. A first size of −1 makes exactly one, whether there is none or two: take the axes that "
            "are there, `X.shape[:-3]`.": lambda X: merge_heads(X.reshape(-1, *X.shape[-3:])),
            "Right with one batch axis. `*batch, n_heads, n, d_v = X.shape` takes any number of them, or none.":
                _four_axes_merged,
            "The swap is right, but in a batch the new shape must begin with the batch axes: here everything is in one row a "
            "token of all sentences.": lambda X: X.swapaxes(-3, -2).reshape(X.shape[-2], -1),
            "Right for one sequence. A list of three axes cannot transpose the four of a batch: swap two, counted from the end.":
                lambda X: X.transpose(1, 0, 2).reshape(X.shape[-2], -1),
            "Right for one sequence, but the shape of a batch has more than three numbers: `*batch, n_heads, n, d_v = X.shape` "
            "takes any.": _three_axes_merged,
            "Right with one batch axis. One sequence has only three axes to transpose: swap two, counted from the end.":
                lambda X: X.transpose(0, 2, 1, 3).reshape(*X.shape[:-3], X.shape[-2], -1),
        },
        hints=("Splitting cut, then moved. Undo it in the opposite order.",
               "Which two axes must stand next to each other, and in which order, before `reshape` may join them?",
               "The new shape: the batch axes, the tokens, and all columns of all heads."),
        why="`reshape` joins neighbours: only after the swap do a token's heads lie next to each other. Test a merge against the "
            "loop, not against a split that may have the same fault."),
    Exercise(
        answer=steps.multi_head_attention,
        inputs=[SMALL, (_integers(5, 3, 4), *_projections(10, 2, 4, 2, 2), causal_mask(3)),
                (_integers(6, 2, 3, 4), *_projections(20, 2, 4, 2, 2), PADDING),
                (_integers(7, 2, 2), *_projections(30, 1, 2, 2, 2)), (_integers(6, 2, 3, 4), *_projections(50, 2, 4, 2, 2)),
                (_integers(8, 3, 5), *_projections(40, 2, 5, 3, 2)), (_integers(9, 3, 2, 3, 4), *_projections(60, 2, 4, 2, 2))],
        mistakes={
            "The weights are right, the output is not: `reshape` alone joins pieces of different tokens. Swap heads and tokens "
            "first; if you called your own `merge_heads`, check that.": _variant(merge=_no_swap),
            "The weights are right, but the columns of the heads alternate in `concat`. Each head's columns stay together.":
                _variant(merge=_interleaved),
            "The weights are right, but the heads are merged in reverse: the upper rows of `W_O` read head 0.":
                _variant(merge=lambda outputs: merge_heads(outputs[..., ::-1, :, :])),
            "`W_O` has n_heads · d_v rows, but was given only d_v columns: were the heads added up, or not merged before? Lay "
            "them side by side first.":
                _variant(merge=lambda outputs: outputs.sum(axis=-3)),
            "The heads were not merged: each has only d_v columns, `W_O` has n_heads · d_v rows. Lay the heads side by side "
            "first.":
                _variant(merge=lambda outputs: outputs),
            "The weights are right. The output is still in pieces, one for each head: merge them, and multiply by `W_O`.":
                _variant(merge=lambda outputs: outputs, mix=_no_mix),
            "The heads were added up, without `W_O`. Lay them side by side; `W_O` mixes them.":
                _variant(merge=lambda outputs: outputs.sum(axis=-3), mix=_no_mix),
            "The heads were averaged, without `W_O`. Lay them side by side; `W_O` mixes them.":
                _variant(merge=lambda outputs: outputs.mean(axis=-3), mix=_no_mix),
            "The heads are side by side, but `W_O` was not used: the heads never mix.": _variant(mix=_no_mix),
            "Two things at the end: `reshape` alone joins pieces of different tokens, and `W_O` was not used.":
                _variant(merge=_no_swap, mix=_no_mix),
            "You multiplied by the transpose of `W_O`, the published slip. Where `W_O` is square it fits, and is wrong.":
                _variant(mix=_transposed),
            "Two things at the end: `reshape` alone joins pieces of different tokens, and `W_O` is transposed.":
                _variant(merge=_no_swap, mix=_transposed),
            "The heads' shares of the output were averaged. A row of `concat` times `W_O` adds them.":
                _variant(give=lambda X, output, weights: (output / weights.shape[-3], weights)),
            "All heads used the projections of head 0, so all have the same weights. `W_Q[h]` belongs to head h.":
                _variant(views=lambda X, W: project(X, np.repeat(W[:1], len(W), axis=0))),
            "All heads together made one attention over the full width. Every head needs scores and weights of its own; merge "
            "after the attention, not before.": _one_wide_head,
            "You divided by √d_model. The scores of a head are sums of d_k terms: the root of d_k, the last axis of `Q`.":
                _variant(divisor=lambda X, Q, V: X.shape[-1] ** 0.5),
            "You divided by the root of all heads' columns together. A head's scores are sums of its own d_k terms.":
                _variant(divisor=lambda X, Q, V: (Q.shape[-3] * Q.shape[-1]) ** 0.5),
            "You divided by √d_v. Scores are made of queries and keys: the root of d_k.":
                _variant(divisor=lambda X, Q, V: V.shape[-1] ** 0.5),
            "The scores are not scaled: √d_k is missing.": _variant(divisor=lambda X, Q, V: 1),
            "You divided by d_k; its square root is missing.": _variant(divisor=lambda X, Q, V: Q.shape[-1]),
            "You multiplied by √d_k; scaling divides.": _variant(divisor=lambda X, Q, V: Q.shape[-1] ** -0.5),
            "The weights were divided by √d_k, after softmax: their rows no longer sum to 1. Scale the scores, before.":
                _variant(divisor=lambda X, Q, V: 1, shrink=lambda Q: Q.shape[-1] ** 0.5),
            "The mask does nothing: forbidden keys have weights. Hand it on to `attention`.": _variant(weigh=_unmasked),
            "Two things: the scores are not scaled by √d_k, and the mask does nothing.":
                _variant(divisor=lambda X, Q, V: 1, weigh=_unmasked),
            "Two things: the scores are not scaled by √d_k, and `W_O` was not used.":
                _variant(divisor=lambda X, Q, V: 1, mix=_no_mix),
            "Two things: you divided by √d_model, not by √d_k, and `W_O` is transposed.":
                _variant(divisor=lambda X, Q, V: X.shape[-1] ** 0.5, mix=_transposed),
            "The mask came after softmax: the rows no longer sum to 1. Mask the scores, before.":
                _variant(weigh=lambda scores, mask: softmax(scores) if mask is None else softmax(scores) * mask),
            "Forbidden scores became 0, and a score of 0 still gets a weight. −∞ gets none.":
                _variant(weigh=lambda scores, mask: softmax(scores if mask is None else scores * mask)),
            "Without a mask all is nan: `np.where` takes None for False, everywhere. Ask first whether `mask is not None`.":
                _variant(weigh=_where_none),
            "An `if` cannot ask a whole array whether it is true. Ask whether there is one: `if mask is not None:`.":
                _variant(weigh=lambda scores, mask: _weigh(scores, mask if mask else None)),
            "Without a mask every key may be used; the causal one was put in its place.":
                _variant(weigh=lambda scores, mask: _weigh(scores, causal_mask(scores.shape[-1]) if mask is None else mask)),
            "The mask comes with the axes that it needs. Those that you gave it besides put it in the wrong place: hand it on as "
            "it is.": lambda X, W_Q, W_K, W_V, W_O, mask=None: steps.multi_head_attention(
                X, W_Q, W_K, W_V, W_O, mask if mask is None else mask[:, None, None, :]),
            "The mask is used the wrong way round: True means may attend.": _variant(weigh=_inverted),
            "Softmax ran along the queries: the columns sum to 1. A query's weights are a row.":
                _variant(weigh=lambda scores, mask: softmax((scores if mask is None else apply_mask(scores, mask)).mT).mT),
            "The output is right, but the weights were averaged over the heads, as PyTorch does unless told not to. Keep a table "
            "for each head.": _variant(give=lambda X, output, weights: (output, weights.mean(axis=-3))),
            "The output is right, but only one head's weights are left. Keep a table for each head.":
                _variant(give=lambda X, output, weights: (output, weights[..., 0, :, :])),
            "The weights lost an axis of length 1: with one head there is still an axis for the heads.":
                _variant(give=lambda X, output, weights: (output, weights.squeeze())),
            "The output is right, but what you returned as weights are the scores: softmax comes between.": _scores_for_weights,
            "The output is right, but the weights are those before the mask. Return the ones that made the output.":
                _weights_before_mask,
            "Only the output came back. The weights are asked for too: `return output, weights`.":
                _variant(give=lambda X, output, weights: output),
            "Only the weights came back. The output is asked for too: `return output, weights`.":
                _variant(give=lambda X, output, weights: weights),
            "Both results are there, in the wrong order: first the output, then the weights.":
                _variant(give=lambda X, output, weights: (weights, output)),
            "You added `X` to the output. A transformer does that next, outside of attention.":
                _variant(give=lambda X, output, weights: (output + X, weights)),
            "The keys stood where the values belong: the weights are right, but they gather `K`.":
                _variant(values=lambda X, Q, K, V: K),
            "The keys were gathered and projected; `project` with `W_V` makes the values, and those belong there.":
                _variant(values=lambda X, Q, K, V: K, mix=project),
            "The rows of `X` stood where the values belong. Project them with `W_V` first.":
                _variant(values=lambda X, Q, K, V: X[..., None, :, :]),
            "Queries, keys and values were all made with `W_V`: is a variable overwritten? Each role has a projection of its "
            "own.":
                _one_role(lambda W_Q, W_V: W_V),
            "Queries, keys and values were all made with `W_Q`: each role has a projection of its own.":
                _one_role(lambda W_Q, W_V: W_Q),
            "The keys were made with `W_Q`, like the queries: each role has a projection of its own.":
                lambda X, W_Q, W_K, W_V, W_O, mask=None: _variant()(X, W_Q, W_Q, W_V, W_O, mask),
            "Nothing was projected, and there are no heads: `attention` was given `X` three times. Its arguments are the "
            "projected `Q`, `K` and `V`.": _no_projections,
            "Queries and keys changed roles: every table of scores is transposed, and a row is a key's.": _swapped_roles,
            "Right for one sequence. In a batch `X @ W_Q` pairs sentence 0 with head 0, sentence 1 with head 1. `X` needs an "
            "axis for the heads; `project` adds it.": _variant(views=np.matmul),
            "Right for one sequence. In a batch `np.concatenate` walks along the batch, not along the heads; `merge_heads` "
            "counts axes from the end.": _variant(merge=lambda outputs: np.concatenate(outputs, axis=-1)),
            "Right for one sequence. In a batch `np.hstack` walks along the batch, not along the heads; `merge_heads` counts "
            "axes from the end.": _variant(merge=np.hstack),
            "Right for one sequence. In a batch two things: the weights of the heads are stacked in front of the batch, and a "
            "mask with an axis for the heads does not fit inside the loop. Let all heads attend at once.": _loop(np.stack),
            "Right for one sequence. In a batch the heads are stacked in front of the sentences, so `merge_heads` joins "
            "sentences. Stack them third from the end, or let all heads attend at "
            "once.": _loop(np.stack, lambda o: merge_heads(np.stack(o))),
            "Right for one sequence. In a batch two things: `Q[h]` is sentence h, not head h, and `np.hstack` joins no columns. "
            "Let all heads attend at once, then merge them.": _first_axis_loop(np.hstack),
            "Right for one sequence. In a batch `Q[h]` is sentence h, not head h: let all heads attend at once.":
                _first_axis_loop(lambda outputs: merge_heads(np.stack(outputs))),
            "Right without a mask. Inside the loop the scores have no axis for the heads, but the mask of a batch does. Let all "
            "heads attend at once.": _loop(lambda weights: np.stack(weights, -3)),
            "The weights come from the last head only: the loop overwrote those before. Collect them, as you did the outputs; "
            "and a mask with an axis for the heads fits only if all heads attend at once.": _loop(lambda weights: weights[-1]),
        },
        hints=("Four lines: project three times, attend, merge, mix. Every function that you need is imported.",
               "`project` makes all heads' queries at once, (..., n_heads, n_q, d_k); `attention` takes the heads as it takes a "
               "batch.",
               "`attention` gives two results. One is merged and multiplied by `W_O`; the other is returned as it is."),
        why="Heads are one more batch axis: nothing in the attention had to change for them. All that is new is the way in and "
            "the way out."),
)

QUESTIONS = (
    Question("Somebody adds the heads' outputs up instead of laying them side by side and multiplying by W_O. What is lost?", (
        Choice("Nothing: a sum holds the same numbers.", False,
               "Exchange two heads and the sum stays the same. What came from which head can no longer be told."),
        Choice("The freedom to use each head differently: a sum is what one particular W_O would do.", True,
               "That W_O has one identity matrix for each head, one below the other. A learned W_O reads each head with rows of "
               "its own."),
        Choice("The causal order: later tokens leak into earlier rows.", False,
               "Row i of every head obeys the mask, so row i of their sum does too. It is the wrong merge that mixes rows."))),
    Question("A model is trained with a merge that forgot swapaxes. Nothing crashes, and the loss falls. How can that be?", (
        Choice("W_O learns to put the numbers back.", False,
               "W_O treats every row alone. What landed in another token's row is out of its reach."),
        Choice("The order does not matter, because all numbers are still there.", False,
               "They are, but in the rows of other tokens: a row holds the outputs of the wrong ones, even of later ones."),
        Choice("All shapes fit, and a model learns something even from rows that mix tokens.", True,
               "Gradients flow through any arrangement. Neither a shape nor a falling loss finds it; a comparison with the loop "
               "does."))),
    Question("In a model with random weights, one head gives cat the weight 0.6. What have you found out?", (
        Choice("This head has the task of finding nouns.", False,
               "Nobody has given it a task: another seed gives another pattern. Training may give heads a meaning."),
        Choice("Nothing about language; the numbers of this draw happened to fit.", True,
               "Random projections make patterns too, and a picture of them can look full of sense. The next seed looks "
               "different."),
        Choice("cat and the query are similar tokens.", False,
               "The score compares two random projections of them, not the tokens. Similar tokens attend to each other is false "
               "before training."))),
)
