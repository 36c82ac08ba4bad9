"""docs/capacity.md and its figures: what is measured has a row, and the arithmetic from units to loads and money."""

import json
import re

import pytest

from benchmarks import acts, capacity, consumed, idle, loads, partitions, prices, stored, units
from benchmarks.portal import CountingWorld
from scheduled.expire_cards import expire_cards
from scheduled.look_up_persons import look_up_persons
from scheduled.purge_drafts import purge_drafts
from scheduled.remind import remind
from tests.support import logs

ROW = re.compile(r"^\| (.+?) \|", re.MULTILINE)


def operation(reads=1.0, writes=2.0, **requests):
    return {"reads": {"table": reads}, "writes": {"table": writes}, "requests": requests, "s3": {"PutObject": 3}}


@pytest.fixture
def figures():
    """Figures of which each stage of each life reads 1 unit, writes 2, and makes one request to the API."""
    stage = operation(api=1, dynamodb=2, uploads=1)
    return {
        "measured_on": "2026-11-28",
        "engine": "an engine",
        "operations": {name: operation(dynamodb=0 if name.endswith("_0") else 1) for name in acts.OPERATIONS},
        "lives": {str(persons): dict.fromkeys(acts.LIFE, stage) for persons in acts.SIZES},
        "stored": {str(persons): {"lasting": 1_000_000, "expiring": 1000} for persons in acts.SIZES},
        "largest": {"PERSON": 4096, "SEQ": 10},
        "shared_keys": [
            {"place": "work_queue", "key": "MAIL", "distinct": 1, "units": {"1": 2, "10": 20, "90": 180}},
            {"place": "item", "key": "SEQ SEQ", "distinct": 1, "units": {"1": 1, "10": 1, "90": 1}},
            {"place": "table", "key": "COUNTS#…", "distinct": 10, "units": {"1": 2, "10": 20, "90": 180}},
        ],
    }


def table_of(page, name):
    return page.partition(f"<!-- {name}: generated -->")[2].partition(f"<!-- end of {name} -->")[0]


def test_the_page_has_a_row_for_every_measured_operation():
    rows = ROW.findall(table_of(capacity.PAGE.read_text(encoding="utf-8"), "operations"))
    assert rows == ["operation", "---", *acts.OPERATIONS.values()]


def test_the_page_has_a_row_for_every_stage_of_a_life():
    rows = ROW.findall(table_of(capacity.PAGE.read_text(encoding="utf-8"), "lives"))
    assert rows == ["stage", "---", *acts.LIFE.values(), "**sum**"]


def test_every_table_of_the_page_has_been_written():
    page = capacity.PAGE.read_text(encoding="utf-8")
    assert [name for name in capacity.TABLES if not table_of(page, name).strip()] == []


def test_the_idle_month_on_the_page_is_that_of_the_template():
    page = capacity.PAGE.read_text(encoding="utf-8")
    titles = [f"| {acts.OPERATIONS[name]} |" for name in ("deliver_0", "look_up_0")]
    rows = [next(line for line in page.splitlines() if line.startswith(title)) for title in titles]
    relay, lookup = (float(row.split("|")[2]) for row in rows)
    assert table_of(page, "idle").strip() == capacity.idle_table(relay, lookup).strip()


def test_the_cost_of_a_thousand_applications_on_the_page_follows_from_its_units():
    page = capacity.PAGE.read_text(encoding="utf-8")
    (lives,) = re.findall(r"^\| \*\*sum\*\* \|(.+)\|$", table_of(page, "lives"), re.MULTILINE)
    pairs = [cell.strip(" *").split(", ") for cell in lives.split("|")]
    for place, kind in ((0, "read"), (1, "write")):
        (money,) = re.findall(rf"^\| DynamoDB, {kind} units \|(.+)\|$", table_of(page, "money"), re.MULTILINE)
        for pair, usd in zip(pairs, money.split("|"), strict=True):
            units_of_one = float(pair[place].replace(",", ""))
            assert float(usd) == pytest.approx(units_of_one * 1000 * prices.PRICES[kind].usd / 1e6, abs=0.011)


def test_an_idle_month_counts_every_metric_that_a_function_publishes(world):
    written = {
        "purge_drafts": purge_drafts,
        "expire_cards": expire_cards,
        "remind": remind,
        "look_up_persons": look_up_persons,
    }
    for name, function in written.items():
        assert sorted(idle.METRICS[name]) == sorted(published(lambda function=function: world.run(function)))
    assert sorted(idle.METRICS["deliver_mail"]) == sorted(published(world.deliver))


def published(run):
    """The metrics of the line that a run writes."""
    with logs.recorded() as caught:
        run()
    (line,) = [line for line in map(json.loads, caught.getvalue().splitlines()) if "_aws" in line]
    (described,) = line["_aws"]["CloudWatchMetrics"]
    return [metric["Name"] for metric in described["Metrics"]]


def test_the_look_up_of_an_application_counts_its_persons_side_by_side(figures):
    """16 at a time: three further requests, and 1, 2 and 12 rounds of the two for each person."""
    for persons in acts.SIZES:
        figures["operations"][f"look_up_{persons}"] = operation(dynamodb=4 + 3 + 2 * persons)
    figures["operations"]["look_up_0"] = operation(dynamodb=4)
    (load,) = [load for load in loads.of_year(figures) if load.name == "seconds of `look_up_persons`"]
    assert load.each == pytest.approx((0.80 * 4 + 0.18 * 5 + 0.02 * 15) * 0.01)
    assert load.limit == pytest.approx(45 / 60)


def test_writing_tables_leaves_the_prose_and_other_tables_as_they_are(figures):
    places = "".join(
        f"before {name}\n<!-- {name}: generated -->old<!-- end of {name} -->\n" for name in capacity.TABLES
    )
    page = capacity.renewed(f"# Title\n{places}the end", figures)
    assert page.startswith("# Title\nbefore measured\n<!-- measured: generated -->\n")
    assert page.endswith("<!-- end of items -->\nthe end")
    assert "old" not in page
    assert "| sign-in with a password | 1 | 2 | 2 | 0 | 0 | 1 | 0 |\n" in table_of(page, "operations")
    assert capacity.renewed(page, figures) == page


def test_a_page_without_the_place_of_a_table_is_refused(figures):
    with pytest.raises(ValueError, match="measured"):
        capacity.renewed("# Title", figures)


def test_a_life_is_the_sum_of_its_stages(figures):
    life = loads.life(figures, 1)
    assert life["reads"] == {"table": 8}
    assert life["writes"] == {"table": 16}
    assert life["requests"] == {"api": 8, "dynamodb": 16, "uploads": 8}


def test_a_load_is_the_mean_of_all_sizes_by_second_and_20_times_that_in_the_busy_hour(figures):
    (load,) = [load for load in loads.of_year(figures) if load.name == "requests to the API"]
    assert load.each == pytest.approx(8)
    assert load.average == pytest.approx(8 * 10_000_000 / (365 * 86_400))
    assert load.busy == pytest.approx(20 * load.average)
    assert load.headroom == pytest.approx(10_000 / load.busy)


def test_a_key_that_is_divided_has_the_headroom_of_its_parts(figures):
    counted, mail = sorted(loads.keys(figures), key=lambda key: key.place)
    assert mail.busy == counted.busy == pytest.approx(2 * 4.4 * 20 * 10_000_000 / (365 * 86_400))
    assert counted.headroom == pytest.approx(10 * mail.headroom)
    assert loads.keys(figures)[0] == mail
    assert [item.key for item in loads.items(figures)] == ["SEQ SEQ"]


def test_the_parts_of_the_mix_are_a_whole():
    assert sum(loads.MIX.values()) == pytest.approx(1)
    assert set(loads.MIX) == set(acts.SIZES)
    assert pytest.approx(4.4) == loads.PERSONS


def test_money_is_units_times_prices(figures):
    costs = prices.of_thousand(figures, 1)
    assert costs["DynamoDB, write units"] == pytest.approx(16 * 1000 * 0.625 / 1e6)
    assert costs["DynamoDB, read units"] == pytest.approx(8 * 1000 * 0.125 / 1e6)
    assert costs["DynamoDB, storage and recovery of a year"] == pytest.approx(1000 * 0.001 * 12 * 0.45)
    assert costs["S3, requests"] == pytest.approx(1000 * (8 + 24) * 0.005 / 1000)
    assert costs["API Gateway"] == pytest.approx(8 * 1000 * 3.5 / 1e6)


def test_the_ratios_compare_a_group_of_90_with_a_group_of_1(figures):
    operations = figures["operations"] | {
        "answer_90": operation(reads=3, writes=2),
        "me_after_90": operation(reads=109),
    }
    ratios = {figure["name"]: (figure["ratio"], figure["goal"]) for figure in units._ratios(operations)}
    assert ratios["one answer of an economy, group of 90 against 1: read units"] == (3, 1.2)
    assert ratios["one answer of an economy, group of 90 against 1: write units"] == (1, 1.2)
    assert ratios["GET /me, 1,440 unread messages: read units more than without"] == (108, 3)
    assert len(ratios) == 9


def test_units_are_told_apart_by_table_and_index(portal):
    from chalicelib.config import settings

    part = {
        "TableName": settings().table,
        "CapacityUnits": 9.0,
        "Table": {"CapacityUnits": 6.0},
        "GlobalSecondaryIndexes": {"by_owner": {"CapacityUnits": 2.0}, "by_stage": {"CapacityUnits": 0.0}},
    }
    assert consumed._by_place(part) == {"table": 6.0, "by_owner": 2.0}
    journal = {"TableName": settings().journal, "GlobalSecondaryIndexes": {"by_subject": {"CapacityUnits": 1.0}}}
    assert consumed._by_place({**journal, "Table": {"CapacityUnits": 2.0}}) == {
        "journal": 2.0,
        "journal.by_subject": 1.0,
    }
    assert consumed._by_place({"TableName": settings().table, "CapacityUnits": 2.0}) == {"table": 2.0}


def test_requests_are_recorded_by_the_innermost_and_every_outer_block(portal, owner):
    world = CountingWorld(portal.engine, portal.time)
    with consumed.recording_keys(world), consumed.recording(world) as outer:
        owner.ok("GET", "/me")
        with consumed.recording(world) as inner:
            owner.ok("POST", "/drafts", {"group_name": "测试团组"})
        owner.ok("GET", "/me")
    assert 0 < inner.requests["dynamodb"] < outer.requests["dynamodb"]
    assert {place for place, _ in inner.keys} >= {"table", "work_queue", "reminders"}
    assert inner.keys.items() <= outer.keys.items()


def test_the_size_of_an_item_counts_names_and_values():
    item = {"pk": {"S": "团"}, "n": {"N": "1234"}, "b": {"B": b"123"}, "m": {"M": {"a": {"BOOL": True}}}}
    assert stored.size(item) == (2 + 3) + (1 + 4) + (1 + 3) + (1 + 3 + 1 + 1 + 1)


def of_table(verb, item, **more):
    from chalicelib.config import settings

    wire = {name: {"S": value} for name, value in item.items()}
    at = {"Item": wire} if verb == "Put" else {"Key": wire}
    return {"TransactItems": [{verb: {"TableName": settings().table, **at, **more}}]}


def test_a_write_counts_under_the_keys_that_it_changes(portal):
    """A transactional write counts twice; an entry of an index once if it is new or removed, twice if it moves."""
    entries, key = partitions.Entries(), {"pk": "A", "sk": "1"}
    waiting = {**key, "queue_pk": "DESK", "queue_sk": "1"}
    own, desk, item = ("table", "A"), ("work_queue", "DESK"), {("item", "A 1"): 1}
    assert entries.written(of_table("Put", waiting)) == {own: 2, desk: 1} | item
    assert entries.written(of_table("Put", {**waiting, "more": "x" * 1500})) == {own: 4} | item
    assert entries.written(of_table("Put", {**waiting, "queue_sk": "2"})) == {own: 4, desk: 2} | item
    assert (
        entries.written(of_table("Put", {**waiting, "queue_pk": "MAIL"}))
        == {
            own: 2,
            desk: 1,
            ("work_queue", "MAIL"): 1,
        }
        | item
    )
    assert entries.written(of_table("ConditionCheck", key)) == {own: 2} | item
    assert entries.written(of_table("Delete", key)) == {own: 2, ("work_queue", "MAIL"): 1} | item
    assert entries.written(of_table("Delete", key)) == {own: 2} | item


def test_an_update_moves_and_removes_entries(portal):
    from chalicelib.config import settings

    entries, key = partitions.Entries(), {"pk": "MAIL#1", "sk": "MAIL"}
    own, queue = ("table", "MAIL#1"), ("work_queue", "MAIL")
    entries.written(of_table("Put", {**key, "queue_pk": "MAIL", "queue_sk": "1"}))
    leased = {
        "TableName": settings().table,
        "Key": {name: {"S": value} for name, value in key.items()},
        "UpdateExpression": "SET queue_sk = :until",
        "ExpressionAttributeValues": {":until": {"S": "2"}},
    }
    assert entries.written(leased) == {own: 1, queue: 2}
    done = {
        "UpdateExpression": "SET #state = :set_state REMOVE #queue_pk, #queue_sk",
        "ExpressionAttributeNames": {"#state": "state", "#queue_pk": "queue_pk", "#queue_sk": "queue_sk"},
        "ExpressionAttributeValues": {":set_state": {"S": "SENT"}},
    }
    assert entries.written(of_table("Update", key, **done)) == {own: 2, queue: 1, ("item", "MAIL#1 MAIL"): 1}
