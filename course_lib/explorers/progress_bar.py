"""A progress bar for what takes seconds: in a notebook, in a terminal, and afterwards one line of text."""
import sys
from html import escape
from time import monotonic

PAUSE = 0.1                             # seconds between two pictures: quicker nobody sees


class ProgressBar:
    """Shows how far a loop has come, and goes away when it ends; one line of text stays.

    doing   what is seen meanwhile, as "Reading the model"
    done    the line that stays, as "The model is read." It is known before, so that outputs are the same in every run

    Called with things, and their number if they have no length, it yields them again: `for layer in bar(layers): …`
    """

    def __init__(self, doing, done):
        self.doing, self.done = doing, done

    def __call__(self, things, total=None):
        total = len(things) if total is None else total
        face = (Page if _in_a_kernel() else Terminal)(self.done)
        count, shown = 0, float("-inf")
        try:
            for thing in things:
                if monotonic() - shown >= PAUSE:
                    face.show(self.doing, count, total)
                    shown = monotonic()
                yield thing
                count += 1
        finally:
            face.end(self.done if count >= total else f"{self.doing}: stopped at {count} of {total}.")


class Page:
    """The bar in a notebook. A saved notebook has only the line: the widget is replaced by it, and named by it before."""

    def __init__(self, done):
        from IPython.display import display
        from ipywidgets import HTML

        self.bar = HTML()
        data = self.bar._repr_mimebundle_()
        self.output = display({**data, "text/plain": done}, raw=True, display_id=True)

    def show(self, doing, count, total):
        self.bar.value = html(doing, count, total)

    def end(self, line):
        self.output.update({"text/plain": line}, raw=True)
        self.bar.close()


class Terminal:
    """One line that is written over; nothing but the last where the output is kept in a file."""

    def __init__(self, _):
        self.alive, self.width = sys.stderr.isatty(), 0

    def show(self, doing, count, total):
        if self.alive:
            self.write(f"\r{doing}: {'█' * (20 * count // total)}{'░' * (20 - 20 * count // total)} {count} of {total}")

    def end(self, line):
        self.write(f"\r{line.ljust(self.width)}\n" if self.alive else f"{line}\n")

    def write(self, text):
        self.width = len(text)
        print(text, end="", file=sys.stderr, flush=True)


def html(doing, count, total):
    """A bar with its name and its numbers, which a screen reader knows as one."""
    return (f'<label style="font-family:var(--jp-content-font-family,system-ui,sans-serif)">{escape(doing)} '
            f'<progress max="{total}" value="{count}" style="vertical-align:middle"></progress> {count} of {total}</label>')


def _in_a_kernel():
    """Whether a page listens: in a terminal, IPython has no kernel."""
    return "IPython" in sys.modules and hasattr(sys.modules["IPython"].get_ipython(), "kernel")
