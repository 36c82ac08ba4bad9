"""经济体审批结果: recording one answer of one economy, and importing many (docs/domain.md 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from chalicelib.repos.applications import applications, history
from chalicelib.repos.applications.applications import Changed
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import progress, transitions, warnings
from chalicelib.rules.applications.applications import Answer, Application, Person
from chalicelib.rules.base.china_time import china_time
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import Decision, PersonNumber
from chalicelib.rules.forms.applications import EconomyDecision, EconomyRow
from chalicelib.rules.values import codes
from chalicelib.usecases import batches
from chalicelib.usecases.applications import transaction
from chalicelib.usecases.batches import Row, RowOutcome
from chalicelib.usecases.retries import until_unchanged


@dataclass(frozen=True)
class Recorded:
    """The result of recording one answer."""

    application: Application
    person: Person
    changed: bool
    """False if the person had this answer already."""


def record(number: str, code: str, form: EconomyDecision, act: Act) -> Recorded:
    """Record the answer of one economy for one person; the same answer again changes nothing (D01).

    Args:
        number: the person's number.
        code: the economy's code.
        form: the decision and, for an approval, the last day for which it is given.
        act: who records it, when and by which request.

    Raises:
        NotFound: no person that the actor may see.
        Invalid: the economy is none of the 16 that decide, or its approval has ended already.
        OperationInvalid: the economies are not asked about this person.
        Unavailable: too many other requests change the person.
    """
    return _record(number, code, form, act)


def import_answers(rows: Sequence[Row], act: Act) -> list[RowOutcome]:
    """Record many answers, each in its own transaction (`batches.run`); only the first row of a person reads it.

    Args:
        rows: as sent, with the fields of `EconomyRow`.
        act: who imports them, when and by which request.

    Returns:
        One outcome for each row, in the order of `rows`.
    """
    return batches.run(rows, lambda row: codes.normalise(str(row.get("person_number"))), partial(_import_row, act))


def _import_row(act: Act, raw: Row, known: Application | None) -> tuple[RowOutcome, Application]:
    """The outcome of one row, and the person's application for its next row."""
    row = EconomyRow.model_validate(raw, strict=False)
    recorded = _record(row.person_number, row.economy, row, act, known, row.seen)
    remarks = tuple(warnings.on_answer(recorded.person, row.economy))
    return RowOutcome(changed=recorded.changed, warnings=remarks), recorded.application


def _record(
    number: str,
    code: str,
    form: EconomyDecision,
    act: Act,
    known: Application | None = None,
    seen: Decision | None = None,
) -> Recorded:
    """Record one answer with its statistics.

    `known` is the application with this person as last read; it is read again if a concurrent request has changed the
    person since. `seen` is the decision that the officer saw (docs/decisions/0062).
    """
    answer = Answer(form.decision, act.at, form.valid_until)

    def attempt() -> Recorded:
        nonlocal known
        before, known = known or applications.person(number, act.actor)[0], None
        person = before.person(PersonNumber(number))
        _refuse_unseen(person, code, form, seen)
        after, event = progress.record_decision(before, person.number, code, answer, act)
        if event is None:
            return Recorded(before, person, changed=False)
        changed, entry_added = history.chain(after.header, person, after.person(person.number), event)
        writes = [*applications.person_and_waits_replaced(after.header, person, changed), entry_added]
        transaction.commit(after.header, event, writes, progress.pending_economies(changed), changed)
        return Recorded(transitions.with_person(after, changed), changed, changed=True)

    return until_unchanged(attempt, Changed)


def _refuse_unseen(person: Person, code: str, form: EconomyDecision, seen: Decision | None) -> None:
    """Refuse to replace an answer that another officer has recorded meanwhile; an equal one changes nothing."""
    answer = person.economies.get(code)
    if seen is None or answer is None or answer.decision is seen:
        return
    if (answer.decision, answer.valid_until) != (form.decision, form.valid_until):
        raise invalid("decision", "ANSWER_CHANGED", at=china_time(answer.decided_at))
