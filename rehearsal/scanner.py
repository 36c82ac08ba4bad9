"""Plays GuardDuty, which the engine does not have: tags each new upload with a result and reports it to the queue.

The rule that brings events of GuardDuty there is not rehearsed: nobody may publish events of `aws.guardduty`.
"""

import json
import threading
from typing import Any

from chalicelib.rules.files import eicar
from chalicelib.rules.files.scans import STATUS_TAG
from rehearsal.stack import Stack
from testing import upload_events

PAUSE = 0.3


class GuardDuty:
    """Scans the uploads of a stack's bucket until it is stopped."""

    def __init__(self, stack: Stack) -> None:
        self._bucket = stack.named("PortalBucket")
        self._s3, self._sqs = stack.client("s3"), stack.client("sqs")
        self._queue = stack.named("UploadEvents")
        self._scanned: set[tuple[str, str]] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="guardduty")
        self._thread.start()

    def stop(self) -> None:
        """Scan no more."""
        self._stopped.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stopped.wait(PAUSE):
            found = self._s3.list_object_versions(Bucket=self._bucket, Prefix="uploads/")
            for version in found.get("Versions", ()):
                place = (version["Key"], version["VersionId"])
                if place not in self._scanned:
                    self._scanned.add(place)
                    self._scan(*place)

    def _scan(self, key: str, version: str) -> None:
        which: dict[str, Any] = {"Bucket": self._bucket, "Key": key, "VersionId": version}
        content = self._s3.get_object(**which)["Body"].read()
        status = "THREATS_FOUND" if eicar.is_in(content) else "NO_THREATS_FOUND"
        self._s3.put_object_tagging(**which, Tagging={"TagSet": [{"Key": STATUS_TAG, "Value": status}]})
        event = upload_events.scanned(self._bucket, key, version, status)
        self._sqs.send_message(QueueUrl=self._queue, MessageBody=json.dumps(event))
