"""What `check`, `hint`, `solution`, `progress` and `questions` show: sentences and tables, as text and as a page alike."""
import re
from html import escape
from textwrap import indent

FRAME = ("margin:0.6em 0;padding:0.6em 0.8em;border:1px solid var(--jp-border-color2,#d0d0d0);"
         "background:var(--jp-cell-editor-background,#f5f5f5)")
# The colours of JupyterLab's editor, and what stands for them elsewhere
EDITOR = {"keyword": "#006600", "comment": "#336666", "string": "#a02020", "number": "#005c5c", "operator": "#8a00a0"}
COLOURS = {True: "#007a59", False: "#b85000", None: "#666666"}      # the words say it too


class Message:
    """Sentences, tables and code, one below the other. In a sentence, `backticks` mark code.

    passed is True, False or None (nothing to judge); it only colours the edge.
    """

    def __init__(self, *parts, passed=None):
        self.parts, self.passed = parts, passed

    def __repr__(self):
        return "\n\n".join(part if isinstance(part, str) else repr(part) for part in self.parts)

    def _repr_html_(self):
        body = "".join(f"<p>{_inline(part)}</p>" if isinstance(part, str) else part._repr_html_() for part in self.parts)
        return f'<div style="border-left:4px solid {COLOURS[self.passed]};padding-left:0.8em">{body}</div>'


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
    return f'<span style="color:var(--jp-mirror-editor-{name}-color,{EDITOR[name]})">{escape(text)}</span>'


def _inline(sentence):
    """A sentence as HTML, with its `code` marked."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(sentence))
