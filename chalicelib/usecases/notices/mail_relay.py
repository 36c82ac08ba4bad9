"""The relay: takes due mails from the outbox, words them, sends them, and writes down what became of them.

Several events that wait for the same reader become one mail. Who has what is noted after each mail, in one
transaction: a relay that is killed sends at most one mail again.
"""

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.repos.accounts import accounts, suppressions
from chalicelib.repos.mail import outbox, port, rendering
from chalicelib.repos.mail.outbox import Entry, MailState
from chalicelib.repos.mail.port import Letter, Mailer, NotSent, Throttled
from chalicelib.repos.mail.rendering import Piece
from chalicelib.repos.mail.send_quota import SendQuota
from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import EnterpriseId, MailStatus
from chalicelib.rules.notices import recipients


def attempt(mail_id: str, now: datetime, through: Mailer | None = None) -> MailState | None:
    """Try one entry now; None if it is not due or another relay has it, or the provider is busy."""
    relay = Relay(now, through)
    relay.deliver([mail_id])
    return next((state for state in MailState if relay.outcome[state]), None)


def attempt_soon(mail_id: str, now: datetime) -> None:
    """Try one entry within the request that wrote it; if that cannot be done now, the relay does it."""
    attempt(mail_id, now)


@dataclass
class _Case:
    """A leased entry on its way: what is told, whom it still has to reach, and what went wrong."""

    entry: Entry
    told: Piece
    letters: int = 0
    """Letters with it that were not tried yet."""
    suppressed: bool = False
    """Whether somebody would have it, had the address not bounced or complained."""
    refused: str | None = None


@dataclass
class _Parcel:
    """One letter to be: an address, the cases it tells, and the accounts that each case reaches by it."""

    address: str
    cases: list[_Case] = field(default_factory=list)
    readers: list[set[str]] = field(default_factory=list)


class Relay:
    """One run over what is due."""

    def __init__(
        self,
        now: datetime,
        through: Mailer | None = None,
        *,
        quota: SendQuota | None = None,
        is_short: Callable[[], bool] = lambda: False,
    ) -> None:
        self.outcome: Counter[str] = Counter()
        """How many entries came to which state; `taken`, `released` and `unavailable` ones are for another run."""
        self.letters = 0
        self._leases = 0
        self.stopped: str | None = None
        """Why the run ended early: `time`, `throttled` (by the provider) or `unavailable` (the table)."""
        self._now = now
        self._through = through
        self._quota = quota
        self._is_short = is_short
        self._accounts: dict[EnterpriseId, list[Account]] = {}

    def deliver(self, mail_ids: list[str]) -> int:
        """Try these entries; how many were ours to try."""
        before = self._leases
        cases = [case for mail_id in mail_ids if (case := self._leased(mail_id))]
        parcels = self._packed(cases)
        for number, parcel in enumerate(parcels):
            if self._must_stop() or not self._sent(parcel, len(parcels) - number):
                break
            self._settle([case for case in parcel.cases if not case.letters])
        self._settle([case for case in cases if case.letters])
        return self._leases - before

    def _must_stop(self) -> bool:
        if self.stopped is None and self._is_short():
            self.stopped = "time"
        return self.stopped is not None

    # Before sending

    def _leased(self, mail_id: str) -> _Case | None:
        if self._must_stop():
            return None
        try:
            item = outbox.lease(mail_id, self._now)
        except Unavailable:
            # Leased or not, it stays in the queue: a later run finds it.
            self.outcome["unavailable"] += 1
            return None
        if item is None:
            self.outcome["taken"] += 1
            return None
        self._leases += 1
        case = self._opened(item)
        if case is not None and case.entry.is_too_late(self._now):
            self._count(outbox.finish, case.entry, MailState.DEAD, self._now, "the code it brings has ended")
            return None
        return case

    def _opened(self, item: table.Item) -> _Case | None:
        try:
            entry = outbox.from_item(item)
        except Unavailable:
            self.outcome["unavailable"] += 1
            return None
        except Exception as error:  # noqa: BLE001  whatever is wrong with one, the others get theirs
            # It stays leased, and comes back when the lease ends: an alarm watches the count.
            log.failure("mail_unreadable", error, mail=item["pk"])
            self.outcome["failed"] += 1
            return None
        try:
            return _Case(entry, rendering.piece(entry))
        except KeyError:
            # A text that is missing must not stop the queue: it is tried again, ends as DEAD, and can be replayed.
            self._count(outbox.postpone, entry, f"no text for {entry.kind}", self._now)
            return None

    def _packed(self, cases: list[_Case]) -> list[_Parcel]:
        """Letters to be: security mails first and each by itself, notices by reader, oldest first."""
        security: list[_Parcel] = []
        notices: dict[tuple[str, str], list[_Parcel]] = {}
        for case in sorted(cases, key=lambda case: case.entry.created_at):
            try:
                addresses = self._addresses(case)
            except Unavailable:
                self.outcome["unavailable"] += 1
                continue
            except Exception as error:  # noqa: BLE001  an account that cannot be read keeps nobody else waiting
                log.failure("mail_unreadable", error, mail=case.entry.id)
                self.outcome["failed"] += 1
                continue
            for address, readers in addresses.items():
                if case.entry.to is not None:
                    security.append(_Parcel(address))
                    parcel = security[-1]
                else:
                    to_reader = notices.setdefault((str(case.entry.enterprise_id), address.casefold()), [])
                    if not to_reader or len(to_reader[-1].cases) == limits.MAIL_DIGEST:
                        to_reader.append(_Parcel(address))
                    parcel = to_reader[-1]
                parcel.cases.append(case)
                parcel.readers.append(readers)
                case.letters += 1
            if not addresses:
                self._settle([case])
        return security + [parcel for to_reader in notices.values() for parcel in to_reader]

    def _addresses(self, case: _Case) -> dict[str, set[str]]:
        """Addresses that still have to get it, each with the accounts it reaches (several may share one)."""
        entry = case.entry
        if entry.to is not None:
            # Whoever complained about notices still gets codes; where nothing arrives, nothing is sent.
            case.suppressed = suppressions.status_of(entry.to) is MailStatus.BOUNCED
            readers = [(entry.to, outbox.TO_ADDRESS)] if not case.suppressed else []
        else:
            wanted = self._followers(entry)
            case.suppressed = any(account.mail_status is not MailStatus.OK for account in wanted)
            readers = [(each.email, str(each.id)) for each in wanted if each.mail_status is MailStatus.OK]
        found: dict[str, set[str]] = {}
        for address, reader in readers:
            if reader not in entry.reached and port.is_allowed(address):
                same = next((other for other in found if other.casefold() == address.casefold()), address)
                found.setdefault(same, set()).add(reader)
        return found

    def _followers(self, entry: Entry) -> list[Account]:
        owner, creator = entry.enterprise_id, entry.creator_id
        if owner is None or creator is None:
            raise ValueError("a mail without address belongs to an enterprise")
        if owner not in self._accounts:
            self._accounts[owner] = accounts.accounts_of(owner)
        told = recipients.mail_recipients(creator, self._accounts[owner])
        return [account for account in told if not entry.own or account.id == creator]

    # Sending, and after it

    def _sent(self, parcel: _Parcel, ahead: int) -> bool:
        """Try one letter, of so many still ahead, and note who has it; False if the run must end here.

        An address that is refused keeps nobody else from getting theirs; it alone is tried again.
        """
        try:
            if self._quota is not None:
                self._quota.wait(ahead)
            (self._through or port.configured_mailer()).send(_letter(parcel))
        except (Throttled, Unavailable) as error:
            _tell("letter_waits", parcel, reason=type(error).__name__)
            self.stopped = "throttled" if isinstance(error, Throttled) else "unavailable"
            return False
        except NotSent as error:
            _tell("letter_refused", parcel, reason=str(error))
            for case in parcel.cases:
                case.refused = str(error)
                case.letters -= 1
            return True
        self.letters += 1
        _tell("letter_sent", parcel)
        for case, readers in zip(parcel.cases, parcel.readers, strict=True):
            case.entry = replace(case.entry, reached=case.entry.reached | readers)
            case.letters -= 1
        if len(parcel.cases) > 1 or parcel.cases[0].letters:
            # What cannot be noted now is noted with the entry's end.
            with contextlib.suppress(Unavailable):
                outbox.save_reached([case.entry for case in parcel.cases])
        return True

    def _settle(self, cases: list[_Case]) -> None:
        for case in cases:
            if case.letters:
                self._count(outbox.release, case.entry)
            elif case.refused is not None:
                self._count(outbox.postpone, case.entry, case.refused, self._now)
            else:
                self._count(outbox.finish, case.entry, _end_of(case), self._now)

    def _count(self, move: Callable[..., MailState | None], entry: Entry, *how: object) -> None:
        try:
            self.outcome[move(entry, *how) or "released"] += 1
        except Unavailable:
            self.outcome["unavailable"] += 1


def _tell(what: str, parcel: _Parcel, reason: str | None = None) -> None:
    """What became of a letter, in the log: by the requests whose acts it tells of, never by its address."""
    entries = [case.entry for case in parcel.cases]
    requests = [entry.request_id for entry in entries if entry.request_id]
    log.event(what, mails=[entry.id for entry in entries], request_ids=requests, reason=reason)


def _end_of(case: _Case) -> MailState:
    if case.entry.reached:
        return MailState.SENT
    return MailState.SUPPRESSED if case.suppressed else MailState.OPTED_OUT


def _letter(parcel: _Parcel) -> Letter:
    told = [case.told for case in parcel.cases]
    if parcel.cases[0].entry.to is not None:
        return rendering.security(parcel.address, told[0])
    return rendering.notice(parcel.address, told)
