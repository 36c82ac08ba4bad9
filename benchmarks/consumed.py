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

from benchmarks.portal import CountingWorld

READS = ("Query", "GetItem", "BatchGetItem", "Scan", "TransactGetItems")
TABLE, JOURNAL = "table", "journal"
"""The names of the two tables in `Consumed`; an index has its own name, one of the journal after `journal.`."""


@dataclass
class Consumed:
    """Units by table or index, requests by service, and writes by partition key."""

    reads: dict[str, float] = field(default_factory=dict)
    writes: dict[str, float] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    """Requests to `dynamodb`, `s3`, `kms` and `sesv2`, to the `api`, and `uploads` of browsers to S3."""
    s3: Counter[str] = field(default_factory=Counter)
    """The requests to S3 by operation."""
    keys: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many writes put an item under a partition key: (table or index, key)."""

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
def recording(world: CountingWorld) -> Iterator[Consumed]:
    """Record what all requests of the process within the block consume; blocks can be nested."""
    consumed = Consumed()
    calls, uploads = world.calls, world.uploads
    with contextlib.ExitStack() as handlers:
        _register(handlers, _Noting(consumed))
        yield consumed
    consumed.requests |= Counter({"api": world.calls - calls, "uploads": world.uploads - uploads})


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
        with self._lock:
            self._consumed.keys.update(_partition_keys(params))

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


def _partition_keys(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Tables and indexes with the partition keys under which a request writes or checks items."""
    from chalicelib.config import settings
    from chalicelib.repos.table import table

    writes = [write for action in params.get("TransactItems", []) for write in action.values()]
    if "UpdateExpression" in params or "Item" in params:
        writes.append(params)
    for write in writes:
        item = write.get("Item") or write["Key"]
        of_journal = write["TableName"] == settings().journal
        yield JOURNAL if of_journal else TABLE, item["pk"]["S"]
        indexes = table.JOURNAL_INDEXES if of_journal else table.INDEXES
        for name, (partition, _) in indexes.items():
            if name and partition in item:
                yield f"{JOURNAL}.{name}" if of_journal else name, item[partition]["S"]
