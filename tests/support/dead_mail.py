"""Mail that was given up, in the table of a running sandbox: its own clock would need two days for that.

`python -m tests.support.dead_mail ADDRESS...` gives up one mail to each address, with the environment of the sandbox.
"""

import sys
from collections.abc import Sequence

from testing.running import Sandbox
from tests.support.beside import run_beside

REASON = "MailboxFull: the mailbox is full"


def give_up(sandbox: Sandbox, *addresses: str) -> None:
    """Give up one mail to each address, as the relay does after its last try."""
    run_beside(sandbox, "tests.support.dead_mail", *addresses)


def main(addresses: Sequence[str]) -> None:
    """Write a mail to each address, lease it as the relay does and finish it as given up."""
    from chalicelib.repos.mail import outbox
    from chalicelib.repos.process import clock
    from chalicelib.repos.table import table
    from chalicelib.rules.notices.mail_states import MailState

    for address in addresses:
        now = clock.now()
        mail_id, written = outbox.address_notified(
            "password_changed_notice", address, {"time": "2026-11-21 12:30:00"}, now
        )
        table.commit(written)
        leased = outbox.lease(mail_id, now)
        assert leased is not None, "the relay of the sandbox was quicker"
        outbox.finish(outbox.from_item(leased), MailState.DEAD, now, REASON)


if __name__ == "__main__":
    main(sys.argv[1:])
