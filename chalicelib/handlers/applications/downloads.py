"""Shapes of files that are ready for download."""

from pydantic import BaseModel

from chalicelib.handlers.http.formats import Address, AttachmentKindCode, Moment
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.usecases.applications.exports import Export


class Download(BaseModel):
    """Where an accepted file can be downloaded, for ten minutes."""

    kind: AttachmentKindCode
    url: Address
    expires_at: Moment


class ExportReply(BaseModel):
    """A file that is ready for download."""

    filename: str
    url: Address
    expires_at: Moment


def export(shown: Export) -> ExportReply:
    """A file with its address."""
    return ExportReply(filename=shown.filename, url=shown.url, expires_at=rfc3339(shown.expires_at))
