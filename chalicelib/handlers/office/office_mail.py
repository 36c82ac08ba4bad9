"""Mail that could not be delivered, and addresses that receive none; for the consular department (domain.md 8.2)."""

from typing import Any

from pydantic import BaseModel

from chalicelib.data.texts import text
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import ApplicationId, Id, MailKind, Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.keys import cursors
from chalicelib.repos.mail import dead_letters as repo
from chalicelib.repos.mail.dead_letters import DeadLetter
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import MailStatus, Role
from chalicelib.rules.forms.form import Empty, PageQuery
from chalicelib.rules.forms.mail import SuppressionLift
from chalicelib.usecases.notices import dead_letters, suppressed_addresses
from chalicelib.usecases.notices.suppressed_addresses import SuppressedAddress

routes = Routes(__name__)


class DeadMailRow(BaseModel):
    """A mail that was given up; `to` (masked) is present only if it went to one address."""

    id: Id
    kind: MailKind
    kind_label: str
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


class SuppressedAccount(BaseModel):
    """An account that uses a suppressed address; an agent is masked."""

    role: Role
    name: str
    enterprise_id: Id | None


class SuppressionRow(BaseModel):
    """A suppressed address."""

    id: str
    address: str | None
    """Masked; null if no account uses it: the portal keeps a digest of the address only."""
    mail_status: MailStatus
    mail_status_label: str
    since: Moment
    accounts: list[SuppressedAccount]


class Suppressions(BaseModel):
    """One page of them, the latest first."""

    items: list[SuppressionRow]
    next_cursor: str | None
    partial: bool
    """Whether reading took too long and the page ended before it was full; `next_cursor` goes on."""


@routes.add("GET", "/office/mail/dead", Access.CONSULAR, query=PageQuery, reply=DeadMails)
def listed(call: Call) -> DeadMails:
    """What was given up after 48 hours, with the provider's last reason."""
    start = cursors.read(call.viewer, "dead mail", None, call.query.cursor)
    page = repo.page(call.query.limit, start)
    return DeadMails(
        items=[_row(mail, call.language) for mail in page.items],
        next_cursor=cursors.write(call.viewer, "dead mail", None, page.next_place),
        partial=page.partial,
    )


@routes.add(
    "POST", "/office/mail/{mail_id}/replay", Access.CONSULAR, body=Empty, body_optional=True, status=204
)  # fmt: skip
def replay(call: Call, mail_id: str) -> None:
    """Let it wait again as if it had never been tried; 操作无效 if it is not among those given up."""
    dead_letters.replay(mail_id, call.origin)


@routes.add("GET", "/office/mail/suppressions", Access.CONSULAR, query=PageQuery, reply=Suppressions)
def suppressed(call: Call) -> Suppressions:
    """List the addresses that receive no mail because it bounced or was reported as junk, the latest first."""
    start = cursors.read(call.viewer, "suppressed addresses", None, call.query.cursor)
    page = suppressed_addresses.page(call.query.limit, start)
    return Suppressions(
        items=[_suppression(one, call.language) for one in page.items],
        next_cursor=cursors.write(call.viewer, "suppressed addresses", None, page.next_place),
        partial=page.partial,
    )


@routes.add("POST", "/office/mail/suppressions/lift", Access.CONSULAR, body=SuppressionLift, status=204)
def lift(call: Call) -> None:
    """Let an address receive mail again, named by its id or as it is written; 404 if it is not suppressed."""
    suppressed_addresses.lift(call.body, call.act)


def _suppression(shown: SuppressedAddress, language: str) -> SuppressionRow:
    status = shown.suppression.status
    return SuppressionRow(
        id=shown.suppression.id,
        address=masks.email_hint(shown.accounts[0].email) if shown.accounts else None,
        mail_status=status,
        mail_status_label=text("mail_statuses", status, language),
        since=rfc3339(shown.suppression.since),
        accounts=[
            SuppressedAccount(role=account.role, name=_name(account), enterprise_id=account.enterprise_id)
            for account in shown.accounts
        ],
    )


def _name(account: Account) -> str:
    return masks.name(account.display_name) if account.role is Role.AGENT else account.display_name


def _row(mail: DeadLetter, language: str) -> DeadMailRow:
    number: Any = mail.values.get("number")
    return DeadMailRow(
        id=mail.id,
        kind=mail.kind,
        kind_label=text("mail_kinds", mail.kind, language),
        application_number=number.partition("-")[0] if number else None,
        to=masks.email_hint(mail.to) if mail.to else None,
        created_at=mail.created_at,
        died_at=mail.died_at,
        reason=mail.reason,
        tries=mail.tries,
    )
