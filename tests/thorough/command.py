"""The test command of the course over notebooks that a test has made, and what it says."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def command(folder, *options):
    """The command, over the notebooks of a folder."""
    return [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", folder, "-p", "no:cacheprovider",
            "--color=no", *options, folder]


def told(folder, *options):
    """What it says."""
    surroundings = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command(folder, *options), cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, encoding="utf-8",
                          timeout=300).stdout
