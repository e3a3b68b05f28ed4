"""Whatever text a learner or a stranger puts in, it comes out as text; and the library reads and writes nothing else."""
import inspect
import json
import linecache
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from course_lib import (HeatTable, SideBySide, agreement, bars, check, clocks, connections, curves, grids, hint, landscape,
                        next_word, proposals, query_and_keys, solution, values_and_outputs, views)
from course_lib.checks.helping import Questions
from course_lib.checks.messages import Code
from course_lib.exercises import EXERCISES
from course_lib.exercises.exercise import Choice, Question
from course_lib.explorers import lessons
from course_lib.explorers.panel import Bars, Panel, still
from course_lib.planes import Plane

ROOT = Path(__file__).parent.parent.parent
DO = "top.hurt=1"
# None has a backtick, which marks code in a sentence.
HOSTILE = {
    "script": f"<script>{DO}</script>",
    "handler": f'<img src=x onerror="{DO}">',
    "handler without quotes": f"<svg/onload={DO}>",
    "unclosed": "<b><table><td",
    "end tags": "</td></table></pre></svg></p></div><u>",
    "comment": "<!-- <![CDATA[ ]]> --!><u>",
    "double quote": f'" onmouseover="{DO}" x="',
    "single quote": f"' autofocus onfocus='{DO}",
    "slash": f'"/><img/src/onerror={DO}>',
    "entities": "&lt;u&gt;&#60;u&#62;&amp;lt;&quot;&NotAnEntity;&#0;",
    "link": f'<a href="javascript:{DO}">x</a>',
    "SVG": f'<svg><use href="data:image/svg+xml,<svg onload={DO}>"/><style>*{{display:none}}</style></svg>',
    "style": f'";background:url(http://stranger.test/a);width:expression({DO});"',
    "style element": "<style>@import 'http://stranger.test/b';</style>",
    "frame": f'<iframe srcdoc="<script>{DO}</script>">',
    "braces": "{alt} {0} {} %s %(x)s \\1 \\g<0>",
    "bidi": "\u202eabc\u202c\u2066x\u2069",
    "zero width": "a\u200bb\u200d\ufeffc",
    "ANSI": "\x1b[31mred\x1b[0m\x1b]8;;http://stranger.test\x07x",
    "control": "a\x01\x08\x0b\x7fb",
    "NUL": "a\0<u>b",
    "long": "<u>" * 300}
NAMES = [f"{prefix}{{}}" for prefix in "abcd"]


class Page(HTMLParser):
    """The elements of a page, each with its attributes' names, and everything in it that is words."""

    def __init__(self, html):
        super().__init__()
        self.found, self.words, self.inside = set(), [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found |= {(tag, name) for name, _ in attributes} | {(tag, None)}
        self.words += [value for name, value in attributes if name in ("alt", "aria-label")]
        for name, value in attributes:
            if name == "src" and value.startswith("data:image/svg+xml,"):
                self.inside.append(Page(unquote(value.partition(",")[2])))

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        self.found.add(("comment", None))

    handle_decl = handle_pi = unknown_decl = handle_comment

    def elements(self):
        """Also those of the pictures in it."""
        return self.found.union(*(page.elements() for page in self.inside))

    def text(self):
        """All the words, also those of the pictures in it."""
        return "".join([*self.words, *(page.text() for page in self.inside)])


def learner(text, name="softmax"):
    """Functions of a learner; hostile are the error, the result, what is printed, the error's name, the comment."""
    def raises(scores):
        raise ValueError(text)

    def returns(scores):
        return text

    def prints(scores):
        print(text)
        return scores

    def names_its_error(scores):
        raise type(text.replace("\0", ""), (Exception,), {})

    lines = f"def commented(scores):\n    raise ValueError  # {' '.join(text.split())}\n".replace("\0", "")
    linecache.cache["<cell>"] = len(lines), None, lines.splitlines(True), "<cell>"
    space = {}
    exec(compile(lines.encode(errors="replace"), "<cell>", "exec"), space)
    functions = [raises, returns, prints, names_its_error, space["commented"]]
    for function in functions:
        function.seen_as, function.__name__ = function.__name__, name
    return functions


def pages(text):
    """What → HTML, for all that the library shows with such a text in every place where a text can stand."""
    names, two = [name.format(text) for name in NAMES], np.arange(8).reshape(4, 2)
    table = HeatTable(np.eye(4), names, names, text, text)
    plane = Plane(text, -5, 5, zip(("query", "key", "value", "output"), names, two / 2, strict=True))
    panel = Panel(text, plane, Bars(text, dict.fromkeys(names, 0.5)), table)
    parts = {"table": table, "side by side": SideBySide(table, table), "panel": panel, "code": Code(text),
             "questions": Questions("06", (Question(text, (Choice(text, True, text),)),))}
    return {what: part._repr_html_() for what, part in parts.items()} | {"still": still(panel)} | checked(text)


def checked(text):
    """What → HTML, for all that `check` says to a hostile learner, and the help of a hostile author."""
    exercise = EXERCISES["softmax"]
    said = {f"check, {function.seen_as}": check(function) for function in learner(text)}
    EXERCISES["softmax"] = replace(exercise, hints=(text,), why=text)
    try:
        said |= {"hint": hint("softmax"), "solution": solution("softmax")}
    finally:
        EXERCISES["softmax"] = exercise
    return {what: message._repr_html_() for what, message in said.items()}


@pytest.fixture(scope="module")
def harmless():
    """The same pages with a word; in code with whatever has a colour."""
    coloured = Page(Code("def word(): return 1 + 'word'  # word")._repr_html_()).elements()
    return {what: Page(html).elements() for what, html in pages("word").items()} | {"code": coloured}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_becomes_an_element(harmless, text):
    """A page has the elements and attributes that it has with a harmless word, and the text stands in it as given.
    `check` shows the beginning of a long one, the first line of a print, and a comment as far as Python reads it."""
    for what, html in pages(text).items():
        page = Page(html)
        assert page.elements() <= harmless[what], what
        if what not in ("check, commented", "check, names_its_error"):
            assert text.splitlines()[0][:60] in page.text(), what


@cache
def pictures(text):
    """The pages of pictures with such a text in every place where a text can stand, and whether their letters are drawn."""
    two, square, names = np.arange(8.0).reshape(4, 2), np.eye(4), [name.format(text) for name in NAMES]
    drawn = [agreement(two[1], two, names, text, text, names[:2]), bars(names, {text: two[:, 0]}, text, text, text),
            clocks(two, text, text), connections(square, names, text, text, text), grids({text: square}, text, text, names),
            curves(two[:, 0], {text: two[:, 1]}, text, text, text, text),
            landscape([1, 2, 4, 8, 16], np.eye(5, 4), names, text, text), next_word(two[1], square[:2], names, text, text),
            proposals(two, names, two, names, text, text), query_and_keys(two[1], two, names, text, text),
            values_and_outputs(two, names, two, names, text, text), views({text: two}, names, text, text)]
    for picture in drawn:
        picture.png = lambda: b"pixels"                 # test_plots.py draws
    return [(Page(picture._repr_mimebundle_()["text/html"]), hasattr(picture, "figure")) for picture in drawn]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_of_a_picture_becomes_an_element(text):
    """The page and the picture in it have no element and no attribute that they lack with a harmless word; title and
    alternative text stand in the page as given; where letters are drawn, no word stands in the picture."""
    for (page, drawn), (harmless, _) in zip(pictures(text), pictures("word"), strict=True):
        assert page.elements() <= harmless.elements() and text[:60] in "".join(page.words)
        assert not drawn or page.inside[0].text() == harmless.inside[0].text()


def sentences():
    """Sentences of hostile words as an explorer takes them: twelve at most, of twenty characters at most."""
    words = [text[i:i + 20] for text in HOSTILE.values() for text in text[:60].split() for i in range(0, len(text), 20)]
    return [" ".join(words[i:i + 12]) for i in range(0, len(words), 12)]


EXPLORERS = {name: getattr(lessons, name) for name in dir(lessons) if name.startswith("explore_")}
TYPED = [name for name, explorer in EXPLORERS.items() if "sentence(" in inspect.getsource(explorer)]


@pytest.mark.parametrize("name", TYPED)
def test_no_typed_sentence_becomes_an_element(name):
    """In sentence, picture and still of an explorer."""
    explorer = EXPLORERS[name]()
    allowed = Page(explorer.status.value + explorer.picture.value).elements()
    stills = Page(still(explorer.draw(**explorer.start))).elements()
    for text in sentences():
        explorer.controls["text"].value = text
        page = Page(explorer.status.value + explorer.picture.value)
        assert page.elements() <= allowed
        assert Page(still(explorer.draw(**explorer.values()))).elements() <= stills
        assert all(word in page.text() for word in text.split())


def test_a_sentence_that_cannot_be_drawn_is_shown_as_typed():
    """The words of the refusal are text too."""
    explorer = lessons.explore_temperature()
    explorer.controls["text"].value = "<script>alert(1)</script>"
    assert Page(explorer.status.value).elements() == set() and "<script>" in Page(explorer.status.value).text()


WATCH = """
import os, sys
seen = []
def watch(event, arguments):
    if event.startswith(("socket.", "urllib.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.remove", "shutil.")):
        seen.append((event, str(arguments[-1])))
    elif event == "os.rename":
        seen.append((event, str(arguments[1])))
    elif event == "open":
        path, mode, flags = arguments
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) or set(mode or "") & set("wax+"):
            seen.append((event, str(path)))
sys.addaudithook(watch)
import course_lib
from course_lib import *
own = {**globals()}
for name in course_lib.__all__:
    value = own[name]
    if name.startswith(("drag_", "explore_", "fill_", "measure_", "stack_", "train_", "watch_")):
        shown = value()
        repr(shown), (shown._repr_html_ if hasattr(shown, "_repr_html_") else shown._repr_mimebundle_)()
from course_lib.exercises import EXERCISES, QUESTIONS
def softmax(scores):
    from course_lib.steps import softmax
    return softmax(scores)
assert check(softmax).passed
for name in EXERCISES:
    hint(name)._repr_html_(), solution(name)._repr_html_()
for name in QUESTIONS:
    questions(name)._repr_html_()
progress()._repr_html_(), HeatTable([[1]])._repr_html_(), Flow()._repr_mimebundle_()
curves([1, 2], {"a": [1, 2]}, "t", "x", "y", "alt")._repr_mimebundle_()
import matplotlib
print([one for one in seen if not one[1].startswith((matplotlib.get_cachedir(), os.devnull))])
"""


def test_the_library_opens_no_connection_and_writes_one_file(tmp_path):
    """Imported and used from end to end, under Python's own watch: nothing but the progress file, and no other program."""
    environment = {name: value for name, value in os.environ.items() if name != "COURSE_LIB_NO_PROGRESS"}
    done = subprocess.run([sys.executable, "-B", "-c", WATCH], cwd=tmp_path, env=environment, capture_output=True,
                          encoding="utf-8", errors="replace")
    told = done.stdout.lstrip(".\n")                          # dots, while the language model is loaded
    assert told == "[('open', '.attention_progress.json.new'), ('os.rename', '.attention_progress.json')]\n", done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".attention_progress.json"]


OWN = ["".join((ROOT / f"course_lib/explorers/{name}.js").read_text(encoding="utf-8") for name in (which, "alive"))
       for which in ("fill", "flow", "heads", "query", "watch", "windows")]


def without_our_script(html):
    """The page without the script at its end, which must be the library's own files, called with data."""
    page, *script = html.split('<script type="module">\n')
    for text in script:
        own, rest = next(text.partition(own)[1:] for own in OWN if text.startswith(own))
        assert rest.startswith("enliven(") and rest.endswith(");\n</script>")
        json.loads(f"[{rest[len('enliven('):-len(');</script>') - 1]}]")
    return page


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_committed_notebook_brings_no_script(path):
    """Its outputs are text and images; their pages have no script but the library's own files, no handler, frame or address."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    assert set().union(*(output.get("data", ()) for output in outputs)) <= {"text/plain", "text/html", "image/png"}
    pages = [without_our_script("".join(output["data"].get("text/html", ""))) for output in outputs if "data" in output]
    pages += ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    found = set().union(*(Page(html).elements() for html in pages))
    assert not {tag for tag, _ in found} & {"script", "iframe", "object", "embed", "link", "foreignobject", "form", "base",
                                            "meta"}
    assert ("style", None) not in set().union(*(Page(html).found for html in pages))        # but inside of images
    assert not [name for _, name in found if name and (name.startswith("on") or name in ("href", "srcdoc"))]
    assert set(re.findall('xlink:href="(.)', unquote("".join(pages)))) <= {"#"}             # a picture's letters, in the picture
    assert all(src.startswith("data:image/") for html in pages for src in re.findall(r'src="([^"]*)', html))
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
