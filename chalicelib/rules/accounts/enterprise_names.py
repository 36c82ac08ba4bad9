"""Names of enterprises in the form in which they are searched, by any part of two characters or more."""

from chalicelib.rules.values.names import comparable

SHORTEST_PART = 2
"""Characters of a name that a search gives at least."""


def searchable(name: str) -> str:
    """The name without the differences that a search ignores: case, blanks, width, and kinds of brackets."""
    return comparable(name)


def beginnings(name: str, at_most: int) -> list[str]:
    """What remains of a searchable name from each of its places on, at least `SHORTEST_PART` characters long."""
    return [name[place:] for place in range(min(len(name) - SHORTEST_PART + 1, at_most))]
