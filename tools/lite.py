"""Build JupyterLite, in which the lessons run in the reader's browser, into the site: `python -m tools.lite`.

build/site/lite      the lessons as study.py copies them, JupyterLab, and a kernel: Python, NumPy and Matplotlib as WebAssembly,
                     the wheels of site/kernel.txt, and course_lib. All of it is served by the site, nothing by another host.

The WebAssembly comes from Pyodide: its npm package has Python and a lock, and what that lock names comes from Pyodide's own
CDN, or, where that cannot be reached, from a package on PyPI that ships unchanged copies. The lock's hashes decide.
"""
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import chdir
from email.parser import HeaderParser
from pathlib import Path

import study
from teach.assets import KEPT, package

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "site" / "lite"
PYODIDE = "pyodide-314.0.3"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE.rpartition('-')[2]}/full/"
COPIES = "open-webui==0.12.4"                           # 106 MB, of which 12 are the copies
WHEELS = ROOT / "site" / "kernel.txt"
EXTENSIONS = "@jupyter-widgets/jupyterlab-manager", "anywidget", "@jupyterlite/pyodide-kernel-extension"
# What Pyodide is asked for, and what the kernel loads before it answers; all else is loaded by the first import that needs it.
FROM_PYODIDE = "numpy", "matplotlib", "micropip"
AT_THE_START = "micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython"
SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
            "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True}}


# What the kernel is made of

def plain(name):
    """A package's name as indexes compare it."""
    return re.sub("[-_.]+", "-", name).lower()


def from_pyodide():
    """Name → what Pyodide's lock says of it, for what the course takes from there and all that this needs."""
    lock = json.loads((package(PYODIDE) / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    lock, wanted, found = {plain(name): entry for name, entry in lock.items()}, list(FROM_PYODIDE), {}
    while wanted:
        name = plain(wanted.pop())
        found[name] = lock[name]
        wanted += [needed for needed in lock[name]["depends"] if plain(needed) not in found]
    return found


def kept(name, fill):
    """The folder `name` among the kept packages; filled by `fill(folder)` if it is not there yet, whole or not at all."""
    folder = KEPT / name
    if not folder.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as fetched:
            fill(Path(fetched) / "fetched")
            (Path(fetched) / "fetched").rename(folder)
    return folder


def fetch_pyodide(folder):
    """Pyodide's wheels of the course, from its CDN or from the copies on PyPI. Raises ValueError if one is not what it should be."""
    folder.mkdir()
    entries, copies = from_pyodide().values(), None
    for entry in entries:
        try:
            with urllib.request.urlopen(CDN + entry["file_name"], timeout=60) as answer:
                content = answer.read()
        except urllib.error.URLError:
            copies = copies or downloaded_copies(folder.parent)
            content = copies.read(f"open_webui/frontend/pyodide/{entry['file_name']}")
        found = hashlib.sha256(content).hexdigest()
        if found != entry["sha256"]:
            raise ValueError(f"{entry['file_name']} has the SHA-256 {found}, and {entry['sha256']} was expected")
        (folder / entry["file_name"]).write_bytes(content)


def downloaded_copies(folder):
    """The package on PyPI that ships copies of Pyodide's wheels, as an open archive."""
    download(folder / "copies", COPIES, "--ignore-requires-python")
    return zipfile.ZipFile(next((folder / "copies").iterdir()))


def fetch_wheels(folder):
    """The wheels of site/kernel.txt."""
    download(folder, "--requirement", str(WHEELS), "--require-hashes", "--python-version=3.14")


def download(folder, *words):
    """Let pip fetch wheels into a folder, without what they need. Raises CalledProcessError after its own words."""
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--only-binary=:all:", f"--dest={folder}", *words], check=True, cwd=ROOT)


def course_wheel(folder):
    """Build course_lib's wheel into a folder; → its path."""
    from flit_core.buildapi import build_wheel
    with chdir(ROOT):                                   # flit reads the pyproject.toml of the folder in which it runs
        return folder / build_wheel(folder)


def kernel(folder):
    """Write all that the kernel loads into one folder, with a lock that says what each import needs."""
    shutil.copytree(package(PYODIDE), folder)
    ours = kept(f"{PYODIDE}-wheels", fetch_pyodide)
    pure = kept("kernel-" + hashlib.sha256(WHEELS.read_bytes()).hexdigest()[:12], fetch_wheels)
    shims = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / EXTENSIONS[-1] / "static" / "pypi"
    names = "piplite", "ipykernel", "pyodide_kernel"
    for wheel in [*ours.iterdir(), *pure.iterdir(), *(path for name in names for path in shims.glob(f"{name}-*.whl"))]:
        shutil.copy(wheel, folder)
    course_wheel(folder)
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    packages = from_pyodide()
    there = {plain(path.name.partition("-")[0]): path for path in folder.glob("*.whl")}
    packages |= {name: entry(path, there) for name, path in there.items() if name not in packages}
    (folder / "pyodide-lock.json").write_text(json.dumps(lock | {"packages": packages}), encoding="utf-8")


def entry(wheel, there):
    """What the lock says of a wheel: where it is, its hash, the modules in it, and which of the others it needs."""
    archive = zipfile.ZipFile(wheel)
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    says = HeaderParser().parsestr(archive.read(metadata).decode())
    modules = {name.partition("/")[0].removesuffix(".py") for name in archive.namelist() if name.endswith(".py")}
    needs = [plain(re.match(r"[\w.-]+", line)[0]) for line in says.get_all("Requires-Dist", []) if "extra ==" not in line]
    return {"name": plain(says["Name"]), "version": says["Version"], "file_name": wheel.name, "install_dir": "site",
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(), "package_type": "package",
            "imports": sorted(modules), "depends": [name for name in needs if name in there]}


# The pages

def contents(folder):
    """The lessons as a reader studies them: what is to be predicted is not shown yet."""
    folder.mkdir()
    for name in study.lessons():
        text = json.dumps(study.to_study(name), indent=1, ensure_ascii=False)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def configure(folder):
    """JupyterLite's own two files of settings."""
    kernel = {"loadPyodideOptions": {"packages": list(AT_THE_START)}}
    config = {"appName": "Attention from nothing", "exposeAppInBrowser": True,
              "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel}}
    (folder / "jupyter-lite.json").write_text(json.dumps({"jupyter-lite-schema-version": 0, "jupyter-config-data": config}),
                                              encoding="utf-8")
    (folder / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")


def build(target):
    """JupyterLite with the lessons, whole, into the folder `target`. Raises CalledProcessError if JupyterLite cannot build it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contents(folder / "lessons")
        configure(folder)
        kernel(folder / "static" / "pyodide")
        extensions = [str(Path(sys.prefix) / "share" / "jupyter" / "labextensions" / name) for name in EXTENSIONS]
        command = [sys.executable, "-m", "jupyter", "lite", "build", "--no-sourcemaps", "--no-unused-shared-packages",
                   "--ignore-sys-prefix", "--apps=lab", "--contents=lessons", "--output-dir=out",
                   *(f"--LiteBuildConfig.federated_extensions={path}" for path in extensions)]
        subprocess.run(command, check=True, cwd=folder)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / "out", target)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    began = time.monotonic()
    build(BUILD)
    size = sum(path.stat().st_size for path in BUILD.rglob("*") if path.is_file())
    print(f"{BUILD.relative_to(ROOT)}: {size / 1e6:.0f} MB, {time.monotonic() - began:.0f} s")
