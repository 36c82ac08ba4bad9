"""Attachments and what browsers do with the bucket: uploads by presigned POST, downloads by presigned GET.

An attachment has no item in the table: its id contains kind, type and size and is signed for the enterprise, so that an
id of another enterprise or an invented one is not accepted (docs/decisions/0004).
"""

import functools
import hmac
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from chalicelib import data
from chalicelib.config import settings
from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.process import aws, ids
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files.attachments import Attachment

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES: Mapping[str, str] = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "xlsx": XLSX}
CODES = {content_type: code for code, content_type in TYPES.items()}
SIGNATURE_LENGTH = 32
LONGEST_ID = 200
"""Characters; ids are shorter than that."""


def new_attachment(enterprise_id: EnterpriseId, kind: str, content_type: str, size: int, today: date) -> Attachment:
    """Make the id of an attachment that is to be uploaded; nothing is stored.

    Args:
        enterprise_id: the only enterprise that can use the attachment.
        kind: a kind of attachment, checked by the caller.
        content_type: media type, one of `TYPES`.
        size: the largest size of the upload in bytes.
        today: the day in China, which becomes part of the id.
    """
    body = f"{ids.of_day(today)}.{kind}.{CODES[content_type]}.{size}"
    return _attachment(enterprise_id, f"{body}.{_sign(enterprise_id, body)}")


def attachment(enterprise_id: EnterpriseId, attachment_id: str) -> Attachment | None:
    """The attachment of this id; None if the id was not made for this enterprise."""
    return next(iter(named(enterprise_id, [attachment_id])), None)


def named(enterprise_id: EnterpriseId, attachment_ids: Iterable[str]) -> list[Attachment]:
    """The attachments of those ids that were made for this enterprise, each once."""
    keys = sealing.digest_keys()
    known = (each for each in dict.fromkeys(attachment_ids) if len(each) <= LONGEST_ID)
    found = (_checked(enterprise_id, attachment_id, keys) for attachment_id in known)
    return [attachment for attachment in found if attachment]


def announced(attachment_id: str) -> tuple[str, str, int]:
    """Kind, content type and announced size of a file of an application, whose id was checked at the submission."""
    _, kind, code, size, _ = attachment_id.split(".")
    return kind, TYPES[code], int(size)


@functools.lru_cache(maxsize=8192)
def _checked(enterprise_id: EnterpriseId, attachment_id: str, keys: tuple[PortalKey, ...]) -> Attachment | None:
    """The attachment, its signature checked once for each set of keys: a draft of 90 persons names 700 at each save."""
    body, _, signature = attachment_id.rpartition(".")
    if body.count(".") != 3 or not attachment_id.isascii():
        return None
    scope, value = _signed(enterprise_id, body)
    digests = (sealing.digest(scope, value, key) for key in keys)
    if not any(hmac.compare_digest(signature, digest[:SIGNATURE_LENGTH]) for digest in digests):
        return None
    return _attachment(enterprise_id, attachment_id)


def upload_key(enterprise_id: str, name: str) -> str:
    """Object key of an upload."""
    return f"uploads/{enterprise_id}/{name}"


def file_key(enterprise_id: str, name: str) -> str:
    """Object key of the cleaned copy of an upload."""
    return f"files/{enterprise_id}/{name}"


def upload_form(attachment: Attachment) -> dict[str, Any]:
    """Make the form of the browser's POST: for this key and type only, up to this size, for 15 minutes.

    Returns:
        `url`, and `fields` to be sent with the file.
    """
    return aws.client("s3").generate_presigned_post(
        settings().bucket,
        attachment.key,
        Fields={"Content-Type": attachment.content_type},
        Conditions=[
            {"Content-Type": attachment.content_type},
            ["content-length-range", 1, attachment.size],
        ],
        ExpiresIn=int(limits.UPLOAD_LIFE.total_seconds()),
    )


def store_export(key: str, filename: str, content: bytes) -> None:
    """Store a file that is downloaded under `filename`; the key ends with its type."""
    code = key.rpartition(".")[2]
    with aws.translated_faults():
        aws.client("s3").put_object(
            Bucket=settings().bucket,
            Key=key,
            Body=content,
            ContentType=TYPES[code],
            ContentDisposition=_disposition(filename),
        )


def export_key(owner: str, now: datetime, code: str) -> str:
    """A new object key under the prefix whose objects are deleted after one day.

    Args:
        owner: id of the enterprise with whose data the file is deleted, or `accounts.OFFICERS`.
        now: the moment of the request.
        code: one of `TYPES`.
    """
    return f"exports/{owner}/{now:%Y%m%d}/{ids.new()}.{code}"


def download_url(key: str, filename: str) -> str:
    """A presigned address, valid for ten minutes, from which a browser saves the file under this name.

    The browser never opens the file on the origin of the bucket, whatever it contains.
    """
    return aws.client("s3").generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings().bucket,
            "Key": key,
            "ResponseContentDisposition": _disposition(filename),
        },
        ExpiresIn=int(limits.EXPORT_LIFE.total_seconds()),
    )


def attachment_url(attachment: Attachment) -> str:
    """The address of the cleaned copy, as `download_url`; the file is called by its kind, such as 护照照片页.jpg."""
    name = data.attachment_kinds()[attachment.kind].name
    return download_url(attachment.file_key, f"{name}.{CODES[attachment.content_type]}")


def _disposition(filename: str) -> str:
    """The Content-Disposition of a download: a plain name, and the real one in UTF-8 (RFC 6266)."""
    code = filename.rpartition(".")[2]
    return f"attachment; filename=\"file.{code}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _attachment(enterprise_id: EnterpriseId, attachment_id: str) -> Attachment:
    name, kind, code, size, _ = attachment_id.split(".")
    return Attachment(
        id=attachment_id,
        name=name,
        enterprise_id=enterprise_id,
        kind=kind,
        content_type=TYPES[code],
        size=int(size),
        key=upload_key(enterprise_id, name),
        file_key=file_key(enterprise_id, name),
    )


def _sign(enterprise_id: EnterpriseId, body: str) -> str:
    return sealing.digest(*_signed(enterprise_id, body))[:SIGNATURE_LENGTH]


def _signed(enterprise_id: EnterpriseId, body: str) -> tuple[str, str]:
    return "attachment", f"{enterprise_id}\n{body}"
