"""What holds for every page of the site, in a real browser."""
import pytest

from tests.site.looking import CONTRAST, PAGES, RULES, faults, opened

# The fonts in which formulas are drawn and which the page does not have.
MISSING = """(() => {
    const there = new Set([...document.fonts].map(face => `${face.family} ${face.weight} ${face.style}`));
    const used = [...document.querySelectorAll(".katex-html span")].map(span => getComputedStyle(span))
        .map(style => `${style.fontFamily.split(",")[0].replaceAll('"', "")} ${style.fontWeight} ${style.fontStyle}`);
    return [...new Set(used)].filter(face => !there.has(face));
})()"""


def test_axe_finds_nothing(page):
    """WCAG 2.2 AA and best practice, everything unfolded, light and dark."""
    assert faults(page.page, RULES) == {}
    page.page.emulate_media(color_scheme="dark")
    page.page.wait_for_function("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 99")
    assert faults(page.page, CONTRAST) == {}


@pytest.mark.parametrize("width", [1280, 640, 360, 320])
def test_it_scrolls_in_one_direction(page, width):
    """On a laptop, on phones, and at 200 and 400 % zoom, which make 1280 pixels 640 and 320."""
    page.page.set_viewport_size({"width": width, "height": 800})
    page.page.wait_for_timeout(100)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_phone_shows_every_formula_whole(page):
    """Nobody scrolls in a formula."""
    page.page.set_viewport_size({"width": 360, "height": 800})
    cut = "formulas => formulas.filter(box => box.scrollWidth > box.clientWidth).map(box => box.textContent)"
    assert page.page.locator("div.math").evaluate_all(cut) == []


def test_a_phone_shows_a_number_of_every_table(page):
    """Beside the names of the rows; the other columns scroll."""
    page.page.set_viewport_size({"width": 360, "height": 800})
    hidden = """tables => tables.filter(table => table.querySelector("td:not(:empty)").getBoundingClientRect().right
                                                 > table.getBoundingClientRect().left + 328).map(table => table.textContent)"""
    assert page.page.locator(".cell_output table:has(td:not(:empty))").evaluate_all(hidden) == []


def test_a_phone_shows_pictures_large_enough_to_read(page):
    """Words of twelve pixels keep eight; a wide picture scrolls in its frame."""
    page.page.set_viewport_size({"width": 360, "height": 800})
    small = "images => images.filter(image => image.width < 0.64 * image.naturalWidth).map(image => image.alt)"
    assert page.page.locator(".cell_output img:visible").evaluate_all(small) == []


def test_its_headings_and_pictures_say_what_they_are(page):
    """One title, no level left out, an alternative text for every picture, the head of a row or column for every table."""
    levels = page.page.evaluate("[...document.querySelectorAll('article :is(h1, h2, h3, h4, h5, h6)')].map(e => +e.tagName[1])")
    assert levels.count(1) == 1 == levels[0]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert page.page.locator("article img:not([alt]), article img[alt='']").count() == 0
    assert page.page.locator("article table:not(:has(th))").count() == 0
    assert page.page.locator("article svg:not([aria-label], [aria-hidden], .katex *, [aria-label] *)").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_from_a_stick(chromium, built, name):
    """From the disk, with no error and no request to anywhere else; formulas are typeset, in fonts that are there."""
    with opened(chromium, f"{built.as_uri()}/", name) as page:
        assert page.locator(".math").count() == page.locator(".math .katex").count()
        assert page.locator(".katex-error").count() == 0
        assert page.evaluate(MISSING) == []
