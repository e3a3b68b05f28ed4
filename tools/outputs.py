"""Run every notebook and write it back in one canonical form; `--check` compares instead of writing; `03 05` runs only these.

nbval compares the text of outputs. This compares the whole file: pictures byte by byte, counts, order, metadata.
Pictures depend on matplotlib's version: only the one in tools/pinned.txt may write, and under another `--check` allows
small differences. Nothing is written before every notebook has run to its end, so an error or an interruption leaves all
files as they were.
"""
import base64
import difflib
import io
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import nbformat
import numpy as np
from ipykernel.kernelspec import make_ipkernel_cmd
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from PIL import Image, ImageFilter

from course_lib import Flow
from course_lib.looks import alone
from nbval_plugin import is_left_out, plain_surroundings, required, said_of

HERE = Path(__file__).parent
NOTEBOOKS, README_PICTURE = HERE.parent / "notebooks", HERE.parent / ".github" / "overview.svg"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PICTURE = re.compile(rb'iVBORw0KGgo[\w+/=]+|data:image/svg\+xml,[^"\\]*id%3D%22figure_1%22[^"\\]*')   # matplotlib's: PNG, SVG
# The largest `distance` of two pictures that count as alike. Measured: 0.32 between versions of matplotlib, 0.96 after moving
# one point of a curve by a twentieth of the height.
ALIKE = 0.55
METADATA = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"}}


class ThisPython(AsyncKernelManager):
    """Starts kernels of the Python that runs this program, whatever kernels are installed and whichever a notebook names."""

    @property
    def kernel_spec(self):
        return KernelSpec(argv=make_ipkernel_cmd(), language="python")


def canonical(path):
    """The notebook at `path`, run in a fresh kernel, as the bytes that belong in the file.

    Raises RuntimeError if the kernel does not start or dies, and CellExecutionError if a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.nbformat_minor = 5             # the first version whose cells have ids
    execute(notebook, path)
    remove_controls(notebook)
    notebook.metadata = dict(METADATA)
    for i, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{i:02}"
        kept = {key: value for key, value in cell.metadata.items() if key in ("slideshow", "tags")}
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            kept["jupyter"] = {"source_hidden": True}
        cell.metadata = kept | nbgrader_metadata(cell.source)
    nbformat.validate(notebook)
    return (nbformat.writes(notebook) + "\n").encode()


def execute(notebook, path):
    """Run all cells. If the kernel does not start or dies, the RuntimeError says so with the kernel's own last words."""
    with tempfile.TemporaryFile() as errors:
        client = NotebookClient(notebook, timeout=180, record_timing=False, coalesce_streams=True, kernel_name="python3",
                                extra_arguments=["--log-level=ERROR"], kernel_manager_class=ThisPython,
                                resources={"metadata": {"path": path.parent}})
        try:
            client.execute(stderr=errors)
        except RuntimeError as error:
            client.km = ThisPython()        # when the program ends, nbclient asks its manager once more
            errors.seek(0)
            said = errors.read().decode(errors="replace").split("\n")
            last = [f"The kernel's last words: {line.strip()}" for line in said if line.strip()][-1:]
            raise RuntimeError(". ".join([f"{path.name} was not run to its end: {error}", *last])) from error


def remove_controls(notebook):
    """Remove what only a kernel moves: in a committed notebook none answers, and the still beside it is shown."""
    for output in (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs):
        output.get("data", {}).pop(WIDGET_VIEW, None)


def nbgrader_metadata(source):
    """What nbgrader reads from a cell: the learner may change the stub of an exercise, and the check below it gives a point."""
    stub = re.match(r"def (\w+)\(.*raise NotImplementedError$", source, re.DOTALL)
    checked = re.fullmatch(r"check\((\w+)\)", source)
    if not (stub or checked):
        return {}
    cell = {"grade": bool(checked), "locked": bool(checked), "solution": bool(stub), "task": False, "schema_version": 3}
    return {"nbgrader": cell | ({"grade_id": stub[1]} if stub else {"grade_id": f"check-{checked[1]}", "points": 1})}


def keep_similar_pictures(committed, now):
    """The new file, with the committed picture wherever the new one looks like it.

    The pixels decide, which a file has before the SVG of the same picture; that must have the same colours as well.
    """
    pictures, alike = iter(PICTURE.findall(committed)), False

    def choose(found):
        nonlocal alike
        pair = next(pictures, found[0]), found[0]
        if found[0].startswith(b"iVBOR"):
            alike = pair[0].startswith(b"iVBOR") and distance(*map(base64.b64decode, pair)) <= ALIKE
        return pair[0] if alike and len(set(map(colours, pair))) == 1 else found[0]

    return PICTURE.sub(choose, now)


def colours(picture):
    """The pairs of colours, for light and for dark, in an SVG that is written as an address; none in a PNG."""
    return frozenset(re.findall(rb"light-dark%28(%23\w{6}%2C%23\w{6})%29", picture))


def distance(a, b):
    """How different two PNGs look, of 255: colours that one has and the other has not within eight pixels of that place."""
    a, b = (chroma(Image.open(io.BytesIO(png)).convert("RGB")) for png in (a, b))
    return max(outside_local_range(a, b), outside_local_range(b, a)) if a.size == b.size else np.inf


def chroma(picture):
    """Each pixel without its grey, at half the size. This removes words, whose letters differ between versions of matplotlib;
    the picture's text is compared anyway."""
    rgb = np.asarray(picture, float)
    return Image.fromarray(np.uint8(128 + (rgb - rgb.mean(axis=-1, keepdims=True)) / 2)).reduce(2)


def outside_local_range(a, b):
    """Root mean square of how far each pixel of b lies outside the minimum and maximum of its neighbourhood in a."""
    low, high = (np.asarray(a.filter(extreme(9)), float) for extreme in (ImageFilter.MinFilter, ImageFilter.MaxFilter))
    return 2 * np.sqrt(((np.clip(b, low, high) - b) ** 2).mean())


def difference(path, now):
    """What changed, as a unified diff with long lines (pictures) cut."""
    if path.suffix != ".ipynb":
        return f"{path.name} is another picture"
    committed = path.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(committed, now.decode().splitlines(), f"{path.name} committed", f"{path.name} now", lineterm="")
    return "\n".join(line if len(line) < 160 else f"{line[:150]} … ({len(line)} characters)" for line in lines)


def pinned_version():
    """The matplotlib that draws the committed pictures."""
    return re.search(r"^matplotlib==(\S+)$", (HERE / "pinned.txt").read_text(encoding="utf-8"), re.MULTILINE)[1]


def main(check, names=()):
    """Write or compare all notebooks, or those whose file's name starts with one of `names`.

    → what to tell the shell: 0, or a sentence, which makes it fail.
    """
    pinned = version("matplotlib") == pinned_version()
    if not pinned and not check:
        return (f"The committed pictures are drawn by matplotlib {pinned_version()}, "
                f"and this environment has {version('matplotlib')}. Install the pinned versions first: "
                "python -m pip install -r requirements.txt -c tools/pinned.txt")
    plain_surroundings()
    paths = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.name.startswith(tuple(names) or "")]
    said = said_of(paths)
    if required(said):
        return "\n".join(required(said))
    for says in said:
        print(says)
    paths = [path for path in paths if not is_left_out(path)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            now = dict(zip(paths, pool.map(canonical, paths), strict=True))
        except RuntimeError as error:
            return str(error)
    now[README_PICTURE] = alone(Flow().still()).encode()
    if not pinned:
        print(f"The committed pictures are drawn by matplotlib {pinned_version()}; those of {version('matplotlib')} need only "
              "look like them, all else is compared byte by byte.")
        now = {path: keep_similar_pictures(path.read_bytes(), content) for path, content in now.items()}
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
    sys.exit(main("--check" in sys.argv[1:], [name for name in sys.argv[1:] if name != "--check"]))
