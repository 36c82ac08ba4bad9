"""Suppressed addresses: which there are, and letting one receive mail again (docs/decisions/0073)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.repos.accounts import accounts, audit, suppressions
from chalicelib.repos.accounts.suppressions import Suppression
from chalicelib.repos.table import table
from chalicelib.repos.table.reading_on import ReadOn
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.forms.mail import SuppressionLift
from chalicelib.usecases.retries import until_unchanged


@dataclass(frozen=True)
class SuppressedAddress:
    """A suppressed address and the accounts that use it."""

    suppression: Suppression
    accounts: Sequence[Account]


def page(limit: int, start: Mapping[str, Any] | None) -> ReadOn[SuppressedAddress, dict[str, Any]]:
    """Suppressed addresses with their accounts, the latest first."""
    found = suppressions.page(limit, dict(start) if start else None)
    return ReadOn([_with_accounts(one) for one in found.items], found.next_place, found.partial)


def lift(form: SuppressionLift, act: Act) -> None:
    """Let an address receive mail again, with its accounts and the audit entry in one transaction.

    An account that takes the address meanwhile may be marked once more; the last step removes that mark too, and those
    of accounts beyond the first 90.

    Raises:
        Invalid: neither id nor address is given, or both.
        NotFound: the address is not suppressed.
    """
    if (form.suppression_id is None) is (form.email is None):
        raise invalid("email", "ID_OR_EMAIL")
    wanted = suppressions.id_of(form.email) if form.email else str(form.suppression_id)

    def lifted() -> Suppression:
        found = suppressions.of_id(wanted)
        before, after = {"mail_status": found.status}, {"reason": form.reason}
        entry = AuditAction.SUPPRESSION_LIFTED
        table.commit(
            suppressions.lifted(found),
            *suppressions.first_unmarked(found),
            audit.entry_added(accounts.OFFICERS, act.origin, entry, found.id, before=before, after=after),
        )
        return found

    suppressions.accounts_unmarked(until_unchanged(lifted, suppressions.AlreadySuppressed))


def _with_accounts(found: Suppression) -> SuppressedAddress:
    own = accounts.of_keys(found.accounts)
    return SuppressedAddress(found, [own[key] for key in found.accounts if key in own])
