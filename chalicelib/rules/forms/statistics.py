"""The period of the statistics of offices."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from chalicelib.rules.base.limits import YEARS
from chalicelib.rules.forms.fields import refuse
from chalicelib.rules.forms.form import Form

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


def _month(value: Any) -> Any:
    if not isinstance(value, str) or not MONTH.fullmatch(value) or int(value[:4]) not in YEARS:
        raise refuse("MONTH")
    return date(int(value[:4]), int(value[5:]), 1)


Month = Annotated[
    date, BeforeValidator(_month), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"})
]
"""A calendar month `YYYY-MM`, as its first day."""


class StatisticsPeriod(Form):
    """The first and the last month; without them the twelve months up to now."""

    from_month: Month | None = None
    to_month: Month | None = None
