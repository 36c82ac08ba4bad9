"""Text for people, by code: the one catalogue that errors, labels, messages and mails come from."""

import functools
import json
from pathlib import Path

type Catalogue = dict[str, dict[str, dict[str, str]]]
"""Section, key, language."""


def text(section: str, key: str, /, language: str = "zh", **values: object) -> str:
    """The text with its placeholders filled; `KeyError` for an unknown key or a missing value.

    Only templates of the catalogue are formatted: braces in a value stay what they are.
    """
    return _catalogue()[section][key][language].format_map(values)


def has(section: str, key: str) -> bool:
    """Whether the catalogue has such a text."""
    return key in _catalogue()[section]


def keys(section: str) -> tuple[str, ...]:
    """The keys of one section in their order of display."""
    return tuple(_catalogue()[section])


def field_title(name: str, language: str = "zh") -> str:
    """Title of a request field; the name itself if it has none.

    Of a path such as `persons.3.name` the longest known end is taken: `persons.name`, else `name`.
    """
    titles = _catalogue()["fields"]
    return next((titles[end][language] for end in ends(name) if end in titles), name)


def ends(name: str) -> list[str]:
    """The ends of a path that may have a title, longest first: no more of them than the longest title has parts.

    Whoever sends a body chooses the path of an unknown field: it may be a megabyte of dots.
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
