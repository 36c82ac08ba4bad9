"""The bucket of daily roots, under Object Lock: nobody changes or deletes an object before its time is over."""

import gzip
import json
from collections.abc import Iterator
from datetime import date, timedelta

from botocore.exceptions import ClientError

from chalicelib.config import settings
from chalicelib.repos.process import aws
from chalicelib.rules.base.journal_days import JournalDay, Leaf

ROOTS, LEAVES = "roots/", "entries/"
LOOKED_BACK = timedelta(days=400)
"""How far back the newest root is looked for."""


def newest(today: date) -> date | None:
    """The newest day with a root, or None."""
    days = [*days_since(today - LOOKED_BACK)]
    return days[-1] if days else None


def days_since(after: date) -> Iterator[date]:
    """The days after a day that have a root, oldest first."""
    start = _root_key(after)
    while start:
        with aws.translated_faults():
            page = aws.client("s3").list_objects_v2(Bucket=settings().roots_bucket, Prefix=ROOTS, StartAfter=start)
        keys = [found["Key"] for found in page.get("Contents", ())]
        yield from (date.fromisoformat(key.removeprefix(ROOTS).removesuffix(".jws")) for key in keys)
        start = keys[-1] if page.get("IsTruncated") else ""


def signed_root(day: date) -> str:
    """The signed root of a day.

    Raises:
        ClientError: there is none.
    """
    return _read(_root_key(day)).decode()


def read(day: date) -> JournalDay:
    """A day with its entries.

    Raises:
        ClientError: the day has no root.
    """
    leaves = json.loads(gzip.decompress(_read(f"{LEAVES}{day.isoformat()}.json.gz")))
    return JournalDay(day, [Leaf(*leaf) for leaf in leaves], signed_root(day))


def store(found: JournalDay) -> None:
    """Store the entries of a day, then its root; what another run has stored remains."""
    leaves = gzip.compress(json.dumps([list(leaf) for leaf in found.leaves], ensure_ascii=False).encode(), mtime=0)
    for key, content in (
        (f"{LEAVES}{found.day.isoformat()}.json.gz", leaves),
        (_root_key(found.day), found.signed.encode()),
    ):
        _store(key, content)


def _root_key(day: date) -> str:
    return f"{ROOTS}{day.isoformat()}.jws"


def _read(key: str) -> bytes:
    with aws.translated_faults():
        content: bytes = aws.client("s3").get_object(Bucket=settings().roots_bucket, Key=key)["Body"].read()
    return content


def _store(key: str, content: bytes) -> None:
    try:
        with aws.translated_faults():
            aws.client("s3").put_object(Bucket=settings().roots_bucket, Key=key, Body=content, IfNoneMatch="*")
    except ClientError as error:
        if aws.error_code(error) != "PreconditionFailed":
            raise
