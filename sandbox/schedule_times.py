"""When a schedule expression is due next. Pure arithmetic, in UTC as EventBridge has it."""

import re
from datetime import datetime, timedelta

UNITS = {"minute": "minutes", "hour": "hours", "day": "days"}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
ANY = ("*", "?")


class UnknownExpression(ValueError):
    """An expression that this module cannot compute."""


def next_run(expression: str, after: datetime) -> datetime:
    """The first moment after `after` (UTC) at which `expression` is due.

    Of cron expressions only those are known that fix minute and hour, or the minute alone, of every day.
    """
    if rate := RATE.fullmatch(expression):
        return after + timedelta(**{UNITS[rate[2]]: int(rate[1])})
    cron = CRON.fullmatch(expression)
    if not cron or any(part not in ANY for part in cron.groups()[2:]):
        raise UnknownExpression(expression)
    return _next_of_day(expression, cron[1], cron[2], after)


def _next_of_day(expression: str, minute: str, hour: str, after: datetime) -> datetime:
    if not minute.isdecimal() or not (hour.isdecimal() or hour in ANY):
        raise UnknownExpression(expression)
    due = after.replace(minute=int(minute), second=0, microsecond=0)
    step = timedelta(hours=1)
    if hour.isdecimal():
        due, step = due.replace(hour=int(hour)), timedelta(days=1)
    return due if due > after else due + step
