"""`python -m operations.replay_mail --id ID | --all`: send mail again that was given up."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalicelib.repos.mail import dead_letters as repo
from chalicelib.repos.process import clock
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.base.errors import NotFound, OperationInvalid
from chalicelib.usecases.notices import dead_letters
from operations.terminal import Refused, Terminal, origin, run

PAGE = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay one mail or all; the exit code is 1 if the mail of `--id` is not dead."""
    parser = argparse.ArgumentParser(prog="python -m operations.replay_mail", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--id", help="one mail, by its id in GET /office/mail/dead")
    what.add_argument("--all", action="store_true", help="all mails that were given up")
    wanted = parser.parse_args(arguments)
    return run(lambda at: replay(at, None if wanted.all else wanted.id))


def replay(at: Terminal, mail_id: str | None) -> None:
    """Put one dead mail back into the outbox, or all if `mail_id` is None; print how many."""
    by = origin()
    outcome = Counter(_outcome(dead, by) for dead in ([mail_id] if mail_id is not None else _all()))
    at.say(json.dumps(outcome))
    if mail_id is not None and not outcome["replayed"]:
        raise Refused("it is not among the mails that were given up")


def _outcome(mail_id: str, by: Origin) -> str:
    try:
        dead_letters.replay(mail_id, replace(by, at=clock.now()))
    except (NotFound, OperationInvalid):
        return "not_dead"
    return "replayed"


def _all() -> Iterator[str]:
    """Ids of all dead mails, page by page; replaying the mails of a page does not move the start of the next one."""
    page = repo.page(PAGE, None)
    while True:
        yield from (mail.id for mail in page.items)
        if page.next_place is None:
            return
        page = repo.page(PAGE, page.next_place)


if __name__ == "__main__":
    sys.exit(main())
