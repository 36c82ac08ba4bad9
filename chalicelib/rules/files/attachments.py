"""附件: which uploads are accepted, and which kinds an office requires (docs/domain.md 4.4, 4.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from chalicelib import data
from chalicelib.rules.base.errors import FieldError, Invalid, invalid
from chalicelib.rules.base.vocabulary import EnterpriseId, OfficeCode
from chalicelib.rules.files.scans import ScanState


@dataclass(frozen=True)
class Attachment:
    """One uploaded file of an enterprise; its id contains all its properties."""

    id: str
    name: str
    """The common part of its object keys."""
    enterprise_id: EnterpriseId
    kind: str
    content_type: str
    size: int
    key: str
    """Object key of the upload; its form can be posted for 15 minutes."""
    file_key: str
    """Object key of the cleaned copy, which clients cannot write."""

    @property
    def suffix(self) -> str:
        """The ending of a file name for its type."""
        return self.id.split(".")[2]


class Defect(StrEnum):
    """What is wrong with a content that is of its type."""

    CUT = "cut"
    """A picture without its end: its lower part is missing."""
    ENCRYPTED = "encrypted"
    """A PDF with a password or with restricted rights."""
    NO_PAGES = "no_pages"
    """A PDF without a page."""


@dataclass(frozen=True)
class UploadInspection:
    """The result of inspecting an upload."""

    uploaded: bool
    fits: bool = False
    """Whether its content is of the announced type."""
    size: tuple[int, int] | None = None
    """Width and height of a picture in pixels; None for other files, or if it cannot be measured."""
    readable: bool = True
    """False for a picture that cannot be read: it is stored unchanged, with its metadata."""
    replaced: bool = False
    """Whether different contents were uploaded by the same form."""
    pending: bool = False
    """Whether the upload waits for its inspection."""
    defects: tuple[Defect, ...] = ()
    announced: bool = True
    """Whether it has as many bytes as were announced."""
    scan: ScanState = ScanState.NOT_SCANNED

    def refusal_as(self, kind: str) -> str | None:
        """The code of the error for which the file cannot be accepted as this kind; None if it can."""
        is_printed = data.attachment_kinds()[kind].pixels is not None
        is_damaged = not self.readable or Defect.CUT in self.defects
        refusals = {
            "ATTACHMENT_PENDING": self.pending,
            "ATTACHMENT_NOT_UPLOADED": not self.uploaded,
            "ATTACHMENT_INFECTED": self.scan is ScanState.INFECTED,
            "ATTACHMENT_UNSUPPORTED": self.scan is ScanState.UNSUPPORTED,
            "ATTACHMENT_REPLACED": self.replaced,
            "ATTACHMENT_CONTENT": not self.fits,
            "ATTACHMENT_UNSCANNED": self.scan is not ScanState.CLEAN,
            "PDF_WITHOUT_PAGES": Defect.NO_PAGES in self.defects,
            "PICTURE_DAMAGED": is_printed and is_damaged,
        }
        return next((code for code, holds in refusals.items() if holds), None)


def kind_of(attachment_id: str) -> str:
    """The kind of an attachment whose id was accepted."""
    return attachment_id.split(".")[1]


def check_upload(kind: str, content_type: str, size: int) -> None:
    """Check an upload before it is made.

    Args:
        kind: Code of the kind of attachment.
        content_type: The announced media type.
        size: The announced size in bytes.

    Raises:
        Invalid: Kind, type or size is not accepted.
    """
    rule = data.attachment_kinds().get(kind)
    if rule is None:
        raise invalid("kind", "ATTACHMENT_KIND")
    errors = []
    if content_type not in rule.content_types:
        allowed = "、".join(rule.content_types)
        errors.append(FieldError("content_type", "ATTACHMENT_TYPE", {"allowed": allowed}))
    if size > rule.max_bytes:
        errors.append(FieldError("size", "ATTACHMENT_SIZE", {"max_bytes": rule.max_bytes}))
    if errors:
        raise Invalid(errors)


def wrong_pixel_size(field: str, kind: str, size: tuple[int, int] | None) -> Iterable[FieldError]:
    """The error if a picture's size does not fit its kind (docs/domain.md 4.4); no error if it cannot be measured."""
    pixels = data.attachment_kinds()[kind].pixels
    if pixels is None or size is None or pixels.fits(*size):
        return
    least, most = ("x".join(map(str, side)) for side in (pixels.least, pixels.most))
    low, high = pixels.ratio
    yield FieldError(field, "PICTURE_SIZE", {"least": least, "most": most, "ratio": f"{low:g}–{high:g}"})


def missing_kinds(office: OfficeCode, level: str, kinds: Iterable[str], field: str) -> list[FieldError]:
    """Errors for the kinds that the office's checklist requires at a level (`person`, `group`) and that are missing."""
    given = set(kinds)
    wanted = data.offices()[office].required_attachments[level]
    return [FieldError(field, "ATTACHMENT_MISSING", {"kind": kind}) for kind in wanted if kind not in given]
