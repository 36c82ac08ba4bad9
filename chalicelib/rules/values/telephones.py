"""Telephone numbers of mainland China, as people write them and in the one form that is stored (docs/domain.md 4.2).

Mobile: `13800138000`. Landline: `0731-88888888`, without the area `88888888`. 400 and 800 numbers: `4008108888`. All
but mobile numbers may have an extension: `0731-88888888-123`.
"""

import re

from chalicelib.rules.values.characters import narrow

MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
SERVICE = re.compile(r"[48]00\d{7}", re.ASCII)
"""Numbers that are not of one place: 400 and 800, and seven digits."""

AREA = r"0(?:10|2\d|[3-9]\d{2})"
"""Area codes: three digits for Beijing and the 02x cities, four for others."""

LANDLINE = re.compile(rf"({AREA})([2-9]\d{{6,7}})", re.ASCII)
LOCAL = re.compile(r"[2-9]\d{6,7}", re.ASCII)

COUNTRY = re.compile(r"\((?:\+|00)?86\)|\+86|0086|86(?=[-\s(]|1[3-9]\d{9}\Z)", re.ASCII)
"""The code of the country, without `+` or `00` only where it is set apart or a mobile number follows."""

EXTENSION = re.compile(r"[-\s,(]*(?:转|分机|ext\.?|x|#|\*)[-\s:]*(\d{1,6})\)?", re.IGNORECASE | re.ASCII)
HYPHENATED = re.compile(r"-\s*(\d{1,6})", re.ASCII)
WRITTEN = re.compile(r"[\d\t\r\n ()-]+", re.ASCII)


def mobile(text: str) -> str | None:
    """A mobile number in the stored form; None if the text is none."""
    known = telephone(text)
    return known if known and MOBILE.fullmatch(known) else None


def telephone(text: str) -> str | None:
    """A telephone number in the stored form; None if the text is none.

    A `*` only separates an extension from a whole number, so that a masked number is none.
    """
    typed = narrow(text).strip()
    code = COUNTRY.match(typed)
    written, abroad = (typed[code.end() :], True) if code else (typed, False)
    if marked := _split_at_the_end(EXTENSION, written):
        number, extension = marked
        found = _number(number, abroad)
        return f"{found}-{extension}" if found and not MOBILE.fullmatch(found) else None
    whole = _number(written, abroad)
    if whole and (MOBILE.fullmatch(whole) or SERVICE.fullmatch(whole)):
        return whole
    # A last group behind a hyphen is an extension if the rest is a number: 0731-8888888-8 has seven digits and an 8.
    if hyphenated := _split_at_the_end(HYPHENATED, written):
        number, extension = hyphenated
        found = _number(number, abroad)
        if found and not MOBILE.fullmatch(found):
            return f"{found}-{extension}"
    return whole


def _split_at_the_end(ending: re.Pattern[str], written: str) -> tuple[str, str] | None:
    """What stands before the ending, and its extension."""
    for found in ending.finditer(written):
        if found.end() == len(written) and found.start():
            return written[: found.start()], found[1]
    return None


def _number(written: str, abroad: bool) -> str | None:
    """A number without extension; the area code may lack its 0 behind the code of the country."""
    if not WRITTEN.fullmatch(written):
        return None
    digits = re.sub(r"\D", "", written)
    if MOBILE.fullmatch(digits) or SERVICE.fullmatch(digits):
        return digits
    if abroad and not digits.startswith("0"):
        digits = f"0{digits}"
    if found := LANDLINE.fullmatch(digits):
        return f"{found[1]}-{found[2]}"
    return digits if LOCAL.fullmatch(digits) else None
