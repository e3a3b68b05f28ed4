"""How the tests open a page of the site."""
import threading
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError

from tools import site

LESSONS = [path.stem for path in site.lessons()]
PAGES = [f"{name}.html" for name in (*LESSONS, "glossary", *site.PAGES.values(), "search")]

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}           # the only rule for which dark makes a difference


def faults(page, rules):
    """What axe finds: rule → the first elements."""
    served = page.url.startswith("http")                    # axe cannot fetch the style sheets of a file
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": served}
    found = Axe().run(page, options=options).response["violations"]
    return {fault["id"]: [node["html"][:200] for node in fault["nodes"][:3]] for fault in found}


class Quiet(SimpleHTTPRequestHandler):
    """A static host that says nothing."""

    def log_message(self, *_):
        """Nothing."""


@contextmanager
def served(folder):
    """A folder on loopback, as any static host serves it. → its address"""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def opened(chromium, address, name, **how):
    """A page of the site at an address, http or file. In the end it must have thrown no error and asked no stranger."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **how})
    page, seen = context.new_page(), []
    page.set_default_timeout(120_000)
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda message: seen.append(message.text) if message.type in ("error", "warning") else None)
    page.answers = []
    page.on("response", lambda answer: page.answers.append(answer))
    page.on("requestfailed", lambda request: seen.append(request.url))
    page.route(lambda url: not url.startswith((address, "data:", "blob:")),
               lambda route: (seen.append(f"a stranger: {route.request.url}"), route.abort()))
    page.goto(address + name)
    with suppress(TimeoutError):            # of a large page Chromium now and then never says it, with nothing under way
        page.wait_for_load_state("networkidle", timeout=15_000)
    yield page
    context.close()
    assert seen == []
