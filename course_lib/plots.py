"""Pictures that a table cannot be: curves, bars, clocks, grids, lines from token to token. (planes.py has those in the plane.)

A `Picture` is SVG, sharp at any size and dark on a dark page. It carries a text read back from what was drawn (titles, limits,
every point to four decimals), so that nbval, which cannot see, sees a picture change; and a sentence that says what to see.
matplotlib is imported when a picture is drawn, not before, and never through pyplot: no global state, no open figures.
A reader's own settings (a matplotlibrc, a style, np.seterr) change no picture, because the committed outputs are for everyone;
and no picture changes them.
"""
import io
import logging
import re
import warnings
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from textwrap import fill

import numpy as np

from course_lib.looks import (BLUE, FAINT, GREEN, GREY, GROUND, INK, LINE, MARKS, ORANGE, PURPLE, image, look, themed, token_of)
from course_lib.planes import figure as captioned
from course_lib.steps import softmax
from course_lib.tables import DENSEST, decimals_for, number

# Line style and marker, or the hatch of bars, tell things apart as well as the colour.
STYLES = ((BLUE, "-", "o", ""), (ORANGE, "--", "s", "//"), (GREEN, ":", "^", "\\\\"), (PURPLE, "-.", "D", "xx"))
DENSITIES = 1, 0.5, 0.3, 0.18     # of the parts of a bar that has its token's colour
SETTINGS = {    # where we differ from matplotlib: colours that have a twin for the dark, names as they are, the same bytes
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": FAINT, "xtick.color": FAINT, "ytick.color": FAINT,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.facecolor": GROUND, "figure.facecolor": GROUND,
    "axes.axisbelow": True, "grid.color": LINE, "grid.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False,
    "hatch.linewidth": 0.7, "legend.frameon": False, "text.parse_math": False, "svg.fonttype": "path", "svg.hashsalt": "course"}


@contextmanager
def as_shipped():
    """matplotlib and NumPy as they are shipped, but for our settings, and afterwards with the reader's again."""
    with _silent():
        import matplotlib.backends.backend_agg
        import matplotlib.backends.backend_svg
        import matplotlib.figure
    ours = dict(matplotlib.rcParamsDefault) | SETTINGS
    with matplotlib.rc_context(), np.errstate(all="ignore"), _silent():
        matplotlib.rcParams.update({name: value for name, value in ours.items()         # the check of a setting takes its time
                                    if name != "backend" and matplotlib.rcParams[name] != value})
        yield


@contextmanager
def _silent():
    """No word from matplotlib about folders it cannot write to, fonts and letters it looks for, or settings it finds odd.

    It would say so below a cell of the reader, who asked only for a picture.
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
    """A drawn figure with its title, and its alternative text `alt`, a sentence that says what to see."""

    def __init__(self, figure, title, alt):
        self.figure, self.title, self.alt = figure, title, alt

    def __repr__(self):
        with as_shipped():
            shown = [line for axes in self.figure.axes for line in _describe(axes)]
        return "\n".join([f"picture: {self.alt}", f"title: {self.title}", *shown])

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), "text/html": captioned(self.title, image(self.svg(), self.alt))}

    def svg(self):
        """The picture without its title as SVG whose colours follow the page; always the same with one version of matplotlib."""
        svg, ids = self._drawn("", self._save_svg).decode(), {}
        svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|\n *", "", svg[svg.index("<svg"):], flags=re.DOTALL)
        # matplotlib's names of shapes are hashes of floats, whose last bit may differ with the machine: they are counted instead
        svg = re.sub(r'(?<=["#])[a-z][0-9a-f]{10}(?=["\)])', lambda name: ids.setdefault(name[0], f"{name[0][0]}{len(ids)}"), svg)
        # A hundredth of a point is sharp enough.
        return themed(re.sub(r"[1-9]\d*\.\d{3,}", lambda number: f"{float(number[0]):.2f}", svg))

    def _repr_png_(self):
        """The picture with its title as pixels, for where no SVG is shown."""
        height, title = self.figure.get_figheight(), fill(self.title, int(10 * self.figure.get_figwidth()))
        self.figure.set_figheight(height + 0.1 + 0.2 * len(title.splitlines()))
        try:
            return self._drawn(title, partial(self.figure.savefig, format="png"))
        finally:
            self.figure.set_figheight(height)

    def _drawn(self, title, save):
        buffer = io.BytesIO()
        with as_shipped():
            self.figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
            save(buffer)
        return buffer.getvalue()

    def _save_svg(self, buffer):
        """What `figure.savefig` does, but drawn once: it would draw everything once more before, only to lay it out."""
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        canvas, dpi = self.figure.canvas, self.figure.dpi
        try:
            FigureCanvasSVG(self.figure).print_svg(buffer, metadata={"Date": None})
        finally:
            self.figure.set_canvas(canvas)
            self.figure.dpi = dpi


def curves(x, lines, title, x_label, y_label, alt, x_log=False, y_log=False):
    """Lines over the same x, each named at its end. x: (n,), lines: a dict from name to its (n,) values, four at most."""
    figure, axes = _figure(3.1)
    for i, ((name, y), (colour, style, marker, _)) in enumerate(zip(lines.items(), STYLES[:len(lines)], strict=True)):
        if token_of(name, i):
            _, colour, marker = _token(name, i)
        axes.plot(x, y, color=colour, linestyle=style, marker=marker, markersize=5, linewidth=2, label=name)
    if x_log:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
    elif decimals_for([float(value) for value in x]) == 0:
        axes.xaxis.get_major_locator().set_params(integer=True)
    if y_log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    axes.set(xlabel=x_label, ylabel=y_label)
    axes.grid(axis="y")
    _name_ends(axes)
    return Picture(figure, title, alt)


def bars(names, groups, title, y_label, alt):
    """Bars for each name, in its colour if all are tokens, else in the group's. groups: at most four, from group to n heights."""
    thick, tokens = 0.82 / len(groups), all(token_of(str(name), i) for i, name in enumerate(names))
    figure, axes = _figure(0.5 + len(names) * max(0.21 * len(groups) + 0.1, 0.36) + 0.3 * (len(groups) > 1))
    words = any(token_of(group, i) for i, group in enumerate(groups))       # then a word without a colour is grey among them
    kinds = [(_token(group, i)[1] if words else colour, hatch)
             for i, (group, (colour, _, _, hatch)) in enumerate(zip(groups, STYLES[:len(groups)], strict=True))]
    for i, ((group, heights), (colour, hatch)) in enumerate(zip(groups.items(), kinds, strict=True)):
        places = np.arange(len(names)) + (i - (len(groups) - 1) / 2) * thick
        colours = [_token(name, j)[1] if tokens else colour for j, name in enumerate(names)]
        drawn = axes.barh(places, np.asarray(heights, float), 0.92 * thick, color=colours, hatch=hatch, edgecolor=GROUND,
                          label=group)
        axes.bar_label(drawn, _numbers(heights), padding=4)
    _rows(axes, names, y_label)
    low, high = axes.get_xlim()
    if low < 0:                                         # room for the number to the left of a bar
        axes.set_xlim(low - 0.15 * (high - low), high)
    if len(groups) > 1:
        _legend(axes, [(group, GREY if tokens else colour, 1, hatch)
                       for group, (colour, hatch) in zip(groups, kinds, strict=True)])
    return Picture(figure, title, alt)


def agreement(query, keys, key_names, title, alt, components=None):
    """Each key's score as the sum of its terms, bar by bar, negative ones to the left of 0; a tip marks the sum.

    query: (d_k,), keys: (n_k, d_k), d_k at most 4; components: what the d_k numbers stand for.
    """
    query, keys = np.asarray(query), np.asarray(keys)
    components = [f"component {i}" for i in range(query.size)] if components is None else components
    if keys.shape != (len(key_names), *query.shape) or len(components) != query.size or query.size > len(DENSITIES):
        raise ValueError(f"query {query.shape}, {len(components)} components and keys {keys.shape} must agree in d_k, at most 4, "
                         f"and the keys in number with {len(key_names)} names")
    figure, axes = _figure(0.55 + 0.46 * len(keys))
    terms, rows, colours = query * keys, range(len(keys)), [_token(name, i)[1] for i, name in enumerate(key_names)]
    right, left = terms.clip(min=0).sum(axis=1), terms.clip(max=0).sum(axis=1)
    for i, component in enumerate(components):
        before = np.where(np.sign(terms[:, :i]) == np.sign(terms[:, [i]]), terms[:, :i], 0).sum(axis=1)
        drawn = axes.barh(rows, terms[:, i], 0.66, before, color=colours, alpha=DENSITIES[i], edgecolor=GROUND, label=component)
        written = [f"{number(query[i], 2)} × {number(key[i], 2)}" for key in keys]
        room = abs(terms[:, i]) > 0.02 * max(map(len, written)) * (right.max() - left.min())
        axes.bar_label(drawn, np.where(room, written, ""), label_type="center", color=INK if i else GROUND)
    totals = terms.sum(axis=1)
    axes.plot(totals, np.subtract(rows, 0.44), "v", color=INK, markersize=7, clip_on=False, label="score")
    for i, total in enumerate(_numbers(totals)):
        axes.annotate(f"= {total}", (right[i], i), (8, 0), textcoords="offset points", va="center", fontweight="bold")
    _rows(axes, key_names, "")
    _legend(axes, [(component, GREY, density, "") for component, density in zip(components, DENSITIES, strict=False)])
    return Picture(figure, title, alt)


def clocks(positions, title, alt, names=None):
    """A clock for each position, with a hand for each pair of sine and cosine. positions: (n, 2·m) rows, m at most 3;
    names: of the clocks, if not 0, 1, 2, …"""
    positions = np.asarray(positions)
    if positions.ndim != 2 or positions.shape[1] not in (2, 4, 6):
        raise ValueError(f"positions {positions.shape} must be (n, 2), (n, 4) or (n, 6): a sine and a cosine for each hand")
    n, hands = len(positions), positions.shape[1] // 2
    rows = -(-n // 8)
    columns = -(-n // rows)
    figure, axes = _figure(0.1 + 3.2 * 0.32 * rows + 0.3 * (hands > 1), width=max(2.4 * 0.32 * columns, 1.7 * hands))
    centres = np.array([divmod(i, columns) for i in range(n)])[:, ::-1] * (2.4, -3.2)
    turn = np.linspace(0, 2 * np.pi, 61)
    for i, (x, y) in enumerate(centres):
        axes.plot(x + np.cos(turn), y + np.sin(turn), color=FAINT, linewidth=1, label="_face")
        axes.annotate(str(i if names is None else names[i]), (x, y - 1.2), ha="center", va="top")
    for i, name in enumerate({1: ["hand"], 2: ["fast hand", "slow hand"], 3: ["fast hand", "middle hand", "slow hand"]}[hands]):
        tips = centres + (0.95, 0.7, 0.45)[i] * positions[:, 2 * i:2 * i + 2]
        path = np.stack([centres, tips, np.full_like(tips, np.nan)], axis=1).reshape(-1, 2)
        axes.plot(*path.T, color=STYLES[i][0], linewidth=(1.8, 3.5, 5)[i], solid_capstyle="round", label=name)
    axes.set(aspect="equal", xlim=(-1.1, 2.4 * columns - 1.3), ylim=(1.8 - 3.2 * rows - 0.6, 1.1))
    axes.set_axis_off()
    if hands > 1:
        figure.legend(loc="outside lower left", ncols=hands)
    return Picture(figure, title, alt)


def grids(masks, title, alt, names=None, limit=None):
    """Small square grids side by side, rows are queries: what is True is filled; numbers are denser further from 0.

    masks: a dict from what a grid shows to its matrix; names: of the rows and columns, if not 0, 1, 2, …; limit: the size that
    gets the deepest colour in all grids, as light as in tables, so that numbers can stand in them; if not given, each has its own
    """
    from matplotlib.colors import ListedColormap, to_rgba
    from matplotlib.figure import Figure
    colours = ListedColormap([to_rgba(BLUE if i > 127 else ORANGE, abs(i - 127.5) / 127.5) for i in range(256)])
    names = [str(i) for i in range(max(max(np.shape(mask)) for mask in masks.values()))] if names is None else names
    room = 0.12 + 0.085 * max(len(_label(name, i)[0]) for i, name in enumerate(names))
    width, height = room + 1.6 * len(masks), 2.1
    figure = Figure(figsize=(width, height), dpi=120)
    for i, (name, mask) in enumerate(masks.items()):
        if np.ndim(mask) != 2 or max(np.shape(mask)) > len(names):
            raise ValueError(f"{name} {np.shape(mask)} must have two axes, of {len(names)} names at most")
        axes = figure.add_axes([(room + 1.6 * i) / width, 0.3 / height, 1.5 / width, 1.5 / height])
        mask = np.ma.masked_invalid(np.asarray(mask, float))
        full = limit * 255 / DENSEST if limit else abs(mask).max() or 1
        axes.pcolormesh(mask, cmap=colours, vmin=-full, vmax=full, edgecolor=LINE, linewidth=1 if len(names) <= 16 else 0)
        for (row, column), value in np.ndenumerate(mask) if limit else ():
            axes.annotate(number(value, decimals_for(mask.ravel().tolist())), (column + 0.5, row + 0.5), ha="center", va="center")
        axes.set(aspect="equal", ylim=(len(mask), 0))
        axes.set_title(name, fontsize=10)
        _ticks(axes.xaxis, names[:mask.shape[1]], 0.5, short=True)
        _ticks(axes.yaxis, names[:0 if i else len(mask)], 0.5)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return Picture(figure, title, alt)


def connections(weights, names, title, alt, target="output", first=None, heads=False):
    """A line from each token below to each output above that it reaches, the wider the greater its weight.

    weights: (n_q, n_k); names: n_k tokens, of which n_q ask, from the one at place first on or, without it, the last ones;
    target: what stands above, a word or n_q words. With heads=True the rows are heads: the last token asks them all.
    """
    weights = np.asarray(weights)
    if weights.ndim != 2 or weights.shape[1] != len(names) or len(weights) > len(names):
        raise ValueError(f"weights {weights.shape} must be (n_q, n_k) for {len(names)} names, with n_q at most as many")
    n_q, n_k = weights.shape
    first = n_k - n_q if first is None else first
    above = list(target)
    if isinstance(target, str):
        above = [f"{target} of {names[first]}"] if n_q == 1 else [f"{target} {i}" for i in range(first, first + n_q)]
    places = [(n_k - 1, 1 + 0.3 * (n_q - 1 - i)) if heads else (first + i, 1) for i in range(n_q)]     # head 0 is the highest
    figure, axes = _figure(2.7, width=5.6 if n_k > 6 else 4.4)
    beside = {"textcoords": "offset points", "ha": "center", "annotation_clip": False}
    for i, j in zip(*np.nonzero(weights), strict=True):
        width, (x, y) = 1.8 if weights.dtype == bool else 0.6 + 8 * float(weights[i, j]), places[i]
        axes.plot([j, x], [0, y], color=_token(names[j], j)[1], linewidth=width, alpha=0.75,
                  label=f"{names[j]} to {above[i]}")
    below = 9 + 15 * (n_q == 1)                         # a single query's weights have room below their tokens
    pitch = 84 * figure.get_figwidth() / max(n_k - 1, 1)
    crowded = any(4 * len(one + other) + 4 > pitch for one, other in pairwise(names))       # then every second name is lower
    for j, name in enumerate(names):
        _, colour, marker = _token(name, j)
        axes.plot(j, 0, marker, color=colour, markersize=9, clip_on=False, label="_token")
        axes.annotate(name, (j, 0), (0, -below - 15 * (crowded and j % 2)), va="top", **beside)
        if n_q == 1 and weights.dtype != bool:
            axes.annotate(number(float(weights[0, j]), 2), (j, 0), (0, -9), va="top", fontweight="bold", **beside)
    for name, place in zip(above, places, strict=True):
        axes.plot(*place, "X", color=PURPLE, markersize=10, clip_on=False, label="_output")
        where = ((10, 0), {"ha": "left", "va": "center"}) if heads else ((0, 9), {})
        axes.annotate(name, place, where[0], color=PURPLE, **beside | where[1])
    if heads:                                           # room for their names, on the right
        axes.set_xlim(right=(n_k - 1) * (1.05 + 0.021 * max(map(len, above))))
    axes.set_axis_off()
    return Picture(figure, title, alt)


def landscape(temperatures, weights, names, title, alt):
    """How the weights share 1 as the temperature rises, from cold to hot. temperatures: (n,), weights: (n, n_k)."""
    n, n_k = len(temperatures), len(names)
    if np.shape(weights) != (n, n_k):
        raise ValueError(f"weights {np.shape(weights)} must be ({n}, {n_k}), by the temperatures and the names")
    figure, axes = _figure(3.1)
    edges, inside = np.pad(np.cumsum(weights, axis=1), ((0, 0), (1, 0))), slice(n // 6, n - n // 6)      # with room for names
    for i, name in enumerate(names):
        label, colour, _ = _token(name, i)
        low, high = edges[:, i], edges[:, i + 1]
        axes.fill(np.append(temperatures, temperatures[::-1]), np.append(high, low[::-1]), facecolor=colour, alpha=0.3,
                  label=name)
        axes.plot(temperatures, high, color=GROUND, linewidth=1.5, label="_edge")
        widest = (high - low)[inside].argmax() + inside.start
        axes.annotate(label, (temperatures[widest], (low + high)[widest] / 2), ha="center", va="center")
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set(xlim=(min(temperatures), max(temperatures)), ylim=(0, 1), xlabel="temperature", ylabel="weight")
    return Picture(figure, title, alt)


def next_word(output, W_U, words, title, alt, shares=True):
    """The candidates for the next word, each with its score, and its share by softmax; the winner is strong.

    output: (d,), W_U: (d, n), words: n candidates. With shares=False the bars are the scores.
    """
    if np.shape(W_U) != (*np.shape(output), len(words)):
        raise ValueError(f"W_U {np.shape(W_U)} must be {(*np.shape(output), len(words))}, by the output and the words")
    scores = np.asarray(output) @ np.asarray(W_U)
    figure, axes = _figure(0.5 + 0.4 * len(words))
    colours = [_token(word, i)[1] for i, word in enumerate(words)]
    drawn = axes.barh(range(len(words)), softmax(scores) if shares else scores, 0.7, color=colours,
                      label="shares" if shares else "scores")
    for bar, score in zip(drawn, scores, strict=True):
        bar.set_alpha(1 if score == scores.max() else 0.3)
    told = _numbers(scores)
    if shares:
        told = [f"{share}   (score {score})" for share, score in zip(_numbers(softmax(scores)), told, strict=True)]
    axes.bar_label(drawn, told, padding=5)
    _rows(axes, words, "share of the next word" if shares else "score of the next word")
    return Picture(figure, title, alt)


def _figure(height, width=4.8):
    """A figure and its axes; a size of 1 is 96 pixels."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(width, height), dpi=120, layout="constrained")
    return figure, figure.add_subplot()


def _token(name, place):
    """How a token is drawn; a name that is no token's is grey. → its mark and name, its colour, and matplotlib's marker"""
    token = token_of(str(name), place)
    colour, mark = look(*token) if token else (GREY, MARKS[place % len(MARKS)])
    return f"{mark} {name}", colour, "os^D*v"[MARKS.index(mark)]


def _label(name, place):
    """A name beside a row, and its colour; tokens have their mark."""
    return _token(name, place)[:2] if token_of(str(name), place) else (str(name), INK)


def _numbers(values):
    """Numbers as a table writes them."""
    decimals = decimals_for([float(value) for value in values])
    return [number(value, decimals) for value in values]


def _ticks(axis, names, at=0, short=False):
    """Names along an axis, those of tokens in their colours; short: of these the mark alone. Without a name there is no tick."""
    if not any(names):
        axis.set_ticks([])
        return
    labels = [_label(name, i) for i, name in enumerate(names)]
    axis.set_ticks(np.arange(len(names)) + at,
                   [text[0] if short and colour != INK else text for text, colour in labels])
    for tick, (_, colour) in zip(axis.get_ticklabels(), labels, strict=True):
        tick.set_color(colour)


def _rows(axes, names, label):
    """Names on the left from top to bottom; no numbers below, because they stand beside the bars."""
    _ticks(axes.yaxis, names)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.set_xlabel(label, loc="left")
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.axvline(0, color=FAINT, linewidth=1)


def _legend(axes, looks):
    """What the bars' looks mean, in one line or in two. looks: (name, colour, density, hatch)"""
    from matplotlib.patches import Patch
    patches = [Patch(facecolor=colour, alpha=density, hatch=hatch, edgecolor=GROUND) for _, colour, density, hatch in looks]
    figure, names = axes.figure, [name for name, *_ in looks]
    lines = 1 + (sum(len(name) + 7 for name in names) > 14 * figure.get_figwidth())     # a sample takes the room of 7 letters
    figure.set_figheight(figure.get_figheight() + 0.2 * (lines - 1))
    figure.legend(patches, names, loc="outside lower left", ncols=-(-len(names) // lines), handlelength=1.5)


def _name_ends(axes):
    """The name of each line beside its last point, pushed apart where they would overlap."""
    axes.autoscale_view()
    ends = [axes.transAxes.inverted().transform(axes.transData.transform(line.get_xydata()[-1]))[1] for line in axes.lines]
    places = np.nan_to_num(ends, nan=0.5).clip(0, 1)
    order, gap = np.argsort(places, kind="stable"), 0.075
    for _ in range(50):
        for low, high in zip(order, order[1:], strict=False):
            overlap = max(places[low] + gap - places[high], 0) / 2
            places[low], places[high] = places[low] - overlap, places[high] + overlap
    for i, (place, line) in enumerate(zip(places, axes.lines, strict=True)):
        axes.annotate(_label(line.get_label(), i)[0], (1.01, place), xycoords="axes fraction", va="center",
                      color=line.get_color())


def _describe(axes):
    """What the axes show, line by line, read from the artists."""
    from matplotlib.colors import to_hex
    from matplotlib.ticker import FixedLocator

    def points(pairs):
        return " ".join(f"({', '.join(number(float(v), decimals_for([float(v)])) for v in pair)})" for pair in pairs)

    if axes.get_title():
        yield f"part: {axes.get_title()}"
    for side in "xy":
        label, scale, limits = (getattr(axes, f"get_{side}{what}")() for what in ("label", "scale", "lim"))
        axis = getattr(axes, f"{side}axis")
        named = [tick.get_text() for tick in axis.get_ticklabels() if isinstance(axis.get_major_locator(), FixedLocator)]
        yield f"{side}: {label or 'no label'}, {scale} {points([limits])}" + f": {', '.join(named)}" * bool(named)
    for line in axes.lines:
        if not line.get_label().startswith("_"):        # matplotlib's name for what the legend leaves out
            look = f"{line.get_color()} {line.get_linestyle()} {line.get_marker()} {line.get_linewidth():.4g}"
            yield f"{line.get_label()}, {look}: {points(line.get_xydata())}"
    for group in axes.containers:
        lengths = " ".join(f"{number(bar.get_width())} {to_hex(bar.get_facecolor(), keep_alpha=True)}" for bar in group)
        yield f"bars {group.get_label()}: {lengths}"
    for mesh in axes.collections:
        for row in np.ma.getdata(mesh.get_array()):
            yield "cells: " + " ".join(number(float(value)) for value in row)
    for patch in axes.patches:
        if hasattr(patch, "get_closed"):                # a polygon; bars are above
            yield f"{patch.get_label()}, {to_hex(patch.get_facecolor())}: {points(patch.get_xy())}"
    for text in axes.texts:
        if text.get_text():
            yield f"{text.get_text()}, {text.get_color()}: {points([text.xy])}"


# Wrapped here and not by decorators, because tools/mutants.py cannot look into a decorated function.
agreement, bars, clocks, connections, curves, grids, landscape, next_word = map(
    as_shipped(), (agreement, bars, clocks, connections, curves, grids, landscape, next_word))
