"""The sandbox's data directory, used by one sandbox at a time."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sandbox.errors import DirectoryBusy, DirectoryUnusable

PATIENCE = 15.0
"""Seconds to wait for the engine of a killed run, which still saves its state."""


@contextmanager
def locked(directory: Path) -> Iterator[int]:
    """Create the directory, readable by its owner only, and hold its lock. Yields the lock's file descriptor.

    The engine inherits the descriptor, so the directory stays locked until the engine has ended as well.

    Raises:
        DirectoryBusy: another sandbox holds the lock.
        DirectoryUnusable: the directory cannot be created or written.
    """
    path = directory / "lock"
    with _opened(path) as file:
        _acquire(file.fileno(), path)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def _opened(path: Path) -> TextIO:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:
        raise DirectoryUnusable(
            f"{path.parent} cannot be used ({error.strerror}): choose another directory by SANDBOX_DIR"
        ) from None


def _acquire(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = path.read_text().strip()
            if _lives(owner) or time.monotonic() > deadline:
                raise DirectoryBusy(
                    f"another sandbox (process {owner or 'unknown'}) uses {path.parent}: "
                    "stop it, or choose another directory, for example SANDBOX_DIR=.sandbox-2"
                ) from None
            time.sleep(0.1)
        else:
            return


def _lives(process_id: str) -> bool:
    if not process_id.isdecimal():
        return False
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
