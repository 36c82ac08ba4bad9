"""A real clamd with one signature, that of the EICAR test file, which the test writes itself."""

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chalicelib.rules.files import eicar

INSTALLED = shutil.which("clamd") or ("/usr/sbin/clamd" if Path("/usr/sbin/clamd").exists() else "")
WHY_NOT = "no clamd on this machine (Debian: clamav-daemon); the sandbox scanner's tests run all the same"
STARTS_WITHIN = 30.0

CONFIGURATION = """\
LocalSocket {folder}/clamd.sock
TCPSocket {port}
TCPAddr 127.0.0.1
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
Foreground yes
LogFile {folder}/clamd.log
MaxThreads 2
SelfCheck 0
"""


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """The addresses of a daemon, by `tcp` and `unix`; it ends with the block."""
    # A Unix socket's path has at most 107 characters: pytest's own folders are longer.
    with tempfile.TemporaryDirectory(prefix="clamd-") as name:
        folder, port = Path(name), _free_port()
        (folder / "signatures").mkdir()
        signature = f"Test.EICAR:0:*:{eicar.SIGNATURE.hex()}\n"
        (folder / "signatures" / "eicar.ndb").write_text(signature, encoding="ascii")
        configuration = folder / "clamd.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, port=port), encoding="utf-8")
        daemon = subprocess.Popen([INSTALLED, "--config-file", str(configuration)], stdout=subprocess.DEVNULL)
        try:
            _wait(daemon, port, folder)
            yield {"tcp": f"clamd://127.0.0.1:{port}", "unix": f"clamd+unix://{folder}/clamd.sock"}
        finally:
            daemon.terminate()
            daemon.wait(10)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(daemon: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and daemon.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    log = folder / "clamd.log"
    raise AssertionError(log.read_text(encoding="utf-8") if log.exists() else "clamd did not start")


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """The address of a daemon that reads what one client sends and gives this reply."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                received = b""
                while not received.endswith(b"\0\0\0\0"):
                    received += connection.recv(65536)
                connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"clamd://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)
