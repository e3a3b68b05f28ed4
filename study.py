"""Study the course: makes an environment and your own copies of the lessons, and opens JupyterLab on the first.

    python study.py                 study; what is there already is kept
    python study.py renew 03        sets your copy of lesson 03 aside and makes a new one
    python study.py install test    makes the environment only, with what the tests, or other extras of pyproject.toml, need

The lessons in notebooks/ stay as they are: you work in study/, which git ignores. This file needs nothing but Python, and
even an old Python must be able to read it, to say that it is too old.
"""
from __future__ import print_function, unicode_literals

import hashlib
import io
import json
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.abspath(__file__))
LESSONS, STUDY = os.path.join(ROOT, "notebooks"), os.path.join(ROOT, "study")
RECORD = os.path.join(STUDY, ".copies.json")            # for each copy: of which lesson it was made, and as what
PROGRESS = ".attention_progress.json"
OLDEST = (3, 11)
NEEDED = ("jupyterlab", "numpy", "matplotlib", "ipywidgets", "anywidget")
NO_NETWORK = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ConnectionResetError", "getaddrinfo",
              "ProxyError", "Connection refused", "Network is unreachable")


class Stop(Exception):
    """What keeps the course from starting, as a sentence for the reader."""


# The environment

def environment(extra="test", own_python=False):
    """The Python in which the course is installed with an extra of pyproject.toml: the one that runs, if it has all that
    the lessons need, such as conda's; else that of .venv, which is made, mended or completed.

    own_python: the .venv must be made with this Python, not only with one that can run the course.
    """
    if extra == "test" and not own_python and in_environment():
        return sys.executable
    folder = os.path.join(ROOT, ".venv-grading" if extra == "grading" else ".venv")
    python = os.path.join(folder, "Scripts" if os.name == "nt" else "bin", "python.exe" if os.name == "nt" else "python")
    record = os.path.join(folder, "course.json")
    asked = digest(read(os.path.join(ROOT, "pyproject.toml")))
    state = load(record)
    why = fault(folder, python, state, own_python)
    if why is not None:
        make(folder, why)
        state = {"folder": ROOT, "python": this_python(), "extras": {}}
    if state["extras"].get(extra) != asked:
        print("Installing the course into {0}; this takes a minute or two.".format(os.path.relpath(folder, ROOT)))
        install(python, extra)
        state["extras"][extra] = asked
        save(record, state)
        discard(folder + ".old")
    return python


def in_environment():
    """Whether the Python that runs stands in an environment, not our own .venv, that has all that the lessons need."""
    from importlib.util import find_spec
    inside = sys.prefix != sys.base_prefix or os.path.exists(os.path.join(sys.prefix, "conda-meta"))
    ours = os.path.realpath(sys.prefix).startswith(os.path.join(os.path.realpath(ROOT), ".venv"))
    return inside and not ours and all(find_spec(name) for name in NEEDED)


def fault(folder, python, state, own_python):
    """Why the environment has to be made anew, as a sentence; "" if there is none yet, None if it can stay."""
    name = os.path.relpath(folder, ROOT)
    if not os.path.isdir(folder):
        return ""
    if not state:
        return "{0} is not complete, so it is made anew.".format(name)
    if state["folder"] != ROOT:
        return "This folder was moved or renamed since {0} was made, so it is made anew.".format(name)
    if own_python and state["python"] != this_python():
        return "{0} was made with Python {1} and you asked for {2}, so it is made anew.".format(
            name, state["python"], this_python())
    if run([python, "-c", "import pip"])[0]:
        return "The Python that {0} was made with is gone, so it is made anew.".format(name)
    return None


def make(folder, why):
    """A new, empty environment in the folder; the old one is set aside until the new one is complete."""
    if why:
        print(why)
    discard(folder + ".old")
    if os.path.isdir(folder):
        os.rename(folder, folder + ".old")
    code, told = run([sys.executable, "-m", "venv", folder])
    if code:
        restore(folder)
        raise Stop("{0} cannot make virtual environments. On Debian and Ubuntu run: sudo apt install python3-venv. "
                   "Or use another Python: make lab PYTHON=python3.13\n{1}".format(sys.executable, told.strip()[-300:]))


def install(python, extra):
    """The course with an extra, by pip. Without success the old environment, if there was one, takes its place again."""
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]
    try:
        code, told = run(command + ["--editable", "{0}[{1}]".format(ROOT, extra)])
    except KeyboardInterrupt:
        raise Stop("Interrupted. The same command begins again; nothing else was changed.")
    if code and any(word in told for word in NO_NETWORK):
        restore(os.path.dirname(os.path.dirname(python)))
        raise Stop("There is no network: pip could not reach its package index. Connect, and give the same command again.")
    if code:
        restore(os.path.dirname(os.path.dirname(python)))
        raise Stop("pip could not install the course. Its last words:\n{0}".format("\n".join(told.strip().splitlines()[-5:])))


def restore(folder):
    """Put back the environment that was set aside."""
    if os.path.isdir(folder + ".old"):
        discard(folder)
        os.rename(folder + ".old", folder)


def this_python():
    """Its version without the last number, as environments are told apart."""
    return "{0}.{1}".format(*sys.version_info)


# The copies

def copies():
    """Make what copies are missing; -> what there is to tell of the others, a list of sentences."""
    if not os.path.isdir(STUDY):
        os.mkdir(STUDY)
        if os.path.exists(os.path.join(LESSONS, PROGRESS)):              # from before there were copies
            write(os.path.join(STUDY, PROGRESS), read(os.path.join(LESSONS, PROGRESS)))
    made, told = load(RECORD), []
    for name in sorted(name for name in os.listdir(LESSONS) if name.endswith(".ipynb")):
        lesson, copy = to_study(read(os.path.join(LESSONS, name))), os.path.join(STUDY, name)
        was = made.get(name, {})
        if os.path.exists(copy) and was.get("lesson") == digest(lesson):
            continue
        if os.path.exists(copy) and was.get("copy") != digest(read(copy)):
            told.append("There is a new version of {0}. Yours is kept; to have the new one, with yours set aside: "
                        "python study.py renew {1}".format(name, name[:2]))
            continue
        write(copy, lesson)
        made[name] = {"lesson": digest(lesson), "copy": digest(lesson)}
    save(RECORD, made)
    return told


def to_study(lesson):
    """A lesson without the outputs that its reader is asked to predict: those between such a question and the next prose."""
    notebook, asked = json.loads(lesson), None
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            answer = asked == "question" and "answer" in cell["metadata"].get("tags", ())
            asked = "question" if "**Predict, then run.**" in text else "answer" if answer else None
        elif asked:
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def renew(number):
    """Set the copy of a lesson aside, so that a new one is made; -> the sentence that says where it is now."""
    names = [name for name in sorted(os.listdir(LESSONS)) if name.endswith(".ipynb") and number and name.startswith(number)]
    if len(names) != 1:
        raise Stop("Say which lesson by its number, such as 03; given was {0}.".format(number or "nothing"))
    copy = os.path.join(STUDY, names[0])
    if not os.path.exists(copy):
        return "{0} has no copy yet; it is made now.".format(names[0])
    aside = os.path.join(STUDY, "{0} {1}.ipynb".format(names[0][:-6], time.strftime("%Y-%m-%d %H.%M.%S")))
    os.rename(copy, aside)
    return "Your copy is now {0}.".format(os.path.relpath(aside, ROOT))


# Files and programs

def read(path):
    """The text of a file."""
    with io.open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    """The file, whole or not at all."""
    with io.open(path + ".new", "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.replace(path + ".new", path)


def load(path):
    """What was saved, or {} if nothing was, or nothing that can be read."""
    try:
        return dict(json.loads(read(path)))
    except (OSError, ValueError, TypeError):
        return {}


def save(path, state):
    """The state as JSON."""
    write(path, json.dumps(state, indent=1, sort_keys=True) + "\n")


def digest(text):
    """A text in 64 letters that tell it from every other."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def discard(folder):
    """Delete a folder with all that is in it."""
    if os.path.isdir(folder):
        import shutil
        shutil.rmtree(folder, ignore_errors=True)


def run(command):
    """Run a program to its end; -> its exit code and all that it said."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT)
    except OSError as error:
        return 1, str(error)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def main(arguments):
    """Do what is asked; -> what to tell the shell: 0, or a sentence, which makes it fail."""
    if sys.version_info < OLDEST:
        return ("The course needs Python {0}.{1} or newer, and this is {2}.{3}. Install one from python.org, or name one that "
                "you have: python3.13 study.py, or make lab PYTHON=python3.13".format(*(OLDEST + tuple(sys.version_info[:2]))))
    own_python = "--own-python" in arguments
    what, more = ([word for word in arguments if word != "--own-python"] + [None, None])[:2]
    if what not in (None, "renew", "install"):
        return "study.py takes nothing, `renew` with a lesson's number, or `install`; given was {0}.".format(what)
    try:
        if what == "install":
            environment(more or "test", own_python)
            return 0
        python = environment(own_python=own_python)
        for told in ([renew(more)] if what else []) + copies():
            print(told)
    except Stop as stop:
        return str(stop)
    except OSError as error:
        return "The course could not be set up: {0}.".format(error)
    if what:
        return 0
    command = [python, "-m", "jupyter", "lab", os.path.join(STUDY, sorted(load(RECORD))[0])]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")                  # Jupyter refuses to run as root unless it is told that it may
    return subprocess.call(command, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
