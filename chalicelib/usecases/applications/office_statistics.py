"""统计: what offices receive and decide, on the page and as a workbook (docs/decisions/0071)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.repos.accounts import accounts, quotas
from chalicelib.repos.applications import office_statistics as repo
from chalicelib.repos.applications import statistics
from chalicelib.repos.files import workbook
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import EXPORTS
from chalicelib.rules.applications import statistics_sheet
from chalicelib.rules.applications.office_statistics import NamedField, OfficeMonth, named_fields, period_of
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.vocabulary import CONSULAR
from chalicelib.rules.forms.statistics import StatisticsPeriod
from chalicelib.usecases.applications import exports
from chalicelib.usecases.applications.exports import Export
from chalicelib.usecases.remember import Remember


@dataclass(frozen=True)
class OfficeFigures:
    """The numbers of one office, or of all of them."""

    first: date
    last: date
    """The first day of the first and of the last month."""
    counted_until: date | None
    """The last day that is counted."""
    months: Sequence[OfficeMonth]
    fields: Sequence[NamedField]


def read(period: StatisticsPeriod, viewer: Account, now: datetime) -> OfficeFigures:
    """Read the numbers that an officer may see: those of the own office, and all of them in the consular department.

    Raises:
        Invalid: the period ends before it begins, or is too long.
    """
    first, last = period_of(period.from_month, period.to_month, china_day(now))
    until = repo.counted_until()
    months = repo.of_months(first, last, None if viewer.office == CONSULAR else viewer.office)
    return OfficeFigures(first, last, until, months, named_fields(months))


def export(period: StatisticsPeriod, act: Act, remember: Remember[Export]) -> Export:
    """Export what `read` finds, and the waiting times of the economies, as a workbook of three sheets.

    Raises:
        Invalid: the period ends before it begins, or is too long.
        QuotaUsedUp: the account has exported too much today.
    """
    figures = read(period, act.actor, act.at)
    waits = statistics.of_last_months(act.at)
    sheets = statistics_sheet.sheets(figures.months, figures.fields, waits)
    filename = statistics_sheet.filename(figures.first, figures.last)
    stored = exports.store(accounts.partition_owner_of(act.actor), filename, workbook.book(sheets), act.at)
    with outcomes.unseen_by_users():
        table.commit(*remember(stored), quotas.quota_used(act.actor.id, EXPORTS, act.at))
    return stored
