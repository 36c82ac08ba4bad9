"""What stands under digests, item by item, to be moved to those of a new key: guards of names, passport indexes.

Counters, e-mail codes and recoveries are not moved: they live for minutes, and begin anew.
"""

from chalicelib.repos import accounts, application_items, sealing, table
from chalicelib.repos.keyring import PortalKey
from chalicelib.repos.table import Item, Part
from chalicelib.rules.vocabulary import EnterpriseId


class ChangedMeanwhile(Exception):
    """The item is not as it was read: look again."""


def moved(item: Item, old: PortalKey, new: PortalKey) -> list[Part]:
    """The parts that move what the item stands under to the new key; none if that was done before."""
    if item.get("kind") == "account":
        [login] = sealing.unseal_fields({"login": item["login"]}, f"{item['pk']}#{item['sk']}").values()
        return _guard(item["role"], login, (item["pk"].removeprefix("ENT#"), item["id"]), old, new)
    if item["pk"].startswith("ENT#") and item["sk"] == "PROFILE":
        return _guard("uscc", item["uscc"], (item["id"], item["account_id"]), old, new)
    if "passport_pk" in item:
        return _passport(item, old, new)
    return []


def _guard(kind: str, name: str, owner: tuple[str, str], old: PortalKey, new: PortalKey) -> list[Part]:
    at_new, at_old = (accounts.login_key(kind, name, key) for key in (new, old))
    found = table.get_many([at_new, at_old])
    parts = []
    if at_new not in found:
        guard = {"pk": at_new[0], "sk": at_new[1], "realm": owner[0], "account_id": owner[1]}
        parts.append(table.put(guard, only_new=lambda _: ChangedMeanwhile()))
    elif not _is_of(found[at_new], owner):
        raise ValueError(f"{kind} {owner[1]} has a name that is also another's")
    if at_old in found and _is_of(found[at_old], owner):
        parts.append(table.delete(at_old, {"account_id": owner[1]}, lambda _: ChangedMeanwhile()))
    return parts


def _is_of(guard: Item, owner: tuple[str, str]) -> bool:
    return (guard["realm"], guard["account_id"]) == owner


def _passport(item: Item, old: PortalKey, new: PortalKey) -> list[Part]:
    owner: EnterpriseId = application_items.owner_of(item["sk"])
    # A person is found by its passport; a follow-up file by the one that its person had.
    field = "passport_number" if item["kind"] == "person" else "current_passport_number"
    context = f"{item['pk']}#{item['sk']}"
    [passport] = sealing.unseal_fields({field: item["content"][field]}, context).values()
    wanted = application_items.passport_partition(owner, passport, new)
    if item["passport_pk"] == wanted:
        return []
    if item["passport_pk"] != application_items.passport_partition(owner, passport, old):
        raise ValueError(f"{item['pk']} is found under a digest of neither key")
    return [
        table.change(
            (item["pk"], item["sk"]),
            assign={"passport_pk": wanted},
            condition="#passport_pk = :seen",
            values={"seen": item["passport_pk"]},
            refusal=lambda _: ChangedMeanwhile(),
        )
    ]
