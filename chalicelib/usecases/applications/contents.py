"""The content of an application in clear for its enterprise, once in the audit (docs/decisions/0052)."""

import contextlib

from chalicelib.repos.accounts import audit, quotas, reveals
from chalicelib.repos.applications import applications
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.quotas import REVEALS
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base.vocabulary import ApplicationNumber

WHOLE = ("content",)
"""What a reading notes: the content as a whole."""


def read(number: str, act: Act) -> Application:
    """An application whose content is about to be shown in clear, after the audit has who reads it.

    Reading again within an hour writes and counts nothing.

    Raises:
        NotFound: no application that the actor may see.
        QuotaUsedUp: the account has revealed too much today.
    """
    found = applications.get(number, act.actor)
    with contextlib.suppress(reveals.AlreadyRecorded):
        table.commit(*reading_recorded(found.header.number, act))
    return found


def reading_recorded(number: ApplicationNumber, act: Act) -> list[Write]:
    """Record who reads the content of an application; `AlreadyRecorded` if the account did within the last hour."""
    return [
        reveals.reveal_noted(act.actor.id, number, WHOLE, act.at),
        quotas.quota_used(act.actor.id, REVEALS, act.at),
        audit.entry_added(act.tenant, act.origin, AuditAction.CONTENT_READ, number),
    ]
