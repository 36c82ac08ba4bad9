"""The relay: leases due mails of the outbox, sends them, and records their outcome (M02; docs/domain.md 8.2).

Notices that wait for the same reader become one letter. Who got which mail is recorded after each letter, in one
transaction: if a relay is killed, at most one letter is sent again.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.repos.mail import mailers, outbox, rendering
from chalicelib.repos.mail.outbox import Entry
from chalicelib.repos.mail.port import Mailer, NotSent, Throttled
from chalicelib.repos.mail.send_quota import SendQuota
from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.rules.base.china_time import parse_time
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.notices import mail_states
from chalicelib.rules.notices.mail_states import MailState
from chalicelib.usecases.notices.envelopes import Addresses, Envelope, LeasedMail, pack
from chalicelib.usecases.notices.mail_addressing import Addressing


def attempt(mail_id: str, now: datetime, through: Mailer | None = None) -> MailState | None:
    """Try one mail now.

    Returns:
        Its state; None if it is not due, another relay has leased it, or the provider is busy.
    """
    relay = Relay(now, through)
    relay.deliver([mail_id])
    return next((state for state in MailState if relay.outcome[state]), None)


def attempt_soon(mail_id: str, now: datetime) -> None:
    """Try one mail within the request that wrote it; if that is not possible now, the scheduled relay sends it."""
    attempt(mail_id, now)


class Relay:
    """One run over due mails.

    Args:
        now: The time of the run.
        through: The mailer; the configured one if None.
        quota: Limits how many letters are sent in a second; None for no limit.
        is_deadline_near: Whether the time of the run is nearly over.
    """

    def __init__(
        self,
        now: datetime,
        through: Mailer | None = None,
        *,
        quota: SendQuota | None = None,
        is_deadline_near: Callable[[], bool] = lambda: False,
    ) -> None:
        self.outcome: Counter[str] = Counter()
        """How many mails have which state; those `taken`, `released` or `unavailable` are left to another run."""
        self.letters = 0
        """How many letters were sent."""
        self.stopped: str | None = None
        """Why the run ended early: `time`, `throttled` (by the provider) or `unavailable` (the table)."""
        self._leases = 0
        self._now = now
        self._through = through
        self._quota = quota
        self._is_deadline_near = is_deadline_near
        self._addressing = Addressing()

    def deliver(self, mail_ids: list[str]) -> int:
        """Try to send these mails.

        Returns:
            How many of them this relay could lease.
        """
        before = self._leases
        # Accounts are read after the leases: who was revoked before a mail was written is seen as revoked.
        self._addressing = Addressing()
        mails = [mail for mail_id in mail_ids if (mail := self._lease(mail_id))]
        envelopes = pack(self._addressed(mails))
        for number, envelope in enumerate(envelopes):
            if self._must_stop() or not self._send(envelope, len(envelopes) - number):
                break
            self._settle(mail for mail in envelope.mails if not mail.untried)
        self._settle(mail for mail in mails if mail.untried)
        return self._leases - before

    def _must_stop(self) -> bool:
        if self.stopped is None and self._is_deadline_near():
            self.stopped = "time"
        return self.stopped is not None

    # Before sending

    def _lease(self, mail_id: str) -> LeasedMail | None:
        if self._must_stop():
            return None
        try:
            item = outbox.lease(mail_id, self._now)
        except Unavailable:
            # Whether it was leased or not, it stays in the queue and a later run finds it.
            self.outcome["unavailable"] += 1
            return None
        if item is None:
            self.outcome["taken"] += 1
            return None
        self._leases += 1
        entry = self._read(item)
        if entry is None:
            return None
        mail = self._rendered(entry)
        if mail is not None and mail_states.is_too_late(entry.kind, parse_time(entry.created_at), self._now):
            self._count(outbox.finish, entry, MailState.DEAD, self._now, "the code in it has expired")
            return None
        return mail

    def _read(self, item: table.Item) -> Entry | None:
        try:
            return outbox.from_item(item)
        except Unavailable:
            self.outcome["unavailable"] += 1
        except Exception as error:  # noqa: BLE001  an unreadable mail must not stop the others
            # It stays leased and is tried again when the lease expires; an alarm watches the count.
            log.failure("mail_unreadable", error, mail=item["pk"])
            self.outcome["failed"] += 1
        return None

    def _rendered(self, entry: Entry) -> LeasedMail | None:
        try:
            return LeasedMail(entry, rendering.piece(entry))
        except KeyError:
            # A missing text must not stop the queue: the mail is tried again, ends as DEAD, and can be replayed.
            self._count(outbox.postpone, entry, f"no text for {entry.kind}", self._now)
            return None

    def _addressed(self, mails: Iterable[LeasedMail]) -> Iterator[tuple[LeasedMail, Addresses]]:
        """Mails with addresses, oldest first; those without any are settled."""
        for mail in sorted(mails, key=lambda mail: mail.entry.created_at):
            try:
                addresses = self._addressing.addresses(mail)
            except Unavailable:
                self.outcome["unavailable"] += 1
            except Exception as error:  # noqa: BLE001  an unreadable account must not stop the others
                log.failure("mail_unreadable", error, mail=mail.entry.id)
                self.outcome["failed"] += 1
            else:
                if addresses:
                    yield mail, addresses
                else:
                    self._settle([mail])

    # Sending, and recording the outcome

    def _send(self, envelope: Envelope, ahead: int) -> bool:
        """Try one letter and record who got it; False if the run must end.

        If the address is refused, only its mails are tried again; the run continues.

        Args:
            envelope: The letter.
            ahead: How many letters the run has left, including this one.
        """
        try:
            if self._quota is not None:
                self._quota.wait(ahead)
            (self._through or mailers.configured_mailer()).send(envelope.letter())
        except (Throttled, Unavailable) as error:
            _log("letter_waits", envelope, reason=type(error).__name__)
            self.stopped = "throttled" if isinstance(error, Throttled) else "unavailable"
            return False
        except NotSent as error:
            _log("letter_refused", envelope, reason=str(error))
            for mail in envelope.mails:
                mail.refusal = str(error)
                mail.untried -= 1
            return True
        self.letters += 1
        _log("letter_sent", envelope)
        _save_reached(envelope)
        return True

    def _settle(self, mails: Iterable[LeasedMail]) -> None:
        """Release, postpone or finish mails."""
        for mail in mails:
            if mail.untried:
                self._count(outbox.release, mail.entry)
            elif mail.refusal is not None:
                self._count(outbox.postpone, mail.entry, mail.refusal, self._now)
            else:
                self._count(outbox.finish, mail.entry, mail.end_state, self._now)

    def _count(self, move: Callable[..., MailState | None], entry: Entry, *arguments: object) -> None:
        try:
            self.outcome[move(entry, *arguments) or "released"] += 1
        except Unavailable:
            self.outcome["unavailable"] += 1


def _save_reached(envelope: Envelope) -> None:
    """Record who got the mails of a letter; if the mail ends now anyway, its last write records it."""
    for mail, readers in zip(envelope.mails, envelope.readers, strict=True):
        mail.entry = replace(mail.entry, reached=mail.entry.reached | readers)
        mail.untried -= 1
    if len(envelope.mails) > 1 or envelope.mails[0].untried:
        # If the table cannot be reached, the last write of each mail records it.
        with contextlib.suppress(Unavailable):
            outbox.save_reached([mail.entry for mail in envelope.mails])


def _log(event: str, envelope: Envelope, reason: str | None = None) -> None:
    """Log the outcome of a letter with the ids of its mails and of the requests behind them, without its address."""
    entries = [mail.entry for mail in envelope.mails]
    requests = [entry.request_id for entry in entries if entry.request_id]
    log.event(event, mails=[entry.id for entry in entries], request_ids=requests, reason=reason)
