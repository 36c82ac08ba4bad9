"""Files in the bucket: uploads by presigned POST, downloads by presigned GET.

An attachment has no item in the table: its id contains kind, type and size and is signed for the enterprise, so that an
id of another enterprise or an invented one is not accepted (docs/decisions/0004).
"""

import contextlib
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import batched
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from chalicelib.config import settings
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import aws, ids
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Unavailable, invalid
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files import images
from chalicelib.rules.files.attachments import Attachment, UploadInspection, content_matches_type, needs_renewal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES: Mapping[str, str] = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "xlsx": XLSX}
CODES = {content_type: code for code, content_type in TYPES.items()}
SIGNATURE_LENGTH = 32
PICTURES = (images.JPEG, images.PNG)
UPLOADED = "upload"
"""Metadata of a copy: the SHA-256 of its upload. (With KMS encryption the ETag is no digest of the content.)"""

FAILED_CONDITION = ("PreconditionFailed", "412")
DELETED_AT_ONCE = 1000


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
    body, _, signature = attachment_id.rpartition(".")
    if body.count(".") != 3 or not attachment_id.isascii():
        return None
    digests = sealing.digests(*_signed(enterprise_id, body))
    if not any(hmac.compare_digest(signature, digest[:SIGNATURE_LENGTH]) for digest in digests):
        return None
    return _attachment(enterprise_id, attachment_id)


def named(enterprise_id: EnterpriseId, attachment_ids: Iterable[str]) -> list[Attachment]:
    """The attachments of those ids that were made for this enterprise, each once."""
    found = (attachment(enterprise_id, attachment_id) for attachment_id in dict.fromkeys(attachment_ids))
    return [known for known in found if known]


def renew(attachments: Iterable[Attachment], today: date) -> None:
    """Copy old uploads onto themselves, so that the lifecycle rule counts their age anew (docs/decisions/0024).

    Raises:
        Unavailable: S3 does not answer.

    """
    aws.side_by_side(_renew, [attachment for attachment in attachments if needs_renewal(attachment, today)])


def _renew(attachment: Attachment) -> None:
    bucket = settings().bucket
    try:
        with aws.translated_faults():
            aws.client("s3").copy_object(
                Bucket=bucket,
                Key=attachment.key,
                CopySource={"Bucket": bucket, "Key": attachment.key},
                MetadataDirective="REPLACE",
                ContentType=attachment.content_type,
            )
    except ClientError as error:
        if aws.error_code(error) not in ("NoSuchKey", "404"):
            raise


def delete_uploads(keys: Iterable[str]) -> None:
    """Delete objects, a thousand with each request; an object that does not exist is no error.

    Raises:
        Unavailable: an object could not be deleted.

    """
    for batch in batched(keys, DELETED_AT_ONCE):
        with aws.translated_faults():
            reply = aws.client("s3").delete_objects(
                Bucket=settings().bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
            )
        if reply.get("Errors"):
            raise Unavailable


def upload_key(enterprise_id: str, name: str) -> str:
    """Object key of an upload."""
    return f"uploads/{enterprise_id}/{name}"


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


def inspect(attachments: Iterable[Attachment]) -> dict[Attachment, UploadInspection]:
    """Read uploads in parallel and report what they contain. Nothing is stored.

    Raises:
        Unavailable: S3 does not answer.

    """
    uploads = list(attachments)
    return dict(zip(uploads, aws.side_by_side(_inspect, uploads), strict=True))


def store_copies(inspections: Mapping[Attachment, UploadInspection]) -> list[Attachment]:
    """Store a permanent copy of each upload in the version that was inspected (docs/decisions/0014).

    No upload form leads to the copies, so that they cannot be replaced. Metadata of pictures is not copied; a picture
    that cannot be read is copied unchanged, for an officer to see.

    Args:
        inspections: what `inspect` has found; uploads with an empty `etag` have a copy already.

    Returns:
        The attachments that already have a copy of another upload, from an earlier attempt.

    Raises:
        Unavailable: an upload was replaced or deleted since it was inspected, or S3 does not answer.

    """
    uploads = [(attachment, inspection.etag) for attachment, inspection in inspections.items() if inspection.etag]
    stored = aws.side_by_side(_store_copy, uploads)
    return [attachment for (attachment, _), is_stored in zip(uploads, stored, strict=True) if not is_stored]


def read_upload(attachment: Attachment) -> bytes:
    """Read a whole upload.

    Raises:
        Invalid: the file was not uploaded.
        Unavailable: S3 does not answer.

    """
    try:
        return _read(attachment.key, attachment.size)[0]
    except ClientError as error:
        if aws.error_code(error) == "NoSuchKey":
            raise invalid("attachment_id", "ATTACHMENT_NOT_UPLOADED") from error
        raise


def store_export(key: str, filename: str, content: bytes) -> None:
    """Store a workbook that is downloaded under `filename`."""
    with aws.translated_faults():
        aws.client("s3").put_object(
            Bucket=settings().bucket,
            Key=key,
            Body=content,
            ContentType=XLSX,
            ContentDisposition=f"attachment; filename=\"export.xlsx\"; filename*=UTF-8''{quote(filename)}",
        )


def export_key(enterprise_id: EnterpriseId, now: datetime) -> str:
    """A new object key under the prefix whose objects are deleted after one day."""
    return f"exports/{enterprise_id}/{now:%Y%m%d}/{ids.new()}.xlsx"


def download_url(key: str) -> str:
    """A presigned address, valid for ten minutes."""
    return aws.client("s3").generate_presigned_url(
        "get_object",
        Params={"Bucket": settings().bucket, "Key": key},
        ExpiresIn=int(limits.EXPORT_LIFE.total_seconds()),
    )


def _inspect(attachment: Attachment) -> UploadInspection:
    try:
        whole, etag = _read(attachment.key, attachment.size)
    except ClientError as error:
        if aws.error_code(error) == "NoSuchKey":
            return _inspect_copy(attachment)
        raise
    if not content_matches_type(attachment, whole):
        return UploadInspection(uploaded=True)
    return _inspection(whole, attachment.content_type, etag)


def _inspect_copy(attachment: Attachment) -> UploadInspection:
    """Inspect the copy of an earlier submission, where the upload was deleted with its draft or for its age."""
    try:
        copy, _ = _read(attachment.file_key, limits.FILE_BYTES)
    except ClientError as error:
        if aws.error_code(error) == "NoSuchKey":
            return UploadInspection(uploaded=False)
        raise
    return _inspection(copy, attachment.content_type)


def _store_copy(upload: tuple[Attachment, str]) -> bool:
    """Store one copy; whether the stored copy, new or of an earlier attempt, is of this upload."""
    attachment, etag = upload
    try:
        whole, _ = _read(attachment.key, attachment.size, etag)
        content = hashlib.sha256(whole).hexdigest()
    except ClientError as error:
        if aws.error_code(error) in ("NoSuchKey", *FAILED_CONDITION):
            raise Unavailable from error
        raise
    try:
        with aws.translated_faults():
            aws.client("s3").put_object(
                Bucket=settings().bucket,
                Key=attachment.file_key,
                Body=_cleaned(whole, attachment.content_type),
                ContentType=attachment.content_type,
                Metadata={UPLOADED: content},
                IfNoneMatch="*",
            )
    except ClientError as error:
        if aws.error_code(error) not in FAILED_CONDITION:
            raise
        return _digest_of_copy(attachment) == content
    return True


def _digest_of_copy(attachment: Attachment) -> str:
    """The SHA-256 of the upload of which the stored copy was made."""
    with aws.translated_faults():
        reply = aws.client("s3").get_object(Bucket=settings().bucket, Key=attachment.file_key)
    reply["Body"].close()
    return str(reply["Metadata"].get(UPLOADED, ""))


def _inspection(whole: bytes, content_type: str, etag: str = "") -> UploadInspection:
    """What is found in a file of the declared type: the size of a picture, and whether its metadata can be removed."""
    size = None
    try:
        if content_type in PICTURES:
            size = images.size(whole, content_type)
            images.cleaned(whole, content_type)
    except images.Unreadable:
        return UploadInspection(uploaded=True, fits=True, size=size, readable=False, etag=etag)
    return UploadInspection(uploaded=True, fits=True, size=size, etag=etag)


def _cleaned(whole: bytes, content_type: str) -> bytes:
    """A picture without its metadata; unchanged if it cannot be read or is no picture."""
    with contextlib.suppress(images.Unreadable):
        return images.cleaned(whole, content_type) if content_type in PICTURES else whole
    return whole


def _read(key: str, most: int, etag: str | None = None) -> tuple[bytes, str]:
    """At most `most` bytes of an object, and its ETag; S3 refuses if the ETag is not the given one."""
    condition: Any = {"IfMatch": etag} if etag else {}
    with aws.translated_faults():
        reply = aws.client("s3").get_object(Bucket=settings().bucket, Key=key, **condition)
        return reply["Body"].read(most), reply["ETag"]


def _attachment(enterprise_id: EnterpriseId, attachment_id: str) -> Attachment:
    name, kind, code, size, _ = attachment_id.split(".")
    return Attachment(
        id=attachment_id,
        name=name,
        announced_on=ids.day_of(name),
        enterprise_id=enterprise_id,
        kind=kind,
        content_type=TYPES[code],
        size=int(size),
        key=upload_key(enterprise_id, name),
        file_key=f"files/{enterprise_id}/{name}",
    )


def _sign(enterprise_id: EnterpriseId, body: str) -> str:
    return sealing.digest(*_signed(enterprise_id, body))[:SIGNATURE_LENGTH]


def _signed(enterprise_id: EnterpriseId, body: str) -> tuple[str, str]:
    return "attachment", f"{enterprise_id}\n{body}"
