"""附件: which files are taken, and which ones an office asks for (domain 3.4, 3.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib import data
from chalicelib.rules.base.errors import FieldError, Invalid, invalid
from chalicelib.rules.base.limits import UPLOAD_OLD
from chalicelib.rules.base.vocabulary import EnterpriseId, OfficeCode

MAGIC: Mapping[str, tuple[bytes, ...]] = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "application/pdf": (b"%PDF-",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
}
"""How a file of each accepted type begins."""


@dataclass(frozen=True)
class Attachment:
    """One uploaded file of an enterprise; everything that must be known of it is in its id."""

    id: str
    name: str
    """What its objects are called."""
    announced_on: date
    enterprise_id: EnterpriseId
    kind: str
    content_type: str
    size: int
    key: str
    """Object key of the upload; its address can be posted to for 15 minutes."""
    file_key: str
    """Object key of the accepted copy, which no browser can write to."""


@dataclass(frozen=True)
class UploadInspection:
    """What a look at an upload found."""

    uploaded: bool
    fits: bool = False
    """Whether it is of the type it says, by its first bytes."""
    size: tuple[int, int] | None = None
    """Width and height of a picture, None if it is none or cannot be measured."""
    readable: bool = True
    """False for a picture that cannot be read here: it is kept as it is, with its metadata."""
    etag: str = ""
    """Which upload was looked at; empty if an earlier submission has kept the file and its upload has gone."""


def check_upload(kind: str, content_type: str, size: int) -> None:
    """Accept a file that is about to be uploaded, or say which of kind, type and size does not fit."""
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
    """Whether the bucket's own rule could take the upload before a draft saved today has ended."""
    return not today - UPLOAD_OLD < attachment.announced_on <= today


def content_matches_type(attachment: Attachment, head: bytes) -> bool:
    """Whether a file that begins with these bytes is of the type announced."""
    return head.startswith(MAGIC[attachment.content_type])


def wrong_pixel_size(field: str, kind: str, size: tuple[int, int] | None) -> Iterable[FieldError]:
    """Whether a picture measures what its kind must (domain 3.5); one that cannot be measured here is let through."""
    pixels = data.attachment_kinds()[kind].pixels
    if pixels is None or size is None or pixels.fits(*size):
        return
    least, most = ("x".join(map(str, each)) for each in (pixels.least, pixels.most))
    low, high = pixels.ratio
    yield FieldError(field, "PICTURE_SIZE", {"least": least, "most": most, "ratio": f"{low:g}–{high:g}"})


def missing_kinds(office: OfficeCode, level: str, kinds: Iterable[str], field: str) -> list[FieldError]:
    """What the office's checklist wants on this level (`person`, `group`) and is not among the kinds given."""
    given = set(kinds)
    wanted = data.offices()[office].required_attachments[level]
    return [
        FieldError(field, "ATTACHMENT_MISSING", {"kind": data.attachment_kinds()[kind].name})
        for kind in wanted
        if kind not in given
    ]
