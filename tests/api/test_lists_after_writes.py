"""Lists right after a write, while every index still shows the state before it (docs/decisions/0046).

Whatever an act has finished is in no list any more, and no page fails. What has become due to be listed is in the
reply of the act, and comes to the lists when the index has it.
"""

import pytest

from testing.follow_ups import applied, card, decided, economy, finish, passport, waiting
from tests.support.held_back import indexes_held_back


@pytest.fixture(scope="module")
def hunan(portal):
    return portal.desk("fao-hunan")


@pytest.fixture
def user(world):
    return world.enterprise()


def listed(user, path="/applications/search", **filters):
    """The applications of a list with their statuses, and the persons shown."""
    form = {"limit": 100, **filters}
    if path == "/applications/search":
        form = {"service": "new_or_renewal", **form}
    page = user.ok("POST", path, form)
    groups = {group["number"]: group["status"] for group in page["items"]}
    return groups, {person["number"]: person["status"] for group in page["items"] for person in group["persons"]}


def of_office(officer, **filters):
    return listed(officer, "/office/search", **filters)


def test_a_submission_is_in_its_reply_and_no_list_fails(world, user, hunan):
    before = world.application(user)["number"]
    with indexes_held_back():
        submitted = world.application(user)
        assert submitted["status"] == "FAO_REVIEW"
        assert user.ok("GET", f"/applications/{submitted['number']}")["number"] == submitted["number"]
        for filters in ({}, {"status": "FAO_REVIEW"}, {"applicant": "测试"}, {"number": submitted["number"][:12]}):
            assert list(listed(user, **filters)[0]) == [before]
        assert before in of_office(hunan)[0]
        assert submitted["number"] not in of_office(hunan)[0]
    assert list(listed(user)[0]) == [submitted["number"], before]
    assert submitted["number"] in of_office(hunan)[0]


def test_a_decided_application_has_left_the_desk_and_every_list_of_its_status(world, user, hunan, consular):
    number = world.application(user)["number"]
    enterprise = user.account["enterprise_id"]
    with indexes_held_back():
        passed = world.decide(hunan, {"number": number})
        assert (passed["number"], passed["status"]) == (number, "CONSULAR_REVIEW")
        for officer in (hunan, consular):
            for filters in ({}, {"enterprise_id": enterprise}, {"applicant": "测试"}):
                assert number not in of_office(officer, status="FAO_REVIEW", **filters)[0]
        assert number not in of_office(hunan)[0]
        assert listed(user, status="FAO_REVIEW") == ({}, {})
        assert listed(user, status="FAO_REVIEW", applicant="测试") == ({}, {})
        # Rows show the table's state, also where only their choice comes from the index.
        assert listed(user)[0] == {number: "CONSULAR_REVIEW"}
        assert of_office(hunan, enterprise_id=enterprise)[0] == {number: "CONSULAR_REVIEW"}
        world.decide(consular, {"number": number}, "return", reason="请补充")
        assert number not in of_office(consular)[0]
    assert number in of_office(hunan, status="CONSULAR_RETURNED")[0]


@pytest.mark.parametrize("what", ["application", "person"])
def test_what_was_withdrawn_is_in_no_list_of_its_status(world, user, hunan, what):
    number = world.application(user, persons=2)["number"]
    if what == "person":
        form = {"decision": "return", "reason": "请补充", "status_version": 1}
        version = hunan.ok("POST", f"/office/persons/{number}-01/decision", form)["status_version"]
    with indexes_held_back():
        if what == "application":
            user.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
            assert listed(user, status="FAO_REVIEW") == ({}, {})
            assert number not in of_office(hunan)[0]
            assert listed(user)[0] == {number: "WITHDRAWN"}
        else:
            user.ok("POST", f"/persons/{number}-01/withdraw", {"status_version": version})
            assert listed(user, status="FAO_RETURNED") == ({}, {})
            assert number not in of_office(hunan, status="FAO_RETURNED")[0]
            assert listed(user)[1][f"{number}-01"] == "WITHDRAWN"


def test_a_corrected_person_is_not_found_by_the_name_and_passport_before(world, user, hunan):
    content = world.content(user, persons=2)
    content["persons"][0]["name"], content["persons"][1]["name"] = "欧阳明", "欧阳华"
    number = user.ok("POST", "/applications", {"content": content})["number"]
    gone, kept = (person["passport_number"] for person in content["persons"])
    world.decide(hunan, {"number": number}, "return", reason="请补充")
    with indexes_held_back():
        # The second person is removed, the first one is another one.
        content["persons"] = [
            content["persons"][0] | {"name": "赵海", "passport_number": passport()["passport_number"]}
        ]
        version = user.ok("GET", f"/applications/{number}")["version"]
        edited = user.ok("PUT", f"/applications/{number}/content", content, If_Match=f'"{version}"')
        assert [person["name"] for person in edited["persons"]] == ["赵海"]
        for filters in ({"applicant": "欧阳"}, {"passport_number": gone}, {"passport_number": kept}):
            assert listed(user, **filters) == ({}, {}), filters
            assert of_office(hunan, **filters) == ({}, {}), filters
        assert list(listed(user)[1]) == [f"{number}-01"]


def test_a_person_has_left_the_stage_that_an_act_has_ended(world, user, consular):
    person = decided(world, user)
    with indexes_held_back():
        assert card(world, person, "making").body["status"] == "CARD_MAKING"
        assert person not in of_office(consular, status="ECONOMY_DONE")[1]
        assert listed(user, status="ECONOMY_DONE") == ({}, {})
    with indexes_held_back():
        card(world, person, "made", card_number="CN-4602", valid_until="2031-11-20")
        assert person not in of_office(consular, status="CARD_MAKING")[1]
    assert person in of_office(consular, status="CARD_MADE")[1]


def test_a_person_with_a_service_under_way_or_a_new_answer_is_not_offered_it_any_more(world, user):
    person = waiting(world, user, approvals=1)
    assert person in listed(user, available_service="early_card")[1]
    with indexes_held_back():
        number = applied(user, person, "early_card")["number"]
        for service in ("early_card", "change_passport"):
            assert listed(user, available_service=service) == ({}, {})
        assert listed(user, service="early_card") == ({}, {})
    assert list(listed(user, service="early_card")[0]) == [number]


def test_the_last_answer_ends_the_review_and_the_pages_of_a_person_do_not_fail(world, user, consular):
    person = waiting(world, user, approvals=1)
    with indexes_held_back():
        finish(world, person)
        assert listed(user, status="ECONOMY_REVIEW") == ({}, {})
        assert listed(user, available_service="early_card") == ({}, {})
        assert person not in of_office(consular, status="ECONOMY_REVIEW")[1]
        for officer in (user, consular):
            path = "/office/persons" if officer is consular else "/persons"
            assert officer.ok("GET", f"{path}/{person}")["status"] == "ECONOMY_DONE"
            assert officer.ok("GET", f"{path}/{person}/history")["next_cursor"] is None
    economy(world, person, "SGP", "pending")
    assert person in listed(user, status="ECONOMY_REVIEW")[1]


def test_an_enterprise_is_not_found_by_the_name_that_it_has_left(world, user, consular):
    elements = {name: user.ok("GET", "/me")["enterprise"][name] for name in ("name", "uscc", "legal_representative")}
    before, after = f"改名前{elements['uscc']}", f"改名后{elements['uscc']}"
    user.ok("PUT", "/enterprise/licence", world.ticket("update_licence", elements | {"name": before}))

    def found(name):
        return [one["name"] for one in consular.ok("POST", "/office/enterprises/search", {"name": name})["items"]]

    assert found(before) == [before]
    with indexes_held_back():
        user.ok("PUT", "/enterprise/licence", world.ticket("update_licence", elements | {"name": after}))
        assert found(before) == []
    assert found(after) == [after]
