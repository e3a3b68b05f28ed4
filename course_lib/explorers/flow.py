"""The flow of a chain as one picture: its matrices with arrows between them, one step lit, drawn as SVG.

In a page every number can be asked where it comes from (flow.js); where nothing runs, the picture and its text remain.
"""
from dataclasses import replace
from html import escape
from itertools import groupby
from pathlib import Path

import traitlets
from anywidget import AnyWidget

from course_lib.explorers.chain import one_head, one_more, two_heads, way_back
from course_lib.explorers.panel import alive
from course_lib.explorers.views import words
from course_lib.looks import GROUND, INK, ORANGE, image, look, themed
from course_lib.tables import HeatTable, number

HERE = Path(__file__).parent
STYLE = themed((HERE / "flow.css").read_text(encoding="utf-8"))
CELL, ROW, NAMES, HEAD, GAP, TURN, NARROW = 36, 24, 80, 42, 24, 54, 360  # pixels: a cell and a row; around them; a phone's width
WORDS, NEAR, NAME = 60, 18, 24                       # on the way back: the candidates' names, the gap, above a matrix
NARROW_BACK = [["Q", "K", "scores"], ["weights", "V", "output"], ["next word", "share", "loss"], ["g_next word"],
               ["g_weights", "g_V", "g_output"], ["g_Q", "g_K", "g_scores"], ["g_W_Q", "g_W_K", "g_W_V"]]
ONE_CALL = "Scores", "Scaling", "Masking", "Softmax", "Weighted sum"       # the steps that PyTorch does in one
SVG = ('<svg class="course" xmlns="http://www.w3.org/2000/svg" width="{0}" viewBox="0 0 {0} {1}" role="img" aria-label="{alt}" '
       'font-family="system-ui,sans-serif" font-size="13.5" text-anchor="middle"><defs><marker id="course-head" '
       'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/>'
       "</marker></defs>{content}</svg>")
CHAINS = {"Multi-head": two_heads, "Trained heads": way_back, "Long contexts": one_more}
FORTH = 'marker-end="url(#course-head)"'
BACK = f'style="stroke:{themed(ORANGE)};stroke-width:2.5" marker-end="url(#course-back)"'
BACK_HEAD = (f'<marker id="course-back" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="5" markerHeight="5" orient="auto"><path '
             f'd="M0 0L8 4L0 8z" style="fill:{themed(ORANGE)}"/></marker>')


def columns(matrix):
    """The widths of a matrix's columns: words above them may need more room than the numbers, marks do not. → list of int"""
    named = matrix.columns and matrix.step in ("Embeddings", "Multi-head", "Next word")
    words = matrix.columns if named else [""] * matrix.values.shape[1]
    narrowest = CELL + 4 * (is_back(matrix.name) or matrix.rows != () or matrix.columns == ("",))       # signs, and no words
    return [max(narrowest, 7 * len(word) + 12) for word in words]


def is_back(name):
    """Whether a matrix is a gradient, which is drawn from right to left."""
    return name.startswith("g_")


def is_one_row(line):
    """Whether a line is about one and the same token, whose name alone stands beside it then."""
    return all(len(matrix.rows) == 1 and matrix.rows == line[0].rows and len(matrix.values) == 1 for matrix in line)


class Drawing:
    """The matrices of a chain, line by line.

    lines    lists of Matrix
    tokens   the words, one for each row; labels: the same as columns are called
    lit      the step that is lit, or None; covered: whether its numbers, and those after it, are
    """

    def __init__(self, lines, tokens, labels, lit, covered=False):
        self.lines = [[matrix for matrix in line if matrix.step] for line in lines]
        self.lines = [[replace(matrix, first=0) for matrix in line] if is_one_row(line) else line for line in self.lines]
        self.chain = {matrix.name: matrix for line in self.lines for matrix in line}
        self.tokens, self.labels, self.lit, self.covered = tokens, labels, lit, covered
        self.head = NAME if "loss" in self.chain else HEAD                      # no words above the columns
        self.steps = list(dict.fromkeys(matrix.step for matrix in self.chain.values()))
        self.places, y = {}, 0
        for line in self.lines:
            x = NAMES
            for i, matrix in enumerate(line):
                above, _ = self.places.get(matrix.name.replace("g_", "").replace("W_", ""), (0, 0))    # a gradient's own matrix
                x = max(x + WORDS * (self.has_names(line, i) and i > 0), above)
                self.places[matrix.name] = x, y
                names = [name for name in (matrix.name, f"g_{matrix.name}") if name in self.chain]
                room = [max(sum(columns(self.chain[name])), 8 * len(name)) for name in names]
                x += max(room) + (NEAR if "loss" in self.chain else GAP)
            y += self.head + ROW * max(matrix.first + len(matrix.values) for matrix in line) + TURN
        margin = 4 if len(self.lines) < len(NARROW_BACK) else 20 if "loss" in self.chain else 12    # for arrows round the others
        ends = (max(self.right(matrix), self.places[name][0] + 8 * len(name)) for name, matrix in self.chain.items())
        self.edge = max(ends) + margin
        self.size = self.edge, y - TURN + 6 * len(self.lanes(self.lines[-1])) + 12

    def has_names(self, line, i):
        """Whether the names of the rows stand before matrix i of a line: before the first, and where they are others."""
        return i == 0 or len(line[i].rows) > 1 and line[i].rows != line[i - 1].rows

    def right(self, matrix):
        """Where a matrix ends."""
        return self.places[matrix.name][0] + sum(columns(matrix))

    def sources(self, matrix):
        """From which matrices an arrow goes to this one: on the way back only from what is on it, which begins at the loss."""
        return [source for source in matrix.of if source in self.chain
                and (not is_back(matrix.name) or is_back(source) or source == "loss")]

    def lanes(self, line):
        """The matrices of a line whose arrows run below others, the last one's first: each has a lane of its own."""
        line = line[::-1] if is_back(line[0].name) else line
        return [source.name for i, source in reversed(list(enumerate(line)))
                if any(source.name in self.sources(matrix) for matrix in line[i + 2:])]

    def svg(self):
        """The whole picture."""
        arrows = [self.arrow(self.chain[source], matrix) for matrix in self.chain.values() for source in self.sources(matrix)]
        names = [self.names(line, i) for line in self.lines for i in range(len(line)) if self.has_names(line, i)]
        content = "".join([*arrows, *names, *map(self.matrix, self.chain.values())])
        alt = f"From the words to the {list(self.chain)[-1]}: {', then '.join(self.chain)}. Lit is {self.lit or 'nothing'}."
        alt += " Its numbers, and those after it, are covered." * any(map(self.is_covered, self.chain.values()))
        if "loss" in self.chain:
            content, alt = BACK_HEAD + self.ways() + content, self.way_back()
        return SVG.format(*self.size, alt=alt, content=content)

    def ways(self):
        """Where the way forward begins, and where the way back."""
        starts = {is_back(line[0].name): line[0].name for line in reversed(self.lines)}
        return "".join(f'<text class="title" x="0" y="{self.places[starts[back]][1] + self.head - 8}" text-anchor="start" '
                       f'style="fill:{themed((INK, ORANGE)[back])}">{("forward →", "← back")[back]}</text>' for back in starts)

    def way_back(self):
        """What is seen on the way back, in words: from the loss, to the parameters last."""
        forth, back = ([name for name in self.chain if is_back(name) == way] for way in (False, True))
        back.sort(key=lambda name: (self.places[name][1], -self.places[name][0]))
        return f"Forward, from the words to the loss: {', then '.join(forth)}. Back, lit, from the loss: {', then '.join(back)}."

    def names(self, line, i):
        """The names of the rows at the left of matrix i: tokens, each with the mark of its place in the colour of its word."""
        (x, y), rows, texts = self.places[line[i].name], line[i].rows, ""
        words = [(row, "") for row in rows] if len(rows) > 1 else [(token, look(token, j)) for j, token in enumerate(self.tokens)]
        words = words[-1:] if is_one_row(line) else words
        for j, (word, seen) in enumerate(words, start=line[i].first if len(rows) > 1 else 0):
            mark = f' <tspan style="fill:{themed(seen[0])}">{seen[1]}</tspan>' if seen else ""
            texts += f'<text x="{x - 8}" y="{y + self.head + 17 + ROW * j}" text-anchor="end">{escape(word)}{mark}</text>'
        return texts

    def matrix(self, matrix):
        """One matrix with its name and what stands above its columns."""
        x, y = self.places[matrix.name][0], self.top(matrix)
        table, above, cells = HeatTable(matrix.values), "", ""
        lefts = [x + sum(columns(matrix)[:j]) for j in range(len(columns(matrix)))]
        for j, (left, width) in enumerate(zip(lefts, columns(matrix), strict=True)):
            above += self.above(matrix, j, left + width / 2, y + self.head - 6)
        for i, row in enumerate(table.rows):
            top = y + self.head + ROW * i
            for value, left, width in zip(row, lefts, columns(matrix), strict=True):
                cells += (f'<g class="cell"><rect x="{left}" y="{top}" width="{width}" height="{ROW}"/>'
                          f'<text x="{left + width / 2:g}" y="{top + 17}">{number(value, min(table.decimals, 2))}</text></g>')
        name_y = y + self.head - (26 if "<text" in above else 8)
        title = f'<text class="title" x="{x}" y="{name_y}" text-anchor="start">{matrix.name}</text>'
        state = self.state(matrix) + " covered" * self.is_covered(matrix)
        return f'<g class="{state}" data-matrix="{matrix.name}">{title}{above}{cells}</g>'

    def top(self, matrix):
        """Where a matrix begins, with its name."""
        return self.places[matrix.name][1] + ROW * matrix.first

    def state(self, matrix):
        """Whether a matrix is made by what is lit, before it or later."""
        if self.lit == "In PyTorch":
            return "lit" if matrix.step in ONE_CALL else "done"
        here, lit = self.steps.index(matrix.step), self.steps.index(self.lit) if self.lit else len(self.steps)
        return "lit" if here == lit else "later" if here > lit and self.lit != "Long contexts" else "done"

    def is_covered(self, matrix):
        """Whether its numbers show only once they are asked."""
        return self.covered and self.state(matrix) != "done"

    def above(self, matrix, j, x, y):
        """What stands above a column: a token's mark, a word, or nothing."""
        if matrix.columns == self.labels:
            colour, mark = look(self.tokens[j], j)
            return f'<text x="{x:g}" y="{y}" style="fill:{themed(colour)}">{mark}</text>'
        return f'<text x="{x:g}" y="{y}">{escape(matrix.columns[j])}</text>' if any(matrix.columns) else ""

    def arrow(self, source, matrix):
        """From a matrix to one that arises from it."""
        (x, y), (to_x, to_y), back = self.places[source.name], self.places[matrix.name], is_back(matrix.name)
        start, side = (x + self.right(source)) / 2, -1 if back else 1
        bottom = self.top(source) + self.head + ROW * len(source.values)
        low, high = max(source.first, matrix.first), min(len(part.values) + part.first for part in (source, matrix))
        middle, top = self.head + ROW * (low + high) / 2, self.top(matrix)
        line = next(line for line in self.lines if matrix in line)
        last, lanes, ways = line[-1] is matrix, self.lanes(line), {1: self.right(source) + 4, -1: x - 4}
        if y == to_y and line.index(matrix) == line.index(source) + side:               # to its neighbour
            room = WORDS * self.has_names(line, max(line.index(source), line.index(matrix)))
            path = f"M{ways[side] - room * back} {y + middle}H{self.right(matrix) + 5 if back else to_x - 5 - room}"
        elif y == to_y:                                                                 # below what stands between
            lane, turn = 6 * lanes.index(source.name) + 3, int(back)
            end = self.right(matrix) - 4 if back else to_x + 4
            path = f"M{start} {bottom + 3}v{lane}a6 6 0 0 {turn} {6 * side} 6H{end}a6 6 0 0 {turn} {6 * side} -6v-{lane}"
        elif self.lines.index(line) > next(i for i, above in enumerate(self.lines) if source in above) + 1:
            end, turn = (to_x + self.right(matrix)) / 2 + 6, to_y + middle - 6 if last else to_y - 12               # round them
            path = (f"M{start} {bottom + 3}v6a6 6 0 0 0 6 6H{self.edge - 10}a6 6 0 0 1 6 6V{turn}a6 6 0 0 1 -6 6"
                    + (f"H{self.right(matrix) + 5}" if last else f"H{end}a6 6 0 0 0 -6 6V{top + 1}"))
        elif start > self.right(matrix) and last:                                       # round what is above
            path = f"M{start} {bottom + 3}V{to_y + middle - 8}a8 8 0 0 1 -8 8H{self.right(matrix) + 5}"
        else:                                                                           # down to another line
            end, turn = (to_x + self.right(matrix)) / 2, to_y - 18 - 6 * min(line.index(matrix), 2)
            side, first = (6, 0) if end > start else (-6, 1)
            path = f"M{start} {bottom + 3}V{turn}a6 6 0 0 {first} {side} 6H{end - side}a6 6 0 0 {1 - first} {side} 6V{top + 1}"
            if abs(end - start) < 12:
                path = f"M{start} {bottom + 3}V{top + 1}"
        return f'<path class="arrow" d="{path}" {BACK if back else FORTH}/>'


class Flow(AnyWidget):
    """The chain with one step lit; in a page every number can be asked where it comes from, with a kernel or without.

    step   the step of the course to light: "Embeddings", "QKV", "Scores", "Scaling", "Masking", "Softmax", "Weighted sum",
           "Multi-head", which shows two heads, "Next word", "Trained heads", which shows the way back from the loss, or
           "Long contexts", which shows one more token and what is kept; "In PyTorch" lights what one call does there, from
           scores to output; None lights none. Raises ValueError for any other.
    covered  whether the numbers of that step, and those after it, show only once they are asked: work one out, then look
    """

    _esm, _css = HERE / "flow.js", STYLE
    setup = traitlets.Dict().tag(sync=True)
    text = traitlets.Unicode("the cat chases the").tag(sync=True)

    def __init__(self, step=None, covered=False):
        self.step, self.covered, self.lines = step, covered, CHAINS.get(step, one_head)
        self.draw()
        super().__init__()                      # only now does a page hear of it: a slow one would draw what is not yet there
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
            others = ", ".join(name for name in (*CHAINS, "In PyTorch") if name not in steps)
            raise ValueError(f"step must be one of {', '.join(steps)}, {others}, not {self.step!r}")
        self.labels = tuple(f"{token} ({i})" for i, token in enumerate(tokens))
        drawings = [Drawing(some, tokens, self.labels, self.step, self.covered) for some in (lines, _narrow(lines))]
        self.is_covered, (wide, tall) = drawings[0].is_covered, (drawing.svg() for drawing in drawings)
        start = next((matrix.name for matrix in self.chain.values() if matrix.step == self.step), "next word")
        place = [len(tokens) - 1, min(1, len(tokens) - 1) * (start != "next word")]
        if "loss" in self.chain:
            start, place = "g_next word", [0, 0]
        elif self.step == "Long contexts":
            place = [min(1, len(tokens) - 1), 0]                # a row that was kept
        self.setup = {"wide": wide, "tall": tall, "chain": [matrix.data() for matrix in self.chain.values()],
                      "labels": self.labels, "start": [start, *place]}

    def still(self):
        """The picture as a file of its own."""
        ground = f'<style>{STYLE}</style><rect width="100%" height="100%" style="fill:{themed(GROUND)}"/>'
        return self.setup["wide"].replace("<defs>", f"{ground}<defs>", 1)

    def __repr__(self):
        drawn = [matrix for matrix in self.chain.values() if matrix.step]
        tables = [HeatTable(matrix.values, matrix.rows or self.labels, matrix.columns or None, matrix.name, "")
                  for matrix in drawn if not self.is_covered(matrix)]
        names = ", ".join(matrix.name for matrix in drawn if self.is_covered(matrix))
        covered = [f"covered: {names}"] if names else []
        forth = f"from the words to the {list(self.chain)[-1]}"
        title = "from the loss back to what is learned" if "loss" in self.chain else forth
        return "\n\n".join([f"{title}, lit: {self.step or 'nothing'}", *map(repr, tables), *covered])

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        alt = self.setup["wide"].partition('aria-label="')[2].partition('"')[0]
        html = alive(image(self.still(), alt), "flow", {"setup": self.setup, "text": self.text})
        return {**data, "text/plain": repr(self), "text/html": html}, metadata


def _narrow(lines):
    """The same matrices on as many lines as a phone needs; those of one step stay together."""
    drawn = {matrix.name: matrix for line in lines for matrix in line if matrix.step}
    if "loss" in drawn:
        return [[drawn[name] for name in names] for names in NARROW_BACK]
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
