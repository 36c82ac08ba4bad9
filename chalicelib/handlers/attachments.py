"""附件: an upload form for the browser; the file goes to the bucket, never through here."""

from chalicelib.handlers.access import Access
from chalicelib.handlers.replies import AttachmentReply, Upload
from chalicelib.handlers.routing import Call, Routes
from chalicelib.repos import files
from chalicelib.rules import attachments as rules
from chalicelib.rules import limits
from chalicelib.rules.forms import AttachmentForm
from chalicelib.rules.numbers import rfc3339

routes = Routes(__name__)


@routes.add("POST", "/attachments", Access.MEMBERS, body=AttachmentForm, reply=AttachmentReply, status=201)
def announce(call: Call) -> AttachmentReply:
    """Announce a file: kind, type and size are checked before a byte is sent."""
    form: AttachmentForm = call.body
    rules.check_upload(form.kind, form.content_type, form.size)
    attachment = files.new_attachment(call.viewer.tenant, form.kind, form.content_type, form.size)
    return AttachmentReply(
        id=attachment.id,
        kind=attachment.kind,
        upload=Upload(**files.upload_form(attachment)),
        expires_at=rfc3339(call.now + limits.UPLOAD_LIFE),
    )
