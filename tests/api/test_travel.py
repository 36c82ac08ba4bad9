"""出行核对 over HTTP: who may go where, for persons that the account may see."""

from typing import Any

import pytest

from chalicelib.data import texts
from chalicelib.rules.applications.travel import Obstacle, Step
from testing.counting import Requests
from testing.follow_ups import SIXTEEN, card, economy, waiting

DAYS = {"from_day": "2027-01-04", "to_day": "2027-01-08"}


def asked(user, persons, economies=("SGP",), **more):
    return user.ok("POST", "/travel-checks", {"persons": [*persons], "economies": [*economies], **DAYS, **more})[
        "items"
    ]


def test_a_person_is_told_for_each_economy_whether_it_may_go_and_what_to_do_first(world, owner):
    person = waiting(world, owner)
    economy(world, person, "SGP")
    economy(world, person, "JPN", "refused")
    (found,) = asked(owner, [person], ["SGP", "JPN", "KOR"])
    assert (found["person_number"], found["code"], found["message"]) == (person, None, None)
    assert found["name"]
    assert found["economies"][0] == {
        "code": "SGP",
        "name": "新加坡",
        "may_go": False,
        "until": None,
        "stay_days": 60,
        "reason": "NO_CARD",
        "reason_text": "没有有效的旅行卡",
        "first_step": "EARLY_CARD",
        "first_step_text": "请在2027-01-04前申请提前制卡",
        "before": "2027-01-04",
    }
    rest = [(each["code"], each["reason"], each["first_step"]) for each in found["economies"][1:]]
    assert rest == [("JPN", "REFUSED", "APPLY_FOR_VISA"), ("KOR", "PENDING", "WAIT_FOR_ECONOMY")]


def test_the_holder_of_a_card_may_go_until_its_end(world, owner):
    person = waiting(world, owner, approvals=16)
    card(world, person, "making")
    card(world, person, "made", card_number="CHN0000001", valid_until="2027-01-07")
    (made,) = asked(owner, [person])
    assert (made["economies"][0]["reason"], made["economies"][0]["first_step"]) == ("CARD_NOT_ISSUED", "COLLECT_CARD")
    card(world, person, "issued")
    (late,) = asked(owner, [person])
    assert (late["economies"][0]["may_go"], late["economies"][0]["reason"]) == (False, "CARD_ENDS")
    (found,) = asked(owner, [person], to_day="2027-01-07")
    shown = found["economies"][0]
    assert (shown["may_go"], shown["until"], shown["reason"], shown["first_step"]) == (True, "2027-01-07", None, None)


def test_texts_are_in_the_language_of_the_reader(world, owner):
    person = waiting(world, owner)
    form = {"persons": [person], "economies": ["SGP"], **DAYS}
    shown = owner.ok("POST", "/travel-checks", form, Accept_Language="en")["items"][0]["economies"][0]
    assert shown["name"] == "Singapore"
    assert shown["reason_text"] == "The economy has not decided yet."
    assert set(texts.keys("travel_reasons")) == set(Obstacle)
    assert set(texts.keys("travel_steps")) == set(Step)


def test_persons_that_the_account_may_not_see_are_answered_like_unknown_ones(world, owner):
    person = waiting(world, owner)
    theirs, own_only = waiting(world, world.enterprise()), world.agent(owner, scope="own")
    unknown: dict[str, Any] = {"code": "NOT_FOUND", "message": "未找到所请求的内容。", "name": None, "economies": []}
    found = asked(owner, [theirs, "APEC20261121999999-01", f"{person[:-2]}77", "x", person, person])
    assert found[:4] == [
        {"person_number": number, **unknown} for number in (theirs, "APEC20261121999999-01", f"{person[:-2]}77", "x")
    ]
    assert [each["person_number"] for each in found[4:]] == [person]
    assert asked(own_only, [person]) == [{"person_number": person, **unknown}]
    assert asked(world.agent(owner, scope="all"), [person])[0]["code"] is None


def test_90_persons_of_90_applications_and_16_economies_take_two_requests_to_the_table(world, owner, monkeypatch):
    persons = [f"{world.application(owner)['number']}-01" for _ in range(3)]
    made_up = [f"APEC20261121{number:06d}-01" for number in range(900000, 900087)]
    counted = Requests()
    with counted.recording():
        found = asked(owner, [*persons, *made_up], SIXTEEN)
    assert counted.of("dynamodb") == ["BatchGetItem"] * 3  # the first one is the session
    assert [len(each["economies"]) for each in found] == [16] * 3 + [0] * 87
    group = world.approved(owner, persons=90)["number"]
    with counted.recording():
        everybody = asked(owner, [f"{group}-{position:02d}" for position in range(1, 91)], SIXTEEN)
    assert counted.of("dynamodb")[3:] == ["BatchGetItem"] * 2
    assert {len(each["economies"]) for each in everybody} == {16}
    assert len(everybody) == 90


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"economies": ["SGP", "HKG"]}, "economies.1", "ECONOMY"),
        ({"from_day": "2026-11-20"}, "from_day", "greater_than_equal"),
        ({"to_day": "2027-01-03"}, "to_day", "greater_than_equal"),
        ({"to_day": "2027-02-30"}, "to_day", "date_parsing"),
        ({"persons": []}, "persons", "too_short"),
        ({"persons": ["x"] * 91}, "persons", "too_long"),
        ({"economies": ["SGP"] * 17}, "economies", "too_long"),
    ],
)
def test_a_wrong_economy_or_day_is_refused(owner, changes, field, code):
    form = {"persons": ["x"], "economies": ["SGP"], **DAYS, **changes}
    reply = owner("POST", "/travel-checks", form)
    assert reply.status == 422
    assert [(error["field"], error["code"]) for error in reply.body["errors"]] == [(field, code)]


def test_officers_have_no_travel_checks(world):
    form = {"persons": ["x"], "economies": ["SGP"], **DAYS}
    assert world.desk("consular")("POST", "/travel-checks", form).status == 403
    assert world.anybody("POST", "/travel-checks", form).status == 401
