"""Decks and hand-outs for every eye and ear."""
import pytest

from teach.build import NOTEBOOKS
from tests.site.looking import RULES, faults
from tests.teach import decks


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_axe_finds_nothing(chromium, made, path):
    """WCAG 2.2 AA and best practice, on the title of a deck and on its hand-outs."""
    with decks.opened(chromium, made("slides") / f"{path.stem}.slides.html") as page:
        assert faults(page, RULES) == {}
    for file in sorted(made("handouts").glob(f"{path.stem}_*.html")):
        page = chromium.new_page()
        page.goto(file.as_uri())
        page.wait_for_selector("html.fitted")
        assert faults(page, RULES) == {}, file.name
        page.close()
