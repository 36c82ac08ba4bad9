"""出行核对: which persons may go to which economies on which days (docs/domain.md 7.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib import data
from chalicelib.repos.applications import applications
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import travel
from chalicelib.rules.applications.applications import Person
from chalicelib.rules.applications.travel import TravelCheck, Trip
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.forms.travel import TravelForm


@dataclass(frozen=True)
class Traveller:
    """One person of the request."""

    number: str
    person: Person | None
    """None if there is no such person that the viewer may see."""
    checks: Mapping[str, TravelCheck]
    """By economy code, in the order of the request."""


def check(form: TravelForm, viewer: Account, today: date) -> list[Traveller]:
    """Check every person against every economy; persons that the viewer may not see are as unknown ones.

    Args:
        form: persons, economies and days.
        viewer: who asks.
        today: the day in China.

    Raises:
        Invalid: an economy is none of the 16 that decide, or the days are in the past or in the wrong order.
    """
    known = {economy.code for economy in data.deciding_economies()}
    for position, code in enumerate(form.economies):
        if code not in known:
            raise invalid(f"economies.{position}", "ECONOMY")
    for name, day, least in (("from_day", form.from_day, today), ("to_day", form.to_day, form.from_day)):
        if day < least:
            raise invalid(name, "greater_than_equal", ge=least.isoformat())
    trip = Trip(form.from_day, form.to_day)
    found = applications.persons(form.persons, viewer)
    travellers = []
    for number in dict.fromkeys(form.persons):
        if number not in found:
            travellers.append(Traveller(number, None, {}))
            continue
        header, person = found[number]
        checks = {code: travel.check(person, header, code, trip, today) for code in form.economies}
        travellers.append(Traveller(number, person, checks))
    return travellers
