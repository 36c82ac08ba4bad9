"""The port for sending one mail. Its adapters are in `ses.py` and `smtp.py`."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Letter:
    """One mail to one address."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    unsubscribe: str | None = None
    """Where the reader switches such mail off (`List-Unsubscribe`, RFC 2369); None where that is not possible."""


class NotSent(Exception):
    """Raised when a letter was not sent; the reason is the code of the provider and contains no address."""


class Throttled(NotSent):
    """Raised when the provider accepts no more letters at the moment; the letter itself is valid."""


class Mailer(Protocol):
    """Sends letters."""

    def send(self, letter: Letter) -> None:
        """Hand a letter over for delivery.

        Raises:
            NotSent: The provider refused the letter or did not answer.

        """
