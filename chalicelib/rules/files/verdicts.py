"""What the inspection of an upload found: from its content, and as it is stored (docs/decisions/0041)."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.rules.files import images, pdf_files
from chalicelib.rules.files.attachments import Attachment, Defect, UploadInspection
from chalicelib.rules.files.scans import UNFINISHED, Scan, ScannerName, ScanState

MAGIC: Mapping[str, tuple[bytes, ...]] = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
}
"""The first bytes of files of each accepted type."""

PICTURES = (images.JPEG, images.PNG)
PDF = "application/pdf"


class State(StrEnum):
    """How far an inspection has come."""

    BEGUN = "begun"
    """A copy may exist, what it contains is not stored yet."""
    DONE = "done"
    """The copy exists, and the verdict is about the copy."""
    UNFIT = "unfit"
    """The content is not of the announced type: there is no copy."""
    HELD = "held"
    """The content is not known to be clean: there is no copy. `Verdict.scan` says why."""


class AttachmentState(StrEnum):
    """How far an uploaded file has come, as its enterprise sees it."""

    WAITING = "waiting"
    """It was not uploaded, or waits for its scan and its inspection."""
    ACCEPTED = "accepted"
    UNFIT = "unfit"
    """Its content is not of the announced type, or cannot be read or scanned."""
    INFECTED = "infected"
    """Malicious content was found, and it was deleted."""
    UNSCANNED = "unscanned"
    """It was stored before files were scanned: it must be uploaded again."""
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
    defects: tuple[Defect, ...] = ()


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
    defects: tuple[Defect, ...] = ()
    length: int | None = None
    """Bytes of the upload; None for verdicts of earlier versions."""
    copy_version: str = ""
    """Version of the copy in the bucket."""
    replaced: bool = False
    """Whether another content was uploaded by the same form: the portal cannot know which one was meant."""
    applications: tuple[str, ...] = ()
    """Numbers of the applications that name the file, as far as their claims are settled."""
    given_up_at: datetime | None = None
    """When nothing named the file any more, so that it will be deleted; it cannot be submitted since."""
    scan: ScanState = ScanState.NOT_SCANNED
    """The scan of the upload; not scanned in verdicts of earlier versions."""
    scanner: ScannerName | None = None

    @property
    def is_final(self) -> bool:
        """Whether the inspection is complete."""
        return self.state is not State.BEGUN and not (self.state is State.HELD and self.scan in UNFINISHED)

    @property
    def may_be_opened(self) -> bool:
        """Whether the file may get an address: there is a copy, and it was found clean."""
        return self.state is State.DONE and self.scan is ScanState.CLEAN

    def about(self, attachment: Attachment) -> UploadInspection:
        """The inspection of an attachment with this verdict."""
        if self.given_up_at is not None:
            return UploadInspection(uploaded=False)
        fits = self.state in (State.DONE, State.HELD) and self.content_type == attachment.content_type
        return UploadInspection(
            uploaded=True,
            fits=fits,
            size=self.size,
            readable=self.readable,
            replaced=self.replaced,
            defects=self.defects,
            announced=self.length in (None, attachment.size),
            scan=self.scan,
        )


def state_of(verdict: Verdict | None, attachment: Attachment) -> AttachmentState:
    """The state of an attachment with this verdict; None if its inspection has not begun."""
    if verdict is None or not verdict.is_final:
        return AttachmentState.WAITING
    if verdict.given_up_at is not None:
        return AttachmentState.DELETED
    if verdict.replaced:
        return AttachmentState.REPLACED
    if verdict.state is State.HELD and verdict.scan is ScanState.INFECTED:
        return AttachmentState.INFECTED
    refusal = verdict.about(attachment).refusal_as(attachment.kind)
    if refusal == "ATTACHMENT_UNSCANNED":
        return AttachmentState.UNSCANNED
    return AttachmentState.UNFIT if refusal else AttachmentState.ACCEPTED


@dataclass(frozen=True)
class Progress:
    """How far an uploaded file has come, as replies tell it."""

    state: AttachmentState
    scan: ScanState
    scanner: ScannerName | None


AWAITED = Progress(AttachmentState.WAITING, ScanState.NOT_SCANNED, None)
"""Of a file that nothing is known about."""


def progress_of(verdict: Verdict | None, attachment: Attachment) -> Progress:
    """State and scan of an attachment with this verdict; None if its inspection has not begun."""
    if verdict is None:
        return AWAITED
    return Progress(state_of(verdict, attachment), verdict.scan, verdict.scanner)


def held(scan: Scan, content_type: str, digest: str, etag: str) -> Verdict:
    """The verdict on an upload that is not known to be clean."""
    return Verdict(State.HELD, content_type, digest, etag, scan=scan.state, scanner=scan.scanner)


def inspected(content: bytes, content_type: str) -> Findings:
    """Inspect a content: its first bytes, the size and the end of a picture, the pages of a PDF."""
    if content_type == PDF:
        return _inspected_pdf(content)
    if content_type not in MAGIC or not content.startswith(MAGIC[content_type]):
        return Findings(fits=False)
    size: tuple[int, int] | None = None
    defects: tuple[Defect, ...] = ()
    try:
        if content_type in PICTURES:
            size = images.size(content, content_type)
            images.cleaned(content, content_type)
            defects = () if images.has_end(content, content_type) else (Defect.CUT,)
    except images.Unreadable:
        return Findings(fits=True, size=size, readable=False)
    return Findings(fits=True, size=size, defects=defects)


def _inspected_pdf(content: bytes) -> Findings:
    if not pdf_files.begins_as_pdf(content):
        return Findings(fits=False)
    if not pdf_files.has_pages(content):
        return Findings(fits=True, defects=(Defect.NO_PAGES,))
    return Findings(fits=True, defects=(Defect.ENCRYPTED,) if pdf_files.is_encrypted(content) else ())


def cleaned(content: bytes, content_type: str) -> bytes:
    """A picture without its metadata; unchanged if it cannot be read or is no picture."""
    with contextlib.suppress(images.Unreadable):
        return images.cleaned(content, content_type) if content_type in PICTURES else content
    return content
