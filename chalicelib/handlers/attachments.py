"""附件: an upload form for the browser; the file goes to the bucket, never through here."""

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.replies import AttachmentReply, Download, Upload
from chalicelib.repos.applications import applications
from chalicelib.repos.files import bucket
from chalicelib.rules.applications import submission
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day, rfc3339
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.files import attachments as rules
from chalicelib.rules.forms.applications import AttachmentForm

routes = Routes(__name__)


@routes.add("POST", "/attachments", Access.MEMBERS, body=AttachmentForm, reply=AttachmentReply, status=201)
def announce(call: Call) -> AttachmentReply:
    """Announce a file: kind, type and size are checked before a byte is sent."""
    form: AttachmentForm = call.body
    rules.check_upload(form.kind, form.content_type, form.size)
    attachment = bucket.new_attachment(call.viewer.tenant, form.kind, form.content_type, form.size, china_day(call.now))
    return AttachmentReply(
        id=attachment.id,
        kind=attachment.kind,
        upload=Upload(**bucket.upload_form(attachment)),
        expires_at=rfc3339(call.now + limits.UPLOAD_LIFE),
    )


@routes.add("GET", "/applications/{number}/attachments/{attachment_id}", Access.MEMBERS, reply=Download)
def own(call: Call, number: str, attachment_id: str) -> Download:
    """An address to download a file of one's own application from."""
    return _download(call, number, attachment_id)


@routes.add("GET", "/office/applications/{number}/attachments/{attachment_id}", Access.OFFICERS, reply=Download)
def of_office(call: Call, number: str, attachment_id: str) -> Download:
    """An address to download a file from, of an application that was sent to the officer's office."""
    return _download(call, number, attachment_id)


def _download(call: Call, number: str, attachment_id: str) -> Download:
    found = applications.get(number, call.viewer)
    persons = [person.content for person in found.persons]
    named = submission.attachment_ids({**found.header.content, "persons": persons})
    attachment = bucket.attachment(found.header.enterprise_id, attachment_id)
    if attachment is None or attachment_id not in named:
        raise NotFound
    expires_at = rfc3339(call.now + limits.EXPORT_LIFE)
    return Download(kind=attachment.kind, url=bucket.download_url(attachment.file_key), expires_at=expires_at)
