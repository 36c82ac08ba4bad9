"""Available services (可申请业务) in every possible state of a person (docs/domain.md 2.6)."""

from dataclasses import replace
from itertools import product

import pytest

from chalicelib.repos.applications.indexes import ALSO_OFFERS
from chalicelib.rules.applications.applications import Answer, Card
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.vocabulary import ApplicationNumber, Decision, Status
from tests.support import submissions

MATRIX = {
    "before the consular approval": "-    -       -      -",
    "economies, no approval":       "-    -       change -",
    "economies, an approval":       "early -      change -",
    "early card":                   "-    replace -      cancel",
    "early card cancelled":              "-    -       change -",
    "economies done, no card":      "-    -       change -",
    "card being made":           "-    -       -      -",
    "card":                         "-    replace -      cancel",
    "ended card":                   "-    -       -      cancel",
    "final":                         "-    -       -      -",
    "another service open":         "-    -       -      -",
}  # fmt: skip
"""The columns are 提前制卡, 换补卡, 未制卡仅更换护照 and 注销卡."""

NAMES = {"early": "early_card", "replace": "replace_card", "change": "change_passport", "cancel": "cancel_card"}
TODAY, TOMORROW, YESTERDAY = "2026-11-21", "2026-11-22", "2026-11-20"

CARDS = {
    "none": None,
    "early": Card("1111", TOMORROW, early=True, issued=True),
    "early, last day": Card("1111", TODAY, early=True, issued=True),
    "early, ended": Card("1111", YESTERDAY, early=True, issued=True),
    "early, cancelled": Card("1111", TOMORROW, early=True, issued=True, cancelled=True),
    "normal": Card("2222", TOMORROW),
    "normal, last day": Card("2222", TODAY),
    "normal, ended": Card("2222", YESTERDAY),
    "normal, cancelled": Card("2222", TOMORROW, cancelled=True),
}
BEFORE = {None, "FAO_REVIEW", "FAO_RETURNED", "CONSULAR_REVIEW", "CONSULAR_RETURNED"}
REJECTED = {"FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN"}
HAS_CARD = {"CARD_MADE", "CARD_ISSUED"}
NEVER = {"CONSULAR_APPROVED", "DONE"}
"""Statuses that only applications have."""


def possible(status, card):
    """Whether a person with this status can have this card: an early card comes before the ordinary one."""
    if status in BEFORE | REJECTED | NEVER:
        return card == "none"
    if status in ("ECONOMY_REVIEW", "ECONOMY_DONE"):
        return not card.startswith("normal")
    if status == "CARD_MAKING":
        return card in ("none", "early, cancelled")  # no card is made while another one is valid
    if status in HAS_CARD:
        return card in ("normal", "normal, last day", "normal, ended")
    if status == "REFUSED":
        return card in ("none", "early, ended", "early, cancelled")
    return card == {"EXPIRED": "normal, ended", "CANCELLED": "normal, cancelled"}[status]


SIMPLE = {
    **dict.fromkeys(BEFORE, "before the consular approval"),
    **dict.fromkeys(REJECTED | NEVER | {"CANCELLED", "REFUSED"}, "final"),
    "CARD_MAKING": "card being made",
    "EXPIRED": "ended card",
}
"""Statuses whose row does not depend on the card."""


def row_of(status, card, approved, busy):
    """The row of the matrix that applies."""
    if busy:
        return "another service open"
    if status in SIMPLE:
        return SIMPLE[status]
    if card != "none":
        kind, _, state = card.partition(", ")
        valid = "card" if kind == "normal" else "early card"
        return {"": valid, "last day": valid, "ended": "ended card", "cancelled": "early card cancelled"}[state]
    if status == "ECONOMY_DONE":
        return "economies done, no card"
    return "economies, an approval" if approved else "economies, no approval"


def person(status, card, approved, busy=False):
    answer = Answer(Decision.APPROVED if approved else Decision.REFUSED, submissions.NOON)
    return replace(
        submissions.application().persons[0],
        own_status=Status(status) if status else None,
        economies={"SGP": answer, "JPN": Answer(Decision.LOCKED, submissions.NOON)},
        card=CARDS[card],
        early_card_used=card.startswith("early"),
        open_service=ApplicationNumber("APEC20261121000009") if busy else None,
    )


STATES = [
    state for state in product([None, *map(str, Status)], CARDS, (False, True), (False, True)) if possible(*state[:2])
]


@pytest.mark.accepts("L05")
def test_exactly_the_services_of_the_matrix_are_available_in_every_state():
    seen = set()
    for state in STATES:
        row = row_of(*state)
        expected = [NAMES[cell] for cell in MATRIX[row].split() if cell != "-"]
        assert available_services(person(*state), submissions.TODAY) == expected, (state, row)
        seen.add(row)
    assert seen == set(MATRIX)


def test_no_second_early_card_is_available_after_cancellation_and_another_approval():
    assert available_services(person("ECONOMY_REVIEW", "early, cancelled", approved=True), submissions.TODAY) == [
        "change_passport"
    ]


def test_a_service_about_a_card_is_only_available_with_the_one_that_shares_its_index_entry():
    """`by_service` lists a person once: at the service that is there, with the one about a card as a filter."""
    for state in STATES:
        found = set(available_services(person(*state), submissions.TODAY))
        for about_card, also in ALSO_OFFERS.items():
            assert about_card not in found or also in found, state
        assert len(found & set(ALSO_OFFERS.values())) <= 1, state
        assert len(found & set(ALSO_OFFERS)) <= 1, state
