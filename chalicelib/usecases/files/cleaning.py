"""The nightly cleaning of files: claims are settled, missed uploads inspected, files that nothing names deleted.

A file is deleted in two runs: the first lets it be submitted no more, and the next deletes it, when no request that
could have accepted it still runs (docs/decisions/0041).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import batched

from chalicelib.repos.accounts import accounts
from chalicelib.repos.applications import applications
from chalicelib.repos.drafts import counters
from chalicelib.repos.files import bucket, claims, uploads, verdicts
from chalicelib.repos.files.claims import Claim
from chalicelib.repos.files.verdicts import Reviewed
from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.submission import attachments_of
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files.upload_events import UploadedVersion
from chalicelib.rules.files.verdicts import State, Verdict
from chalicelib.usecases.files import inspection

BATCH = 100
"""Claims or files that one request finds."""

POSTPONED = timedelta(days=1)
"""When a file of a claim that is not settled is reviewed again."""


class Cleaning:
    """One run. It stops before its deadline, and the next run continues."""

    def __init__(self, now: datetime, is_deadline_near: Callable[[], bool]) -> None:
        self._now = now
        self._is_deadline_near = is_deadline_near
        self.counts: Counter[str] = Counter()
        """How many claims were `settled`, how many files `inspected` and `deleted`, how many have no result of
        their scan (`unscanned`), and how much has `failed`."""
        self.is_complete = True

    def run(self) -> None:
        """Settle claims, inspect uploads whose event was lost, and delete files that nothing names."""
        self._each(claims.to_settle(self._now, BATCH), self._settle)
        self._each(uploads.left(), self._inspect)
        self._each(verdicts.due(self._now, BATCH), self._review)

    def _each[Found](self, found: Iterable[Found], process: Callable[[Found], None]) -> None:
        """Process each; what cannot be processed is counted and does not stop the others."""
        try:
            for one in found:
                if self._is_deadline_near():
                    self.is_complete = False
                    return
                self._guarded(process, one)
        except Unavailable:
            self.is_complete = False

    def _guarded[Found](self, process: Callable[[Found], None], one: Found) -> None:
        try:
            process(one)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  the fault of one item must not stop the cleaning of the others
            log.failure("file_not_cleaned", error)
            self.counts["failed"] += 1

    def _settle(self, claim: Claim) -> None:
        """Note for each file of a claim whether the application names it now."""
        named = _named_by_application(claim)
        writes = []
        for name, verdict in verdicts.get_many(claim.enterprise_id, claim.names).items():
            before = {*verdict.applications}
            after = before | {claim.number} if name in named else before - {claim.number}
            if after != before:
                writes.append(verdicts.applications_noted(claim.enterprise_id, name, after, self._now))
        _commit(writes)
        table.commit(claims.claim_deleted(claim))
        self.counts["settled"] += 1

    def _inspect(self, found: tuple[UploadedVersion, str]) -> None:
        upload, etag = found
        before = verdicts.get(upload)
        if before is not None and before.is_final and before.state is not State.DONE and before.etag == etag:
            return
        try:
            verdict = inspection.process(upload, self._now, renews=False)
        except inspection.ScanFailed:
            verdict = verdicts.get(upload)
        is_held = verdict is not None and verdict.state is State.HELD and not verdict.is_final
        self.counts["unscanned" if is_held else "inspected"] += 1

    def _review(self, due: list[Reviewed]) -> None:
        """Keep the files that a draft or a claim names; give up or delete the others."""
        of_enterprise: dict[EnterpriseId, list[str]] = defaultdict(list)
        for file in due:
            of_enterprise[file.enterprise_id].append(file.name)
        for enterprise_id, names in of_enterprise.items():
            self._guarded(lambda owned: self._review_own(*owned), (enterprise_id, names))

    def _review_own(self, enterprise_id: EnterpriseId, names: list[str]) -> None:
        # Drafts are read before claims: a submission stores its claim before it deletes its draft.
        drafted = _named_by_drafts(enterprise_id)
        claimed = claims.names(enterprise_id)
        writes, ended = [], {}
        for name, verdict in verdicts.get_many(enterprise_id, names).items():
            if name in claimed:
                writes.append(verdicts.review_postponed(enterprise_id, name, self._now + POSTPONED))
            elif name in drafted:
                writes.append(verdicts.review_postponed(enterprise_id, name, self._now + limits.UNCLAIMED_REVIEW))
            elif verdict.given_up_at is None:
                writes.append(verdicts.given_up(enterprise_id, name, self._now))
            elif verdict.given_up_at <= self._now - limits.CLAIM_SETTLES:
                ended[name] = verdict
        _commit(writes)
        _delete(enterprise_id, ended)
        self.counts["deleted"] += len(ended)


def _delete(enterprise_id: EnterpriseId, ended: dict[str, Verdict]) -> None:
    """Delete copies for good and what is left of the uploads, then the verdicts."""
    copies = [(bucket.file_key(enterprise_id, name), verdict.copy_version) for name, verdict in ended.items()]
    originals = [(bucket.upload_key(enterprise_id, name), "") for name in ended]
    uploads.delete([*copies, *originals])
    _commit([verdicts.verdict_deleted(enterprise_id, name) for name in ended])


def _named_by_application(claim: Claim) -> set[str]:
    """Names of the files that the application names now; none if it was not stored."""
    found = applications.of_enterprise(claim.number, claim.enterprise_id)
    if found is None:
        return set()
    return {attachment.name for attachment in bucket.named(claim.enterprise_id, attachments_of(found))}


def _named_by_drafts(enterprise_id: EnterpriseId) -> frozenset[str]:
    """Names of the files that drafts of any account of the enterprise name."""
    stored = counters.get_many(account.id for account in accounts.accounts_of(enterprise_id))
    return frozenset(name for of_account in stored.values() for names in of_account.uploads.values() for name in names)


def _commit(writes: list[Write]) -> None:
    for batch in batched(writes, limits.TRANSACTION_ACTIONS):
        table.commit(*batch)
