"""AWS errors are retried, raised as `Unavailable` or raised as a defect; no write or read is ever partial."""

from contextlib import contextmanager

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from chalicelib.config import settings
from chalicelib.repos.table import table
from chalicelib.rules.base.errors import Unavailable
from tests.support import faults
from tests.support.items import Refused, attributes, fresh, hooked, refused

pytestmark = pytest.mark.usefixtures("cloud_resources")


@contextmanager
def cancelled(*codes, times=1_000):
    """Cancel the first `times` transactions for these reasons, one reason for each part."""
    attempts = []

    def cancel(**_):
        attempts.append(codes)
        if len(attempts) > times:
            return None
        reasons = [{"Code": code} for code in codes]
        error = {"Error": {"Code": "TransactionCanceledException", "Message": ""}, "CancellationReasons": reasons}
        return AWSResponse("", 400, {}, None), error

    with hooked("before-call", "TransactWriteItems", cancel):
        yield attempts


def test_a_conflict_with_another_writer_is_retried():
    key = fresh(version=1)
    with cancelled("TransactionConflict", times=3) as attempts:
        table.commit(table.change(key, add={"version": 1}))
    assert (len(attempts), attributes(key)) == (4, {"version": 2})


def test_persistent_conflicts_are_unavailable_and_nothing_is_written():
    key = fresh(version=1)
    with cancelled("None", "TransactionConflict") as attempts, pytest.raises(Unavailable):
        table.commit(table.check(key, {"version": 1}, refused("x")), table.change(fresh(), add={"version": 1}))
    assert len(attempts) == table.CONFLICT_TRIES


def test_a_failed_condition_takes_precedence_over_a_conflict():
    writes = [table.change(fresh(), add={"n": 1}), table.delete(fresh(), {"version": 1}, refused("gone"))]
    with cancelled("TransactionConflict", "ConditionalCheckFailed") as attempts, pytest.raises(Refused):
        table.commit(*writes)
    assert len(attempts) == 1


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_part_is_unavailable_without_a_retry(code):
    with cancelled("None", code) as attempts, pytest.raises(Unavailable):
        table.commit(table.change(fresh(), add={"n": 1}), table.change(fresh(), add={"n": 1}))
    assert len(attempts) == 1


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded", "ConditionalCheckFailed"])
def test_any_other_cancellation_reason_is_raised_as_a_client_error(code):
    with cancelled(code) as attempts, pytest.raises(ClientError):
        table.commit(table.change(fresh(), add={"n": 1}))
    assert len(attempts) == 1


OPERATIONS = {
    "TransactWriteItems": lambda: table.commit(table.change(fresh(), add={"n": 1})),
    "UpdateItem": lambda: table.count_up(fresh(), "n"),
    "GetItem": lambda: table.get(fresh()),
    "BatchGetItem": lambda: table.get_many([fresh()]),
    "Query": lambda: table.query("TEST#x"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_throttling_a_server_error_and_a_network_failure_are_unavailable(operation):
    name = f"dynamodb.{operation}"
    for code, status in [("ThrottlingException", 400), ("ProvisionedThroughputExceededException", 400), ("Odd", 500)]:
        with faults.refused(name, code, status), pytest.raises(Unavailable):
            OPERATIONS[operation]()
    with faults.down("dynamodb"), pytest.raises(Unavailable):
        OPERATIONS[operation]()
    with faults.refused(name, "ValidationException"), pytest.raises(ClientError):
        OPERATIONS[operation]()


def test_a_write_whose_reply_was_lost_is_retried_and_applied_once():
    """The retry of botocore carries the token of the first request, so DynamoDB does not repeat the write."""
    key, sent = fresh(version=1), []

    def lose(request, **_):
        sent.append(request)
        if len(sent) == 1:
            URLLib3Session().send(request)
            raise ReadTimeoutError(endpoint_url="http://lost.example")

    with hooked("before-send", "TransactWriteItems", lose):
        table.commit(
            table.change(key, add={"version": 1}, condition="#version = :v", values={"v": 1}, refusal=refused("late"))
        )
    assert (len(sent), attributes(key)) == (2, {"version": 2})


def unprocessed(count):
    """Return only the first item of each of the first `count` replies; the other keys are unprocessed."""
    left = iter(range(count))

    def hold_back(parsed, **_):
        if next(left, None) is not None:
            items = parsed["Responses"][settings().table]
            unread = [{"pk": item["pk"], "sk": item["sk"]} for item in items[1:]]
            parsed["Responses"][settings().table] = items[:1]
            parsed["UnprocessedKeys"] = {settings().table: {"Keys": unread}} if unread else {}

    return hooked("after-call", "BatchGetItem", hold_back)


def test_unprocessed_keys_are_requested_again():
    keys = [fresh(version=number) for number in range(4)]
    missing = fresh()
    with unprocessed(3):
        found = table.get_many([*keys, missing, *keys])
    assert {key: item["version"] for key, item in found.items()} == {key: number for number, key in enumerate(keys)}


def test_keys_that_remain_unprocessed_are_unavailable_and_not_missing():
    keys = [fresh(version=number) for number in range(table.CONFLICT_TRIES + 2)]
    with unprocessed(1_000), pytest.raises(Unavailable):
        table.get_many(keys)


def test_a_retried_write_that_was_already_applied_is_not_refused_as_a_duplicate():
    key = fresh()
    with faults.answered("500", "conflict"):
        table.commit(table.put({"pk": key[0], "sk": key[1]}, only_new=refused("first")))
    assert attributes(key) == {}
