"""Import of the economies' decisions for many persons, and statistics of their processing times."""

import itertools
from collections import Counter
from datetime import UTC, datetime
from itertools import batched

import pytest

from testing.follow_ups import SIXTEEN, decided, economy, seen, waiting
from testing.world import PASSWORD
from tests.support import faults

FIELDS = ("answers", "median_days", "ninth_decile_days")


def row(person, code="SGP", decision="approved", **more):
    return {"person_number": person, "economy": code, "decision": decision, **more}


def send(officer, rows):
    return officer.ok("POST", "/office/economies/import", {"rows": rows})


# Import


def test_an_answer_that_another_officer_has_recorded_meanwhile_is_not_replaced(world, owner, consular):
    person = waiting(world, owner)
    economy(world, person, "SGP", "approved", valid_until="2029-12-31")
    reply = send(
        consular,
        [
            row(person, "SGP", "refused", seen="pending"),
            row(person, "SGP", "approved", seen="pending"),
            row(person, "SGP", "approved", seen="pending", valid_until="2029-12-31"),
            row(person, "JPN", "locked", seen="pending"),
            row(person, "SGP", "refused", seen="approved"),
            row(person, "JPN", "refused"),
            row(person, "JPN", "refused", seen="no"),
        ],
    )
    assert (reply["applied"], reply["unchanged"]) == (3, 1)
    assert [(failed["row"], failed["code"]) for failed in reply["failed"]] == [(i, "INVALID") for i in (0, 1, 6)]
    assert "他人已于2026-" in reply["failed"][0]["message"]
    answers = {entry["code"]: entry["decision"] for entry in seen(owner, person)["economies"] if entry["decided_at"]}
    assert answers == {"SGP": "refused", "JPN": "refused"}


def test_an_import_applies_each_row_and_a_repeated_import_changes_nothing(world, owner, consular):
    number = world.approved(owner, persons=3)["number"]
    rows = [
        row(f"{number}-01", "SGP", valid_until="2029-12-31"),
        row(f"{number}-02", "SGP", "refused"),
        row(f"{number}-03", "SGP", "locked"),
        row(f"{number}-01", "JPN", "approved"),
        row(f"{number}-02", "JPN", "pending"),
    ]
    assert send(consular, rows) == {"applied": 4, "unchanged": 1, "failed": [], "warned": []}
    answers = {
        (position, economy["code"]): (economy["decision_label"], economy["valid_until"])
        for position in (1, 2, 3)
        for economy in seen(owner, f"{number}-{position:02d}")["economies"]
        if economy["state"] == "decided"
    }
    assert answers == {
        (1, "SGP"): ("批准", "2029-12-31"),
        (1, "JPN"): ("批准", None),
        (2, "SGP"): ("拒签", None),
        (3, "SGP"): ("锁定", None),
    }
    before = world.table()
    assert send(consular, rows) == {"applied": 0, "unchanged": 5, "failed": [], "warned": []}
    assert world.table() == before


def test_numbers_of_persons_are_understood_in_the_spelling_of_a_sheet(world, owner, consular):
    number = world.approved(owner, persons=2)["number"]
    rows = [
        row(f" {number.lower()}－01 ", "SGP"),
        row(f"{number[:4]} {number[4:]}–01", " sgp ", "refused"),
        row(f"{number}\u200b-02", "ＪＰＮ"),
    ]
    assert send(consular, rows) == {"applied": 3, "unchanged": 0, "failed": [], "warned": []}
    answers = [
        {entry["code"]: entry["decision"] for entry in seen(owner, person)["economies"] if entry["decided_at"]}
        for person in (f"{number}-01", f"{number}-02")
    ]
    assert answers == [{"SGP": "refused"}, {"JPN": "approved"}]


def test_a_failed_row_is_reported_with_its_reason_and_the_others_are_applied(world, owner, consular):
    person, early = waiting(world, owner), f"{world.application(owner)['number']}-01"
    rows = [
        row(person, "AUS"),
        row("APEC20261121999999-01"),
        row(person, "CHN"),
        row(person, decision="maybe"),
        row(person, "BRN"),
        row(early),
        row(person, valid_until="2027-02-29"),
        {"person_number": person, "economy": "SGP"},
        row(person, remark="x"),
        {},
        row("x" * 300),
        row(person, "CHL"),
    ]
    reply = send(consular, rows)
    assert (reply["applied"], reply["unchanged"]) == (3, 0)
    assert [(failure["row"], failure["code"]) for failure in reply["failed"]] == [
        (1, "NOT_FOUND"),
        (2, "INVALID"),
        (3, "INVALID"),
        (5, "OPERATION_INVALID"),
        (6, "INVALID"),
        (7, "INVALID"),
        (8, "INVALID"),
        (9, "INVALID"),
        (10, "INVALID"),
    ]
    messages = {failure["row"]: failure["message"] for failure in reply["failed"]}
    assert messages[1] == "未找到所请求的内容。"
    assert messages[5] == "操作无效"
    assert messages[2].startswith("经济体：")
    assert messages[3].startswith("审批结果：")
    assert messages[7].startswith("审批结果：")
    assert messages[9].count("；") == 2
    assert all("一" <= message[0] <= "鿿" or message.startswith("remark") for message in messages.values()), messages


@pytest.mark.parametrize("count", [0, 501])
def test_an_import_of_no_row_or_more_than_500_rows_is_refused(world, consular, count):
    before = world.table()
    answer = consular("POST", "/office/economies/import", {"rows": [row("APEC20261121999999-01")] * count})
    assert (answer.status, list(answer.fields)) == (422, ["rows"])
    assert world.table() == before


def test_500_rows_of_32_persons_take_one_read_for_each_person_and_one_transaction_each(world, owner, consular):
    number = world.approved(owner, persons=32)["number"]
    people = [f"{number}-{position:02d}" for position in range(1, 33)]
    rows = [row(person, code) for person in people for code in SIXTEEN][:500]
    with world.counting() as requests:
        assert send(consular, rows) == {"applied": 500, "unchanged": 0, "failed": [], "warned": []}
    made = Counter(requests.of("dynamodb"))
    # One more read is that of the session.
    assert made == {"TransactWriteItems": 500, "BatchGetItem": 32 + 1}
    statuses = [person["status"] for person in owner.ok("GET", f"/applications/{number}")["persons"]]
    assert statuses == ["ECONOMY_DONE"] * 31 + ["ECONOMY_REVIEW"]


class Standing:
    """The monotonic clock by which the age of requests is measured; it stands still until a test moves it."""

    now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def machine_time(monkeypatch):
    from chalicelib.repos.process import aws

    standing = Standing()
    monkeypatch.setattr(aws, "time", standing)
    return standing


def import_that_grows_old(consular, rows, machine_time, age):
    """Import rows; after the third one the request has this age in seconds."""
    count = itertools.count(1)

    def grow_old(**_):
        if next(count) == 3:
            machine_time.now = age

    with faults.beside("dynamodb.TransactWriteItems", grow_old):
        return send(consular, rows)


def test_rows_that_an_import_does_not_reach_in_time_are_refused_and_can_be_imported_again(
    world, owner, consular, machine_time
):
    person = waiting(world, owner)
    rows = [row(person, code) for code in SIXTEEN[:8]]
    reply = import_that_grows_old(consular, rows, machine_time, 20.1)
    assert (reply["applied"], reply["unchanged"]) == (3, 0)
    assert [(failure["row"], failure["code"]) for failure in reply["failed"]] == [
        (position, "UNAVAILABLE") for position in range(3, 8)
    ]
    assert send(consular, rows) == {"applied": 5, "unchanged": 3, "failed": [], "warned": []}


def test_an_import_applies_rows_for_twenty_seconds_and_retries_conflicts_until_then(
    world, owner, consular, machine_time
):
    person = waiting(world, owner)
    rows = [row(person, code) for code in SIXTEEN[:8]]
    with faults.cancelled("TransactionConflict", times=10):
        reply = import_that_grows_old(consular, rows, machine_time, 19.0)
    assert reply == {"applied": 8, "unchanged": 0, "failed": [], "warned": []}


def test_concurrent_equal_imports_apply_each_row_once(world, owner, consular):
    person = waiting(world, owner)
    rows = [row(person, code) for code in SIXTEEN]
    replies = [answer.body for answer in world.together(*[lambda: _post(consular, rows)] * 2)]
    assert [reply["failed"] for reply in replies] == [[], []]
    assert sum(reply["applied"] for reply in replies) == sum(reply["unchanged"] for reply in replies) == 16
    history = [event["economy"] for event in seen(owner, person)["history"] if event["action"] == "decide_economy"]
    assert sorted(history) == sorted(SIXTEEN)
    assert seen(owner, person)["status"] == "ECONOMY_DONE"


def _post(officer, rows):
    return officer("POST", "/office/economies/import", {"rows": rows})


def test_the_last_of_several_rows_for_a_person_and_economy_wins(world, owner, consular):
    people = [waiting(world, owner) for _ in range(4)]
    rows = [
        row(person, code, decision) for code in SIXTEEN for decision in ("refused", "approved") for person in people
    ]
    assert send(consular, rows) == {"applied": 128, "unchanged": 0, "failed": [], "warned": []}
    for person in people:
        assert {answer["decision"] for answer in seen(owner, person)["economies"]} == {"approved"}


# Statistics


@pytest.fixture
def empty_statistics(world):
    """Start without counted decisions, and delete those of the test afterwards."""
    from chalicelib.repos.applications import statistics
    from chalicelib.repos.table import table

    def clear():
        for batch in batched(statistics.items(), 100):
            table.commit(*(table.delete((item["pk"], item["sk"])) for item in batch))

    clear()
    yield
    clear()


def count(month, code, days):
    from chalicelib.repos.applications import statistics
    from chalicelib.repos.table import table

    add = {f"days_{length}": number for length, number in days.items()}
    table.commit(table.change((statistics.PARTITION, f"{month}#{code}"), add=add))


def shown(user, code="SGP"):
    items = user.ok("GET", "/statistics/economies")["items"]
    return next(tuple(statistic[name] for name in FIELDS) for statistic in items if statistic["code"] == code)


def test_statistics_are_shown_from_20_decisions(world, owner, empty_statistics):
    count("202610", "SGP", {10: 9, 20: 8, 60: 2})
    assert shown(owner) == (None, None, None)
    count("202611", "SGP", {10: 1})
    assert shown(owner) == (20, 10, 20)
    assert shown(owner, "JPN") == (None, None, None)
    reply = owner.ok("GET", "/statistics/economies")
    assert (reply["months"], reply["shown_from"]) == (24, 20)
    assert {statistic["code"] for statistic in reply["items"]} == set(SIXTEEN)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (dict.fromkeys(range(1, 21), 1), (20, 10, 18)),
        (dict.fromkeys(range(1, 22), 1), (21, 11, 19)),
        ({0: 20}, (20, 0, 0)),
        ({5: 18, 100: 2}, (20, 5, 5)),
        ({5: 17, 100: 3}, (20, 5, 100)),
        ({5: 50, 30: 40, 90: 10}, (100, 5, 30)),
    ],
)
def test_median_and_ninth_decile_are_the_smallest_sufficient_numbers_of_days(
    world, owner, empty_statistics, days, expected
):
    count("202611", "SGP", days)
    assert shown(owner) == expected


def test_statistics_cover_the_last_24_months(world, owner, empty_statistics):
    count("202410", "SGP", {500: 20})
    count("202411", "SGP", {7: 19})
    assert shown(owner) == (None, None, None)
    count("202412", "SGP", {7: 1})
    assert shown(owner) == (20, 7, 7)
    world.time.moment = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    in_december = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    assert shown(in_december) == (None, None, None)


def test_a_decision_is_counted_and_a_return_to_pending_removes_it(world, owner, empty_statistics):
    person = waiting(world, owner)
    count("202611", "SGP", {3: 19})
    assert shown(owner) == (None, None, None)
    world.time.forward(minutes=20)
    economy(world, person)
    assert shown(owner) == (20, 3, 3)
    economy(world, person, decision="pending")
    assert shown(owner) == (None, None, None)
    economy(world, person, decision="refused")
    economy(world, person, decision="refused")
    assert shown(owner) == (20, 3, 3)


def test_a_changed_decision_is_counted_once_and_removed_completely(world, owner, empty_statistics):
    from chalicelib.repos.applications import statistics

    person = waiting(world, owner)
    officer = world.desk("consular").account["login"]
    for days, decision in ((10, "approved"), (20, "refused"), (15, "pending")):
        world.time.forward(days=days)
        world.sign_in("officer", officer, PASSWORD).ok(
            "PUT", f"/office/persons/{person}/economies/SGP", {"decision": decision}
        )
    left: Counter[str] = Counter()
    for item in statistics.items():
        if "#SGP" in item["sk"]:
            left.update({name: count for name, count in item.items() if name.startswith("days_")})
    assert +left == -left == Counter()


def test_every_signed_in_account_sees_the_statistics_without_personal_data(world, owner, consular, empty_statistics):
    decided(world, owner)
    for user in (owner, world.agent(owner, scope="own"), world.desk("fao-hunan"), consular):
        items = user.ok("GET", "/statistics/economies")["items"]
        assert {tuple(statistic) for statistic in items} == {("code", "name", *FIELDS, "known_days")}
        assert {statistic[name] for statistic in items for name in FIELDS} == {None}
    assert world.anybody("GET", "/statistics/economies").status == 401
