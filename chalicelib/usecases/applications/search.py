"""我的申请单 and the lists of officers: one page with its cursor (L01-L14, H20)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chalicelib.repos.accounts import enterprises
from chalicelib.repos.applications import applications
from chalicelib.repos.applications import search as repo
from chalicelib.repos.keys import cursors
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.applications.search import NUMBER_LENGTH, OfficeCriteria, SearchCriteria, matches_for_officer
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import NotFound, invalid
from chalicelib.rules.base.vocabulary import Role
from chalicelib.rules.forms.applications import OfficeSearch, Search
from chalicelib.rules.forms.fields import normalise_number

DESKS = {party: status for status, party in lifecycle.QUEUES.items()}
"""The status of what waits at the desk of a party."""


@dataclass(frozen=True)
class Listing:
    """One page of a list."""

    applications: list[Application]
    next_cursor: str | None
    """Opens the next page for the same reader and filters; None on the last page."""
    partial: bool = False
    """Whether reading took too long: the page ended before it was full, and the next one goes on."""


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
    return Listing(page.applications, cursors.write(viewer, "applications", filters, page.next_key), page.partial)


def find_for_officer(form: OfficeSearch, viewer: Account, now: datetime) -> Listing:
    """Find what waits at the officer's desk or fits the filters, in the order of submission.

    Raises:
        Malformed: the cursor does not belong to this viewer and these filters.
    """
    criteria = _officers_criteria(form, china_day(now))
    if criteria is None:
        return Listing([], None)
    if form.number:
        return Listing(_by_number(form.number, criteria, viewer), None)
    if _is_for_desk(criteria):
        criteria = replace(criteria, status=DESKS[viewer.party])
    filters = _filters(form)
    start = cursors.read(viewer, "office", filters, form.cursor)
    page = repo.page_for_officer(viewer, criteria, form.limit, start, newest_first=form.order == "newest")
    return Listing(page.applications, cursors.write(viewer, "office", filters, page.next_key), page.partial)


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


def _officers_criteria(form: OfficeSearch, today: date) -> OfficeCriteria | None:
    """The criteria of a form; None if it names an enterprise that does not exist, or two."""
    enterprise_id = form.enterprise_id or None
    if form.uscc:
        found = enterprises.find_by_uscc(normalise_number(form.uscc))
        if found is None or enterprise_id not in (None, found.id):
            return None
        enterprise_id = found.id
    return OfficeCriteria(
        today=today,
        service=form.service,
        status=form.status,
        applicant=form.applicant or None,
        passport=form.passport_number or None,
        enterprise_id=enterprise_id,
    )


def _is_for_desk(criteria: OfficeCriteria) -> bool:
    """Whether nothing says what the officer looks for, so that what waits for it is meant."""
    return criteria.status is None and not criteria.names_persons and criteria.enterprise_id is None


def _by_number(number: str, criteria: OfficeCriteria, viewer: Account) -> list[Application]:
    try:
        found = applications.get(normalise_number(number)[:NUMBER_LENGTH], viewer)
    except NotFound:
        return []
    fitting = matches_for_officer(found, criteria)
    if fitting is None:
        return []
    # An application that fits as a whole is shown with everybody.
    return [fitting if criteria.names_persons or criteria.status not in (None, found.header.status) else found]
