"""An application is read without the attributes of indexes: what is left out is asked for by nothing that reads it."""

from collections import defaultdict
from typing import Any

import pytest

from chalicelib.repos.applications import attributes, items
from chalicelib.repos.table import table
from tests.support import operating


class Asked(dict[str, Any]):
    """An item that notes which attributes are asked for, also those that it has not."""

    def __init__(self, item, names):
        super().__init__(item)
        self.names = names

    def __getitem__(self, name):
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.names.add(name)
        return super().__contains__(name)

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)


@pytest.fixture(scope="module")
def partitions(portal):
    """Applications of each kind, whole: a group with a card and a returned payment, a follow-up service."""
    operating.filled(portal)
    found = defaultdict(list)
    for item in table.scan(limit=10_000).items:
        if item["pk"].startswith("APP#"):
            found[item["pk"]].append(item)
    return found


def test_what_is_read_of_an_application_has_all_that_is_asked_for(partitions):
    names: set[str] = set()
    for stored in partitions.values():
        items.to_application([Asked(item, names) for item in stored])
    assert {"warnings", "card", "economies", "reason"} <= names
    assert names - set(attributes.ALL) == set()
    assert set(attributes.ALL) - names == set(), "read, and asked for by nothing"


def test_an_application_is_the_same_without_the_attributes_of_indexes(partitions):
    assert len(partitions) >= 3
    for partition, stored in partitions.items():
        number = partition.removeprefix("APP#")
        assert items.to_application(attributes.items_of(number)) == items.to_application(stored)
        assert not {name for item in attributes.items_of(number) for name in item if name.endswith("_pk")}
