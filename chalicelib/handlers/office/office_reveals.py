"""A whole application for whoever compares it with its documents: masked fields in clear, and all its files."""

from pydantic import BaseModel

from chalicelib import data
from chalicelib.handlers.applications import attachment_shapes
from chalicelib.handlers.applications.attachment_shapes import ScanShown
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Address, AttachmentKey, AttachmentKindCode, Moment, PersonId
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.applications import Downloads, Reveal
from chalicelib.usecases.applications import attachments, reveal
from chalicelib.usecases.applications.attachments import File

routes = Routes(__name__)


class RevealedPersonReply(BaseModel):
    """Fields of one person in clear; null for a field that was not filled in."""

    number: PersonId
    name: str
    fields: dict[str, str | None]


class RevealedApplication(BaseModel):
    """Fields of a whole application in clear, for a reason that is in the history."""

    fields: dict[str, str | None]
    """Of a follow-up application itself: its new passport number, and the one that its person had; else empty."""
    persons: list[RevealedPersonReply]
    """Everybody in the application; empty for a follow-up application."""


class FileReply(BaseModel):
    """A file, and where it can be downloaded for ten minutes."""

    person_number: PersonId | None
    """None for a file of the application as a whole."""
    id: AttachmentKey
    kind: AttachmentKindCode
    kind_label: str
    content_type: str
    scan: ScanShown
    url: Address | None
    """None if the file was not found clean: nobody opens it."""
    expires_at: Moment | None


class Files(BaseModel):
    """The files of an application, those of the application first, then those of each person."""

    items: list[FileReply]
    next_cursor: str | None


@routes.add(
    "POST",
    "/office/applications/{number}/reveal",
    Access.OFFICERS,
    body=Reveal,
    reply=RevealedApplication,
    proven=True,
)
def reveal_application(call: Call, number: str) -> RevealedApplication:
    """Show masked fields of all persons, or of a follow-up application itself, with one entry in the history."""
    shown = reveal.reveal_application(number, call.body, call.act)
    persons = [
        RevealedPersonReply(number=person.number, name=person.name, fields={**person.fields})
        for person in shown.persons
    ]
    return RevealedApplication(fields={**shown.fields}, persons=persons)


@routes.add(
    "POST", "/office/applications/{number}/downloads", Access.OFFICERS, body=Downloads, body_optional=True, reply=Files
)
def files_of_office(call: Call, number: str) -> Files:
    """Get the download addresses of all files of an application that was sent to the officer's office."""
    return _files(call, number)


@routes.add("POST", "/applications/{number}/downloads", Access.MEMBERS, body=Downloads, body_optional=True, reply=Files)
def own_files(call: Call, number: str) -> Files:
    """Get the download addresses of all files of an application of one's own enterprise."""
    return _files(call, number)


def _files(call: Call, number: str) -> Files:
    page = attachments.download_addresses(number, call.body.cursor, call.viewer, call.now)
    return Files(items=[_file(file, call.language) for file in page.files], next_cursor=page.next_cursor)


def _file(file: File, language: str) -> FileReply:
    return FileReply(
        person_number=file.person_number,
        id=file.attachment.id,
        kind=file.attachment.kind,
        kind_label=data.attachment_kinds()[file.attachment.kind].label(language),
        content_type=file.attachment.content_type,
        scan=attachment_shapes.scan(file.progress, language),
        url=file.address.url if file.address else None,
        expires_at=rfc3339(file.address.expires_at) if file.address else None,
    )
