"""The officer account command: no password on the command line, immediate disabling, audit of every change."""

import re

import pytest

from chalicelib.repos.accounts import accounts, audit
from chalicelib.rules.base.errors import AlreadyExists, Invalid
from operations import create_officer
from operations.terminal import Refused
from testing import people
from testing.world import PASSWORD
from tests.support.operating import Desk


@pytest.fixture
def desk(world):
    return Desk(world)


def form(**changes):
    username = f"officer{people.serial()}"
    given = {"office": "fao-hunan", "username": username, "name": "测试庚", "email": f"{username}@office.example"}
    return {**given, **changes}


def made(desk, **changes):
    """Create an officer with a password typed at the terminal; return the user name."""
    given = form(**changes)
    create_officer.create(desk.terminal, given, lambda _: PASSWORD)
    return given["username"]


def actions():
    return [entry.action for entry in audit.entries("OFFICERS")]


def recovery_id(desk):
    found = re.search(r"recovery id: (\w+)", "\n".join(desk.lines))
    assert found
    return found.group(1)


def test_a_new_officer_sets_the_first_password_with_the_mailed_code_and_the_printed_id(world, desk):
    given = form()
    create_officer.create(desk.terminal, given)
    target = accounts.find_login_target("officer", given["username"])
    assert target
    officer = accounts.get("OFFICERS", target.account_id)
    assert officer
    assert officer.password_hash == ""
    world.deliver()
    code = world.code(given["email"])
    assert code not in "".join(desk.lines)
    recovery = recovery_id(desk)
    token = world.anybody.ok("POST", f"/recoveries/{recovery}/verification", {"email_code": code})["reset_token"]
    new = {"reset_token": token, "password": PASSWORD, "password_confirmation": PASSWORD}
    world.anybody.ok("PUT", f"/recoveries/{recovery}/password", new)
    officer = world.sign_in("officer", given["username"], PASSWORD)
    assert officer.ok("GET", "/me")["account"]["office"] == "fao-hunan"
    assert officer.ok("POST", "/office/search", {})["items"] == []


def test_a_new_officer_cannot_sign_in_before_setting_a_password(world, desk):
    given = form()
    create_officer.create(desk.terminal, given)
    for password in ("", "x", given["username"]):
        answer = world.anybody(
            "POST", "/sessions", {"identity": "officer", "login": given["username"], "password": password}
        )
        assert answer.status in (401, 422)


def test_a_password_typed_twice_at_the_terminal_is_valid_immediately(world, desk):
    assert world.sign_in("officer", made(desk, office="consular"), PASSWORD).account["office"] == "consular"


@pytest.mark.parametrize("answers", [("correct horse", "correct house"), ("short", "short")])
def test_a_mistyped_or_weak_password_creates_no_officer(world, desk, answers):
    given, left = form(), iter(answers)
    with pytest.raises(Invalid):
        create_officer.create(desk.terminal, given, lambda _: next(left))
    assert accounts.find_login_target("officer", given["username"]) is None


def test_a_taken_user_name_is_refused_and_changes_nothing(world, desk):
    login = made(desk)
    before = world.table()
    with pytest.raises(AlreadyExists):
        create_officer.create(desk.terminal, form(username=login.upper(), email="other@office.example"))
    assert world.table() == before


@pytest.mark.parametrize(
    "wrong", [{"office": "fao-nowhere"}, {"username": "a b"}, {"email": "nobody"}, {"name": ""}, {"username": ""}]
)
def test_invalid_officer_data_is_refused_and_writes_nothing(world, desk, wrong):
    before = world.table()
    with pytest.raises((Refused, Invalid)):
        create_officer.create(desk.terminal, form(**wrong))
    assert world.table() == before


def test_a_disabled_officer_is_signed_out_on_the_next_request_and_can_be_enabled_again(world, desk):
    login = made(desk)
    officer = world.sign_in("officer", login, PASSWORD)
    create_officer.switch(desk.terminal, login, on=False)
    assert officer("GET", "/me").status == 401
    sign_in = {"identity": "officer", "login": login, "password": PASSWORD}
    assert world.anybody("POST", "/sessions", sign_in).status == 401
    with pytest.raises(Refused, match="disabled"):
        create_officer.new_code(desk.terminal, login)
    create_officer.switch(desk.terminal, login, on=True)
    assert officer("GET", "/me").status == 401
    assert world.sign_in("officer", login, PASSWORD).ok("GET", "/me")


def test_disabling_an_officer_twice_is_audited_once(world, desk):
    login = made(desk)
    before = actions().count("officer_disabled")
    create_officer.switch(desk.terminal, login, on=False)
    create_officer.switch(desk.terminal, login, on=False)
    assert actions().count("officer_disabled") == before + 1


def test_a_new_recovery_code_leaves_the_old_password_valid_until_the_code_is_used(world, desk):
    login = made(desk)
    create_officer.new_code(desk.terminal, login)
    world.sign_in("officer", login, PASSWORD)
    assert len(recovery_id(desk)) == 20


def test_the_list_shows_officers_with_masked_addresses(world, desk):
    login = made(desk)
    create_officer.switch(desk.terminal, login, on=False)
    create_officer.list_officers(desk.terminal)
    [line] = [line for line in desk.lines if line.startswith("fao-hunan ") and f" {login} " in line]
    assert "disabled" in line
    assert f"{login}@office.example" not in line


def test_every_command_is_in_the_audit_without_personal_data(world, desk):
    login = made(desk)
    create_officer.switch(desk.terminal, login, on=False)
    entries = audit.entries("OFFICERS")
    assert {entry.action for entry in entries} >= {"officer_added", "officer_disabled"}
    assert login not in repr(entries)


def test_the_command_line_refuses_with_one_line_and_exit_code_1(world, capsys):
    assert create_officer.main(["--disable", "nobody"]) == 1
    assert capsys.readouterr().err == "Refused: there is no officer of that user name.\n"
    assert create_officer.main(["--list"]) == 0
