"""Measure the shipped heads without each other, and write course_lib/explorers/knock_outs.json: `python -m tools.knock_outs`.

To be run after `python -m tools.train_heads`; half a minute.
"""
import json

from course_lib import trained
from course_lib.explorers.training import KNOCK_OUTS, knock_outs


def text():
    """A line for each time: percent right, loss and scores without each of the 16 subsets of the heads."""
    return "[" + ",\n".join(json.dumps(knock_outs(P)) for P in trained.checkpoints) + "]\n"


if __name__ == "__main__":
    KNOCK_OUTS.write_text(text(), encoding="utf-8")
