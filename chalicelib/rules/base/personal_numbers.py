"""Personal numbers in sentences, which mails must not contain (docs/domain.md 8.3)."""

import re

from chalicelib.rules.base.masks import STAR

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
    """Hide personal numbers in an officer's reason."""
    return PERSONAL_NUMBER.sub(lambda found: STAR * len(found.group()), sentence.translate(NARROW))
