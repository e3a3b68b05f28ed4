"""Where a lesson can be run at once: the buttons of the site's pages, and the copies for Colab that they lead to.

The build finds two addresses in its environment, and leaves out every button that would need one that is not there:

    COURSE_REPOSITORY    where the code is, such as https://github.com/somebody/attention
    COURSE_SITE          where the site will be, such as https://somebody.github.io/attention
"""
import json
import os
import re
from pathlib import Path
from urllib.parse import quote

import study

ROOT = Path(__file__).parent.parent
WHEELS = "lite/static/pyodide"                          # where on the site course_lib's wheel lies
TOO_LARGE = {"10": "the language model", "12": "PyTorch"}           # lesson → what has no room in a browser's kernel
FETCH = {"10": "model", "12": "torch"}                              # lesson → what study.py calls it
ELSEWHERE = ('This lesson does not run in the page, because a browser has no room for {large}. On your computer it runs: '
             '<a href="index.html#Study">set up the course</a>, then <code>python study.py {fetch}</code> brings {large}.')
# What the first cell of a copy does: Colab has NumPy, Matplotlib and PyTorch. The wheel comes without what it asks for, because
# that would be another Jupyter than Colab's own, whose widgets are switched on by the last lines.
FIRST = """# Colab does not have the course's library yet. This cell fetches it, from the site that this lesson is from.
%pip install --quiet anywidget{more}
%pip install --quiet --no-deps {wheel}
import sys

if "google.colab" in sys.modules:
    sys.modules["google.colab"].output.enable_custom_widget_manager()"""
MODEL = "\n\nfrom course_lib.fetch import fetch\n\nfetch()                                  # the language model, 93 MB"


def address(name):
    """What the environment says of COURSE_REPOSITORY or COURSE_SITE, without a last slash; None if it says nothing.

    Raises ValueError if that is not the address of a page.
    """
    given = os.environ.get(name, "").rstrip("/")
    if given and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", given):
        raise ValueError(f"{name} must be an address that starts with https://, not {given!r}")
    return given or None


def buttons(page):
    """The buttons of a page of the site: a lesson's run it, the front page's the first. → list of (label, address, what it does)

    An address without a scheme is one of the site's own pages.
    """
    lesson = study.lessons()[0].removesuffix(".ipynb") if page == "index" else page
    if not lesson[:2].isdigit():
        return []
    repository, site = address("COURSE_REPOSITORY"), address("COURSE_SITE")
    found = []
    if lesson[:2] not in TOO_LARGE:
        found.append(("Run here", f"lite/notebooks/index.html?path={lesson}.ipynb", "in this browser, with nothing to install"))
    if repository:
        found.append(("Binder", f"{binder(repository)}/HEAD?labpath=study/{lesson}.ipynb", "on a server that is lent to you"))
    if site:
        found.append(("Colab", f"https://colab.research.google.com/#fileId={quote(f'{site}/colab/{lesson}.ipynb')}",
                      "at Google, with an account there"))
    if repository and repository.startswith("https://github.com/"):
        found.append(("Codespaces", repository.replace("https://github.com", "https://codespaces.new", 1),
                      "in GitHub's editor, with an account there"))
    return found


def elsewhere(page):
    """Why a page has no button to run its lesson in the browser, and where it runs, as HTML; None if it has one."""
    number = page[:2]
    return ELSEWHERE.format(large=TOO_LARGE[number], fetch=FETCH[number]) if number in TOO_LARGE else None


def binder(repository):
    """Binder's address for a repository."""
    on_github = repository.removeprefix("https://github.com/")
    return "https://mybinder.org/v2/" + (f"gh/{on_github}" if on_github != repository else f"git/{quote(repository, safe='')}")


def colab(folder, wheel):
    """Write a copy of every lesson for Colab, if the site's address is known. wheel: the name of course_lib's."""
    site = address("COURSE_SITE")
    if site:
        folder.mkdir(parents=True, exist_ok=True)
        for name in study.lessons():
            text = json.dumps(for_colab(name, site, f"{site}/{WHEELS}/{wheel}"), indent=1, ensure_ascii=False)
            (folder / name).write_text(text + "\n", encoding="utf-8", newline="\n")


def for_colab(name, site, wheel):
    """A lesson as one studies it, behind a cell that installs the library; its links lead to the site, where the others are."""
    lesson = study.to_study(name)
    for cell in lesson["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = re.sub(r"\]\((\w+)\.ipynb(#[^)]*)?\)", rf"]({site}/\1.html\2)", "".join(cell["source"]))
    more, then = (" gguf", MODEL) if name.startswith("10") else ("", "")
    first = {"cell_type": "code", "id": "colab", "metadata": {}, "execution_count": None, "outputs": [],
             "source": FIRST.format(more=more, wheel=wheel) + then}
    lesson["cells"].insert(0, first)
    return lesson
