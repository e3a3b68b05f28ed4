"""The progress bar: what it lets through, what stays of it, and that outputs are the same in every run."""
import io

import nbformat
import pytest
from nbclient import NotebookClient

from course_lib.explorers.progress_bar import ProgressBar, html
from tools.outputs import ThisPython, remove_controls

BAR = ProgressBar("Reading", "All is read.")
CODE = """from course_lib import ProgressBar
for i in ProgressBar("Reading", "All is read.")([1, 2, 3]):
    pass
"""


class Tty(io.StringIO):
    """A terminal that remembers."""

    def isatty(self):
        return True


def test_it_yields_what_it_was_given_and_leaves_one_line(capsys):
    """In a file there is nothing but the line; a generator's number is told."""
    assert list(BAR("abc")) == ["a", "b", "c"]
    assert list(BAR(iter("ab"), 2)) == ["a", "b"]
    assert capsys.readouterr().err == "All is read.\n" * 2


def test_a_terminal_sees_one_line_written_over(monkeypatch):
    """What is longer than the last line is covered by spaces."""
    terminal = Tty()
    monkeypatch.setattr("sys.stderr", terminal)
    list(BAR([1, 2, 3, 4]))
    first, last = terminal.getvalue().split("\r")[1:]
    assert first == f"Reading: {'░' * 20} 0 of 4" and last == "All is read.".ljust(len(first) + 1) + "\n"


def test_what_ends_early_is_not_called_done(capsys):
    """An error or an interruption inside the loop, or a loop that is left: the line says how far it came."""
    with pytest.raises(KeyboardInterrupt):
        for thing in BAR([1, 2, 3]):
            if thing == 2:
                raise KeyboardInterrupt
    del thing
    walk = BAR([1, 2, 3])
    next(walk)
    walk.close()
    assert set(capsys.readouterr().err.splitlines()) == {"Reading: stopped at 1 of 3.", "Reading: stopped at 0 of 3."}


def test_nothing_at_all_is_done_at_once(capsys):
    """No division by zero."""
    assert list(BAR([])) == [] and capsys.readouterr().err == "All is read.\n"


def test_its_name_and_numbers_are_told():
    """To a screen reader as to the eye, and never as HTML."""
    page = html("<b>", 3, 8)
    assert ">&lt;b&gt; <progress" in page and 'max="8" value="3"' in page and page.endswith("3 of 8</label>")


@pytest.mark.parametrize("more, said", [("", "All is read."), ("    break\n", "Reading: stopped at 0 of 3.")])
def test_a_committed_notebook_has_the_line_alone(more, said):
    """Run in a kernel and without controls: one output, one text."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE + more)])
    NotebookClient(notebook, timeout=60, kernel_manager_class=ThisPython, kernel_name="python3").execute()
    remove_controls(notebook)
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data" and output.data == {"text/plain": said}
