"""忘记密码 (P01-P04): by licence scan, by entered data, or by an agent's user name and mailbox."""

from datetime import datetime, timedelta

from pydantic import BaseModel

from chalicelib.handlers.accounts.account_replies import CodeSent, code_sent
from chalicelib.handlers.http import credentials
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.formats import Id, Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import limits, masks
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import MailStatus, Role
from chalicelib.rules.forms.accounts import RecoveryCode, RecoveryEmailCode, RecoveryPassword, RecoveryStart
from chalicelib.usecases.accounts import recovery
from chalicelib.usecases.accounts.recovery import StartedRecovery

routes = Routes(__name__)


class RecoverableAccount(BaseModel):
    """An account whose password the recovery may set."""

    role: Role
    login: str
    """Masked."""
    mail_status: MailStatus
    """Whether mail to the address of the account has bounced."""


class RecoveryReply(BaseModel):
    """A started recovery; by hand the reply is the same whether or not there is such an account.

    A repetition with the same ticket sends another code, and by hand begins another recovery.
    """

    recovery_id: Id
    email_hint: str
    accounts: list[RecoverableAccount]
    """By scan the account of the enterprise; empty by hand."""
    reset_token: str | None
    """The token that may set the password, and replace the address, if the owner has scanned; null if a code was sent.
    """
    resend_after: int
    """Seconds until another code can be asked for; 0 if none is needed."""
    expires_at: Moment
    """When the code or the token expires."""


class ResetToken(BaseModel):
    """The token that may set the new password once."""

    reset_token: str


def _reply(started: StartedRecovery, now: datetime) -> RecoveryReply:
    life = limits.RECOVERY_LIFE if started.token else limits.EMAIL_CODE_LIFE
    pause = timedelta() if started.token else limits.EMAIL_CODE_RESEND
    return RecoveryReply(
        recovery_id=started.recovery.id,
        email_hint=masks.email_hint(started.email),
        accounts=[_recoverable(started.account)] if started.account else [],
        reset_token=started.token or None,
        resend_after=int(pause.total_seconds()),
        expires_at=rfc3339(now + life),
    )


@routes.add("POST", "/recoveries", Access.PUBLIC, body=RecoveryStart, reply=RecoveryReply, status=202)
def start(call: Call) -> RecoveryReply:
    """Begin by scan or by hand; only a scan tells whether there is an account, and which.

    The scan of the legal representative or a manager is the proof. Otherwise a code is sent to the account's mailbox.
    """
    return _reply(recovery.start(call.body, call.address, call.now, call.request_id), call.now)


@routes.add(
    "POST",
    "/recoveries/{recovery_id}/email-codes",
    Access.PUBLIC,
    body=RecoveryEmailCode,
    reply=CodeSent,
    status=202,
)
def send_code(call: Call, recovery_id: str) -> CodeSent:
    """Send a code to the address that a recovery of the owner is to give the account."""
    recovery.send_code(recovery_id, call.body, call.now, call.request_id)
    return code_sent(call.now)


@routes.add("POST", "/recoveries/{recovery_id}/verification", Access.PUBLIC, body=RecoveryCode, reply=ResetToken)
def verify(call: Call, recovery_id: str) -> ResetToken:
    """Exchange the code for a token that may set the password, once, within 30 minutes."""
    return ResetToken(reset_token=recovery.verify(recovery_id, call.body.email_code, call.now))


@routes.add("PUT", "/recoveries/{recovery_id}/password", Access.PUBLIC, body=RecoveryPassword, status=204)
def set_password(call: Call, recovery_id: str) -> WithCookie | None:
    """Set the new password, and the new address if the owner has scanned; all sessions end, the mailbox is notified."""
    account_id = recovery.set_password(recovery_id, call.body, call.address, call.now, call.request_id)
    is_own = credentials.is_cookie_of(account_id, call.headers)
    return WithCookie(None, credentials.CLEARED) if is_own else None


def _recoverable(account: Account) -> RecoverableAccount:
    return RecoverableAccount(role=account.role, login=masks.email_hint(account.login), mail_status=account.mail_status)
