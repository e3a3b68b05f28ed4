"""The hand-outs as paper: pages, what is on them, and what is not."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from pypdf import PdfReader

from teach import build, fresh
from teach.build import NOTEBOOKS

A4 = (595, 842)
# Tables and pictures wider than their column or the page, and shapes in tables that are broken over two lines.
FAULTS = """(() => {
    const width = document.querySelector(".summary") ? 88 : 182, faults = [];
    for (const part of document.querySelectorAll("table, img, pre"))
        if (part.offsetWidth > width * 96 / 25.4 + 1)
            faults.push(`${part.innerText || part.alt} is ${part.offsetWidth} pixels wide`);
    for (const cell of document.querySelectorAll("td"))
        if (/^\\([^()]*\\)$/.test(cell.innerText) && cell.offsetHeight > 1.9 * parseFloat(getComputedStyle(cell).fontSize)
            && Math.max(...[...cell.parentElement.children].map(other => other === cell ? 0 : other.innerText.length)) < 20)
            faults.push(`${cell.innerText} is broken`);
    return faults;
})()"""


def text(made, name):
    """All words of a hand-out's PDF, on one line."""
    reader = PdfReader(made("handouts") / f"{name}.pdf")
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_sheet_has_everything_to_fill_in_and_no_answer(made):
    """Name, table, four questions, exit ticket; none of the numbers that are asked for."""
    sheet = text(made, "00_attention_on_paper_sheet")
    for words in ("Name:", "weighted 2", "Question 1.", "Question 4.", "Exit ticket", "What I am curious about now."):
        assert words in sheet
    for answer in ("3/8", "9/4", "9/8", "7/3", "Answer"):
        assert answer not in sheet
    page = (made("handouts") / "00_attention_on_paper_sheet.html").read_text(encoding="utf-8")
    assert page.count('<div class="room">') == 4 and "celltag_ticket" in page


def test_the_key_has_the_answers(made):
    """The filled sheet, and every folded answer unfolded."""
    key = text(made, "00_attention_on_paper_key")
    for words in ("(key)", "9/4", "9/8", "31/13", "cat and chases got 3/8 each", "Either."):
        assert words in key
    assert "Name:" not in key and "Work sheet" not in key


def test_a_question_of_the_key_stays_on_one_page(made):
    """With its answer and its tables: the second page begins with a question."""
    pages = [page.extract_text().strip() for page in PdfReader(made("handouts") / "00_attention_on_paper_key.pdf").pages]
    assert len(pages) == 2 and pages[1].startswith("Question ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_fits_on_its_pages(chromium, made, tmp_path, path):
    """The work sheet and its key two pages, every summary one, on A4 and on Letter, in words of at least 8 points."""
    page = chromium.new_page(color_scheme="dark")
    for kind in ("sheet", "key") if path == NOTEBOOKS[0] else ("summary",):
        page.goto((made("handouts") / f"{path.stem}_{kind}.html").as_uri())
        page.wait_for_selector("html.fitted")
        for paper in ("A4", "Letter"):
            page.pdf(path=tmp_path / "printed.pdf", format=paper)
            assert len(PdfReader(tmp_path / "printed.pdf").pages) == (1 if kind == "summary" else 2), (kind, paper)
        assert page.evaluate(FAULTS) == []
        assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('main')).fontSize) * 0.75") >= 7.99
    page.close()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_pdf_is_a4_tagged_and_has_its_title(made, path):
    """As it comes from `make handouts`; tags let a screen reader read it."""
    kind = "sheet" if path == NOTEBOOKS[0] else "summary"
    reader = PdfReader(made("handouts") / f"{path.stem}_{kind}.pdf")
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == pytest.approx(A4, abs=1)
    assert "/StructTreeRoot" in reader.trailer["/Root"] and path.stem[:2] in reader.metadata.title
    assert not any(page.get("/Annots") for page in reader.pages)           # links would name files of this machine


@pytest.mark.parametrize("seed", [7, 14])
def test_a_seed_makes_a_sheet_and_its_key(tmp_path, monkeypatch, seed):
    """In a folder of their own, the seed and a number on every page; the sheet has no answer, the key has them all."""
    monkeypatch.setattr(build, "BUILD", tmp_path)
    with ThreadPoolExecutor(1) as aside:
        assert aside.submit(build.main, ["handouts", "--seed", str(seed)]).result() is None
    stem, said = f"{NOTEBOOKS[0].stem}_{seed}", fresh.said(fresh.draw(seed))
    assert [path.name for path in tmp_path.iterdir()] == [f"handouts_{seed}"]
    sheet, key = (PdfReader(tmp_path / f"handouts_{seed}" / f"{stem}_{kind}.pdf") for kind in ("sheet", "key"))
    for pages in (sheet.pages, key.pages):
        assert len(pages) == 2
        for i, page in enumerate(pages, start=1):
            assert f"sheet {seed}" in page.extract_text() and f"{i} of 2" in page.extract_text()
            assert not re.findall(r"(?:×|\([\d/]+,) *$", page.extract_text(), re.MULTILINE)        # no line ends in a pair
    sheet, key = (" ".join(" ".join(page.extract_text() for page in reader.pages).split()) for reader in (sheet, key))
    for words in (said["most"].replace("*", ""), f"{said['output_1_by_other']}:", f"with {said['score_of_winner']}"):
        assert words in key and words not in sheet
    for words in ("Name:", f"First row: {said['first_term']}.", "Question 4.", "From the output to the next word", "Exit ticket"):
        assert words in sheet


@pytest.mark.parametrize("kind", ["sheet", "key"])
def test_sheets_of_all_seeds_fit_on_two_pages(chromium, made, tmp_path, kind):
    """With every sentence, on A4 and on Letter, with nothing too wide."""
    page = chromium.new_page()
    for seed in range(len(fresh.SENTENCES)):
        notebook = build.read(NOTEBOOKS[0], link=r"\1")
        fresh.renumber(notebook, fresh.draw(seed), kind)
        path = made("handouts") / "fresh.html"                  # where MathJax is
        path.write_text(build.handout(notebook, handout=kind, seed=seed), encoding="utf-8")
        page.goto(path.as_uri())
        page.wait_for_selector("html.fitted")
        for paper in ("A4", "Letter"):
            page.pdf(path=tmp_path / "printed.pdf", format=paper)
            assert len(PdfReader(tmp_path / "printed.pdf").pages) == 2, (seed, paper)
        assert page.evaluate(FAULTS) == []
    path.unlink()
    page.close()


def test_without_chromium_the_pages_are_made_and_a_sentence_says_what_is_missing(tmp_path, monkeypatch):
    """They can be printed from any browser."""
    monkeypatch.setattr(build, "BUILD", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    with ThreadPoolExecutor(1) as aside:                # where Playwright may run a second time
        said = aside.submit(build.main, ["handouts"]).result()
    assert "handouts is not complete: neither Chromium nor Chrome is installed" in said
    assert len(list((tmp_path / "handouts").glob("*.html"))) == len(NOTEBOOKS) + 1


@pytest.mark.parametrize("wanted", [[], ["slide"], ["slides", "posters"]])
def test_what_cannot_be_made_is_named(wanted):
    """With what there is."""
    assert build.main(wanted) == ("Say what to make, one or more of slides, handouts, student; "
                                  f"given was {' '.join(wanted) or 'nothing'}.")
