"""Which enterprises have, or have had, a name that contains a text, or a USCC that begins with one (decision 0050).

Each place of a name at which a searched part may begin is an item: the first two characters there are in the partition
key, the following ones in the sort key. One query finds a part, wherever it is in the name. The items of earlier names
remain, because applications show the name under which they were submitted.
"""

from typing import Any

from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.enterprise_names import SHORTEST_PART, beginnings, searchable
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import EnterpriseId

type Place = dict[str, Any] | None
"""Where a page of a list starts; None for the first page, and behind the last one."""

PREFIX = "NAMED#"
"""How their partitions begin."""

CODES = f"{PREFIX}USCC"
"""The partition of all USCCs, in their order; no part of a name leads to it, because parts give two characters."""

PART_LENGTH = 52
"""Characters of a part that keys have; what is longer is compared with the whole name after reading."""


def partition(part: str) -> str:
    """The partition of all names with the first two characters of a searchable part."""
    return f"{PREFIX}{part[:SHORTEST_PART]}"


def keys_of(enterprise_id: str, name: str) -> list[table.Key]:
    """The primary keys of the parts of a name; a part that occurs twice has one."""
    parts = beginnings(searchable(name), limits.ENTERPRISE_NAME_PARTS)
    keys = ((partition(part), f"{part[SHORTEST_PART:PART_LENGTH]}#{enterprise_id}") for part in parts)
    return list(dict.fromkeys(keys))


def listed(enterprise_id: EnterpriseId, name: str) -> list[Write]:
    """List an enterprise by the parts of a name; what lists it by the same part is replaced."""
    own = {"kind": "enterprise name", "enterprise_id": enterprise_id, "name": searchable(name)}
    return [table.put({"pk": pk, "sk": sk} | own) for pk, sk in keys_of(enterprise_id, name)]


def code_key(enterprise_id: str, uscc: str) -> table.Key:
    """The primary key of what lists an enterprise by its USCC."""
    return CODES, f"{uscc}#{enterprise_id}"


def code_listed(enterprise_id: EnterpriseId, uscc: str) -> Write:
    """List an enterprise by its USCC, which never changes."""
    pk, sk = code_key(enterprise_id, uscc)
    return table.put({"pk": pk, "sk": sk, "kind": "enterprise code", "enterprise_id": enterprise_id})


def page_of_codes(beginning: str, limit: int, start: Place) -> tuple[list[EnterpriseId], Place]:
    """Enterprises whose USCC begins so, in the order of their USCCs, and where the next page starts."""
    page = table.query(CODES, prefix=beginning, limit=limit, start=start)
    return [EnterpriseId(item["enterprise_id"]) for item in page.items], page.next_key


def page_of_names(part: str, limit: int, start: Place) -> tuple[list[tuple[EnterpriseId, table.Key]], Place]:
    """Entries of names that have this part, of each enterprise and key, and where the next page starts.

    The order is that of what follows the first two characters of the part.
    """
    page = table.query(partition(part), prefix=part[SHORTEST_PART:PART_LENGTH], limit=limit, start=start)
    return [(EnterpriseId(item["enterprise_id"]), (item["pk"], item["sk"])) for item in page.items], page.next_key


def first_key(enterprise_id: str, name: str, part: str) -> table.Key | None:
    """The first of the keys by which a search for this part finds an enterprise of this name; None if none does."""
    beginning = part[SHORTEST_PART:PART_LENGTH]
    wanted = partition(part)
    found = [(pk, sk) for pk, sk in keys_of(enterprise_id, name) if pk == wanted and sk.startswith(beginning)]
    return min(found, default=None) if part in searchable(name) else None


def having(part: str, at_most: int) -> list[EnterpriseId] | None:
    """The enterprises with this part in a name, or None if there are more than `at_most`.

    Args:
        part: Searchable, of two characters or more.
        at_most: How many are found at most.
    """
    found: dict[str, None] = {}
    start = None
    while len(found) <= at_most:
        page = table.query(partition(part), prefix=part[SHORTEST_PART:PART_LENGTH], limit=table.BATCH_GET, start=start)
        found |= dict.fromkeys(item["enterprise_id"] for item in page.items if part in item["name"])
        start = page.next_key
        if start is None:
            break
    return None if len(found) > at_most else [EnterpriseId(found_id) for found_id in found]
