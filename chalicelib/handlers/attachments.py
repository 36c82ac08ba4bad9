"""附件: upload forms and download addresses; the files themselves travel between browser and bucket."""

from pydantic import BaseModel

from chalicelib.handlers.downloads import Download
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.applications import AttachmentForm
from chalicelib.usecases.applications import attachments

routes = Routes(__name__)


class Upload(BaseModel):
    """Where and with which fields the browser posts the file."""

    url: str
    fields: dict[str, str]


class AttachmentReply(BaseModel):
    """An attachment that can be uploaded now."""

    id: str
    kind: str
    upload: Upload
    expires_at: str


@routes.add("POST", "/attachments", Access.MEMBERS, body=AttachmentForm, reply=AttachmentReply, status=201)
def announce(call: Call) -> AttachmentReply:
    """Announce a file: kind, type and size are checked before it is sent."""
    announced = attachments.announce(call.body, call.act)
    return AttachmentReply(
        id=announced.attachment.id,
        kind=announced.attachment.kind,
        upload=Upload(**announced.upload_form),
        expires_at=rfc3339(announced.expires_at),
    )


@routes.add("GET", "/applications/{number}/attachments/{attachment_id}", Access.MEMBERS, reply=Download)
def own(call: Call, number: str, attachment_id: str) -> Download:
    """Get the download address of a file of an application of one's own enterprise."""
    return _download(call, number, attachment_id)


@routes.add("GET", "/office/applications/{number}/attachments/{attachment_id}", Access.OFFICERS, reply=Download)
def of_office(call: Call, number: str, attachment_id: str) -> Download:
    """Get the download address of a file of an application that was sent to the officer's office."""
    return _download(call, number, attachment_id)


def _download(call: Call, number: str, attachment_id: str) -> Download:
    address = attachments.download_address(number, attachment_id, call.viewer, call.now)
    return Download(kind=address.kind, url=address.url, expires_at=rfc3339(address.expires_at))
