"""`python -m operations.replay_mail --list | --id ID | --all`: list mail that was given up, or send it again.

--list      list it, those given up last first: id, kind, times, tries and the provider's reason, without addresses
--json      with --list: one JSON object for each mail
--dry-run   with --id or --all: print what would be sent again, and change nothing
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from chalicelib.repos.mail import dead_letters as repo
from chalicelib.repos.mail.dead_letters import DeadLetter
from chalicelib.repos.process import clock
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.base.errors import NotFound, OperationInvalid
from chalicelib.usecases.notices import dead_letters
from operations.terminal import Refused, Terminal, origin, run

PAGE = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay one mail or all; the exit code is 1 if the mail of `--id` is not dead."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.replay_mail",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--id", help="one mail, by its id in GET /office/mail/dead")
    what.add_argument("--all", action="store_true", help="all mails that were given up")
    what.add_argument("--list", action="store_true", help="list them, and change nothing")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    wanted = parser.parse_args(arguments)
    if wanted.json and not wanted.list:
        parser.error("--json: only with --list")
    if wanted.dry_run and wanted.list:
        parser.error("--dry-run: --list changes nothing")
    if wanted.list:
        return run(lambda at: list_dead(at, as_json=wanted.json))
    return run(lambda at: replay(at, None if wanted.all else wanted.id, dry=wanted.dry_run))


def list_dead(at: Terminal, *, as_json: bool = False) -> None:
    """Print every dead mail, without its address and its contents."""
    for mail in _all():
        facts = {
            "id": mail.id,
            "kind": mail.kind,
            "created_at": mail.created_at,
            "died_at": mail.died_at,
            "tries": mail.tries,
            "reason": mail.reason,
        }
        at.say(json.dumps(facts, ensure_ascii=False) if as_json else "  ".join(map(str, facts.values())))


def replay(at: Terminal, mail_id: str | None, *, dry: bool = False) -> None:
    """Put one dead mail back into the outbox, or all if `mail_id` is None; print how many."""
    wanted = [mail_id] if mail_id is not None else (mail.id for mail in _all())
    if dry:
        known = {mail.id for mail in _all()}
        at.say(json.dumps({"would_be_replayed": len(known & set(wanted))}))
        return
    by = origin()
    outcome = Counter(_outcome(dead, by) for dead in wanted)
    at.say(json.dumps(outcome))
    if mail_id is not None and not outcome["replayed"]:
        raise Refused("it is not among the mails that were given up")


def _outcome(mail_id: str, by: Origin) -> str:
    try:
        dead_letters.replay(mail_id, by._replace(at=clock.now()))
    except (NotFound, OperationInvalid):
        return "not_dead"
    return "replayed"


def _all() -> Iterator[DeadLetter]:
    """All dead mails, page by page; replaying the mails of a page does not move the start of the next one."""
    page = repo.page(PAGE, None)
    while True:
        yield from page.items
        if page.next_place is None:
            return
        page = repo.page(PAGE, page.next_place)


if __name__ == "__main__":
    sys.exit(main())
