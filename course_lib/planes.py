"""Arrows and points in the plane, drawn as SVG: quick enough to follow a finger, light and dark with the page.

A query is a dashed arrow, a key an arrow in the colour of its word, a value the mark of its place in that colour, an output a
cross. A name stands where it hides nothing: query.js finds the same place for what moves.
"""
import re
from html import escape, unescape
from math import atan2, ceil, degrees, floor, log10

import numpy as np

from course_lib.looks import BLUE, FAINT, GREEN, GREY, GROUND, INK, LINE, PURPLE, image, look, themed, token_of
from course_lib.tables import number

SIDE, WIDE, NARROW = 348, 480, 244      # pixels: how wide are a plane of an explorer, one that stands alone, one of several
CHARACTER, LONGEST = 8, 24              # pixels of a character, characters of a name
ARROWS, HEAD, DOT = ("query", "key"), "M0 0l-11 -5v10z", "M-4 -4h8v8h-8z"
CROSS = "M-7 -4l3 -3l4 4l4 -4l3 3l-4 4l4 4l-3 3l-4 -4l-4 4l-3 -3l4 -4z"
SHAPES = {"●": "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z", "■": "M-5 -5h10v10h-10z", "▲": "M0 -7l7 12h-14z",
          "◆": "M0 -7l7 7l-7 7l-7 -7z", "★": "M0 -7l2 5h5l-4 3l2 6l-5 -4l-5 4l2 -6l-4 -3h5z", "▼": "M0 7l7 -12h-14z"}
# Where a name may stand beside its mark: its start, middle or end at so many pixels right and down; after NEAR such, further off.
ANCHORS, NEAR, PLACES = ("start", "middle", "end"), 8, np.array([
    (0, 10, -9), (1, 0, -29), (1, 0, 11), (2, -10, -9), (0, 7, -25), (0, 7, 7), (2, -7, -25), (2, -7, 7), (0, 16, -42),
    (0, 16, 24), (2, -16, -42), (2, -16, 24), (1, 0, -47), (1, 0, 29), (0, 28, -21), (0, 28, 3), (2, -28, -21), (2, -28, 3),
    (0, 30, -60), (0, 30, 42), (2, -30, -60), (2, -30, 42), (1, 0, -65), (1, 0, 47), (0, 10, -78), (0, 10, 60),
    (2, -10, -78), (2, -10, 60)])
# The mark of a name stands after it and is small, so that nobody takes it for a point of the plane.
TAG = ' <tspan fill="{}" font-size="9">{}</tspan>'
HALO = f'stroke="{themed(GROUND)}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'


class Drawn:
    """What `_repr_html_` draws as SVG, and `repr` tells: in an output its SVG are images."""

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), "text/html": pictured(self._repr_html_())}


class Plane(Drawn):
    """Arrows and points on squared paper.

    caption     what it shows
    low, high   what lies at the lower left and the upper right corner: a pair, or a number for both components
    marks       (kind, name, point (2,)); a "query" or "key" is an arrow, a "value", "output" or "point" a point
    hull        (n, 2) corners of an area to be tinted, in order; none if not given
    alt         a sentence that says what to see; all that is drawn if not given
    moving      the kinds that a hand moves: no other name gives way to them
    steps       (name, start (2,), end (2,)), arrows that do not begin at the origin
    side        pixels: how wide it is
    """

    def __init__(self, caption, low, high, marks, hull=(), alt=None, moving=("query", "output"), steps=(), side=SIDE):
        self.caption, self.alt, self.hull, self.moving, self.side = caption, alt, np.asarray(hull), moving, side
        (self.low, self.bottom), (self.high, self.top) = np.broadcast_to(low, 2).tolist(), np.broadcast_to(high, 2).tolist()
        self.unit = side / (self.high - self.low)
        self.steps = [(name, token_of(name, place), np.asarray(start).tolist(), np.asarray(end).tolist())
                      for place, (name, start, end) in enumerate(steps)]
        self.height = self.unit * (self.top - self.bottom)
        self.marks = {}                                 # names of marks that coincide share a line
        for place, (kind, name, point) in enumerate(marks):
            self.marks.setdefault((kind, *np.asarray(point).tolist()), []).append((name, token_of(name, place)))

    def __repr__(self):
        said = [f"picture: {self.alt}"] if self.alt else []
        area = [f"hull: {' '.join(map(pair, self.hull.tolist()))}"] if len(self.hull) else []
        marks = [f"{kind} {', '.join(name for name, _ in names)}: {pair(point)}"
                 for (kind, *point), names in self.marks.items()]
        steps = [f"step {name}: {pair(start)} to {pair(end)}" for name, _, start, end in self.steps]
        return "\n".join([*said, self.caption, *area, *marks, *steps])

    def _repr_html_(self):
        content = self._paper() + self._area() + self._marks()
        return figure(self.caption, drawing(content, self.side, self.height, self.alt or repr(self)))

    def pixels(self, x, y):
        """Where a point of the plane lies in the picture."""
        return (x - self.low) * self.unit, (self.top - y) * self.unit

    def ticks(self, low, high):
        """Round numbers between two, with room for what is written beside them: whole ones where there are some."""
        ten = 10 ** floor(log10(30 / self.unit))
        step = next(n for n in (m * ten for m in (1, 2, 5, 10, 20, 50)) if n * self.unit >= (30 if n >= 1 else 60))
        return [i * step for i in range(ceil(low / step), floor(high / step) + 1)]

    def _paper(self):
        """A faint line at every round number, a stronger one through the origin, and the numbers along it."""
        lines, numbers, (left, bottom) = "", "", self.pixels(0, 0)
        for n in self.ticks(self.low, self.high):
            x, _ = self.pixels(n, 0)
            lines += f'<path d="M{x:.1f} 0v{self.height:.0f}" stroke="{themed(LINE if n else GREY)}"/>'
            if n and 12 < x < self.side - 12:
                numbers += f'<text x="{x:.1f}" y="{bottom + 14:.1f}" text-anchor="middle">{n:g}</text>'
        for n in self.ticks(self.bottom, self.top):
            _, y = self.pixels(0, n)
            lines += f'<path d="M0 {y:.1f}h{self.side}" stroke="{themed(LINE if n else GREY)}"/>'
            if n and 12 < y < self.height - 12:
                numbers += f'<text x="{left - 5:.1f}" y="{y + 4:.1f}" text-anchor="end">{n:g}</text>'
        return f'{lines}<g font-size="12" fill="{themed(FAINT)}" {HALO}>{numbers}</g>'

    def _area(self):
        corners = " ".join("{:.1f},{:.1f}".format(*self.pixels(x, y)) for x, y in self.hull)
        return f'<polygon points="{corners}" fill="{themed(GREEN)}" fill-opacity="0.15"/>' if corners else ""

    def _marks(self):
        """All marks with their names; those that a hand moves come last."""
        self.hard, drawn = np.empty((0, 4)), ""         # boxes that a name must not cover, and soft: would rather not
        self.soft = np.vstack([self._along_the_axis(), *(self.line(*end, *start) for _, _, start, end in self.steps)])
        for moving in (False, True):
            marks = [mark for mark in self.marks if (mark[0] in self.moving) == moving]
            if moving:
                self.resting = {"hard": self.hard.tolist(), "soft": self.soft.tolist()}
            self.hard = np.vstack([self.hard, *(box(*self.pixels(x, y), 7) for _, x, y in marks)])
            self.soft = np.vstack([self.soft, *(self.line(x, y) for kind, x, y in marks if kind in ARROWS)])
            drawn += "".join(self._mark(*mark) for mark in marks)
        return "".join(self._step(*step) for step in self.steps if step[2] != step[3]) + drawn

    def _step(self, name, token, start, end):
        """An arrow from one point to another, and in its middle its name."""
        (left, top), (x, y), colour = self.pixels(*start), self.pixels(*end), themed(look(*token)[0] if token else INK)
        middle_x, middle_y = (left + x) / 2, (top + y) / 2
        right, down, anchor = self.beside(middle_x, middle_y, CHARACTER * len(name), 5, self.hard[:0])
        return (f'<path d="M{left:.1f} {top:.1f}L{x:.1f} {y:.1f}" stroke="{colour}" stroke-width="2"/><path d="{HEAD}" '
                f'transform="translate({x:.1f} {y:.1f}) rotate({degrees(atan2(y - top, x - left)):.1f})" fill="{colour}"/>'
                f'<text x="{middle_x + right:.1f}" y="{middle_y + down:.1f}" text-anchor="{anchor}" fill="{themed(INK)}" '
                f"{HALO}>{escape(name)}</text>")

    def _along_the_axis(self):
        """The boxes of the horizontal axis, which would strike a name through, and of the numbers below it."""
        _, y = self.pixels(0, 0)
        numbers = [box(self.pixels(n, 0)[0], y + 10, 7) for n in self.ticks(self.low, self.high)]
        return [[0, y - 1, self.side, y + 1], *5 * numbers]         # a number counts as much as five boxes of a line

    def line(self, x, y, start_x=0, start_y=0):
        """An arrow as small boxes from its start to its tip; none if it has no length. → (n, 4)"""
        start, tip = np.array(self.pixels(start_x, start_y)), np.array(self.pixels(x, y))
        steps = ceil(abs(tip - start).max() / 6)
        points = start + (tip - start) * np.arange(steps + 1 if steps else 0)[:, None] / (steps or 1)
        return np.hstack([points - 3, points + 3])

    def _mark(self, kind, x, y):
        """An arrow from the origin, or a point, and its name."""
        names = self.marks[kind, x, y]
        (left, top), (colour, mark) = self.pixels(x, y), look(*names[0][1]) if names[0][1] else (BLUE, "●")
        line, more, shape, ink = "", "", SHAPES[mark], themed(INK)
        if kind == "output":
            shape, colour, ink, more = CROSS, PURPLE, themed(PURPLE), f" {HALO}"
        if kind in ARROWS:
            colour = colour if names[0][1] or kind == "key" else INK
            dashes = ' stroke-dasharray="7 4"' if kind == "query" else ""
            line = (f'<path d="M0 0L{-x * self.unit + 0.0:.1f} {y * self.unit:.1f}" stroke="{themed(colour)}" '
                    f'stroke-width="2"{dashes}/>')
            shape, more = HEAD if x or y else DOT, f' transform="rotate({degrees(atan2(-y, x)) + 0.0:.1f})"'
        text, length = label(kind, names)
        best = (1 if y > 0 else 2) if line and abs(y) > abs(x) else 3 if line and x < 0 else 0
        right, down, anchor = self.beside(left, top, CHARACTER * length, best, self.line(x, y) if line else self.hard[:0])
        return (f'<g data-mark="{kind}" transform="translate({left:.1f} {top:.1f})">{line}<path d="{shape}"{more} '
                f'fill="{themed(colour)}"/><text x="{right}" y="{down}" text-anchor="{anchor}" fill="{ink}" {HALO}>'
                f"{text}</text></g>")

    def beside(self, left, top, width, best, line):
        """Where a name of some width stands beside a mark with its own line; what comes later leaves it free. → x, y, anchor"""
        aligned, right, down = PLACES.T
        corners = np.column_stack([left + right - aligned * (width / 2), top + down])
        boxes, places = np.hstack([corners, corners + (width, 18)]), np.arange(len(PLACES))
        outside = (corners < 2).any(axis=1) | (boxes[:, 2:] > (self.side - 2, self.height - 2)).any(axis=1)
        cost = (1e6 * outside + 1e3 * covers(boxes, np.vstack([self.hard, line[:-1]])) + covers(boxes, self.soft)
                + 0.5 * (places != best) + 4 * (places >= NEAR) + 4 * (places >= 18))
        self.hard = np.vstack([self.hard, boxes[cost.argmin()]])
        anchor, x, y = PLACES[cost.argmin()].tolist()
        return x, y + 14, ANCHORS[anchor]


class Row(Drawn):
    """Several planes under one caption, side by side where there is room."""

    def __init__(self, caption, alt, planes):
        self.caption, self.alt, self.planes = caption, alt, planes

    def __repr__(self):
        return "\n\n".join([f"picture: {self.alt}\n{self.caption}", *map(repr, self.planes)])

    def _repr_html_(self):
        return figure(self.caption, "".join(plane._repr_html_() for plane in self.planes))


def box(x, y, size):
    """A square about a point. → left, top, right, bottom"""
    return [x - size, y - size, x + size, y + size]


def covers(boxes, others):
    """How many of the others each box shares a pixel with. boxes: (n, 4), others: (m, 4) → (n,)"""
    a, b = boxes[:, None], others
    return ((a[..., :2] < b[:, 2:]) & (b[:, :2] < a[..., 2:])).all(axis=-1).sum(axis=1)


def label(kind, names):
    """The names of a mark as SVG, tokens with their marks, and how many characters they take; too many are counted."""
    shown, length = [], 0
    for name, token in names:
        marked = token and (kind in ARROWS or len(names) > 1) and look(*token)
        more = len(name) + (2 if marked else 0)
        if shown and length + more > LONGEST:
            break
        length += more + 2
        shown.append(escape(name) + (TAG.format(themed(marked[0]), marked[1]) if marked else ""))
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" + {rest}" if rest else ""), length - 2 + (4 if rest else 0)


def pair(point):
    """A point as text, with as many decimals as it needs, four at most."""
    return f"({', '.join(number(float(value)).rstrip('0').rstrip('.') for value in point)})"


def drawing(content, width, height, alt):
    """SVG as a picture on the page's own ground; alt says what to see."""
    return (f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt)}" width="{width}" '
            f'viewBox="0 0 {width} {height:.0f}" font-family="system-ui,sans-serif" font-size="13" '
            f'style="max-width:100%;height:auto;background:{themed(GROUND)}">{content}</svg>')


def figure(caption, svg):
    """A picture with its caption above it, as a HeatTable has it."""
    return (f'<figure style="display:inline-block;vertical-align:top;margin:0 1em 0.5em 0;max-width:100%">'
            f'<figcaption style="font-weight:bold">{escape(caption)}</figcaption>{svg}</figure>')


def pictured(html):
    """HTML with its pictures as images, for pages that are not trusted, which drop inline SVG."""
    return re.sub("<svg.*?</svg>", lambda svg: image(svg[0], unescape(re.search(r'aria-label="([^"]*)"', svg[0])[1])), html,
                  flags=re.DOTALL)


def query_and_keys(query, keys, key_names, title, alt, after=None):
    """The query and the keys as arrows in the plane. query: (2,), keys: (n_k, 2), key_names: n_k names; after: the query (2,)
    after a step of training, if there was one."""
    marks = [("key", name, key) for name, key in zip(key_names, keys, strict=True)]
    marks += [("query", "query", query)] + ([] if after is None else [("query", "after the step", after)])
    return Plane(title, *limits([point for _, _, point in marks]), marks, alt=alt, moving=(), side=WIDE)


def values_and_outputs(values, value_names, outputs, output_names, title, alt):
    """The values as points with their convex hull, the outputs as crosses. values: (n_k, 2), outputs: (n_q, 2)."""
    marks = [*(("value", name, value) for name, value in zip(value_names, values, strict=True)),
             *(("output", name, output) for name, output in zip(output_names, outputs, strict=True))]
    return Plane(title, *limits([*values, *outputs]), marks, convex_hull(values), alt, moving=(), side=WIDE)


def views(points, names, title, alt):
    """The same tokens in several planes, side by side. points: a dict from what a plane shows to its (n, 2), names: n tokens.

    What is called Q is drawn as queries, K as keys, and all else as points.
    Raises ValueError where names and points do not fit.
    """
    for name, matrix in points.items():
        if np.shape(matrix) != (len(names), 2):
            raise ValueError(f"{name} {np.shape(matrix)} must be ({len(names)}, 2): two numbers for each of the names")
    low, high = limits([place for matrix in points.values() for place in matrix], NARROW)
    kinds = {"Q": "query", "K": "key"}
    marks = {name: [(kinds.get(name, "point"), *mark) for mark in zip(names, matrix, strict=True)]
             for name, matrix in points.items()}
    return Row(title, alt, [Plane(name, low, high, marks[name], moving=(), side=NARROW) for name in points])


def proposals(contributions, names, values, value_names, title, alt):
    """What each key adds, head to tail from the origin; the output, a cross, is where they end.

    contributions: (n, 2) with n names; values: (m, 2) with m names, and their hull, which no weights of one head leave.
    """
    if np.shape(contributions) != (len(names), 2):
        raise ValueError(f"contributions {np.shape(contributions)} must be ({len(names)}, 2): two numbers for each of the names")
    ends = np.vstack([(0, 0), np.cumsum(contributions, axis=0)])
    marks = [*(("value", name, value) for name, value in zip(value_names, values, strict=True)), ("output", "output", ends[-1])]
    return Plane(title, *limits([*values, *ends]), marks, convex_hull(values), alt, moving=(), side=WIDE,
                 steps=zip(names, ends[:-1], ends[1:], strict=True))


def limits(points, side=WIDE):
    """The corners of a plane that holds points, the origin, and room for names. → low, high"""
    low, high = np.min([*points, (0, 0)], axis=0), np.max([*points, (0, 0)], axis=0)
    (width, height), left = high - low, 90 if low[0] < 0 else 30
    unit = min((side - left - 90) / (width or 1e-9), (min(side, 380) - 60) / (height or 1e-9), 1e9)
    low = low - (left / unit, 30 / unit)
    return low, [low[0] + side / unit, high[1] + 30 / unit]


def convex_hull(points):
    """The corners of the convex hull of points (n, 2) in order (Andrew's monotone chain)."""
    def chain(ordered):
        corners = []
        for point in ordered:
            while len(corners) > 1 and np.linalg.det([corners[-1] - corners[-2], point - corners[-1]]) <= 0:
                corners.pop()
            corners.append(point)
        return corners[:-1]

    ordered = np.unique(np.asarray(points, float), axis=0)
    return np.array(chain(ordered) + chain(ordered[::-1]) or ordered)
