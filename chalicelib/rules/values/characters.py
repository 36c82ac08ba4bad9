"""Spellings of single characters that people type, paste and upload without seeing a difference."""

import re

UNPRINTED = (
    r"\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    r"\U000e0000-\U000e007f"
)
"""Controls, directions, joiners, fillers, soft hyphens, annotations, tags: invisible, or changing the text direction.

Variation selectors are not among them: they occur in names, to choose the form of a Chinese character.
"""

NO_CHARACTERS = r"\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
"""Surrogates, and the 66 code points that Unicode defines as noncharacters. Workbooks cannot contain some of them, and
programs need not preserve the others."""

INVISIBLE = UNPRINTED + NO_CHARACTERS
"""Characters that names and numbers must not contain."""

FORMAT = re.compile(r"[\u00ad\u061c\u180e\u200b-\u200f\u202a\u202c\u202d\u2060-\u2066\u2068\u2069\ufeff]")
"""Invisible characters that telephones, mail programs and Word copy along with a number, and that do not change how it
reads. Those that turn the direction to the left are not among them: such a number reads otherwise than it is."""

HYPHENS = re.compile(r"[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
"""Hyphens, dashes and minus signs that are typed for `-`."""

BLANKS = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Blanks other than the one of the keyboard, such as that of web pages which breaks no line."""

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def narrow(text: str) -> str:
    """The text with half-width letters, digits and punctuation, one kind of hyphen and blank, no format characters."""
    return BLANKS.sub(" ", HYPHENS.sub("-", FORMAT.sub("", text))).translate(FULL_WIDTH)
