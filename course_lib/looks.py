"""One visual language: a word has one colour and a place one mark, wherever a token appears, in any theme, for any eyes.

Pictures are drawn in the colours for a white page; `themed` gives each its twin for a dark one, which the page chooses by
`light-dark`. The colours are near those of Okabe and Ito 2008, which stay apart for colour-blind eyes, and dark enough, or
their twins light enough, for words. A mark tells apart what has the same colour, also for a printer that has none.
"""
import re
from html import escape
from urllib.parse import quote
from zlib import crc32

BLUE, ORANGE, GREEN, PURPLE, OLIVE, GREY = COLOURS = "#0072b2", "#b85000", "#007a59", "#a04a88", "#786a00", "#6a6a6a"
INK, FAINT, LINE, GROUND, LIT, PALE = "#111111", "#666666", "#cccccc", "#ffffff", "#fff0b8", "#cfe6fa"
DARK = dict(zip((*COLOURS, INK, FAINT, LINE, GROUND, LIT, PALE),
                ("#6fc1f2", "#f5a75f", "#4fd0a5", "#e0a3cd", "#d9c74a", "#b8b8b8",
                 "#f2f2f2", "#a3a3a3", "#484848", "#111111", "#4a3f10", "#17405f"), strict=True))
MARKS = "●■▲◆★▼"
WORDS = "the cat chases mouse moon tail <BOS> I like transformers <EOS>".split()    # of the course; other words by their letters


def look(token, place):
    """The colour of a word and the mark of its place. → (str, str)"""
    token = token.lstrip("␣ ")                          # a language model counts the space before a word as part of it
    word = WORDS.index(token) if token in WORDS else crc32(token.encode())
    return COLOURS[word % len(COLOURS)], MARKS[place % len(MARKS)]


def token_of(name, place):
    """The token and the place that a name speaks of; None if it names no token. → (str, int)

    A name is a token's if it is one of the course's words, or says its place itself, as `the (3)` does.
    """
    label = re.fullmatch(r"(.+) \((\d+)\)", name, re.DOTALL)
    return (label[1], int(label[2])) if label else (name, place) if name in WORDS else None


def marked(name, place):
    """The name of a token as HTML, after the mark of its place in the colour of its word; any other name as it is.

    Pages that are not trusted drop `light-dark`, and leave the mark in the colour of the page's own text.
    """
    token = token_of(name, place)
    if not token:
        return escape(name)
    colour, mark = look(*token)
    return f'<span style="color:{themed(colour)}">{mark}</span> {escape(name)}'


def themed(text):
    """SVG or CSS in the colours above, which then follow the page into the dark."""
    return re.sub("|".join(DARK), lambda colour: f"light-dark({colour[0]},{DARK[colour[0]]})", text)


def alone(svg):
    """A picture as a file of its own, which follows the page that shows it."""
    return svg.replace(">", "><style>:root{color-scheme:light dark}</style>", 1)


def image(svg, alt):
    """A picture for where no script runs: pages that are not trusted drop inline SVG and keep images."""
    return f'<img alt="{escape(alt)}" src="data:image/svg+xml,{quote(alone(svg))}" style="max-width:100%;height:auto">'
