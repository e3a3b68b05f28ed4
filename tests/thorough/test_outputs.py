"""The writer of outputs: one canonical form, and it sees what nbval does not."""
import base64
import json
import os
import re
import sys

import nbformat
import numpy as np
import pytest
from matplotlib import rcParamsDefault
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook
from nbformat.validator import iter_validate

from course_lib import looks, plots
from tools import outputs

PICTURE = """class Picture:
    def _repr_png_(self):
        return bytes.fromhex("89504e470d0a1a0a")

    def __repr__(self):
        return "a picture"

Picture()"""
SOURCES = ["1 + 1", "print('printed')\n'value'", PICTURE]


def write(path, *source):
    """A notebook as somebody's editor might leave it: random ids, no outputs, stray metadata."""
    cells = [new_code_cell(text, metadata={"collapsed": True, "tags": ["kept"]}) for text in source]
    nbformat.write(new_notebook(cells=cells, metadata={"somebody": "else"}), path)


def test_the_form_is_canonical_and_planted_drift_is_undone(tmp_path):
    """A digit, a deleted output, a count, a swapped picture, swapped outputs, ids and metadata: each is a difference,
    because running the notebook again gives the bytes from before."""
    path = tmp_path / "a.ipynb"
    write(path, *SOURCES)
    canonical = outputs.canonical(path)
    notebook = json.loads(canonical)
    assert [cell["execution_count"] for cell in notebook["cells"]] == [1, 2, 3]
    assert [cell["metadata"] for cell in notebook["cells"]] == [{"tags": ["kept"]}] * 3
    assert notebook["metadata"] == outputs.METADATA
    first, second, third = notebook["cells"]
    first["outputs"][0]["data"]["text/plain"] = ["3"]
    first["id"], first["metadata"]["scrolled"] = "other", True
    second["outputs"].reverse()
    second["execution_count"] = 7
    del third["outputs"][0]["data"]["image/png"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert outputs.canonical(path) == canonical != path.read_bytes()
    assert "a.ipynb committed" in outputs.difference(path, canonical)


def test_an_old_editor_and_a_foreign_kernel_leave_no_trace(tmp_path, monkeypatch):
    """A notebook that was saved in the format 4.4, for a kernel that is not here, runs in the Python that runs the tests, though
    this computer's own kernels are broken; it is written in the format 4.5, valid."""
    old, new = tmp_path / "old.ipynb", tmp_path / "new.ipynb"
    broken = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    broken.parent.mkdir(parents=True)
    broken.write_text('{"argv": ["/no/such/python"], "display_name": "", "language": "python"}', encoding="utf-8")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    write(new, "import sys", "print(sys.executable)")
    notebook = json.loads(new.read_text(encoding="utf-8"))
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        del cell["id"]
    for name in ("ir", "conda-env-foo-py", "python3"):
        notebook["metadata"]["kernelspec"] = {"name": name, "display_name": "foreign", "language": "R"}
        old.write_text(json.dumps(notebook), encoding="utf-8")
        canonical = outputs.canonical(old)
        assert canonical == outputs.canonical(new) and sys.executable in canonical.decode()
    assert list(iter_validate(json.loads(canonical))) == [] and json.loads(canonical)["nbformat_minor"] == 5


def test_a_kernel_that_cannot_start_is_one_sentence(tmp_path, monkeypatch, capfd):
    """With the name of the notebook and the kernel's own last words, and nothing is written."""
    write(tmp_path / "a.ipynb", "1 + 1")
    before = (tmp_path / "a.ipynb").read_bytes()
    (tmp_path / "ipykernel_launcher.py").write_text("raise ImportError('this is no kernel')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(outputs, "NOTEBOOKS", tmp_path)
    told = outputs.main(check=True)
    assert re.fullmatch("a.ipynb was not run to its end: .+The kernel's last words: ImportError: this is no kernel", told)
    assert (tmp_path / "a.ipynb").read_bytes() == before and capfd.readouterr().err == ""


def test_nothing_is_written_when_a_notebook_fails(tmp_path, monkeypatch):
    """An error in one notebook leaves the files of all as they were."""
    write(tmp_path / "a.ipynb", "1 + 1")
    write(tmp_path / "b.ipynb", "1 / 0")
    before = [(path, path.read_bytes()) for path in tmp_path.iterdir()]
    monkeypatch.setattr(outputs, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(outputs, "version", lambda package: outputs.pinned_version())
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        outputs.main(check=False)
    assert [(path, path.read_bytes()) for path in tmp_path.iterdir()] == before


def waves(moved=0.0, column=2, named=True):
    """A picture as the lessons have them, with what may be planted in it, as a notebook's file holds it."""
    x = np.arange(20)
    lines = {"column 0": np.sin(x) + moved * (x == 8), "column 2": np.sin(x / 10 ** (column / 2))}
    picture = plots.curves(x, lines, "two clocks", "position", "entry", "two waves")
    if not named:
        picture.figure.axes[0].texts[0].remove()
    png = base64.b64encode(picture._repr_png_()).decode()
    return json.dumps(picture._repr_mimebundle_() | {"image/png": png}, sort_keys=True).encode()


@pytest.fixture(scope="module")
def committed():
    """The picture without a change."""
    return waves()


PLANTED = {"another curve": {"column": 1.8}, "a moved point": {"moved": -0.2}, "a dropped name": {"named": False},
           "another colour": {}, "another colour in the dark": {}}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_change_does_not_look_alike(committed, monkeypatch, what):
    """Each is further away than another version of matplotlib may be, so what was drawn stands in the notebook."""
    if what == "another colour":
        monkeypatch.setattr(plots, "STYLES", ((plots.GREEN, *plots.STYLES[0][1:]), *plots.STYLES[1:]))
    if what == "another colour in the dark":
        monkeypatch.setitem(looks.DARK, looks.BLUE, looks.DARK[looks.GREEN])
    now = waves(**PLANTED[what])
    svg = outputs.PICTURE.findall(now)[1]
    assert svg in outputs.keep_similar_pictures(committed, now) and svg not in committed


def test_other_letters_look_alike(committed, monkeypatch):
    """Another font moves the axes and changes every word, as another matplotlib does; text is still compared by its bytes."""
    for setting, value in {"font.family": ["DejaVu Serif"], "font.size": 10.5}.items():
        monkeypatch.setitem(rcParamsDefault, setting, value)
    now = waves()
    pictures = zip(outputs.PICTURE.findall(committed), outputs.PICTURE.findall(now), strict=True)
    assert all(before != after for before, after in pictures)
    assert outputs.keep_similar_pictures(committed, now + b" ") == committed + b" "


def test_another_matplotlib_may_compare_but_not_write(committed, tmp_path, monkeypatch, capsys):
    """To write it is refused before anything runs; to compare it says how, and a changed word or picture fails."""
    notebook, now = tmp_path / "a.ipynb", {"words": "the same"}
    notebook.write_bytes(b'{"text": "the same", ' + committed[1:])
    monkeypatch.setattr(outputs, "version", lambda package: "0.1")
    monkeypatch.setattr(outputs, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(outputs, "canonical", lambda path: path.read_bytes().replace(b"the same", now["words"].encode()))
    refusal = outputs.main(check=False)
    assert "this environment has 0.1" in refusal and "-c tools/pinned.txt" in refusal and capsys.readouterr().out == ""
    assert outputs.main(check=True) == 0 and "those of 0.1 need only look like them" in capsys.readouterr().out
    now["words"] = "another"
    assert "make outputs" in outputs.main(check=True) and '+{"text": "another"' in capsys.readouterr().out
