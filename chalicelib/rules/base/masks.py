"""Masks for personal data in lists and details (H07; docs/domain.md 5.6).

`MASKS` says how each field is masked, `MASKED_FOR` for whom a field of an application is. The modules
`handlers/*_replies.py` apply them to replies, `repos/mail/rendering.py` to mails.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalicelib.rules.base.vocabulary import Party

STAR = "*"


def mask_middle(value: str, head: int, tail: int) -> str:
    """The value with all but its first `head` and last `tail` characters hidden; short values are hidden completely."""
    if len(value) <= head + tail:
        return STAR * max(len(value), 1)
    hidden = STAR * (len(value) - head - tail)
    return value[:head] + hidden + value[len(value) - tail :]


def email(value: str) -> str:
    """Hide every character of the local part: `***@example.com`."""
    local, at, domain = value.rpartition("@")
    hidden = local if at else value
    return STAR * max(len(hidden), 1) + (at + domain if at else "")


def email_hint(value: str) -> str:
    """Hide the local part and its length: `****@example.com`, for people who may not know the address."""
    return STAR * 4 + email(value).lstrip(STAR)


def username(value: str) -> str:
    """Show the last four characters, as the guide's list of agents does."""
    return mask_middle(value, 0, 4)


def name(value: str) -> str:
    """Show the first character only: the form in which actors appear to others."""
    return mask_middle(value, 1, 0)


MASKS: Mapping[str, Callable[[str], str]] = {
    "id_number": lambda value: mask_middle(value, 0, 4),
    "birth_date": lambda _: "****-**-**",
    "passport_number": lambda value: mask_middle(value, 1, 3),
    "previous_card_number": lambda value: mask_middle(value, 0, 3),
    "phone": lambda value: mask_middle(value, 3, 4),
    "email": email,
    "username": username,
}

OFFICES = frozenset({Party.FAO})
OFFICERS = OFFICES | {Party.CONSULAR}
EVERYBODY = OFFICERS | {Party.APPLICANT}

MASKED_FOR: Mapping[str, frozenset[Party]] = {
    "id_number": EVERYBODY,
    "birth_date": EVERYBODY,
    "passport_number": OFFICERS,
    "phone": EVERYBODY,
    "email": EVERYBODY,
    "previous_card_number": EVERYBODY,
    "card_number": OFFICES,
}
"""For each personal field of an application: the parties to whom lists and details show it masked."""


@functools.cache
def masked_for(party: Party) -> tuple[str, ...]:
    """The fields of an application that are masked for a party (docs/domain.md 5.6)."""
    return tuple(field for field, parties in MASKED_FOR.items() if party in parties)


def mask(fields: Mapping[str, Any], names: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """The fields with the named ones masked, and the names of those that had a value to mask."""
    shown = dict(fields)
    masked = []
    for field in names:
        value = shown.get(field)
        if isinstance(value, str) and value:
            shown[field] = MASKS[field](value)
            masked.append(field)
    return shown, masked


def is_masked(value: str) -> bool:
    """Whether a value from a request is a masked one."""
    return STAR in value
