"""How long a hand waits: `make benchmark-explorers`. Times depend on the machine; trust the ratio, taken in one run.

In the browser a time goes from the key press to the frame in which the changed picture is painted.
"""
import os
import sys
import tempfile
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from timeit import repeat

import nbformat

from course_lib.explorers import lessons
from course_lib.fetch import is_there, where
from teach.browser import chromium
from tests.browser.apps import jupyter, opened, run_all
from tools.outputs import METADATA

FIVE, TWELVE = "<BOS> I like transformers <EOS>", "one two three four five six seven eight nine ten eleven twelve"
USUAL = """import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import SelectionSlider, interact
from course_lib.explorers import views

@interact(temperature=SelectionSlider(value=1, options=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]))
def draw(temperature):
    table, bars = views.temperature_of_a_sentence("{}", temperature, True).parts
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5))
    left.imshow(table.rows)
    for i, j in np.ndindex(len(table.rows), len(table.rows)):
        left.text(j, i, table.texts[i][j], ha="center", va="center")
    left.set_xticks(range(len(table.rows)), table.column_names)
    left.set_yticks(range(len(table.rows)), table.row_names)
    right.barh(list(bars.heights), list(bars.heights.values()))
    plt.show()"""
OURS = """from course_lib import explore_temperature
explorer = explore_temperature()
explorer.controls["text"].value = "{}"
explorer"""
HEADS = """from course_lib import explore_model
from course_lib.language_model import load
explore_model(load())"""
# Notes the time of a key press, and of the frame after the picture has changed; an image counts when it is decoded.
WATCH = """area => {
    window.times = []; window.pressed = null; window.changes = 0; window.shown = area.querySelector("img")?.src;
    document.addEventListener("keydown", () => { window.pressed = performance.now(); }, true);
    const note = start => requestAnimationFrame(() => setTimeout(() => {
        window.changes += 1;
        if (start !== null) window.times.push(performance.now() - start);
    }));
    new MutationObserver(changes => {
        const image = area.querySelector("img"), start = window.pressed;
        const drawn = () => { window.pressed = null; note(start); };
        if (image && image.src === window.shown) return;
        if (image) {
            window.shown = image.src;
            image.decode().then(drawn, () => {});
        }
        else if (changes.some(change => change.target.closest(".jp-RenderedHTMLCommon, g, [role=status]"))) drawn();
    }).observe(area, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["transform"] });
}"""


def report(what, times):
    """A line with the median and the 95th percentile in milliseconds; → the median."""
    print(f"{what:58} {median(times):7.1f} {quantiles(times, n=20)[-1]:7.1f}", flush=True)
    return median(times)


def kernel_side():
    """From a control's value to HTML, the slowest explorer of each length."""
    for tokens, text in ((5, FIVE), (12, TWELVE)):
        medians = {}
        for name in [name for name in vars(lessons) if name.startswith("explore_")]:
            explorer = getattr(lessons, name)()
            values = {**explorer.start, **({"text": text} if "text" in explorer.start else {}),
                      **({"n_heads": 8} if "n_heads" in explorer.start else {})}
            explorer.draw(**values)
            medians[name] = [1000 * t for t in repeat(lambda: explorer.draw(**values).picture(), number=1, repeat=50)]  # noqa: B023
        slowest = max(medians, key=lambda name: median(medians[name]))
        report(f"kernel: value to picture, {tokens} tokens, slowest ({slowest})", medians[slowest])


def presses(page, keys, n=60):
    """Press one key after the other, each a moment after the picture of the last is there; → milliseconds."""
    for key, _ in zip(cycle(keys), range(n), strict=False):
        seen = page.evaluate("changes")
        page.keyboard.press(key)
        page.wait_for_function("seen => changes > seen", arg=seen, polling=20)
        page.wait_for_timeout(120)
    return page.evaluate("times")[5:]


def lag(page, there, back):
    """Press two keys by turns as fast as a held key repeats, 40 times; → milliseconds from the last press to the last change."""
    page.evaluate("""() => {
        const area = document.activeElement.closest(".jp-OutputArea");
        document.addEventListener("keydown", () => { window.last = performance.now(); }, true);
        new MutationObserver(() => { window.ended = performance.now(); }).observe(area, { childList: true, subtree: true });
    }""")
    for key in ([back] * 8 + [there] * 8) * 2 + [back] * 8:
        page.keyboard.press(key)
        page.wait_for_timeout(20)
    page.wait_for_timeout(1500)
    return page.evaluate("ended - last")


def in_the_browser(browser, server, name, code, focus, keys=("ArrowRight", "ArrowLeft"), first=""):
    """The times of a control in JupyterLab, and how far it lags after fast presses. first: what is typed before."""
    path = server.work / f"{name}.ipynb"
    cells = [nbformat.v4.new_markdown_cell("."), nbformat.v4.new_code_cell(code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), path)
    with opened(browser, server, "lab", path) as page:
        run_all(page)
        page.locator(focus).first.focus()
        page.keyboard.type(first)
        page.wait_for_timeout(1000)
        page.locator(".jp-OutputArea").first.evaluate(WATCH)
        return presses(page, keys), lag(page, *keys)


def main():
    """Print every line."""
    print(f"{'milliseconds':58} {'median':>7} {'95 %':>7}")
    kernel_side()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser, jupyter(Path(folder)) as server:
        slider = "[role=slider][aria-label=temperature]"
        for tokens, text in ((5, FIVE), (12, TWELVE)):
            ours, rest = in_the_browser(browser, server, f"ours{tokens}", OURS.format(text), slider)
            mine = report(f"browser: key press to picture, {tokens} tokens", ours)
            print(f"{'  after the last of 40 fast presses':58} {rest:7.1f}")
            usual, rest = in_the_browser(browser, server, f"usual{tokens}", USUAL.format(text), ".noUi-handle")
            theirs = report(f"browser: interact and matplotlib, {tokens} tokens", usual)
            print(f"{'  after the last of 40 fast presses':58} {rest:7.1f}")
            print(f"{'  ratio':58} {theirs / mine:7.2f}")
        flagship, _ = in_the_browser(browser, server, "flagship", "from course_lib import drag_query\ndrag_query()",
                                     "g[data-mark=query][tabindex]", ("ArrowUp", "ArrowDown"))
        report("browser: drag_query, key press to picture", flagship)
        flow, _ = in_the_browser(browser, server, "flow", "from course_lib import Flow\nFlow()", ".cell[tabindex='0']",
                                 ("ArrowUp", "ArrowDown"))
        report("browser: Flow, key press to picture", flow)
        heads, _ = in_the_browser(browser, server, "heads", "from course_lib import watch_heads\nwatch_heads()",
                                  "input[type=range]", ("ArrowLeft", "ArrowRight"))
        report("browser: watch_heads, key press to picture", heads)
        if is_there():
            os.environ["COURSE_MODEL_DIR"] = str(where().parent)            # the kernel has another home
            every, _ = in_the_browser(browser, server, "heads", HEADS, "canvas", ("ArrowUp", "ArrowDown"))
            report("browser: explore_model, key press to picture", every)
            own, rest = in_the_browser(browser, server, "own", HEADS, "input[maxlength]", ("b", "Backspace"), " a")
            report("  the same for a letter of a text of one's own", own)
            print(f"{'  after the last of 40 fast presses':58} {rest:7.1f}")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    main()
