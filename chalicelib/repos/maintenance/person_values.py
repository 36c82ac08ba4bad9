"""Replacing the values of one person in texts, notices and stored replies (docs/decisions/0088)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.repos.maintenance.person_data import PersonScope
from chalicelib.rules.applications import destruction
from chalicelib.rules.base import masks

SHOW_PERSON = ("passport_number", "person_name", "holder")
"""Fields of stored replies that show a person, of whom each has one."""

HIDDEN_DAY = masks.MASKS["birth_date"]("")
"""In place of such a day in a message."""


class PersonValues:
    """Finds what texts say of the person, and replaces it."""

    def __init__(self, scope: PersonScope) -> None:
        """Prepare the patterns of the person's values."""
        self._scope = scope
        self._name = destruction.name()
        self._applications = scope.applications
        self._passports = {masks.MASKS["passport_number"](value) for value in scope.unique} | scope.unique
        self.unique = _pattern(scope.unique)
        """Matches numbers that nobody else has."""
        self.all = _pattern(scope.unique | scope.values)
        """Matches names, telephone numbers and addresses too."""

    def noticed(self, values: Mapping[str, Any], about: set[str | None]) -> dict[str, Any]:
        """The values of a notice; one about the person alone loses the reason and the days too."""
        about = about | {values.get("number"), values.get("person_number")}
        if about & (self._scope.numbers | self._scope.follow_ups):
            without = {"person_name": self._name, "date": HIDDEN_DAY}
            return {name: without.get(name, value) for name, value in values.items() if name != "reason"}
        return self.replaced(values, self.all if about & self._applications else self.unique)

    def shown(self, value: Any) -> Any:
        """A stored reply with what it shows of the person replaced."""
        if isinstance(value, list):
            return [self.shown(part) for part in value]
        if isinstance(value, str):
            return self.replaced_in(value, self.all)
        if not isinstance(value, dict):
            return value
        is_own = {value.get("number"), value.get("person_number")} & (self._scope.numbers | self._scope.follow_ups)
        is_shown = bool(is_own) or ("passport_number" in value and self._is_recognised(value))
        without = destruction.in_reply(value) if is_shown and not value.keys().isdisjoint(SHOW_PERSON) else value
        return {name: self.shown(part) for name, part in without.items()}

    def _is_recognised(self, shown: Mapping[str, Any]) -> bool:
        """Whether a reply shows the person, whose passport number may have a mask."""
        is_named = shown.get("name") in self._scope.values
        return self._scope.is_of(shown) or (is_named and shown["passport_number"] in self._passports)

    def replaced(self, value: Mapping[str, Any], pattern: re.Pattern[str]) -> dict[str, Any]:
        """The texts of a content with the values of the person replaced, persons excepted."""
        return {name: part if name == "persons" else self.replaced_in(part, pattern) for name, part in value.items()}

    def replaced_in(self, value: Any, pattern: re.Pattern[str]) -> Any:
        """A value of any kind with what the pattern matches replaced, at any depth."""
        if isinstance(value, str):
            return pattern.sub(self._name, value)
        if isinstance(value, Mapping):
            return self.replaced(value, pattern)
        if isinstance(value, list):
            return [self.replaced_in(part, pattern) for part in value]
        return value


def _pattern(values: Iterable[str]) -> re.Pattern[str]:
    """Matches each of the values, the longest first; matches nothing if there are none."""
    longest_first = sorted((value for value in values if value), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)
