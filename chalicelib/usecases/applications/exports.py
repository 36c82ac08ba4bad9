"""Files that the portal makes for download: workbooks and letters."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos.files import bucket
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import EnterpriseId


@dataclass(frozen=True)
class Export:
    """A file that is ready for download."""

    filename: str
    url: str
    expires_at: datetime
    """When the address stops working."""


def store(enterprise_id: EnterpriseId, filename: str, content: bytes, now: datetime) -> Export:
    """Store a file of the type that its name ends with in the bucket, and make its download address."""
    key = bucket.export_key(enterprise_id, now, filename.rpartition(".")[2])
    bucket.store_export(key, filename, content)
    return Export(filename, bucket.download_url(key), now + limits.EXPORT_LIFE)
