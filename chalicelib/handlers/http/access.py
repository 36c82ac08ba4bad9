"""Access rules: every route names one, and accounts that it does not admit are refused."""

from enum import Enum

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.vocabulary import Party, Role


class Access(Enum):
    """The access rules: E enterprise account, A agent, F officer of a foreign affairs office, C consular officer."""

    PUBLIC = "public"
    ENTERPRISE = "E"
    MEMBERS = "E A"
    OFFICERS = "F C"
    CONSULAR = "C"
    NO_AGENT = "E F C"
    EVERYONE = "E A F C"


def allows(access: Access, account: Account) -> bool:
    """Whether the rule admits an account of this kind."""
    is_member = account.role is not Role.OFFICER
    match access:
        case Access.PUBLIC | Access.EVERYONE:
            return True
        case Access.ENTERPRISE:
            return account.role is Role.ENTERPRISE
        case Access.MEMBERS:
            return is_member
        case Access.NO_AGENT:
            return account.role is not Role.AGENT
        case Access.OFFICERS:
            return not is_member
        case Access.CONSULAR:
            return account.party is Party.CONSULAR
