"""Make what an instructor hands out and shows, all of it from the notebooks: `python -m teach.build slides handouts student`.

build/slides     a reveal.js deck of each notebook; works without a network
build/handouts   the work sheet of notebook 00 with its key, and a summary sheet of each other notebook, as HTML and PDF
build/student    the notebooks without outputs, speaker notes and answers
"""
import re
import shutil
import sys
from pathlib import Path

import nbformat
from traitlets.config import Config

from teach.assets import package
from teach.browser import chromium

HERE = Path(__file__).parent
NOTEBOOKS = sorted((HERE.parent / "notebooks").glob("*.ipynb"))
BUILD = HERE.parent / "build"
# A page without a kernel shows the still of a control, not the control; and it leaves the controls' state out.
PAGE = Config({"NbConvertBase": {"display_data_priority": ["text/html", "image/png", "text/plain"]},
               "TemplateExporter": {"extra_template_basedirs": [str(HERE / "templates")],
                                    "exclude_input_prompt": True, "exclude_output_prompt": True},
               "ClearMetadataPreprocessor": {"enabled": True, "clear_cell_metadata": False,
                                             "preserve_nb_metadata_mask": ["kernelspec", "language_info"]},
               "TagRemovePreprocessor": {"enabled": True, "remove_input_tags": ["remove-input"]}})
MATHJAX = "assets/mathjax-2.7.9/MathJax.js?config=TeX-AMS_CHTML-full,Safe"


def slides(folder):
    """A deck of each notebook, `NN_name.slides.html`."""
    from nbconvert import SlidesExporter
    fetch(folder, "reveal.js-4.6.1", "mathjax-2.7.9")
    exporter = SlidesExporter(config=PAGE, template_name="slides", reveal_theme="white", mathjax_url=MATHJAX,
                              reveal_url_prefix="assets/reveal.js-4.6.1")
    for path in NOTEBOOKS:
        notebook = read(path, r"[\1](\2.slides.html)")
        notebook.cells = with_their_notes(notebook.cells)
        page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})
        (folder / f"{path.stem}.slides.html").write_text(page, encoding="utf-8")


def with_their_notes(cells):
    """The cells in the order of a deck: each slide's notes straight after its first cell, where no fragment hides them.

    Prose stands in a notebook straight before the code that it explains: if that code starts a slide, the prose goes there,
    and from a heading on everything does.
    """
    slides, waiting = [], []                # of each slide what is shown and its notes; the notes since what was last shown
    for cell in cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind == "notes":
            waiting.append(cell)
            continue
        starts, here = kind in ("slide", "subslide") or not slides, len(waiting)
        if starts and cell.cell_type == "code":
            here = next((i for i, note in enumerate(waiting) if not note.source.startswith(("<!--", "<details>"))), here)
        elif starts:
            here = next((i for i, note in enumerate(waiting) if note.source.startswith("## ")), here)
        if slides and kind != "skip":
            slides[-1][1].extend(waiting[:here])
            del waiting[:here]
        if starts:
            slides.append(([cell], waiting))
            waiting = []
        else:
            slides[-1][0].append(cell)
    slides[-1][1].extend(waiting)
    return [cell for (first, *rest), notes in slides for cell in (first, *notes, *rest)]


def handouts(folder):
    """The work sheet and its key from notebook 00, a summary of each other; `NN_name_kind.html` and `.pdf`."""
    from nbconvert import HTMLExporter
    fetch(folder, "mathjax-2.7.9")
    exporter = HTMLExporter(config=PAGE, template_name="handout", mathjax_url=MATHJAX)
    for path in NOTEBOOKS:
        for kind in ("sheet", "key") if path == NOTEBOOKS[0] else ("summary",):
            page, _ = exporter.from_notebook_node(read(path, r"\1"), {"handout": kind})
            (folder / f"{path.stem}_{kind}.html").write_text(page, encoding="utf-8")
    print_all(folder)


def student(folder):
    """The notebooks to hand out: no outputs, no speaker notes, no folded answers."""
    from nbconvert import NotebookExporter
    exporter = NotebookExporter(config=Config({
        "ClearOutputPreprocessor": {"enabled": True},
        "ClearMetadataPreprocessor": PAGE.ClearMetadataPreprocessor,
        "TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": ["answer"]},
        "RegexRemovePreprocessor": {"enabled": True, "patterns": ["<!--"]}}))
    for path in NOTEBOOKS:
        notebook, _ = exporter.from_filename(path)
        (folder / path.name).write_text(notebook, encoding="utf-8")


def print_all(folder):
    """A PDF beside each page of the folder, as Chromium prints it."""
    with chromium() as browser:
        page = browser.new_page()
        for path in sorted(folder.glob("*.html")):
            page.goto(path.as_uri())
            page.evaluate("new Promise(done => MathJax.Hub.Queue(done))")
            page.pdf(path=path.with_suffix(".pdf"), format="A4", prefer_css_page_size=True, print_background=True, tagged=True)


def read(path, link):
    """A notebook for a page, with `link`, of words and stem, for its links to notebooks; paper has none.

    MathJax 2 would show the backslash of an underscore in the words of a formula.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\[([^]]*)\]\((\w+)\.ipynb[^)]*\)", link, cell.source.replace(r"\_", "_"))
    return notebook


def fetch(folder, *packages):
    """Copy the packages into the folder's assets, where its pages look for them."""
    for name in packages:
        shutil.copytree(package(name), folder / "assets" / name)


MAKERS = {"slides": slides, "handouts": handouts, "student": student}


def main(wanted):
    """Make what is wanted, each in a new folder; → what to tell the shell."""
    if not wanted or not set(wanted) <= set(MAKERS):
        return f"Say what to make, one or more of {', '.join(MAKERS)}; given was {' '.join(wanted) or 'nothing'}."
    for name in wanted:
        try:
            if (BUILD / name).exists():
                shutil.rmtree(BUILD / name)
            (BUILD / name).mkdir(parents=True)
            MAKERS[name](BUILD / name)
        except (OSError, ValueError, ModuleNotFoundError) as error:   # a file in use, no network the first time, no Chromium
            return f"{BUILD / name} is not complete: {error}"
        print(f"made {BUILD / name}")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
