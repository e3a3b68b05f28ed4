"""The pictures: what is drawn is what was computed. That their words can be read is tested by thorough/test_pictures.py."""
import re
import subprocess
import sys
from fractions import Fraction
from functools import partial
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from course_lib import (agreement, attention, bars, causal_mask, clocks, connections, curves, glimpse, grids, landscape, looks,
                        next_word, planes, pocket, proposals, query_and_keys, sentence, sinusoidal_positions, softmax,
                        values_and_outputs, views)
from course_lib.planes import convex_hull
from course_lib.plots import DENSITIES, as_shipped
from course_lib.tables import DENSEST
from tests.test_tables import contrast, through

WORDS = {"title": "t", "alt": "a"}
LABELS, TEMPERATURES = pocket.labels, 2.0 ** np.arange(-3, 9)
OUTPUT, WEIGHTS = attention(pocket.Q, pocket.K, pocket.V, causal_mask(4))
BY_TEMPERATURE = softmax(pocket.K @ pocket.Q[3] / TEMPERATURES[:, None])
PICTURES = {
    "agreement": partial(agreement, **WORDS, query=pocket.Q[3], keys=pocket.K, key_names=LABELS, components=("thing", "action")),
    "bars": partial(bars, **WORDS, names=["p", "q"], groups={"one": [1, 2], "two": [3, 4]}, y_label="y"),
    "clocks": partial(clocks, **WORDS, positions=sinusoidal_positions(10, 4)),
    "connections": partial(connections, **WORDS, weights=WEIGHTS, names=LABELS),
    "curves": partial(curves, **WORDS, x=[1, 2, 4], lines={"up": [1, 2, 3], "down": [3, 2, 1]}, x_label="x", y_label="y"),
    "grids": partial(grids, **WORDS, masks={"causal": causal_mask(4), "weights": WEIGHTS}, names=LABELS),
    "landscape": partial(landscape, **WORDS, temperatures=TEMPERATURES, weights=BY_TEMPERATURE, names=LABELS),
    "next word": partial(next_word, **WORDS, output=OUTPUT[3], W_U=pocket.W_U, words=pocket.next_words),
}
PLANES = {
    "proposals": partial(proposals, **WORDS, contributions=[(3, 1), (1, 2)], names=["head 0", "head 1"], values=pocket.V,
                         value_names=LABELS),
    "query": partial(query_and_keys, **WORDS, query=(2, 3), keys=pocket.K, key_names=LABELS),
    "values": partial(values_and_outputs, **WORDS, values=pocket.V, value_names=LABELS, outputs=[[1, 1]], output_names="o"),
    "views": partial(views, **WORDS, points={"Q": pocket.Q, "K": pocket.K, "V": pocket.V}, names=LABELS),
}
FURTHER = {     # as the lessons have them
    "a trained head": partial(connections, **WORDS, weights=glimpse.weights[None], names=glimpse.tokens),
    "the third asks": partial(connections, **WORDS, weights=WEIGHTS[2:3], names=LABELS, target="query", first=2),
    "two heads": partial(connections, **WORDS, weights=WEIGHTS[2:], names=LABELS, target=["who?", "whom?"], heads=True),
    "a mask": partial(connections, **WORDS, weights=causal_mask(5), names=sentence.tokens),
    "three groups": partial(bars, **WORDS, names=LABELS, y_label="share", groups={
        "weight": WEIGHTS[3], "share of output 1": WEIGHTS[3] * pocket.V[:, 0], "share of output 2": -WEIGHTS[3]}),
    "prices": partial(bars, **WORDS, names=pocket.next_words, groups={"price": [-0.19, 0.01, 0.18, 0]}, y_label="loss"),
    "four curves": partial(curves, **WORDS, x=TEMPERATURES, lines=dict(zip(LABELS, BY_TEMPERATURE.T, strict=True)),
                           x_label="temperature", y_label="weight", x_log=True),
    "a long range": partial(curves, **WORDS, x=TEMPERATURES, lines={"up": TEMPERATURES, "also": 1.1 * TEMPERATURES}, x_label="x",
                            y_label="y", x_log=True, y_log=True),
    "triangles": partial(grids, **WORDS, masks={f"k = {k}": np.tri(5, k=k, dtype=bool) for k in (-1, 0, 1, 2)}),
    "three tables of scores": partial(grids, **WORDS, names=LABELS, limit=17, masks={
        "K Kᵀ": pocket.K @ pocket.K.mT, "Q Kᵀ": pocket.Q @ pocket.K.mT, "V Vᵀ": pocket.V @ pocket.V.mT}),
    "scores": partial(next_word, **WORDS, output=(2.25, 1.125), W_U=pocket.W_U, words=pocket.next_words, shares=False),
    "dislikes": partial(agreement, **WORDS, query=(2, -1), keys=[[1, 0], [3, 1], [-1, -3], [-2, 0]], key_names=LABELS),
    "long words": partial(connections, **WORDS, weights=np.eye(8)[-1:], names=["transformers"] * 8),
    "deaf to actions": partial(agreement, **WORDS, query=pocket.K[3], keys=pocket.K, key_names=LABELS),
    "four terms": partial(agreement, **WORDS, query=(0.25, -1, 0.5, 2), key_names=sentence.tokens,
                          keys=np.random.default_rng(0).normal(size=(5, 4))),
    "three hands": partial(clocks, **WORDS, positions=sinusoidal_positions(5, 6)),
}
CHANGES = [
    ("agreement", {"query": (2, 3.001)}), ("agreement", {"keys": pocket.K + [0, 0.001]}), ("agreement", {"key_names": "abcd"}),
    ("agreement", {"components": None}), ("agreement", {"title": "u"}), ("agreement", {"alt": "b"}),
    ("bars", {"groups": {"one": [1, 2], "two": [3, 4.001]}}), ("bars", {"groups": {"one": [1, 2], "three": [3, 4]}}),
    ("bars", {"names": ["p"], "groups": {"one": [1]}}), ("bars", {"names": ["p", "r"]}), ("bars", {"y_label": "z"}),
    ("clocks", {"positions": sinusoidal_positions(10, 2)}), ("clocks", {"positions": sinusoidal_positions(9, 4)}),
    ("clocks", {"positions": sinusoidal_positions(10, 4)[:, [2, 3, 0, 1]]}), ("clocks", {"names": range(1, 11)}),
    ("connections", {"weights": WEIGHTS * 0.99}), ("connections", {"weights": WEIGHTS > 0}), ("connections", {"names": "abcd"}),
    ("connections", {"weights": WEIGHTS[2:]}), ("connections", {"target": "query"}), ("connections", {"heads": True}),
    ("curves", {"x": [1, 2, 4.001]}), ("curves", {"lines": {"up": [1, 2, 3], "down": [3, 2, 1.001]}}),
    ("curves", {"lines": {"down": [1, 2, 3], "up": [3, 2, 1]}}), ("curves", {"x_label": "z"}), ("curves", {"y_label": "z"}),
    ("curves", {"x_log": True}), ("curves", {"y_log": True}),
    ("grids", {"masks": {"causal": causal_mask(4), "weights": WEIGHTS * 0.9}}), ("grids", {"names": None}),
    ("grids", {"masks": {"causal": causal_mask(4), "shares": WEIGHTS}}),
    ("landscape", {"temperatures": TEMPERATURES * 2}), ("landscape", {"weights": BY_TEMPERATURE[:, ::-1]}),
    ("landscape", {"names": "abcd"}),
    ("next word", {"output": OUTPUT[2]}), ("next word", {"W_U": pocket.W_U + 1}), ("next word", {"words": "abcd"}),
    ("next word", {"shares": False}),
    ("proposals", {"contributions": [(3, 1), (1, 2.001)]}), ("proposals", {"names": "ab"}),
    ("proposals", {"values": pocket.V * 2}),
    ("proposals", {"contributions": [(1, 2), (3, 1)]}), ("proposals", {"value_names": "abcd"}),
    ("query", {"query": (2, 3.001)}), ("query", {"keys": pocket.K + [0, 0.001]}), ("query", {"key_names": "abcd"}),
    ("query", {"title": "u"}), ("query", {"alt": "b"}), ("query", {"after": (1, 3)}),
    ("values", {"values": pocket.V * 2}), ("values", {"outputs": [[1, 1.001]]}), ("values", {"output_names": "p"}),
    ("views", {"points": {"Q": pocket.Q, "K": pocket.K, "V": pocket.K}}), ("views", {"names": "abcd"}), ("views", {"title": "u"}),
    ("views", {"points": {"Q": pocket.Q, "V": pocket.K, "K": pocket.V}}), ("views", {"alt": "b"}),
]


def faces(picture):
    """All three, as a notebook asks for them."""
    return picture._repr_mimebundle_() | {"image/png": picture._repr_png_()}


def test_a_picture_has_three_faces():
    """Text, PNG, and its title above an image with the alternative text, which holds SVG; drawn twice, the same bytes."""
    hostile = 'a "quoted" <b>sentence</b> & more'
    bundle = faces(PICTURES["curves"](title=hostile, alt=hostile))
    assert bundle["text/plain"].startswith(f"picture: {hostile}\ntitle: {hostile}\n")
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert f"alt={quoteattr(hostile, {chr(34): '&quot;'})}" in bundle["text/html"] and "<b>" not in bundle["text/html"]
    svg = ElementTree.fromstring(unquote(re.search(r'src="data:image/svg\+xml,([^"]*)"', bundle["text/html"])[1]))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg" and len(list(svg.iter())) > 50
    again = PICTURES["curves"](title=hostile, alt=hostile)
    assert faces(again) == bundle
    assert again.svg() and again.figure.dpi == 120          # as it was, so that the pixels keep their number


def test_the_last_bit_of_a_number_changes_no_picture(monkeypatch):
    """Neither the names of shapes, which matplotlib makes of such bits, nor a place that is a little below a round number."""
    picture = PICTURES["curves"]()
    assert not re.search(r'["#][a-z][0-9a-f]{10}["\)]', picture.svg())

    def drawn(name, place):
        svg = f'<?xml?><svg><path id="{name}" d="M {place} 3.5"/><use clip-path="url(#{name})"/></svg>'
        monkeypatch.setattr(picture, "_drawn", lambda *_, **__: svg.encode())
        return picture.svg()

    assert drawn("p0123456789", "46.26") == drawn("pabcdef0123", "46.259999") != drawn("p0123456789", "46.27")


def test_words_on_the_parts_of_a_bar_can_be_read():
    """On the first the ground's colour, on all others ink, in light and in dark: 4.5 : 1 (WCAG 2.2)."""
    for twin in (lambda colour: colour, looks.DARK.get):
        ground, ink = twin(looks.GROUND), twin(looks.INK)
        for colour in map(twin, looks.COLOURS):
            parts = [through(f"{colour}{round(255 * density):02x}", ground) for density in DENSITIES]
            assert min(contrast(ground, parts[0]), *(contrast(ink, part) for part in parts[1:])) >= 4.5, colour


def lines(picture, axes=0):
    """The lines of a picture by their names."""
    return {line.get_label(): line for line in picture.figure.axes[axes].lines}


def test_a_clock_s_hand_points_where_its_sine_and_cosine_say():
    """Upwards at 0, to the right a quarter of a turn later; the faster hand is longer, thinner; a face has its name or number."""
    turns = np.pi / 2 * np.outer(range(4), (1, 0.5))
    picture = clocks(np.stack([np.sin(turns), np.cos(turns)], axis=-1).reshape(4, 4), **WORDS)
    fast, slow = (lines(picture)[f"{kind} hand"] for kind in ("fast", "slow"))
    hands = [hand.get_xydata().reshape(4, 3, 2) for hand in (fast, slow)]
    assert np.allclose((hands[0][:, 1] - hands[0][:, 0]) / 0.95, [(0, 1), (1, 0), (0, -1), (-1, 0)])
    assert np.allclose((hands[1][2, 1] - hands[1][2, 0]) / 0.7, (1, 0)) and fast.get_linewidth() < slow.get_linewidth()
    assert [text.get_text() for text in picture.figure.axes[0].texts] == list("0123")
    named = clocks(np.eye(2), **WORDS, names=["right", "up"])
    assert [text.get_text() for text in named.figure.axes[0].texts] == ["right", "up"]


@pytest.mark.parametrize("draw", [PICTURES["agreement"], FURTHER["dislikes"]])
def test_the_terms_of_a_score_lie_end_to_end(draw):
    """From 0 to the right those above 0, to the left those below, none on another; a whole tip marks their sum, which is written,
    also where it is 0, at the edge."""
    query, keys = (np.asarray(draw.keywords[name]) for name in ("query", "keys"))
    axes = draw().figure.axes[0]
    for i, terms in enumerate(query * keys):
        parts = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in (group[i] for group in axes.containers))
        parts = sorted(tuple(sorted(part)) for part in parts if part[0] != part[1])
        assert [end for _, end in parts[:-1]] == [start for start, _ in parts[1:]]
        assert (parts[0][0], parts[-1][1]) == (terms.clip(max=0).sum(), terms.clip(min=0).sum())
    totals = keys @ query
    tips = lines(draw())["score"]
    assert tips.get_xdata().tolist() == totals.tolist() and not tips.get_clip_on()
    assert [text.get_text() for text in axes.texts if "=" in text.get_text()] == [f"= {total}" for total in totals]


def cells(mask, **options):
    """What a grid shows of a mask, for each cell: its colour and how dense it is."""
    (mesh,) = grids({"m": mask}, **WORDS, **options).figure.axes[0].collections
    with as_shipped():
        mesh.update_scalarmappable()
    return [(tuple(colour[:3]), colour[3]) for colour in mesh.get_facecolor()]


def test_a_grid_is_filled_where_the_mask_is_true():
    """Numbers let the ground through the more the nearer they are to 0; negative ones have another colour; −∞ has none."""
    assert [density > 0.99 for _, density in cells(np.tri(3, dtype=bool))] == np.tri(3, dtype=bool).ravel().tolist()
    (low, minus), (_, none), (_, half), (high, full) = cells([[-2, 0], [1, 2]])
    assert low != high and none < 0.01 and full == minus == 1 and 0.49 < half < 0.51
    assert np.allclose([density for _, density in cells([[-np.inf, 1.0, 2.0]])], [0, 0.5, 1], atol=0.01)
    assert [density < 0.01 for _, density in cells([[False, False]])] == [True, True]


def test_with_a_limit_all_grids_have_one_scale_and_their_numbers():
    """The same number has the same colour in each, never denser than in a table, so that ink can be read on it."""
    tables = {"small": np.array([[1, 0], [-1, 0.5]]), "large": np.array([[4, 1], [0, -4]])}
    small, large = (cells(table, limit=4) for table in tables.values())
    assert small[0] == large[1] and max(density for _, density in large) <= DENSEST / 255 + 0.01
    assert [[text.get_text() for text in axes.texts] for axes in grids(tables, **WORDS, limit=4).figure.axes] == [
        ["1.0000", "0.0000", "-1.0000", "0.5000"], ["4", "1", "0", "-4"]]


def test_rows_of_a_grid_are_queries():
    """The first row is on top; the names stand once on the left, and below each grid as marks."""
    figure = PICTURES["grids"]().figure
    assert [axes.get_ylim() for axes in figure.axes] == [(4, 0)] * 2
    assert [[tick.get_text() for tick in axes.get_yticklabels()] for axes in figure.axes] == [
        ["● the (0)", "■ cat (1)", "▲ chases (2)", "◆ the (3)"], []]
    assert [[tick.get_text() for tick in axes.get_xticklabels()] for axes in figure.axes] == [list("●■▲◆")] * 2


def test_a_connection_is_as_wide_as_its_weight():
    """No line where it is 0; a mask's lines are all alike; the last n_q tokens ask; a single query's weights are written."""
    found = {name: line for name, line in lines(PICTURES["connections"]()).items() if name[0] != "_"}
    assert len(found) == 10 and (found["cat (1) to output 3"].get_xydata() == [(1, 0), (3, 1)]).all()
    widths = [found[f"{name} to output 3"].get_linewidth() for name in LABELS]
    assert np.allclose(np.diff(widths), 8 * np.diff(WEIGHTS[3]))
    assert {line.get_linewidth() for name, line in lines(FURTHER["a mask"]()).items() if name[0] != "_"} == {1.8}
    texts = [text.get_text() for text in FURTHER["a trained head"]().figure.axes[0].texts]
    assert texts.count("0.46") == 1 and "output of it" in texts
    assert (lines(connections(WEIGHTS[2:], LABELS, **WORDS))["cat (1) to output 2"].get_xydata() == [(1, 0), (2, 1)]).all()
    assert "cat (1) to query of chases (2)" in lines(FURTHER["the third asks"]())
    assert "cat (1) to whom?" in lines(connections(WEIGHTS[2:], LABELS, **WORDS, target=["who?", "whom?"]))


def test_all_heads_are_asked_by_the_last_token():
    """Their crosses stand above it, the first head's highest, with room for the names."""
    found = lines(FURTHER["two heads"]())
    ends = [found[f"cat (1) to {name}"].get_xydata()[1].tolist() for name in ("who?", "whom?")]
    assert ends == [[3, 1.3], [3, 1]]


def test_the_areas_of_a_landscape_lie_on_each_other():
    """From 0 to 1 at every temperature, each as high as its weight, named where it is highest."""
    axes = PICTURES["landscape"]().figure.axes[0]
    floor = np.zeros(len(TEMPERATURES))
    for area, weights, text in zip(axes.patches, BY_TEMPERATURE.T, axes.texts, strict=True):
        high, low = np.split(area.get_xy()[:2 * len(floor), 1], 2)
        assert np.array_equal(low[::-1], floor) and np.allclose(high - low[::-1], weights)
        floor, where = high, TEMPERATURES.tolist().index(text.xy[0])
        assert low[::-1][where] < text.xy[1] < high[where] and weights[where] >= weights[2:-2].max()
    assert np.allclose(floor, 1)


def test_the_next_word_is_the_strong_one():
    """Bars are shares, with the scores behind them, or the scores alone; the numbers are those of the course."""
    (shares,), (scores,) = (draw().figure.axes[0].containers[:1] for draw in (PICTURES["next word"], FURTHER["scores"]))
    assert [f"{bar.get_width():.4f}" for bar in shares] == ["0.8053", "0.0097", "0.1845", "0.0005"]
    assert [bar.get_width() for bar in scores] == [10.125, 6.75, 9.0, 4.5]
    assert [bar.get_alpha() for bar in shares] == [1, 0.3, 0.3, 0.3]
    assert "0.8053   (score 13.2598)" in repr(PICTURES["next word"]()) and "6.7500, " in repr(FURTHER["scores"]())


def test_bars_have_their_words_colours_and_their_numbers():
    """Of tokens; anything else has its group's colour, which is a token's if the group is one, and grey if only others are.
    Whole numbers are written whole, all others with four decimals."""
    tokens, others = FURTHER["three groups"]().figure.axes[0], PICTURES["bars"]().figure.axes[0]
    speakers = bars(["mouse", "none"], {"chases (2)": [1, 2], "cat (1)": [3, 4], "sleeps": [5, 6]}, "t", "y", "a").figure.axes[0]
    blue, orange, green, grey = (tuple(int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))
                                 for colour in (looks.BLUE, looks.ORANGE, looks.GREEN, looks.GREY))
    assert [bar.get_facecolor()[:3] == blue for bar in tokens.containers[1]] == [True, False, False, True]
    assert {bar.get_facecolor()[:3] for bar in others.containers[1]} == {orange}
    assert {bar.get_facecolor()[:3] for bar in speakers.containers[0]} == {green}
    assert {bar.get_facecolor()[:3] for bar in speakers.containers[1]} == {orange}
    assert {bar.get_facecolor()[:3] for bar in speakers.containers[2]} == {grey}
    assert [text.get_text() for text in others.texts] == list("1234")
    assert [text.get_text() for text in tokens.texts[:4]] == ["0.0035", "0.4911", "0.4911", "0.0143"]


def test_a_number_to_the_left_of_a_bar_stands_beside_no_name():
    """It ends before the names of the rows begin."""
    figure = FURTHER["prices"]().figure
    figure.draw_without_rendering()
    axes = figure.axes[0]
    assert min(text.get_window_extent().x0 for text in axes.texts) > axes.get_window_extent().x0


def test_a_curve_is_named_at_its_end():
    """In the order of the ends, in its colour, with its mark if it is a token's."""
    picture = FURTHER["four curves"]()
    named = sorted(picture.figure.axes[0].texts, key=lambda text: text.xy[1])
    ends = sorted(lines(picture).values(), key=lambda line: line.get_ydata()[-1])
    assert [text.get_color() for text in named] == [line.get_color() for line in ends]
    assert {text.get_text() for text in named} == {"● the (0)", "■ cat (1)", "▲ chases (2)", "◆ the (3)"}
    assert picture.figure.axes[0].get_legend() is None and not picture.figure.legends
    axes = PICTURES["curves"]().figure.axes[0]
    ends = [axes.transLimits.transform(line.get_xydata()[-1])[1] for line in axes.lines]
    assert np.allclose([text.xy[1] for text in axes.texts], ends) and ends[0] > 0.9 and ends[1] < 0.1


def test_proposals_add_up_to_the_output():
    """Each begins where the one before ends; where the last ends is the output; the hull is that of the values."""
    text = repr(PLANES["proposals"]())
    assert "step head 0: (0, 0) to (3, 1)\nstep head 1: (3, 1) to (4, 3)" in text and "output output: (4, 3)" in text
    assert "hull: (0, 0) (4, 1) (2, 2)" in text
    page = unquote(PLANES["proposals"]()._repr_mimebundle_()["text/html"])
    assert page.count("rotate(") == 2 and ">head 0</text>" in page and ">head 1</text>" in page
    nothing = unquote(proposals([(0, 0)], ["head"], pocket.V, LABELS, **WORDS)._repr_mimebundle_()["text/html"])
    assert "rotate(" not in nothing and ">head</text>" not in nothing


def test_views_have_one_scale():
    """The same corners in each, so that they can be compared; queries are dashed arrows, keys arrows, values marks."""
    row = PLANES["views"]()
    assert len({(plane.low, plane.bottom, plane.high, plane.top) for plane in row.planes}) == 1
    pages = [plane._repr_html_() for plane in row.planes]
    drawn = [[page.count(part) for part in (planes.HEAD, "dasharray", *map(planes.SHAPES.get, "●■▲◆"))] for page in pages]
    assert drawn == [[4, 4, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, 0]]
    html = row._repr_mimebundle_()["text/html"]
    assert html.count("<img ") == 3 and html.count("<figcaption") == 4


def test_the_hull_holds_every_point_and_only_corners():
    """The corners of a square with points on its sides and inside; and what lies on a line, or in one place."""
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1], [1, 0], [0, 0]])
    assert sorted(convex_hull(square).tolist()) == [[0, 0], [0, 2], [2, 0], [2, 2]]
    assert sorted(convex_hull([[0, 0], [1, 1], [2, 2]]).tolist()) == [[0, 0], [2, 2]]
    assert convex_hull([[3, 4], [3, 4]]).tolist() == [[3, 4]]


def test_the_corners_of_a_small_hull():
    """Points on a circle are all corners, however small it is and in fractions too; from the left, against the clock."""
    turns = [Fraction(i, 6) for i in range(12)]
    circle = [(-np.cos(np.pi * float(t)) / 1000, -np.sin(np.pi * float(t)) / 1000) for t in turns]
    assert np.array_equal(convex_hull([*circle[::3], *circle[1::3], *circle[2::3], (0, 0)]), circle)
    assert convex_hull([(turns[1], turns[2]), (turns[1], turns[2])]).tolist() == [[1 / 6, 1 / 3]]


def test_importing_the_library_loads_no_pictures():
    """matplotlib, ipywidgets and the examples wait until they are asked for; what the package promises is there. Nothing that
    is computed on the way minds the reader's np.seterr."""
    code = ("import sys, course_lib; late = {'matplotlib', 'ipywidgets', 'IPython', 'course_lib.examples', 'course_lib.plots'};"
            "assert not late & set(sys.modules), late & set(sys.modules);"
            "import numpy; numpy.seterr(all='raise');"
            "assert all(getattr(course_lib, name) is not None for name in course_lib.__all__)")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    """The lazy names of the package do not swallow misspellings."""
    with pytest.raises(ImportError, match="cannot import name 'softmaxx'"):
        from course_lib import softmaxx  # noqa: F401


@pytest.mark.parametrize("draw, told", [
    (partial(PICTURES["agreement"], components=["thing"]), r"query \(2,\), 1 components and keys \(4, 2\) must agree"),
    (partial(PICTURES["agreement"], query=[1, 2, 3]), r"query \(3,\), 3 components|query \(3,\), 2 components"),
    (partial(PICTURES["agreement"], query=np.ones(5), keys=np.ones((4, 5)), components=None), "at most 4"),
    (partial(PICTURES["agreement"], key_names="abc"), r"keys \(4, 2\) must .* in number with 3 names"),
    (partial(PICTURES["bars"], names="pqr"), "2.*3|3.*2"),
    (partial(PICTURES["bars"], groups=dict.fromkeys("abcde", [1, 2])), "is shorter than"),
    (partial(PICTURES["clocks"], positions=np.ones((3, 8))), r"positions \(3, 8\) must be \(n, 2\), \(n, 4\) or \(n, 6\)"),
    (partial(PICTURES["clocks"], positions=np.ones(4)), r"positions \(4,\)"),
    (partial(PICTURES["connections"], names="abc"), r"weights \(4, 4\) must be \(n_q, n_k\) for 3 names"),
    (partial(PICTURES["connections"], weights=np.ones((5, 4))), r"weights \(5, 4\)"),
    (partial(PICTURES["connections"], weights=np.ones(4)), r"weights \(4,\)"),
    (partial(PICTURES["curves"], lines=dict.fromkeys("abcde", [1, 2, 3])), "is shorter than"),
    (partial(PICTURES["grids"], names="abc"), r"causal \(4, 4\) must have two axes, of 3 names at most"),
    (partial(PICTURES["grids"], masks={"row": [True, False]}), r"row \(2,\) must have two axes"),
    (partial(PICTURES["landscape"], names="abc"), r"weights \(12, 4\) must be \(12, 3\)"),
    (partial(PICTURES["next word"], words="abc"), r"W_U \(2, 4\) must be \(2, 3\)"),
    (partial(PLANES["proposals"], names="a"), r"contributions \(2, 2\) must be \(1, 2\)"),
    (partial(PLANES["proposals"], value_names="abc"), "is (shorter|longer) than"),
    (partial(PLANES["query"], key_names="abc"), "is (shorter|longer) than"),
    (partial(PLANES["values"], value_names="abc"), "is (shorter|longer) than"),
    (partial(PLANES["values"], output_names="op"), "is (shorter|longer) than"),
    (partial(PLANES["views"], names="abc"), r"Q \(4, 2\) must be \(3, 2\)")])
def test_nothing_is_left_out_of_a_picture(draw, told):
    """A fifth line or group has no style of its own, and a point without a name no name: refused, by what does not fit."""
    with pytest.raises(ValueError, match=told):
        draw()
