"""Events of S3 about new uploads, and of GuardDuty about scanned ones, as they arrive in the queue of the bucket."""

import re
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.rules.base.vocabulary import EnterpriseId

UPLOAD_KEY = re.compile(r"uploads/([0-9a-f]{20})/([0-9a-f]{20})", re.ASCII)


class UploadedVersion(NamedTuple):
    """One version of one upload."""

    enterprise_id: EnterpriseId
    name: str
    """The common part of the object keys of the attachment."""
    version: str = ""
    """The version in the bucket; empty for the current one."""


class _Part(BaseModel):
    """A part of an event; other fields are ignored."""

    model_config = ConfigDict(hide_input_in_errors=True)


class _Object(_Part):
    key: str
    version: str = Field(alias="versionId", default="")


class _S3(_Part):
    object: _Object


class _Record(_Part):
    name: str = Field(alias="eventName")
    s3: _S3


class _ScannedObject(_Part):
    key: str = Field(alias="objectKey")
    version: str = Field(alias="versionId", default="")


class _ScanDetail(_Part):
    object: _ScannedObject = Field(alias="s3ObjectDetails")


class _Event(_Part):
    """An event of S3 has records, one of GuardDuty a detail."""

    records: list[_Record] = Field(alias="Records", default=[])
    kind: str = Field(alias="detail-type", default="")
    detail: Any = None


SCAN_RESULT = "GuardDuty Malware Protection Object Scan Result"
"""The type of the event that GuardDuty sends when it has scanned an object."""


def upload_of(key: str, version: str = "") -> UploadedVersion | None:
    """The upload with this object key; None for the key of anything else."""
    found = UPLOAD_KEY.fullmatch(key)
    return UploadedVersion(EnterpriseId(found[1]), found[2], version) if found else None


def read(message: str | bytes) -> list[UploadedVersion]:
    """The uploads that an event reports, new or scanned; none for the event by which S3 tests the queue.

    Raises:
        pydantic.ValidationError: The message is no event of S3 or GuardDuty.
    """
    event = _Event.model_validate_json(message)
    if event.kind == SCAN_RESULT:
        scanned = _ScanDetail.model_validate(event.detail).object
        # GuardDuty names the key as it is.
        found = upload_of(scanned.key, scanned.version)
        return [found] if found else []
    created = [record.s3.object for record in event.records if _is_creation(record)]
    # S3 encodes keys as in the query of an address.
    uploads = (upload_of(unquote_plus(entry.key), entry.version) for entry in created)
    return [upload for upload in uploads if upload is not None]


def _is_creation(record: _Record) -> bool:
    return record.name.removeprefix("s3:").startswith("ObjectCreated:")
