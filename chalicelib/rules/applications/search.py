"""查询: which applications, and which of their persons, fit the filters of a list (L03, L04, L10, H20)."""

from dataclasses import dataclass, field, replace
from datetime import date

from chalicelib.rules.applications.applications import Application, ApplicationHeader, Person, status_of
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.numbers import is_person_number
from chalicelib.rules.base.vocabulary import Service, Status
from chalicelib.rules.forms.fields import normalise_number

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
        return normalise_number(self.number or "")[:NUMBER_LENGTH]


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

    @property
    def names_persons(self) -> bool:
        """Whether the list is about persons, and not about applications as a whole."""
        return bool(self.applicant or self.passport)


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
    if criteria.service not in (None, header.service) or criteria.enterprise_id not in (None, header.enterprise_id):
        return None
    if header.service is not Service.NEW_OR_RENEWAL:
        fits = criteria.status in (None, header.status) and _subject_matches(header, criteria)
        return application if fits else None
    persons = tuple(person for person in application.persons if _fits_officer(person, header, criteria))
    fits = not criteria.names_persons and criteria.status in (None, header.status)
    return replace(application, persons=persons) if persons or fits else None


def _fits_officer(person: Person, header: ApplicationHeader, criteria: OfficeCriteria) -> bool:
    own = status_of(person, header, criteria.today)
    # A list of persons has everybody of an application at the status; any other list has those at it themselves.
    statuses = (None, own, header.status) if criteria.names_persons else (None, own)
    return criteria.status in statuses and _is_named(person, criteria)


def _is_named(person: Person, criteria: SearchCriteria | OfficeCriteria) -> bool:
    content = person.content
    return (not criteria.applicant or content["name"].startswith(criteria.applicant)) and (
        not criteria.passport or content["passport_number"] == normalise_number(criteria.passport)
    )


def _person_matches(person: Person, header: ApplicationHeader, criteria: SearchCriteria) -> bool:
    number = normalise_number(criteria.number or "")
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
        not criteria.passport or normalise_number(criteria.passport) in passports
    )
