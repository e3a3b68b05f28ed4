"""Small matrices with tokens on their sides, and sums written out: most of what the course shows.

A `HeatTable` has two texts, and nbval compares both: `text/plain` for a terminal and a diff, and `text/html`, a real
table with caption, row and column headers and coloured cells. Blue is positive, orange negative, denser further from
zero; the colours let the page's own ground through, so that its text can be read on them, in light, dark and black and white.
"""
from html import escape
from numbers import Rational

import numpy as np

from course_lib.looks import BLUE, GREY, ORANGE, marked

# Characters that break or turn a line of text, each as Python writes it
BREAKS = {c: ascii(chr(c))[1:-1] for c in (*range(32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A))}
NOTHING = "#8080804d"       # behind −∞ and nan; the last two digits of a colour say how dense it is, of 255
CAPTION = "text-align:left;font-weight:bold;width:max-content;max-width:88vw"      # wider than its table, but not than a window
DENSEST, WIDEST = 140, 100  # of 255; characters of a line
LONG = 24                   # characters of a row's name; a longer one may wrap, where a page is narrow


def number(value, decimals=4):
    """One entry as the course writes it: integers and fractions exactly, floats rounded, booleans in words, None blank."""
    if value is None or value == "":
        return ""
    if isinstance(value, (bool, np.bool)):
        return "yes" if value else "no"
    if isinstance(value, Rational):
        return str(value)
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}"        # + 0.0 turns -0.0 into 0.0


def decimals_for(values):
    """No decimals for floats that are all whole numbers, four for all others."""
    floats = [value for value in values if isinstance(value, float) and np.isfinite(value)]
    return 0 if all(abs(value - round(value)) < 1e-9 for value in floats) else 4


class HeatTable:
    """A matrix with names on its sides: `HeatTable(scores, tokens, tokens, "scores")`.

    values        (n_rows, n_columns) of floats, integers, booleans or fractions; None is a blank to fill in, "" an empty corner
    row_names     one for each row, or None for 0, 1, 2, …; column_names likewise
    caption       what the table shows
    corner        what its sides are; if not given, "query \\ key" when both have names, "token" when only the rows have
    limit         the size that gets the deepest colour; if not given the largest in the table; 0 for no colour
    decimals      of floats; if not given 0 when all are whole, else 4

    Raises ValueError if the values are not numbers on two axes, or the names do not fit them.
    """

    def __init__(self, values, row_names=None, column_names=None, caption="", corner=None, limit=None, decimals=None):
        array = np.asarray(values)
        if array.ndim != 2:
            raise ValueError(f"values {array.shape} must have two axes (rows, columns); for a single row write values[None]")
        rows = (np.asarray(values, dtype=object) if array.dtype.kind == "U" else array).tolist()
        self.rows = [[value.item() if isinstance(value, np.generic) else value for value in row] for row in rows]
        entries = [value for row in self.rows for value in row if value not in (None, "")]
        if not all(isinstance(value, (float, Rational)) for value in entries):
            raise ValueError(f"values must be real numbers, not {array.dtype}")
        self.row_names = _names("row_names", row_names, array.shape, axis=0)
        self.column_names = _names("column_names", column_names, array.shape, axis=1)
        usual = "" if row_names is None else "token" if column_names is None else "query \\ key"
        self.caption, self.corner = str(caption), usual if corner is None else str(corner)
        self.decimals = decimals_for(entries) if decimals is None else decimals
        self.texts = [[number(value, self.decimals) for value in row] for row in self.rows]
        self.side = "center" if entries and all(isinstance(value, bool) for value in entries) else "right"
        self.limit = max(filter(np.isfinite, map(_size, entries)), default=0) if limit is None else float(limit)

    def __repr__(self):
        return "\n\n".join(map(HeatTable._text, self.folded()))

    def _repr_html_(self):
        return "".join(map(HeatTable._page, self.folded()))

    def folded(self):
        """The table in as many parts, one below the other, as fit a line. → list of HeatTable"""
        first, *widths = self.widths()
        room = WIDEST - first
        if sum(widths) + 2 * len(widths) <= room or len(widths) == 1:
            return [self]
        parts = -(-len(widths) // max(room // (max(widths) + 2), 1))
        length, values = -(-len(widths) // parts), np.array(self.rows, dtype=object)
        return [HeatTable(values[:, i:i + length], self.row_names, self.column_names[i:i + length],
                          f"{self.caption}, columns {i} to {min(i + length, len(widths)) - 1}".removeprefix(", "),
                          self.corner, self.limit, self.decimals) for i in range(0, len(widths), length)]

    def lines(self):
        """The lines of the table, cell by cell, as text."""
        body = ([name, *texts] for name, texts in zip(self.row_names, self.texts, strict=True))
        return [[text.translate(BREAKS) for text in line] for line in ([self.corner, *self.column_names], *body)]

    def widths(self):
        """How many characters the names of the rows take, and each column."""
        return [max(map(len, column)) for column in zip(*self.lines(), strict=True)]

    def _text(self):
        first, *widths = self.widths()
        aligned = ["  ".join([name.ljust(first), *map(str.rjust, texts, widths)]).rstrip() for name, *texts in self.lines()]
        return "\n".join([self.caption.translate(BREAKS), *aligned] if self.caption else aligned)

    def _page(self):
        width = f"width:{0.6 * max(self.widths()[1:], default=0) + 1.4:.1f}em;white-space:nowrap"     # the same for all columns
        head = "".join(_head(marked(name, j), "col", f"text-align:{self.side};{width}")
                       for j, name in enumerate(self.column_names))
        body = "".join(map(self._row, range(len(self.rows)), self.row_names, self.rows, self.texts))
        return ('<table style="display:inline-table;margin-right:2em;font-variant-numeric:tabular-nums">'
                f'<caption style="{CAPTION}">{escape(self.caption)}</caption>'
                f'<thead><tr>{_head(escape(self.corner), "col")}{head}</tr></thead><tbody>{body}</tbody></table>')

    def _row(self, i, name, values, texts):
        cells = "".join(map(self._cell, values, texts))
        style = "text-align:left;" + ("white-space:nowrap" if len(name) <= LONG else "min-width:12em")
        return f'<tr style="background-color:transparent">{_head(marked(name, i), "row", style)}{cells}</tr>'

    def _cell(self, value, text):
        style = f"text-align:{self.side}"
        if value is None:
            style += f";border:1px solid {GREY}"
        elif self.limit != 0 and value != "":
            style += f";background-color:{self.ground(value)}"
        return f'<td style="{style}">{text}</td>'

    def ground(self, value):
        """The colour behind a value, denser further from zero. → "#rrggbbaa" """
        if value == -np.inf or np.isnan(_size(value)):
            return NOTHING
        return f"{BLUE if value >= 0 else ORANGE}{round(DENSEST * min(_size(value) / self.limit, 1)):02x}"


class SideBySide:
    """Several tables in one output: next to each other in a page that is wide enough, one below the other in text."""

    def __init__(self, *tables):
        self.tables = tables

    def __repr__(self):
        return "\n\n".join(map(repr, self.tables))

    def _repr_html_(self):
        return "<div>" + "".join(table._repr_html_() for table in self.tables) + "</div>"


class SpelledOut:
    """The dot product of two vectors as one writes it on paper: every term, then the sum.

    a, b: (n,). Raises ValueError if they are not two vectors of the same length.
    """

    def __init__(self, a, b):
        self.a, self.b = np.asarray(a), np.asarray(b)
        if self.a.ndim != 1 or self.a.shape != self.b.shape:
            raise ValueError(f"a {self.a.shape} and b {self.b.shape} must be two vectors of the same length")

    def __repr__(self):
        a, b = self.a.tolist(), self.b.tolist()
        total = sum(x * y for x, y in zip(a, b, strict=True))
        decimals = decimals_for([*a, *b, total])
        terms = [f"({number(x, decimals)} × {number(y, decimals)})" for x, y in zip(a, b, strict=True)]
        lines = [" + ".join(terms[i:i + 4]) for i in range(0, len(terms), 4)]
        return "\n+ ".join(lines) + (" = " if len(lines) == 1 else "\n= ") + number(total, decimals)


def _head(name, scope, style="text-align:left;white-space:nowrap"):
    """What stands at the head of a row or column, as HTML; a corner without a name is no head."""
    return f'<th scope="{scope}" style="{style}">{name}</th>' if name else "<td></td>"


def _size(value):
    """How far the number is from 0, as a float; infinite where it is larger than any."""
    try:
        return abs(float(value))
    except OverflowError:
        return np.inf


def _names(argument, given, shape, axis):
    """The names of one side as text, numbered if none are given."""
    names = tuple(range(shape[axis])) if given is None else tuple(given)
    if len(names) != shape[axis]:
        raise ValueError(f"{argument} has {len(names)} names, but values {shape} has {shape[axis]} {('rows', 'columns')[axis]}")
    with np.printoptions(legacy=False):                 # whatever the reader has set
        return tuple(map(str, names))
