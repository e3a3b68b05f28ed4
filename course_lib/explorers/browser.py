"""What runs in the browser: each class here is a JavaScript file of the same name, and what it shares with Python."""
from pathlib import Path

import traitlets
from anywidget import AnyWidget

from course_lib.explorers import views
from course_lib.explorers.panel import alive, still
from course_lib.looks import themed
from course_lib.planes import PLACES

HERE = Path(__file__).parent


class Keys(AnyWidget):
    """Nothing to see: gives the controls beside it names, and their keys back, which the apps' shortcuts take away."""

    _esm, _css = HERE / "keys.js", themed((HERE / "keys.css").read_text(encoding="utf-8"))


class Mask(AnyWidget):
    """A mask to be painted. value: (n, n) booleans as lists, labels: n tokens, looks: their colours and marks."""

    _esm, _css = HERE / "mask.js", themed((HERE / "mask.css").read_text(encoding="utf-8"))
    description = ""                                    # the table has a caption
    labels = traitlets.List().tag(sync=True)
    looks = traitlets.List().tag(sync=True)
    value = traitlets.List().tag(sync=True)


class Query:
    """The picture of `query_in_the_plane`, with the query to be dragged or moved by the arrow keys. It never asks Python."""

    def __init__(self, presets):
        self.panel, pocket = views.query_in_the_plane(2, 3), views.POCKET
        page, planes = self.panel._repr_html_(), dict(zip(("query", "output"), self.panel.parts, strict=False))
        self.setup = {"page": page, "presets": presets, "labels": pocket.labels, "places": PLACES.tolist(),
                      "keys": pocket.K.tolist(), "values": pocket.V.tolist(),
                      "planes": {kind: {"low": plane.low, "top": plane.top, "unit": plane.unit, "height": plane.height,
                                        **plane.resting} for kind, plane in planes.items()}}

    def __repr__(self):
        presets = " · ".join(label for label, _ in self.setup["presets"])
        return f"controls: drag the query, or move it by the arrow keys\npresets: {presets}\n\n{self.panel!r}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        html = alive(still(self.panel), "query", {"query": [2, 3], "setup": self.setup})
        return {"text/plain": repr(self), "text/html": html}
