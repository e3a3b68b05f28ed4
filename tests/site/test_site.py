"""The site as a reader uses it."""
import gzip
import json
import re
from html import unescape
from urllib.parse import unquote

import pytest

import study
from tests.site.looking import LESSONS, PAGES, opened
from tools import site
from tools.launch import TOO_LARGE

ROWS = [row.groupdict() for row in site.ROW.finditer((site.ROOT / "README.md").read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def html(built):
    """The pages as they are written: name → HTML."""
    return {path.name: path.read_text(encoding="utf-8") for path in built.glob("*.html")}


def outputs(cell):
    """The HTML that a cell of a notebook has put out."""
    return ["".join(output["data"]["text/html"]) for output in cell.get("outputs", ()) if "text/html" in output.get("data", {})]


def test_every_page_is_built(built, html):
    """A page for each notebook and each page of the project, and no other."""
    assert sorted(html) == sorted(PAGES) and not (built / "_sources").exists()


def test_every_link_leads_somewhere(built, html):
    """Every link and every file that a page asks for is there, and so is the place in the page; other hosts are only linked."""
    ids = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in html.items()}
    for name, text in html.items():
        for tag, kind, goal in re.findall(r'<(\w+)\b[^<>]*?\s(href|src)="([^"]*)"', text):
            path, _, place = unquote(unescape(goal)).partition("#")
            if re.match("[a-z]+:", path):
                assert (tag, kind, path.partition(":")[0]) in (("a", "href", "https"), ("img", "src", "data")), goal
                continue
            path = path.partition("?")[0] or name
            assert (built / path).is_file(), (name, goal)
            assert place in ids.get(path, ()) or tag == "use" or place in ("", "furo-main-content"), (name, goal)


@pytest.mark.parametrize("stem", LESSONS)
def test_a_lesson_has_its_outputs_as_they_are_committed(html, stem):
    """All of them, to the last character, and none twice."""
    cells = site.read(site.NOTEBOOKS / f"{stem}.ipynb")["cells"]
    for output in [output for cell in cells for output in outputs(cell)]:
        assert output.strip() in html[f"{stem}.html"]
    assert html[f"{stem}.html"].count('<script type="module">') == json.dumps(cells).count('<script type=\\"module\\">')


@pytest.mark.parametrize("stem", LESSONS)
def test_no_result_is_in_view_before_it_is_predicted(chromium, address, stem):
    """As many results are folded as study.py takes out of the copies; none of them can be seen, and each can be unfolded."""
    cells = site.read(site.NOTEBOOKS / f"{stem}.ipynb")["cells"]
    wanted = [cell for cell in study.predicted(cells) if cell["outputs"]]
    with opened(chromium, address, f"{stem}.html") as page:
        results = page.locator("details.course-result")
        assert results.count() == len(wanted) and page.locator("details[open]").count() == 0
        for result in results.all():
            output = result.locator(".cell_output")
            assert not output.is_visible() and result.locator("summary").first.inner_text() == "The result"
            result.locator("summary").first.press("Enter")
            assert output.is_visible()


def test_the_glossary_leads_back(html):
    """Each entry to every lesson that links to it."""
    sections = dict(re.findall(r'<section id="([^"]+)">\s*<(?:span|h2).*?(.*?)</section>', html["glossary.html"], re.S))
    for stem in LESSONS:
        for goal in set(re.findall(r'href="glossary\.html#([^"]+)"', html[f"{stem}.html"])):
            assert f'href="{stem}.html' in sections[goal], (stem, goal)


def test_one_goes_from_the_first_lesson_to_the_last(html):
    """By next, and back by previous."""
    for before, after in zip(LESSONS, LESSONS[1:], strict=False):
        assert f'class="next-page" href="{after}.html"' in html[f"{before}.html"]
        assert f'class="prev-page" href="{before}.html"' in html[f"{after}.html"]


def test_the_front_page_is_a_door_to_every_lesson(html):
    """A card for each lesson, with its question and its minutes; each station of the picture, wide and tall, leads to one."""
    page = html["index.html"]
    cards = re.findall(r'<li><a href="(\w+)\.html"><strong>(.+?)</strong><span>(.+?)</span><small>(\d+) minutes', page)
    assert cards == [tuple(row[key] for key in ("stem", "title", "question", "minutes")) for row in ROWS]
    assert [row["stem"] for row in ROWS] == LESSONS
    stations = re.findall(r'<a href="(\w+)\.html" aria-label="([^"]+)">\s*<g class="\w+" data-matrix="([^"]+)"', page)
    assert len(stations) == page.count("data-matrix=") == 20
    assert {(stem[:2], name) for stem, _, name in stations} >= {("01", "X"), ("02", "Q"), ("03", "scores"), ("06", "weights")}


@pytest.mark.parametrize("way", ["http", "file"])
def test_search_finds(chromium, address, built, way):
    """First the lesson that is named so, then the entry in the glossary; below each result the passage that has the words. Served
    and from a stick."""
    root = address if way == "http" else f"{built.as_uri()}/"
    for words, lesson, entry in (("softmax", "06_softmax", "softmax"), ("Weighted sum", "07_weighted_sum", "weighted-sum")):
        with opened(chromium, root, f"search.html?q={words}") as page:
            page.wait_for_function("/Results/.test(document.querySelector('#search-results h2')?.textContent)")
            results = page.locator("#search-results li")
            found = [link.get_attribute("href") for link in results.locator("a").all()]
            assert found[:2] == [f"{lesson}.html", f"glossary.html#{entry}"] and len(found) > 5
            assert results.locator("p.context").count() == len(found)
            assert words.lower() in results.first.locator("p.context").inner_text().lower()
            marked = {mark.lower() for mark in results.first.locator("mark").all_inner_texts()}
            assert marked >= set(words.lower().split())


@pytest.mark.parametrize("way", ["http", "file"])
def test_search_can_be_asked_on_its_page(chromium, address, built, way):
    """Opened without a question, as from a link, it has a field; on a phone the other one is in a drawer."""
    root = address if way == "http" else f"{built.as_uri()}/"
    with opened(chromium, root, "search.html", viewport={"width": 360, "height": 800}) as page:
        page.locator("article").get_by_role("searchbox").fill("softmax")
        page.keyboard.press("Enter")
        page.wait_for_function("/Results/.test(document.querySelector('#search-results h2')?.textContent)")
        assert page.locator("article").get_by_role("searchbox").input_value() == "softmax"


@pytest.mark.parametrize("way", ["http", "file"])
def test_pictures_live_without_a_kernel(chromium, address, built, way):
    """A number tells where it comes from, the query moves, a sentence of the real model changes its head."""
    root = address if way == "http" else f"{built.as_uri()}/"
    with opened(chromium, root, "03_scores.html") as page:
        page.locator('[data-matrix="weights"] .cell').last.click()
        assert page.locator(".course-flow [role=status]").inner_text().startswith("weights, the (3), the (3): ")
        page.locator("g[data-mark=query][tabindex]").focus()
        page.keyboard.press("ArrowUp")
        assert page.get_by_text("Query (2, 3.5)").is_visible()
    with opened(chromium, root, "10_a_real_language_model.html") as page:
        page.get_by_role("button", name="mouse", exact=True).click()
        assert page.get_by_text("The next word is “mouse”.").is_visible()


@pytest.mark.parametrize("stem", LESSONS)
def test_a_still_says_where_its_controls_are(chromium, address, stem):
    """What lives says nothing; every other control shows its still and one line, with a link to where it lives."""
    cells = site.read(site.NOTEBOOKS / f"{stem}.ipynb")["cells"]
    stills = [html for cell in cells for html in outputs(cell) if "Run this cell in Jupyter, and " in html]
    with opened(chromium, address, f"{stem}.html") as page:
        dead = [html for html in stills if "<script" not in html]
        assert page.get_by_text("Run this cell in Jupyter, and ").count() == len(dead)
        assert page.locator(".cell_output a", has_text="Run here").count() == (len(dead) if stem[:2] not in TOO_LARGE else 0)
        assert page.locator("[data-alive]").count() == sum("<script" in html for cell in cells for html in outputs(cell))


def test_the_button_makes_pictures_dark(chromium, address):
    """Furo's button changes the colours of the library's pictures, whatever the system prefers, and the choice stays."""
    with opened(chromium, address, "03_scores.html", color_scheme="light") as page:
        ground = "getComputedStyle(document.querySelector('.course .cell rect')).fill"
        light = page.evaluate(ground)
        while page.evaluate("document.body.dataset.theme") != "dark":
            page.locator(".theme-toggle-content button").click()
        dark = page.evaluate(ground)
        page.goto(address + "04_scaling.html")
        assert light != dark == page.evaluate(ground)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_only_links_are_underlined(chromium, address, scheme):
    """The name of a module or a class in code looks like no link, in either theme."""
    with opened(chromium, address, "12_in_pytorch.html", color_scheme=scheme) as page:
        how = "names => names.map(name => getComputedStyle(name).textDecorationLine)"
        assert set(page.locator(".highlight :is(.nc, .nn)").evaluate_all(how)) == {"none"}


@pytest.mark.parametrize("width", [1280, 360])
def test_a_link_into_a_page_lands_where_it_leads(chromium, address, width):
    """From the front page to the query that one drags, though the pictures above it grow while they load."""
    how = {"viewport": {"width": width, "height": 800}, "reduced_motion": "no-preference"}
    with opened(chromium, address, "index.html", **how) as page:
        page.locator("article a", has_text="drag the query").click()
        page.wait_for_url("**#explore")
        page.wait_for_timeout(1000)
        top = "document.getElementById('explore').getBoundingClientRect().top"
        page.wait_for_function(f"0 <= {top} && {top} < 150", timeout=15_000)


def test_the_keyboard_reaches_everything_on_a_phone(chromium, address):
    """The first tab shows the way to the text, and Enter goes it; the lessons open and close by keys, and nothing closed can be
    tabbed to."""
    with opened(chromium, address, "03_scores.html", viewport={"width": 360, "height": 700}) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to content"
        page.wait_for_function("""(([shown]) => shown.left >= 0 && shown.top >= 0 && shown.height > 20)(
            document.activeElement.getClientRects())""")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('[role=main]')")
        link = page.locator(".sidebar-tree a", has_text="04 Scaling")
        assert not link.is_visible()
        page.locator("button.nav-overlay-icon").press("Enter")
        assert link.is_visible() and page.evaluate("!!document.activeElement.closest('.sidebar-drawer')")
        page.keyboard.press("Escape")
        assert not link.is_visible() and page.evaluate("document.activeElement.className") == "nav-overlay-icon"


def test_paper_is_light_and_unfolded(chromium, address):
    """Also on a dark machine, and without the code that only draws; what was folded is folded again after."""
    with opened(chromium, address, "03_scores.html", color_scheme="dark") as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        code = [details.is_visible() for details in page.locator("details.course-code").all()]
        assert code and not any(code) and page.locator("details.course-result").first.is_visible()
        assert not page.locator("footer").is_visible()                      # it could fill a page of its own
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("details[open]").count() == 0


def test_sentences_in_a_table_have_room(chromium, address):
    """On a phone a cell of a page's table is no pillar of single words; on paper long tables and lists begin where they stand."""
    for name in ("checks", "contributing", "teach", "06_softmax"):
        with opened(chromium, address, f"{name}.html", viewport={"width": 360, "height": 800}) as page:
            cells = page.locator("article .table-wrapper td")
            assert min(cell.bounding_box()["width"] for cell in cells.all() if len(cell.inner_text()) > 40) >= 200
            assert "[ ]" not in page.locator("article").inner_text()
            page.emulate_media(media="print")
            assert cells.first.evaluate("cell => getComputedStyle(cell.closest('table')).breakInside") == "auto"
            how = "lists => lists.map(list => getComputedStyle(list).breakInside)"
            assert set(page.locator("article :is(ul, ol)").evaluate_all(how)) <= {"auto"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light(chromium, address, name):
    """With all that it loads at most 1.5 MB, compressed as static hosts do."""
    with opened(chromium, address, name) as page:
        sizes = [len(gzip.compress(answer.body())) for answer in page.answers]
        assert len(sizes) > 5 and sum(sizes) <= 1_500_000, sizes
