"""CPU of warm authenticated reads against a Lambda handler written by hand that makes the same calls with boto3.

AWS answers with bytes that the embedded engine gave once, put in place of the network: signing, serialising and parsing
are done by both. Both find the session and the account, read the rows, and answer in JSON.
"""

import base64
import contextlib
import copy
import gc
import io
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.awsrequest import AWSResponse

from sandbox import environment
from sandbox.engine import cloud
from sandbox.engine.engine import Engine
from testing.world import PLATFORM, START, Clock, User, World

PATHS = ("/messages", "/me")
GOAL = 1.4
ROUNDS = 11
CALLS = 100
MESSAGES = 10

Event = Mapping[str, Any]
Handler = Callable[[Event, Any], Mapping[str, Any]]


def figures() -> Iterator[dict[str, Any]]:
    """CPU seconds of one read, for each of two pages that every visit opens."""
    before = dict(os.environ)
    try:
        with Engine() as engine, contextlib.redirect_stdout(io.StringIO()):  # our log lines are written, and kept aside
            found = [_figure(path, user) for user in [_user(engine)] for path in PATHS]
    finally:
        os.environ.clear()
        os.environ.update(before)
    yield from found


def _figure(path: str, user: User) -> dict[str, Any]:
    from app import app
    from chalicelib.repos.process import aws

    event = _event(path, str(user.token))
    app(event, CONTEXT)  # keys are fetched once for each process
    recording = Recording()
    with recording.of(aws.client("dynamodb")):
        first = app(event, CONTEXT)
    assert first["statusCode"] == 200, first
    by_hand = _by_hand(recording)
    with _listening(aws.client("dynamodb"), "before-send.dynamodb", recording.answer):
        ours, floor = _medians(lambda: app(event, CONTEXT), lambda: by_hand(event, CONTEXT))
    return {
        "name": f"warm GET {path}, {len(recording.calls)} requests to AWS",
        "ratio": ours / floor,
        "goal": GOAL,
        "better": "lower",
        "ours": ours,
        "floor": floor,
        "unit": "CPU s",
    }


@dataclass
class Recording:
    """What was asked of AWS and what came back."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Operation and parameters, in the order of asking."""
    replies: list[bytes] = field(default_factory=list)
    """The bodies of the replies, in that order."""
    answered: int = 0
    """How many were given out since; every read asks the same in the same order."""

    @contextlib.contextmanager
    def of(self, client: Any) -> Iterator[None]:
        """Note what this client asks and gets."""

        def ask(params: dict[str, Any], model: Any, **_: Any) -> None:
            self.calls.append((model.name, copy.deepcopy(params)))

        def note(http_response: AWSResponse, **_: Any) -> None:
            self.replies.append(http_response.content)

        with (
            _listening(client, "before-parameter-build.dynamodb", ask),
            _listening(client, "after-call.dynamodb", note),
        ):
            yield

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """What came back, in place of the network."""
        body = self.replies[self.answered % len(self.replies)]
        self.answered += 1
        headers = {"content-type": "application/x-amz-json-1.0", "content-length": str(len(body))}
        response = AWSResponse(request.url, 200, headers, None)
        response._content = body
        return response


@contextlib.contextmanager
def _listening(client: Any, event: str, listener: Callable[..., Any]) -> Iterator[None]:
    client.meta.events.register(event, listener, unique_id=event)
    try:
        yield
    finally:
        client.meta.events.unregister(event, listener, unique_id=event)


def _by_hand(recording: Recording) -> Handler:
    """A handler without a framework: the same calls, the items read, the page as JSON."""
    client: Any = boto3.client("dynamodb")
    client.meta.events.register("before-send.dynamodb", recording.answer)
    read = TypeDeserializer().deserialize
    methods = {"BatchGetItem": client.batch_get_item, "Query": client.query, "GetItem": client.get_item}
    calls = [(methods[operation], parameters) for operation, parameters in recording.calls]

    def items_of(reply: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for items in [reply.get("Items", []), *reply.get("Responses", {}).values()]:
            for item in items:
                yield {name: read(value) for name, value in item.items()}

    def handler(event: Event, _context: Any) -> Mapping[str, Any]:
        assert event["headers"]["Authorization"].startswith("Bearer ")
        found = [list(items_of(method(**parameters))) for method, parameters in calls]
        return {
            "statusCode": 200,
            "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"items": found[-1]}, default=_plain),
        }

    return handler


def _plain(value: Any) -> Any:
    """Numbers and sealed bytes of the table."""
    return int(value) if isinstance(value, Decimal) else base64.b64encode(bytes(value)).decode()


def _medians(*works: Callable[[], object]) -> list[float]:
    """CPU seconds of one call of each, measured in turns."""
    for work in works:
        work()
    gc.collect()
    gc.freeze()  # the tools of this benchmark are in the process as well, and would be traversed at every collection
    rounds = [[_seconds(work) for work in works] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(CALLS):
        work()
    return (time.process_time() - started) / CALLS


def _user(engine: Engine) -> User:
    """An enterprise with messages, in a portal whose clock stands still."""
    from chalicelib.repos.keys import keyring
    from chalicelib.repos.notices import messages
    from chalicelib.repos.process import clock
    from chalicelib.repos.table import table

    engine.apply_to(os.environ)
    os.environ |= environment.application_environment(
        engine.environment(),
        kms_key="set below",
        licence_jwks={"keys": [PLATFORM.public]},
        api_url="http://127.0.0.1/v1",
        web_origin="http://127.0.0.1",
    )
    cloud.create_table(boto3.client("dynamodb"), environment.TABLE)
    cloud.create_table(boto3.client("dynamodb"), environment.JOURNAL, "JournalTable")
    cloud.create_bucket(boto3.client("s3"), environment.BUCKET, "http://127.0.0.1")
    cloud.create_identity(boto3.client("sesv2"), environment.SENDER)
    os.environ["ABTC_KMS_KEY"] = cloud.create_key(boto3.client("kms"))
    keyring.forget()
    time_of_day = Clock()
    clock.use(time_of_day)
    user = World(engine, time_of_day).enterprise()
    number = "APEC20261121000001"
    values = {"economy": "AUS", "decision": "approved", "person_number": f"{number}-01"}
    message = {
        "message_kind": "economy_decided",
        "values": values,
        "application_number": number,
        "person_number": f"{number}-01",
    }
    for _ in range(MESSAGES):
        table.commit(messages.message_added(user.account["id"], message, START))
    return user


def _event(path: str, token: str) -> Event:
    """What API Gateway hands to the function."""
    return {
        "resource": f"/v1{path}",
        "path": f"/v1{path}",
        "httpMethod": "GET",
        "headers": {"Authorization": f"Bearer {token}", "Accept": "application/json"},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": f"/v1{path}",
            "httpMethod": "GET",
            "requestId": "bench",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None,
        "isBase64Encoded": False,
    }


CONTEXT = SimpleNamespace(function_name="bench", aws_request_id="bench", memory_limit_in_mb=1024)
