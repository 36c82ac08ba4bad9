"""How hard a password is to guess: zxcvbn with what people in China choose (docs/decisions/0076)."""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from chalicelib import data
from chalicelib.rules.base import limits

REASONS: Mapping[str, str] = {
    "dictionary": "PASSWORD_COMMON",
    "spatial": "PASSWORD_KEYS",
    "repeat": "PASSWORD_REPEATED",
    "sequence": "PASSWORD_SEQUENCE",
    "regex": "PASSWORD_DATE",
    "date": "PASSWORD_DATE",
}
"""What makes a password easy to guess, by the pattern that zxcvbn has found; others are `PASSWORD_GUESSABLE`."""
PIECE = re.compile(r"[a-z]+|[0-9]+|[^\W\d_]+")
LONGEST_NAME = 60
"""Characters of one name that are compared."""
NAME = "\ue000"
"""A private character in place of a whole name in a password: it counts as one character that is known."""
SHORTEST_PIECE = 2
Ranks = Mapping[str, int]


def weakness(password: str, names: Iterable[str] = ()) -> str | None:
    """The code of the reason why a password is too easy to guess; None if it withstands `PASSWORD_GUESSES`.

    Width, case and compatibility forms make no difference (NFKC, case folding). A long password passes if one part of
    it does, because the whole is no easier to guess than its part.

    Args:
        password: As typed.
        names: What an attacker knows about the account: login, names, the enterprise, telephone numbers.
    """
    known = [fold(name)[:LONGEST_NAME] for name in names]
    folded = fold(password)
    for name in sorted(filter(None, known), key=len, reverse=True):
        folded = folded.replace(name, NAME)
    ranks = {"names": {NAME: 1, **_ranked(_pieces(known))}, "chinese": _chinese()}
    size = limits.PASSWORD_PART
    reason = None
    for start in range(0, len(folded), size):
        reason = _weakness(folded[start : start + size], ranks)
        if reason is None:
            break
    return reason


def fold(text: str) -> str:
    """The text without differences of width, case and compatibility forms."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _weakness(part: str, ranks: Mapping[str, Ranks]) -> str | None:
    # Imported late: its lists take memory and time that only new passwords need. Its function of the same name would
    # leave the names of one account in a module's variable.
    from zxcvbn import matching, scoring

    matches = matching.omnimatch(part, {**matching.RANKED_DICTIONARIES, **ranks})
    found: dict[str, Any] = scoring.most_guessable_match_sequence(part, matches)
    if found["guesses"] >= limits.PASSWORD_GUESSES:
        return None
    if NAME in part or any(match.get("dictionary_name") == "names" for match in found["sequence"]):
        return "PASSWORD_COMMON"
    longest = max(found["sequence"], key=lambda match: len(match["token"]))
    return REASONS.get(longest["pattern"], "PASSWORD_GUESSABLE")


def _pieces(names: Iterable[str]) -> Iterator[str]:
    """How the names begin, their words and numbers, and every part of those in Chinese characters."""
    for name in names:
        for found in PIECE.finditer(name):
            piece = found[0]
            yield from (piece, name[: found.end()])
            if not piece.isascii():
                ends = range(SHORTEST_PIECE, len(piece) + 1)
                yield from (piece[start:end] for end in ends for start in range(end - SHORTEST_PIECE + 1))


@functools.cache
def _chinese() -> Ranks:
    parts = data.password_parts()
    names = ("".join(pair) for pair in product(parts["surnames"], parts["given"]))
    lists = ("numbers", "keys", "words", "roots", "characters", "surnames", "given")
    return _ranked([*(text for kind in lists for text in parts[kind]), *names])


def _ranked(texts: Iterable[str]) -> Ranks:
    """Each text with its place, from 1 on."""
    distinct = dict.fromkeys(text for text in texts if len(text) >= SHORTEST_PIECE)
    return {text: place for place, text in enumerate(distinct, 1)}
