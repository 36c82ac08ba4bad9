"""Everything that is one enterprise's, wherever it lies: to hand it out, and to destroy it.

`of` reads it by keys and the owner's index. `Owned` recognises it item by item in a walk over the whole table, which
also meets what no key leads to: remembered replies, mails, recoveries, codes, tickets.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chalicelib.config import settings
from chalicelib.repos.accounts import accounts, audit, recoveries
from chalicelib.repos.accounts.email_codes import code_key
from chalicelib.repos.applications import indexes
from chalicelib.repos.keys import sealing
from chalicelib.repos.maintenance import reencryption
from chalicelib.repos.process import aws, log
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import EnterpriseId, Service

FOLDERS = ("uploads", "files", "exports")
CODES = ("register", "change_email")
RECOVERIES = ("recover by scan", "recover by hand")


@dataclass(frozen=True)
class EnterpriseScope:
    """By what an enterprise's items are recognised, also when the enterprise itself is gone already."""

    enterprise_id: EnterpriseId
    uscc: str
    account_ids: tuple[str, ...]
    addresses: tuple[str, ...] = field(repr=False)
    """Mail addresses of its accounts that no other enterprise's account has; in lower case."""

    def has(self, item: Item) -> bool:
        """Whether the item is the enterprise's own."""
        kind, _, rest = item["pk"].partition("#")
        own: dict[str, Callable[[], bool]] = {
            "ENT": lambda: rest == self.enterprise_id,
            "AUDIT": lambda: rest == self.enterprise_id,
            "ACC": lambda: rest in self.account_ids,
            "IDEM": lambda: rest.partition("#")[0] in self.account_ids,
            "APP": lambda: indexes.owner_of(item["sk"]) == self.enterprise_id,
            "LOGIN": lambda: item["partition_owner"] == self.enterprise_id,
            "REMINDED": lambda: item["enterprise_id"] == self.enterprise_id,
            "MAIL": lambda: self._is_mailed(item),
            "RECOVERY": lambda: item.get("partition_owner") == self.enterprise_id,
            "TICKET": lambda: self._is_scanned(item),
            "CODE": lambda: item["pk"] in self._codes,
        }
        try:
            return kind in own and own[kind]()
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  one that cannot be read is nobody's, and keeps nobody's deletion
            log.failure("item_unreadable", error, item=item["pk"])
            return False

    def _is_mailed(self, item: Item) -> bool:
        """By its enterprise; codes for whoever has no account yet have none, only an address."""
        if "enterprise_id" in item:
            return bool(item["enterprise_id"] == self.enterprise_id)
        return "to" in item and str(reencryption.decrypted(item)["to"]).casefold() in self.addresses

    def _is_scanned(self, item: Item) -> bool:
        claims = reencryption.decrypted(item).get("claims", {})
        return bool(claims.get("enterprise", {}).get("uscc") == self.uscc)

    @functools.cached_property
    def _codes(self) -> set[str]:
        subjects = [(purpose, address) for purpose in CODES for address in self.addresses]
        subjects += [(way, recoveries.subject_of(address)) for way in RECOVERIES for address in self.addresses]
        return {code_key(purpose, subject)[0] for purpose, subject in subjects}


def scope_of(enterprise_id: EnterpriseId, uscc: str) -> EnterpriseScope:
    """By what to recognise the enterprise's items, as its accounts are now; walks over the whole table."""
    own = accounts.accounts_of(enterprise_id)
    addresses = {account.email.casefold() for account in own}
    for item in sweep():
        if item.get("kind") == "account" and item["pk"] != f"ENT#{enterprise_id}":
            addresses.discard(_address_of(item))
    return EnterpriseScope(enterprise_id, uscc, tuple(sorted(account_ids(enterprise_id))), tuple(sorted(addresses)))


def _address_of(item: Item) -> str:
    """An account's address in lower case; none for one that cannot be read."""
    try:
        return accounts.from_item(item).email.casefold()
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  as above
        log.failure("item_unreadable", error, item=item["pk"])
        return ""


def account_ids(enterprise_id: EnterpriseId) -> set[str]:
    """Its accounts, and those that it had: agents who were deleted have left messages."""
    entries = audit.entries(enterprise_id)
    known = {entry.subject for entry in entries if entry.action in ("agent_added", "agent_deleted")}
    return known | {account.id for account in accounts.accounts_of(enterprise_id)}


def sweep() -> Iterator[Item]:
    """Every item of the table, in no order."""
    start = None
    while True:
        page = table.scan(limit=500, start=start)
        yield from page.items
        start = page.next_key
        if start is None:
            return


def of(enterprise_id: EnterpriseId) -> Iterator[Item]:
    """The enterprise's lasting items: its own, its accounts' drafts and messages, its applications with history."""
    for kind in ("ENT", "AUDIT"):
        yield from table.query_all(f"{kind}#{enterprise_id}")
    for account_id in sorted(account_ids(enterprise_id)):
        yield from table.query_all(f"ACC#{account_id}")
    for number in numbers(enterprise_id):
        yield from table.query_all(f"APP#{number}", prefix=f"ENT#{enterprise_id}#")


def numbers(enterprise_id: EnterpriseId) -> Iterator[str]:
    """The numbers of its applications, of every service."""
    for service in Service:
        start = None
        while True:
            page = table.query(f"ENT#{enterprise_id}#{service}", index="by_owner", start=start)
            yield from (item["owner_sk"] for item in page.items)
            start = page.next_key
            if start is None:
                break


# Its files


def files(enterprise_id: EnterpriseId, folders: tuple[str, ...] = FOLDERS) -> Iterator[dict[str, Any]]:
    """Key and version of every stored file, older and deleted ones too where the bucket keeps them; what is there."""
    pages = aws.client("s3").get_paginator("list_object_versions")
    for folder in folders:
        for page in pages.paginate(Bucket=settings().bucket, Prefix=f"{folder}/{enterprise_id}/"):
            for kind in ("Versions", "DeleteMarkers"):
                for each in page.get(kind, []):
                    there = kind == "Versions" and each.get("IsLatest", True)
                    yield {"Key": each["Key"], "VersionId": each["VersionId"], "there": there}


def content(key: str) -> bytes:
    """A whole file."""
    with aws.translated_faults():
        whole: bytes = aws.client("s3").get_object(Bucket=settings().bucket, Key=key)["Body"].read()
        return whole


def delete_files(enterprise_id: EnterpriseId) -> int:
    """Delete all its files in every version; how many."""
    found = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in files(enterprise_id)]
    for start in range(0, len(found), 1000):
        batch: Any = {"Objects": found[start : start + 1000], "Quiet": True}
        with aws.translated_faults():
            reply = aws.client("s3").delete_objects(Bucket=settings().bucket, Delete=batch)
        if reply.get("Errors"):
            raise OSError(f"{len(reply['Errors'])} files could not be deleted: {reply['Errors'][0].get('Code')}")
    return len(found)


# A deletion under way


def job_key(enterprise_id: str) -> table.Key:
    """Primary key of a deletion that has begun and not ended."""
    return f"DELETION#{enterprise_id}", "DELETION"


def job_item(owned: EnterpriseScope, closed_at: str, facts: dict[str, Any]) -> Item:
    """The item of a deletion: what it needs to go on when the enterprise itself is gone already."""
    pk, sk = job_key(owned.enterprise_id)
    known = {"uscc": owned.uscc, "account_ids": owned.account_ids, "addresses": owned.addresses}
    return {"pk": pk, "sk": sk, "closed_at": closed_at, "facts": facts, "known": sealing.seal_json(known, pk)}


def from_job(item: Item) -> EnterpriseScope:
    """By what a deletion recognises what it deletes."""
    known = sealing.unseal_json(item["known"], item["pk"])
    return EnterpriseScope(
        EnterpriseId(item["pk"].removeprefix("DELETION#")),
        known["uscc"],
        tuple(known["account_ids"]),
        tuple(known["addresses"]),
    )
