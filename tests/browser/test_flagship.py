"""The query that is dragged wholly in the browser: Python's picture, with a kernel, without one, and without Jupyter."""
import io
import itertools
import subprocess
import sys
from contextlib import contextmanager

import pytest
from PIL import Image

from course_lib.explorers import lessons, views
from course_lib.looks import GROUND, image, themed
from tests.browser import apps
from tests.browser.apps import NOTEBOOKS, opened, run_all, wait

SCORES = next(path for path in NOTEBOOKS if path.stem == "03_scores")
# What JavaScript adds to Python's page: the handle's role and focus, and the word to the apps' shortcuts.
PICTURE = """element => {
    const copy = element.cloneNode(true), query = copy.querySelector("g[data-mark=query]");
    copy.querySelector(".course-presets").remove();
    copy.querySelector("p").removeAttribute("role");
    copy.querySelectorAll("svg").forEach(svg => { svg.removeAttribute("style"); svg.setAttribute("role", "img"); });
    const added = ["role", "tabindex", "aria-label", "aria-valuetext", "data-lm-suppress-shortcuts"];
    added.forEach(name => query.removeAttribute(name));
    return copy.innerHTML;
}"""
LIVE = ".jp-RenderedHTMLCommon:has(> .course-presets)"
WHITE = themed(f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="{GROUND}"/></svg>')
PARSED = """html => {
    const element = Object.assign(document.createElement("div"), { innerHTML: html });
    element.querySelectorAll("svg").forEach(svg => svg.removeAttribute("style"));
    return element.innerHTML;
}"""


@pytest.fixture
def bare(browser):
    """The flagship in an empty page: its JavaScript and nothing else."""
    with apps.bare(browser, "query.js", {"query": [2, 3], "setup": lessons.drag_query().setup}) as page:
        yield page


def differs(page, query, element="#widget"):
    """What the browser shows for a query, if it is not what Python draws for it."""
    shown = page.locator(element).evaluate(PICTURE)
    expected = page.evaluate(PARSED, views.query_in_the_plane(*query)._repr_html_())
    return None if shown == expected else (query, shown, expected)


def test_the_browser_draws_what_python_draws(bare):
    """On a grid over all queries: sentence, arrow, cross, numbers and alternative texts, to the last character."""
    for query in itertools.product([x / 2 for x in range(-10, 11)], repeat=2):
        bare.evaluate("query => model.set('query', query)", query)
        assert differs(bare, query) is None


def test_keys_move_the_query_and_stop_at_the_edge(bare):
    """Half a unit for an arrow key, a tenth with Shift, never beyond 5."""
    bare.focus("g[data-mark=query]")
    for key, query in {"ArrowUp": [2, 3.5], "ArrowRight": [2.5, 3.5],
                       "Shift+ArrowDown": [2.5, 3.4], "Shift+ArrowLeft": [2.4, 3.4]}.items():
        bare.keyboard.press(key)
        assert bare.evaluate("model.get('query')") == query and differs(bare, query) is None
    for _ in range(20):
        bare.keyboard.press("ArrowLeft")
    assert bare.evaluate("model.get('query')") == [-5, 3.4]


@pytest.mark.parametrize("width", [1280, 320])
def test_a_finger_drags_the_query(bare, width):
    """The arrow ends where the pointer is, and stays when it has gone up; also where the page is narrow."""
    bare.set_viewport_size({"width": width, "height": 900})
    paper = bare.locator("svg").first.bounding_box()
    unit = paper["width"] / 10

    def at(x, y):
        return paper["x"] + (x + 5) * unit, paper["y"] + (5 - y) * unit

    bare.mouse.move(*at(2, 3))
    bare.mouse.down()
    for query in ((1, 3), (0, 2.5), (-3, -1)):
        bare.mouse.move(*at(*query), steps=4)
        assert differs(bare, query) is None
    bare.mouse.up()
    bare.mouse.move(*at(2, 2))
    assert differs(bare, (-3, -1)) is None


def test_a_swipe_scrolls_and_a_finger_on_the_tip_drags(chromium, bare):
    """One that begins elsewhere in the plane moves the page and not the query, which comes to where the plane is tapped."""
    bare.set_viewport_size({"width": 360, "height": 640})
    bare.evaluate("document.body.style.padding = '300px 0 900px'")

    def at(x, y):
        paper = bare.locator("svg").first.bounding_box()
        return paper["x"] + (x + 5) * paper["width"] / 10, paper["y"] + (5 - y) * paper["width"] / 10

    bare.evaluate("scrollTo(0, 150)")
    apps.swipe(bare, at(-3, 2), at(-3, -2))
    assert bare.evaluate("scrollY") < 100 and differs(bare, (2, 3)) is None
    apps.swipe(bare, at(-3, -2), at(-3, 2))
    assert bare.evaluate("scrollY") > 100 and differs(bare, (2, 3)) is None
    before = bare.evaluate("scrollY")
    apps.swipe(bare, at(2, 3), at(2, -1), at(-1, -2))
    assert bare.evaluate("scrollY") == before and differs(bare, (-1, -2)) is None
    apps.swipe(bare, at(-3, 1))
    assert bare.evaluate("scrollY") == before and differs(bare, (-3, 1)) is None


@pytest.mark.parametrize("width", [360, 320])
def test_captions_fit_a_phone(bare, width):
    """Each can be read to its end, however wide its table is, also in large letters."""
    bare.add_style_tag(content="table { font-size: 20px }")
    bare.set_viewport_size({"width": width, "height": 640})
    ends = """all => all.map(one => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return range.getBoundingClientRect().right;
    })"""
    found = bare.locator("caption, figcaption").evaluate_all(ends)
    assert len(found) == 3 and max(found) <= width


def test_a_preset_is_one_click(bare):
    """Every button, and reset."""
    for label, query in lessons.drag_query().setup["presets"]:
        bare.get_by_role("button", name=label, exact=True).press("Enter")
        assert differs(bare, query) is None


@pytest.mark.parametrize("app", ["lab", "notebook 7"])
def test_it_lives_in_the_apps(server, browser, app):
    """In JupyterLab and Notebook 7 the arrow keys move the query, and not the selected cell."""
    with opened(browser, server, app, SCORES) as page:
        run_all(page)
        page.locator("g[data-mark=query][tabindex]").focus()
        page.keyboard.press("ArrowUp")
        wait(lambda: differs(page, (2, 3.5), LIVE) is None, 10, "the query did not move", page)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Notebook 03 as nbconvert exports it, from what is committed, without running it."""
    folder = tmp_path_factory.mktemp("exported")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", folder, SCORES]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "03_scores.html"


@contextmanager
def without_a_network(browser, path, **how):
    """An exported page, opened from the disk; whatever it asks the web for stays unanswered."""
    context = browser.new_context(**how)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route(lambda address: not address.startswith(("file:", "data:")), lambda route: route.abort())
    page.goto(path.as_uri())
    yield page
    context.close()
    known = "require", "MathJax", "Script error."       # which nbconvert's page asks for; of a file WebKit does not say which
    assert all(any(name in error for name in known) for error in errors), errors


def test_it_lives_in_an_exported_page_without_a_network(browser, exported):
    """No kernel, no widget manager, nothing from the web: the query moves."""
    with without_a_network(browser, exported) as page:
        page.locator("g[data-mark=query][tabindex]").focus()
        page.keyboard.press("ArrowUp")
        assert differs(page, (2, 3.5), LIVE) is None
        assert page.get_by_text("Run this cell in Jupyter, and controls appear").count() == 0


def test_an_exported_page_that_runs_no_script_shows_the_still(chromium, exported):
    """Sentence, planes and table, and how the controls come."""
    with without_a_network(chromium, exported, java_script_enabled=False) as page:
        still = page.locator("[class^=course-query]")
        assert still.locator("img").count() == 2 and still.locator("table").count() == 1
        assert all(box["width"] == 348 for box in (image.bounding_box() for image in still.locator("img").all()))
        assert still.get_by_text("Query (2, 3)").is_visible() and still.get_by_text("Run this cell").is_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_pictures_follow_a_page_that_does_not_say_what_it_is(browser, engine, dark):
    """Whatever the system prefers: a page with light words gets dark pictures, live and still, one with dark words light ones.
    In WebKit a still picture is light on every page."""
    live = lessons.drag_query()._repr_mimebundle_()["text/html"]
    context = browser.new_context(color_scheme=("dark", "light")[dark])
    page = context.new_page()
    page.set_content(f"<body style='color: {('#111', '#eee')[dark]}'>{image(WHITE, '')}{live}")
    page.locator("g[data-mark=query][tabindex]").wait_for()
    for picture, follows in ((page.locator("img").first, engine != "webkit"), (page.locator("svg").first, True)):
        pixels = Image.open(io.BytesIO(picture.screenshot())).convert("L")
        assert pixels.getpixel((3, 3)) == (255, 17)[dark and follows]
    context.close()
