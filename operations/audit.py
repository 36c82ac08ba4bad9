"""`python -m operations.audit --account ID | --object ID | --address ADDRESS [--log FILE]`: who did what, from where.

Each line that is printed is one entry as JSON, oldest first. Sign-ins are read from lines of the service's log, as
`aws logs tail /aws/lambda/abtc-portal-prod/api_handler --since 190d --format short` writes them; `--log -` reads the
standard input.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from chalicelib.usecases.maintenance import audit_export
from operations import reading
from operations.terminal import Refused, Terminal, origin, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the entries; the exit code is 1 if an address is asked for without a log."""
    parser = argparse.ArgumentParser(prog="python -m operations.audit", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--account", help="an account, by its id")
    what.add_argument("--object", help="an application or a person by its number, another object by its id")
    what.add_argument("--address", help="a network address")
    parser.add_argument("--log", help="a file with lines of the service's log; - for the standard input")
    reading.add_segments(parser)
    wanted = parser.parse_args(arguments)
    return run(
        lambda at: export(at, wanted.account, wanted.object, wanted.address, log=wanted.log, segments=wanted.segments)
    )


def export(
    at: Terminal,
    account: str | None = None,
    number: str | None = None,
    address: str | None = None,
    *,
    log: str | None = None,
    segments: int = 1,
) -> None:
    """Print what an account did, what was done to an object, or the sign-ins from an address.

    Raises:
        Refused: an address is asked for without a log, or the log cannot be read.
    """
    if address is not None and log is None:
        raise Refused("sign-ins are in the log of the service: name a file with --log")
    by = origin()
    if address is not None:
        found = audit_export.of_address(address, _lines(log), by)
    elif account is not None:
        found = audit_export.of_account(account, _lines(log), by, segments)
    else:
        found = audit_export.of_object(number or "", by, segments)
    for entry in found:
        at.say(json.dumps(entry, ensure_ascii=False))


def _lines(log: str | None) -> Iterator[str]:
    if log is None:
        return
    if log == "-":
        yield from sys.stdin
        return
    try:
        with Path(log).open(encoding="utf-8") as file:
            yield from file
    except OSError as error:
        raise Refused(f"{log} cannot be read ({error.strerror})") from error


if __name__ == "__main__":
    sys.exit(main())
