"""What lives on the site without a kernel, by keys and by pointer, in each engine."""
from functools import partial

import pytest

from tests.browser.apps import wait
from tests.site.looking import LESSONS, opened

START = {"x": 9, "y": 9}                                    # near the left end of a slider
# Of each kind what takes the keys, a key, and where the pointer clicks.
LIVE = {"fill": ("input[type=range]", "ArrowLeft", "input[type=range]", START),
        "flow": (".cell[tabindex='0']", "ArrowRight", ".cell[tabindex='-1']", None),
        "heads": ("canvas", "ArrowLeft", ".cell[tabindex='-1']", None),
        "query": ("g[data-mark=query]", "ArrowUp", ".course-presets button", None),
        "watch": ("input[type=range]", "ArrowLeft", "input[type=range]", START),
        "windows": ("input[type=range]", "ArrowRight", "svg", {"x": 260, "y": 60})}


def says_something_else(page, box, act):
    """What a picture says of itself changes."""
    status = box.get_by_role("status").first
    before = status.text_content()
    act()
    wait(lambda: status.text_content() != before, 10, before, page)


@pytest.mark.parametrize("stem", LESSONS)
def test_what_lives_in_a_lesson_answers(browser, address, stem):
    """Every picture that lives says something else after a key, and again after a click; no error, no stranger asked."""
    with opened(browser, address, f"{stem}.html") as page:
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        kinds = page.locator("[data-alive]").evaluate_all("all => all.map(one => one.className.match(/course-([a-z]+)-/)[1])")
        assert kinds
        for kind, box in zip(kinds, page.locator("[data-alive]").all(), strict=True):
            keys, key, place, position = LIVE[kind]
            box.scroll_into_view_if_needed()
            says_something_else(page, box, partial(box.locator(keys).first.press, key))
            says_something_else(page, box, partial(box.locator(place).first.click, position=position))


def test_a_finger_drags_the_query(browser, address):
    """From the tip of its arrow to another place."""
    with opened(browser, address, "03_scores.html") as page:
        box = page.locator("[data-alive][class*=course-query]")
        box.scroll_into_view_if_needed()
        paper = box.locator("svg").first.bounding_box()

        def drag():
            page.mouse.move(paper["x"] + 0.7 * paper["width"], paper["y"] + 0.2 * paper["height"])
            page.mouse.down()
            page.mouse.move(paper["x"] + 0.3 * paper["width"], paper["y"] + 0.4 * paper["height"], steps=4)
            page.mouse.up()

        says_something_else(page, box, drag)


@pytest.mark.parametrize("stem, live, ask, number", [("03_scores", "flow", ".cell", ".cell.on"),
                                                   ("09_trained_heads", "watch", "svg", "svg")])
def test_the_answer_is_in_view_on_a_phone(browser, address, stem, live, ask, number):
    """Whole, and below the number that was pressed, from the beginning of a picture that is taller than the window."""
    with opened(browser, address, f"{stem}.html", viewport={"width": 360, "height": 640}) as page:
        box = page.locator(f"[data-alive][class*=course-{live}]").first
        box.locator(ask).first.click()
        shown, told = (box.locator(name).first.bounding_box() for name in (number, ".told"))
        assert shown["y"] + shown["height"] <= told["y"] + 1 and told["y"] + told["height"] <= 641
