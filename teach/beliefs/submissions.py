"""Find submitted notebooks, read them, and see in one what an exercise needs: its function and all that this stands on.

Nothing here runs what it reads.
"""
import ast
import dis
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from course_lib.exercises import BY_NOTEBOOK, EXERCISES

LARGEST = 50                                            # megabytes of a file
KIND = ".ipynb"
MISSING = "There is a check and no function of that name: the stub was renamed or deleted."
BINDING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign,
           ast.AugAssign, ast.If, ast.Try, ast.With)    # what may be run for an exercise: no loops, no bare calls
MAGIC = re.compile(r"^(\s*)[%!].*", re.MULTILINE)       # IPython's lines, in the place of which `pass` keeps the count


class Submission(NamedTuple):
    """A file that was handed in, and whose it is."""

    learner: str
    path: Path


def find(folder):
    """The notebooks in a folder at any depth, hidden folders aside. → list of Submission, list of sentences on what is closed

    Of a folder of nbgrader's only `submitted` counts. Raises ValueError if it is no folder and no file.
    """
    root = Path(folder)
    if root.is_file():
        return [Submission(root.stem, root)], []
    if not root.is_dir():
        raise ValueError(f"{folder} is no folder and no file. Name the folder with the submissions of your class.")
    root = root / "submitted" if (root / "submitted").is_dir() else root
    closed, paths = [], []
    for place, folders, names in os.walk(root, onerror=lambda error: closed.append(f"A folder is closed: {error.strerror}.")):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        paths += [Path(place, name) for name in names if name.endswith(KIND) and not name.startswith(".")]
    return [Submission(whose(path, root), path) for path in sorted(paths)], closed


def whose(path, root):
    """The learner that a notebook below the root belongs to.

    In nbgrader's layout, submitted/STUDENT/ASSIGNMENT/…, that is STUDENT. Elsewhere a file that has a lesson's own name belongs
    to the learner that its folder is named after, and any other file is a learner of its own.
    """
    parts, below = path.absolute().parts, path.relative_to(root)
    submitted = parts[parts.index("submitted") + 1:] if "submitted" in parts else ()
    if len(submitted) > 2:
        return submitted[0]
    if path.stem not in BY_NOTEBOOK:
        return below.with_suffix("").as_posix()
    return below.parent.as_posix() if below.parent.parts else root.absolute().name


def code_of(path):
    """The code of a notebook, a text for each cell. Raises ValueError, with the end of a sentence, if it cannot be read."""
    if not path.is_file():
        raise ValueError("is no file")
    if path.stat().st_size > LARGEST * 1_000_000:
        raise ValueError(f"has more than {LARGEST} MB")
    try:
        text = path.read_text(encoding="utf-8-sig")
        return cells(json.loads(text))
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError("is no text in UTF-8") from error
    except json.JSONDecodeError as error:
        what = "is empty" if not text.strip() else f"is broken: its JSON ends or errs in line {error.lineno}"
        raise ValueError(what) from error
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("is JSON, but no notebook") from error


def cells(notebook):
    """The code cells of a notebook as texts, of the formats 2 to 4."""
    kind = notebook["nbformat"]
    if kind not in (2, 3, 4):
        raise ValueError(f"is in format {str(kind)[:20]} of notebooks, and only 2 to 4 can be read")
    found = notebook["cells"] if kind == 4 else [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    return ["".join(cell["source" if kind == 4 else "input"]) for cell in found if cell["cell_type"] == "code"]


class Statement(NamedTuple):
    """A statement of a cell, compiled when it is run; which names it gives a value, and of which it takes one."""

    tree: ast.stmt
    cell: int
    binds: frozenset
    needs: frozenset


@dataclass
class Work:
    """What a notebook holds: statements in order, the exercises it checks, and for those that cannot be run a sentence."""

    texts: list
    statements: list = field(default_factory=list)
    checked: dict = field(default_factory=dict)         # exercise → the cell with its check
    broken: dict = field(default_factory=dict)          # exercise → why its cell cannot be run

    def exercises(self):
        """All that are defined, broken or checked, in the course's order."""
        defined = set().union(*(one.binds for one in self.statements if isinstance(one.tree, ast.FunctionDef)))
        return [name for name in EXERCISES if name in defined | set(self.broken) | set(self.checked)]

    def definition(self, name):
        """The number of the statement that defines an exercise: the last that is no stub, else the last; None without any."""
        found = [i for i, one in enumerate(self.statements) if isinstance(one.tree, ast.FunctionDef) and one.tree.name == name]
        written = [i for i in found if not is_stub(self.statements[i].tree)]
        return (written or found or [None])[-1]

    def needed(self, i):
        """The numbers of statement i and of those that give the names which it needs their values, and so on, in order.

        A name has its value from the statements before; where there are none, from those after. A star may give any name.
        """
        found, waiting = set(), [i, *(j for j, one in enumerate(self.statements) if "*" in one.binds)]
        while waiting:
            here = waiting.pop()
            if here not in found:
                found.add(here)
                for name in self.statements[here].needs:
                    binding = [j for j, one in enumerate(self.statements) if name in one.binds and j != here]
                    waiting += [j for j in binding if j < here] or binding
        return sorted(found)


def read(texts):
    """What the cells of a notebook hold. → Work. A cell that is no Python is left out; its exercises are broken."""
    work = Work(texts)
    for cell, text in enumerate(texts):
        try:
            trees = parsed(text)
            work.statements += [statement(tree, cell) for tree in trees if isinstance(tree, BINDING)]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:     # ValueError: a null character
            where = f" in line {error.lineno} of its cell" if getattr(error, "lineno", None) else ""
            says = f"This is no Python: {getattr(error, 'msg', None) or error or type(error).__name__}{where}."
            work.broken |= {name: says for name in re.findall(r"^def (\w+)", text, re.MULTILINE) if name in EXERCISES}
            trees = []
        for call in (tree.value for tree in trees if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Call)):
            if getattr(call.func, "id", "") == "check" and call.args and getattr(call.args[0], "id", "") in EXERCISES:
                work.checked[call.args[0].id] = cell
    return work


def parsed(text):
    """The statements of a cell, with IPython's own lines left out if need be. Raises SyntaxError."""
    try:
        return ast.parse(text).body
    except SyntaxError:
        return ast.parse(MAGIC.sub(r"\1pass", text)).body


def statement(tree, cell):
    """A Statement. Raises SyntaxError for what can be parsed and not be compiled, such as a `return` on its own."""
    loads = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_CLASSDEREF")
    codes, needs = [compile(ast.Module([tree], []), "<cell>", "exec")], set()
    while codes:
        code = codes.pop()
        needs |= {step.argval for step in dis.get_instructions(code) if step.opname in loads}
        codes += [inner for inner in code.co_consts if hasattr(inner, "co_code")]
    return Statement(tree, cell, frozenset(bound(tree)), frozenset(needs))


def bound(tree):
    """The names to which a statement gives a value, those within an `if`, a `try` or a `with` among them."""
    if isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {tree.name}
    if isinstance(tree, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in tree.names}
    if isinstance(tree, ast.Name):
        return {tree.id} if isinstance(tree.ctx, ast.Store) else set()
    return set().union(*map(bound, ast.iter_child_nodes(tree)))


def is_stub(tree):
    """Whether a function does nothing but say that it is not written yet."""
    body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    raised = body[0].exc if len(body) == 1 and isinstance(body[0], ast.Raise) else None
    return getattr(getattr(raised, "func", raised), "id", "") == "NotImplementedError"
