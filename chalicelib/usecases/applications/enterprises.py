"""单位: officers find enterprises and look at one; the contacts of it are shown for a reason (docs/decisions/0072)."""

import contextlib
from dataclasses import dataclass

from chalicelib.repos.accounts import accounts, audit, enterprises, invoice_profiles, quotas, reveals, suppressions
from chalicelib.repos.accounts.enterprise_names import Place
from chalicelib.repos.accounts.enterprises import Enterprise
from chalicelib.repos.accounts.invoice_profiles import InvoiceProfile
from chalicelib.repos.applications import totals
from chalicelib.repos.applications.totals import Total
from chalicelib.repos.table import table
from chalicelib.repos.table.reading_on import ReadOn
from chalicelib.rules.accounts.accounts import Account, Agent
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.enterprise_names import searchable
from chalicelib.rules.accounts.quotas import REVEALS
from chalicelib.rules.base.errors import NotFound, invalid
from chalicelib.rules.base.vocabulary import CONSULAR, EnterpriseId, MailStatus
from chalicelib.rules.forms.office_enterprises import ContactReveal, EnterpriseSearch
from chalicelib.rules.values import codes


@dataclass(frozen=True)
class EnterpriseFile:
    """All that officers see of an enterprise."""

    enterprise: Enterprise
    account: Account
    invoice_profiles: list[InvoiceProfile]
    agents: list[Agent]
    total: Total


def search(form: EnterpriseSearch, viewer: Account, start: Place) -> ReadOn[Enterprise, Place]:
    """Find enterprises by any part of the name, by the beginning of the USCC, or by both.

    Args:
        form: what is searched.
        viewer: an officer: of an office, who finds those that have applied to it, or of the consular department.
        start: where the page starts.

    Raises:
        Invalid: an officer of an office names neither name nor USCC.
    """
    part, code = searchable(form.name or ""), codes.compact(form.uscc or "")
    if not part and not code and viewer.office != CONSULAR:
        raise invalid("name", "NAME_OR_USCC")

    def is_shown(enterprise: Enterprise) -> bool:
        return part in searchable(enterprise.elements.name) and is_visible(enterprise.id, viewer)

    if code:
        return enterprises.page_by_code(code, form.limit, start, is_shown)
    if part:
        return enterprises.page_by_part(part, form.limit, start, is_shown)
    return enterprises.page_by_name(form.limit, start, is_shown)


def is_visible(enterprise_id: EnterpriseId, viewer: Account) -> bool:
    """Whether an officer may see an enterprise: the consular department all, an office those that applied to it."""
    if viewer.office is None:
        return False
    return viewer.office == CONSULAR or totals.has_applied(enterprise_id, viewer.office)


def visible(enterprise_id: str, viewer: Account) -> Enterprise:
    """The enterprise of an id, if the officer may see it.

    Raises:
        NotFound: there is none, or it has not applied to the officer's office.
    """
    found = enterprises.get(EnterpriseId(enterprise_id))
    if not is_visible(found.id, viewer):
        raise NotFound
    return found


def look(enterprise_id: str, act: Act) -> EnterpriseFile:
    """Read all that an officer sees of an enterprise; the audit of officers says who looked, once an hour.

    Raises:
        NotFound: as `visible`.
    """
    found = visible(enterprise_id, act.actor)
    with contextlib.suppress(reveals.AlreadyRecorded):
        table.commit(
            reveals.reveal_noted(act.actor.id, found.id, ["viewed"], act.at),
            audit.entry_added(accounts.OFFICERS, act.origin, AuditAction.ENTERPRISE_VIEWED, found.id),
        )
    return _file(found)


def reveal_contacts(enterprise_id: str, form: ContactReveal, act: Act) -> EnterpriseFile:
    """Show telephones and addresses of an enterprise in clear, after both audits say who reads them.

    The reason is in the audit of officers only. Looking again within an hour writes and counts nothing.

    Raises:
        NotFound: as `visible`.
        QuotaUsedUp: the account has revealed too much today.
    """
    found = visible(enterprise_id, act.actor)
    with contextlib.suppress(reveals.AlreadyRecorded):
        entry = AuditAction.CONTACTS_REVEALED
        table.commit(
            reveals.reveal_noted(act.actor.id, found.id, ["contacts"], act.at),
            quotas.quota_used(act.actor.id, REVEALS, act.at),
            audit.entry_added(accounts.OFFICERS, act.origin, entry, found.id, after={"reason": form.reason}),
            audit.entry_added(found.id, act.origin, entry, found.id),
        )
    return _file(found)


def suppression_id(account: Account) -> str | None:
    """The id of the suppression of an account's address; None if mail reaches it."""
    return None if account.mail_status is MailStatus.OK else suppressions.id_of(account.email)


def _file(found: Enterprise) -> EnterpriseFile:
    own, agents = accounts.own_and_agents(found.id)
    if own is None:
        raise NotFound
    return EnterpriseFile(found, own, invoice_profiles.of_enterprise(found.id), agents, totals.of_enterprise(found.id))
