"""What a class costs: a real JupyterHub on loopback, first one learner, then as many as fit, who press Run All at once.

`python -m tools.benchmark_class [learners]`; without a number, as many as fit into 70 % of the free memory, as the first
learner's needs tell. It runs on Linux, which can tell shared memory from one's own, and needs jupyterhub in the same
environment and configurable-http-proxy on the PATH (npm).
"""
import asyncio
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from statistics import mean

import nbformat
import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest
from tornado.websocket import websocket_connect

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("[0-9]*.ipynb"))
GIB, MIB = 2**30, 2**20
PATIENCE = {"connect_timeout": 600, "request_timeout": 600}
CONFIGURATION = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/{{username}}"
c.Spawner.args = ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 600
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.services = [{{"name": "load", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{"name": "load", "services": ["load"], "scopes": ["admin:users", "admin:servers", "access:servers"]}}]
"""


class Hub:
    """A JupyterHub in a temporary folder; each learner has a server, and a kernel for each notebook that is run."""

    def __init__(self, home):
        self.home, self.token = home, secrets.token_hex()
        self.port, hub_port, proxy_port = free_ports(3)
        (home / "jupyterhub_config.py").write_text(CONFIGURATION.format(
            port=self.port, hub_port=hub_port, proxy_port=proxy_port, home=home, token=self.token), encoding="utf-8")
        environment = {**os.environ, "COURSE_LIB_NO_PROGRESS": "1", "OPENBLAS_NUM_THREADS": "1",
                       "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
        with (home / "log").open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "jupyterhub"], cwd=home, env=environment,
                                            stdout=log, stderr=subprocess.STDOUT)

    async def ask(self, path, method="GET", body=None):
        """The answer of the hub or of a learner's server."""
        request = HTTPRequest(f"http://127.0.0.1:{self.port}{path}", method, {"Authorization": f"token {self.token}"},
                              json.dumps(body or {}) if method == "POST" else None, **PATIENCE)
        return json.loads((await AsyncHTTPClient().fetch(request)).body or "null")

    async def ready(self):
        """Wait until the hub answers."""
        for _ in range(120):
            try:
                return await self.ask("/hub/api")
            except (OSError, HTTPError):
                await asyncio.sleep(0.5)
        raise TimeoutError((self.home / "log").read_text(encoding="utf-8", errors="replace"))

    async def join(self, name, door):
        """A learner logs in through the door, with the notebooks in the home folder, and gets a server."""
        shutil.copytree(NOTEBOOKS[0].parent, self.home / name, ignore=shutil.ignore_patterns(".*"))
        async with door:
            await self.ask(f"/hub/api/users/{name}", "POST")
            await self.ask(f"/hub/api/users/{name}/server", "POST")
            while not (await self.ask(f"/hub/api/users/{name}"))["servers"].get("", {}).get("ready"):
                await asyncio.sleep(0.5)

    async def open(self, name, path, door):
        """A learner opens a notebook, which starts its kernel; → the connection to it."""
        async with door:
            session = await self.ask(f"/user/{name}/api/sessions", "POST", {
                "path": path.name, "name": path.name, "type": "notebook", "kernel": {"name": "python3"}})
            address = f"ws://127.0.0.1:{self.port}/user/{name}/api/kernels/{session['kernel']['id']}/channels"
            return await websocket_connect(HTTPRequest(address, headers={"Authorization": f"token {self.token}"}, **PATIENCE),
                                           max_message_size=100 * MIB)

    def memory(self):
        """The bytes that the hub and all that it started hold, shared pages counted once."""
        processes = [self.process, *psutil.Process(self.process.pid).children(recursive=True)]
        return sum(psutil.Process(process.pid).memory_full_info().pss for process in processes)

    def stop(self):
        """End the hub and all servers and kernels."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            process.kill()
        self.process.kill()
        self.process.wait()


async def run_all(connection, path):
    """Run every cell of the notebook; → the kernel's process. Raises RuntimeError if a cell fails."""
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    for i, source in enumerate(cells):
        await connection.write_message(json.dumps(execute_request(f"cell-{i}", source)))
    for i in range(len(cells)):
        message = {"msg_type": None}
        while message["msg_type"] != "execute_reply":
            received = await connection.read_message()
            if received is None:
                raise RuntimeError(f"{path.name}, cell {i}: the connection was closed; the machine is too busy for so many")
            message = json.loads(received)
        if message["content"]["status"] != "ok":
            raise RuntimeError(f"{path.name}, cell {i}: {message['content']}")
    return psutil.Process(int(message["content"]["user_expressions"]["pid"]["data"]["text/plain"]))


def execute_request(number, source):
    """A message of the Jupyter protocol that runs a cell."""
    header = {"msg_id": number, "msg_type": "execute_request", "username": "", "session": "load", "version": "5.3", "date": ""}
    return {"header": header, "parent_header": {}, "metadata": {}, "channel": "shell", "buffers": [],
            "content": {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True,
                        "user_expressions": {"pid": "__import__('os').getpid()"}}}


def free_ports(number):
    """Ports of loopback that nobody uses."""
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


async def measure(hub, learners):
    """One learner through the course, then a class at once; prints what each takes."""
    await hub.ready()
    AsyncHTTPClient.configure(None, max_clients=1000)
    empty, door = hub.memory(), asyncio.Semaphore(8)
    await hub.join("first", door)
    server = hub.memory() - empty
    print(f"the hub holds {empty / MIB:.0f} MiB, a learner's server {server / MIB:.0f} MiB\n")
    print("notebook                 kernel after Run All, MiB    CPU seconds")
    kernels = []
    for path in NOTEBOOKS:
        process = await run_all(await hub.open("first", path, door), path)
        kernels.append(process.memory_full_info().pss)
        times = process.cpu_times()
        print(f"{path.stem:24} {kernels[-1] / MIB:26.0f} {times.user + times.system:14.1f}")
        process.kill()
    learners = learners or int(0.7 * psutil.virtual_memory().available / (server + mean(kernels)))
    names, paths, before = [f"learner{i}" for i in range(learners)], list(islice(cycle(NOTEBOOKS), learners)), hub.memory()
    start = time.monotonic()
    await asyncio.gather(*(hub.join(name, door) for name in names))
    joined = time.monotonic()
    connections = await asyncio.gather(*(hub.open(name, path, door) for name, path in zip(names, paths, strict=True)))
    opened = time.monotonic()
    await asyncio.gather(*map(run_all, connections, paths))
    ended, held = time.monotonic(), hub.memory() - before
    print(f"\n{learners} learners on {os.cpu_count()} cores, the nine notebooks in turn. All had logged in after "
          f"{joined - start:.0f} s, and {opened - joined:.0f} s later all notebooks were open.\n"
          f"Then all pressed Run All at once: the last ended after {ended - opened:.0f} s, none failed.\n"
          f"They hold {held / GIB:.1f} GiB: {learners / (held / GIB):.1f} learners per GiB.")


def main(learners="0"):
    """Start a hub, measure, and leave nothing behind; → what to tell the shell."""
    if not learners.isdecimal():
        return f"Say how many learners, a whole number; given was {learners}."
    if not shutil.which("configurable-http-proxy"):
        return "configurable-http-proxy is not on the PATH; install it with: npm install --global configurable-http-proxy"
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(Path(folder))
        try:
            asyncio.run(measure(hub, int(learners)))
        except (RuntimeError, TimeoutError) as error:
            return str(error)
        finally:
            hub.stop()


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(*sys.argv[1:2]))
