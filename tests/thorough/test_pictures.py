"""No setting of a reader changes a picture, no picture changes a setting, and the first one says nothing."""
import os
import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from matplotlib import cycler, rc_context, rcParams

from tests.test_plots import PICTURES

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

    plain, drawn_before = draw()._repr_mimebundle_(), draw()
    with rc_context(DARK), np.errstate(all="raise"):
        before = settings()
        shown, drawn_here = [drawn_before._repr_mimebundle_(), draw()._repr_mimebundle_()], draw()
        assert settings() == before
    assert [*shown, drawn_here._repr_mimebundle_()] == [plain] * 3


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
        assert "matplotlib.pyplot" not in sys.modules and matplotlib.rcParams["backend"] == "template"
        logging.getLogger("matplotlib").warning("said")
        warnings.warn("said as well")"""
    surroundings = {**os.environ, "MPLBACKEND": "template", "MATPLOTLIBRC": str(odd), "MPLCONFIGDIR": str(odd / "below a file")}
    done = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, encoding="utf-8", errors="replace")
    assert re.fullmatch("said\n.*: UserWarning: said as well\n", done.stderr), done.stderr
