"""The ways to install the course agree with each other, and what it reads, writes and prints is the same on every machine."""
import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml

import study
from tests.each import each

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def lines(name):
    """The lines of a file that say something."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def test_pip_and_conda_install_what_pyproject_says():
    """Both ask for this package with its tests' packages and nothing of their own, and conda for a Python that it allows.

    repo2docker takes the Python of a Binder from `python=3.x`, written so; from anything else it takes an older one.
    """
    assert lines("requirements.txt") == ["-e .[test]"]
    dependencies = lines("environment.yml")[lines("environment.yml").index("dependencies:") + 1:]
    assert dependencies[1:] == ["- pip", "- pip:", "- -e .[test]"]
    version = re.fullmatch(r"- python=3\.(\d+)", dependencies[0])
    assert int(version[1]) >= int(PROJECT["requires-python"].removeprefix(">=3."))


def test_study_py_and_the_makefile_ask_for_the_same_python():
    """The oldest that they let pass, or name, is pyproject's."""
    version = PROJECT["requires-python"].removeprefix(">=")
    assert study.OLDEST == tuple(map(int, version.split(".")))
    assert f"Name one that you have, {version} or newer" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_target_that_runs_a_python_of_ours_installs_what_it_needs_first():
    """By study.py, with an extra of pyproject.toml; what nbgrader's environment runs needs the extra grading."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for rule in re.findall(r"^[a-z -]+:\n(?:\t.+\n)+", makefile, re.MULTILINE):
        extras = re.findall(r"\$\(call study,install (\w+)\)", rule)
        assert set(extras) <= set(PROJECT["optional-dependencies"]), rule
        assert ("$(BIN)" in rule) == any(extra != "grading" for extra in extras), rule
        assert ("$(GRADING)" in rule) == ("grading" in extras), rule


def test_the_workflow_runs_on_the_same_python_and_on_every_system():
    """Its oldest Python is pyproject's, its systems are Linux, macOS and Windows, and both ends of the dependencies are there."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == [PROJECT["requires-python"].removeprefix(">="), "3.x"]
    assert matrix["system"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert matrix["dependencies"] == ["oldest", "newest"]


def test_nothing_is_left_out_where_the_course_is_judged():
    """The gate and the workflow fetch the language model and PyTorch before any test, and a test that misses them fails there."""
    gate = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert gate.index("COURSE_MODEL_REQUIRED=1 COURSE_TORCH_REQUIRED=1") < gate.index("make model\nmake torch\nmake lint")
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    steps = [step.get("run", step.get("uses", "")) for step in workflow["jobs"]["test"]["steps"]]
    assert workflow["env"] == {"COURSE_MODEL_REQUIRED": "1", "COURSE_TORCH_REQUIRED": "1", "COURSE_MODEL_DIR": ".model"}
    for what in study.PACKAGES:
        assert steps.index(f"python study.py {what}") < steps.index("python -m pytest")


def test_every_pinned_version_is_one_that_the_project_allows():
    """tools/pinned.txt pins each direct dependency whose version can change an output, above the project's own bounds."""
    pinned = dict(line.split("==") for line in lines("tools/pinned.txt"))
    extras = PROJECT["optional-dependencies"]
    for requirement in PROJECT["dependencies"] + extras["test"] + extras["model"] + extras["torch"]:
        name, _, least = requirement.partition(">=")
        if name not in ("jupyter", "course_lib[test]"):
            assert [int(part) for part in re.findall(r"\d+", pinned[name])] >= [int(part) for part in re.findall(r"\d+", least)]


def test_every_target_of_the_makefile_is_there_once():
    """A phony target without a rule of its own does nothing and says nothing; one with two rules does the second."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    makefile = makefile.replace("\\\n", "")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()
    rules = " ".join(re.findall(r"^([a-z -]+):(?:.*)\n\t", makefile, re.MULTILINE)).split()
    assert sorted(rules) == sorted(phony)


def test_the_gate_asks_for_targets_that_there_are():
    """Each `make …` of .ci/run and of the pages is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in (".ci/run", "README.md", "teach/README.md", "teach/class.md", "tools/README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in " ".join(re.findall(r"(?:^|`|    )make ([a-z -]+?)(?:`|$)", text, re.MULTILINE)).split():
            assert re.search(rf"^(?:[a-z -]+ )?{target}(?: [a-z -]+)?:", makefile, re.MULTILINE), target


# All Python of the course but study.py, which has to be written for old Pythons too
SOURCES = [ROOT / "nbval_plugin.py", *(path for folder in ("course_lib", "teach", "tools", "tests")
                                       for path in sorted((ROOT / folder).rglob("*.py")))]
PROGRAMS = [path for path in SOURCES if '__name__ == "__main__"' in path.read_text(encoding="utf-8")]


def is_text_without_encoding(call):
    """Whether a call opens a file, or the output of a program, as text in the encoding of whatever machine it runs on."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    named = {keyword.arg: getattr(keyword.value, "value", None) for keyword in call.keywords}
    if name == "open":
        given = [named.get("mode"), *(getattr(argument, "value", None) for argument in call.args)]
        modes = [text for text in given if isinstance(text, str) and re.fullmatch("[rwaxbt+]+", text)]
        opens = isinstance(call.func, ast.Name) or modes or not call.args + call.keywords
        text = opens and not any("b" in mode for mode in modes)
    else:
        text = name in ("read_text", "write_text") or True in (named.get("text"), named.get("universal_newlines"))
    return bool(text) and "encoding" not in named


@each(SOURCES)
def test_nothing_is_read_or_written_in_the_encoding_of_the_machine(path):
    """Whatever is opened as text says in which encoding."""
    source = path.read_text(encoding="utf-8")
    asked = {source.count("\n", 0, found.start()) + 1
             for found in re.finditer(r"\bopen *\(|_text *\(|\btext=|universal_newlines", source)}
    parts = [part for part in ast.parse(source if asked else "").body if not asked.isdisjoint(
        range(min([part, *getattr(part, "decorator_list", [])], key=lambda node: node.lineno).lineno, part.end_lineno + 1))]
    assert not [node.lineno for part in parts for node in ast.walk(part)
                if isinstance(node, ast.Call) and is_text_without_encoding(node)]


@pytest.mark.parametrize("code, found", [
    ("open(path)", True), ("open(path, 'w')", True), ("open(path, mode='rb')", False), ("open(path, encoding='utf-8')", False),
    ("path.open()", True), ("path.open('w')", True), ("path.open('wb')", False), ("tarfile.open(fileobj=file)", False),
    ("path.read_text()", True), ("path.write_text(text, encoding='utf-8')", False), ("run(command, text=True)", True),
    ("run(command, text=True, encoding='utf-8')", False), ("run(command, universal_newlines=True)", True), ("run(a)", False)])
def test_a_call_without_an_encoding_is_seen(code, found):
    """Of files and of programs; not where bytes are read."""
    assert is_text_without_encoding(ast.parse(code).body[0].value) == found


@each(PROGRAMS)
def test_every_program_can_print_on_every_console(path):
    """A letter that the console lacks is escaped and does not end the program."""
    source = path.read_text(encoding="utf-8")
    assert "print(" not in source or 'sys.stdout.reconfigure(errors="backslashreplace")' in source


@pytest.mark.parametrize("folder", ["course_lib", "teach", "tests", "tools"])
def test_our_folders_are_packages(folder):
    """Without an __init__.py a package of the same name anywhere on the path, such as somebody's `tools`, stands in its place."""
    assert (ROOT / folder / "__init__.py").exists()


def test_nbval_can_read_its_file_in_every_locale():
    """It is opened without an encoding."""
    assert (ROOT / "tests" / "nbval_sanitize.cfg").read_bytes().isascii()


def test_what_study_py_installs_of_pytorch_is_the_pinned_version():
    """Marked as a build without CUDA, which a plain requirement would not be."""
    assert study.CPU_BUILD.removesuffix("+cpu") in lines("tools/pinned.txt")
    assert {package for package in study.PACKAGES.values()} <= {
        re.match(r"\w+", requirement)[0] for extra in study.PACKAGES for requirement in PROJECT["optional-dependencies"][extra]}
