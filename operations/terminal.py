"""What the commands share: the operator who runs them, printing, waiting, and exit codes."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos.process import aws, clock, ids
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import Misconfigured, Refusal, Unavailable


class Refused(Exception):
    """Raised when a command refuses; its text says why."""


@dataclass(frozen=True)
class Terminal:
    """Where a command prints and how it waits; tests provide their own."""

    say: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep

    def wait_until(self, moment: datetime, why: str) -> None:
        """Wait until a moment and print why; return at once if it is past."""
        rest = (moment - clock.now()).total_seconds()
        if rest > 0:
            self.say(f"Waiting until {rfc3339(moment)}: {why}.")
            self.say("It is safe to interrupt: run the same command again to resume.")
            self.sleep(rest)


def here() -> Terminal:
    """The terminal from which the command was started."""
    return Terminal(say=_say)


def origin() -> Origin:
    """The operator who runs the command, by the identity at AWS, for the audit."""
    with aws.translated_faults():
        arn = str(aws.client("sts").get_caller_identity()["Arn"])
    return Origin(arn, arn.rpartition(":")[2], clock.now(), ids.new())


def run(command: Callable[[Terminal], None]) -> int:
    """Run a command.

    Returns:
        The exit code: 1, with one line on the standard error, if the command refuses or cannot run.

    """
    try:
        command(here())
    except Refused as refusal:
        _complain(str(refusal))
    except Misconfigured as missing:
        _complain(f"these variables are missing in the environment: {missing}")
    except Unavailable:
        _complain("AWS did not answer, or a new digest key is being introduced; try again later")
    except Refusal as refusal:
        fields = ", ".join(f"{error.field} {error.code}" for error in refusal.errors)
        _complain(f"{refusal.code} {fields}".rstrip())
    else:
        return 0
    return 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(why: str) -> None:
    sys.stderr.write(f"Refused: {why}.\n")
