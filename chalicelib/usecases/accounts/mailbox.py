"""The mailbox of an agent (经办人), which its enterprise has typed, is confirmed once (docs/domain.md 5.7)."""

from chalicelib.repos.accounts import accounts, audit, email_codes, mail_throttle
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import Role
from chalicelib.rules.forms.accounts import EmailCodeUse
from chalicelib.usecases.accounts.email_codes import code_mail
from chalicelib.usecases.notices import mail_relay


def send_code(act: Act) -> None:
    """Mail a code to the address of the agent.

    Raises:
        Invalid: on `email`: the mailbox is confirmed, or the account is no agent's.
        TooManyRequests: the last code was sent less than a minute ago, ten were sent today, or too many to the mailbox
            or for the enterprise.
    """
    account = _unconfirmed(act)
    purpose = CodePurpose.CONFIRM_MAILBOX
    code, stored = email_codes.issue_code(purpose, account.id, account.email, act.at, account.tenant)
    mail_id, mail = code_mail(
        "email_code_mailbox", account.email, code, act.at, act.request_id, enterprise_id=account.enterprise_id
    )
    counted = mail_throttle.confirmation_counted(account.email, account.tenant, act.at)
    table.commit(stored, *counted, mail)
    mail_relay.attempt_soon(mail_id, act.at)


def confirm(act: Act, form: EmailCodeUse) -> Account:
    """Confirm the mailbox by the code: mail about applications goes there from now on.

    Returns:
        The account as it is then.

    Raises:
        Invalid: the code is refused, the mailbox is confirmed, or the account is no agent's.
        ContentChanged: the account was changed meanwhile, for instance its address.
    """
    account = _unconfirmed(act)
    purpose = CodePurpose.CONFIRM_MAILBOX
    table.commit(
        email_codes.redeemed(purpose, account.id, account.email, form.email_code, act.at),
        accounts.account_changed(account, mailbox_confirmed=True),
        audit.entry_added(account.tenant, act.origin, AuditAction.MAILBOX_CONFIRMED, account.id),
    )
    return account.with_confirmed_mailbox()


def _unconfirmed(act: Act) -> Account:
    if act.actor.role is not Role.AGENT or act.actor.mailbox_confirmed:
        raise invalid("email", "MAILBOX_CONFIRMED")
    return act.actor
