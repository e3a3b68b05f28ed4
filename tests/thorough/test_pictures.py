"""No setting of a reader changes a picture, no picture changes a setting, the first one says nothing; and those that are
committed are what is drawn now."""
import ast
import base64
import io
import json
import os
import platform
import re
import subprocess
import sys
from contextlib import redirect_stdout
from functools import partial
from importlib.metadata import version
from itertools import combinations

import numpy as np
import pytest
from matplotlib import cycler, rc_context, rcParams

from course_lib import looks
from course_lib.plots import Picture, as_shipped
from nbval_plugin import is_left_out
from tests.test_plots import CHANGES, FURTHER, PICTURES, PLANES, faces
from tools import outputs

DARK = {    # what a reader may have in a matplotlibrc, or from plt.style.use and seaborn
    "text.usetex": True, "font.size": 22, "font.family": "monospace", "text.color": "white", "axes.unicode_minus": False,
    "figure.facecolor": "black", "figure.dpi": 50, "figure.autolayout": True, "axes.facecolor": "black", "axes.edgecolor": "red",
    "axes.labelcolor": "red", "axes.titlesize": "small", "axes.titlelocation": "left", "axes.grid": True, "axes.xmargin": 0.5,
    "axes.prop_cycle": cycler(color=["red"]), "axes.spines.left": False, "axes.formatter.limits": (0, 0), "xtick.top": True,
    "xtick.color": "red", "xtick.direction": "in", "ytick.labelsize": 4, "legend.frameon": True, "legend.fontsize": 4,
    "lines.linewidth": 7, "lines.markeredgewidth": 5, "lines.dashed_pattern": (9, 9), "patch.linewidth": 5, "hatch.color": "red",
    "hatch.linewidth": 4, "image.cmap": "gray", "image.origin": "lower", "image.interpolation": "bicubic",
    "path.sketch": (9, 99, 2), "path.simplify_threshold": 1, "savefig.dpi": 10, "savefig.facecolor": "black",
    "savefig.format": "svg", "savefig.transparent": True, "savefig.bbox": "tight", "figure.constrained_layout.w_pad": 1}


@pytest.mark.parametrize("draw", [*PICTURES.values(), partial(PICTURES["bars"], groups={"tiny": [5e-324, 5e-324]})],
                         ids=[*PICTURES, "tiny bars"])
def test_the_reader_s_settings_change_no_picture_and_no_picture_changes_them(draw):
    """Those of matplotlib and NumPy, whether they are set when the picture is drawn, when it is shown, or both."""
    def settings():
        return {name: rcParams[name] for name in rcParams if name != "backend"}, np.geterr()    # that one would be looked for

    plain, drawn_before = faces(draw()), draw()
    with rc_context(DARK), np.errstate(all="raise"):
        before = settings()
        shown, drawn_here = [faces(drawn_before), faces(draw())], draw()
        assert settings() == before
    assert [*shown, faces(drawn_here)] == [plain] * 3


def test_the_first_picture_says_nothing_and_asks_for_no_backend(tmp_path):
    """Not a word below the reader's cell of folders that cannot be written to, of fonts that are collected anew, of an odd
    matplotlibrc or of a second matplotlib; later words are heard. No backend is looked for, which would start a window system,
    and the reader's stays, also where whoever packaged matplotlib has set another."""
    odd = tmp_path / "matplotlibrc"
    odd.write_text("font.size: red\nno.such.key: 3\nwithout a colon\n", encoding="utf-8")
    code = """if True:
        import logging, sys, warnings
        from course_lib import curves
        sys.modules["mpl_toolkits"] = None
        draw = lambda: curves([1, 2], {"a line": [1, 2]}, "title", "x", "y", "alt")
        draw()
        import matplotlib
        matplotlib.rcParamsDefault["backend"] = "pdf"
        draw()._repr_mimebundle_()
        draw()._repr_png_()
        assert "matplotlib.pyplot" not in sys.modules and matplotlib.rcParams["backend"] == "template"
        logging.getLogger("matplotlib").warning("said")
        warnings.warn("said as well")"""
    surroundings = {**os.environ, "MPLBACKEND": "template", "MATPLOTLIBRC": str(odd), "MPLCONFIGDIR": str(odd / "below a file")}
    done = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, encoding="utf-8", errors="replace")
    assert re.fullmatch("said\n.*: UserWarning: said as well\n", done.stderr), done.stderr


@pytest.mark.parametrize("kind", PICTURES | PLANES)
def test_the_text_changes_with_the_drawing(kind):
    """Another point, name, label, title, scale or alternative text is another text; the same arguments give the same."""
    draw = {**PICTURES, **PLANES}[kind]
    plain = repr(draw())
    assert repr(draw()) == plain and kind in dict(CHANGES)
    assert [changed for other, changed in CHANGES if other == kind and repr(draw(**changed)) == plain] == []


@pytest.mark.parametrize("kind", PICTURES)
def test_every_colour_follows_the_page(kind):
    """There is no colour but those of looks.py, each with its twin for the dark; and no name of a colour."""
    svg = PICTURES[kind]().svg()
    found = set(re.findall(r"light-dark\((#\w{6}),(#\w{6})\)", svg))
    assert found <= set(looks.DARK.items()) and (looks.GROUND, looks.DARK[looks.GROUND]) in found
    rest = re.sub(r"light-dark\([^)]*\)", "", svg)
    assert not re.search(r"#[\da-f]{3,6}\b|rgb|black|white|gr[ae]y", rest)
    words = re.findall(r"<g ([^>]*scale\([^>]*)>", svg)             # without a fill they would be black
    assert len(words) > 4 and all("fill: light-dark(" in word for word in words)


def words(figure):
    """All that is written in a figure; of the numbers along an axis those in view."""
    yield from (text for legend in figure.legends for text in legend.get_texts())
    for axes in figure.axes:
        yield from (text for text in (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts) if text.get_text())
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            shown = (tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high)
            yield from (text for text in shown if text.get_text())


@pytest.mark.parametrize("draw", [*PICTURES.values(), *FURTHER.values()], ids=[*PICTURES, *FURTHER])
def test_words_are_large_and_nothing_covers_them_or_cuts_them_off(draw):
    """Twelve pixels or more, 9 points; all within the picture; no word lies on another."""
    words_can_be_read(draw(), (1, 1))


def words_can_be_read(picture, room):
    """Whether they can is asserted word by word. room: pixels beside and above a word that are kept free."""
    picture.svg()
    figure = picture.figure
    with as_shipped():
        figure.draw_without_rendering()
        texts = list(words(figure))
        boxes = [text.get_window_extent() for text in texts]
    assert min(text.get_fontsize() for text in texts) >= 9
    for text, box in zip(texts, boxes, strict=True):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, text
    for (a, one), (b, other) in combinations(zip(texts, boxes, strict=True), 2):
        assert not one.padded(*room).overlaps(other.padded(*room)), (a, b)


PINNED = (version("matplotlib"), platform.system(), platform.machine()) == (outputs.pinned_version(), "Linux", "x86_64")


@pytest.mark.parametrize("path", [path for path in sorted(outputs.NOTEBOOKS.glob("*.ipynb")) if not is_left_out(path)],
                         ids=lambda path: path.stem)
def test_the_committed_pictures_are_what_is_drawn_now(path):
    """Every place, word, colour and size, in text, on the page and in pixels: byte for byte where the committed pictures are
    drawn; under another matplotlib or processor the pixels look alike."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    drawn = [any("image/png" in output.get("data", ()) for output in cell["outputs"]) for cell in code]
    names = {}
    for cell in code[:len(drawn) - drawn[::-1].index(True) if any(drawn) else 0]:
        shown = [found for found in value_of("".join(cell["source"]), names) if isinstance(found, Picture)]
        pictures = [output["data"] for output in cell["outputs"] if "image/png" in output.get("data", ())]
        assert len(shown) == len(pictures)
        for picture, committed in zip(shown, pictures, strict=True):
            now, before = faces(picture), {kind: "".join(text).rstrip("\n") for kind, text in committed.items()}
            before["image/png"] = base64.b64decode(before["image/png"])
            assert now == before if PINNED else now["text/plain"] == before["text/plain"]
            assert PINNED or outputs.distance(now["image/png"], before["image/png"]) <= outputs.ALIKE
            words_can_be_read(picture, (-2, -3))            # letters along a small grid stand close, and are lower than their box


def value_of(source, names):
    """Run a cell. → a list of the value that it ends in, empty if it ends in none, or in an error, as some do to show it"""
    tree = ast.parse(source)
    last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()):
        try:
            exec(compile(tree, "cell", "exec"), names)
            return [eval(compile(last, "cell", "eval"), names)] if last else []
        except Exception:
            return []
