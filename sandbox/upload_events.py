"""Takes the bucket's events about new uploads from their queue and calls the function that inspects uploads."""

import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

WAIT = 2
"""Seconds that one request waits for an event. An event ends the wait."""

AFTER_FAILURE = 1.0
"""Seconds until a queue that does not answer is asked again."""

log = logging.getLogger("sandbox.upload_events")


class UploadEvents:
    """Calls the function from one background thread, with one event in each call, as Lambda does."""

    def __init__(self, client: Any, queue: str, function: Callable[[dict[str, Any], Any], Any]) -> None:
        self._client = client
        self._queue = queue
        self._function = function
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="upload_events")

    def start(self) -> None:
        """Start taking events."""
        self._thread.start()

    def stop(self, within: float = 5.0) -> None:
        """Take no more events, and wait up to `within` seconds for the one in progress."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(within)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                taken = self._client.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=WAIT)
            except (BotoCoreError, ClientError):
                self._stopped.wait(AFTER_FAILURE)
                continue
            for message in taken.get("Messages", []):
                self._handle(message)

    def _handle(self, message: Any) -> None:
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "eventSource": "aws:sqs",
        }
        try:
            self._function({"Records": [record]}, None)
            self._client.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        except Exception as error:  # noqa: BLE001  one upload must not stop the others; the queue delivers it again
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "level": "error",
                "event": "inspect_uploads failed",
                "error": type(error).__name__,
            }
            log.error(json.dumps(line, ensure_ascii=False))
