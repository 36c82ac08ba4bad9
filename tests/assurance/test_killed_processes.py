"""A process that the kernel kills after an AWS call leaves the state before or after the act, also after a repetition.

`tests/assurance/test_killed.py` stops the act by an exception instead, at the calls of every operation.
"""

import signal
import uuid

import pytest

from testing import people
from tests.support import invariants, killed_process
from tests.support.assurance import LONG
from tests.support.snapshots import Snapshot

pytestmark = pytest.mark.assurance


@pytest.fixture
def owner(world):
    return world.enterprise()


def submission(world, owner):
    return ("POST", "/applications", {"content": world.content(owner)}), owner


def agent(_, owner):
    return ("POST", "/agents", people.agent()), owner


def submission_with_a_late_file(world, owner):
    content = world.content(owner)
    content["attachments"] = [*content["attachments"], world.upload(owner, "photo")]
    return ("POST", "/applications", {"content": content}), owner


def draft(_, owner):
    return ("POST", "/drafts", {"group_name": "测试团组"}), owner


def decision(world, owner):
    number = world.application(owner)["number"]
    form = {"decision": "pass", "status_version": 1}
    return ("POST", f"/office/applications/{number}/decision", form), world.desk("fao-hunan")


BY_THE_KERNEL = [
    (submission, "dynamodb.TransactWriteItems", 201),
    (submission_with_a_late_file, "s3.PutObject", 201),
    (decision, "dynamodb.TransactWriteItems", 409),
    (submission, "dynamodb.UpdateItem", 201),
    (agent, "dynamodb.TransactWriteItems", 201),
    (draft, "dynamodb.TransactWriteItems", 201),
]


@pytest.mark.parametrize(("make", "after", "status"), BY_THE_KERNEL if LONG else BY_THE_KERNEL[:3])
def test_a_process_killed_by_the_kernel_leaves_no_partial_state(world, owner, make, after, status):
    request, user = make(world, owner)
    key = str(uuid.uuid4())
    before = Snapshot().shape
    ended = killed_process.ask(world, user, request, after, **{"Idempotency-Key": key})
    assert ended == -signal.SIGKILL
    killed = Snapshot().shape
    invariants.check(world)
    answer = user(*request, Idempotency_Key=key)
    assert answer.status == status, answer.raw.decode()
    done = Snapshot().shape
    # The transaction is the last call; after a kill at an earlier call (a copy or a number) nothing is done yet.
    assert killed == (done if after == "dynamodb.TransactWriteItems" else before)
    assert done != before
    again = user(*request, Idempotency_Key=key)
    assert (again.status, Snapshot().shape) == (status, done)
    invariants.check(world)
