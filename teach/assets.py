"""The files of npm packages that decks, hand-outs and exported pages need offline: fetched once, and checked.

`python -m teach.assets` fetches them all.
"""
import base64
import hashlib
import io
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

KEPT = Path(sys.prefix) / "share" / "course_assets"
MATHJAX = ("MathJax.js", "config/TeX-AMS_CHTML-full.js", "config/Safe.js", "extensions/", "jax/input/TeX/", "jax/element/",
           "jax/output/CommonHTML/", "fonts/HTML-CSS/TeX/woff/")
# Package and version → the SHA-512 that npm gives, and what is taken from it. nbconvert's decks work with reveal.js 4 and
# MathJax 2; with reveal.js 5 the window of the speaker's notes stays empty.
PACKAGES = {
    "reveal.js-4.6.1": ("1CW0auaXNPmwmvQ7TwpszwVxMi2Xr5cTS3J3EBC/HHgbPF32Dn7aiu/LKWDOGjMbaDwKQiGmfqcoGQ74HUHCMw==",
                        ("dist/reveal.css", "dist/reveal.js", "dist/theme/white.css", "dist/theme/fonts/source-sans-pro/",
                         "plugin/notes/notes.js", "LICENSE")),
    "mathjax-2.7.9": ("NOGEDTIM9+MrsqnjPEjVGNx4q0GQxqm61yQwSK+/5S59i26wId5IC5gNu9/bu8+CCVl5p9G2IHcAl/wJa+5+BQ==", MATHJAX),
    "requirejs-2.3.8": ("7/cTSLOdYkNBNJcDMWf+luFvMriVm7eYxp4BcFCsAX0wF421Vyce5SXP17c+Jd5otXKGNehIonFlyQXSowL6Mw==",
                        ("require.js",)),
    "@jupyter-widgets/html-manager-1.0.15": (
        "5thBIV6ymNgmPVOHvzx+gGy8ZSKmSazhtGw4/c4xJDVzRhG9PTeQsRjF3FUTopvFi//SABeNz1yp47bCrJ3CQA==",
        ("dist/embed-amd.js",)),
    "katex-0.19.1": ("jG8uKntjSEcm2EpQOh0XturpPuuC9r3Sq5HLHdsFdWZT27E672SF19QEi+of0/YeOy15lDgRhKvr5614uRrEfA==",
                     ("dist/katex.min.js", "dist/katex.min.css", "dist/fonts/", "LICENSE")),
    "pyodide-314.0.3": ("sK40My6m8tmBUYtYH9au9rXUeh9x0wfahtHdOlGmJxZDsKBGKtP6KznyFB2+u/klbQTdDionR0uaVd176zVQzQ==",
                        ("pyodide.mjs", "pyodide.asm.", "pyodide-lock.json", "python_stdlib.zip"))}


def package(name):
    """The folder with a package's files; fetched if it is not there yet.

    Raises OSError if it cannot be fetched, ValueError if what comes is not what npm published under that version.
    """
    folder = KEPT / name
    if not folder.exists():
        address = f"https://registry.npmjs.org/{name.rpartition('-')[0]}/-/{name.rpartition('/')[2]}.tgz"
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                archive = answer.read()
        except urllib.error.URLError as error:
            raise OSError(f"{address} cannot be fetched: {error.reason}") from error
        integrity, wanted = PACKAGES[name]
        found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
        if found != integrity:
            raise ValueError(f"{address} has the SHA-512 {found}, and {integrity} was expected")
        fetched = folder.with_name(folder.name + " fetched")          # so that an interrupted run leaves no half package
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            for member in tar:
                path = member.name.partition("/")[2]
                if member.isfile() and path.startswith(wanted):
                    (fetched / path).parent.mkdir(parents=True, exist_ok=True)
                    (fetched / path).write_bytes(tar.extractfile(member).read())
        fetched.rename(folder)
    return folder


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    for name in PACKAGES:
        print(package(name))
