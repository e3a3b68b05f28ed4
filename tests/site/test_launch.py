"""The buttons that run a lesson lead somewhere, or are not there; and a copy for Colab runs where there is no course."""
import json
import os
import re
import subprocess
import sysconfig
import venv
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from packaging.requirements import Requirement

import study
from tests.browser.apps import NOTEBOOKS as LESSONS          # those that can be run here
from tests.site.looking import opened, served
from tools import launch, release

REPOSITORY, SITE = "https://github.com/somebody/attention", "https://somebody.github.io/attention"
NAMES = [name.removesuffix(".ipynb") for name in study.lessons()]
# Older than ours, and not to be replaced: what Colab has, as far as the course may notice.
IN_COLAB = "ipykernel==6.17.1", "ipywidgets==7.7.1", "matplotlib==3.10.0", "numpy==2.0.2"


@pytest.fixture
def named(monkeypatch):
    """A function that names both addresses to the build, or other ones."""
    def name(repository=REPOSITORY, site=SITE):
        monkeypatch.setenv("COURSE_REPOSITORY", repository)
        monkeypatch.setenv("COURSE_SITE", site)

    name("", "")
    return name


def labels(page):
    """What stands on the buttons of a page."""
    return [label for label, _, _ in launch.buttons(page)]


def test_without_addresses_there_is_only_what_needs_none(named):
    """A lesson runs in the page itself, unless a browser has no room for it."""
    assert labels("03_scores") == labels("index") == ["Run here"]
    assert labels("10_a_real_language_model") == labels("12_in_pytorch") == []


@pytest.mark.parametrize("page", [name for name in NAMES if name != "glossary"])
def test_a_lesson_without_the_button_says_why_and_what_to_do(chromium, address, page):
    """On its page, with a command that study.py knows and the way to the rest; no other page says so."""
    missing = launch.TOO_LARGE.get(page[:2])
    with opened(chromium, address, f"{page}.html") as shown:
        words = shown.locator(".course-elsewhere")
        assert words.count() == (missing is not None)
        assert shown.locator(".course-launch", has_text="Run here").count() == (missing is None)
        if missing:
            assert missing in words.inner_text()
            [what] = re.findall(r"python study\.py (\w+)", words.inner_text())
            assert what in study.PACKAGES
            assert words.get_by_role("link").get_attribute("href") == "index.html#Study"


def test_with_addresses_every_button_leads_to_the_lesson_of_its_page(named):
    """To its copy, never to the one in which what is to be predicted is in view; the front page leads to the first lesson."""
    named(REPOSITORY + "/", SITE + "/")
    assert labels("glossary") == labels("changes") == []
    for page, lesson in (("03_scores", "03_scores"), ("index", NAMES[0])):
        assert [(label, address) for label, address, _ in launch.buttons(page)] == [
            ("Run here", f"lite/notebooks/index.html?path={lesson}.ipynb"),
            ("Binder", f"https://mybinder.org/v2/gh/somebody/attention/HEAD?labpath=study/{lesson}.ipynb"),
            ("Colab", f"https://colab.research.google.com/#fileId=https%3A//somebody.github.io/attention/colab/{lesson}.ipynb"),
            ("Codespaces", "https://codespaces.new/somebody/attention")]


def test_another_code_host_has_no_codespaces(named):
    """Binder takes a repository from anywhere."""
    named("https://code.example.org/somebody/attention", "")
    assert labels("03_scores") == ["Run here", "Binder"]
    quoted = "https%3A%2F%2Fcode.example.org%2Fsomebody%2Fattention"
    assert launch.buttons("03_scores")[1][1] == f"https://mybinder.org/v2/git/{quoted}/HEAD?labpath=study/03_scores.ipynb"


@pytest.mark.parametrize("given", ["somebody/attention", "https://", "javascript:alert(1)", "https://a b/c"])
def test_what_is_no_address_is_named_and_refused(named, given):
    """Before any page is made with a dead button."""
    named(given, "")
    with pytest.raises(ValueError, match="COURSE_REPOSITORY must be an address"):
        launch.buttons("index")


def test_without_the_address_of_the_site_there_are_no_copies_for_colab(named, tmp_path):
    """They could not find the library."""
    launch.colab(tmp_path / "colab", "course_lib.whl")
    assert not (tmp_path / "colab").exists()


def test_a_copy_for_colab_is_the_copy_that_one_studies_after_a_first_cell(named):
    """Its links lead to the site, and those to other sites are as they were."""
    for name in study.lessons():
        first, *cells = launch.for_colab(name, SITE, "wheel")["cells"]
        assert "%pip install" in first["source"] and ("fetch()" in first["source"]) == name.startswith("10")
        for cell, original in zip(cells, study.to_study(name)["cells"], strict=True):
            if cell["cell_type"] == "code":
                assert cell == original
            assert ".ipynb" not in "".join(cell["source"]).replace("`", "")
    assert f"]({SITE}/glossary.html#dot-product)" in json.dumps(launch.for_colab("03_scores.ipynb", SITE, "wheel"))


def lend(name, folder):
    """Link a package that is here, and what it needs, into another environment that has none of the same name: PyTorch, which
    Colab has, would fetch gigabytes."""
    package = distribution(name)
    for part in {file.parts[0] for file in package.files} - {"..", "__pycache__"}:
        if not (folder / part).exists():
            (folder / part).symlink_to(package.locate_file(part))
    for needed in map(Requirement, package.requires or ()):
        if not needed.marker or needed.marker.evaluate({"extra": ""}):
            lend(needed.name, folder)


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """A Python as Colab has it, with Jupyter's kernel and without the course; and copies from a site on loopback."""
    folder = tmp_path_factory.mktemp("colab")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    environment = {name: value for name, value in os.environ.items() if name not in ("PIP_CONSTRAINT", "PYTHONPATH")}
    subprocess.run([python, "-m", "pip", "install", "--quiet", *IN_COLAB], check=True, env=environment)
    if find_spec("torch"):
        lend("torch", Path(sysconfig.get_path("purelib", vars={"base": folder / "venv"})))
    (folder / "site" / launch.WHEELS).mkdir(parents=True)
    wheel = release.wheel(folder / "site" / launch.WHEELS)
    with served(folder / "site") as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SITE", address)
        launch.colab(folder / "site" / "colab", wheel)
        yield folder / "site" / "colab", python, environment


@pytest.mark.parametrize("name", [path.stem for path in LESSONS if path.stem[:2] != "10"])         # that one fetches a model
def test_a_copy_for_colab_runs_to_its_end(colab, name, tmp_path):
    """It fetches the library by itself, and leaves Colab's own packages as they are."""
    copies, python, environment = colab

    class Colab(AsyncKernelManager):
        kernel_spec = KernelSpec(argv=[str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"], language="python")

    notebook = nbformat.read(copies / f"{name}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300, kernel_manager_class=Colab, resources={"metadata": {"path": tmp_path}}).execute(
        env=environment)
    frozen = subprocess.run([python, "-m", "pip", "freeze"], capture_output=True, encoding="utf-8", check=True).stdout
    assert set(IN_COLAB) < set(frozen.split())
