"""查询: which applications, and which of their persons, fit the filters of a list (L03, L04, L10, H20)."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from chalicelib.rules.accounts.enterprise_names import searchable
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import (
    Application,
    ApplicationHeader,
    Person,
    status_of,
    status_since_of,
)
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.china_time import china_day, china_midnight
from chalicelib.rules.base.numbers import first_number_of, is_person_number
from chalicelib.rules.base.vocabulary import Service, Status
from chalicelib.rules.values import codes

NUMBER_LENGTH = 18
"""Characters of an application number; a person number continues with its position."""


@dataclass(frozen=True)
class SearchCriteria:
    """The filters of a list; a filter that is None admits everything."""

    service: Service
    today: date
    """The day in China: it decides which services are available and which cards have expired."""
    number: str | None = None
    """The beginning of an application number, or a whole person number."""
    applicant: str | None = field(default=None, repr=False)
    """The beginning of a person's name."""
    status: Status | None = None
    passport: str | None = field(default=None, repr=False)
    """A whole passport number."""
    available: Service | None = None
    """A follow-up service that the person can apply for."""
    creator_id: str | None = None

    @property
    def application_number(self) -> str:
        """The part of `number` that belongs to the application number; empty without a number."""
        return codes.normalise(self.number or "")[:NUMBER_LENGTH]


@dataclass(frozen=True)
class OfficeCriteria:
    """The filters of an officer's list; a filter that is None admits everything."""

    today: date
    """The day in China: it decides which cards have expired."""
    service: Service | None = None
    status: Status | None = None
    """Of the application, or of a person with a status of its own."""
    applicant: str | None = field(default=None, repr=False)
    """The beginning of a person's name, of two characters or more."""
    passport: str | None = field(default=None, repr=False)
    """A whole passport number."""
    enterprise_id: str | None = None
    enterprise: str | None = None
    """A part of the name of the enterprise that the application shows, searchable, of two characters or more."""
    number: str = ""
    """How the number of the application begins."""
    first_day: date | None = None
    last_day: date | None = None
    """Between which days in China the application was submitted first: the day in its number."""
    waiting_longer_than: int | None = None
    """How many days an application or a person has waited at its status, today not counted, at least one more."""

    @property
    def waiting_since_before(self) -> datetime | None:
        """The moment before which what has waited long enough came to its status; None without that filter."""
        days = self.waiting_longer_than
        return None if days is None else china_midnight(self.today - timedelta(days=days))

    @property
    def numbers(self) -> tuple[str, str]:
        """Between which texts the numbers of the days lie; without a day nothing is between them that has none."""
        first = first_number_of(self.first_day) if self.first_day else ""
        return first, first_number_of(self.last_day + timedelta(days=1)) if self.last_day else ""

    @property
    def names_persons(self) -> bool:
        """Whether the list is about persons, and not about applications as a whole."""
        return bool(self.applicant or self.passport)

    @property
    def names_list(self) -> bool:
        """Whether a status, persons or one enterprise say which list to read."""
        return self.status is not None or self.names_persons or self.enterprise_id is not None

    @property
    def is_of_numbers(self) -> bool:
        """Whether nothing but the beginning of a number says which list to read."""
        return bool(self.number) and not self.names_list

    @property
    def is_sifted_after_reading(self) -> bool:
        """Whether a filter is left that no index row answers: waiting or a name, without a status."""
        return self.status is None and (self.waiting_longer_than is not None or self.enterprise is not None)


def matches(application: Application, criteria: SearchCriteria) -> Application | None:
    """Test one application against all filters.

    Args:
        application: header and persons; the history is not used.
        criteria: the filters.

    Returns:
        The application with only those persons that fit, or None if it does not fit. A follow-up application is about
        one person and has no persons of its own: it is returned unchanged.
    """
    header = application.header
    if header.service is not criteria.service or not header.number.startswith(criteria.application_number):
        return None
    if criteria.creator_id and header.creator_id != criteria.creator_id:
        return None
    if header.service is not Service.NEW_OR_RENEWAL:
        return application if _follow_up_matches(header, criteria) else None
    persons = tuple(person for person in application.persons if _person_matches(person, header, criteria))
    return replace(application, persons=persons) if persons else None


def matches_for_officer(application: Application, criteria: OfficeCriteria) -> Application | None:
    """Test one application, with the persons that were read, against all filters of an officer's list.

    Returns:
        The application with only those persons that fit, or None if neither it nor one of them fits. It fits itself,
        even without persons, if the list is not about persons and it has the status.
    """
    header = application.header
    if not _is_of_submission(header, criteria):
        return None
    fits = fits_as_a_whole(header, criteria)
    if header.service is not Service.NEW_OR_RENEWAL:
        return application if fits else None
    persons = tuple(person for person in application.persons if _fits_officer(person, header, criteria))
    return replace(application, persons=persons) if persons or fits else None


def fits_as_a_whole(header: ApplicationHeader, criteria: OfficeCriteria) -> bool:
    """Whether an application fits itself, and not only persons of it. A group never does if the list names persons."""
    if criteria.status not in (None, header.status) or not _has_waited(header.status, header, None, criteria):
        return False
    if header.service is Service.NEW_OR_RENEWAL:
        return not criteria.names_persons
    return _subject_matches(header, criteria)


def matching_persons(application: Application, criteria: OfficeCriteria) -> int:
    """How many persons of a listed application fit: all of them where it fits as a whole.

    Args:
        application: With the persons that `matches_for_officer` has left.
        criteria: The filters of the list.
    """
    header = application.header
    if header.service is not Service.NEW_OR_RENEWAL:
        return 1
    return header.person_count if fits_as_a_whole(header, criteria) else len(application.persons)


def _is_of_submission(header: ApplicationHeader, criteria: OfficeCriteria) -> bool:
    """Whether what never changes about an application fits: number, day, service and enterprise."""
    first, end = criteria.numbers
    return (
        header.number.startswith(criteria.number)
        and first <= header.number
        and (not end or header.number < end)
        and criteria.service in (None, header.service)
        and criteria.enterprise_id in (None, header.enterprise_id)
        and (criteria.enterprise or "") in searchable(header.enterprise_name)
    )


def _fits_officer(person: Person, header: ApplicationHeader, criteria: OfficeCriteria) -> bool:
    own = status_of(person, header, criteria.today)
    # A list of persons has everybody of an application at the status; any other list has those at it themselves.
    statuses = (None, own, header.status) if criteria.names_persons else (None, own)
    has_waited = _has_waited(own, header, person, criteria)
    return criteria.status in statuses and has_waited and _is_named(person, criteria)


def _has_waited(status: Status, header: ApplicationHeader, person: Person | None, criteria: OfficeCriteria) -> bool:
    before = criteria.waiting_since_before
    if before is None:
        return True
    return lifecycle.is_under_way(header.service, status) and since_of(header, person) < before


def since_of(header: ApplicationHeader, person: Person | None = None) -> datetime:
    """Since when an application, or a person of it, has had its status."""
    return status_since_of(person, header) if person else header.status_since


def days_waiting(status: Status, since: datetime, service: Service, today: date) -> int | None:
    """Whole calendar days in China since a status began; None at a status where nobody waits for anything."""
    return (today - china_day(since)).days if lifecycle.is_under_way(service, status) else None


def _is_named(person: Person, criteria: SearchCriteria | OfficeCriteria) -> bool:
    content = person.content
    return (not criteria.applicant or content["name"].startswith(criteria.applicant)) and (
        not criteria.passport or content["passport_number"] == codes.normalise(criteria.passport)
    )


def _person_matches(person: Person, header: ApplicationHeader, criteria: SearchCriteria) -> bool:
    number = codes.normalise(criteria.number or "")
    # An application at the requested status is listed with all its persons, whatever their own status is.
    statuses = (None, header.status, status_of(person, header, criteria.today))
    return (
        (not is_person_number(number) or person.number == number)
        and _is_named(person, criteria)
        and (not criteria.available or criteria.available in available_services(person, criteria.today))
        and criteria.status in statuses
    )


def _follow_up_matches(header: ApplicationHeader, criteria: SearchCriteria) -> bool:
    at_status = criteria.status in (None, header.status)
    return at_status and criteria.available is None and _subject_matches(header, criteria)


def _subject_matches(header: ApplicationHeader, criteria: SearchCriteria | OfficeCriteria) -> bool:
    """Whether the person of a follow-up application fits, whose name and passports are in its content."""
    content = header.content
    passports = (content["current_passport_number"], content.get("passport_number"))
    return (not criteria.applicant or content["person_name"].startswith(criteria.applicant)) and (
        not criteria.passport or codes.normalise(criteria.passport) in passports
    )
