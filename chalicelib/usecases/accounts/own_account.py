"""账号设置: what people change of their own account (A10, M05; docs/domain.md 5.4)."""

from chalicelib.repos.accounts import accounts, audit, enterprises, login_throttle
from chalicelib.repos.accounts.passwords import check_password
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.notices import messages
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import Role
from chalicelib.rules.forms.accounts import PasswordChange
from chalicelib.usecases.accounts.security_notices import owner_notified


def change_password(act: Act, form: PasswordChange, session: Session, address: str) -> None:
    """修改密码 (A10): set a new password and end all sessions but the one of the request.

    The new password is checked before the current one: only the transaction tells whether the current password is
    right, and it requires that no counter of failures has reached its limit.

    Args:
        act: the account that changes its password.
        form: the current and the new password.
        session: the session of the request.
        address: the network address of the caller.

    Raises:
        Invalid: the current password is wrong, or the new one is refused.
        TooManyRequests: there were too many failures in this window of time.
    """
    account = act.actor
    attempts = login_throttle.login_attempts("password change", account.id, address, act.at)
    attempts.refuse_if_full(table.get_many(attempts.keys))
    if form.password == form.current_password:
        raise invalid("password", "PASSWORD_SAME")
    check_password(form.password, form.password_confirmation, _known_of(account))
    if not password_hashing.is_right(form.current_password, account.password_hash):
        with outcomes.unseen_by_users():
            table.commit(*attempts.failure_counted())
        raise invalid("current_password", "PASSWORD_WRONG")
    password_hash = password_hashing.hash_password(form.password)
    table.commit(
        *attempts.limits_checked(),
        *login_throttle.failures_cleared(account.role, account.login, address, act.at),
        accounts.account_changed(account, **accounts.password_attributes(account, password_hash, act.at, session.id)),
        owner_notified("password_changed_notice", account, act.at, act.request_id),
        *messages.account_messaged("password_changed", account, account.id, act.at),
        audit.entry_added(accounts.partition_owner_of(account), act.origin, AuditAction.PASSWORD_CHANGED, account.id),
    )


def _known_of(account: Account) -> list[str]:
    """What others know about the account, so that its password must not be made of it."""
    known = [account.login, account.email, account.display_name]
    if account.role is Role.OFFICER:
        return known
    elements = enterprises.get(account.tenant).elements
    return [*known, elements.name, elements.legal_representative]


def change_mail_preference(act: Act, *, receives_mail: bool) -> Account:
    """是否接收邮件 of the account itself (M05); the enterprise changes the same setting of its agents (H09)."""
    account = act.actor
    table.commit(
        accounts.account_changed(account, receives_mail=receives_mail),
        audit.entry_added(
            account.tenant,
            act.origin,
            AuditAction.MAIL_PREFERENCE_CHANGED,
            account.id,
            before={"receives_mail": account.receives_mail},
            after={"receives_mail": receives_mail},
        ),
    )
    return account.with_mail(receives=receives_mail)
