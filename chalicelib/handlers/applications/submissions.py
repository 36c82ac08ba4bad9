"""提交申请 and the correction of a returned application."""

from chalicelib.handlers.applications import application_replies as replies
from chalicelib.handlers.applications.application_replies import Reader
from chalicelib.handlers.applications.application_shapes import ApplicationReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.forms.applications import Submission
from chalicelib.rules.forms.content import DraftContent
from chalicelib.usecases.applications import submission

routes = Routes(__name__)


@routes.add(
    "POST",
    "/applications",
    Access.MEMBERS,
    body=Submission,
    reply=ApplicationReply,
    status=201,
    idempotent=True,
)
def submit(call: Call) -> ApplicationReply:
    """Submit a draft, which is deleted with it, or the content of the request."""

    def reply(application: Application) -> ApplicationReply:
        return replies.application(application, Reader.of(call))

    return reply(submission.submit(call.body, call.act, call.remember(reply)))


@routes.add(
    "PUT",
    "/applications/{number}/content",
    Access.MEMBERS,
    body=DraftContent,
    reply=ApplicationReply,
    versioned=True,
)
def edit(call: Call, number: str) -> ApplicationReply:
    """Correct a returned application; If-Match names the version that was opened."""
    return replies.application(submission.edit(number, call.body, call.act, call.if_match), Reader.of(call))
