"""Very many applications in memory, behind the two reads of the table that lists make.

Applications are stored as a template and the numbers that share it; rows and items are made when they are read. Queries
keep to the rules of DynamoDB: at most a megabyte of projected attributes is evaluated, a filter applies afterwards and
may name projected attributes only, never a key of the index.
"""

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.repos.applications import items
from chalicelib.repos.table import table
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base.vocabulary import PersonNumber
from sandbox.engine import cloud

MEGABYTE = 1024 * 1024


def projections() -> dict[str, set[str]]:
    """The attributes of the rows of each index, keys included, as deployed."""
    found = {}
    for index in cloud.definitions()["PortalTable"]["Properties"]["GlobalSecondaryIndexes"]:
        own = {"pk", "sk", *(part["AttributeName"] for part in index["KeySchema"])}
        found[index["IndexName"]] = own | set(index["Projection"].get("NonKeyAttributes", ()))
    return found


class Stock:
    """The applications, with the reads that lists make; `queries` and `reads` count them."""

    def __init__(self, indexes: Iterable[str]) -> None:
        self._projections = {name: own for name, own in projections().items() if name in set(indexes)}
        self._lists: dict[tuple[str, str], list[tuple[str, table.Item]]] = defaultdict(list)
        self._templates: dict[str, Application] = {}
        self.queries = 0
        self.reads = 0

    def add(self, template: Application, numbers: Iterable[str]) -> None:
        """Store an application under each of these numbers."""
        wanted = list(numbers)
        self._templates |= dict.fromkeys(wanted, template)
        for item in _items(template):
            tail = item["number"].removeprefix(template.header.number)
            for index in self._projections:
                partition, _ = table.INDEXES[index]
                if partition in item:
                    rows = self._lists[index, item[partition]]
                    rows += [(number + tail, item) for number in wanted]

    def ready(self) -> None:
        """Sort the lists, after the last `add`."""
        for rows in self._lists.values():
            rows.sort(key=lambda row: row[0])

    def query(
        self,
        partition: str,
        *,
        index: str,
        between: tuple[str, str],
        newest_first: bool = False,
        limit: int | None = None,
        only: Mapping[str, Any] | None = None,
        containing: Mapping[str, str] | None = None,
        below: Mapping[str, str] | None = None,
    ) -> table.Page:
        """As `table.query`."""
        self.queries += 1
        projected = self._projections[index]
        named = {*(only or {}), *(containing or {}), *(below or {})}
        assert named <= projected - set(table.INDEXES[index]) - {"pk", "sk"}, (index, named)
        assert between[0] <= between[1], between
        rows = self._lists[index, partition]
        low = bisect_left(rows, between[0], key=lambda row: row[0])
        high = bisect_right(rows, between[1], key=lambda row: row[0])
        order = range(high - 1, low - 1, -1) if newest_first else range(low, high)
        found: list[table.Item] = []
        size, last = 0, None
        for place in order:
            number, item = rows[place]
            if size >= MEGABYTE or (len(order) > (limit or len(order)) and abs(place - order[0]) >= (limit or 0)):
                return table.Page(found, last)
            size += _size(item, projected)
            last = {"number": number}
            matches = all(item.get(name) == value for name, value in (only or {}).items())
            matches = matches and all(item.get(name, text) < text for name, text in (below or {}).items())
            if matches and all(text in item.get(name, "") for name, text in (containing or {}).items()):
                found.append(_row(item, number, projected))
        return table.Page(found, last if limit and len(order) == limit else None)

    def get_many(self, keys: Iterable[table.Key]) -> dict[table.Key, table.Item]:
        """As `table.get_many`."""
        self.reads += 1
        wanted = set(keys)
        assert len(wanted) <= table.BATCH_GET
        numbers = {pk.removeprefix("APP#") for pk, _ in wanted}
        stored = [item for number in numbers for item in _items(_of(self._templates[number], number))]
        return {key: item for item in stored if (key := (item["pk"], item["sk"])) in wanted}


def _of(template: Application, number: Any) -> Application:
    """The application of a template under a number."""
    tails = [person.number.removeprefix(template.header.number) for person in template.persons]
    persons = (
        replace(person, number=PersonNumber(number + tail))
        for person, tail in zip(template.persons, tails, strict=True)
    )
    return replace(template, header=replace(template.header, number=number), persons=tuple(persons))


def _items(application: Application) -> list[table.Item]:
    header = application.header
    made = [items.from_header(header), *(items.from_person(person, header) for person in application.persons)]
    return [{name: value for name, value in item.items() if value is not None} for item in made]


def _row(item: table.Item, number: str, projected: set[str]) -> table.Item:
    own = {"pk": f"APP#{number[:18]}", "number": number}
    return {name: value for name, value in item.items() if name in projected} | own


_sizes: dict[tuple[int, int], int] = {}


def _size(item: table.Item, projected: set[str]) -> int:
    """The size of a row in bytes, as DynamoDB counts it: names and values."""
    known = (id(item), id(projected))
    if known not in _sizes:
        row = {name: value for name, value in item.items() if name in projected}
        _sizes[known] = sum(len(name) + len(json.dumps(value).strip('"')) for name, value in row.items())
    return _sizes[known]
