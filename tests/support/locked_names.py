"""User names that strangers have locked, in the table of a running sandbox: all its callers have one network address.

`python -m tests.support.locked_names FAILURES LOGIN` counts failures of an agent, with the environment of the sandbox.
"""

import sys

from testing.running import Sandbox
from tests.support.beside import run_beside

STRANGER = "198.51.100.7"


def fail(sandbox: Sandbox, login: str, failures: int) -> None:
    """Let strangers fail this often to sign in as an agent."""
    run_beside(sandbox, "tests.support.locked_names", str(failures), login)


def main(failures: int, login: str) -> None:
    """Write the counter of the name as the sign-ins would."""
    from chalicelib.repos.accounts import login_throttle
    from chalicelib.repos.process import clock
    from chalicelib.repos.table import table
    from chalicelib.rules.base import limits
    from chalicelib.rules.base.vocabulary import Role

    now = clock.now()
    # In the next window too: it may begin before the test has read them.
    for moment in (now, now + limits.LOGIN_WINDOW):
        _, name, _ = login_throttle.login_attempts(Role.AGENT, login, STRANGER, moment).keys
        table.commit(table.change(name, assign={"failures": failures}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
