"""Long texts to be watched: the cache that fills token by token, who sees whom through layers of windows, and a stop-watch.

The first two live in the page: Python draws them once, and fill.js and windows.js show every other setting, with a kernel or
without. Tests compare what they show with what Python would draw.
"""
import tracemalloc
from html import escape
from time import perf_counter

import ipywidgets as widgets
import numpy as np

from course_lib.examples import make_pocket
from course_lib.explorers.browser import Keys
from course_lib.explorers.explorer import _row
from course_lib.explorers.panel import alive
from course_lib.explorers.progress_bar import html, in_thread
from course_lib.long_contexts import blocked_attention, reach, window_mask
from course_lib.looks import BLUE, FAINT, GREY, INK, PURPLE, marked, themed
from course_lib.planes import drawing, pictured
from course_lib.steps import attention, causal_mask
from course_lib.tables import HeatTable, number

RUN = "<p><em>Run this cell in Jupyter, and controls appear that move the picture.</em></p>"


def scores_made(t):
    """How many scores are made until t tokens have come, hidden ones too: with the cache, and without it. → (int, int)"""
    return t * (t + 1) // 2, t * (t + 1) * (2 * t + 1) // 6


class FillCache:
    """A text read token by token: what is kept, what the newest query does with it, and what that saves."""

    def __init__(self, text="the cat chases the mouse and the dog"):
        self.pocket = make_pocket(text.split())
        self.scores = (self.pocket.Q @ self.pocket.K.mT).tolist()
        self.output, self.weights = attention(self.pocket.Q, self.pocket.K, self.pocket.V, causal_mask(len(self.scores)))
        self.presets = [("nothing kept yet", 1), ("the last “the” of our four words", 4), ("all of them", len(self.scores))]

    def says(self, t):
        """What happens when token t comes, counted from 1, as a sentence."""
        met, (kept, anew) = "1 key" if t == 1 else f"{t} keys", scores_made(t)
        return (f"{self.pocket.labels[t - 1]} comes: one new key and one new value are kept, and its query meets {met}. "
                f"Scores made so far: {kept} with the cache, {anew} without it.")

    def row(self, i, t):
        """The row of a token when t tokens have come: key, value, and what the newest query makes of it. → list of text"""
        newest = [number(self.scores[t - 1][i]), number(self.weights[t - 1, i])] if i < t else ["", ""]
        return [*map(number, self.pocket.K[i].tolist()), *map(number, self.pocket.V[i].tolist()), *newest]

    def page(self, t):
        """The whole picture, as HTML."""
        rows = ""
        for i, name in enumerate(self.pocket.labels):
            state = "later" if i >= t else "new" if i == t - 1 else "kept"
            ground = {"new": "#fff0b8", "kept": "#cfe6fa", "later": "#ffffff"}[state]
            cells = "".join(f'<td style="{themed(f"background:{ground}")}">{text if i < t else ""}</td>' if j < 4
                            else f"<td>{text}</td>" for j, text in enumerate(self.row(i, t)))
            head = f'<th scope="row" style="text-align:left;white-space:nowrap">{marked(name, i)}</th>'
            rows += f'<tr class="{state}">{head}{cells}</tr>'
        query, output = (", ".join(map(number, part[t - 1].tolist())) for part in (self.pocket.Q, self.output))
        heads = "".join(f'<th scope="col" colspan="{span}">{name}</th>'
                        for name, span in (("token", 1), ("K", 2), ("V", 2), ("score", 1), ("weight", 1)))
        return (f'<p><strong>{escape(self.says(t))}</strong></p><div class="course-scroll" style="overflow-x:auto"><table>'
                f'<caption style="text-align:left">kept, and met by the newest query</caption>'
                f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>"
                f'</table></div><p class="result">query ({query}), output ({output})</p>{self.work(t)}')

    def work(self, t):
        """Two bars: the scores made so far; without the cache a layer makes its whole table in each step."""
        bars, (_, most) = "", scores_made(len(self.scores))
        for i, (name, count) in enumerate(zip(("with the cache", "without it"), scores_made(t), strict=True)):
            width = 300 * count / most
            bars += (f'<text x="110" y="{24 * i + 17}" text-anchor="end">{name}</text><rect class="bar" x="116" y="{24 * i + 3}" '
                     f'width="{width:.1f}" height="18" fill="{themed((BLUE, GREY)[i])}"/>'
                     f'<text class="count" x="{width + 121:.1f}" y="{24 * i + 17}">{count}</text>')
        told = " ".join(self.says(t).split()[-11:])
        return drawing(f'<g fill="{themed(INK)}">{bars}</g>', 470, 52, told)

    def state(self):
        """What the page needs to show every step."""
        n = len(self.scores)
        steps = [{"says": self.says(t), "rows": [self.row(i, t) for i in range(n)],
                  "result": self.page(t).partition('"result">')[2].partition("</p>")[0], "counts": [*scores_made(t)]}
                 for t in range(1, n + 1)]
        return {"at": 4, "setup": {"page": self.page(4), "steps": steps, "presets": self.presets}}

    def __repr__(self):
        counts = [[t, t, *scores_made(t)] for t in range(1, len(self.scores) + 1)]
        columns = ["keys kept", "scores now", "so far, with the cache", "so far, without"]
        table = HeatTable(counts, self.pocket.labels, columns, "as the text is read", "newest token", limit=0)
        presets = " · ".join(label for label, _ in self.presets)
        return f"controls: tokens read\npresets: {presets}\n\n{self.says(4)}\n\n{table!r}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), "text/html": alive(f"{pictured(self.page(4))}{RUN}", "fill", self.state())}


N, STEP, LAYER, LEFT, TOP = 16, 38, 64, 76, 30          # tokens; pixels between them and between layers; around them


def connected(size, sink, layers, token):
    """What has a part in the output of a token: for each layer, from the last one down to the words, a list of tokens."""
    mask, found = window_mask(N, size, sink), [[token]]
    for _ in range(layers):
        found.append(sorted({int(j) for i in found[-1] for j in np.flatnonzero(mask[i])}))
    return found


class StackWindows:
    """Layers of windows above a text of 16 tokens: which of them have a part in an output, and how many keys are kept."""

    def __init__(self):
        self.start = {"size": 3, "sink": 0, "layers": 3, "token": 15}
        self.presets = [("one layer", {"layers": 1}), ("three layers", {}), ("a wider window", {"size": 5}),
                        ("a sink", {"sink": 1}), ("the whole text", {"size": 16, "layers": 1})]

    def says(self, size, sink, layers, token):
        """How far the output of a token reaches, as a sentence."""
        parts, kept = len(connected(size, sink, layers, token)[-1]), min(N, size + sink)
        count = "1 layer" if layers == 1 else f"{layers} layers"
        return (f"{count}, a window of {size}{f' and a sink of {sink}' if sink else ''}: {parts} of the {token + 1} tokens "
                f"so far {'has' if parts == 1 else 'have'} a part in the output of token {token}. A layer keeps {kept} "
                f"key{'s' * (kept > 1)}.")

    def svg(self, size, sink, layers, token):
        """Tokens below, layers above; lines lead from what is seen to who sees it."""
        found, bottom, lines, dots = connected(size, sink, layers, token), TOP + LAYER * 4, "", ""
        mask = window_mask(N, size, sink)
        for up, (above, below) in enumerate(zip(found, found[1:], strict=False)):
            y = bottom - LAYER * (layers - up)
            lines += "".join(f"M{LEFT + STEP * i} {y}L{LEFT + STEP * j} {y + LAYER}" for i in above for j in below if mask[i, j])
        for layer in range(5):
            reached = found[layers - layer] if layer <= layers else []
            dots += "".join(f'<circle cx="{LEFT + STEP * i}" cy="{bottom - LAYER * layer}" r="{7 if i in reached else 3}" '
                            f'fill="{themed((BLUE if layer < layers else PURPLE) if i in reached else GREY)}" '
                            f'opacity="{1 if layer <= layers else 0.25}"/>' for i in range(N))
            name = f"layer {layer}" if layer else "tokens"
            dots += (f'<text x="{LEFT - 16}" y="{bottom - LAYER * layer + 4}" text-anchor="end" '
                     f'fill="{themed(INK if layer <= layers else FAINT)}">{name}</text>')
        numbers = "".join(f'<text x="{LEFT + STEP * i}" y="{bottom + 26}" text-anchor="middle" fill="{themed(INK)}">{i}</text>'
                          for i in range(N))
        content = f'<path class="lines" d="{lines}" fill="none" stroke="{themed(BLUE)}" opacity="0.5"/>{dots}{numbers}'
        return drawing(content, LEFT + STEP * N - 10, bottom + 36, self.says(size, sink, layers, token))

    def page(self, **at):
        """The whole picture, as HTML."""
        return f"<p><strong>{escape(self.says(**at))}</strong></p>{self.svg(**at)}"

    def state(self):
        """What the page needs."""
        sizes = {"n": N, "step": STEP, "layer": LAYER, "left": LEFT, "bottom": TOP + LAYER * 4}
        return {"at": self.start, "setup": {"page": self.page(**self.start), "presets": self.presets, **sizes}}

    def __repr__(self):
        rows = [[int(reach(window_mask(N, size, sink), layers)[N - 1].sum()) for layers in (1, 2, 3, 4)]
                for size in (2, 3, 5) for sink in (0, 1)]
        names = [f"window {size}, sink {sink}" for size in (2, 3, 5) for sink in (0, 1)]
        table = HeatTable(rows, names, ["1 layer", "2 layers", "3 layers", "4 layers"],
                          f"tokens that have a part in the output of token {N - 1}", "", limit=0)
        presets = " · ".join(label for label, _ in self.presets)
        return f"controls: window, sink, layers, token\npresets: {presets}\n\n{self.says(**self.start)}\n\n{table!r}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        still = f"{pictured(self.page(**self.start))}{RUN}"
        return {"text/plain": repr(self), "text/html": alive(still, "windows", self.state())}


SIZES, WAYS = (256, 512, 1024, 2048), {
    "the whole table": lambda Q, K, V: attention(Q, K, V)[0],
    "in blocks": blocked_attention}


def measured(way, n, n_heads=4, d_k=64):
    """Seconds and bytes that attention takes, the quickest of three runs and the most memory of one. → (float, int)"""
    Q, K, V = np.random.default_rng(0).standard_normal((3, n_heads, n, d_k))
    times = []
    for _ in range(3):
        start = perf_counter()
        WAYS[way](Q, K, V)
        times.append(perf_counter() - start)
    tracemalloc.start()
    WAYS[way](Q, K, V)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return min(times), most


class MeasureHere:
    """A button that measures attention on the machine that it runs on. What comes out is never compared with anything."""

    def __init__(self):
        self.button = widgets.Button(description="measure on this machine", layout={"width": "auto"})
        self.status, self.bar, self.table, self.thread = widgets.HTML(), widgets.HTML(), widgets.HTML(), None
        self.button.on_click(lambda _: self.begin())
        self.widget = widgets.VBox([Keys(), _row([self.button]), self.status, self.bar, self.table])
        self.widget.add_class("course-explorer")
        self.status.add_class("course-status")
        self.table.add_class("jp-RenderedHTMLCommon")
        self.say("Nothing is measured yet. It takes a few seconds.")

    def begin(self):
        """In a thread, so that the picture can change meanwhile."""
        self.button.disabled = True
        self.thread = in_thread(self.work)

    def work(self):
        """Each length in both ways; a row more in the table after each."""
        rows, longer = [], ""
        try:
            for i, n in enumerate(SIZES):
                found = [measured(way, n) for way in WAYS]
                rows.append([round(1000 * found[0][0], 1), found[0][1] / 1e6, round(1000 * found[1][0], 1), found[1][1] / 1e6])
                self.bar.value = html("Measuring", i + 1, len(SIZES))
                columns = [f"{way}, {unit}" for way in WAYS for unit in ("ms", "MB")]
                self.table.value = HeatTable(rows, SIZES[:i + 1], columns, "4 heads of 64, no mask, float64", "tokens", limit=0,
                                             decimals=1)._repr_html_()
            longer = (f"From {SIZES[-2]} to {SIZES[-1]} tokens the table of weights took {rows[-1][1] / rows[-2][1]:.1f} times "
                      "the memory.")
        except MemoryError:
            longer = f"This machine has no memory left for {SIZES[len(rows)]} tokens: that is the point."
        finally:
            self.button.disabled = False
            self.say(f"Measured. {longer}")

    def say(self, text):
        """The sentence, which a screen reader reads when it changes."""
        self.status.value = f"<strong>{escape(text)}</strong>"

    def __repr__(self):
        return "button: measure on this machine; time and memory, with the whole table of weights and in blocks"

    def _repr_mimebundle_(self, **kwargs):
        still = ("<p><strong>Time and memory of attention, with the whole table of weights and in blocks.</strong></p>"
                 "<p><em>Run this cell in Jupyter, and a button appears that measures on your machine.</em></p>")
        return {**self.widget._repr_mimebundle_(**kwargs), "text/plain": repr(self), "text/html": still}
