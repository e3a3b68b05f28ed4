"""Hostile text in a real browser: on a page of the library's own HTML, and printed through the library in JupyterLab."""
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.browser.apps import ROOT, opened, run_all
from tools.outputs import METADATA
from tests.thorough.test_security import HOSTILE, pages

ELEMENTS = """element => [...new Set([...element.querySelectorAll("*")].flatMap(
    one => [one.tagName, ...[...one.attributes].map(attribute => `${one.tagName} ${attribute.name}`)]))].sort()"""
CELL = f"""import sys
sys.path.insert(0, {str(ROOT)!r})
from IPython.display import HTML, display
from tests.thorough.test_security import checked, learner, HOSTILE
from course_lib import HeatTable, check, query_and_keys
from course_lib.explorers import lessons
text = HOSTILE[NAME]"""
SHOWN = ["HeatTable([[1.0]], [text], [text], text, text)",
         "for function in learner(text):\n    display(check(function))",
         "for html in checked(text).values():\n    display(HTML(html))",
         "query_and_keys((1, 2), [(2, 1)], [text], text, text)",
         "explorer = lessons.explore_masks()\n"
         "explorer.controls['text'].value = ' '.join(word[:20] for word in text.split()[:12])\nexplorer"]


@pytest.fixture
def page(browser):
    """A page that counts what it must not do: dialogs, requests, errors."""
    page, page_did = browser.new_page(), []
    page.on("dialog", lambda dialog: (page_did.append(dialog.message), dialog.dismiss()))
    page.route(lambda address: not address.startswith("data:"), lambda route: (page_did.append(route.request.url), route.abort()))
    yield page
    assert page_did == []
    page.close()


def elements(page, text):
    """For each part of the library's HTML with a text, which elements and attributes the browser makes of it."""
    parts = pages(text)
    page.set_content("".join(f"<section>{html}</section>" for html in parts.values()))
    page.mouse.move(20, 20)
    page.wait_for_timeout(50)
    return dict(zip(parts, page.locator("body > section").evaluate_all(f"sections => sections.map({ELEMENTS})"), strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_page_runs_nothing_and_grows_no_element(page, name):
    """What the browser builds from a hostile text is what it builds from a word, and the text can be read on it."""
    harmless, text = elements(page, "word"), HOSTILE[name]
    harmless["code"] += ["SPAN", "SPAN style"]              # a word has no colour
    for what, found in elements(page, text).items():
        assert set(found) <= set(harmless[what]), what
    assert page.evaluate("top.hurt") is None
    visible = "".join(text.replace("\0", "").split())[:40]
    assert visible in "".join(page.evaluate("document.body.textContent").split())


@pytest.mark.parametrize("name", ["script", "handler", "end tags", "SVG", "style element", "frame", "ANSI"])
def test_a_learners_notebook_in_jupyterlab_runs_nothing(server, browser, name):
    """Table, verdicts, picture and explorer with a hostile text: no dialog, no stranger asked, no script run, no element
    of the text in any output."""
    path = server.work / "hostile.ipynb"
    cells = [new_markdown_cell("# hostile"), new_code_cell(CELL.replace("NAME", repr(name))), *map(new_code_cell, SHOWN)]
    nbformat.write(new_notebook(cells=cells, metadata=METADATA), path)
    with opened(browser, server, "lab", path) as page:
        run_all(page)
        page.wait_for_timeout(500)
        assert page.evaluate("top.hurt") is None
        area = page.locator(".jp-Notebook .jp-OutputArea")
        assert page.locator(".jp-OutputArea .jp-RenderedText[data-mime-type*='error']").count() == 0
        injected = "script, iframe, object, u, style, [onerror], [onload], [href^=javascript]"
        assert page.locator(f".jp-OutputArea :is({injected})").count() == 0
        words = "".join("".join(area.all_text_contents()).split())
        assert name == "ANSI" or "".join(HOSTILE[name].split())[:40] in words
