"""The rule of overlapping transactions that tests of contention apply (`tests/support/conflicts.py`)."""

import threading
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.config import settings
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.rules.base.errors import Unavailable
from tests.support import conflicts
from tests.support.items import Refused, attributes, fresh, refused

pytestmark = pytest.mark.usefixtures("cloud_resources")


MET_WITHIN = 10.0
"""Seconds that a test waits for a conflict at most."""


class Running:
    """One transaction that runs until the block ends, beside the others of the block."""

    def __init__(self, *writes):
        self.begun, self.over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=table.commit, args=writes)

    def run(self):
        if threading.current_thread() is self.thread:
            self.begun.set()
            self.over.wait()

    @contextmanager
    def beside(self):
        with conflicts.of_overlapping_transactions(self.run) as found:
            self.thread.start()
            self.begun.wait()
            try:
                yield found
            finally:
                self.over.set()
                self.thread.join()


def send(*writes):
    """Send a transaction once; the reasons of its cancellation, None if it succeeds."""
    actions: Any = [{write.verb: {"TableName": settings().table, **write.request}} for write in writes]
    try:
        aws.client("dynamodb").transact_write_items(TransactItems=actions)
    except ClientError as error:
        return [reason["Code"] for reason in error.response["CancellationReasons"]]
    return None


def code_of(function, **request):
    with pytest.raises(ClientError) as raised:
        function(TableName=settings().table, **request)
    return raised.value.response["Error"]["Code"]


def test_a_transaction_that_meets_a_running_one_is_cancelled_at_the_position_of_the_shared_item():
    shared, own = fresh(n=1), fresh(n=1)
    with Running(table.change(shared, add={"n": 1})).beside() as found:
        reasons = send(table.change(own, add={"n": 1}), table.change(shared, add={"n": 1}))
        assert reasons == ["None", "TransactionConflict"]
        assert send(table.put({"pk": shared[0], "sk": shared[1]})) == ["TransactionConflict"]
        assert (found.operations, found.partitions[shared[0]]) == ({"TransactWriteItems": 2}, 2)
    assert attributes(own) == {"n": 1}


def test_two_transactions_that_only_check_an_item_conflict():
    shared = fresh(n=1)
    check = table.check(shared, {"n": 1}, refused("changed"))
    with Running(check, table.put({"pk": fresh()[0], "sk": "A"})).beside():
        assert send(check, table.put({"pk": fresh()[0], "sk": "B"})) == ["TransactionConflict", "None"]


def test_transactions_without_a_shared_item_do_not_conflict():
    with Running(table.change(fresh(), add={"n": 1})).beside() as found:
        assert send(table.change(fresh(), add={"n": 1})) is None
        assert found.operations == {}


def test_an_item_is_free_when_its_transaction_has_ended_even_if_it_was_refused():
    key = fresh(n=1)
    with conflicts.of_overlapping_transactions(lambda: None):
        table.commit(table.change(key, add={"n": 1}))
        with pytest.raises(Refused):
            table.commit(table.check(key, {"n": 1}, refused("changed")))
        table.commit(table.change(key, add={"n": 1}))
    assert attributes(key) == {"n": 3}


def test_single_writes_of_a_locked_item_are_refused_and_plain_reads_are_not():
    key = fresh(n=1)
    client, at = aws.client("dynamodb"), table.key(key)
    with Running(table.change(key, add={"n": 1})).beside():
        assert code_of(client.put_item, Item=at) == "TransactionConflictException"
        assert code_of(client.delete_item, Key=at) == "TransactionConflictException"
        with pytest.raises(Unavailable):
            table.count_up(key, "n")
        read: Any = {"Get": {"TableName": settings().table, "Key": at}}
        with pytest.raises(ClientError) as raised:
            client.transact_get_items(TransactItems=[read])
        assert raised.value.response["CancellationReasons"] == [{"Code": "TransactionConflict", "Message": "injected"}]
        assert (table.get(key) or {})["n"] == 1
        assert table.get_many([key])[key]["n"] == 1
        assert [item["n"] for item in table.query(key[0]).items] == [1]
    assert attributes(key) == {"n": 2}


def test_a_commit_waits_for_the_transaction_that_it_meets():
    key = fresh(n=1)
    running = Running(table.change(key, add={"n": 1}))
    with running.beside() as found:
        second = threading.Thread(target=table.commit, args=[table.change(key, add={"n": 1})])
        second.start()
        assert found.met.wait(MET_WITHIN)
        running.over.set()
        second.join()
    assert attributes(key) == {"n": 3}
