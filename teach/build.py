"""Make what an instructor shows and hands out: `python -m teach.build slides handouts student`.

build/slides     a reveal.js deck of each notebook, with the notes of teach/notes for the speaker; works without a network
build/handouts   the work sheet of notebook 00 with its key, and a summary sheet of each other notebook, as HTML and PDF
build/student    the notebooks without outputs and answers

`python -m teach.build handouts --seed 7` makes the work sheet with other numbers and words, and its key, in build/handouts_7.
"""
import functools
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell
from traitlets.config import Config

from teach import fresh
from teach.assets import package
from teach.browser import chromium

HERE = Path(__file__).parent
NOTEBOOKS = sorted((HERE.parent / "notebooks").glob("[0-9]*.ipynb"))
NOTES = HERE / "notes"
BUILD = HERE.parent / "build"
BEGINS = "slide", "subslide"                                # slide types of the cells that begin a slide
FLOW = "The whole chain, and in it today's step"            # the title of the slide that shows it
# Decks and hand-outs have no kernel: they show a picture of each control, and leave out its state.
PAGE = Config({"NbConvertBase": {"display_data_priority": ["text/html", "image/png", "text/plain"]},
               "TemplateExporter": {"extra_template_basedirs": [str(HERE / "templates")],
                                    "exclude_input_prompt": True, "exclude_output_prompt": True},
               "ClearMetadataPreprocessor": {"enabled": True, "clear_cell_metadata": False,
                                             "preserve_nb_metadata_mask": ["kernelspec", "language_info"]},
               "TagRemovePreprocessor": {"enabled": True, "remove_input_tags": ["remove-input"]}})
MATHJAX = "assets/mathjax-2.7.9/MathJax.js?config=TeX-AMS_CHTML-full,Safe"


def slides(folder):
    """Write a deck of each notebook, `NN_name.slides.html`."""
    from nbconvert import SlidesExporter
    copy_packages(folder, "reveal.js-4.6.1", "mathjax-2.7.9")
    exporter = SlidesExporter(config=PAGE, template_name="slides", reveal_theme="white", mathjax_url=MATHJAX,
                              reveal_url_prefix="assets/reveal.js-4.6.1")
    for path in NOTEBOOKS:
        notebook = read(path, link=r"[\1](\2.slides.html)")
        notebook.cells = with_the_flow(notebook.cells)
        notes = section_notes(path, notebook.cells)
        notebook.cells = with_section_notes(with_their_notes(notebook.cells), notes)
        page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})
        (folder / f"{path.stem}.slides.html").write_text(page, encoding="utf-8")


def with_the_flow(cells):
    """The cells, the one that shows the flow as a slide of its own after the first."""
    flow = next((cell for cell in cells if cell.cell_type == "code" and re.search(r"^Flow\(", cell.source, re.MULTILINE)), None)
    if not flow:
        return cells
    flow.metadata["slideshow"] = {"slide_type": "subslide", "title": FLOW}
    rest = [cell for cell in cells if cell is not flow]
    second = next(i for i, cell in enumerate(rest) if i and cell.metadata.get("slideshow", {}).get("slide_type") in BEGINS)
    return [*rest[:second], flow, *rest[second:]]


def heading(cell):
    """The first line of a cell that begins a section, `# …` or `## …`; None for any other cell."""
    found = cell.cell_type == "markdown" and re.match("##? .+", cell.source)
    return found[0] if found else None


def section_notes(path, cells):
    """Heading → the speaker's note of that section, read from the page in teach/notes with the name of the notebook.

    Raises ValueError unless the page has the headings of the cells, each once and with a note.
    """
    page = NOTES / f"{path.stem}.md"
    _, *parts = re.split("^(##? .+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    titles, notes = parts[::2], [note.strip() for note in parts[1::2]]
    sections = [heading(cell) for cell in cells if heading(cell)]
    for title, note in zip(titles, notes, strict=True):
        if title not in sections:
            raise ValueError(f"{page} has the heading “{title}”, which {path.name} does not have")
        if titles.count(title) > 1:
            raise ValueError(f"{page} has the heading “{title}” twice")
        if not note:
            raise ValueError(f"{page} has no note under “{title}”")
    for title in sections:
        if title not in titles:
            raise ValueError(f"{page} has no heading “{title}”, a section of {path.name}")
    return dict(zip(titles, notes, strict=True))


def with_section_notes(cells, notes):
    """The cells, each heading followed by a notes cell with the note of its section."""
    deck = []
    for cell in cells:
        deck.append(cell)
        if heading(cell):
            deck.append(new_markdown_cell(notes[heading(cell)], metadata={"slideshow": {"slide_type": "notes"}}))
    return deck


def with_their_notes(cells):
    """The cells in the order of a deck: those of slide type notes follow the first cell of their slide.

    Further down they could be part of a fragment, and the speaker would not see them before it is shown.
    """
    deck, end, waiting = [], 0, []              # end: where in the deck the slide's notes end; waiting: notes not yet placed
    for cell in cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind == "notes":
            waiting.append(cell)
        elif kind == "skip":
            deck.append(cell)
        else:
            begins = kind in BEGINS
            stay = next((i for i, note in enumerate(waiting) if begins and introduces(note, cell)), len(waiting))
            deck[end:end] = waiting[:stay]
            end += stay
            deck.append(cell)
            if begins:
                deck += waiting[stay:]
                end = len(deck)
            waiting = []
    deck[end:end] = waiting
    return deck


def introduces(note, cell):
    """Whether a note belongs to the next slide, which `cell` begins: a heading does, and before code all but an answer."""
    return note.source.startswith("## ") or (cell.cell_type == "code" and not note.source.startswith("<details>"))


def handouts(folder):
    """Write the work sheet of notebook 00, its key, and a summary of each other notebook: `NN_name_kind.html` and `.pdf`."""
    copy_packages(folder, "mathjax-2.7.9")
    for path in NOTEBOOKS:
        for kind in ("sheet", "key") if path == NOTEBOOKS[0] else ("summary",):
            page = handout(read(path, link=r"\1"), handout=kind)
            (folder / f"{path.stem}_{kind}.html").write_text(page, encoding="utf-8")
    print_all(folder)


def fresh_sheet(folder, seed):
    """Write the work sheet of notebook 00 with the numbers and words of a seed, and its key: `NN_name_SEED_kind.html` and `.pdf`.

    Raises ValueError if the notebook does not say what `fresh` would replace.
    """
    copy_packages(folder, "mathjax-2.7.9")
    for kind in ("sheet", "key"):
        notebook = read(NOTEBOOKS[0], link=r"\1")
        fresh.renumber(notebook, fresh.draw(seed), kind)
        page = handout(notebook, handout=kind, seed=seed)
        (folder / f"{NOTEBOOKS[0].stem}_{seed}_{kind}.html").write_text(page, encoding="utf-8")
    print_all(folder)


def in_one_piece(text):
    """With no-break spaces in pairs of numbers, "(2, 4)", and about "×", so that no line ends in them."""
    space = "\N{NO-BREAK SPACE}"
    return re.sub(r"(\([\d/]+,) (?=[\d/]+\))", rf"\1{space}", text).replace(" × ", f"{space}×{space}")


def handout(notebook, **resources):
    """The page of a hand-out. `resources` say its kind, and the seed of its numbers if they are not the notebook's."""
    from nbconvert import HTMLExporter
    exporter = HTMLExporter(config=PAGE, template_name="handout", mathjax_url=MATHJAX)
    exporter.register_filter("in_one_piece", in_one_piece)
    return exporter.from_notebook_node(for_paper(notebook), resources)[0]


def for_paper(notebook):
    """The notebook with nothing that lives, and comments close behind their code."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = re.sub(r"(?<=\S) {2,}# ", "  #\N{NO-BREAK SPACE}", cell.source)
            for output in cell.outputs:
                if "text/html" in output.get("data", {}):
                    output.data["text/html"] = re.sub("<script.*?</script>", "", output.data["text/html"], flags=re.DOTALL)
    return notebook


def student(folder):
    """Write the notebooks to hand out: no outputs, no folded answers."""
    from nbconvert import NotebookExporter
    exporter = NotebookExporter(config=Config({
        "ClearOutputPreprocessor": {"enabled": True},
        "ClearMetadataPreprocessor": PAGE.ClearMetadataPreprocessor,
        "TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": ["answer"]}}))
    for path in sorted(NOTEBOOKS[0].parent.glob("*.ipynb")):
        notebook, _ = exporter.from_filename(path)
        (folder / path.name).write_text(notebook, encoding="utf-8")


def print_all(folder):
    """Print each page of the folder to a PDF beside it, with Chromium."""
    with chromium() as browser:
        page = browser.new_page()
        for path in sorted(folder.glob("*.html")):
            page.goto(path.as_uri())
            page.wait_for_selector("html.fitted")
            page.pdf(path=path.with_suffix(".pdf"), format="A4", prefer_css_page_size=True, print_background=True, tagged=True)


def read(path, link):
    """The notebook at `path`, each link to another notebook replaced by `link`, where \\1 is its text and \\2 the file's stem."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            source = cell.source.replace(r"\_", "_")             # MathJax 2 would show this backslash in the words of a formula
            source = re.sub(r"\[([^]]*)\]\(glossary\.ipynb[^)]*\)", r"\1", source)      # a screen and paper have none
            source = re.sub(r"\[([^]]*)\]\((\w+)\.ipynb[^)]*\)", link, source)
            cell.source = re.sub(r"^\|.*", lambda row: re.sub(r"\([^()|]*\)", unbroken, row[0]), source, flags=re.MULTILINE)
    return notebook


def unbroken(found):
    """A shape in a table, which stays on one line."""
    return found[0].replace(" ", "\N{NO-BREAK SPACE}") if len(found[0]) < 30 else found[0]


def copy_packages(folder, *packages):
    """Copy the packages to `assets` in the folder, where its pages look for them."""
    for name in packages:
        shutil.copytree(package(name), folder / "assets" / name)


MAKERS = {"slides": slides, "handouts": handouts, "student": student}


def main(arguments):
    """Make each of what is wanted in a new folder; → None, or a sentence that says what went wrong."""
    try:
        wanted, seed = without_seed(arguments)
    except ValueError as error:
        return f"Nothing was made: {error}."
    if not wanted or not set(wanted) <= set(MAKERS):
        return f"Say what to make, one or more of {', '.join(MAKERS)}; given was {' '.join(wanted) or 'nothing'}."
    for name in wanted:
        folder, make = BUILD / name, MAKERS[name]
        if seed is not None and name == "handouts":
            folder, make = BUILD / f"handouts_{seed}", functools.partial(fresh_sheet, seed=seed)
        elif seed is not None:
            print(f"A seed is for handouts; {name} has none.")
        try:
            if folder.exists():
                shutil.rmtree(folder)
            folder.mkdir(parents=True)
            make(folder)
        except (OSError, ValueError, ModuleNotFoundError) as error:   # a file in use, no network the first time, no Chromium
            return f"{folder} is not complete: {error}"
        print(f"made {folder}")


def without_seed(arguments):
    """What to make, and the seed that `--seed 7` gives, or None. Raises ValueError if it is no seed."""
    if "--seed" not in arguments:
        return arguments, None
    i = arguments.index("--seed")
    return arguments[:i] + arguments[i + 2:], fresh.seed_of(" ".join(arguments[i + 1:i + 2]))


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
