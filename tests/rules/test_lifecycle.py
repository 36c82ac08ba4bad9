"""The lifecycle table, cell by cell (docs/domain.md 1.2-1.6). The expected values are literal, not derived from it."""

import sys
from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import applications, cards, lifecycle, progress, transitions
from chalicelib.rules.applications.applications import Answer, Card, Event
from chalicelib.rules.applications.lifecycle import Level
from chalicelib.rules.base.errors import Invalid, OperationInvalid
from chalicelib.rules.base.vocabulary import AccountId, Action, Decision, Party, Role, Scope, Service, Status
from tests.support import submissions

REVIEW = {
    ("FAO_REVIEW", "pass", "fao"): "CONSULAR_REVIEW",
    ("FAO_REVIEW", "return", "fao"): "FAO_RETURNED",
    ("FAO_REVIEW", "reject", "fao"): "FAO_REJECTED",
    ("FAO_RETURNED", "edit", "applicant"): "FAO_RETURNED",
    ("FAO_RETURNED", "resubmit", "applicant"): "FAO_REVIEW",
    ("FAO_RETURNED", "withdraw", "applicant"): "WITHDRAWN",
    ("CONSULAR_REVIEW", "return", "consular"): "CONSULAR_RETURNED",
    ("CONSULAR_REVIEW", "reject", "consular"): "CONSULAR_REJECTED",
    ("CONSULAR_RETURNED", "edit", "applicant"): "CONSULAR_RETURNED",
    ("CONSULAR_RETURNED", "resubmit", "applicant"): "CONSULAR_REVIEW",
    ("CONSULAR_RETURNED", "withdraw", "applicant"): "WITHDRAWN",
    ("FAO_REJECTED", "reopen", "fao"): "FAO_REVIEW",
    ("CONSULAR_REJECTED", "reopen", "consular"): "CONSULAR_REVIEW",
}
"""Both reviews, common to applications and persons, without the outcome of `pass` in the consular review."""

APPLICATION = REVIEW | {("FAO_REVIEW", "withdraw", "applicant"): "WITHDRAWN"}
GRANTED = {("CONSULAR_REVIEW", "pass", "consular"): "CONSULAR_APPROVED"}
COMPLETED = {("CONSULAR_REVIEW", "pass", "consular"): "DONE"}
CARD = {
    ("CONSULAR_APPROVED", "make_card", "consular"): "CARD_MAKING",
    ("CARD_MAKING", "card_made", "consular"): "CARD_MADE",
    ("CARD_MADE", "issue_card", "consular"): "CARD_ISSUED",
    ("CONSULAR_APPROVED", "reject", "consular"): "CONSULAR_REJECTED",
    ("CARD_MAKING", "reject", "consular"): "CONSULAR_REJECTED",
}
PERSON = REVIEW | {
    ("CONSULAR_REVIEW", "pass", "consular"): "ECONOMY_REVIEW",
    ("ECONOMY_REVIEW", "decide_economy", "consular"): "ECONOMY_REVIEW",
    ("ECONOMY_REVIEW", "record_foreign_number", "consular"): "ECONOMY_REVIEW",
    ("ECONOMY_REVIEW", "finish_economies", "portal"): "ECONOMY_DONE",
    ("ECONOMY_REVIEW", "expire", "portal"): "ECONOMY_REVIEW",
    ("ECONOMY_DONE", "decide_economy", "consular"): "ECONOMY_DONE",
    ("ECONOMY_DONE", "record_foreign_number", "consular"): "ECONOMY_DONE",
    ("ECONOMY_DONE", "reopen_economies", "portal"): "ECONOMY_REVIEW",
    ("ECONOMY_REVIEW", "hand_out_replacement", "portal"): "CARD_ISSUED",
    ("ECONOMY_DONE", "hand_out_replacement", "portal"): "CARD_ISSUED",
    ("ECONOMY_DONE", "make_card", "consular"): "CARD_MAKING",
    ("ECONOMY_DONE", "expire", "portal"): "ECONOMY_DONE",
    ("CARD_MAKING", "decide_economy", "consular"): "CARD_MAKING",
    ("CARD_MAKING", "record_foreign_number", "consular"): "CARD_MAKING",
    ("CARD_MAKING", "card_made", "consular"): "CARD_MADE",
    ("CARD_MAKING", "cancel_card", "consular"): "ECONOMY_DONE",
    ("CARD_MADE", "decide_economy", "consular"): "CARD_MADE",
    ("CARD_MADE", "record_foreign_number", "consular"): "CARD_MADE",
    ("CARD_MADE", "issue_card", "consular"): "CARD_ISSUED",
    ("CARD_MADE", "cancel_card", "consular"): "CANCELLED",
    ("CARD_MADE", "hand_out_replacement", "portal"): "CARD_ISSUED",
    ("CARD_MADE", "expire", "portal"): "EXPIRED",
    ("CARD_ISSUED", "decide_economy", "consular"): "CARD_ISSUED",
    ("CARD_ISSUED", "record_foreign_number", "consular"): "CARD_ISSUED",
    ("CARD_ISSUED", "cancel_card", "consular"): "CANCELLED",
    ("CARD_ISSUED", "expire", "portal"): "EXPIRED",
    ("EXPIRED", "cancel_card", "consular"): "CANCELLED",
    ("ECONOMY_DONE", "reject", "consular"): "REFUSED",
    ("REFUSED", "reopen", "consular"): "ECONOMY_DONE",
    ("ECONOMY_REVIEW", "correct_card", "consular"): "ECONOMY_REVIEW",
    ("ECONOMY_DONE", "correct_card", "consular"): "ECONOMY_DONE",
    ("CARD_MADE", "correct_card", "consular"): "CARD_MADE",
    ("CARD_ISSUED", "correct_card", "consular"): "CARD_ISSUED",
    ("EXPIRED", "hand_out_replacement", "portal"): "CARD_ISSUED",
}
FREE = "no follow-up service under way"
NEEDS: dict[tuple[str, ...], set[str]] = {
    **{(action, who): {"a status of its own"} for action in ("edit", "resubmit", "withdraw") for who in ("applicant",)},
    **{("pass", who): {"a status of its own"} for who in ("fao", "consular")},
    ("make_card", "consular"): {FREE, "no living card", "an economy that has approved"},
    ("card_made", "consular"): {FREE, "an economy that has approved"},
    **{(action, "consular"): {FREE} for action in ("issue_card", "cancel_card")},
    ("correct_card", "consular"): {"a living card"},
    **{
        ("reopen", who): {
            "a status of its own",
            "a rejection of the last 7 days",
            "an application that is neither rejected nor withdrawn",
        }
        for who in ("fao", "consular")
    },
    ("REFUSED", "reopen", "consular"): {"a rejection of the last 7 days"},
    ("ECONOMY_DONE", "reject", "consular"): {FREE, "no living card", "no economy that has approved"},
}
"""The conditions of a person's row besides the status: of an action, or of an action at one status."""

EXPECTED = {
    ("application", "new_or_renewal"): APPLICATION | GRANTED,
    ("application", "early_card"): APPLICATION | GRANTED | CARD,
    ("application", "replace_card"): APPLICATION | GRANTED | CARD,
    ("application", "change_passport"): APPLICATION | COMPLETED,
    ("application", "cancel_card"): APPLICATION | COMPLETED,
    ("person", "new_or_renewal"): PERSON,
}
FINAL = {
    ("application", "new_or_renewal"): {"FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "CONSULAR_APPROVED"},
    ("application", "early_card"): {"FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "CARD_ISSUED"},
    ("application", "replace_card"): {"FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "CARD_ISSUED"},
    ("application", "change_passport"): {"FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "DONE"},
    ("application", "cancel_card"): {"FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "DONE"},
    ("person", "new_or_renewal"): {"FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "REFUSED", "CANCELLED"},
}
"""The final statuses. A group application ends at 领事司审核通过; each of its persons continues separately."""

REASON = {"return", "reject", "reopen"}
REASON_OF_CARD = {
    ("CARD_MAKING", "cancel_card"),
    *((status, "correct_card") for status in ("ECONOMY_REVIEW", "ECONOMY_DONE", "CARD_MADE", "CARD_ISSUED")),
}
"""Besides returns and rejections: for which status and action of a person's card a reason is needed."""
PERSON_ACTIONS = ("pass", "return", "reject", "reopen", "resubmit", "withdraw")
"""Actions of `change_person_status`; other functions implement the other actions on a person."""
OF_PAYMENT = ("pay", "accept_payment", "return_payment")
"""Actions of the table of payment vouchers (`tests/rules/test_payments.py`)."""
CARD_EVENTS = {
    "make_card": "making",
    "card_made": "made",
    "issue_card": "issued",
    "cancel_card": "cancelled",
    "correct_card": "corrected",
}

CELLS = list(product(Service, Status, Action, Party))


@dataclass(frozen=True)
class Actor(Account):
    """An account that acts as any party, including the portal."""

    acts_as: Party = Party.APPLICANT

    @property
    def party(self) -> Party:
        return self.acts_as


def act(party):
    return submissions.act(
        Actor(AccountId("a"), Role.AGENT, "a", "测试", "a@mail.example", scope=Scope.ALL, acts_as=party)
    )


SUBMITTED = submissions.application()
NUMBER = SUBMITTED.persons[0].number
SIXTEEN = (
    "AUS", "BRN", "CHL", "IDN", "JPN", "KOR", "MYS", "MEX", "NZL", "PNG", "PER", "PHL", "RUS", "SGP", "THA", "VNM",
)  # fmt: skip
REFUSED = Answer(Decision.REFUSED, submissions.NOON)
APPROVED = {"JPN": Answer(Decision.APPROVED, submissions.NOON)}
READY = dict(SUBMITTED.persons[0].content)


def application_at(service, status):
    return replace(SUBMITTED, header=replace(SUBMITTED.header, service=service, status=status, status_version=7))


def person_at(service, status, end="2026-11-21", **own_status):
    """An application whose person has `status` as its own, with a card valid until `end` if that status has one."""
    application = application_at(service, Status.CONSULAR_APPROVED)
    early = end < "2026-11-21" and status in ("ECONOMY_REVIEW", "ECONOMY_DONE")
    card = Card("1234", end) if early or status in ("CARD_MADE", "CARD_ISSUED", "EXPIRED") else None
    own = replace(
        application.persons[0],
        own_status=status,
        status_since=submissions.NOON,
        status_version=7,
        version=4,
        economies={} if status == "ECONOMY_REVIEW" else dict.fromkeys(SIXTEEN, REFUSED) | APPROVED,
        card=card,
    )
    return replace(application, persons=(replace(own, **own_status),))


def expected(level, service):
    return EXPECTED.get((str(level), str(service)), {})


def rows(level, service):
    return [row for row in lifecycle.TABLE if (row.level, row.service) == (level, service)]


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("level", Level)
def test_each_level_and_service_has_exactly_the_expected_rows(level, service):
    found = {(str(row.status), str(row.action), str(row.party)): str(row.to) for row in rows(level, service)}
    assert found == expected(level, service)
    reasons = {(row.status, row.action) for row in rows(level, service) if row.needs_reason}
    of_reviews = {(status, action) for status, action, _ in found if action in REASON}
    assert reasons == of_reviews | (REASON_OF_CARD if level is Level.PERSON and found else set())
    for row in rows(level, service):
        needs = NEEDS.get((row.action, row.party), set()) if level is Level.PERSON else set()
        needs = NEEDS.get((row.status, row.action, row.party), needs) if level is Level.PERSON else needs
        if level is Level.APPLICATION and row.action == "reopen":
            needs = {"a rejection of the last 7 days"}
        assert {str(need) for need in row.needs} == needs


def test_the_table_has_one_row_for_each_expected_cell_and_no_other_rows():
    keys = Counter((row.level, row.service, row.status, row.action, row.party) for row in lifecycle.TABLE)
    assert [key for key, count in keys.items() if count > 1] == []
    assert len(lifecycle.TABLE) == sum(len(cells) for cells in EXPECTED.values())


def test_a_transition_is_found_for_exactly_the_expected_cells_of_the_full_product():
    allowed = 0
    for level, service, status, action, party in product(Level, Service, Status, Action, Party):
        row = lifecycle.find_transition(level, service, status, action, party)
        to = expected(level, service).get((status, action, party))
        assert (row.to if row else None) == to, (level, service, status, action, party)
        allowed += row is not None
    assert allowed == len(lifecycle.TABLE)
    cells = len(Level) * len(Service) * len(Status) * len(Action) * len(Party)
    sys.stdout.write(
        f"lifecycle: {cells} cells of (level, service, status, action, party), {allowed} of them allowed\n"
    )


def test_applications_change_status_in_exactly_the_expected_cells():
    changed = 0
    for service, status, action, party in CELLS:
        before = application_at(service, status)
        to = expected("application", service).get((status, action, party))
        if to is None:
            with pytest.raises(OperationInvalid) as caught:
                transitions.change_status(before, action, act(party), 7, "理由")
            assert caught.value.current
            assert (caught.value.current.status, caught.value.current.status_version) == (status, 7)
            continue
        after, event = transitions.change_status(before, action, act(party), 7, "理由")
        assert (after.header.status, after.header.status_version) == (to, 8), (status, action, party)
        assert (event.origin, event.to, event.action, event.party) == (status, to, action, party)
        assert after.history == (*before.history, event)
        changed += 1
    assert changed == sum(len(cells) for (level, _), cells in EXPECTED.items() if level == "application")


def apply_action(before, action, party):
    """The person after the action, by the function that implements it, and the history entry."""
    acting = act(party)
    event: Event | None
    if action in PERSON_ACTIONS:
        after, event = transitions.change_person_status(before, NUMBER, action, acting, 7, "理由")
    elif action == "edit":
        after, event = transitions.edit_person(before, NUMBER, READY, acting, 4)
    elif action == "decide_economy":
        after, event = progress.record_decision(
            before, NUMBER, "SGP", Answer(Decision.APPROVED, submissions.NOON), acting
        )
    elif action == "record_foreign_number":
        after, event = transitions.record_foreign_number(before, NUMBER, acting, "CHN-1")
    else:
        typed = {"card_number": "5678", "valid_until": "2031-11-20", "reason": "理由"}
        form = {"event": CARD_EVENTS[action], "status_version": 7, **typed}
        person, _, event = cards.card_event(before, before.persons[0], None, form, acting)
        return person, event
    return after.person(NUMBER), event


def test_persons_change_status_in_exactly_the_expected_cells():
    # The portal itself expires cards and ends the economy review; the tests below cover these actions.
    account_actions = {*PERSON_ACTIONS, "edit", "decide_economy", "record_foreign_number", *CARD_EVENTS}
    changed = 0
    for service, status, action, party in CELLS:
        if action not in account_actions:
            continue
        early = action == "correct_card" and status in ("ECONOMY_REVIEW", "ECONOMY_DONE")
        given: dict[str, Any] = {"card": Card("1234", "2027-01-01", early=True)} if early else {}
        if (status, action) == ("ECONOMY_DONE", "reject"):
            given["economies"] = dict.fromkeys(SIXTEEN, REFUSED)
        before = person_at(service, status, **given)
        to = expected("person", service).get((status, action, party))
        if to is None:
            with pytest.raises(OperationInvalid) as caught:
                apply_action(before, action, party)
            assert caught.value.current
            assert (caught.value.current.status, caught.value.current.status_version) == (status, 7)
            continue
        after, event = apply_action(before, action, party)
        assert (after.own_status, event.origin, event.to) == (to, status, to), (status, action, party)
        assert (event.action, event.party, event.person_number) == (action, party, NUMBER)
        assert after.status_version == 7 + (action in PERSON_ACTIONS or action in CARD_EVENTS)
        assert after.version == 5
        changed += 1
    assert changed == sum(who != "portal" for _, _, who in PERSON)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("service", Service)
def test_the_portal_expires_cards_in_exactly_the_expected_cells(service, status):
    before = person_at(service, status, end="2026-11-20")
    to = expected("person", service).get((status, "expire", "portal"))
    if to is None:
        with pytest.raises(OperationInvalid):
            cards.expire_card(before, before.persons[0], submissions.NOON, "run-1")
        return
    after, event = cards.expire_card(before, before.persons[0], submissions.NOON, "run-1")
    assert (after.own_status, after.status_version, event.origin, event.to) == (to, 7 + (to != status), status, to)
    assert after.card
    assert (after.card.expired, after.version) == (True, 5)
    with pytest.raises(OperationInvalid):  # a card expires only once
        cards.expire_card(replace(before, persons=(after,)), after, submissions.NOON, "run-2")
    assert (event.action, event.party, event.actor) == ("expire", "portal", "portal")


@pytest.mark.parametrize("status", Status)
def test_the_last_decision_and_its_correction_change_the_status_in_exactly_the_expected_cells(status):
    given, done = dict.fromkeys(SIXTEEN[:-1], REFUSED), dict.fromkeys(SIXTEEN, REFUSED)
    for economies, decision, action in ((given, "locked", "finish_economies"), (done, "pending", "reopen_economies")):
        before = person_at(Service.NEW_OR_RENEWAL, status)
        before = replace(before, persons=(replace(before.persons[0], economies=economies),))
        answer = Answer(Decision(decision), submissions.NOON)
        if (status, "decide_economy", "consular") not in PERSON:
            continue  # refused: covered by the test of all cells above
        after, _ = progress.record_decision(before, NUMBER, "VNM", answer, act(Party.CONSULAR))
        assert after.persons[0].own_status == PERSON.get((status, action, "portal"), status)


def test_a_person_with_the_status_of_its_application_can_only_be_returned_or_rejected_separately():
    for status, action, party in product(Status, Action, Party):
        if action not in (*PERSON_ACTIONS, "edit"):
            continue
        before = application_at(Service.NEW_OR_RENEWAL, status)
        if action in ("return", "reject") and (status, action, party) in PERSON:
            after, event = apply_action(before, action, party)
            assert after.own_status == event.to == PERSON[status, action, party]
            assert after.status_version == 8
            continue
        with pytest.raises(OperationInvalid) as caught:
            apply_action(before, action, party)
        assert caught.value.current
        assert (caught.value.current.status, caught.value.current.status_version) == (status, 7)


@pytest.mark.accepts("H12")
def test_an_action_with_another_status_version_is_refused_in_every_cell():
    for (level, service), cells in EXPECTED.items():
        for (status, action, party), seen in product(cells, (6, 8)):
            build = application_at if level == "application" else person_at
            before, acting = build(Service(service), Status(status)), act(Party(party))
            if level == "application":
                with pytest.raises(OperationInvalid):
                    transitions.change_status(before, Action(action), acting, seen, "理由")
            elif action in PERSON_ACTIONS:
                with pytest.raises(OperationInvalid):
                    transitions.change_person_status(before, NUMBER, Action(action), acting, seen, "理由")
            elif action in CARD_EVENTS:
                form = {"event": CARD_EVENTS[action], "card_number": "5678", "valid_until": "2031-11-20"}
                with pytest.raises(OperationInvalid):
                    cards.card_event(before, before.persons[0], None, {**form, "status_version": seen}, acting)


def without_reason(level, service, status, action, party):
    if level == "application":
        return transitions.change_status(application_at(service, status), Action(action), act(Party(party)), 7)
    refused = {"economies": dict.fromkeys(SIXTEEN, REFUSED)} if status == "ECONOMY_DONE" else {}
    before = person_at(service, status, **refused)
    return transitions.change_person_status(before, NUMBER, Action(action), act(Party(party)), 7)


def test_only_return_reject_and_reopen_require_a_reason():
    for (level, service), cells in EXPECTED.items():
        for status, action, party in cells:
            cell = (level, Service(service), Status(status), action, party)
            if action in REASON:
                with pytest.raises(Invalid) as caught:
                    without_reason(*cell)
                assert [(error.field, error.code) for error in caught.value.errors] == [("reason", "REASON_REQUIRED")]
            elif level == "application" or action in PERSON_ACTIONS:
                without_reason(*cell)


@pytest.mark.parametrize(("level", "service"), EXPECTED)
def test_every_status_has_a_way_out_unless_it_is_final(level, service):
    cells = EXPECTED[level, service]
    reached = {"FAO_REVIEW"}
    for _ in Status:
        reached |= {to for (status, _, _), to in cells.items() if status in reached}
    assert reached == {"FAO_REVIEW", *cells.values()}  # every row of the table is reachable
    # A rejection is final, although its desk can take it back for some days.
    onward = {(status, to) for (status, action, _), to in cells.items() if action != "reopen"}
    assert reached - {status for status, to in onward if to != status} == FINAL[level, service]
    assert not {status for status, _ in onward} & FINAL[level, service]


def test_every_status_is_the_result_of_some_transition():
    assert {to for cells in EXPECTED.values() for to in cells.values()} == set(Status)


def test_the_closed_statuses_are_the_final_statuses_of_follow_up_applications():
    ends = {
        end
        for (level, service), found in FINAL.items()
        if level == "application" and service != "new_or_renewal"
        for end in found
    }
    assert ends == lifecycle.CLOSED
    for (level, service), cells in EXPECTED.items():
        if level == "application" and service != "new_or_renewal":
            assert not {status for status, action, _ in cells if action != "reopen"} & lifecycle.CLOSED


def test_the_queue_of_an_office_has_the_statuses_that_the_office_can_pass():
    queues = {status: who for status, action, who in APPLICATION | GRANTED if action == "pass"}
    assert queues == lifecycle.QUEUES == {"FAO_REVIEW": "fao", "CONSULAR_REVIEW": "consular"}


def test_persons_have_a_status_of_their_own_from_the_consular_approval_on():
    for (status, action, party), to in EXPECTED["application", "new_or_renewal"].items():
        before = application_at(Service.NEW_OR_RENEWAL, Status(status))
        after, _ = transitions.change_status(before, Action(action), act(Party(party)), 7, "理由")
        own_status = Status.ECONOMY_REVIEW if to == "CONSULAR_APPROVED" else None
        assert [person.own_status for person in after.persons] == [own_status]
        assert applications.status_of(after.persons[0], after.header) == (own_status or to)
        assert applications.status_version_of(after.persons[0], after.header) == 8
        assert after.persons[0].economies_since == (submissions.NOON if own_status else None)


@pytest.mark.parametrize("desk", [Party.FAO, Party.CONSULAR])
@pytest.mark.parametrize("own", Status)
def test_rejecting_an_application_rejects_the_persons_that_have_not_passed_that_review(own, desk):
    status, to = ("FAO_REVIEW", "FAO_REJECTED") if desk is Party.FAO else ("CONSULAR_REVIEW", "CONSULAR_REJECTED")
    before = person_at(Service.NEW_OR_RENEWAL, own)
    before = replace(before, header=replace(before.header, status=Status(status)))
    after, _ = transitions.change_status(before, Action.REJECT, act(desk), 7, "理由")
    is_changed = own in ("FAO_REVIEW", "FAO_RETURNED") or (
        desk is Party.CONSULAR and own in ("CONSULAR_REVIEW", "CONSULAR_RETURNED")
    )
    assert after.persons[0].own_status == (to if is_changed else own)
    assert (after.persons[0] == before.persons[0]) is not is_changed


@pytest.mark.parametrize("own", Status)
def test_withdrawing_an_application_withdraws_exactly_the_persons_under_review(own):
    before = person_at(Service.NEW_OR_RENEWAL, own)
    before = replace(before, header=replace(before.header, status=Status.FAO_RETURNED))
    after, _ = transitions.change_status(before, Action.WITHDRAW, act(Party.APPLICANT), 7)
    is_changed = own in ("FAO_REVIEW", "FAO_RETURNED", "CONSULAR_REVIEW", "CONSULAR_RETURNED")
    assert after.persons[0].own_status == ("WITHDRAWN" if is_changed else own)
    assert after.persons[0].status_version == (8 if is_changed else 7)
    assert (after.persons[0] == before.persons[0]) is not is_changed


def test_the_offered_actions_of_a_party_are_those_of_the_table():
    for level, service, status, party in product(Level, Service, Status, Party):
        actions = {action for (origin, action, who) in expected(level, service) if (origin, who) == (status, party)}
        offered = [row.action for row in lifecycle.transitions_of_party(level, service, status, party)]
        assert set(offered) == actions
        assert len(offered) == len(actions)


@pytest.mark.parametrize("status", Status)
def test_an_action_is_offered_for_a_person_if_and_only_if_it_is_possible(status):
    """Also during a follow-up service, with a valid, expired or cancelled card, and when all economies refused."""
    valid, ended = Card("1234", "2026-11-21"), Card("1234", "2026-11-20")
    states: list[dict[str, Any]] = [
        {},
        {"open_service": "APEC20261121000002"},
        {"card": valid},
        {"card": ended},
        {"card": None},
    ]
    states += [{"card": replace(valid, cancelled=True)}, {"economies": dict.fromkeys(SIXTEEN, REFUSED)}]
    portal = ("finish_economies", "reopen_economies", "expire", "hand_out_replacement")
    for party, own in product((Party.APPLICANT, Party.FAO, Party.CONSULAR), states):
        before = person_at(Service.NEW_OR_RENEWAL, status, **own)
        person = before.persons[0]
        rows = transitions.person_actions(person, before.header, party, submissions.TODAY)
        offered = [row.action for row in rows]
        for action in Action:
            if action in (*portal, *OF_PAYMENT, "submit", "reveal"):
                assert action not in offered
                continue
            try:
                apply_action(before, action, party)
            except OperationInvalid:
                is_possible = False
            else:
                is_possible = True
            assert (action in offered) is is_possible, (status, party, own, action)


def test_only_resubmission_changes_the_time_of_submission():
    later = submissions.NOON.replace(hour=9)
    for (level, service), cells in EXPECTED.items():
        for status, action, party in cells if level == "application" else ():
            before = application_at(Service(service), Status(status))
            acting = replace(act(Party(party)), at=later)
            after, _ = transitions.change_status(before, Action(action), acting, 7, "理由")
            assert after.header.submitted_at == (later if action == "resubmit" else submissions.NOON)
            assert after.header.created_at == submissions.NOON
            assert after.header.status_since == later
