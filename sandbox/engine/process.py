"""The embedded engine's own process: ministack, plus a save every few seconds and an end with its parent.

Started by `sandbox/engine/engine.py` with the interpreter of `.engine/`; imports only the standard library and
ministack, which by itself saves at a clean stop only. Here the process forks when something has changed. The
child sees one frozen moment and writes it: no request waits for the disk, no file is ever half written.
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
"""Seconds between saves while something changes."""
REST_FACTOR = 4
"""A save that took t seconds is followed by a rest of at least this many t."""
PARENT_CHECK = 0.5
STOP_WITHIN = 0.5
"""Seconds that open connections get to finish at a stop."""
READS = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "List", "Describe", "Decrypt", "Generate")
"""Beginnings of the operations in `X-Amz-Target` that change nothing."""


class Saver:
    """Saves changed state in a forked child, one at a time."""

    def __init__(self) -> None:
        self.changed = False
        self._child: int | None = None
        self._started = 0.0
        self._took = 0.0

    async def run(self) -> None:
        """Save for ever; ends with the event loop."""
        while True:
            await asyncio.sleep(max(SAVE_EVERY, REST_FACTOR * self._took))
            while self._still_saving():
                await asyncio.sleep(0.05)
            if self.changed:
                self.changed = False
                self._started = time.monotonic()
                self._child = fork_and_save()

    def wait(self) -> None:
        """Let a running save end, so that the last one never meets it at the same files."""
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
            logging.getLogger("saver").error("a save ended with status %s; it will be tried again", status)
        return False


def fork_and_save() -> int:
    """Fork; the child writes the state as it is now and ends. Returns the child's process id."""
    with warnings.catch_warnings():
        # Other threads only wait for work; the child calls nothing but the save and leaves by os._exit.
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
    """Close the inherited sockets: a client would otherwise wait for the child as well to hang up."""
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.close(descriptor)


async def end_with_parent(parent: int) -> None:
    """Stop, with the last save, as soon as the process that started this one is gone."""
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_CHECK)
    os.kill(os.getpid(), signal.SIGTERM)


def changes_something(scope: Message) -> bool:
    """Whether a request may have changed state. In doubt, yes."""
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return False
    headers = dict(scope["headers"])
    operation = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    return not operation.startswith(READS)


def with_saver(app: Callable[[Message, Receive, Send], Awaitable[None]], parent: int) -> Any:
    """Wrap ministack's ASGI application: background work, a note of changes, order at the end."""
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
    """Let sent mail be part of what is saved; ministack keeps it in memory only."""
    own_state, own_load = ses.get_state, ses.load_persisted_state

    def state() -> dict[str, Any]:
        return {**own_state(), "sent_emails": ses._sent_emails}

    def load(data: dict[str, Any]) -> None:
        ses._sent_emails.update(data.pop("sent_emails", {}))
        own_load(data)

    ses.get_state, ses.load_persisted_state = state, load


def main() -> None:
    """Serve until SIGTERM, or until the parent is gone."""
    keep_sent_mail()
    Config.graceful_timeout = STOP_WITHIN
    engine.app = with_saver(engine.app, int(os.environ["ENGINE_PARENT"]))
    engine.main()


if __name__ == "__main__":
    main()
