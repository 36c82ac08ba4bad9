"""Answers of economies as a person's item stores them: one text, because 90 persons have 1,440 answers."""

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chalicelib.rules.applications.applications import Answer
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.vocabulary import Decision


def to_text(answers: Mapping[str, Answer]) -> str:
    """The answers by code of the economy, as in `SGP approved 2026-11-21T04:30:00.000Z 2030-01-31,JPN refused …`."""
    return ",".join(f"{code} {_to_text(answer)}" for code, answer in answers.items())


@functools.lru_cache(maxsize=1024)
def of_text(text: str) -> Mapping[str, Answer]:
    """The answers that `to_text` wrote, by code of the economy; persons of one group have mostly the same."""
    return MappingProxyType({one[:3]: _of_text(one[4:]) for one in text.split(",")} if text else {})


def in_one_text(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item of a person in its fourth form; the third has a mapping of mappings, which takes long to read."""
    answers = {
        code: _answer(*map(one.get, ("decision", "decided_at", "valid_until")))
        for code, one in item["economies"].items()
    }
    return {**item, "economies": to_text(answers)}


def _to_text(answer: Answer) -> str:
    parts = (answer.decision, rfc3339(answer.decided_at), answer.valid_until)
    return " ".join(part for part in parts if part)


@functools.lru_cache(maxsize=4096)
def _of_text(text: str) -> Answer:
    """One answer; economies answer about many persons at once, so that few answers differ."""
    return _answer(*text.split(" "))


def _answer(decision: str, decided_at: str, valid_until: str | None = None) -> Answer:
    return Answer(Decision(decision), parse_time(decided_at), valid_until)
