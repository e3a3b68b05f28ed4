"""The pictures: their text says what was drawn, and changes when the drawing does."""
import base64
import json
import platform
import re
import subprocess
import sys
from fractions import Fraction
from functools import partial
from importlib.metadata import version
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from course_lib import (Pipeline, attention, bars, causal_mask, curves, plots, pocket, query_and_keys,
                        sinusoidal_positions, softmax, values_and_outputs)
from course_lib.plots import STEPS, convex_hull
from tools import outputs

WORDS = {"title": "t", "alt": "a"}
PICTURES = {
    "plane": partial(query_and_keys, **WORDS, query=(2, 3), keys=pocket.K, key_names=pocket.labels),
    "values": partial(values_and_outputs, **WORDS, values=pocket.V, value_names=pocket.labels, outputs=[[1, 1]],
                      output_names="o"),
    "curves": partial(curves, **WORDS, x=[1, 2, 4], lines={"up": [1, 2, 3], "down": [3, 2, 1]}, x_label="x", y_label="y"),
    "bars": partial(bars, **WORDS, names=["p", "q"], groups={"one": [1, 2], "two": [3, 4]}, y_label="y"),
}
CHANGES = [
    ("plane", {"query": (2, 3.001)}), ("plane", {"keys": pocket.K + [0, 0.001]}), ("plane", {"key_names": "abcd"}),
    ("plane", {"title": "u"}), ("plane", {"alt": "b"}),
    ("values", {"values": pocket.V * 2}), ("values", {"outputs": [[1, 1.001]]}), ("values", {"output_names": "p"}),
    ("curves", {"x": [1, 2, 4.001]}), ("curves", {"lines": {"up": [1, 2, 3], "down": [3, 2, 1.001]}}),
    ("curves", {"lines": {"down": [1, 2, 3], "up": [3, 2, 1]}}), ("curves", {"x_label": "z"}), ("curves", {"y_label": "z"}),
    ("curves", {"x_log": True}), ("curves", {"y_log": True}),
    ("bars", {"groups": {"one": [1, 2], "two": [3, 4.001]}}), ("bars", {"groups": {"one": [1, 2], "three": [3, 4]}}),
    ("bars", {"names": ["p"], "groups": {"one": [1]}}), ("bars", {"names": ["p", "r"]}), ("bars", {"y_label": "z"}),
]


@pytest.mark.parametrize("kind", PICTURES)
def test_the_text_changes_with_the_drawing(kind):
    """Another point, name, label, title, scale or alternative text is another text; the same arguments give the same."""
    plain = repr(PICTURES[kind]())
    assert repr(PICTURES[kind]()) == plain
    assert [changed for other, changed in CHANGES if other == kind and repr(PICTURES[kind](**changed)) == plain] == []


def test_a_picture_has_three_faces():
    """Text, PNG, and an image with alternative text that holds the same PNG; drawn twice, the same bytes."""
    hostile = 'a "quoted" <b>sentence</b> & more'
    bundle = PICTURES["plane"](alt=hostile)._repr_mimebundle_()
    assert bundle["text/plain"].startswith(f"picture: {hostile}\ntitle: t\n")
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["image/png"] in bundle["text/html"] and "<b>" not in bundle["text/html"]
    assert f"alt={quoteattr(hostile, {chr(34): '&quot;'})}" in bundle["text/html"]
    assert PICTURES["plane"](alt=hostile)._repr_mimebundle_() == bundle


def test_the_hull_holds_every_point_and_only_corners():
    """The corners of a square with points on its sides and inside; and what lies on a line, or in one place."""
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1], [1, 0], [0, 0]])
    assert sorted(convex_hull(square).tolist()) == [[0, 0], [0, 2], [2, 0], [2, 2]]
    assert sorted(convex_hull([[0, 0], [1, 1], [2, 2]]).tolist()) == [[0, 0], [2, 2]]
    assert convex_hull([[3, 4], [3, 4]]).tolist() == [[3, 4]]


@pytest.mark.parametrize("step", [name for name, _ in STEPS])
def test_the_pipeline_lights_one_step(step):
    """In text by brackets, on the page by words, not by colour alone."""
    assert repr(Pipeline(step)).count("[") == 1 and f"[{step}]" in repr(Pipeline(step))
    assert Pipeline(step)._repr_html_().count("you are here") == 1 and f"<strong>{step}</strong>" in Pipeline(step)._repr_html_()


def test_the_pipeline_can_be_dark():
    """Without a step nothing is lit, and a step that does not exist is named."""
    assert "[" not in repr(Pipeline()) and "you are here" not in Pipeline()._repr_html_()
    with pytest.raises(ValueError, match="step must be one of Embeddings, .*, not 'Score'"):
        Pipeline("Score")


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


def test_words_in_the_colours_of_the_pictures_can_be_read():
    """Each colour on white has the contrast that WCAG 2.1 asks of small text, 4.5 : 1."""
    for colour in (plots.BLUE, plots.ORANGE, plots.GREEN, plots.PURPLE):
        red, green, blue = (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
        assert 1.05 / (0.05 + np.dot((0.2126, 0.7152, 0.0722), linear)) >= 4.5, colour


SHARES = np.array([Fraction(s, 24) for s in (2, 9, 9, 4)])
TEMPERATURES = 2.0 ** np.arange(-3.5, 9)
LEFT = {    # what the earlier cells of a notebook leave to the first that draws
    "00": {"tokens": pocket.labels, "weights": SHARES, "weighted": SHARES[:, None] * pocket.V, "output": SHARES @ pocket.V},
    "01": {"E_sin": sinusoidal_positions(20, 8)},
    "03": {"query": pocket.Q[3], "pocket": pocket},
    "06": {"temperatures": TEMPERATURES, "labels": pocket.labels,
           "by_temperature": softmax(pocket.K @ [1, 3] / TEMPERATURES[:, None])},
    "07": {"labels": pocket.labels, "pocket": pocket, "outputs": [SHARES.astype(float) @ pocket.V],
           "pocket_output": attention(pocket.Q, pocket.K, pocket.V, causal_mask(4))[0]},
}


def committed(number, holds):
    """Source and committed output of a notebook's first code cell whose output holds a kind."""
    (path,) = outputs.NOTEBOOKS.glob(f"{number}_*.ipynb")
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            if holds in output.get("data", ()):
                return "".join(cell["source"]), {kind: "".join(text) for kind, text in output["data"].items()}


def assert_drawn_alike(png, now, alike):
    """Byte for byte where the committed pictures are drawn; under another matplotlib or processor they look alike."""
    if (version("matplotlib"), platform.system(), platform.machine()) == (outputs.pinned_version(), "Linux", "x86_64"):
        assert png == now
    else:
        assert outputs.distance(png, now) <= alike


@pytest.mark.parametrize("number", LEFT)
def test_the_committed_picture_is_what_is_drawn_now(number):
    """In text, on the page and in its pixels: every place, word, colour and size."""
    source, shown = committed(number, "image/png")
    names = {**vars(plots), **LEFT[number]}
    exec(re.sub(r"^(\w+\()", r"drawn = \1", source, flags=re.MULTILINE), names)
    now, png = names["drawn"]._repr_mimebundle_(), shown["image/png"].strip()
    assert now["text/plain"] == shown["text/plain"]
    assert now["text/html"].replace(now["image/png"], "") == shown["text/html"].replace(png, "")
    assert_drawn_alike(base64.b64decode(png), base64.b64decode(now["image/png"]), outputs.ALIKE)


@pytest.mark.parametrize("number", range(9))
def test_the_committed_pipeline_is_what_is_drawn_now(number):
    """At the top of every notebook, to the last character."""
    source, shown = committed(f"{number:02}", "text/html")
    pipeline = Pipeline(*re.findall(r'^Pipeline\("(.+)"\)', source, re.MULTILINE))
    assert (repr(pipeline), pipeline._repr_html_()) == (shown["text/plain"], shown["text/html"])


@pytest.mark.parametrize("draw", [
    partial(curves, **WORDS, x=[1, 2], x_label="", y_label="", lines=dict.fromkeys("abcde", [1, 2])),
    partial(bars, **WORDS, names="p", y_label="", groups=dict.fromkeys("abcde", [1])),
    partial(PICTURES["plane"], key_names="abc"), partial(PICTURES["values"], value_names="abc"),
    partial(PICTURES["values"], output_names="op")])
def test_nothing_is_left_out_of_a_picture(draw):
    """A fifth line or group has no style of its own, and a point without a name no name: both are refused."""
    with pytest.raises(ValueError, match="is (shorter|longer) than"):
        draw()


def test_a_plane_holds_the_origin_and_room_for_names():
    """Of the longer side 15 % on each side, twice that on the right; never higher than 5.6 inches; its cross behind all."""
    for points, x, y in (([(-4, -3), (-2, -2)], (-4.6, 1.2), (-3.6, 0.6)), ([(2, 3), (10, 4)], (-1.5, 13), (-1.5, 5.5))):
        axes = query_and_keys(points[0], points[1:], "k", **WORDS).figure.axes[0]
        assert np.allclose([axes.get_xlim(), axes.get_ylim()], [x, y])
    axes = PICTURES["values"]().figure.axes[0]
    across, along = (line for line in axes.lines if line.get_label().startswith("_"))
    assert across.zorder == along.zorder < min(thing.zorder for thing in axes.patches)
    assert query_and_keys((0, 9), [(0, 1)], "k", **WORDS).figure.get_figheight() == 5.6


def test_the_corners_of_a_small_hull():
    """Points on a circle are all corners, however small it is and in fractions too; from the left, against the clock."""
    turns = [Fraction(i, 6) for i in range(12)]
    circle = [(-np.cos(np.pi * float(t)) / 1000, -np.sin(np.pi * float(t)) / 1000) for t in turns]
    assert np.array_equal(convex_hull([*circle[::3], *circle[1::3], *circle[2::3], (0, 0)]), circle)
    assert convex_hull([(turns[1], turns[2]), (turns[1], turns[2])]).tolist() == [[1 / 6, 1 / 3]]
