"""Runs the application's scheduled functions by their own schedule expressions."""

import importlib
import json
import logging
import threading
import uuid
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chalice.app import Chalice, ScheduledEventConfig, ScheduleExpression
from chalice.local import LambdaContext

from sandbox.schedule_times import next_run

ACCOUNT = "000000000000"
MEMORY_MB = 512
TIMEOUT_MS = 300_000

log = logging.getLogger("sandbox.schedules")


class UnknownFunction(Exception):
    """Raised when no scheduled function has the given name."""


def find(app: Chalice) -> dict[str, str]:
    """Name -> expression (`rate(...)`, `cron(...)`) of every scheduled function of the application."""
    scheduled = [source for source in app.event_sources if isinstance(source, ScheduledEventConfig)]
    return {source.name: _text(source.schedule_expression) for source in scheduled}


class Schedules:
    """Calls scheduled functions from one background thread; runs of the same function never overlap."""

    def __init__(self, expressions: Mapping[str, str], *, region: str) -> None:
        self._expressions = dict(expressions)
        self._region = region
        self._running: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run_by_the_clock, daemon=True, name="schedules")
        started = datetime.now(UTC)
        self._due = {name: next_run(text, started) for name, text in self._expressions.items()}

    def start(self) -> None:
        """Start running functions when they are due."""
        self._thread.start()

    def stop(self, within: float = 5.0) -> None:
        """Start no more functions, and wait up to `within` seconds for a running one."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(within)

    def run(self, name: str, time: datetime) -> Any:
        """Run one function with an event of `time`. Returns its result; its exceptions are passed on.

        Raises:
            UnknownFunction: no function has this name.
        """
        if name not in self._expressions:
            raise UnknownFunction(name)
        handler = getattr(importlib.import_module(f"scheduled.{name}"), name)
        with self._running[name]:
            return handler(self.event(name, time), LambdaContext(name, MEMORY_MB, TIMEOUT_MS))

    def event(self, name: str, time: datetime) -> dict[str, Any]:
        """The event that EventBridge sends for a rule."""
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "region": self._region,
            "resources": [f"arn:aws:events:{self._region}:{ACCOUNT}:rule/{name}"],
            "detail": {},
        }

    def _run_by_the_clock(self) -> None:
        while not self._stopped.wait(self._seconds_to_next()):
            now = datetime.now(UTC)
            for name in [name for name, due in self._due.items() if due <= now]:
                if self._stopped.is_set():
                    return
                self._due[name] = next_run(self._expressions[name], now)
                self._run_quietly(name, now)

    def _seconds_to_next(self) -> float | None:
        if not self._due:
            return None
        wait = min(self._due.values()) - datetime.now(UTC)
        # After at most a minute the clock is read again: it can be set back, or the machine can have slept.
        return min(max(wait, timedelta(0)).total_seconds(), 60.0)

    def _run_quietly(self, name: str, time: datetime) -> None:
        try:
            self.run(name, time)
        except Exception as error:  # noqa: BLE001 - one function's failure must not stop the others
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "level": "error",
                "event": f"{name} failed",
                "error": f"{type(error).__name__}: {error}",
            }
            log.error(json.dumps(line, ensure_ascii=False))


def _text(expression: str | ScheduleExpression) -> str:
    return expression if isinstance(expression, str) else expression.to_string()
