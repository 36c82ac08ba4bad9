"""The entries of the journal by the day in China on which they were written (docs/decisions/0086).

Each entry of history and audit has its digest, and is in the index `by_day`. The partitions of a day are shards: one
partition of an index takes 1,000 writes a second.
"""

from datetime import date

from chalicelib.repos.process import clock
from chalicelib.repos.table import table
from chalicelib.repos.table.shards import shard_of
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.journal_days import Leaf, in_order

SHARDS = 8
INDEX = "by_day"


def index_attributes(entry_id: str, digest: str) -> dict[str, str]:
    """What the item of an entry has for its day: the day on which it is written, and its digest.

    The day is that of the clock and not of the act: a run that is repeated hours later adds nothing to a day whose root
    exists already.
    """
    return {"day_pk": partition(china_day(clock.now()), shard_of(entry_id, SHARDS)), "digest": digest}


def partition(day: date, shard: int) -> str:
    """A partition of the index."""
    return f"DAY#{day.isoformat()}#{shard}"


def day_of(item: table.Item) -> date | None:
    """The day of an item; None for an entry of the time before days had roots."""
    return date.fromisoformat(item["day_pk"].split("#")[1]) if "day_pk" in item else None


def entries(day: date) -> list[Leaf]:
    """The entries of a day in the order of the tree."""
    return in_order([leaf for shard in range(SHARDS) for leaf in _entries(partition(day, shard))])


def _entries(partition_key: str) -> list[Leaf]:
    page = table.query(partition_key, index=INDEX)
    found = [leaf(item) for item in page.items]
    while page.next_key:
        page = table.query(partition_key, index=INDEX, start=page.next_key)
        found += [leaf(item) for item in page.items]
    return found


def leaf(item: table.Item) -> Leaf:
    """The leaf of an item."""
    return Leaf(item["pk"], item["sk"], item["digest"], item.get("enterprise_id", ""))
