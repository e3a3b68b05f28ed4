"""The course's mistakes, as parts that `language_model.forward` takes in place of the right ones: notebook 10. And bugs that were
published in real code, written anew: notebook 13.

Each wrong attention takes and gives what `attention` does: Q (..., n_q, d_k), K, V, mask → output, weights.
"""
from pathlib import Path

import numpy as np

from course_lib import steps
from course_lib.exercises import EXERCISES
from course_lib.exercises.sheet import items, mistake, source
from course_lib.language_model import forward, give_back, loss, next_words, rotate, tokenize, write


def wrong_parts():
    """What broken.md lists. → for each of its chapters a dict from the name of a mistake to the part that has it"""
    chapters = []
    for item in items(Path(__file__).with_suffix(".md")):
        if item.kind == "#":
            chapters.append({})
        elif item.kind == "##":
            part = item.words
            definition, _, body = source(EXERCISES[part].answer).partition("\n")
        else:
            wrong = mistake(item, f"{definition}\n", (body,), vars(steps))
            chapters[-1][wrong.says] = {part: wrong.function}
    return chapters


def pairs_of_halves(X, first=0):
    """Column i turns with column i + d_k / 2, as in other files of the same model, and not with its neighbour."""
    order = np.arange(X.shape[-1]).reshape(2, -1).T.ravel()             # 0, d_k / 2, 1, d_k / 2 + 1, …
    return rotate(X[..., order], first)[..., order.argsort()]


def stranger(Q, K, V, mask=None):
    """An attention for notebook 13 to convict: right weights, made to sum to 1 down the columns and then along the rows again.

    Q (..., n_q, d_k), K (..., n_k, d_k), V (..., n_k, d_v), mask → output (..., n_q, d_v), weights (..., n_q, n_k)
    """
    _, weights = steps.attention(Q, K, V, mask)
    for axis in (-2, -1):
        total = weights.sum(axis=axis, keepdims=True)
        weights = weights / np.where(total == 0, 1, total)
    return weights @ V, weights


BROKEN, MUSEUM = wrong_parts()
STORY = "The cat chases the mouse, and the mouse runs away. Then the cat goes home and sleeps."


def measure(model, parts):
    """The loss of a text about the cat, and what is said of France with which probability; fast, and precise to two decimals."""
    parts = {"dtype": np.float32, **parts}
    (said, p), = next_words("The capital of France is", model, 1, **parts).items()
    return loss(STORY, model, **parts), said, p


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
            "the last word is exchanged: which earlier rows change?": "all" if by_last.all() else changed,
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
