"""Waiting days of economies, estimated from answered and open waits (docs/domain.md 6.3, docs/decisions/0047).

The estimate is the product-limit estimate of Kaplan and Meier: an open wait counts as long as it has lasted, so that
the slow answers that have not arrived yet are not forgotten. Days are calendar days in China.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from chalicelib import data
from chalicelib.rules.applications.applications import Person
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.vocabulary import Status

MONTHS = 24
"""Months whose waits count, by the day on which they began."""

ENOUGH = 20
"""The least number of answers for which figures are shown, so that no single case can be inferred."""

MEDIAN, NINTH_DECILE = Fraction(1, 2), Fraction(9, 10)
FIRST_DECILE = 1 - NINTH_DECILE


@dataclass(frozen=True)
class Wait:
    """The wait of one person for one economy. `days` is None while it is open, else how long it lasted."""

    began: date
    days: int | None = None
    answered: bool = False
    """Whether it ended with an answer; a person whose card is cancelled leaves without one."""


@dataclass(frozen=True)
class Waits:
    """The waits for one economy, by days.

    `unanswered` has the open waits by the days since they began, and the waits that ended without an answer. Such a
    wait has lasted through all days before that number; the day itself may still bring the answer.
    """

    answered: Mapping[int, int] = field(default_factory=dict)
    unanswered: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """What is shown of one economy; all None below `ENOUGH` answers."""

    answers: int | None = None
    median: int | None = None
    """None if not reached: more than `known` days."""
    ninth_decile: int | None = None
    known: int | None = None
    """The longest number of days about which the waits say anything."""


@dataclass(frozen=True)
class Forecast:
    """A range, in days from now on, in which an open wait ends with a probability of `SHARE`."""

    from_days: int
    to_days: int
    cases: int
    """How many waits had lasted as long as this one: the forecast is made from them."""


SHARE = NINTH_DECILE - FIRST_DECILE
"""The probability that an answer comes within a forecast."""


def waits_of(person: Person) -> dict[str, Wait]:
    """The waits of a person by economy code; none before the review by the economies."""
    if person.economies_since is None:
        return {}
    began = china_day(person.economies_since)
    # No answer can be recorded any more; with an expired card a replacement may follow, and answers with it.
    ended = person.status_since if person.own_status is Status.CANCELLED else None
    left = Wait(began, (china_day(ended) - began).days) if ended else Wait(began)
    return {
        economy.code: Wait(began, (china_day(answer.decided_at) - began).days, answered=True)
        if (answer := person.economies.get(economy.code))
        else left
        for economy in data.deciding_economies()
    }


def percentile(waits: Waits, share: Fraction) -> int | None:
    """The smallest number of days within which this share of the waits is answered; None if that is not known yet."""
    for days, remaining, of in _survival(waits):
        if remaining * share.denominator <= (share.denominator - share.numerator) * of:
            return days
    return None


def shown(waits: Waits) -> Figures:
    """The figures of one economy."""
    answers = sum(waits.answered.values())
    if answers < ENOUGH:
        return Figures()
    last = [days for days, number in waits.answered.items() if number]
    last += [days - 1 for days, number in waits.unanswered.items() if number]
    return Figures(answers, percentile(waits, MEDIAN), percentile(waits, NINTH_DECILE), max(last))


def forecast(waits: Waits, waited: int) -> Forecast | None:
    """When an open wait will end that began `waited` days ago.

    None if fewer than `ENOUGH` answers took as long, or if too many of these waits are still open.
    """
    later = Waits(_from(waits.answered, waited), _from(waits.unanswered, waited + 1))
    answers = sum(later.answered.values())
    first, last = percentile(later, FIRST_DECILE), percentile(later, NINTH_DECILE)
    if answers < ENOUGH or first is None or last is None:
        return None
    return Forecast(first - waited, last - waited, answers + sum(later.unanswered.values()))


def _from(counts: Mapping[int, int], least: int) -> dict[int, int]:
    return {days: number for days, number in counts.items() if days >= least}


def _survival(waits: Waits) -> Iterator[tuple[int, int, int]]:
    """For each day with answers: the day, and the share of waits that last longer as two integers, exactly.

    Of the waits that last to a day, the part that is not answered on it goes on; the share is the product of the parts.
    """
    remaining = of = 1
    waiting = sum(waits.answered.values()) + sum(waits.unanswered.values())
    left = sorted(waits.unanswered.items(), reverse=True)
    for days in sorted(day for day, number in waits.answered.items() if number):
        while left and left[-1][0] <= days:
            waiting -= left.pop()[1]
        answered = waits.answered[days]
        remaining, of = remaining * (waiting - answered), of * waiting
        waiting -= answered
        yield days, remaining, of
