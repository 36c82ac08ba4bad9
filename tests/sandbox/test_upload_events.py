"""In the sandbox the bucket reports each upload to a queue, and the function inspects it at that moment."""

import threading

import boto3
import pytest

from sandbox import environment
from sandbox.engine import cloud
from sandbox.upload_events import UploadEvents
from scheduled.inspect_uploads import inspect_uploads
from testing.world import World


@pytest.fixture
def queue(world):
    """A new queue without messages."""
    client = boto3.client("sqs")
    url = cloud.create_upload_events(client, boto3.client("s3"), environment.BUCKET)
    yield url
    client.delete_queue(QueueUrl=url)


class Function:
    """The function, which fails at its first calls; tells when it has succeeded."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.succeeded = threading.Event()
        self.replies: list[dict[str, int]] = []

    def __call__(self, event, context):
        if self.failures:
            self.failures -= 1
            raise ValueError
        self.replies.append(inspect_uploads(event, context))
        if any(self.replies):
            self.succeeded.set()


def test_an_upload_is_inspected_as_soon_as_it_arrives(world, owner, queue):
    function = Function()
    events = UploadEvents(boto3.client("sqs"), queue, function)
    events.start()
    world.upload(owner, "photo")
    assert function.succeeded.wait(20)
    events.stop()
    # The first event is the one by which S3 tests a queue.
    assert [reply for reply in function.replies if reply] == [{"done": 1}]
    assert _waiting(queue) == 0


def test_an_event_whose_handling_failed_stays_in_the_queue(world, owner, queue):
    client = boto3.client("sqs")
    client.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "0"})
    function = Function(failures=2)
    events = UploadEvents(client, queue, function)
    events.start()
    world.upload(owner, "photo")
    assert function.succeeded.wait(20)
    events.stop()


def test_other_objects_of_the_bucket_are_not_reported(world: World, queue):
    boto3.client("s3").put_object(Bucket=environment.BUCKET, Key="files/a/b", Body=b"")
    taken = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    assert not [message for message in taken if "files/" in message["Body"]]


def test_a_second_start_finds_the_queue_again(queue):
    assert cloud.create_upload_events(boto3.client("sqs"), boto3.client("s3"), environment.BUCKET) == queue


def _waiting(queue):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(map(int, found.values()))
