"""Lists and their filters: results of each filter, of combinations, and by scope of the account (H13-H22, L02-L14)."""

from types import SimpleNamespace

import pytest

from testing.follow_ups import applied, decided, finish, holder, made, passport, seen, through, waiting
from tests.support.accounts import accounts_of_both_scopes
from tests.support.applications import CANCEL, CHANGE, EARLY, REPLACE


@pytest.fixture(scope="module")
def accounts(portal):
    """An enterprise with agents: two of wide scope, two of narrow scope; one revoked and one deleted later."""
    shared = accounts_of_both_scopes(portal)
    revoked, deleted = portal.agent(shared.owner), portal.agent(shared.owner)
    return SimpleNamespace(**vars(shared), revoked=revoked, deleted=deleted, stranger=portal.enterprise())


NAMES = {
    "owner": ("王海", "王海燕"),
    "everything": ("李明", "王海"),
    "own": ("赵云", "陈静"),
    "other_own": ("赵云",),
    "revoked": ("孙权",),
    "deleted": ("周瑜",),
}


@pytest.fixture(scope="module")
def groups(portal, accounts):
    """The number and the passports of one application of each account, all under office review."""
    made = {}
    for creator, names in NAMES.items():
        user = getattr(accounts, creator)
        content = portal.content(user, persons=len(names))
        for person, name in zip(content["persons"], names, strict=True):
            person["name"] = name
        number = user.ok("POST", "/applications", {"content": content})["number"]
        made[creator] = SimpleNamespace(
            number=number, passports=[person["passport_number"] for person in content["persons"]]
        )
    accounts.owner.ok("PUT", f"/agents/{accounts.revoked.account['id']}/authorization", {"authorized": False})
    accounts.owner.ok("DELETE", f"/agents/{accounts.deleted.account['id']}")
    return SimpleNamespace(**made)


@pytest.fixture(scope="module")
def persons(portal, accounts):
    """One person for each status, in separate groups, created by an agent of narrow scope."""
    return SimpleNamespace(
        new=waiting(portal, accounts.own),
        approved=waiting(portal, accounts.own, approvals=1),
        done=decided(portal, accounts.own),
        holder=holder(portal, accounts.own),
        busy=_busy(portal, accounts.own),
    )


def _busy(portal, user):
    person = waiting(portal, user, approvals=1)
    applied(user, person, EARLY)
    return person


def search(user, service="new_or_renewal", **filters):
    return user.ok("POST", "/applications/search", {"service": service, "limit": 100, **filters})["items"]


def numbers(user, **filters):
    return [group["number"] for group in search(user, **filters)]


def people(user, **filters):
    return [person["number"] for group in search(user, **filters) for person in group["persons"]]


# Each filter


@pytest.mark.accepts("L03", "L09")
def test_a_group_is_found_by_its_number_a_prefix_and_a_persons_number(accounts, groups):
    number = groups.owner.number
    assert numbers(accounts.owner, number=number) == [number]
    assert numbers(accounts.owner, number=f" {number.lower()} ") == [number]
    assert people(accounts.owner, number=f"{number}-02") == [f"{number}-02"]
    beginning = numbers(accounts.owner, number=number[:-6])
    assert {group.number for group in vars(groups).values()} <= set(beginning)
    assert beginning == sorted(beginning, reverse=True)
    assert numbers(accounts.stranger, number=number) == numbers(accounts.stranger, number=number[:-6]) == []


@pytest.mark.accepts("L03", "L09")
def test_an_applicant_is_found_by_name_prefix_within_the_group(accounts, groups):
    found = search(accounts.owner, applicant="王海")
    assert {(group["number"], person["number"][-2:]) for group in found for person in group["persons"]} == {
        (groups.owner.number, "01"),
        (groups.owner.number, "02"),
        (groups.everything.number, "02"),
    }
    assert {group["person_count"] for group in found} == {2}
    assert people(accounts.owner, applicant="王海燕") == [f"{groups.owner.number}-02"]
    for nothing in ("海燕", "王%", "王海燕燕"):
        assert people(accounts.owner, applicant=nothing) == []


@pytest.mark.accepts("L10", "L11")
def test_a_passport_number_is_matched_exactly_in_any_spelling(accounts, groups):
    passport_number = groups.own.passports[1]
    full_width = "".join(chr(ord(char) + 0xFEE0) for char in passport_number)
    spaced = f"{passport_number[:1]} {passport_number[1:5]} {passport_number[5:]} "
    for typed in (passport_number, passport_number.lower(), full_width, spaced):
        assert people(accounts.owner, passport_number=typed) == [f"{groups.own.number}-02"]
    for nothing in (passport_number[:-1], passport_number[1:], "*", f"{passport_number[0]}*****{passport_number[-3:]}"):
        assert people(accounts.owner, passport_number=nothing) == []
    assert people(accounts.stranger, passport_number=passport_number) == []


@pytest.mark.accepts("L03")
def test_a_name_with_a_dot_is_stored_and_found_in_one_form(world):
    owner, officer = world.enterprise(), world.desk("fao-hunan")
    content = world.content(owner)
    content["persons"][0]["name"] = "玉素甫 • 买买 提"
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    (shown,) = owner.ok("GET", f"/applications/{number}")["persons"]
    assert shown["name"] == "玉素甫·买买提"
    for typed in ("玉素甫·买买提", "玉素甫•买", "玉素甫．买买提", "玉 素甫・"):
        assert number in numbers(owner, applicant=typed), typed
        found = officer.ok("POST", "/office/search", {"applicant": typed})["items"]
        assert [one["number"] for one in found] == [number], typed
    assert numbers(owner, applicant="玉素甫买") == []


def test_a_status_matches_groups_and_persons_with_their_own_status(accounts, groups, persons):
    assert set(numbers(accounts.owner, status="FAO_REVIEW")) == {group.number for group in vars(groups).values()}
    approved = numbers(accounts.owner, status="CONSULAR_APPROVED")
    assert set(approved) == {person[:18] for person in vars(persons).values()}
    assert set(people(accounts.owner, status="ECONOMY_REVIEW")) == {persons.new, persons.approved, persons.busy}
    assert people(accounts.owner, status="ECONOMY_DONE") == [persons.done]
    assert people(accounts.owner, status="CARD_ISSUED") == [persons.holder]
    assert numbers(accounts.owner, status="WITHDRAWN") == []
    assert people(accounts.owner, status=None) == people(accounts.owner)


@pytest.mark.accepts("L07", "L08", "L04", "L05", "L06", "L09")
def test_an_available_service_matches_the_persons_who_can_apply_for_it(accounts, persons):
    assert people(accounts.owner, available_service=EARLY) == [persons.approved]
    assert people(accounts.owner, available_service=REPLACE) == [persons.holder]
    assert people(accounts.owner, available_service=CHANGE) == [persons.done, persons.approved, persons.new]
    assert people(accounts.owner, available_service=CANCEL) == [persons.holder]
    assert numbers(accounts.owner, available_service=REPLACE) == [persons.holder[:18]]
    answer = accounts.owner(
        "POST", "/applications/search", {"service": "new_or_renewal", "available_service": "new_or_renewal"}
    )
    assert (answer.status, list(answer.fields)) == (422, ["available_service"])
    assert people(accounts.owner, available_service=None) == people(accounts.owner)


@pytest.mark.accepts("H20", "H21")
def test_the_agent_filter_offers_user_names_to_the_enterprise_only(world):
    owner = world.enterprise()
    first, second = world.agent(owner, username="filter1"), world.agent(owner, username="filter2")
    world.revoke(second)
    listed = owner.ok("GET", "/applications/agents")["items"]
    assert [agent["username"] for agent in listed] == ["filter1", "filter2"]
    assert [agent["id"] for agent in listed] == [first.account["id"], second.account["id"]]
    assert first("GET", "/applications/agents").status == 403


@pytest.mark.accepts("H22")
def test_the_agent_filter_finds_applications_of_revoked_and_deleted_agents(accounts, groups):
    for creator in ("everything", "other_own", "revoked", "deleted"):
        agent_id = getattr(accounts, creator).account["id"]
        assert numbers(accounts.owner, agent_id=agent_id) == [getattr(groups, creator).number]
    own = numbers(accounts.owner, agent_id=accounts.owner.account["id"])
    assert own == [groups.owner.number]
    everything = numbers(accounts.owner)
    assert {group.number for group in vars(groups).values()} <= {*everything}
    for everybody in ({"agent_id": None}, {"agent_id": ""}):
        assert numbers(accounts.owner, **everybody) == everything
    for nobody in ("unknown", accounts.stranger.account["id"], "agent0"):
        assert numbers(accounts.owner, agent_id=nobody) == []


@pytest.mark.accepts("H20")
@pytest.mark.parametrize("viewer", ["everything", "own"])
def test_agents_cannot_filter_by_agent(accounts, groups, viewer):
    user = getattr(accounts, viewer)
    answer = user("POST", "/applications/search", {"service": "new_or_renewal", "agent_id": user.account["id"]})
    assert (answer.status, answer.fields) == (422, {"agent_id": "extra_forbidden"})


# Combined filters

COMBINED = [
    ({"applicant": "王海", "agent_id": "everything"}, ["everything-02"]),
    ({"applicant": "赵", "status": "FAO_REVIEW"}, ["other_own-01", "own-01"]),
    ({"applicant": "赵", "status": "CONSULAR_REVIEW"}, []),
    ({"applicant": "王海", "number": "owner"}, ["owner-01", "owner-02"]),
    ({"passport_number": "own-02", "applicant": "陈"}, ["own-02"]),
    ({"passport_number": "own-02", "applicant": "赵"}, []),
    ({"passport_number": "own-02", "number": "owner"}, []),
    ({"passport_number": "own-02", "agent_id": "own", "status": "FAO_REVIEW"}, ["own-02"]),
    ({"passport_number": "own-02", "agent_id": "other_own"}, []),
    ({"passport_number": "own-02", "available_service": CHANGE}, []),
    ({"status": "FAO_REVIEW", "agent_id": "revoked"}, ["revoked-01"]),
    ({"status": "FAO_REVIEW", "number": "deleted"}, ["deleted-01"]),
]


@pytest.mark.accepts("L03", "L04", "L10", "H22")
@pytest.mark.parametrize(("filters", "expected"), COMBINED)
def test_combined_filters_match_the_intersection(accounts, groups, filters, expected):
    asked = dict(filters)
    if "agent_id" in asked:
        asked["agent_id"] = getattr(accounts, asked["agent_id"]).account["id"]
    if "number" in asked:
        asked["number"] = getattr(groups, asked["number"]).number
    if "passport_number" in asked:
        creator, _, position = asked["passport_number"].partition("-")
        asked["passport_number"] = getattr(groups, creator).passports[int(position) - 1]
    wanted = {f"{getattr(groups, name.partition('-')[0]).number}-{name.partition('-')[2]}" for name in expected}
    assert set(people(accounts.owner, **asked)) == wanted


def test_an_available_service_combines_with_every_other_filter(accounts, persons):
    agent = accounts.own.account["id"]
    for filters, expected in (
        ({"agent_id": agent}, [persons.done, persons.approved, persons.new]),
        ({"agent_id": accounts.owner.account["id"]}, []),
        ({"number": persons.new}, [persons.new]),
        ({"number": persons.done[:18]}, [persons.done]),
        ({"status": "ECONOMY_DONE"}, [persons.done]),
        ({"applicant": "测试"}, [persons.done, persons.approved, persons.new]),
        ({"applicant": "王"}, []),
    ):
        assert sorted(people(accounts.owner, available_service=CHANGE, **filters)) == sorted(expected)


# Scope


@pytest.mark.accepts("H17", "L14")
def test_every_filter_respects_the_scope_of_an_agent_with_own_applications_only(accounts, groups, persons):
    foreign = groups.owner
    for filters in (
        {"number": foreign.number},
        {"number": f"{foreign.number}-01"},
        {"applicant": "王海"},
        {"passport_number": foreign.passports[0]},
    ):
        assert people(accounts.own, **filters) == []
        assert people(accounts.everything, **filters) != []
    mine = [groups.own.number]
    assert numbers(accounts.own, status="FAO_REVIEW") == mine
    assert people(accounts.own, applicant="赵") == [f"{groups.own.number}-01"]
    assert numbers(accounts.own, number=foreign.number[:-6]) == numbers(accounts.own)
    assert people(accounts.own, available_service=EARLY) == [persons.approved]
    assert (
        people(accounts.other_own, available_service=EARLY) == people(accounts.other_own, status="ECONOMY_REVIEW") == []
    )
    assert numbers(accounts.other_own) == [groups.other_own.number]


@pytest.mark.accepts("H14", "H16")
def test_the_enterprise_and_agents_of_wide_scope_find_the_same_newest_first(accounts, groups, persons):
    every = numbers(accounts.owner)
    assert every == sorted(every, reverse=True)
    assert numbers(accounts.everything) == every
    made = [*(group.number for group in vars(groups).values()), *(person[:-3] for person in vars(persons).values())]
    assert {*made} <= {*every}


# Lists of follow-up services


@pytest.fixture(scope="module")
def appliers(portal):
    """Another enterprise with agents of both scopes, who apply for follow-up services."""
    return accounts_of_both_scopes(portal)


@pytest.fixture(scope="module")
def follow_ups(portal, appliers):
    """One application for each follow-up service, of different accounts, beside a new one of somebody else."""
    early = waiting(portal, appliers.own, approvals=1)
    late = waiting(portal, appliers.own, approvals=1)
    through(portal, appliers.own, late, EARLY)
    made(portal, late)
    finish(portal, late)
    change, cancel = waiting(portal, appliers.own), holder(portal, appliers.own)
    content = portal.content(appliers.owner)
    content["persons"][0]["name"] = "王海"
    appliers.owner.ok("POST", "/applications", {"content": content})
    return {
        EARLY: applied(appliers.own, early, EARLY),
        REPLACE: applied(appliers.everything, late, REPLACE, case="more_economies"),
        CHANGE: applied(appliers.owner, change, CHANGE, **passport()),
        CANCEL: applied(appliers.everything, cancel, CANCEL),
    }


@pytest.mark.accepts("L02", "L03", "L10")
@pytest.mark.parametrize("service", [EARLY, REPLACE, CHANGE, CANCEL])
def test_each_service_has_its_own_list_with_the_same_filters(appliers, follow_ups, service):
    follow_up = follow_ups[service]
    person = follow_up["person_number"]
    clear = appliers.owner.ok("GET", f"/persons/{person}")["passport_number"]
    for filters in (
        {},
        {"number": follow_up["number"]},
        {"applicant": "测试"},
        {"status": "FAO_REVIEW"},
        {"passport_number": clear},
        {"agent_id": follow_up["creator_id"]},
        {"agent_id": follow_up["creator_id"], "status": "FAO_REVIEW", "applicant": "测试甲"},
    ):
        found = search(appliers.owner, service, **filters)
        assert follow_up["number"] in [application["number"] for application in found], filters
        assert {application["service"] for application in found} == {service}
    (shown,) = search(appliers.owner, service, number=follow_up["number"])
    assert [listed["number"] for listed in shown["persons"]] == [shown["person_number"]] == [person]
    assert shown["persons"][0]["passport_number"] == seen(appliers.owner, person)["passport_number"]
    for nothing in ({"status": "DONE"}, {"applicant": "王"}, {"passport_number": "E99999999"}, {"number": person}):
        assert search(appliers.owner, service, **nothing) == []
    assert search(appliers.owner, service, available_service=CHANGE) == []
    for viewer in (appliers.own, appliers.other_own):
        mine = viewer.account["id"] == follow_up["creator_id"]
        assert (follow_up["number"] in numbers(viewer, service=service)) is mine


@pytest.mark.accepts("L10")
@pytest.mark.parametrize("service", [CHANGE, REPLACE])
def test_a_follow_up_application_with_a_new_passport_is_found_by_both_passport_numbers(world, service):
    owner = world.enterprise()
    person = waiting(world, owner) if service == CHANGE else holder(world, owner)
    first, second = passport(), passport()
    number = applied(owner, person, service, **first)["number"]
    old = owner.ok("GET", f"/persons/{person}")

    def found(passport_number):
        asked = {"service": service, "passport_number": passport_number}
        return [application["number"] for application in owner.ok("POST", "/applications/search", asked)["items"]]

    assert found(old["passport_number"]) == found(first["passport_number"]) == [number]
    officer = world.desk("fao-hunan")
    shown = owner.ok("GET", f"/applications/{number}")
    form = {"decision": "return", "reason": "护照号有误", "status_version": shown["status_version"]}
    officer.ok("POST", f"/office/applications/{number}/decision", form)
    edited = {"reason": "更正护照号", "attachments": [], **second}
    version = owner.ok("GET", f"/applications/{number}")["version"]
    owner.ok("PUT", f"/applications/{number}/service", edited, If_Match=f'"{version}"')
    assert (found(first["passport_number"]), found(second["passport_number"])) == ([], [number])
    if service == REPLACE:
        version = owner.ok("GET", f"/applications/{number}")["version"]
        lost = {"reason": "卡遗失", "attachments": [], "case": "lost"}
        owner.ok("PUT", f"/applications/{number}/service", lost, If_Match=f'"{version}"')
        assert found(second["passport_number"]) == []
