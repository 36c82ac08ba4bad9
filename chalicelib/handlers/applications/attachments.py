"""附件: upload forms and download addresses; the files themselves travel between browser and bucket."""

from pydantic import BaseModel

from chalicelib.handlers.applications.attachment_shapes import AttachmentShown, shown
from chalicelib.handlers.applications.downloads import Download
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Address, Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.files.verdicts import AWAITED
from chalicelib.rules.forms.applications import AttachmentForm, AttachmentList
from chalicelib.usecases.applications import attachments
from chalicelib.usecases.applications.attachments import DownloadAddress

routes = Routes(__name__)


class Upload(BaseModel):
    """Where and with which fields the browser posts the file."""

    url: Address
    fields: dict[str, str]


class AttachmentReply(AttachmentShown):
    """An attachment that can be uploaded now."""

    upload: Upload
    expires_at: Moment


@routes.add("POST", "/attachments", Access.MEMBERS, body=AttachmentForm, reply=AttachmentReply, status=201)
def announce(call: Call) -> AttachmentReply:
    """Announce a file: kind, type and size are checked before it is sent."""
    announced = attachments.announce(call.body, call.act)
    attachment = shown(announced.attachment, AWAITED, call.language)
    return AttachmentReply(
        **attachment.model_dump(),
        upload=Upload(**announced.upload_form),
        expires_at=rfc3339(announced.expires_at),
    )


class AttachmentStates(BaseModel):
    """Attachments as they are now."""

    items: list[AttachmentShown]


@routes.add("POST", "/attachments/states", Access.MEMBERS, body=AttachmentList, reply=AttachmentStates, passive=True)
def states(call: Call) -> AttachmentStates:
    """Show how far uploads of one's own enterprise have come: scan and inspection. It does not prolong the session."""
    found = attachments.progress(call.body.attachments, call.viewer)
    return AttachmentStates(items=[shown(*one, call.language) for one in found])


@routes.add("GET", "/drafts/{draft_id}/attachments/{attachment_id}", Access.MEMBERS, reply=Download)
def of_draft(call: Call, draft_id: str, attachment_id: str) -> Download:
    """Get the download address of a file that an own draft names, as soon as the file is inspected."""
    return _shown(attachments.preview_address(draft_id, attachment_id, call.viewer, call.now))


@routes.add("GET", "/applications/{number}/attachments/{attachment_id}", Access.MEMBERS, reply=Download)
def own(call: Call, number: str, attachment_id: str) -> Download:
    """Get the download address of a file of an application of one's own enterprise."""
    return _download(call, number, attachment_id)


@routes.add("GET", "/office/applications/{number}/attachments/{attachment_id}", Access.OFFICERS, reply=Download)
def of_office(call: Call, number: str, attachment_id: str) -> Download:
    """Get the download address of a file of an application that was sent to the officer's office."""
    return _download(call, number, attachment_id)


def _download(call: Call, number: str, attachment_id: str) -> Download:
    return _shown(attachments.download_address(number, attachment_id, call.viewer, call.now))


def _shown(address: DownloadAddress) -> Download:
    return Download(kind=address.kind, url=address.url, expires_at=rfc3339(address.expires_at))
