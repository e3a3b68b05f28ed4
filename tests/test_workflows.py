"""What the code host runs: each workflow asks for what there is and may do no more than it must; a release agrees with itself."""
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from tools import release

ROOT = Path(__file__).parent.parent
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / ".github/workflows").glob("*.yml")}
JOBS = [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"].values()]
STEPS = [step for _, job in JOBS for step in job.get("steps", ())]


def test_every_workflow_begins_by_itself():
    """By a push, a tag, a schedule or a request; YAML reads the key `on` as True."""
    assert set(WORKFLOWS) == {"release", "site", "test"}
    begins = {"push", "pull_request", "schedule", "workflow_call", "workflow_dispatch"}
    assert all(workflow["name"] and set(workflow[True]) <= begins for workflow in WORKFLOWS.values())


def test_nothing_may_write_but_the_jobs_that_publish():
    """A workflow may read; one job of the site writes pages, one of the release writes the release."""
    assert all(workflow["permissions"] == {"contents": "read"} for workflow in WORKFLOWS.values())
    writes = {(name, what) for name, job in JOBS for what, how in job.get("permissions", {}).items() if how == "write"}
    assert writes == {("site", "pages"), ("site", "id-token"), ("release", "contents")}


def test_every_job_waits_for_jobs_that_there_are_and_ends():
    """What is needed is in the same workflow, what is called is a workflow of ours, and no job can hang for hours."""
    for name, job in JOBS:
        assert set([job["needs"]] if "needs" in job else []) <= set(WORKFLOWS[name]["jobs"])
        if "uses" in job:
            called = WORKFLOWS[Path(job["uses"]).stem]
            assert job["uses"] == f"./.github/workflows/{Path(job['uses']).stem}.yml" and "workflow_call" in called[True]
        else:
            assert job["timeout-minutes"] <= 120 and job["runs-on"]


def test_every_step_uses_the_code_host_s_own_actions_or_runs_what_there_is():
    """At a version; each target of make has a rule, each program of ours is there."""
    rules = re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for step in STEPS:
        assert ("uses" in step) != ("run" in step) and re.match(r"actions/[\w-]+@v\d+$", step.get("uses", "actions/x@v1")), step
        for targets in re.findall(r"^make ([a-z -]+)$", step.get("run", ""), re.MULTILINE):
            assert set(targets.split()) <= set(" ".join(rules).split())
        for module in re.findall(r"python -m (tools\.\w+)", step.get("run", "")):
            assert (ROOT / f"{module.replace('.', '/')}.py").exists()


def test_what_a_step_takes_from_another_that_one_gives():
    """`steps.NAME` is an earlier step of the same job, or the job's own."""
    for _, job in JOBS:
        ids = [step.get("id") for step in job.get("steps", ())]
        assert set(re.findall(r"steps\.(\w+)", yaml.safe_dump(job))) <= set(ids)


def test_the_site_is_tested_before_it_is_published_and_only_from_main():
    """And it is made with the addresses that its buttons need."""
    build, publish = WORKFLOWS["site"]["jobs"].values()
    runs = [step.get("run", step.get("uses")) for step in build["steps"]]
    assert runs.index("make site") < runs.index("make test-site") < runs.index("actions/upload-pages-artifact@v4")
    assert set(build["steps"][runs.index("make site")]["env"]) == {"COURSE_REPOSITORY", "COURSE_SITE"}
    assert publish["needs"] == "build" and "github.ref == 'refs/heads/main'" in publish["if"]


def test_a_release_is_tested_first():
    """By the workflow that tests every commit; and its version is checked before anything is written."""
    jobs = WORKFLOWS["release"]["jobs"]
    runs = "\n".join(step.get("run", "") for step in jobs["release"]["steps"])
    assert jobs["release"]["needs"] == "test" and runs.index("tools.release") < runs.index("gh release create")


@pytest.fixture
def course(tmp_path):
    """Copies of the three files that tell the version, with a changelog that is ready for its release."""
    for name in ("pyproject.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    change(tmp_path / "CHANGELOG.md", r"## Unreleased.*?(?=## 1)", "")
    return tmp_path


def change(path, old, new):
    """One place of a file, by a pattern."""
    text, count = re.subn(old, new, path.read_text(encoding="utf-8"), count=1, flags=re.DOTALL)
    path.write_text(text, encoding="utf-8")
    assert count or path.name == "CHANGELOG.md"


def test_a_release_tells_what_is_new_in_its_version(course):
    """The first part of the changelog, without its heading."""
    says = release.news(f"v{release.version(course)}", course)
    assert says.startswith("- ") and "## " not in says and says in (course / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name, old, new, says", [
    ("pyproject.toml", r'\nversion = "[^"]+"', '\nversion = "7.0"', "but pyproject.toml has the version 7.0"),
    ("CITATION.cff", r'\nversion: "[^"]+"', '\nversion: "7.0"', "CITATION.cff does not have the version"),
    ("CHANGELOG.md", r"## (.+?)\n", r"## Unreleased\n\n- A thing.\n\n## \1\n", "not with ## Unreleased"),
    ("CHANGELOG.md", r"(## .+?)\n.*", r"\1\n", "must begin with what is new"),
    ("CHANGELOG.md", r"## .*", "", "must begin with what is new")])
def test_a_release_that_does_not_agree_with_itself_is_refused(course, name, old, new, says):
    """Tag, pyproject.toml, CITATION.cff and the changelog name one version, and there is something to tell."""
    tag = f"v{release.version(course)}"
    change(course / name, old, new)
    with pytest.raises(ValueError, match=re.escape(says)):
        release.news(tag, course)


def test_wheel_and_source_have_the_same_library(tmp_path):
    """Every file of course_lib that git has, and the version of pyproject.toml in their names."""
    wheel, source = release.wheel(tmp_path), release.source(tmp_path)
    assert (wheel, source) == (f"course_lib-{release.version()}-py3-none-any.whl", f"course_lib-{release.version()}.tar.gz")
    built = {name for name in zipfile.ZipFile(tmp_path / wheel).namelist() if name.startswith("course_lib/")}
    packed = {name.partition("/")[2] for name in tarfile.open(tmp_path / source).getnames()}
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "course_lib").rglob("*")
             if path.is_file() and "__pycache__" not in path.parts and path.name[0] != "."}
    assert built == files == {name for name in packed if name.startswith("course_lib/")}
