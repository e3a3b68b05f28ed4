"""The system's Chromium: it prints the hand-outs, and the browser tests look with it."""
import os
import shutil
from contextlib import contextmanager

FLAGS = ("--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
         "--disable-component-update --disable-sync").split()


@contextmanager
def chromium():
    """What the variable CHROMIUM names, else Chromium, else Chrome. Raises FileNotFoundError if none of them starts."""
    from playwright.sync_api import Error, sync_playwright
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        try:                                            # Playwright knows where Chrome lies on each system
            browser = playwright.chromium.launch(executable_path=path, channel=None if path else "chrome", args=FLAGS)
        except Error as error:
            failed = f"{path} cannot be started" if path else "neither Chromium nor Chrome is installed"
            raise FileNotFoundError(f"{failed}; on Debian and Ubuntu: sudo apt-get install chromium; "
                                    "or set CHROMIUM to the path of one") from error
        yield browser
        browser.close()
