"""Texts by code, in Chinese and English: the catalogue of errors, labels, messages and mails."""

import functools
import json
from pathlib import Path

type Catalogue = dict[str, dict[str, dict[str, str]]]
"""Section, key, language."""

FILES = ("errors.json", "labels.json", "notices.json")
"""Refusals; titles and labels; messages and mails. Each section is in one of them."""


def text(section: str, key: str, /, language: str = "zh", **values: object) -> str:
    """The text with its placeholders filled in; `KeyError` for an unknown key or a missing value.

    Braces in a value are not interpreted.
    """
    found = catalogue()[section][key][language]
    return found.format_map(values) if "{" in found or "}" in found else found


def has(section: str, key: str) -> bool:
    """Whether the catalogue has such a text."""
    return key in catalogue()[section]


def keys(section: str) -> tuple[str, ...]:
    """The keys of one section in their order of display."""
    return tuple(catalogue()[section])


def field_title(name: str, language: str = "zh", form: str = "") -> str:
    """Title of a request field; the name itself if it has none.

    For a path such as `persons.3.name` the longest end with a title counts: `persons.name`, else `name`. `form` is the
    beginning of the titles of one form: `name` is `agents.name` in the form `agents`.
    """
    return (_field_title if len(name) <= REMEMBERED else _field_title.__wrapped__)(name, language, form)


REMEMBERED = 64
"""Characters of a field's name up to which its title is remembered: clients choose the names of unknown fields."""


@functools.lru_cache(maxsize=4096)
def _field_title(name: str, language: str, form: str) -> str:
    titles = catalogue()["fields"]
    path = f"{form}.{name}" if form else name
    return next((titles[end][language] for end in ends(path) if end in titles), name)


def ends(name: str) -> list[str]:
    """The ends of a path that can have a title, longest first, limited to the parts of the longest title.

    The limit matters because the client chooses the names of unknown fields, which can be very long.
    """
    parts = [part for part in name.split(".") if not part.isdigit()][-_longest_title() :]
    return [".".join(parts[start:]) for start in range(len(parts))]


@functools.cache
def _longest_title() -> int:
    return max(len(title.split(".")) for title in catalogue()["fields"])


@functools.cache
def catalogue() -> Catalogue:
    """All texts, read once."""
    sections: Catalogue = {}
    for name in FILES:
        sections |= json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))["sections"]
    return sections
