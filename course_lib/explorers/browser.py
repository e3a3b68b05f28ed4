"""What runs in the browser: each class here is a JavaScript file of the same name, and what it shares with Python."""
from pathlib import Path

import traitlets
from anywidget import AnyWidget

from course_lib.explorers import views
from course_lib.explorers.panel import still

HERE = Path(__file__).parent


class Keys(AnyWidget):
    """Nothing to see: gives the controls beside it names, and their keys back, which the apps' shortcuts take away."""

    _esm = HERE / "keys.js"


class Mask(AnyWidget):
    """A mask to be painted. value: (n, n) booleans as lists, labels: n tokens."""

    _esm, _css = HERE / "mask.js", HERE / "mask.css"
    description = ""                                    # the table has a caption
    labels = traitlets.List().tag(sync=True)
    value = traitlets.List().tag(sync=True)


class Query(AnyWidget):
    """The picture of `query_in_the_plane`, with the query to be dragged or moved by the arrow keys. It never asks Python.

    query   [x, y], where the query starts
    setup   what the page needs to draw itself
    """

    _esm, _css = HERE / "query.js", HERE / "query.css"
    query = traitlets.List([2, 3]).tag(sync=True)
    setup = traitlets.Dict().tag(sync=True)

    def __init__(self, presets):
        self.panel, pocket = views.query_in_the_plane(2, 3), views.POCKET
        keys, values, _ = self.panel.parts
        planes = {"query": [keys.low, keys.high, keys.unit], "output": [values.low, values.high, values.unit]}
        super().__init__(setup={"page": self.panel._repr_html_(), "presets": presets, "planes": planes, "labels": pocket.labels,
                                "keys": pocket.K.tolist(), "values": pocket.V.tolist()})

    def __repr__(self):
        presets = " · ".join(label for label, _ in self.setup["presets"])
        return f"controls: drag the query, or move it by the arrow keys\npresets: {presets}\n\n{self.panel!r}"

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/html": still(self.panel)}, metadata
