"""Run every notebook and write it back in one canonical form; `--check` compares instead of writing.

nbval compares the text of outputs; this sees the rest: pictures byte by byte, counts, order, deleted outputs, metadata.
Pictures depend on matplotlib's version: only the one in tools/pinned.txt may write, and under another `--check` allows
them to look a little different. Nothing is written unless every notebook ran to its end, so an error or an interruption
leaves all files as they were.
"""
import base64
import difflib
import io
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient
from PIL import Image, ImageFilter

from course_lib.plots import overview

HERE = Path(__file__).parent
NOTEBOOKS, README_PICTURE = HERE.parent / "notebooks", HERE.parent / ".github" / "overview.png"
WIDGET_VIEW, WIDGET_STATE = (f"application/vnd.jupyter.widget-{what}+json" for what in ("view", "state"))
PNG = re.compile(rb"iVBORw0KGgo[\w+/=]+")                # in base64
# Of 255. Other versions of matplotlib came to 0.42 at most, a curve's point moved by a twentieth of the height to 0.70.
# The small tables of the README's picture move by more than eight pixels: 2.76, and with transposed scores 4.27.
ALIKE, README_ALIKE = 0.55, 3.3
METADATA = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"}}


def canonical(path):
    """The notebook at `path`, run in a fresh kernel, as the bytes that belong in the file."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=60, record_timing=False, extra_arguments=["--log-level=ERROR"],
                   resources={"metadata": {"path": path.parent}}).execute()
    state = keep_what_lives_alone(notebook)
    notebook.metadata = METADATA | ({"widgets": state} if state else {})
    for i, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{i:02}"
        cell.metadata = {key: value for key, value in cell.metadata.items() if key in ("slideshow", "tags")} | graded(cell.source)
    return (nbformat.writes(notebook) + "\n").encode()


def keep_what_lives_alone(notebook):
    """Drop all live controls but those that need no kernel, and number these; → their state for the notebook's metadata.

    A control that waits for a kernel is dead in a committed notebook, so there only its static face remains.
    """
    states = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    kept = {}
    for output in (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs):
        view = output.get("data", {}).get(WIDGET_VIEW)
        if view and states[view["model_id"]]["model_module"] != "anywidget":
            del output["data"][WIDGET_VIEW]
        elif view:
            model, number = states[view["model_id"]], len(kept)
            layout = model["state"]["layout"].removeprefix("IPY_MODEL_")
            view["model_id"], model["state"]["layout"] = f"widget-{number}", f"IPY_MODEL_widget-{number + 1}"
            kept |= {f"widget-{number}": model, f"widget-{number + 1}": states[layout]}
    return {WIDGET_STATE: {"state": kept, "version_major": 2, "version_minor": 0}} if kept else None


def graded(source):
    """What nbgrader reads from a cell: the stub of an exercise is the learner's to change, the check below it gives a point."""
    stub = re.match(r"def (\w+)\(.*raise NotImplementedError$", source, re.DOTALL)
    checked = re.fullmatch(r"check\((\w+)\)", source)
    if not (stub or checked):
        return {}
    cell = {"grade": bool(checked), "locked": bool(checked), "solution": bool(stub), "task": False, "schema_version": 3}
    return {"nbgrader": cell | ({"grade_id": stub[1]} if stub else {"grade_id": f"check-{checked[1]}", "points": 1})}


def settled(committed, now):
    """What was made now, but with the committed picture wherever one looks like it."""
    if not now.startswith(b"{"):
        return committed if distance(committed, now) <= README_ALIKE else now
    pictures = iter(PNG.findall(committed))

    def settle(found):
        picture = next(pictures, found[0])
        return picture if distance(*map(base64.b64decode, (picture, found[0]))) <= ALIKE else found[0]

    return PNG.sub(settle, now)


def distance(a, b):
    """How far two PNGs are apart: root mean square of what each has in colours that the other has not within eight pixels."""
    a, b = (tints(Image.open(io.BytesIO(png)).convert("RGB")) for png in (a, b))
    return max(beyond(a, b), beyond(b, a)) if a.size == b.size else np.inf


def tints(picture):
    """Each pixel without its grey, at half the size. So words vanish, whose shapes change; the picture's text has them."""
    rgb = np.asarray(picture, float)
    return Image.fromarray(np.uint8(128 + (rgb - rgb.mean(axis=-1, keepdims=True)) / 2)).reduce(2)


def beyond(a, b):
    """By how much the pixels of b leave the range of those around the same place in a."""
    low, high = (np.asarray(a.filter(extreme(9)), float) for extreme in (ImageFilter.MinFilter, ImageFilter.MaxFilter))
    return 2 * np.sqrt(((np.clip(b, low, high) - b) ** 2).mean())


def difference(path, now):
    """A short account of what changed; long lines (pictures) are cut."""
    if path.suffix != ".ipynb":
        return f"{path.name} is another picture"
    committed = path.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(committed, now.decode().splitlines(), f"{path.name} committed", f"{path.name} now", lineterm="")
    return "\n".join(line if len(line) < 160 else f"{line[:150]} … ({len(line)} characters)" for line in lines)


def pinned_version():
    """The matplotlib that draws the committed pictures."""
    return re.search(r"^matplotlib==(\S+)$", (HERE / "pinned.txt").read_text(encoding="utf-8"), re.MULTILINE)[1]


def main(check):
    """Write or compare; → what to tell the shell: 0, or a sentence, which makes it fail."""
    pinned = version("matplotlib") == pinned_version()
    if not pinned and not check:
        return (f"The committed pictures are drawn by matplotlib {pinned_version()}, "
                f"and this environment has {version('matplotlib')}. Install the pinned versions first: "
                "python -m pip install -r requirements.txt -c tools/pinned.txt")
    os.environ.update(OPENBLAS_NUM_THREADS="1", COURSE_LIB_NO_PROGRESS="1")
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        now = dict(zip(paths, pool.map(canonical, paths), strict=True))
    now[README_PICTURE] = overview().png()
    if not pinned:
        print(f"The committed pictures are drawn by matplotlib {pinned_version()}; those of {version('matplotlib')} need only "
              "look like them, all else is compared byte by byte.")
        now = {path: settled(path.read_bytes(), content) for path, content in now.items()}
    changed = {path: content for path, content in now.items() if not path.exists() or path.read_bytes() != content}
    for path, content in changed.items():
        if check:
            print(difference(path, content))
        else:
            path.write_bytes(content)
            print(f"wrote {path.name}")
    print(f"{len(paths)} notebooks run, {len(changed)} files {'differ' if check else 'changed'}")
    return "If the change is meant, run `make outputs` and commit what it wrote." if check and changed else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(check="--check" in sys.argv[1:]))
