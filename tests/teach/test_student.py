"""The copies that students get."""
import re
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from nbclient import NotebookClient

from nbval_plugin import is_left_out
from teach.build import NOTEBOOKS


def solve(notebook, names=None):
    """Put the library's answers for the stubs, all or those that are named."""
    for cell in notebook.cells:
        stub = re.match(r"def (\w+)\(.*raise NotImplementedError$", cell.source, re.DOTALL)
        if stub and (names is None or stub[1] in names):
            cell.source = f"from course_lib.exercises import EXERCISES\n\n{stub[1]} = EXERCISES['{stub[1]}'].answer"
    return notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_copy_shows_nothing_before_it_is_run(made, path):
    """No output, count or folded answer; the code and the rest of the prose are the same."""
    copy, original = nbformat.read(made("student") / path.name, 4), nbformat.read(path, 4)
    kept = [cell.source for cell in original.cells if "answer" not in cell.metadata.get("tags", ())]
    assert [cell.source for cell in copy.cells] == kept and set(copy.metadata) == {"kernelspec", "language_info"}
    for cell in copy.cells:
        assert "<details>" not in cell.source and not cell.get("outputs") and not cell.get("execution_count")


def test_the_copies_run_and_their_checks_work(made):
    """Unsolved they run to the end; with the answers in place every check says that they are right."""
    def verdicts(path):
        solved = solve(nbformat.read(path, 4))
        for notebook in (nbformat.read(path, 4), solved):
            NotebookClient(notebook, timeout=60, resources={"metadata": {"path": path.parent}}).execute()
        return {cell.source: cell.outputs[0].data["text/plain"] for cell in solved.cells if cell.source.startswith("check(")}

    with ThreadPoolExecutor(2) as pool:
        copies = [made("student") / path.name for path in NOTEBOOKS if not is_left_out(path)]
        for said in pool.map(verdicts, copies):
            assert len(said) >= 3 and all(" is right, on " in text for text in said.values()), said
