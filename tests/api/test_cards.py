"""What a card's record says, to whom, how it is corrected, and where the card admits its holder (docs/domain.md 7)."""

import pytest

from chalicelib.repos.applications import card_numbers
from testing import people
from testing.follow_ups import SIXTEEN, card, decided, economy, finish, holder, made, seen, through, waiting

END = "2031-11-20"


def correct(world, person, **form):
    return card(world, person, "corrected", **({"reason": "录入有误"} | form))


def shown_to(reader, person):
    return reader.ok("GET", f"/office/persons/{person}")["card"]["number"]


def claims(world):
    return {item["person_number"]["S"] for key, item in world.table().items() if key[0].startswith(card_numbers.PREFIX)}


def begun(world, user):
    """The number of a person whose card is being made."""
    person = decided(world, user)
    assert card(world, person, "making").status == 200
    return person


def test_the_number_is_clear_to_consular_officers_and_the_enterprise_and_masked_to_the_office(world, owner, agent):
    person = decided(world, owner)
    number = made(world, person)
    assert shown_to(world.desk("consular"), person) == number
    assert [seen(user, person)["card"]["number"] for user in (owner, agent)] == [number, number]
    assert shown_to(world.desk("fao-hunan"), person) == "*****" + number[-3:]


def test_a_number_is_recorded_once_in_the_whole_portal(world, owner):
    taken = made(world, decided(world, owner))
    other = begun(world, world.enterprise())
    answer = card(world, other, "made", card_number=taken, valid_until=END)
    assert (answer.status, answer.fields) == (422, {"card_number": "CARD_NUMBER_TAKEN"})
    assert card(world, other, "made", card_number=f"CN{people.serial():06d}", valid_until=END).status == 200


@pytest.mark.parametrize("end", ["replaced", "cancelled"])
def test_the_number_of_a_card_that_is_no_longer_used_is_not_given_again(world, owner, end):
    person = decided(world, owner)
    number = made(world, person)
    if end == "replaced":
        through(world, owner, person, "replace_card", case="lost")
        made(world, person)
    else:
        assert card(world, person, "cancelled").body["status"] == "CANCELLED"
    answer = card(world, begun(world, owner), "made", card_number=number, valid_until=END)
    assert answer.fields == {"card_number": "CARD_NUMBER_TAKEN"}


@pytest.mark.parametrize(
    ("end", "code"),
    [("2031-11-22", "CARD_TOO_LONG"), ("2036-12-31", "CARD_PAST_PASSPORT"), ("2026-11-21", "greater_than")],
)
def test_a_last_day_that_no_card_can_have_is_refused_and_never_cut(world, owner, end, code):
    person = begun(world, owner)
    before = world.table()
    answer = card(world, person, "made", card_number="CN-4910", valid_until=end)
    assert (answer.status, answer.fields) == (422, {"valid_until": code})
    assert world.table() == before


def test_the_consular_department_corrects_number_and_last_day_with_a_reason(world, owner):
    person = decided(world, owner)
    old = made(world, person)
    before = seen(owner, person)
    new = f"CN{people.serial():06d}"
    world.time.forward(seconds=1)
    after = correct(world, person, card_number=new, valid_until="2031-10-31").body
    assert (after["card"]["number"], after["card"]["valid_until"]) == (new, "2031-10-31")
    kept = ("made_at", "issued_at", "printed", "issued", "early")
    assert {name: after["card"][name] for name in kept} == {name: before["card"][name] for name in kept}
    assert (after["status"], after["status_version"]) == ("CARD_ISSUED", before["status_version"] + 1)
    [entry] = after["history"]
    assert (entry["action"], entry["reason"], entry["fields"]) == (
        "correct_card",
        "录入有误",
        ["card_number", "valid_until"],
    )
    told = owner.ok("GET", "/messages?limit=1")["items"][0]
    assert (told["title"], "录入有误" in told["body"], new in told["body"]) == ("旅行卡信息已更正", True, False)
    # The number that was typed by mistake can be another card's, the present one cannot.
    other = begun(world, owner)
    assert card(world, other, "made", card_number=new, valid_until=END).fields == {"card_number": "CARD_NUMBER_TAKEN"}
    assert card(world, other, "made", card_number=old, valid_until=END).status == 200


def test_a_correction_of_the_last_day_keeps_the_claim_on_the_number(world, owner):
    person = decided(world, owner)
    number = made(world, person)
    assert correct(world, person, valid_until="2031-10-31").body["history"][0]["fields"] == ["valid_until"]
    assert person in claims(world)
    other = begun(world, owner)
    assert card(world, other, "made", card_number=number, valid_until=END).fields == {
        "card_number": "CARD_NUMBER_TAKEN"
    }


def test_a_correction_is_checked_like_the_making_and_leaves_nothing_when_it_is_refused(world, owner):
    person = holder(world, owner)
    taken = made(world, decided(world, owner))
    present = seen(owner, person)["card"]
    before = world.table()
    for form, fields in (
        ({"reason": None, "valid_until": "2031-10-31"}, {"reason": "REASON_REQUIRED"}),
        ({}, dict.fromkeys(("card_number", "valid_until"), "CARD_UNCHANGED")),
        ({"card_number": present["number"]}, dict.fromkeys(("card_number", "valid_until"), "CARD_UNCHANGED")),
        ({"card_number": taken}, {"card_number": "CARD_NUMBER_TAKEN"}),
        ({"valid_until": "2031-11-22"}, {"valid_until": "CARD_TOO_LONG"}),
        ({"valid_until": "2026-11-21"}, {"valid_until": "greater_than"}),
    ):
        assert correct(world, person, **form).fields == fields
    assert world.table() == before


def test_of_two_corrections_from_the_same_page_the_second_is_invalid(world, owner):
    person = holder(world, owner)
    version = seen(owner, person)["status_version"]
    assert correct(world, person, valid_until="2031-10-31", version=version).status == 200
    assert correct(world, person, valid_until="2031-09-30", version=version).code == "OPERATION_INVALID"


def test_only_a_living_card_is_corrected_also_while_a_service_is_open(world, owner):
    person = decided(world, owner)
    assert correct(world, person, valid_until="2031-10-31").code == "OPERATION_INVALID"
    made(world, person)
    through(world, owner, person, "replace_card", case="damaged")
    assert correct(world, person, valid_until="2031-10-31").status == 200
    made(world, person)
    card(world, person, "cancelled")
    assert correct(world, person, valid_until="2031-10-31").code == "OPERATION_INVALID"


def test_an_early_card_admits_to_what_it_names_and_to_what_approved_later(world, owner):
    person = waiting(world, owner, approvals=2)
    economy(world, person, "CHL", "approved", valid_until="2028-01-31")
    economy(world, person, "IDN", "refused")
    through(world, owner, person, "early_card")
    assert seen(owner, person)["travel"] == []
    card(world, person, "making")
    card(world, person, "made", card_number=f"CN{people.serial():06d}", valid_until=END)
    assert seen(owner, person)["travel"] == []
    card(world, person, "issued")
    economy(world, person, "JPN", "approved")
    economy(world, person, "BRN", "refused")
    after = seen(owner, person)
    assert after["card"]["printed"] == ["AUS", "BRN", "CHL"]
    assert after["travel"] == [
        {"code": "AUS", "name": "澳大利亚", "valid_until": END, "printed": True},
        {"code": "CHL", "name": "智利", "valid_until": "2028-01-31", "printed": True},
        {"code": "JPN", "name": "日本", "valid_until": END, "printed": False},
    ]
    assert world.desk("fao-hunan").ok("GET", f"/office/persons/{person}")["travel"] == after["travel"]


def test_a_card_admits_nowhere_after_it_was_cancelled_or_has_ended(world, owner):
    person = holder(world, owner, "2027-01-31")
    assert len(seen(owner, person)["travel"]) == len(SIXTEEN)
    user = world.enterprise()
    other = decided(world, user)
    made(world, other, "2027-01-31")
    card(world, other, "cancelled")
    assert seen(user, other)["travel"] == []


def test_a_card_made_after_all_decisions_names_every_approval_once(world, owner):
    person = waiting(world, owner)
    finish(world, person)
    economy(world, person, "VNM", "locked")
    made(world, person)
    assert seen(owner, person)["card"]["printed"] == [*SIXTEEN[:-1]]
