"""Firefox and WebKitGTK with the names of Playwright, as far as these tests need them, so that one test runs in every engine.

Both engines understand the commands of the W3C's WebDriver: Firefox on its own socket (Marionette), WebKitGTK through the
program WebKitWebDriver, on a screen that is not there (Xvfb). What is looked for in a page is found by find.js. Every command
has a time limit. Uncaught errors and addresses that were asked for are told when a page is closed.
"""
import base64
import io
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

from PIL import Image

FIND = (Path(__file__).parent / "find.js").read_text(encoding="utf-8")
LIMIT = 60                                                 # seconds for a command, and for an element to appear
KEYS = {"Enter": "\ue007", "Tab": "\ue004", "Space": " ", "Delete": "\ue017", "Home": "\ue011", "End": "\ue010",
        "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015", "Escape": "\ue00c",
        "Shift": "\ue008", "Control": "\ue009", "ControlOrMeta": "\ue009"}
# WebKitGTK's window is as wide as its buttons at least: smaller ones, for pages as narrow as a telephone.
SMALL = "* { font-size: 1px; min-width: 0; min-height: 0; padding: 0; margin: 0; border: none; -gtk-icon-transform: scale(0.1); }"
CAPABILITIES = {"pageLoadStrategy": "none", "unhandledPromptBehavior": "dismiss and notify"}
# Quiet: no page of greeting, no question whether to leave a page, nothing asked of Mozilla.
PREFERENCES = {"app.update.enabled": False, "browser.aboutwelcome.enabled": False, "browser.shell.checkDefaultBrowser": False,
               "browser.startup.homepage_override.mstone": "ignore", "browser.startup.page": 0, "browser.tabs.warnOnClose": False,
               "datareporting.policy.dataSubmissionEnabled": False, "dom.disable_beforeunload": True,
               "extensions.update.enabled": False, "marionette.port": 0, "network.captive-portal-service.enabled": False,
               "network.connectivity-service.enabled": False, "services.settings.server": "data:,",
               "toolkit.legacyUserProfileCustomizations.stylesheets": True, "toolkit.telemetry.enabled": False}


class Failed(Exception):
    """A command that the browser refused, with its words."""


class Marionette:
    """Firefox's own socket: a message is its length, a colon, and [0, number, command, parameters] in JSON."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), LIMIT)
        self.stream, self.number = self.socket.makefile("rb"), 0
        self.read()                                         # who is there

    def read(self):
        size = b""
        while (byte := self.stream.read(1)) != b":":
            size += byte
        return json.loads(self.stream.read(int(size)))

    def __call__(self, command, **parameters):
        self.number += 1
        message = json.dumps([0, self.number, f"WebDriver:{command}", parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self.read()
        if error:
            raise Failed(f"{command}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and result.keys() == {"value"} else result


class OverHttp:
    """The same commands as WebKitWebDriver takes them: each has an address below that of the session."""
    ADDRESSES = {"NewWindow": "window/new", "SwitchToWindow": "window", "CloseWindow": "window", "GetWindowHandle": "window",
                 "Navigate": "url", "ExecuteScript": "execute/sync", "PerformActions": "actions", "ReleaseActions": "actions",
                 "SetWindowRect": "window/rect", "TakeScreenshot": "screenshot", "SetTimeouts": "timeouts", "DeleteSession": ""}
    METHODS = {"CloseWindow": "DELETE", "ReleaseActions": "DELETE", "DeleteSession": "DELETE", "TakeScreenshot": "GET",
               "GetWindowHandle": "GET"}

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}/session"

    def __call__(self, command, **parameters):
        address = self.address if command == "NewSession" else f"{self.address}/{self.ADDRESSES[command]}".rstrip("/")
        method = self.METHODS.get(command, "POST")
        data = json.dumps(parameters).encode() if method == "POST" else None
        request = urllib.request.Request(address, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=LIMIT) as answer:
                value = json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            told = json.loads(error.read())["value"]
            raise Failed(f"{command}: {told['error']}: {told['message']}") from None
        if command == "NewSession":
            self.address += f"/{value['sessionId']}"
        return value


def within(seconds, attempt):
    """What `attempt` returns as soon as it is not None and raises no OSError."""
    end = time.monotonic() + seconds
    while True:
        try:
            found = attempt()
        except OSError:
            found = None
        if found is not None:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {attempt.__doc__ or attempt}")
        time.sleep(0.02)


@contextmanager
def started(*command, **environment):
    """A program that runs until it is left."""
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "env": {**os.environ, **environment}}
    with subprocess.Popen(command, **how) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def program(*names):
    """The first of the programs that is installed."""
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        raise FileNotFoundError(f"{names[0]} is not installed; on Debian and Ubuntu: "
                                "sudo apt-get install firefox-esr webkit2gtk-driver xvfb")
    return found


@contextmanager
def firefox(dark=False):
    """Firefox ESR, or another Firefox, without a window."""
    with tempfile.TemporaryDirectory() as home:
        wanted = {**PREFERENCES, "layout.css.prefers-color-scheme.content-override": 0 if dark else 1}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in wanted.items()]
        (Path(home) / "user.js").write_text("\n".join(lines), encoding="utf-8")
        (Path(home) / "chrome").mkdir()                     # Firefox's window, too, has a least width of its own
        (Path(home) / "chrome" / "userChrome.css").write_text("* { min-width: 0 !important }", encoding="utf-8")
        active = Path(home) / "MarionetteActivePort"
        with started(program("firefox-esr", "firefox"), "-headless", "-marionette", "-no-remote", "-profile", home, HOME=home):
            port = within(LIMIT, lambda: int(active.read_text(encoding="utf-8") or 0) or None)
            send = within(LIMIT, lambda: Marionette(port))
            send("NewSession", capabilities={"alwaysMatch": CAPABILITIES})
            yield Browser(send, firefox)
            send("DeleteSession")


@contextmanager
def webkit(dark=False):
    """WebKitGTK's own small browser, on a screen of its own."""
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        style = Path(home) / ".config" / "gtk-3.0" / "gtk.css"
        style.parent.mkdir(parents=True)
        style.write_text(SMALL, encoding="utf-8")
        # Without a window manager the window below the middle of the screen has the focus: so the screen is a small one.
        screen = stack.enter_context(started(program("Xvfb"), "-displayfd", "1", "-screen", "0", "600x400x24"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {"DISPLAY": f":{int(screen.stdout.readline())}", "GDK_BACKEND": "x11", "HOME": home,
                       "XDG_RUNTIME_DIR": home, "GTK_THEME": "Adwaita:dark" if dark else "Adwaita", "NO_AT_BRIDGE": "1",
                       "LIBGL_ALWAYS_SOFTWARE": "1", "WEBKIT_DISABLE_DMABUF_RENDERER": "1"}
        stack.enter_context(started(program("WebKitWebDriver"), f"--port={port}", **environment))
        within(LIMIT, lambda: socket.create_connection(("127.0.0.1", port), 5).close() or True)
        send = OverHttp(port)
        send("NewSession", capabilities={"alwaysMatch": CAPABILITIES})
        yield Browser(send, webkit)
        send("DeleteSession")


class Browser:
    """A browser, in which each page is a window."""

    def __init__(self, send, start):
        self.send, self.start = send, start
        send("SetTimeouts", script=LIMIT * 1000, pageLoad=LIMIT * 1000)

    def new_page(self, viewport=None):
        return Page(self, viewport or {"width": 1280, "height": 720})

    def new_context(self, viewport=None, color_scheme=None, reduced_motion=None):
        """Where a page is opened; on a dark machine, if that is asked for: this is another browser. Motion is as it is."""
        context = ExitStack()
        browser = context.enter_context(self.start(dark=True)) if color_scheme == "dark" else self

        def new_page():
            page = browser.new_page(viewport)
            context.callback(page.close)
            return page
        return SimpleNamespace(new_page=new_page, close=context.close)


class Page:
    """A page: what Playwright's has under the same names."""

    def __init__(self, browser, viewport):
        self.send, self.heard, self.routes = browser.send, {}, []
        self.handle = self.send("NewWindow", type="window")["handle"]
        self.send("SwitchToWindow", handle=self.handle)
        self.keyboard, self.mouse, self.limit = Keyboard(self), Mouse(self), LIMIT
        self.set_viewport_size(viewport)

    def on(self, event, act):
        self.heard.setdefault(event, []).append(act)

    def route(self, matches, act):
        self.routes.append((matches, act))

    def set_default_timeout(self, milliseconds):
        self.limit = milliseconds / 1000

    def goto(self, address):
        self.send("Navigate", url=address)
        within(self.limit, lambda: self.arrived(address))
        within(self.limit, lambda: self.run("return document.readyState === 'complete' || null"))

    def arrived(self, address):
        """Listen to the errors of a new page from its beginning; → None as long as the one before is there."""
        try:
            return self.run("return location.href === args[0] || !document.documentElement ? null : listen() ?? true",
                            None if address == "about:blank" else "about:blank")
        except Failed:                                      # the page went while it was asked
            return None

    def wait_for_load_state(self, state, timeout=None):
        """Nothing more: `goto` has waited."""

    def set_content(self, html):
        self.run("document.open(); listen(); document.write(args[0]); document.close()", html)

    def set_viewport_size(self, size):
        outer, inner = self.evaluate("[[outerWidth, outerHeight], [innerWidth, innerHeight]]")
        wide, high = (a + b - c for a, b, c in zip(size.values(), outer, inner, strict=True))
        self.send("SetWindowRect", width=wide, height=high)
        self.wait_for_function(f"innerWidth === {size['width']} && innerHeight === {size['height']}")

    def run(self, body, *args):
        """The body of a JavaScript function, which knows what find.js has, run in the page; → what it returns."""
        return self.send("ExecuteScript", script=f"const args = [...arguments];\n{FIND}\n{body}", args=list(args))

    def evaluate(self, expression, argument=None):
        return self.run("return call(window.eval(args[0]), args[1])", expression, argument)

    def wait_for_function(self, expression):
        within(self.limit, lambda: self.evaluate(expression) or None)

    def wait_for_timeout(self, milliseconds):
        time.sleep(milliseconds / 1000)

    def wait_for_selector(self, css):
        self.locator(css).first.wait_for()

    def add_style_tag(self, content):
        self.run("document.head.append(Object.assign(document.createElement('style'), { textContent: args[0] }))", content)

    def content(self):
        return self.evaluate("document.documentElement.outerHTML")

    def focus(self, css):
        self.locator(css).focus()

    def screenshot(self):
        """The visible part as PNG. WebKitGTK takes a picture only while something moves: the caret of a field nobody sees."""
        self.run("const field = Object.assign(document.createElement('input'), { id: 'caret' }); "
                 "field.style = 'position: fixed; opacity: 0'; document.body.append(field); field.focus({ preventScroll: true })")
        picture = self.send("TakeScreenshot", full=False)
        self.run("document.getElementById('caret').remove()")
        return base64.b64decode(picture)

    def close(self):
        for error in self.evaluate("window.uncaught ?? []"):
            for act in self.heard.get("pageerror", ()):
                act(error)
        for address in self.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)"):
            request = SimpleNamespace(url=address)
            for act in self.heard.get("request", ()):
                act(request)
            for matches, act in self.routes:
                if matches(address):
                    act(SimpleNamespace(request=request, abort=lambda: None))
        self.send("ReleaseActions")
        left = self.send("CloseWindow")
        self.send("SwitchToWindow", handle=left[0])

    def locator(self, css, has_text=None):
        return Locator(self, []).locator(css, has_text)

    def __getattr__(self, name):
        if name.startswith("get_by_"):
            return getattr(Locator(self, []), name)
        raise AttributeError(f"{name} is not among what these tests need of Playwright's page; write it into webdriver.py")


class Locator:
    """How elements are found, step by step; what one does with them waits until there is one."""

    def __init__(self, page, steps):
        self.page, self.steps = page, steps

    def then(self, kind, **how):
        return Locator(self.page, [*self.steps, {"kind": kind, **how}])

    def locator(self, css, has_text=None):
        found = self.then("css", css=css)
        return found.then("has text", text=has_text) if has_text else found

    def get_by_role(self, role, name=None, exact=False):
        return self.then("role", role=role, **wanted(name, exact))

    def get_by_text(self, text, exact=False):
        return self.then("text", **wanted(text, exact))

    def get_by_label(self, text, exact=False):
        return self.then("label", **wanted(text, exact))

    def or_(self, other):
        return self.then("or", other=other.steps)

    def nth(self, index):
        return self.then("nth", index=index)

    @property
    def first(self):
        return self.nth(0)

    def all(self):
        return [self.nth(i) for i in range(self.count())]

    def run(self, body, *args):
        """As Page.run, with the elements as `found` and the arguments from args[1]."""
        return self.page.run(f"const found = find(args[0]);\n{body}", self.steps, *args)

    def evaluate_all(self, function):
        return self.run("return window.eval(args[1])(found)", function)

    def count(self):
        return self.run("return found.length")

    def all_inner_texts(self):
        return self.evaluate_all("all => all.map(one => one.innerText)")

    def all_text_contents(self):
        return self.evaluate_all("all => all.map(one => one.textContent)")

    def is_visible(self):
        return self.run("return found.some(shown)")

    def evaluate(self, function, argument=None):
        """Of the one element that there is; raises Failed if there are several."""
        return self.once("return [window.eval(args[1])(only(found), args[2])]", function, argument)[0]

    def wait_for(self):
        self.once("return found.some(shown)")

    def once(self, body, *args):
        """As `run`, as soon as there is an element and what comes back is true."""
        body = f"return found.length ? (() => {{ {body} }})() : null"
        try:
            return within(self.page.limit, lambda: self.run(body, *args) or None)
        except TimeoutError:
            raise TimeoutError(f"nothing was found by {self.steps} in {self.page.limit} s") from None

    def is_disabled(self):
        return self.evaluate("one => one.disabled")

    def text_content(self):
        return self.evaluate("one => one.textContent")

    def inner_text(self):
        return self.evaluate("one => one.innerText")

    def inner_html(self):
        return self.evaluate("one => one.innerHTML")

    def input_value(self):
        return self.evaluate("one => one.value")

    def get_attribute(self, name):
        return self.evaluate("(one, name) => one.getAttribute(name)", name)

    def bounding_box(self):
        return self.evaluate("one => one.getBoundingClientRect().toJSON()")

    def screenshot(self):
        """The part of the page's picture that the element takes, as PNG."""
        box, png = self.bounding_box(), io.BytesIO()
        corners = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
        Image.open(io.BytesIO(self.page.screenshot())).crop(tuple(map(round, corners))).save(png, "png")
        return png.getvalue()

    def scroll_into_view_if_needed(self):
        self.once("reveal(only(found)); return true")

    def focus(self):
        self.evaluate("one => one.focus()")

    def press(self, key):
        self.focus()
        self.page.keyboard.press(key)

    def hover(self, position=None):
        """The pointer over the element's middle, or at a place in it, once nothing else lies above it."""
        place = [position["x"], position["y"]] if position else None
        self.page.mouse.move(*self.once("return aim(only(found), args[1])", place))

    def click(self, position=None):
        self.hover(position)
        self.page.mouse.down()
        self.page.mouse.up()


def wanted(text, exact):
    """A name that is looked for, as find.js takes it."""
    if isinstance(text, re.Pattern):
        return {"pattern": text.pattern}
    return {"text": text, "exact": exact}


class Keyboard:
    """Keys, one after the other."""

    def __init__(self, page):
        self.page = page

    def send(self, *keys):
        actions = [{"type": kind, "value": value} for kind, value in keys]
        self.page.send("PerformActions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def press(self, combination):
        keys = [KEYS.get(key, key) for key in combination.split("+")]
        self.send(*(("keyDown", key) for key in keys), *(("keyUp", key) for key in reversed(keys)))

    def type(self, text):
        self.send(*((kind, letter) for letter in text for kind in ("keyDown", "keyUp")))


class Mouse:
    """A pointer that stays where it was moved."""

    def __init__(self, page):
        self.page, self.at = page, (0, 0)

    def send(self, *actions):
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": list(actions)}
        self.page.send("PerformActions", actions=[pointer])

    def move(self, x, y, steps=1):
        (a, b), self.at = self.at, (x, y)
        places = [(a + (x - a) * k / steps, b + (y - b) * k / steps) for k in range(1, steps + 1)]
        self.send(*({"type": "pointerMove", "duration": 0, "x": round(p), "y": round(q)} for p, q in places))

    def down(self):
        self.send({"type": "pointerDown", "button": 0})

    def up(self):
        self.send({"type": "pointerUp", "button": 0})

    def click(self, x, y):
        self.move(x, y)
        self.down()
        self.up()
