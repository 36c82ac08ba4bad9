"""Who is told of what happens to an application or an account (M01, M02, M04, H18, H19; domain 9.1)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, Role, Scope


class When(StrEnum):
    """When an account gets an in-app message of what was done to it."""

    ALWAYS = "always"
    BY_OTHERS = "by others"
    """Only of what somebody else did: one's own click needs no message."""


ACCOUNT_EVENTS: Mapping[str, When] = {
    "password_changed": When.ALWAYS,
    "email_changed": When.ALWAYS,
    "licence_renewed": When.ALWAYS,
    "agent_authorized": When.BY_OTHERS,
    "agent_password_set": When.BY_OTHERS,
    "scope_changed": When.BY_OTHERS,
    "mail_switched_on": When.BY_OTHERS,
    "mail_switched_off": When.BY_OTHERS,
}
"""What is told to the account concerned, and when. A revoked agent cannot read it; officers have no messages."""


def is_notified(kind: str, subject: Account, actor_id: str) -> bool:
    """Whether the account gets a message of what was done to it."""
    when = ACCOUNT_EVENTS.get(kind)
    return subject.role is not Role.OFFICER and (
        when is When.ALWAYS or (when is When.BY_OTHERS and actor_id != subject.id)
    )


def message_recipients(creator_id: AccountId, enterprise_id: EnterpriseId) -> tuple[AccountId, AccountId]:
    """Who gets the in-app message: the creator; if that agent is gone, the enterprise's own account (9-5).

    The enterprise's own account bears the enterprise's id. Whether the creator is still there is checked by the
    transaction that writes the message.
    """
    return creator_id, AccountId(enterprise_id)


def mail_recipients(creator_id: AccountId, accounts: Iterable[Account]) -> list[Account]:
    """The accounts that get the mail: enterprise, creator, agents with 可见全部申请单; authorised and switched on.

    `accounts` are all accounts of the enterprise, as they are when the mail is sent.
    """
    return [
        account
        for account in accounts
        if account.authorized
        and account.receives_mail
        and (account.role is Role.ENTERPRISE or account.id == creator_id or account.scope is Scope.ALL)
    ]
