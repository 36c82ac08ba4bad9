"""账号信息: the enterprise changes its profile and renews its licence elements (A05-A08; docs/domain.md 3.1)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.repos.accounts import accounts, audit, enterprises, tickets
from chalicelib.repos.accounts.enterprises import Enterprise
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.licence import Purpose
from chalicelib.rules.base.errors import ContentChanged, DifferentEnterprise
from chalicelib.rules.forms.accounts import EnterpriseChange, TicketUse

AUDITED = ("region_code", "address", "kind", "industry", "staff_count")
"""Attributes whose values the audit shows; of the telephone, which may be personal, it shows only the name."""


def change(act: Act, form: EnterpriseChange, expected_version: int | None = None) -> Enterprise:
    """提交修改 (A08): change the attributes that the form names.

    Args:
        act: the enterprise's own account.
        form: the licence elements are no part of it (A05).
        expected_version: the version that the change was made on; None accepts any.

    Raises:
        ContentChanged: the enterprise has another version.
    """
    before = enterprises.get(act.tenant)
    if expected_version is not None and expected_version != before.version:
        raise ContentChanged
    changes = form.model_dump(exclude_unset=True)
    table.commit(
        *enterprises.enterprise_changed(before, **changes),
        audit.entry_added(act.tenant, act.origin, AuditAction.ENTERPRISE_CHANGED, "", **_audited(before, changes)),
    )
    return enterprises.with_profile(before, changes)


def renew_licence(act: Act, form: TicketUse) -> Enterprise:
    """更新企业三要素信息 by a new scan of the same enterprise's licence (A06).

    Raises:
        Invalid: on `ticket_id`: the ticket is refused.
        DifferentEnterprise: the scanned licence has another USCC.
    """
    ticket = tickets.of_form(form.ticket_id, form.ticket_secret)
    elements = licence.usable(ticket, Purpose.UPDATE_LICENCE, act.at)
    before = enterprises.get(act.tenant)
    if elements.uscc != before.elements.uscc:
        raise DifferentEnterprise
    values = {"before": before.elements.model_dump(), "after": elements.model_dump()}
    table.commit(
        tickets.ticket_used(ticket),
        *enterprises.enterprise_changed(
            before, name=elements.name, legal_representative=elements.legal_representative, scanned=True
        ),
        accounts.account_changed(act.actor, display_name=elements.name),
        *messages.account_messaged("licence_renewed", act.actor, act.actor.id, act.at),
        audit.entry_added(act.tenant, act.origin, AuditAction.LICENCE_RENEWED, "", **values),
    )
    return enterprises.with_elements(before, elements)


def _audited(before: Enterprise, changes: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    old = {name: before.profile[name] for name in AUDITED if name in changes}
    new = {name: changes[name] for name in AUDITED if name in changes}
    return {"before": old, "after": new | ({"fields": ["phone"]} if "phone" in changes else {})}
