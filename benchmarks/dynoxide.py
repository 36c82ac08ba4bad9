"""A DynamoDB that counts read and write units as AWS does: dynoxide, in memory, from the npm registry.

`DYNAMODB_URL` names another one. Where npm or a build for this machine is missing there is none, and read
units are not measured.
"""

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox.engine.engine import HOST, free_port

PACKAGE, VERSION = "@dynoxide/linux-x64", "1.2.1"
BUILD = Path(__file__).resolve().parent.parent / "build" / "engines"
START_WITHIN = 10.0
"""Seconds until it must listen."""


@contextlib.contextmanager
def running() -> Iterator[bool]:
    """`DYNAMODB_URL` names one within the block; false, with a line that says why, if there is none."""
    if "DYNAMODB_URL" in os.environ:
        yield True
        return
    if not (program := _program()):
        yield False
        return
    port = free_port()
    process = subprocess.Popen(
        [program, "--host", HOST, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port, process)
        os.environ["DYNAMODB_URL"] = f"http://{HOST}:{port}"
        yield True
    finally:
        os.environ.pop("DYNAMODB_URL", None)
        process.terminate()
        process.wait()


def _program() -> Path | None:
    """The program, installed below build/ at the first time."""
    found = BUILD / "node_modules" / PACKAGE / "dynoxide"
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        _report("dynoxide is fetched for Linux on x86_64 only; DYNAMODB_URL may name another")
        return None
    if not (npm := shutil.which("npm")):
        _report("npm is missing, which fetches dynoxide; DYNAMODB_URL may name another")
        return None
    if not found.exists():
        command = [
            npm,
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(BUILD),
            f"{PACKAGE}@{VERSION}",
        ]
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            _report("npm could not fetch dynoxide; DYNAMODB_URL may name another")
            return None
    return found


def _report(reason: str) -> None:
    print(f"no read units can be measured: {reason}", file=sys.stderr)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_WITHIN
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "dynoxide has ended"
            assert time.monotonic() < deadline, "dynoxide does not listen"
            time.sleep(0.05)
        else:
            return
