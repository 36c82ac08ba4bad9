"""Attachments as replies show them. Requests name an attachment by its id."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.handlers.http.formats import AttachmentKey, AttachmentKindCode
from chalicelib.repos.files import bucket
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files.attachments import Attachment
from chalicelib.rules.files.scans import ScannerName, ScanState
from chalicelib.rules.files.verdicts import AWAITED, AttachmentState, Progress

type States = Mapping[str, Progress]
"""State and scan of each attachment by its id."""


class ScanShown(BaseModel):
    """The scan of a file for malicious content."""

    state: ScanState
    state_label: str
    scanner: ScannerName | None
    """None before the first result."""
    scanner_label: str | None
    """Says so if it is the sandbox's, which recognises a test file only."""


class AttachmentShown(BaseModel):
    """An uploaded file: what was announced about it, and how far it has come."""

    id: AttachmentKey
    kind: AttachmentKindCode
    kind_label: str
    filename: str
    """Made from kind and type: the name under which the file was uploaded is not stored, as it often names a person."""
    content_type: str
    size: int
    """The announced size in bytes."""
    state: AttachmentState
    state_label: str
    scan: ScanShown | None
    """None in the content of an application, each file of which was clean when it was accepted: the reply that has its
    address says what is known now."""


def shown(attachment: Attachment, progress: Progress, language: str) -> AttachmentShown:
    """One attachment."""
    state = {"state": progress.state, "state_label": text("attachment_states", progress.state, language)}
    named = _named(attachment.kind, attachment.content_type, language)
    return AttachmentShown(id=attachment.id, size=attachment.size, **named, **state, scan=scan(progress, language))


def scan(progress: Progress, language: str) -> ScanShown:
    """The scan of one attachment."""
    return ScanShown(
        state=progress.scan,
        state_label=text("scan_states", progress.scan, language),
        scanner=progress.scanner,
        scanner_label=text("scanners", progress.scanner, language) if progress.scanner else None,
    )


@functools.cache
def _named(kind: str, content_type: str, language: str) -> dict[str, Any]:
    """What files of one kind and type have in common."""
    label = data.attachment_kinds()[kind].label(language)
    filename = f"{label}.{bucket.CODES[content_type]}"
    return {"kind": kind, "kind_label": label, "filename": filename, "content_type": content_type}


def drafted(enterprise_id: EnterpriseId, ids: Iterable[str], states: States, language: str) -> list[AttachmentShown]:
    """The attachments of one list of a draft.

    Args:
        enterprise_id: whose draft it is; ids that were not made for this enterprise are left out.
        ids: the attachments in their order.
        states: as far as they were read.
        language: of the labels.
    """
    found = bucket.named(enterprise_id, ids)
    return [shown(each, states.get(each.id, AWAITED), language) for each in found]


def accepted(ids: Iterable[str], language: str) -> list[dict[str, Any]]:
    """The fields of `AttachmentShown` for one list of an application, all files of which have been accepted."""
    rows = []
    for each in dict.fromkeys(ids):
        kind, content_type, size = bucket.announced(each)
        rows.append({**_accepted(kind, content_type, language), "id": each, "size": size})
    return rows


@functools.cache
def _accepted(kind: str, content_type: str, language: str) -> dict[str, Any]:
    """What accepted files of one kind and type have in common."""
    state = AttachmentState.ACCEPTED
    label = text("attachment_states", state, language)
    return {**_named(kind, content_type, language), "state": state.value, "state_label": label, "scan": None}
