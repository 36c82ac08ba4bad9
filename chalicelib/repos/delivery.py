"""The relay: takes due mails from the outbox, words them, sends them, and writes down what became of them."""

import contextlib
from collections import Counter
from dataclasses import replace
from datetime import datetime

from chalicelib.config import settings
from chalicelib.repos import accounts, letters, mail, mailer
from chalicelib.repos.mail import Entry, MailState
from chalicelib.repos.mailer import Letter, Mailer, NotSent, SesMailer
from chalicelib.rules import recipients, wording
from chalicelib.rules.errors import Unavailable


def attempt(mail_id: str, now: datetime, through: Mailer | None = None) -> MailState | None:
    """Try one entry now; None if it is not due or another relay has it."""
    entry = mail.lease(mail_id, now)
    if entry is None:
        return None
    try:
        reached = _send(entry, through or SesMailer())
    except NotSent:
        return mail.postpone(entry, now)
    state = MailState.SENT if reached else MailState.OPTED_OUT
    mail.finish(entry, state, now)
    return state


def attempt_soon(mail_id: str, now: datetime) -> None:
    """Try one entry within the request that wrote it; if that cannot be done now, the relay does it."""
    with contextlib.suppress(Unavailable):
        attempt(mail_id, now)


def attempt_all(now: datetime, limit: int, through: Mailer | None = None) -> Counter[str]:
    """Try what is due, at most so many; how many came to which state."""
    outcome: Counter[str] = Counter()
    for mail_id in mail.due(now, limit):
        try:
            state = attempt(mail_id, now, through)
        except Unavailable:
            # Leased or not, it stays in the queue: a later run finds it.
            outcome["unavailable"] += 1
        else:
            outcome[state or "taken"] += 1
    return outcome


def _send(entry: Entry, through: Mailer) -> bool:
    """Send to everybody who does not have it yet; whether anybody has it at the end.

    One address that is refused keeps nobody else from getting theirs; it alone is tried again.
    """
    refused: NotSent | None = None
    for account_id, address in _addresses(entry):
        if account_id in entry.done or not mailer.is_allowed(address):
            continue
        try:
            through.send(_letter(entry, address))
        except NotSent as error:
            refused = error
            continue
        mail.sent_to(entry, account_id)
        entry = replace(entry, done=(*entry.done, account_id))
    if refused is not None:
        raise refused
    return bool(entry.done)


def _addresses(entry: Entry) -> list[tuple[str, str]]:
    if entry.to is not None:
        return [("address", entry.to)]
    if entry.enterprise_id is None or entry.creator_id is None:
        raise ValueError("a mail without address belongs to an application")
    everybody = accounts.of_enterprise(entry.enterprise_id)
    told = recipients.mail_accounts(entry.creator_id, everybody)
    return [(each.id, each.email) for each in told if not entry.own or each.id == entry.creator_id]


def _letter(entry: Entry, address: str) -> Letter:
    try:
        subject = wording.sentence("mail", entry.kind, "subject", entry.values)
        body = wording.sentence("mail", entry.kind, "text", entry.values)
    except KeyError as error:
        # A text that is missing must not stop the queue: it is tried again, ends as DEAD, and can be replayed.
        raise NotSent(f"no text for {entry.kind}") from error
    if not settings().is_production:
        subject = f"[{settings().stage}] {subject}"
    return letters.compose(address, subject, body, entry.values.get("person_number") or entry.values.get("number"))
