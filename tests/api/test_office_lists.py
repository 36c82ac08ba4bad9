"""Officers' acts by list: decisions, card events and foreign numbers, each row an act of its own."""

from collections import Counter

import pytest

from testing import people
from testing.follow_ups import CARD_END, applied, card, decided, seen, waiting
from tests.support import conflicts, faults, objects

DECISIONS, CARDS, NUMBERS = "/office/decisions", "/office/card-events", "/office/foreign-numbers"


def decision(number, decision="pass", version=1, **more):
    return {"number": number, "decision": decision, "status_version": version, **more}


def event(person, name, version, **more):
    return {"person_number": person, "event": name, "status_version": version, **more}


def sent(officer, path, *rows):
    return officer.ok("POST", path, {"rows": [*rows]})


def outcomes(reply):
    return [(row["outcome"], row["code"]) for row in reply["rows"]]


def counts(reply):
    return reply["applied"], reply["unchanged"], reply["refused"]


def holds_card_number(world, owner, consular):
    """A person whose card is being made, and the row that records it as made."""
    person = decided(world, owner)
    assert card(world, person, "making").status == 200
    row = event(person, "made", seen(owner, person)["status_version"], valid_until=CARD_END)
    return person, {**row, "card_number": f"CN{people.serial():06d}"}


# Decisions


def test_each_row_of_a_list_of_decisions_is_applied_or_refused_by_itself(world, owner, fao):
    passed, returned, rejected, moved, apart = (world.application(owner, persons=2)["number"] for _ in range(5))
    foreign = objects.application(world, owner, "fao-shaanxi").parameters["number"]
    world.decide(fao, {"number": moved}, "return", reason="请修改")
    before = world.table()
    reply = sent(
        fao,
        DECISIONS,
        decision(passed),
        decision(returned, "return", reason="照片不合格", fields=["persons.0.photo"]),
        decision(rejected, "reject", reason="不符合条件"),
        decision(moved),
        decision(f"{apart}-02", "return", reason="请修改"),
        decision(foreign),
        decision("APEC20261121999999"),
        decision(passed, "reject"),
        decision(rejected, "pass", version="1"),
        decision(returned, "agree"),
        {},
    )
    assert counts(reply) == (4, 0, 7)
    assert outcomes(reply)[:5] == [("applied", None)] * 3 + [("refused", "OPERATION_INVALID"), ("applied", None)]
    assert outcomes(reply)[5:7] == [("refused", "NOT_FOUND")] * 2
    assert outcomes(reply)[7:] == [("refused", "OPERATION_INVALID")] + [("refused", "INVALID")] * 3
    assert [row["row"] for row in reply["rows"]] == list(range(11))
    assert reply["rows"][0]["current"] == {
        "status": "CONSULAR_REVIEW",
        "status_label": "领事司审核中",
        "status_version": 2,
        "changed_at": "2026-11-21T04:30:00.000Z",
        "changed_by": "湖南省人民政府外事办公室",
    }
    assert (reply["rows"][3]["message"], reply["rows"][3]["current"]["status"]) == ("操作无效", "FAO_RETURNED")
    assert reply["rows"][9]["message"].startswith("审批结果：")
    assert {error["field"] for error in reply["rows"][10]["errors"]} == {"decision", "status_version", "number"}
    statuses = [owner.ok("GET", f"/applications/{number}")["status"] for number in (passed, returned, rejected, apart)]
    assert statuses == ["CONSULAR_REVIEW", "FAO_RETURNED", "FAO_REJECTED", "FAO_REVIEW"]
    assert [person["status"] for person in owner.ok("GET", f"/applications/{apart}")["persons"]] == [
        "FAO_REVIEW",
        "FAO_RETURNED",
    ]
    untouched = [key for key in before if foreign in key[0] or moved in key[0]]
    now = world.table()
    assert [key for key in untouched if before[key] != now[key]] == []


def test_the_second_decision_on_the_same_object_in_a_list_is_refused_and_sees_the_first(world, owner, fao):
    number = world.application(owner, persons=3)["number"]
    persons = [decision(f"{number}-{at:02d}", "return", reason="请修改") for at in (1, 2)]
    reply = sent(fao, DECISIONS, *persons, persons[0], decision(number), decision(number, "reject", reason="重复"))
    assert outcomes(reply) == [
        ("applied", None),
        ("applied", None),
        ("refused", "OPERATION_INVALID"),
        ("applied", None),
        ("refused", "OPERATION_INVALID"),
    ]
    assert reply["rows"][2]["current"]["status"] == "FAO_RETURNED"
    assert reply["rows"][4]["current"]["status"] == "CONSULAR_REVIEW"


def test_a_list_of_decisions_that_is_sent_again_changes_nothing(world, owner, fao):
    rows = [decision(world.application(owner)["number"]) for _ in range(3)]
    assert counts(sent(fao, DECISIONS, *rows)) == (3, 0, 0)
    before = world.table()
    again = sent(fao, DECISIONS, *rows)
    assert outcomes(again) == [("refused", "OPERATION_INVALID")] * 3
    assert {row["current"]["status"] for row in again["rows"]} == {"CONSULAR_REVIEW"}
    assert world.table() == before


def test_of_two_officers_with_the_same_list_each_row_is_applied_for_one_of_them(world, owner):
    numbers = [world.application(owner)["number"] for _ in range(12)]
    officers = [world.officer("fao-hunan") for _ in range(2)]
    rows = [decision(number) for number in numbers]
    calls = [
        lambda officer=officer, rows=order: officer("POST", DECISIONS, {"rows": rows})
        for officer, order in zip(officers, (rows, rows[::-1]), strict=True)
    ]
    with conflicts.of_overlapping_transactions():
        first, second = (answer.body for answer in world.together(*calls))
    pairs = zip(first["rows"], second["rows"][::-1], strict=True)
    assert {frozenset(row["outcome"] for row in pair) for pair in pairs} == {frozenset({"applied", "refused"})}
    refused = [row for reply in (first, second) for row in reply["rows"] if row["code"]]
    assert {(row["code"], row["current"]["changed_by"]) for row in refused} == {
        ("OPERATION_INVALID", "湖南省人民政府外事办公室")
    }
    for number in numbers:
        past = owner.ok("GET", f"/applications/{number}/history")["items"]
        assert [entry["action"] for entry in past] == ["pass", "submit"]


def test_the_reply_is_in_the_language_of_the_reader(world, fao):
    reply = fao.ok("POST", DECISIONS, {"rows": [decision("x", "agree")]}, Accept_Language="en")
    assert reply["rows"][0]["errors"][0]["message"].startswith("Decision: Must be one of: pass, return")


@pytest.mark.parametrize(("path", "most"), [(DECISIONS, 100), (CARDS, 500), (NUMBERS, 500)])
def test_a_list_without_rows_or_with_too_many_is_refused(world, consular, path, most):
    for count in (0, most + 1):
        answer = consular("POST", path, {"rows": [{}] * count})
        assert (answer.status, list(answer.fields)) == (422, ["rows"])


def test_a_hundred_decisions_take_one_read_and_one_transaction_each(world, owner, fao):
    numbers = [world.application(owner)["number"] for _ in range(100)]
    with world.counting() as requests:
        assert counts(sent(fao, DECISIONS, *map(decision, numbers))) == (100, 0, 0)
    # One more read is that of the session.
    assert Counter(requests.of("dynamodb")) == {"TransactWriteItems": 100, "Query": 100, "BatchGetItem": 1}


def test_conflicts_of_a_list_are_retried(world, owner, fao):
    rows = [decision(world.application(owner)["number"]) for _ in range(4)]
    with faults.cancelled("TransactionConflict", times=10):
        assert counts(sent(fao, DECISIONS, *rows)) == (4, 0, 0)


# Card events


def test_a_list_of_card_events_makes_and_hands_out_cards_and_a_repetition_changes_nothing(world, owner, consular):
    people_ = [decided(world, owner) for _ in range(2)]
    numbers = [f"CN{people.serial():06d}" for _ in people_]

    def rows(name, **more):
        found = [seen(owner, person)["status_version"] for person in people_]
        return [
            event(person, name, version, **{field: values[at] for field, values in more.items()})
            for at, (person, version) in enumerate(zip(people_, found, strict=True))
        ]

    steps = [("making", {}), ("made", {"card_number": numbers, "valid_until": [CARD_END] * 2}), ("issued", {})]
    for name, more in steps:
        batch = rows(name, **more)
        reply = sent(consular, CARDS, *batch, batch[0])
        assert outcomes(reply) == [("applied", None), ("applied", None), ("unchanged", None)]
        before = world.table()
        assert counts(sent(consular, CARDS, *batch)) == (0, 2, 0)
        assert world.table() == before
    assert [seen(owner, person)["card"]["number"] for person in people_] == numbers
    assert {seen(owner, person)["status"] for person in people_} == {"CARD_ISSUED"}


def test_another_card_number_for_a_card_that_is_made_is_refused_with_the_present_status(world, owner, consular):
    person, row = holds_card_number(world, owner, consular)
    other = {**row, "card_number": f"CN{people.serial():06d}"}
    reply = sent(consular, CARDS, row, other)
    assert outcomes(reply) == [("applied", None), ("refused", "OPERATION_INVALID")]
    assert reply["rows"][1]["current"]["status"] == "CARD_MADE"
    assert seen(owner, person)["card"]["number"] == row["card_number"]


def test_one_card_number_for_two_persons_is_refused_for_one_of_them(world, owner, consular):
    (_, first), (_, second) = (holds_card_number(world, owner, consular) for _ in range(2))
    reply = sent(consular, CARDS, first, {**second, "card_number": first["card_number"]})
    assert counts(reply) == (1, 0, 1)
    refused = next(row for row in reply["rows"] if row["outcome"] == "refused")
    assert (refused["code"], refused["errors"][0]["code"]) == ("INVALID", "CARD_NUMBER_TAKEN")
    assert refused["message"].startswith("卡号：")


def test_an_event_that_is_not_allowed_yet_is_refused_and_not_taken_for_a_repetition(world, owner, consular):
    person = waiting(world, owner, approvals=1)
    version = seen(owner, person)["status_version"]
    events = (
        event(person, "making", version),
        event(person, "issued", version),
        event(person, "cancelled", version, reason="作废"),
        event(person, "corrected", version, reason="录入有误", valid_until=CARD_END),
        event(person, "made", version, card_number="CN1", valid_until=CARD_END),
    )
    reply = sent(consular, CARDS, *events)
    assert outcomes(reply) == [("refused", "OPERATION_INVALID")] * 5


def test_the_card_of_a_follow_up_service_is_recorded_by_list(world, owner, consular):
    person = waiting(world, owner, approvals=2)
    follow_up = applied(owner, person, "early_card")
    for desk in ("fao-hunan", "consular"):
        world.decide(world.desk(desk), follow_up)
    number = f"CN{people.serial():06d}"
    for name, more in (
        ("making", {}),
        ("made", {"card_number": number, "valid_until": CARD_END}),
        ("issued", {}),
    ):
        row = event(person, name, seen(owner, person)["status_version"], **more)
        assert outcomes(sent(consular, CARDS, row, row)) == [("applied", None), ("unchanged", None)]
    assert owner.ok("GET", f"/applications/{follow_up['number']}")["status"] == "CARD_ISSUED"
    assert seen(owner, person)["card"]["early"]


def test_two_officers_with_the_same_list_of_cards_record_each_card_once(world, owner, consular):
    rows = [holds_card_number(world, owner, consular)[1] for _ in range(8)]
    officers = [world.officer("consular") for _ in range(2)]
    calls = [lambda officer=officer: officer("POST", CARDS, {"rows": rows}) for officer in officers]
    with conflicts.of_overlapping_transactions():
        replies = [answer.body for answer in world.together(*calls)]
    assert [row for reply in replies for row in reply["rows"] if row["code"]] == []
    assert sum(reply["applied"] for reply in replies) == 8
    for row in rows:
        actions = [entry["action"] for entry in seen(owner, row["person_number"])["history"]]
        assert actions.count("card_made") == 1


# Foreign numbers


def test_a_list_of_foreign_numbers_is_recorded_and_a_repetition_changes_nothing(world, owner, consular):
    persons = [waiting(world, owner) for _ in range(2)]
    rows = [{"person_number": person, "foreign_number": f"AUS-{at}"} for at, person in enumerate(persons)]
    early = f"{world.application(owner)['number']}-01"
    bad = [{"person_number": early, "foreign_number": "A1"}, {"person_number": persons[0], "foreign_number": "=1+1"}]
    reply = sent(consular, NUMBERS, *rows, *bad)
    assert outcomes(reply) == [("applied", None)] * 2 + [("refused", "OPERATION_INVALID"), ("refused", "INVALID")]
    assert reply["rows"][3]["message"].startswith("外方申请号：")
    assert [seen(owner, person)["foreign"]["number"] for person in persons] == ["AUS-0", "AUS-1"]
    before = world.table()
    assert counts(sent(consular, NUMBERS, *rows)) == (0, 2, 0)
    assert world.table() == before
    assert consular.ok("PUT", f"/office/persons/{persons[0]}/foreign-number", {"number": "AUS-0"})
    assert world.table() == before


def test_90_foreign_numbers_of_one_group_take_one_read_and_one_transaction_each(world, owner, consular):
    number = world.approved(owner, persons=90)["number"]
    rows = [{"person_number": f"{number}-{at:02d}", "foreign_number": f"F{at}"} for at in range(1, 91)]
    with world.counting() as requests:
        assert counts(sent(consular, NUMBERS, *rows)) == (90, 0, 0)
    assert Counter(requests.of("dynamodb")) == {"TransactWriteItems": 90, "BatchGetItem": 91}


@pytest.mark.parametrize("path", [CARDS, NUMBERS])
def test_an_office_cannot_record_cards_or_foreign_numbers_by_list(fao, path):
    assert fao("POST", path, {"rows": [{}]}).code == "FORBIDDEN"
