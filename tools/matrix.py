"""The test command under every supported Python of this machine, with the oldest and the newest NumPy and matplotlib.

The interpreters are those on PATH and pyenv's; PYTHONS="python3.12 /opt/python/bin/python" names others. Each gets an
environment in a temporary folder. A last run takes pre-releases of everything, and may only warn. For one environment
that already is, `python -m tools.matrix oldest` says which oldest versions it can have.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import study

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BOUNDS = dict(requirement.split(">=") for requirement in PROJECT["dependencies"] if re.match("numpy>|matplotlib>", requirement))
ROW = "{:8} {:8} {:11} {:7} {:>7}"


def numbers(version):
    """A version as numbers that sort."""
    return [int(part) for part in re.findall(r"\d+", version)]


def run(*command):
    """What a command printed; CalledProcessError if it failed."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PIP_CONSTRAINT", "PYTHONPATH")}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, encoding="utf-8", errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def interpreters():
    """Minor version → an interpreter that runs, makes environments and is not too old."""
    least, found = numbers(PROJECT["requires-python"]), {}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    here = [*(shutil.which(f"python3.{minor}") for minor in range(least[1], 40)), *pyenv.glob("*/bin/python")]
    for python in os.environ.get("PYTHONS", "").split() or filter(None, here):
        try:
            code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
            version = run(python, "-c", code).split()[-1]
        except (OSError, subprocess.CalledProcessError):
            continue                                    # such as pyenv's stand-in for a version that is not chosen
        if numbers(version) >= least:
            found.setdefault(version, python)
    return dict(sorted(found.items(), key=lambda item: numbers(item[0])))


def oldest(python, package):
    """The requirement for the oldest allowed version that has a wheel for this Python."""
    every = re.search("Available versions: (.*)", run(python, "-m", "pip", "index", "versions", package))[1].split(", ")
    for version in sorted((v for v in every if numbers(v) >= numbers(BOUNDS[package])), key=numbers):
        with suppress(subprocess.CalledProcessError):
            run(python, "-m", "pip", "install", "--dry-run", "--no-deps", "--only-binary", ":all:", f"{package}=={version}")
            return f"{package}=={version}"


def tested(python, *arguments):
    """Install, run the tests and print a row; → whether they passed."""
    run(python, "-m", "pip", "install", "--quiet", *arguments)
    code = "import platform, numpy, matplotlib as m; print(platform.python_version(), numpy.__version__, m.__version__)"
    start, failure = perf_counter(), None
    try:
        run(python, "-m", "pytest")
    except subprocess.CalledProcessError as error:
        failure = error.stdout
    seconds = f"{perf_counter() - start:.1f}"
    print(ROW.format(*run(python, "-c", code).split(), "failed" if failure else "passed", seconds), flush=True)
    if failure:
        print(failure[-1500:], flush=True)
    return not failure


def main():
    """Every combination, then the pre-releases on the newest Python; → what to tell the shell."""
    pythons, passed = interpreters(), []
    print(ROW.format("Python", "NumPy", "matplotlib", "tests", "seconds"))
    with tempfile.TemporaryDirectory() as folder:
        for version, interpreter in pythons.items():
            run(interpreter, "-m", "venv", f"{folder}/{version}")
            python = str(next(Path(folder, version).glob("[bS]*/python*")))
            run(python, "-m", "pip", "install", "--quiet", "--editable", ".[model]")
            with suppress(study.Stop):                  # without PyTorch for this Python, notebook 12 is left out
                study.install(python, "torch")
            run(python, "-m", "course_lib.fetch")
            for numpy in (oldest(python, "numpy"), "numpy"):
                for matplotlib in (oldest(python, "matplotlib"), "matplotlib"):
                    passed.append(tested(python, "--upgrade", "--only-binary", ":all:", numpy, matplotlib))
        print("with pre-releases, which may fail:")
        tested(python, "--upgrade", "--upgrade-strategy=eager", "--pre", "--editable", ".[model]")
    return 0 if passed and all(passed) else f"{passed.count(False)} of {len(passed)} failed"


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    if sys.argv[1:] == ["oldest"]:
        print(*(oldest(sys.executable, package) for package in BOUNDS))
    else:
        sys.exit(main())
