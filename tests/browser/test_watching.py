"""Training to be watched, in a real browser: the heads of the shipped run without a kernel, and a training in one."""
import itertools

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from course_lib.explorers import lessons
from course_lib.explorers.browser import HERE
from course_lib.looks import themed
from tests.browser import apps
from tests.browser.apps import opened, run_all, wait
from tools.outputs import METADATA

WATCH = lessons.watch_heads()
STYLE = themed("".join((HERE / f"{name}.css").read_text(encoding="utf-8") for name in ("watch", "keys")))
# All that is to be seen of an element: sentence, names, cells with weight, scores, and the mark in the curves.
SHOWN = """element => [
    element.querySelector("p").textContent,
    ...[...element.querySelectorAll("figure")].map(figure => [
        figure.querySelector("svg").getAttribute("aria-label"),
        [...figure.querySelectorAll(".cells path")].filter(path => Number(path.getAttribute("opacity")) > 0)
            .map(path => [path.getAttribute("d"), Number(path.getAttribute("opacity"))]),
        figure.querySelector("small").textContent]),
    element.querySelector(".now").getAttribute("transform")]"""
EXPECTED = f"html => ({SHOWN})(Object.assign(document.createElement('div'), {{ innerHTML: html }}))"


@pytest.fixture
def page(browser):
    """The heads in an empty page: their JavaScript and nothing else."""
    with apps.bare(browser, "watch.js", WATCH.state()) as bare:
        bare.add_style_tag(content=STYLE)
        yield bare


def told(page):
    """What is told of a single weight."""
    return page.locator(".told").text_content()


def test_the_browser_shows_what_python_draws(page):
    """At every time, without every subset of the heads: sentence, weights, scores, alternative texts, and what is switched."""
    for at, subset in itertools.product(range(7), range(16)):
        page.evaluate("([at, subset]) => { model.set('at', at); model.set('subset', subset); }", [at, subset])
        assert page.locator("#widget").evaluate(SHOWN) == page.evaluate(EXPECTED, WATCH.page(at, subset)), (at, subset)
        switches = page.get_by_role("checkbox").evaluate_all("boxes => boxes.map(box => box.checked)")
        assert switches == [bool(subset >> k & 1) for k in range(4)]
        assert page.locator("figure.silent").count() == sum(switches)


def test_keys_go_through_the_training_and_silence_heads(page):
    """The slider by its arrow keys, a switch by Space; each has a name, and the slider says its step."""
    slider = page.get_by_role("slider", name="training step")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert page.evaluate("[model.get('at'), model.get('subset')]") == [3, 0]
    assert slider.get_attribute("aria-valuetext") == "step 200" and page.locator("output").text_content() == "200"
    page.get_by_role("checkbox", name="silence layer 0, head 1").press("Space")
    assert page.evaluate("[model.get('at'), model.get('subset')]") == [3, 2]
    assert page.get_by_role("status").first.text_content() == WATCH.says(3, 2)


def test_a_preset_is_one_key(page):
    """Every button."""
    for label, setting in WATCH.presets:
        page.get_by_role("button", name=label, exact=True).press("Enter")
        assert page.evaluate("[model.get('at'), model.get('subset')]") == setting


def test_arrow_keys_tell_single_weights(page):
    """From the last letter but above itself, as far as the grid goes; the same place is marked in all four heads."""
    page.get_by_role("application").nth(2).focus()
    for key, query, key_ in (("ArrowRight", 17, 13), ("ArrowUp", 16, 13), ("ArrowLeft", 16, 12), ("ArrowDown", 17, 12),
                             ("ArrowDown", 17, 12)):
        page.keyboard.press(key)
        weight = WATCH.weights[6][0][2][query * (query + 1) // 2 + key_]
        names = "falcon" * 3
        assert told(page) == (f"layer 1, head 0: {names[query]} ({query}) gives {names[key_]} ({key_}) "
                              f"the weight {weight / 1000:.3f}.")
    marks = page.locator(".cursor").evaluate_all("marks => marks.map(mark => [mark.getAttribute('x'), mark.getAttribute('y')])")
    assert marks == [["144", "204"]] * 4
    page.get_by_role("slider").press("Home")
    assert told(page).endswith(f"the weight {WATCH.weights[0][0][2][17 * 9 + 12] / 1000:.3f}.")
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
    page.get_by_role("application").nth(2).focus()
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    assert told(page).startswith("layer 1, head 0: f (0) gives f (0) the weight 1.000")


def test_a_pointer_tells_single_weights(page):
    """Where it is over a cell, and only below the diagonal."""
    box = page.get_by_role("application").nth(1).bounding_box()
    page.mouse.move(box["x"] + 20 + 12 * 4 + 6, box["y"] + 20 + 12 * 9 + 6)
    assert told(page).startswith("layer 0, head 1: c (9) gives o (4) the weight ")
    page.mouse.move(box["x"] + 20 + 12 * 9 + 6, box["y"] + 20 + 12 * 4 + 6)
    assert told(page).startswith("layer 0, head 1: c (9) gives o (4) the weight ")


@pytest.mark.parametrize("width", [360, 860, 1280])
def test_it_fits(page, width):
    """Nothing sticks out to the right, and no word is smaller than 12 pixels."""
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.locator("svg").evaluate_all("""svgs => svgs.map(svg =>
        parseFloat(svg.getAttribute("font-size")) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)""")
    sizes += page.locator("small").evaluate_all("all => all.map(small => parseFloat(getComputedStyle(small).fontSize))")
    assert min(sizes) >= 12


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_accessible(browser, dark):
    """axe finds nothing in a page of its own without a kernel, light or dark."""
    context = browser.new_context(color_scheme="dark" if dark else "light")
    page = context.new_page()
    html = WATCH._repr_mimebundle_()["text/html"]
    page.set_content('<!doctype html><html lang="en"><meta name="color-scheme" content="light dark"><title>x</title>'
                     f'<body style="background: light-dark(white, #111111)">{html}')
    page.get_by_role("button", name="without the induction heads").click()
    assert page.get_by_role("status").first.text_content() == WATCH.says(6, 12)
    found = Axe().run(page, ".course-watch", options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()
    context.close()


CODES = "from course_lib import train_live, watch_heads\nlive = train_live(300)\nlive", "watch_heads()"


@pytest.mark.parametrize("app", ["lab", "notebook 7"])
def test_a_training_is_watched_in_the_apps(server, browser, app):
    """By the keyboard alone: trains, is stopped, goes on to its end; the keys of the heads move the heads, not the cells."""
    path = server.work / f"watching {app}.ipynb"
    cells = [nbformat.v4.new_markdown_cell("."), *map(nbformat.v4.new_code_cell, CODES)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), path)
    with opened(browser, server, app, path) as page:
        run_all(page)
        status, bar = page.locator(".course-status"), page.get_by_role("progressbar", name="Training")
        wait(lambda: "Press train" in status.inner_text(), 10, "no sentence", page)
        page.get_by_role("button", name="train", exact=True).press("Enter")
        wait(lambda: bar.evaluate("bar => bar.value") > 30, 30, "it does not train", page)
        page.get_by_role("button", name="stop", exact=True).press("Enter")
        wait(lambda: "Stopped after" in status.inner_text(), 10, status.inner_text, page)
        curve = page.locator(".course-explorer polyline").first.get_attribute("points").split()
        assert len(curve) == int(status.inner_text().split()[2]) // 25
        page.get_by_role("button", name="go on", exact=True).press("Enter")
        wait(lambda: "All 300 steps are done" in status.inner_text(), 60, status.inner_text, page)
        assert page.locator(".course-explorer figure").count() == 4 and page.locator(".course-explorer tbody tr").count() == 4
        assert bar.evaluate("bar => [bar.value, bar.max, bar.labels[0].textContent]") == [300, 300, "Training  300 of 300"]
        page.get_by_role("slider", name="training step").press("ArrowLeft")
        wait(lambda: page.locator(".course-watch").get_by_role("status").first.text_content() == WATCH.says(5, 0), 10,
             "the heads did not move", page)
        found = Axe().run(page, ".jp-OutputArea", options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        assert found.violations_count == 0, found.generate_report()
