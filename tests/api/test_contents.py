"""The content of an application in clear: read once, corrected as a whole, and in the audit (docs/decisions/0052)."""

import pytest

from chalicelib.repos.accounts import quotas as repo
from chalicelib.repos.table import table
from chalicelib.rules.accounts import quotas
from testing.counting import Requests
from testing.follow_ups import applied, passport, waiting
from tests.support import faults
from tests.support.applications import act


def content_of(user, number):
    return user.ok("GET", f"/applications/{number}/content")


def readings(world, user):
    """The audit entries about contents that were read: actor and application."""
    entries = table.query_all(f"AUDIT#{user.account['enterprise_id']}")
    return [(entry["actor_id"], entry["subject"]) for entry in entries if entry["action"] == "content_read"]


def test_the_content_is_in_clear_as_it_was_submitted(world, owner):
    sent = world.content(owner, persons=2)
    number = owner.ok("POST", "/applications", {"content": sent})["number"]
    reply = content_of(owner, number)
    assert {name: reply["content"][name] for name in sent if name not in {"persons", "pickup"}} == {
        name: value for name, value in sent.items() if name not in {"persons", "pickup"}
    }
    for read, written in zip(reply["content"]["persons"], sent["persons"], strict=True):
        assert {name: read[name] for name in written} == written
    assert "*" not in str(reply)
    assert (reply["number"], reply["service"], reply["version"]) == (number, "new_or_renewal", 1)
    assert reply["persons"] == [
        {"number": f"{number}-{position}", "version": 1, "separate": False} for position in ("01", "02")
    ]


def test_one_field_of_ninety_persons_is_corrected_with_three_calls_and_no_reveal(world, fao):
    owner = world.enterprise()
    number = world.application(owner, persons=90)["number"]
    world.decide(fao, {"number": number}, "return", reason="请更正职务", fields=["persons.41.title"])
    reply = content_of(owner, number)
    reply["content"]["persons"][41]["title"] = "市场部总监"
    edited = owner.ok("PUT", f"/applications/{number}/content", reply["content"], If_Match=f'"{reply["version"]}"')
    assert edited["history"][-1]["fields"] == ["persons.41.title"]
    assert act(owner, number, "resubmit", 2).body["status"] == "FAO_REVIEW"
    assert readings(world, owner) == [(owner.account["id"], number)]
    actions = [event["action"] for event in owner.ok("GET", f"/applications/{number}")["history"]]
    assert actions == ["submit", "return", "edit", "resubmit"]


def test_the_content_of_a_follow_up_service_can_be_sent_back(world, owner, fao):
    follow_up = applied(owner, waiting(world, owner), "change_passport", **passport())
    number = follow_up["number"]
    world.decide(fao, follow_up, "return", reason="请更正")
    reply = content_of(owner, number)
    assert (reply["service"], reply["persons"]) == ("change_passport", [])
    changed = reply["content"] | {"passport_place": "北京"}
    edited = owner.ok("PUT", f"/applications/{number}/service", changed, If_Match=f'"{reply["version"]}"')
    assert edited["history"][-1]["fields"] == ["passport_place"]


def test_a_person_returned_apart_is_corrected_by_its_version(world, owner, fao):
    number = world.application(owner, persons=2)["number"]
    form = {"decision": "return", "status_version": 1, "reason": "请更正", "fields": ["title"]}
    fao.ok("POST", f"/office/persons/{number}-02/decision", form)
    reply = content_of(owner, number)
    assert [person["separate"] for person in reply["persons"]] == [False, True]
    corrected = reply["content"]["persons"][1] | {"title": "市场部总监"}
    version = reply["persons"][1]["version"]
    owner.ok("PUT", f"/persons/{number}-02/content", corrected, If_Match=f'"{version}"')


def test_a_mask_in_a_content_that_is_sent_back_is_refused(world, owner, fao):
    number = world.application(owner)["number"]
    world.decide(fao, {"number": number}, "return", reason="请更正")
    reply = content_of(owner, number)
    masked = fao.ok("GET", f"/office/applications/{number}")["content"]["persons"][0]
    reply["content"]["persons"][0]["passport_number"] = masked["passport_number"]
    answer = owner("PUT", f"/applications/{number}/content", reply["content"], If_Match='"1"')
    assert (answer.status, answer.fields) == (422, {"persons.0.passport_number": "MASKED_VALUE"})


def test_each_account_is_in_the_audit_once_an_hour_and_counts_one_reveal(world):
    owner = world.enterprise()
    agent = world.agent(owner)
    number = world.application(agent, persons=3)["number"]
    for user in (owner, owner, agent, owner):
        content_of(user, number)
    assert readings(world, owner) == [(owner.account["id"], number), (agent.account["id"], number)]
    assert _used(world, owner) == _used(world, agent) == 1
    for minutes, count in ((29, 2), (29, 2), (2, 3)):
        world.time.forward(minutes=minutes)
        content_of(owner, number)
        assert len(readings(world, owner)) == count
    newest = owner.ok("GET", "/audit?limit=1")["items"][0]
    assert (newest["action"], newest["subject"], newest["actor"]) == (
        "content_read",
        number,
        owner.account["display_name"],
    )


def test_a_second_reading_within_an_hour_writes_nothing(world, owner):
    number = world.application(owner)["number"]
    content_of(owner, number)
    before = world.table()
    content_of(owner, number)
    assert world.table() == before


def test_eight_concurrent_readings_are_one_entry(world):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    with faults.meeting("dynamodb.TransactWriteItems", 8):
        answers = world.together(*[lambda: owner("GET", f"/applications/{number}/content")] * 8)
    assert {answer.status for answer in answers} == {200}
    assert len(readings(world, owner)) == 1


def test_nothing_is_shown_if_the_entry_cannot_be_written(world):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    with faults.refused("dynamodb.TransactWriteItems", "InternalServerError", 500):
        answer = owner("GET", f"/applications/{number}/content")
    assert answer.status == 503
    assert readings(world, owner) == []


def test_the_quota_of_reveals_limits_readings(world):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    table.commit(repo.quota_used(owner.account["id"], quotas.REVEALS, world.time(), quotas.REVEALS.most))
    answer = owner("GET", f"/applications/{number}/content")
    assert (answer.status, answer.code) == (429, "TOO_MANY_REQUESTS")


@pytest.mark.parametrize("persons", [1, 90])
def test_a_reading_takes_one_query_and_one_transaction_whatever_the_size(world, persons):
    owner = world.enterprise()
    number = world.application(owner, persons=persons)["number"]
    counted = Requests()
    with counted.recording():
        content_of(owner, number)
    assert counted.of("dynamodb") == ["BatchGetItem", "Query", "TransactWriteItems"]


def _used(world, user):
    item = table.get(repo.key(user.account["id"], quotas.REVEALS, world.time()))
    return item["used"] if item else 0
