"""The writer of outputs: one canonical form, and it sees what nbval does not."""
import json

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from tests import outputs

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


def test_another_matplotlib_is_refused_with_one_sentence(monkeypatch):
    """Pictures drawn by another version would all differ, so nothing is run."""
    monkeypatch.setattr(outputs, "version", lambda package: "0.1")
    assert "this environment has 0.1" in outputs.main(check=True) and "-c tests/pinned.txt" in outputs.main(check=False)
