"""Who is told of what happens to an application (M02, M04, H18, H19; domain 9.1). Decided by one table of rules."""

from collections.abc import Iterable

from chalicelib.rules.accounts import Account
from chalicelib.rules.vocabulary import AccountId, EnterpriseId, Role, Scope


def message_readers(creator_id: AccountId, enterprise_id: EnterpriseId) -> tuple[AccountId, AccountId]:
    """Who gets the in-app message: the creator; if that agent is gone, the enterprise's own account (9-5).

    The enterprise's own account bears the enterprise's id. Whether the creator is still there is checked by the
    transaction that writes the message.
    """
    return creator_id, AccountId(enterprise_id)


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
