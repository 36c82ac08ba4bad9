"""Open waits for economies over HTTP: how the counts follow the persons, and forecasts in the detail of a person."""

from itertools import batched

import pytest

from operations.integrity import applications
from operations.integrity.breaches import Breaches
from testing.counting import Requests
from testing.follow_ups import SIXTEEN, applied, economy, holder, seen, waiting
from testing.world import PASSWORD
from tests.support import faults, invariants


@pytest.fixture(autouse=True)
def statistics(world):
    """The counts, empty before and after each test, and not remembered by the process."""
    from chalicelib.repos.applications import statistics
    from chalicelib.repos.table import table

    def clear():
        for batch in batched(statistics.items(), 100):
            table.commit(*(table.delete((item["pk"], item["sk"])) for item in batch))
        statistics.forget()

    clear()
    yield statistics
    clear()


def count(statistics, code="SGP", month="202610", **counts):
    """Count waits of others."""
    from chalicelib.repos.table import table

    table.commit(table.change((statistics.PARTITION, f"{month}#{code}"), add=counts))


def unanswered(world, statistics, code="SGP"):
    return statistics.of_last_months(world.time())[code].unanswered


def forecasts(user, person):
    return {each["code"]: each["forecast"] for each in seen(user, person)["economies"]}


def again(world, user):
    """The user, signed in after some days."""
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


HUNDRED = {f"days_{days}": 1 for days in range(1, 101)} | {"ended_01": 100}


def test_the_persons_of_a_group_wait_for_all_16_economies_from_its_approval_on(world, owner, statistics):
    world.application(owner)
    assert unanswered(world, statistics) == {}
    world.approved(owner, persons=3)
    assert {code: unanswered(world, statistics, code) for code in SIXTEEN} == {code: {0: 3} for code in SIXTEEN}
    world.time.forward(days=9)
    assert unanswered(world, statistics, "JPN") == {9: 3}


def test_an_answer_ends_one_wait_and_a_correction_to_pending_opens_it_again(world, owner, statistics):
    person = waiting(world, owner)
    economy(world, person)
    assert (unanswered(world, statistics), unanswered(world, statistics, "JPN")) == ({}, {0: 1})
    economy(world, person, decision="pending")
    assert unanswered(world, statistics) == {0: 1}


def with_an_open_wait(world, owner):
    """The holder of a card about whom the answer of Singapore was corrected to pending."""
    person = holder(world, owner)
    economy(world, person, decision="pending")
    return person


@pytest.mark.parametrize("way", ["by the department", "by a follow-up service"])
def test_the_wait_of_a_person_whose_card_is_cancelled_ends_on_that_day(world, owner, statistics, way):
    person = with_an_open_wait(world, owner)
    assert unanswered(world, statistics) == {0: 1}
    world.time.forward(days=5)
    user, fao, consular = (again(world, one) for one in (owner, world.desk("fao-hunan"), world.desk("consular")))
    if way == "by the department":
        form = {"event": "cancelled", "status_version": seen(user, person)["status_version"]}
        consular.ok("POST", f"/office/persons/{person}/card", form)
    else:
        follow_up = applied(user, person, "cancel_card")
        world.decide(fao, follow_up)
        world.decide(consular, follow_up)
    assert seen(user, person)["status"] == "CANCELLED"
    world.time.forward(days=5)
    assert unanswered(world, statistics) == {5: 1}


def found_about_statistics(world):
    """What `operations.check` finds about the counts."""
    breaches = Breaches()
    applications.check(invariants.read(world), breaches)
    return {line for line in breaches.lines if "statistics" in line}


def test_a_lost_reply_counts_a_beginning_and_an_answer_once(world, owner, statistics):
    application = world.application(owner)
    person = f"{application['number']}-01"
    world.decide(world.desk("fao-hunan"), application)
    with faults.answered("lost"):
        world.decide(world.desk("consular"), application)
    assert unanswered(world, statistics) == {0: 1}
    with faults.answered("lost"):
        economy(world, person)
    waits = statistics.of_last_months(world.time())["SGP"]
    assert (waits.answered, waits.unanswered) == ({0: 1}, {})


def test_the_counts_agree_with_all_persons(world, owner, statistics):
    """The rule of `operations.check` finds a count that no person explains, and a person that is not counted."""
    before = found_about_statistics(world)  # applications of other tests, whose counts this module has deleted
    person = waiting(world, owner)
    economy(world, person)
    assert found_about_statistics(world) == before
    count(statistics, month="202509", ended_03=1)
    assert found_about_statistics(world) - before


# Forecasts


def test_a_pending_answer_has_a_forecast_from_the_waits_of_others(world, owner, consular, statistics):
    count(statistics, **HUNDRED)
    person = waiting(world, owner)
    expected = {"from_days": 10, "to_days": 90, "share": 0.8, "cases": 100}
    first = forecasts(owner, person)
    assert first.pop("SGP") == expected
    assert set(first.values()) == {None}
    shown = consular.ok("GET", f"/office/persons/{person}")["economies"]
    assert [each["forecast"] for each in shown if each["code"] == "SGP"] == [expected]
    world.time.forward(days=50)
    later = forecasts(again(world, owner), person)["SGP"]
    assert later == {"from_days": 5, "to_days": 45, "share": 0.8, "cases": 51}
    world.time.forward(days=40)
    assert forecasts(again(world, owner), person)["SGP"] is None


def test_an_answer_and_a_person_before_the_economies_have_no_forecast(world, owner, statistics):
    count(statistics, **HUNDRED)
    person = waiting(world, owner)
    economy(world, person)
    assert forecasts(owner, person)["SGP"] is None
    early = f"{world.application(owner)['number']}-01"
    assert forecasts(owner, early) == {}


def test_details_read_the_counts_once_in_ten_minutes(world, owner, statistics):
    person = waiting(world, owner)

    def requests():
        counted = Requests()
        with counted.recording():
            seen(owner, person)
        return len(counted)

    first, second = requests(), requests()
    assert first - second == 17
    world.time.forward(minutes=9)
    assert requests() in (second, second + 1)  # the session is touched once a minute
    world.time.forward(minutes=1)
    assert requests() >= first


def test_a_person_is_shown_without_forecasts_while_the_counts_cannot_be_read(world, owner, statistics):
    count(statistics, **HUNDRED)
    person = waiting(world, owner)
    seen(owner, person)
    counted = Requests()
    with counted.recording():
        seen(owner, person)
    statistics.forget()
    with faults.refused("dynamodb.Query", after=counted.of("dynamodb").count("Query")):
        assert forecasts(owner, person)["SGP"] is None
    assert forecasts(owner, person)["SGP"] is not None
