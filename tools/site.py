"""Make the web site of the course: `python -m tools.site`. It needs no network and runs no notebook.

build/site        the pages, which any static host serves and which open from a stick
build/site_made   what Sphinx reads for them and remembers

Every word comes from somewhere else: the lessons and the glossary from notebooks/, the other pages from PAGES. What an
instructor has made in build/slides and build/handouts is copied in and linked. site/ says how all of it looks.
"""
import base64
import json
import os
import re
import shutil
import sys
from html import escape
from pathlib import Path
from posixpath import normpath

import study
from course_lib import Flow
from course_lib.explorers.flow import STYLE
from teach.assets import package
from tools import launch, lite

ROOT = Path(__file__).parent.parent
NOTEBOOKS, BUILD = ROOT / "notebooks", ROOT / "build"
SITE, MADE = BUILD / "site", BUILD / "site_made"
# A page of the project → its name on the site; the first is the front page.
PAGES = {"README.md": "index", "teach/README.md": "teach", "teach/class.md": "class", "ACCESSIBILITY.md": "accessibility",
         "CHANGELOG.md": "changes", "CONTRIBUTING.md": "contributing", "tools/README.md": "checks"}
KATEX, FONTS = "katex-0.19.1", ("Main-Regular", "Math-Italic", "Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular")
LINK = re.compile(r"(?<!!)\[([^]]*)\]\(([^)\s]+)\)")
STATION = re.compile(r'<g class="\w+" data-matrix="([^"]+)">.*?</g>(?=<g class="\w+" data-matrix|</svg>)')
ROW = re.compile(r"^\| \[(?P<title>[^]]+)\]\(notebooks/(?P<stem>\w+)\.ipynb\) \| (?P<question>.+?) \| (?P<minutes>\d+) \|$", re.M)


def make(folder=SITE, made=MADE):
    """Write the whole site. Raises ValueError if Sphinx warns of anything, such as a link that leads nowhere."""
    from sphinx.cmd.build import build_main
    pages = made / "pages"
    shutil.rmtree(made, ignore_errors=True)
    pages.mkdir(parents=True)
    handed = hand_out(pages / "extra")
    for path in lessons():
        write(pages / path.name, json.dumps(lesson(path), ensure_ascii=False))
    write(pages / "glossary.ipynb", json.dumps(glossary(), ensure_ascii=False))
    for page, name in PAGES.items():
        write(pages / f"{name}.md", linked((ROOT / page).read_text(encoding="utf-8"), page))
    write(pages / "index.md", front((pages / "index.md").read_text(encoding="utf-8")))
    write(pages / "teach.md", with_what_is_handed_out((pages / "teach.md").read_text(encoding="utf-8"), handed))
    formulas(pages / "static")
    if build_main(["-q", "-W", "--keep-going", "-b", "html", "-c", str(ROOT / "site"), "-d", str(made / "doctrees"),
                   str(pages), str(made / "html")]):
        raise ValueError("Sphinx says above what is wrong")
    for old in (made / "html" / "_sources", folder):                    # myst-nb's copies of the notebooks; the site before
        shutil.rmtree(old, ignore_errors=True)
    (made / "html").rename(folder)
    launch.colab(folder / "colab", lite.build(folder / "lite"))


def lessons():
    """The notebooks of the lessons, in order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def read(path):
    """A notebook as JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def write(path, text):
    """A file of the made pages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


# The lessons

def lesson(path):
    """A lesson whose reader finds folded what is to be predicted, and code that only builds a table or a picture."""
    notebook = read(path)
    for cell in study.predicted(notebook["cells"]):
        tag(cell, "hide-output")
    for cell in notebook["cells"]:
        if "remove-input" in cell["metadata"].get("tags", ()) and not cell["metadata"].get("jupyter", {}).get("source_hidden"):
            cell["metadata"]["tags"].remove("remove-input")
            tag(cell, "hide-input")
    return notebook


def tag(cell, name):
    """Give a cell a tag that myst-nb knows."""
    cell["metadata"].setdefault("tags", []).append(name)


def glossary():
    """The glossary, each entry followed by the places where its word is first used, one for each lesson."""
    notebook, prose = read(NOTEBOOKS / "glossary.ipynb"), {path: sections(path) for path in lessons()}
    for cell in notebook["cells"][1:]:
        source = "".join(cell["source"])
        name = source.splitlines()[0].removeprefix("### ")
        word = re.compile(rf"\b{re.escape(name)}|\(glossary\.ipynb#{re.escape(anchor(name))}\)", re.IGNORECASE)
        first = {path: next((place for place, text in parts if word.search(text)), None) for path, parts in prose.items()}
        links = [f"[{path.stem[:2]}]({path.name}{place})" for path, place in first.items() if place is not None]
        cell["source"] = source[1:] + (f"\n\n*Used in* {' · '.join(links)}" if links else "")     # a heading below the title's
    return notebook


def sections(path):
    """The prose of a lesson in parts, each under a heading. → list of (where a link to the heading leads, text)"""
    found = []
    for cell in read(path)["cells"]:
        if cell["cell_type"] == "markdown":
            source = "".join(cell["source"])
            heading = re.match("##+ (.+)", source)
            if heading or not found:
                found.append((f"#{anchor(heading[1])}" if heading else "", ""))
            found[-1] = found[-1][0], f"{found[-1][1]}\n{source}"
    return found


def anchor(heading):
    """As Jupyter names a heading, by the text that is seen, so that links lead to the same place there and on the site."""
    return re.sub("[*`]", "", heading).replace(" ", "-")


# The other pages

def linked(text, page):
    """A page of the project, its links to other files of the project turned into links to pages of the site.

    What the site does not have is linked at the address of the repository, if COURSE_REPOSITORY names it, and else is plain.
    Raises ValueError if a link leads to a file that is not there.
    """
    def link(found):
        shown, goal = found.groups()
        path, hash_, section = goal.partition("#")
        if not path or re.match("[a-z]+:", goal):
            return found[0]
        path = normpath(os.path.join(os.path.dirname(page), path)).replace("\\", "/")
        if not (ROOT / path).exists():
            raise ValueError(f"{page} has a link to {goal}, which is not there")
        if path in PAGES:
            return f"[{shown}]({PAGES[path]}.md{hash_}{section})"
        if path.startswith("notebooks/"):
            return f"[{shown}]({path.removeprefix('notebooks/')}{hash_}{section})"
        repository = os.environ.get("COURSE_REPOSITORY")
        return f"[{shown}]({repository.rstrip('/')}/blob/HEAD/{path})" if repository else shown
    return LINK.sub(link, text.replace("\n- [ ] ", "\n- ☐ "))


def front(readme):
    """The front page: the README, its picture made a door, its table of lessons made cards, before how to install them."""
    rows = [row.groupdict() for row in ROW.finditer((ROOT / "README.md").read_text(encoding="utf-8"))]
    start, study_, rest = re.split(r"^(## Study\n)", readme, maxsplit=1, flags=re.M)
    how, table, after = re.split(r"(^\| notebook \|.*?\n)\n", rest, maxsplit=1, flags=re.M | re.S)
    read, further = after[:after.index("\n## ")], after[after.index("\n## "):]
    start = re.sub(r"^!\[.*\n", lambda _: f"{door(rows)}\n", start, flags=re.M)
    return "\n".join([start, cards(rows), read, study_, how, further, contents(rows)])


def cards(rows):
    """A card for each lesson of the README's table, as HTML."""
    card = '<li><a href="{stem}.html"><strong>{title}</strong><span>{question}</span><small>{minutes} minutes</small></a></li>'
    return f'<ul class="course-cards">{"".join(card.format_map(row) for row in rows)}</ul>\n'


def door(rows):
    """The picture of the README, wide and for phones, as HTML, each station of it a link to the lesson that builds it."""
    stems = {row["title"][3:]: row["stem"] for row in rows}
    titles = {row["stem"]: row["title"] for row in rows}
    flow, html = Flow(), ""
    lesson_of = {matrix.name: stems.get(matrix.step, rows[0]["stem"]) for matrix in flow.chain.values() if matrix.step}
    for kind in ("wide", "tall"):
        def station(found):
            stem = lesson_of[found[1]]
            return f'<a href="{stem}.html" aria-label="{escape(found[1])}: {escape(titles[stem])}">{found[0]}</a>'
        svg = STATION.sub(station, flow.setup[kind])
        svg = svg.replace('role="img"', 'role="group"').replace("course-head", f"course-head-{kind}")
        html += f'<div class="course-{kind}">{svg}</div>'
    return f'<div class="course-door">{html}</div>\n'


def contents(rows):
    """The order of the pages, for Sphinx."""
    names = [f"{row['title']} <{row['stem']}>" for row in rows]
    listed = {row["stem"] for row in rows}
    names += [path.stem for path in lessons() if path.stem not in listed]
    parts = {"Lessons": [*names, "glossary"], "About": list(PAGES.values())[1:]}
    trees = (["```{toctree}", ":hidden:", f":caption: {part}", "", *names, "```"] for part, names in parts.items())
    return "\n".join("\n".join(tree) for tree in trees)


# What an instructor has made

def hand_out(folder):
    """Copy the decks and the hand-outs that are made, and the licence. → lesson's stem → list of (what it is, address)"""
    handed = {}
    for made in (BUILD / "slides", BUILD / "handouts"):
        if made.exists():
            shutil.copytree(made, folder / made.name)
            for file in sorted((*made.glob("*.html"), *made.glob("*.pdf"))):
                stem = next(path.stem for path in lessons() if file.name.startswith(path.stem))
                kind = file.stem.removeprefix(stem).strip("._") + " as PDF" * (file.suffix == ".pdf")
                handed.setdefault(stem, []).append((kind, f"{made.name}/{file.name}"))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "LICENSE", folder)
    return handed


def with_what_is_handed_out(page, handed):
    """The page for instructors, its table of folders followed by one of the files that are there."""
    if not handed:
        return page
    link = '<a href="{1}">{0}</a>'.format
    rows = [f"| {stem[:2]} | {' · '.join(link(*file) for file in files)} |" for stem, files in sorted(handed.items())]
    table = "\n".join(["| lesson | files |", "|---|---|", *rows])
    return re.sub(r"(\n\| `build/student`.*\n)", lambda found: f"{found[0]}\n{table}\n", page, count=1)


# Formulas

def formulas(folder):
    """KaTeX, its fonts in its style sheet: a page that is opened from a stick may not be allowed to load them."""
    dist = package(KATEX) / "dist"
    style = (dist / "katex.min.css").read_text(encoding="utf-8")
    for face in re.findall(r"@font-face\{.*?\}", style):
        name = re.search(r"fonts/KaTeX_([\w-]+)\.woff2", face)[1]
        data = base64.b64encode((dist / "fonts" / f"KaTeX_{name}.woff2").read_bytes()).decode() if name in FONTS else None
        style = style.replace(face, re.sub(r"src:.*?(?=[;}])", f"src:url(data:font/woff2;base64,{data})", face) if data else "")
    write(folder / "katex.css", style)
    write(folder / "flow.css", STYLE)
    shutil.copy(dist / "katex.min.js", folder / "katex.js")


def main():
    """Make it; → None, or a sentence that says what went wrong."""
    try:
        make()
    except ModuleNotFoundError as error:
        return f"{error}; what the site needs comes with: python study.py install site"
    except (OSError, ValueError) as error:
        return f"The site was not made, and what was in {SITE} before is still there: {error}"
    print(f"made {SITE}; open {SITE / 'index.html'}")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
