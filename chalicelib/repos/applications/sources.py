"""Which indexes a list reads: the sources that narrow it most, each with the filters that its rows can answer.

The first source of two names every matching person, so that its rows can also be read alone; `by_enterprise` does not,
whose rows are headers. docs/decisions/0046 has the table of indexes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications.numbered import DAY_LENGTH, Numbers
from chalicelib.repos.applications.rows import Source
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.search import NUMBER_LENGTH, OfficeCriteria, SearchCriteria
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import Party, Service, Status
from chalicelib.rules.forms.applications import OFFICERS_BEGINNING

HEADERS_ONLY = ("by_owner", "by_creator", "by_enterprise")
"""Indexes with one row for each application. In all others a group's persons can have rows of their own."""

BEGINNING = re.compile(r"APEC\d{8,13}", re.ASCII)
"""An incomplete number that has its day."""


@dataclass(frozen=True)
class Officer:
    """Whose list it is: of an office, which reads its own applications, or of the consular department."""

    office: str
    everywhere: bool

    @classmethod
    def of(cls, viewer: Account) -> "Officer":
        """The officer of an account."""
        return cls(viewer.office or "", viewer.party is Party.CONSULAR)

    @property
    def filter(self) -> dict[str, str]:
        """The filter on rows of all offices."""
        return {} if self.everywhere else {"office": self.office}


def _possible(sources: list[Source]) -> list[Source]:
    """The sources; none if no number can lie between the bounds of one of them."""
    return [] if any(low > high for low, high in (source.bounds for source in sources)) else sources


def of_enterprise(viewer: Account, criteria: SearchCriteria) -> list[Source]:
    """The sources of a list of the viewer's enterprise; none if nothing can match."""
    return _possible(_of_enterprise(viewer, criteria))


def _of_enterprise(viewer: Account, criteria: SearchCriteria) -> list[Source]:
    enterprise_id, service = viewer.tenant, criteria.service
    prefix = criteria.application_number
    created = {"creator_id": criteria.creator_id} if criteria.creator_id else {}
    if criteria.available and service is not Service.NEW_OR_RENEWAL:
        return []
    if criteria.passport:
        partition = keys.passport_partition(criteria.passport)
        only = created | {"enterprise_id": enterprise_id, "service": service}
        return [Source("by_passport", partition, prefix, only)]
    narrow = _of_persons(viewer, criteria, created)
    if criteria.status:
        partition = keys.status_partition(enterprise_id, service, criteria.status)
        narrow.append(Source("by_status", partition, prefix, created))
    if narrow:
        return narrow
    if criteria.creator_id:
        partition = keys.creator_partition(enterprise_id, criteria.creator_id, service)
        return [Source("by_creator", partition, prefix, few_rows=True)]
    return [Source("by_owner", keys.owner_partition(enterprise_id, service), prefix, few_rows=True)]


def _of_persons(viewer: Account, criteria: SearchCriteria, created: dict[str, str]) -> list[Source]:
    """The source that names persons by available service or by name, if the list is filtered by either."""
    prefix, name = criteria.application_number, criteria.applicant or ""
    if criteria.available:
        partition, about_card = keys.service_partition(viewer.tenant, criteria.available)
        return [Source("by_service", partition, prefix, created | about_card, _named(name, longer_than=0))]
    if name:
        partition = keys.surname_partition(viewer.tenant, criteria.service, name)
        return [Source("by_name", partition, prefix, created, _named(name, longer_than=1))]
    return []


def of_officer(officer: Officer, criteria: OfficeCriteria) -> list[Source]:
    """The sources of an officer's list; none if nothing can match."""
    first, end = criteria.numbers
    low, high = first or table.LOWEST, end or table.HIGHEST
    found = _of_officer(officer, criteria)
    return _possible([replace(source, prefix=criteria.number, low=low, high=high) for source in found])


def of_enterprises(officer: Officer, criteria: OfficeCriteria, enterprise_ids: Iterable[str]) -> list[Source]:
    """The sources of an officer's list of the applications of several enterprises, one for each."""
    return [
        source
        for enterprise_id in enterprise_ids
        for source in of_officer(officer, replace(criteria, enterprise_id=enterprise_id))
    ]


def _of_officer(officer: Officer, criteria: OfficeCriteria) -> list[Source]:
    service = {"service": str(criteria.service)} if criteria.service else {}
    enterprise = {"enterprise_id": criteria.enterprise_id} if criteria.enterprise_id else {}
    everything = officer.filter | service | enterprise
    if criteria.passport:
        return [Source("by_passport", keys.passport_partition(criteria.passport), only=everything)]
    sources: list[Source] = []
    if criteria.applicant:
        named = _named(criteria.applicant, longer_than=OFFICERS_BEGINNING)
        partition = keys.applicant_partition(criteria.applicant)
        sources.append(Source("by_applicant", partition, only=everything, containing=named))
    elif criteria.enterprise_id:
        partition = keys.enterprise_partition(criteria.enterprise_id)
        sources.append(Source("by_enterprise", partition, only=officer.filter | service, few_rows=True))
    if criteria.status:
        sources.append(_at_stage(officer, criteria.status, criteria, service))
    return sources


def numbers_of_a_day(criteria: OfficeCriteria) -> list[Numbers]:
    """The numbers that begin like the one of the criteria, which has at least the day; none if that cannot be one."""
    number, (first, end) = criteria.number, criteria.numbers
    day, digits = number[len("APEC") : DAY_LENGTH], number[DAY_LENGTH:]
    if BEGINNING.fullmatch(number) is None or number[:DAY_LENGTH] < first or (end and number[:DAY_LENGTH] >= end):
        return []
    missing = NUMBER_LENGTH - len(number)
    return [Numbers(day, max(int(digits + "0" * missing), 1), int(digits + "9" * missing))]


def _at_stage(officer: Officer, status: Status, criteria: OfficeCriteria, service: dict[str, str]) -> Source:
    of_reviews = status in lifecycle.OF_OFFICES
    since = criteria.waiting_since_before
    of_office = of_reviews and not officer.everywhere
    return Source(
        "by_office" if of_office else "by_stage",
        keys.office_partition(officer.office, status) if of_office else keys.stage_partition(status),
        only=service if of_office else officer.filter | service,
        containing={"searchable_name": criteria.enterprise} if criteria.enterprise else {},
        below={"status_since": rfc3339(since)} if since else {},
        few_rows=of_reviews,
    )


def _named(name: str, longer_than: int) -> dict[str, str]:
    """The filter for names that begin like this; none where the partition says it already."""
    return {"name_digests": keys.beginning_digest(name)} if len(name) > longer_than else {}
