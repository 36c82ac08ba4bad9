"""Other scanners than the sandbox's: the setting, and what GuardDuty does."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from chalicelib.config import settings
from chalicelib.rules.files.scans import STATUS_TAG
from sandbox import environment
from testing import upload_events
from testing.world import User
from tests.support.drafts import key_of

SETTING = "ABTC_SCANNER"


@contextmanager
def changing() -> Iterator[Callable[[str], None]]:
    """Sets the scanner of the deployment; the block ends with the one before."""
    before = os.environ[SETTING]

    def use(value: str) -> None:
        os.environ[SETTING] = value
        settings.cache_clear()

    try:
        yield use
    finally:
        use(before)


class GuardDuty:
    """Tags uploads of a user's enterprise with a result and makes the event about it, as GuardDuty does."""

    def __init__(self, user: User) -> None:
        self._enterprise = user.account["enterprise_id"]

    def finds(self, status: str, attachment_id: str) -> dict[str, Any]:
        """Tag the current version of the upload; the event."""
        key = key_of(self._enterprise, attachment_id)
        client = boto3.client("s3")
        version = client.head_object(Bucket=environment.BUCKET, Key=key)["VersionId"]
        client.put_object_tagging(
            Bucket=environment.BUCKET,
            Key=key,
            VersionId=version,
            Tagging={"TagSet": [{"Key": STATUS_TAG, "Value": status}]},
        )
        return upload_events.scanned(environment.BUCKET, key, version, status)
