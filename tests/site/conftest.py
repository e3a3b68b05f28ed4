"""The site is built once, into a folder of its own, and served on loopback."""
import threading
import warnings
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from tests.site.looking import PAGES, opened
from tools import site


class Quiet(SimpleHTTPRequestHandler):
    """A static host that says nothing."""

    def log_message(self, *_):
        """Nothing."""


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
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=built))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=PAGES)
def page(request, chromium, address):
    """Every page, served, with everything unfolded."""
    with opened(chromium, address, request.param) as page:
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        yield SimpleNamespace(name=request.param, page=page)
