"""The ways to install the course agree with each other."""
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def lines(name):
    """The lines of a file that say something."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def test_pip_and_conda_install_what_pyproject_says():
    """Both ask for this package with its tests' packages and nothing of their own, and conda for the same Python."""
    assert lines("requirements.txt") == ["-e .[test]"]
    dependencies = lines("environment.yml")[lines("environment.yml").index("dependencies:") + 1:]
    assert dependencies == [f"- python{PROJECT['requires-python']}", "- pip", "- pip:", "- -e .[test]"]


def test_the_makefile_asks_for_the_same_python():
    """The version in its check and in its message is pyproject's."""
    version = PROJECT["requires-python"].removeprefix(">=")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"sys.version_info < ({version.replace('.', ', ')})" in makefile and f"needs Python {version} or newer" in makefile


def test_every_pinned_version_is_one_that_the_project_allows():
    """tests/pinned.txt pins each direct dependency whose version can change an output, above the project's own bounds."""
    pinned = dict(line.split("==") for line in lines("tests/pinned.txt"))
    for requirement in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]:
        name, _, least = requirement.partition(">=")
        if name != "jupyter":
            assert [int(part) for part in re.findall(r"\d+", pinned[name])] >= [int(part) for part in re.findall(r"\d+", least)]
