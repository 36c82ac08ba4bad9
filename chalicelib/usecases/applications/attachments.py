"""附件: announcing an upload, and downloading an accepted file (docs/domain.md 4.4, docs/decisions/0004)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import quotas
from chalicelib.repos.applications import applications
from chalicelib.repos.drafts import drafts
from chalicelib.repos.files import bucket
from chalicelib.repos.keys import cursors
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import UPLOAD_BYTES
from chalicelib.rules.applications import submission
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FileNotClean, NotFound
from chalicelib.rules.base.vocabulary import PersonNumber
from chalicelib.rules.files import attachments
from chalicelib.rules.files.attachments import Attachment
from chalicelib.rules.files.scans import ScanState
from chalicelib.rules.files.verdicts import AttachmentState, Progress
from chalicelib.rules.forms.applications import AttachmentForm
from chalicelib.usecases.files import reading

FILES = "files of an application"
"""The name of the list, to which its cursors are bound."""


@dataclass(frozen=True)
class Announced:
    """An attachment that can be uploaded now."""

    attachment: Attachment
    upload_form: dict[str, Any]
    """`url` and `fields` of the browser's POST to the bucket."""
    expires_at: datetime
    """When the upload form stops working."""


@dataclass(frozen=True)
class DownloadAddress:
    """Where an accepted file can be downloaded."""

    kind: str
    url: str
    expires_at: datetime
    """When the address stops working."""


@dataclass(frozen=True)
class File:
    """A file of an application, with its download address if it was found clean."""

    person_number: PersonNumber | None
    """None for a file of the application as a whole."""
    attachment: Attachment
    progress: Progress
    address: DownloadAddress | None


@dataclass(frozen=True)
class Files:
    """One page of the files of an application."""

    files: list[File]
    next_cursor: str | None
    """Opens the next page for the same reader; None on the last page."""


def announce(form: AttachmentForm, act: Act) -> Announced:
    """Check kind, type and size of a file before it is sent, count its bytes, and make its upload form.

    Raises:
        Invalid: the kind is unknown, or does not allow the type or the size.
        QuotaUsedUp: the account has announced too many bytes today.
    """
    attachments.check_upload(form.kind, form.content_type, form.size)
    table.update(quotas.quota_used(act.actor.id, UPLOAD_BYTES, act.at, form.size))
    attachment = bucket.new_attachment(act.tenant, form.kind, form.content_type, form.size, china_day(act.at))
    return Announced(attachment, bucket.upload_form(attachment), act.at + limits.UPLOAD_LIFE)


def preview_address(draft_id: str, attachment_id: str, viewer: Account, now: datetime) -> DownloadAddress:
    """Make the download address of a file that an own draft names.

    Raises:
        NotFound: no such draft of the account, it does not name this attachment, or the file is not accepted.
    """
    draft = drafts.get(viewer.id, draft_id, now)
    if attachment_id not in _named(draft.content):
        raise NotFound
    attachment = bucket.attachment(viewer.tenant, attachment_id)
    if attachment is None or _progress(attachment).state is not AttachmentState.ACCEPTED:
        raise NotFound
    return DownloadAddress(attachment.kind, bucket.attachment_url(attachment), now + limits.EXPORT_LIFE)


def _named(content: Mapping[str, Any]) -> set[str]:
    """The ids of the attachments of a draft, any field of which may be missing."""
    parts = [content, *(content.get("persons") or ())]
    return {named for part in parts for named in part.get("attachments") or ()}


def progress_of_draft(content: Mapping[str, Any], viewer: Account) -> dict[str, Progress]:
    """State and scan of each file that a draft names, by the attachment's id."""
    return reading.progress(viewer.tenant, _named(content))


def progress(attachment_ids: Iterable[str], viewer: Account) -> list[tuple[Attachment, Progress]]:
    """State and scan of each attachment that was made for the viewer's enterprise; others are left out."""
    found = reading.progress(viewer.tenant, attachment_ids)
    return [(attachment, found[attachment.id]) for attachment in bucket.named(viewer.tenant, found)]


def _progress(attachment: Attachment) -> Progress:
    return reading.progress(attachment.enterprise_id, [attachment.id])[attachment.id]


def download_address(number: str, attachment_id: str, viewer: Account, now: datetime) -> DownloadAddress:
    """Make the download address of a file that an application names.

    Raises:
        NotFound: no application that the viewer may see, or it does not name this attachment.
        FileNotClean: the file was not found clean.
    """
    found = applications.get(number, viewer)
    attachment = bucket.attachment(found.header.enterprise_id, attachment_id)
    if attachment is None or attachment_id not in submission.attachments_of(found):
        raise NotFound
    if _progress(attachment).scan is not ScanState.CLEAN:
        raise FileNotClean
    return _address(attachment, now)


def download_addresses(number: str, cursor: str | None, viewer: Account, now: datetime) -> Files:
    """Make the download addresses of the clean files of an application, `limits.DOWNLOADS` on a page.

    They are in the order of persons and ids, so that no file is missed if the application is edited between two pages.

    Raises:
        NotFound: no application that the viewer may see.
        Malformed: the cursor does not belong to this viewer and this application.
    """
    found = applications.get(number, viewer)
    position = cursors.read(viewer, FILES, found.header.number, cursor)
    after = (position["person"], position["id"]) if position else ("", "")
    left = [place for place in _places(found) if place > after]
    page = left[: limits.DOWNLOADS]
    following = dict(zip(("person", "id"), page[-1], strict=True)) if len(left) > len(page) else None
    named = [(person, bucket.attachment(found.header.enterprise_id, attachment_id)) for person, attachment_id in page]
    scanned = reading.progress(found.header.enterprise_id, [attachment_id for _, attachment_id in page])
    files = [
        _file(person, attachment, scanned[attachment.id], now) for person, attachment in named if attachment is not None
    ]
    return Files(files, cursors.write(viewer, FILES, found.header.number, following))


def _places(application: Application) -> list[tuple[str, str]]:
    """The number of the person, empty for the application as a whole, and the id of each file, in their order."""
    own = {("", attachment) for attachment in submission.attachments_of(replace(application, persons=()))}
    of_persons = {
        (person.number, attachment) for person in application.persons for attachment in person.content["attachments"]
    }
    return sorted(own | of_persons)


def _file(person: str, attachment: Attachment, progress: Progress, now: datetime) -> File:
    address = _address(attachment, now) if progress.scan is ScanState.CLEAN else None
    return File(PersonNumber(person) if person else None, attachment, progress, address)


def _address(attachment: Attachment, now: datetime) -> DownloadAddress:
    return DownloadAddress(attachment.kind, bucket.attachment_url(attachment), now + limits.EXPORT_LIFE)
