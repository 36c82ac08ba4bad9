"""The two tables and their indexes, as .chalice/resources.json declares them."""

from collections.abc import Mapping

from chalicelib.config import settings

INDEXES: Mapping[str | None, tuple[str, str]] = {
    None: ("pk", "sk"),
    "by_owner": ("owner_pk", "number"),
    "by_creator": ("creator_pk", "number"),
    "by_enterprise": ("enterprise_pk", "number"),
    "by_status": ("status_pk", "number"),
    "by_name": ("name_pk", "number"),
    "by_applicant": ("applicant_pk", "number"),
    "by_passport": ("passport_pk", "number"),
    "by_identity": ("identity_pk", "number"),
    "by_service": ("service_pk", "number"),
    "by_office": ("office_pk", "number"),
    "by_stage": ("stage_pk", "number"),
    "work_queue": ("queue_pk", "queue_sk"),
    "reminders": ("remind_pk", "remind_sk"),
}
"""The key of both tables and the indexes of the portal's table, as .chalice/resources.json declares them."""

JOURNAL = ("HISTORY#", "AUDIT#")
"""How the keys of partitions of the journal table begin."""

JOURNAL_INDEXES: Mapping[str | None, tuple[str, str]] = {
    "by_subject": ("subject_pk", "sk"),
    "reviews": ("reviews_pk", "sk"),
    "by_day": ("day_pk", "sk"),
}
"""The indexes of the journal table."""

LOWEST = " "
HIGHEST = "\U0010ffff"
"""Sort before and after every text that a key can contain at its end."""


def table_of(partition: str) -> str:
    """The name of the table of a partition."""
    return settings().journal if partition.startswith(JOURNAL) else settings().table
