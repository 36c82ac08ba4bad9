"""`python -m operations.check`: check every rule across the items of both tables, and name each breach.

It finds torn restores, entries of history that were changed or deleted, and counters that are wrong. It reads both
tables whole and holds them in memory, some 2 KB for each item. While the portal is in use, an act between two pages of
the reading can look like a breach: only what a second reading finds again is reported.
"""

import argparse
import sys
from collections.abc import Sequence

from chalicelib.repos.maintenance import enterprise_data
from chalicelib.repos.process import clock
from operations import integrity
from operations.terminal import Refused, Terminal, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Check both tables; the exit code is 1 if a rule is broken."""
    argparse.ArgumentParser(prog="python -m operations.check", description=__doc__).parse_args(arguments)
    return run(check)


def check(at: Terminal) -> None:
    """Print every breach and the number of items.

    Raises:
        Refused: there are breaches.
    """
    breaches, items = _read_once()
    if breaches:
        again, items = _read_once()
        breaches = [breach for breach in breaches if breach in again]
    for breach in breaches:
        at.say(breach)
    at.say(f"{items} items checked, {len(breaches)} breaches.")
    if breaches:
        raise Refused("the rules above are broken")


def _read_once() -> tuple[list[str], int]:
    """The breaches that one reading finds, and the number of items."""
    found = {(item["pk"], item["sk"]): item for item in enterprise_data.sweep()}
    return integrity.findings(found, clock.now()), len(found)


if __name__ == "__main__":
    sys.exit(main())
