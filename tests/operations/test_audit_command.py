"""`operations.audit`: what an account did, what was done to an object, and who signed in from an address."""

import json

import pytest

from operations import audit
from operations.terminal import Refused
from testing.world import PASSWORD
from tests.support import logs
from tests.support.accounts import sign_in
from tests.support.operating import Desk
from tests.support.recovery import begin, scanned

ATTACKER, HOME = "203.0.113.77", "198.51.100.5"


@pytest.fixture
def desk(world):
    return Desk(world)


def exported(desk, **wanted):
    """The entries, without those of exports themselves."""
    desk.lines.clear()
    audit.export(desk.terminal, **wanted)
    found = [json.loads(line) for line in desk.lines]
    return [entry for entry in found if entry.get("action") != "data_exported"]


@pytest.fixture
def log(world, tmp_path):
    """Three failed sign-ins of an attacker, one of its owner, and one by licence; the account and the file."""
    owner = world.enterprise()
    login = owner.account["login"]
    with logs.recorded() as written:
        with world.calling_from(ATTACKER):
            sign_in(world, "enterprise", login, "wrong")
            sign_in(world, "enterprise", "nobody@enterprise.example", "wrong")
            sign_in(world, "agent", login, PASSWORD)
        with world.calling_from(HOME):
            world.time.forward(seconds=1)
            assert sign_in(world, "enterprise", login, PASSWORD).status == 201
            world.time.forward(seconds=1)
            form = scanned(world, owner)
            assert world.anybody("POST", "/sessions/elicence", form).fields == {"ticket_id": "TICKET"}
            begin(world, form)
    file = tmp_path / "log"
    file.write_text("2026-11-21T04:30:00 START RequestId\n{broken\n" + written.getvalue(), encoding="utf-8")
    return owner, file


def test_the_log_has_each_sign_in_with_its_account_and_no_address_in_clear(log):
    _, file = log
    text = file.read_text(encoding="utf-8")
    assert text.count('"event": "sign_in"') == 5
    assert [address for address in (ATTACKER, HOME) if address in text] == []


def test_the_sign_ins_from_an_address_are_found_failed_ones_too(desk, log):
    owner, file = log
    found = exported(desk, address=ATTACKER, log=str(file))
    assert [(entry["way"], entry["code"], entry["account"]) for entry in found] == [
        ("password", "LOGIN_FAILED", owner.account["id"]),
        ("password", "LOGIN_FAILED", None),
        ("password", "LOGIN_FAILED", None),
    ]
    found = exported(desk, address=HOME, log=str(file))
    assert [(entry["way"], entry["code"], entry["account"]) for entry in found] == [
        ("password", None, owner.account["id"]),
        ("licence", "INVALID", None),
    ]


def test_an_accounts_sign_ins_and_acts_are_found_in_their_order(world, desk, log):
    owner, file = log
    number = world.application(owner)["number"]
    world.time.forward(seconds=1)
    agent = world.agent(owner)
    found = exported(desk, account=owner.account["id"], log=str(file))
    assert [(entry["kind"], entry.get("action") or entry.get("code")) for entry in found] == [
        ("audit", "registered"),
        ("sign_in", "LOGIN_FAILED"),
        ("audit", "signed_in"),
        ("sign_in", None),
        ("audit", "invoice_profile_added"),
        ("history", "submit"),
        ("audit", "agent_added"),
    ]
    assert {entry["address"] for entry in found if entry["kind"] == "sign_in"} == {ATTACKER, HOME}
    assert [entry["object"] for entry in found if entry["kind"] == "history"] == [number]
    assert [entry["action"] for entry in exported(desk, account=agent.account["id"])] == ["agent_added", "signed_in"]


def test_what_was_done_to_an_object_is_found_by_its_number(world, desk):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    officer = world.officer("fao-hunan", "测试官员丙号")
    world.time.forward(seconds=1)
    form = {"fields": ["phone"], "reason": "核对办理人所述事由"}
    officer.ok("POST", f"/office/persons/{number}-01/reveal", form)
    world.time.forward(seconds=1)
    world.decide(officer, {"number": number}, "return", reason="请补充材料")
    for wanted, actions in ((number, ["submit", "reveal", "return"]), (f"{number}-01", ["reveal"])):
        found = exported(desk, number=wanted)
        assert [entry["action"] for entry in found] == actions
        assert officer.account["id"] in {entry["actor"] for entry in found}
        assert "核对办理人所述事由" not in str(found)


def test_an_export_is_recorded_and_the_address_is_not(world, desk, log):
    from chalicelib.repos.accounts import audit as entries

    owner, file = log
    before = [entry.subject for entry in entries.entries("OFFICERS") if entry.action == "data_exported"]
    exported(desk, account=owner.account["id"])
    exported(desk, address=ATTACKER, log=str(file))
    made = [entry.subject for entry in entries.entries("OFFICERS") if entry.action == "data_exported"]
    assert made.count(owner.account["id"]) == 1
    assert made.count("") == before.count("") + 1


def test_without_a_log_or_with_an_unreadable_one_an_address_is_refused(desk, tmp_path):
    with pytest.raises(Refused, match="--log"):
        audit.export(desk.terminal, address=ATTACKER)
    with pytest.raises(Refused, match="cannot be read"):
        audit.export(desk.terminal, address=ATTACKER, log=str(tmp_path / "missing"))
