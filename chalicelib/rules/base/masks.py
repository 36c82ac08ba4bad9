"""What people see of personal data in lists and details (H07)."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

STAR = "*"


def mask_middle(value: str, head: int, tail: int) -> str:
    """Show the first and last characters and hide the rest; short values are hidden whole."""
    if len(value) <= head + tail:
        return STAR * max(len(value), 1)
    hidden = STAR * (len(value) - head - tail)
    return value[:head] + hidden + value[len(value) - tail :]


def email(value: str) -> str:
    """Hide the local part: `****@example.com`."""
    _, at, domain = value.rpartition("@")
    return STAR * 4 + at + domain if at else STAR * 4


def username(value: str) -> str:
    """Show the last three characters."""
    return mask_middle(value, 0, 3)


def name(value: str) -> str:
    """Show the family name's first character: who acted, without naming them in full."""
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


def mask(fields: Mapping[str, Any], names: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the fields with those named masked, and the names of those that really were."""
    shown = dict(fields)
    masked = []
    for field in names:
        value = shown.get(field)
        if isinstance(value, str) and value:
            shown[field] = MASKS[field](value)
            masked.append(field)
    return shown, masked


NARROW = {0xFF10 + digit: 0x30 + digit for digit in range(10)}
"""Full-width digits as plain ones."""

PERSONAL_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[0-9]{17}[0-9Xx]|[0-9]{15}"  # identity card, today's and the old form
    r"|[A-Za-z]{1,2}[0-9]{7,8}"  # passport
    r"|(?:\+?86[- ]?)?1[0-9]{2}[- ]?[0-9]{4}[- ]?[0-9]{4}"  # mobile telephone
    r")(?![A-Za-z0-9])"
)
"""What looks like a personal number in a sentence; the numbers of applications do not."""


def mask_numbers(sentence: str) -> str:
    """Hide what looks like a personal number: an officer's reason may hold one, and a mail must not."""
    return PERSONAL_NUMBER.sub(lambda found: STAR * len(found.group()), sentence.translate(NARROW))


def is_masked(value: str) -> bool:
    """Whether a value sent to us is one that we had masked."""
    return STAR in value
