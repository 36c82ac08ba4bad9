"""Many acts in one request: each row is an act of its own with its own transaction (docs/decisions/0051)."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError

from chalicelib.repos.process import aws
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Current, FieldError, Refusal, Unavailable
from chalicelib.rules.forms.validation import refusal

type Row = Mapping[str, Any]
"""One row as sent, not validated: a row that is not valid must not stop the others."""

type RowAct[Known] = Callable[[Row, Known | None], tuple[RowOutcome, Known | None]]
"""Carries out one row, given what the row before it has read or written of the same object.

Raises `Refusal` or pydantic's `ValidationError` if the row is refused; it then has changed nothing.
"""


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row."""

    changed: bool = False
    """False if the row was refused, or if everything was as it says already."""
    refusal: Refusal | None = None
    """Why the row was not applied; None if it was, or if it changes nothing."""
    current: Current | None = None
    """The state of the object afterwards, where the row is about a status."""
    warnings: Sequence[FieldError] = ()
    """What to check about a row that was applied."""


def run[Known](rows: Sequence[Row], object_of: Callable[[Row], str], act_on: RowAct[Known]) -> list[RowOutcome]:
    """Carry out every row; a row that is refused does not stop the others.

    Objects are processed in parallel. The rows of one object follow each other in their order, so that none meets
    another. Conflicts with other requests are retried until the request is `limits.IMPORT_TIME` old; rows that it has
    not reached by then are refused with `Unavailable`.

    Args:
        rows: as sent.
        object_of: names the object that a row changes.
        act_on: carries out one row.

    Returns:
        One outcome for each row, in the order of `rows`.
    """
    outcomes: dict[int, RowOutcome] = {}
    with aws.retrying_for(limits.IMPORT_TIME):
        for of_object in aws.side_by_side(partial(_run_object, rows, act_on), _by_object(rows, object_of)):
            outcomes |= of_object
    return [outcomes[index] for index in range(len(rows))]


def parsed[Form: BaseModel](form: type[Form], row: Row) -> Form:
    """The row as a form, by the rules for a request body; raises pydantic's `ValidationError`."""
    return form.model_validate_json(json.dumps(row))


def _by_object(rows: Sequence[Row], object_of: Callable[[Row], str]) -> Iterable[list[int]]:
    """The indexes of the rows, grouped by object."""
    groups: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(object_of(row), []).append(index)
    return groups.values()


def _run_object[Known](rows: Sequence[Row], act_on: RowAct[Known], indexes: Iterable[int]) -> dict[int, RowOutcome]:
    """The outcomes of the rows of one object, by the index of the row."""
    outcomes: dict[int, RowOutcome] = {}
    known: Known | None = None
    for index in indexes:
        if aws.is_late():
            outcomes[index] = RowOutcome(refusal=Unavailable())
        else:
            outcomes[index], known = _run_row(rows[index], act_on, known)
    return outcomes


def _run_row[Known](row: Row, act_on: RowAct[Known], known: Known | None) -> tuple[RowOutcome, Known | None]:
    """The outcome of one row, and what its next row knows; None if that must read the object again."""
    try:
        return act_on(row, known)
    except ValidationError as error:
        return RowOutcome(refusal=refusal(error)), known
    except Refusal as refused:
        return RowOutcome(refusal=refused), None
