"""The journal of one day in China: its entries, the root over them, and what the root says about an entry later.

docs/decisions/0086
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from chalicelib.rules.base import merkle

TYPE = "abtc-journal-root"
"""Type in the header of a signed root."""


class Leaf(NamedTuple):
    """One entry of the journal, as the root contains it; no personal data."""

    pk: str
    sk: str
    digest: str
    """SHA-256 of the entry in clear."""
    enterprise_id: str
    """Of the enterprise whose application a history entry is about; empty for an entry of the audit."""

    @property
    def owner(self) -> str:
        """Whose data the entry is deleted with: the enterprise, or the owner of the audit."""
        return self.enterprise_id or self.pk.partition("#")[2]

    @property
    def hash(self) -> bytes:
        """Its hash in the tree."""
        return merkle.leaf_hash(json.dumps(self, ensure_ascii=False, separators=(",", ":")).encode())


@dataclass(frozen=True)
class JournalDay:
    """The entries of a day in the order of the tree, and the signed root as the bucket has them."""

    day: date
    leaves: Sequence[Leaf]
    signed: str
    """The root with its claims as JSON Web Signature."""


def claims(day: date, leaves: Sequence[Leaf], previous: str) -> dict[str, Any]:
    """What is signed about a day.

    Args:
        day: the day in China.
        leaves: its entries.
        previous: the signed root of the day before; empty for the first day.
    """
    return {
        "day": day.isoformat(),
        "entries": len(leaves),
        "root": merkle.root([leaf.hash for leaf in leaves]).hex(),
        "previous": hashlib.sha256(previous.encode()).hexdigest() if previous else "",
    }


def in_order(leaves: Sequence[Leaf]) -> list[Leaf]:
    """The entries in the order of the tree."""
    return sorted(leaves, key=lambda leaf: (leaf.sk, leaf.pk))


def proof(found: JournalDay, digest: str) -> dict[str, Any] | None:
    """What proves offline that an entry is under the root of its day, as JSON; None if the day has no such entry."""
    place = next((place for place, leaf in enumerate(found.leaves) if leaf.digest == digest), None)
    if place is None:
        return None
    path = merkle.path([leaf.hash for leaf in found.leaves], place)
    return {
        "leaf": list(found.leaves[place]),
        "path": [[side, other.hex()] for side, other in path],
        "signed_root": found.signed,
    }


def proven_root(given: Mapping[str, Any]) -> str:
    """The root, in hexadecimal, to which a proof leads.

    Raises:
        ValueError, KeyError, TypeError: It does not have the form of `proof`.
    """
    leaf = Leaf(*given["leaf"])
    path = [(side, bytes.fromhex(other)) for side, other in given["path"]]
    return merkle.root_of_path(leaf.hash, path).hex()
