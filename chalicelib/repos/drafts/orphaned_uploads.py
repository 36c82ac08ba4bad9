"""Uploads that no draft names any more: recorded in the transaction that ends the draft, then deleted.

The copies of inspected uploads are not deleted here but reviewed, because an application may name them. If the process
is killed in between, the record remains and the next purge processes it (docs/decisions/0024, 0041).
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from chalicelib.repos.drafts.counters import pack, unpack
from chalicelib.repos.files import bucket, uploads, verdicts
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.limits import TRANSACTION_ACTIONS
from chalicelib.rules.base.vocabulary import EnterpriseId

QUEUE = "GONE_UPLOADS"
RECORD = "GONE"
"""Sort key of a record."""


@dataclass(frozen=True)
class OrphanedUploads:
    """A record of uploads that no draft names: its primary key and the names of the uploads by enterprise."""

    at: table.Key
    names: Mapping[EnterpriseId, tuple[str, ...]]


def record_orphans(
    names: Mapping[EnterpriseId, Iterable[str]], now: datetime
) -> tuple[list[Write], list[OrphanedUploads]]:
    """The writes that record uploads as orphans, and the record for `delete_orphans` once they are committed.

    Args:
        names: Names of uploads by enterprise.
        now: When their drafts ended.

    Returns:
        One write and one record; nothing if there are no names.
    """
    packed = {owner: content for owner, named in names.items() if (content := pack(named))}
    if not packed:
        return [], []
    record_id = ids.new()
    item = {
        "pk": f"GONE#{record_id}",
        "sk": RECORD,
        "kind": "gone_uploads",
        "files": packed,
        "queue_pk": QUEUE,
        "queue_sk": f"{rfc3339(now)}#{record_id}",
    }
    return [table.put(item)], [_from_item(item)]


def unfinished() -> list[OrphanedUploads]:
    """Records whose uploads were not deleted yet, at most 100."""
    rows = table.query(QUEUE, index="work_queue", limit=table.BATCH_GET).items
    return [_from_item(item) for item in table.get_many((row["pk"], row["sk"]) for row in rows).values()]


def delete_orphans(orphans: Iterable[OrphanedUploads]) -> None:
    """Delete uploads that were not inspected, then the records; repeating it changes nothing.

    Copies are deleted by their next review, which takes place within a week.

    Raises:
        Unavailable: The bucket or the table cannot be reached; the records remain.
    """
    records = list(orphans)
    named = [(owner, name) for record in records for owner, names in record.names.items() for name in names]
    uploads.delete((bucket.upload_key(owner, name), "") for owner, name in named)
    for batch in batched(records, TRANSACTION_ACTIONS):
        table.commit(*(table.delete(record.at) for record in batch))


def hasten_reviews(orphans: Iterable[OrphanedUploads], now: datetime) -> None:
    """Let the next purge review the copies of these uploads: within two nights they are deleted.

    Raises:
        Unavailable: The table cannot be reached.
    """
    for owner, names in itertools.chain.from_iterable(record.names.items() for record in orphans):
        unclaimed = [name for name, verdict in verdicts.get_many(owner, names).items() if not verdict.applications]
        for batch in batched(unclaimed, TRANSACTION_ACTIONS):
            table.commit(*(verdicts.review_hastened(owner, name, now) for name in batch))


def _from_item(item: table.Item) -> OrphanedUploads:
    names = {EnterpriseId(owner): tuple(sorted(unpack(packed))) for owner, packed in item["files"].items()}
    return OrphanedUploads((item["pk"], item["sk"]), names)
