"""Texts by code, in Chinese and English: the catalogue of errors, labels, messages and mails."""

import functools
import json
from pathlib import Path

type Catalogue = dict[str, dict[str, dict[str, str]]]
"""Section, key, language."""


def text(section: str, key: str, /, language: str = "zh", **values: object) -> str:
    """The text with its placeholders filled in; `KeyError` for an unknown key or a missing value.

    Braces in a value are not interpreted.
    """
    return _catalogue()[section][key][language].format_map(values)


def has(section: str, key: str) -> bool:
    """Whether the catalogue has such a text."""
    return key in _catalogue()[section]


def keys(section: str) -> tuple[str, ...]:
    """The keys of one section in their order of display."""
    return tuple(_catalogue()[section])


def field_title(name: str, language: str = "zh", form: str = "") -> str:
    """Title of a request field; the name itself if it has none.

    For a path such as `persons.3.name` the longest end with a title counts: `persons.name`, else `name`. `form` is the
    beginning of the titles of one form: `name` is `agents.name` in the form `agents`.
    """
    titles = _catalogue()["fields"]
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
    return max(len(title.split(".")) for title in _catalogue()["fields"])


@functools.cache
def _catalogue() -> Catalogue:
    path = Path(__file__).with_name("texts.json")
    sections: Catalogue = json.loads(path.read_text(encoding="utf-8"))["sections"]
    return sections
