"""Versions of stored items: each kind of item says in which form it is stored, and how an older form is read.

An item is upgraded when it is read and stored in the current form when it is written next. An item of a newer form is
refused, so that an older version of the portal (after a deployment was rolled back) cannot overwrite what it does not
know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chalicelib.repos.table.marshalling import Item
from chalicelib.rules.base.errors import Refusal

ATTRIBUTE = "schema"


class NewerSchema(Refusal):
    """Raised when a newer version of the portal wrote the item; served as 503.

    It is no `Unavailable`: functions over many items count the item as failed and go on with the others.
    """

    code = "UNAVAILABLE"


@dataclass(frozen=True)
class Schema:
    """The stored form of one kind of item."""

    current: int
    """The version that is written."""
    migrations: Mapping[int, Callable[[Item], Item]] = field(default_factory=dict)
    """For each earlier version the step to the next one; a step does not change its argument."""

    def upgraded(self, item: Item) -> Item:
        """The item in the current form; the same object if it has it already.

        Raises:
            NewerSchema: the item has a newer form.
        """
        version = item[ATTRIBUTE]
        if version == self.current:
            return item
        if version > self.current:
            raise NewerSchema
        for earlier in range(version, self.current):
            item = self.migrations[earlier](item)
        return item | {ATTRIBUTE: self.current}
