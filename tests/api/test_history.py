"""Pages of histories: the newest entries in details, older ones by cursor, for whoever may see them."""

import pytest

from testing.follow_ups import SIXTEEN, applied, economy, holder, seen, waiting
from testing.world import World
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
