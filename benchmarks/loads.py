"""The loads of a year against the first limit that each of them meets."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.acts import LIFE, SIZES
from benchmarks.partitions import ITEM, JOURNAL
from chalicelib.repos.process import aws
from chalicelib.rules.base import limits

APPLICATIONS = 10_000_000
"""Applications of a year, of 1,000,000 enterprises."""
MIX: Mapping[int, float] = {1: 0.80, 10: 0.18, 90: 0.02}
"""The parts of applications with so many persons."""
PERSONS = sum(persons * part for persons, part in MIX.items())
YEAR = 365 * 86_400
BUSY = 20
"""How many times the average of the year the busy hour has."""

REQUEST_SECONDS = 0.1
"""How long the API function runs for one request."""
STEP_SECONDS = 0.01
"""How long one request to DynamoDB takes in a scheduled function, which makes one after another."""
MAIL_SECONDS = 0.05
"""How long SES takes to accept one mail."""

REMINDERS = 2 * len(limits.REMIND_MONTHS)
"""Of each person: before the end of the passport, and before the end of the card."""

KEY_UNITS = 1_000
"""Write units in a second of one partition key, a quota of DynamoDB."""
TABLE_WRITES = TABLE_READS = 40_000
"""Units in a second of one table with its indexes, the default quota on demand."""
ITEM_BYTES = 400 * 1024
CONCURRENCY = 1_000
GATEWAY = 10_000
S3_PUTS = 3_500

MARGIN = limits.RUN_SAFETY_MARGIN.total_seconds()
RUNS_AT_ONCE = 1
"""Executions that the template reserves for each scheduled function."""

CONFIG = Path(__file__).resolve().parent.parent / ".chalice" / "config.json"


@dataclass(frozen=True)
class Load:
    """One load at 10,000,000 applications a year: for each application, and by second."""

    name: str
    each: float
    limit: float
    """By second."""
    limit_of: str
    advice: str
    """The section of docs/capacity.md that says what to do."""
    spread: bool = False
    """Whether the work of a day is done at any time of that day, so that the busy hour does not count."""

    @property
    def average(self) -> float:
        """By second, over the year."""
        return self.each * APPLICATIONS / YEAR

    @property
    def busy(self) -> float:
        """By second, in the busy hour."""
        return self.average * (1 if self.spread else BUSY)

    @property
    def headroom(self) -> float:
        """How many times the load can grow before it meets the limit; infinite without load."""
        return self.limit / self.busy if self.busy else math.inf


@dataclass(frozen=True)
class SharedKey:
    """A partition key under which the acts of several enterprises write, or an item that they write."""

    place: str
    key: str
    distinct: int
    units: Mapping[int, float]
    """Write units of one life, by persons; of an item the transactions."""

    @property
    def busy(self) -> float:
        """Write units of all keys of this form by second in the busy hour."""
        return _mixed(self.units) * APPLICATIONS / YEAR * BUSY

    @property
    def headroom(self) -> float:
        """How many times the load of one of the keys can grow."""
        return (1 / STEP_SECONDS if self.place == ITEM else KEY_UNITS) / (self.busy / self.distinct)


def life(figures: Mapping[str, Any], persons: int) -> dict[str, Any]:
    """The sums of all stages of the life of an application: `reads`, `writes`, `requests` and `s3`."""
    stages = figures["lives"][str(persons)]
    summed: dict[str, Any] = {}
    for kind in ("reads", "writes", "requests", "s3"):
        names = {name for stage in LIFE for name in stages[stage][kind]}
        summed[kind] = {name: sum(stages[stage][kind].get(name, 0) for stage in LIFE) for name in sorted(names)}
    return summed


def keys(figures: Mapping[str, Any]) -> list[SharedKey]:
    """The shared keys, the hottest first."""
    return _shared(figures, of_items=False)


def _shared(figures: Mapping[str, Any], *, of_items: bool) -> list[SharedKey]:
    found = [
        SharedKey(
            entry["place"],
            entry["key"],
            entry["distinct"],
            {size: entry["units"][str(size)] for size in SIZES},
        )
        for entry in figures["shared_keys"]
        if (entry["place"] == ITEM) == of_items
    ]
    return sorted(found, key=lambda key: key.headroom)


def items(figures: Mapping[str, Any]) -> list[SharedKey]:
    """The shared items, the hottest first; the units are transactions."""
    return _shared(figures, of_items=True)


def of_year(figures: Mapping[str, Any]) -> Iterator[Load]:
    """Every load with its limit."""
    lives = {size: life(figures, size) for size in SIZES}

    def each(kind: str, *names: str) -> float:
        return _mixed({size: sum(of_one[kind].get(name, 0) for name in names) for size, of_one in lives.items()})

    def units(kind: str, *, journal: bool) -> float:
        places = {place for of_one in lives.values() for place in of_one[kind]}
        return each(kind, *(place for place in places if place.startswith(JOURNAL) == journal))

    day = limits.NUMBERS_A_DAY / 86_400
    yield Load("application numbers, every hour of a day as busy", 1, day, "(999,999 a day)", "Numbers")
    yield Load("the counter of numbers: writes of one item", 1, KEY_UNITS, "units/s of a key", "Numbers")
    for name, journal in (("portal's table", False), ("journal", True)):
        yield Load(
            f"write units, {name} and indexes", units("writes", journal=journal), TABLE_WRITES, "units/s", "Table"
        )
        yield Load(f"read units, {name} and indexes", units("reads", journal=journal), TABLE_READS, "units/s", "Table")
    yield from _hottest(figures)
    api = each("requests", "api")
    yield Load("requests to the API", api, GATEWAY, "requests/s", "API")
    yield Load("API functions at once, 0.1 s each", api * REQUEST_SECONDS, CONCURRENCY, "executions", "API")
    puts = each("requests", "uploads") + each("s3", "CopyObject", "PutObject")
    yield Load("S3 PUT and COPY, if in one prefix", puts, S3_PUTS, "requests/s", "Files")
    yield from _scheduled(figures, each("requests", "sesv2"))


def _hottest(figures: Mapping[str, Any]) -> Iterator[Load]:
    for item in items(figures)[:1]:
        name = f"transactions on the hottest item, `{item.key}`, {STEP_SECONDS:g} s each"
        yield Load(name, _mixed(item.units) / item.distinct, 1 / STEP_SECONDS, "transactions/s", "Keys")
    for key in keys(figures)[:1]:
        name = f"write units of the hottest key, `{key.key}` of `{key.place}`"
        yield Load(name, _mixed(key.units) / key.distinct, KEY_UNITS, "units/s", "Keys")


def _scheduled(figures: Mapping[str, Any], mails: float) -> Iterator[Load]:
    functions = json.loads(CONFIG.read_text(encoding="utf-8"))
    rate = int(functions["environment_variables"]["ABTC_MAILS_PER_SECOND"])
    yield Load("mails, against `ABTC_MAILS_PER_SECOND`", mails, rate, "mails/s", "Mail")
    in_relay = {
        size: requests.get("dynamodb", 0) * STEP_SECONDS + requests.get("sesv2", 0) * MAIL_SECONDS
        for size in SIZES
        for requests in (_without_idle_runs(figures, size),)
    }
    busy = limits.MAIL_RUN.total_seconds() / 60
    yield Load("seconds of the mail relay", _mixed(in_relay), RUNS_AT_ONCE * busy, "s in a second", "Mail")
    in_lookup = {size: _seconds_of_lookup(figures, size) for size in SIZES}
    busy = (functions["lambda_functions"]["look_up_persons"]["lambda_timeout"] - MARGIN) / 60
    yield Load("seconds of `look_up_persons`", _mixed(in_lookup), RUNS_AT_ONCE * busy, "s in a second", "Runs")
    for name, act, due, times in (("expire_cards", "expire", 1, 1), ("remind", "remind", 20, REMINDERS)):
        function = functions["lambda_functions"][name]
        day = RUNS_AT_ONCE * (function["lambda_timeout"] - MARGIN)
        done, idle = (figures["operations"][f"{act}_{count}"]["requests"]["dynamodb"] for count in (due, 0))
        each = PERSONS * times * (done - idle) / due * STEP_SECONDS
        yield Load(
            f"seconds of `{name}`, {times} for each person", each, day / 86_400, "s in a second", "Runs", spread=True
        )


def _seconds_of_lookup(figures: Mapping[str, Any], persons: int) -> float:
    """The seconds that the look-up of one application takes: two requests for each person are sent side by side."""
    run, idle = (figures["operations"][f"look_up_{n}"]["requests"].get("dynamodb", 0) for n in (persons, 0))
    others = max(run - idle - 2 * persons, 0)
    return float(others + math.ceil(2 * persons / aws.THREADS)) * STEP_SECONDS


def _without_idle_runs(figures: Mapping[str, Any], persons: int) -> dict[str, float]:
    """The requests of the relay for the mails of one life, without those of a run with nothing to send."""
    requests = figures["lives"][str(persons)]["mail"]["requests"]
    idle = figures["operations"]["deliver_0"]["requests"].get("dynamodb", 0)
    return {**requests, "dynamodb": requests.get("dynamodb", 0) - idle * requests.get("runs", 0)}


def _mixed(by_persons: Mapping[int, float]) -> float:
    """The mean over applications of all sizes."""
    return sum(by_persons[size] * part for size, part in MIX.items())
