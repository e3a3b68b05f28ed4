"""The course's mistakes, as parts that `language_model.forward` takes in place of the right ones. Notebook 10.

Each wrong attention takes and gives what `attention` does: Q (..., n_q, d_k), K, V, mask → output, weights.
"""
import numpy as np

from course_lib.language_model import forward, give_back, loss, next_words, rotate, tokenize
from course_lib.steps import apply_mask, attention, scale, score, softmax, weighted_sum


def _weights(scores, mask):
    """The end of the chain as it should be."""
    return softmax(apply_mask(scores, mask))


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


def other_axis(Q, K, V, mask):
    scores = scale(score(Q, K), Q.shape[-1])
    weights = softmax(apply_mask(scores, mask).mT).mT
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


# Three models with a mistake each, for exercise 7: what is seen of them, and not what it is
SUSPECTS = {"A": BROKEN["no mask"], "B": BROKEN["no positions"], "C": BROKEN["merge by reshape"]}
TEXT = "A cat and a mouse live in the house. The mouse sleeps, and the cat looks at the moon."
ASKED = ("The capital of France is", "When Mary and John went to the store, John gave a drink to",
         "When John and Mary went to the store, Mary gave a drink to")


def symptoms(model, suspects=SUSPECTS):
    """What is to be seen of some broken models, and of the right one beside them.

    model, a dict from a name to the parts of `forward` → a list of (question, a dict from the name to the answer as text)
    """
    def same(part, ids, of):
        right = forward(ids, of)[part]
        return lambda parts: "yes" if np.allclose(forward(ids, of, **parts)[part], right) else "no"

    ids = tokenize(TEXT, model)
    asked = {"loss of two sentences": lambda parts: f"{loss(TEXT, model, **parts):.4f}"}
    asked |= {f"{text} …": lambda parts, text=text: repr(next_words(text, model, 1, **parts)) for text in ASKED}
    asked["the weights of layer 0 are right"] = same(1, ids, model._replace(layers=model.layers[:1]))
    asked["what it makes of a text of one token is right"] = same(0, ids[:1], model)
    models = {"right": {}, **suspects}
    told = [(question, {name: find(parts) for name, parts in models.items()}) for question, find in asked.items()]
    give_back()
    return told
