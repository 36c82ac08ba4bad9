"""Notices that one mail tells as one: the answers of economies about the same person (docs/domain.md 8.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.rules.base.vocabulary import Decision

ANSWER = "economy_decided"
"""The kind of the notice about one answer."""

ORDER = (Decision.APPROVED, Decision.REFUSED, Decision.LOCKED)


@dataclass(frozen=True)
class Told:
    """One paragraph of a mail."""

    positions: tuple[int, ...]
    """Of the notices that it tells, oldest first; several only for answers about one person."""


def paragraphs(notices: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Told]:
    """Which notices become one paragraph, in the order of the first notice of each.

    Args:
        notices: kind and values of each notice, oldest first.
    """
    found: dict[object, list[int]] = {}
    for position, (kind, values) in enumerate(notices):
        # A notice written before the portal counted what is left stays a paragraph of its own.
        key = values["person_number"] if kind == ANSWER and "left" in values else position
        found.setdefault(key, []).append(position)
    return [Told(tuple(positions)) for positions in found.values()]


def summary(answers: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Kind and values of the paragraph about several answers on one person.

    Of two answers of one economy the later one counts.

    Args:
        answers: the values of their notices, oldest first.
    """
    newest = {values["economy"]: Decision(values["decision"]) for values in answers}
    by_decision = {str(kind): [code for code, decision in newest.items() if decision is kind] for kind in ORDER}
    values = {
        "person_number": answers[-1]["person_number"],
        "answers": {kind: codes for kind, codes in by_decision.items() if codes},
        "left": min((values["left"] for values in answers), key=int),
    }
    return ("economies_all_decided" if values["left"] == "0" else "economies_decided"), values
