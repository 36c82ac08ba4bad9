"""The rules across items of `operations.integrity`, asserted about the tables of a test."""

from datetime import datetime
from typing import Any

from operations import integrity
from testing.world import World

Items = dict[tuple[str, str], dict[str, Any]]


def check(world: World, *, settled: bool = False) -> None:
    """Assert every rule; with `settled` also that no killed act has left orphaned uploads."""
    found = read(world)
    judge(found, world.time())
    if settled:
        assert not [key for key in found if key[0].startswith("GONE#")], "orphaned uploads"


def judge(found: Items, now: datetime) -> None:
    """Assert every rule about these items, which were read at this time."""
    breaches = integrity.findings(found, now)
    assert not breaches, "\n".join(breaches)


def read(world: World) -> Items:
    """All items of both tables."""
    from chalicelib.repos.table import table

    return {
        key: table.load({name: value for name, value in wire.items() if value}) for key, wire in world.table().items()
    }
