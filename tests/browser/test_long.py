"""The cache and the windows of notebook 11 in a real browser: what they show of every setting is what Python draws."""
import itertools
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from course_lib.explorers.long import FillCache, StackWindows
from tests.browser.test_heads import SIZES

LABELS = {"size": "window", "sink": "sink", "layers": "layers", "token": "output of token"}


@pytest.fixture(params=["light", "dark"])
def page(request, browser, tmp_path):
    """Both in an exported page, on a ground that is light or dark."""
    ground = {"light": ("#ffffff", "#111111"), "dark": ("#111111", "#f2f2f2")}[request.param]
    html, path = "".join(made()._repr_mimebundle_()["text/html"] for made in (FillCache, StackWindows)), tmp_path / "page.html"
    style = "<style>body {{ background: {}; color: {}; font-family: sans-serif }}</style>".format(*ground)
    html = f"<!doctype html><html lang=en><meta charset=utf-8><title>long</title>{style}<main>{html}</main>"
    path.write_text(html, encoding="utf-8")
    page, wrong = browser.new_page(viewport={"width": 1280, "height": 900}), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None)
    page.goto(path.as_uri())
    page.get_by_label("tokens read").wait_for()
    yield page
    page.close()
    assert wrong == []


def move(page, label, value):
    """A slider, to a value."""
    page.get_by_label(label, exact=True).evaluate("(slider, value) => { slider.value = value; slider.oninput(); }", value)


def test_every_step_of_the_cache_is_what_python_draws(page):
    """Sentence, table, output, bars and the words for a screen reader; the button goes on as far as there are tokens."""
    cache, fill = FillCache(), page.locator(".course-fill")
    page.get_by_role("button", name="nothing kept yet").click()
    for t in range(1, 9):
        drawn = cache.page(t)
        assert fill.get_by_role("status").text_content() == cache.says(t)
        rows = fill.locator("tbody tr")
        assert rows.evaluate_all("rows => rows.map(row => row.className)") == re.findall(r'<tr class="(\w+)"', drawn)
        assert fill.locator("td").all_text_contents() == re.findall(r"<td[^>]*>([^<]*)</td>", drawn)
        assert fill.locator(".result").text_content() == re.search(r'"result">([^<]*)', drawn)[1]
        assert fill.locator("svg").get_attribute("aria-label") == re.search(r'aria-label="([^"]*)"', drawn)[1]
        assert fill.locator(".bar").evaluate_all("bars => bars.map(bar => bar.getAttribute('width'))") == re.findall(
            r'width="([\d.]+)" height="18"', drawn)
        button = page.get_by_role("button", name="next token")
        assert button.is_disabled() == (t == 8)
        if t < 8:
            button.click()
    page.get_by_label("tokens read").focus()
    page.keyboard.press("ArrowLeft")
    assert fill.get_by_role("status").text_content() == cache.says(7)


def test_every_setting_of_the_windows_is_what_python_draws(page):
    """Sentence, lines and tokens; and what the presets say."""
    windows, box = StackWindows(), page.locator(".course-windows")
    for size, sink, layers, token in [*itertools.product((1, 3, 16), (0, 2), (1, 4), (0, 9)), (2, 1, 3, 15)]:
        for name, value in {"size": size, "sink": sink, "layers": layers, "token": token}.items():
            move(page, LABELS[name], value)
        drawn = windows.svg(size, sink, layers, token)
        assert box.get_by_role("status").text_content() == windows.says(size, sink, layers, token)
        assert box.locator(".lines").get_attribute("d") == re.search(r'class="lines" d="([^"]*)"', drawn)[1]
        sizes = box.locator("circle").evaluate_all("circles => circles.map(circle => circle.getAttribute('r'))")
        assert sizes == re.findall(r' r="(\d)"', drawn)
    for name, change in windows.presets:
        box.get_by_role("button", name=name, exact=True).click()
        assert box.get_by_role("status").text_content() == windows.says(**windows.start | change)


def test_a_click_asks_for_that_tokens_output(page):
    """Wherever in its column, and also where the picture is drawn smaller."""
    svg = page.locator(".course-windows svg")
    for width in (1280, 420):
        page.set_viewport_size({"width": width, "height": 900})
        place = svg.bounding_box()
        unit = place["width"] / float(svg.get_attribute("viewBox").split()[2])
        svg.click(position={"x": (76 + 38 * 6 + 4) * unit, "y": 100 * unit})
        assert "the output of token 6." in page.locator(".course-windows").get_by_role("status").text_content()
        page.locator(".course-windows").get_by_role("button", name="three layers").click()


def test_names_of_the_cache_are_whole_on_a_phone(page):
    """In large letters, where words may be broken anywhere, each stands in one line; the table scrolls in its own box."""
    page.set_viewport_size({"width": 360, "height": 800})
    page.add_style_tag(content="body { --jp-content-font-size1: 20px; overflow-wrap: anywhere }")
    lines = """heads => heads.map(head => {
        const range = document.createRange();
        range.selectNodeContents(head.lastChild);               // what stands after the mark
        return range.getClientRects().length;
    })"""
    assert page.locator(".course-fill tbody th").evaluate_all(lines) == [1] * 8
    box = page.locator(".course-fill div:has(> table)")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth && box.getBoundingClientRect().right <= innerWidth")


@pytest.mark.parametrize("width", [1280, 360])
def test_they_can_be_read_and_fit(page, width):
    """Nothing sticks out, words in the wide page have 12 pixels, and axe finds nothing."""
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert all(page.locator(name).evaluate(SIZES) >= 12 for name in (".course-fill", ".course-windows"))
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()
