"""What an explorer shows: a sentence, tables, and two kinds of picture that are quick enough to follow a finger.

All of it is text: a terminal and a diff read it line by line, a page gets HTML with inline SVG.
"""
import re
from html import escape
from math import atan2, degrees
from urllib.parse import quote

import numpy as np

from course_lib.plots import BLUE, GREEN, ORANGE, PURPLE
from course_lib.tables import decimals_for, number

WIDTH, ROOM = 240, 60    # pixels: the paper of a plane, and beside it room for names
DOT = "M-4 -4h8v8h-8z"
LOOKS = {"query": (ORANGE, ' stroke-dasharray="7 4"', "M0 0l-11 -5v10z"), "key": (BLUE, "", "M0 0l-11 -5v10z"),
         "value": (GREEN, "", "M-5 -5h10v10h-10z"),
         "output": (PURPLE, "", "M-7 -4l3 -3l4 4l4 -4l3 3l-4 4l4 4l-3 3l-4 -4l-4 4l-3 -3l4 -4z")}
SVG = ('<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{alt}" width="{width}" height="{height:.0f}" '
       'font-family="sans-serif" font-size="12" style="background:#ffffff">{content}</svg>')


class Panel:
    """A sentence that says what is to be seen, and below it tables and pictures: what one setting of the controls gives."""

    def __init__(self, says, *parts):
        self.says, self.parts = says, parts

    def __repr__(self):
        return "\n\n".join([self.says, *map(repr, self.parts)])

    def _repr_html_(self):
        return f"<p>{escape(self.says)}</p>{self.picture()}"

    def picture(self, skip=0):
        """The tables and pictures as HTML, without the sentence and without the first `skip` parts."""
        return f"<div>{''.join(part._repr_html_() for part in self.parts[skip:])}</div>"


class Plane:
    """Arrows and points on squared paper.

    caption     what it shows
    low, high   the numbers at the lower left and the upper right corner, the same for both components
    marks       (kind, name, point (2,)); a "query" or "key" is an arrow, a "value" or "output" a point
    hull        (n, 2) corners of an area to be tinted, in order; none if not given
    """

    def __init__(self, caption, low, high, marks, hull=()):
        self.caption, self.low, self.high, self.unit, self.hull = caption, low, high, WIDTH / (high - low), np.asarray(hull)
        self.marks = {}                                 # names of marks that coincide share a line
        for kind, name, point in marks:
            self.marks.setdefault((kind, *np.asarray(point).tolist()), []).append(name)

    def __repr__(self):
        area = [f"hull: {' '.join(map(pair, self.hull.tolist()))}"] if len(self.hull) else []
        marks = [f"{kind} {', '.join(names)}: {pair(point)}" for (kind, *point), names in self.marks.items()]
        return "\n".join([self.caption, *area, *marks])

    def _repr_html_(self):
        marks = "".join(self._mark(i, *mark, ", ".join(names)) for i, (mark, names) in enumerate(self.marks.items()))
        svg = SVG.format(alt=escape(repr(self)), width=WIDTH + ROOM, height=WIDTH, content=self._paper() + self._area() + marks)
        return figure(self.caption, svg)

    def pixels(self, x, y):
        """Where a point of the plane lies in the picture."""
        return (x - self.low) * self.unit, (self.high - y) * self.unit

    def _paper(self):
        """A faint line at every whole number, a stronger one through the origin, and the numbers along it."""
        lines, (left, bottom) = "", self.pixels(0, 0)
        for n in range(self.low, self.high + 1):
            (x, y), stroke = self.pixels(n, n), "#8a8a8a" if n == 0 else "#e4e4e4"
            lines += f'<path d="M{x:.1f} 0V{WIDTH}M0 {y:.1f}H{WIDTH}" stroke="{stroke}"/>'
            if n not in (self.low, 0, self.high):
                lines += (f'<text x="{x:.1f}" y="{bottom + 10:.1f}" font-size="9" text-anchor="middle" fill="#666666">{n}</text>'
                          f'<text x="{left - 3:.1f}" y="{y + 3:.1f}" font-size="9" text-anchor="end" fill="#666666">{n}</text>')
        return lines

    def _area(self):
        corners = " ".join("{:.1f},{:.1f}".format(*self.pixels(x, y)) for x, y in self.hull)
        return f'<polygon points="{corners}" fill="{GREEN}" fill-opacity="0.15"/>' if corners else ""

    def _mark(self, i, kind, x, y, name):
        """An arrow from the origin, or a point, and its name where it hides the least."""
        (left, top), (colour, dashes, shape) = self.pixels(x, y), LOOKS[kind]
        above = {"value": -7 if y > 0 else 23, "output": 18, "query": -19, "key": (23, -7, -7, 35)[i % 4]}[kind]
        line, beside = "", 8
        if kind in ("query", "key"):
            line = f'<path d="M0 0L{-x * self.unit + 0.0:.1f} {y * self.unit:.1f}" stroke="{colour}" stroke-width="2"{dashes}/>'
            shape = f'{shape if x or y else DOT}" transform="rotate({degrees(atan2(-y, x)) + 0.0:.1f})'
        if kind == "output" or (kind != "value" and x <= 0 and left > ROOM):
            beside = -8
        return (f'<g data-mark="{kind}" transform="translate({left:.1f} {top:.1f})">{line}<path d="{shape}" fill="{colour}"/>'
                f'<text x="{beside}" y="{above if top + above > 10 else 16}" text-anchor="{"start" if beside > 0 else "end"}" '
                f'fill="{colour}">{escape(name)}</text></g>')


class Bars:
    """A bar for each name, and its number behind it.

    caption   what the bars show
    heights   name → number, 0 or more
    limit     the number that fills the width
    """

    def __init__(self, caption, heights, limit=1):
        self.caption, self.heights, self.limit = caption, heights, limit

    def __repr__(self):
        widest, decimals = max(map(len, self.heights)), decimals_for(list(self.heights.values()))
        lines = [f"{name.ljust(widest)}  {number(height, decimals)}  {'█' * round(30 * height / self.limit)}".rstrip()
                 for name, height in self.heights.items()]
        return "\n".join([self.caption, *lines])

    def _repr_html_(self):
        decimals, rows, left = decimals_for(list(self.heights.values())), "", 8 * max(map(len, self.heights))
        for i, (name, height) in enumerate(self.heights.items()):
            length = 150 * height / self.limit
            rows += (f'<text x="{left}" y="{22 * i + 16}" text-anchor="end" fill="#111111">{escape(name)}</text>'
                     f'<rect x="{left + 6}" y="{22 * i + 3}" width="{length:.1f}" height="18" fill="{BLUE}"/>'
                     f'<text x="{left + length + 11:.1f}" y="{22 * i + 16}" fill="#111111">{number(height, decimals)}</text>')
        svg = SVG.format(alt=escape(repr(self)), width=left + 220, height=22 * len(self.heights) + 2, content=rows)
        return figure(self.caption, svg)


def figure(caption, svg):
    """A picture with its caption above it, as a HeatTable has it."""
    return (f'<figure style="display:inline-block;vertical-align:top;margin:0 0.5em 1em 0">'
            f'<figcaption style="font-weight:bold">{escape(caption)}</figcaption>{svg}</figure>')


def pair(point):
    """A point as text."""
    return f"({', '.join(number(value, decimals_for([value])) for value in point)})"


def still(panel):
    """A panel for where no kernel runs. Pages that are not trusted drop inline SVG and keep images, so these it gets."""
    def image(svg):
        alt = re.search(r'aria-label="([^"]*)"', svg[0])[1]
        return f'<img alt="{alt}" src="data:image/svg+xml,{quote(svg[0])}">'

    html = re.sub(r"<svg.*?</svg>", image, panel._repr_html_(), flags=re.DOTALL)
    return f"{html}<p><em>Run this cell, and controls appear that move the picture.</em></p>"
