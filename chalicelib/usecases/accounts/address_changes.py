"""修改邮箱 (A09), and its undoing from the mailbox of the replaced address (docs/domain.md 5.4, decision 0068)."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.repos.accounts import accounts, audit, email_codes, login_throttle, passkeys, sessions, suppressions
from chalicelib.repos.accounts.passwords import check_password
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import former_addresses
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act, Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.former_addresses import FormerAddress, FormerAddresses
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import ProofRequired, TooManyRequests, invalid
from chalicelib.rules.base.vocabulary import AccountId, MailStatus
from chalicelib.rules.forms.accounts import EmailChange, EmailUndo
from chalicelib.usecases.accounts.security_notices import owner_notified

UNDO_PAGE = "/undo-email"


@dataclass(frozen=True)
class _Link:
    """A new link to undo a change: what is stored of it, and its path."""

    former: FormerAddresses
    path: str = field(repr=False)


def change(act: Act, form: EmailChange, session: Session) -> Account:
    """Change the address, which is the login name; all other sessions end, and the old mailbox gets the link.

    Args:
        act: the enterprise's own account.
        form: the new address and its code.
        session: the session of the request; its proof is used up.

    Raises:
        Invalid: the terms are not accepted, or the code is refused.
        ProofRequired: no proof was given for this change.
        AlreadyExists: another enterprise has the address.
        TooManyRequests: the address was changed too often in the last days.
    """
    if not session.has_unused_proof(act.at):
        raise ProofRequired
    if not form.accept_terms:
        raise invalid("accept_terms", "TERMS")
    account = act.actor
    link = _new_link(account, act.at)
    code_redeemed = email_codes.redeemed(CodePurpose.CHANGE_EMAIL, account.id, form.email, form.email_code, act.at)
    status = suppressions.status_of(form.email)
    table.commit(
        sessions.proof_used(session),
        code_redeemed,
        *address_replaced(account, form.email, status, link.former, kept_session=session.id),
        owner_notified("email_changed_notice", account, act.at, act.request_id, link=link.path),
        *messages.account_messaged("email_changed", account, account.id, act.at),
        audit.entry_added(account.tenant, act.origin, AuditAction.EMAIL_CHANGED),
    )
    return account.with_email(form.email, status)


def undo(form: EmailUndo, source: str, now: datetime, request_id: str) -> AccountId:
    """Set the replaced address again with a new password, end all sessions and passkeys; returns the account's id.

    Args:
        form: the token of the link, and the new password.
        source: the network address of the caller.
        now: the moment of the request.
        request_id: the id of the request.

    Raises:
        Invalid: the link is unknown, too old or void, or the password is refused.
        AlreadyExists: another enterprise has the address now.
    """
    account, place = _of_link(form.token, now)
    address = account.former_addresses[place].address
    check_password(form.password, form.password_confirmation, [address, account.display_name])
    password_hash = password_hashing.hash_password(form.password)
    origin = Origin(account.id, account.display_name, now, request_id)
    table.commit(
        *login_throttle.failures_cleared(account.role, address, source, now),
        *address_replaced(
            account,
            address,
            suppressions.status_of(address),
            account.former_addresses[:place],
            **accounts.password_attributes(account, password_hash, now),
            **passkeys.void_attributes(account),
        ),
        owner_notified("email_restored_notice", account, now, request_id),
        *messages.account_messaged("email_restored", account, account.id, now),
        audit.entry_added(account.tenant, origin, AuditAction.EMAIL_RESTORED),
    )
    return account.id


def address_replaced(
    account: Account, address: str, status: MailStatus, former: FormerAddresses, **assign: str | int
) -> list[Write]:
    """Make another address the login name of an enterprise's account, and end its sessions.

    The transaction raises `AlreadyExists` on `email` if another enterprise has the address.

    Args:
        account: the account as it was read.
        address: the new address.
        status: what is known of mail to it.
        former: the replaced addresses whose mailboxes can undo a change afterwards.
        assign: further attributes of the account, and `kept_session`, the id of a session that does not end.
    """
    changes = accounts.ended_session_attributes(account) | assign
    changes |= {"login": address, "email": address, "mail_status": status}
    changes["former_addresses"] = former_addresses.to_text(former)
    return [*accounts.login_renamed(account, address, "email"), accounts.account_changed(account, **changes)]


def _new_link(account: Account, now: datetime) -> _Link:
    former = former_addresses.undoable(account.former_addresses, now)
    if len(former) >= former_addresses.MOST:
        raise TooManyRequests(int((former[0].changed_at + limits.ADDRESS_UNDO_LIFE - now).total_seconds()) + 1)
    secret = secrets.token_urlsafe(32)
    added = FormerAddress(account.email, _hash(secret), now)
    # Behind #, the secret is in no request that the link makes.
    return _Link((*former, added), f"{UNDO_PAGE}#{account.tenant}:{account.id}:{secret}")


def _of_link(token: str, now: datetime) -> tuple[Account, int]:
    """The account of a link, and the place of the change that it undoes."""
    tenant, _, rest = token.partition(":")
    account_id, _, secret = rest.partition(":")
    is_token = bool(tenant and account_id and secret) and token.isascii() and "#" not in token
    account = accounts.get(tenant, account_id) if is_token else None
    place = former_addresses.position_of(account.former_addresses, _hash(secret), now) if account else None
    if account is None or place is None:
        raise invalid("token", "UNDO_TOKEN")
    return account, place


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
