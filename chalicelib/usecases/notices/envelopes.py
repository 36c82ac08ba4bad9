"""Which letters leased mails become: one for each security mail, and notices combined by reader (H19, M02)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.repos.mail import rendering
from chalicelib.repos.mail.outbox import Entry
from chalicelib.repos.mail.port import Letter
from chalicelib.repos.mail.rendering import Piece
from chalicelib.rules.base.limits import MAIL_DIGEST
from chalicelib.rules.notices import mail_states
from chalicelib.rules.notices.mail_states import MailState

type Addresses = Mapping[str, set[str]]
"""Addresses that a mail still has to reach, each with the accounts behind it (several may share one)."""


@dataclass
class LeasedMail:
    """A mail that this relay has leased, and what became of its letters."""

    entry: Entry
    piece: Piece
    untried: int = 0
    """How many letters with it were not tried yet."""
    suppressed: bool = False
    """Whether somebody does not get it because the address bounced or complained."""
    refusal: str | None = None
    """The reason of the provider, if it refused a letter."""

    @property
    def is_security(self) -> bool:
        """Whether it goes to one address, whatever the account has switched off."""
        return self.entry.to is not None

    @property
    def end_state(self) -> MailState:
        """Its final state, once all its letters were tried and none was refused."""
        return mail_states.end_state(is_reached=bool(self.entry.reached), is_suppressed=self.suppressed)


@dataclass
class Envelope:
    """One letter to be sent: its address, its mails, and the accounts that each mail reaches by it."""

    address: str
    mails: list[LeasedMail] = field(default_factory=list)
    readers: list[set[str]] = field(default_factory=list)

    def add(self, mail: LeasedMail, readers: set[str]) -> None:
        """Put a mail for these accounts into the letter."""
        self.mails.append(mail)
        self.readers.append(readers)
        mail.untried += 1

    def letter(self) -> Letter:
        """The rendered letter."""
        single = [mail.piece for mail in self.mails]
        if self.mails[0].is_security:
            return rendering.security(self.address, single[0])
        return rendering.notice(self.address, rendering.pieces([mail.entry for mail in self.mails], single))


def pack(addressed: Iterable[tuple[LeasedMail, Addresses]]) -> list[Envelope]:
    """Put mails into as few letters as possible: security mails first and each by itself, then notices by reader.

    Args:
        addressed: Mails, oldest first, with the addresses that they still have to reach.
    """
    security: list[Envelope] = []
    notices: dict[tuple[str, str], list[Envelope]] = {}
    for mail, addresses in addressed:
        for address, readers in addresses.items():
            if mail.is_security:
                envelopes = security
            else:
                envelopes = notices.setdefault((str(mail.entry.enterprise_id), address.casefold()), [])
            if mail.is_security or not envelopes or len(envelopes[-1].mails) == MAIL_DIGEST:
                envelopes.append(Envelope(address))
            envelopes[-1].add(mail, readers)
    return security + [envelope for envelopes in notices.values() for envelope in envelopes]
