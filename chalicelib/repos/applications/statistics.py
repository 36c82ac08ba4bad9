"""经济体审批用时: numbers of answers by economy, month and days waited, counted with each answer; no personal data."""

from collections import Counter
from datetime import datetime

from chalicelib import data
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.applications import Person
from chalicelib.rules.applications.progress import days_waited
from chalicelib.rules.applications.statistics import MONTHS
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.months import add_months

PARTITION = "STATISTICS"


def answer_counted(before: Person, after: Person, code: str) -> list[Write]:
    """Count one answer, and subtract the answer that it corrects; one write for each month concerned.

    Args:
        before: the person before the answer.
        after: the person with the answer.
        code: the economy's code.

    """
    steps: dict[str, Counter[str]] = {}
    for person, step in ((before, -1), (after, 1)):
        answer = person.economies.get(code)
        days = days_waited(person, code, answer.decided_at) if answer else None
        if answer is not None and days is not None:
            steps.setdefault(f"{_month(answer.decided_at)}#{code}", Counter())[f"days_{days}"] += step
    changes = {sort: {name: step for name, step in counts.items() if step} for sort, counts in steps.items()}
    return [table.change((PARTITION, sort), add=add) for sort, add in changes.items() if add]


def of_last_months(now: datetime) -> dict[str, Counter[int]]:
    """Read the counts of the last 24 months.

    Returns:
        By economy code, the number of answers by whole days waited.

    """
    found: dict[str, Counter[int]] = {economy.code: Counter() for economy in data.deciding_economies()}
    oldest = add_months(china_day(now), -MONTHS)
    for item in table.query_all(PARTITION, between=(f"{oldest:%Y%m}", table.HIGHEST)):
        code = item["sk"].partition("#")[2]
        for name, count in item.items():
            if name.startswith("days_"):
                found[code][int(name.removeprefix("days_"))] += count
    return found


def _month(moment: datetime) -> str:
    return f"{china_day(moment):%Y%m}"
