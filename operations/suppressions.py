"""`python -m operations.suppressions --show ADDRESS | --clear ADDRESS [--dry-run]`: addresses that get no more mail.

An address is suppressed when mail to it was returned for good (bounced) or its reader complained. Clear it only if the
cause is gone, for example if the mailbox exists again: mail to addresses that bounce endangers the sender's reputation.
Addresses are stored as digests only, so there is no list of them.
"""

import argparse
import sys
from collections.abc import Sequence

from chalicelib.repos.accounts import suppressions
from chalicelib.rules.base import masks
from chalicelib.rules.base.vocabulary import MailStatus
from chalicelib.usecases.notices import mail_feedback
from operations.terminal import Refused, Terminal, origin, run


def show(at: Terminal, address: str) -> None:
    """Print the status of an address."""
    at.say(f"{masks.email_hint(_checked(address))}: {suppressions.status_of(address)}")


def clear(at: Terminal, address: str, *, dry: bool = False) -> None:
    """Let an address get mail again; the audit of the officers records it."""
    hint = masks.email_hint(_checked(address))
    if dry:
        status = suppressions.status_of(address)
        at.say(f"{hint}: {status}; would {'not ' if status == MailStatus.OK else ''}be cleared")
    elif mail_feedback.clear(address, origin()):
        at.say(f"{hint} gets mail again.")
    else:
        at.say(f"{hint} was not suppressed.")


def _checked(address: str) -> str:
    if "@" not in address:
        raise Refused("ADDRESS must be a mail address, such as zhang@fao.example")
    return address


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.suppressions",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--show", metavar="ADDRESS")
    what.add_argument("--clear", metavar="ADDRESS")
    parser.add_argument("--dry-run", action="store_true", help="with --clear: change nothing")
    given = parser.parse_args(arguments)
    if given.show:
        if given.dry_run:
            parser.error("--dry-run: --show changes nothing")
        return run(lambda at: show(at, given.show))
    return run(lambda at: clear(at, given.clear, dry=given.dry_run))


if __name__ == "__main__":
    sys.exit(main())
