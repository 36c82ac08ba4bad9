"""Who reads a reply."""

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.handlers.http.routing import Call
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.china_time import china_day


@dataclass(frozen=True)
class Reader:
    """Who reads, when, and in which language: allowed actions, expired cards and texts depend on it."""

    account: Account
    now: datetime
    language: str

    @classmethod
    def of(cls, call: Call) -> "Reader":
        """The account that sent this request."""
        return cls(call.viewer, call.now, call.language)

    @property
    def today(self) -> date:
        """The calendar day in China."""
        return china_day(self.now)
