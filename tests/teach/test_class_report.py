"""The report of what a class believes, as a page: on a large screen and a small one, in the light and the dark, and on paper."""
import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

from course_lib.exercises import BY_NOTEBOOK, EXERCISES
from teach.beliefs import showing
from teach.beliefs.counting import OUTCOMES, Attempt, Class

ANSWERED = [name for lesson in ("05_masking", "06_softmax") for name in BY_NOTEBOOK[lesson]]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The page of a class of thirty who answered two lessons in every way, some with what does not want to be a page."""
    attempts = []
    for i in range(30):
        for j, name in enumerate(ANSWERED):
            outcome = OUTCOMES[(i * j) % 7 % len(OUTCOMES)]
            mistakes = EXERCISES[name].mistakes[:3]
            says = {"wrong": mistakes[i % len(mistakes)].says, "stopped": "It " + "never_ends" * 30 + "."}.get(outcome, "<x>")
            kind = "diagnosis" if outcome == "wrong" else ""
            attempts.append(Attempt(f"a name {i}", name, outcome, says, kind, ("<b>",) * (i == 5)))
    path = tmp_path_factory.mktemp("report") / "beliefs.html"
    found = Class([f"a name {i}" for i in range(30)], attempts, [("a name 1", "This is empty.")], [("a name 1", path)] * 60)
    path.write_text(showing.page(found), encoding="utf-8")
    return path


@pytest.fixture
def opened(chromium, report, request):
    """The page, in a width and a scheme."""
    width, scheme = request.param
    page = chromium.new_page(viewport={"width": width, "height": 720}, color_scheme=scheme)
    page.goto(report.as_uri())
    yield page
    page.close()


everywhere = pytest.mark.parametrize("opened", [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")], indirect=True)


@everywhere
def test_everybody_can_read_it(opened):
    """axe finds nothing: names, roles, order of headings, contrast; and what scrolls is reached by the keyboard."""
    found = Axe().run(opened)
    assert found.violations_count == 0, found.generate_report()


@everywhere
def test_nothing_sticks_out(opened):
    """The page is as wide as its window; only the tables scroll within theirs. No word is under 12 pixels."""
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.evaluate("Math.min(...[...document.querySelectorAll('main *')].map("
                           "part => parseFloat(getComputedStyle(part).fontSize)))") >= 12


@pytest.mark.parametrize("opened", [(1280, "light")], indirect=True)
def test_what_to_show_is_seen_first(opened):
    """Three things with their sections, without a turn of the wheel; each bar is as long as its number says."""
    boxes = [part.bounding_box() for part in opened.query_selector_all(".tomorrow .finding")]
    assert len(boxes) == 3 and all(box["y"] + box["height"] <= 720 for box in boxes)
    assert opened.evaluate("""[...document.querySelectorAll('.tomorrow .finding')].every(part => {
        const [held, tried] = part.querySelector('b').innerText.split(' of ').map(Number), bar = part.querySelector('.bar');
        return Math.abs(bar.firstChild.offsetWidth / bar.clientWidth - held / tried) < 0.01;})""")


@pytest.mark.parametrize("opened", [(1280, "dark")], indirect=True)
def test_it_prints_on_a4(opened, tmp_path):
    """Black on white from a dark machine; what to show stands on the first page, and no page is empty."""
    opened.emulate_media(media="print")
    assert opened.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    opened.pdf(path=tmp_path / "report.pdf", format="A4", prefer_css_page_size=True)
    pages = [page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages]
    assert all(page.strip() for page in pages) and pages[0].count("Show 0") == 3 and "Exercise by exercise" in pages[0]
