"""A real Jupyter server with JupyterLab and Notebook 7, and a real Chromium: loopback only, and gone when they are left."""
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import psutil

from nbval_plugin import is_left_out

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = [path for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")) if not is_left_out(path)]
APPS = {"lab": "doc/tree/{}?reset&token={}", "notebook 7": "notebooks/{}?token={}"}
SETTINGS = {"apputils-extension/notification": {"fetchNews": "false"}, "notebook-extension/tracker": {"windowingMode": "none"}}
# Notebook 7 throws these itself while it starts, on an empty notebook too, the first in the words of each engine. anywidget
# says the last where a widget takes more than 2 s, as on a busy machine; one that never comes fails a test of its own.
KNOWN = ("reading 'schema'", 'access property "schema"', ".schema')", "'filebrowser:open-path' not registered",
         "[anywidget] Failed to initialize model")


@contextmanager
def jupyter(home):
    """A Jupyter server on a copy of the notebooks, with every directory that it knows in `home`."""
    shutil.copytree(ROOT / "notebooks", home / "work", ignore=shutil.ignore_patterns(".*"))
    for name, setting in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(setting), encoding="utf-8")
    places = {"HOME": "", "IPYTHONDIR": "ipython", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
              "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
    environment = {**os.environ, **{name: str(home / folder) for name, folder in places.items()},
                   "COURSE_LIB_NO_PROGRESS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token, log = secrets.token_hex(), home / "log"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
               "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={home / 'work'}"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    server = SimpleNamespace(address=f"http://127.0.0.1:{port}/", token=token, work=home / "work", process=process)
    try:
        wait(lambda: answers(server), 60, f"the server did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
        yield server
    finally:
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.terminate()
        process.wait(30)
        _, left = psutil.wait_procs(family, timeout=30)
        for survivor in left:
            survivor.kill()
        assert not left, f"the server left processes behind: {left}"


class opened:
    """A page with a notebook in an app, its kernel ready. In the end it must have thrown no error and asked no stranger."""

    def __init__(self, browser, server, app, path):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.server, self.app, self.path, self.errors, self.strangers = server, app, path, [], []

    def __enter__(self):
        page = self.context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: (self.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.route(lambda address: not address.startswith((self.server.address, "data:", "blob:")),
                   lambda route: (self.strangers.append(route.request.url), route.abort()))
        page.goto(self.server.address + APPS[self.app].format(self.path.name, self.server.token))
        page.wait_for_selector(".jp-Notebook .jp-MarkdownOutput")
        wait(lambda: ready(self.server, self.path), 60, "no kernel", page)
        return page

    def __exit__(self, kind, *_):
        self.context.close()
        for session in ask(self.server, "api/sessions"):
            ask(self.server, f"api/sessions/{session['id']}", "DELETE")
        if kind is None:
            unknown = [error for error in self.errors if not any(known in error for known in KNOWN)]
            assert unknown == self.strangers == [], (unknown, self.strangers)


# A model as anywidget gives it to a widget's JavaScript, without a kernel and without Jupyter.
MODEL = """async ([source, state]) => {
    const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const listeners = [];
    window.model = { get: name => state[name], save_changes() {}, on: (_, f) => listeners.push(f), off() {}, send() {},
                     set(name, value) { state[name] = value; listeners.forEach(f => f()); } };
    document.body.innerHTML = "<div id=widget></div>";
    module.default.render({ model, el: document.getElementById("widget") });
}"""


@contextmanager
def bare(browser, script, state):
    """One of the library's JavaScript files with its model in an empty page."""
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("about:blank")
    page.evaluate(MODEL, [(ROOT / "course_lib" / "explorers" / script).read_text(encoding="utf-8"), state])
    yield page
    page.close()
    assert errors == []


def swipe(page, *places):
    """A finger that goes down on a page of Chromium, from place to place, rests, so that nothing rolls on, and goes up."""
    told = page.context.new_cdp_session(page)
    way = [(x + (to_x - x) * s / 8, y + (to_y - y) * s / 8) for (x, y), (to_x, to_y) in pairwise(places) for s in range(9)]
    for kind, points in (("touchStart", places[:1]), *(("touchMove", [point]) for point in way), ("touchEnd", [])):
        page.wait_for_timeout(100 if kind == "touchEnd" else 16)
        told.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})
    page.wait_for_timeout(100)


def run_all(page):
    """Run, Run All Cells; → when the last cell has run."""
    page.evaluate("document.querySelectorAll('.jp-OutputArea-output').forEach(output => { output.dataset.committed = true; })")
    page.locator(".lm-MenuBar-item", has_text="Run").click()
    page.locator(".lm-Menu-item", has_text="Run All Cells").first.click()
    waiting = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].filter(prompt => prompt.textContent.includes('*'))"
    wait(lambda: page.evaluate(f"!document.querySelector('[data-committed]') && {waiting}.length === 0"), 120,
         "Run All did not end", page)


def wait(condition, seconds, failure, page=None):
    """Until the condition holds. The page, if there is one, goes on meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, failure() if callable(failure) else failure
        page.wait_for_timeout(50) if page else time.sleep(0.05)


def ask(server, path, method="GET"):
    """The server's answer to a request of its own interface."""
    request = urllib.request.Request(server.address + path, method=method, headers={"Authorization": f"token {server.token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


def answers(server):
    """Whether the server is up; stops waiting if it has ended."""
    assert server.process.poll() is None, "the server ended while it started"
    try:
        return bool(ask(server, "api"))
    except OSError:
        return False


def ready(server, path):
    """Whether the notebook's kernel is idle and the page connected to it: before that, Run All is silently lost."""
    kernels = [session["kernel"] for session in ask(server, "api/sessions") if session["path"] == path.name]
    return any(kernel["execution_state"] == "idle" and kernel["connections"] for kernel in kernels)
