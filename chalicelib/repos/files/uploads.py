"""Uploads in the bucket and their cleaned copies (docs/decisions/0041)."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import settings
from chalicelib.repos.files import bucket
from chalicelib.repos.process import aws
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Unavailable, invalid
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files.attachments import Attachment
from chalicelib.rules.files.upload_events import UploadedVersion, upload_of

TRIES = "scans"
"""Metadata of an upload that was stored again: how often its scan has failed."""

UPLOADED = "upload"
"""Metadata of a copy: the SHA-256 of its upload. (With KMS encryption the ETag is no digest of the content.)"""

FAILED_CONDITION = ("PreconditionFailed", "412")
MISSING = ("NoSuchKey", "NoSuchVersion", "404")
DELETED_AT_ONCE = 1000


@dataclass(frozen=True)
class StoredFile:
    """One version of an object."""

    content: bytes = field(repr=False)
    content_type: str
    digest: str
    """SHA-256 of the upload, as hexadecimal digits: of the content, or as the metadata of a copy say."""
    etag: str
    version: str
    """Empty if the bucket keeps no versions."""
    tries: int = 0
    """How often the scan of this content has failed before."""


def read(upload: UploadedVersion) -> StoredFile | None:
    """An upload in this version, or in its current one; None if it does not exist.

    Raises:
        Unavailable: S3 does not answer.
    """
    found = _get(bucket.upload_key(upload.enterprise_id, upload.name), upload.version)
    if found is None:
        return None
    reply, content = found
    digest = hashlib.sha256(content).hexdigest()
    tries = int(reply["Metadata"].get(TRIES, 0))
    return StoredFile(content, reply["ContentType"], digest, reply["ETag"], reply.get("VersionId", ""), tries)


def store_again(upload: UploadedVersion, of: StoredFile) -> None:
    """Store an upload as a new version, without the tags of the old one: GuardDuty scans each new object once.

    Raises:
        Unavailable: S3 does not answer.
    """
    with aws.translated_faults():
        aws.client("s3").put_object(
            Bucket=settings().bucket,
            Key=bucket.upload_key(upload.enterprise_id, upload.name),
            Body=of.content,
            ContentType=of.content_type,
            Metadata={TRIES: str(of.tries + 1)},
        )


def store_copy(upload: UploadedVersion, of: StoredFile, cleaned: bytes) -> StoredFile:
    """Store the cleaned copy of an upload, unless there is a copy already.

    Clients cannot write copies, and the portal never replaces one.

    Returns:
        The copy that is stored now: this one, or the earlier one, whose digest says of which upload it was made.

    Raises:
        Unavailable: S3 does not answer, or another request stores or deletes a copy at this moment.
    """
    key = bucket.file_key(upload.enterprise_id, upload.name)
    try:
        with aws.translated_faults():
            reply = aws.client("s3").put_object(
                Bucket=settings().bucket,
                Key=key,
                Body=cleaned,
                ContentType=of.content_type,
                Metadata={UPLOADED: of.digest},
                IfNoneMatch="*",
            )
    except ClientError as error:
        if aws.error_code(error) not in FAILED_CONDITION:
            raise
        return _earlier_copy(key)
    return StoredFile(cleaned, of.content_type, of.digest, reply["ETag"], reply.get("VersionId", ""))


def read_workbook(attachment: Attachment) -> bytes:
    """The whole content of an upload: of its copy, or of the upload itself if it has no copy.

    Raises:
        Invalid: The file was not uploaded.
        Unavailable: S3 does not answer.
    """
    found = _get(attachment.file_key) or _get(attachment.key)
    if found is None:
        raise invalid("attachment_id", "ATTACHMENT_NOT_UPLOADED")
    return found[1]


def read_any(enterprise_id: EnterpriseId, name: str) -> bytes | None:
    """The content of a file by its name: of its copy, or of the upload itself; None if there is neither.

    Raises:
        Unavailable: S3 does not answer.
    """
    found = _get(bucket.file_key(enterprise_id, name)) or _get(bucket.upload_key(enterprise_id, name))
    return found[1] if found else None


def delete_version(upload: UploadedVersion, version: str) -> None:
    """Delete one version of an upload for good; it is no error if it does not exist."""
    which: Any = {"VersionId": version} if version else {}
    with aws.translated_faults():
        aws.client("s3").delete_object(
            Bucket=settings().bucket, Key=bucket.upload_key(upload.enterprise_id, upload.name), **which
        )


def delete(objects: Iterable[tuple[str, str]]) -> None:
    """Delete objects, a thousand with each request; an object that does not exist is no error.

    Args:
        objects: Object keys and versions; an empty version means the current one, which S3 keeps as an older version
            for as long as the lifecycle rules say.

    Raises:
        Unavailable: An object could not be deleted.
    """
    for batch in batched(objects, DELETED_AT_ONCE):
        entries: Any = [{"Key": key, **({"VersionId": version} if version else {})} for key, version in batch]
        with aws.translated_faults():
            reply = aws.client("s3").delete_objects(
                Bucket=settings().bucket, Delete={"Objects": entries, "Quiet": True}
            )
        if reply.get("Errors"):
            raise Unavailable


def waiting(enterprise_id: EnterpriseId, names: Iterable[str]) -> set[str]:
    """Which of these uploads are in the bucket, found by one request.

    If the enterprise has more than `limits.LISTED_UPLOADS` uploads, those behind them count as being there.
    """
    wanted = sorted(names)
    if not wanted:
        return set()
    # Keys are listed after this one: one that sorts just before the first name.
    before = bucket.upload_key(enterprise_id, wanted[0])[:-1]
    with aws.translated_faults():
        reply = aws.client("s3").list_objects_v2(
            Bucket=settings().bucket,
            Prefix=bucket.upload_key(enterprise_id, ""),
            StartAfter=before,
            MaxKeys=limits.LISTED_UPLOADS,
        )
    listed = [entry["Key"].rpartition("/")[2] for entry in reply.get("Contents", ())]
    beyond = {name for name in wanted if name > listed[-1]} if reply["IsTruncated"] else set()
    return beyond | {*wanted} & {*listed}


def left() -> Iterator[tuple[UploadedVersion, str]]:
    """Every upload in the bucket, with its ETag."""
    after: Any = {}
    while True:
        with aws.translated_faults():
            # The package contains no paginators of botocore.
            page = aws.client("s3").list_objects_v2(Bucket=settings().bucket, Prefix="uploads/", **after)
        for entry in page.get("Contents", ()):
            after = {"StartAfter": entry["Key"]}
            if upload := upload_of(entry["Key"]):
                yield upload, entry["ETag"]
        if not page["IsTruncated"]:
            return


def _earlier_copy(key: str) -> StoredFile:
    found = _get(key)
    if found is None:
        raise Unavailable
    reply, content = found
    digest = str(reply["Metadata"].get(UPLOADED, ""))
    return StoredFile(content, reply["ContentType"], digest, reply["ETag"], reply.get("VersionId", ""))


def _get(key: str, version: str = "") -> tuple[Any, bytes] | None:
    """The reply of S3 and at most the first bytes that an upload may have; None if the object does not exist."""
    which: Any = {"VersionId": version} if version else {}
    try:
        with aws.translated_faults():
            reply = aws.client("s3").get_object(Bucket=settings().bucket, Key=key, **which)
            return reply, reply["Body"].read(limits.FILE_BYTES)
    except ClientError as error:
        if aws.error_code(error) in MISSING:
            return None
        raise
