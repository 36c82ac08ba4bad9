"""Starts, stops and calls the embedded engine, a child process that serves DynamoDB, S3, SES and KMS."""

import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.errors import EngineDown

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".engine" / "bin" / "python"
PROCESS = Path(__file__).with_name("process.py")
HOST = "127.0.0.1"
REGION = "us-east-1"
START_WITHIN = 20.0
"""Seconds until the engine must answer."""
STOP_WITHIN = 60.0
"""Seconds until a stop turns into a kill; saving a very large state takes long."""
TRIES = 3
"""Another program can take a free port between its discovery and its use."""


class Engine:
    """One engine process. Its state is kept in the state directory, or in memory only if there is none."""

    def __init__(
        self, state: Path | None = None, *, port: int = 0, inherited: Sequence[int] = (), checks_rights: bool = False
    ) -> None:
        """Describe an engine; `start` starts it.

        Args:
            state: the directory of the state; None for an engine in memory.
            port: the port to use; 0 for any free one.
            inherited: file descriptors to keep open in the child, such as a lock that must outlive this process.
            checks_rights: whether deployed functions have only the rights of their roles. The account's own keys
                have all rights in either case.
        """
        self._state = state.resolve() if state else None
        self._chosen_port = port
        self._inherited = tuple(inherited)
        self._checks_rights = checks_rights
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path()
        self.port = port

    @property
    def url(self) -> str:
        """Base address for clients (`AWS_ENDPOINT_URL`)."""
        return f"http://{HOST}:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether the child process is alive."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            # A signal can interrupt the start; `__exit__` does not run then.
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the child and wait until it answers.

        Raises:
            EngineDown: it does not answer in time; the text has the last line of its log.
        """
        if not PYTHON.exists():
            raise EngineDown(f"{PYTHON} is missing: `make .engine/.ready` prepares it")
        self._folder = self._prepare_folder()
        for attempt in range(1, TRIES + 1):
            self.port = self._chosen_port or free_port()
            self._process = self._spawn()
            if self._becomes_healthy():
                return
            self._end()
            if self._chosen_port or attempt == TRIES:
                raise EngineDown(f"the engine does not answer on port {self.port}: {self._last_log_line()}")

    def stop(self) -> None:
        """Let the child save its state and end; does nothing if it has ended already."""
        self._end()
        if self._scratch:
            self._scratch.cleanup()
            self._scratch = None

    def reset(self) -> None:
        """Delete all tables, buckets, keys and sent mail."""
        status, body = self.request("POST", "/_ministack/reset")
        if status != http.client.OK:
            raise EngineDown(f"reset answered {status}: {body[:200]!r}")

    def request(self, method: str, path: str, timeout: float = 10.0) -> tuple[int, bytes]:
        """Send one request to the engine. `http.client` ignores proxy settings."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def log(self) -> str:
        """The output of the process; available until `stop`."""
        return (self._folder / "engine.log").read_text(errors="replace")

    def environment(self) -> dict[str, str]:
        """Variables that direct boto3 to this engine only."""
        bypass = ",".join(filter(None, [os.environ.get("NO_PROXY", ""), HOST, "localhost"]))
        return {
            "AWS_ENDPOINT_URL": self.url,
            # Other keys belong to another account: presigned addresses would answer 403.
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": bypass,
            "no_proxy": bypass,
        }

    def apply_to(self, environment: MutableMapping[str, str]) -> None:
        """Replace every AWS setting of `environment` (profiles, tokens, endpoints) with this engine's."""
        for name in [name for name in environment if name.startswith("AWS_")]:
            del environment[name]
        environment.update(self.environment())

    def _prepare_folder(self) -> Path:
        if self._state is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="abtc-engine-")
        folder = self._state or Path(self._scratch.name if self._scratch else "")
        for name in ("services", "objects", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self._folder / "engine.log").open("wb") as log:
            return subprocess.Popen(
                [str(PYTHON), "-I", str(PROCESS)],
                env=self._child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                pass_fds=self._inherited,
                # Ctrl-C signals the whole process group; the engine must outlive the requests in progress.
                start_new_session=True,
            )

    def _child_environment(self) -> dict[str, str]:
        persist = "1" if self._state else "0"
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._folder),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self._folder / "tmp"),
            "ENGINE_PARENT": str(os.getpid()),
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "LOG_LEVEL": "WARNING",
            "AUTH": "true" if self._checks_rights else "false",
            "PERSIST_STATE": persist,
            "STATE_DIR": str(self._folder / "services"),
            "S3_PERSIST": persist,
            "S3_DATA_DIR": str(self._folder / "objects"),
            # Unused listeners, one of them on a fixed port. Without Docker the engine removes no containers.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": f"unix://{self._folder / 'tmp' / 'no-docker.sock'}",
        }

    def _becomes_healthy(self) -> bool:
        deadline = time.monotonic() + START_WITHIN
        while self.is_running and time.monotonic() < deadline:
            try:
                status, _ = self.request("GET", "/_ministack/health", timeout=2)
            except (OSError, http.client.HTTPException):
                time.sleep(0.03)
                continue
            if status == http.client.OK:
                return True
        return False

    def _end(self) -> None:
        if self._process is None:
            return
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _last_log_line(self) -> str:
        lines = self.log().strip().splitlines()
        return lines[-1] if lines else "its log is empty"


def free_port() -> int:
    """A port of the loopback interface that is free at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
