"""Who did what, for operators: the entries of an account, an object or a network address (docs/decisions/0077)."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from chalicelib.repos.accounts import accounts, audit, sign_in_log
from chalicelib.repos.applications import history
from chalicelib.repos.maintenance import enterprise_data
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction

type Entry = dict[str, Any]
"""One act or sign-in: its time, what it was, and ids of who and what. Never contents, names or reasons."""


def of_account(account_id: str, lines: Iterable[str], origin: Origin, segments: int = 1) -> list[Entry]:
    """What an account did, what was done to it, and its sign-ins.

    Args:
        account_id: The id of an account, deleted ones too.
        lines: The service's log; may be empty.
        origin: Who asks, and when; it is recorded first.
        segments: How many parts of the table are read at once.
    """
    _recorded(origin, account_id)

    def is_named(entry: Item) -> bool:
        return account_id in (entry["actor_id"], entry.get("subject"))

    return _sorted(
        _entries(is_named, segments), (line for line in _sign_ins(lines) if line.get("account") == account_id)
    )


def of_object(number: str, origin: Origin, segments: int = 1) -> list[Entry]:
    """What was done to an application or a person, by its number, or to any other object, by its id."""
    _recorded(origin, number)

    def is_named(entry: Item) -> bool:
        application = entry["pk"].removeprefix(history.PREFIX)
        return number in (application, entry.get("of"), entry.get("person_number"), entry.get("subject"))

    return _sorted(_entries(is_named, segments))


def of_address(address: str, lines: Iterable[str], origin: Origin) -> list[Entry]:
    """The sign-ins from a network address, failed ones too. The address itself is not recorded."""
    _recorded(origin, "")
    return _sorted(line for line in _sign_ins(lines) if line["address"] == address)


def _recorded(origin: Origin, subject: str) -> None:
    table.commit(audit.entry_added(accounts.OFFICERS, origin, AuditAction.DATA_EXPORTED, subject))


def _entries(is_wanted: Callable[[Item], bool], segments: int) -> Iterator[Entry]:
    for item in enterprise_data.sweep(segments):
        kind = "history" if item.get("kind") == "event" else "audit" if item["pk"].startswith(audit.PREFIX) else None
        if kind and is_wanted(item):
            yield {
                "at": item["sk"].partition("#")[0],
                "kind": kind,
                "action": item["action"],
                "actor": item["actor_id"],
                "object": item.get("subject") or item.get("person_number") or item.get("of"),
                "request_id": item["request_id"],
            }


def _sign_ins(lines: Iterable[str]) -> Iterator[Entry]:
    """The sign-ins in the log, with their addresses in clear; other lines are left out."""
    for line in lines:
        event = _read(line)
        if event.get("event") == sign_in_log.EVENT:
            yield {
                "at": event["time"],
                "kind": "sign_in",
                "way": event["way"],
                "code": event.get("code"),
                "account": event.get("account"),
                "address": _address(event),
                "request_id": event["request_id"],
            }


def _address(event: Mapping[str, Any]) -> str | None:
    """The address of a line; None if the key that sealed it was retired."""
    try:
        return sign_in_log.address_of(event)
    except KeyError:
        return None


def _read(line: str) -> dict[str, Any]:
    start = line.find("{")
    try:
        found = json.loads(line[start:]) if start >= 0 else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sorted(*sources: Iterable[Entry]) -> list[Entry]:
    return sorted((entry for source in sources for entry in source), key=lambda entry: str(entry["at"]))
