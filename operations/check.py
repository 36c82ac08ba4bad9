"""`python -m operations.check`: check every rule across the items of both tables, and name each breach.

It finds torn restores, counters that are wrong, and entries of the journal that were changed, added or deleted after
their day, by the signed daily roots. It reads both tables whole and holds them in memory, some 2 KB for each item.
While the portal is in use, an act between two pages of the reading can look like a breach: only what a second reading
finds again is reported.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from chalicelib.repos.process import clock
from chalicelib.usecases.maintenance import journal_roots
from operations import integrity, reading
from operations.reading import Reading
from operations.terminal import Refused, Terminal, pace, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Check both tables; the exit code is 1 if a rule is broken."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object for each breach, and one with the numbers")
    parser.add_argument("--pace", type=pace, default=None, help="most items read in a second")
    reading.add_segments(parser)
    given = parser.parse_args(arguments)
    return run(lambda at: check(at, given.pace, segments=given.segments, as_json=given.json))


def check(at: Terminal, pace: float | None = None, *, segments: int = 1, as_json: bool = False) -> None:
    """Print every breach and the number of items.

    Args:
        at: Where to print and how to wait.
        pace: The most items read in a second; None for no limit.
        segments: How many parts of the tables are read at once.
        as_json: Whether to print JSON instead of sentences.

    Raises:
        Refused: there are breaches.
    """
    how = Reading(segments, pace, quiet=as_json)
    breaches, items = _read_once(at, how)
    if breaches:
        again, items = _read_once(at, how)
        breaches = [breach for breach in breaches if breach in again]
    for breach in breaches:
        at.say(json.dumps({"breach": breach}, ensure_ascii=False) if as_json else breach)
    numbers = {"items": items, "breaches": len(breaches)}
    at.say(json.dumps(numbers) if as_json else f"{items} items checked, {len(breaches)} breaches.")
    if breaches:
        raise Refused("the rules above are broken")


def _read_once(at: Terminal, how: Reading) -> tuple[list[str], int]:
    """The breaches that one reading finds, and the number of items."""
    found = {(item["pk"], item["sk"]): item for item in reading.items(at, how)}
    days, signed = journal_roots.read_all()
    # Rules are about items of several partitions: all segments are compared together, always in the same order.
    return integrity.findings(dict(sorted(found.items())), clock.now(), days, signed), len(found)


if __name__ == "__main__":
    sys.exit(main())
