"""Who is told of what happens to an application (M02, M04, H18, H19; domain 9.1). Decided by one table of rules."""

from collections.abc import Iterable

from chalicelib.rules.accounts import Account
from chalicelib.rules.vocabulary import AccountId, Role, Scope


def message_account(creator: Account | None, enterprise: AccountId) -> AccountId:
    """The one account that gets the in-app message: the creator, or the enterprise if that agent is gone (9-5)."""
    return creator.id if creator is not None and creator.authorized else enterprise


def mail_accounts(creator_id: AccountId, accounts: Iterable[Account]) -> list[Account]:
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
