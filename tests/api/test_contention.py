"""Acts that run side by side, while transactions conflict as in AWS (docs/decisions/0044)."""

from collections import Counter

import pytest

from testing.world import PASSWORD
from tests.support import conflicts
from tests.support.accounts import sign_in


def statuses(answers):
    return Counter(answer.status for answer in answers)


# Sign-in


@pytest.fixture(scope="module")
def staff(portal):
    """Fifty accounts of three enterprises."""
    enterprises = [portal.enterprise() for _ in range(3)]
    return [portal.agent(enterprises[number % 3]) for number in range(50)]


def test_fifty_sign_ins_at_once_from_one_address_succeed(world, staff):
    logins = [user.account["login"] for user in staff]
    calls = [lambda login=login: sign_in(world, "agent", login, "correct horse") for login in logins]
    with conflicts.of_overlapping_transactions() as found:
        answers = world.together(*calls)
    assert statuses(answers) == {201: 50}
    assert found.operations == {}


@pytest.fixture
def busy_machine(monkeypatch):
    """Give requests more time: sixteen passwords that are hashed on a busy machine may take the usual three seconds."""
    from chalicelib.repos.process import aws

    monkeypatch.setattr(aws, "RETRY_CUTOFF_SECONDS", 60)


@pytest.mark.usefixtures("busy_machine")
def test_sixteen_sign_ins_at_once_of_one_name_succeed_after_few_conflicts(world, owner):
    """Six attempts wait for 0.6 s on average, and 1.24 s at most."""
    email = owner.account["login"]
    with conflicts.of_overlapping_transactions() as found:
        answers = world.together(*[lambda: sign_in(world, "enterprise", email, PASSWORD)] * 16)
    assert statuses(answers) == {201: 16}
    assert found.operations["TransactWriteItems"] <= 16 * 5


@pytest.mark.usefixtures("busy_machine")
def test_of_forty_wrong_passwords_at_once_ten_are_answered(world):
    email = world.enterprise().account["login"]
    with conflicts.of_overlapping_transactions():
        answers = world.together(*[lambda: sign_in(world, "enterprise", email, "not the password")] * 40)
    assert statuses(answers) == {401: 10, 429: 30}


# Answers of economies


@pytest.fixture
def groups(world):
    """The numbers of 500 persons in six groups that one agent has created; both desks have passed them."""
    agent = world.agent(world.enterprise())
    sizes = (90, 90, 90, 90, 90, 50)
    numbers = [world.approved(agent, persons=size)["number"] for size in sizes]
    return [
        f"{number}-{position:02d}"
        for number, size in zip(numbers, sizes, strict=True)
        for position in range(1, size + 1)
    ]


def test_an_import_of_500_answers_of_one_economy_about_persons_of_one_agent_is_applied(world, consular, groups):
    rows = [{"person_number": person, "economy": "SGP", "decision": "approved"} for person in groups]
    with conflicts.of_overlapping_transactions() as found:
        reply = consular.ok("POST", "/office/economies/import", {"rows": rows})
    assert reply == {"applied": 500, "unchanged": 0, "failed": [], "warned": []}
    assert {partition.partition("#")[0] for partition in found.partitions} <= {"STATISTICS"}


def test_sixteen_officers_at_once_decide_and_record_numbers_of_sixteen_persons_of_one_group(world, owner):
    number = world.approved(owner, persons=16)["number"]
    officers = [world.officer("consular") for _ in range(16)]

    def act(officer, position):
        person = f"{number}-{position:02d}"
        if position % 2:
            return officer("PUT", f"/office/persons/{person}/economies/SGP", {"decision": "approved"})
        return officer("PUT", f"/office/persons/{person}/foreign-number", {"number": f"A{position}"})

    calls = [lambda officer=officer, at=at: act(officer, at) for at, officer in enumerate(officers, start=1)]
    with conflicts.of_overlapping_transactions() as found:
        answers = world.together(*calls)
    assert statuses(answers) == {200: 16}
    assert {partition.partition("#")[0] for partition in found.partitions} <= {"STATISTICS"}


def test_sixteen_officers_at_once_decide_on_sixteen_applications_of_one_agent_without_a_conflict(world):
    agent = world.agent(world.enterprise())
    numbers = [world.application(agent)["number"] for _ in range(16)]
    officers = [world.officer("fao-hunan") for _ in range(16)]
    form = {"decision": "pass", "status_version": 1}
    calls = [
        lambda officer=officer, number=number: officer("POST", f"/office/applications/{number}/decision", form)
        for officer, number in zip(officers, numbers, strict=True)
    ]
    with conflicts.of_overlapping_transactions() as found:
        answers = world.together(*calls)
    assert (statuses(answers), found.operations) == ({200: 16}, {})
