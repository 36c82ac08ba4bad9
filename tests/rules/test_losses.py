"""What services lose, and the cheaper order: the table against rules written apart (docs/domain.md 2.9)."""

import itertools
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.data import texts
from chalicelib.rules.applications import losses
from chalicelib.rules.applications.applications import Answer, Card, Person
from chalicelib.rules.applications.losses import TABLE, LossCode, Order
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.vocabulary import Decision, PersonNumber, Service, Status
from testing.follow_ups import SIXTEEN
from tests.support import submissions
from tests.support.assurance import figure
from tests.support.submissions import TODAY

EARLY, REPLACE, CHANGE, CANCEL = "early_card", "replace_card", "change_passport", "cancel_card"
LONG, SHORT, EXACT = "2034-01-01", "2029-05-31", "2031-11-21"
NEW: dict[str, Any] = {"passport_number": "EA1234567", "passport_expires_on": "2028-01-01"}

CARDS = {
    "none": None,
    "in hand": Card("1", "2031-11-20", issued=True),
    "not handed out": Card("1", "2031-11-20"),
    "early, in hand": Card("1", "2031-11-20", early=True, issued=True),
    "last day": Card("1", "2026-11-21", issued=True),
    "ended": Card("1", "2026-11-20", issued=True),
    "cancelled": Card("1", "2031-11-20", issued=True, cancelled=True),
}
FORMS: dict[str, dict[str, dict[str, Any]]] = {
    EARLY: {"": {}},
    CHANGE: {"": NEW},
    CANCEL: {"": {}},
    REPLACE: {
        "": {"case": None},
        "damaged": {"case": "damaged"},
        "more_economies": {"case": "more_economies"},
        "lost": {"case": "lost"},
        "new_passport": {"case": "new_passport", **NEW},
        "implied": {"case": None, **NEW},
    },
}


def person(status, card, approvals, passport=LONG):
    content = submissions.complete()["persons"][0] | {"passport_expires_on": passport}
    answers = {code: Answer(Decision.APPROVED, submissions.NOON) for code in SIXTEEN[:approvals]}
    number = PersonNumber("APEC20261121000001-01")
    return Person(number, content, own_status=Status(status), economies=answers, card=CARDS[card])


def found(service, someone, content):
    return [str(loss.code) for loss in losses.of_service(Service(service), content, someone, TODAY)]


def expected(service, status, card, approvals, passport, form):
    """The losses in the words of the domain, without the table."""
    waiting = approvals < 16
    usable = card not in ("none", "ended", "cancelled")
    held = usable and card != "not handed out"
    exchanged = form in ("new_passport", "implied")
    before = status in ("ECONOMY_REVIEW", "ECONOMY_DONE")
    if service == EARLY:
        return (["CARD_PAID_TWICE"] if waiting else []) + (
            ["PASSPORT_CUTS_CARD", "FREE_CHANGE_ENDS"] if passport == SHORT else []
        )
    if service == REPLACE:
        first = ["CARD_ENDS"] if held and not exchanged and form != "lost" else []
        twice = ["CARD_PAID_TWICE"] if waiting and before else []
        cut = ["PASSPORT_CUTS_CARD"] if passport == SHORT and not exchanged else []
        return first + twice + cut
    if service == CANCEL and usable:
        return ["EARLY_CARD_ENDS" if before else "APPROVALS_END"]
    return []


def test_every_service_loses_what_the_domain_says_in_every_situation():
    wrong, cases, seen = [], 0, set()
    product = itertools.product(Status, CARDS, (0, 3, 16), (LONG, EXACT, SHORT))
    for status, card, approvals, passport in product:
        someone = person(status, card, approvals, passport)
        for service in available_services(someone, TODAY):
            for form, content in FORMS[service].items():
                cases += 1
                result = found(service, someone, content)
                seen.update(result)
                if result != expected(service, status, card, approvals, passport, form):
                    wrong.append((service, status, card, approvals, passport, form, result))
    figure(f"losses: {cases} situations of follow-up services, {len(wrong)} wrong")
    assert wrong == []
    assert cases > 300
    assert seen == set(LossCode) - {"VALIDITY_LEFT"}


@pytest.mark.parametrize(
    ("service", "someone", "form", "orders"),
    [
        (EARLY, person("ECONOMY_REVIEW", "none", 3), "", [("CARD_PAID_TWICE", "ECONOMIES_FIRST")]),
        (
            EARLY,
            person("ECONOMY_REVIEW", "none", 3, SHORT),
            "",
            [
                ("CARD_PAID_TWICE", "ECONOMIES_FIRST"),
                ("PASSPORT_CUTS_CARD", "CHANGE_PASSPORT_FIRST"),
                ("FREE_CHANGE_ENDS", "CHANGE_PASSPORT_FIRST"),
            ],
        ),
        (REPLACE, person("CARD_ISSUED", "in hand", 16), "damaged", [("CARD_ENDS", "TRAVEL_FIRST")]),
        (REPLACE, person("CARD_ISSUED", "in hand", 16), "lost", []),
        (REPLACE, person("CARD_ISSUED", "in hand", 16, SHORT), "new_passport", []),
        (
            REPLACE,
            person("ECONOMY_REVIEW", "early, in hand", 3),
            "more_economies",
            [("CARD_ENDS", "TRAVEL_FIRST"), ("CARD_PAID_TWICE", "ECONOMIES_FIRST")],
        ),
        (REPLACE, person("ECONOMY_DONE", "early, in hand", 16), "more_economies", [("CARD_ENDS", "TRAVEL_FIRST")]),
        (REPLACE, person("CARD_ISSUED", "in hand", 16, SHORT), "lost", [("PASSPORT_CUTS_CARD", "PASSPORT_FIRST")]),
        (CANCEL, person("CARD_ISSUED", "in hand", 16), "", [("APPROVALS_END", "REPLACE_INSTEAD")]),
        (CANCEL, person("ECONOMY_REVIEW", "early, in hand", 3), "", [("EARLY_CARD_ENDS", "REPLACE_INSTEAD")]),
        (CANCEL, person("CARD_ISSUED", "ended", 16), "", []),
        (CHANGE, person("ECONOMY_REVIEW", "none", 3, SHORT), "", []),
    ],
)
def test_examples(service, someone, form, orders):
    lost = losses.of_service(Service(service), FORMS[service][form], someone, TODAY)
    assert [(loss.code, loss.order) for loss in lost] == orders


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({}, []),
        ({"passport_expires_on": EXACT}, []),
        ({"passport_expires_on": "2031-11-20"}, [("PASSPORT_CUTS_CARD", "persons.1.passport_expires_on")]),
        ({"first_time": False, "previous_card_expires_on": "2027-05-21"}, []),
        (
            {"first_time": False, "previous_card_expires_on": "2027-05-22"},
            [("VALIDITY_LEFT", "persons.1.previous_card_expires_on")],
        ),
        ({"first_time": False, "previous_card_expires_on": "2026-01-01"}, []),
        ({"first_time": True, "previous_card_expires_on": "2030-01-01"}, []),
        (
            {"passport_expires_on": SHORT, "first_time": False, "previous_card_expires_on": "2028-01-01"},
            [
                ("PASSPORT_CUTS_CARD", "persons.1.passport_expires_on"),
                ("VALIDITY_LEFT", "persons.1.previous_card_expires_on"),
            ],
        ),
    ],
)
def test_a_submission_names_the_losses_of_each_person(changes, lost):
    content = submissions.complete(persons=3)
    content["persons"][1] |= {"previous_card_number": "CN1"} | changes
    assert [(loss.code, loss.path) for loss in losses.of_submission(content, TODAY)] == lost


def test_every_loss_and_order_is_used_and_has_its_texts():
    assert {row.code for row in TABLE} == set(LossCode) == set(texts.keys("losses"))
    assert {row.order for row in TABLE} == set(Order) == set(texts.keys("cheaper_orders"))


def test_a_card_that_ends_today_can_still_be_lost():
    someone = person("CARD_ISSUED", "last day", 16)
    assert found(CANCEL, someone, {}) == ["APPROVALS_END"]
    assert losses.of_service(Service.CANCEL_CARD, {}, someone, date(2026, 11, 22)) == []
    assert found(CANCEL, replace(someone, card=CARDS["ended"]), {}) == []
