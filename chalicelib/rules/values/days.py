"""Spellings of calendar days in cells that people fill in (docs/domain.md 4.1)."""

import re
from datetime import date

from chalicelib.rules.values.characters import narrow

SPELLED = re.compile(
    r"(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日|(\d{4})(\d{2})(\d{2}))"
    r"(?:[ T]+0?0:00(?::00(?:\.0+)?)?)?",
    re.ASCII,
)
"""The year first, because 1/5/2024 is read in two ways; alone or with the midnight that programs append."""


def as_iso(text: str) -> str:
    """A day as `YYYY-MM-DD`; unchanged if the text is no day."""
    found = SPELLED.fullmatch(narrow(text).strip())
    if not found:
        return text
    year, month, day = (int(part) for part in found.groups() if part and part.isdigit())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text
