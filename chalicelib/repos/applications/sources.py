"""Which indexes a list reads: the sources that narrow it most, each with the filters that its rows can answer.

The first source of two names every matching person, so that its rows can also be read alone; `by_enterprise` does not,
whose rows are headers. docs/decisions/0046 has the table of indexes.
"""

from dataclasses import dataclass

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications.rows import Source
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.search import OfficeCriteria, SearchCriteria
from chalicelib.rules.base.vocabulary import Party, Service, Status
from chalicelib.rules.forms.applications import OFFICERS_BEGINNING

HEADERS_ONLY = ("by_owner", "by_creator", "by_enterprise")
"""Indexes with one row for each application. In all others a group's persons can have rows of their own."""


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


def of_enterprise(viewer: Account, criteria: SearchCriteria) -> list[Source]:
    """The sources of a list of the viewer's enterprise; none if nothing can match."""
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
    """The sources of an officer's list."""
    service = {"service": str(criteria.service)} if criteria.service else {}
    enterprise = {"enterprise_id": criteria.enterprise_id} if criteria.enterprise_id else {}
    everything = officer.filter | service | enterprise
    if criteria.passport:
        return [Source("by_passport", keys.passport_partition(criteria.passport), only=everything)]
    sources = []
    if criteria.applicant:
        named = _named(criteria.applicant, longer_than=OFFICERS_BEGINNING)
        partition = keys.applicant_partition(criteria.applicant)
        sources.append(Source("by_applicant", partition, only=everything, containing=named))
    elif criteria.enterprise_id:
        partition = keys.enterprise_partition(criteria.enterprise_id)
        sources.append(Source("by_enterprise", partition, only=officer.filter | service, few_rows=True))
    if criteria.status:
        sources.append(_at_stage(officer, criteria.status, service))
    return sources


def _at_stage(officer: Officer, status: Status, service: dict[str, str]) -> Source:
    of_reviews = status in lifecycle.OF_OFFICES
    if of_reviews and not officer.everywhere:
        return Source("by_office", keys.office_partition(officer.office, status), only=service, few_rows=True)
    return Source("by_stage", keys.stage_partition(status), only=officer.filter | service, few_rows=of_reviews)


def _named(name: str, longer_than: int) -> dict[str, str]:
    """The filter for names that begin like this; none where the partition says it already."""
    return {"name_digests": keys.beginning_digest(name)} if len(name) > longer_than else {}
