"""Dead letters: listed for the consular department, and replayed by it or by an operator's command."""

import json

import pytest

from chalicelib.repos.mail import outbox
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from operations import replay_mail
from tests.support import faults
from tests.support.relays import Mailer, relay

CREATED, DIED = "2026-11-21T05:00:00.000Z", "2026-11-23T04:53:00.000Z"


@pytest.fixture
def dead(world, owner):
    """The ids of a notice and a security mail that could not be sent for two days."""
    world.time.forward(minutes=30)
    world.deliver()
    enterprise = EnterpriseId(owner.account["enterprise_id"])
    facts = {"number": "APEC20261121000009-01", "person_number": "APEC20261121000009-01"}
    notice = outbox.followers_notified(
        "economy_decided",
        enterprise,
        AccountId(enterprise),
        {**facts, "economy": "PER", "decision": "locked"},
        world.time(),
    )
    security, part = outbox.address_notified(
        "password_changed_notice", "somebody@enterprise.example", TIME, world.time()
    )
    table.commit(notice)
    table.commit(part)
    ids = {notice.request["Item"]["pk"]["S"].removeprefix("MAIL#"), security}
    broken = Mailer(broken=True)
    assert relay(world, broken) == {"WAITING": 2}
    for wait in limits.MAIL_WAITS:
        world.time.forward(seconds=wait.total_seconds())
        outcome = relay(world, broken)
    assert outcome == {"DEAD": 2}
    return ids


TIME = {"time": "2026-11-21 12:30:00"}


def listed(world, query=""):
    return world.desk("consular").ok("GET", f"/office/mail/dead{query}")


def replay_all(world, ids):
    """Replay the dead letters, so that the next test starts without any."""
    for mail_id in ids:
        if (table.get(outbox.key(mail_id)) or {})["state"] == "DEAD":
            world.desk("consular").ok("POST", f"/office/mail/{mail_id}/replay")
    relay(world, Mailer())


def test_dead_letters_are_listed_with_their_reason_and_without_addresses(world, dead):
    world.time.forward(hours=1)
    world.forget_desks()
    items = {mail.pop("id"): mail for mail in listed(world)["items"]}
    assert items.keys() == dead
    rows = {mail["kind"]: mail for mail in items.values()}
    common = {"created_at": CREATED, "died_at": DIED, "reason": "broken", "tries": 12}
    assert rows == {
        "economy_decided": {
            "kind": "economy_decided",
            "kind_label": "经济体审批结果",
            "application_number": "APEC20261121000009",
            "to": None,
            **common,
        },
        "password_changed_notice": {
            "kind": "password_changed_notice",
            "kind_label": "密码已修改",
            "application_number": None,
            "to": "****@enterprise.example",
            **common,
        },
    }
    replay_all(world, dead)
    assert listed(world)["items"] == []


def test_consecutive_pages_list_every_dead_letter(world, dead):
    world.forget_desks()
    first = listed(world, "?limit=1")
    second = listed(world, f"?limit=1&cursor={first['next_cursor']}")
    assert {mail["id"] for page in (first, second) for mail in page["items"]} == dead
    replay_all(world, dead)


def test_a_replayed_mail_is_sent_with_new_attempts_and_only_once(world, dead, owner):
    world.forget_desks()
    consular = world.desk("consular")
    for mail_id in dead:
        assert consular("POST", f"/office/mail/{mail_id}/replay").status == 204
        again = consular("POST", f"/office/mail/{mail_id}/replay")
        assert (again.status, again.code, again.body["message"]) == (409, "OPERATION_INVALID", "操作无效")
    assert {(table.get(outbox.key(mail_id)) or {})["tries"] for mail_id in dead} == {0}
    mailer = Mailer()
    assert relay(world, mailer) == {"SENT": 2}
    assert sorted(letter.to for letter in mailer.letters) == sorted(
        [owner.account["email"], "somebody@enterprise.example"]
    )
    assert [consular("POST", f"/office/mail/{mail_id}/replay").code for mail_id in dead] == ["OPERATION_INVALID"] * 2
    audited = [entry for entry in table.query_all("AUDIT#OFFICERS") if entry["subject"] in dead]
    assert {(entry["action"], entry["actor_id"]) for entry in audited} == {("mail_replayed", consular.account["id"])}


def test_an_unknown_mail_is_not_found_and_other_offices_are_forbidden(world, dead):
    world.forget_desks()
    consular, hunan = world.desk("consular"), world.desk("fao-hunan")
    assert consular("POST", "/office/mail/unknown/replay").code == "NOT_FOUND"
    assert hunan("GET", "/office/mail/dead").code == "FORBIDDEN"
    assert hunan("POST", f"/office/mail/{next(iter(dead))}/replay").code == "FORBIDDEN"
    replay_all(world, dead)


def test_a_replay_does_not_send_again_to_readers_already_reached(world):
    owner = world.enterprise()
    agent = world.agent(owner)
    world.time.forward(minutes=30)
    world.deliver()
    enterprise = EnterpriseId(owner.account["enterprise_id"])
    facts = {"number": "APEC20261121000009", "new": "FAO_REVIEW"}
    table.commit(outbox.followers_notified("submitted", enterprise, AccountId(enterprise), facts, world.time()))
    mailer = Mailer(refusing=(owner.account["email"],))
    for wait in (limits.MAIL_LEASE * 0, *limits.MAIL_WAITS):
        world.time.forward(seconds=wait.total_seconds())
        relay(world, mailer)
    assert [letter.to for letter in mailer.letters] == [agent.account["email"]]
    assert replay_mail.main(["--all"]) == 0
    mailer.refusing = ()
    assert relay(world, mailer) == {"SENT": 1}
    assert [letter.to for letter in mailer.letters[1:]] == [owner.account["email"]]


def test_an_operator_replays_one_mail_or_all(world, dead, capsys):
    one, _ = dead
    assert replay_mail.main(["--id", one]) == 0
    assert replay_mail.main(["--id", one]) == 1
    assert replay_mail.main(["--all"]) == 0
    assert replay_mail.main(["--all"]) == 0
    printed = [
        json.loads(line)
        for line in capsys.readouterr().out.splitlines()
        if line.startswith(("{}", '{"replayed', '{"not'))
    ]
    assert printed == [{"replayed": 1}, {"not_dead": 1}, {"replayed": 1}, {}]
    assert {(table.get(outbox.key(mail_id)) or {})["state"] for mail_id in dead} == {"WAITING"}
    assert relay(world, Mailer()) == {"SENT": 2}


def test_a_replay_by_an_operator_is_audited_under_the_operators_identity(world, dead):
    one = sorted(dead)[0]
    assert replay_mail.main(["--id", one]) == 0
    entries = [item for (pk, _), item in world.table().items() if pk == "AUDIT#OFFICERS" and one in str(item)]
    assert [entry["actor_id"]["S"].startswith("arn:aws:") for entry in entries] == [True]
    replay_all(world, dead)


def test_a_replay_without_aws_prints_one_clear_line(world, capsys):
    with faults.down("dynamodb"):
        assert replay_mail.main(["--all"]) == 1
    assert capsys.readouterr().err.startswith("Refused: AWS did not answer")


def test_a_page_of_dead_letters_takes_two_requests(world, dead):
    world.forget_desks()
    consular = world.desk("consular")
    with world.counting() as requests:
        assert len(consular.ok("GET", "/office/mail/dead")["items"]) == 2
    requests.tell("GET /office/mail/dead")
    assert requests.of("dynamodb") == ["BatchGetItem", "Query", "BatchGetItem"]
    replay_all(world, dead)
