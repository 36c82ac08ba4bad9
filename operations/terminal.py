"""What the commands share: the operator who runs them, printing, waiting, and exit codes."""

import argparse
import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, TokenRetrievalError

from chalicelib.config import settings
from chalicelib.repos.process import aws, clock, ids
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import Misconfigured, Refusal, Unavailable

IN_FLIGHT = timedelta(minutes=2)
"""Requests and relays that began before a moment have ended so long after it."""


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


def pace(text: str) -> float:
    """The value of `--pace`: a number above zero."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not number > 0:
        raise argparse.ArgumentTypeError("must be a number above 0")
    return number


def here() -> Terminal:
    """The terminal from which the command was started."""
    return Terminal(say=_say)


def origin() -> Origin:
    """The operator who runs the command, by the identity at AWS, for the audit."""
    with aws.translated_faults():
        arn = str(aws.client("sts").get_caller_identity()["Arn"])
    return Origin(arn, arn.rpartition(":")[2], clock.now(), ids.new())


INTERRUPTED = 130
"""The exit code of a shell for a command that Ctrl-C has ended."""

TERMINATED = 143
"""The exit code of a shell for a command that SIGTERM has ended."""


class Terminated(KeyboardInterrupt):
    """Raised in the main thread by SIGTERM, so that a command ends as by Ctrl-C."""


EXPIRED = (
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
)
MISSING = ("ResourceNotFoundException", "NoSuchBucket", "NotFoundException")
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


def run(command: Callable[[Terminal], None]) -> int:
    """Run a command.

    Returns:
        The exit code: 1, with one line on the standard error, if the command refuses or cannot run; 130 if Ctrl-C or
        the end of the input has ended it; 143 if SIGTERM has.
    """
    try:
        with _ending_in_words():
            command(here())
    except (KeyboardInterrupt, EOFError) as ended:
        sys.stderr.write("Interrupted.\n")
        return TERMINATED if isinstance(ended, Terminated) else INTERRUPTED
    except Refused as refusal:
        _complain(str(refusal))
    except Misconfigured as missing:
        _complain(f"these variables are missing in the environment: {missing}")
    except ClientError as error:
        _complain(_of_aws(error))
    except Unavailable as error:
        _complain(_unavailable(error))
    except BotoCoreError as error:
        _complain(_unavailable(error))
    except Refusal as refusal:
        fields = ", ".join(f"{error.field} {error.code}" for error in refusal.errors)
        _complain(f"{refusal.code} {fields}".rstrip())
    else:
        return 0
    return 1


@contextlib.contextmanager
def _ending_in_words() -> Iterator[None]:
    """Within the block SIGTERM raises `Terminated`, in the main thread only: no other one gets signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(*_: object) -> None:
    raise Terminated


def _of_aws(error: ClientError) -> str:
    """What an error of AWS means for an operator, with what to do."""
    code, operation = aws.error_code(error), error.operation_name
    if code in MISSING:
        named = f"ABTC_TABLE ({settings().table}) or ABTC_JOURNAL ({settings().journal})"
        return f"{operation} found nothing: {named} is wrong"
    if code in DENIED:
        return f"the role may not call {operation}: use the operator's role of the stack (docs/operations.md)"
    if code in EXPIRED:
        return "the credentials have expired or are unknown: sign in to AWS again, then repeat the command"
    return f"{operation} was answered with {code}"


def _unavailable(error: BaseException) -> str:
    causes = [error, error.__cause__]
    if any(isinstance(cause, NoCredentialsError | TokenRetrievalError) for cause in causes):
        return "there are no credentials of AWS in the environment: set AWS_PROFILE, or sign in again"
    if any(isinstance(cause, NoRegionError) for cause in causes):
        return "there is no region of AWS in the environment: set AWS_DEFAULT_REGION"
    return "AWS did not answer, or a new digest key is being introduced; try again later"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(why: str) -> None:
    sys.stderr.write(f"Refused: {why}.\n")
