"""经济体审批结果: recording one answer of one economy, and importing many (docs/domain.md 6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from chalicelib.repos.applications import applications, history
from chalicelib.repos.applications.applications import Changed
from chalicelib.repos.process import aws
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import progress, transitions
from chalicelib.rules.applications.applications import Answer, Application, Person
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Refusal, Unavailable
from chalicelib.rules.base.vocabulary import PersonNumber
from chalicelib.rules.forms.applications import EconomyDecision, EconomyRow
from chalicelib.rules.forms.validation import refusal
from chalicelib.usecases.applications import transaction
from chalicelib.usecases.retries import until_unchanged


@dataclass(frozen=True)
class Recorded:
    """The result of recording one answer."""

    application: Application
    person: Person
    changed: bool
    """False if the person had this answer already."""


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row of an import."""

    changed: bool = False
    refusal: Refusal | None = None
    """Why the row was not applied; None if it was, or if it changes nothing."""


def record(number: str, code: str, form: EconomyDecision, act: Act) -> Recorded:
    """Record the answer of one economy for one person; the same answer again changes nothing (D01).

    Args:
        number: the person's number.
        code: the economy's code.
        form: the decision and, for an approval, the last day for which it is given.
        act: who records it, when and by which request.

    Raises:
        NotFound: no person that the actor may see.
        Invalid: the economy is none of the 16 that decide.
        OperationInvalid: the economies are not asked about this person.
        Unavailable: too many other requests change the person.
    """
    return _record(number, code, form, act, None)


def import_answers(rows: Sequence[Mapping[str, Any]], act: Act) -> list[RowOutcome]:
    """Record many answers, each in its own transaction; a row that is refused does not stop the others.

    Persons are processed in parallel. The rows of one person follow each other: only the first reads it, and none meets
    another. Conflicts with other requests are retried until the import is `limits.IMPORT_TIME` old; rows that it
    has not reached by then are refused with `Unavailable`.

    Args:
        rows: as sent, with the fields of `EconomyRow`.
        act: who imports them, when and by which request.

    Returns:
        One outcome for each row, in the order of `rows`.
    """
    outcomes: dict[int, RowOutcome] = {}
    with aws.retrying_for(limits.IMPORT_TIME):
        for of_person in aws.side_by_side(partial(_import_person, rows, act), _by_person(rows)):
            outcomes |= of_person
    return [outcomes[index] for index in range(len(rows))]


def _import_person(rows: Sequence[Mapping[str, Any]], act: Act, indexes: Iterable[int]) -> dict[int, RowOutcome]:
    """The outcomes of the rows of one person, by the index of the row."""
    outcomes: dict[int, RowOutcome] = {}
    known: Application | None = None
    for index in indexes:
        if aws.is_late():
            outcomes[index] = RowOutcome(refusal=Unavailable())
        else:
            outcomes[index], known = _import_row(rows[index], act, known)
    return outcomes


def _by_person(rows: Sequence[Mapping[str, Any]]) -> Iterable[list[int]]:
    """The indexes of the rows, grouped by person."""
    groups: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(str(row.get("person_number")), []).append(index)
    return groups.values()


def _import_row(raw: Mapping[str, Any], act: Act, known: Application | None) -> tuple[RowOutcome, Application | None]:
    """The outcome of one row, and the person's application for its next row; None if it must be read again."""
    try:
        row = EconomyRow.model_validate(raw, strict=False)
        recorded = _record(row.person_number, row.economy, row, act, known)
    except ValidationError as error:
        return RowOutcome(refusal=refusal(error)), known
    except Refusal as refused:
        return RowOutcome(refusal=refused), None
    return RowOutcome(changed=recorded.changed), recorded.application


def _record(number: str, code: str, form: EconomyDecision, act: Act, known: Application | None) -> Recorded:
    """Record one answer with its statistics.

    `known` is the application with this person as last read; it is read again if a concurrent request has changed the
    person since.
    """
    answer = Answer(form.decision, act.at, form.valid_until)

    def attempt() -> Recorded:
        nonlocal known
        before, known = known or applications.person(number, act.actor)[0], None
        person = before.person(PersonNumber(number))
        after, event = progress.record_decision(before, person.number, code, answer, act)
        if event is None:
            return Recorded(before, person, changed=False)
        changed, entry_added = history.chain(after.header, person, after.person(person.number), event)
        writes = [*applications.person_and_waits_replaced(after.header, person, changed), entry_added]
        transaction.commit(after.header, event, writes)
        return Recorded(transitions.with_person(after, changed), changed, changed=True)

    return until_unchanged(attempt, Changed)
