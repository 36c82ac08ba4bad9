"""提前制卡, 换补卡, 未制卡仅更换护照 and 注销卡: when they are available, and their effects (L02, L05, H12)."""

from typing import Any

import pytest

from chalicelib.rules.base import limits
from testing import people
from testing.follow_ups import (
    SIXTEEN,
    applied,
    apply,
    card,
    economy,
    finish,
    holder,
    made,
    open_to,
    passport,
    seen,
    through,
    waiting,
)
from tests.support.applications import CANCEL, CHANGE, EARLY, REPLACE, application_of
from tests.support.offers import actions


def search(user, service="new_or_renewal", **filters):
    return user.ok("POST", "/applications/search", {"service": service, **filters})["items"]


# Available services (docs/domain.md 2.6)


@pytest.mark.accepts("L05")
def test_no_service_is_available_before_the_approval(world, owner, fao):
    application = world.application(owner)
    person = f"{application['number']}-01"
    assert open_to(owner, person) == []
    world.decide(fao, application)
    assert open_to(owner, person) == []
    forms: list[tuple[str, dict[str, Any]]] = [
        (EARLY, {}),
        (REPLACE, {"case": "lost"}),
        (CHANGE, passport()),
        (CANCEL, {}),
    ]
    for service, form in forms:
        assert apply(owner, person, service, **form).code == "OPERATION_INVALID"


def in_list(user, person):
    (group,) = search(user, number=person)
    return group["persons"][0]["available_services"]


@pytest.mark.accepts("L05")
def test_each_status_of_a_person_has_its_available_services_in_detail_and_list(world, owner):
    person = waiting(world, owner)
    made: dict[str, Any] = {"card_number": "CN-1", "valid_until": "2031-01-01"}
    steps = [
        ("before the economies", lambda: None, [CHANGE]),
        ("one refusal", lambda: economy(world, person, "JPN", "refused"), [CHANGE]),
        ("one approval", lambda: economy(world, person, "SGP"), [EARLY, CHANGE]),
        ("all have answered", lambda: finish(world, person), [CHANGE]),
        ("the card is being made", lambda: card(world, person, "making"), []),
        (
            "the card is made",
            lambda: card(world, person, "made", **made),
            [REPLACE, CANCEL],
        ),
        ("the card is issued", lambda: card(world, person, "issued"), [REPLACE, CANCEL]),
        ("the card is cancelled", lambda: card(world, person, "cancelled"), []),
    ]
    for step, happens, services in steps:
        happens()
        assert (step, open_to(owner, person), in_list(owner, person)) == (step, services, services)


def test_an_unavailable_service_is_refused_with_the_current_status(world, owner):
    person = waiting(world, owner)
    version = seen(owner, person)["status_version"]
    before = world.table()
    forms: list[tuple[str, dict[str, Any]]] = [(EARLY, {}), (REPLACE, {"case": "damaged"}), (CANCEL, {})]
    for service, form in forms:
        answer = apply(owner, person, service, **form)
        assert (answer.status, answer.body["message"]) == (409, "操作无效")
        assert answer.body["current"] == {
            "status": "ECONOMY_REVIEW",
            "status_label": "APEC经济体审核中",
            "status_version": version,
            "changed_at": "2026-11-21T04:30:00.000Z",
            "changed_by": "领事司",
        }
    assert world.table() == before


# 提前制卡, then 换补卡 for more economies


@pytest.mark.accepts("L02")
def test_an_early_card_lists_the_approvals_and_can_be_replaced_after_all_decisions(world, owner):
    person = waiting(world, owner, approvals=2)
    follow_up = applied(owner, person, EARLY)
    assert (follow_up["service"], follow_up["status"], follow_up["tag"]) == (EARLY, "FAO_REVIEW", "提前制卡")
    assert (follow_up["person_number"], follow_up["persons"][0]["number"]) == (person, person)
    assert (open_to(owner, person), seen(owner, person)["open_service"]) == ([], follow_up["number"])
    world.decide(world.desk("fao-hunan"), follow_up)
    approved = world.decide(world.desk("consular"), follow_up)
    assert (approved["status"], actions(approved)) == ("CONSULAR_APPROVED", ["make_card", "reject"])
    number = made(world, person, "2031-11-20")
    after = seen(owner, person)
    times = {name: after["card"].pop(name) for name in ("made_at", "issued_at")}
    assert all(times.values())
    assert (after["status"], after["open_service"]) == ("ECONOMY_REVIEW", None)
    assert after["card"] == {
        "number": number,
        "valid_until": "2031-11-20",
        "early": True,
        "issued": True,
        "cancelled": False,
        "expired": False,
        "printed": ["AUS", "BRN"],
    }
    assert after["available_services"] == [REPLACE, CANCEL]
    assert application_of(owner, follow_up["number"])["status_label"] == "已发卡"
    finish(world, person)
    through(world, owner, person, REPLACE, case="more_economies")
    second = made(world, person, "2031-11-20")
    replaced = seen(owner, person)
    assert (replaced["status"], replaced["card"]["early"]) == ("CARD_ISSUED", False)
    assert replaced["card"]["number"].endswith(second[-3:])
    assert replaced["available_services"] == [REPLACE, CANCEL]
    through(world, owner, person, CANCEL)
    cancelled = seen(owner, person)
    assert (cancelled["status"], cancelled["available_services"]) == ("CANCELLED", [])
    assert card(world, person, "making").code == "OPERATION_INVALID"


def test_a_person_without_an_approval_gets_no_card(world, owner):
    person = waiting(world, owner, approvals=0)
    for code in SIXTEEN:
        economy(world, person, code, "refused")
    assert seen(owner, person)["status"] == "ECONOMY_DONE"
    shown = world.desk("consular").ok("GET", f"/office/persons/{person}")
    assert "make_card" not in actions(shown)
    assert card(world, person, "making").code == "OPERATION_INVALID"
    world.desk("consular").ok("PUT", f"/office/persons/{person}/economies/JPN", {"decision": "approved"})
    assert card(world, person, "making").status == 200


def test_an_early_card_can_be_made_only_once(world, owner):
    person = waiting(world, owner, approvals=1)
    through(world, owner, person, EARLY)
    made(world, person)
    through(world, owner, person, CANCEL)
    after = seen(owner, person)
    assert (after["status"], after["card"]["cancelled"]) == ("ECONOMY_REVIEW", True)
    assert after["available_services"] == [CHANGE]
    assert apply(owner, person, EARLY).code == "OPERATION_INVALID"


# 换补卡


@pytest.mark.parametrize("case", ["damaged", "lost"])
def test_a_damaged_or_lost_card_is_replaced_by_a_card_with_a_new_number(world, owner, case):
    person = holder(world, owner)
    proof = world.attach(owner, "loss_proof" if case == "lost" else "old_card")
    follow_up = through(world, owner, person, REPLACE, case=case, attachments=[proof])
    (attached,) = follow_up["content"]["attachments"]
    assert (follow_up["content"]["case"], attached["id"]) == (case, proof)
    old = seen(owner, person)["card"]
    number = made(world, person)
    after = seen(owner, person)
    assert (after["status"], after["card"]["number"]) == ("CARD_ISSUED", number)
    assert after["card"]["number"] != old["number"]
    assert application_of(owner, follow_up["number"])["status"] == "CARD_ISSUED"


def test_a_replacement_with_the_old_card_number_is_refused(world, owner):
    person = holder(world, owner)
    through(world, owner, person, REPLACE, case="damaged")
    old = made(world, person)
    through(world, owner, person, REPLACE, case="damaged")
    card(world, person, "making")
    answer = card(world, person, "made", card_number=old, valid_until="2031-11-20")
    assert (answer.status, answer.fields) == (422, {"card_number": "CARD_NUMBER_TAKEN"})


def test_a_card_replaced_for_a_new_passport_has_its_number_and_last_day(world, owner):
    person = holder(world, owner)
    new = passport(passport_expires_on="2029-05-31")
    through(world, owner, person, REPLACE, case="new_passport", **new)
    made(world, person, "2029-05-31")
    after = seen(owner, person)
    assert after["passport_number"] == new["passport_number"]
    assert (after["content"]["passport_expires_on"], after["card"]["valid_until"]) == ("2029-05-31", "2029-05-31")


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (
            {"passport_number": "E12345678", "passport_kind": "ordinary"},
            dict.fromkeys(["passport_issued_on", "passport_expires_on", "passport_place"], "missing"),
        ),
        ({"case": "stolen"}, {"case": "enum"}),
        (
            {"case": "new_passport"},
            dict.fromkeys(
                ["passport_kind", "passport_number", "passport_issued_on", "passport_expires_on", "passport_place"],
                "missing",
            ),
        ),
        ({"case": "lost", "passport_place": "湖南"}, {"passport_place": "extra_forbidden"}),
        ({"case": "lost", "reason": " "}, {"reason": "string_too_short"}),
        ({"case": "lost", "attachments": ["unknown"]}, {"attachments.0": "ATTACHMENT"}),
    ],
)
def test_a_replacement_requires_its_case_and_the_fields_of_that_case(world, owner, form, fields):
    answer = apply(owner, waiting(world, owner), REPLACE, version=1, **form)
    assert (answer.status, answer.fields) == (422, fields)


# 未制卡仅更换护照


def test_a_person_is_found_and_shown_by_the_changed_passport_number(world, owner):
    content = world.content(owner)
    old, new = content["persons"][0]["passport_number"], passport()
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    for desk in ("fao-hunan", "consular"):
        world.decide(world.desk(desk), {"number": number})
    person = f"{number}-01"
    follow_up = through(world, owner, person, CHANGE, **new)
    assert (follow_up["status"], follow_up["status_label"], actions(follow_up)) == ("DONE", "已完成", [])
    after = seen(owner, person)
    assert (after["status"], after["open_service"]) == ("ECONOMY_REVIEW", None)
    assert after["passport_number"] == after["content"]["passport_number"] == new["passport_number"]
    assert after["content"]["passport_expires_on"] == "2036-09-30"
    assert [group["number"] for group in search(owner, passport_number=new["passport_number"])] == [number]
    assert search(owner, passport_number=old) == []
    assert after["available_services"] == [CHANGE]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"passport_number": "E*****001"}, {"passport_number": "MASKED_VALUE"}),
        ({"passport_number": "K12345678"}, {"passport_number": "PASSPORT_NOT_MAINLAND"}),
        ({"passport_number": "SE1234567"}, {"passport_number": "PASSPORT_KIND"}),
        ({"passport_expires_on": "2026-11-21"}, {"passport_expires_on": "PASSPORT_EXPIRED"}),
        ({"passport_issued_on": "2026-11-22"}, {"passport_issued_on": "PASSPORT_ISSUED_LATER"}),
        ({"passport_number": None}, {"passport_number": "missing"}),
    ],
)
def test_a_changed_passport_is_validated_like_that_of_a_submission(world, owner, changes, fields):
    person = waiting(world, owner) if "passport_number" in fields else "APEC20261121999999-01"
    before = world.table()
    answer = apply(owner, person, CHANGE, version=2, **passport(**changes))
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before


# 注销卡


def test_a_cancelled_card_is_final(world, owner, consular):
    person = holder(world, owner)
    follow_up = through(world, owner, person, CANCEL)
    after = seen(owner, person)
    assert (follow_up["status"], after["status"], after["status_label"]) == ("DONE", "CANCELLED", "卡已注销")
    assert (after["card"]["cancelled"], after["available_services"], actions(after)) == (True, [], [])
    forms: list[tuple[str, dict[str, Any]]] = [
        (CANCEL, {}),
        (REPLACE, {"case": "lost"}),
        (CHANGE, passport()),
        (EARLY, {}),
    ]
    for service, form in forms:
        assert apply(owner, person, service, **form).code == "OPERATION_INVALID"
    for event in ("making", "made", "issued", "cancelled"):
        more: dict[str, Any] = (
            {"card_number": f"CN{people.serial()}", "valid_until": "2031-01-01"} if event == "made" else {}
        )
        assert card(world, person, event, **more).code == "OPERATION_INVALID"
    answer = consular("PUT", f"/office/persons/{person}/economies/SGP", {"decision": "refused"})
    assert answer.code == "OPERATION_INVALID"


def test_a_person_has_at_most_twenty_follow_up_applications(world, owner):
    person = waiting(world, owner)
    for _ in range(limits.MAX_FOLLOW_UPS):
        number = applied(owner, person, "change_passport", **passport())["number"]
        owner.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
    shown = seen(owner, person)
    assert (len(shown["follow_ups"]), shown["available_services"]) == (20, [])
    before = world.table()
    refused = apply(owner, person, "change_passport", **passport())
    assert (refused.status, refused.code) == (409, "FOLLOW_UP_LIMIT")
    assert "20" in refused.body["message"]
    assert {key: item for key, item in world.table().items() if not key[0].startswith("SEQ#")} == {
        key: item for key, item in before.items() if not key[0].startswith("SEQ#")
    }


def test_the_follow_up_applications_of_a_person_are_read_in_one_request(world, owner):
    person = waiting(world, owner)
    for _ in range(3):
        number = applied(owner, person, "change_passport", **passport())["number"]
        owner.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
    with world.counting() as requests:
        assert len(seen(owner, person)["follow_ups"]) == 3
    # The session; header and person; the follow-up applications; the history of the group and of the person.
    assert requests.of("dynamodb") == ["BatchGetItem", "BatchGetItem", "BatchGetItem", "Query", "Query"]


@pytest.mark.parametrize(
    ("service", "form", "wanted"),
    [
        ("replace_card", {"case": "lost"}, ["遗失证明", "情况说明"]),
        ("replace_card", {"case": "damaged"}, ["原卡正反面", "情况说明"]),
        ("replace_card", passport(), ["原卡正反面", "情况说明", "护照信息页", "原护照信息页"]),
        ("cancel_card", {}, ["申请函"]),
    ],
)
def test_what_an_office_wants_with_a_service_is_told_until_it_is_there(world, owner, service, form, wanted):
    person = holder(world, owner)
    body = {"service": service, "reason": "申请办理", "status_version": seen(owner, person)["status_version"], **form}
    path = f"/persons/{person}/services/check"
    told = owner.ok("POST", path, body)["warnings"]
    assert [(one["field"], one["code"]) for one in told] == [("attachments", "FILE_WANTED")] * len(wanted)
    assert [word for word, one in zip(wanted, told, strict=True) if f"“{word}”" not in one["message"]] == []
    kinds = {kind["name"]: kind["code"] for kind in owner.ok("GET", "/reference")["attachment_kinds"]}
    body["attachments"] = [world.attach(owner, kinds[word]) for word in wanted]
    assert owner.ok("POST", path, body)["warnings"] == []


def test_the_page_of_a_new_passport_takes_the_place_of_the_old_one_on_the_person(world, owner, fao):
    person = waiting(world, owner)
    before = seen(owner, person)["content"]["attachments"]
    page, letter = world.attach(owner, "passport_page"), world.attach(owner, "explanation")
    through(world, owner, person, CHANGE, **passport(attachments=[letter, page]))
    after = seen(owner, person)["content"]["attachments"]
    assert [one["id"] for one in after if one["kind"] == "passport_page"] == [page]
    others = [one["id"] for one in before if one["kind"] != "passport_page"]
    assert [one["id"] for one in after if one["kind"] != "passport_page"] == others
    shown = fao.ok("GET", f"/office/persons/{person}")["content"]["attachments"]
    assert [one["id"] for one in shown] == [one["id"] for one in after]
    number = person.rpartition("-")[0]
    assert owner("GET", f"/applications/{number}/attachments/{page}").status == 200
