"""A kill after any AWS call, or a lost reply, leaves the state before or after the act, also after a repetition.

The operations are those of the scenario that write something. `ABTC_ASSURANCE=1` tries every call of each operation;
otherwise only the first and the last write are tried.
"""

import signal
import uuid

import pytest

from testing import people
from tests.support import invariants, killed_process, scenario
from tests.support.assurance import LONG, figure
from tests.support.killing import Killing
from tests.support.snapshots import Snapshot

pytestmark = pytest.mark.assurance

REPEATABLE = {
    "POST /v1/sessions": "somebody who signs in again has two sessions",
    "POST /v1/elicence/tickets": "a QR code that nobody scans ends by itself",
    "PATCH /v1/enterprise": "the same values again, and an entry that says so",
    "PUT /v1/me/mail-preference": "the same value again, and an entry that says so",
    "PUT /v1/agents/{agent_id}/mail-preference": "the same value again, and an entry that says so",
    "PUT /v1/agents/{agent_id}/authorization": "the same value again, and an entry that says so",
}
"""Operations whose repetition changes the state again, and why that is harmless."""


@pytest.fixture(scope="module")
def killing(portal):
    import app  # noqa: F401  declares the routes

    found = Killing(portal, thorough=LONG)
    found.attach()
    owner = scenario.accounts(portal)
    scenario.drafts(portal, owner)
    scenario.groups(portal, owner)
    scenario.economies(portal, portal.agent(owner))
    scenario.officers(portal)
    scenario.messages(owner)
    scenario.schedules(portal, owner)
    found.detach()
    names = {name for name, _ in found.operations}
    figure(
        f"killed: {len(names)} operations write, {len(found.operations)} with their kinds of writes, "
        f"{sum(map(len, found.operations.values()))} AWS calls; {dict(found.outcomes)}; then {dict(found.refusals)}"
    )
    return found


@pytest.fixture
def owner(world):
    return world.enterprise()


READING = {
    "POST /v1/applications/check",
    "POST /v1/persons/{person_number}/services/check",
    "POST /v1/applications/search",
    "POST /v1/office/search",
    "POST /v1/office/enterprises/search",
    "POST /v1/persons/import",
    "POST /v1/travel-checks",
    "POST /v1/applications/{number}/downloads",
    "POST /v1/office/applications/{number}/downloads",
}
"""Operations that use POST and write nothing."""


def test_every_writing_operation_leaves_the_state_before_or_after_it(killing):
    """The fixture `killing` fails first, with operation, call and difference."""
    assert killing.repeatable == REPEATABLE.keys()
    assert min(killing.outcomes.values()) >= len(killing.operations)


def test_every_operation_other_than_get_writes(killing):
    from chalicelib.handlers.http.routing import ROUTES
    from tests.assurance.test_rights import POLICIES

    found = {name for name, _ in killing.operations}
    changing = {f"{route.method} {route.path}" for route in ROUTES if route.method != "GET"}
    assert changing - found == READING
    # A snapshot cannot restore versions of objects: tests/api/test_upload_verdicts.py kills inspections at every call.
    assert POLICIES.keys() - found == {"api_handler", "inspect_uploads"}


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
