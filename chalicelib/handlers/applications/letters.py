"""打印件: 申请表, 公函, 领卡清单 and 回执 of an application as PDF."""

from chalicelib.handlers.applications import downloads
from chalicelib.handlers.applications.downloads import ExportReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.forms.form import Empty
from chalicelib.usecases.applications import letters

routes = Routes(__name__)


@routes.add(
    "POST",
    "/applications/{number}/letters/{kind}",
    Access.MEMBERS,
    body=Empty,
    body_optional=True,
    reply=ExportReply,
    status=201,
    idempotent=True,
)
def own(call: Call, number: str, kind: str) -> ExportReply:
    """Print `application_form`, `receipt` or `card_list` of an application, with everything in clear."""
    return downloads.export(letters.print_letter(number, kind, call.act, call.remember(downloads.export)))


@routes.add(
    "POST",
    "/office/applications/{number}/letters/{kind}",
    Access.OFFICERS,
    body=Empty,
    body_optional=True,
    reply=ExportReply,
    status=201,
    idempotent=True,
)
def of_office(call: Call, number: str, kind: str) -> ExportReply:
    """Print `application_form`, `card_list`, and as a 外办 `receipt` and `official_letter`; personal numbers masked."""
    return downloads.export(letters.print_letter(number, kind, call.act, call.remember(downloads.export)))
