"""Controls above a picture that follows them, for a hand, a keyboard and a screen reader.

An `Explorer` draws by a pure function of views.py. Where a kernel runs it shows the controls; everywhere else (a code
host, an exported page, print) its static face: the picture that the controls start with.
"""
from html import escape

import ipywidgets as widgets
import numpy as np

from course_lib.explorers.browser import Keys
from course_lib.explorers.panel import still

WIDE, WHOLE_LABEL = {"width": "max(min(47%, 32em), min(98%, 20em))"}, {"description_width": "initial"}


class Explorer:
    """Controls, buttons for settings that tell a story, and a picture of what `draw` makes of the controls' values.

    draw      a function from the values, by name, to a Panel; its ValueErrors are shown to the reader
    controls  name → control: `slider`, `choice`, `switch`, `sentence`, or any widget with a `value`
    presets   label → the values that it sets, by name; "reset" is added
    beside    the name of a control that stands beside the picture and shows the panel's first part itself
    """

    def __init__(self, draw, controls, presets, beside=None):
        self.draw = np.errstate(all="ignore")(draw)             # whatever the reader has set by np.seterr
        self.controls, self.beside, self.busy = controls, beside, False
        self.start = self.values()
        self.presets = {**presets, "reset": {}}
        self.status, self.picture = widgets.HTML(), widgets.HTML()
        buttons = [widgets.Button(description=label, layout={"width": "auto"}) for label in self.presets]
        for button in buttons:
            button.on_click(lambda button: self.choose(button.description))
        for control in controls.values():
            control.observe(self.redraw, "value")
        above, below = ([control for name, control in controls.items() if (name == beside) == is_below] for is_below in (0, 1))
        self.widget = widgets.VBox([Keys(), _row(buttons, gap="0.2em"), _row(above), self.status, _row([*below, self.picture])])
        self.widget.add_class("course-explorer")
        self.status.add_class("course-status")
        self.picture.add_class("jp-RenderedHTMLCommon")         # tables look as they do in outputs
        self.redraw()

    def values(self):
        """What the controls are set to, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def choose(self, preset):
        """Set what a preset sets and the rest as at the start, but keep a sentence that the reader typed; draw once."""
        settings = {**self.start, **self.presets[preset]}
        ours = [values.get("text") for values in (self.start, *self.presets.values())]
        if preset != "reset" and "text" not in self.presets[preset] and self.values().get("text") not in ours:
            del settings["text"]
        self.busy = True
        for name, value in settings.items():            # in order: a sentence comes before what counts its tokens
            if name != self.beside:
                self.controls[name].value = value
        self.busy = False
        self.redraw()

    def redraw(self, _=None):
        """Show what the controls are set to; if that cannot be drawn, say why and leave the picture as it is."""
        if self.busy:
            return
        try:
            panel = self.draw(**self.values())
        except ValueError as error:
            self.status.value = escape(str(error))
        else:
            self.picture.value = panel.picture(skip=0 if self.beside is None else 1)
            self.status.value = f"<strong>{escape(panel.says)}</strong>"

    def __repr__(self):
        controls = " · ".join(f"{control.description} {getattr(control, 'label', control.value)}"
                              for control in self.controls.values() if control.description)
        return f"controls: {controls}\npresets: {' · '.join(self.presets)}\n\n{self.draw(**self.start)!r}"

    def _repr_mimebundle_(self, **kwargs):
        return {**self.widget._repr_mimebundle_(**kwargs), "text/plain": repr(self), "text/html": still(self.draw(**self.start))}


def slider(label, value, low, high, step=1):
    """A number between low and high."""
    kind, digits = (widgets.IntSlider, "d") if isinstance(step, int) else (widgets.FloatSlider, ".1f")
    return kind(description=label, tooltip=label, value=value, min=low, max=high, step=step, readout_format=digits,
                layout=WIDE, style=WHOLE_LABEL)


def stops(label, value, options):
    """One of some numbers, each a value or (name, value), on a slider."""
    named = [option if isinstance(option, tuple) else (f"{option:g}", option) for option in options]
    name = next(name for name, option in named if option == value)
    control = widgets.SelectionSlider(description=label, tooltip=label, value=value, label=name, options=named,
                                      layout=WIDE, style=WHOLE_LABEL)
    control.add_class("course-stops")
    return control


def choice(label, value, options):
    """One of a few words, as buttons."""
    return widgets.ToggleButtons(description=label, value=value, options=options, style={**WHOLE_LABEL, "button_width": "auto"})


def switch(label, value):
    """On or off."""
    return widgets.Checkbox(description=label, value=value, indent=False, layout={"width": "auto"})


def sentence(text):
    """A sentence of the reader's own."""
    return widgets.Text(description="sentence", value=text, layout={"width": "30em"}, style=WHOLE_LABEL)


def _row(children, gap="1.5em"):
    """Children side by side, and below each other where the page is too narrow."""
    return widgets.HBox(children, layout={"flex_flow": "row wrap", "grid_gap": f"0.2em {gap}"})
