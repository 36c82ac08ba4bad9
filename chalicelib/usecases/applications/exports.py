"""Files that the portal makes for download: workbooks and letters."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos.files import bucket
from chalicelib.rules.base import limits


@dataclass(frozen=True)
class Export:
    """A file that is ready for download."""

    filename: str
    url: str
    expires_at: datetime
    """When the address stops working."""


def store(owner: str, filename: str, content: bytes, now: datetime) -> Export:
    """Store a file of the type that its name ends with in the bucket, and make its download address.

    Args:
        owner: id of the enterprise with whose data it is deleted, or `accounts.OFFICERS`.
        filename: the name under which it is downloaded.
        content: the bytes of the file.
        now: the moment of the request.
    """
    key = bucket.export_key(owner, now, filename.rpartition(".")[2])
    bucket.store_export(key, filename, content)
    return Export(filename, bucket.download_url(key, filename), now + limits.EXPORT_LIFE)
