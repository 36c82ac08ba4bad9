"""The workbook of 统计: offices by month, fields that returns named, and waiting times of the economies."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.rules.applications.office_statistics import NamedField, OfficeMonth
from chalicelib.rules.applications.statistics import MONTHS, Waits, shown
from chalicelib.rules.base.vocabulary import Service
from chalicelib.rules.forms.field_names import field_name

type Cell = str | int | float
type Sheet = tuple[str, Sequence[str], Sequence[Sequence[Cell]]]
"""The title of a sheet, its header and its rows."""


def sheets(months: Iterable[OfficeMonth], fields: Iterable[NamedField], waits: Mapping[str, Waits]) -> list[Sheet]:
    """The three sheets; numbers are numbers, so that they can be added up."""
    desks = [text("parties", "fao"), text("parties", "consular")]
    of_desk = [f"{desk}{_column(name)}" for desk in desks for name in ("passed", "returned", "rejected", "share")]
    services = [text("services", service) for service in Service]
    return [
        (
            _title("months"),
            [_column("office"), _column("month"), _column("submitted"), *services, _column("persons"), *of_desk],
            [_month_row(one) for one in months],
        ),
        (
            _title("fields"),
            [_column(name) for name in ("office", "desk", "field", "returns")],
            [(_office(one.office), text("parties", one.desk), field_name(one.field), one.returns) for one in fields],
        ),
        (
            _title("economies"),
            [_column(name) for name in ("economy", "median", "ninth", "known", "answers")],
            [_economy_row(economy, waits[economy.code]) for economy in data.deciding_economies()],
        ),
    ]


def filename(first: date, last: date) -> str:
    """File name of the workbook: 统计 with the first and the last month, as yyyyMM."""
    return f"{_title('file')}_{first:%Y%m}-{last:%Y%m}.xlsx"


def _month_row(one: OfficeMonth) -> Sequence[Cell]:
    cells: list[Cell] = [_office(one.office), one.month, one.submitted]
    cells += [one.submitted_of(service) for service in Service]
    cells.append(one.persons)
    for desk in one.desks:
        share = desk.returned_share
        cells += [desk.passed, desk.returned, desk.rejected, "" if share is None else share]
    return cells


def _economy_row(economy: data.Economy, waits: Waits) -> Sequence[Cell]:
    figures = shown(waits)
    known = (figures.median, figures.ninth_decile, figures.known, figures.answers)
    return (economy.name, *("" if figure is None else figure for figure in known))


def _office(code: str) -> str:
    return data.offices()[code].name


def _title(code: str) -> str:
    return text("statistics_sheets", code, months=MONTHS)


def _column(code: str) -> str:
    return text("statistics_columns", code)
