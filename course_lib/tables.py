"""Small matrices with tokens on their sides, and sums written out: most of what the course shows.

A `HeatTable` has two texts, and nbval compares both: `text/plain` for a terminal and a diff, and `text/html`, a real
table with caption, row and column headers and coloured cells. Blue is positive, orange negative, deeper further from
zero; the text stays dark on every ground, so that it can be read in any theme and in black and white.
"""
from html import escape
from numbers import Rational

import numpy as np

DEEPEST_BLUE, DEEPEST_ORANGE, GREY = (74, 160, 220), (240, 150, 70), (217, 217, 217)     # red, green, blue


def number(value, decimals=4):
    """One number as the course writes it: integers and fractions exactly, floats rounded, booleans as yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Rational):
        return str(value)
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{round(value, decimals) + 0.0:.{decimals}f}"        # + 0.0 turns -0.0 into 0.0


def decimals_for(values):
    """No decimals for floats that are all whole numbers, four for all others."""
    floats = [value for value in values if isinstance(value, float) and np.isfinite(value)]
    return 0 if all(abs(value - round(value)) < 1e-9 for value in floats) else 4


class HeatTable:
    """A matrix with names on its sides: `HeatTable(scores, tokens, tokens, "scores")`.

    values: (n_rows, n_columns) of floats, integers, booleans or fractions. row_names, column_names: one name each, or
    None for 0, 1, 2, … caption: what the table shows. corner: what its sides are; if not given, "query \\ key" when both
    have names and "token" when only the rows have. limit: the size that gets the deepest colour; the largest in the
    table if not given, 0 for no colour. Raises ValueError if the values are not numbers on two axes, or the names do
    not fit them.
    """

    def __init__(self, values, row_names=None, column_names=None, caption="", corner=None, limit=None):
        array = np.asarray(values)
        if array.ndim != 2:
            raise ValueError(f"values {array.shape} must have two axes (rows, columns); for a single row write values[None]")
        self.rows = array.tolist()
        entries = [value for row in self.rows for value in row]
        if not all(isinstance(value, (float, Rational)) for value in entries):
            raise ValueError(f"values must be real numbers, not {array.dtype}")
        self.row_names = _names("row_names", row_names, array.shape, axis=0)
        self.column_names = _names("column_names", column_names, array.shape, axis=1)
        usual = "" if row_names is None else "token" if column_names is None else "query \\ key"
        self.caption, self.corner, self.decimals = str(caption), usual if corner is None else str(corner), decimals_for(entries)
        self.limit = max((abs(value) for value in entries if np.isfinite(float(value))), default=0) if limit is None else limit

    def __repr__(self):
        lines = [[self.corner, *self.column_names], *([name, *self._texts(row)] for name, row in zip(self.row_names, self.rows))]
        widths = [max(map(len, column)) for column in zip(*lines)]
        body = ("  ".join([name.ljust(widths[0]), *(text.rjust(width) for text, width in zip(texts, widths[1:]))]).rstrip()
                for name, *texts in lines)
        return "\n".join([self.caption, *body] if self.caption else body)

    def _repr_html_(self):
        head = "".join(f'<th scope="col" style="text-align:right">{escape(name)}</th>' for name in self.column_names)
        body = "".join(f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>{self._html_cells(row)}</tr>'
                       for name, row in zip(self.row_names, self.rows))
        return ('<table style="display:inline-table;margin-right:2em;font-variant-numeric:tabular-nums">'
                f'<caption style="text-align:left;font-weight:bold">{escape(self.caption)}</caption>'
                f'<thead><tr><th scope="col" style="text-align:left">{escape(self.corner)}</th>{head}</tr></thead>'
                f"<tbody>{body}</tbody></table>")

    def _texts(self, row):
        return [number(value, self.decimals) for value in row]

    def _html_cells(self, row):
        return "".join(f'<td style="text-align:right{self._colour(value)}">{text}</td>' for value, text in zip(row, self._texts(row)))

    def _colour(self, value):
        """The ground of a cell: between white and the deepest colour of its sign."""
        if self.limit == 0 or np.isnan(float(value)):
            return ""
        depth, deepest = min(abs(float(value)) / self.limit, 1), DEEPEST_BLUE if value >= 0 else DEEPEST_ORANGE
        ground = GREY if value == -np.inf else (round(255 + depth * (channel - 255)) for channel in deepest)
        return ";color:#111111;background-color:#" + "".join(f"{channel:02x}" for channel in ground)


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
        terms = [f"({number(x)} × {number(y)})" for x, y in zip(self.a.tolist(), self.b.tolist())]
        lines = [" + ".join(terms[i:i + 4]) for i in range(0, len(terms), 4)]
        total = number((self.a @ self.b).item())
        return "\n+ ".join(lines) + (" = " if len(lines) == 1 else "\n= ") + total


def _names(argument, given, shape, axis):
    """The names of one side as text, numbered if none are given."""
    names = tuple(range(shape[axis])) if given is None else tuple(given)
    if len(names) != shape[axis]:
        raise ValueError(f"{argument} has {len(names)} names, but values {shape} has {shape[axis]} {('rows', 'columns')[axis]}")
    return tuple(map(str, names))
