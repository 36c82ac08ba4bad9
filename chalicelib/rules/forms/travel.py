"""The request body of 出行核对."""

from typing import Annotated

from pydantic import Field

from chalicelib.rules.base import limits
from chalicelib.rules.forms.fields import CalendarDay, Identifier
from chalicelib.rules.forms.form import Form


class TravelForm(Form):
    """Persons by number, economies by code, and the first and the last day of the trip."""

    persons: Annotated[list[Identifier], Field(min_length=1, max_length=limits.MAX_PERSONS)]
    economies: Annotated[list[Identifier], Field(min_length=1, max_length=16)]
    from_day: CalendarDay
    to_day: CalendarDay
