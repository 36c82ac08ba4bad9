"""`python -m operations.sign_in_locks`: sees and clears what failed sign-ins of strangers refuse to a user name.

--identity agent|officer --show USERNAME     the failures of this quarter of an hour
--identity agent|officer --clear USERNAME    forget them, so that a new device can sign in
"""

import argparse
import sys
from collections.abc import Sequence

from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_time
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import Role
from chalicelib.usecases.accounts import sign_in_locks
from operations.terminal import Refused, Terminal, origin, run

UNKNOWN = "there is no account of that user name"


def show(terminal: Terminal, role: Role, login: str) -> None:
    """Write the failed sign-ins of a user name."""
    try:
        lock = sign_in_locks.seen(sign_in_locks.named(role, login), origin())
    except NotFound:
        raise Refused(UNKNOWN) from None
    state = "new devices are refused" if lock.is_locked else "nobody is refused"
    terminal.say(f"{lock.failures} of {limits.LOGIN_FAILURES_NAME} failures until {china_time(lock.ends_at)}: {state}.")


def clear(terminal: Terminal, role: Role, login: str) -> None:
    """Forget the failed sign-ins of a user name."""
    try:
        sign_in_locks.clear(sign_in_locks.named(role, login), origin())
    except NotFound:
        raise Refused(UNKNOWN) from None
    terminal.say("The failures are forgotten.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.sign_in_locks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--identity", choices=[Role.AGENT.value, Role.OFFICER.value], required=True)
    act = parser.add_mutually_exclusive_group(required=True)
    for name in ("show", "clear"):
        act.add_argument(f"--{name}", metavar="USERNAME")
    given = parser.parse_args(arguments)
    role = Role(given.identity)
    if given.show:
        return run(lambda terminal: show(terminal, role, given.show))
    return run(lambda terminal: clear(terminal, role, given.clear))


if __name__ == "__main__":
    sys.exit(main())
