"""The site is built once, into a folder of its own, and served on loopback."""
import warnings
from types import SimpleNamespace

import pytest

from tests.site.looking import PAGES, opened, served
from tools import site


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder with the site."""
    folder = tmp_path_factory.mktemp("site")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                     # myst-parser uses what Sphinx 11 will not have
        site.make(folder / "site", folder / "made")
    return folder / "site"


@pytest.fixture(scope="session")
def address(built):
    """Where a static host serves it."""
    with served(built) as address:
        yield address


@pytest.fixture(scope="module", params=PAGES)
def page(request, chromium, address):
    """Every page, served, with everything unfolded."""
    with opened(chromium, address, request.param) as page:
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        yield SimpleNamespace(name=request.param, page=page)
