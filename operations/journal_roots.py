"""`python -m operations.journal_roots --list | --day DAY --prove ENTRY [--out FILE]`: daily roots of the journal.

--list          every day with its number of entries and its root
--prove ENTRY   write what proves that an entry is under the root of its day: ENTRY is the digest that a receipt names
--day DAY       the day in China on which the entry was written, such as 2026-11-21

`python -m operations.verify FILE` verifies the proof offline.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from botocore.exceptions import ClientError

from chalicelib.repos.files import roots
from chalicelib.repos.process import aws
from chalicelib.rules.base import journal_days
from chalicelib.usecases.maintenance.journal_roots import read_all
from operations.terminal import Refused, Terminal, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.journal_roots",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    act = parser.add_mutually_exclusive_group(required=True)
    act.add_argument("--list", action="store_true")
    act.add_argument("--prove", metavar="ENTRY")
    parser.add_argument("--day", type=date.fromisoformat)
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="with --prove: where to write; the terminal if missing"
    )
    parser.add_argument("--json", action="store_true", help="with --list: one JSON object for each day")
    given = parser.parse_args(arguments)
    if (given.prove is None) is not (given.day is None):
        parser.error("--prove and --day belong together")
    if given.list and given.out:
        parser.error("--out: only with --prove")
    if given.prove and given.json:
        parser.error("--json: only with --list")
    if given.list:
        return run(lambda at: list_roots(at, as_json=given.json))
    return run(lambda at: prove(at, given.day, given.prove, given.out))


def list_roots(at: Terminal, *, as_json: bool = False) -> None:
    """Print each day with its number of entries and its root."""
    days, signed = read_all()
    for found in days:
        root = signed.get(found.day)
        facts = {"day": found.day.isoformat(), "entries": len(found.leaves), "root": root}
        at.say(json.dumps(facts) if as_json else f"{found.day}  {len(found.leaves):>8}  {root or 'no valid signature'}")


def prove(at: Terminal, day: date, entry: str, out: Path | None = None) -> None:
    """Write the proof that an entry is under the root of a day.

    Raises:
        Refused: the day has no root, or no such entry.
    """
    try:
        found = roots.read(day)
    except ClientError as error:
        if aws.error_code(error) != "NoSuchKey":
            raise
        raise Refused(f"{day} has no root; --list prints the days that have one") from None
    proof = journal_days.proof(found, entry)
    if proof is None:
        raise Refused(f"no entry of {day} has this digest")
    if out is None:
        at.say(json.dumps(proof))
    else:
        out.write_text(json.dumps(proof, indent=1) + "\n", encoding="utf-8")
        at.say(f"Written to {out}.")


if __name__ == "__main__":
    sys.exit(main())
