"""领用登记: who has received a card, when it came back, and the export of the ledger (docs/domain.md 7.5)."""

from chalicelib.repos.accounts import audit, quotas
from chalicelib.repos.applications import applications
from chalicelib.repos.applications import card_ledger as repo
from chalicelib.repos.files import workbook
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.quotas import EXPORTS
from chalicelib.rules.applications import card_ledger
from chalicelib.rules.applications.card_ledger import LedgerEntry
from chalicelib.rules.base import numbers
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.forms.card_ledger import CardHandover, CardReturn
from chalicelib.usecases.applications import exports
from chalicelib.usecases.applications.exports import Export
from chalicelib.usecases.remember import Remember


def hand_out(person_number: str, form: CardHandover, act: Act, remember: Remember[LedgerEntry]) -> LedgerEntry:
    """Record who has received the card of a person.

    Raises:
        NotFound: no person that the actor may see.
        OperationInvalid: the person has no issued card, or the card is out already.
        Invalid: the day is in the future or before the card was issued.
    """
    found, person = applications.person(person_number, act.actor)
    entry = card_ledger.handed_out(ids.in_order(), found.header, person, form.model_dump(), act.at)
    recorded = audit.entry_added(act.tenant, act.origin, AuditAction.CARD_HANDED_OUT, person.number)
    table.commit(*remember(entry), *repo.handover_recorded(entry), recorded)
    return entry


def take_back(entry_id: str, form: CardReturn, act: Act) -> LedgerEntry:
    """Record that a card was returned.

    Raises:
        NotFound: no entry that the actor may see.
        OperationInvalid: the return is recorded already.
        Invalid: the day is in the future or before the handover.
    """
    before = repo.get(act.tenant, entry_id)
    applications.person(before.person_number, act.actor)
    entry = card_ledger.returned(before, form.returned_on, china_day(act.at))
    recorded = audit.entry_added(act.tenant, act.origin, AuditAction.CARD_RETURNED, entry.person_number)
    table.commit(*repo.return_recorded(entry), recorded)
    return entry


def export(act: Act, remember: Remember[Export]) -> Export:
    """Export all entries that the actor may see as a workbook, newest first.

    Raises:
        QuotaUsedUp: the account has exported too much today.
    """
    rows = [entry.cells() for entry in repo.entries(act.actor)]
    content = workbook.sheet("领用登记", card_ledger.COLUMNS, rows)
    exported = exports.store(act.tenant, numbers.ledger_filename(act.at), content, act.at)
    recorded = audit.entry_added(act.tenant, act.origin, AuditAction.CARD_LEDGER_EXPORTED)
    table.commit(*remember(exported), quotas.quota_used(act.actor.id, EXPORTS, act.at), recorded)
    return exported
