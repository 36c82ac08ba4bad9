"""Files that a submission names: checked by their verdicts, claimed for the application once it is accepted.

How files are inspected and kept is in docs/decisions/0041.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.repos.files import bucket, claims
from chalicelib.repos.process import clock
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications import submission
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.base.vocabulary import ApplicationNumber, EnterpriseId, OfficeCode
from chalicelib.usecases.files import reading

VOUCHER = "payment_voucher"
"""The kind of attachment of a payment voucher."""


@dataclass(frozen=True)
class InspectedFiles:
    """The newly named files of a content; all of them can be accepted."""

    warnings: list[FieldError]
    """Remarks on the files that refuse nothing (docs/domain.md 4.6)."""
    _enterprise_id: EnterpriseId = field(repr=False)
    _changed: frozenset[str] = field(repr=False)
    """Names of the files that the application names only before or only after the request."""

    def claimed(self, number: ApplicationNumber, now: datetime) -> list[Write]:
        """Claim the files for the application, so that they are kept as long as it names them; at most one write.

        Committed with the application, or before it where its transaction has no room: a claim of a request that is
        refused has no effect.
        """
        return [claims.claimed(self._enterprise_id, number, self._changed, now)] if self._changed else []


def check(
    enterprise_id: EnterpriseId,
    content: Mapping[str, Any],
    before: set[str],
    prefix: str = "",
    level: str | None = "all",
    inline: int = limits.INLINE_INSPECTIONS,
) -> InspectedFiles:
    """Check every file that the content names and the application did not name before.

    Args:
        enterprise_id: whose attachments may be named.
        content: complete, as validated.
        before: ids of the attachments that the application has accepted already.
        prefix: path of the content in the body, for the paths of errors.
        level: whose required attachments must be there: those of the group and its persons (`all`), of one person
            (`person`), or none (None).
        inline: how many uploads without a verdict are inspected here; with 0 nothing is written.

    Raises:
        Invalid: with every file that cannot be accepted and every kind that is missing.
        Unavailable: S3 or the table does not answer.
    """
    attachments = bucket.named(enterprise_id, submission.attachment_ids(content))
    known = {attachment.id: attachment for attachment in attachments}
    new = [attachment for attachment in attachments if attachment.id not in before]
    found = reading.inspections(enterprise_id, new, clock.now(), inline)
    inspections = {attachment.id: inspection for attachment, inspection in found.items()}
    submission.check_attachments(content, known, inspections, prefix, level)
    left_out = bucket.named(enterprise_id, before - known.keys())
    changed = frozenset(attachment.name for attachment in (*new, *left_out))
    return InspectedFiles(submission.warnings_on_files(content, inspections), enterprise_id, changed)


def check_person(
    enterprise_id: EnterpriseId, office: OfficeCode, person: Mapping[str, Any], before: set[str]
) -> InspectedFiles:
    """Check the files of one person whose content is sent alone; arguments and refusals as of `check`."""
    return check(enterprise_id, {"office": office, "attachments": [], "persons": [person]}, before, level="person")


def check_voucher(enterprise_id: EnterpriseId, attachments: Iterable[str], before: Iterable[str]) -> InspectedFiles:
    """Check the files of a payment voucher, all of which must be of that kind; arguments and refusals as of `check`."""
    ids = list(attachments)
    kinds = {attachment.id: attachment.kind for attachment in bucket.named(enterprise_id, ids)}
    errors = [
        FieldError(f"attachments.{position}", "VOUCHER_KIND")
        for position, attachment_id in enumerate(ids)
        if kinds.get(attachment_id, VOUCHER) != VOUCHER
    ]
    if errors:
        raise Invalid(errors)
    return check(enterprise_id, {"attachments": ids, "persons": []}, set(before), level=None)


def check_service(
    enterprise_id: EnterpriseId,
    content: Mapping[str, Any],
    before: set[str],
    inline: int = limits.INLINE_INSPECTIONS,
) -> InspectedFiles:
    """Check the files of a follow-up service, which requires no attachments; arguments and refusals as of `check`."""
    files = {"attachments": content["attachments"], "persons": []}
    return check(enterprise_id, files, before, level=None, inline=inline)
