"""领用登记: the entries of an enterprise in its own partition, and for each card that is out the item that says so."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Key, Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.card_ledger import LedgerEntry, LedgerState
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import NotFound, OperationInvalid
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, PersonNumber

PREFIX, OUT = "LEDGER#", "LEDGER_OUT#"
"""Beginnings of sort keys: of entries by id, and of cards that are out by number of the person."""

PRIVATE = ("holder", "card_number", "received_by", "note")
"""Fields with personal data; they are stored encrypted."""

READ = 100
"""Entries that one request reads where some are left out."""


@dataclass(frozen=True)
class LedgerPage:
    """Some entries, newest first."""

    entries: list[LedgerEntry]
    next_key: dict[str, Any] | None
    partial: bool
    """Whether reading took too long, and the page ended before it was full."""


def key(enterprise_id: EnterpriseId, entry_id: str) -> Key:
    """Primary key of an entry."""
    return f"ENT#{enterprise_id}", f"{PREFIX}{entry_id}"


def get(enterprise_id: EnterpriseId, entry_id: str) -> LedgerEntry:
    """One entry of the enterprise.

    Raises:
        NotFound: it has no such entry.
    """
    item = table.get(key(enterprise_id, entry_id))
    if item is None:
        raise NotFound
    return _from_item(item)


def page(viewer: Account, state: LedgerState | None, limit: int, start: dict[str, Any] | None) -> LedgerPage:
    """Entries that the viewer may see, newest first, in at most `limits.PAGE_REQUESTS` requests."""
    only = _only(viewer) | ({"state": state} if state else {})
    found: list[Item] = []
    for _ in range(limits.PAGE_REQUESTS):
        read = table.query(f"ENT#{viewer.tenant}", prefix=PREFIX, newest_first=True, limit=READ, start=start, only=only)
        found += read.items
        start = read.next_key
        if len(found) > limit or start is None:
            break
    shown = [_from_item(item) for item in found[:limit]]
    if len(found) > limit:
        last = found[limit - 1]
        return LedgerPage(shown, {"pk": last["pk"], "sk": last["sk"]}, partial=False)
    return LedgerPage(shown, start, partial=start is not None and len(shown) < limit)


def entries(viewer: Account) -> Iterator[LedgerEntry]:
    """All entries that the viewer may see, newest first."""
    start = None
    while True:
        read = table.query(f"ENT#{viewer.tenant}", prefix=PREFIX, newest_first=True, start=start, only=_only(viewer))
        yield from (_from_item(item) for item in read.items)
        start = read.next_key
        if start is None:
            return


def _only(viewer: Account) -> dict[str, Any]:
    return {"creator_id": viewer.id} if viewer.sees_own_only else {}


# Writes, described for a transaction


def handover_recorded(entry: LedgerEntry) -> list[Write]:
    """Add an entry; `OperationInvalid` is raised if the card is out already."""
    out = {**_out_key(entry), "kind": "card out", "entry_id": entry.id, "enterprise_id": entry.enterprise_id}
    return [
        table.put(out, only_new=lambda _: OperationInvalid()),
        table.put(_to_item(entry), only_new=lambda _: OperationInvalid()),
    ]


def return_recorded(entry: LedgerEntry) -> list[Write]:
    """Store the return of a card; `OperationInvalid` is raised if a concurrent request has stored one."""
    out = _out_key(entry)
    return [
        table.replace(_to_item(entry), {"state": LedgerState.OUT}, lambda _: OperationInvalid()),
        table.delete((out["pk"], out["sk"]), {"entry_id": entry.id}, lambda _: OperationInvalid()),
    ]


class EntryChanged(Exception):
    """Raised when an entry was changed after it was read."""


def holder_removed(item: Item, name: str) -> Write | None:
    """Remove everything personal from an entry; None if that was done. `EntryChanged` is raised if it has changed.

    Args:
        item: The entry as stored.
        name: What stands in place of the holder.
    """
    entry = _from_item(item)
    without = replace(entry, holder=name, card_number="", received_by="", note=None)
    if entry == without:
        return None
    return table.replace(_to_item(without), {"fields": item["fields"]}, lambda _: EntryChanged())


def _out_key(entry: LedgerEntry) -> dict[str, str]:
    return {"pk": f"ENT#{entry.enterprise_id}", "sk": f"{OUT}{entry.person_number}"}


def _to_item(entry: LedgerEntry) -> Item:
    pk, sk = key(entry.enterprise_id, entry.id)
    private = {name: getattr(entry, name) for name in PRIVATE}
    return {
        "pk": pk,
        "sk": sk,
        "kind": "card ledger",
        "id": entry.id,
        "enterprise_id": entry.enterprise_id,
        "person_number": entry.person_number,
        "creator_id": entry.creator_id,
        "state": entry.state,
        "handed_out_on": entry.handed_out_on,
        "returned_on": entry.returned_on,
        "recorded_at": rfc3339(entry.recorded_at),
        "fields": sealing.seal_fields(private, PRIVATE, f"{pk}#{sk}"),
    }


def _from_item(item: Item) -> LedgerEntry:
    private = sealing.unseal_fields(item["fields"], f"{item['pk']}#{item['sk']}")
    return LedgerEntry(
        id=item["id"],
        enterprise_id=EnterpriseId(item["enterprise_id"]),
        person_number=PersonNumber(item["person_number"]),
        creator_id=AccountId(item["creator_id"]),
        holder=private["holder"],
        card_number=private["card_number"],
        received_by=private["received_by"],
        handed_out_on=item["handed_out_on"],
        recorded_at=parse_time(item["recorded_at"]),
        returned_on=item.get("returned_on"),
        note=private.get("note"),
    )
