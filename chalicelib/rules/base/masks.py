"""Masks for personal data in lists and details (H07; docs/domain.md 5.6).

`MASKS` says how each field is masked, `MASKED_FOR` for whom a field of an application is. The modules
`handlers/*_replies.py` apply them to replies, `repos/mail/rendering.py` to mails.
"""

import functools
import re
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


NARROW = {
    wide: wide - 0xFEE0
    for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for wide in range(ord(first), ord(last) + 1)
}
"""Full-width digits and letters to those of ASCII."""

_BREAK = r"[ \u00a0\u3000.．·\-‐-―－_]{0,3}"
"""What people write between the digits of a long number."""
_DAY = rf"(?:[0-9]{_BREAK}){{2}}(?:0{_BREAK}[1-9]|1{_BREAK}[0-2]){_BREAK}(?:[0-2]{_BREAK}[0-9]|3{_BREAK}[01])"
"""Six digits that are year, month and day."""
_DATE = r"(?:19|20)[0-9]{2}[-.年 ](?:0?[1-9]|1[0-2])[-.月 ]"

PERSONAL_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[0-9]{17}[0-9Xx]|[0-9]{15}"  # identity card, 18 or 15 characters
    rf"|(?:[0-9]{_BREAK}){{6}}(?:(?:19|20){_BREAK})?{_DAY}(?:{_BREAK}[0-9]){{3}}(?:{_BREAK}[0-9Xx])?"  # the same, apart
    rf"|[A-Za-z](?:{_BREAK}[A-Za-z])?(?!{_BREAK}{_DATE})(?:{_BREAK}[0-9]){{7,8}}"  # passport
    rf"|(?!1[0-2]?[-.][0-9]{{1,2}}[ ~-]+{_DATE})(?:\+?8{_BREAK}6{_BREAK})?1(?:{_BREAK}[0-9]){{10}}"  # mobile telephone
    r")(?![A-Za-z0-9])"
)
"""Matches what looks like a personal number in a sentence; does not match application numbers and days."""


def mask_numbers(sentence: str) -> str:
    """Hide personal numbers in an officer's reason, because mails must not contain any (docs/domain.md 8.3)."""
    return PERSONAL_NUMBER.sub(lambda found: STAR * len(found.group()), sentence.translate(NARROW))


def is_masked(value: str) -> bool:
    """Whether a value from a request is a masked one."""
    return STAR in value
