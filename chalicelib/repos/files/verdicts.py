"""Verdicts: what the inspection of each upload found, one item for each upload (docs/decisions/0041).

An item is stored before the copy and deleted after it, so that the items lead to every copy in the bucket. An item
without applications is in a queue, by the time of its next review.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, chain
from typing import Any

from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files.attachments import Defect
from chalicelib.rules.files.scans import ScannerName, ScanState
from chalicelib.rules.files.upload_events import UploadedVersion
from chalicelib.rules.files.verdicts import State, Verdict

QUEUE = "FILES"
VERDICT = "VERDICT"
"""Sort key of a verdict."""

QUEUED = ("queue_pk", "queue_sk")


class VerdictChanged(Exception):
    """Raised when another inspection of the same upload has stored a verdict after this one read it."""


@dataclass(frozen=True)
class Reviewed:
    """A file whose review is due: whose it is, and its name."""

    enterprise_id: EnterpriseId
    name: str


def key(enterprise_id: str, name: str) -> table.Key:
    """Primary key of the verdict on an upload."""
    return f"FILE#{enterprise_id}#{name}", VERDICT


def get(upload: UploadedVersion) -> Verdict | None:
    """The verdict on an upload; None if its inspection has not begun."""
    item = table.get(key(upload.enterprise_id, upload.name))
    return _from_item(item) if item else None


def get_many(enterprise_id: EnterpriseId, names: Iterable[str]) -> dict[str, Verdict]:
    """The verdicts on uploads by name, 100 with each request, in parallel; missing ones are left out."""
    batches = batched((key(enterprise_id, name) for name in dict.fromkeys(names)), table.BATCH_GET)
    found = chain.from_iterable(items.values() for items in aws.side_by_side(table.get_many, batches))
    return {item["pk"].rpartition("#")[2]: _from_item(item) for item in found}


def due(now: datetime, limit: int) -> Iterator[list[Reviewed]]:
    """Files to be reviewed by this time, in batches."""
    until, start = (table.LOWEST, rfc3339(now)), None
    while True:
        page = table.query(QUEUE, index="work_queue", between=until, limit=limit, start=start)
        yield [_reviewed(row["pk"]) for row in page.items]
        start = page.next_key
        if start is None:
            return


# Writes, described for a transaction


def inspection_begun(upload: UploadedVersion, before: Verdict | None, now: datetime) -> Write:
    """Note that a copy will be stored; `VerdictChanged` if another inspection did meanwhile."""
    return _stored_over(upload, before, Verdict(State.BEGUN), now)


def held_noted(upload: UploadedVersion, before: Verdict | None, found: Verdict, now: datetime) -> Write:
    """Store that an upload is not known to be clean; `VerdictChanged` if another inspection stored a verdict."""
    return _stored_over(upload, before, found, now)


def unfit_noted(upload: UploadedVersion, before: Verdict | None, found: Verdict, now: datetime) -> Write:
    """Store the verdict on an upload that gets no copy; `VerdictChanged` if another inspection stored one."""
    return _stored_over(upload, before, found, now)


def verdict_completed(upload: UploadedVersion, found: Verdict) -> Write:
    """Store the verdict on a copy; `VerdictChanged` if the stored one is about something else."""
    return table.change(
        key(upload.enterprise_id, upload.name),
        assign=_facts(found),
        condition="#state = :begun OR #digest = :same",
        values={"begun": State.BEGUN, "same": found.digest},
        refusal=lambda _: VerdictChanged(),
    )


def replacement_noted(upload: UploadedVersion) -> Write:
    """Note that another content was uploaded by the same form; `Unavailable` if there is no verdict any more."""
    return _changed(upload.enterprise_id, upload.name, {"replaced": True})


def applications_noted(enterprise_id: EnterpriseId, name: str, numbers: Iterable[str], now: datetime) -> Write:
    """Store which applications name a file; one that none names is reviewed again."""
    named = sorted(numbers)
    review = dict.fromkeys(QUEUED) if named else _queued(enterprise_id, name, now + limits.UNCLAIMED_REVIEW)
    return _changed(enterprise_id, name, {"applications": named or None, "given_up_at": None, **review})


def review_postponed(enterprise_id: EnterpriseId, name: str, until: datetime) -> Write:
    """Review a file at this time, and let it be submitted until then."""
    return _changed(enterprise_id, name, {"given_up_at": None, **_queued(enterprise_id, name, until)})


def review_hastened(enterprise_id: EnterpriseId, name: str, now: datetime) -> Write:
    """Review a file with the next purge."""
    return _changed(enterprise_id, name, _queued(enterprise_id, name, now))


def given_up(enterprise_id: EnterpriseId, name: str, now: datetime) -> Write:
    """Let a file that nothing names be submitted no more, and be deleted when no running request can accept it."""
    queued = _queued(enterprise_id, name, now + limits.CLAIM_SETTLES)
    return _changed(enterprise_id, name, {"given_up_at": rfc3339(now), **queued})


def verdict_deleted(enterprise_id: EnterpriseId, name: str) -> Write:
    """Delete the verdict on a file that was deleted."""
    return table.delete(key(enterprise_id, name))


def _stored_over(upload: UploadedVersion, before: Verdict | None, found: Verdict, now: datetime) -> Write:
    pk, sk = key(upload.enterprise_id, upload.name)
    queued = _queued(upload.enterprise_id, upload.name, now + limits.UNCLAIMED_REVIEW)
    item = {"pk": pk, "sk": sk, "kind": "file", **_facts(found), **queued}
    if before is None:
        return table.put(item, only_new=lambda _: VerdictChanged())
    return table.replace(item, {"state": before.state, "digest": before.digest}, lambda _: VerdictChanged())


def _changed(enterprise_id: str, name: str, assign: Mapping[str, Any]) -> Write:
    """Change an existing item."""
    return table.change(
        key(enterprise_id, name),
        assign=assign,
        condition="attribute_exists(#state)",
        refusal=lambda _: Unavailable(),
    )


def _queued(enterprise_id: str, name: str, at: datetime) -> dict[str, str]:
    return {"queue_pk": QUEUE, "queue_sk": f"{rfc3339(at)}#{enterprise_id}#{name}"}


def _facts(found: Verdict) -> dict[str, Any]:
    facts = {
        "state": found.state,
        "content_type": found.content_type,
        "digest": found.digest,
        "etag": found.etag,
        "size": list(found.size) if found.size else None,
        "readable": found.readable,
        "copy_version": found.copy_version,
        "length": found.length,
        "defects": [*found.defects] or None,
        "scan": found.scan,
        "scanner": found.scanner,
    }
    return facts | ({"replaced": True} if found.replaced else {})


def _from_item(item: Item) -> Verdict:
    return Verdict(
        state=State(item["state"]),
        content_type=item["content_type"],
        digest=item["digest"],
        etag=item["etag"],
        size=(item["size"][0], item["size"][1]) if "size" in item else None,
        readable=item["readable"],
        copy_version=item["copy_version"],
        length=int(item["length"]) if "length" in item else None,
        defects=tuple(map(Defect, item.get("defects", ()))),
        replaced=item.get("replaced", False),
        applications=tuple(item.get("applications", ())),
        given_up_at=parse_time(item["given_up_at"]) if "given_up_at" in item else None,
        scan=ScanState(item.get("scan", ScanState.NOT_SCANNED)),
        scanner=ScannerName(item["scanner"]) if "scanner" in item else None,
    )


def _reviewed(pk: str) -> Reviewed:
    _, enterprise_id, name = pk.split("#")
    return Reviewed(EnterpriseId(enterprise_id), name)
