"""附件: which uploads are accepted, and which kinds an office requires (docs/domain.md 4.4, 4.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib import data
from chalicelib.rules.base.errors import FieldError, Invalid, invalid
from chalicelib.rules.base.limits import UPLOAD_RENEW_AGE
from chalicelib.rules.base.vocabulary import EnterpriseId, OfficeCode

MAGIC: Mapping[str, tuple[bytes, ...]] = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "application/pdf": (b"%PDF-",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
}
"""The first bytes of files of each accepted type."""


@dataclass(frozen=True)
class Attachment:
    """One uploaded file of an enterprise; its id contains all its properties."""

    id: str
    name: str
    """The common part of its object keys."""
    announced_on: date
    enterprise_id: EnterpriseId
    kind: str
    content_type: str
    size: int
    key: str
    """Object key of the upload; its form can be posted for 15 minutes."""
    file_key: str
    """Object key of the accepted copy, which clients cannot write."""


@dataclass(frozen=True)
class UploadInspection:
    """The result of inspecting an upload."""

    uploaded: bool
    fits: bool = False
    """Whether its first bytes match the announced type."""
    size: tuple[int, int] | None = None
    """Width and height of a picture in pixels; None for other files, or if it cannot be measured."""
    readable: bool = True
    """False for a picture that cannot be read: it is stored unchanged, with its metadata."""
    etag: str = ""
    """ETag of the inspected upload; empty if an earlier submission stored it and the upload no longer exists."""


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


def needs_renewal(attachment: Attachment, today: date) -> bool:
    """Whether the bucket's lifecycle rule could delete the upload before a draft saved today is purged."""
    return not today - UPLOAD_RENEW_AGE < attachment.announced_on <= today


def content_matches_type(attachment: Attachment, head: bytes) -> bool:
    """Whether a file that begins with these bytes is of the announced type."""
    return head.startswith(MAGIC[attachment.content_type])


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
    return [
        FieldError(field, "ATTACHMENT_MISSING", {"kind": data.attachment_kinds()[kind].name})
        for kind in wanted
        if kind not in given
    ]
