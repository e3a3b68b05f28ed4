"""A training that one watches: a thread trains, the page shows how far it is, and a hand stops it or lets it go on.

A thread and not slices of the kernel's event loop: so the training goes on while other cells run, the kernel's interrupt, which
is for cells, does not tear it apart, and a kernel that is shut down does not wait for it.
"""
from html import escape
from time import monotonic
from weakref import WeakSet

import ipywidgets as widgets
import numpy as np

from course_lib.explorers import training
from course_lib.explorers.browser import Keys
from course_lib.explorers.explorer import _row, choice, slider
from course_lib.explorers.progress_bar import PAUSE, html, in_thread
from course_lib.learning import forward, measure, start, train
from course_lib.planes import pictured
from course_lib.tables import HeatTable

SHIPPED = 2000                          # steps of the trainings that the course ships
MEAN = 25                               # steps whose mean is one point of a curve
TRAINING = WeakSet()                    # all that may be training: one at a time


class LiveTraining:
    """Buttons, curves that are drawn while a thread trains, and in the end what the heads do; P is what was learned so far."""

    def __init__(self, n_steps=SHIPPED):
        self.n_steps, self.thread, self.wanted = n_steps, None, False
        self.layers, self.seed = choice("layers", 2, [1, 2]), slider("seed", 1, 0, 9)
        self.button, anew = (widgets.Button(description=label, layout={"width": "auto"}) for label in ("train", "begin anew"))
        self.status, self.bar, self.picture = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.button.on_click(lambda _: self.stop() if self.is_training() else self.go_on())
        anew.on_click(lambda _: self.begin_anew())
        for control in (self.layers, self.seed):
            control.observe(self.begin_anew, "value")
        self.widget = widgets.VBox([Keys(), _row([self.button, anew], gap="0.2em"), _row([self.layers, self.seed]),
                                    _row([self.status]), self.bar, self.picture])
        self.widget.add_class("course-explorer")
        self.status.add_class("course-status")
        self.picture.add_class("jp-RenderedHTMLCommon")
        self.begin_anew()
        TRAINING.add(self)

    def is_training(self):
        """Whether the thread runs."""
        return self.thread is not None and self.thread.is_alive()

    def begin_anew(self, _=None):
        """Random parameters from the seed, and nothing learned. Seed 1 with two layers is the run that the course ships."""
        self.stop()
        rng = np.random.default_rng(self.seed.value)
        self.P = start(rng, n_layers=self.layers.value)
        self.steps, self.points, self.found, self.last = train(self.P, rng, self.n_steps), [], [], 0
        self.button.disabled, self.button.description = False, "train"
        self.say("Nothing is learned yet. Press train. In grey are the trainings that the course ships.")
        self.show()

    def go_on(self):
        """Train in a thread, after every other training has stopped."""
        for other in list(TRAINING):
            other.stop()
        self.wanted, self.button.description = True, "stop"
        self.say(f"It learns, with seed {self.seed.value}.")
        self.thread = in_thread(self.work)

    def stop(self):
        """Let the thread end after its step, and wait for that."""
        self.wanted = False
        if self.is_training():
            self.thread.join()

    def work(self):
        """What the thread does: step after step, a picture now and then, and a sentence in the end, whatever the end is."""
        try:
            with np.errstate(all="ignore"):
                self.walk()
        except Exception as error:
            self.button.disabled, self.button.description = True, "train"
            self.say(f"The training stopped by an error, {type(error).__name__}: {error} Begin anew.")

    def walk(self):
        """The steps, until they are done or a hand stops them; the curves are drawn before the sentence that tells of them."""
        shown = monotonic()
        while self.wanted:
            step = next(self.steps, None)
            if step is None:
                self.finish()
                return
            self.found.append(step)
            self.last = step[0]
            if len(self.found) == MEAN:
                self.points.append(np.mean(self.found, axis=0).tolist())
                self.found = []
            if monotonic() - shown >= PAUSE:
                self.show()
                shown = monotonic()
        self.show()
        self.button.description = "go on"
        self.say(f"Stopped after {self.last} of {self.n_steps} steps. Press go on, or begin anew.")

    def finish(self):
        """What was learned: accuracy on new sequences, each head's scores, and what it looks at."""
        accuracy, previous, induction = measure(self.P)
        names = [f"layer {layer}, head {head}" for layer, head in np.ndindex(previous.shape)]
        scores = HeatTable(np.column_stack([previous.flat, induction.flat]), names, ["previous token", "induction"],
                           "scores of the heads", "", limit=1)
        _, weights, _ = forward(training.IDS, self.P)
        grids = "".join(f'<figure style="display:inline-block;margin:0 1em 1em 0"><figcaption>{name}</figcaption>'
                        f"{training.grid(name, training.thousandths(head))}</figure>"
                        for name, head in zip(names, weights.reshape(-1, *weights.shape[-2:]), strict=True))
        self.show(f"{scores._repr_html_()}<div>{grids}</div>")
        self.button.disabled, self.button.description = True, "train"
        self.say(f"All {self.n_steps} steps are done: in new sequences {100 * accuracy:.1f} % of the letters that can be known "
                 "are right.")

    def say(self, text):
        """The sentence, which a screen reader reads when it changes."""
        self.status.value = f"<strong>{escape(text)}</strong>"

    def show(self, more=""):
        """The bar, and the curves so far; before there are any, those of the trainings that the course ships."""
        self.bar.value = html("Training", self.last, self.n_steps)
        shipped = {} if self.points else training.shipped_curves()
        curves = training.curves({"this training": self.points, **shipped}, self.n_steps if self.points else SHIPPED)
        self.picture.value = f'<div style="display:flex;flex-wrap:wrap;gap:8px 24px;align-items:flex-start">{curves}{more}</div>'

    def __repr__(self):
        runs = training.shipped_curves()
        points = np.stack([np.array(run)[9::10] for run in runs.values()])
        table = HeatTable(np.hstack(points[..., 1:]), [f"{step:.0f}" for step in points[0, :, 0]],
                          [f"{what}, {name}" for name in runs for what in ("loss", "accuracy")],
                          "the trainings that the course ships: means over 25 steps", "step", limit=0, decimals=2)
        return (f"controls: {self.layers.description} {self.layers.value} · {self.seed.description} {self.seed.value}\n"
                f"buttons: train, then stop and go on · begin anew\n\n{table!r}")

    def _repr_mimebundle_(self, **kwargs):
        still = ("<p><strong>The trainings that the course ships, of two layers and of one.</strong></p>"
                 f"{pictured(training.curves(training.shipped_curves(), SHIPPED))}"
                 "<p><em>Run this cell in Jupyter, and buttons appear that train before your eyes.</em></p>")
        return {**self.widget._repr_mimebundle_(**kwargs), "text/plain": repr(self), "text/html": still}
