"""What `check`, `hint`, `solution`, `progress` and `questions` show: sentences and tables, as text and as a page alike."""
import re
from html import escape
from textwrap import indent

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
    """A piece of Python, shown as it stands."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return indent(self.text, "    ")

    def _repr_html_(self):
        return f"<pre>{escape(self.text)}</pre>"


def _inline(sentence):
    """A sentence as HTML, with its `code` marked."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(sentence))
