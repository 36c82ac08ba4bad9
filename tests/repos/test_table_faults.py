"""What faults of AWS become: tried again, `Unavailable`, or a fault of ours; never half a write or a missing item."""

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
    """So many transactions are cancelled for these reasons, one for each part."""
    asked = []

    def cancel(**_):
        asked.append(codes)
        if len(asked) > times:
            return None
        reasons = [{"Code": code} for code in codes]
        error = {"Error": {"Code": "TransactionCanceledException", "Message": ""}, "CancellationReasons": reasons}
        return AWSResponse("", 400, {}, None), error

    with hooked("before-call", "TransactWriteItems", cancel):
        yield asked


def test_a_conflict_with_another_writer_is_tried_again():
    at = fresh(version=1)
    with cancelled("TransactionConflict", times=3) as asked:
        table.commit(table.change(at, add={"version": 1}))
    assert (len(asked), attributes(at)) == (4, {"version": 2})


def test_conflicts_that_do_not_end_are_unavailable_and_nothing_is_written():
    at = fresh(version=1)
    with cancelled("None", "TransactionConflict") as asked, pytest.raises(Unavailable):
        table.commit(table.check(at, {"version": 1}, refused("x")), table.change(fresh(), add={"version": 1}))
    assert len(asked) == table.CONFLICT_TRIES


def test_a_failed_condition_beside_a_conflict_is_the_answer():
    writes = [table.change(fresh(), add={"n": 1}), table.delete(fresh(), {"version": 1}, refused("gone"))]
    with cancelled("TransactionConflict", "ConditionalCheckFailed") as asked, pytest.raises(Refused):
        table.commit(*writes)
    assert len(asked) == 1


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_part_is_unavailable_at_once(code):
    with cancelled("None", code) as asked, pytest.raises(Unavailable):
        table.commit(table.change(fresh(), add={"n": 1}), table.change(fresh(), add={"n": 1}))
    assert len(asked) == 1


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded", "ConditionalCheckFailed"])
def test_any_other_reason_is_a_fault_of_ours(code):
    with cancelled(code) as asked, pytest.raises(ClientError):
        table.commit(table.change(fresh(), add={"n": 1}))
    assert len(asked) == 1


OPERATIONS = {
    "TransactWriteItems": lambda: table.commit(table.change(fresh(), add={"n": 1})),
    "UpdateItem": lambda: table.count_up(fresh(), "n"),
    "GetItem": lambda: table.get(fresh()),
    "BatchGetItem": lambda: table.get_many([fresh()]),
    "Query": lambda: table.query("TEST#x"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_throttling_a_server_fault_and_a_dead_network_are_unavailable(operation):
    name = f"dynamodb.{operation}"
    for code, status in [("ThrottlingException", 400), ("ProvisionedThroughputExceededException", 400), ("Odd", 500)]:
        with faults.refused(name, code, status), pytest.raises(Unavailable):
            OPERATIONS[operation]()
    with faults.down("dynamodb"), pytest.raises(Unavailable):
        OPERATIONS[operation]()
    with faults.refused(name, "ValidationException"), pytest.raises(ClientError):
        OPERATIONS[operation]()


def test_a_write_whose_answer_was_lost_is_asked_again_and_done_once():
    """botocore's second try carries the first one's token: DynamoDB answers it without doing it again."""
    at, sent = fresh(version=1), []

    def lose(request, **_):
        sent.append(request)
        if len(sent) == 1:
            URLLib3Session().send(request)
            raise ReadTimeoutError(endpoint_url="http://lost.example")

    with hooked("before-send", "TransactWriteItems", lose):
        table.commit(
            table.change(at, add={"version": 1}, condition="#version = :v", values={"v": 1}, refusal=refused("late"))
        )
    assert (len(sent), attributes(at)) == (2, {"version": 2})


def held_back(count):
    """Of each of the first so many replies, only the first item; the others are left unprocessed."""
    left = iter(range(count))

    def hold_back(parsed, **_):
        if next(left, None) is not None:
            items = parsed["Responses"][settings().table]
            unread = [{"pk": item["pk"], "sk": item["sk"]} for item in items[1:]]
            parsed["Responses"][settings().table] = items[:1]
            parsed["UnprocessedKeys"] = {settings().table: {"Keys": unread}} if unread else {}

    return hooked("after-call", "BatchGetItem", hold_back)


def test_keys_left_unprocessed_are_asked_for_again():
    ats = [fresh(version=number) for number in range(4)]
    missing = fresh()
    with held_back(3):
        found = table.get_many([*ats, missing, *ats])
    assert {at: item["version"] for at, item in found.items()} == {at: number for number, at in enumerate(ats)}


def test_keys_that_stay_unprocessed_are_unavailable_and_never_missing():
    ats = [fresh(version=number) for number in range(table.CONFLICT_TRIES + 2)]
    with held_back(1_000), pytest.raises(Unavailable):
        table.get_many(ats)


def test_a_write_that_was_done_unseen_and_then_met_another_is_not_taken_for_somebody_elses():
    at = fresh()
    with faults.answered("500", "conflict"):
        table.commit(table.put({"pk": at[0], "sk": at[1]}, only_new=refused("first")))
    assert attributes(at) == {}
