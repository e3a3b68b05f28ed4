"""Pictures that a table cannot be: arrows and points in the plane, curves, bars, and the map of the course.

A `Picture` carries a text read back from what was drawn (titles, limits, every point to four decimals), so that nbval,
which cannot see pixels, sees a picture change; and a sentence that says what to see, for whoever does not see it.
matplotlib is imported when a picture is drawn, not before, and never through pyplot: no global state, no open figures.
A reader's own settings (a matplotlibrc, a style, np.seterr) change no picture, because the colours are chosen for white and
the committed outputs for everyone; and no picture changes them.
"""
import base64
import io
import logging
import warnings
from contextlib import contextmanager
from html import escape
from itertools import count

import numpy as np

from course_lib.tables import decimals_for, number

# Near those of Okabe and Ito 2008, which stay apart for colour-blind eyes, and dark enough for words on white.
# Line style and marker, or the hatch of bars, tell things apart as well.
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#b85000", "#007a59", "#8a3d73"
STYLES = ((BLUE, "-", "o", ""), (ORANGE, "--", "s", "//"), (GREEN, ":", "^", ".."), (PURPLE, "-.", "D", "xx"))

STEPS = (("Embeddings", "X"), ("QKV", "Q, K, V"), ("Scores", "scores"), ("Scaling", "scaled_scores"),
         ("Masking", "masked_scores"), ("Softmax", "weights"), ("Weighted sum", "output"), ("Multi-head", "all heads"))


@contextmanager
def as_shipped():
    """matplotlib and NumPy with the settings they are shipped with, and afterwards with the reader's again."""
    with _silent():
        import matplotlib.backends.backend_agg
        import matplotlib.figure
    with matplotlib.rc_context(), np.errstate(all="ignore"):
        with _silent():
            matplotlib.rcParams.update({name: matplotlib.rcParamsDefault[name] for name in matplotlib.rcParamsDefault
                                        if name != "backend"})
        yield


@contextmanager
def _silent():
    """No word from matplotlib about folders it cannot write to, fonts it looks for, or settings it finds odd.

    It would say so where it is first imported: below a cell of the reader, who asked only for a picture.
    """
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logger.setLevel(level)


class Picture:
    """A drawn figure with its alternative text `alt`, a sentence that says what to see."""

    def __init__(self, figure, alt):
        self.figure, self.alt = figure, alt

    def __repr__(self):
        with as_shipped():
            return "\n".join([f"picture: {self.alt}", *(line for axes in self.figure.axes for line in _describe(axes))])

    def _repr_mimebundle_(self, include=None, exclude=None):
        png = base64.b64encode(self.png()).decode()
        image = f'<img alt="{escape(self.alt)}" width="{self.figure.get_figwidth() * 100:.0f}" src="data:image/png;base64,{png}">'
        return {"text/plain": repr(self), "text/html": image, "image/png": png}

    def png(self):
        """The picture's bytes; the same for the same figure and version of matplotlib."""
        buffer = io.BytesIO()
        with as_shipped():
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            FigureCanvasAgg(self.figure).print_png(buffer)
        return buffer.getvalue()


def query_and_keys(query, keys, key_names, title, alt):
    """The query and the keys as arrows in the plane. query: (2,), keys: (n_k, 2), key_names: n_k names."""
    figure, axes = _blank(title, "component 0", "component 1", width=4.8)
    for name, key in zip(key_names, np.asarray(keys), strict=True):
        _arrow(axes, name, key, BLUE, "-")
    _arrow(axes, "query", np.asarray(query), ORANGE, "--")
    _plane(axes, np.vstack([keys, [query]]))
    return Picture(figure, alt)


def values_and_outputs(values, value_names, outputs, output_names, title, alt):
    """The values as points with their convex hull, the outputs as crosses. values: (n_k, 2), outputs: (n_q, 2)."""
    figure, axes = _blank(title, "component 0", "component 1", width=4.8)
    values, outputs = np.asarray(values), np.asarray(outputs)
    axes.fill(*convex_hull(values).T, facecolor=BLUE, alpha=0.12, label="hull of the values")
    for label, points, names, marker, colour, above in (("values", values, value_names, "o", BLUE, 5),
                                                        ("outputs", outputs, output_names, "X", ORANGE, -14)):
        axes.plot(*points.T, marker, color=colour, markersize=8, label=label)
        for place in np.unique(points, axis=0):          # names of points that coincide share a line
            text = ", ".join(name for name, point in zip(names, points, strict=True) if np.array_equal(point, place))
            axes.annotate(text, place, xytext=(7, above), textcoords="offset points", color=colour)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    _plane(axes, np.vstack([values, outputs]))
    return Picture(figure, alt)


def curves(x, lines, title, x_label, y_label, alt, x_log=False, y_log=False):
    """Lines over the same x. x: (n,), lines: a dict from name to its (n,) values, four at most."""
    figure, axes = _blank(title, x_label, y_label)
    for (name, y), (colour, style, marker, _) in zip(lines.items(), STYLES[:len(lines)], strict=True):
        axes.plot(x, y, color=colour, linestyle=style, marker=marker, markersize=4, label=name)
    if x_log:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
    elif decimals_for([float(value) for value in x]) == 0:
        axes.xaxis.get_major_locator().set_params(integer=True)
    if y_log:
        axes.set_yscale("log")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return Picture(figure, alt)


def bars(names, groups, title, y_label, alt):
    """Bars side by side for each name. names: n names, groups: a dict from group to its (n,) heights, four at most."""
    figure, axes = _blank(title, "", y_label)
    width = 0.8 / len(groups)
    for i, ((group, heights), (colour, _, _, hatch)) in enumerate(zip(groups.items(), STYLES[:len(groups)], strict=True)):
        places = np.arange(len(names)) + (i - (len(groups) - 1) / 2) * width
        axes.bar(places, heights, width, color=colour, hatch=hatch, edgecolor="white", label=group)
    axes.set_xticks(range(len(names)), names)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return Picture(figure, alt)


class Pipeline:
    """The course as one row of steps, each with what it makes, and the one that a notebook builds lit.

    step: one of "Embeddings", "QKV", "Scores", "Scaling", "Masking", "Softmax", "Weighted sum", "Multi-head", or None
    to light none. Raises ValueError for any other name.
    """

    def __init__(self, step=None):
        names = [name for name, _ in STEPS]
        if step is not None and step not in names:
            raise ValueError(f"step must be one of {', '.join(names)}, not {step!r}")
        self.step = step

    def __repr__(self):
        return " → ".join(f"[{name}]" if name == self.step else name for name, _ in STEPS)

    def _repr_html_(self):
        return ('<table style="font-size:90%">'
                '<caption style="text-align:left">From tokens to attention, one step a notebook</caption>'
                f"<tr>{''.join(map(self._cell, count(1), STEPS))}</tr></table>")

    def _cell(self, position, step):
        name, makes = step
        look = f"color:#ffffff;background-color:{BLUE}" if name == self.step else "color:#111111;background-color:#eeeeee"
        text = f"<strong>{name}</strong><br>you are here" if name == self.step else f"{name}<br><code>{makes}</code>"
        return f'<td style="text-align:center;{look}">{position:02}<br>{text}</td>'


def _blank(title, x_label, y_label, width=6.4):
    """A figure with one pair of axes, titled and labelled."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(width, 3.8), dpi=120, layout="constrained")
    axes = figure.add_subplot(title=title, xlabel=x_label, ylabel=y_label)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _arrow(axes, name, tip, colour, style):
    """An arrow from the origin, named at its tip."""
    look = {"arrowstyle": "-|>", "color": colour, "linestyle": style, "linewidth": 2}
    axes.annotate("", xy=tip, xytext=(0, 0), arrowprops=look)
    axes.annotate(name, tip, xytext=(6, 4), textcoords="offset points", color=colour)


def _plane(axes, points):
    """The same unit both ways, room for all points and their names, the origin marked, no empty bands."""
    low, high = np.minimum(points.min(axis=0), 0), np.maximum(points.max(axis=0), 0)
    room = 0.15 * (high - low).max()
    low, high = low - room, high + (2 * room, room)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    width, height = high - low
    axes.figure.set_figheight(1.1 + min(4 * height / width, 4.5))
    for axis in (axes.axhline, axes.axvline):
        axis(color="#999999", linewidth=0.8, zorder=0)


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


def _describe(axes):
    """What the axes show, line by line, read from the artists."""
    from matplotlib.colors import to_hex

    def points(pairs):
        return " ".join(f"({', '.join(number(float(v), decimals_for([float(v)])) for v in pair)})" for pair in pairs)

    yield f"title: {axes.get_title()}"
    for side in "xy":
        label, scale, limits = (getattr(axes, f"get_{side}{what}")() for what in ("label", "scale", "lim"))
        yield f"{side}: {label or 'no label'}, {scale} {points([limits])}"
    for line in axes.lines:
        if not line.get_label().startswith("_"):        # matplotlib's name for what the legend leaves out
            look = f"{line.get_color()} {line.get_linestyle()} {line.get_marker()}"
            yield f"{line.get_label()}, {look}: {points(line.get_xydata())}"
    for group in axes.containers:
        heights = " ".join(number(bar.get_height()) for bar in group)
        yield f"bars {group.get_label()}, {to_hex(group[0].get_facecolor())}: {heights}"
    if axes.containers:
        yield "under the bars: " + ", ".join(tick.get_text() for tick in axes.get_xticklabels())
    for patch in axes.patches:
        if hasattr(patch, "get_closed"):                # a polygon; bars are above
            yield f"{patch.get_label()}, {to_hex(patch.get_facecolor())}: {points(patch.get_xy())}"
    for text in axes.texts:
        arrow = text.arrow_patch
        yield (f"arrow, {to_hex(arrow.get_edgecolor())} {arrow.get_linestyle()}" if arrow else
               f"{text.get_text()}, {text.get_color()}") + f": {points([text.xy])}"


# Wrapped here and not by decorators, because tools/mutants.py cannot look into a decorated function.
query_and_keys, values_and_outputs, curves, bars = map(as_shipped(), (query_and_keys, values_and_outputs, curves, bars))
