"""The inspection of an upload: verdict, cleaned copy, deletion of the upload (docs/decisions/0041).

It can be killed anywhere and repeated, also at the same time: a verdict that is done is always about the stored copy.
"""

from datetime import datetime

from chalicelib.repos.files import uploads, verdicts
from chalicelib.repos.files.uploads import StoredFile
from chalicelib.repos.files.verdicts import VerdictChanged
from chalicelib.repos.table import table
from chalicelib.rules.files import verdicts as rules
from chalicelib.rules.files.upload_events import UploadedVersion
from chalicelib.rules.files.verdicts import State, Verdict
from chalicelib.usecases.retries import until_unchanged


def inspect(upload: UploadedVersion, now: datetime) -> Verdict | None:
    """Inspect an upload, store its cleaned copy and its verdict. The upload stays.

    Returns:
        The verdict that is stored now; None if there is neither an upload nor a verdict.

    Raises:
        Unavailable: S3 or the table does not answer, or other inspections of the same upload interfere repeatedly.
    """
    read = uploads.read(upload)
    return until_unchanged(lambda: _examined(upload, read, now), VerdictChanged)


def process(upload: UploadedVersion, now: datetime) -> Verdict | None:
    """Inspect an upload as `inspect`, then delete the inspected version of it for good.

    An upload that gets no copy stays until it expires: reading it again gives the same verdict.
    """
    read = uploads.read(upload)
    verdict = until_unchanged(lambda: _examined(upload, read, now), VerdictChanged)
    if read is not None and verdict is not None and verdict.state is State.DONE:
        uploads.delete_version(upload, read.version)
    return verdict


def _examined(upload: UploadedVersion, read: StoredFile | None, now: datetime) -> Verdict | None:
    before = verdicts.get(upload)
    if read is None or (before is not None and before.given_up_at is not None):
        return before
    if before is not None and before.state is State.DONE:
        if read.digest != before.digest and not before.replaced:
            table.commit(verdicts.replacement_noted(upload))
        return verdicts.get(upload)
    found = _verdict(read)
    if found.state is State.UNFIT:
        if before != found:
            table.commit(verdicts.unfit_noted(upload, before, found, now))
        return found
    if before is None or before.state is State.UNFIT:
        table.commit(verdicts.inspection_begun(upload, before, now))
    copy = uploads.store_copy(upload, read, rules.cleaned(read.content, read.content_type))
    # The copy of an earlier attempt may be of another upload: then the verdict is about that one.
    found = _verdict(read if copy.digest == read.digest else copy, copy.version, replaced=copy.digest != read.digest)
    table.commit(verdicts.verdict_completed(upload, found))
    return found


def _verdict(file: StoredFile, copy_version: str = "", *, replaced: bool = False) -> Verdict:
    found = rules.inspected(file.content, file.content_type)
    return Verdict(
        state=State.DONE if found.fits else State.UNFIT,
        content_type=file.content_type,
        digest=file.digest,
        etag=file.etag,
        size=found.size,
        readable=found.readable,
        copy_version=copy_version,
        replaced=replaced,
    )
