"""Exercises of notebook 08: several heads side by side, and one matrix that mixes them."""
import numpy as np

from course_lib import steps
from course_lib.examples import make_pocket
from course_lib.exercises.exercise import Exercise
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


EXERCISES = [
    Exercise(padding_for_heads, inputs=[(IS_TOKEN,), (np.array([[True, True, True, False], [True, True, False, False], [True, False, False, False]]),),
                (np.array([[True, True, False], [True, False, False], [True, True, True]]),), (np.array([[True, False]]),)]),
    Exercise(mix_heads, inputs=[(_numbered(2, 3, 2), _integers(1, 4, 4)), (_integers(2, 3, 2, 2), _integers(3, 6, 6))]),
    Exercise(two_patterns, inputs=[()], what_counts=_verdict),
    Exercise(steps.split_heads, inputs=[(_numbered(3, 4), 2), (_numbered(4, 6), 2), (_numbered(3, 6), 3), (_numbered(2, 4, 4), 2), (_numbered(2, 3), 1),
                (_numbered(2, 3, 2, 4), 2)]),
    Exercise(steps.merge_heads, inputs=[(_numbered(2, 3, 2),), (_numbered(3, 2, 4),), (_numbered(2, 2, 3, 2),),
                (_numbered(3, 2, 4, 1),), (_numbered(1, 3, 2),), (_numbered(2, 2, 3, 2, 2),)]),
    Exercise(steps.multi_head_attention, inputs=[SMALL, (_integers(5, 3, 4), *_projections(10, 2, 4, 2, 2), causal_mask(3)),
                (_integers(6, 2, 3, 4), *_projections(20, 2, 4, 2, 2), PADDING),
                (_integers(7, 2, 2), *_projections(30, 1, 2, 2, 2)), (_integers(6, 2, 3, 4), *_projections(50, 2, 4, 2, 2)),
                (_integers(8, 3, 5), *_projections(40, 2, 5, 3, 2)), (_integers(9, 3, 2, 3, 4), *_projections(60, 2, 4, 2, 2))]),
]
