"""Who may call a route: every route names one of these, and what is not named is refused."""

from enum import Enum

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.vocabulary import Party, Role


class Access(Enum):
    """The access rules; the contract's letters E, A, F, C in each."""

    PUBLIC = "public"
    ENTERPRISE = "E"
    MEMBERS = "E A"
    OFFICERS = "F C"
    CONSULAR = "C"
    EVERYONE = "E A F C"


def allows(access: Access, account: Account) -> bool:
    """Whether an account of this kind may ever call such a route."""
    member = account.role is not Role.OFFICER
    match access:
        case Access.PUBLIC | Access.EVERYONE:
            return True
        case Access.ENTERPRISE:
            return account.role is Role.ENTERPRISE
        case Access.MEMBERS:
            return member
        case Access.OFFICERS:
            return not member
        case Access.CONSULAR:
            return account.party is Party.CONSULAR
