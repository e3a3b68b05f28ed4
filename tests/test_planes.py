"""Planes: what they say is what they draw, and every name can be read."""
import itertools
import re
from html import escape, unescape
from urllib.parse import unquote

import numpy as np
import pytest

from course_lib import pocket, query_and_keys, values_and_outputs
from course_lib.explorers import views
from course_lib.looks import look, themed
from course_lib.planes import SIDE, WIDE, Plane, pair

NAMED = re.compile(r'<g data-mark="(\w+)" transform="translate\((\S+) (\S+)\)">.*?<text x="(\S+)" y="(\S+)" text-anchor="(\w+)"'
                   r"[^>]*>(.*?)</text>")


def names(plane):
    """Where each mark is and its name stands, read from the picture: (kind, tip, (left, top, right, bottom), text)."""
    for kind, *numbers, anchor, text in NAMED.findall(plane._repr_html_()):
        left, top, right, down = map(float, numbers)
        text = unescape(re.sub("<[^>]*>", "", text))
        start = left + right - {"start": 0, "middle": 4 * len(text), "end": 8 * len(text)}[anchor]
        yield kind, np.array([left, top]), (start, top + down - 12, start + 8 * len(text), top + down + 3), text


def faults(plane):
    """The names that leave the plane, lie on their own arrow or on another name."""
    found, origin = list(names(plane)), np.array(plane.pixels(0, 0))
    for kind, tip, (left, top, right, bottom), text in found:
        if left < 0 or top < 0 or right > plane.side or bottom > plane.height:
            yield f"{text} leaves the plane"
        way = origin + np.linspace(0, 1, 50)[:, None] * (tip - origin) if kind in ("query", "key") else np.empty((0, 2))
        if ((way > (left, top)) & (way < (right, bottom))).all(axis=1).any():
            yield f"{text} lies on its arrow"
    for (*_, a, one), (*_, b, other) in itertools.combinations(found, 2):
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
            yield f"{one} lies on {other}"


def test_no_name_hides_another_wherever_the_query_is_dragged():
    """Nor leaves its plane or lies on its own arrow, with the output's among the values."""
    for query in itertools.product(np.arange(-5, 5.1, 1.25), repeat=2):
        assert [list(faults(plane)) for plane in views.query_in_the_plane(*query).parts[:2]] == [[], []], query


def test_no_name_hides_another_for_any_query_and_key_of_the_sheet():
    """For all settings of its four sliders that meet another query or another key."""
    for setting in [*itertools.product(range(7), range(7), [0], [3]), *itertools.product([2], [3], range(7), range(7))]:
        assert [list(faults(plane)) for plane in views.paper_sheet(*setting).parts[:2]] == [[], []], setting


@pytest.mark.parametrize("text", ["the cat chases the", "the cat chases the mouse and the dog", "a a a a a a a a a a a a"])
def test_no_name_hides_another_among_the_values_of_a_sentence(text):
    """Many words have the same value: the names that would be too long are counted."""
    for query in range(len(text.split())):
        assert list(faults(views.output_in_the_hull(text, query, 1.0).parts[0])) == []


@pytest.mark.parametrize("plane", [
    query_and_keys((2, 3), pocket.K, pocket.labels, "t", "a"), query_and_keys((-2, -3), -pocket.K, pocket.labels, "t", "a"),
    values_and_outputs(pocket.V, pocket.labels, [(2.9, 1.5), (4, 3)], ["single", "two heads"], "t", "a"),
    values_and_outputs(pocket.V, pocket.labels, [(0, 0), (3.9, 1), (3.94, 1), (2.25, 1.1)], ["0", "1 and 2", "", "sum"], "", "")])
def test_a_plane_follows_its_points(plane):
    """Origin, points and names are in view, and it is as wide as a picture that stands alone."""
    assert list(faults(plane)) == [] and plane.side == WIDE
    places = [plane.pixels(0, 0), *(tip for _, tip, *_ in names(plane))]
    assert all(0 < x < plane.side and 0 < y < plane.height for x, y in places)


def test_a_plane_tells_its_marks():
    """Kind, name and place; marks at one place share a line, and names are escaped."""
    marks = [("key", "<a>", (1, 0)), ("value", "b", (0, 0)), ("value", "c", (0, 0))]
    plane = Plane("here", -1, 3, marks, [(0, 0), (1, 0), (0, 1)])
    assert repr(plane) == "here\nhull: (0, 0) (1, 0) (0, 1)\nkey <a>: (1, 0)\nvalue b, c: (0, 0)"
    assert "<a>" not in plane._repr_html_() and escape(repr(plane)) in plane._repr_html_()
    assert [text for *_, text in names(plane)] == ["<a>", "b, c"]


def test_a_sentence_for_whoever_does_not_see_it():
    """In the text before all else, and alone as the picture's alternative text."""
    plane = Plane("here", 0, 1, [], alt='a "b" <c>')
    bundle = plane._repr_mimebundle_()
    assert bundle["text/plain"] == repr(plane) == 'picture: a "b" <c>\nhere'
    assert '<img alt="a &quot;b&quot; &lt;c&gt;" ' in bundle["text/html"] and "<svg" not in bundle["text/html"]
    assert "<svg" in unquote(bundle["text/html"]) and "here</figcaption>" in bundle["text/html"]


def test_an_arrow_ends_where_it_should():
    """The point (1, 2) on paper from -2 to 2 is a quarter from the right and at the top."""
    html = Plane("", -2, 2, [("query", "q", (1, 2))], side=240)._repr_html_()
    assert "translate(180.0 0.0)" in html and "M0 0L-60.0 120.0" in html and "rotate(-63.4)" in html
    assert 'width="240" viewBox="0 0 240 240"' in html
    assert 'viewBox="0 0 240 120"' in Plane("", (-2, -1), (2, 1), [], side=240)._repr_html_()


@pytest.mark.parametrize("kind, point, place", [
    ("query", (3, 1), (10, 5, "start")), ("query", (-3, 1), (-10, 5, "end")), ("query", (1, 3), (0, -15, "middle")),
    ("query", (1, -3), (0, 25, "middle")), ("key", (0, 0), (0, -15, "middle")), ("value", (1, 3), (10, 5, "start")),
    ("value", (4.5, 2), (-10, 5, "end")), ("output", (4.5, 4.9), (-7, 21, "end"))])
def test_a_name_stands_beyond_its_arrow_or_beside_its_point(kind, point, place):
    """Unless there is no room."""
    html = Plane("", -5, 5, [(kind, "name", point)])._repr_html_()
    ((x, y, anchor),) = re.findall(r'<text x="(-?\d+)" y="(-?\d+)" text-anchor="(\w+)"[^>]*>name<', html)
    assert (int(x), int(y), anchor) == place


def test_names_at_rest_do_not_give_way_to_what_moves():
    """They stand where they stood; without anything that moves they make room."""
    (_, _, rest, _), _ = names(Plane("", -5, 5, [("key", "rest", (1, 0)), ("query", "q", (1.5, 0.5))]))
    ((_, _, alone, _),) = names(Plane("", -5, 5, [("key", "rest", (1, 0))]))
    (_, _, polite, _), _ = names(Plane("", -5, 5, [("key", "rest", (1, 0)), ("query", "q", (1.5, 0.5))], moving=()))
    assert rest == alone != polite


def test_a_token_has_its_colour_and_its_mark():
    """A key is an arrow in the word's colour with the mark of its place after the name, a value the mark itself, which is
    after the names only where values coincide; a query has no word, and is dashed."""
    colour, mark = (themed(look("cat", 1)[0]), "■")
    key, value = (Plane("", -1, 3, [(kind, "cat (1)", (2, 1))])._repr_html_() for kind in ("key", "value"))
    assert f'stroke="{colour}" stroke-width="2"/>' in key
    assert f'>cat (1) <tspan fill="{colour}" font-size="9">{mark}</tspan><' in key
    assert f'd="M-5 -5h10v10h-10z" fill="{colour}"' in value and f">{mark}<" not in value
    both = Plane("", -1, 3, [("value", "cat (1)", (2, 1)), ("value", "the (2)", (2, 1))])
    assert [text for *_, text in names(both)] == ["cat (1) ■, the (2) ▲"]
    query = Plane("", -1, 3, [("query", "query", (2, 1))])._repr_html_()
    assert query.count("stroke-dasharray") == 1 and "stroke-dasharray" not in key + value


def test_the_mark_of_a_name_is_no_point():
    """It stands after its name, where no point has its mark, and is smaller than any point, on either side of an arrow's tip."""
    for point in ((3, 1), (-3, 1), (0, 3)):
        html = Plane("", -4, 4, [("key", "cat (1)", point)])._repr_html_()
        ((before, size),) = re.findall(r'<text[^>]*>([^<]*)<tspan [^>]*font-size="(\d+)">■', html)
        assert before == "cat (1) " and int(size) < 10      # the square of a value is 10 pixels wide


def test_names_beyond_24_characters_are_counted():
    """But told in the text; one name is shown however long it is."""
    plane = Plane("", -1, 3, [("value", f"word ({i})", (0, 0)) for i in range(9)])
    assert [text for *_, text in names(plane)] == ["word (0) ●, word (1) ■ + 7"] and "word (8)" in repr(plane)
    assert [text for *_, text in names(Plane("", -1, 3, [("value", "x" * 25, (0, 0))]))] == ["x" * 25]


def test_a_vector_of_zeros_has_no_direction():
    """A square at the origin, no arrow head; any other vector has a head."""
    heads = ["l-11 -5v10z" in Plane("", -4, 4, [("query", "q", point)])._repr_html_() for point in ((0, 0), (1, 0), (0, 1))]
    assert heads == [False, True, True]


def test_marks_that_coincide_do_so_as_integers_and_as_floats():
    """One place, one line."""
    plane = Plane("", 0, 1, [("value", "a", (1, 0)), ("value", "b", (1.0, 0.0)), ("value", "c", np.array([1, 0]))])
    assert repr(plane) == "\nvalue a, b, c: (1, 0)" and f"translate({SIDE}.0 {SIDE}.0)" in plane._repr_html_()


@pytest.mark.parametrize("low, high, numbers", [
    (-5, 5, "-4 -3 -2 -1 1 2 3 4"), (0, 20, "2 4 6 8 10 12 14 16 18"), (-1, 1, "-0.5 0.5"), (0, 0.01, "0.002 0.004 0.006 0.008"),
    (-1000, 3000, "-500 500 1000 1500 2000 2500"), (-1, 5, "1 2 3 4")])
def test_the_numbers_along_the_axes_are_round_and_apart(low, high, numbers):
    """Whole where there are some; at the edge and at 0 none."""
    html = Plane("", low, high, [])._repr_html_()
    assert [re.findall(f'text-anchor="{side}">([^<]*)<', html) for side in ("middle", "end")] == [numbers.split()] * 2


@pytest.mark.parametrize("point, text", [
    ((-3, -3.3), "(-3, -3.3)"), ((2.25, 1.125), "(2.25, 1.125)"), ((1 / 3, 10), "(0.3333, 10)"), ((-0.00001, 100.0), "(0, 100)")])
def test_a_pair_has_as_many_decimals_as_it_needs(point, text):
    """Four at most."""
    assert pair(point) == text
