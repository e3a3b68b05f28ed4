"""What flows through the layers of a model, drawn as SVG: the residual stream with what each layer adds to it, and how a head
of the second layer finds what one of the first has written."""
from html import escape
from pathlib import Path

from course_lib.looks import BLUE, FAINT, GROUND, INK, LINE, LIT, look, themed
from course_lib.planes import Drawn, drawing, figure

WIDE, HIGH = 860, 268                               # pixels: a picture
HEAD = (f'<defs><marker id="stream-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{themed(FAINT)}"/></marker></defs>')


class ResidualStream(Drawn):
    """The model from its tokens to the next word: stream.svg, and in it the tokens, each with the mark of its place.

    tokens    the text, token by token; n_layers: how often the framed part is passed
    """

    def __init__(self, tokens, n_layers):
        self.tokens, self.n_layers = tuple(tokens), n_layers
        self.alt = (f"The rows of {len(self.tokens)} tokens flow through {n_layers} layers; in each, attention and then an MLP "
                    "read them through RMSNorm and add what they find.")

    def __repr__(self):
        return (f"picture: {self.alt}\ntokens: {' | '.join(self.tokens)}\n"
                f"{self.n_layers} times: + RMSNorm, multi-head attention + RMSNorm, gated MLP\nthen RMSNorm, the token table: ?")

    def _repr_html_(self):
        tokens = ""
        for i, token in enumerate(self.tokens):
            (colour, mark), y = look(token.strip(), i), 205 + 24 * (i - (len(self.tokens) - 1) / 2)
            tokens += (f'<text x="62" y="{y:g}" text-anchor="end" fill="{themed(INK)}">{escape(token)} '
                       f'<tspan fill="{themed(colour)}">{mark}</tspan></text>')
        drawing = themed(Path(__file__).with_suffix(".svg").read_text(encoding="utf-8").replace("\n", ""))
        return figure("From the tokens to the next word, through a real model",
                      drawing.format(alt=escape(self.alt), tokens=tokens, n_layers=self.n_layers))


class TwoSteps(Drawn):
    """Two layers go on with a word that begins again: each row gets its previous letter, and the last letter looks for its own.

    letters   the text; its last letter stands in it once before
    first     the place of its first letter
    """

    def __init__(self, letters, first=0):
        self.letters, self.first = letters, first
        self.found = letters.index(letters[-1]) + 1
        self.alt = (f"In layer 0 a head writes into each row which letter stands before it. In layer 1 the last {letters[-1]} "
                    f"asks who came after an {letters[-1]}, and the row of {letters[self.found]} has it written.")

    def __repr__(self):
        rows = [f"{letter} ({i})" + f" after {before}" * bool(before)
                for i, (before, letter) in enumerate(zip(("", *self.letters), self.letters, strict=False), self.first)]
        last = len(self.letters) - 1 + self.first
        return (f"picture: {self.alt}\nrows after layer 0: {' | '.join(rows)}\n"
                f"layer 1: {self.letters[-1]} ({last}), after {self.letters[-1]}? → {rows[self.found]}")

    def _repr_html_(self):
        last, drawn = len(self.letters) - 1, HEAD
        x = [190 + 100 * i for i in range(last + 1)]
        for y, name in ((226, "the letters"), (128, "after layer 0"), (30, "in layer 1")):
            drawn += f'<text x="20" y="{y + 5}" fill="{themed(FAINT)}">{name}</text>'
        for i, letter in enumerate(self.letters):
            drawn += _box(x[i], 226, 34, (f"{letter} ({self.first + i})",), False)
            drawn += f'<path d="M{x[i]} 203V153" stroke="{themed(LINE)}" stroke-width="1.5"/>'
            written = (f"{letter} ({self.first + i})", f"after {self.letters[i - 1]}")[:1 + bool(i)]
            drawn += _box(x[i], 128, 34, written, i == self.found)
            if i:
                drawn += _arrow(f"M{x[i - 1] + 18} 203L{x[i] - 14} 153")
        drawn += _box(x[last], 30, 34, (f"after {self.letters[-1]}?",), True)
        drawn += f'<path d="M{x[last]} 105V53" stroke="{themed(LINE)}" stroke-width="1.5"/>'
        drawn += _arrow(f"M{x[self.found]} 105Q{x[self.found]} 30 {x[last] - 38} 30")
        for across, y, name in ((20, 182, "head 0.0"), (410, 62, "head 1.0: who came after this letter?")):
            drawn += f'<text x="{across}" y="{y}" fill="{themed(BLUE)}">{name}</text>'
        return figure("The first head writes what the second looks for", drawing(drawn, WIDE, HIGH, self.alt))


def _box(x, y, half, words, new):
    """A part of the model about a point; what is new is lit."""
    high = 23
    text = "".join(f'<text x="{x}" y="{y + 4.5 + 16 * (i - (len(words) - 1) / 2):g}" text-anchor="middle" fill="{themed(INK)}">'
                   f"{escape(word)}</text>" for i, word in enumerate(words))
    return (f'<rect x="{x - half}" y="{y - high}" width="{2 * half}" height="{2 * high}" rx="5" stroke="{themed(FAINT)}" '
            f'fill="{themed(LIT if new else GROUND)}" stroke-width="1.5"/>{text}')


def _arrow(path):
    """A line with a head at its end."""
    return f'<path d="{path}" fill="none" stroke="{themed(FAINT)}" stroke-width="1.5" marker-end="url(#stream-head)"/>'
