"""Sends e-mail codes for registration and for a change of address (docs/domain.md 5.5)."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.repos.accounts import accounts, mail_throttle, tickets
from chalicelib.repos.accounts import email_codes as repo
from chalicelib.repos.mail import outbox
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.licence import Purpose
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import EnterpriseId, Role
from chalicelib.rules.forms.accounts import EmailCodeRequest, RegistrationCodeRequest
from chalicelib.usecases.notices import mail_relay


def send_for_registration(form: RegistrationCodeRequest, now: datetime, request_id: str) -> None:
    """Send a code to an address with which an enterprise registers, for its confirmed and unused ticket.

    Raises:
        Invalid: on `ticket_id`: the ticket is refused.
        TooManyRequests: the last code for the ticket was sent less than a minute ago, or too many for the
            enterprise or the mailbox.
    """
    ticket = tickets.of_form(form.ticket_id, form.ticket_secret)
    elements = licence.usable(ticket, Purpose.REGISTER, now)
    code = repo.issue_code(CodePurpose.REGISTER, ticket.id, form.email, now)
    counted = mail_throttle.registration_counted(form.email, elements.uscc, now)
    send_to_new_address(form.email, "email_code_register", code, now, request_id, counted)


def send_for_change(act: Act, form: EmailCodeRequest) -> None:
    """Send a code to an address to which the enterprise's account wants to change.

    Raises:
        TooManyRequests: the last code for the account was sent less than a minute ago, or ten were sent today.
    """
    account = act.actor
    code = repo.issue_code(CodePurpose.CHANGE_EMAIL, account.id, form.email, act.at, account.tenant)
    send_to_new_address(form.email, "email_code_change", code, act.at, act.request_id)


def send_to_new_address(
    email: str, kind: str, code: tuple[str, Write], now: datetime, request_id: str, counted: Sequence[Write] = ()
) -> None:
    """Mail a code to an address that is to be an enterprise's; only the mail tells whether one has it already.

    Args:
        email: the address.
        kind: the text of the mail, as the catalogue of texts names it.
        code: the code and the write that stores it.
        now: the moment of the request.
        request_id: the id of the request.
        counted: the writes that count the mail.
    """
    is_known = accounts.find_login_target(Role.ENTERPRISE, email) is not None
    mail_id, mail = code_mail("registered_already" if is_known else kind, email, code[0], now, request_id)
    table.commit(code[1], *counted, mail)
    mail_relay.attempt_soon(mail_id, now)


def code_mail(
    kind: str, email: str, code: str, now: datetime, request_id: str = "", enterprise_id: EnterpriseId | None = None
) -> tuple[str, Write]:
    """The id of a new mail with a code, and the write that puts it into the outbox.

    Args:
        kind: the text of the mail, as the catalogue of texts names it.
        email: the address that it goes to.
        code: the code.
        now: the moment of the request.
        request_id: the id of the request.
        enterprise_id: the enterprise whose account the mail is about, if any.
    """
    values = {"code": code, "minutes": int(limits.EMAIL_CODE_LIFE.total_seconds()) // 60}
    return outbox.address_notified(kind, email, values, now, request_id, enterprise_id)
