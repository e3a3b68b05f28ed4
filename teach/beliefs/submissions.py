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
OWN = "This is the course's own `{}`, not an answer."
LESSON = re.compile("|".join(BY_NOTEBOOK))
COPY = r"(?:[ _-]*(?:\(\d+\)|copy ?\d*|\d+)(?![a-z]))*"      # what browsers, JupyterLab and platforms add to a second file
CANVAS = re.compile(r"(.+?)(?:_late)?_(\d+)(?:_\d+)?", re.IGNORECASE)         # name, person and, mostly, file
MOODLE = re.compile(r"(.+)_\d+_assignsubmission_.*")          # the number is another one for each assignment
ARCHIVES = ".zip", ".rar", ".7z", ".tar", ".gz"
BINDING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign,
           ast.AugAssign, ast.If, ast.Try, ast.With)    # what may be run for an exercise: no loops, no bare calls
MAGIC = re.compile(r"^(\s*)[%!].*", re.MULTILINE)       # IPython's lines, in the place of which `pass` keeps the count


class Submission(NamedTuple):
    """A file that was handed in, and whose it is."""

    learner: str
    path: Path


def where(folder):
    """The folder that holds the submissions: in a course of nbgrader's, `submitted`."""
    root = Path(folder)
    return root / "submitted" if (root / "submitted").is_dir() else root


def find(folder):
    """The notebooks in a folder at any depth, hidden folders aside. → list of Submission, list of sentences on what is closed

    Of a folder of nbgrader's only `submitted` counts. Raises ValueError if it is no folder and no file.
    """
    root = Path(folder)
    if root.is_file():
        return [Submission(root.stem, root)], []
    if not root.is_dir():
        raise ValueError(f"{folder} is no folder and no file. Name the folder with the submissions of your class.")
    root = where(folder)
    closed, paths = [], []
    for place, folders, names in os.walk(root, onerror=lambda error: closed.append(f"A folder is closed: {error.strerror}.")):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        paths += [Path(place, name) for name in names if name.endswith(KIND) and not name.startswith(".")]
    return [Submission(whose(path, root), path) for path in sorted(paths)], closed


def named(stem):
    """The lesson in a file's name, and the rest of it without the marks of copies, which may be a person's: two texts.

    "06_softmax (1)" and "06_softmax-Copy1" give no rest; "amber_17_06_softmax" gives amber_17.
    """
    found = LESSON.search(stem)
    if not found:
        return "", stem
    before, after = re.sub("^copy of ", "", stem[:found.start()], flags=re.IGNORECASE), stem[found.end():]
    after = re.sub(f"^{COPY}", "", after, flags=re.IGNORECASE)
    return found[0], "_".join(part for part in (before.strip(" _-"), after.strip(" _-")) if part)


def whose(path, root):
    """The learner that a notebook below the root belongs to.

    In nbgrader's layout, submitted/STUDENT/ASSIGNMENT/…, that is STUDENT. A folder of Moodle's or a file of Canvas's says it in
    its name. Elsewhere a file with a lesson's name belongs to the learner whom the rest of that name, or its folder, is named
    after; folders named after lessons do not count. Any other file is a learner of its own, and so is a copy outside of folders:
    there a browser has numbered the work of several.
    """
    parts, below = path.absolute().parts, path.relative_to(root)
    submitted = parts[parts.index("submitted") + 1:] if "submitted" in parts else ()
    moodle = next((found[1] for part in below.parts if (found := MOODLE.fullmatch(part))), None)
    if len(submitted) > 2 or moodle:
        return moodle or submitted[0]
    lesson, who = named(path.stem)
    if canvas := lesson and CANVAS.fullmatch(who):
        return f"{canvas[1]}_{canvas[2]}"
    folders = [part for part in below.parent.parts if part not in {*BY_NOTEBOOK, *(name[:2] for name in BY_NOTEBOOK)}]
    if not lesson or path.stem != lesson and not who and not folders:
        return below.with_suffix("").as_posix()
    return "/".join([*folders, *[who] * bool(who)]) or root.absolute().name


def unread(folder, submissions):
    """What was handed in and is no notebook, as paths.

    That is each outermost folder without one, below which nobody's notebook stands beside it; each archive; and each file of
    another kind that has a lesson's name, where its learner has no notebook of that lesson.
    """
    root, found = where(folder), []
    above = {parent for one in submissions for parent in one.path.parents}
    beside = {one.path.parent for one in submissions} - {root}
    lessons = {(one.learner, named(one.path.stem)[0]) for one in submissions}
    for place, folders, names in os.walk(root):
        here = Path(place)
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        found += [here / name for name in folders if here / name not in above and here not in beside]
        folders[:] = [name for name in folders if here / name in above]
        found += [here / name for name in names if not name.startswith(".") and not name.endswith(KIND) and (
            name.lower().endswith(ARCHIVES)
            or named(name)[0] and (whose(here / name, root), named(name)[0]) not in lessons)]
    return sorted(found)


def kind_of(path):
    """What stands where a notebook should, in words."""
    if path.is_dir() and any(one.is_dir() and one.name.endswith(KIND) for one in (path, *path.rglob("*"))):
        return f"folder named …{KIND}"
    files = [one for one in path.rglob("*") if one.is_file() and not one.name.startswith(".")] if path.is_dir() else [path]
    kinds = sorted({one.suffix.lower() for one in files}, key=lambda kind: (kind not in ARCHIVES, kind))
    return f"{kinds[0] or 'file without an ending'}{' (unpack it first)' * (kinds[0] in ARCHIVES)}" if kinds else "empty folder"


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
    lesson: str = ""                                    # by the notebook's name
    statements: list = field(default_factory=list)
    checked: dict = field(default_factory=dict)         # exercise → the cell with its check
    broken: dict = field(default_factory=dict)          # exercise → why its cell cannot be run

    def exercises(self):
        """All that are checked, or are of this lesson and defined or broken, in the course's order.

        A function elsewhere that only shares an exercise's name, such as a helper or another course's, is no answer to it.
        """
        defined = set().union(*(one.binds for one in self.statements)) | set(self.broken)
        return [name for name in EXERCISES
                if name in self.checked or name in defined and name in BY_NOTEBOOK.get(self.lesson, ())
                and (name in self.broken or self.definition(name) is not None or self.instead(name))]

    def definition(self, name):
        """The number of the statement that defines an exercise: the last that is no stub, else the last; None without any."""
        found = [i for i, one in enumerate(self.statements) if isinstance(one.tree, ast.FunctionDef) and one.tree.name == name]
        written = [i for i in found if not is_stub(self.statements[i].tree)]
        return (written or found or [None])[-1]

    def instead(self, name):
        """Why what stands for a function is no answer, as a sentence; "" where nothing does.

        It stands between the stub and the check, or where the stub was, at most one cell above the check: elsewhere in a lesson
        an import has the course's own functions.
        """
        stub, check = self.definition(name), self.checked.get(name, -1)
        first = check - 1 if stub is None else self.statements[stub].cell
        found = [one.tree for i, one in enumerate(self.statements)
                 if name in one.binds and first <= one.cell <= check and (stub is None or i > stub)]
        tree = next((tree for tree in reversed(found) if isinstance(tree, (ast.Import, ast.ImportFrom, ast.Assign))), None)
        if isinstance(tree, ast.Assign):
            what = "a `lambda`" if isinstance(tree.value, ast.Lambda) else f"another name for `{ast.unparse(tree.value)[:60]}`"
            return f"`{name}` is {what} here; only a function that is written with `def {name}` can be judged."
        if tree and getattr(tree, "module", "") and tree.module.partition(".")[0] == "course_lib":
            return OWN.format(name)
        return f"`{name}` is imported here: `{ast.unparse(tree)[:80]}`." if tree else ""

    def borrowed(self, i, name):
        """Whether statement i, which defines an exercise, calls the course's own answer to it."""
        tree = self.statements[i].tree
        inside = {node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))}
        names, modules = set(), set()
        for one in [*inside, *(self.statements[j].tree for j in self.needed(i))]:
            if isinstance(one, ast.Import):
                modules |= {alias.asname or "course_lib" for alias in one.names if alias.name.partition(".")[0] == "course_lib"}
            elif isinstance(one, ast.ImportFrom) and (one.module or "").partition(".")[0] == "course_lib":
                names |= {alias.asname or name for alias in one.names if alias.name == name and (alias.asname or one in inside)}
                modules |= {alias.asname or alias.name for alias in one.names if alias.name == "steps"}
        return any(isinstance(node, ast.Name) and node.id in names or isinstance(node, ast.Attribute) and node.attr == name
                   and ast.unparse(node.value).partition(".")[0] in modules for node in ast.walk(tree))

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


def read(texts, lesson=""):
    """What the cells of a notebook hold, which is of this lesson by its name. → Work

    A cell that is no Python is left out; its exercises are broken.
    """
    work = Work(texts, lesson)
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
