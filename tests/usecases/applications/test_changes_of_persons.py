"""Changes of one person that meet those of other requests, and what is stored before and after them."""

import pytest

from chalicelib.repos.applications import applications, history
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications.applications import Event
from chalicelib.rules.base.errors import OperationInvalid, Unavailable
from chalicelib.rules.base.numbers import split_person_number
from chalicelib.rules.base.vocabulary import Action, Decision, PersonNumber
from chalicelib.rules.forms.applications import EconomyDecision, Reveal
from chalicelib.usecases.applications import economies, persons, reveal, transitions
from testing import people
from testing.world import User, World
from tests.support import faults
from tests.usecases.applications.conftest import ActOf

COMMIT = "dynamodb.TransactWriteItems"


def returned_person(world: World, owner: User, act_of_office: ActOf) -> str:
    """The number of a person that its office has returned apart from the group."""
    number = f"{world.application(owner, persons=2)['number']}-02"
    transitions.change_person_status(number, Action.RETURN, act_of_office("fao-hunan"), 1, "照片不合格")
    return number


def corrected(world: World, owner: User) -> dict[str, object]:
    """The content of a person with a photo that was not submitted before."""
    attachments = world.attachments(owner, "person")
    others = [attachment for attachment in attachments if ".photo." not in attachment]
    return people.person(attachments=[world.attach(owner, "photo"), *others])


def events_of(number: str) -> list[Event]:
    """The stored events of the application of a person, oldest first."""
    application, _ = split_person_number(PersonNumber(number))
    return [entry.event for entry in history.entries(application)]


def actions_of(number: str) -> list[str]:
    return [event.action for event in events_of(number)]


def test_files_are_claimed_once_however_often_the_edit_of_a_person_is_retried(
    world: World, owner: User, act: Act, act_of_office: ActOf
) -> None:
    number = returned_person(world, owner, act_of_office)
    content = corrected(world, owner)
    # The first write of the transaction is the person's: its failed condition is `PersonChanged`.
    with world.counting() as requests, faults.cancelled("ConditionalCheckFailed", times=3, having="APP#"):
        after, person = persons.edit(number, content, act, seen=2)
    assert requests.of("s3") == []
    assert requests.of("dynamodb").count("TransactWriteItems") == 2
    assert (person.content["name"], person.version) == (content["name"], 3)
    assert applications.person(number, act.actor) == (after, person)


def test_an_edit_that_is_refused_claims_no_file(world: World, owner: User, act: Act, act_of_office: ActOf) -> None:
    number = returned_person(world, owner, act_of_office)
    transitions.change_person_status(number, Action.RESUBMIT, act, 2)
    content = corrected(world, owner)
    with world.counting() as requests, pytest.raises(OperationInvalid):
        persons.edit(number, content, act, seen=3)
    assert requests.of("s3") == []
    assert "TransactWriteItems" not in requests.of("dynamodb")


def test_a_change_of_a_person_is_applied_to_what_a_concurrent_request_has_stored(
    world: World, owner: User, act_of_office: ActOf
) -> None:
    number = f"{world.approved(owner)['number']}-01"
    consular = act_of_office("consular")
    with faults.meanwhile(COMMIT, lambda: persons.record_foreign_number(number, "A1", consular)):
        recorded = economies.record(number, "SGP", EconomyDecision(decision=Decision.APPROVED), consular)
    assert recorded.changed
    assert recorded.person.foreign_number == "A1"
    stored = applications.person(number, consular.actor)
    assert stored == (recorded.application, recorded.person)
    assert actions_of(number)[-2:] == ["record_foreign_number", "decide_economy"]


def test_masked_fields_are_not_returned_before_the_history_has_the_reason(world: World, owner: User, act: Act) -> None:
    number = f"{world.application(owner)['number']}-01"
    form = Reveal(fields=["passport_number"], reason="核对护照信息")
    with faults.refused(COMMIT), pytest.raises(Unavailable):
        reveal.reveal(number, form, act)
    _, person = applications.person(number, act.actor)
    assert actions_of(number) == ["submit"]
    assert reveal.reveal(number, form, act) == {"passport_number": person.content["passport_number"]}
    assert [(event.action, event.reason) for event in events_of(number)] == [
        ("submit", None),
        ("reveal", "核对护照信息"),
    ]
