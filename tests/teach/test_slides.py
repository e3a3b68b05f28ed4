"""The decks, every slide of them, in Chromium at 1280 × 720."""
import re

import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell

from teach import build
from teach.build import NOTEBOOKS, with_section_notes, with_their_notes
from tests.teach import decks


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_slide_fits_can_be_read_and_has_its_title_in_its_place(chromium, made, path, record_property):
    """Nothing leaves the slide or meets the page number, words have 18 pixels, in pictures 16, offline, without an error;
    there is a lecture's worth of slides, and most are well filled."""
    with decks.opened(chromium, made("slides") / f"{path.stem}.slides.html") as page:
        found = list(decks.walk(page))
    assert {i: faults for i, (faults, _) in enumerate(found, start=1) if faults} == {}
    fills = sorted(fill for _, fill in found)
    record_property("thinnest slides", [round(fill, 2) for fill in fills[:5]])
    assert len(fills) >= 20 and fills[len(fills) // 2] > 0.5 and fills[0] > 0.05, fills


SMALL = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='48' height='9'/>"
PLANTED = [('<p style="margin-top: 700px">too low', "ends at"), ('<p style="white-space: pre">' + "too wide " * 99, "ends at"),
           (f'<p style="overflow: hidden; white-space: pre">{"hidden " * 99}', "is cut off"),
           ('<p style="font-size: 17px">too small', "17.0 px"), (f'<img src="{SMALL}" style="width: 40px">', "11.1 px"),
           ('<p><script type="math/tex">d_k</script>', "d_k is not typeset"),
           (f'<div class="jp-OutputArea-output"><pre style="word-break: break-all; width: 7.5em">{"-0.0792 " * 9}',
            "-0.0792 is broken"),
           ('<p style="position: absolute; top: 590px">on the page number', "ends at"),
           ('<style>.slide-title { padding-left: 9px !important; left: 57px !important }</style>', "a title at 57,28,40px")]


@pytest.mark.parametrize("html, words", PLANTED, ids=["too low", "too wide", "cut off", "too small", "shrunk", "raw", "broken",
                                                      "on the foot", "moved"])
def test_a_planted_fault_is_found(chromium, made, html, words):
    """A slide that is too long, too wide or too small is told, and so is a picture shrunk beyond reading."""
    with decks.opened(chromium, made("slides") / "03_scores.slides.html") as page:
        page.evaluate("Reveal.slide(1, 2)")
        assert page.evaluate(decks.FAULTS) == []
        page.evaluate("html => Reveal.getCurrentSlide().querySelector('.body').insertAdjacentHTML('beforeend', html)", html)
        assert words in " ".join(page.evaluate(decks.FAULTS))


def test_a_slide_without_a_title_is_found(chromium, made):
    """The heading is taken away."""
    with decks.opened(chromium, made("slides") / "03_scores.slides.html") as page:
        page.evaluate("Reveal.slide(1, 2), Reveal.getCurrentSlide().querySelector('h2').remove()")
        assert page.evaluate(decks.FAULTS) == ["no title"]


def test_a_picture_lives_and_leaves_the_keys_to_the_deck(chromium, made):
    """A number of the flow that is clicked says where it comes from, and then the arrow turns the slide."""
    with decks.opened(chromium, made("slides") / "03_scores.slides.html") as page:
        page.evaluate("Reveal.slide(0, 1)")
        page.locator("section.present .cell").nth(3).click()
        assert page.locator("section.present .course-flow p").inner_text().startswith("X, the (0)")
        page.wait_for_function("document.activeElement === document.body")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("Reveal.getIndices().h") == 1


def test_the_speaker_sees_the_notes(chromium, made):
    """The window of the speaker shows the note that teach/notes has for the section of the slide, and its list as a list."""
    with decks.opened(chromium, made("slides") / "03_scores.slides.html") as page:
        page.evaluate("Reveal.slide(1, 0)")
        with page.expect_popup() as popup:
            page.keyboard.press("s")
        notes = popup.value.locator(".speaker-controls-notes .value")
        notes.get_by_text("go trait by trait").wait_for()
        assert notes.locator("li").count() >= 3
        popup.value.close()


def test_a_reader_meets_no_empty_cell(chromium):
    """Every cell of a notebook's page, made by nbconvert as it comes, has words in it, and none of the speaker's."""
    html, _ = HTMLExporter().from_filename(NOTEBOOKS[3])
    page = chromium.new_page()
    page.route("**", lambda route: route.abort())
    page.set_content(html, wait_until="domcontentloaded")
    cells = page.locator(".jp-Cell").all_inner_texts()
    assert len(cells) >= 50 and all(map(str.strip, cells)) and "Point:" not in " ".join(cells)
    page.close()


@pytest.mark.parametrize("old, new, words", [
    ("## The idea", "## An idea", "has the heading “## An idea”, which 00_attention_on_paper.ipynb does not have"),
    ("## The idea\n", "", "has no heading “## The idea”, a section of 00_attention_on_paper.ipynb"),
    ("## Explore", "## The idea", "has the heading “## The idea” twice"),
    ("## Recap\n", "## Recap\n## Exit ticket\n", "has no note under “## Recap”")])
def test_a_page_of_notes_that_does_not_fit_is_named(monkeypatch, tmp_path, old, new, words):
    """With the heading in question, in a sentence; no deck is made without its notes."""
    page = tmp_path / "00_attention_on_paper.md"
    text = (build.NOTES / page.name).read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(build, "BUILD", tmp_path / "build")
    monkeypatch.setattr(build, "NOTES", tmp_path)
    assert build.main(["slides"]) == f"{tmp_path / 'build' / 'slides'} is not complete: {page} {words}"


def test_prose_goes_with_its_code(made):
    """In a deck as it is made: what explains a code that starts a slide is in the notes of that slide."""
    page = (made("slides") / "03_scores.slides.html").read_text(encoding="utf-8")
    assert page.index("<h2>Sixteen meetings, by loop</h2>") < page.index("Four queries and four keys make sixteen")


def test_links_lead_to_decks(made):
    """Every relative link of a deck is a file beside it."""
    for path in made("slides").glob("*.html"):
        for link in re.findall(r'<a [^>]*href="([^"#:]+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), link


def test_notes_go_where_they_are_needed():
    """A section's note follows its heading; an answer stays; prose goes with its code, and with a heading all that follows it."""
    def cells(make, **sources):
        return [make(source, metadata={"slideshow": {"slide_type": kind}}) for kind, source in sources.items()]

    text, code = new_markdown_cell, new_code_cell
    order = with_section_notes(with_their_notes([
        *cells(text, slide="## A", notes="<details>answer"), *cells(code, fragment="a"), *cells(text, notes="on b"),
        *cells(code, skip="import c", subslide="b", fragment="b2"), *cells(text, notes="on b2"), *cells(text, notes="## B"),
        *cells(text, notes="on c", slide="c")]), {"## A": "note of A", "## B": "note of B"})
    assert [cell.source for cell in order] == ["## A", "note of A", "<details>answer", "a", "import c", "b", "on b", "on b2",
                                               "b2", "c", "## B", "note of B", "on c"]
