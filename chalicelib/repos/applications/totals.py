"""Which applications an enterprise has submitted, by the indexes that list them: how many, and to which office."""

from dataclasses import dataclass

from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import EnterpriseId, OfficeCode, Service


@dataclass(frozen=True)
class Total:
    """A number of applications."""

    count: int
    has_more: bool
    """Whether there are more than `count`, because one service has more than `limits.APPLICATIONS_COUNTED`."""


def has_applied(enterprise_id: EnterpriseId, office: OfficeCode) -> bool:
    """Whether an enterprise has ever submitted an application to an office: normally one request."""
    start = None
    while True:
        page = table.query(f"ENT#{enterprise_id}", index="by_enterprise", only={"office": office}, start=start)
        if page.items or page.next_key is None:
            return bool(page.items)
        start = page.next_key


def of_enterprise(enterprise_id: EnterpriseId) -> Total:
    """Count the applications of an enterprise, in one request for each of the five services."""

    def count(service: Service) -> int:
        every = (table.LOWEST, table.HIGHEST)
        at_most = limits.APPLICATIONS_COUNTED + 1
        return table.count(f"ENT#{enterprise_id}#{service}", index="by_owner", between=every, at_most=at_most)

    counts = aws.side_by_side(count, Service)
    shown = [min(found, limits.APPLICATIONS_COUNTED) for found in counts]
    return Total(sum(shown), has_more=max(counts) > limits.APPLICATIONS_COUNTED)
