"""Notices that one mail tells as one: the answers of economies about the same person (docs/domain.md 8.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.rules.base.vocabulary import Decision

ANSWERS = ("economy_decided", "economies_done")
"""The kinds of the notices about one answer, the last one of a person included."""

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
        key = values["person_number"] if kind in ANSWERS and "left" in values else position
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
    last = next((values for values in answers if values.get("old") != values.get("new")), {})
    common = ("person_number", "person_name")
    values = {
        **{name: answers[-1][name] for name in common if name in answers[-1]},
        "answers": {kind: codes for kind, codes in by_decision.items() if codes},
        "left": min((values["left"] for values in answers), key=int),
    }
    if values["left"] != "0":
        return "economies_decided", values
    if not last:
        return "economies_all_decided", values
    return "economies_all_done", values | {"old": last["old"], "new": last["new"]}
