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


def _person_matches(person: Person, header: ApplicationHeader, criteria: SearchCriteria) -> bool:
    content = person.content
    number = normalise_number(criteria.number or "")
    # An application at the requested status is listed with all its persons, whatever their own status is.
    statuses = (None, header.status, status_of(person, header, criteria.today))
    return (
        (not is_person_number(number) or person.number == number)
        and (not criteria.applicant or content["name"].startswith(criteria.applicant))
        and (not criteria.passport or content["passport_number"] == normalise_number(criteria.passport))
        and (not criteria.available or criteria.available in available_services(person, criteria.today))
        and criteria.status in statuses
    )


def _follow_up_matches(header: ApplicationHeader, criteria: SearchCriteria) -> bool:
    """Whether a follow-up application fits, whose content has the name and the passports of its person."""
    content = header.content
    passports = (content["current_passport_number"], content.get("passport_number"))
    return (
        criteria.status in (None, header.status)
        and criteria.available is None
        and (not criteria.applicant or content["person_name"].startswith(criteria.applicant))
        and (not criteria.passport or normalise_number(criteria.passport) in passports)
    )
