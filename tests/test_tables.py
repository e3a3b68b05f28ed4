"""The tables: what they say in text, that the page says the same, and that every cell can be read."""
import re
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pytest

from course_lib import HeatTable, SideBySide, SpelledOut

VALUES = np.array([[0.12345, -2.0, -np.inf], [1e-9, -0.00001, np.nan]])


class Cells(HTMLParser):
    """Collects the tags of a table with their attributes and text."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        self.found[-1][2] += data

    def texts(self, tag):
        return [text for name, _, text in self.found if name == tag]


def test_the_text_is_aligned_to_four_decimals():
    """Infinity has a sign of its own, zero has none, and columns line up on the right."""
    assert repr(HeatTable(VALUES, ["a", "long"], ["x", "y", "z"], "title")).splitlines() == [
        "title",
        r"query \ key       x        y    z",
        "a            0.1235  -2.0000   −∞",
        "long         0.0000   0.0000  nan",
    ]


@pytest.mark.parametrize("values, shown", [
    ([[1, 20]], ["1", "20"]), ([[1.0, -3.0]], ["1", "-3"]), ([[1.0, -np.inf]], ["1", "−∞"]), ([[1.0, 0.5]], ["1.0000", "0.5000"]),
    ([[True, False]], ["yes", "no"]),
    ([[Fraction(3, 8), 2]], ["3/8", "2"]), (np.float32([[0.1, 2]]), ["0.1000", "2.0000"]), ([[3, None, 5, ""]], ["3", "5"])])
def test_whole_numbers_fractions_masks_and_blanks_are_shown_as_such(values, shown):
    """No decimals where every entry is whole; exact fractions stay fractions; a mask says yes and no; None is a blank."""
    assert repr(HeatTable(values)).splitlines()[-1].split()[1:] == shown


def test_the_page_shows_what_the_text_shows():
    """The same caption, names and numbers, in a table whose headers say what they head."""
    table = HeatTable(VALUES, ["a", "b"], ["x", "y", "z"], "title")
    page = Cells(table._repr_html_())
    assert page.texts("caption") == ["title"] and page.texts("th") == ["query \\ key", "x", "y", "z", "a", "b"]
    assert page.texts("td") == [cell for line in repr(table).splitlines()[2:] for cell in line.split()[1:]]
    assert [attrs["scope"] for tag, attrs, _ in page.found if tag == "th"] == ["col"] * 4 + ["row"] * 2


def test_tokens_are_shown_as_typed():
    """A token that looks like HTML is text, in names, corner and caption."""
    hostile = '<b onmouseover="alert(1)">&amp;'
    page = Cells(HeatTable([[1]], [hostile], [hostile], hostile, hostile)._repr_html_())
    assert {tag for tag, _, _ in page.found} == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert page.texts("caption") == [hostile] and page.texts("th") == [hostile] * 3


def luminance(colour):
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return sum(share * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
               for share, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def test_every_cell_has_contrast():
    """Text on its ground has at least 7:1 (WCAG AAA), from the deepest orange over white to the deepest blue."""
    html = HeatTable([np.linspace(-1, 1, 21), [-np.inf] * 21])._repr_html_()
    pairs = re.findall("color:(#.{6});background-color:(#.{6})", html)
    assert len(pairs) == 42
    for text, ground in pairs:
        darker, lighter = sorted([luminance(text), luminance(ground)])
        assert (lighter + 0.05) / (darker + 0.05) >= 7


def test_colour_tells_sign_and_size():
    """Opposite numbers have different colours, larger ones are darker, zero is white, and `limit` sets the deepest."""
    grounds = re.findall("background-color:(#.{6})", HeatTable([[-2, -1, 0, 1, 2]])._repr_html_())
    assert len(set(grounds)) == 5 and grounds[2] == "#ffffff"
    assert luminance(grounds[0]) < luminance(grounds[1]) < 1 > luminance(grounds[3]) > luminance(grounds[4])
    assert re.findall("background-color:(#.{6})", HeatTable([[1]], limit=2)._repr_html_()) == [grounds[3]]
    assert "background-color" not in HeatTable([[1]], limit=0)._repr_html_()


def test_a_blank_to_fill_in_has_a_border_and_an_empty_corner_has_none():
    """None asks for a pencil, "" does not, and neither is coloured."""
    cells = [attrs["style"] for tag, attrs, _ in Cells(HeatTable([[1, None, ""]])._repr_html_()).found if tag == "td"]
    assert ["border" in style for style in cells] == [False, True, False]
    assert ["background" in style for style in cells] == [True, False, False]


def test_tables_side_by_side_are_all_there():
    """In text one below the other, on the page one after the other."""
    left, right = HeatTable([[1]], caption="left"), HeatTable([[2]], caption="right")
    assert repr(SideBySide(left, right)) == f"{left!r}\n\n{right!r}"
    assert SideBySide(left, right)._repr_html_() == f"<div>{left._repr_html_()}{right._repr_html_()}</div>"


def test_a_sum_is_spelled_out():
    """Every term, four a line, then the sum."""
    assert repr(SpelledOut([2, 3], [3, 1])) == repr(SpelledOut([2.0, 3.0], [3, 1])) == "(2 × 3) + (3 × 1) = 9"
    assert repr(SpelledOut([Fraction(3, 8), Fraction(1, 6)], [4, 0])) == "(3/8 × 4) + (1/6 × 0) = 3/2"
    assert repr(SpelledOut([0.5] * 5, [-1.0] * 5)).splitlines() == [
        " + ".join(["(0.5000 × -1.0000)"] * 4), "+ (0.5000 × -1.0000)", "= -2.5000"]


@pytest.mark.parametrize("message, make", [
    ("values (3,) must have two axes", lambda: HeatTable([1, 2, 3])),
    ("values must be real numbers, not <U1", lambda: HeatTable([["a"]])),
    ("row_names has 2 names, but values (1, 3) has 1 rows", lambda: HeatTable([[1, 2, 3]], ["a", "b"])),
    ("column_names has 1 names, but values (1, 3) has 3 columns", lambda: HeatTable([[1, 2, 3]], ["a"], ["x"])),
    ("a (2,) and b (3,) must be two vectors of the same length", lambda: SpelledOut([1, 2], [1, 2, 3]))])
def test_bad_input_is_named(message, make):
    """What was given and what was expected."""
    with pytest.raises(ValueError) as caught:
        make()
    assert message in str(caught.value)
