"""The picture of a whole model: what it says is what it draws, in both themes."""
import re

from course_lib.looks import DARK
from course_lib.stream import HIGH, WIDE, ResidualStream

STREAM = ResidualStream(["the", " cat", "<b>"], 30)


def test_it_says_what_flows_where():
    """Tokens, how many layers, what each layer has, and a question mark: the next word is not told before it is asked for."""
    assert repr(STREAM).splitlines()[1:] == [
        "tokens: the |  cat | <b>", "30 times: + RMSNorm, multi-head attention + RMSNorm, gated MLP",
        "then RMSNorm, the token table: ?"]
    page = STREAM._repr_html_()
    assert all(text in page for text in ("&lt;b&gt;", "there are 30", ">?</text>", "residual stream"))
    assert "<b>" not in page and "<img" in STREAM._repr_mimebundle_()["text/html"]


def test_every_colour_has_a_twin_for_the_dark():
    """No colour stands alone."""
    colours = re.findall(r'(?:fill|stroke)="([^"]+)"', STREAM._repr_html_())
    assert len(colours) > 30 and all(re.fullmatch(r"none|light-dark\((#\w+),(#\w+)\)", colour) for colour in colours)
    assert all(DARK[light] == dark for light, dark in re.findall(r"light-dark\((#\w+),(#\w+)\)", "".join(colours)))


def test_nothing_leaves_the_picture():
    """Boxes and words stay inside, and words are large enough."""
    svg = STREAM._repr_html_()
    for x, y, width, height in re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', svg):
        assert int(x) + int(width) <= WIDE and int(y) + int(height) <= HIGH
    assert all(0 < float(x) <= WIDE and 12 < float(y) <= HIGH - 4 for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"', svg))
    assert 'font-size="13"' in svg
