"""The verdicts on the files of a submission, with at most ten requests to S3 (docs/decisions/0041)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.repos.files import bucket, uploads, verdicts
from chalicelib.repos.files.scanners import scanner
from chalicelib.repos.process import aws, outcomes
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files.attachments import Attachment, UploadInspection
from chalicelib.rules.files.upload_events import UploadedVersion
from chalicelib.rules.files.verdicts import Progress, Verdict, progress_of
from chalicelib.usecases.files import inspection

MISSING = UploadInspection(uploaded=False)
PENDING = replace(MISSING, pending=True)


def inspections(
    enterprise_id: EnterpriseId,
    attachments: Sequence[Attachment],
    now: datetime,
    inline: int = limits.INLINE_INSPECTIONS,
) -> dict[Attachment, UploadInspection]:
    """The result of the inspection of each attachment.

    Up to `inline` uploads whose event was not handled yet are inspected here, which stores copies and verdicts. If
    there are more, all of them are pending; so are uploads whose scan has no result yet.

    Raises:
        Unavailable: S3 or the table does not answer.
    """
    names = [attachment.name for attachment in attachments]
    final = _final(enterprise_id, names)
    left = [name for name in names if name not in final]
    if not scanner.current().serves_requests:
        inline = 0
    pending: set[str] = set()
    if len(left) > inline:
        pending = uploads.waiting(enterprise_id, left)
        # An upload that was inspected meanwhile is no longer in the bucket, but its verdict was stored before.
        final |= _final(enterprise_id, [name for name in left if name not in pending])
        left = [*pending] if len(pending) <= inline else []
    with outcomes.unseen_by_users():
        found = aws.side_by_side(lambda name: inspection.inspect(UploadedVersion(enterprise_id, name), now), left)
    final |= {name: verdict for name, verdict in zip(left, found, strict=True) if verdict and verdict.is_final}
    pending |= {name for name, verdict in zip(left, found, strict=True) if verdict and not verdict.is_final}
    return {attachment: _inspection(attachment, final, pending) for attachment in attachments}


def progress(enterprise_id: EnterpriseId, attachment_ids: Iterable[str]) -> dict[str, Progress]:
    """State and scan of each attachment that was made for the enterprise, by its id; a request for each hundred."""
    found = bucket.named(enterprise_id, attachment_ids)
    known = verdicts.get_many(enterprise_id, [attachment.name for attachment in found]) if found else {}
    return {attachment.id: progress_of(known.get(attachment.name), attachment) for attachment in found}


def _final(enterprise_id: EnterpriseId, names: Sequence[str]) -> dict[str, Verdict]:
    return {name: verdict for name, verdict in verdicts.get_many(enterprise_id, names).items() if verdict.is_final}


def _inspection(attachment: Attachment, final: dict[str, Verdict], pending: set[str]) -> UploadInspection:
    if (verdict := final.get(attachment.name)) is not None:
        return verdict.about(attachment)
    return PENDING if attachment.name in pending else MISSING
