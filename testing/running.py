"""A sandbox in its own process and clients that use it over sockets; imports nothing of the application."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
START_WITHIN = 20.0
STOP_WITHIN = 20.0


def wait_for(condition: Callable[[], Any], within: float, what: str) -> Any:
    """Wait for a true value of the condition and return it; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < deadline, f"timed out after {within} s: {what}"
        time.sleep(0.02)
    return value


def free_ports(count: int = 2) -> list[int]:
    """Ports that are free at this moment."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]


def descendants(process_id: int) -> dict[int, str]:
    """Process ids and commands of all descendants of a process."""
    rows = [line.split(None, 3) for line in _ps("-A", "-ww", "-o", "pid=,ppid=,stat=,args=").splitlines()]
    children: dict[int, list[tuple[int, str]]] = {}
    for pid, parent, state, *command in rows:
        if not state.startswith("Z"):
            children.setdefault(int(parent), []).append((int(pid), " ".join(command)))
    found: dict[int, str] = {}
    waiting = [process_id]
    while waiting:
        for child, command_line in children.get(waiting.pop(), []):
            found[child] = command_line
            waiting.append(child)
    return found


def lives(process_id: int) -> bool:
    """Whether the process exists and is not a zombie."""
    state = _ps("-o", "stat=", "-p", str(process_id)).strip()
    return bool(state) and not state.startswith("Z")


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout


class Sandbox:
    """A sandbox process with its directory and ports; it can be started again after it has ended."""

    def __init__(self, directory: Path, ports: Sequence[int] = (), cwd: Path = ROOT) -> None:
        self.directory = directory
        self.port, self.page_port = ports or free_ports()
        self.cwd = cwd
        self.process: subprocess.Popen[bytes]
        self._output = directory.parent / f"{directory.name}-{self.port}.output"

    def spawn(self, *command: str | Path, **variables: str) -> "Sandbox":
        """Start the process without waiting; `command` defaults to `python -m sandbox`."""
        settings = {"PORT": str(self.port), "SANDBOX_PORT": str(self.page_port), "SANDBOX_DIR": str(self.directory)}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                command or (sys.executable, "-m", "sandbox"),
                env=outside_environment() | settings | variables,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def start(self) -> "Sandbox":
        """Start the process and wait until the API answers."""
        return self.spawn().answering()

    def answering(self) -> "Sandbox":
        """Wait until the API answers."""
        with self.client() as client:

            def healthy() -> bool:
                assert self.process.poll() is None, self.output
                with contextlib.suppress(httpx.TransportError):
                    return client("GET", "/health").status_code == 200
                return False

            wait_for(healthy, START_WITHIN, f"the sandbox answers; its output:\n{self.output}")
            wait_for(lambda: "Ctrl-C" in self.output, 5, "the start message")
        return self

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; returns the exit code."""
        self.process.send_signal(sent)
        return self.ended()

    def ended(self, within: float = STOP_WITHIN) -> int:
        """Wait for the end of the process; returns the exit code."""
        return self.process.wait(within)

    def kill_all(self) -> None:
        """Kill the process and all its descendants."""
        for process_id in (*descendants(self.process.pid), self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        self.process.wait(STOP_WITHIN)

    @property
    def engine_id(self) -> int:
        """Process id of the engine, a child of the sandbox."""
        found = [pid for pid, command in descendants(self.process.pid).items() if "engine/process.py" in command]
        return min(found)

    @property
    def output(self) -> str:
        """The printed output."""
        return self._output.read_text(errors="replace")

    def client(self, token: str | None = None) -> "Client":
        """A new client of the API."""
        return Client(f"http://{HOST}:{self.port}/v1", token)

    def page(self) -> "Client":
        """A new client of the sandbox page."""
        return Client(f"http://{HOST}:{self.page_port}")

    def officer(self, office: str) -> "Client":
        """A client signed in as the demo officer of an office."""
        return self.sign_in("officer", office, self.password_of(office))

    def password_of(self, office: str) -> str:
        """The password of the demo officer of an office, from `officers.json`."""
        return str(json.loads((self.directory / "officers.json").read_text())[office])

    def sign_in(self, identity: str, login: str, password: str) -> "Client":
        """A client signed in by login name and password."""
        client = self.client()
        form = {"identity": identity, "login": login, "password": password}
        client.token = client.ok("POST", "/sessions", form)["token"]
        return client


class Client:
    """An HTTP client with a connection of its own and, when signed in, a token."""

    def __init__(self, base: str, token: str | None = None, timeout: float = 15.0) -> None:
        self.base, self.token = base, token
        self._http = httpx.Client(trust_env=False, timeout=timeout)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send one request; header names are written with underscores. Each POST carries a new Idempotency-Key."""
        if method == "POST":
            headers.setdefault("Idempotency_Key", str(uuid.uuid4()))
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        return self._http.request(method, self.base + path, json=body, headers=sent)

    def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request and assert success; returns the JSON of the reply."""
        answer = self(method, path, body, **headers)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def twin(self) -> "Client":
        """A client with the same token and another open connection."""
        other = Client(self.base, self.token)
        other("GET", "/health")
        return other

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


@contextlib.contextmanager
def sandbox_in(directory: Path, ports: Sequence[int] = ()) -> Iterator[Sandbox]:
    """A running sandbox within the block; its processes are killed afterwards."""
    sandbox = Sandbox(directory, ports)
    try:
        yield sandbox.start()
    finally:
        sandbox.kill_all()


def at_once(*calls: Callable[[Client], httpx.Response], by: Client | Sequence[Client]) -> list[httpx.Response]:
    """Make all calls at the same moment, each in a thread with a connection of its own."""
    people = [by] * len(calls) if isinstance(by, Client) else by
    start = threading.Barrier(len(calls))

    def send(call: Callable[[Client], httpx.Response], person: Client) -> httpx.Response:
        with person.twin() as own:
            start.wait(30)
            return call(own)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(send, calls, people, timeout=60))


def outside_environment() -> dict[str, str]:
    """The environment of this process without variables of AWS and of the application."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ABTC_"))}
    return {**inherited, "PYTHONUNBUFFERED": "1"}


def code_in(mail: Mapping[str, Any]) -> str:
    """The six-digit code in a mail."""
    found = re.search(r"\b\d{6}\b", mail["text"])
    assert found, mail["text"]
    return found.group()
