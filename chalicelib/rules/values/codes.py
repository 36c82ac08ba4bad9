"""Numbers and codes of letters and digits in the form that is stored, compared and searched (docs/domain.md 4.1)."""

import re

from chalicelib.rules.values.characters import narrow


def normalise(text: str) -> str:
    """A number in upper case and half width, without blanks, dots and format characters: ID card, passport, card."""
    return re.sub(r"[\s.]", "", narrow(text)).upper()


def compact(text: str) -> str:
    """As `normalise`, without hyphens: numbers that are printed in groups, USCC and taxpayer number."""
    return normalise(text).replace("-", "")


def login(text: str) -> str:
    """A user name or address in half width without blanks and format characters; letters keep their case."""
    return re.sub(r"\s", "", narrow(text))
