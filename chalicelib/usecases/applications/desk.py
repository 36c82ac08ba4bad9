"""The desk of an officer: how much waits at each status, and since when (docs/domain.md 10.1)."""

from chalicelib.repos.applications import desks
from chalicelib.repos.applications.desks import Waiting
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.vocabulary import Party


def of(viewer: Account) -> list[Waiting]:
    """What waits at each status of the officer's desk, in the order of the work.

    Args:
        viewer: an officer of an office, or of the consular department.
    """
    if viewer.party is Party.CONSULAR:
        return desks.of_consular_department()
    return desks.of_office(viewer.office or "")
