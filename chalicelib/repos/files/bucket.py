"""Files in the bucket: uploads by presigned POST, exports by presigned GET.

An attachment needs no item of its own: its id says kind, type and size and is signed for the enterprise, so another
enterprise's id, or one that was made up, is simply not one.
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
"""Metadata of a copy: the SHA-256 of what it was made of. (An ETag is none of the content under KMS.)"""

FAILED_CONDITION = ("PreconditionFailed", "412")
DELETED_AT_ONCE = 1000


def new_attachment(enterprise_id: EnterpriseId, kind: str, content_type: str, size: int, today: date) -> Attachment:
    """An attachment about to be uploaded."""
    body = f"{ids.of_day(today)}.{kind}.{CODES[content_type]}.{size}"
    return _attachment(enterprise_id, f"{body}.{_sign(enterprise_id, body)}")


def attachment(enterprise_id: EnterpriseId, attachment_id: str) -> Attachment | None:
    """The attachment of this id if the id was given to this enterprise, else None."""
    body, _, signature = attachment_id.rpartition(".")
    if body.count(".") != 3 or not attachment_id.isascii():
        return None
    given = sealing.digests(*_signed(enterprise_id, body))
    if not any(hmac.compare_digest(signature, each[:SIGNATURE_LENGTH]) for each in given):
        return None
    return _attachment(enterprise_id, attachment_id)


def named(enterprise_id: EnterpriseId, attachment_ids: Iterable[str]) -> list[Attachment]:
    """The attachments among these ids that were given to this enterprise, each once."""
    found = (attachment(enterprise_id, each) for each in dict.fromkeys(attachment_ids))
    return [each for each in found if each]


def renew(attachments: Iterable[Attachment], today: date) -> None:
    """Copy old uploads onto themselves, so that the bucket's own rule counts their days anew (page 0024)."""
    aws.side_by_side(_renew, [each for each in attachments if needs_renewal(each, today)])


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
    """Delete objects, a thousand with each request; those that are gone already are no error."""
    for some in batched(keys, DELETED_AT_ONCE):
        with aws.translated_faults():
            reply = aws.client("s3").delete_objects(
                Bucket=settings().bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
            )
        if reply.get("Errors"):
            raise Unavailable


def upload_key(enterprise_id: str, name: str) -> str:
    """Object key of an upload."""
    return f"uploads/{enterprise_id}/{name}"


def upload_form(attachment: Attachment) -> dict[str, Any]:
    """Address and fields of the browser's POST: only this key, this type, at most this size, for 15 minutes."""
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
    """What is in uploads, read side by side. Nothing is written: what is refused leaves no copy behind."""
    wanted = list(attachments)
    return dict(zip(wanted, aws.side_by_side(_inspect, wanted), strict=True))


def store_copies(looked: Mapping[Attachment, UploadInspection]) -> list[Attachment]:
    """Keep a cleaned copy of the very uploads that were looked at; those of which an earlier try has kept another file.

    The copy lies where no upload form leads: it cannot be replaced afterwards. Metadata of pictures is not copied; a
    picture that cannot be read is kept as it is, for an officer to see. `Unavailable` if an upload has been replaced or
    has gone since the look.
    """
    seen = [(attachment, found.etag) for attachment, found in looked.items() if found.etag]
    kept = aws.side_by_side(_store_copy, seen)
    return [attachment for (attachment, _), is_kept in zip(seen, kept, strict=True) if not is_kept]


def read_upload(attachment: Attachment) -> bytes:
    """The whole file; `Invalid` if it was never uploaded."""
    try:
        return _read(attachment.key, attachment.size)[0]
    except ClientError as error:
        if aws.error_code(error) == "NoSuchKey":
            raise invalid("attachment_id", "ATTACHMENT_NOT_UPLOADED") from error
        raise


def store_export(key: str, filename: str, content: bytes) -> None:
    """Store a sheet for download under its name for people."""
    with aws.translated_faults():
        aws.client("s3").put_object(
            Bucket=settings().bucket,
            Key=key,
            Body=content,
            ContentType=XLSX,
            ContentDisposition=f"attachment; filename=\"export.xlsx\"; filename*=UTF-8''{quote(filename)}",
        )


def export_key(enterprise_id: EnterpriseId, now: datetime) -> str:
    """A fresh key under the prefix whose objects live one day."""
    return f"exports/{enterprise_id}/{now:%Y%m%d}/{ids.new()}.xlsx"


def download_url(key: str) -> str:
    """A presigned address, good for ten minutes."""
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
            return _kept_before(attachment)
        raise
    if not content_matches_type(attachment, whole):
        return UploadInspection(uploaded=True)
    return _seen(whole, attachment.content_type, etag)


def _kept_before(attachment: Attachment) -> UploadInspection:
    """What an earlier submission kept of an upload that has gone since, with its draft or by its age."""
    try:
        kept, _ = _read(attachment.file_key, limits.FILE_BYTES)
    except ClientError as error:
        if aws.error_code(error) == "NoSuchKey":
            return UploadInspection(uploaded=False)
        raise
    return _seen(kept, attachment.content_type)


def _store_copy(seen: tuple[Attachment, str]) -> bool:
    """Whether the upload is the one that is kept, now or since an earlier try."""
    attachment, etag = seen
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
        return _kept_of(attachment) == content
    return True


def _kept_of(attachment: Attachment) -> str:
    """The digest of the upload that a kept copy was made of."""
    with aws.translated_faults():
        reply = aws.client("s3").get_object(Bucket=settings().bucket, Key=attachment.file_key)
    reply["Body"].close()
    return str(reply["Metadata"].get(UPLOADED, ""))


def _seen(whole: bytes, content_type: str, etag: str = "") -> UploadInspection:
    """What a file of the type it says shows: how large a picture is, and whether it can be cleaned."""
    size = None
    try:
        if content_type in PICTURES:
            size = images.size(whole, content_type)
            images.cleaned(whole, content_type)
    except images.Unreadable:
        return UploadInspection(uploaded=True, fits=True, size=size, readable=False, etag=etag)
    return UploadInspection(uploaded=True, fits=True, size=size, etag=etag)


def _cleaned(whole: bytes, content_type: str) -> bytes:
    """A picture without its metadata; anything else, and what cannot be read, as it is."""
    with contextlib.suppress(images.Unreadable):
        return images.cleaned(whole, content_type) if content_type in PICTURES else whole
    return whole


def _read(key: str, most: int, etag: str | None = None) -> tuple[bytes, str]:
    """An object, at most so many bytes of it, and its ETag; only while the ETag is as expected, if one is given."""
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
