"""What `check`, `hint`, `solution`, `progress` and `questions` show: sentences and tables, as text and as a page alike."""
import re
from html import escape
from pathlib import Path
from textwrap import indent
from types import SimpleNamespace

from course_lib.exercises.sheet import pairs
from course_lib.looks import BLUE, GREEN, GREY, ORANGE, PURPLE, themed

SAY = SimpleNamespace(**dict(pairs(Path(__file__).with_name("words.md"))))      # sentences by their names
EDGES = {True: GREEN, False: ORANGE, None: GREY}                     # the words say it too
FRAME = ("margin:0.6em 0;padding:0.6em 0.8em;border:1px solid #80808066;background-color:#8080801a;"       # on any ground
         "font-family:monospace;word-break:normal;overflow-wrap:anywhere")
# What JupyterLab's editor colours, and the colours where there is no such editor
EDITOR = {"keyword": GREEN, "comment": GREY, "string": ORANGE, "number": BLUE, "operator": PURPLE}


class Message:
    """Sentences, tables and code, one below the other. In a sentence, `backticks` mark code, and stars *words*.

    The first sentence, such as the verdict, heads the page; passed (True, False, or None: nothing to judge) only colours it.
    """

    def __init__(self, *parts, passed=None):
        self.parts, self.passed = parts, passed

    def __repr__(self):
        return "\n\n".join(part if isinstance(part, str) else repr(part) for part in self.parts)

    def _repr_html_(self):
        head, stop, more = self.parts[0].partition(". ")
        body = "".join(f'<p style="margin:0.6em 0">{inline(part)}</p>' if isinstance(part, str) else part._repr_html_()
                       for part in (more, *self.parts[1:]) if part)
        return (f'<div style="border-left:4px solid {EDGES[self.passed]}"><p style="margin:0;padding:0.3em 0.8em;'
                f'background-color:{EDGES[self.passed]}33"><strong>{inline(head + stop[:1])}</strong></p>'
                f'<div style="padding:0.1em 0.8em">{body}</div></div>')


class Code:
    """A piece of Python, set off from the prose, in the colours of the reader's own editor where it has any."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return indent(self.text, "    ")

    def _repr_html_(self):
        from pygments import lex
        from pygments.lexers import PythonLexer
        spans = "".join(_coloured(kind, text) for kind, text in lex(self.text, PythonLexer(ensurenl=False)))
        return f'<pre style="{FRAME}">{spans}</pre>'


def _coloured(kind, text):
    """A token as HTML. The kind is one of Pygments', such as Token.Keyword or Token.Literal.Number.Float."""
    name = next((name for name in EDITOR if name.capitalize() in str(kind)), None)
    if name is None:
        return escape(text)
    tag = "b" if name == "keyword" else "span"              # pages that are not trusted drop the colour
    return f'<{tag} style="color:var(--jp-mirror-editor-{name}-color,{themed(EDITOR[name])})">{escape(text)}</{tag}>'


def inline(sentence):
    """A sentence as HTML, with its `code` and its *words* marked. Stars in code, or between numbers, are stars."""
    marks = r"`([^`]+)`|(?<![\w*])\*(?=\w)([^*`]+)(?<=\w)\*(?![\w*])"
    return re.sub(marks, lambda found: f"<code>{found[1]}</code>" if found[1] else f"<em>{found[2]}</em>", escape(sentence))
