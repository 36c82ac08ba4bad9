"""导出至Excel: any list of officers as a workbook (docs/decisions/0051)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.repos.accounts import accounts, quotas
from chalicelib.repos.files import workbook
from chalicelib.repos.process import aws, outcomes
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import EXPORTS
from chalicelib.rules.applications import office_sheet
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.forms.applications import OfficeSearch
from chalicelib.usecases.applications import exports, search
from chalicelib.usecases.applications.exports import Export
from chalicelib.usecases.remember import Remember


@dataclass(frozen=True)
class ListExport:
    """A list as a workbook that is ready for download."""

    export: Export
    rows: int
    """Rows of the list in the workbook."""
    next_cursor: str | None
    """Opens what the workbook does not have; None if it has the whole list, or ends amid the rows of a page."""
    partial: bool
    """Whether the list has more than the workbook."""


@dataclass(frozen=True)
class Found:
    """Applications of several pages of a list, in their order."""

    applications: Sequence[Application]
    next_cursor: str | None
    """Opens the rest of the list; None if this is all of it."""


def export(form: OfficeSearch, act: Act, remember: Remember[ListExport]) -> ListExport:
    """Export what `search.find_for_officer` finds with the same form, from its cursor on, whatever its page size.

    Raises:
        Malformed: the cursor does not belong to this account and these filters.
        QuotaUsedUp: the account has exported too much today.
    """
    found = read(form, act, limits.EXPORT_ROWS)
    today = china_day(act.at)
    rows = [row for application in found.applications for row in office_sheet.rows(application, today)]
    note = [office_sheet.unfinished(len(rows))] if found.next_cursor else []
    content = workbook.sheet(office_sheet.title(), office_sheet.headers(), [*rows, *note])
    stored = exports.store(accounts.partition_owner_of(act.actor), office_sheet.filename(act.at), content, act.at)
    exported = ListExport(stored, len(rows), found.next_cursor, partial=found.next_cursor is not None)
    with outcomes.unseen_by_users():
        table.commit(*remember(exported), quotas.quota_used(act.actor.id, EXPORTS, act.at))
    return exported


def read(form: OfficeSearch, act: Act, most: int) -> Found:
    """Read a list page by page until it ends, or another page might exceed `most` rows or `limits.EXPORT_TIME`.

    Raises:
        Malformed: the cursor does not belong to this account and these filters.
    """
    applications: list[Application] = []
    rows, cursor = 0, form.cursor
    with aws.retrying_for(limits.EXPORT_TIME):
        while True:
            page = search.find_for_officer(_page(form, cursor), act.actor, act.at)
            applications += page.applications
            rows += sum(max(1, len(application.persons)) for application in page.applications)
            cursor = page.next_cursor
            if cursor is None or rows + limits.PAGE_MAX > most or aws.is_late():
                return Found(applications, cursor)


def _page(form: OfficeSearch, cursor: str | None) -> OfficeSearch:
    return form.model_copy(update={"cursor": cursor, "limit": limits.PAGE_MAX})
