"""Notices: messages, mails and reminders follow from the history, and the outbox holds together."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from chalicelib.repos.mail import outbox
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.notices import wording
from chalicelib.rules.notices.mail_states import MailState
from operations.integrity.applications import Known
from operations.integrity.breaches import Breaches, Items

REMINDERS = {"passport_reminder", "card_reminder", "return_reminder"}

EVENT_KINDS = {
    *("submitted", "status_changed", "economy_decided", "economies_done", "economy_reopened"),
    *("early_card_ended", "card_corrected", "payment_accepted", "payment_returned"),
}
"""Kinds of notices that report an event of the history."""


def check(found: Items, known: Mapping[str, Known], now: datetime, breaches: Breaches) -> None:
    """Check every rule about messages, mails and reminders at this time."""
    _mails(found, breaches)
    _messages_of_events(found, known, now, breaches)
    _mails_of_events(found, known, now, breaches)
    _reminded(found, now, breaches)


def _mails(found: Items, breaches: Breaches) -> None:
    """Waiting mails are in the queue, dead ones in the list of dead letters; finished ones are in neither."""
    for (pk, _), item in found.items():
        if not pk.startswith("MAIL#"):
            continue
        with breaches.about(pk):
            state = MailState(item["state"])
            waiting = outbox.queue_of(pk.removeprefix("MAIL#"))
            queue = {MailState.WAITING: waiting, MailState.DEAD: outbox.DEAD_QUEUE}.get(state)
            breaches.expect(item.get("queue_pk") == queue, pk, f"is {state} and queued in {item.get('queue_pk')}")
            breaches.expect(("queue_sk" in item) == (queue is not None), pk, f"is {state}, queued or not")
            breaches.expect(("values" in item) == (queue is not None), pk, f"is {state}, with values or not")
            breaches.expect(
                ("finished_at" in item) == (state is not MailState.WAITING), pk, f"is {state}, ended or not"
            )
            breaches.expect(state is not MailState.SENT or item.get("reached"), pk, "was sent to nobody")


def _messages_of_events(found: Items, known: Mapping[str, Known], now: datetime, breaches: Breaches) -> None:
    """Each event with a notice has exactly one message, to the creator or the enterprise, until it expires."""
    wanted: Counter[tuple[str, str, str | None, str]] = Counter()
    for number, one in known.items():
        for event in one.events:
            if (kind := wording.message_kind(event)) is not None:
                wanted[kind, number, event.person_number, rfc3339(event.at)] += 1
    written: Counter[tuple[str, str, str | None, str]] = Counter()
    for (pk, sk), item in found.items():
        if sk.startswith("MSG#"):
            breaches.expect(("queue_pk" in item) == (not item.get("read")), f"{pk} {sk}", "is listed as unread or not")
        if sk.startswith("MSG#") and item["message_kind"] in EVENT_KINDS:
            number = item["application_number"]
            about = known.get(number)
            readers = {about.header.creator_id, about.header.enterprise_id} if about else set()
            breaches.expect(pk.removeprefix("ACC#") in readers, f"message about {number}", "is another account's")
            written[item["message_kind"], number, item.get("person_number"), item["created_at"]] += 1
    oldest = rfc3339(now - limits.MESSAGE_LIFE)
    for key in wanted.keys() | written.keys():
        expired = key[3] <= oldest and not written[key]
        breaches.expect(expired or written[key] == wanted[key], f"messages {key}", f"{written[key]} of {wanted[key]}")


def _mails_of_events(found: Items, known: Mapping[str, Known], now: datetime, breaches: Breaches) -> None:
    """Each event with a notice has exactly one mail, until its record expires."""
    wanted: Counter[tuple[str, str, str, str]] = Counter()
    for one in known.values():
        for event in one.events:
            if (kind := wording.message_kind(event)) is not None:
                wanted[kind, one.header.enterprise_id, one.header.creator_id, rfc3339(event.at)] += 1
    written = Counter(
        (item["mail_kind"], item["enterprise_id"], item["creator_id"], item["created_at"])
        for (pk, _), item in found.items()
        if pk.startswith("MAIL#") and item["mail_kind"] in EVENT_KINDS
    )
    # A mail expires some time after it was finished: before that it was tried for days.
    oldest = rfc3339(now - limits.MAIL_RECORD_LIFE)
    for key in wanted.keys() | written.keys():
        expired = key[3] <= oldest and written[key] <= wanted[key]
        breaches.expect(expired or written[key] == wanted[key], f"mails {key}", f"{written[key]} of {wanted[key]}")


def _reminded(found: Items, now: datetime, breaches: Breaches) -> None:
    """Each reminder has one message, one mail and, except for drafts, one record, as far as none can have expired."""
    since = rfc3339(now - limits.MAIL_RECORD_LIFE)
    recorded_since = (now - limits.MAIL_RECORD_LIFE + limits.REMINDED_LIFE).timestamp()
    records, messages, mails = Counter[str](), Counter[str](), Counter[str]()
    for (pk, sk), item in found.items():
        if pk.startswith("REMINDED#") and item["expires_at"] > recorded_since:
            records[sk.partition("#")[0]] += 1
        elif sk.startswith("MSG#") and item["created_at"] > since:
            messages[item["message_kind"]] += 1
        elif pk.startswith("MAIL#") and item["created_at"] > since:
            mails[item["mail_kind"]] += 1
    for kind in (*REMINDERS, "draft_reminder"):
        told = (messages[kind], mails[kind], messages[kind] if kind == "draft_reminder" else records[kind])
        breaches.expect(len(set(told)) == 1, f"reminders of kind {kind}", f"messages, mails, records: {told}")
