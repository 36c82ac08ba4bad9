"""Uploads that go with their drafts: written down in the act that lets go of them, then deleted from the bucket.

A run that is killed in between leaves the record, and the next purge finishes it: nothing is left over (page 0024).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from chalicelib.repos.drafts.counters import pack, unpack
from chalicelib.repos.files import bucket
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
    """A record of uploads that nothing names any more, and their object keys."""

    at: table.Key
    keys: tuple[str, ...]


def record_orphans(
    names: Mapping[EnterpriseId, Iterable[str]], now: datetime
) -> tuple[list[Write], list[OrphanedUploads]]:
    """The record of these uploads as a part of an act, and the same for `forget` afterwards; none for none."""
    packed = {owner: kept for owner, each in names.items() if (kept := pack(each))}
    if not packed:
        return [], []
    gone_id = ids.new()
    item = {
        "pk": f"GONE#{gone_id}",
        "sk": RECORD,
        "kind": "gone_uploads",
        "files": packed,
        "queue_pk": QUEUE,
        "queue_sk": f"{rfc3339(now)}#{gone_id}",
    }
    return [table.put(item)], [_from_item(item)]


def unfinished() -> list[OrphanedUploads]:
    """Records of runs that did not come to their end, a hundred at most."""
    rows = table.query(QUEUE, index="work_queue", limit=table.BATCH_GET).items
    return [_from_item(item) for item in table.get_many((row["pk"], row["sk"]) for row in rows).values()]


def delete_orphans(orphans: Iterable[OrphanedUploads]) -> None:
    """Delete the objects, then the records; again is no change."""
    records = list(orphans)
    bucket.delete_uploads(key for record in records for key in record.keys)
    for some in batched(records, TRANSACTION_ACTIONS):
        table.commit(*(table.delete(record.at) for record in some))


def _from_item(item: table.Item) -> OrphanedUploads:
    keys = (
        bucket.upload_key(owner, name) for owner, packed in item["files"].items() for name in sorted(unpack(packed))
    )
    return OrphanedUploads((item["pk"], item["sk"]), tuple(keys))
