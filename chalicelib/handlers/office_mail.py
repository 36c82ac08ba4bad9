"""Mail that could not be delivered: listed and replayed by the consular department (docs/domain.md 8.2)."""

from typing import Any

from pydantic import BaseModel

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import ApplicationId, Id, MailKind, Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.keys import cursors
from chalicelib.repos.mail import dead_letters as repo
from chalicelib.repos.mail.dead_letters import DeadLetter
from chalicelib.rules.base import masks
from chalicelib.rules.forms.form import Empty, PageQuery
from chalicelib.usecases.notices import dead_letters

routes = Routes(__name__)


class DeadMailRow(BaseModel):
    """A mail that was given up; `to` (masked) is present only if it went to one address."""

    id: Id
    kind: MailKind
    application_number: ApplicationId | None
    to: str | None
    created_at: Moment
    died_at: Moment
    reason: str
    tries: int


class DeadMails(BaseModel):
    """One page of them, those given up last first."""

    items: list[DeadMailRow]
    next_cursor: str | None
    partial: bool
    """Whether reading took too long and the page ended before it was full; `next_cursor` goes on."""


@routes.add("GET", "/office/mail/dead", Access.CONSULAR, query=PageQuery, reply=DeadMails)
def listed(call: Call) -> DeadMails:
    """What was given up after 48 hours, with the provider's last reason."""
    start = cursors.read(call.viewer, "dead mail", None, call.query.cursor)
    page = repo.page(call.query.limit, start)
    return DeadMails(
        items=[_row(mail) for mail in page.items],
        next_cursor=cursors.write(call.viewer, "dead mail", None, page.next_place),
        partial=page.partial,
    )


@routes.add(
    "POST", "/office/mail/{mail_id}/replay", Access.CONSULAR, body=Empty, body_optional=True, status=204
)  # fmt: skip
def replay(call: Call, mail_id: str) -> None:
    """Let it wait again as if it had never been tried; 操作无效 if it is not among those given up."""
    dead_letters.replay(mail_id, call.origin)


def _row(mail: DeadLetter) -> DeadMailRow:
    number: Any = mail.values.get("number")
    return DeadMailRow(
        id=mail.id,
        kind=mail.kind,
        application_number=number.partition("-")[0] if number else None,
        to=masks.email_hint(mail.to) if mail.to else None,
        created_at=mail.created_at,
        died_at=mail.died_at,
        reason=mail.reason,
        tries=mail.tries,
    )
