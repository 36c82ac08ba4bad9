"""The inspection of an upload: scan, verdict, cleaned copy, deletion of the upload (docs/decisions/0041 and 0080).

It can be killed anywhere and repeated, also at the same time: a verdict that is done is always about the stored copy,
and there is a copy only of an upload that was found clean.
"""

import functools
from collections.abc import Callable
from datetime import datetime

from chalicelib.repos.files import uploads, verdicts
from chalicelib.repos.files.scanners import scanner
from chalicelib.repos.files.uploads import StoredFile
from chalicelib.repos.files.verdicts import VerdictChanged
from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.rules.files import verdicts as rules
from chalicelib.rules.files.scans import Scan, ScanState
from chalicelib.rules.files.upload_events import UploadedVersion
from chalicelib.rules.files.verdicts import State, Verdict
from chalicelib.usecases.retries import until_unchanged


class ScanFailed(Exception):
    """Raised when the scanner gave no result for an upload, after its verdict has been stored."""


def inspect(upload: UploadedVersion, now: datetime) -> Verdict | None:
    """Scan and inspect an upload, store its cleaned copy and its verdict. The upload stays.

    Returns:
        The verdict that is stored now; None if there is neither an upload nor a verdict.

    Raises:
        Unavailable: S3 or the table does not answer, or other inspections of the same upload interfere repeatedly.
    """
    return _inspected(upload, uploads.read(upload), now)


def process(upload: UploadedVersion, now: datetime, *, renews: bool = True) -> Verdict | None:
    """Inspect an upload as `inspect`, then delete the inspected version of it for good.

    An upload that gets no copy stays until it expires: reading it again gives the same verdict. An infected one is
    deleted too.

    Args:
        upload: One version of an upload, or the current one.
        now: The moment of the run.
        renews: Whether an upload whose scan failed is stored again, if only this makes the scanner scan it again.

    Raises:
        ScanFailed: The scanner gave no result.
        Unavailable: As of `inspect`.
    """
    read = uploads.read(upload)
    verdict = _inspected(upload, read, now)
    if read is None or verdict is None:
        return verdict
    if verdict.state is State.DONE:
        uploads.delete_version(upload, read.version)
    elif verdict.state is State.HELD and verdict.digest == read.digest:
        _follow_up(upload, read, verdict, renews=renews)
    return verdict


def _follow_up(upload: UploadedVersion, read: StoredFile, verdict: Verdict, *, renews: bool) -> None:
    """Delete an infected upload; have one scanned again whose scan failed."""
    if verdict.scan is ScanState.INFECTED:
        uploads.delete_version(upload, read.version)
    if verdict.scan is ScanState.FAILED:
        if not renews or scanner.current().repeats_by_itself or read.tries >= limits.SCAN_TRIES:
            raise ScanFailed
        uploads.store_again(upload, read)
        uploads.delete_version(upload, read.version)


def _inspected(upload: UploadedVersion, read: StoredFile | None, now: datetime) -> Verdict | None:
    if read is None:
        return verdicts.get(upload)
    scanned = functools.cache(lambda: _scanned(upload, read))  # once, however often the verdict changes meanwhile
    return until_unchanged(lambda: _stored(upload, read, scanned, now), VerdictChanged)


def _scanned(upload: UploadedVersion, read: StoredFile) -> Scan:
    found = scanner.current().scan(upload, read)
    if found.state is ScanState.INFECTED:
        log.event("upload_infected", scanner=found.scanner, threat=found.threat, digest=read.digest)
    return found


def _stored(upload: UploadedVersion, read: StoredFile, scanned: Callable[[], Scan], now: datetime) -> Verdict | None:
    before = verdicts.get(upload)
    if before is not None and before.given_up_at is not None:
        return before
    # A content beside one that was accepted is not scanned: nobody will see it.
    if before is not None and before.state is State.DONE:
        if read.digest != before.digest and not before.replaced:
            table.commit(verdicts.replacement_noted(upload))
        return verdicts.get(upload)
    scan = scanned()
    if scan.state is not ScanState.CLEAN:
        held = rules.held(scan, read.content_type, read.digest, read.etag)
        if before != held:
            table.commit(verdicts.held_noted(upload, before, held, now))
        return held
    found = _verdict(read, scan)
    if found.state is State.UNFIT:
        if before != found:
            table.commit(verdicts.unfit_noted(upload, before, found, now))
        return found
    if before is None or before.state in (State.UNFIT, State.HELD):
        table.commit(verdicts.inspection_begun(upload, before, now))
    copy = uploads.store_copy(upload, read, rules.cleaned(read.content, read.content_type))
    # The copy of an earlier attempt may be of another upload, which was clean as well: the verdict is about that one.
    replaced = copy.digest != read.digest
    found = _verdict(copy if replaced else read, scan, copy.version, replaced=replaced)
    table.commit(verdicts.verdict_completed(upload, found))
    return found


def _verdict(file: StoredFile, scan: Scan, copy_version: str = "", *, replaced: bool = False) -> Verdict:
    found = rules.inspected(file.content, file.content_type)
    return Verdict(
        state=State.DONE if found.fits else State.UNFIT,
        content_type=file.content_type,
        digest=file.digest,
        etag=file.etag,
        size=found.size,
        readable=found.readable,
        defects=found.defects,
        length=None if replaced else len(file.content),
        copy_version=copy_version,
        replaced=replaced,
        scan=scan.state,
        scanner=scan.scanner,
    )
