"""Collecting breaches of rules, so that one does not hide the others."""

import contextlib
from collections.abc import Iterator
from typing import Any

type Item = dict[str, Any]
type Items = dict[tuple[str, str], Item]
"""Items by primary key."""


class Breaches:
    """The breaches found so far, one line for each."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    @property
    def lines(self) -> list[str]:
        """The breaches in the order in which they were found, each once."""
        return list(self._found)

    def expect(self, holds: object, subject: str, otherwise: str) -> None:
        """Note a breach unless the rule holds.

        Args:
            holds: whether it holds.
            subject: which item or object it is about; no personal data.
            otherwise: what is wrong.
        """
        if not holds:
            self._found[f"{subject}: {otherwise}"] = None

    @contextlib.contextmanager
    def about(self, subject: str) -> Iterator[None]:
        """Note an item that cannot be read as a breach, and go on with the next."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  whatever is wrong with one item, the others are checked
            self._found[f"{subject}: cannot be read ({type(error).__name__} {error})"] = None
