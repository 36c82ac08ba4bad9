"""Quotas of one account for one day in China (docs/decisions/0043)."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import seconds_to_midnight
from chalicelib.rules.base.errors import QuotaUsedUp

GIBIBYTE = 1024**3


@dataclass(frozen=True)
class Quota:
    """One kind of act, and how much of it an account may do in one day."""

    name: str
    """Its name in keys of the table and in the section `quotas` of data/errors.json."""
    most: int
    unit: int = 1
    """How much of it is one in the text."""

    def used_up(self, now: datetime) -> QuotaUsedUp:
        """The refusal of an act that would exceed the quota; it is renewed at midnight in China."""
        return QuotaUsedUp(self.name, self.most // self.unit, seconds_to_midnight(now))


APPLICATIONS = Quota("applications", limits.APPLICATIONS_A_DAY)
FOLLOW_UPS = Quota("follow_ups", limits.FOLLOW_UPS_A_DAY)
REVEALS = Quota("reveals", limits.REVEALS_A_DAY)
UPLOAD_BYTES = Quota("upload_bytes", limits.UPLOAD_BYTES_A_DAY, GIBIBYTE)
EXPORTS = Quota("exports", limits.EXPORTS_A_DAY)
TAKEN_NAMES = Quota("taken_names", limits.TAKEN_NAMES_A_DAY)
