"""The rule of AWS for transactions that overlap, applied on top of any engine within a block.

DynamoDB refuses a transaction that touches an item of a running one, also where both only check it, and single writes
and transactional reads of such an item. Reads of other kinds are never refused. Our engines run one request after the
other, so that no two transactions ever meet there.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse

from tests.support.faults import hooked

HELD_SECONDS = 0.015
"""How long a transaction runs before it is sent: what AWS needs for a transaction of some items."""

SINGLE_WRITES = ("PutItem", "UpdateItem", "DeleteItem")

type Place = tuple[str, str, str]
"""Table, partition key and sort key of an item."""


def a_while() -> None:
    """What a transaction does while it runs."""
    time.sleep(HELD_SECONDS)


@dataclass
class Conflicts:
    """The transactions that run, and the conflicts that were answered, by operation and by partition key."""

    run: Callable[[], Any]
    operations: Counter[str] = field(default_factory=Counter)
    partitions: Counter[str] = field(default_factory=Counter)
    transactions: int = 0
    """How many transactions ran."""
    met: threading.Event = field(default_factory=threading.Event)
    """Set at the first conflict."""
    _running: set[Place] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> Any:
        """Refuse a transaction that meets a running one; otherwise lock its items and let it run for a while."""
        places = _places(json.loads(params["body"])["TransactItems"])
        with self._lock:
            met = [place in self._running for place in places]
            if any(met):
                self._count("TransactWriteItems", places, met)
                return _cancelled(met)
            self._running |= set(places)
            self.transactions += 1
        context["locked by the transaction"] = places
        self.run()
        return None

    def end(self, context: dict[str, Any], **_: Any) -> None:
        """Unlock the items of a transaction that was answered."""
        with self._lock:
            self._running -= set(context.pop("locked by the transaction", ()))

    def read(self, params: Mapping[str, Any], **_: Any) -> Any:
        """Refuse a transactional read that meets a running transaction."""
        places = _places(json.loads(params["body"])["TransactItems"])
        with self._lock:
            met = [place in self._running for place in places]
            if not any(met):
                return None
            self._count("TransactGetItems", places, met)
        return _cancelled(met)

    def write(self, params: Mapping[str, Any], model: Any, **_: Any) -> Any:
        """Refuse a single write that meets a running transaction."""
        place = _place(json.loads(params["body"]))
        with self._lock:
            if place not in self._running:
                return None
            self._count(model.name, [place], [True])
        return _answer("TransactionConflictException")

    def _count(self, operation: str, places: list[Place], met: list[bool]) -> None:
        self.met.set()
        self.operations[operation] += 1
        self.partitions.update(place[1] for place, is_met in zip(places, met, strict=True) if is_met)


@contextmanager
def of_overlapping_transactions(run: Callable[[], Any] = a_while) -> Iterator[Conflicts]:
    """Within the block, transactions conflict as those of DynamoDB do, from their beginning until `run` has ended."""
    found = Conflicts(run)
    with ExitStack() as hooks:
        hooks.enter_context(hooked("before-call", "dynamodb.TransactWriteItems", found.begin))
        for moment in ("after-call", "after-call-error"):
            hooks.enter_context(hooked(moment, "dynamodb.TransactWriteItems", found.end))
        hooks.enter_context(hooked("before-call", "dynamodb.TransactGetItems", found.read))
        for operation in SINGLE_WRITES:
            hooks.enter_context(hooked("before-call", f"dynamodb.{operation}", found.write))
        yield found


def _places(actions: list[Mapping[str, Any]]) -> list[Place]:
    """The items of a transaction, in the order of its actions."""
    return [_place(request) for action in actions for request in action.values()]


def _place(request: Mapping[str, Any]) -> Place:
    at = request.get("Item") or request["Key"]
    return request["TableName"], at["pk"]["S"], at["sk"]["S"]


def _cancelled(met: list[bool]) -> tuple[AWSResponse, dict[str, Any]]:
    reasons = [{"Code": "TransactionConflict", "Message": "injected"} if each else {"Code": "None"} for each in met]
    return _answer("TransactionCanceledException", CancellationReasons=reasons)


def _answer(code: str, **more: Any) -> tuple[AWSResponse, dict[str, Any]]:
    error = {"Error": {"Code": code, "Message": "injected"}, "ResponseMetadata": {"HTTPStatusCode": 400}, **more}
    return AWSResponse("", 400, {}, None), error
