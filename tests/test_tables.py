"""The tables: what they say in text, that the page says the same, and that every cell can be read."""
import re
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pytest

from course_lib import HeatTable, SideBySide, SpelledOut
from course_lib import causal_mask
from course_lib.looks import COLOURS, DARK, GROUND, INK, WORDS, look, marked, themed
from course_lib.tables import decimals_for, number

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
    assert "<b" not in marked(f"{hostile} (3)", 0)
    assert page.texts("caption") == [hostile] and page.texts("th") == [hostile] * 3


def luminance(colour):
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return sum(share * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
               for share, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def contrast(a, b):
    """Of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted([luminance(a), luminance(b)])
    return (lighter + 0.05) / (darker + 0.05)


def through(colour, ground):
    """What is seen where #rrggbbaa lies on a ground."""
    share, channels = int(colour[7:], 16) / 255, [(int(colour[i:i + 2], 16), int(ground[i:i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * above + (1 - share) * below):02x}" for above, below in channels)


def grounds(html):
    """The colours behind the cells."""
    return re.findall("<td[^>]*background-color:(#.{8})", html)


@pytest.mark.parametrize("ink, page", [(INK, GROUND), (DARK[INK], DARK[GROUND])])
def test_every_cell_has_contrast(ink, page):
    """The page's own text on its ground through the colour has at least 7:1 (WCAG AAA), in light and dark."""
    colours = grounds(HeatTable([np.linspace(-1, 1, 21), [-np.inf] * 21])._repr_html_())
    assert len(colours) == 42 and min(contrast(ink, through(colour, page)) for colour in colours) >= 7


def test_colour_tells_sign_and_size():
    """Opposite numbers have different colours, larger ones are denser, zero lets all through, and `limit` sets the densest."""
    found = grounds(HeatTable([[-2, -1, 0, 1, 2]])._repr_html_())
    assert len({colour[:7] for colour in found}) == 2 and found[2].endswith("00")
    assert [int(colour[7:], 16) for colour in found] == [140, 70, 0, 70, 140]
    assert grounds(HeatTable([[1]], limit=2)._repr_html_()) == [found[3]]
    assert grounds(HeatTable([[1]], limit=0)._repr_html_()) == []


@pytest.mark.parametrize("colours, page", [(COLOURS, GROUND), ([DARK[colour] for colour in COLOURS], DARK[GROUND])])
def test_words_in_the_colours_of_the_pictures_can_be_read(colours, page):
    """Each has the contrast that WCAG 2.2 asks of small text, 4.5 : 1, on its ground; and no two are the same."""
    assert min(contrast(colour, page) for colour in colours) >= 4.5 and len(set(colours)) == 6


@pytest.mark.parametrize("theme, page", [(0, "#ffffff"), (1, "#111111"), (1, "#131416")])
def test_a_mark_of_a_table_follows_the_theme(theme, page):
    """It has the contrast of words, 4.5 : 1, on a light page, and on JupyterLab's dark one and the site's."""
    themes = [re.search("color:light-dark[(](#.{6}),(#.{6})[)]", marked(word, 0)).groups() for word in WORDS]
    assert min(contrast(colours[theme], page) for colours in themes) >= 4.5


def test_a_word_has_one_colour_and_a_place_one_mark():
    """The two *the* of the pocket example share the colour and not the mark, in a table as in a list; a size has neither."""
    first, last = look("the", 0), look("the", 3)
    assert first[0] == last[0] and first[1] != last[1]
    assert marked("the (3)", 0) == f'<span style="color:{themed(last[0])}">{last[1]}</span> the (3)'
    assert marked("the", 0).endswith("</span> the") and marked("d_k", 0) == "d_k"
    assert look("zebra", 1) == look("zebra", 1)


def test_colours_of_a_picture_follow_the_page():
    """Each colour of the language gets its twin, and no other is touched."""
    assert themed("a #111111 b #123456") == f"a light-dark(#111111,{DARK[INK]}) b #123456"


def test_columns_are_even_and_masks_are_centred():
    """The width of every column is that of the widest header or entry; yes and no stand in the middle, numbers at the right."""
    page = HeatTable(causal_mask(2), ["I", "transformers"], ["I", "transformers"])._repr_html_()
    assert len(set(re.findall(r"width:([\d.]+em)", page))) == 1 and "text-align:right" not in page
    assert "text-align:center" not in HeatTable([[1, 2]])._repr_html_()
    for names in (["moonlight", "a"], ["a", "moonlight"]):
        assert f"width:{0.6 * len('moonlight') + 1.4:.1f}em" in HeatTable([[1, 2]], ["a"], names)._repr_html_()


def test_what_has_no_name_has_an_empty_cell():
    """In the corner; a table without columns has rows all the same."""
    assert "<thead><tr><td></td><th " in HeatTable([[1]], ["a"], ["x"], corner="")._repr_html_()
    assert ">a</th></tr>" in HeatTable(np.zeros((1, 0)), ["a"], [])._repr_html_()


def test_a_wide_table_is_folded():
    """Sixteen columns stand below each other in two equal parts, each within 100 characters and with its rows' names."""
    wide = HeatTable(-np.ones((2, 16)) / 3, ["<BOS>", "transformers"], caption="X")
    lines = repr(wide).splitlines()
    assert max(map(len, lines)) <= 100 and [line for line in lines if "X" in line] == ["X, columns 0 to 7", "X, columns 8 to 15"]
    assert wide._repr_html_().count("<table") == 2 and repr(wide).count("-0.3333") == 32
    assert Cells(wide._repr_html_()).texts("td") == ["-0.3333"] * 32 and len(set(grounds(wide._repr_html_()))) == 1


def test_no_header_is_empty():
    """A corner that heads nothing is no header."""
    assert Cells(HeatTable([[1]])._repr_html_()).texts("th") == ["0", "0"]


def test_a_blank_to_fill_in_has_a_border_and_an_empty_corner_has_none():
    """None asks for a pencil, "" does not, and neither is coloured."""
    cells = [attrs["style"] for tag, attrs, _ in Cells(HeatTable([[1, None, ""]])._repr_html_()).found if tag == "td" and attrs]
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
    ([[True, 2]], ["1", "2"]), ([[10**400]], [str(10**400)])])
def test_mixed_entries_are_shown(values, shown):
    """Empty corners and NumPy's own scalars beside numbers; True beside numbers is 1; integers of any length."""
    assert repr(HeatTable(values)).splitlines()[-1].split()[1:] == shown


def test_a_long_name_of_a_row_may_wrap():
    """Where a page is narrow; else a phone would show the name and no number."""
    long, short = (HeatTable([[1]], ["r" * length])._repr_html_() for length in (25, 24))
    assert '<th scope="row" style="text-align:left;min-width:12em">r' in long
    assert '<th scope="row" style="text-align:left;white-space:nowrap">r' in short


def test_the_page_of_a_small_table_letter_by_letter():
    """Every tag and every style of a number, a blank to fill in, and their headers."""
    right, left = 'style="text-align:right;width:2.0em;white-space:nowrap"', 'style="text-align:left;white-space:nowrap"'
    assert HeatTable([[1, None]], ["r"], ["a", "b"], "c")._repr_html_() == (
        '<table style="display:inline-table;margin-right:2em;font-variant-numeric:tabular-nums">'
        '<caption style="text-align:left;font-weight:bold;width:max-content;max-width:88vw">c</caption>'
        f'<thead><tr><th scope="col" {left}>query \\ key</th>'
        f'<th scope="col" {right}>a</th><th scope="col" {right}>b</th></tr></thead>'
        f'<tbody><tr style="background-color:transparent"><th scope="row" {left}>r</th>'
        '<td style="text-align:right;background-color:#0072b28c">1</td>'
        '<td style="text-align:right;border:1px solid #6a6a6a"></td></tr></tbody></table>')


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
    """Densest at the limit and beyond, half as dense half-way, nothing at 0, grey for what is no size; infinity sets no limit."""
    table = HeatTable([[2.0, -1.0, 0.5, 0.0, np.inf, -np.inf, np.nan]])
    assert [table.ground(value) for value in (2.0, 3.0, -4.0, -1.0, 0.0, np.inf, -np.inf, np.nan)] == [
        "#0072b28c", "#0072b28c", "#b850008c", "#b8500046", "#0072b200", "#0072b28c", "#8080804d", "#8080804d"]
    assert table.ground(0.5) == "#0072b223" and table.ground(-10**400) == "#b850008c"
    assert not grounds(HeatTable([[-np.inf]])._repr_html_())
