"""A mailer that keeps letters, and a relay that uses it."""

import re
from typing import Any

from chalicelib.repos.mail.port import Letter, NotSent

NUMBER = re.compile(r"APEC\d{14}(?!-)")


class Mailer:
    """Keeps letters; refuses them as long as it is broken, or addresses that it does not like."""

    def __init__(self, *, broken: bool = False, refusing: tuple[str, ...] = ()) -> None:
        self.broken = broken
        self.refusing = refusing
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> None:
        if self.broken or letter.to in self.refusing:
            raise NotSent("broken")
        self.letters.append(letter)

    def told(self) -> list[tuple[str, str]]:
        """Who was told of which application, as often as it was."""
        return [(each.to, number) for each in self.letters for number in sorted(set(NUMBER.findall(each.text)))]


def relay(world: Any, mailer: Any, limit: int = 100) -> dict[str, int]:
    """One run over what is due now."""
    from chalicelib.repos.mail import outbox
    from chalicelib.usecases.notices.mail_relay import Relay

    run = Relay(world.time(), mailer)
    run.deliver(outbox.due(world.time(), limit))
    return dict(run.outcome)
