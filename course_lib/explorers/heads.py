"""All heads of the language model as thumbnails, and one of them large with its tokens. Notebook 10.

Python reads a text with the model, once; heads.js draws the weights and moves from head to head without asking again, also
in a page without a kernel. There it has the sentences below; a kernel reads the reader's own.
"""
import json
from base64 import b64encode
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import traitlets
from anywidget import AnyWidget

from course_lib.explorers.panel import Bars, Panel, alive, still
from course_lib.language_model import Missing, forward, load, spell, tokenize
from course_lib.looks import look, themed
from course_lib.tables import BREAKS, HeatTable, number

HERE, LIMIT, ONE = Path(__file__).parent, 24, 10_000         # how many tokens there is room for; a weight of 1
STYLE = themed("".join((HERE / f"{name}.css").read_text(encoding="utf-8") for name in ("heads", "keys")))
DATA = json.loads((HERE / "heads.json").read_text(encoding="utf-8"))
IT, MOUSE, TWICE = DATA["texts"].values()
KINDS = DATA["kinds"]                       # kind of head → the weight whose mean is its score; one more is the pair one chose
# Label → text, head, the chosen query and key, what the heads are sorted by, and the story.
PRESETS = {label: (DATA["texts"][text], tuple(head), *story) for label, (text, head, *story) in DATA["presets"].items()}


class Reading(NamedTuple):
    """What every head of a model does with one text."""

    text: str
    tokens: list                # as they are shown, a space as ␣
    aims: dict                  # kind of head → the pairs (query, key) on which such a head has its weight
    weights: np.ndarray         # (n_layers, n_heads, seq_len, seq_len), in ten-thousandths

    def labels(self):
        """The tokens with their places, as they are spoken of."""
        return [f"{token} ({i})" for i, token in enumerate(self.tokens)]

    def data(self):
        """All of it for JavaScript; of the weights only what a causal mask leaves, in two bytes each."""
        lower = self.weights[..., *np.tril_indices(len(self.tokens))].astype("<u2")
        looks = [(themed(colour), mark) for colour, mark in map(look, self.tokens, range(len(self.tokens)))]
        return {"text": self.text, "tokens": self.tokens, "looks": looks, "aims": self.aims,
                "n_heads": self.weights.shape[1], "weights": b64encode(lower.tobytes()).decode()}


def read(text, model, dtype=np.float64):
    """The text as every head of the model sees it. → Reading

    Raises ValueError, with a sentence for the reader, if it has no token, or more than there is room for.
    """
    ids = tokenize(text, model)
    if not ids:
        raise ValueError("Type a few words: this text has no token yet.")
    if len(ids) > LIMIT:
        raise ValueError(f"This text has {len(ids)} tokens, and the picture has room for {LIMIT}. Make it a little shorter.")
    _, weights, _ = forward(ids, model, dtype=dtype)
    tokens = [spell([i], model).replace(" ", "␣").translate(BREAKS) for i in ids]
    return Reading(text, tokens, aims(ids), np.rint(weights * ONE).astype(int))


def aims(ids):
    """For each kind of head, the pairs (query, key) on which it has its weight; kinds that have none are left out. → dict"""
    after_first = range(1, len(ids))
    pairs = {"previous token": [(i, i - 1) for i in after_first],
             "induction": [(i, j + 1) for j, i in combinations(range(len(ids)), 2) if ids[i] == ids[j]],
             "first token": [(i, 0) for i in after_first]}
    return {kind: sorted(found) for kind, found in pairs.items() if found}


def scores(reading, kind):
    """How much every head is of a kind: its weight on the kind's pairs, the mean over their queries. → (n_layers, n_heads)"""
    queries, keys = zip(*reading.aims[kind], strict=True)
    return reading.weights[..., queries, keys].sum(axis=-1) / len(set(queries)) / ONE


def panel(reading, head, pair):
    """The face for where no script runs: one weight in words, the head, the best of each kind, and the query's row. → Panel"""
    (query, key), labels, weights = pair, reading.labels(), reading.weights[head] / ONE
    best = {}
    for kind in reading.aims:
        found = scores(reading, kind)
        for place in np.argsort(-found, axis=None, kind="stable")[:3]:
            layer, i = np.unravel_index(place, found.shape)
            best[f"{kind}: head {layer}.{i}"] = [found[layer, i]]
    name = ".".join(map(str, head))
    says = f"Head {name}: {labels[query]} gives {number(weights[query, key])} of its weight to {labels[key]}."
    row = Bars(f"weights of {labels[query]} in head {name}", dict(zip(labels[:query + 1], weights[query].tolist(), strict=False)))
    table = HeatTable(list(best.values()), list(best), ["score"], f"The best heads: {reading.text}", "", decimals=2)
    lower = [[*line[:i + 1], *[""] * (len(line) - i - 1)] for i, line in enumerate(weights.tolist())]
    large = HeatTable(lower, labels, range(len(labels)), f"head {name}", decimals=2)
    return Panel(says, large, table, row)


class Heads(AnyWidget):
    """The thumbnails, the large head and the controls. `own` is what the kernel makes of `text`."""

    _esm, _css = HERE / "heads.js", STYLE
    setup, own = traitlets.Dict().tag(sync=True), traitlets.Dict().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)

    def __init__(self, model):
        self.model, readings = model, {text: read(text, model) for text in (IT, MOUSE, TWICE)}
        self.setup = {"readings": {text: each.data() for text, each in readings.items()}, "kinds": KINDS, "presets": PRESETS}
        super().__init__()                      # only now does a page hear of it, as of a `Flow`
        self.panel = panel(readings[IT], *PRESETS["it"][1:3])
        self.on_msg(lambda *_: self.send("a kernel runs"))

    @traitlets.observe("text")
    def _read(self, change):
        """Read the reader's own text, or say why not; single precision is quick, and differs from double in the sixth decimal."""
        try:
            self.own = read(change["new"], self.model, np.float32).data()
        except ValueError as error:
            self.own = {"text": change["new"], "error": str(error)}

    def __repr__(self):
        return f"presets: {' · '.join(PRESETS)}\n\n{self.panel!r}"

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        html = alive(still(self.panel), "heads", {"setup": self.setup, "own": {}, "text": ""})
        return {**data, "text/plain": repr(self), "text/html": html}, metadata


def explore_model(model=None):
    """10: which head looks at what, in three sentences and in one of your own? All heads of the model, one of them large.

    model   what `load` gives; if not given it is loaded. Where there is none, a sentence says how to get it.
    """
    try:
        return Heads(model or load())
    except Missing as missing:
        return Panel(f"{missing} Until then the notebook as it came shows three sentences.")
