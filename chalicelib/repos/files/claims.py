"""Claims: which files a request lets an application name, or name no more (docs/decisions/0041).

A claim is one write in the transaction of the application, which has no room for a write of each of its files, or is
stored before it. The purge settles it afterwards by what the application names then. A file of a claim that is not
settled is never deleted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.limits import CLAIM_SETTLES
from chalicelib.rules.base.vocabulary import ApplicationNumber, EnterpriseId

QUEUE = "FILE_CLAIMS"


@dataclass(frozen=True)
class Claim:
    """One claim of one application."""

    at: table.Key
    """Its primary key."""
    enterprise_id: EnterpriseId
    number: ApplicationNumber
    names: tuple[str, ...]
    """Names of uploads."""


def claimed(enterprise_id: EnterpriseId, number: ApplicationNumber, names: Iterable[str], now: datetime) -> Write:
    """Claim files for an application."""
    claim_id = ids.new()
    return table.put(
        {
            "pk": f"CLAIMS#{enterprise_id}",
            "sk": f"CLAIM#{claim_id}",
            "kind": "file_claim",
            "enterprise_id": enterprise_id,
            "number": number,
            "names": sorted(set(names)),
            "queue_pk": QUEUE,
            "queue_sk": f"{rfc3339(now)}#{claim_id}",
        }
    )


def claim_deleted(claim: Claim) -> Write:
    """Delete a claim that is settled."""
    return table.delete(claim.at)


def to_settle(now: datetime, limit: int) -> Iterator[Claim]:
    """Claims of requests that have ended, oldest first."""
    until, start = (table.LOWEST, rfc3339(now - CLAIM_SETTLES)), None
    while True:
        page = table.query(QUEUE, index="work_queue", between=until, limit=limit, start=start)
        items = table.get_many((row["pk"], row["sk"]) for row in page.items)
        yield from (_from_item(items[row["pk"], row["sk"]]) for row in page.items if (row["pk"], row["sk"]) in items)
        start = page.next_key
        if start is None:
            return


def names(enterprise_id: EnterpriseId) -> frozenset[str]:
    """The files of all claims of an enterprise that are not settled, read consistently."""
    items = table.query_all(f"CLAIMS#{enterprise_id}")
    return frozenset(name for item in items for name in item["names"])


def _from_item(item: Item) -> Claim:
    enterprise_id = EnterpriseId(item["enterprise_id"])
    return Claim((item["pk"], item["sk"]), enterprise_id, ApplicationNumber(item["number"]), tuple(item["names"]))
