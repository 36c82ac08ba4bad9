"""统计 of offices: applications by month, the share of returns, and what returns name; without personal data."""

from typing import Annotated

from pydantic import BaseModel, Field

from chalicelib import data
from chalicelib.handlers.applications import downloads
from chalicelib.handlers.applications.downloads import ExportReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Date
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.applications.office_statistics import DeskFigures, NamedField, OfficeMonth
from chalicelib.rules.base.vocabulary import Party, Service
from chalicelib.rules.forms.field_names import field_name
from chalicelib.rules.forms.statistics import StatisticsPeriod
from chalicelib.usecases.applications import office_statistics

routes = Routes(__name__)

Month = Annotated[str, Field(json_schema_extra={"pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"})]
"""A month in China, such as 2026-11."""


class SubmittedOf(BaseModel):
    """Applications of one service that were submitted for the first time."""

    service: Service
    submitted: int


class DeskMonth(BaseModel):
    """Decisions of one desk: about applications, and about persons of them that are reviewed apart."""

    desk: Party
    passed: int
    returned: int
    rejected: int
    returned_share: float | None
    """Returns among these decisions, 0 to 1; null without a decision."""


class MonthOfOffice(BaseModel):
    """The numbers of one office and month."""

    office: str
    office_name: str
    month: Month
    submitted: int
    persons: int
    services: list[SubmittedOf]
    desks: list[DeskMonth]
    """That of the office, then the consular department about the applications of the office."""


class FieldOfReturns(BaseModel):
    """How many returns of one desk named a field, over all months."""

    office: str
    office_name: str
    desk: Party
    field: str
    """The name of a field of the form, a kind of attachment, or `none` for returns that name no field."""
    label: str
    returns: int


class OfficeStatistics(BaseModel):
    """The own office of an officer, or all offices for the consular department."""

    from_month: Month
    to_month: Month
    counted_until: Date | None
    """The last day that is counted: yesterday, as long as the nightly run works; null before the first one."""
    items: list[MonthOfOffice]
    fields: list[FieldOfReturns]
    """By office and desk, the most frequent first."""


@routes.add("GET", "/office/statistics", Access.OFFICERS, query=StatisticsPeriod, reply=OfficeStatistics)
def read(call: Call) -> OfficeStatistics:
    """Get what offices received and decided by month; officers of an office see their own, the department all."""
    figures = office_statistics.read(call.query, call.viewer, call.now)
    return OfficeStatistics(
        from_month=f"{figures.first:%Y-%m}",
        to_month=f"{figures.last:%Y-%m}",
        counted_until=figures.counted_until.isoformat() if figures.counted_until else None,
        items=[_month(one, call.language) for one in figures.months],
        fields=[_field(one, call.language) for one in figures.fields],
    )


@routes.add(
    "POST",
    "/office/statistics/export",
    Access.OFFICERS,
    body=StatisticsPeriod,
    body_optional=True,
    reply=ExportReply,
    status=201,
    idempotent=True,
)
def export(call: Call) -> ExportReply:
    """Export the same numbers, and the waiting times of the economies, as a workbook."""
    return downloads.export(office_statistics.export(call.body, call.act, call.remember(downloads.export)))


def _month(one: OfficeMonth, language: str) -> MonthOfOffice:
    return MonthOfOffice(
        office=one.office,
        office_name=data.offices()[one.office].label(language),
        month=one.month,
        submitted=one.submitted,
        persons=one.persons,
        services=[SubmittedOf(service=service, submitted=one.submitted_of(service)) for service in Service],
        desks=[_desk(desk) for desk in one.desks],
    )


def _desk(desk: DeskFigures) -> DeskMonth:
    return DeskMonth(
        desk=desk.desk,
        passed=desk.passed,
        returned=desk.returned,
        rejected=desk.rejected,
        returned_share=desk.returned_share,
    )


def _field(one: NamedField, language: str) -> FieldOfReturns:
    return FieldOfReturns(
        office=one.office,
        office_name=data.offices()[one.office].label(language),
        desk=one.desk,
        field=one.field,
        label=field_name(one.field, language),
        returns=one.returns,
    )
