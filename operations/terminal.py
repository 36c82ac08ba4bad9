"""What the commands share: who runs them, saying things, waiting."""

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
    """The command does not do this; its text says why."""


@dataclass(frozen=True)
class Terminal:
    """The world of a command outside the portal; tests bring their own."""

    say: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep

    def wait_until(self, moment: datetime, why: str) -> None:
        """Wait, and say until when; not at all if it is past."""
        rest = (moment - clock.now()).total_seconds()
        if rest > 0:
            self.say(f"Waiting until {rfc3339(moment)}: {why}. To interrupt is safe: the same command goes on.")
            self.sleep(rest)


def here() -> Terminal:
    """The terminal that the command was started from."""
    return Terminal(say=_say)


def origin() -> Origin:
    """Who runs the command, as AWS knows it: for the audit."""
    with aws.translated_faults():
        arn = str(aws.client("sts").get_caller_identity()["Arn"])
    return Origin(arn, arn.rpartition(":")[2], clock.now(), ids.new())


def run(command: Callable[[Terminal], None]) -> int:
    """Run a command; its exit code is 1, with one line that says why, if it refuses or cannot."""
    try:
        command(here())
    except Refused as refusal:
        _complain(str(refusal))
    except Misconfigured as missing:
        _complain(f"these variables are missing in the environment: {missing}")
    except Unavailable:
        _complain("AWS did not answer, or the digests are being written anew; try again")
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
