"""Replies about the history of applications and persons, with names and labels for the reader."""

from typing import Any

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.handlers.applications.application_shapes import EventReply, HistoryReply
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.applications import Application, Event
from chalicelib.rules.applications.history import HistoryEntry
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import ApplicationNumber, Party, Service
from chalicelib.usecases.applications.history import History

OFFICERS = (Party.FAO, Party.CONSULAR)


def page(shown: History, reader: Account, language: str) -> HistoryReply:
    """One page of a history, newest first."""
    entries = [_entry(entry, reader, language) for entry in reversed(shown.entries)]
    return HistoryReply(items=entries, next_cursor=shown.next_cursor)


def past(shown: Application, past: History | None, reader: Account, language: str) -> dict[str, Any]:
    """The newest entries with a cursor, or the entries that a change has added."""
    if past is None:
        header = shown.header
        own = [_event(entry, header.number, header.service, reader, language) for entry in shown.history]
        return {"history": own, "history_cursor": None}
    return {
        "history": [_entry(entry, reader, language) for entry in past.entries],
        "history_cursor": past.next_cursor,
    }


def _entry(shown: HistoryEntry, reader: Account, language: str) -> EventReply:
    return _event(shown.event, shown.application, shown.service, reader, language)


def _event(shown: Event, number: ApplicationNumber, service: Service, reader: Account, language: str) -> EventReply:
    return EventReply(
        at=rfc3339(shown.at),
        application_number=number,
        service=service,
        service_label=text("services", service, language),
        action=shown.action,
        action_label=text("actions", shown.action, language),
        actor=_actor(shown, reader, language),
        party=shown.party,
        party_label=text("parties", shown.party, language),
        origin=shown.origin,
        origin_label=text("statuses", shown.origin, language) if shown.origin else None,
        to=shown.to,
        to_label=text("statuses", shown.to, language),
        reason=shown.reason,
        fields=list(shown.fields),
        person_number=shown.person_number,
        economy=shown.economy,
        economy_name=data.economy(shown.economy).label(language) if shown.economy else None,
        decision=shown.decision,
        decision_label=text("decisions", shown.decision, language) if shown.decision else None,
        request_id=shown.request_id,
    )


def _actor(shown: Event, reader: Account, language: str) -> str:
    """The name of who acted, as the reader may know it.

    An enterprise reads the names of its agents, an officer those of officers. To the other side an agent is masked, and
    an officer is the office.
    """
    is_officers, reads_as_officer = shown.party in OFFICERS, reader.party in OFFICERS
    if is_officers is reads_as_officer and shown.own_name:
        return shown.own_name
    if not is_officers:
        return text("parties", shown.party, language) if shown.party is Party.PORTAL else shown.actor
    office = next((office for office in data.offices().values() if office.name == shown.actor), None)
    if office:
        return office.label(language)
    # An entry of the time when the portal kept the officer's name instead.
    return shown.actor if reads_as_officer else text("parties", shown.party, language)
