"""Files that a submission names: looked at when it is checked, kept when nothing of it is refused any more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.repos.files import bucket
from chalicelib.rules.applications import submission
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files.attachments import Attachment, UploadInspection


@dataclass(frozen=True)
class InspectedFiles:
    """Files of a content that were looked at and may be accepted."""

    warnings: list[FieldError]
    """What is worth a second look."""
    _inspections: Mapping[Attachment, UploadInspection] = field(repr=False)
    _places: Mapping[str, str] = field(repr=False)

    def store_copies(self) -> None:
        """Keep copies of them: right before the act, so that whoever is refused leaves none behind.

        Raises:
            Invalid: files that were replaced after an earlier try had kept them, and must be uploaded as new ones.

        """
        if replaced := bucket.store_copies(self._inspections):
            raise Invalid([FieldError(self._places[each.id], "ATTACHMENT_REPLACED") for each in replaced])


def check(
    enterprise_id: EnterpriseId,
    content: Mapping[str, Any],
    before: set[str],
    prefix: str = "",
    level: str | None = "all",
) -> InspectedFiles:
    """Look at every file that the content has not named `before`; `Invalid` with each that cannot be accepted.

    `level` says whose checklist must be met: of the group and its persons (`all`), of the one person, or none (None).
    """
    known = {each.id: each for each in bucket.named(enterprise_id, submission.attachment_ids(content))}
    found = bucket.inspect(attachment for each, attachment in known.items() if each not in before)
    inspections = {attachment.id: each for attachment, each in found.items()}
    submission.check_attachments(content, known, inspections, prefix, level)
    return InspectedFiles(
        submission.warnings_on_files(content, inspections), found, submission.attachment_fields(content, prefix, level)
    )


def check_service(enterprise_id: EnterpriseId, content: Mapping[str, Any]) -> InspectedFiles:
    """The files of a follow-up service; it has no checklist of its own."""
    return check(enterprise_id, {"attachments": content["attachments"], "persons": []}, set(), level=None)
