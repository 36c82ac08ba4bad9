"""Pages of lists: cursors, large groups, and the number of requests of a page (L03-L14, H20-H22)."""

from types import SimpleNamespace

import pytest

from chalicelib.rules.base import limits
from testing.follow_ups import passport, through, waiting
from testing.people import serial
from testing.world import User

REQUESTS = 3
"""The maximum of one page: one request for the session and its account, two for the page."""


def ask(user, **filters):
    return user.ok("POST", "/applications/search", {"service": "new_or_renewal", **filters})


def pages(user, limit, between=lambda: None, call="/applications/search", **filters):
    """Every page of a list, read by cursor; `between` is called between two pages."""
    service = {"service": "new_or_renewal"} if call == "/applications/search" else {}
    cursor = None
    while True:
        page = user.ok("POST", call, {**service, "limit": limit, "cursor": cursor, **filters})
        yield page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return
        between()


def group_numbers(shown):
    return [group["number"] for page in shown for group in page]


def person_numbers(shown):
    return [person["number"] for page in shown for group in page for person in group["persons"]]


# Cursors


def test_a_large_group_alone_on_a_filtered_page_is_listed_once_and_completely(world):
    user = world.enterprise()
    agent = world.agent(user)
    wanted = world.approved(agent, persons=60)["number"]
    world.approved(user, persons=50)
    shown = list(pages(user, 10, status="ECONOMY_REVIEW", agent_id=agent.account["id"]))
    assert group_numbers(shown) == [wanted]
    assert person_numbers(shown) == [f"{wanted}-{position:02}" for position in range(1, 61)]


@pytest.mark.parametrize("filters", [{}, {"status": "FAO_REVIEW"}, {"applicant": "测试"}, {"number": "APEC2026"}])
def test_an_application_added_between_two_pages_neither_hides_nor_repeats_another(world, filters):
    user = world.enterprise()
    content = world.content(user)
    before = [user.ok("POST", "/applications", {"content": content})["number"] for _ in range(5)]
    shown = group_numbers(pages(user, 2, lambda: user.ok("POST", "/applications", {"content": content}), **filters))
    assert len(shown) == len(set(shown))
    assert [number for number in shown if number in before] == before[::-1]


def test_an_application_removed_between_two_pages_hides_no_other(world):
    user = world.enterprise()
    content = world.content(user)
    numbers = [user.ok("POST", "/applications", {"content": content})["number"] for _ in range(5)]
    leaving = iter([numbers[4], numbers[0]])

    def withdraw():
        number = next(leaving, None)
        if number:
            user.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})

    assert group_numbers(pages(user, 2, withdraw, status="FAO_REVIEW")) == numbers[:0:-1]


CURSORS = [
    {"number": "APEC2026"},
    {"applicant": "测试"},
    {"status": "FAO_REVIEW"},
    {"passport_number": "E00000001"},
    {"available_service": "early_card"},
    {"agent_id": "somebody"},
    {"service": "early_card"},
]


@pytest.mark.parametrize("filters", CURSORS)
def test_a_cursor_is_refused_for_another_filter(world, owner, filters):
    for _ in range(2):
        world.application(owner)
    cursor = ask(owner, limit=1)["next_cursor"]
    answer = owner(
        "POST", "/applications/search", {"service": "new_or_renewal", "limit": 1, "cursor": cursor, **filters}
    )
    assert (answer.status, answer.code) == (400, "MALFORMED")
    assert ask(owner, limit=2, cursor=cursor)["items"]


def test_a_cursor_is_refused_for_another_account_or_route(world, owner):
    for _ in range(2):
        world.application(owner)
    cursor = ask(owner, limit=1)["next_cursor"]
    for user, path in (
        (world.agent(owner), "/applications/search"),
        (world.enterprise(), "/applications/search"),
        (world.desk("fao-hunan"), "/office/search"),
    ):
        answer = user("POST", path, {"cursor": cursor} | ({"service": "new_or_renewal"} if path[1] == "a" else {}))
        assert (answer.status, answer.code) == (400, "MALFORMED")


def test_a_cursor_of_an_earlier_version_is_malformed(world, owner):
    from chalicelib.repos.accounts import accounts
    from chalicelib.repos.keys import cursors

    viewer = accounts.get(owner.account["enterprise_id"], owner.account["id"])
    assert viewer is not None
    filters = ("number", "applicant", "status", "passport_number", "available_service", "agent_id")
    bound_to = {"service": "new_or_renewal", **dict.fromkeys(filters)}
    for position, status in (({"pk": "APP#APEC20261121000001", "sk": "HEADER"}, 400), (NOWHERE, 200)):
        cursor = cursors.write(viewer, "applications", bound_to, position)
        answer = owner("POST", "/applications/search", {"service": "new_or_renewal", "cursor": cursor})
        assert answer.status == status


NOWHERE = {"number": "APEC", "done": True}


# Large groups


@pytest.fixture(scope="module")
def large(portal):
    """Three approved groups of 60 persons."""
    user = portal.enterprise()
    return SimpleNamespace(user=user, numbers=[portal.approved(user, persons=60)["number"] for _ in range(3)])


def of_60(number):
    return [f"{number}-{position:02d}" for position in range(1, 61)]


@pytest.mark.accepts("L09")
@pytest.mark.parametrize("filters", [{}, {"number": "APEC2026"}])
def test_large_groups_are_listed_completely_and_none_is_missed(large, filters):
    shown = list(pages(large.user, 10, **filters))
    assert group_numbers(shown) == large.numbers[::-1]
    assert [len(group["persons"]) for page in shown for group in page] == [60, 60, 60]


@pytest.mark.accepts("L09")
@pytest.mark.parametrize(
    "filters", [{"applicant": "测试"}, {"available_service": "change_passport"}, {"status": "ECONOMY_REVIEW"}]
)
@pytest.mark.parametrize("limit", [10, 100])
def test_matching_persons_of_large_groups_are_each_listed_one_time(large, filters, limit):
    shown = person_numbers(pages(large.user, limit, **filters))
    assert len(shown) == 180
    assert set(shown) == {person for number in large.numbers for person in of_60(number)}


def test_a_person_with_the_status_of_its_group_is_not_listed_twice(world):
    user = world.enterprise()
    number = world.application(user, persons=3)["number"]
    office = world.desk("fao-hunan")
    form = {"decision": "return", "reason": "请补充", "status_version": 1}
    office.ok("POST", f"/office/persons/{number}-02/decision", form)
    office.ok("POST", f"/office/applications/{number}/decision", form)
    everybody = [f"{number}-01", f"{number}-02", f"{number}-03"]
    for limit in (1, 10):
        assert sorted(person_numbers(pages(user, limit, status="FAO_RETURNED"))) == everybody


@pytest.mark.accepts("L09")
@pytest.mark.parametrize(
    "filters", [{"available_service": "change_passport"}, {"status": "ECONOMY_REVIEW"}, {"number": "APEC"}]
)
def test_a_group_is_listed_with_all_matching_persons_on_any_page_size(world, filters):
    user = world.enterprise()
    numbers = [world.approved(user, persons=12)["number"] for _ in range(3)]
    for limit in (1, 2):
        shown = list(pages(user, limit, **filters))
        assert group_numbers(shown) == numbers[::-1]
        assert [len(group["persons"]) for page in shown for group in page] == [12, 12, 12]
        assert max(len(page) for page in shown) == limit


# Requests


def content_with(portal, user, name, persons):
    """Content whose persons have this name, which those of no other test have: pages by name read no more of them."""
    travellers = [traveller | {"name": name} for traveller in portal.travellers(user, persons)]
    return portal.content(user) | {"persons": travellers}


@pytest.fixture(scope="module")
def busy(portal):
    """An enterprise with a match for every filter, whose name is no part of another one's."""
    ticket = portal.ticket("register", portal.elements() | {"name": "江畔测试公司"})
    session = portal.anybody.ok("POST", "/registrations", portal.registration(**ticket))
    user = User(portal, session["token"], session["account"])
    content = content_with(portal, user, "江测试", 3)
    for _ in range(12):
        user.ok("POST", "/applications", {"content": content})
    person = waiting(portal, user, approvals=1)
    through(portal, user, person, "change_passport", **passport())
    return SimpleNamespace(user=user, agent=portal.agent(user, scope="own"), content=content, person=person)


def counted(world, user, path, form):
    with world.counting() as asked:
        user.ok("POST", path, form)
    asked.tell(f"{path} {form}")
    assert len(asked) <= REQUESTS
    # A single item is read only for the counter of a day's numbers.
    assert set(asked.operations) <= {"dynamodb.Query", "dynamodb.BatchGetItem", "dynamodb.GetItem"}


FILTERS = [
    {},
    {"number": "NUMBER"},
    {"number": "APEC2026"},
    {"number": "PERSON"},
    {"applicant": "江测"},
    {"status": "FAO_REVIEW"},
    {"status": "ECONOMY_REVIEW"},
    {"passport_number": "PASSPORT"},
    {"available_service": "early_card"},
    {"available_service": "replace_card"},
    {"available_service": "change_passport"},
    {"available_service": "cancel_card"},
    {"agent_id": "SELF"},
    {"agent_id": "SELF", "status": "FAO_REVIEW", "applicant": "江测", "number": "APEC2026"},
    {"passport_number": "PASSPORT", "available_service": "change_passport", "status": "ECONOMY_REVIEW"},
    *({"service": service} for service in ("early_card", "replace_card", "change_passport", "cancel_card")),
]


@pytest.mark.parametrize("filters", FILTERS)
def test_a_page_of_a_list_takes_two_requests_for_every_filter(world, busy, filters):
    values = {
        "NUMBER": busy.person[:18],
        "PERSON": busy.person,
        "PASSPORT": busy.content["persons"][0]["passport_number"],
        "SELF": busy.user.account["id"],
    }
    asked = {name: values.get(value, value) for name, value in filters.items()}
    counted(world, busy.user, "/applications/search", {"service": "new_or_renewal", **asked})
    if "agent_id" not in asked:
        counted(world, busy.agent, "/applications/search", {"service": "new_or_renewal", **asked})


@pytest.mark.parametrize("desk", ["fao-hunan", "consular"])
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"status": "FAO_REVIEW"},
        {"status": "CONSULAR_REVIEW"},
        {"status": "CONSULAR_APPROVED"},
        {"service": "new_or_renewal"},
        {"number": "NUMBER"},
        {"limit": 100},
        {"order": "newest"},
        {"status": "ECONOMY_REVIEW"},
        {"applicant": "江测"},
        {"applicant": "江测", "status": "FAO_REVIEW", "order": "newest"},
        {"passport_number": "PASSPORT"},
        {"enterprise_id": "ENTERPRISE"},
        {"number": "APEC20261121"},
        {"number": "APEC2026112100000", "order": "newest"},
        {"status": "FAO_REVIEW", "enterprise": "测试"},
        {"status": "FAO_REVIEW", "submitted_from": "2026-11-21", "submitted_to": "2026-11-21"},
        {"status": "FAO_REVIEW", "submitted_from": "2026-11-21", "enterprise": "测试", "service": "new_or_renewal"},
        {"waiting_longer_than": 0},
        {"waiting_longer_than": 0, "status": "ECONOMY_REVIEW"},
        {"waiting_longer_than": 0, "enterprise_id": "ENTERPRISE"},
    ],
)
def test_a_page_of_an_officers_list_takes_two_requests(world, busy, desk, form):
    values = {
        "NUMBER": busy.person[:18],
        "PASSPORT": busy.content["persons"][0]["passport_number"],
        "ENTERPRISE": busy.user.account["enterprise_id"],
    }
    asked = {name: values.get(value, value) for name, value in form.items()}
    counted(world, world.desk(desk), "/office/search", asked)


@pytest.mark.parametrize("desk", ["fao-hunan", "consular"])
def test_a_page_by_part_of_a_name_takes_one_request_more_for_each_enterprise_and_one_for_names(world, busy, desk):
    part = busy.user.ok("GET", "/enterprise")["name"]
    with world.counting() as asked:
        assert world.desk(desk).ok("POST", "/office/search", {"enterprise": part})["items"]
    asked.tell("/office/search by a part of a name that one enterprise has")
    assert len(asked) <= REQUESTS + 1


@pytest.fixture(scope="module")
def late(portal):
    """The number of an application under review that follows 120 persons of the same name with another status."""
    user = portal.enterprise()
    for _ in range(2):
        approved = user.ok("POST", "/applications", {"content": content_with(portal, user, "河测试", 60)})
        for office in ("fao-hunan", "consular"):
            portal.decide(portal.desk(office), approved)
    return user.ok("POST", "/applications", {"content": content_with(portal, user, "河测试", 1)})["number"]


@pytest.mark.parametrize("desk", ["fao-hunan", "consular"])
def test_a_page_whose_oldest_rows_match_one_filter_only_stays_within_its_budget(world, busy, late, desk):
    """The first persons of the name have other statuses: the page reads the names and the status in turns."""
    form = {"applicant": "河测", "status": "FAO_REVIEW", "order": "oldest"}
    with world.counting() as asked:
        found = world.desk(desk).ok("POST", "/office/search", form)
    assert [group["number"] for group in found["items"]] == [late]
    assert found["partial"] is False
    assert len(asked) <= limits.PAGE_REQUESTS


def test_a_page_of_large_groups_takes_two_requests(world, large):
    for filters in ({}, {"applicant": "测试"}, {"status": "ECONOMY_REVIEW"}):
        counted(world, large.user, "/applications/search", {"service": "new_or_renewal", "limit": 100, **filters})


@pytest.mark.parametrize(
    "form", [{"limit": 0}, {"limit": 101}, {"status": "DRAFT"}, {"service": "x"}, {"passport": "x"}]
)
def test_an_invalid_filter_is_refused(owner, form):
    answer = owner("POST", "/applications/search", {"service": "new_or_renewal", **form})
    assert (answer.status, list(answer.fields)) == (422, list(form))


@pytest.mark.parametrize("text", ["%", "*", "'", '"', "#", "\u0000", "𠮷", "a" * 50, str(serial())])
def test_unusual_text_in_a_filter_finds_nothing_without_a_fault(owner, text):
    for name in ("number", "applicant", "passport_number", "agent_id"):
        assert ask(owner, **{name: text})["items"] == []
