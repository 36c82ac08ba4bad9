"""登录限制: officers and operators see and clear what failed sign-ins of strangers refuse (docs/domain.md 5.4)."""

from chalicelib.repos.accounts import accounts, audit, login_throttle
from chalicelib.repos.accounts.login_throttle import NameLock
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base.errors import NotFound, invalid
from chalicelib.rules.base.vocabulary import EnterpriseId, Role
from chalicelib.rules.forms.accounts import LockedName


def account_of(form: LockedName) -> Account:
    """The account that an officer names.

    Raises:
        Invalid: the form has neither a user name with its identity nor an agent with its enterprise, or both.
        NotFound: there is no such account.
    """
    if (form.login is None) is (form.agent_id is None):
        raise invalid("login", "NAME_OR_AGENT")
    if form.agent_id is not None:
        if form.enterprise_id is None:
            raise invalid("enterprise_id", "missing")
        return accounts.agent(EnterpriseId(form.enterprise_id), form.agent_id).account
    if form.identity is None:
        raise invalid("identity", "missing")
    return named(form.identity, str(form.login))


def named(role: Role, login: str) -> Account:
    """The account of a user name.

    Raises:
        NotFound: there is none.
    """
    account = accounts.find(accounts.find_login_target(role, login))
    if account is None:
        raise NotFound
    return account


def seen(account: Account, origin: Origin) -> NameLock:
    """The failed sign-ins of the account's user name in this window of time."""
    return login_throttle.name_lock(account.role, account.login, origin.at)


def clear(account: Account, origin: Origin) -> None:
    """Forget the failed sign-ins of the account's user name, so that its owner can sign in from a new device."""
    table.commit(
        *login_throttle.failures_cleared(account.role, account.login, "", origin.at),
        audit.entry_added(accounts.partition_owner_of(account), origin, AuditAction.LOCK_CLEARED, account.id),
    )
