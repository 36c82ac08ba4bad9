"""我的申请单 and the lists of officers: one page with its cursor (L01-L14, H20)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.repos.applications import applications
from chalicelib.repos.applications import search as repo
from chalicelib.repos.applications.search import Position, SearchPage
from chalicelib.repos.keys import cursors
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.applications.search import NUMBER_LENGTH, SearchCriteria
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import NotFound, invalid
from chalicelib.rules.base.vocabulary import OfficeCode, Party, Role
from chalicelib.rules.forms.applications import OfficeSearch, Search
from chalicelib.rules.forms.fields import normalise_number


@dataclass(frozen=True)
class Listing:
    """One page of a list."""

    applications: list[Application]
    next_cursor: str | None
    """Opens the next page for the same reader and filters; None on the last page."""


def find(form: Search, viewer: Account, now: datetime) -> Listing:
    """Find applications of the viewer's enterprise with their matching persons, newest first (L03-L13).

    Raises:
        Invalid: an agent filters by agent, which only the enterprise account may do (H20).
        Malformed: the cursor does not belong to this viewer and these filters.
    """
    if form.agent_id is not None and viewer.role is not Role.ENTERPRISE:
        raise invalid("agent_id", "extra_forbidden")
    filters = _filters(form)
    start = cursors.read(viewer, "applications", filters, form.cursor)
    page = repo.page(viewer, _criteria(form, china_day(now)), form.limit, start)
    return Listing(page.applications, cursors.write(viewer, "applications", filters, page.next_key))


def find_for_officer(form: OfficeSearch, viewer: Account) -> Listing:
    """Find what waits at the officer's desk, what has a status, or one application by its number; oldest first.

    Raises:
        Malformed: the cursor does not belong to this viewer and these filters.
    """
    if form.number:
        return Listing(_by_number(form, viewer), None)
    filters = _filters(form)
    page = _officers_page(form, viewer, cursors.read(viewer, "office", filters, form.cursor))
    found = [application for application in page.applications if _has_service(application, form)]
    return Listing(found, cursors.write(viewer, "office", filters, page.next_key))


def _filters(form: Search | OfficeSearch) -> dict[str, Any]:
    """The part of the form to which a cursor is bound."""
    return form.model_dump(mode="json", exclude={"cursor", "limit"})


def _criteria(form: Search, today: date) -> SearchCriteria:
    return SearchCriteria(
        service=form.service,
        today=today,
        number=form.number,
        applicant=form.applicant,
        status=form.status,
        passport=form.passport_number,
        available=form.available_service,
        creator_id=form.agent_id,
    )


def _officers_page(form: OfficeSearch, viewer: Account, start: Position | None) -> SearchPage:
    office = viewer.office or OfficeCode("")
    waits_here = form.status is not None and lifecycle.QUEUES.get(form.status) is viewer.party
    if form.status is None or waits_here:
        return repo.desk(office, form.limit, start)
    if viewer.party is Party.CONSULAR:
        return repo.at_stage(form.status, form.limit, start)
    return repo.of_office(office, form.status, form.limit, start)


def _by_number(form: OfficeSearch, viewer: Account) -> list[Application]:
    try:
        found = applications.get(normalise_number(form.number or "")[:NUMBER_LENGTH], viewer)
    except NotFound:
        return []
    return [found] if form.status in (None, found.header.status) and _has_service(found, form) else []


def _has_service(application: Application, form: OfficeSearch) -> bool:
    return form.service in (None, application.header.service)
