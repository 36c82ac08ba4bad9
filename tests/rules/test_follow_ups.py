"""Follow-up services 提前制卡, 换补卡, 未制卡仅更换护照 and 注销卡 (docs/domain.md 2.2-2.5), and cards (7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.rules.applications import cards, follow_ups, progress, transitions
from chalicelib.rules.applications.applications import Answer, Card
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.errors import Invalid, OperationInvalid
from chalicelib.rules.base.vocabulary import Action, ApplicationNumber, Decision, Service, Status
from tests.support import submissions

OWN, OTHER = ApplicationNumber("APEC20261121000001"), ApplicationNumber("APEC20261121000002")
APPLICANT, FAO, CONSULAR = (
    submissions.act(),
    submissions.act(submissions.officer("fao-hunan")),
    submissions.act(submissions.officer()),
)
SIXTEEN = (
    "AUS", "BRN", "CHL", "IDN", "JPN", "KOR", "MYS", "MEX", "NZL", "PNG", "PER", "PHL", "RUS", "SGP", "THA", "VNM",
)  # fmt: skip
AT_NOON: dict[str, Any] = {"made_at": submissions.NOON, "issued_at": submissions.NOON, "printed": ("SGP",)}
"""What a card of these tests keeps of its making, if only Singapore had approved."""
PASSPORT = {
    "passport_kind": "ordinary",
    "passport_number": "EA1234567",
    "passport_issued_on": "2026-11-01",
    "passport_expires_on": "2036-11-01",
    "passport_place": "北京",
}
NO_PASSPORT = dict.fromkeys(PASSPORT)
CASES: dict[str, dict[str, Any]] = {
    "new_passport": {"case": "new_passport", **PASSPORT},
    "damaged": {"case": "damaged", **NO_PASSPORT},
    "more_economies": {"case": "more_economies", **NO_PASSPORT},
    "lost": {"case": "lost", **NO_PASSPORT},
}


def approved(answers=("SGP",), **person):
    """An application in the economy review, approved by the economies `answers`; `person` changes its person."""
    submitted = submissions.application()
    at_consular, _ = transitions.change_status(submitted, Action.PASS, FAO, 1)
    header, _ = transitions.change_status(at_consular, Action.PASS, CONSULAR, 2)
    for code in answers:
        header, _ = progress.record_decision(
            header, header.persons[0].number, code, Answer(Decision.APPROVED, submissions.NOON), CONSULAR
        )
    return replace(header, persons=(replace(header.persons[0], **person),))


def with_card(status=Status.CARD_ISSUED, **card):
    made = Card(**{"number": "1111", "valid_until": "2031-11-20", "issued": True, **card})
    return approved(SIXTEEN, own_status=status, card=made)


def form(event, origin, number="2222", valid_until="2031-11-20"):
    person = origin.persons[0]
    return {
        "event": event,
        "card_number": number,
        "valid_until": valid_until,
        "status_version": person.status_version,
    }


def apply(origin, service, seen=None, **content):
    person = origin.persons[0]
    seen = person.status_version if seen is None else seen
    filled = {"reason": "因故申请", "attachments": [], **content}
    follow_up, busy = follow_ups.apply_for_service(
        OTHER, origin, person, service, filled, APPLICANT, seen, submissions.TODAY
    )
    return follow_up, replace(origin, persons=(busy,))


def changed(follow_up, origin, action, act, reason=None):
    """The follow-up application at its next status, and the origin with the outcome applied to its person."""
    follow_up, _ = transitions.change_status(follow_up, action, act, follow_up.header.status_version, reason)
    person = follow_ups.apply_outcome(follow_up.header, origin.persons[0], act)
    return follow_up, replace(origin, persons=(person,))


def approved_service(origin, service, **content):
    """A follow-up application that has passed both reviews, and its origin."""
    follow_up, origin = apply(origin, service, **content)
    follow_up, origin = changed(follow_up, origin, Action.PASS, FAO)
    return changed(follow_up, origin, Action.PASS, CONSULAR)


def card(follow_up, origin, event, **more):
    """The follow-up application and its origin after a card event, and the history entry of the event."""
    data = form(event, origin, **more)
    person, after, event = cards.card_event(origin, origin.persons[0], follow_up, data, CONSULAR)
    return after or follow_up, replace(origin, persons=(person,)), event


def issued(origin, service, **content):
    """A follow-up application whose card has been issued, and its origin."""
    follow_up, origin = approved_service(origin, service, **content)
    for event in ("making", "made", "issued"):
        follow_up, origin, _ = card(follow_up, origin, event)
    return follow_up, origin


# Applying


def test_a_follow_up_application_is_about_one_person_and_starts_at_the_review_of_the_same_office():
    origin = approved()
    before = origin.persons[0]
    follow_up, busy = apply(origin, Service.EARLY_CARD, reason="急赴新加坡")
    header = follow_up.header
    assert (header.number, header.service, header.status) == (OTHER, "early_card", "FAO_REVIEW")
    assert (header.office, header.enterprise_id) == ("fao-hunan", submissions.ENTERPRISE)
    assert (header.status_version, header.version, header.person_count, follow_up.persons) == (1, 1, 0, ())
    assert header.title == "测试甲"
    assert header.content["person_number"] == f"{OWN}-01"
    assert header.content["current_passport_number"] == before.content["passport_number"]
    assert header.content["reason"] == "急赴新加坡"
    [event] = follow_up.history
    assert (event.action, event.origin, event.to, event.person_number) == ("submit", None, "FAO_REVIEW", f"{OWN}-01")
    after = busy.persons[0]
    assert after == replace(
        before,
        open_service=OTHER,
        open_service_kind=Service.EARLY_CARD,
        follow_ups=(OTHER,),
        version=before.version + 1,
    )


def test_an_unavailable_service_or_a_stale_status_version_is_refused_with_the_current_status():
    origin = approved(())
    person = origin.persons[0]
    for service, seen in (
        (Service.EARLY_CARD, person.status_version),
        (Service.CHANGE_PASSPORT, person.status_version - 1),
        (Service.CHANGE_PASSPORT, person.status_version + 1),
    ):
        with pytest.raises(OperationInvalid) as caught:
            apply(origin, service, seen)
        current = caught.value.current
        assert current
        assert (current.status, current.status_version) == ("ECONOMY_REVIEW", person.status_version)


def test_a_second_service_is_refused_until_the_first_one_has_ended():
    for end, act in ((Action.WITHDRAW, APPLICANT), (Action.REJECT, FAO)):
        follow_up, origin = apply(approved(), Service.EARLY_CARD)
        for service in (Service.EARLY_CARD, Service.CHANGE_PASSPORT):
            with pytest.raises(OperationInvalid):
                apply(origin, service)
        _, origin = changed(follow_up, origin, end, act, "理由")
        assert origin.persons[0].open_service is None
        apply(origin, Service.EARLY_CARD)


def test_no_service_is_available_before_the_consular_approval():
    origin = submissions.application()
    for service in Service:
        with pytest.raises(OperationInvalid) as caught:
            apply(origin, service, 1)
        assert caught.value.current
        assert (caught.value.current.status, caught.value.current.status_version) == ("FAO_REVIEW", 1)


# Outcome of each service


@pytest.mark.parametrize("step", ["apply", "fao passes", "returned", "resubmitted"])
def test_during_the_review_of_a_service_only_the_open_service_of_the_person_changes(step):
    origin = approved()
    follow_up, busy = apply(origin, Service.CHANGE_PASSPORT, **PASSPORT)
    if step == "fao passes":
        follow_up, busy = changed(follow_up, busy, Action.PASS, FAO)
    elif step != "apply":
        follow_up, busy = changed(follow_up, busy, Action.RETURN, FAO, "理由")
        if step == "resubmitted":
            follow_up, busy = changed(follow_up, busy, Action.RESUBMIT, APPLICANT)
    before, after = origin.persons[0], busy.persons[0]
    assert after == replace(
        before,
        open_service=OTHER,
        open_service_kind=Service.CHANGE_PASSPORT,
        follow_ups=(OTHER,),
        version=before.version + 1,
    )


def test_issuing_an_early_card_leaves_the_person_in_the_economy_review():
    follow_up, origin = issued(approved(), Service.EARLY_CARD)
    person = origin.persons[0]
    assert (follow_up.header.status, follow_up.header.status_version) == ("CARD_ISSUED", 6)
    assert [event.to for event in follow_up.history] == [
        "FAO_REVIEW", "CONSULAR_REVIEW", "CONSULAR_APPROVED", "CARD_MAKING", "CARD_MADE", "CARD_ISSUED",
    ]  # fmt: skip
    assert (person.own_status, person.open_service) == ("ECONOMY_REVIEW", None)
    assert person.card == Card("2222", "2031-11-20", early=True, issued=True, **AT_NOON)
    assert person.early_card_used
    assert available_services(person, submissions.TODAY) == ["replace_card", "cancel_card"]


def test_a_second_early_card_is_refused_even_after_cancellation_of_the_first():
    _, origin = issued(approved(), Service.EARLY_CARD)
    with pytest.raises(OperationInvalid):
        apply(origin, Service.EARLY_CARD)
    _, origin = approved_service(origin, Service.CANCEL_CARD)
    assert origin.persons[0].card.cancelled
    assert origin.persons[0].own_status == "ECONOMY_REVIEW"
    with pytest.raises(OperationInvalid):
        apply(origin, Service.EARLY_CARD)


def test_an_early_card_can_be_applied_for_again_after_rejection():
    follow_up, origin = apply(approved(), Service.EARLY_CARD)
    follow_up, origin = changed(follow_up, origin, Action.PASS, FAO)
    _, origin = changed(follow_up, origin, Action.REJECT, CONSULAR, "理由")
    assert available_services(origin.persons[0], submissions.TODAY) == ["early_card", "change_passport"]


def test_the_case_more_economies_requires_an_early_card_and_a_new_passport_a_different_number():
    origin = with_card()
    own = origin.persons[0].content["passport_number"]
    for content, field, code in (
        ({"case": "more_economies"}, "case", "CASE_MORE_ECONOMIES"),
        ({"case": "new_passport", **PASSPORT, "passport_number": own}, "passport_number", "PASSPORT_SAME"),
    ):
        with pytest.raises(Invalid) as caught:
            apply(origin, Service.REPLACE_CARD, **content)
        assert [(error.field, error.code) for error in caught.value.errors] == [(field, code)]


def test_a_replacement_is_an_early_card_while_an_economy_is_pending():
    _, origin = issued(approved(), Service.EARLY_CARD)
    follow_up, origin = approved_service(origin, Service.REPLACE_CARD, case="lost")
    for event, more in (("making", {}), ("made", {"number": "3333"}), ("issued", {})):
        follow_up, origin, _ = card(follow_up, origin, event, **more)
    assert origin.persons[0].card == Card("3333", "2031-11-20", early=True, issued=True, **AT_NOON)


@pytest.mark.parametrize("case", CASES)
def test_a_replacement_gives_a_new_card_and_changes_the_passport_only_in_the_case_new_passport(case):
    origin = with_card(early=case == "more_economies")
    old = origin.persons[0].content
    follow_up, origin = issued(origin, Service.REPLACE_CARD, **CASES[case])
    person = origin.persons[0]
    assert (follow_up.header.status, person.own_status, person.open_service) == ("CARD_ISSUED", "CARD_ISSUED", None)
    noon = submissions.NOON
    assert person.card == Card("2222", "2031-11-20", issued=True, made_at=noon, issued_at=noon, printed=SIXTEEN)
    assert person.content == ({**old, **PASSPORT} if case == "new_passport" else old)
    assert not person.early_card_used


def test_the_new_passport_takes_effect_when_the_new_card_is_made_and_not_after_rejection():
    follow_up, origin = approved_service(with_card(), Service.REPLACE_CARD, **CASES["new_passport"])
    follow_up, origin, _ = card(follow_up, origin, "making")
    old = origin.persons[0].content["passport_number"]
    assert old != "EA1234567"
    rejected, freed = changed(follow_up, origin, Action.REJECT, CONSULAR, "护照有误")
    assert (rejected.header.status, freed.persons[0].open_service) == ("CONSULAR_REJECTED", None)
    assert freed.persons[0].content["passport_number"] == old
    _, origin, _ = card(follow_up, origin, "made")
    assert origin.persons[0].content["passport_number"] == "EA1234567"


def test_issuing_the_replacement_of_an_uncollected_card_moves_the_person_to_card_issued():
    origin = with_card(Status.CARD_MADE, issued=False)
    before = origin.persons[0]
    _, origin = issued(origin, Service.REPLACE_CARD, **CASES["damaged"])
    after = origin.persons[0]
    assert (after.own_status, after.card.issued) == ("CARD_ISSUED", True)
    assert after.status_version == before.status_version + 1


def test_issuing_a_replacement_moves_an_expired_person_to_card_issued():
    follow_up, origin = approved_service(with_card(), Service.REPLACE_CARD, **CASES["damaged"])
    ended = replace(origin.persons[0], own_status=Status.EXPIRED)
    origin = replace(origin, persons=(ended,))
    for event in ("making", "made", "issued"):
        follow_up, origin, _ = card(follow_up, origin, event)
    person = origin.persons[0]
    assert (person.own_status, person.card.number, person.open_service) == ("CARD_ISSUED", "2222", None)
    assert available_services(person, submissions.TODAY) == ["replace_card", "cancel_card"]


def test_a_passport_change_ends_with_the_consular_approval_and_changes_only_the_passport():
    origin = approved(())
    before = origin.persons[0]
    follow_up, origin = approved_service(origin, Service.CHANGE_PASSPORT, **PASSPORT)
    after = origin.persons[0]
    assert follow_up.header.status == "DONE"
    assert after.content == {**before.content, **PASSPORT}
    assert (after.own_status, after.status_version, after.open_service) == ("ECONOMY_REVIEW", 4, None)
    assert after.version == before.version + 2
    assert after.economies == before.economies


@pytest.mark.parametrize("status", [Status.CARD_MADE, Status.CARD_ISSUED, Status.EXPIRED])
def test_cancelling_the_card_moves_the_person_to_cancelled(status):
    origin = with_card(status, valid_until="2026-11-20" if status == "EXPIRED" else "2031-11-20")
    follow_up, after = approved_service(origin, Service.CANCEL_CARD)
    person = after.persons[0]
    assert (follow_up.header.status, person.own_status, person.card.cancelled) == ("DONE", "CANCELLED", True)
    assert person.status_version == origin.persons[0].status_version + 1
    assert person.open_service is None
    assert available_services(person, submissions.TODAY) == []


# Cards


def test_an_ordinary_card_is_made_issued_and_cancelled_after_the_economy_review():
    origin = approved(SIXTEEN)
    assert origin.persons[0].own_status == "ECONOMY_DONE"
    for event, status in (("making", "CARD_MAKING"), ("made", "CARD_MADE"), ("issued", "CARD_ISSUED")):
        version = origin.persons[0].status_version
        follow_up, origin, entry = card(None, origin, event)
        person = origin.persons[0]
        assert (follow_up, person.own_status, entry.to) == (None, status, status)
        assert person.status_version == version + 1
    noon = submissions.NOON
    assert person.card == Card("2222", "2031-11-20", issued=True, made_at=noon, issued_at=noon, printed=SIXTEEN)
    assert not person.early_card_used
    _, origin, _ = card(None, origin, "cancelled")
    assert (origin.persons[0].own_status, origin.persons[0].card.cancelled) == ("CANCELLED", True)


@pytest.mark.parametrize(
    ("passport", "given", "refused"),
    [
        ("2030-05-01", "2030-05-02", "CARD_PAST_PASSPORT"),
        ("2030-05-01", "2030-05-01", None),
        ("2036-01-01", "2031-11-21", None),
        ("2036-01-01", "2031-11-22", "CARD_TOO_LONG"),
    ],
)
def test_a_card_ends_no_later_than_the_passport_and_five_years_after_its_making(passport, given, refused):
    person = approved(SIXTEEN).persons[0]
    person = replace(person, content={**person.content, "passport_expires_on": passport})
    if refused is None:
        made = cards.with_card(person, "2222", given, submissions.NOON, early=False)
        assert made.card == Card("2222", given, made_at=submissions.NOON, printed=SIXTEEN)
        return
    with pytest.raises(Invalid) as caught:
        cards.with_card(person, "2222", given, submissions.NOON, early=False)
    assert [(error.field, error.code) for error in caught.value.errors] == [("valid_until", refused)]


@pytest.mark.parametrize("given", ["2026-11-21", "2016-11-20"])
def test_a_card_that_ends_today_or_earlier_is_refused(given):
    person = approved(SIXTEEN).persons[0]
    with pytest.raises(Invalid) as caught:
        cards.with_card(person, "2222", given, submissions.NOON, early=False)
    [error] = caught.value.errors
    assert (error.field, error.code, error.values) == ("valid_until", "greater_than", {"gt": "2026-11-21"})
    made = cards.with_card(person, "2222", "2026-11-21", submissions.NOON - timedelta(days=1), early=False)
    assert made.card
    assert made.card.number == "2222"


def test_a_replacement_card_ends_no_later_than_the_new_passport():
    content = {**CASES["new_passport"], "passport_expires_on": "2029-06-30"}
    follow_up, origin = approved_service(with_card(), Service.REPLACE_CARD, **content)
    follow_up, origin, _ = card(follow_up, origin, "making")
    with pytest.raises(Invalid) as caught:
        card(follow_up, origin, "made", valid_until="2029-07-01")
    assert [(error.field, error.code) for error in caught.value.errors] == [("valid_until", "CARD_PAST_PASSPORT")]
    _, origin, _ = card(follow_up, origin, "made", valid_until="2029-06-30")
    assert origin.persons[0].card.valid_until == "2029-06-30"


def test_a_new_card_must_have_a_different_number_from_the_old_card():
    follow_up, origin = approved_service(with_card(), Service.REPLACE_CARD, **CASES["lost"])
    follow_up, origin, _ = card(follow_up, origin, "making")
    with pytest.raises(Invalid) as caught:
        card(follow_up, origin, "made", number="1111")
    assert [(error.field, error.code) for error in caught.value.errors] == [("card_number", "CARD_NUMBER_TAKEN")]


@pytest.mark.parametrize("missing", [("card_number",), ("valid_until",), ("card_number", "valid_until")])
def test_recording_that_a_card_is_made_requires_its_number_and_end(missing):
    _, origin, _ = card(None, approved(SIXTEEN), "making")
    given = {**form("made", origin), **dict.fromkeys(missing)}
    with pytest.raises(Invalid) as caught:
        cards.card_event(origin, origin.persons[0], None, given, CONSULAR)
    assert [(error.field, error.code) for error in caught.value.errors] == [(name, "missing") for name in missing]


def test_no_ordinary_card_is_started_with_an_early_card_or_during_a_follow_up_service():
    _, origin = issued(approved(), Service.EARLY_CARD)
    for code in set(SIXTEEN) - {"SGP"}:
        answer = Answer(Decision.REFUSED, submissions.NOON)
        origin, _ = progress.record_decision(origin, origin.persons[0].number, code, answer, CONSULAR)
    assert origin.persons[0].own_status == "ECONOMY_DONE"
    with pytest.raises(OperationInvalid):
        card(None, origin, "making")
    follow_up, busy = apply(approved(SIXTEEN), Service.CHANGE_PASSPORT, **PASSPORT)
    with pytest.raises(OperationInvalid):
        card(follow_up, busy, "making")


@pytest.mark.parametrize("event", ["making", "made", "issued", "cancelled"])
def test_a_card_event_that_the_open_service_does_not_allow_is_refused_with_the_current_status(event):
    follow_up, origin = apply(with_card(), Service.REPLACE_CARD, **CASES["lost"])
    with pytest.raises(OperationInvalid) as caught:
        card(follow_up, origin, event)
    assert caught.value.current
    assert caught.value.current.status == "CARD_ISSUED"


def test_only_the_consular_department_records_card_events():
    origin = approved(SIXTEEN)
    for act in (APPLICANT, FAO):
        with pytest.raises(OperationInvalid):
            cards.card_event(origin, origin.persons[0], None, form("making", origin), act)


# Expiry (卡已到期)


@pytest.mark.parametrize("days", [0, 1, 2])
def test_a_card_expires_at_midnight_in_china_after_its_last_day(days):
    origin = with_card(valid_until="2026-11-21")
    # 15:59 and 16:00 UTC are the last minute of a day and the first of the next one in China.
    last_minute = submissions.NOON.replace(hour=15, minute=59) + timedelta(days=days - 1)
    for now, day in ((last_minute, days - 1), (last_minute + timedelta(minutes=1), days)):
        if day <= 0:
            with pytest.raises(OperationInvalid):
                cards.expire_card(origin, origin.persons[0], now, "run-1")
        else:
            after, event = cards.expire_card(origin, origin.persons[0], now, "run-1")
            assert (after.own_status, event.origin, event.to) == ("EXPIRED", "CARD_ISSUED", "EXPIRED")


def test_a_person_expires_only_once():
    origin = with_card(Status.EXPIRED, valid_until="2026-11-20")
    with pytest.raises(OperationInvalid):
        cards.expire_card(origin, origin.persons[0], submissions.NOON, "run-1")


# Content


def fields(service, content):
    try:
        follow_ups.check_case(service, content)
    except Invalid as refused:
        return {error.field: error.code for error in refused.errors}
    return {}


@pytest.mark.parametrize("case", CASES)
def test_a_replacement_is_accepted_with_the_fields_of_its_case(case):
    assert fields(Service.REPLACE_CARD, CASES[case]) == {}


def test_fields_that_a_case_requires_may_not_be_missing_and_other_fields_are_refused():
    assert fields(Service.REPLACE_CARD, NO_PASSPORT) == {}
    assert fields(Service.REPLACE_CARD, PASSPORT) == {}
    assert fields(Service.REPLACE_CARD, {**PASSPORT, "passport_place": None}) == {"passport_place": "missing"}
    missing = dict.fromkeys(PASSPORT, "missing")
    assert fields(Service.REPLACE_CARD, {"case": "new_passport", **NO_PASSPORT}) == missing
    assert fields(Service.CHANGE_PASSPORT, NO_PASSPORT) == missing
    assert fields(Service.CHANGE_PASSPORT, {**PASSPORT, "passport_place": None}) == {"passport_place": "missing"}
    for case in ("damaged", "more_economies", "lost"):
        surplus = {"case": case, **NO_PASSPORT, "passport_number": "EA1234567"}
        assert fields(Service.REPLACE_CARD, surplus) == {"passport_number": "extra_forbidden"}
    for service in (Service.EARLY_CARD, Service.CANCEL_CARD):
        assert fields(service, NO_PASSPORT) == {}
        assert fields(service, PASSPORT) == dict.fromkeys(PASSPORT, "extra_forbidden")


@pytest.mark.parametrize("service", [Service.EARLY_CARD, Service.CHANGE_PASSPORT, Service.CANCEL_CARD])
def test_only_a_replacement_has_a_case(service):
    passport = PASSPORT if service is Service.CHANGE_PASSPORT else NO_PASSPORT
    assert fields(service, {"case": "damaged", **passport}) == {"case": "extra_forbidden"}
