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
