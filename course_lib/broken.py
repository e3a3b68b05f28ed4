"""The course's mistakes, as parts that `language_model.forward` takes in place of the right ones: notebook 10. And bugs that were
published in real code, written anew: notebook 13.

Each wrong attention takes and gives what `attention` does: Q (..., n_q, d_k), K, V, mask → output, weights.
"""
import numpy as np

from course_lib.language_model import forward, give_back, loss, next_words, rotate, tokenize, write
from course_lib.steps import apply_mask, attention, scale, score, softmax, weighted_sum


def _weights(scores, mask):
    """The end of the chain as it should be."""
    return softmax(apply_mask(scores, mask))


def _no_mask(mask):
    """A mask that forbids nothing, where there is none."""
    return np.ones(1, dtype=bool) if mask is None else mask


def no_scaling(Q, K, V, mask):
    weights = _weights(score(Q, K), mask)
    return weighted_sum(weights, V), weights


def root_of_d_model(Q, K, V, mask):
    weights = _weights(scale(score(Q, K), Q.shape[-3] * Q.shape[-1]), mask)
    return weighted_sum(weights, V), weights


def d_k_itself(Q, K, V, mask):
    weights = _weights(score(Q, K) / Q.shape[-1], mask)
    return weighted_sum(weights, V), weights


def no_mask(Q, K, V, mask):
    return attention(Q, K, V)


def one_token_ahead(Q, K, V, mask):
    ahead = np.tri(*mask.shape, k=1 + mask.shape[1] - mask.shape[0], dtype=bool)
    return attention(Q, K, V, ahead)


def zero_for_infinity(Q, K, V, mask):
    scores = scale(score(Q, K), Q.shape[-1])
    weights = softmax(np.where(mask, scores, 0))
    return weighted_sum(weights, V), weights


def mask_after_softmax(Q, K, V, mask):
    scores = scale(score(Q, K), Q.shape[-1])
    weights = softmax(scores) * mask
    return weighted_sum(weights, V), weights


def other_axis(Q, K, V, mask=None):
    scores = scale(score(Q, K), Q.shape[-1])
    weights = softmax(apply_mask(scores, _no_mask(mask)).mT).mT
    return weighted_sum(weights, V), weights


def keys_ask(Q, K, V, mask):
    weights = _weights(scale(score(K, Q), Q.shape[-1]), mask)
    return weighted_sum(weights, V), weights


def keys_for_values(Q, K, V, mask):
    return attention(Q, K, K, mask)


def equal_weights(Q, K, V, mask):
    return attention(0 * Q, K, V, mask)


def no_rotation(X, first=0):
    return X


def pairs_of_halves(X, first=0):
    """Column i turns with column i + d_k / 2, as in other files of the same model, and not with its neighbour."""
    order = np.arange(X.shape[-1]).reshape(2, -1).T.ravel()             # 0, d_k / 2, 1, d_k / 2 + 1, …
    return rotate(X[..., order], first)[..., order.argsort()]


def merge_by_reshape(X):
    return X.reshape(X.shape[-2], -1)


BROKEN = {
    "no scaling": {"attention": no_scaling},
    "√d_model for √d_k": {"attention": root_of_d_model},
    "d_k for √d_k": {"attention": d_k_itself},
    "no mask": {"attention": no_mask},
    "one token ahead": {"attention": one_token_ahead},
    "0 for −∞": {"attention": zero_for_infinity},
    "mask after softmax": {"attention": mask_after_softmax},
    "softmax on the other axis": {"attention": other_axis},
    "K Qᵀ": {"attention": keys_ask},
    "K for V": {"attention": keys_for_values},
    "equal weights": {"attention": equal_weights},
    "no positions": {"rotate": no_rotation},
    "merge by reshape": {"merge_heads": merge_by_reshape}}

STORY = "The cat chases the mouse, and the mouse runs away. Then the cat goes home and sleeps."


def measure(model, parts):
    """The loss of a text about the cat, and what is said of France with which probability; fast, and precise to two decimals."""
    parts = {"dtype": np.float32, **parts}
    (said, p), = next_words("The capital of France is", model, 1, **parts).items()
    return loss(STORY, model, **parts), said, p


# The bugs of notebook 13, each as it was published or was suspected

def turned_round(Q, K, V, mask=None):
    """The mask says True for *forbidden*, and `attention` reads True as *may look*."""
    return attention(Q, K, V, mask if mask is None else ~mask)


def one_minus_mask(Q, K, V, mask=None):
    """A mask of 0 and −∞, to be added, is handed to code that expects 1 and 0."""
    scores = scale(score(Q, K), Q.shape[-1])
    added = np.where(_no_mask(mask), 0, -np.inf).astype(scores.dtype)
    weights = softmax(scores + (1 - added) * -1e9)
    return weighted_sum(weights, V), weights


def one_minus_mask_in_float32(Q, K, V, mask=None):
    return one_minus_mask(*(np.asarray(part, np.float32) for part in (Q, K, V)), mask)


def nobody_is_nan(Q, K, V, mask=None):
    """Softmax without a thought for the row that is −∞ throughout."""
    scores = apply_mask(scale(score(Q, K), Q.shape[-1]), _no_mask(mask))
    with np.errstate(invalid="ignore"):
        exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights = exponentials / exponentials.sum(axis=-1, keepdims=True)
        return weights @ V, weights


def ones_for_zeros(Q, K, V, mask=None):
    """To the scores is added 1 where the query may look, in place of 0, and −∞ elsewhere."""
    scores = scale(score(Q, K), Q.shape[-1])
    weights = softmax(scores + np.where(_no_mask(mask), 1, -np.inf).astype(scores.dtype))
    return weighted_sum(weights, V), weights


def slower_hands(X, first=0):
    """The hands of the clock are spread over d_k / 2 − 1 steps in place of d_k / 2: all but the first turn too slowly."""
    pairs = X.shape[-1] // 2
    angles = np.arange(first, first + X.shape[-2])[:, None] / 100000 ** (np.arange(pairs) / (pairs - 1))
    turned = (X[..., 0::2] + 1j * X[..., 1::2]) * np.exp(1j * angles)
    return np.stack([turned.real, turned.imag], axis=-1).reshape(X.shape).astype(np.result_type(X, np.float32))


MUSEUM = {
    "1 the mask turned round": {"attention": turned_round},
    "2 one minus −∞, in float32": {"attention": one_minus_mask_in_float32},
    "2 the same, in float64": {"attention": one_minus_mask},
    "3 softmax on the other axis": {"attention": other_axis},
    "4 nobody is NaN": {"attention": nobody_is_nan},
    "5 ones for zeros": {"attention": ones_for_zeros},
    "6 slower hands": {"rotate": slower_hands}}


# Three models with a mistake each, for exercise 7: what is seen of them, and not what it is
SUSPECTS = {"A": BROKEN["no mask"], "B": BROKEN["no positions"], "C": BROKEN["merge by reshape"]}
CASE, BEGUN = "The mouse sleeps in the house while the cat looks at the moon", "Every morning the mouse goes out and"


class Told(list):
    """Questions, each with the answers of some models; shown below each other."""

    def __repr__(self):
        return "\n".join("\n    ".join([question, *(f"{name:6} {answer}" for name, answer in answers.items())])
                         for question, answers in self)


def symptoms(model, suspects=SUSPECTS):
    """What is to be seen of some broken models, and of the right one beside them. All but the last is asked of layer 0 alone.

    model, a dict from a name to the parts of `forward` → Told: a list of (question, a dict from the name to the answer as text)
    """
    first, ids = model._replace(layers=model.layers[:1]), tokenize(CASE, model)
    exchanged, turned = [*ids[:-1], *tokenize(" sun", model)], [ids[0], *ids[-2:0:-1], ids[-1]]
    right_weights, right_row = forward(ids, first)[1], forward(ids[:1], first)[0]

    def seen(parts):
        keeps = parts.keys() <= {"rotate"}              # with another mistake a row may change when later tokens come
        X, weights, _ = forward(ids, first, **parts)
        by_last, by_order = (~np.isclose(X, forward(other, first, **parts)[0]).all(axis=-1)
                             for other in (exchanged, turned))
        rows = by_last[:-1].nonzero()[0]
        changed = ", ".join(map(str, rows)) or "none"
        return {
            "the last word is another: which earlier rows change?": "all" if by_last.all() else changed,
            "the words between the first and the last are reversed: does the first row change?": _yes(by_order[0]),
            "does the last row?": _yes(by_order[-1]),
            "are the weights right?": _yes(np.allclose(weights, right_weights)),
            "does each row of weights sum to 1?": _yes(np.allclose(weights.sum(axis=-1), 1)),
            "are the weights of the last row all equal?": _yes(np.allclose(weights[..., -1, :], weights[..., -1, :1])),
            "does a text of one token come out right?": _yes(np.allclose(forward(ids[:1], first, **parts)[0], right_row)),
            f"all layers: {BEGUN} …": repr("".join(write(BEGUN, model, 8, cached=keeps, **parts)))}

    told = {name: seen(parts) for name, parts in {"right": {}, **suspects}.items()}
    give_back()
    return Told((question, {name: answers[question] for name, answers in told.items()}) for question in told["right"])


def _yes(is_so):
    return "yes" if is_so else "no"
