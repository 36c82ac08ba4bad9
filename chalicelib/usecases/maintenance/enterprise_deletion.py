"""Deleting an enterprise with all its data (docs/operations.md).

The command calls these steps in their order and waits between them. Each step can be repeated.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from chalicelib.repos.accounts import accounts, audit, enterprises
from chalicelib.repos.applications import indexes
from chalicelib.repos.maintenance import enterprise_data
from chalicelib.repos.maintenance.enterprise_data import DeletionJob, EnterpriseScope
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.applications.lifecycle import is_under_way
from chalicelib.rules.base.vocabulary import EnterpriseId, Service, Status
from chalicelib.rules.values import codes

BATCH = 50
"""Items deleted by one transaction."""


class OtherUscc(Exception):
    """Raised when the USCC that confirms the deletion is not the one of the enterprise."""


class UnderWay(Exception):
    """Raised when applications of the enterprise are under way."""

    def __init__(self, numbers: list[str]) -> None:
        super().__init__(numbers)
        self.numbers = numbers


def check(enterprise_id: EnterpriseId, uscc: str, force: str) -> Mapping[str, Any]:
    """Check whether an enterprise may be deleted.

    Args:
        enterprise_id: The enterprise.
        uscc: Its USCC, as a confirmation.
        force: The reason to delete it although applications are under way; empty for none.

    Returns:
        What the audit will say about the deletion.

    Raises:
        NotFound: There is no such enterprise.
        OtherUscc: It has another USCC.
        UnderWay: Applications are under way and there is no reason to delete it anyway.
    """
    enterprise = enterprises.get(enterprise_id)
    if enterprise.elements.uscc != codes.compact(uscc):
        raise OtherUscc
    under_way = sorted(_under_way(enterprise_id))
    if under_way and not force:
        raise UnderWay(under_way)
    number_of_accounts = len(accounts.accounts_of(enterprise_id))
    number_of_applications = sum(1 for _ in enterprise_data.numbers(enterprise_id))
    return {"accounts": number_of_accounts, "applications": number_of_applications, "force": force}


def close(scope: EnterpriseScope, facts: Mapping[str, Any], origin: Origin) -> tuple[DeletionJob, int]:
    """Close all accounts of an enterprise, which signs them out, and save what the deletion needs.

    Returns:
        The deletion in progress, and how many accounts were closed.
    """
    job = DeletionJob(scope, origin.at, facts)
    closed = [
        accounts.account_changed(account, authorized=False, **accounts.ended_session_attributes(account))
        for account in accounts.accounts_of(scope.enterprise_id)
    ]
    action, subject = AuditAction.ENTERPRISE_CLOSED, scope.enterprise_id
    entry = audit.entry_added(accounts.OFFICERS, origin, action, subject, after=dict(facts))
    table.commit(enterprise_data.job_saved(job), *closed, entry)
    return job, len(closed)


def has_new_accounts(job: DeletionJob) -> bool:
    """Whether a request that was running when the accounts were closed has added another."""
    known = job.scope.account_ids
    return any(account.id not in known for account in accounts.accounts_of(job.scope.enterprise_id))


def delete_by_keys(scope: EnterpriseScope) -> Iterator[int]:
    """Delete what keys and the index of owners lead to, applications first.

    No act on a deleted application can add messages or mails. What an interruption leaves is found by `delete_rest`.

    Yields:
        After each transaction how many items are deleted.
    """
    deleted = 0
    for partition in enterprise_data.partitions(scope.enterprise_id, scope.account_ids):
        for count in _deleted([(item["pk"], item["sk"]) for item in table.query_all(partition)]):
            deleted += count
            yield deleted


def delete_rest(scope: EnterpriseScope, segments: int = 1) -> Iterator[tuple[int, int]]:
    """Delete what one sweep over both tables finds of an enterprise.

    A mail that names no enterprise is deleted if it goes to an address of this one that no account of others uses.

    Args:
        scope: What identifies the items.
        segments: How many parts of the tables are read at once.

    Yields:
        After each transaction how many items are deleted, and how many were found.
    """
    own: list[table.Key] = []
    mailed: list[tuple[table.Key, str]] = []
    shared = set()
    for item in enterprise_data.sweep(segments):
        key = item["pk"], item["sk"]
        if scope.has(item):
            own.append(key)
        elif address := scope.address_of_mail(item):
            mailed.append((key, address))
        else:
            shared.add(enterprise_data.address_of_account(item))
    keys = own + [key for key, address in mailed if address not in shared]
    deleted = 0
    for count in _deleted(keys):
        deleted += count
        yield deleted, len(keys)


def _deleted(keys: Sequence[table.Key]) -> Iterator[int]:
    """Delete items, so many in each transaction as it yields."""
    for some in batched(keys, BATCH):
        table.commit(*(table.delete(key) for key in some))
        yield len(some)


def finish(job: DeletionJob, origin: Origin) -> None:
    """End a deletion: its record becomes an entry in the audit of the officers."""
    action, subject = AuditAction.ENTERPRISE_DELETED, job.scope.enterprise_id
    entry = audit.entry_added(accounts.OFFICERS, origin, action, subject, after=dict(job.facts))
    table.commit(enterprise_data.job_deleted(job), entry)


def _under_way(enterprise_id: EnterpriseId) -> set[str]:
    """Numbers of applications that are under way or have a person who is."""
    found = set()
    for number in enterprise_data.numbers(enterprise_id):
        for item in table.query_all(indexes.partition(number)):
            statuses = {item[name] for name in ("status", "own_status") if name in item}
            if any(is_under_way(Service(item["service"]), Status(status)) for status in statuses):
                found.add(number)
    return found
