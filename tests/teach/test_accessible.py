"""Decks and hand-outs for every eye and ear."""
import pytest

from teach.build import NOTEBOOKS
from tests.site.looking import RULES, faults
from tests.teach import decks


def both(page):
    """What axe finds on a light machine, and on a dark one."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        yield faults(page, RULES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_axe_finds_nothing(chromium, made, path):
    """WCAG 2.2 AA and best practice, on the title of a deck and on its hand-outs."""
    with decks.opened(chromium, made("slides") / f"{path.stem}.slides.html") as page:
        assert list(both(page)) == [{}, {}]
    for file in sorted(made("handouts").glob(f"{path.stem}_*.html")):
        page = chromium.new_page()
        page.goto(file.as_uri())
        page.wait_for_selector("html.fitted")
        assert list(both(page)) == [{}, {}], file.name
        page.close()
