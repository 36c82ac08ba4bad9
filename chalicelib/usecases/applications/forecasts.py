"""When the economies' answers about a person come, by the waits of others (docs/domain.md 6.3)."""

from datetime import datetime

from chalicelib.repos.applications import statistics
from chalicelib.rules.applications.applications import Person
from chalicelib.rules.applications.statistics import Forecast, forecast, waits_of
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import Unavailable


def of_person(person: Person, now: datetime) -> dict[str, Forecast]:
    """The forecasts of a person's pending answers, by economy code; economies with too few comparable waits have none.

    A person can be read while the counts cannot: there are no forecasts then.
    """
    pending = {code: wait for code, wait in waits_of(person).items() if wait.days is None}
    if not pending:
        return {}
    try:
        waits = statistics.recent(now)
    except Unavailable:
        return {}
    today = china_day(now)
    found = {code: forecast(waits[code], (today - wait.began).days) for code, wait in pending.items()}
    return {code: made for code, made in found.items() if made is not None}
