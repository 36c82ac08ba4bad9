"""Which enterprises have, or have had, a name that contains a text (docs/decisions/0050).

Each place of a name at which a searched part may begin is an item: the first two characters there are in the partition
key, the following ones in the sort key. One query finds a part, wherever it is in the name. The items of earlier names
remain, because applications show the name under which they were submitted.
"""

from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.enterprise_names import SHORTEST_PART, beginnings, searchable
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import EnterpriseId

PREFIX = "NAMED#"
"""How their partitions begin."""

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
