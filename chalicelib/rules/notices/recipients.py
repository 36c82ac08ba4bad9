"""The recipients of notices about applications and accounts (M01, M02, M04, H18, H19; docs/domain.md 8)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, Role, Scope


class When(StrEnum):
    """When an account gets a message about a change of itself."""

    ALWAYS = "always"
    BY_OTHERS = "by others"
    """Only if another account made the change."""


ACCOUNT_EVENTS: Mapping[str, When] = {
    "password_changed": When.ALWAYS,
    "email_changed": When.ALWAYS,
    "email_restored": When.ALWAYS,
    "licence_renewed": When.ALWAYS,
    "elements_corrected": When.ALWAYS,
    "agent_authorized": When.BY_OTHERS,
    "agent_password_set": When.BY_OTHERS,
    "scope_changed": When.BY_OTHERS,
    "mail_switched_on": When.BY_OTHERS,
    "mail_switched_off": When.BY_OTHERS,
}
"""The kinds of messages to the account concerned, and when it gets them. Officers have no messages."""


def is_notified(kind: str, subject: Account, actor_id: str) -> bool:
    """Whether an account gets a message of this kind about a change of itself."""
    when = ACCOUNT_EVENTS.get(kind)
    return subject.role is not Role.OFFICER and (
        when is When.ALWAYS or (when is When.BY_OTHERS and actor_id != subject.id)
    )


def is_enterprise_account(account_id: AccountId, enterprise_id: EnterpriseId) -> bool:
    """Whether an account is the enterprise's own, which has the id of the enterprise."""
    return account_id == AccountId(enterprise_id)


def message_recipient(creator_id: AccountId, enterprise_id: EnterpriseId, accounts: Iterable[Account]) -> AccountId:
    """The reader of a message: the creator, or, if that agent is revoked or deleted, the enterprise's account.

    `accounts` are all accounts of the enterprise (docs/domain.md 11.5).
    """
    is_readable = any(account.id == creator_id and account.authorized for account in accounts)
    return creator_id if is_readable else AccountId(enterprise_id)


def mail_recipients(creator_id: AccountId, accounts: Iterable[Account]) -> list[Account]:
    """The accounts that get mail: enterprise, creator, agents with 可见全部申请单; only authorised ones with mail on.

    `accounts` are all accounts of the enterprise at the time of sending. An agent whose mailbox is not confirmed gets
    none: the enterprise has every mail (decision 0067).
    """
    return [
        account
        for account in accounts
        if account.authorized
        and account.receives_mail
        and account.mailbox_confirmed
        and (account.role is Role.ENTERPRISE or account.id == creator_id or account.scope is Scope.ALL)
    ]


def own_mail_recipients(owner_id: AccountId, accounts: Iterable[Account]) -> list[Account]:
    """The account that gets a mail about data of one account: its owner, authorised and with mail on.

    While the owner's mailbox is not confirmed, the enterprise gets the mail in its place (decision 0067).
    """
    known = list(accounts)
    owner = next((account for account in known if account.id == owner_id), None)
    if owner is None or not owner.authorized or not owner.receives_mail:
        return []
    if owner.mailbox_confirmed:
        return [owner]
    return [account for account in known if account.role is Role.ENTERPRISE and account.receives_mail]
