"""Visibility of applications by account: lists, details, direct numbers and queues (H13-H17, L02-L14)."""

import re
from types import SimpleNamespace

import pytest

from tests.support.accounts import accounts_of_both_scopes
from tests.support.offers import actions


@pytest.fixture(scope="module")
def people_of(portal):
    """An enterprise with one agent of wide scope and two of narrow scope, and another enterprise."""
    return SimpleNamespace(**vars(accounts_of_both_scopes(portal)), stranger=portal.enterprise())


@pytest.fixture(scope="module")
def numbers(portal, people_of):
    """The number of one application of each account, by the account's name."""
    creators = ("owner", "everything", "own", "other_own")
    return {name: portal.application(getattr(people_of, name), persons=2)["number"] for name in creators}


def listed(user, **filters):
    return [application["number"] for application in search(user, **filters)["items"]]


def search(user, **filters):
    return user.ok("POST", "/applications/search", {"service": "new_or_renewal", **filters})


@pytest.mark.accepts("H13", "H14", "H16", "L14")
def test_the_enterprise_and_its_agents_of_wide_scope_list_all_applications(people_of, numbers):
    newest_first = sorted(numbers.values(), reverse=True)
    assert listed(people_of.owner) == newest_first
    assert listed(people_of.everything) == newest_first
    for number in numbers.values():
        for user in (people_of.owner, people_of.everything):
            assert user("GET", f"/applications/{number}").status == 200


@pytest.mark.accepts("H17", "L14")
def test_an_agent_of_narrow_scope_lists_only_its_own_applications(people_of, numbers):
    assert listed(people_of.own) == [numbers["own"]]
    assert listed(people_of.own, number=numbers["owner"]) == []
    assert listed(people_of.own, number=f"{numbers['owner']}-01") == []
    assert listed(people_of.stranger) == []


def calls_on(number):
    """Every request of applicants that names an application."""
    return [
        ("GET", f"/applications/{number}", None, {}),
        ("GET", f"/applications/{number}/content", None, {}),
        ("PUT", f"/applications/{number}/content", {}, {"If_Match": '"1"'}),
        ("POST", f"/applications/{number}/withdraw", {"status_version": 1}, {}),
        ("POST", f"/applications/{number}/resubmit", {"status_version": 1}, {}),
        ("GET", f"/applications/{number}/progress", None, {}),
        ("POST", f"/applications/{number}/progress/export", None, {}),
        ("GET", f"/persons/{number}-01", None, {}),
        ("POST", f"/persons/{number}-01/reveal", {"fields": ["phone"], "reason": "核对"}, {}),
    ]


@pytest.mark.accepts("H17", "L14")
@pytest.mark.parametrize("viewer", ["own", "stranger"])
@pytest.mark.parametrize("index", range(9))
def test_an_application_out_of_sight_is_answered_like_an_unknown_one(world, people_of, numbers, viewer, index):
    user = getattr(people_of, viewer)
    method, path, body, headers = calls_on(numbers["other_own"])[index]
    unknown_path = calls_on("APEC20261121999999")[index][1]
    before = world.table()
    answer, unknown = user(method, path, body, **headers), user(method, unknown_path, body, **headers)
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert without_id(answer) == without_id(unknown)
    assert world.table() == before


def without_id(answer):
    return answer.raw.replace(answer.body["request_id"].encode(), b"")


@pytest.mark.accepts("H17")
def test_a_passport_search_respects_the_scope(world, people_of):
    found = accounts_of_both_scopes(world)
    content = world.content(found.owner)
    passport = content["persons"][0]["passport_number"]
    owners = found.owner.ok("POST", "/applications", {"content": content})["number"]
    mine = found.own.ok("POST", "/applications", {"content": content})["number"]
    assert listed(found.owner, passport_number=passport) == [mine, owners]
    assert listed(found.own, passport_number=passport) == [mine]
    assert listed(found.other_own, passport_number=passport) == []
    assert listed(people_of.stranger, passport_number=passport) == []


@pytest.mark.accepts("L11")
def test_a_passport_search_shows_the_matching_persons_with_their_group(world):
    owner = world.enterprise()
    content = world.content(owner, persons=3)
    passport = content["persons"][1]["passport_number"]
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    for typed in (passport, passport.lower(), f" {passport[:3]} {passport[3:]}", "Ｅ" + passport[1:]):
        (group,) = search(owner, passport_number=typed)["items"]
        assert group["number"] == number
        assert [person["number"] for person in group["persons"]] == [f"{number}-02"]
        assert group["person_count"] == 3
    assert listed(owner, passport_number=passport[:-1]) == []
    assert listed(owner, passport_number=passport, service="replace_card") == []


@pytest.mark.accepts("L09")
def test_number_prefix_and_person_number_find_a_group_several_groups_and_a_person(people_of, numbers):
    number = numbers["own"]
    (group,) = search(people_of.owner, number=f" {number.lower()} ")["items"]
    assert [person["number"] for person in group["persons"]] == [f"{number}-01", f"{number}-02"]
    assert number in listed(people_of.owner, number=number[:12])
    (group,) = search(people_of.owner, number=f"{number}-02")["items"]
    assert [person["number"] for person in group["persons"]] == [f"{number}-02"]
    for nothing in (f"{number}-03", "APEC20261121999999", "%", "*", "'"):
        assert listed(people_of.owner, number=nothing) == []


@pytest.mark.accepts("L12", "L13")
def test_a_list_entry_has_the_fields_of_the_page(people_of, numbers):
    (group,) = search(people_of.own, number=numbers["own"])["items"]
    expected = {
        "number": numbers["own"],
        "tag": "签制",
        "submitted_at": "2026-11-21T04:30:00.000Z",
        "person_count": 2,
        "title": "测试团组",
        "status_label": "外办审核中",
    }
    assert {name: group[name] for name in expected} == expected
    assert actions(group) == ["withdraw"]
    person = group["persons"][0]
    assert (person["number"], person["name"]) == (f"{numbers['own']}-01", "测试甲")
    assert re.fullmatch(r"E\d{8}", person["passport_number"])
    assert (person["status_label"], person["masked"]) == ("外办审核中", [])


@pytest.mark.accepts("L13")
def test_passport_numbers_are_shown_to_the_own_enterprise_and_masked_for_officers(world, people_of, numbers):
    number = numbers["own"]
    person = f"{number}-01"
    shown: list[str] = []
    for user, start in ((people_of.own, ""), (people_of.owner, ""), (people_of.everything, ""),
                        (world.desk("fao-hunan"), "/office"), (world.desk("consular"), "/office")):  # fmt: skip
        one = user.ok("GET", f"{start}/persons/{person}")
        group = user.ok("GET", f"{start}/applications/{number}")
        search_body = {"number": number} | ({} if start else {"service": "new_or_renewal"})
        (listed,) = user.ok("POST", f"{start or '/applications'}/search", search_body)["items"]
        values = {
            one["passport_number"],
            one["content"]["passport_number"],
            group["persons"][0]["passport_number"],
            group["content"]["persons"][0]["passport_number"],
            listed["persons"][0]["passport_number"],
        }
        shown += values
        assert ("passport_number" in one["masked"]) == (start == "/office")
        assert ("content.persons.passport_number" in group["masked"]) == (start == "/office")
        assert {"id_number", "phone", "email"} <= {*one["masked"]}
        assert one["content"]["id_number"].startswith("*" * 14)
    clear = shown[0]
    masked = f"E*****{clear[-3:]}"
    assert shown == [clear, clear, clear, masked, masked]


def pages(user, call, limit):
    """Every page of a list, by the cursor."""
    cursor = None
    while True:
        page = call(user, limit, cursor)
        yield [application["number"] for application in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def test_pages_list_every_application_once_newest_first(world):
    user = world.enterprise()
    content = world.content(user)
    numbers = [user.ok("POST", "/applications", {"content": content})["number"] for _ in range(5)]
    shown = list(pages(user, lambda user, limit, cursor: search(user, limit=limit, cursor=cursor), 2))
    assert [page for page in shown if page] == [numbers[:2:-1], numbers[2:0:-1], numbers[:1]]


def test_large_groups_are_listed_completely_on_any_page_size(world):
    user = world.enterprise()
    numbers = [world.application(user, persons=count)["number"] for count in (40, 40, 40)]
    shown = list(pages(user, lambda user, limit, cursor: search(user, limit=limit, cursor=cursor), 10))
    assert [page for page in shown if page] == [numbers[:0:-1], numbers[:1]]


@pytest.mark.parametrize("limit", [0, 101, -1, "10", 1.5])
def test_a_page_size_outside_1_to_100_is_refused(people_of, limit):
    answer = people_of.owner("POST", "/applications/search", {"service": "new_or_renewal", "limit": limit})
    assert (answer.status, list(answer.fields)) == (422, ["limit"])


def test_a_cursor_is_valid_only_for_its_account_and_filter(world):
    user = world.enterprise()
    content = world.content(user)
    for _ in range(2):
        user.ok("POST", "/applications", {"content": content})
    cursor = search(user, limit=1)["next_cursor"]
    assert search(user, limit=1, cursor=cursor)["items"]
    colleague = world.agent(user)
    for who, filters in (
        (user, {"cursor": cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")}),
        (user, {"cursor": "测试"}),
        (user, {"cursor": ""}),
        (user, {"cursor": cursor, "number": "APEC2026"}),
        (colleague, {"cursor": cursor}),
    ):
        answer = who("POST", "/applications/search", {"service": "new_or_renewal", "limit": 1, **filters})
        assert (answer.status, answer.code) == (400, "MALFORMED")


def test_a_desk_lists_its_queue_oldest_first(world):
    user, office = world.enterprise(), world.desk("fao-shaanxi")
    content = world.content(user, office="fao-shaanxi")
    content["attachments"] = world.attachments(user, "group", "fao-shaanxi")
    numbers = []
    for _ in range(3):
        numbers.append(user.ok("POST", "/applications", {"content": content})["number"])
        world.time.forward(seconds=1)
    shown = pages(
        office, lambda user, limit, cursor: user.ok("POST", "/office/search", {"limit": limit, "cursor": cursor}), 2
    )
    assert [number for page in shown for number in page] == numbers
    world.decide(office, {"number": numbers[0]})
    assert [application["number"] for application in office.ok("POST", "/office/search", {})["items"]] == numbers[1:]
    second = world.desk("consular").ok("POST", "/office/search", {"limit": 100})["items"]
    assert numbers[0] in [application["number"] for application in second]


@pytest.mark.accepts("H07")
def test_a_reveal_is_recorded_before_the_number_is_returned(world, people_of, numbers):
    number = f"{numbers['owner']}-01"
    answer = people_of.owner("POST", f"/persons/{number}/reveal", {"fields": ["phone"], "reason": "与本人核对"})
    assert answer.body == {"fields": {"phone": "13800000000"}}
    (entry,) = [
        event for event in people_of.owner.ok("GET", f"/persons/{number}")["history"] if event["action"] == "reveal"
    ]
    assert (entry["reason"], entry["fields"], entry["person_number"]) == ("与本人核对", ["phone"], number)
    for form in ({"fields": ["phone"]}, {"fields": [], "reason": "核对"}, {"fields": ["name"], "reason": "核对"}):
        assert people_of.owner("POST", f"/persons/{number}/reveal", form).status == 422
