"""The card ledger of an enterprise: who has received a card, and when it came back (docs/domain.md 7.5)."""

import io
import uuid
from typing import Any

import pytest
from openpyxl import load_workbook

from testing import people
from testing.counting import Requests
from testing.follow_ups import card, decided, holder, made, seen
from testing.world import storage
from tests.support import faults, invariants

TODAY = "2026-11-21"
RECIPIENT = "测试丑"


def hand_out(user, person, **changes):
    form = {"received_by": RECIPIENT, "handed_out_on": TODAY, **changes}
    return user("POST", f"/persons/{person}/card-ledger", form)


def take_back(user, entry, day=TODAY):
    return user("POST", f"/cards/ledger/{entry['id']}/return", {"returned_on": day})


def ledger(user, query=""):
    return user.ok("GET", f"/cards/ledger{query}")["items"]


@pytest.fixture
def applicant(world):
    """A new enterprise, whose ledger is empty."""
    return world.enterprise()


def test_a_card_is_handed_out_returned_and_handed_out_again(world, applicant):
    person = decided(world, applicant)
    number = made(world, person)
    first = hand_out(applicant, person, note="赴新加坡").body
    assert {name: first[name] for name in ("person_number", "card_number", "received_by", "state", "note")} == {
        "person_number": person, "card_number": number, "received_by": RECIPIENT, "state": "out", "note": "赴新加坡",
    }  # fmt: skip
    assert (first["holder"], first["returned_on"]) == (seen(applicant, person)["name"], None)
    assert hand_out(applicant, person).code == "OPERATION_INVALID"
    returned = take_back(applicant, first).body
    assert (returned["state"], returned["returned_on"]) == ("returned", TODAY)
    assert take_back(applicant, first).code == "OPERATION_INVALID"
    second = hand_out(applicant, person, received_by="测试寅").body
    assert [entry["id"] for entry in ledger(applicant)] == [second["id"], first["id"]]
    assert ledger(applicant, "?state=out") == [second]
    assert ledger(applicant, "?state=returned") == [returned]
    invariants.check(world)


def test_without_an_issued_card_nothing_is_handed_out(world, applicant):
    person = decided(world, applicant)
    assert hand_out(applicant, person).code == "OPERATION_INVALID"
    assert card(world, person, "making").status == 200
    form = {"card_number": f"CN{people.serial():06d}", "valid_until": "2031-11-20"}
    assert card(world, person, "made", None, **form).status == 200
    assert hand_out(applicant, person).code == "OPERATION_INVALID"
    assert card(world, person, "issued").status == 200
    entry = hand_out(applicant, person).body
    assert card(world, person, "cancelled").status == 200
    assert take_back(applicant, entry).status == 200
    assert hand_out(applicant, person).code == "OPERATION_INVALID"


@pytest.mark.parametrize(
    ("day", "code"),
    [("2026-11-20", "greater_than_equal"), ("2026-11-22", "less_than_equal"), ("21.11.", "date_parsing")],
)
def test_days_before_the_issue_or_in_the_future_are_refused(world, owner, day, code):
    person = holder(world, owner)
    assert hand_out(owner, person, handed_out_on=day).fields == {"handed_out_on": code}
    entry = hand_out(owner, person).body
    answer = take_back(owner, entry, day)
    assert (answer.status, answer.fields) == (422, {"returned_on": code})
    assert "归还日期" in answer.body["errors"][0]["message"]


def test_of_two_handovers_and_of_two_returns_at_once_one_is_recorded(world, owner):
    person = holder(world, owner)
    answers = world.together(lambda: hand_out(owner, person), lambda: hand_out(owner, person))
    assert sorted(answer.status for answer in answers) == [201, 409]
    entry = next(answer.body for answer in answers if answer.status == 201)
    answers = world.together(lambda: take_back(owner, entry), lambda: take_back(owner, entry))
    assert sorted(answer.status for answer in answers) == [200, 409]


def test_the_same_key_records_one_handover(world, applicant):
    person, key = holder(world, applicant), str(uuid.uuid4())
    form = {"received_by": RECIPIENT, "handed_out_on": TODAY}
    answers = [applicant("POST", f"/persons/{person}/card-ledger", form, Idempotency_Key=key) for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert len(ledger(applicant)) == 1


def test_the_same_key_exports_the_ledger_once(world, applicant):
    hand_out(applicant, holder(world, applicant))
    key = str(uuid.uuid4())
    answers = [applicant("POST", "/cards/ledger/export", Idempotency_Key=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [answers[0].status] * 2
    assert answers[0].body == answers[1].body
    audited = applicant.ok("GET", "/audit?limit=5")["items"]
    assert sum(entry["action"] == "card_ledger_exported" for entry in audited) == 1


def test_an_export_whose_reply_was_lost_has_an_unknown_outcome_because_the_audit_shows_it(applicant):
    key = str(uuid.uuid4())
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        lost = applicant("POST", "/cards/ledger/export", Idempotency_Key=key)
    assert (lost.status, lost.code) == (503, "OUTCOME_UNKNOWN")
    assert applicant("POST", "/cards/ledger/export", Idempotency_Key=key).status == 201
    assert applicant.ok("GET", "/audit?limit=1")["items"][0]["action"] == "card_ledger_exported"


def test_an_agent_of_scope_own_records_and_sees_the_cards_of_its_own_applications_only(world, applicant):
    theirs = holder(world, applicant)
    entry = hand_out(applicant, theirs).body
    agent = world.agent(applicant, scope="own")
    mine = holder(world, agent)
    own = hand_out(agent, mine).body
    assert hand_out(agent, theirs).code == "NOT_FOUND"
    assert take_back(agent, entry).code == "NOT_FOUND"
    assert ledger(agent) == [own]
    assert len(ledger(applicant)) == 2
    assert [row[0] for row in exported(agent)[1:]] == [mine]


def test_pages_follow_each_other_and_need_one_request_each(world, applicant):
    person = holder(world, applicant)
    ids: list[str] = []
    for _ in range(5):
        entry = hand_out(applicant, person).body
        ids.insert(0, entry["id"])
        take_back(applicant, entry)
    counted = Requests()
    page, found = applicant.ok("GET", "/cards/ledger?limit=2"), []
    while True:
        found += [entry["id"] for entry in page["items"]]
        assert not page["partial"]
        if page["next_cursor"] is None:
            break
        with counted.recording():
            page = applicant.ok("GET", f"/cards/ledger?limit=2&cursor={page['next_cursor']}")
    assert found == ids
    assert counted.operations.count("dynamodb.Query") == 2
    stranger = world.enterprise()
    cursor = applicant.ok("GET", "/cards/ledger?limit=2")["next_cursor"]
    assert stranger("GET", f"/cards/ledger?limit=2&cursor={cursor}").code == "MALFORMED"
    assert applicant("GET", f"/cards/ledger?limit=2&state=out&cursor={cursor}").code == "MALFORMED"


def exported(user):
    answer = user("POST", "/cards/ledger/export")
    assert answer.status == 201, answer.raw.decode()
    assert answer.body["filename"] == "领用登记_202611211230.xlsx"
    page: Any = load_workbook(io.BytesIO(storage.get(answer.body["url"]).content)).active
    return [[cell.value or "" for cell in row] for row in page.iter_rows()]


def test_the_exported_workbook_has_every_entry(world, applicant):
    person = holder(world, applicant)
    entry = hand_out(applicant, person, note="=1+1").body
    rows = exported(applicant)
    assert rows[0] == ["人员申请单号", "持卡人", "卡号", "领用人", "领用日期", "归还日期", "备注"]
    assert rows[1:] == [[person, entry["holder"], entry["card_number"], RECIPIENT, TODAY, "", "=1+1"]]


def test_names_are_encrypted_at_rest_and_absent_from_the_audit(world, applicant):
    person = holder(world, applicant)
    entry = hand_out(applicant, person).body
    take_back(applicant, entry)
    exported(applicant)
    stored = str(world.table())
    assert RECIPIENT not in stored
    newest = applicant.ok("GET", "/audit?limit=3")["items"]
    assert [(one["action"], one["subject"]) for one in newest] == [
        ("card_ledger_exported", ""),
        ("card_returned", person),
        ("card_handed_out", person),
    ]
    assert RECIPIENT not in str(newest)
