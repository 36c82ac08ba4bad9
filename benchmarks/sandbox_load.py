"""Requests a second of `python -m sandbox` under 16 clients, against FastAPI and uvicorn on the same engine.

The peer (`peers/fastapi_uvicorn.py`) asks DynamoDB for what the portal asked, recorded here; it does none of the
portal's own work. Sixteen enterprises each repeat their own order of the same twenty requests: 60 % reads, 30 % draft
saves, 10 % invoice profiles. Rounds of the two take turns. The CPU of the server's process is counted as well, which
does not depend on what else the machine does; clients and engine are processes of their own.
"""

import base64
import contextlib
import http.client
import json
import logging
import os
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from benchmarks.asking import Recording
from sandbox.engine.engine import HOST, Engine, free_port
from testing import people
from testing.world import PLATFORM, World

CLIENTS = 16
GOALS = {"requests/s": 1.0, "requests per CPU s": 1.3}
ROUNDS = 5
CYCLES = 1
"""Times that every client makes its twenty requests in a round."""
MIX = {"me": 3, "messages": 3, "search": 3, "application": 3, "draft": 6, "profile": 2}
APPLICATIONS = 2
PORTAL_LOADS = 30.0
"""Seconds until a server must answer."""
INSPECTED = 30.0
"""Seconds until the sandbox has inspected an upload."""
ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(__file__).with_name("peers")


@dataclass
class Client:
    """One enterprise's requests, and the version of its draft."""

    token: str
    requests: dict[str, tuple[str, str, Any]]
    version: int
    order: list[str]
    calls: dict[str, list[tuple[str, dict[str, Any]]]] = field(default_factory=dict)

    def run(self, port: int) -> None:
        """Every request of the round on one connection."""
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        try:
            for name in self.order * CYCLES:
                self._ask(connection, name)
        finally:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, name: str) -> None:
        method, path, body = self.requests[name]
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if name == "draft":
            headers["If-Match"] = f'"{self.version}"'
        connection.request(method, f"/v1{path}", None if body is None else body, headers)
        reply = connection.getresponse()
        raw = reply.read()
        assert reply.status == 200, (name, reply.status, raw[:300])
        if name == "draft":
            self.version += 1


@dataclass(frozen=True)
class Server:
    """Where one of the two listens, and its process."""

    port: int
    pid: int

    def round(self, clients: list[Client]) -> tuple[float, float]:
        """Requests a second, and for each second of CPU of the process."""
        before, started = self._cpu(), time.perf_counter()
        with ThreadPoolExecutor(len(clients)) as threads:
            list(threads.map(lambda client: client.run(self.port), clients))
        requests = len(clients) * CYCLES * sum(MIX.values())
        return requests / (time.perf_counter() - started), requests / (self._cpu() - before)

    def _cpu(self) -> float:
        """Seconds of CPU of the process so far."""
        try:
            numbers = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:  # not Linux: nothing but the clock
            return time.perf_counter()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def figures() -> Iterator[dict[str, Any]]:
    """Requests a second, and a second of CPU."""
    before = dict(os.environ)
    try:
        with tempfile.TemporaryDirectory() as name, _sandbox(Path(name) / "sandbox") as ours:
            clients = _clients()
            with _peer(Path(name), clients) as peer:
                rounds = [(ours.round(clients), peer.round(clients)) for _ in range(ROUNDS + 1)][1:]
    finally:
        os.environ.clear()
        os.environ.update(before)
    for position, (unit, goal) in enumerate(GOALS.items()):
        of_ours, floor = (statistics.median(measured[who][position] for measured in rounds) for who in (0, 1))
        yield {
            "name": f"sandbox, mixed load of {CLIENTS} clients, against FastAPI and uvicorn, {unit}",
            "ratio": of_ours / floor,
            "goal": goal,
            "better": "higher",
            "ours": of_ours,
            "floor": floor,
            "unit": unit,
        }


@contextlib.contextmanager
def _sandbox(directory: Path) -> Iterator[Server]:
    """The sandbox as `make run` starts it; its variables become those of this process."""
    port = free_port()
    settings = {"PORT": str(port), "SANDBOX_PORT": str(free_port()), "SANDBOX_DIR": str(directory)}
    with _process([sys.executable, "-m", "sandbox"], {**os.environ, **settings}, directory.parent, port) as process:
        lines = (directory / "environment").read_text().splitlines()
        os.environ |= dict(shlex.split(line)[1].split("=", 1) for line in lines)
        os.environ["ABTC_LICENCE_KEYS"] = json.dumps({"keys": [PLATFORM.public]})
        yield Server(port, process.pid)


@contextlib.contextmanager
def _peer(folder: Path, clients: list[Client]) -> Iterator[Server]:
    """FastAPI and uvicorn, from packages of their own."""
    pip = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "install", "--target", str(folder)]
    wanted = ["--require-hashes", "-r", str(PEERS / "uvicorn-requirements.txt")]
    subprocess.run([*pip, *wanted], check=True)
    calls = {f"Bearer {client.token}": client.calls for client in clients}
    (folder / "calls.json").write_text(json.dumps(calls, default=_encoded))
    port = free_port()
    command = [sys.executable, "-S", "-m", "uvicorn", "fastapi_uvicorn:app", "--host", HOST, "--port", str(port)]
    here = {"PYTHONPATH": f"{folder}:{PEERS}", "PEER_CALLS": str(folder / "calls.json")}
    with _process(command, {**os.environ, **here}, folder, port) as process:
        yield Server(port, process.pid)


def _encoded(value: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(value).decode()}


@contextlib.contextmanager
def _process(command: list[str], variables: dict[str, str], folder: Path, port: int) -> Iterator[Any]:
    """A server's process from its first answer to its end; what it prints goes to a file."""
    path = folder / f"{port}.log"
    with path.open("wb") as log:
        process = subprocess.Popen(command, env=variables, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + PORTAL_LOADS
        while not _answers(port):
            ended = process.poll() is not None or time.monotonic() > deadline
            assert not ended, path.read_text()[-2000:]
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/v1/health")
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


class _BesideTheSandbox(World):
    """Leaves uploads to the sandbox, which inspects and deletes them as soon as they arrive."""

    def upload_arrives(self, key: str) -> dict[str, Any]:
        """Wait until the upload is inspected."""
        deadline = time.monotonic() + INSPECTED
        while boto3.client("s3").list_objects_v2(Bucket=os.environ["ABTC_BUCKET"], Prefix=key)["KeyCount"]:
            assert time.monotonic() < deadline, key
            time.sleep(0.02)
        return {}


def _clients() -> list[Client]:
    """Enterprises with applications, a draft and an invoice profile, and what the portal asks for each request."""
    port = urlsplit(os.environ["AWS_ENDPOINT_URL"]).port
    world = _BesideTheSandbox(Engine(port=port or 0), lambda: datetime.now(UTC))  # type: ignore[arg-type]
    import_module("chalicelib.repos.process.log")  # makes its logger, whose lines nobody needs here
    logging.getLogger("abtc").setLevel(logging.WARNING)
    return [_client(world, number) for number in range(CLIENTS)]


def _client(world: World, number: int) -> Client:
    user = world.enterprise()
    numbers = [world.application(user)["number"] for _ in range(APPLICATIONS)]
    content, profile = world.content(user), people.invoice_profile()
    draft = user.ok("POST", "/drafts", content)
    requests: dict[str, tuple[str, str, Any]] = {
        "me": ("GET", "/me", None),
        "messages": ("GET", "/messages", None),
        "search": ("POST", "/applications/search", {"service": "new_or_renewal"}),
        "application": ("GET", f"/applications/{numbers[0]}", None),
        "draft": ("PUT", f"/drafts/{draft['id']}", content),
        "profile": ("PUT", f"/invoice-profiles/{world.profile(user)}", profile),
    }
    calls = {}
    for name, (method, path, body) in requests.items():
        more = {"If_Match": '"1"'} if name == "draft" else {}
        calls[name] = _recorded(partial(user.ok, method, path, body, **more))
    order = [name for name, times in MIX.items() for _ in range(times)]
    random.Random(number).shuffle(order)
    sent = {name: (method, path, body and json.dumps(body)) for name, (method, path, body) in requests.items()}
    return Client(str(user.token), sent, 2, order, calls)


def _recorded(act: Callable[[], Any]) -> list[tuple[str, dict[str, Any]]]:
    from chalicelib.repos.process import aws

    recording = Recording()
    with recording.of(aws.client("dynamodb")):
        act()
    return recording.calls


if __name__ == "__main__":
    for figure in figures():
        print(f"{figure['name']}: {figure['ratio']:.2f} ({figure['ours']:.0f} against {figure['floor']:.0f})")
