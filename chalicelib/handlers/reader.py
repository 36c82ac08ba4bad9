"""Who reads a reply."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chalicelib.handlers.http.problems import ProblemField, problem_field
from chalicelib.handlers.http.routing import Call
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.warnings import ELSEWHERE
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError
from chalicelib.rules.base.vocabulary import Party
from chalicelib.rules.forms.content import MASKED


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

    @functools.cached_property
    def today(self) -> date:
        """The calendar day in China."""
        return china_day(self.now)

    def warnings(self, stored: Iterable[FieldError]) -> list[ProblemField]:
        """Warnings in words; only officers read in which other applications a person is."""
        return [problem_field(self._in_full(warning), self.language, code=warning.code) for warning in stored]

    def _in_full(self, warning: FieldError) -> FieldError:
        is_told = warning.code == ELSEWHERE and self.account.party is not Party.APPLICANT
        return replace(warning, code="PERSON_ELSEWHERE_OFFICE") if is_told else warning

    def shown(self, content: Mapping[str, Any], fields: Iterable[str] = MASKED) -> tuple[dict[str, Any], list[str]]:
        """The content with those of the fields masked that the reader does not see, and their names."""
        return masks.mask(content, _hidden(tuple(fields), self.account.party))


@functools.cache
def _hidden(fields: tuple[str, ...], party: Party) -> tuple[str, ...]:
    """Those of the fields that a party does not see."""
    return tuple(field for field in fields if field in masks.masked_for(party))
