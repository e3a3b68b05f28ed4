"""All heads of a model in a real browser: by keys and by pointer, in an exported page, and with a kernel that reads own texts."""
import json
import re

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.explorers import heads
from tests.browser import apps
from tests.browser.test_lessons import HOSTILE
from tests.test_heads import made_up
from tools.outputs import METADATA

CELL = f"""import sys
sys.path.insert(0, {str(apps.ROOT)!r})
from tests.test_heads import made_up
from course_lib import explore_model
explore_model(made_up())"""
FIELD = "a text of your own"
# How many pixels of the board differ from those of its ground.
PAINTED = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 60).length;
}"""
SIZES = """element => {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), sizes = [];
    while (texts.nextNode()) if (texts.currentNode.data.trim() && texts.currentNode.parentElement.checkVisibility())
        sizes.push(parseFloat(getComputedStyle(texts.currentNode.parentElement).fontSize));
    return Math.min(...sizes);
}"""


@pytest.fixture(scope="module")
def explorer():
    """The explorer of a small model that is made up."""
    return heads.Heads(made_up())


@pytest.fixture(scope="module")
def readings(explorer):
    """What its model does with each of the three sentences."""
    return {text: heads.read(text, explorer.model) for text in (heads.IT, heads.MOUSE, heads.TWICE)}


@pytest.fixture(params=["light", "dark"])
def page(request, browser, explorer, tmp_path):
    """The explorer in an exported page: the committed output alone, on a ground that is light or dark."""
    ground = {"light": ("#ffffff", "#111111"), "dark": ("#111111", "#f2f2f2")}[request.param]
    html, path = explorer._repr_mimebundle_()[0]["text/html"], tmp_path / "page.html"
    style = "<style>body {{ background: {}; color: {}; font-family: sans-serif }}</style>".format(*ground)
    whole = f"<!doctype html><html lang=en><meta charset=utf-8><title>heads</title>{style}<main>{html}</main>"
    path.write_text(whole, encoding="utf-8")
    page, wrong = browser.new_page(viewport={"width": 1280, "height": 900}), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None)
    page.goto(path.as_uri())
    page.locator("[role=grid]").wait_for()
    yield page
    page.close()
    assert wrong == []


def told(page):
    """The sentence of what is chosen."""
    return page.get_by_role("status").text_content()


def sentence(reading, head, query, key):
    """What the page must say of one weight."""
    labels, weight = reading.labels(), reading.weights[*head, query, key] / heads.ONE
    return f"Head {'.'.join(map(str, head))}: {labels[query]} gives {weight:.4f} of its weight to {labels[key]}."


def test_every_weight_that_is_shown_is_the_models(page, readings):
    """Of each story its head, all of its cells and the row of its query, to four decimals."""
    for name, (text, head, (query, key), kind, story) in heads.PRESETS.items():
        page.get_by_role("group", name="stories").get_by_role("button", name=name, exact=True).click()
        reading, labels = readings[text], readings[text].labels()
        assert told(page) == sentence(reading, head, query, key) and page.get_by_text(story).is_visible()
        shown = page.get_by_role("gridcell").evaluate_all("cells => cells.map(cell => cell.ariaLabel)")
        expected = [f"{labels[i]} gives {reading.weights[*head, i, j] / heads.ONE:.4f} of its weight to {labels[j]}"
                    for i in range(len(labels)) for j in range(i + 1)]
        assert shown == expected
        row = page.locator(".row > span > span:first-child").all_text_contents()
        assert row[:query + 1] == [f"{weight:.4f}" for weight in reading.weights[*head, query, :query + 1] / heads.ONE]
        assert not any(row[query + 1:])
        pressed = page.get_by_role("group", name="sort").locator("[aria-pressed=true]")
        assert pressed.count() == 1 and pressed.get_attribute("data-kind") == kind


def test_the_best_heads_come_first(page, readings):
    """For each kind the three that Python's scores put first; the best becomes large, on a pair of its kind."""
    reading = readings[heads.IT]
    for kind in reading.aims:
        page.get_by_role("group", name="sort").get_by_role("button", name=kind, exact=True).click()
        found = heads.scores(reading, kind)
        best = [np.unravel_index(place, found.shape) for place in np.argsort(-found, axis=None, kind="stable")[:3]]
        ranking = ", ".join(f"{layer}.{head} ({found[layer, head]:.2f})" for layer, head in best)
        assert page.get_by_text(f"The best come first: {ranking}.").is_visible()
        assert told(page).startswith("Head {}.{}: ".format(*best[0]))
        assert page.locator(".cell.aim").count() == len(reading.aims[kind])
        assert page.locator(".cell.aim[aria-selected=true]").count() == 1


def test_the_heads_that_look_from_one_token_to_another_come_first(page, readings):
    """The pair is the one that is chosen in the large picture, and the order follows it."""
    weights = readings[heads.IT].weights
    page.get_by_role("group", name="sort").get_by_role("button", name="␣it (12) → ␣cat (1)").click()
    page.get_by_role("gridcell", name=re.compile(r"^␣mat \(7\) gives .* to ␣sat \(4\)$")).click()
    best = np.argsort(-weights[..., 7, 4], axis=None, kind="stable")[:3]
    ranking = ", ".join(f"{h // 9}.{h % 9} ({weights[..., 7, 4].flat[h] / heads.ONE:.2f})" for h in best)
    assert page.get_by_text(f"The best come first: {ranking}.").is_visible()
    assert page.get_by_role("button", name="␣mat (7) → ␣sat (4)").get_attribute("aria-pressed") == "true"
    row = page.locator(".row > span > span:first-child").all_text_contents()
    assert all(row[:8]) and not any(row[8:])                    # what comes later has no weight


def test_arrow_keys_go_from_head_to_head(page, readings):
    """In the order that is shown, and not past its ends; a screen reader is told the head and its weight."""
    board = page.get_by_role("slider", name="head")
    board.focus()
    for key, head in {"ArrowLeft": (13, 7), "ArrowUp": (12, 7), "ArrowRight": (12, 8), "ArrowDown": (13, 8)}.items():
        page.keyboard.press(key)
        assert told(page) == sentence(readings[heads.IT], head, 12, 1)
        assert board.get_attribute("aria-valuetext") == sentence(readings[heads.IT], head, 12, 1)[5:-1].replace(":", ",")
        assert board.get_attribute("aria-valuenow") == str(9 * head[0] + head[1])
    for _ in range(20):
        page.keyboard.press("ArrowDown")
    assert told(page).startswith("Head 29.8:")


def test_arrow_keys_go_from_weight_to_weight(page, readings):
    """Never above the diagonal; what is chosen has the focus, and one cell alone can be tabbed to."""
    page.locator(".cell[tabindex='0']").focus()
    for key, pair in {"ArrowUp": (11, 1), "ArrowLeft": (11, 0), "ArrowRight": (11, 1)}.items():
        page.keyboard.press(key)
        assert told(page) == sentence(readings[heads.IT], (13, 8), *pair)
        assert page.evaluate("document.activeElement.ariaLabel") in told(page)
        assert page.locator(".cell[tabindex='0']").count() == 1
    for _ in range(12):
        page.keyboard.press("ArrowUp")
    assert "The (0) gives 1.0000 of its weight to The (0)" in told(page)


def test_a_pointer_asks_a_weight_and_chooses_a_head(page, readings):
    """Over a cell its weight is told, and what was chosen when the pointer has gone; a click on a thumbnail makes it large."""
    before = told(page)
    page.get_by_role("gridcell", name=re.compile(r"^␣mat \(7\) gives .* to ␣sat \(4\)$")).hover()
    assert told(page) == sentence(readings[heads.IT], (13, 8), 7, 4)
    page.mouse.move(1, 1)
    assert told(page) == before
    page.locator("canvas").click(position={"x": 38 + 22 * 2 + 5, "y": 20 + 22 * 3 + 5})
    assert told(page) == sentence(readings[heads.IT], (3, 2), 12, 1)
    frame, board = (page.locator(f".board {part}").bounding_box() for part in ("i", "canvas"))
    assert (frame["x"] - board["x"], frame["y"] - board["y"]) == (38 + 22 * 2 - 3, 20 + 22 * 3 - 3)


@pytest.mark.parametrize("width", [1280, 360])
def test_it_can_be_read_and_fits(page, width):
    """No word is smaller than 12 pixels, nothing sticks out, the thumbnails are painted, and axe finds nothing."""
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".course-heads").evaluate(SIZES) >= 12
    assert page.locator("canvas").evaluate(PAINTED) > 5000
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_the_longest_text_is_shown_also_on_a_phone(browser, explorer):
    """As a kernel gives it: tokens that stand there often count once, and nothing sticks out."""
    reading = heads.read("it" * 12, explorer.model)
    with apps.bare(browser, "heads.js", {"setup": explorer.setup, "own": {}, "text": ""}) as page:
        page.add_style_tag(content=heads.STYLE)
        page.set_viewport_size({"width": 360, "height": 800})
        page.evaluate("own => { document.querySelector('input').value = own.text; model.set('own', own); }", reading.data())
        page.get_by_role("group", name="sort").get_by_role("button", name="induction").click()
        found = heads.scores(reading, "induction")
        assert f"({found.max():.2f})" in page.locator("small").nth(1).text_content() and "over 22 tokens" in page.content()
        assert page.get_by_role("rowheader").count() == heads.LIMIT and page.evaluate("document.body.scrollWidth") <= 360


@pytest.mark.parametrize("hides", ["never", "for a while", "for a moment"])
def test_the_thumbnails_follow_a_page_that_becomes_dark(browser, explorer, hides):
    """Their blue is the one of the dark page, without a reload; also if the page hides meanwhile, as JupyterLab does."""
    with apps.bare(browser, "heads.js", {"setup": explorer.setup, "own": {}, "text": ""}) as page:
        page.add_style_tag(content=f":root {{ color-scheme: light }} {heads.STYLE}")
        pixel = "canvas => [...canvas.getContext('2d').getImageData(39, 21, 1, 1).data].slice(0, 3)"
        page.wait_for_function(f"({pixel})(document.querySelector('canvas'))[2] > 100")
        page.evaluate("""async hides => {
            const { style } = document.body, painted = () => getComputedStyle(document.querySelector("canvas")).color;
            if (hides === "for a while") style.display = "none";
            document.documentElement.style.colorScheme = "dark";
            painted();
            if (hides === "for a moment") style.display = "none";
            painted();
            if (hides === "for a while") await new Promise(resolve => setTimeout(resolve, 100));
            style.display = "";
        }""", hides)
        page.wait_for_function(f"({pixel})(document.querySelector('canvas'))[2] > 230")


def test_nothing_that_is_typed_is_asked_without_a_kernel(page):
    """The field for a text of one's own is hidden: nobody would answer."""
    assert page.get_by_label(FIELD).count() == 1 and not page.get_by_label(FIELD).is_visible()


@pytest.mark.parametrize("app", apps.APPS)
def test_a_kernel_reads_a_text_of_ones_own(server, browser, explorer, app):
    """Typed letter by letter; one that is too long is refused in words and the picture stays; a story leads back."""
    path = server.work / "heads.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# heads"), new_code_cell(CELL)], metadata=METADATA), path)
    with apps.opened(browser, server, app, path) as page:
        apps.run_all(page)
        field, tokens = page.get_by_label(FIELD), page.get_by_role("rowheader")

        def type_in(text, says):
            field.focus()
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.type(text)
            apps.wait(lambda: says in told(page), 10, lambda: told(page), page)

        field.wait_for()
        type_in("it sat", "Head 13.8: ␣sat (2)")
        assert field.evaluate("field => field === document.activeElement") and tokens.count() == 3
        type_in("y" * 25, "has 25 tokens, and the picture has room for 24")
        assert tokens.count() == 3
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.press("Delete")
        apps.wait(lambda: "has no token yet" in told(page), 10, lambda: told(page), page)
        type_in("<b>it</b>", "Head 13.8: > (8)")
        assert [text[1:] for text in tokens.all_text_contents()] == heads.read("<b>it</b>", explorer.model).tokens
        type_in(heads.MOUSE, "␣the (14)")
        found = json.dumps(page.get_by_role("gridcell").evaluate_all("cells => cells.map(cell => cell.ariaLabel)"))
        page.get_by_role("button", name="mouse", exact=True).click()
        page.get_by_role("button", name="it", exact=True).click()
        assert "Head 13.8: ␣it (12)" in told(page) and field.input_value() == heads.IT and len(found) > 1000
        type_in(HOSTILE[:20], " gives ")
        assert page.locator(".course-heads :is(svg, x, u)").count() == 0
