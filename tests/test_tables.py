"""The tables: what they say in text, that the page says the same, and that every cell can be read."""
import re
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pytest

from course_lib import HeatTable, SideBySide, SpelledOut
from course_lib.tables import DEEPEST_BLUE, DEEPEST_ORANGE, GREY, decimals_for, number

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
    assert repr(SpelledOut([2, 3], [3, 1])) == repr(SpelledOut([2.0, 3.0], [3.0, 1.0])) == "(2 × 3) + (3 × 1) = 9"
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


def test_a_number_is_written_in_one_way():
    """Four decimals unless told otherwise, both infinities, and whole only within a billionth."""
    assert [number(value) for value in (0.25, np.inf, -np.inf, 3, True)] == ["0.2500", "∞", "−∞", "3", "yes"]
    assert [decimals_for([value]) for value in (1.0, 1e-10, 1e-9, 0.5)] == [0, 0, 4, 4]
    assert repr(HeatTable([[1.0, 2.0]], decimals=3)).splitlines()[-1].split() == ["0", "1.000", "2.000"]


def test_sides_without_names_are_numbered():
    """The corner says what has names; no caption, no line for it; no spaces at the end of a line."""
    assert repr(HeatTable([[1, None]])) == "   0  1\n0  1"
    assert repr(HeatTable([[1]], ["a"])) == "token  0\na      1"
    assert repr(HeatTable([[1]], None, ["b"])) == "   b\n0  1"


@pytest.mark.parametrize("values, shown", [
    ([[1, ""]], ["1"]), ([["", 2.5]], ["2.5000"]), ([[np.float32(0.5), None]], ["0.5000"]), ([[np.bool(True), None]], ["yes"]),
    ([[True, 2]], ["1", "2"]), ([[10**400, 1]], [str(10**400), "1"])])
def test_mixed_entries_are_shown(values, shown):
    """Empty corners and NumPy's own scalars beside numbers; True beside numbers is 1; integers of any length."""
    assert repr(HeatTable(values)).splitlines()[-1].split()[1:] == shown


def test_the_page_of_a_small_table_letter_by_letter():
    """Every tag and every style of a number, a blank to fill in, and their headers."""
    right, left = 'style="text-align:right"', 'style="text-align:left"'
    assert HeatTable([[1, None]], ["r"], ["a", "b"], "c")._repr_html_() == (
        '<table style="display:inline-table;margin-right:2em;font-variant-numeric:tabular-nums">'
        '<caption style="text-align:left;font-weight:bold;white-space:nowrap">c</caption>'
        f'<thead><tr><th scope="col" {left}>query \\ key</th>'
        f'<th scope="col" {right}>a</th><th scope="col" {right}>b</th></tr></thead>'
        f'<tbody><tr><th scope="row" {left}>r</th><td style="text-align:right;color:#111111;background-color:#5caee6">1</td>'
        '<td style="text-align:right;border:1px solid #888888"></td></tr></tbody></table>')


def test_what_the_reader_sets_in_numpy_changes_no_table():
    """Neither np.seterr, with entries and a limit at the ends of what floats can hold, nor np.set_printoptions, in the names."""
    def told():
        ends = np.array([5e-324, -5e-324, 1.7e308, np.inf])
        tables = [HeatTable([ends], np.ones(1) / 3, ends, limit=limit) for limit in (None, ends[0], ends[2], np.float32(3e38))]
        return [(repr(shown), shown._repr_html_()) for shown in tables] + [repr(SpelledOut(ends, ends))]

    plain = told()
    with np.errstate(all="raise"), np.printoptions(precision=1, sign="+", suppress=True, legacy="1.13"):
        assert told() == plain


def test_the_ground_of_a_number():
    """Deepest at the limit and beyond it, halfway in between, white at 0, grey for what is no size; infinity sets no limit."""
    table = HeatTable([[2.0, -1.0, 0.5, 0.0, np.inf, -np.inf, np.nan]])
    half = [round((255 + channel) / 2) for channel in DEEPEST_ORANGE]
    assert [list(table.ground(value)) for value in (2.0, 3.0, -4.0, -1.0, 0.0, np.inf, -np.inf, np.nan)] == [
        list(DEEPEST_BLUE), list(DEEPEST_BLUE), list(DEEPEST_ORANGE), half, [255] * 3, list(DEEPEST_BLUE), list(GREY), list(GREY)]
    assert table.ground(0.5)[2] > table.ground(0.5)[0] and list(table.ground(-10**400)) == list(DEEPEST_ORANGE)
    assert "background" not in HeatTable([[-np.inf]])._repr_html_()
