"""Persons of new and edited applications are looked up in other open ones, beside every other act (decision 0066)."""

import json

import pytest

from chalicelib.repos.applications import indexes, lookups
from chalicelib.repos.table import table
from scheduled.look_up_persons import look_up_persons
from testing import people
from tests.support import faults, invariants, items, logs

NOTHING = {"looked_up": 0, "warned": 0, "failed": 0, "unfinished": False}
FIELDS = ["persons.0.id_number", "persons.0.passport_number"]


@pytest.fixture(autouse=True)
def _nothing_waits(portal):
    portal.run(look_up_persons)


@pytest.fixture
def owner(world):
    return world.enterprise()


@pytest.fixture
def rival(world):
    return world.enterprise()


@pytest.fixture
def officers(world):
    return world.desk("fao-hunan"), world.desk("consular")


def submitted(world, user, *persons):
    """The number of a new application of these persons, each with files of its own enterprise."""
    content = world.content(user) | {
        "persons": [person | {"attachments": world.attachments(user, "person")} for person in persons]
    }
    number: str = user.ok("POST", "/applications", {"content": content})["number"]
    return number


def doubled(world, owner, rival, persons=1):
    """The numbers of two applications of the same persons, the first of which was looked up."""
    same = [people.person() for _ in range(persons)]
    first = submitted(world, owner, *same)
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 1}
    return first, submitted(world, rival, *same)


def told(user, number):
    """The fields of the warnings on an application, as its page shows them."""
    shown = user.ok("GET", f"/applications/{number}")["warnings"]
    return [warning["field"] for warning in shown if warning["code"] == "PERSON_ELSEWHERE"]


def numbers_told(officer, number):
    shown = officer.ok("GET", f"/office/applications/{number}")["warnings"]
    return [warning["message"] for warning in shown if warning["code"] == "PERSON_ELSEWHERE"]


def header(number):
    return table.get(indexes.header_key(number)) or {}


def place(number):
    """The key of an application in the queue; None if it is not there."""
    stored = header(number)
    assert (stored.get("queue_pk") is None) == (stored.get("queue_sk") is None)
    return stored.get("queue_pk")


def waits(number):
    return "lookup_since" in header(number)


def test_a_run_stores_the_warnings_and_leaves_nothing_to_the_next_one(world, owner, rival, officers):
    first, number = doubled(world, owner, rival)
    before, history = header(number), rival.ok("GET", f"/applications/{number}/history")
    assert (told(rival, number), place(number)) == ([], indexes.LOOKUPS)
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 1, "warned": 1}
    assert (told(rival, number), told(owner, first), place(number)) == (FIELDS, [], None)
    after = header(number)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == {
        *("warnings", "lookup_since", "queue_pk", "queue_sk")
    }
    assert rival.ok("GET", f"/applications/{number}/history") == history
    assert all(f"{first}-01" in message for message in numbers_told(officers[0], number))
    [row] = officers[0].ok("POST", "/office/search", {"number": number})["items"]
    assert [warning["code"] for warning in row["warnings"]] == ["PERSON_ELSEWHERE"] * 2
    stored = world.table()
    assert world.run(look_up_persons) == NOTHING
    assert world.table() == stored
    invariants.check(world)


def test_where_nothing_is_found_only_the_wait_ends(world, owner):
    number = submitted(world, owner, people.person())
    before = header(number)
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 1}
    assert before.items() - header(number).items() == {
        (name, before[name]) for name in ("lookup_since", "queue_pk", "queue_sk")
    }


def test_of_two_applications_only_the_later_one_is_warned_even_if_one_run_sees_both(world, owner, rival):
    same = people.person()
    first, later = submitted(world, owner, same), submitted(world, rival, same)
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 2, "warned": 1}
    assert (told(owner, first), told(rival, later)) == ([], FIELDS)


def test_a_decision_during_the_look_up_holds_and_the_look_up_is_repeated(world, owner, rival, officers):
    _, number = doubled(world, owner, rival)
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: world.decide(officers[0], {"number": number})):
        assert world.run(look_up_persons) == {**NOTHING, "looked_up": 1, "warned": 1}
    shown = rival.ok("GET", f"/applications/{number}")
    assert (shown["status"], told(rival, number), place(number)) == ("CONSULAR_REVIEW", FIELDS, indexes.CONSULAR_DESK)
    assert not header(number)["queue_sk"].startswith(indexes.FOR_LOOKUP)
    invariants.check(world)


def test_an_act_that_overwrites_the_warnings_has_the_look_up_repeated(world, owner, rival, officers):
    """The decision reads the header before the run and writes it afterwards: neither refuses the other."""
    _, number = doubled(world, owner, rival)
    form = {"decision": "return", "reason": "请更正", "status_version": 1}
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: world.run(look_up_persons)):
        officers[0].ok("POST", f"/office/applications/{number}/decision", form)
    assert (told(rival, number), waits(number)) == ([], True)
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 1, "warned": 1}
    assert (told(rival, number), waits(number)) == (FIELDS, False)


def test_two_runs_at_once_come_to_the_same_result(world, owner, rival):
    _, number = doubled(world, owner, rival)
    inner = []
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: inner.append(world.run(look_up_persons))):
        outer = world.run(look_up_persons)
    assert (inner, outer) == ([{**NOTHING, "looked_up": 1, "warned": 1}], NOTHING)
    assert (told(rival, number), waits(number)) == (FIELDS, False)


def test_an_application_passed_before_its_look_up_waits_at_the_next_desk_as_any_other(world, owner, rival, officers):
    _, number = doubled(world, owner, rival)

    def at_desk():
        found = officers[1].ok("GET", "/office/desk")["items"]
        [count] = [entry["count"] for entry in found if entry["status"] == "CONSULAR_REVIEW"]
        return count

    before = at_desk()
    world.decide(officers[0], {"number": number})
    assert header(number)["queue_sk"].startswith(indexes.FOR_LOOKUP)
    assert (at_desk(), lookups.oldest()) == (before + 1, world.time())
    invariants.check(world)
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 1, "warned": 1}
    assert (at_desk(), len(numbers_told(officers[1], number)), lookups.oldest()) == (before + 1, 2, None)


def test_an_application_that_was_approved_before_its_look_up_is_looked_up(world, owner, rival, officers):
    _, number = doubled(world, owner, rival)
    for officer in officers:
        world.decide(officer, {"number": number})
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 1, "warned": 1}
    assert len(numbers_told(officers[1], number)) == 2


def test_nobody_is_looked_for_in_a_withdrawn_application(world, owner, rival):
    _, number = doubled(world, owner, rival)
    rival.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
    with world.counting() as requests:
        assert world.run(look_up_persons) == {**NOTHING, "looked_up": 1}
    # Two partitions of the queue, the application, and both partitions again for the longest wait.
    assert requests.operations.count("dynamodb.Query") == 5
    assert (told(rival, number), place(number)) == ([], None)


def test_a_rejected_application_is_looked_up_because_it_may_be_reopened(world, owner, rival, officers):
    _, number = doubled(world, owner, rival)
    world.decide(officers[0], {"number": number}, "reject", reason="材料不符")
    world.run(look_up_persons)
    world.decide(officers[0], {"number": number}, "reopen", reason="误操作")
    assert told(rival, number) == FIELDS


def test_a_person_corrected_apart_keeps_the_warnings_of_its_own_correction(world, owner, rival, officers):
    same = [people.person(), people.person()]
    submitted(world, owner, *same)
    number = submitted(world, rival, *same)
    form = {"decision": "return", "status_version": 1, "reason": "请更正"}
    version = officers[0].ok("POST", f"/office/persons/{number}-02/decision", form)["version"]
    new = people.person(attachments=world.attachments(rival, "person"))
    rival.ok("PUT", f"/persons/{number}-02/content", new, If_Match=f'"{version}"')
    world.run(look_up_persons)
    assert told(rival, number) == FIELDS


def test_an_application_whose_enterprise_is_deleted_meanwhile_is_passed_over(world, owner):
    number = submitted(world, owner, people.person())
    kept = table.query_all(indexes.partition(number))

    def delete():
        table.commit(*(table.delete((item["pk"], item["sk"])) for item in kept))

    with faults.meanwhile("dynamodb.TransactWriteItems", delete):
        assert world.run(look_up_persons) == NOTHING
    assert table.query_all(indexes.partition(number)) == []
    items.put_back(*kept)


def test_an_unreadable_application_does_not_stop_the_others_and_stays_for_the_next_run(world, owner, rival):
    damaged = submitted(world, owner, people.person())
    world.time.forward(minutes=11)
    _, number = doubled_after(world, owner, rival)
    originals = items.damaged(f"{damaged}-01")
    try:
        with logs.recorded() as log:
            assert world.run(look_up_persons) == {"looked_up": 2, "warned": 1, "failed": 1, "unfinished": False}
    finally:
        items.put_back(*originals)
    assert told(rival, number) == FIELDS
    lines = {line["event"]: line for line in map(json.loads, log.getvalue().splitlines())}
    assert lines["persons_not_looked_up"]["application"] == damaged
    # The alarm on the longest wait sees it too.
    assert lines["look_up_persons"]["oldest_seconds"] == 660
    world.time.forward(minutes=-11)
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 1}


def doubled_after(world, owner, rival):
    """Two applications of the same person, neither of which was looked up."""
    same = people.person()
    return submitted(world, owner, same), submitted(world, rival, same)


class Context:
    """An invocation of Lambda with so much time left at each look."""

    def __init__(self, *milliseconds):
        self.left = iter(milliseconds)

    def get_remaining_time_in_millis(self):
        return next(self.left, 9_000)


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_a_run_short_of_time_stops_and_the_next_one_continues(world, owner, looks):
    for _ in range(3):
        submitted(world, owner, people.person())
    event = {"version": "0", "account": "0", "region": "x", "detail": {}, "detail-type": "x", "source": "aws.events"}
    event |= {"time": world.time().isoformat(), "id": "x", "resources": []}
    counts = look_up_persons(event, Context(*[60_000] * looks))
    assert counts == {**NOTHING, "looked_up": looks, "unfinished": True}
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 3 - looks}


def test_killed_after_any_call_and_run_again_the_result_is_the_same(world, owner, rival, monkeypatch):
    # One call after the other, so that each position is the same call in every run.
    monkeypatch.setattr("chalicelib.repos.process.aws.side_by_side", lambda act, each: [act(one) for one in each])
    with faults.calls_noted() as calls:
        doubled(world, owner, rival)
        calls.clear()
        world.run(look_up_persons)
    assert "dynamodb.TransactWriteItems" in calls
    for position in range(len(calls)):
        _, number = doubled(world, owner, rival)
        with pytest.raises(faults.Killed), faults.killed_after(position):
            world.run(look_up_persons)
        world.run(look_up_persons)
        assert (told(rival, number), waits(number)) == (FIELDS, False), (position, calls[position])


def test_the_look_up_of_ninety_persons_takes_two_requests_for_each(world, owner, rival):
    """Beside them: the queue, the application, what was found, the write, and the longest wait."""
    _, number = doubled(world, owner, rival, persons=90)
    with world.counting() as requests:
        assert world.run(look_up_persons)["warned"] == 1
    requests.tell("look-up of 90 persons")
    assert len(told(rival, number)) == 180
    assert requests.operations.count("dynamodb.Query") == 2 * 90 + 2 + 1 + 2
    # Header and person of each person that was found: 50 pairs in a request.
    assert requests.operations.count("dynamodb.BatchGetItem") == 2
    assert requests.operations.count("dynamodb.TransactWriteItems") == 1


def test_more_applications_than_one_request_finds_are_looked_up(world, owner, monkeypatch):
    monkeypatch.setattr("scheduled.look_up_persons.BATCH", 2)
    numbers = [submitted(world, owner, people.person()) for _ in range(5)]
    assert world.run(look_up_persons) == {**NOTHING, "looked_up": 5}
    assert not any(map(waits, numbers))
