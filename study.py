"""Study the course: makes an environment and your own copies of the lessons, and opens JupyterLab on the first.

    python study.py                 study; what is there already is kept
    python study.py renew 03        sets your copy of lesson 03 aside and makes a new one
    python study.py copies          does all this but open JupyterLab
    python study.py model           fetches the language model of lesson 10, 93 MB
    python study.py torch           installs PyTorch for lesson 12, a build without CUDA, some 200 MB
    python study.py install test    makes the environment only, with what the tests, or another extra of pyproject.toml, need

You work in study/, which git ignores; the lessons in notebooks/ stay as they are. --this-python after any of these makes the
environment anew if it is of another Python. This file needs nothing but Python, and has no f-strings, so that even Python 2
can read it as far as the sentence that says what is too old.
"""
import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import count

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit("The course needs Python %d.%d or newer, and this is %d.%d. Install one from python.org, or name one that you have: "
             "python3.13 study.py, or make lab PYTHON=python3.13" % (OLDEST + sys.version_info[:2]))

ROOT = os.path.dirname(os.path.realpath(__file__))
LESSONS, STUDY = os.path.join(ROOT, "notebooks"), os.path.join(ROOT, "study")
PROGRESS = ".attention_progress.json"
MARK = "study.py"                                   # the place in a copy's metadata that says as what it was made
# What the Python of an environment must be able to do: import pip, say its version, and be new enough.
PROBE = "import pip, sys; print('%d.%d' % sys.version_info[:2]); sys.exit(sys.version_info < {0})".format(OLDEST)
# What readers may have set that leads Python or pip elsewhere. In the locale C Python 3.11 cannot read a path with an umlaut.
MISLEADING = ("LC_ALL", "PYTHONHOME", "PYTHONPATH", "PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_PREFIX", "PIP_ROOT", "PIP_TARGET")
PACKAGES = {"model": "gguf", "torch": "torch"}      # what is asked for by its name, and the package that it needs
CPU_BUILD, CPU_BUILDS = "torch==2.13.0+cpu", "https://download.pytorch.org/whl/cpu"
NEEDS = "The course needs a folder in which you may write, with 1 GB of free disk."


class Stop(Exception):
    """What keeps the course from starting, as a sentence for the reader."""


# The environment

def environment(extra, this_python=False):
    """Make, mend or complete the environment until it has what an extra of pyproject.toml asks for; -> its Python.

    this_python: it must be made with the Python that runs now, not only with one that can run the course.
    """
    name = ".venv-grading" if extra == "grading" else ".venv"           # nbgrader would add menus to the reader's JupyterLab
    folder = os.path.join(ROOT, name)
    asked, wrong = requirements(extra), fault(folder, this_python)
    has = {} if wrong else load(record_of(folder))["extras"]
    if has.get(extra) == asked:
        return python_of(folder)
    wanting = wrong or "lacks what the extra {0} asks for".format(extra)
    print("{0} {1}. Installing the course there takes a minute or two.".format(name, wanting))
    aside = set_aside(folder) if wrong and os.path.lexists(folder) else None
    try:
        if wrong:
            make(folder)
        remember(folder, {})                                            # nothing is sure until pip has ended
        install(python_of(folder), extra)
    except (Stop, OSError):
        if wrong:
            put_back(aside, folder)
        else:
            remember(folder, has)
        raise
    remember(folder, dict(has, **{extra: asked}))
    for old in sorted(os.listdir(ROOT)):                                # ours are not needed any more
        if old.startswith(name + "_set_aside_") and load(record_of(os.path.join(ROOT, old))):
            shutil.rmtree(os.path.join(ROOT, old), ignore_errors=True)
    if aside and os.path.lexists(aside):
        print("What was there before is kept as {0}.".format(os.path.basename(aside)))
    return python_of(folder)


def fault(folder, this_python):
    """Why an environment cannot stay as it is, as the middle of a sentence; "" if it can."""
    if not os.path.lexists(folder):
        return "is not there yet"
    record = load(record_of(folder))
    if not record:
        return "was not made by study.py"
    if not record.get("extras"):
        return "is not complete"
    if record.get("folder") != ROOT:
        return "was made before this folder was moved or renamed"
    code, told = run([python_of(folder), "-I", "-c", PROBE])
    if code:
        return "cannot run the course any more"
    version, this = told.strip(), "{0}.{1}".format(*sys.version_info)
    if this_python and version != this:
        return "is of Python {0} and you asked for {1}".format(version, this)
    return ""


def make(folder):
    """A new environment with nothing in it but pip."""
    os.mkdir(folder)
    remember(folder, {})                                                # so that it is known as ours, if this is interrupted
    code, told = run([sys._base_executable, "-m", "venv", folder])      # the Python that runs may be in what was set aside
    if code:
        raise Stop("{0} could not make a virtual environment. {1}".format(sys._base_executable, last_words(told)))


def install(python, extra):
    """The course with an extra, by pip."""
    if extra == "torch" and not has(python, "torch"):
        install_torch(python)
    code, told = pip_install(python, "--editable", ".[{0}]".format(extra))
    if code and ("connection broken by" in told or "timed out" in told):
        raise Stop("There is no network: pip could not reach its package index. Connect, and give the same command again.")
    if code:
        raise Stop("pip could not install the course. {0}".format(last_words(told)))


def install_torch(python):
    """A build of PyTorch without CUDA: the one that PyPI has for Linux would fetch 5 GB for graphics cards.

    Such builds are marked in their version, so nothing else can be taken for one; PyTorch's own index has them. Where that
    cannot be reached, one from the reader's usual index will do.
    """
    if sys.platform == "darwin":                                        # for macOS there are no others
        return
    code, told = pip_install(python, CPU_BUILD, "--extra-index-url", CPU_BUILDS)
    if code:
        raise Stop("PyTorch was not installed: pip found no {0} for this Python, neither at {1} nor at its usual index. "
                   "Any other build may fetch 5 GB for graphics cards. {2}".format(CPU_BUILD, CPU_BUILDS, last_words(told)))


def pip_install(python, *words):
    """Let pip install something; -> its exit code and what it said."""
    return run((python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1") + words)


def requirements(extra):
    """What pyproject.toml wants to be installed for an extra; all of them build on that of the tests."""
    import tomllib
    project = course_file("pyproject.toml", tomllib.loads)["project"]
    extras = project["optional-dependencies"]
    if extra not in extras:
        raise Stop("There is no extra {0} in pyproject.toml, only {1}.".format(extra, ", ".join(extras)))
    return project["dependencies"] + extras["test"] + extras[extra]


def installed_here():
    """Whether the Python that runs has the course already, as conda's may. Our own is looked after by environment()."""
    ours = os.path.realpath(sys.prefix).startswith(os.path.join(ROOT, ".venv"))
    return not ours and has(sys.executable, "course_lib")


def has(python, package):
    """Whether a package is installed for a Python."""
    return run([python, "-c", "from importlib.metadata import version; version('{0}')".format(package)])[0] == 0


def python_of(folder):
    """The Python of an environment."""
    return os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")


def record_of(folder):
    """The file that says where an environment was made, and for which extras it is complete."""
    return os.path.join(folder, "course.json")


def remember(folder, extras):
    """Write it."""
    write(record_of(folder), json.dumps({"folder": ROOT, "extras": extras}, indent=1) + "\n")


# The copies

def copies():
    """Make the copies that are missing or were left as they were made, and say which others are not of the newest lesson.

    -> the copies that were made
    """
    made = []
    if not os.path.isdir(STUDY):
        os.mkdir(STUDY)
        if os.path.exists(os.path.join(LESSONS, PROGRESS)):             # from before there were copies
            shutil.copy(os.path.join(LESSONS, PROGRESS), STUDY)
    for name in lessons():
        lesson, copy = to_study(name), os.path.join(STUDY, name)
        newest = lesson["metadata"][MARK] = digest(lesson)
        made_as, is_now = digests(copy)
        if not os.path.lexists(copy) or (made_as == is_now != newest):
            write(copy, json.dumps(lesson, indent=1, ensure_ascii=False) + "\n")
            made.append(copy)
        elif newest not in (made_as, is_now):
            print("There is a new version of {0}. Yours is kept; to have the new one, with yours set aside: "
                  "python study.py renew {1}".format(name, name[:2]))
    return made


def lessons():
    """The names of the lessons, in order."""
    return sorted(name for name in os.listdir(LESSONS) if name.endswith(".ipynb") and not name.startswith("."))


def to_study(name):
    """A lesson without the outputs that its reader is asked to predict: those between such a question and the next prose.

    Code that would tell what comes out, by an assertion or in words for who cannot see a picture, is folded.
    """
    lesson = course_file("notebooks/" + name, json.loads)
    for cell in predicted(lesson["cells"]):
        cell["outputs"], cell["execution_count"] = [], None
        code = "".join(cell["source"])
        if "assert " in code or "alt=" in code or "remove-input" in cell["metadata"].get("tags", ()):
            cell["metadata"]["jupyter"] = {"source_hidden": True}
    return lesson


def predicted(cells):
    """The code cells of a notebook whose outputs its reader is asked to predict."""
    asked = False
    for cell in cells:
        if cell["cell_type"] == "code":
            if asked:
                yield cell
        elif "answer" not in cell["metadata"].get("tags", ()):          # the folded answer stands between question and code
            asked = "**Predict, then run.**" in "".join(cell["source"])


def digest(notebook):
    """A notebook's cells in 64 letters, the same ones however Jupyter writes the file."""
    cells = [[cell["cell_type"], "".join(cell["source"]), cell.get("outputs")] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode("ascii")).hexdigest()


def digests(copy):
    """Of a copy as it was made, and as it is now."""
    try:
        notebook = json.loads(read(copy))
        return notebook["metadata"].get(MARK), digest(notebook)
    except Exception:                                                   # whatever its reader or a full disk made of it
        return None, "unreadable"


def renew(number):
    """Set the copy of a lesson aside, so that a new one is made."""
    names = [name for name in lessons() if number.isdigit() and name.startswith(number.zfill(2))]
    if len(names) != 1:
        raise Stop("Say which lesson by its number, such as: python study.py renew 03")
    copy = os.path.join(STUDY, names[0])
    if os.path.lexists(copy):
        print("Your copy is now study/{0}.".format(os.path.basename(set_aside(copy))))


# JupyterLab

def lab(python, made):
    """Open JupyterLab on the first copy, with the pictures of the new copies alive; -> its exit code when it is stopped."""
    command = [python, "-m", "jupyterlab", "--ServerApp.root_dir=" + STUDY, "--LabApp.default_url=/lab/tree/" + lessons()[0]]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")                                  # Jupyter refuses root unless it is told
    settings = variables(PYTHONPATH=ROOT)                               # the library of these lessons, whatever is installed
    if not os.access(os.path.expanduser("~"), os.W_OK):
        settings["HOME"] = os.path.join(STUDY, ".home")                 # Jupyter must be able to write there
    if made:
        run([python, "-m", "jupyter", "trust"] + made)                  # what is not trusted shows stills until it is run
    return hand_over(command, settings)                                 # Jupyter asks what is meant by Ctrl+C


# Files and programs

def read(path):
    """The text of a file."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    """The file, whole or not at all."""
    with open(path + ".new", "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.replace(path + ".new", path)


def course_file(name, parse):
    """What a file of the course says, in the words of its parser."""
    try:
        return parse(read(os.path.join(ROOT, name)))
    except ValueError:
        raise Stop("{0} is damaged. To have it back: git restore {0}".format(name))


def load(path):
    """What a file has as JSON, or {} if there is none, or nothing that can be read."""
    try:
        return dict(json.loads(read(path)))
    except (OSError, ValueError, TypeError):
        return {}


def set_aside(path):
    """Give a file or a folder the first free name of its kind; -> its new path."""
    stem, ending = os.path.splitext(path)
    names = ("{0}_set_aside_{1}{2}".format(stem, number, ending) for number in count(1))
    aside = next(name for name in names if not os.path.lexists(name))
    os.rename(path, aside)
    return aside


def put_back(aside, path):
    """Undo this, if it was done, and delete what was made in its place."""
    shutil.rmtree(path, ignore_errors=True)
    if aside:
        os.rename(aside, path)


def variables(**more):
    """The reader's environment variables, without those that lead Python or pip astray, and with more."""
    return dict({name: value for name, value in os.environ.items() if name not in MISLEADING}, PIP_USER="0", **more)


def run(command):
    """Run a program to its end; -> its exit code and all that it said. It inherits the lock, and keeps it if it outlives us."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, env=variables(),
                              close_fds=False)
    except OSError as error:
        return 1, str(error)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def hand_over(command, settings):
    """Run a program to its end that speaks to the reader itself, and which Ctrl+C is for; -> its exit code."""
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.call(command, cwd=ROOT, env=settings)


def last_words(told):
    """The last lines of what a program said."""
    return "Its last words:\n{0}\n{1}".format("\n".join([line for line in told.splitlines() if line.strip()][-7:]), NEEDS)


@contextmanager
def alone():
    """Wait until no other study.py is at work in this folder, and let others wait while the block runs."""
    with open(os.path.join(ROOT, ".venv.lock"), "a") as file:
        os.set_inheritable(file.fileno(), True)
        if not locked(file):
            print("Another study.py is at work in this folder; this one waits for it.")
            while not locked(file):
                time.sleep(0.5)
        yield


def locked(file):
    """Lock a file until it is closed, unless another process has it; -> whether that was so, or this disk knows no locks."""
    try:
        if os.name == "nt":
            import msvcrt
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN)
    return True


def main(words):
    """Do what is asked; -> what to tell the shell: an exit code, or a sentence, which makes it fail."""
    sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)      # whatever the terminal; and before Jupyter speaks
    this_python = "--this-python" in words
    words = [word for word in words if word != "--this-python"]
    what, which = (words + ["", ""])[:2]
    if what not in ("", "renew", "copies", "install") + tuple(PACKAGES) or len(words) > 2:
        return __doc__
    try:
        with alone():
            if what == "install":
                environment(which or "test", this_python)
                return 0
            if what == "renew":
                renew(which)
                copies()
                return 0
            here = installed_here()
            python = sys.executable if here else environment(what if what in PACKAGES else "test", this_python)
            if here and what in PACKAGES and not has(python, PACKAGES[what]):
                install(python, what)
            made = copies() if what not in PACKAGES else []
        if what == "model":
            return hand_over([python, "-m", "course_lib.fetch"], variables(PYTHONPATH=ROOT))
        if what == "torch":
            print("PyTorch is installed: lesson 12 can be run, and the tests include it.")
            return 0
        return lab(python, made) if what != "copies" else 0
    except Stop as stop:
        return str(stop)
    except OSError as error:
        return "The course could not be set up: {0}. {1}".format(error, NEEDS)
    except KeyboardInterrupt:
        return "Interrupted. The same command begins again."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
