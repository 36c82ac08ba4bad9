"""Pages of histories: the newest entries in details, older ones by cursor, for whoever may see them."""

import hashlib
import json
from dataclasses import asdict, replace

import pytest

from chalicelib.handlers.applications import history_replies
from chalicelib.repos.applications import history
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.history import chain_faults
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import AccountId, ApplicationNumber, Role
from chalicelib.usecases.applications.history import History
from testing.follow_ups import SIXTEEN, applied, economy, holder, seen, waiting
from testing.world import User, World
from tests.support import invariants


def everything(user, path, limit):
    """All entries of a history, newest first, and how many pages they took."""
    found, cursor, pages = [], "", 0
    while cursor is not None:
        page = user.ok("GET", f"{path}?limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        found += page["items"]
        cursor, pages = page["next_cursor"], pages + 1
    return found, pages


@pytest.fixture(scope="module")
def long_history(portal: World, owner):
    """The number of an application of two persons, one of them with 27 entries of its own."""
    number = portal.approved(owner, persons=2)["number"]
    answers = [(code, "approved") for code in SIXTEEN] + [(code, "refused") for code in SIXTEEN[:11]]
    for code, decision in answers:
        economy(portal, f"{number}-01", code, decision)
    return number


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_together_have_every_entry_once_newest_first(owner, long_history, limit):
    found, pages = everything(owner, f"/applications/{long_history}/history", limit)
    assert [entry["action"] for entry in found] == ["decide_economy"] * 27 + ["pass", "pass", "submit"]
    assert pages == -(-30 // limit)
    of_person, _ = everything(owner, f"/persons/{long_history}-01/history", limit)
    assert of_person == found
    others, _ = everything(owner, f"/persons/{long_history}-02/history", limit)
    assert [entry["action"] for entry in others] == ["pass", "pass", "submit"]


def test_a_detail_shows_the_newest_twenty_oldest_first_and_a_cursor_to_the_rest(owner, long_history):
    for path in (f"/applications/{long_history}", f"/persons/{long_history}-01"):
        shown = owner.ok("GET", path)
        found, _ = everything(owner, f"{path}/history", 100)
        assert shown["history"] == found[19::-1]
        rest = owner.ok("GET", f"{path}/history?cursor={shown['history_cursor']}")
        assert rest["items"] == found[20:]
        assert rest["next_cursor"] is None


def test_a_short_history_has_no_cursor(world, owner):
    shown = owner.ok("GET", f"/applications/{world.application(owner)['number']}")
    assert (len(shown["history"]), shown["history_cursor"]) == (1, None)


def test_a_cursor_opens_the_history_of_its_own_reader_and_object_only(world, owner, long_history):
    cursor = owner.ok("GET", f"/applications/{long_history}/history?limit=1")["next_cursor"]
    other = world.application(owner)["number"]
    assert owner("GET", f"/applications/{other}/history?cursor={cursor}").code == "MALFORMED"
    agent = world.agent(owner)
    assert agent("GET", f"/applications/{long_history}/history?cursor={cursor}").code == "MALFORMED"


def test_the_history_of_a_person_includes_its_services_page_by_page(world, owner):
    person = holder(world, owner)
    follow_up = applied(owner, person, "cancel_card")
    owner.ok("POST", f"/applications/{follow_up['number']}/withdraw", {"status_version": 1})
    found, _ = everything(owner, f"/persons/{person}/history", 3)
    assert found[19::-1] == seen(owner, person)["history"]
    assert {entry["application_number"] for entry in found} == {person[:18], follow_up["number"]}
    own, _ = everything(owner, f"/applications/{follow_up['number']}/history", 10)
    assert [entry["action"] for entry in own] == ["withdraw", "submit"]


def test_the_reply_of_a_change_has_its_own_entry_only(world, owner):
    number = world.application(owner)["number"]
    reply = world.desk("fao-hunan").ok(
        "POST", f"/office/applications/{number}/decision", {"decision": "pass", "status_version": 1}
    )
    assert [entry["action"] for entry in reply["history"]] == ["pass"]
    assert reply["history_cursor"] is None


def test_concurrent_acts_on_one_person_form_one_chain(world, owner):
    person = waiting(world, owner)
    world.together(*[lambda code=code: economy(world, person, code) for code in SIXTEEN[:8]])
    found, _ = everything(owner, f"/persons/{person}/history", 100)
    assert [entry["action"] for entry in found][:8] == ["decide_economy"] * 8
    assert {entry["economy"] for entry in found[:8]} == set(SIXTEEN[:8])
    invariants.check(world)


# Names and labels


def of_agent(world: World, owner: User) -> tuple[User, str]:
    """An agent, and the number of its application, which the office has returned."""
    agent = world.agent(owner, name="测试王五")
    number = world.application(agent)["number"]
    world.decide(world.desk("fao-hunan"), {"number": number}, "return", reason="请补充材料")
    return agent, number


def actors(user: User, path: str) -> list[tuple[str, str]]:
    """Party and actor of each entry, newest first."""
    return [(entry["party"], entry["actor"]) for entry in everything(user, f"{path}/history", 100)[0]]


def test_an_enterprise_reads_the_names_of_its_agents_and_the_offices_of_officers(world: World, owner: User) -> None:
    agent, number = of_agent(world, owner)
    officer = world.desk("fao-hunan")
    for user in (owner, agent):
        assert actors(user, f"/applications/{number}") == [
            ("fao", "湖南省人民政府外事办公室"),
            ("applicant", "测试王五"),
        ]
    # An officer's own name is what other officers read.
    assert actors(officer, f"/office/applications/{number}") == [("fao", "fao-hunan"), ("applicant", "测***")]
    assert "fao-hunan" not in {actor for _, actor in actors(owner, f"/applications/{number}")}


def test_names_of_agents_are_stored_encrypted(world: World, owner: User) -> None:
    _, number = of_agent(world, owner)
    stored = [item for key, item in world.table().items() if number in key[0]]
    assert len(stored) == 4
    assert "测试王五" not in str(stored)


def test_an_outdated_action_names_the_agent_to_its_enterprise_only(world: World, owner: User) -> None:
    agent, number = of_agent(world, owner)
    agent.ok("POST", f"/applications/{number}/withdraw", {"status_version": 2})
    answer = owner("POST", f"/applications/{number}/withdraw", {"status_version": 2})
    assert (answer.body["current"]["changed_by"], answer.body["current"]["status_label"]) == ("测试王五", "已撤回")
    form = {"decision": "pass", "status_version": 2}
    answer = world.desk("fao-hunan")("POST", f"/office/applications/{number}/decision", form)
    assert answer.body["current"]["changed_by"] == "测***"


def test_an_entry_has_labels_in_the_language_of_the_reader(world: World, owner: User) -> None:
    person = waiting(world, owner, approvals=1)
    labels = ("service_label", "action_label", "party_label", "origin_label", "to_label", "decision_label")

    def newest(language: str) -> list[str]:
        entry = owner.ok("GET", f"/persons/{person}/history?limit=1", Accept_Language=language)["items"][0]
        return [entry[name] for name in (*labels, "economy_name", "actor")]

    assert newest("zh") == [
        "新办/续办",
        "登记经济体审批结果",
        "领事司",
        "APEC经济体审核中",
        "APEC经济体审核中",
        "批准",
        "澳大利亚",
        "领事司",
    ]
    assert all(label.isascii() for label in newest("en"))
    submitted = everything(owner, f"/persons/{person}/history", 100)[0][-1]
    assert (submitted["origin_label"], submitted["economy_name"], submitted["decision_label"]) == (None, None, None)


def test_an_entry_of_an_older_form_keeps_its_chain_and_says_no_name_of_an_officer(world: World, owner: User) -> None:
    _, number = of_agent(world, owner)
    stored = list(history.entries(ApplicationNumber(number)))
    # The entries as they were before the portal kept names: an officer appeared under its own.
    older, previous = [], ""
    for entry in stored:
        event = replace(entry.event, own_name=None, actor="张三" if entry.event.party == "fao" else entry.event.actor)
        older.append(replace(entry, event=event, previous=previous))
        previous = older[-1].digest
    assert chain_faults(older, previous) == []
    content = asdict(older[0])
    content["event"] = {**content["event"], "at": rfc3339(older[0].event.at)}
    del content["event"]["own_name"]
    del content["redacted"]  # neither was a field of entries of that time, and digests of before must stay
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    assert older[0].digest == digest
    shown = history_replies.page(History(older, None), Account(AccountId("a"), Role.ENTERPRISE, "", "", ""), "zh")
    assert [entry.actor for entry in shown.items] == ["外办", "测***"]
