"""The command that shows and clears what failed sign-ins of strangers refuse to a user name."""

import pytest

from chalicelib.repos.accounts import audit, login_throttle
from chalicelib.repos.table import table
from chalicelib.rules.base.vocabulary import Role
from operations import sign_in_locks
from operations.terminal import Refused
from testing.world import PASSWORD
from tests.support.accounts import sign_in
from tests.support.operating import Desk


@pytest.fixture
def desk(world):
    return Desk(world)


def test_a_lock_is_shown_and_cleared_with_an_audit_entry(world, desk):
    officer = world.officer("fao-hunan")
    login = officer.account["login"]
    name = login_throttle.login_attempts("officer", login, "", world.time()).name
    table.commit(table.change(name, assign={"failures": 50}))
    with world.calling_from("203.0.113.99"):
        assert sign_in(world, "officer", login, PASSWORD).status == 429
        sign_in_locks.show(desk.terminal, Role.OFFICER, login)
        sign_in_locks.clear(desk.terminal, Role.OFFICER, login)
        sign_in_locks.show(desk.terminal, Role.OFFICER, login)
        assert sign_in(world, "officer", login, PASSWORD).status == 201
    assert desk.lines == [
        "50 of 50 failures until 2026-11-21 12:45:00: new devices are refused.",
        "The failures are forgotten.",
        "0 of 50 failures until 2026-11-21 12:45:00: nobody is refused.",
    ]
    entry = [entry for entry in audit.entries("OFFICERS") if entry.action == "lock_cleared"][-1]
    assert entry.subject == officer.account["id"]


def test_an_unknown_user_name_is_refused(world, desk):
    for act in (sign_in_locks.show, sign_in_locks.clear):
        with pytest.raises(Refused, match="no account of that user name"):
            act(desk.terminal, Role.AGENT, "nobody")
    assert desk.lines == []
