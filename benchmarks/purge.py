"""The nightly purge against raw conditional deletes of the same drafts in transactions of 100: seconds and requests.

`python -m benchmarks.purge 10000 100000` measures 10,000 due among 100,000; `make bench` a tenth of it, and in full
1,000,000 drafts. It runs on dynoxide, and where there is none on the embedded engine. Each due draft is of another
account, the worst case: drafts of one account are counted together.
"""

import contextlib
import os
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

import boto3
from botocore.exceptions import ClientError

from benchmarks import dynoxide
from benchmarks.list_reads import BATCH, _environment, _local_keys
from sandbox.engine.engine import Engine

DUE, AMONG = 1_000, 10_000
LARGER = ((10_000, 100_000), (10_000, 1_000_000))
GOAL = 1.5
TRANSACTION = 100
"""Most actions of a transaction of DynamoDB."""
ROUNDS = 3
NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)


def larger() -> Iterator[dict[str, Any]]:
    """The large sizes, one round each."""
    for due, among in LARGER:
        yield from figures(due, among, 1)


def figures(due: int = DUE, among: int = AMONG, rounds_of_each: int = ROUNDS) -> Iterator[dict[str, Any]]:
    """Seconds of the purge against those of the floors, in turns."""
    with _engine() as engine:
        rounds = [
            {
                "ours": _purge(f"purge-{among}-{turn}", due, among),
                "floor": (_deletes(f"deletes-{among}-{turn}", due, among), 0),
            }
            for turn in range(rounds_of_each)
        ]
    requests = rounds[0]["ours"][1]
    seconds = {name: statistics.median(measured[name][0] for measured in rounds) for name in rounds[0]}
    yield {
        "name": f"purge of {due:,} due among {among:,} drafts, {requests} requests, against raw deletes",
        "ratio": seconds["ours"] / seconds["floor"],
        "goal": GOAL,
        "better": "lower",
        **seconds,
        "unit": f"s on {engine}",
    }


@contextlib.contextmanager
def _engine() -> Iterator[str]:
    """The DynamoDB to ask, by name: dynoxide (or what `DYNAMODB_URL` names), else the embedded engine, which has S3."""
    with Engine() as engine, dynoxide.running() as running:
        os.environ["AWS_ENDPOINT_URL_S3"] = engine.environment()["AWS_ENDPOINT_URL"]
        if running:
            yield "dynoxide"
            return
        os.environ["DYNAMODB_URL"] = engine.environment()["AWS_ENDPOINT_URL"]
        yield "the embedded engine"
        del os.environ["DYNAMODB_URL"]


def _purge(name: str, due: int, among: int) -> tuple[float, int]:
    """Seconds and requests of the function itself."""
    keys = _fill(name, due, among)
    from chalicelib.repos.process import aws
    from chalicelib.repos.table import table
    from scheduled.purge_drafts import purge_drafts

    aws.client("s3")  # both sides have their clients before
    asked: list[str] = []
    aws.client("dynamodb").meta.events.register("before-send.*", lambda event_name, **_: asked.append(event_name))
    event = {"version": "0", "account": "0", "region": "x", "detail": {}, "detail-type": "x", "source": "aws.events"}
    started = time.perf_counter()
    counts = purge_drafts({**event, "time": NOW.isoformat(), "id": "x", "resources": []}, None)
    seconds = time.perf_counter() - started
    requests = len(asked)
    assert counts == {"purged": due, "kept": 0, "unfinished": False}, counts
    assert table.get(keys[0][0]) is None
    return seconds, requests


def _deletes(name: str, due: int, among: int) -> float:
    """Seconds of conditional deletes, as many in a transaction as DynamoDB takes, one transaction after the other."""
    keys = _fill(name, due, among)
    from chalicelib.config import settings
    from chalicelib.repos.process import aws
    from chalicelib.repos.table import table

    client: Any = aws.client("dynamodb")
    started = time.perf_counter()
    for some in batched(keys, TRANSACTION):
        writes = [
            {
                "Delete": {
                    "TableName": settings().table,
                    "Key": table.key(at),
                    "ConditionExpression": "saved_at = :saved",
                    "ExpressionAttributeValues": {":saved": {"S": saved_at}},
                }
            }
            for at, saved_at in some
        ]
        client.transact_write_items(TransactItems=writes)
    return time.perf_counter() - started


def _fill(name: str, due: int, among: int) -> list[tuple[tuple[str, str], str]]:
    """A table with so many drafts, evenly spread over accounts of ten, and the keys of those that are due."""
    _environment(name)
    from chalicelib.config import settings
    from chalicelib.repos.drafts import counters, drafts
    from chalicelib.repos.keys import keyring
    from chalicelib.repos.process import aws
    from chalicelib.rules.base.china_time import rfc3339
    from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
    from sandbox import environment
    from sandbox.engine import cloud

    settings.cache_clear()
    aws._clients.clear()
    _local_keys(keyring)
    with contextlib.suppress(ClientError):  # after the first time it is there
        cloud.create_bucket(boto3.client("s3"), environment.BUCKET, "http://127.0.0.1")
    with contextlib.suppress(ClientError):  # after the table is made: some engines have no backups to switch on
        cloud.create_table(boto3.client("dynamodb"), settings().table)
    keys, puts = [], []
    for number in range(among):
        # The n-th draft of an account lies far from the others; the first `due` drafts are all of different accounts.
        account = AccountId(f"account{number % max(due, among // 10):06d}")
        is_due = number < due
        saved = NOW - timedelta(days=180 if is_due else number % 179, seconds=number % 3600)
        draft, writes = drafts.new_draft(account, EnterpriseId(account), {"group_name": "测试团组"}, saved)
        puts.append(writes[1].request["Item"])
        if is_due:
            keys.append((drafts.key(account, draft.id), rfc3339(saved)))
            pk, sk = counters.key(account)
            puts.append({"pk": {"S": pk}, "sk": {"S": sk}, "drafts": {"N": "10"}})
    client: Any = aws.client("dynamodb")
    for some in batched(puts, BATCH):
        client.batch_write_item(RequestItems={settings().table: [{"PutRequest": {"Item": item}} for item in some]})
    return keys


if __name__ == "__main__":
    for figure in figures(*(int(argument) for argument in sys.argv[1:])):
        print(f"{figure['name']}: {figure['ratio']:.2f} ({figure['ours']:.2f} against {figure['floor']:.2f} s)")
