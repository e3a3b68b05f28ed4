"""Judge the exercises of one submission: the work of a process of its own, in which accidents can do no harm.

Before anything of a submission runs, the process gets an empty folder to work in and to call its home, nothing to print to,
limits to its memory and to the size of files, and a hook that refuses to write elsewhere, to open connections and to start or
end other processes. This guards against accidents. It is no jail: who wants to get out of it can.
"""
import ast
import json
import linecache
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from course_lib.checks import check
from course_lib.checks.record import OFF
from course_lib.checks.running import run
from teach.beliefs.submissions import MISSING, OWN, code_of, is_stub, named, read

MEMORY, FILE = 2_000_000_000, 10_000_000        # bytes for all of the process, and of a file that it writes
HIDDEN = ".matplotlib"                          # where in the folder that library keeps what it likes to keep
KEPT = 20_000                                   # characters kept of what `check` says
REFUSED = "refused while a class is judged"
# What is refused, and the names that Python has for it; docs.python.org has the list.
NEVER = {"writing somewhere": ("os.mkfifo", "os.mknod"),
         "opening a database": ("sqlite3.",),                  # whose ATTACH and VACUUM write where they like, unseen
         "opening a connection": ("socket.", "urllib.", "webbrowser.", "ftplib.", "smtplib.", "syslog."),
         "starting or ending a process": ("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
                                          "os.startfile", "os.kill", "signal.pthread_kill", "pty.", "_winapi.", "winreg.")}
OUTSIDE = {"deleting": ("os.remove", "os.rmdir", "shutil.rmtree"),                     # within the folder these may be done
           "writing": ("os.rename", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.utime",
                       "os.setxattr", "os.removexattr", "shutil.", "tempfile.")}
FOLDERS = {"os.remove": 1, "os.rmdir": 1, "os.mkdir": 2, "os.symlink": 2, "os.chmod": 2, "os.utime": 3, "os.chown": 3,
           "os.rename": 2, "os.link": 2}        # from which argument on there are folders that paths begin at, -1 for none
UNANNOUNCED = "mkfifo", "mknod"                 # functions of `os` for which Python has no event
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def work(path, done, folder, connection):
    """Send, as JSON, what comes of each exercise of a submission that is not done yet, and before it that it begins.

    Ends before its time where something may be left over of an exercise that was stopped: who asked begins another process.
    """
    notes = guard(folder)

    def send(**message):
        connection.send_bytes(json.dumps(message).encode())

    try:
        todo = read(code_of(Path(path)), named(Path(path).stem)[0])
    except ValueError as error:
        return send(problem=f"This {error}.", end=True)
    names = todo.exercises()
    if not names:
        return send(problem="This has no exercise of the course in it.", end=True)
    for name in [name for name in names if name not in done]:
        send(prepares=name)
        found = judged(todo, name, lambda name=name: (notes.clear(), send(begins=name)))      # an import may try what it likes
        send(**found, notes=notes)
        if notes or threading.active_count() > 1 or "MemoryError" in found["message"] or "not finished" in found["message"]:
            os._exit(0)
    send(end=True)
    os._exit(0)                                 # whatever threads or last wishes a submission has left


def judged(todo, name, ready=lambda: None):
    """What `check` finds of an exercise as data, and `needs`: what could not be run that it needs, or None.

    ready() is called when all that it needs has been run, before the function itself is.
    """
    found = {"exercise": name, "passed": None, "diagnosis": None, "relation": None, "message": "", "needs": None}
    i = todo.definition(name)
    if i is None or is_stub(todo.statements[i].tree):
        needs = todo.instead(name) or todo.broken.get(name) or (MISSING if i is None else None)
        return found | {"needs": needs, "message": f"`{name}`: not attempted yet."}
    if todo.borrowed(i, name):
        return found | {"needs": OWN.format(name)}
    space, failed = {"__name__": "__main__"}, []
    for j in todo.needed(i):
        error = execute(todo, j, space)
        failed += [f"What it needs cannot be run: `{said(todo.statements[j].tree)}` {error}."] * bool(error)
    ready()
    try:
        found |= check(space.get(name)).report()
    except ValueError as error:                 # no function, or one of another name
        failed = failed or [f"{error}."]
    found["message"] = found["message"][:KEPT]
    return found | {"needs": None if found["passed"] else next(iter(failed), None)}


def execute(todo, j, space):
    """Run a statement under the limits of `check`; imports, of what is installed here, may take longer. → what went wrong"""
    tree, cell = todo.statements[j].tree, todo.statements[j].cell
    file, text = f"<cell {cell}>", todo.texts[cell]
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    code = compile(ast.Module([tree], []), file, "exec")
    try:
        if isinstance(tree, (ast.Import, ast.ImportFrom)):
            exec(code, space)
        elif error := run(lambda: exec(code, space), ()).error:
            raise error
    except BaseException as error:
        return f"raised {type(error).__name__}: {str(error)[:200]}"
    return ""


def said(tree):
    """The first line of a statement, not too long."""
    return ast.unparse(tree).partition("\n")[0][:80]


def guard(folder):
    """Take from this process what it could do harm with. → a list that grows with each thing that is tried all the same"""
    surround(folder)
    sys.dont_write_bytecode = True
    with suppress(ImportError, AttributeError, ValueError, OSError):        # Windows has neither, macOS not all limits
        os.setsid()
        import resource
        for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, FILE), (resource.RLIMIT_AS, MEMORY)):
            resource.setrlimit(what, (most, most))
    notes = []
    sys.addaudithook(watch(os.path.realpath(folder), notes))
    for name in UNANNOUNCED:
        setattr(os, name, lambda *given, name=name, **more: sys.audit(f"os.{name}"))
    return notes


def surround(folder):
    """Make a folder the place to work in and the home, and let what is printed go nowhere."""
    os.environ |= {OFF: "1", "HOME": folder, "USERPROFILE": folder, "TMPDIR": folder, "TEMP": folder, "TMP": folder,
                   "MPLBACKEND": "agg", "MPLCONFIGDIR": os.path.join(folder, HIDDEN)}
    os.environ.pop("NBGRADER_EXECUTION", None)              # under which `check` raises errors
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)


def watch(home, notes):
    """A hook for Python's audit events: it raises PermissionError for what is refused, and notes it and what is written."""
    def refuse(what):
        if not by_matplotlib():
            notes.append(what)
        raise PermissionError(f"{what}: {REFUSED}")

    def hook(event, arguments):
        for what, names in NEVER.items():
            if event.startswith(names):
                refuse(what)
        what = next((what for what, names in OUTSIDE.items() if event.startswith(names)), None)
        paths = [part for part in arguments if isinstance(part, (str, bytes, os.PathLike))] if what else []
        if event == "open" and not isinstance(arguments[0], int) and writes(*arguments):
            what, paths = "writing", [arguments[0]]
        if any(isinstance(folder, int) and folder >= 0 for folder in arguments[FOLDERS.get(event, len(arguments)):]):
            refuse(f"{what} somewhere")         # the path alone does not say where
        for path in map(os.fsdecode, paths):
            if not os.path.realpath(path).startswith(home + os.sep):
                refuse(f"{what} outside of its folder")
            if HIDDEN not in path:
                notes.append(f"{what} in its folder")

    return hook


def by_matplotlib():
    """Whether matplotlib is at work, which looks for fonts with a program when it is first used; that is nobody's fault."""
    frame = sys._getframe()
    while frame and not frame.f_globals.get("__name__", "").startswith("matplotlib."):
        frame = frame.f_back
    return frame is not None


def writes(path, mode, flags):
    """Whether a file is opened to be written, as Python's own watch has it."""
    return path != os.devnull and bool(flags & WRITING or set(mode or "") & set("wax+"))
