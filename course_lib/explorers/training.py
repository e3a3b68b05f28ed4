"""Training to be watched: the heads of the shipped run at seven times, and what is right without some of them.

Python draws the page once and sends the numbers; watch.js shows those of the chosen time and heads, with a kernel or without.
A subset of the heads is a number: bit k of it is set if head k is silenced.
"""
import json
import math
from functools import cache
from html import escape
from pathlib import Path

import numpy as np

from course_lib.examples import make_trained
from course_lib.explorers.panel import alive
from course_lib.learning import LETTERS, forward, without
from course_lib.looks import BLUE, FAINT, GREY, INK, LINE, ORANGE, themed
from course_lib.planes import HALO, drawing, pictured
from course_lib.tables import HeatTable

WORD, ROUNDS = "falcon", 3                              # the word that is seen, and how often it is said
TOKENS = [f"{letter} ({i})" for i, letter in enumerate(WORD * ROUNDS)]
IDS = np.array([[LETTERS.index(letter) for letter in WORD * ROUNDS]])
HEADS = [(0, 0), (0, 1), (1, 0), (1, 1)]
NAMES = [f"layer {layer}, head {head}" for layer, head in HEADS]
KNOCK_OUTS = Path(__file__).with_name("knock_outs.json")
CELL, SIDE = 12, 20                                     # pixels: a cell of a grid, and the letters beside it
WIDTH, HEIGHT, EDGE = 306, 118, 52                      # pixels: a picture of curves, one of its parts, the numbers beside it


shipped = cache(make_trained)


def shipped_curves():
    """The trainings that the course ships, of two layers and of one. → name → list of (step, loss, accuracy)"""
    return {name: shipped().history[name].tolist() for name in ("two layers", "one layer")}


def silenced(subset):
    """The heads of a subset. → list of (layer, head)"""
    return [head for k, head in enumerate(HEADS) if subset >> k & 1]


def seen(P):
    """Each head's weights on the word, in `thousandths`.

    → by the subset of the first layer, which the second layer hears: 4 lists of 4 lists
    """
    found = [forward(IDS, without(P, *silenced(subset)))[1] for subset in range(4)]
    return [[thousandths(head) for head in weights.reshape(4, *weights.shape[-2:])] for weights in found]


def thousandths(weights):
    """The weights of one head, row by row as far as the token itself. (n, n) → list of n · (n + 1) / 2 integers"""
    return np.rint(1000 * weights[np.tril_indices(len(weights))]).astype(int).tolist()


def says(step, subset, numbers):
    """What is right at a time without some heads, as a sentence."""
    when = f"After {step} steps" if step else "Before training"
    names = [name for k, name in enumerate(NAMES) if subset >> k & 1]
    gone = f", without {' and '.join(filter(None, [', '.join(names[:-1]), *names[-1:]]))}" if names else ""
    return (f"{when}{gone}: of the letters that can be known {numbers[0]:.1f} % are right; "
            f"the loss is {numbers[1]:.2f} nats a letter.")


def largest(weights):
    """To which letter each letter gives its largest weight, as a sentence. weights: thousandths"""
    rows, start = [], 0
    for i, token in enumerate(TOKENS):
        row = weights[start:start + i + 1]
        rows.append(f"{token} → {TOKENS[row.index(max(row))]}")
        start += i + 1
    return f"Most weight goes from {', '.join(rows)}."


def cells(weights):
    """The cells of a grid that are to be seen at all, bluer the more weight."""
    places = zip(*np.tril_indices(len(TOKENS)), strict=True)
    return "".join(f'<path d="M{CELL * j} {CELL * i + CELL // 2}h{CELL}" opacity="{weight / 1000:g}"/>'
                   for (i, j), weight in zip(places, weights, strict=True) if weight >= 5)


def grid(name, weights):
    """The weights of one head, queries down and keys across, with the letters on both sides."""
    n, letters, lines = len(TOKENS), "", ""
    for i, letter in enumerate(WORD * ROUNDS):
        letters += f'<text x="{CELL * i + CELL // 2}" y="-4">{letter}</text><text x="-9" y="{CELL * i + 10}">{letter}</text>'
    for i in range(0, n + 1, len(WORD)):
        lines += f"M0 {CELL * i}h{CELL * n}M{CELL * i} 0v{CELL * n}"
    content = (f'<g transform="translate({SIDE} {SIDE})"><g fill="{themed(INK)}" text-anchor="middle">{letters}</g>'
               f'<path d="{lines}" fill="none" stroke="{themed(LINE)}"/>'
               f'<g class="cells" stroke="{themed(BLUE)}" stroke-width="{CELL}">{cells(weights)}</g></g>')
    return drawing(content, SIDE + CELL * n + 2, SIDE + CELL * n + 2, f"{name}. {largest(weights)}")


def scores_of(numbers, k):
    """The two scores of head k, in words."""
    return f"previous token {numbers[2 + k]:.2f}, induction {numbers[6 + k]:.2f}"


def place(step, n_steps):
    """How far to the right a step lies in the pictures of curves."""
    return round(EDGE + (WIDTH - EDGE - 8) * step / n_steps, 1)


def curves(runs, n_steps, now=None):
    """Accuracy and loss over the steps, one above the other, as SVG.

    runs   name → list of (step, loss, accuracy); the first is drawn last, in blue
    now    a step that is marked
    """
    parts = ((2, 1, {0: "0 %", 0.5: "50 %", 1: "100 %"}, "accuracy"),
             (1, 3, {0: "0", 1: "1", 2: "2", math.log(len(LETTERS)): "chance"}, "loss"))
    content, told = "", []
    for part, (column, high, ticks, title) in enumerate(parts):
        top, room = part * HEIGHT + 22, HEIGHT - 30

        def up(value, top=top, room=room, high=high):
            return top + room * (1 - min(value, high) / high)

        content += f'<text x="{EDGE}" y="{top - 8}" font-weight="600">{title}</text>'
        for value, text in ticks.items():
            content += (f'<path d="M{EDGE} {up(value):.1f}H{WIDTH - 8}" stroke="{themed(LINE)}"/>'
                        f'<text x="{EDGE - 6}" y="{up(value) + 4:.1f}" text-anchor="end" fill="{themed(FAINT)}">{text}</text>')
        for k, (name, points) in reversed(list(enumerate(runs.items()))):
            path = " ".join(f"{place(point[0], n_steps)},{up(point[column]):.1f}" for point in points)
            look = f'stroke="{themed(GREY)}" stroke-dasharray="5 3"' if k else f'stroke="{themed(BLUE)}" stroke-width="2"'
            content += f'<polyline points="{path}" fill="none" {look}/>'
            if points and len(runs) > 1:
                y = up(points[-1][column])
                content += (f'<text x="{WIDTH - 10}" y="{y - 5 if y > top + 20 else y + 15:.1f}" text-anchor="end" '
                            f'fill="{themed(GREY if k else BLUE)}" {HALO}>{escape(name)}</text>')
    for name, points in runs.items():
        if points:
            step, loss, share = points[-1]
            told.append(f"{name}: after {step:.0f} steps {100 * share:.1f} % right, loss {loss:.2f}")
    bottom = 2 * HEIGHT + 12
    content += f'<text x="{EDGE}" y="{bottom}" fill="{themed(FAINT)}">step 0</text>'
    content += f'<text x="{WIDTH - 8}" y="{bottom}" text-anchor="end" fill="{themed(FAINT)}">{n_steps}</text>'
    if now is not None:
        content += (f'<path class="now" transform="translate({place(now, n_steps)} 0)" d="M0 14V{2 * HEIGHT - 8}" '
                    f'stroke="{themed(ORANGE)}" stroke-width="2"/>')
    alt = f"Accuracy and loss over the steps. {'; '.join(told)}."
    return drawing(f'<g fill="{themed(INK)}">{content}</g>', WIDTH, bottom + 6, alt)


class WatchHeads:
    """The four heads of the shipped model through its training, and what is right without some of them; lives in the page."""

    def __init__(self):
        trained = self.trained = shipped()
        self.numbers = json.loads(KNOCK_OUTS.read_text(encoding="utf-8"))
        self.weights = [seen(P) for P in trained.checkpoints]
        self.at = len(trained.steps) - 1
        last, previous, induction = self.at, self.numbers[-1][0][2:6], self.numbers[-1][0][6:]
        appear = next(t for t, row in enumerate(self.numbers) if max(row[0][6:]) >= max(induction) / 2)
        best = [sum(2**k for k in range(4) if scores[k] >= max(scores) / 2) for scores in (previous, induction)]
        self.presets = [("start", [0, 0]), ("the induction heads appear", [appear, 0]), ("end", [last, 0]),
                        ("without the previous-token head", [last, best[0]]), ("without the induction heads", [last, best[1]])]

    def says(self, at, subset):
        """The sentence above the picture."""
        return says(self.trained.steps[at], subset, self.numbers[at][subset])

    def page(self, at, subset):
        """The whole picture, as HTML."""
        step, numbers = self.trained.steps[at], self.numbers[at][subset]
        heads = [f'<figure style="display:inline-block;margin:0 1em 1em 0"><figcaption>{name}</figcaption>'
                 f"{grid(name, self.weights[at][subset & 3][k])}<br><small>{scores_of(numbers, k)}</small></figure>"
                 for k, name in enumerate(NAMES)]
        return (f'<p><strong>{self.says(at, subset)}</strong></p><div class="sides"><div class="layers">'
                f'<div>{"".join(heads[:2])}</div><div>{"".join(heads[2:])}</div></div>'
                f"{curves(shipped_curves(), self.trained.steps[-1], step)}</div>")

    def state(self):
        """What the page needs to show every time and every subset of the heads."""
        steps = self.trained.steps
        weights = [[time[0][:2], [heads[2:] for heads in time]] for time in self.weights]     # the first layer hears no head
        setup = {"page": self.page(self.at, 0), "steps": steps, "names": NAMES, "tokens": TOKENS, "cell": CELL, "side": SIDE,
                 "presets": self.presets, "numbers": self.numbers, "weights": weights,
                 "places": [place(step, steps[-1]) for step in steps]}
        return {"at": self.at, "subset": 0, "setup": setup}

    def __repr__(self):
        columns = ["% right", "loss", *(f"{what} {layer}.{head}" for what in ("previous", "induction") for layer, head in HEADS)]
        times = HeatTable([row[0] for row in self.numbers], [f"step {step}" for step in self.trained.steps], columns,
                          "through training; layer.head", "", limit=0, decimals=2)
        gone = [" and ".join(NAMES[k] for k in range(4) if subset >> k & 1) or "none" for subset in range(16)]
        subsets = HeatTable([row[:2] for row in self.numbers[-1]], gone, columns[:2], "at the end, without some heads",
                            "silenced", limit=0, decimals=2)
        presets = " · ".join(label for label, _ in self.presets)
        return (f"controls: training step, a switch for each head\npresets: {presets}\n\n{self.says(self.at, 0)}\n\n{times!r}\n\n"
                f"{subsets!r}")

    def _repr_mimebundle_(self, include=None, exclude=None):
        note = ("<p><em>Run this cell in Jupyter, and a slider through the training appears, and switches that silence heads."
                "</em></p>")
        still = f'<div style="max-width:60em">{pictured(self.page(self.at, 0))}</div>{note}'
        return {"text/plain": repr(self), "text/html": alive(still, "watch", self.state())}
