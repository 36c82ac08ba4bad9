"""Workbooks that officers fill in: made from a list, and read back row by row (docs/decisions/0051)."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched, islice

from chalicelib import data
from chalicelib.repos.accounts import accounts, quotas
from chalicelib.repos.applications import applications
from chalicelib.repos.files import uploaded_workbook, workbook
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import EXPORTS
from chalicelib.rules.applications import office_workbooks as rules
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.applications.office_workbooks import SheetRow
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import CHINA, china_day
from chalicelib.rules.base.errors import FieldError, Invalid, invalid
from chalicelib.rules.base.vocabulary import Service
from chalicelib.rules.forms.workbooks import WorkbookKind, WorkbookTemplate
from chalicelib.usecases.applications import economies, exports, lists, search_export
from chalicelib.usecases.applications.search_export import ListExport
from chalicelib.usecases.batches import Row, RowOutcome
from chalicelib.usecases.remember import Remember

RECORD: Mapping[WorkbookKind, Callable[[Sequence[Row], Act], list[RowOutcome]]] = {
    "answers": economies.import_answers,
    "cards": lists.record_cards,
    "foreign_numbers": lists.record_foreign_numbers,
}
"""What is done with the rows of each kind of workbook."""


@dataclass(frozen=True)
class SheetOutcome:
    """What became of one row of a workbook."""

    row: SheetRow
    outcome: RowOutcome


@dataclass(frozen=True)
class Imported:
    """What became of a workbook."""

    outcomes: list[SheetOutcome]
    """Of the rows that were filled in, in their order."""
    unfilled: int
    """Rows that were not filled in."""


def export_template(form: WorkbookTemplate, act: Act, remember: Remember[ListExport]) -> ListExport:
    """Make a workbook with the persons of an officer's list, up to `limits.IMPORT_ROWS` rows.

    Raises:
        Invalid: an economy is none of those that decide.
        Malformed: the cursor does not belong to this account and these filters.
        QuotaUsedUp: the account has exported too much today.
    """
    asked = _economies(form)
    found = search_export.read(_of_status(form), act, limits.IMPORT_ROWS)
    every = _rows(form, found.applications, asked, act)
    rows = list(islice(every, limits.IMPORT_ROWS))
    is_cut = next(every, None) is not None
    content = workbook.template(rules.title(form.kind), rules.headers(form.kind), rows)
    filename = f"{rules.title(form.kind)}_{act.at.astimezone(CHINA):%Y%m%d%H%M}.xlsx"
    stored = exports.store(accounts.partition_owner_of(act.actor), filename, content, act.at)
    exported = ListExport(
        stored, len(rows), None if is_cut else found.next_cursor, partial=is_cut or found.next_cursor is not None
    )
    with outcomes.unseen_by_users():
        table.commit(*remember(exported), quotas.quota_used(act.actor.id, EXPORTS, act.at))
    return exported


def read(kind: WorkbookKind, encoded: str, act: Act) -> Imported:
    """Record every row of a workbook that was filled in, each in its own transaction (`batches.run`).

    Args:
        kind: of the workbook.
        encoded: the bytes of the file, base64.
        act: who sends it, when and by which request.

    Raises:
        Invalid: the file is no workbook, exceeds a limit, or has another header than its template; nothing is recorded.
    """
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("workbook", "ATTACHMENT_CONTENT") from error
    rows, unfilled = rules.read(kind, uploaded_workbook.rows(content, "workbook"))
    if len(rows) > limits.IMPORT_ROWS:
        raise invalid("workbook", "too_long", max_length=limits.IMPORT_ROWS)
    readable = [row for row in rows if not row.errors]
    recorded = iter(RECORD[kind]([row.fields for row in readable], act))
    return Imported(
        [SheetOutcome(row, RowOutcome(refusal=Invalid(row.errors)) if row.errors else next(recorded)) for row in rows],
        unfilled,
    )


def _economies(form: WorkbookTemplate) -> Sequence[str]:
    known = [economy.code for economy in data.deciding_economies()]
    errors = [
        FieldError(f"economies.{index}", "ECONOMY") for index, code in enumerate(form.economies) if code not in known
    ]
    if errors:
        raise Invalid(errors)
    return form.economies or known


def _of_status(form: WorkbookTemplate) -> WorkbookTemplate:
    """The form with the status whose persons are meant."""
    return form if form.status or form.number else form.model_copy(update={"status": rules.FIRST_STATUS[form.kind]})


def _rows(
    form: WorkbookTemplate, found: Sequence[Application], asked: Sequence[str], act: Act
) -> Iterator[Sequence[str]]:
    today = china_day(act.at)
    for numbers in batched(dict.fromkeys(_persons(found)), limits.PAGE_MAX):
        for header, person in applications.persons(numbers, act.actor).values():
            if person.economies_since is not None:
                yield from rules.person_rows(form.kind, header, person, asked, form.event, today)


def _persons(found: Sequence[Application]) -> Iterator[str]:
    """The numbers of the persons of a list; that of a follow-up application is the one that it is about."""
    for application in found:
        if application.header.service is not Service.NEW_OR_RENEWAL:
            yield str(application.header.content["person_number"])
        yield from (person.number for person in application.persons)
