"""Computes the next time of a schedule expression, in UTC as EventBridge does."""

import re
from datetime import datetime, timedelta

UNITS = {"minute": "minutes", "hour": "hours", "day": "days"}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
ANY = ("*", "?")


class UnknownExpression(ValueError):
    """Raised for an expression that this module does not support."""


def next_run(expression: str, after: datetime) -> datetime:
    """The first time after `after` (UTC) at which `expression` is due.

    A cron expression can fix the minute, or the minute and the hour, of every day; other fields are not supported.

    Raises:
        UnknownExpression: the expression is not supported.
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
