"""The system's Chromium: it prints the hand-outs, and the browser tests look with it."""
import os
import shutil
from contextlib import contextmanager

FLAGS = ("--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
         "--disable-component-update --disable-sync").split()


@contextmanager
def chromium():
    """Chromium, Chrome or what the variable CHROMIUM names. Raises FileNotFoundError if there is none."""
    from playwright.sync_api import sync_playwright
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise FileNotFoundError(f"none of {', '.join(names)} is installed; on Debian and Ubuntu: sudo apt-get install chromium; "
                                "or set CHROMIUM to the path of one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
