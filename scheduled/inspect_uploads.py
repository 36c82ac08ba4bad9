"""Every new upload: inspect it, store its cleaned copy and its verdict, and delete it (docs/decisions/0041).

Lambda calls this module without app.py, with events of the bucket from their queue. An event may come twice, late or
never. A failure is raised, so that the queue delivers the event again and keeps it in the end (docs/operations.md).
"""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib.repos.process import clock, log
from chalicelib.rules.files import upload_events
from chalicelib.usecases.files import inspection

routes = Blueprint(__name__)

QUEUE = "${UploadEvents.QueueName}"
"""The queue of `.chalice/resources.json`: Chalice puts the name into `Fn::Sub`."""

CONCURRENCY = 20
"""Uploads inspected at the same time, so that a burst of them leaves room for the API."""


@routes.on_sqs_message(queue=QUEUE, batch_size=1, name="inspect_uploads", maximum_concurrency=CONCURRENCY)
def inspect_uploads(event: SQSEvent) -> dict[str, Any]:
    """Inspect the uploads of one event; how many have which state, `missing` if the upload no longer exists."""
    counts: dict[str, Any] = {}
    for message in event:
        for upload in upload_events.read(message.body):
            verdict = inspection.process(upload, clock.now())
            state = str(verdict.state) if verdict else "missing"
            counts[state] = counts.get(state, 0) + 1
    log.event("inspect_uploads", **counts)
    return counts
