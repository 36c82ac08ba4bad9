"""The cards of follow-up applications, as the consular department records them."""

from chalicelib.handlers.applications import application_replies as replies
from chalicelib.handlers.applications.application_replies import Reader
from chalicelib.handlers.applications.application_shapes import ApplicationReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.forms.applications import CardStep
from chalicelib.usecases.applications import cards

routes = Routes(__name__)


@routes.add("POST", "/office/applications/{number}/card", Access.CONSULAR, body=CardStep, reply=ApplicationReply)
def step(call: Call, number: str) -> ApplicationReply:
    """Record 制卡, 已制卡 or 发卡 of a follow-up application."""
    return replies.application(cards.record_step(number, call.body, call.act), Reader.of(call))
