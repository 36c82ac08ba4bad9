"""The client of the tables does what plain botocore does: bytes sent, events, retries, errors and timeouts."""

import json
import re
import zlib
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.retries.standard import ExponentialBackoff

from chalicelib.repos.process import aws
from chalicelib.repos.table import client as clients
from chalicelib.repos.table.marshalling import dump, load
from tests.support.logs import recorded

KEY = dump({"pk": "TEST#1", "sk": "ITEM"})
ITEM = {
    "pk": "TEST#1",
    "sk": "ITEM",
    "name": "测试甲",
    "count": -7,
    "large": 10**30,
    "sealed": b"\x00\xff\x10",
    "flag": True,
    "rows": [{"code": "AUS", "days": 3, "part": b"\x01"}, "x", None],
    "names": {"a", "b"},
    "map": {"S": "no type", "B": "no bytes"},
}
PUT = {"TableName": "portal", "Item": dump(ITEM), "ConditionExpression": "attribute_not_exists(pk)"}
REQUESTS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "portal", "Key": KEY, "ConsistentRead": True},
    "BatchGetItem": {"RequestItems": {"portal": {"Keys": [KEY], "ConsistentRead": True}}},
    "Query": {
        "TableName": "portal",
        "IndexName": "by_name",
        "ScanIndexForward": False,
        "Limit": 10,
        "KeyConditionExpression": "#pk = :pk",
        "ExpressionAttributeNames": {"#pk": "name_pk"},
        "ExpressionAttributeValues": dump({":pk": "测试", ":sealed": b"\xfe"}),
        "ExclusiveStartKey": KEY,
    },
    "Scan": {"TableName": "portal", "ConsistentRead": True, "Limit": 25},
    "UpdateItem": {
        "TableName": "portal",
        "Key": KEY,
        "UpdateExpression": "ADD #counter :one",
        "ExpressionAttributeNames": {"#counter": "n"},
        "ExpressionAttributeValues": dump({":one": 1}),
        "ReturnValues": "UPDATED_NEW",
    },
    "TransactWriteItems": {"TransactItems": [{"Put": PUT}], "ClientRequestToken": "1" * 36},
}
"""What `table.py` and `outbox.py` ask, one request of each operation, with values of every type."""

WIRE = json.loads(json.dumps(dump(ITEM), default=clients._base64))
REPLIES: dict[str, dict[str, Any]] = {
    "GetItem": {"Item": WIRE},
    "BatchGetItem": {"Responses": {"portal": [WIRE]}, "UnprocessedKeys": {"portal": {"Keys": [KEY]}}},
    "Query": {"Items": [WIRE], "Count": 1, "ScannedCount": 9, "LastEvaluatedKey": KEY},
    "Scan": {"Items": [WIRE], "Count": 1, "ScannedCount": 1},
    "UpdateItem": {"Attributes": WIRE},
    "TransactWriteItems": {},
}
MOMENTS = (
    *("provide-client-params", "before-parameter-build", "before-call", "request-created", "choose-signer"),
    *("before-sign", "before-send", "before-parse", "response-received", "needs-retry", "after-call"),
    "after-call-error",
)
CANCELLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message": "cancelled",
    "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": WIRE, "Message": "m"}, {"Code": "None"}],
}
ERRORS = {
    "a cancelled transaction": (400, CANCELLED),
    "throttling": (400, {"__type": "com.amazon.coral.availability#ThrottlingException", "message": "slow"}),
    "a failed condition": (400, {"__type": "x#ConditionalCheckFailedException", "message": "no", "Item": WIRE}),
    "a refused request": (400, {"__type": "com.amazon.coral.validate#ValidationException", "message": "wrong"}),
    "an internal error": (500, {"__type": "x#InternalServerError", "message": "oops"}),
    "an error without JSON": (503, b"<html>"),
    "an empty error": (500, b""),
}


class Wire:
    """The network of one client: answers in order, the last one again and again, and keeps what is sent."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[Any] = []
        self.events: list[str] = []

    def send(self, request: Any, **_: Any) -> AWSResponse:
        self.sent.append((request.method, request.url, dict(request.headers.items()), request.body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, content, *more = answer
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"X-Amzn-RequestId": "R1", "x-amz-crc32": str(more[0] if more else zlib.crc32(raw))}
        reply = AWSResponse(request.url, status, headers, None)
        reply._content = raw  # botocore offers no other way to make a reply without a connection
        return reply

    def note(self, event_name: str, **_: Any) -> None:
        self.events.append(event_name)


def plain_client(**session: Any) -> Any:
    """A client of botocore as `aws.client` makes it, without an engine."""
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "wJalr", "aws_session_token": "token"}
    return boto3.Session(**{"region_name": "cn-north-1", **keys, **session}).client("dynamodb", config=aws.CONFIG)


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """No endpoint of an engine, time and random identifiers that stand still, no waits before retries."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
        monkeypatch.delenv(name, raising=False)
    moment = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
    with (
        mock.patch("botocore.auth.get_current_datetime", return_value=moment),
        mock.patch("botocore.endpoint.uuid.uuid4", return_value="the invocation"),
        mock.patch.object(ExponentialBackoff, "delay_amount", return_value=0),
    ):
        yield


def ways(*answers: Any, **session: Any) -> list[tuple[Any, Wire]]:
    """The plain client and the one of the tables, each on a network of its own."""
    made = []
    for make in (lambda plain: plain, clients._lighter):
        plain, wire = plain_client(**session), Wire(*answers)
        for moment in MOMENTS:
            plain.meta.events.register(f"{moment}.dynamodb", wire.note)
        plain.meta.events.register("before-send.dynamodb", wire.send)
        made.append((make(plain), wire))
    return made


def call(client: Any, operation: str) -> Any:
    """The reply, or the error with everything it says."""
    method = re.sub(r"(?<!^)([A-Z])", r"_\1", operation).lower()
    try:
        return getattr(client, method)(**REQUESTS[operation])
    except ClientError as error:
        return type(error).__name__, str(error), error.response, error.operation_name
    except (ReadTimeoutError, EndpointConnectionError) as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("operation", REQUESTS)
def test_the_same_bytes_are_sent_with_the_same_events(operation):
    (plain, expected), (lighter, found) = ways((200, REPLIES[operation]))
    assert lighter is not plain
    for _ in range(2):
        call(plain, operation)
        call(lighter, operation)
    assert found.sent == expected.sent
    assert found.events == expected.events
    assert len(found.sent) == 2
    assert found.sent[0][1] == "https://dynamodb.cn-north-1.amazonaws.com.cn/"
    assert "Signature=" in str(found.sent[0][2])


@pytest.mark.parametrize("operation", REQUESTS)
def test_a_reply_says_the_same(operation):
    answer = {**REPLIES[operation], "ConsumedCapacity": {"TableName": "portal", "CapacityUnits": 1.5}}
    if operation in ("BatchGetItem", "TransactWriteItems"):
        answer["ConsumedCapacity"] = [answer["ConsumedCapacity"]]
    (plain, _), (lighter, _) = ways((200, answer))
    expected, found = call(plain, operation), call(lighter, operation)
    assert found == json.loads(json.dumps(expected, default=clients._base64))


def test_values_of_every_type_are_read_the_same():
    (plain, _), (lighter, _) = ways((200, REPLIES["GetItem"]))
    assert load(call(lighter, "GetItem")["Item"]) == load(call(plain, "GetItem")["Item"]) == ITEM


@pytest.mark.parametrize("operation", REQUESTS)
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_retried_as_often_and_raised_as_the_same(operation, error):
    (plain, expected), (lighter, found) = ways(ERRORS[error])
    assert call(lighter, operation) == call(plain, operation)
    assert (found.sent, found.events) == (expected.sent, expected.events)
    assert len(found.sent) == (3 if error.endswith(("throttling", "internal error", "JSON", "empty error")) else 1)


@pytest.mark.parametrize(
    "fault", [ReadTimeoutError(endpoint_url="http://late.example"), EndpointConnectionError(endpoint_url="http://x")]
)
def test_a_fault_of_the_network_is_retried_as_often_and_raised_as_the_same(fault):
    (plain, expected), (lighter, found) = ways(fault)
    assert call(lighter, "GetItem") == call(plain, "GetItem") == (type(fault).__name__, str(fault))
    assert len(found.sent) == len(expected.sent) == 3


@pytest.mark.parametrize(
    "first",
    [
        (500, {"__type": "x#InternalServerError"}),
        (200, REPLIES["GetItem"], 1),
        ReadTimeoutError(endpoint_url="http://late.example"),
    ],
    ids=["an internal error", "a wrong checksum", "a timeout"],
)
def test_a_retry_that_succeeds_says_how_many_there_were(first):
    (plain, expected), (lighter, found) = ways(first, (200, REPLIES["GetItem"]))
    replies = [call(each, "GetItem")["ResponseMetadata"] for each in (plain, lighter)]
    assert replies[0] == replies[1]
    assert replies[1]["RetryAttempts"] == 1
    assert found.sent == expected.sent


@pytest.mark.parametrize("content", [b"", b"[]", b"<html>", b"null"])
def test_a_reply_that_is_no_json_object_ends_as_with_plain_botocore(content):
    outcomes = []
    for client, _ in ways((200, content)):
        try:
            outcomes.append(call(client, "GetItem"))
        except Exception as error:  # noqa: BLE001  whatever botocore raises
            outcomes.append((type(error), str(error)))
    assert outcomes[0] == outcomes[1]


def test_connections_and_timeouts_are_those_of_the_plain_client():
    plain = plain_client()
    lighter = clients._lighter(plain)
    assert lighter._endpoint.http_session is plain._endpoint.http_session
    assert (lighter.meta.config.connect_timeout, lighter.meta.config.read_timeout) == (1, 2)


def test_credentials_that_name_an_account_have_its_endpoint_and_follow_when_they_change():
    account = "123456789012"
    (plain, expected), (lighter, found) = ways((200, {}), aws_account_id=account, region_name="us-east-1")
    for client in (plain, lighter):
        for other in (account, "210987654321", account):
            client._request_signer._credentials.account_id = other
            call(client, "GetItem")
    assert [sent[1] for sent in found.sent] == [
        "https://123456789012.ddb.us-east-1.amazonaws.com/",
        "https://210987654321.ddb.us-east-1.amazonaws.com/",
        "https://123456789012.ddb.us-east-1.amazonaws.com/",
    ]
    assert found.sent == expected.sent


def test_handlers_that_are_registered_later_are_called():
    ((lighter, wire),) = ways((200, REPLIES["GetItem"]))[1:]

    def refuse(**_: Any) -> Any:
        return AWSResponse("", 400, {}, None), {"Error": {"Code": "ThrottlingException", "Message": ""}}

    lighter.meta.events.register("before-call.dynamodb.GetItem", refuse)
    assert call(lighter, "GetItem")[0] == "ThrottlingException"
    assert wire.sent == []


@pytest.mark.parametrize("path", clients.CONTRACT)
def test_a_part_that_botocore_has_changed_leaves_the_plain_client_and_a_line_of_the_log(path):
    for change in (_removed, _renamed):
        plain = plain_client()
        change(plain, path)
        with recorded() as lines:
            assert clients._of(plain) is plain
        assert json.loads(lines.getvalue())["changed"].rpartition(".")[0] == path.rpartition(".")[0]


def test_another_protocol_leaves_the_plain_client_and_a_line_of_the_log():
    plain = plain_client()
    plain.meta.service_model.metadata["protocol"] = "smithy-rpc-v2-cbor"
    with recorded() as lines:
        assert clients._of(plain) is plain
    assert json.loads(lines.getvalue())["changed"] == "metadata"


def test_a_botocore_without_contexts_leaves_the_plain_client():
    plain = plain_client()
    with mock.patch.object(clients, "get_context", None), recorded() as lines:
        assert clients._of(plain) is plain
    assert json.loads(lines.getvalue())["changed"] == "context"


def _removed(plain: Any, path: str) -> None:
    """The owner of the method is of another class, as if botocore had another part there."""
    owners = path.split(".")[:-1]
    owner = plain
    for each in owners[:-1]:
        owner = getattr(owner, each)
    setattr(owner, owners[-1], object())


def _renamed(plain: Any, path: str) -> None:
    """The method takes other parameters."""
    *owners, name = path.split(".")
    owner = plain
    for each in owners:
        owner = getattr(owner, each)

    def changed(request: Any, model: Any) -> None: ...

    setattr(owner, name, changed)


def test_items_have_no_other_types():
    for value in (1.5, datetime(2026, 11, 21, tzinfo=UTC), {1, 2}, set()):
        with pytest.raises(TypeError, match="is no type of an item"):
            dump({"pk": value})
    with pytest.raises(TypeError, match="BS is no type of an item"):
        load({"pk": {"BS": ["AA=="]}})
