"""打印件: an application as a letter for download, recorded in the audit (docs/domain.md 10.4)."""

from chalicelib.data import letters as templates
from chalicelib.repos.accounts import accounts, audit, quotas
from chalicelib.repos.applications import applications
from chalicelib.repos.files import pdf
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.quotas import EXPORTS
from chalicelib.rules.applications import letters
from chalicelib.rules.applications.receipts import ACTS
from chalicelib.rules.base import numbers
from chalicelib.rules.base.vocabulary import PersonNumber, Service
from chalicelib.usecases.applications import exports, receipts
from chalicelib.usecases.applications.exports import Export
from chalicelib.usecases.remember import Remember


def print_letter(number: str, kind: str, act: Act, remember: Remember[Export]) -> Export:
    """Make a letter about an application; who printed which letter is in the audit of the actor's side.

    Raises:
        NotFound: no such kind of letter, or no application that the actor may see.
        Forbidden: the actor's side does not print this kind.
        OperationInvalid: the status of the application does not allow it, there is no card to list, or nothing was
            decided yet.
        Unavailable: a receipt cannot be signed now.
        QuotaUsedUp: the account has exported too much today.
    """
    party = act.actor.party
    known = letters.kind_for(kind, party)
    found = applications.get(number, act.actor)
    header, group = found.header, found
    if header.service is not Service.NEW_OR_RENEWAL:
        group, _ = applications.of_portal(PersonNumber(header.content["person_number"]))
    template = templates.template(known)
    signed = receipts.signed(found, known, act) if known in ACTS else {}
    document = letters.letter(known, template, found, group, party, act.at, signed)
    filename = numbers.letter_filename(document.title, header.number, act.at)
    exported = exports.store(header.enterprise_id, filename, pdf.rendered(document), act.at)
    owner = act.actor.enterprise_id or accounts.OFFICERS
    change = {"letter": known.value}
    table.commit(
        *remember(exported),
        quotas.quota_used(act.actor.id, EXPORTS, act.at),
        audit.entry_added(owner, act.origin, AuditAction.LETTER_PRINTED, header.number, after=change),
    )
    return exported
