"""What is read of an application: the attributes that `items.to_application` asks for, without those of indexes.

The attributes of indexes are a third of what is stored about a person. Leaving them out costs as many read units and
takes less time; tests/repos/test_attributes_read.py notes what is asked for.
"""

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import payments
from chalicelib.repos.table import table

OF_HEADERS = (
    "service", "enterprise_name", "creator_id", "creator_name", "creator_username", "submitted_at", "created_at",
    "person_count", "correction", "lookup_since", "invoice",
)  # fmt: skip
OF_PERSONS = (
    "own_status", "economies", "economies_since", "foreign_number", "card", "early_card_used", "open_service",
    "open_service_kind", "follow_ups", "corrected",
)  # fmt: skip
OF_BOTH = (
    "number", "enterprise_id", "office", "status", "status_since", "status_by", "status_by_agent", "status_version",
    "version", "head", "content", "warnings",
)  # fmt: skip
ALL = ("pk", "sk", "kind", "schema", *OF_HEADERS, *OF_PERSONS, *OF_BOTH, *payments.READ)


def items_of(number: str) -> list[table.Item]:
    """What is stored of an application, for `to_application`."""
    return table.query_all(keys.partition(number), attributes=ALL)
