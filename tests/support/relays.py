"""A mail provider that keeps letters, and one run of the relay with it."""

import re
from typing import Any

from chalicelib.repos.mail.port import Letter, NotSent

NUMBER = re.compile(r"APEC\d{14}(?!-)")


class Mailer:
    """Keeps letters; refuses all of them while `broken` is set, and those to the addresses of `refusing`."""

    def __init__(self, *, broken: bool = False, refusing: tuple[str, ...] = ()) -> None:
        self.broken = broken
        self.refusing = refusing
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> None:
        if self.broken or letter.to in self.refusing:
            raise NotSent("broken")
        self.letters.append(letter)

    def notified(self) -> list[tuple[str, str]]:
        """Address and application number, once for every letter that names the application."""
        return [(letter.to, number) for letter in self.letters for number in sorted(set(NUMBER.findall(letter.text)))]


def relay(world: Any, mailer: Any, limit: int = 100) -> dict[str, int]:
    """Run the relay once over the mails that are due; returns the number of mails by outcome."""
    from chalicelib.repos.mail import outbox
    from chalicelib.usecases.notices.mail_relay import Relay

    run = Relay(world.time(), mailer)
    run.deliver(outbox.due(world.time(), limit))
    return dict(run.outcome)
