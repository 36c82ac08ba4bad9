"""Every new upload: scan and inspect it, store its cleaned copy and its verdict, and delete it (decisions 0041, 0080).

Lambda calls this module without app.py, with events of the bucket and of GuardDuty from their queue. An event may come
twice, late or never. A failure is raised, so that the queue delivers the event again and keeps it in the end
(docs/operations.md).
"""

from collections import Counter
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib.repos.process import clock, log
from chalicelib.rules.files import upload_events
from chalicelib.rules.files.scans import ScanState
from chalicelib.rules.files.verdicts import State, Verdict
from chalicelib.usecases.files import inspection

routes = Blueprint(__name__)

QUEUE = "${UploadEvents.QueueName}"
"""The queue of `.chalice/resources.json`: Chalice puts the name into `Fn::Sub`."""

CONCURRENCY = 20
"""Uploads inspected at the same time, so that a burst of them leaves room for the API."""


@routes.on_sqs_message(queue=QUEUE, batch_size=1, name="inspect_uploads", maximum_concurrency=CONCURRENCY)
def inspect_uploads(event: SQSEvent) -> dict[str, Any]:
    """Inspect the uploads of one event; how many have which state, `missing` if the upload no longer exists.

    What has no copy because of its scan counts by the state of the scan.
    """
    counts: Counter[str] = Counter()
    for message in event:
        for upload in upload_events.read(message.body):
            try:
                counts[_state(inspection.process(upload, clock.now()))] += 1
            except inspection.ScanFailed:
                log.metrics("inspect_uploads", infected=counts[ScanState.INFECTED], scans_failed=1)
                raise
    log.metrics("inspect_uploads", **{"infected": 0, **counts, "scans_failed": counts[ScanState.FAILED]})
    return dict(counts)


def _state(verdict: Verdict | None) -> str:
    if verdict is None:
        return "missing"
    return str(verdict.scan if verdict.state is State.HELD else verdict.state)
