"""What the inspection of an upload found: from its content, and as it is stored (docs/decisions/0041)."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.rules.files import images
from chalicelib.rules.files.attachments import Attachment, UploadInspection

MAGIC: Mapping[str, tuple[bytes, ...]] = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "application/pdf": (b"%PDF-",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
}
"""The first bytes of files of each accepted type."""

PICTURES = (images.JPEG, images.PNG)


class State(StrEnum):
    """How far an inspection has come."""

    BEGUN = "begun"
    """A copy may exist, what it contains is not stored yet."""
    DONE = "done"
    """The copy exists, and the verdict is about the copy."""
    UNFIT = "unfit"
    """The content is not of the announced type: there is no copy."""


class AttachmentState(StrEnum):
    """How far an uploaded file has come, as its enterprise sees it."""

    WAITING = "waiting"
    """It was not uploaded, or waits for its inspection."""
    ACCEPTED = "accepted"
    UNFIT = "unfit"
    """Its content is not of the announced type."""
    REPLACED = "replaced"
    """Two contents were uploaded by one form: it must be uploaded again."""
    DELETED = "deleted"
    """Nothing has named it for a week: it must be uploaded again."""


@dataclass(frozen=True)
class Findings:
    """What is found in one content."""

    fits: bool
    """Whether its first bytes match its type."""
    size: tuple[int, int] | None = None
    """Width and height of a picture in pixels; None for other files, or if it cannot be measured."""
    readable: bool = True
    """False for a picture that cannot be read: it is copied unchanged, with its metadata."""


@dataclass(frozen=True)
class Verdict:
    """The stored result of inspecting an upload."""

    state: State
    content_type: str = ""
    """The media type with which the file was uploaded."""
    digest: str = ""
    """SHA-256 of the upload that was inspected, as hexadecimal digits."""
    etag: str = ""
    """ETag of that upload."""
    size: tuple[int, int] | None = None
    readable: bool = True
    copy_version: str = ""
    """Version of the copy in the bucket."""
    replaced: bool = False
    """Whether another content was uploaded by the same form: the portal cannot know which one was meant."""
    applications: tuple[str, ...] = ()
    """Numbers of the applications that name the file, as far as their claims are settled."""
    given_up_at: datetime | None = None
    """When nothing named the file any more, so that it will be deleted; it cannot be submitted since."""

    @property
    def is_final(self) -> bool:
        """Whether the inspection is complete."""
        return self.state is not State.BEGUN

    def about(self, attachment: Attachment) -> UploadInspection:
        """The inspection of an attachment with this verdict."""
        if self.given_up_at is not None:
            return UploadInspection(uploaded=False)
        fits = self.state is State.DONE and self.content_type == attachment.content_type
        return UploadInspection(True, fits, self.size, self.readable, replaced=self.replaced)


def state_of(verdict: Verdict | None, attachment: Attachment) -> AttachmentState:
    """The state of an attachment with this verdict; None if its inspection has not begun."""
    if verdict is None or not verdict.is_final:
        return AttachmentState.WAITING
    if verdict.given_up_at is not None:
        return AttachmentState.DELETED
    if verdict.replaced:
        return AttachmentState.REPLACED
    return AttachmentState.ACCEPTED if verdict.about(attachment).fits else AttachmentState.UNFIT


def inspected(content: bytes, content_type: str) -> Findings:
    """Inspect a content: its first bytes, the size of a picture, and whether its metadata can be removed."""
    if content_type not in MAGIC or not content.startswith(MAGIC[content_type]):
        return Findings(fits=False)
    size = None
    try:
        if content_type in PICTURES:
            size = images.size(content, content_type)
            images.cleaned(content, content_type)
    except images.Unreadable:
        return Findings(fits=True, size=size, readable=False)
    return Findings(fits=True, size=size)


def cleaned(content: bytes, content_type: str) -> bytes:
    """A picture without its metadata; unchanged if it cannot be read or is no picture."""
    with contextlib.suppress(images.Unreadable):
        return images.cleaned(content, content_type) if content_type in PICTURES else content
    return content
