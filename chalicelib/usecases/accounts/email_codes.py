"""Sends e-mail codes for registration and for a change of address (docs/domain.md 5.5)."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.repos.accounts import accounts
from chalicelib.repos.accounts import email_codes as repo
from chalicelib.repos.mail import outbox
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import EnterpriseId, Role
from chalicelib.rules.forms.accounts import EmailCodeRequest
from chalicelib.usecases.notices import mail_relay

MAIL_KINDS: Mapping[CodePurpose, str] = {
    CodePurpose.REGISTER: "email_code_register",
    CodePurpose.CHANGE_EMAIL: "email_code_change",
}
"""The text of the mail with a code, by the purpose of the code."""


def send(form: EmailCodeRequest, now: datetime, request_id: str) -> None:
    """Send a six-digit code to an address; only the mail tells whether an enterprise has the address already.

    Raises:
        TooManyRequests: the last code was sent less than a minute ago, or ten were sent today.

    """
    purpose = CodePurpose(form.purpose)
    code, code_stored = repo.issue_code(purpose, form.email, now)
    is_known = accounts.find_login_target(Role.ENTERPRISE, form.email) is not None
    kind = "registered_already" if is_known else MAIL_KINDS[purpose]
    mail_id, mail = code_mail(kind, form.email, code, now, request_id)
    table.commit(code_stored, mail)
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
