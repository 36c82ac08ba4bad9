"""我的申请单 and the lists of officers: one page with its cursor (L01-L14, H20)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from chalicelib.repos.accounts import enterprise_names, enterprises
from chalicelib.repos.applications import applications
from chalicelib.repos.applications import search as repo
from chalicelib.repos.keys import cursors
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.enterprise_names import searchable
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.applications.search import (
    NUMBER_LENGTH,
    OfficeCriteria,
    SearchCriteria,
    fits_as_a_whole,
    matches_for_officer,
    matching_persons,
)
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import NotFound, invalid
from chalicelib.rules.base.vocabulary import Role
from chalicelib.rules.forms.applications import OfficeSearch, Search
from chalicelib.rules.values import codes

DESKS = {party: status for status, party in lifecycle.QUEUES.items()}
"""The status of what waits at the desk of a party."""

SHORT_NUMBER = re.compile(r"A|AP|APE|APEC\d{0,7}", re.ASCII)
"""The beginning of a number that does not have the whole day."""


@dataclass(frozen=True)
class Listing:
    """One page of a list."""

    applications: list[Application]
    next_cursor: str | None
    """Opens the next page for the same reader and filters; None on the last page."""
    partial: bool = False
    """Whether reading took too long: the page ended before it was full, and the next one goes on."""
    matching: Mapping[str, int] = field(default_factory=dict)
    """How many persons of each application fit, in a list of officers."""


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
    if len(criteria.number) >= NUMBER_LENGTH:
        return _officers_listing(_by_number(criteria, viewer), criteria)
    if _is_for_desk(criteria):
        criteria = replace(criteria, status=DESKS[viewer.party])
    filters = _filters(form)
    start = cursors.read(viewer, "office", filters, form.cursor)
    page = _officers_page(form, criteria, viewer, start)
    cursor = cursors.write(viewer, "office", filters, page.next_key)
    return _officers_listing(page.applications, criteria, cursor, partial=page.partial)


def _officers_listing(
    found: list[Application], criteria: OfficeCriteria, cursor: str | None = None, *, partial: bool = False
) -> Listing:
    matching: dict[str, int] = {one.header.number: matching_persons(one, criteria) for one in found}
    return Listing(found, cursor, partial, matching)


def _officers_page(
    form: OfficeSearch, criteria: OfficeCriteria, viewer: Account, start: dict[str, Any] | None
) -> repo.SearchPage:
    newest_first = form.order == "newest"
    if criteria.enterprise is None or criteria.names_list:
        _refuse_short_number(criteria)
        return repo.page_for_officer(viewer, criteria, form.limit, start, newest_first=newest_first)
    found = enterprise_names.having(criteria.enterprise, limits.ENTERPRISES_SEARCHED)
    if found is None:
        raise invalid("enterprise", "TOO_MANY_ENTERPRISES", count=limits.ENTERPRISES_SEARCHED)
    return repo.page_of_enterprises(viewer, criteria, found, form.limit, start, newest_first=newest_first)


def _refuse_short_number(criteria: OfficeCriteria) -> None:
    """Refuse the beginning of a number that says less than its day, if nothing else says which list to read."""
    if criteria.is_of_numbers and SHORT_NUMBER.fullmatch(criteria.number):
        raise invalid("number", "NUMBER_WITHOUT_DAY")


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
        found = enterprises.find_by_uscc(codes.compact(form.uscc))
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
        enterprise=searchable(form.enterprise) if form.enterprise else None,
        number=codes.normalise(form.number or "")[:NUMBER_LENGTH],
        first_day=form.submitted_from,
        last_day=form.submitted_to,
        waiting_longer_than=form.waiting_longer_than,
    )


def _is_for_desk(criteria: OfficeCriteria) -> bool:
    """Whether nothing says what the officer looks for, so that what waits for it is meant."""
    return not criteria.names_list and criteria.enterprise is None and not criteria.number


def _by_number(criteria: OfficeCriteria, viewer: Account) -> list[Application]:
    try:
        found = applications.get(criteria.number, viewer)
    except NotFound:
        return []
    fitting = matches_for_officer(found, criteria)
    if fitting is None:
        return []
    # An application that fits as a whole is shown with everybody.
    return [found if fits_as_a_whole(found.header, criteria) else fitting]
