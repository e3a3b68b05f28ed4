"""What an explorer shows: a sentence, tables, and two kinds of picture that are quick enough to follow a finger.

All of it is text: a terminal and a diff read it line by line, a page gets HTML with inline SVG.
"""
import json
from html import escape
from pathlib import Path
from zlib import crc32

from course_lib.looks import BLUE, INK, look, themed, token_of
from course_lib.planes import CHARACTER, drawing, figure, pictured
from course_lib.tables import decimals_for, number

HERE = Path(__file__).parent


class Panel:
    """A sentence that says what is to be seen, and below it tables and pictures: what one setting of the controls gives."""

    def __init__(self, says, *parts):
        self.says, self.parts = says, parts

    def __repr__(self):
        return "\n\n".join([self.says, *map(repr, self.parts)])

    def _repr_html_(self):
        return f"<p><strong>{escape(self.says)}</strong></p>{self.picture()}"

    def picture(self, skip=0):
        """The tables and pictures as HTML, without the sentence and without the first `skip` parts; the others beside a plane."""
        first, *others = [part._repr_html_() for part in self.parts[skip:]] or [""]
        return f'<div style="display:flow-root"><div style="float:left">{first}</div>{"".join(others)}</div>'


class Bars:
    """A bar for each name, and its number behind it.

    caption   what the bars show
    heights   name → number, 0 or more
    limit     the number that fills the width
    """

    def __init__(self, caption, heights, limit=1):
        self.caption, self.heights, self.limit = caption, heights, limit

    def __repr__(self):
        widest, decimals = max(map(len, self.heights)), decimals_for(list(self.heights.values()))
        lines = [f"{name.ljust(widest)}  {number(height, decimals)}  {'█' * round(30 * height / self.limit)}".rstrip()
                 for name, height in self.heights.items()]
        return "\n".join([self.caption, *lines])

    def _repr_html_(self):
        decimals, rows, left = decimals_for(list(self.heights.values())), "", CHARACTER * max(map(len, self.heights)) + 18
        for i, (name, height) in enumerate(self.heights.items()):
            token, length = token_of(name, i), 150 * height / self.limit
            colour, mark = look(*token) if token else (BLUE, "")
            rows += (f'<text x="{left}" y="{22 * i + 16}" text-anchor="end"><tspan fill="{themed(colour)}">{mark}</tspan> '
                     f'{escape(name)}</text>'
                     f'<rect x="{left + 6}" y="{22 * i + 3}" width="{length:.1f}" height="18" fill="{themed(colour)}"/>'
                     f'<text x="{left + length + 11:.1f}" y="{22 * i + 16}">{number(height, decimals)}</text>')
        content = f'<g fill="{themed(INK)}">{rows}</g>'
        return figure(self.caption, drawing(content, left + 220, 22 * len(self.heights) + 2, repr(self)))


def still(panel):
    """A panel for where no kernel runs."""
    return f"{pictured(panel._repr_html_())}<p><em>Run this cell in Jupyter, and controls appear that move the picture.</em></p>"


def alive(still, name, state):
    """A still that the library's JavaScript of some name replaces by what it draws of a state, where a page runs scripts."""
    script, live = ((HERE / f"{file}.js").read_text(encoding="utf-8") for file in (name, "alive"))
    style = themed("".join((HERE / f"{file}.css").read_text(encoding="utf-8") for file in (name, "keys")))
    mark = f"course-{name}-{crc32(still.encode()):08x}"
    told = ", ".join(json.dumps(part, ensure_ascii=False).replace("<", "\\u003c") for part in (mark, rounded(state), style))
    return f'<div class="{mark}">{still}</div><script type="module">\n{script}{live}enliven({told});\n</script>'


def rounded(state):
    """The same with nine decimals: those after them are another machine's, which adds in another order."""
    if isinstance(state, dict):
        return {name: rounded(part) for name, part in state.items()}
    if isinstance(state, (list, tuple)):
        return [rounded(part) for part in state]
    return round(state, 9) + 0.0 if isinstance(state, float) else state         # + 0.0 turns -0.0 into 0.0
