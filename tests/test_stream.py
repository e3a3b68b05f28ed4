"""The picture of a whole model: what it says is what it draws, in both themes."""
import re

import pytest

from course_lib.looks import DARK, LIT, themed
from course_lib.stream import HIGH, WIDE, ResidualStream, TwoSteps

STREAM = ResidualStream(["the", " cat", "<b>"], 30)
STEPS = TwoSteps("falconf")
both = pytest.mark.parametrize("picture", [STREAM, STEPS], ids=["stream", "two steps"])


def test_it_says_what_flows_where():
    """Tokens, how many layers, what each layer has, and a question mark: the next word is not told before it is asked for."""
    assert repr(STREAM).splitlines()[1:] == [
        "tokens: the |  cat | <b>", "30 times: + RMSNorm, multi-head attention + RMSNorm, gated MLP",
        "then RMSNorm, the token table: ?"]
    page = STREAM._repr_html_()
    assert all(text in page for text in ("&lt;b&gt;", "there are 30", ">?</text>", "residual stream"))
    assert re.findall(r'middle"[^>]+>([^<]+)<', page)[1:7] == ["RMSNorm", "multi-head", "attention", "RMSNorm", "gated", "MLP"]
    assert "<b>" not in page and "<img" in STREAM._repr_mimebundle_()["text/html"]


def test_each_row_gets_the_letter_before_it_and_the_last_letter_finds_its_own():
    """In words and in the drawing, for the word of notebook 09 and for another; the question and its answer are lit."""
    assert repr(STEPS).splitlines()[1:] == [
        "rows after layer 0: f (0) | a (1) after f | l (2) after a | c (3) after l | o (4) after c | n (5) after o | "
        "f (6) after n",
        "layer 1: f (6), after f? → a (1) after f"]
    assert repr(TwoSteps("xabca")).endswith("layer 1: a (4), after a? → b (2) after a")
    page = STEPS._repr_html_()
    written = [text for text in re.findall(r">(after [^<]+)<", page) if text != "after layer 0"]
    assert written == [f"after {letter}" for letter in "falcon"] + ["after f?"] and page.count(themed(LIT)) == 2
    assert "<img" in STEPS._repr_mimebundle_()["text/html"]


@both
def test_every_colour_has_a_twin_for_the_dark(picture):
    """No colour stands alone."""
    colours = re.findall(r'(?:fill|stroke)="([^"]+)"', picture._repr_html_())
    assert len(colours) > 30 and all(re.fullmatch(r"none|light-dark\((#\w+),(#\w+)\)", colour) for colour in colours)
    assert all(DARK[light] == dark for light, dark in re.findall(r"light-dark\((#\w+),(#\w+)\)", "".join(colours)))


@both
def test_nothing_leaves_the_picture(picture):
    """Boxes and words stay inside, and words are large enough."""
    svg = picture._repr_html_()
    for x, y, width, height in re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', svg):
        assert int(x) + int(width) <= WIDE and int(y) + int(height) <= HIGH
    assert all(0 < float(x) <= WIDE and 12 < float(y) <= HIGH - 4 for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"', svg))
    assert 'font-size="13"' in svg
