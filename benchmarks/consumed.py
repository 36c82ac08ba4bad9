"""What requests to AWS consume within a block: DynamoDB's units by table and index, and requests by service.

DynamoDB reports the units itself (`ReturnConsumedCapacity=INDEXES`): a transactional write of a table counts twice, a
write of an index once, and a write that changes nothing in an index nothing there.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.partitions import JOURNAL, TABLE, Entries, Place
from benchmarks.portal import CountingWorld

READS = ("Query", "GetItem", "BatchGetItem", "Scan", "TransactGetItems")


@dataclass(eq=False)
class Consumed:
    """Units by table or index, requests by service, and writes by partition key."""

    reads: dict[str, float] = field(default_factory=dict)
    writes: dict[str, float] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    """Requests to `dynamodb`, `s3`, `kms` and `sesv2`, to the `api`, `uploads` of browsers, and `runs` of schedules."""
    s3: Counter[str] = field(default_factory=Counter)
    """The requests to S3 by operation."""
    keys: Counter[Place] = field(default_factory=Counter)
    """Write units by table or index and partition key, as `benchmarks/partitions.py` computes them."""

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add_keys(self, units: Counter[Place]) -> None:
        """Add units by partition key; several threads may do so at once."""
        with self._lock:
            self.keys.update(units)

    def __iadd__(self, other: "Consumed") -> "Consumed":
        for mine, more in ((self.reads, other.reads), (self.writes, other.writes)):
            for place, units in more.items():
                mine[place] = mine.get(place, 0) + units
        for counted, more_counted in ((self.requests, other.requests), (self.s3, other.s3)):
            counted.update(more_counted)
        self.add_keys(other.keys)
        return self

    def as_json(self) -> dict[str, Any]:
        """Everything but the keys."""
        parts: dict[str, Mapping[str, float]] = {
            "reads": self.reads,
            "writes": self.writes,
            "requests": self.requests,
            "s3": self.s3,
        }
        return {name: dict(sorted(counted.items())) for name, counted in parts.items()}


SERVICES: tuple[Literal["dynamodb", "s3", "kms", "sesv2"], ...] = ("dynamodb", "s3", "kms", "sesv2")


@contextlib.contextmanager
def recording_keys(world: CountingWorld) -> Iterator[None]:
    """Compute the units by partition key of all requests within the block, for every block of `recording` in it."""
    from chalicelib.repos.process import aws

    entries, events = Entries(), aws.client("dynamodb").meta.events

    def asked(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked"] = dict(params)

    def answered(http_response: Any, context: dict[str, Any], **_: Any) -> None:
        if http_response.status_code == 200:
            units = entries.written(context["asked"])
            for consumed in list(world.recorded):
                consumed.add_keys(units)

    events.register_first("before-parameter-build.dynamodb.*", asked, unique_id="entries-asked")
    events.register("after-call.dynamodb.*", answered, unique_id="entries-answered")
    try:
        yield
    finally:
        events.unregister("before-parameter-build.dynamodb.*", asked, unique_id="entries-asked")
        events.unregister("after-call.dynamodb.*", answered, unique_id="entries-answered")


@contextlib.contextmanager
def recording(world: CountingWorld) -> Iterator[Consumed]:
    """Record what all requests of the process within the block consume; blocks can be nested."""
    consumed = Consumed()
    before = world.counted.copy()
    world.recorded.append(consumed)
    with contextlib.ExitStack() as handlers:
        handlers.callback(world.recorded.remove, consumed)
        _register(handlers, _Noting(consumed))
        yield consumed
    consumed.requests.update(world.counted - before)


def _register(handlers: contextlib.ExitStack, noting: "_Noting") -> None:
    from chalicelib.repos.process import aws

    for service in SERVICES:
        events = aws.client(service).meta.events
        wanted: dict[str, Callable[..., None]] = {f"before-send.{service}.*": noting.sent}
        if service == "dynamodb":
            wanted |= {f"before-parameter-build.{service}.*": noting.asked, f"after-call.{service}.*": noting.answered}
        for event, handler in wanted.items():
            mark = f"{event} {id(noting)}"
            events.register(event, handler, unique_id=mark)
            handlers.callback(events.unregister, event, handler, unique_id=mark)


class _Noting:
    """The handlers of one block. Handlers of several blocks and threads run at once."""

    def __init__(self, consumed: Consumed) -> None:
        self._consumed = consumed
        self._lock = threading.Lock()

    def sent(self, event_name: str, **_: Any) -> None:
        service, operation = event_name.split(".")[1:]
        with self._lock:
            self._consumed.requests[service] += 1
            if service == "s3":
                self._consumed.s3[operation] += 1

    def asked(self, params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "INDEXES"

    def answered(self, parsed: Mapping[str, Any], event_name: str, **_: Any) -> None:
        is_read = event_name.rpartition(".")[2] in READS
        units = self._consumed.reads if is_read else self._consumed.writes
        reported = parsed.get("ConsumedCapacity", [])
        with self._lock:
            for part in [reported] if isinstance(reported, dict) else reported:
                for place, count in _by_place(part).items():
                    units[place] = units.get(place, 0) + count


def _by_place(part: Mapping[str, Any]) -> dict[str, float]:
    """The units of one table of a request, by table and index; places without units are left out."""
    from chalicelib.config import settings

    of_journal = part["TableName"] == settings().journal
    units = {JOURNAL if of_journal else TABLE: part.get("Table", part)["CapacityUnits"]}
    for name, index in part.get("GlobalSecondaryIndexes", {}).items():
        units[f"{JOURNAL}.{name}" if of_journal else name] = index["CapacityUnits"]
    return {place: count for place, count in units.items() if count}
