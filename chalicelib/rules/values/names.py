"""Names of people and enterprises in the form that is stored, compared and searched (docs/domain.md 4.2)."""

import functools
import re
import unicodedata

from chalicelib.rules.values.characters import BLANKS

DOTS = re.compile(r" *[\u00b7\u0387\u2022\u2027\u2219\u22c5\u30fb\uff0e\uff65] *")
"""Dots that are typed between the parts of a name, such as those of Windows and of Japanese keyboards."""

DOT = "\u00b7"
"""The dot of passports and ID cards (间隔号)."""

HAN = (
    r"\u2e80-\u2fd5\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\ufe00-\ufe0f"
    r"\U000e0100-\U000e01ef"
)
"""Chinese characters, and the selectors of their variants."""

BETWEEN_HAN = re.compile(rf"(?<=[{HAN}]) +(?=[{HAN}])")

PRIVATE_GBK = (
    "2E81 20087 20089 200CC 2E84 3473 3447 2E88 2E8B 9FB4 359E 361A 360E 2E8C 2E97 396E "
    "3918 9FB5 39CF 39DF 3A73 39D0 9FB6 9FB7 3B4E 3C6E 3CE0 2EA7 215D7 9FB8 2EAA 4056 "
    "415F 2EAE 4337 2EB3 2EB6 2EB7 2298F 43B1 43AC 2EBB 43DD 44D6 4661 464C 9FB9 4723 "
    "4729 477C 478D 2ECA 4947 497A 497D 4982 4983 4985 4986 499F 499B 49B7 49B6 9FBA "
    "241FE 4CA3 4C9F 4CA0 4CA1 4C77 4CA2 4D13 4D14 4D15 4D16 4D17 4D18 4D19 4DAE 9FBB"
)
"""Characters for which programs that know GBK only write the private code points from U+E815 on, as 䶮 (U+E863)."""

KANGXI = range(0x2F00, 0x2FD6)
"""Radicals, which look like characters and come from PDF files: ⽅ is 方."""


@functools.cache
def real_characters() -> dict[int, str]:
    """The characters that are meant by private code points and by radicals."""
    private = {0xE815 + place: chr(int(code, 16)) for place, code in enumerate(PRIVATE_GBK.split())}
    return private | {code: unicodedata.normalize("NFKC", chr(code)) for code in KANGXI}


def normalise(name: str) -> str:
    """A name with the one dot, without blanks between Chinese characters, and with real characters.

    Variants of characters (葛 with a selector), 﨑 and the extensions of Unicode stay as they are: passports have them.
    """
    real = BLANKS.sub(" ", name).translate(real_characters())
    return re.sub(r" {2,}", " ", BETWEEN_HAN.sub("", DOTS.sub(DOT, real))).strip()


def has_private_characters(name: str) -> bool:
    """Whether a name has characters that only the sender's own font shows."""
    return any(unicodedata.category(character) == "Co" for character in name)


def has_letter(name: str) -> bool:
    """Whether a name has a letter or a Chinese character, and is not made of marks and digits only."""
    return any(unicodedata.category(character).startswith("L") for character in name)


def comparable(name: str) -> str:
    """The name of an enterprise without what is written in two ways: width, case, blanks, and kinds of brackets."""
    folded = unicodedata.normalize("NFKC", normalise(name)).casefold()
    return re.sub(r"\s", "", folded).translate(BRACKETS)


BRACKETS = str.maketrans("[]【】〔〕〖〗", "()()()()")
