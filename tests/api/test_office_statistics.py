"""统计 of offices over HTTP; an oracle counts the same from the whole journal by itself."""

import io
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook

from chalicelib.rules.accounts import quotas
from chalicelib.rules.base import limits
from scheduled.expire_cards import expire_cards
from testing.follow_ups import applied, passport, waiting
from testing.world import PASSWORD, storage
from tests.api.test_quotas import use_up
from tests.support import faults, logs

PATH = "/office/statistics"
NIGHT = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
"""Half past midnight in China on 2026-11-22, when the run counts the day before."""


@pytest.fixture(autouse=True)
def _no_totals(world):
    """The totals of other tests are not those of this one; entries of theirs remain in the journal."""
    from chalicelib.repos.applications import office_statistics
    from chalicelib.repos.table import table

    yield
    found = table.query_all(office_statistics.PARTITION)
    if found:
        table.commit(*(table.delete((item["pk"], item["sk"])) for item in found))


def at_night(world, days=0):
    world.time.moment = NIGHT + timedelta(days=days)
    return world.run(expire_cards)


def shown(officer, query=""):
    return officer.ok("GET", PATH + query)


def signed_in(world, office):
    """An officer with a session of now."""
    return world.sign_in("officer", world.desk(office).account["login"], PASSWORD)


# The oracle: other code, other items. It reads every application and every entry.


def days_of_the_journal(world):
    """The days in China on which something counts."""
    return {day for day, *_ in counted_entries(world)}


def from_the_journal(world, until):
    """By office and month: submissions, persons, decisions of both desks, and fields named by returns."""
    found: Counter[tuple[str, ...]] = Counter()
    for day, office, item in counted_entries(world):
        if day > until:
            continue
        month = day[:7]
        if item["action"] == "submit":
            found[office, month, "submitted"] += 1
            found[office, month, item["service"]] += 1
            continue
        desk = {"FAO_REVIEW": "fao", "CONSULAR_REVIEW": "consular"}[item["origin"]]
        found[office, month, desk, item["action"]] += 1
        if item["action"] == "return":
            names = {path.rstrip("0123456789.").split(".")[-1] for path in item.get("fields", [])}
            for name in names or {"none"}:
                found[office, desk, name] += 1
    return found


def counted_entries(world):
    """Day, office and item of each submission and each decision of a review."""
    from chalicelib.repos.table import table

    items = [table.load(item) for item in (strip(each) for each in world.table().values())]
    offices = {item["pk"][4:]: item["office"] for item in items if item.get("kind") == "header"}
    for item in items:
        if not item["pk"].startswith("HISTORY#"):
            continue
        is_decision = item["action"] in ("pass", "return", "reject") and item.get("origin", "").endswith("_REVIEW")
        if item["action"] == "submit" or is_decision:
            local = datetime.fromisoformat(item["sk"].split("#")[0]) + timedelta(hours=8)
            yield local.strftime("%Y-%m-%d"), offices[item["pk"][8:]], item


def strip(item):
    return {name: value for name, value in item.items() if value is not None}


def from_the_api(reply):
    found: Counter[tuple[str, ...]] = Counter()
    for row in reply["items"]:
        key = row["office"], row["month"]
        found[*key, "submitted"] += row["submitted"]
        for service in row["services"]:
            found[*key, service["service"]] += service["submitted"]
        for desk in row["desks"]:
            for action, name in (("pass", "passed"), ("return", "returned"), ("reject", "rejected")):
                found[*key, desk["desk"], action] += desk[name]
    for field in reply["fields"]:
        found[field["office"], field["desk"], field["field"]] += field["returns"]
    return +found


def as_the_journal(world):
    """The consular department sees what the journal has up to the day that is counted."""
    reply = shown(signed_in(world, "consular"))
    counted = from_the_journal(world, reply["counted_until"])
    assert from_the_api(reply) == counted
    assert counted


# Scenario


def much_happens(world):
    """Applications of two offices, of several services and months, decided in every way by both desks."""
    owner, hunan, consular = world.enterprise(), world.desk("fao-hunan"), world.desk("consular")
    hubei = world.officer("fao-hubei")
    group = world.application(owner, persons=3)
    world.decide(hunan, group, "return", reason="请修改", fields=["persons.0.title", "persons.2.title", "reason"])
    owner.ok("POST", f"/applications/{group['number']}/resubmit", {"status_version": 2})
    world.decide(hunan, group)
    world.decide(consular, group, "return", reason="照片不清晰", fields=["persons.1.photo"])
    plain = world.application(owner)
    world.decide(hunan, plain, "return", reason="请说明")
    person = f"{world.application(owner, persons=2)['number']}-02"
    version = hunan.ok("GET", f"/office/persons/{person}")["status_version"]
    apart = {"decision": "return", "reason": "照片不合格", "fields": ["photo"], "status_version": version}
    hunan.ok("POST", f"/office/persons/{person}/decision", apart)
    elsewhere = world.application(owner, office="fao-hubei")
    world.decide(hubei, elsewhere, "reject", reason="材料不实")
    follow_up = applied(owner, waiting(world, owner), "change_passport", reason="到期", **passport())
    world.decide(hunan, follow_up, "return", reason="请修改", fields=["passport_number"])
    world.time.forward(days=12)
    owner = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    world.decide(signed_in(world, "fao-hunan"), world.application(owner))
    return owner


def test_the_numbers_are_those_that_the_journal_has(world):
    much_happens(world)
    at_night(world, days=12)
    reply = shown(signed_in(world, "consular"), "?from_month=2024-11&to_month=2026-12")
    assert from_the_api(reply) == from_the_journal(world, "2026-12-03")
    assert {row["month"] for row in reply["items"]} == {"2026-11", "2026-12"}
    assert {row["office"] for row in reply["items"]} == {"fao-hunan", "fao-hubei"}
    assert reply["counted_until"] == "2026-12-03"


def test_every_night_adds_its_day_and_no_entry_is_counted_twice(world):
    much_happens(world)
    for night in (0, 0, 1, 12, 12):
        at_night(world, night)
    as_the_journal(world)


def test_an_application_is_shown_with_its_persons_service_and_share_of_returns(world, owner):
    """At an office for which no other test acts on 2026-11-22."""
    application = world.application(owner, persons=3, office="fao-hubei")
    at_night(world)
    before = shown(signed_in(world, "fao-hubei"))["items"][0]
    at = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    world.time.moment = at
    again = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    fao = signed_in(world, "fao-hubei")
    fresh = world.application(again, persons=2, office="fao-hubei")
    world.decide(fao, fresh, "return", reason="请修改", fields=["reason", "reason"])
    world.decide(fao, application, "pass")
    at_night(world, 1)
    after = shown(signed_in(world, "fao-hubei"))["items"][0]
    assert after["submitted"] - before["submitted"] == 1
    assert after["persons"] - before["persons"] == 2
    own_before, own = before["desks"][0], after["desks"][0]
    assert own["desk"] == "fao"
    assert (own["passed"] - own_before["passed"], own["returned"] - own_before["returned"]) == (1, 1)
    decided = own["passed"] + own["returned"] + own["rejected"]
    assert own["returned_share"] == round(own["returned"] / decided, 3)


def test_the_day_of_today_is_not_counted_yet_and_says_so(world, owner):
    assert shown(signed_in(world, "fao-hunan")) == {
        "from_month": "2025-12",
        "to_month": "2026-11",
        "counted_until": None,
        "items": [],
        "fields": [],
    }
    at_night(world)
    world.application(world.sign_in("enterprise", owner.account["login"], PASSWORD))
    reply = shown(signed_in(world, "consular"))
    assert reply["counted_until"] == "2026-11-21"
    assert from_the_api(reply) == from_the_journal(world, "2026-11-21") != from_the_journal(world, "2026-11-22")


def test_officers_of_an_office_see_their_own_numbers_only(world):
    much_happens(world)
    at_night(world, days=12)
    hunan, hubei = shown(signed_in(world, "fao-hunan")), shown(signed_in(world, "fao-hubei"))
    everything = from_the_journal(world, "2026-12-03")
    assert from_the_api(hunan) == {key: number for key, number in everything.items() if key[0] == "fao-hunan"}
    assert from_the_api(hubei) == {key: number for key, number in everything.items() if key[0] == "fao-hubei"}
    assert {row["office_name"] for row in hunan["items"]} == {"湖南省人民政府外事办公室"}
    assert signed_in(world, "fao-hunan")("GET", f"{PATH}?office=fao-hubei").code == "INVALID"


def test_enterprises_see_no_numbers_of_offices(world, owner):
    assert owner("GET", PATH).status == 403
    assert owner("POST", f"{PATH}/export").status == 403


def test_fields_and_offices_have_names_in_both_languages(world):
    much_happens(world)
    at_night(world, days=12)
    officer = signed_in(world, "fao-hunan")
    fields = {row["field"]: row["label"] for row in shown(officer)["fields"]}
    assert fields == {
        "title": "职务",
        "reason": "申请事由",
        "photo": "照片",
        "passport_number": "护照号",
        "none": "未指明内容",
    }
    english = officer.ok("GET", PATH, Accept_Language="en")
    assert {row["label"] for row in english["fields"]} >= {"Job title", "No field named"}


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("?from_month=2026-13", "from_month", "MONTH"),
        ("?from_month=2026-1", "from_month", "MONTH"),
        ("?to_month=11/2026", "to_month", "MONTH"),
        ("?from_month=0000-01", "from_month", "MONTH"),
        ("?from_month=2026-11&to_month=2026-10", "to_month", "greater_than_equal"),
        ("?from_month=2023-11&to_month=2026-11", "to_month", "PERIOD_LONG"),
    ],
)
def test_a_period_that_is_none_is_refused(world, fao, query, field, code):
    answer = fao("GET", PATH + query)
    assert (answer.status, [(error["field"], error["code"]) for error in answer.body["errors"]]) == (
        422,
        [(field, code)],
    )


def test_a_period_may_have_one_month_or_36_and_a_missing_end_means_twelve(world, fao):
    def period(query):
        reply = shown(fao, query)
        return reply["from_month"], reply["to_month"]

    assert period("?from_month=2026-11&to_month=2026-11") == ("2026-11", "2026-11")
    assert period("?from_month=2023-12&to_month=2026-11") == ("2023-12", "2026-11")
    assert period("?from_month=2025-01") == ("2025-01", "2025-12")
    assert period("?to_month=2025-03") == ("2024-04", "2025-03")


# The run


def test_acts_write_no_counter_of_an_office(world, owner):
    """What is counted is the entry of the journal, which no other object shares (docs/decisions/0044)."""
    written = []
    with world.counting() as requests:
        application = world.application(owner)
        world.decide(world.desk("fao-hunan"), application, "return", reason="请修改", fields=["reason"])
    written += [item for item in world.table() if item[0].startswith("OFFICES")]
    assert written == []
    assert requests.operations.count("dynamodb.TransactWriteItems") > 0


@pytest.mark.parametrize("step", range(6))
def test_a_run_that_is_killed_anywhere_counts_nothing_twice_and_the_next_one_goes_on(world, owner, step):
    from chalicelib.repos.applications import office_statistics

    world.application(owner)
    with suppress(faults.Killed), faults.killed_after(step):
        office_statistics.count_days(NIGHT, lambda: False)
    office_statistics.count_days(NIGHT, lambda: False)
    world.time.moment = NIGHT
    as_the_journal(world)


def test_two_runs_at_once_count_a_day_once(world, owner):
    from chalicelib.repos.applications import office_statistics

    world.application(owner)

    def run():
        return office_statistics.count_days(NIGHT, lambda: False)

    with faults.meanwhile("dynamodb.TransactWriteItems", run):
        assert run() == 0
    assert office_statistics.counted_until() is not None
    world.time.moment = NIGHT
    as_the_journal(world)


def test_a_run_short_of_time_stops_before_the_next_day(world, owner):
    from chalicelib.repos.applications import office_statistics

    world.application(owner)
    assert office_statistics.count_days(NIGHT, lambda: True) == 0
    assert office_statistics.counted_until() is None


def test_an_entry_that_cannot_be_read_is_named_and_stops_no_other(world, owner):
    from chalicelib.repos.applications import office_statistics
    from chalicelib.repos.table import table

    number = world.application(owner)["number"]
    (entry,) = table.query_all(f"HISTORY#{number}")
    table.commit(table.put({**entry, "service": "no such service"}))
    try:
        with logs.recorded() as log:
            office_statistics.count_days(NIGHT, lambda: False)
        assert '"event": "review_unreadable"' in log.getvalue()
        world.time.moment = NIGHT
        counted = from_the_journal(world, "2026-11-21")
        shown_now = from_the_api(shown(signed_in(world, "consular")))
        assert shown_now["fao-hunan", "2026-11", "submitted"] == counted["fao-hunan", "2026-11", "submitted"] - 1
    finally:
        table.commit(table.put(entry))


def test_nights_without_a_run_are_made_up_for(world, owner):
    world.application(owner)
    world.time.forward(days=3)
    world.application(world.sign_in("enterprise", owner.account["login"], PASSWORD))
    with logs.recorded() as log:
        at_night(world, 30)
    days = days_of_the_journal(world)
    assert len(days) > 1
    assert f'"days": {len(days)}' in log.getvalue()
    as_the_journal(world)


def test_a_day_of_all_offices_fits_into_one_transaction():
    from chalicelib import data

    assert len(data.offices()) + 1 <= limits.TRANSACTION_ACTIONS


def test_reading_takes_two_requests_however_many_applications_there_are(world, owner):
    for _ in range(3):
        world.application(owner)
    at_night(world)
    for office in ("fao-hunan", "consular"):
        officer = signed_in(world, office)
        shown(officer)
        with world.counting() as requests:
            shown(officer)
        assert len([name for name in requests.operations if name.startswith("dynamodb.")]) == 2 + 1  # the session


# The workbook


def test_the_workbook_has_the_numbers_the_fields_and_the_economies(world):
    much_happens(world)
    at_night(world, days=12)
    officer = signed_in(world, "consular")
    reply = officer.ok("POST", f"{PATH}/export", {"from_month": "2026-10", "to_month": "2026-12"})
    assert reply["filename"] == "统计_202610-202612.xlsx"
    book = load_workbook(io.BytesIO(storage.get(reply["url"]).content))
    assert book.sheetnames == ["各外办按月", "退回所指内容", "经济体审批用时（24个月）"]
    months, fields, economies = ([list(row) for row in page.iter_rows(values_only=True)] for page in book.worksheets)
    assert months[0][:3] == ["外办", "月份", "提交申请单"]
    assert months[0][-8:-4] == ["外办通过", "外办退回", "外办不通过", "外办退回占比"]
    known = shown(officer)
    assert [(row[1], row[2], row[8]) for row in months[1:]] == [
        (row["month"], row["submitted"], row["persons"]) for row in known["items"]
    ]
    assert [row[2:] for row in fields[1:]] == [[row["label"], row["returns"]] for row in known["fields"]]
    assert len(economies) == 1 + 16
    assert {type(row[2]) for row in months[1:]} == {int}


def test_an_export_of_one_office_has_its_own_numbers_and_counts_as_an_export(world):
    much_happens(world)
    at_night(world, days=12)
    officer = signed_in(world, "fao-hubei")
    book = load_workbook(io.BytesIO(storage.get(officer.ok("POST", f"{PATH}/export")["url"]).content))
    assert {row[0].value for row in book.worksheets[0].iter_rows(min_row=2)} == {"湖北省人民政府外事办公室"}
    use_up(world, officer, quotas.EXPORTS)
    assert officer("POST", f"{PATH}/export").code == "TOO_MANY_REQUESTS"
