"""All objects of one enterprise in the bucket, to export or to delete them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.config import settings
from chalicelib.repos.process import aws
from chalicelib.rules.base.vocabulary import EnterpriseId

FOLDERS = ("uploads", "files", "exports")
"""Prefixes of object keys."""

DELETED_AT_ONCE = 1000


def files(enterprise_id: EnterpriseId, folders: tuple[str, ...] = FOLDERS, name: str = "") -> Iterator[dict[str, Any]]:
    """Every version of every object, also of deleted ones where the bucket keeps them.

    Args:
        enterprise_id: Whose objects, or `accounts.OFFICERS`.
        folders: Below which prefixes.
        name: How the names of the objects begin; empty for all.

    Yields:
        `Key`, `VersionId`, and `there`: whether it is the current version of an object that was not deleted.
    """
    pages = aws.client("s3").get_paginator("list_object_versions")
    for folder in folders:
        for page in pages.paginate(Bucket=settings().bucket, Prefix=f"{folder}/{enterprise_id}/{name}"):
            for kind in ("Versions", "DeleteMarkers"):
                for version in page.get(kind, []):
                    there = kind == "Versions" and version.get("IsLatest", True)
                    yield {"Key": version["Key"], "VersionId": version["VersionId"], "there": there}


def current_keys(enterprise_id: EnterpriseId, folders: tuple[str, ...]) -> list[str]:
    """Keys of the objects below these prefixes that were not deleted."""
    return [version["Key"] for version in files(enterprise_id, folders) if version["there"]]


def content(key: str) -> bytes:
    """The content of an object."""
    with aws.translated_faults():
        whole: bytes = aws.client("s3").get_object(Bucket=settings().bucket, Key=key)["Body"].read()
        return whole


def delete_files(enterprise_id: EnterpriseId, folders: tuple[str, ...] = FOLDERS) -> int:
    """Delete all objects below these prefixes in every version; how many versions.

    Raises:
        OSError: The bucket could not delete some of them.
    """
    return _delete(files(enterprise_id, folders))


def delete_named(enterprise_id: EnterpriseId, name: str) -> int:
    """Delete an upload and its copy in every version; how many versions.

    Raises:
        OSError: The bucket could not delete some of them.
    """
    return _delete(files(enterprise_id, ("uploads", "files"), name))


def _delete(versions: Iterable[Mapping[str, Any]]) -> int:
    found = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
    for start in range(0, len(found), DELETED_AT_ONCE):
        batch: Any = {"Objects": found[start : start + DELETED_AT_ONCE], "Quiet": True}
        with aws.translated_faults():
            reply = aws.client("s3").delete_objects(Bucket=settings().bucket, Delete=batch)
        if reply.get("Errors"):
            raise OSError(f"{len(reply['Errors'])} files could not be deleted: {reply['Errors'][0].get('Code')}")
    return len(found)
