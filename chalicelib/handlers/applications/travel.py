"""出行核对: which persons may travel to which economies with their cards."""

from typing import Literal

from pydantic import BaseModel

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Date, EconomyCode, PersonId
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.applications.travel import Obstacle, Step, TravelCheck
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.forms.travel import TravelForm
from chalicelib.usecases.applications import travel
from chalicelib.usecases.applications.travel import Traveller

routes = Routes(__name__)


class EconomyTravel(BaseModel):
    """Whether the person may go to one economy."""

    code: EconomyCode
    name: str
    may_go: bool
    until: Date | None
    """The last day on which card, passport and approval allow a stay; null if they allow none."""
    stay_days: int | None
    """The days of one stay that the economy allows; null if this portal does not know them: they are not checked."""
    reason: Obstacle | None
    """Why the person may not go."""
    reason_text: str | None
    first_step: Step | None
    """What to do first; also for one who may go, if something must be checked."""
    first_step_text: str | None
    before: Date | None
    """The day before which to do it: the first day of the trip."""


class TravellerReply(BaseModel):
    """One person; `code` is NOT_FOUND, and nothing else is known, of one that the account may not see."""

    person_number: PersonId
    code: Literal["NOT_FOUND"] | None
    message: str | None
    name: str | None
    economies: list[EconomyTravel]


class TravelReply(BaseModel):
    """The persons in the order of the request."""

    items: list[TravellerReply]


@routes.add("POST", "/travel-checks", Access.MEMBERS, body=TravelForm, reply=TravelReply)
def check(call: Call) -> TravelReply:
    """出行核对: check for each person and economy whether it may go on these days, until when, and what to do first."""
    travellers = travel.check(call.body, call.viewer, china_day(call.now))
    day = call.body.from_day.isoformat()
    return TravelReply(items=[_traveller(traveller, day, call.language) for traveller in travellers])


def _traveller(traveller: Traveller, day: str, language: str) -> TravellerReply:
    person = traveller.person
    return TravellerReply(
        person_number=traveller.number,
        code=None if person else "NOT_FOUND",
        message=None if person else text("errors", "NOT_FOUND", language),
        name=person.content["name"] if person else None,
        economies=[_economy(code, found, day, language) for code, found in traveller.checks.items()],
    )


def _economy(code: str, found: TravelCheck, day: str, language: str) -> EconomyTravel:
    economy = data.economy(code)
    step = found.first_step
    return EconomyTravel(
        code=code,
        name=economy.label(language),
        may_go=found.obstacle is None,
        until=found.until.isoformat() if found.until else None,
        stay_days=economy.stay_days,
        reason=found.obstacle,
        reason_text=text("travel_reasons", found.obstacle, language) if found.obstacle else None,
        first_step=step,
        first_step_text=text("travel_steps", step, language, day=day) if step else None,
        before=day if step else None,
    )
