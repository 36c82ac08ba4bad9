"""All data of one enterprise, to export or to delete it (docs/operations.md).

`partitions` names what keys and the index of owners lead to, and `of` reads it. `EnterpriseScope` recognises an item of
the enterprise in a sweep over the tables, which also finds what no key leads to: stored replies, mails, recoveries,
codes and tickets.
"""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.applications import history, indexes
from chalicelib.repos.keys import sealing
from chalicelib.repos.maintenance import reencryption
from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.repos.table.segments import Segment, walked
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import NotFound, Unavailable
from chalicelib.rules.base.vocabulary import EnterpriseId, Service

PAGE = 500
"""Items read by one request of a sweep."""


@dataclass(frozen=True)
class EnterpriseScope:
    """What identifies the items of an enterprise, even after the enterprise itself was deleted."""

    enterprise_id: EnterpriseId
    uscc: str
    account_ids: tuple[str, ...]
    addresses: tuple[str, ...] = field(repr=False)
    """E-mail addresses of its accounts in lower case; accounts of others may use them too."""

    def has(self, item: Item) -> bool:
        """Whether an item belongs to the enterprise; False if it cannot be read."""
        kind, _, rest = item["pk"].partition("#")
        own: dict[str, Callable[[], bool]] = {
            "ENT": lambda: rest == self.enterprise_id,
            "AUDIT": lambda: rest == self.enterprise_id,
            "ACC": lambda: rest in self.account_ids,
            # The quotas of its accounts; digests in other partitions of that kind are no ids.
            "RATE": lambda: rest in self.account_ids,
            "IDEM": lambda: rest.partition("#")[0] in self.account_ids,
            "CLAIMS": lambda: rest == self.enterprise_id,
            "NAMED": lambda: item["enterprise_id"] == self.enterprise_id,
            "FILE": lambda: rest.partition("#")[0] == self.enterprise_id,
            "APP": lambda: item["enterprise_id"] == self.enterprise_id,
            "CARD": lambda: item["enterprise_id"] == self.enterprise_id,
            "HISTORY": lambda: item["enterprise_id"] == self.enterprise_id,
            "LOGIN": lambda: item["partition_owner"] == self.enterprise_id,
            "REMINDED": lambda: item["enterprise_id"] == self.enterprise_id,
            "MAIL": lambda: item.get("enterprise_id") == self.enterprise_id,
            "RECOVERY": lambda: item.get("partition_owner") == self.enterprise_id,
            "TICKET": lambda: self._is_scanned(item),
            "CODE": lambda: item.get("enterprise_id") == self.enterprise_id,
        }
        try:
            return kind in own and own[kind]()
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  an unreadable item must not block the deletion
            log.failure("item_unreadable", error, item=item["pk"])
            return False

    def address_of_mail(self, item: Item) -> str:
        """The address, one of the enterprise's, of a mail that names no enterprise, as codes before a registration do.

        Empty for every other item, and for one that cannot be read.
        """
        if not item["pk"].startswith("MAIL#") or "enterprise_id" in item or "to" not in item:
            return ""
        address = _read(item, lambda: str(reencryption.decrypted(item)["to"])).casefold()
        return address if address in self.addresses else ""

    def _is_scanned(self, item: Item) -> bool:
        claims = reencryption.decrypted(item).get("claims", {})
        return bool(claims.get("enterprise", {}).get("uscc") == self.uscc)


def scope_of(enterprise_id: EnterpriseId, uscc: str) -> EnterpriseScope:
    """The scope of an enterprise with its present accounts."""
    addresses = {account.email.casefold() for account in accounts.accounts_of(enterprise_id)}
    return EnterpriseScope(enterprise_id, uscc, tuple(sorted(account_ids(enterprise_id))), tuple(sorted(addresses)))


def address_of_account(item: Item) -> str:
    """The address of an account in lower case; empty for every other item, and for one that cannot be read."""
    if item.get("kind") != "account":
        return ""
    return _read(item, lambda: accounts.from_item(item).email).casefold()


def _read(item: Item, read: Callable[[], str]) -> str:
    try:
        return read()
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  an unreadable item must not block the deletion
        log.failure("item_unreadable", error, item=item["pk"])
        return ""


def account_ids(enterprise_id: EnterpriseId) -> set[str]:
    """The ids of its present and former accounts; deleted agents leave messages behind."""
    entries = audit.entries(enterprise_id)
    known = {entry.subject for entry in entries if entry.action in (AuditAction.AGENT_ADDED, AuditAction.AGENT_DELETED)}
    return known | {account.id for account in accounts.accounts_of(enterprise_id)}


def sweep(segments: int = 1) -> Generator[Item]:
    """Every item of both tables, in no particular order, read by so many threads at once."""
    return walked(segments, _pages)


def _pages(segment: Segment) -> Iterator[list[Item]]:
    start = None
    while True:
        page = table.scan(limit=PAGE, start=start, segment=segment)
        yield page.items
        start = page.next_key
        if start is None:
            return


def of(enterprise_id: EnterpriseId) -> Iterator[Item]:
    """The lasting items of an enterprise: its own, drafts and messages of its accounts, applications with history."""
    for partition in partitions(enterprise_id, account_ids(enterprise_id)):
        yield from table.query_all(partition)


def partitions(enterprise_id: EnterpriseId, of_accounts: Collection[str]) -> Iterator[str]:
    """The partitions of an enterprise that keys and the index of owners lead to, applications first.

    Args:
        enterprise_id: The enterprise.
        of_accounts: The ids of its present and former accounts.
    """
    for number in numbers(enterprise_id):
        yield indexes.partition(number)
        yield history.partition(number)
    for account_id in sorted(of_accounts):
        yield f"ACC#{account_id}"
    for kind in ("ENT", "AUDIT"):
        yield f"{kind}#{enterprise_id}"


def numbers(enterprise_id: EnterpriseId) -> Iterator[str]:
    """The numbers of its applications, of every service."""
    for service in Service:
        start = None
        while True:
            page = table.query(indexes.owner_partition(enterprise_id, service), index="by_owner", start=start)
            yield from (item["number"] for item in page.items)
            start = page.next_key
            if start is None:
                break


# A deletion in progress


@dataclass(frozen=True)
class DeletionJob:
    """A deletion that has begun: what it needs to be resumed after the enterprise itself was deleted."""

    scope: EnterpriseScope
    closed_at: datetime
    """When the accounts were closed."""
    facts: Mapping[str, Any]
    """What the audit says about the deletion; no personal data."""


def job_key(enterprise_id: str) -> table.Key:
    """Primary key of a deletion in progress."""
    return f"DELETION#{enterprise_id}", "DELETION"


def job(enterprise_id: EnterpriseId) -> DeletionJob | None:
    """The deletion of an enterprise, if one has begun and not ended."""
    item = table.get(job_key(enterprise_id))
    if item is None:
        return None
    known = sealing.unseal_json(item["known"], item["pk"])
    scope = EnterpriseScope(enterprise_id, known["uscc"], tuple(known["account_ids"]), tuple(known["addresses"]))
    return DeletionJob(scope, parse_time(item["closed_at"]), item["facts"])


def job_saved(job: DeletionJob) -> Write:
    """Save a deletion in progress, in place of what was known of it before."""
    pk, sk = job_key(job.scope.enterprise_id)
    known = {"uscc": job.scope.uscc, "account_ids": job.scope.account_ids, "addresses": job.scope.addresses}
    return table.put(
        {
            "pk": pk,
            "sk": sk,
            "closed_at": rfc3339(job.closed_at),
            "facts": job.facts,
            "known": sealing.seal_json(known, pk),
        }
    )


def job_deleted(job: DeletionJob) -> Write:
    """Delete the record of a deletion that is complete; `NotFound` if a concurrent command completed it."""
    key = job_key(job.scope.enterprise_id)
    return table.delete(key, {"closed_at": rfc3339(job.closed_at)}, lambda _: NotFound())
