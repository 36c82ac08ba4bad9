"""The embedded engine's process: ministack, with a save every few seconds and an end when its parent ends.

`sandbox/engine/engine.py` starts it with the interpreter of `.engine/`; it imports only the standard library and
ministack, which by itself saves at a clean stop only. This process forks when state has changed, and the child writes
a consistent snapshot: no request waits for the disk, and no file is left half written.
"""

import asyncio
import contextlib
import logging
import os
import signal
import stat
import time
import warnings
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import ministack.app as engine
from hypercorn.config import Config  # type: ignore[import-not-found]  # lives in .engine/ only
from ministack.core.persistence import PERSIST_STATE, save_all
from ministack.services import ses

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

SAVE_EVERY = 2.0
"""Seconds between saves while state changes."""
REST_FACTOR = 4
"""The pause after a save is at least this many times as long as the save."""
PARENT_CHECK = 0.5
STOP_WITHIN = 0.5
"""Seconds that open connections have to finish at a stop."""
READS = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "List", "Describe", "Decrypt", "Generate")
"""Prefixes of the operations in `X-Amz-Target` that change no state."""


class Saver:
    """Saves changed state in a forked child, one at a time."""

    def __init__(self) -> None:
        self.changed = False
        self._child: int | None = None
        self._started = 0.0
        self._took = 0.0

    async def run(self) -> None:
        """Save changed state until the event loop ends."""
        while True:
            await asyncio.sleep(max(SAVE_EVERY, REST_FACTOR * self._took))
            while self._still_saving():
                await asyncio.sleep(0.05)
            if self.changed:
                self.changed = False
                self._started = time.monotonic()
                self._child = fork_and_save()

    def wait(self) -> None:
        """Wait for a running save, so that the last save does not write the same files at the same time."""
        while self._still_saving():
            time.sleep(0.01)

    def _still_saving(self) -> bool:
        if self._child is None:
            return False
        done, status = os.waitpid(self._child, os.WNOHANG)
        if not done:
            return True
        self._child = None
        self._took = time.monotonic() - self._started
        if status:
            self.changed = True
            logging.getLogger("saver").error("a save ended with status %s and will be repeated", status)
        return False


def fork_and_save() -> int:
    """Fork a child that writes the present state and ends. Returns the child's process id."""
    with warnings.catch_warnings():
        # Other threads are idle; the child only saves and ends by os._exit.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.alarm(300)
        close_sockets()
        logging.disable(logging.INFO)
        save_all(engine._build_persistence_save_dict())
        status = 0
    finally:
        os._exit(status)


def close_sockets() -> None:
    """Close the inherited sockets: otherwise a connection stays open until the child ends."""
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.close(descriptor)


async def end_with_parent(parent: int) -> None:
    """Save and stop as soon as the process that started this one has ended."""
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_CHECK)
    os.kill(os.getpid(), signal.SIGTERM)


def changes_something(scope: Message) -> bool:
    """Whether a request can have changed state; True for unknown operations."""
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return False
    headers = dict(scope["headers"])
    operation = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    return not operation.startswith(READS)


def with_saver(app: Callable[[Message, Receive, Send], Awaitable[None]], parent: int) -> Any:
    """Wrap ministack's ASGI application: start background tasks, record changes, wait for a save at shutdown."""
    saver = Saver()
    background: list[asyncio.Task[None]] = []

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        async def lifespan() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                saver.wait()
            return message

        if scope["type"] == "lifespan":
            background.append(asyncio.create_task(end_with_parent(parent)))
            if PERSIST_STATE:
                background.append(asyncio.create_task(saver.run()))
            await app(scope, lifespan, send)
            return
        try:
            await app(scope, receive, send)
        finally:
            saver.changed = saver.changed or changes_something(scope)

    return wrapped


def keep_sent_mail() -> None:
    """Include sent mail in the saved state; ministack keeps it in memory only."""
    own_state, own_load = ses.get_state, ses.load_persisted_state

    def state() -> dict[str, Any]:
        return {**own_state(), "sent_emails": ses._sent_emails}

    def load(data: dict[str, Any]) -> None:
        ses._sent_emails.update(data.pop("sent_emails", {}))
        own_load(data)

    ses.get_state, ses.load_persisted_state = state, load


def main() -> None:
    """Serve until SIGTERM or the end of the parent process."""
    keep_sent_mail()
    Config.graceful_timeout = STOP_WITHIN
    engine.app = with_saver(engine.app, int(os.environ["ENGINE_PARENT"]))
    engine.main()


if __name__ == "__main__":
    main()
