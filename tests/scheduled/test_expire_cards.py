"""Expiry of cards (卡已到期): the daily function and the view of an expired card (docs/domain.md 7.2)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scheduled.expire_cards import expire_cards
from testing import people
from testing.follow_ups import applied, apply, card, holder, made, seen, through, waiting
from testing.world import PASSWORD
from tests.support import items, logs, submissions
from tests.support.items import hooked

END = "2027-03-31"
LAST_MOMENT = datetime(2027, 3, 31, 15, 59, 59, tzinfo=UTC)
"""The last second of the last day in China."""
AFTER = datetime(2027, 3, 31, 16, 0, tzinfo=UTC)
"""The first second of the next day in China."""


@pytest.fixture
def owner(world):
    return world.enterprise()


def later(world, user, moment):
    """The same account, signed in again at a later time."""
    world.time.moment = moment
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


def test_a_card_is_valid_throughout_its_last_day_and_expires_the_day_after(world, owner):
    person = holder(world, owner, END)
    owner = later(world, owner, LAST_MOMENT)
    assert world.run(expire_cards) == {"expired": 0, "moved": 0, "failed": 0, "unfinished": False}
    assert seen(owner, person)["status"] == "CARD_ISSUED"
    assert seen(owner, person)["available_services"] == ["replace_card", "cancel_card"]
    world.time.moment = AFTER
    assert world.run(expire_cards) == {"expired": 1, "moved": 0, "failed": 0, "unfinished": False}
    after = seen(owner, person)
    assert (after["status"], after["status_label"]) == ("EXPIRED", "卡已到期")
    assert after["available_services"] == ["cancel_card"]
    assert (after["card"]["valid_until"], after["card"]["cancelled"]) == (END, False)


def test_a_card_past_its_last_day_is_shown_as_expired_before_the_function_runs(world, owner):
    person = holder(world, owner, END)
    owner = later(world, owner, AFTER)
    assert (seen(owner, person)["status"], seen(owner, person)["available_services"]) == ("EXPIRED", ["cancel_card"])
    listed = {"service": "new_or_renewal", "available_service": "replace_card"}
    assert owner.ok("POST", "/applications/search", listed)["items"] == []
    assert apply(owner, person, "replace_card", case="lost").code == "OPERATION_INVALID"
    world.run(expire_cards)


def test_the_expiry_of_a_card_is_notified_once_and_a_second_run_changes_nothing(world, owner):
    person = holder(world, owner, END)
    owner = later(world, owner, AFTER)
    while world.deliver():
        pass
    mails = len(world.mails(owner.account["email"]))
    world.run(expire_cards)
    message = owner.ok("GET", "/messages?limit=1")["items"][0]
    assert message["body"] == (
        f"申请单{person}（测试甲）的状态由“已发卡”变更为“卡已到期”。该卡不能再使用；如需继续使用，请办理续办。"
    )
    assert (message["person_number"], message["created_at"]) == (person, "2027-03-31T16:00:00.000Z")
    entry = seen(owner, person)["history"][-1]
    assert (entry["action"], entry["party"], entry["origin"], entry["to"]) == (
        "expire",
        "portal",
        "CARD_ISSUED",
        "EXPIRED",
    )
    world.deliver()
    assert len(world.mails(owner.account["email"])) == mails + 1
    before = world.table()
    assert world.run(expire_cards) == {"expired": 0, "moved": 0, "failed": 0, "unfinished": False}
    assert world.table() == before


def test_an_expired_card_can_only_be_cancelled(world, owner):
    person = holder(world, owner, END)
    owner = later(world, owner, AFTER)
    world.run(expire_cards)
    forms: list[tuple[str, dict[str, Any]]] = [("replace_card", {"case": "damaged"}), ("early_card", {})]
    for service, form in forms:
        assert apply(owner, person, service, **form).code == "OPERATION_INVALID"
    follow_up = applied(owner, person, "cancel_card")
    for office in ("fao-hunan", "consular"):
        world.decide(world.officer(office), follow_up)
    assert seen(owner, person)["status"] == "CANCELLED"
    assert world.run(expire_cards) == {"expired": 0, "moved": 0, "failed": 0, "unfinished": False}


def test_a_card_that_was_cancelled_or_replaced_by_a_card_valid_longer_does_not_expire(world, owner):
    cancelled, replaced = holder(world, owner, END), holder(world, owner, END)
    assert card(world, cancelled, "cancelled").body["status"] == "CANCELLED"
    through(world, owner, replaced, "replace_card", case="damaged")
    made(world, replaced, "2031-11-20")
    owner = later(world, owner, AFTER)
    assert world.run(expire_cards) == {"expired": 0, "moved": 0, "failed": 0, "unfinished": False}
    assert [seen(owner, person)["status"] for person in (cancelled, replaced)] == ["CANCELLED", "CARD_ISSUED"]


def test_a_card_cancelled_during_the_run_stays_cancelled_and_the_others_expire(world, owner):
    first, second = holder(world, owner, END), holder(world, owner, END)
    owner = later(world, owner, AFTER)
    to_cancel = iter([first])

    def cancel_first(**_):
        person = next(to_cancel, None)
        if person:
            _cancel(person)

    with hooked("after-call", "Query", cancel_first):
        assert world.run(expire_cards) == {"expired": 1, "moved": 1, "failed": 0, "unfinished": False}
    statuses = [seen(owner, person)["status"] for person in (first, second)]
    assert statuses == ["CANCELLED", "EXPIRED"]


def _cancel(person):
    """Cancel the card directly in the table, as a concurrent request would."""
    from dataclasses import replace

    from chalicelib.repos.applications import applications
    from chalicelib.repos.table import table
    from chalicelib.rules.base.vocabulary import Status

    before, found = applications.of_portal(person)
    assert found.card
    card = replace(found.card, cancelled=True)
    after = replace(found, card=card, own_status=Status.CANCELLED, version=found.version + 1)
    table.commit(applications.person_replaced(before.header, found, after))


def test_all_cards_expire_when_they_exceed_one_batch(world, owner):
    """Two applications of 51 persons; their cards are written directly to the table."""
    numbers = [world.approved(owner, persons=51)["number"] for _ in range(2)]
    for number in numbers:
        _give_cards(world, owner, number)
    owner = later(world, owner, AFTER)
    assert world.run(expire_cards) == {"expired": 102, "moved": 0, "failed": 0, "unfinished": False}
    for number in numbers:
        shown = owner.ok("GET", f"/applications/{number}")["persons"]
        assert {person["status"] for person in shown} == {"EXPIRED"}


def test_a_hundred_persons_are_read_in_two_requests_beside_the_index(world, owner):
    from chalicelib.repos.applications import office_statistics
    from chalicelib.usecases.maintenance import journal_roots

    numbers = [world.approved(owner, persons=50)["number"] for _ in range(2)]
    for number in numbers:
        _give_cards(world, owner, number)
    later(world, owner, AFTER)
    # The reviews, and the roots of the journal: as many requests as days.
    office_statistics.count_days(world.time(), lambda: False)
    journal_roots.record(world.time(), lambda: False)
    with world.counting() as requests:
        assert world.run(expire_cards)["expired"] == 100
    requests.tell("expiry of 100 cards")
    assert requests.operations.count("dynamodb.BatchGetItem") == 2
    # One more adds the counters of the waits that have begun.
    assert requests.operations.count("dynamodb.TransactWriteItems") == 101
    # Two pages of the index, the second one empty, and the 16 partitions of the counters of answers.
    assert requests.operations.count("dynamodb.Query") == 2 + 16


class Context:
    """An invocation of Lambda with so much time left at each look."""

    def __init__(self, *milliseconds):
        self.left = iter(milliseconds)

    def get_remaining_time_in_millis(self):
        return next(self.left, 9_000)


@pytest.mark.parametrize("looks", [0, 1, 2, 3])
def test_a_run_short_of_time_stops_and_the_next_run_expires_the_rest(world, owner, looks):
    """The first look is before the first batch, the next ones are before each card."""
    holders = [holder(world, owner, END) for _ in range(3)]
    owner = later(world, owner, AFTER)
    event = {"version": "0", "account": "0", "region": "x", "detail": {}, "detail-type": "x", "source": "aws.events"}
    event |= {"time": world.time().isoformat(), "id": "x", "resources": []}
    done = max(0, looks - 1)
    counts = expire_cards(event, Context(*[60_000] * looks))
    assert counts == {"expired": done, "moved": 0, "failed": 0, "unfinished": True}
    assert world.run(expire_cards) == {"expired": 3 - done, "moved": 0, "failed": 0, "unfinished": False}
    assert {seen(owner, person)["status"] for person in holders} == {"EXPIRED"}


def test_the_run_adds_up_the_answers_of_economies(world, owner):
    from chalicelib.repos.applications import statistics

    holder(world, owner, END)
    later(world, owner, AFTER)
    before = statistics.of_last_months(world.time())
    assert any(item["pk"] != "STATISTICS" for item in statistics.items())
    world.run(expire_cards)
    assert {item["pk"] for item in statistics.items()} == {"STATISTICS"}
    assert statistics.of_last_months(world.time()) == before


def _give_cards(world, user, number):
    from dataclasses import replace

    from chalicelib.repos.applications import applications
    from chalicelib.repos.table import table
    from chalicelib.rules.applications.applications import Card
    from chalicelib.rules.base.vocabulary import Status

    application = applications.get(number, submissions.officer())
    table.commit(
        *(
            applications.person_replaced(
                application.header,
                person,
                replace(
                    person,
                    own_status=Status.CARD_ISSUED,
                    card=Card(f"CN{people.serial()}", END, issued=True),
                    version=person.version + 1,
                ),
            )
            for person in application.persons
        )
    )


def test_a_card_that_expires_during_its_replacement_stays_expired_until_the_new_card_is_issued(world, owner):
    person = holder(world, owner, END)
    through(world, owner, person, "replace_card", case="damaged")
    owner = later(world, owner, AFTER)
    assert world.run(expire_cards) == {"expired": 1, "moved": 0, "failed": 0, "unfinished": False}
    officer = world.officer("consular")
    for event in ("making", "made", "issued"):
        version = officer.ok("GET", f"/office/persons/{person}")["status_version"]
        card_data = {"card_number": "CN-NEW", "valid_until": "2031-11-20"} if event == "made" else {}
        form = {"event": event, "status_version": version, **card_data}
        officer.ok("POST", f"/office/persons/{person}/card", form)
    after = seen(owner, person)
    assert (after["status"], after["available_services"]) == ("CARD_ISSUED", ["replace_card", "cancel_card"])


def test_a_card_that_expires_during_a_follow_up_application_can_be_cancelled_after_its_withdrawal(world, owner):
    person = holder(world, owner, END)
    follow_up = applied(owner, person, "replace_card", case="damaged")
    owner = later(world, owner, AFTER)
    assert world.run(expire_cards) == {"expired": 1, "moved": 0, "failed": 0, "unfinished": False}
    assert seen(owner, person)["available_services"] == []
    owner.ok("POST", f"/applications/{follow_up['number']}/withdraw", {"status_version": 1})
    assert seen(owner, person)["available_services"] == ["cancel_card"]


def test_the_expiry_of_an_early_card_is_notified_once_and_keeps_the_status_of_the_application(world, owner):
    person = waiting(world, owner, approvals=1)
    through(world, owner, person, "early_card")
    made(world, person, END)
    version = seen(owner, person)["status_version"]
    owner = later(world, owner, AFTER)
    assert world.run(expire_cards) == {"expired": 1, "moved": 0, "failed": 0, "unfinished": False}
    after = seen(owner, person)
    assert (after["status"], after["status_version"]) == ("ECONOMY_REVIEW", version)
    assert (after["card"]["expired"], after["available_services"]) == (True, ["cancel_card"])
    assert [after["history"][-1][name] for name in ("action", "origin", "to")] == [
        "expire",
        "ECONOMY_REVIEW",
        "ECONOMY_REVIEW",
    ]
    message = owner.ok("GET", "/messages?limit=1")["items"][0]
    assert message["body"] == (
        f"人员申请单{person}（测试甲）在经济体审批完成前制的旅行卡已到期。申请继续办理，当前状态“APEC经济体审核中”不变。"
    )
    assert world.run(expire_cards) == {"expired": 0, "moved": 0, "failed": 0, "unfinished": False}


def test_an_unreadable_or_missing_person_does_not_prevent_the_expiry_of_other_cards(world, owner):
    unreadable, missing, last = (holder(world, owner, END) for _ in range(3))
    originals = *items.damaged(unreadable), *items.taken_away(missing)
    owner = later(world, owner, AFTER)
    try:
        with logs.recorded() as log:
            assert world.run(expire_cards) == {"expired": 1, "moved": 1, "failed": 1, "unfinished": False}
    finally:
        items.put_back(*originals)
    assert seen(owner, last)["status"] == "EXPIRED"
    assert '"event": "card_not_expired"' in log.getvalue()
    assert world.run(expire_cards) == {"expired": 2, "moved": 0, "failed": 0, "unfinished": False}
