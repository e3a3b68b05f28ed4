"""The flow of a chain as one picture: its matrices with arrows between them, one step lit, drawn as SVG.

In a page every number can be asked where it comes from (flow.js); where nothing runs, the picture and its text remain.
"""
from html import escape
from itertools import groupby
from pathlib import Path

import traitlets
from anywidget import AnyWidget

from course_lib.explorers.chain import one_head, two_heads
from course_lib.explorers.panel import alive
from course_lib.explorers.views import words
from course_lib.looks import GROUND, image, look, themed
from course_lib.tables import HeatTable, number

HERE = Path(__file__).parent
STYLE = themed((HERE / "flow.css").read_text(encoding="utf-8"))
CELL, ROW, NAMES, HEAD, GAP, TURN, NARROW = 36, 24, 80, 42, 24, 54, 360  # pixels: a cell and a row; around them; a phone's width
ONE_CALL = "Scores", "Scaling", "Masking", "Softmax", "Weighted sum"       # the steps that PyTorch does in one
SVG = ('<svg class="course" xmlns="http://www.w3.org/2000/svg" width="{0}" viewBox="0 0 {0} {1}" role="img" aria-label="{alt}" '
       'font-family="system-ui,sans-serif" font-size="13.5" text-anchor="middle"><defs><marker id="course-head" '
       'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/>'
       "</marker></defs>{content}</svg>")


def columns(matrix):
    """The widths of a matrix's columns: words above them may need more room than the numbers, marks do not. → list of int"""
    words = matrix.columns if matrix.step in ("Embeddings", "Next word") else [""] * matrix.values.shape[1]
    return [max(CELL, 7 * len(word) + 12) for word in words]


class Drawing:
    """The matrices of a chain, line by line.

    lines    lists of Matrix
    tokens   the words, one for each row; labels: the same as columns are called
    lit      the step that is lit, or None
    """

    def __init__(self, lines, tokens, labels, lit):
        self.lines = [[matrix for matrix in line if matrix.step] for line in lines]
        self.chain = {matrix.name: matrix for line in self.lines for matrix in line}
        self.tokens, self.labels, self.lit = tokens, labels, lit
        self.steps = list(dict.fromkeys(matrix.step for matrix in self.chain.values()))
        self.places, y = {}, 0
        for line in self.lines:
            x = NAMES
            for matrix in line:
                self.places[matrix.name] = x, y
                x += max(sum(columns(matrix)), 8 * len(matrix.name)) + GAP
            y += HEAD + ROW * len(tokens) + TURN
        self.size = max(map(self.right, self.chain.values())) + 4, y - TURN + 6 * len(self.lanes(self.lines[-1])) + 12

    def right(self, matrix):
        """Where a matrix ends."""
        return self.places[matrix.name][0] + sum(columns(matrix))

    def lanes(self, line):
        """The matrices of a line whose arrows run below others, from the right: each has a lane of its own."""
        return [source.name for i, source in reversed(list(enumerate(line)))
                if any(source.name in matrix.of for matrix in line[i + 2:])]

    def svg(self):
        """The whole picture."""
        arrows = [self.arrow(self.chain[source], matrix) for matrix in self.chain.values()
                  for source in matrix.of if source in self.chain]
        content = "".join([*arrows, *map(self.names, self.lines), *map(self.matrix, self.chain.values())])
        alt = f"From the words to the next word: {', then '.join(self.chain)}. Lit is {self.lit or 'nothing'}."
        return SVG.format(*self.size, alt=alt, content=content)

    def names(self, line):
        """The tokens at the left of a line, each with the mark of its place in the colour of its word."""
        y, texts = self.places[line[0].name][1] + HEAD + 17, ""
        for i, token in enumerate(self.tokens):
            colour, mark = look(token, i)
            texts += (f'<text x="{NAMES - 8}" y="{y + ROW * i}" text-anchor="end">{escape(token)} '
                      f'<tspan style="fill:{themed(colour)}">{mark}</tspan></text>')
        return texts

    def matrix(self, matrix):
        """One matrix with its name and what stands above its columns."""
        (x, y), table, above, cells = self.places[matrix.name], HeatTable(matrix.values), "", ""
        lefts = [x + sum(columns(matrix)[:j]) for j in range(len(columns(matrix)))]
        for j, (left, width) in enumerate(zip(lefts, columns(matrix), strict=True)):
            above += self.above(matrix, j, left + width / 2, y + HEAD - 6)
        for i, row in enumerate(table.rows):
            top = y + HEAD + ROW * i
            for value, left, width in zip(row, lefts, columns(matrix), strict=True):
                cells += (f'<g class="cell"><rect x="{left}" y="{top}" width="{width}" height="{ROW}"/>'
                          f'<text x="{left + width / 2:g}" y="{top + 17}">{number(value, min(table.decimals, 2))}</text></g>')
        title = (f'<text class="title" x="{x}" y="{y + (HEAD - 26 if "<text" in above else HEAD - 8)}" text-anchor="start">'
                 f"{matrix.name}</text>")
        return f'<g class="{self.state(matrix)}" data-matrix="{matrix.name}">{title}{above}{cells}</g>'

    def state(self, matrix):
        """Whether a matrix is made by what is lit, before it or later."""
        if self.lit == "In PyTorch":
            return "lit" if matrix.step in ONE_CALL else "done"
        here, lit = self.steps.index(matrix.step), self.steps.index(self.lit) if self.lit else len(self.steps)
        return "lit" if here == lit else "later" if here > lit else "done"

    def above(self, matrix, j, x, y):
        """What stands above a column: a token's mark, a word, or nothing."""
        if matrix.columns == self.labels:
            colour, mark = look(self.tokens[j], j)
            return f'<text x="{x:g}" y="{y}" style="fill:{themed(colour)}">{mark}</text>'
        return f'<text x="{x:g}" y="{y}">{escape(matrix.columns[j])}</text>' if matrix.columns else ""

    def arrow(self, source, matrix):
        """From a matrix to one that arises from it."""
        (x, y), (to_x, to_y), high = self.places[source.name], self.places[matrix.name], ROW * len(self.tokens)
        start, middle, bottom = (x + self.right(source)) / 2, HEAD + high / 2, y + HEAD + high
        line = next(line for line in self.lines if matrix in line)
        last, lanes = line[-1] is matrix, self.lanes(line)
        if y == to_y and line.index(matrix) == line.index(source) + 1:                  # to its neighbour
            path = f"M{self.right(source) + 4} {y + middle}H{to_x - 5}"
        elif y == to_y:                                                                 # below what stands between
            lane = 6 * lanes.index(source.name) + 3
            path = f"M{start} {bottom + 3}v{lane}a6 6 0 0 0 6 6H{to_x + 4}a6 6 0 0 0 6 -6v-{lane}"
        elif start > self.right(matrix) and last:                                       # round what is above
            path = f"M{start} {bottom + 3}V{to_y + middle - 8}a8 8 0 0 1 -8 8H{self.right(matrix) + 5}"
        else:                                                                           # down to another line
            end, turn = (to_x + self.right(matrix)) / 2, to_y - 18 - 6 * min(line.index(matrix), 2)
            side, first = (6, 0) if end > start else (-6, 1)
            path = f"M{start} {bottom + 3}V{turn}a6 6 0 0 {first} {side} 6H{end - side}a6 6 0 0 {1 - first} {side} 6V{to_y + 1}"
            if abs(end - start) < 12:
                path = f"M{start} {bottom + 3}V{to_y + 1}"
        return f'<path class="arrow" d="{path}" marker-end="url(#course-head)"/>'


class Flow(AnyWidget):
    """The chain with one step lit; in a page every number can be asked where it comes from, with a kernel or without.

    step   the step of the course to light: "Embeddings", "QKV", "Scores", "Scaling", "Masking", "Softmax", "Weighted sum",
           "Multi-head", which shows two heads, or "Next word"; "In PyTorch" lights what one call does there, from scores to
           output; None lights none. Raises ValueError for any other.
    """

    _esm, _css = HERE / "flow.js", STYLE
    setup = traitlets.Dict().tag(sync=True)
    text = traitlets.Unicode("the cat chases the").tag(sync=True)

    def __init__(self, step=None):
        super().__init__()
        self.step, self.lines = step, two_heads if step == "Multi-head" else one_head
        self.draw()
        self.observe(self.draw, "text")
        self.on_msg(lambda *_: self.send("a kernel runs"))

    def draw(self, _=None):
        """Send the pictures and the chain of the sentence, or why there are none."""
        try:
            tokens = tuple(words(self.text))
        except ValueError as error:
            self.setup = {**self.setup, "error": str(error)}
            return
        lines = self.lines(tokens)
        self.chain = {matrix.name: matrix for line in lines for matrix in line}
        steps = list(dict.fromkeys(matrix.step for matrix in self.chain.values() if matrix.step))
        if self.step not in (None, "In PyTorch", *steps):
            raise ValueError(f"step must be one of {', '.join(steps)}, Multi-head or In PyTorch, not {self.step!r}")
        self.labels = next(matrix.columns for matrix in self.chain.values() if matrix.step == "Scores")
        wide, tall = (Drawing(some, tokens, self.labels, self.step).svg() for some in (lines, _narrow(lines)))
        start = next((matrix.name for matrix in self.chain.values() if matrix.step == self.step), "next word")
        self.setup = {"wide": wide, "tall": tall, "chain": [matrix.data() for matrix in self.chain.values()],
                      "labels": self.labels, "start": [start, len(tokens) - 1, min(1, len(tokens) - 1) * (start != "next word")]}

    def still(self):
        """The picture as a file of its own."""
        ground = f'<style>{STYLE}</style><rect width="100%" height="100%" style="fill:{themed(GROUND)}"/>'
        return self.setup["wide"].replace("<defs>", f"{ground}<defs>", 1)

    def __repr__(self):
        tables = [HeatTable(matrix.values, self.labels, matrix.columns or None, matrix.name, "")
                  for matrix in self.chain.values() if matrix.step]
        return "\n\n".join([f"from the words to the next word, lit: {self.step or 'nothing'}", *map(repr, tables)])

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        alt = self.setup["wide"].partition('aria-label="')[2].partition('"')[0]
        html = alive(image(self.still(), alt), "flow", {"setup": self.setup, "text": self.text})
        return {**data, "text/plain": repr(self), "text/html": html}, metadata


def _narrow(lines):
    """The same matrices on as many lines as a phone needs; those of one step stay together."""
    narrow, x, drawn = [], NARROW, [matrix for line in lines for matrix in line if matrix.step]
    for _, group in groupby(drawn, key=lambda matrix: matrix.step):
        group = list(group)
        width = sum(sum(columns(matrix)) + GAP for matrix in group)
        if x + width > NARROW + GAP:
            narrow.append([])
            x = NAMES
        narrow[-1] += group
        x += width
    return narrow
