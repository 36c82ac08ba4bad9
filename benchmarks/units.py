"""Read and write units of what people and schedules do, as DynamoDB counts them, in build/units.json.

Wants a DynamoDB that counts units as AWS does (`benchmarks/dynoxide.py`); without it nothing is measured. The ratios
say that an act on one person does not cost more in a larger group. `python -m benchmarks units --write` renews the
tables of docs/capacity.md as well.
"""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import acts, counting_rules, dynoxide, stored
from benchmarks.acts import LIFE, OPERATIONS, SIZES, Life, life_name
from benchmarks.consumed import Consumed, recording, recording_keys
from benchmarks.portal import CountingWorld, running

OUTPUT = Path(__file__).resolve().parent.parent / "build" / "units.json"

ALIKE = {
    "one answer of an economy": "answer",
    "a card event": "card_making",
    "full data revealed": "reveal",
    "one person returned": "return_person",
}
"""Acts on one person by their names in `OPERATIONS`, which cost the same in a group of 90 and of 1."""
GOAL = 1.2
DEVIATION_GOAL = 0.02
COUNT_GOAL = 3
"""Units of counting 1,440 unread messages."""


def figures() -> Iterator[dict[str, Any]]:
    """Measure all acts and write them down; ratios of acts on one person of 90 against a person alone."""
    with dynoxide.running() as counts_units:
        if not counts_units:
            return
        with running() as world, recording_keys(world):
            broken = counting_rules.broken()
            found = _measured(world)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _print(found["operations"])
    yield from _ratios(found["operations"])
    yield _figure("rules of counting that the engine breaks", len(broken), 0, len(broken), 0)
    name = "write units computed by partition key: largest difference from those reported"
    yield _figure(name, found["deviation"], DEVIATION_GOAL, found["deviation"], 0)


def total(operation: Mapping[str, Any], kind: str) -> float:
    """The `reads` or `writes` of an operation in all tables and indexes."""
    return float(sum(operation[kind].values()))


def _ratios(operations: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for title, name in ALIKE.items():
        for kind in ("reads", "writes"):
            ours, floor = (total(operations[f"{name}_{persons}"], kind) for persons in (90, 1))
            what = f"{title}, group of 90 against 1: {kind.removesuffix('s')} units"
            yield _figure(what, ours / floor, GOAL, ours, floor)
    ours, floor = (total(operations[name], "reads") for name in ("me_after_90", "me_0"))
    yield _figure("GET /me, 1,440 unread messages: read units more than without", ours - floor, COUNT_GOAL, ours, floor)


def _figure(name: str, ratio: float, goal: float, ours: float, floor: float) -> dict[str, Any]:
    shown = {"ours": ours, "floor": floor, "unit": "units"}
    return {"name": name, "ratio": ratio, "goal": goal, "better": "lower", **shown}


def _measured(world: CountingWorld) -> dict[str, Any]:
    recorder, lives, bytes_of_lives = _Recorder(world), dict[int, Life](), dict[int, dict[str, int]]()
    largest: Counter[str] = Counter()
    for office in ("fao-hunan", "consular"):
        world.desk(office)
    for persons in SIZES:
        with world.calling_from(f"10.0.0.{persons}"):
            life = lives[persons] = Life(world, recorder.record, persons)
            before = stored.measured()
            life.prepared()
            largest |= stored.measured().largest
            life.submitted()
            life.reviewed()
            life.answered()
            life.carded()
            life.watched()
            after = stored.measured()
        bytes_of_lives[persons] = {
            "lasting": after.lasting - before.lasting,
            "expiring": after.expiring - before.expiring,
        }
        largest |= after.largest
    keys, deviation = _shared_keys(recorder.done), _deviation(recorder.done)
    acts.other_acts(world, recorder.record, lives)
    assert set(OPERATIONS) <= set(recorder.done), set(OPERATIONS) - set(recorder.done)
    return {
        "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "engine": f"dynoxide {dynoxide.VERSION}",
        "operations": {name: recorder.done[name].as_json() for name in OPERATIONS},
        "lives": {
            persons: {stage: recorder.done[life_name(persons, stage)].as_json() for stage in LIFE} for persons in SIZES
        },
        "stored": bytes_of_lives,
        "largest": dict(largest),
        "shared_keys": keys,
        "deviation": deviation,
    }


class _Recorder:
    """Records the acts that have a name in `OPERATIONS`, and the stages of lives."""

    def __init__(self, world: CountingWorld) -> None:
        self._world = world
        self._wanted = {*OPERATIONS, *(life_name(persons, stage) for persons in SIZES for stage in LIFE)}
        self.done: dict[str, Consumed] = {}

    @contextlib.contextmanager
    def record(self, name: str) -> Iterator[None]:
        """Record the block if its name is wanted."""
        if name not in self._wanted:
            yield
            return
        with recording(self._world) as consumed:
            yield
        if name in OPERATIONS:
            assert name not in self.done, name
        self.done.setdefault(name, Consumed()).__iadd__(consumed)


def _deviation(done: Mapping[str, Consumed]) -> float:
    """The largest part by which units computed by partition key differ from those that DynamoDB has reported."""
    found = [0.0]
    for consumed in (done[life_name(persons, stage)] for persons in SIZES for stage in LIFE):
        computed: Counter[str] = Counter()
        for (place, _), units in consumed.keys.items():
            computed[place] += units
        found += [abs(computed[place] - reported) / reported for place, reported in consumed.writes.items()]
    return max(found)


def _shared_keys(done: Mapping[str, Consumed]) -> list[dict[str, Any]]:
    """Partition keys and items that the lives of several enterprises write, with the write units of each life.

    Keys that differ in a number at their end (a shard, a day, a month) are one entry.
    """
    by_life = {
        persons: sum((done[life_name(persons, stage)].keys for stage in LIFE), Counter[tuple[str, str]]())
        for persons in SIZES
    }
    kept: dict[tuple[str, str], dict[int, int]] = {}
    distinct: dict[tuple[str, str], set[str]] = {}
    for persons, keys in by_life.items():
        for (place, key), count in keys.items():
            kind = place, re.sub(r"#\d+(?= |$)", "#…", key)
            units = kept.setdefault(kind, dict.fromkeys(SIZES, 0))
            units[persons] += count
            distinct.setdefault(kind, set()).add(key)
    return [
        {"place": place, "key": key, "distinct": len(distinct[place, key]), "units": units}
        for (place, key), units in sorted(kept.items())
        if all(units.values())
    ]


def _print(operations: Mapping[str, Any]) -> None:
    width = max(len(title) for title in OPERATIONS.values())
    print(f"{'operation':<{width}}    read   write  requests")
    for name, title in OPERATIONS.items():
        operation = operations[name]
        reads, writes, requests = total(operation, "reads"), total(operation, "writes"), operation["requests"]
        print(f"{title:<{width}} {reads:7g} {writes:7g} {requests.get('dynamodb', 0):9}")
