"""Texts of messages and mails: their kinds, their values, and labels for codes in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib import data
from chalicelib.data.texts import has, text
from chalicelib.rules.applications.applications import ApplicationHeader, Event
from chalicelib.rules.base.vocabulary import Action, Decision, Service, Status

SILENT = {Action.EDIT, Action.RECORD_FOREIGN_NUMBER, Action.REVEAL, Action.PAY}
"""Actions without notices: they change neither a status nor a decision."""

MAIL_SWITCH = "/messages"
"""消息中心 in the web front end, where the switch 是否接收邮件 is (M05)."""

LABELS = {"old": "statuses", "new": "statuses", "decision": "decisions", "scope": "scopes"}
"""The section of the catalogue with the labels of each value that is a code."""


KINDS = {
    Action.SUBMIT: "submitted",
    Action.CORRECT_CARD: "card_corrected",
    Action.ACCEPT_PAYMENT: "payment_accepted",
    Action.RETURN_PAYMENT: "payment_returned",
}
"""Notices that the action alone decides."""


def message_kind(event: Event) -> str | None:
    """The key of the text about an event; None if it gives no notice."""
    if event.action in SILENT:
        return None
    if event.action in KINDS:
        return KINDS[event.action]
    if event.action is Action.DECIDE_ECONOMY:
        if event.to is Status.ECONOMY_DONE and event.origin is not event.to:
            return "economies_done"
        return "economy_reopened" if event.decision is Decision.PENDING else "economy_decided"
    if event.action is Action.EXPIRE and event.origin is event.to:
        return "early_card_ended"
    return "status_changed"


def message_values(
    event: Event, header: ApplicationHeader, left: int | None = None, person_name: str | None = None
) -> dict[str, Any]:
    """The values of an event's text as codes, worded when it is read. Of personal data only the name of the person.

    Args:
        event: what has happened.
        header: of its application.
        left: after the answer of an economy, how many have still to decide on the person.
        person_name: of the person that the event is about; a follow-up application knows its own.
    """
    alone = event.person_number if header.service is Service.NEW_OR_RENEWAL else None
    values = {
        "number": alone or header.number,
        "person_number": event.person_number,
        "old": event.origin,
        "new": event.to,
        "next": _status_of_next_step(event, header),
        "reason": event.reason,
        "economy": event.economy,
        "decision": event.decision,
        "left": left,
        "person_name": header.content.get("person_name") or person_name,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def _status_of_next_step(event: Event, header: ApplicationHeader) -> Status | None:
    """The status whose next step is shown, if not the new one: an approved follow-up waits only for its card."""
    for_card = header.service is not Service.NEW_OR_RENEWAL and event.to is Status.CONSULAR_APPROVED
    return Status.ECONOMY_DONE if for_card else None


def link_path(values: Mapping[str, Any]) -> str | None:
    """The path in the web front end to which a notice leads; None if it is not about an application."""
    number = values.get("person_number") or values.get("number")
    if not number:
        return None
    return f"/{'persons' if '-' in number else 'applications'}/{number}"


def worded(values: Mapping[str, Any], language: str = "zh") -> dict[str, Any]:
    """The values with labels in place of codes and the name behind the number, for the templates of the catalogue."""
    words = dict(values)
    if person_name := words.pop("person_name", None):
        bracket = " ({})" if language == "en" else "（{}）"
        named = bracket.format(person_name)
        words |= {name: f"{words[name]}{named}" for name in ("number", "person_number") if name in words}
    for name, section in LABELS.items():
        if name in words:
            words[name] = text(section, words[name], language)
    if "new" in values:
        words["next_step"] = text("next_steps", values.get("next", values["new"]), language)
    if "economy" in words:
        words["economy"] = data.economy(words["economy"]).label(language)
    if "answers" in words:
        words["answers"] = _answers(words["answers"], language)
    if words.get("reason"):
        words["reason"] = words["reason"].rstrip("。.")
    return words


def _answers(answers: Mapping[str, Sequence[str]], language: str) -> str:
    """Economies by decision: 批准：新加坡、智利；拒签：日本."""
    comma, colon, end = (", ", ": ", "; ") if language == "en" else ("、", "：", "；")
    names = {kind: comma.join(data.economy(code).label(language) for code in codes) for kind, codes in answers.items()}
    return end.join(f"{text('decisions', kind, language)}{colon}{listed}" for kind, listed in names.items())


def sentence(section: str, kind: str, part: str, values: Mapping[str, Any], language: str = "zh") -> str:
    """One text of a message or mail: its `title`, `body`, `subject` or `text`. Titles and subjects name no person."""
    if part in ("title", "subject"):
        values = {name: value for name, value in values.items() if name != "person_name"}
    words = worded(values, language)
    with_reason = f"{kind}.{part}_with_reason"
    key = with_reason if words.get("reason") and has(section, with_reason) else f"{kind}.{part}"
    return text(section, key, language, **words)
