"""Decks and hand-outs for everybody: axe looks at them, on a light and on a dark machine."""
import pytest
from axe_playwright_python.sync_playwright import Axe

from teach.build import NOTEBOOKS
from tests.teach import decks

OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def faults(page):
    """What axe finds, light and dark; → rule and element of each."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for violation in Axe().run(page, options=OPTIONS).response["violations"]:
            yield from ((scheme, violation["id"], node["html"]) for node in violation["nodes"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_deck_opens_without_a_barrier(chromium, made, path):
    """On its first slide: names, roles, contrast, headings, landmarks."""
    with decks.opened(chromium, made("slides") / f"{path.stem}.slides.html") as page:
        assert list(faults(page)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_hand_out_has_no_barrier(chromium, made, path):
    """From its title to its end."""
    page = chromium.new_page()
    for kind in ("sheet", "key") if path == NOTEBOOKS[0] else ("summary",):
        page.goto((made("handouts") / f"{path.stem}_{kind}.html").as_uri())
        page.wait_for_selector("html.fitted")
        assert list(faults(page)) == []
    page.close()
