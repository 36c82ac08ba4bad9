"""Which outcome of a write is known after which replies, with the retries of botocore and of `table.commit`."""

import pytest

from chalicelib.repos.process import aws, outcomes
from chalicelib.repos.table import table
from chalicelib.rules.base.errors import OutcomeUnknown, Unavailable
from tests.support import faults
from tests.support.items import Refused, attributes, fresh, refused

pytestmark = pytest.mark.usefixtures("cloud_resources")


@pytest.fixture(autouse=True)
def _new_client_that_does_not_wait(monkeypatch):
    """A client stops retrying when its retry quota is used up."""
    aws._clients.clear()
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


ATTEMPTS = [
    (("throttled",) * 3, Unavailable, False),
    (("unreached",) * 3, Unavailable, False),
    (("conflict",) * table.CONFLICT_TRIES, Unavailable, False),
    (("500",) * 3, OutcomeUnknown, True),
    (("failed",) * 3, OutcomeUnknown, False),
    (("lost",) * 3, OutcomeUnknown, True),
    (("in progress",) * 3, OutcomeUnknown, False),
    (("lost", "unreached", "unreached"), OutcomeUnknown, True),
    (("500", "throttled", "throttled"), OutcomeUnknown, True),
    (("failed", *("conflict",) * table.CONFLICT_TRIES), OutcomeUnknown, False),
    (("conflict", "500", *("conflict",) * table.CONFLICT_TRIES), OutcomeUnknown, True),
    (("throttled", "lost"), None, True),
    (("failed", "unreached"), None, True),
]


@pytest.mark.parametrize(("attempts", "raised", "is_written"), ATTEMPTS, ids=str)
def test_an_outcome_is_unknown_after_any_attempt_that_proves_nothing(attempts, raised, is_written):
    key = fresh(version=1)
    with faults.answered(*attempts):
        assert error_of(table.change(key, add={"version": 1})) is raised
    assert attributes(key) == {"version": 2 if is_written else 1}


def error_of(*writes):
    try:
        table.commit(*writes)
    except (Refused, Unavailable) as error:
        return type(error)
    return None


@pytest.mark.parametrize("doubtful", ["failed", "in progress"])
def test_a_failed_condition_proves_that_no_earlier_attempt_took_effect(doubtful):
    write = table.change(
        fresh(version=1), add={"version": 1}, condition="#version = :v", values={"v": 2}, refusal=refused("late")
    )
    with faults.answered(doubtful):
        assert error_of(write) is Refused


def test_a_lost_reply_without_a_retry_is_an_unknown_outcome():
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        assert error_of(table.change(fresh(), add={"n": 1})) is OutcomeUnknown


def test_a_lost_reply_of_a_read_or_of_a_counter_is_unavailable():
    for operation, call in {
        "GetItem": lambda: table.get(fresh()),
        "Query": lambda: table.query("TEST#x"),
        "UpdateItem": lambda: table.count_up(fresh(), "n"),
    }.items():
        with faults.reply_lost(f"dynamodb.{operation}"), pytest.raises(Unavailable) as raised:
            call()
        assert type(raised.value) is Unavailable


def test_a_write_that_no_user_sees_has_no_unknown_outcome():
    with faults.reply_lost("dynamodb.TransactWriteItems"), outcomes.unseen_by_users():
        assert error_of(table.change(fresh(), add={"n": 1})) is Unavailable


def ended(*steps):
    """How a request ends whose steps are followed by a fault of a read; in threads, as imports work."""
    try:
        with aws.serving_a_client():
            aws.side_by_side(lambda step: step(), steps)
            with faults.down("dynamodb"):
                table.get(fresh())
    except Unavailable as error:
        return type(error)
    return None


def test_a_request_that_has_changed_something_does_not_claim_the_opposite():
    def change():
        table.commit(table.change(fresh(), add={"n": 1}))

    def change_unseen():
        with outcomes.unseen_by_users():
            change()

    def fail():
        assert error_of(table.check(fresh(), {"n": 1}, refused("late"))) is Refused

    assert ended() is Unavailable
    assert ended(fail, change_unseen) is Unavailable
    assert ended(fail, change) is OutcomeUnknown
    assert ended() is Unavailable
