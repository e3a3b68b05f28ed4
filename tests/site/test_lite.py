"""JupyterLite as a reader has it, in Chromium: the lessons run in the page, on the real NumPy and Matplotlib, and nothing is
asked of any other host than the one that serves the site."""
import hashlib
import inspect
import json
import re
import zipfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

import study
from course_lib.exercises import EXERCISES
from tests.browser.test_lessons import PRESS, explorers, shows
from tests.site.looking import served
from tools import lite
from tools.launch import TOO_LARGE

LESSONS = [path for path in sorted((lite.ROOT / "notebooks").glob("[0-9]*.ipynb")) if path.stem[:2] not in TOO_LARGE]
PANEL = "window.jupyterapp.shell.currentWidget"
PICTURE = re.compile(r'src="data:image/svg\+xml,[^"]*id%3D%22figure_1%22[^"]*"')     # matplotlib's: another version draws it here


@contextmanager
def running(browser, address, path):
    """A page with a lesson, its kernel ready. In the end it must have thrown no error and asked no stranger."""
    context, errors, strangers = browser.new_context(viewport={"width": 1280, "height": 900}), [], []
    context.on("request", lambda request: request.url.startswith((address, "data:", "blob:")) or strangers.append(request.url))
    page = context.new_page()
    page.set_default_timeout(240_000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda answer: answer.status < 400 or errors.append(f"{answer.status} {answer.url}"))
    page.goto(f"{address}lite/notebooks/index.html?path={path.name}")
    page.wait_for_function(f"window.jupyterapp && {PANEL}?.sessionContext?.session?.kernel?.status === 'idle'")
    yield page
    context.close()
    assert (errors, strangers) == ([], [])


def run_all(page):
    """Run all cells, to the end or to the first error. → the notebook's cells"""
    page.evaluate("""() => Promise.race([window.jupyterapp.commands.execute("notebook:run-all-cells"),
        new Promise((_, fail) => setTimeout(() => fail(Error("the cells did not end")), 600_000))])""")
    return page.evaluate(f"() => {PANEL}.content.model.toJSON()")["cells"]


def told(cells):
    """What the code cells show, but pixels and the twelfth digit: a list of (kind, text) for each."""
    def texts(output):
        joined = {kind: "".join(text) for kind, text in output.get("data", {}).items() if kind.startswith("text/")}
        joined |= {name: "".join(output[name]) for name in ("text", "ename", "evalue") if name in output}
        return {kind: re.sub(r"\d+\.\d{12,}", lambda found: f"{float(found[0]):.11g}", PICTURE.sub("", text))
                for kind, text in sorted(joined.items())}
    return ["".join(cell["source"]) + "\n" + str([texts(output) for output in cell["outputs"]])
            for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_in_the_browser_and_gives_what_is_committed(chromium, address, path):
    """All its cells, from the first to the last."""
    with running(chromium, address, path) as page:
        assert told(run_all(page)) == told(json.loads(path.read_text(encoding="utf-8"))["cells"])


ENDLESS = "def entropy(weights):\n    while True:\n        pass"
WRONG = "def softmax_at(scores, temperature):\n    from course_lib import softmax\n    return softmax(scores * temperature)"
RIGHT = inspect.getsource(EXERCISES["weights_of_row"].answer)


@pytest.fixture(scope="module")
def worked(chromium, address):
    """Lesson 06 after Run All, with three exercises done: one right, one wrong, one that never ends. Its page, and its cells."""
    [path] = [path for path in LESSONS if path.stem.startswith("06")]
    with running(chromium, address, path) as page:
        for code in (RIGHT, WRONG, ENDLESS):
            page.evaluate(f"""code => [...{PANEL}.content.model.cells]
                .find(cell => cell.sharedModel.source.startsWith(code.split("(")[0] + "(")).sharedModel.setSource(code)""", code)
        yield SimpleNamespace(page=page, path=path, cells=run_all(page))


def verdict(worked, name):
    """What `check(name)` showed."""
    [cell] = [cell for cell in worked.cells if "".join(cell["source"]) == f"check({name})"]
    return "".join(cell["outputs"][0]["data"]["text/plain"])


def execute(page, code):
    """Run code in the page's kernel. → what it prints"""
    return page.evaluate(f"""async code => {{
        const future = {PANEL}.sessionContext.session.kernel.requestExecute({{ code }}), said = [];
        future.onIOPub = message => said.push(message.content.text ?? message.content.evalue ?? "");
        await future.done;
        return said.join("");
    }}""", code)


def test_check_knows_right_and_wrong_and_stops_what_never_ends(worked):
    """Without signals and without threads, which a browser's kernel does not have."""
    assert verdict(worked, "weights_of_row") == "`weights_of_row` is right, on 5 inputs."
    assert "You multiplied by the temperature" in verdict(worked, "softmax_at")
    assert "had not finished after 2 seconds" in verdict(worked, "entropy")
    assert "not attempted yet" in verdict(worked, "softmax")


def test_progress_is_kept_in_the_browser(worked, address):
    """In a file beside the lesson, which `progress()` reads, and which is there when one comes back; nothing else is solved."""
    page = worked.page.context.new_page()
    page.goto(f"{address}lite/tree/index.html")
    page.wait_for_function("window.jupyterapp?.serviceManager.isReady")
    done = page.evaluate("""async () => {
        const file = await window.jupyterapp.serviceManager.contents.get(".attention_progress.json", { content: true });
        return JSON.parse(atob(file.content)).done;
    }""")
    assert done == ["weights_of_row"]
    page.close()
    said = execute(worked.page, "from course_lib import progress\nprint(progress())")
    assert f"Solved: 1 of {len(EXERCISES)} exercises." in said and "06 Softmax: 1 of 4 solved" in said


def test_every_control_of_an_explorer_moves_its_picture(worked):
    """By the keyboard: what the page then shows is what Python gives here for the same values."""
    box, explorer = explorers(worked)[0]
    shows(worked, box, explorer)
    for control in explorer.controls.values():
        PRESS[type(control).__name__](worked, box, control)
        shows(worked, box, explorer)


def test_what_takes_a_thread_elsewhere_runs_here_as_well(worked):
    """A training that is watched goes through all its steps, and then says so."""
    code = ["from course_lib.explorers.live import LiveTraining", "live = LiveTraining(n_steps=3)", "live.go_on()",
            "print(live.status.value)"]
    assert "All 3 steps are done" in execute(worked.page, "\n".join(code))


@contextmanager
def read_only(browser, address, name, **how):
    """A page with a lesson of which nothing is run yet."""
    with browser.new_context(**how) as context:
        page = context.new_page()
        page.set_default_timeout(240_000)
        page.goto(f"{address}lite/notebooks/index.html?path={name}")
        yield page


def scripts(cells):
    """How many outputs live by a script of their own."""
    return sum("<script" in output.get("data", {}).get("text/html", "") for cell in cells for output in cell.get("outputs", ()))


@pytest.mark.parametrize("name", study.lessons())
def test_every_lesson_is_there_without_what_is_to_be_predicted(chromium, address, name):
    """As study.py copies it, how to run it said first; the two that have no room in a browser say so, with all their outputs.
    Nothing is run yet, and all pictures that need no kernel live."""
    whole = name[:2] in TOO_LARGE
    with read_only(chromium, address, name) as page:
        cells = page.request.get(f"{address}lite/files/{name}").json()["cells"]
        original = study.course_file(f"notebooks/{name}", json.loads) if whole else study.to_study(name)
        original = nbformat.reads(json.dumps(original), as_version=4)["cells"]       # each text in one piece
        page.wait_for_function("count => document.querySelectorAll('[data-alive]').length === count", arg=scripts(original))
    notice = cells.pop(0)["source"] if name[:2].isdigit() else ""
    assert (TOO_LARGE[name[:2]] if whole else "Run All Above Selected Cell" * bool(notice)) in notice
    for cell in cells:
        cell["metadata"].pop("trusted", None)
    assert cells == original


def test_the_way_back_leads_to_the_site(chromium, address):
    """From a term to its entry in the glossary, from the first cell to the lesson's page, from the logo to the front page, by
    pointer and by keys; a link to another lesson stays here."""
    ways = {"a[href*='#score']": "glossary.html#score", "[href$='03_scores.html']": "03_scores.html",
            "#jp-NotebookLogo": "index.html", "a[href*='04_scaling']": "lite/tree/?path=04_scaling.ipynb"}
    with read_only(chromium, address, "03_scores.ipynb") as page:
        page.wait_for_selector("[data-alive]")
        for way, goal in ways.items():
            link = page.locator(way).first.element_handle()                     # its address changes
            for press in (link.click, partial(link.press, "Enter")):
                with page.context.expect_page() as opening:
                    press()
                opened = opening.value
                opened.wait_for_load_state()
                assert opened.url == address + goal
                if "#" in goal:
                    opened.wait_for_function("Math.abs(document.getElementById('score').getBoundingClientRect().top) < 200")
                opened.close()


def test_the_flow_can_be_read_on_a_phone(chromium, address):
    """Before it is run, at 360 pixels: no word in it is smaller than 12."""
    with read_only(chromium, address, "03_scores.ipynb", viewport={"width": 360, "height": 800}) as page:
        page.wait_for_selector("[data-alive] svg.course")
        size = """svg => Math.min(...[...svg.querySelectorAll("text")].map(
            text => parseFloat(getComputedStyle(text).fontSize) * svg.getScreenCTM().a))"""
        assert page.locator("[data-alive] svg.course").first.evaluate(size) >= 12


# What is fetched

LOCK = {name: {"file_name": f"{name}.whl", "sha256": hashlib.sha256(name.encode()).hexdigest()} for name in ("numpy", "pillow")}


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """A CDN on loopback, in a folder to fill, and a stand-in for the copies on PyPI, whose downloads are counted."""
    (tmp_path / "cdn").mkdir()
    monkeypatch.setattr(lite, "from_pyodide", lambda: LOCK)
    downloads = []

    def download(folder, *words):
        downloads.append(words)
        folder.mkdir()
        with zipfile.ZipFile(folder / "copies.whl", "w") as archive:
            for name in LOCK:
                archive.writestr(f"open_webui/frontend/pyodide/{name}.whl", name)

    monkeypatch.setattr(lite, "download", download)
    with served(tmp_path / "cdn") as address:
        monkeypatch.setattr(lite, "CDN", address)
        yield SimpleNamespace(cdn=tmp_path / "cdn", to=tmp_path / "fetched", downloads=downloads)


def test_what_the_cdn_has_is_taken_from_there(fetched):
    """Then nothing else is downloaded."""
    for name in LOCK:
        (fetched.cdn / f"{name}.whl").write_text(name, encoding="utf-8")
    lite.fetch_from_pyodide(fetched.to)
    assert {path.stem: path.read_text(encoding="utf-8") for path in fetched.to.iterdir()} == {name: name for name in LOCK}
    assert fetched.downloads == []


def test_what_the_cdn_has_not_is_taken_from_the_copies(fetched):
    """One download for all of it."""
    lite.fetch_from_pyodide(fetched.to)
    assert {path.stem: path.read_text(encoding="utf-8") for path in fetched.to.iterdir()} == {name: name for name in LOCK}
    assert len(fetched.downloads) == 1


def test_another_file_under_the_same_name_is_refused(fetched):
    """Whoever sends it, the lock's hash decides."""
    (fetched.cdn / "numpy.whl").write_bytes(b"not NumPy")
    with pytest.raises(ValueError, match="numpy.whl has the SHA-256"):
        lite.fetch_from_pyodide(fetched.to)


def test_what_is_fetched_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    """After a failure the next try begins anew; after a success nothing is fetched again."""
    def fail(folder):
        folder.mkdir()
        (folder / "half").touch()
        raise OSError

    monkeypatch.setattr(lite, "KEPT", tmp_path)
    with pytest.raises(OSError):
        lite.kept("wheels", fail)
    assert not list(tmp_path.iterdir())
    lite.kept("wheels", Path.mkdir)
    assert lite.kept("wheels", None) == tmp_path / "wheels"
