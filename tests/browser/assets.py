"""The two files of the npm registry that an exported page asks for, fetched once, checked, and kept beside the packages.

Run before the browser tests: `python -m tests.browser.assets`.
"""
import base64
import hashlib
import io
import sys
import tarfile
import urllib.request
from pathlib import Path

KEPT = Path(sys.prefix) / "share" / "course_browser_tests"
FILES = {                        # name → address, file in the package, SHA-512 of the package as npm gives it
    "embed-amd.js": ("https://registry.npmjs.org/@jupyter-widgets/html-manager/-/html-manager-1.0.15.tgz",
                     "package/dist/embed-amd.js",
                     "5thBIV6ymNgmPVOHvzx+gGy8ZSKmSazhtGw4/c4xJDVzRhG9PTeQsRjF3FUTopvFi//SABeNz1yp47bCrJ3CQA=="),
    "require.js": ("https://registry.npmjs.org/requirejs/-/requirejs-2.3.8.tgz",
                   "package/require.js",
                   "7/cTSLOdYkNBNJcDMWf+luFvMriVm7eYxp4BcFCsAX0wF421Vyce5SXP17c+Jd5otXKGNehIonFlyQXSowL6Mw==")}


def asset(name):
    """The bytes of one of FILES; fetched if they are not there yet. Raises ValueError if they are not what they should be."""
    kept = KEPT / name
    if not kept.exists():
        address, member, integrity = FILES[name]
        with urllib.request.urlopen(address, timeout=60) as answer:
            package = answer.read()
        found = base64.b64encode(hashlib.sha512(package).digest()).decode()
        if found != integrity:
            raise ValueError(f"{address} has the SHA-512 {found}, and {integrity} was expected")
        KEPT.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(tarfile.open(fileobj=io.BytesIO(package)).extractfile(member).read())
    return kept.read_bytes()


if __name__ == "__main__":
    for name in FILES:
        print(f"{name}: {len(asset(name))} bytes")
