"""The officers' lists of acts: decisions, card events and foreign numbers, with a result for each row."""

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.office import row_results
from chalicelib.handlers.office.row_results import BatchReply
from chalicelib.rules.forms.applications import CardEvents, Decisions, ForeignNumbers
from chalicelib.usecases.applications import lists

routes = Routes(__name__)


@routes.add("POST", "/office/decisions", Access.OFFICERS, body=Decisions, reply=BatchReply)
def decide(call: Call) -> BatchReply:
    """Decide on up to 100 applications and persons, each in its own transaction; a refused row stops no other."""
    return row_results.batch(lists.decide(call.body.rows, call.act), call.language)


@routes.add("POST", "/office/card-events", Access.CONSULAR, body=CardEvents, reply=BatchReply)
def record_cards(call: Call) -> BatchReply:
    """Record up to 500 card events, each in its own transaction; sending the list again changes nothing."""
    return row_results.batch(lists.record_cards(call.body.rows, call.act), call.language)


@routes.add("POST", "/office/foreign-numbers", Access.CONSULAR, body=ForeignNumbers, reply=BatchReply)
def record_foreign_numbers(call: Call) -> BatchReply:
    """Record up to 500 外方申请号, each in its own transaction; sending the list again changes nothing."""
    return row_results.batch(lists.record_foreign_numbers(call.body.rows, call.act), call.language)
