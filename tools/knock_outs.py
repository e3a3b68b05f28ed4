"""Measure the shipped heads without each other, and write course_lib/explorers/knock_outs.json: `python -m tools.knock_outs`.

To be run after `python -m tools.train_heads`; half a minute.
"""
import json

import numpy as np

from course_lib import trained
from course_lib.explorers.training import KNOCK_OUTS, silenced
from course_lib.learning import accuracy, cross_entropy, forward, head_scores, repeated_words, without


def measured(P, n=500, seed=1000):
    """What `measure` says of new sequences, in one list: percent right, loss, four previous-token and four induction scores."""
    ids, periods = repeated_words(np.random.default_rng(seed), n)
    logits, weights, _ = forward(ids, P)
    others = cross_entropy(logits, ids)[0], *np.ravel(head_scores(weights, periods))
    return [round(float(100 * accuracy(logits, ids, periods)), 1), *(round(float(x), 2) for x in others)]


def knock_outs(P):
    """`measured` without each subset of the heads, in order; what is silenced has its scores all the same."""
    return [measured(without(P, *silenced(subset))) for subset in range(16)]


def text():
    """A line for each time: percent right, loss and scores without each of the 16 subsets of the heads."""
    return "[" + ",\n".join(json.dumps(knock_outs(P)) for P in trained.checkpoints) + "]\n"


if __name__ == "__main__":
    KNOCK_OUTS.write_text(text(), encoding="utf-8")
