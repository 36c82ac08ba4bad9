"""Moving what is found by digests to those of a new key: claims of login names and cards, addresses, names, passports.

Counters, e-mail codes and recoveries are not moved: they expire within minutes. Known network addresses are not moved
either: the next sign-in notes them again.
"""

from chalicelib.repos.accounts import claims, suppressions
from chalicelib.repos.applications import card_numbers, indexes, items
from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.maintenance import reencryption
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.base.vocabulary import EnterpriseId, Service

FIELDS = {"person": ("name", "passport_number"), "header": ("person_name", "current_passport_number")}
"""Fields by which persons and follow-up applications are found. The new passport moves with its application."""


class ChangedMeanwhile(Exception):
    """Raised when the item changed after it was read: it has to be read again."""


def digests_moved(item: Item, old: PortalKey, new: PortalKey) -> list[Write]:
    """Move what an item is found by from the digests of one key to those of another; nothing if that was done before.

    The writes raise `ChangedMeanwhile` if the item changed after it was read.

    Raises:
        ValueError: Another account has the same login name, or the item is found under neither key.
    """
    if item.get("kind") == "account":
        [login] = sealing.unseal_fields({"login": item["login"]}, f"{item['pk']}#{item['sk']}").values()
        claim = _claim_moved(item["role"], login, (item["pk"].removeprefix("ENT#"), item["id"]), old, new)
        return [*claim, *_address_moved(item, old, new)]
    if item["pk"].startswith("ENT#") and item["sk"] == "PROFILE":
        return _claim_moved("uscc", item["uscc"], (item["id"], item["account_id"]), old, new)
    if item["pk"].startswith(card_numbers.PREFIX):
        return _card_moved(item, new)
    if "passport_pk" in item and item["kind"] in FIELDS:
        return [*_indexes_moved(item, old, new), *_card_claimed(item, old, new)]
    return []


def _claim_moved(kind: str, name: str, owner: tuple[str, str], old: PortalKey, new: PortalKey) -> list[Write]:
    at_new, at_old = (claims.claim_key(kind, name, portal_key) for portal_key in (new, old))
    found = table.get_many([at_new, at_old])
    writes = []
    if at_new not in found:
        claim = {"pk": at_new[0], "sk": at_new[1], "partition_owner": owner[0], "account_id": owner[1]}
        writes.append(table.put(claim, only_new=lambda _: ChangedMeanwhile()))
    elif not _is_of(found[at_new], owner):
        raise ValueError(f"{kind} {owner[1]} has a name that is also another's")
    if at_old in found and _is_of(found[at_old], owner):
        writes.append(table.delete(at_old, {"account_id": owner[1]}, lambda _: ChangedMeanwhile()))
    return writes


def _is_of(claim: Item, owner: tuple[str, str]) -> bool:
    return (claim["partition_owner"], claim["account_id"]) == owner


def _address_moved(item: Item, old: PortalKey, new: PortalKey) -> list[Write]:
    """Move the key by which bounces find an account, and what is known of its address."""
    address = reencryption.decrypted(item)["email"]
    wanted, before = (suppressions.partition(address, portal_key) for portal_key in (new, old))
    if item["queue_pk"] != before:
        return []
    change = table.change(
        (item["pk"], item["sk"]),
        assign={"queue_pk": wanted},
        condition="#queue_pk = :seen",
        values={"seen": before},
        refusal=lambda _: ChangedMeanwhile(),
    )
    known = table.get(suppressions.key(before))
    if known is None:
        return [change]
    pk, sk = suppressions.key(wanted)
    return [change, table.put(known | {"pk": pk, "sk": sk}), table.delete(suppressions.key(before))]


def _indexes_moved(item: Item, old: PortalKey, new: PortalKey) -> list[Write]:
    owner, service = EnterpriseId(item["enterprise_id"]), Service(item["service"])
    content = reencryption.decrypted(item)["content"]
    name, passport = (content[field] for field in FIELDS[item["kind"]])
    wanted, before = (indexes.found_by(owner, service, name, passport, key) for key in (new, old))
    if item["kind"] == "person":
        wanted["identity_pk"] = indexes.identity_partition(content["id_number"], new)
    if wanted.items() <= item.items():
        return []
    # A person that was stored before `by_identity` existed is found by it from now on.
    if not before.items() <= item.items():
        raise ValueError(f"{item['pk']} is found under a digest of neither key")
    writes = [
        table.change(
            (item["pk"], item["sk"]),
            assign=wanted,
            condition="#passport_pk = :seen",
            values={"seen": item["passport_pk"]},
            refusal=lambda _: ChangedMeanwhile(),
        )
    ]
    if item["kind"] == "header":
        writes.append(table.put(items.from_new_passport(items.to_header(item), new)))
    return writes


def _card_moved(item: Item, new: PortalKey) -> list[Write]:
    """Move the claim on a card number, which is known by the claim alone once the card was replaced."""
    number = reencryption.decrypted(item)["card_number"]
    moved = card_numbers.claim(number, item["person_number"], item["enterprise_id"], new)
    if moved["pk"] == item["pk"]:
        return []
    released = table.delete(
        (item["pk"], item["sk"]), {"person_number": item["person_number"]}, lambda _: ChangedMeanwhile()
    )
    return [table.put(moved, only_new=lambda _: ChangedMeanwhile()), released]


def _card_claimed(item: Item, old: PortalKey, new: PortalKey) -> list[Write]:
    """Claim the number of a card that was made before numbers were claimed; nothing if it is claimed."""
    if "card" not in item:
        return []
    number = reencryption.decrypted(item)["card"]["number"]
    if table.get_many([card_numbers.claim_key(number, portal_key) for portal_key in (new, old)]):
        return []
    claim = card_numbers.claim(number, item["number"], item["enterprise_id"], new)
    return [table.put(claim, only_new=lambda _: ChangedMeanwhile())]
