"""Officers narrow their lists: by part of an enterprise's name, beginning of a number, days and waiting time (L14)."""

from types import SimpleNamespace

import pytest

from chalicelib.rules.base import limits
from testing.people import serial
from testing.world import PASSWORD, START, User

HUNAN, SHAANXI = "fao-hunan", "fao-shaanxi"


@pytest.fixture(scope="module")
def desks(portal):
    """Officers of two offices and of the consular department."""
    return SimpleNamespace(hunan=portal.desk(HUNAN), shaanxi=portal.desk(SHAANXI), consular=portal.desk("consular"))


@pytest.fixture(scope="module")
def sent(portal):
    """Two enterprises with alike names, and one application of each: three days ago, and today."""
    word = "麓湖星港"
    portal.time.forward(days=-3)
    first = named(portal, f"云{word}（星沙）Abc进出口公司")
    one = portal.application(first, persons=2)["number"]
    portal.time.moment = START
    first = portal.sign_in("enterprise", first.account["login"], PASSWORD)
    second = named(portal, f"岳{word}贸易公司")
    two = portal.application(second)["number"]
    return SimpleNamespace(word=word, first=first, second=second, one=one, two=two)


def named(world, name):
    """A new enterprise of this name, signed in."""
    form = world.registration(**world.ticket("register", {**world.elements(), "name": name}))
    session = world.anybody.ok("POST", "/registrations", form)
    return User(world, session["token"], session["account"])


def numbers(officer, **filters):
    """The numbers of all applications of a list, page by page."""
    shown, cursor = [], None
    while True:
        page = officer.ok("POST", "/office/search", {"limit": 100, "cursor": cursor, **filters})
        shown += [group["number"] for group in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            assert page["partial"] is False
            return shown


# Enterprises


@pytest.mark.accepts("L14")
def test_applications_are_found_by_any_part_of_the_enterprises_name(desks, sent):
    word = sent.word
    for part, expected in (
        (word, [sent.one, sent.two]),
        (word[:4], [sent.one, sent.two]),
        (f"{word}贸", [sent.two]),
        (f"云{word}（", [sent.one]),
        (f"{word}(星沙)aBC", [sent.one]),
        (f"云{word}（星沙）Abc进出口公司", [sent.one]),
        (f"{word}公司", []),
        (f"云{word}贸易", []),
    ):
        for officer in (desks.hunan, desks.consular):
            assert numbers(officer, enterprise=part) == expected, part
        assert numbers(desks.shaanxi, enterprise=part) == []
        assert numbers(desks.consular, enterprise=part, status="FAO_REVIEW") == expected, part
        assert numbers(desks.consular, enterprise=part, status="FAO_RETURNED") == []


def test_a_part_of_a_name_combines_with_every_other_filter(desks, sent):
    ours = {"enterprise": sent.word}
    first = sent.first.account["enterprise_id"]
    for filters, expected in (
        ({"order": "newest"}, [sent.two, sent.one]),
        ({"limit": 1}, [sent.one, sent.two]),
        ({"limit": 1, "order": "newest"}, [sent.two, sent.one]),
        ({"enterprise_id": first}, [sent.one]),
        ({"number": sent.one[:12]}, [sent.one]),
        ({"number": sent.one}, [sent.one]),
        ({"service": "early_card"}, []),
        ({"waiting_longer_than": 2}, [sent.one]),
        ({"applicant": "测试"}, [sent.one, sent.two]),
        ({"applicant": "测试", "status": "FAO_REVIEW", "waiting_longer_than": 2}, [sent.one]),
    ):
        assert numbers(desks.hunan, **{**ours, **filters}) == expected, filters
    assert numbers(desks.hunan, enterprise="麓麓", number=sent.one) == []


def test_a_renamed_enterprise_is_found_by_the_name_that_its_applications_show(world, desks):
    word = f"旧名{serial()}号"
    user = named(world, f"{word}公司")
    before = world.application(user)["number"]
    known = user.ok("GET", "/enterprise")
    elements = {name: known[name] for name in ("uscc", "legal_representative")} | {"name": f"新{word}集团"}
    user.ok("PUT", "/enterprise/licence", world.ticket("update_licence", elements))
    after = world.application(user)["number"]
    assert numbers(desks.consular, enterprise=f"{word}公司") == [before]
    assert numbers(desks.consular, enterprise=f"{word}集团") == [after]
    assert numbers(desks.consular, enterprise=word) == [before, after]


def test_a_part_that_very_many_names_have_needs_more_text_or_a_status(world, desks):
    part = f"共有{serial()}"
    users = [named(world, f"{part}{count}公司") for count in range(limits.ENTERPRISES_SEARCHED)]
    ours = [world.application(user)["number"] for user in (users[0], users[-1])]
    assert numbers(desks.hunan, enterprise=part) == ours
    named(world, f"又一{part}公司")
    answer = desks.hunan("POST", "/office/search", {"enterprise": part})
    assert (answer.status, answer.fields) == (422, {"enterprise": "TOO_MANY_ENTERPRISES"})
    assert numbers(desks.hunan, enterprise=part, status="FAO_REVIEW") == ours
    answer = desks.hunan("POST", "/office/search", {"enterprise": "共"})
    assert (answer.status, answer.fields) == (422, {"enterprise": "string_too_short"})


# Numbers and days


@pytest.mark.accepts("L14")
def test_applications_of_every_status_are_found_by_the_beginning_of_their_number(world, desks, sent):
    owner = world.enterprise()
    done = world.application(owner)["number"]
    owner.ok("POST", f"/applications/{done}/withdraw", {"status_version": 1})
    for length in (12, 14, 16, 17, 18):
        for officer in (desks.hunan, desks.consular):
            shown = numbers(officer, number=done[:length])
            assert done in shown
            assert all(number.startswith(done[:length]) for number in shown)
            assert shown == sorted(shown)
            assert numbers(officer, number=done[:length], order="newest", limit=1) == shown[::-1]
        assert done not in numbers(desks.shaanxi, number=done[:length])
    assert numbers(desks.hunan, number=f" {done[:17].lower()} ") == numbers(desks.hunan, number=done[:17])
    for nothing in ("APEC20250101", "APEC99999999", "APEC2026112100000000000", "B", "%", f"{done[:12]}9"):
        assert numbers(desks.hunan, number=nothing) == []


def test_less_of_a_number_than_its_day_needs_another_filter(desks, sent):
    for number in ("A", "apec", "APEC2026", sent.one[:11]):
        answer = desks.hunan("POST", "/office/search", {"number": number})
        assert (answer.status, answer.fields) == (422, {"number": "NUMBER_WITHOUT_DAY"})
        assert sent.one in numbers(desks.hunan, number=number, status="FAO_REVIEW")
        assert sent.one in numbers(desks.hunan, number=number, applicant="测试")
        assert sent.one in numbers(desks.hunan, number=number, enterprise=sent.word)


@pytest.mark.accepts("L14")
def test_a_desk_is_narrowed_to_the_days_of_submission(desks, sent):
    first, second = (f"{number[4:8]}-{number[8:10]}-{number[10:12]}" for number in (sent.one, sent.two))
    of_two = {sent.one, sent.two}
    for days, expected in (
        ({"submitted_from": first, "submitted_to": second}, {sent.one, sent.two}),
        ({"submitted_from": first, "submitted_to": first}, {sent.one}),
        ({"submitted_from": second}, {sent.two}),
        ({"submitted_to": first}, {sent.one}),
        ({"submitted_to": "2026-01-01"}, set()),
        ({"submitted_from": "2199-01-01"}, set()),
        ({"number": sent.one[:12], "submitted_from": second}, set()),
        ({"number": sent.one[:12], "submitted_from": first}, {sent.one}),
        ({"number": sent.one, "submitted_from": second}, set()),
    ):
        for officer in (desks.hunan, desks.consular):
            for status in ({"status": "FAO_REVIEW"}, {} if officer is desks.hunan else {"status": "FAO_REVIEW"}):
                assert {*numbers(officer, **days, **status)} & of_two == expected, days
    answer = desks.hunan("POST", "/office/search", {"submitted_from": second, "submitted_to": first})
    assert (answer.status, answer.fields) == (422, {"submitted_to": "greater_than_equal"})


# Waiting


@pytest.mark.accepts("L14")
def test_a_desk_is_narrowed_to_what_has_waited_longer_than_so_many_days(world, desks, sent):
    for days, expected in ((0, {sent.one}), (2, {sent.one}), (3, set())):
        for filters in ({}, {"applicant": "测试"}, {"enterprise": sent.word}, {"number": sent.one[:12]}):
            shown = {*numbers(desks.hunan, waiting_longer_than=days, **filters)}
            assert shown & {sent.one, sent.two} == expected, (days, filters)


def test_nobody_waits_at_a_closed_application(world):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    owner.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
    world.time.forward(days=2)
    mine = owner.account["enterprise_id"]
    officer = world.officer(HUNAN)
    assert number in numbers(officer, enterprise_id=mine)
    assert number not in numbers(officer, enterprise_id=mine, waiting_longer_than=1)
    assert number not in numbers(officer, status="WITHDRAWN", waiting_longer_than=1)


def test_a_person_reviewed_apart_waits_since_its_own_status(world):
    user = world.enterprise()
    number = world.application(user, persons=2)["number"]
    world.time.forward(days=5)
    form = {"decision": "return", "reason": "请补充", "status_version": 1}
    world.officer(HUNAN).ok("POST", f"/office/persons/{number}-02/decision", form)
    world.time.forward(days=1)
    officer = world.officer(HUNAN)
    assert number in numbers(officer, status="FAO_REVIEW", waiting_longer_than=5)
    assert number in numbers(officer, status="FAO_RETURNED", waiting_longer_than=0)
    assert number not in numbers(officer, status="FAO_RETURNED", waiting_longer_than=1)
