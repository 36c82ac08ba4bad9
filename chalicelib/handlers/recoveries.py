"""忘记密码 (P01-P04): by licence scan, by entered data, or by an agent's user name and mailbox."""

from pydantic import BaseModel

from chalicelib.handlers.http import credentials
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.formats import Id
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import masks
from chalicelib.rules.base.vocabulary import MailStatus, Role
from chalicelib.rules.forms.accounts import RecoveryCode, RecoveryPassword, RecoveryStart
from chalicelib.usecases.accounts import recovery

routes = Routes(__name__)


class RecoverableAccount(BaseModel):
    """An account whose password the recovery may set."""

    role: Role
    login: str
    """Masked."""
    mail_status: MailStatus
    """Whether mail to the address of the account has bounced."""


class RecoveryReply(BaseModel):
    """A started recovery; by hand the reply is the same whether or not there is such an account."""

    recovery_id: Id
    email_hint: str
    accounts: list[RecoverableAccount]
    """By scan the account of the enterprise; empty by hand."""


class ResetToken(BaseModel):
    """The token that may set the new password once."""

    reset_token: str


@routes.add("POST", "/recoveries", Access.PUBLIC, body=RecoveryStart, reply=RecoveryReply, status=202)
def start(call: Call) -> RecoveryReply:
    """Send a code to the account's mailbox; only a scan tells whether there is an account, and which."""
    started = recovery.start(call.body, call.now, call.request_id)
    return RecoveryReply(
        recovery_id=started.recovery.id,
        email_hint=masks.email_hint(started.email),
        accounts=[_recoverable(started.account)] if started.account else [],
    )


@routes.add("POST", "/recoveries/{recovery_id}/verification", Access.PUBLIC, body=RecoveryCode, reply=ResetToken)
def verify(call: Call, recovery_id: str) -> ResetToken:
    """Exchange the code for a token that may set the password, once, within 30 minutes."""
    return ResetToken(reset_token=recovery.verify(recovery_id, call.body.email_code, call.now))


@routes.add("PUT", "/recoveries/{recovery_id}/password", Access.PUBLIC, body=RecoveryPassword, status=204)
def set_password(call: Call, recovery_id: str) -> WithCookie | None:
    """Set the new password; all sessions of the account end, and its mailbox is notified."""
    account_id = recovery.set_password(recovery_id, call.body, call.now, call.request_id)
    is_own = credentials.is_cookie_of(account_id, call.headers)
    return WithCookie(None, credentials.CLEARED) if is_own else None


def _recoverable(account: Account) -> RecoverableAccount:
    return RecoverableAccount(role=account.role, login=masks.email_hint(account.login), mail_status=account.mail_status)
