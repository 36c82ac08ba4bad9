"""The lifecycle table, cell by cell (domain 1.3)."""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import product

import pytest

from chalicelib.rules import applications, lifecycle, progress
from chalicelib.rules.accounts import Account
from chalicelib.rules.applications import Answer
from chalicelib.rules.errors import Invalid, OperationInvalid
from chalicelib.rules.vocabulary import Action, Decision, Party, Role, Scope, Service, Status
from tests.support import submissions

GROUP = {
    ("FAO_REVIEW", "pass", "fao"): "MFA_REVIEW",
    ("FAO_REVIEW", "return", "fao"): "FAO_RETURNED",
    ("FAO_REVIEW", "reject", "fao"): "FAO_REJECTED",
    ("FAO_REVIEW", "withdraw", "applicant"): "WITHDRAWN",
    ("FAO_RETURNED", "edit", "applicant"): "FAO_RETURNED",
    ("FAO_RETURNED", "resubmit", "applicant"): "FAO_REVIEW",
    ("FAO_RETURNED", "withdraw", "applicant"): "WITHDRAWN",
    ("MFA_REVIEW", "pass", "consular"): "MFA_APPROVED",
    ("MFA_REVIEW", "return", "consular"): "MFA_RETURNED",
    ("MFA_REVIEW", "reject", "consular"): "MFA_REJECTED",
    ("MFA_RETURNED", "edit", "applicant"): "MFA_RETURNED",
    ("MFA_RETURNED", "resubmit", "applicant"): "MFA_REVIEW",
    ("MFA_RETURNED", "withdraw", "applicant"): "WITHDRAWN",
}
PERSON = {
    ("ECONOMY_REVIEW", "decide_economy", "consular"): "ECONOMY_REVIEW",
    ("ECONOMY_REVIEW", "record_foreign_number", "consular"): "ECONOMY_REVIEW",
    ("ECONOMY_REVIEW", "finish_economies", "portal"): "ECONOMY_DONE",
    ("ECONOMY_DONE", "decide_economy", "consular"): "ECONOMY_DONE",
    ("ECONOMY_DONE", "record_foreign_number", "consular"): "ECONOMY_DONE",
    ("ECONOMY_DONE", "reopen_economies", "portal"): "ECONOMY_REVIEW",
}
REASON = {"return", "reject"}
GROUP_FINAL = {"FAO_REJECTED", "MFA_REJECTED", "WITHDRAWN"}
HANDED_ON = {"MFA_APPROVED"}
"""The group's file ends here; its persons go on by themselves."""

CELLS = list(product(Service, Status, Action, Party))


@dataclass(frozen=True)
class Actor(Account):
    """An account that acts in any part, the portal's too."""

    acts_as: Party = Party.APPLICANT

    @property
    def party(self) -> Party:
        return self.acts_as


def act(party):
    return submissions.act(Actor("a", Role.AGENT, "a", "测试", "a@mail.example", scope=Scope.ALL, acts_as=party))


def group_at(service, status):
    filed = submissions.application()
    return replace(filed, group=replace(filed.group, service=service, status=status, status_version=7))


def person_at(service, status):
    filed = group_at(service, Status.MFA_APPROVED)
    return replace(filed, persons=(replace(filed.persons[0], own_status=status),))


def literal(rows):
    return {(str(row.status), str(row.action), str(row.party)): str(row.to) for row in rows}


def test_the_group_table_of_the_service_issue_is_this():
    assert literal(lifecycle.GROUP) == GROUP
    assert {row.action for row in lifecycle.GROUP if row.needs_reason} == REASON


def test_the_person_table_of_the_service_issue_is_this():
    assert literal(lifecycle.PERSON) == PERSON


def test_only_the_service_issue_has_a_table_yet():
    """A service that gets one needs its expected rows here."""
    assert {row.service for row in lifecycle.GROUP + lifecycle.PERSON} == {Service.ISSUE}


@pytest.mark.parametrize("table", [lifecycle.GROUP, lifecycle.PERSON], ids=["group", "person"])
def test_no_cell_has_two_rows(table):
    keys = Counter((row.service, row.status, row.action, row.party) for row in table)
    assert [key for key, rows in keys.items() if rows > 1] == []


def test_every_cell_of_the_group_table_moves_as_it_says_and_every_other_is_refused():
    moved = 0
    for service, status, action, party in CELLS:
        before = group_at(service, status)
        to = GROUP.get((status, action, party)) if service is Service.ISSUE else None
        if to is None:
            with pytest.raises(OperationInvalid) as caught:
                applications.move(before, action, act(party), 7, "理由")
            assert (caught.value.current.status, caught.value.current.status_version) == (status, 7)
            continue
        after, event = applications.move(before, action, act(party), 7, "理由")
        assert (after.group.status, after.group.status_version) == (to, 8), (status, action, party)
        assert (event.origin, event.to, event.action, event.party) == (status, to, action, party)
        moved += 1
    assert (moved, len(CELLS)) == (13, len(Service) * len(Status) * len(Action) * len(Party))


def test_every_cell_of_the_person_table_takes_an_economys_answer_as_it_says_and_every_other_is_refused():
    answer = Answer(Decision.APPROVED, submissions.NOON)
    for service, status, party in product(Service, Status, Party):
        before = person_at(service, status)
        number = before.persons[0].number
        if service is Service.ISSUE and (status, "decide_economy", party) in PERSON:
            after, event = progress.decide(before, number, "SGP", answer, act(party))
            assert (after.persons[0].economies["SGP"], event.economy) == (answer, "SGP")
        else:
            with pytest.raises(OperationInvalid):
                progress.decide(before, number, "SGP", answer, act(party))


def test_every_cell_of_the_person_table_takes_a_foreign_number_as_it_says_and_every_other_is_refused():
    for service, status, party in product(Service, Status, Party):
        before = person_at(service, status)
        number = before.persons[0].number
        if service is Service.ISSUE and (status, "record_foreign_number", party) in PERSON:
            after, _ = applications.record(before, number, act(party), "CHN-1")
            assert after.persons[0].foreign_number == "CHN-1"
        else:
            with pytest.raises(OperationInvalid):
                applications.record(before, number, act(party), "CHN-1")


@pytest.mark.accepts("H12")
def test_an_action_on_a_status_that_was_seen_earlier_is_invalid_in_every_cell():
    for (status, action, party), _ in GROUP.items():
        before = group_at(Service.ISSUE, Status(status))
        for seen in (6, 8):
            with pytest.raises(OperationInvalid):
                applications.move(before, Action(action), act(Party(party)), seen, "理由")


def test_returning_and_rejecting_need_a_reason():
    for status, action, party in GROUP:
        if action in REASON:
            before = group_at(Service.ISSUE, Status(status))
            with pytest.raises(Invalid) as caught:
                applications.move(before, Action(action), act(Party(party)), 7)
            assert [(error.field, error.code) for error in caught.value.errors] == [("reason", "REASON_REQUIRED")]


def test_every_status_that_is_not_final_can_be_left_and_no_final_one_can():
    left = {status for (status, _, _), to in GROUP.items() if to != status}
    reached = {"FAO_REVIEW", *GROUP.values()}
    assert reached - left == GROUP_FINAL | HANDED_ON
    assert not {status for status, _, _ in GROUP} & (GROUP_FINAL | HANDED_ON)
    left_by_persons = {status for (status, _, _), to in PERSON.items() if to != status}
    assert left_by_persons == {"ECONOMY_REVIEW", "ECONOMY_DONE"} == set(PERSON.values())


def test_every_status_is_reached_from_the_first_desk():
    reached = {lifecycle.FIRST}
    steps = [*GROUP.items(), (("MFA_APPROVED", "", ""), lifecycle.FIRST_OF_PERSON), *PERSON.items()]
    for _ in Status:
        reached |= {to for (status, _, _), to in steps if status in reached}
    assert reached == set(Status)


def test_persons_live_on_their_own_from_the_consular_approval_on_and_not_before():
    for (status, action, party), to in GROUP.items():
        after, _ = applications.move(
            group_at(Service.ISSUE, Status(status)), Action(action), act(Party(party)), 7, "理由"
        )
        wanted = Status.ECONOMY_REVIEW if to == "MFA_APPROVED" else None
        assert [person.own_status for person in after.persons] == [wanted]
        assert applications.status_of(after.persons[0], after.group) == (wanted or to)


def test_the_actions_offered_are_exactly_those_that_go_through():
    for service, status, party in product(Service, Status, Party):
        rows = GROUP if service is Service.ISSUE else {}
        wanted = {action for (at, action, who) in rows if (at, who) == (status, party)}
        assert set(lifecycle.allowed_actions(service, status, party)) == wanted


def test_only_a_resubmission_changes_the_time_of_submission():
    later = submissions.NOON.replace(hour=9)
    for status, action, party in GROUP:
        before = group_at(Service.ISSUE, Status(status))
        doing = replace(act(Party(party)), at=later)
        after, _ = applications.move(before, Action(action), doing, 7, "理由")
        assert after.group.submitted_at == (later if action == "resubmit" else submissions.NOON)
        assert after.group.created_at == submissions.NOON
        assert after.group.status_since == later
