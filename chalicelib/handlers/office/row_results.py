"""Results of the rows of a list, in which each row is an act of its own."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from chalicelib.data.texts import text
from chalicelib.handlers.http import problems
from chalicelib.handlers.http.formats import ProblemCode
from chalicelib.handlers.http.problems import ProblemCurrent, ProblemField
from chalicelib.rules.base.errors import Current, Invalid, OperationInvalid, Refusal
from chalicelib.usecases.batches import RowOutcome

ERRORS_SHOWN = 5
"""Errors shown for one row: a row can have any number of unknown keys, and a reply is at most 6 MB."""


class RowResult(BaseModel):
    """What became of one row; rows count from 0."""

    row: int
    outcome: Literal["applied", "unchanged", "refused"]
    """`unchanged`: everything was as the row says already."""
    code: ProblemCode | None
    """The error code of a row that was refused, as a single call has it."""
    message: str | None
    errors: list[ProblemField]
    current: ProblemCurrent | None
    """The status afterwards; for OPERATION_INVALID the status that refuses the row, since when, and by whom."""


class BatchReply(BaseModel):
    """The results of all rows, in their order."""

    applied: int
    unchanged: int
    refused: int
    rows: list[RowResult]


def batch(outcomes: Sequence[RowOutcome], language: str) -> BatchReply:
    """The reply to a list of acts."""
    rows = [result(index, outcome, language) for index, outcome in enumerate(outcomes)]
    counts = {wanted: sum(row.outcome == wanted for row in rows) for wanted in ("applied", "unchanged", "refused")}
    return BatchReply(**counts, rows=rows)


def reason(refusal: Refusal, language: str) -> str:
    """Why a row was refused, in one text."""
    if isinstance(refusal, Invalid) and refusal.errors:
        messages = [problems.field_message(error, language) for error in refusal.errors[:ERRORS_SHOWN]]
        return ("; " if language == "en" else "；").join(messages)
    return text("errors", refusal.code, language)


def result(index: int, outcome: RowOutcome, language: str) -> RowResult:
    """The result of one row."""
    refusal = outcome.refusal
    if refusal is None:
        done: Literal["applied", "unchanged"] = "applied" if outcome.changed else "unchanged"
        return RowResult(
            row=index, outcome=done, code=None, message=None, errors=[], current=_current(outcome.current, language)
        )
    return RowResult(
        row=index,
        outcome="refused",
        code=refusal.code,
        message=reason(refusal, language),
        errors=[problems.problem_field(error, language) for error in refusal.errors[:ERRORS_SHOWN]],
        current=_current(refusal.current, language) if isinstance(refusal, OperationInvalid) else None,
    )


def _current(state: Current | None, language: str) -> ProblemCurrent | None:
    """What the object of a row is now; only officers send lists, and agents have no names for them."""
    return None if state is None else problems.current(state, language, party=None)
