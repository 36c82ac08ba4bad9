"""Files that a submission names: inspected during validation, copied to permanent storage once it is accepted.

Why files are copied is in docs/decisions/0014.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.repos.files import bucket
from chalicelib.rules.applications import submission
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.base.vocabulary import EnterpriseId, OfficeCode
from chalicelib.rules.files.attachments import Attachment, UploadInspection


@dataclass(frozen=True)
class InspectedFiles:
    """The newly named files of a content; all of them can be accepted."""

    warnings: list[FieldError]
    """Remarks on the files that refuse nothing (docs/domain.md 4.6)."""
    _inspections: Mapping[Attachment, UploadInspection] = field(repr=False)
    _fields: Mapping[str, str] = field(repr=False)
    """The field that names each attachment, by attachment id."""

    def store_copies(self) -> None:
        """Store a permanent copy of each file.

        Called after all checks and right before the transaction, so that a refused request leaves no copy.

        Raises:
            Invalid: an earlier attempt has stored a copy, and the upload was replaced since; the file must be uploaded
                as a new attachment.
            Unavailable: an upload was replaced or deleted since it was inspected.

        """
        if replaced := bucket.store_copies(self._inspections):
            raise Invalid([FieldError(self._fields[attachment.id], "ATTACHMENT_REPLACED") for attachment in replaced])


def check(
    enterprise_id: EnterpriseId,
    content: Mapping[str, Any],
    before: set[str],
    prefix: str = "",
    level: str | None = "all",
) -> InspectedFiles:
    """Inspect every file that the content names and the application did not name before.

    Args:
        enterprise_id: whose attachments may be named.
        content: complete, as validated.
        before: ids of the attachments that the application has accepted already.
        prefix: path of the content in the body, for the paths of errors.
        level: whose required attachments must be there: those of the group and its persons (`all`), of one person
            (`person`), or none (None).

    Raises:
        Invalid: with every file that cannot be accepted and every kind that is missing.

    """
    attachments = bucket.named(enterprise_id, submission.attachment_ids(content))
    known = {attachment.id: attachment for attachment in attachments}
    found = bucket.inspect(attachment for attachment in attachments if attachment.id not in before)
    inspections = {attachment.id: inspection for attachment, inspection in found.items()}
    submission.check_attachments(content, known, inspections, prefix, level)
    warnings = submission.warnings_on_files(content, inspections)
    return InspectedFiles(warnings, found, submission.attachment_fields(content, prefix, level))


def check_person(
    enterprise_id: EnterpriseId, office: OfficeCode, person: Mapping[str, Any], before: set[str]
) -> InspectedFiles:
    """Inspect the files of one person whose content is sent alone; arguments and refusals as of `check`."""
    return check(enterprise_id, {"office": office, "attachments": [], "persons": [person]}, before, level="person")


def check_service(enterprise_id: EnterpriseId, content: Mapping[str, Any]) -> InspectedFiles:
    """Inspect the files of a follow-up service, which requires no attachments; refusals as of `check`."""
    return check(enterprise_id, {"attachments": content["attachments"], "persons": []}, set(), level=None)
