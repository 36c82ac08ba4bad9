"""`python -m operations.destroy_person --number NUMBER --confirm NUMBER [--force REASON]`: destroy a person's data.

NUMBER is that of the person in any application, such as APEC20261121000001-01. With --identity instead, the command
asks for the identity number, twice: for a person who is in drafts or imported workbooks only.

It destroys what `operations.person` exports, from whichever enterprise entered it, and the copies of it: contents,
digests by which the person is found, cards, files in every version, drafts, values in messages, mails and stored
replies, reasons in the history. What remains says that applications existed and what was decided about them; lists show
已删除个人信息 (docs/decisions/0088). Other persons of the same groups stay as they are. Export the data first if
anybody may need them: only a backup can restore them.

It reads both tables four times or more, and takes two minutes at least. If it is interrupted, run the same command
again to resume. It refuses while the person is under way, unless --force gives a reason: then it ends what is under way
first.
"""

import argparse
import getpass
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.repos.maintenance import person_data
from chalicelib.repos.maintenance.person_data import DestructionJob, JobChanged, PersonScope
from chalicelib.repos.process import clock
from chalicelib.rules.base import numbers
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.values import codes
from chalicelib.usecases.maintenance import person_destruction, person_export
from operations import reading
from operations.reading import Reading
from operations.terminal import IN_FLIGHT, Refused, Terminal, origin, pace, run

ID_LENGTH = 18
"""Characters of an identity number (docs/domain.md 4.1)."""


@dataclass(frozen=True)
class Wanted:
    """Whose data are to be destroyed: by a number of an application, or by the identity number."""

    number: str | None = None
    id_number: str = ""


def destroy(
    at: Terminal,
    wanted: Wanted,
    *,
    force: str = "",
    pace: float | None = None,
    segments: int = 1,
    as_json: bool = False,
) -> None:
    """Destroy all data of a person, or resume a destruction that was interrupted.

    Raises:
        Refused: there is no such person, or it is under way and `force` gives no reason.
    """
    how = Reading(segments, pace, quiet=as_json)
    job = person_destruction.job_of(wanted.number, wanted.id_number)
    if job is None:
        scope = _scope(at, wanted, how)
        _refuse_under_way(scope, force)
        job = person_destruction.begin(scope, force, origin())
        _say(at, "Begun: it is safe to interrupt; run the same command again to resume.", quiet=as_json)
    if ended := person_destruction.end_open(job, origin()):
        _say(at, f"  {ended} withdrawn or cancelled that were under way", quiet=as_json)
    counts, unreadable = _swept(at, job, how)
    try:
        counts["files"] = person_destruction.delete_files(job)
        person_destruction.finish(job, counts, origin())
    except JobChanged:
        raise Refused("another run of this command has completed the destruction") from None
    _report(at, counts, sorted(job.scope.numbers), "Destroyed", as_json=as_json)
    if unreadable:
        raise Refused(f"{unreadable} items cannot be read by anybody, and were left: see `item_unreadable` in the log")


def count(
    at: Terminal,
    wanted: Wanted,
    *,
    force: str = "",
    pace: float | None = None,
    segments: int = 1,
    as_json: bool = False,
) -> None:
    """Print what a destruction would destroy, or why it would refuse."""
    how = Reading(segments, pace, quiet=as_json)
    scope = _scope(at, wanted, how)
    _refuse_under_way(scope, force)
    found = person_destruction.sweep(scope, reading.items(at, how), clock.now(), None)
    counts = found.counts
    counts["files"] = len(found.files)
    _report(at, counts, sorted(scope.numbers), "Would destroy", as_json=as_json)


def _scope(at: Terminal, wanted: Wanted, how: Reading) -> PersonScope:
    try:
        id_number = person_export.id_number_of(wanted.number) if wanted.number else wanted.id_number
    except NotFound:
        raise Refused("there is no such person, or its data were destroyed") from None
    scope = person_export.scope_of(id_number, reading.items(at, how))
    known: set[str] | None = None
    while known != scope.numbers:
        known = {*scope.numbers}
        person_destruction.widen(scope, reading.items(at, how))
    if not scope.numbers and not scope.is_known:
        raise Refused("there is no such person, or its data were destroyed")
    return scope


def _refuse_under_way(scope: PersonScope, force: str) -> None:
    under_way = person_destruction.under_way(scope, clock.now())
    if under_way and not force:
        named = ", ".join(under_way[:3])
        raise Refused(
            f"{len(under_way)} are under way, such as {named}; --force REASON to end them and destroy the data"
        )


def _swept(at: Terminal, job: DestructionJob, how: Reading) -> tuple[Counter[str], int]:
    """Sweep until a sweep finds nothing, the last time when no request is running that began before."""
    counts: Counter[str] = Counter()
    while True:
        is_last = clock.now() >= job.began_at + IN_FLIGHT
        found = person_destruction.sweep(job.scope, reading.items(at, how), origin(), job)
        counts.update(found.counts)
        job = person_data.reread(job)
        if is_last and not found.counts:
            return counts, found.unreadable
        if not found.counts:
            waiting = Terminal(lambda _: None, at.sleep) if how.quiet else at
            waiting.wait_until(job.began_at + IN_FLIGHT, "until then a request may still be running")


def _report(at: Terminal, counts: Counter[str], persons: Sequence[str], what: str, *, as_json: bool) -> None:
    if as_json:
        at.say(json.dumps({"numbers": persons, **dict(sorted(counts.items()))}))
        return
    at.say(f"{what}: {', '.join(f'{number} {kind}' for kind, number in sorted(counts.items())) or 'nothing'}.")
    at.say(f"Persons: {', '.join(persons) or 'none in an application'}.")


def _say(at: Terminal, line: str, *, quiet: bool) -> None:
    if not quiet:
        at.say(line)


def main(arguments: Sequence[str] | None = None, ask: Callable[[str], str] = getpass.getpass) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.destroy_person",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    person = parser.add_mutually_exclusive_group(required=True)
    person.add_argument("--number", help="the person's number in any of its applications")
    person.add_argument("--identity", action="store_true", help="ask for the person's identity number, without echo")
    parser.add_argument("--confirm", metavar="NUMBER", help="the number of --number again, as a confirmation")
    parser.add_argument(
        "--force",
        default="",
        metavar="REASON",
        help="the reason to end what is under way and destroy the data; it is audited, no names in it",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check and count what would be destroyed; change nothing"
    )
    parser.add_argument("--json", action="store_true", help="the numbers as one JSON object")
    parser.add_argument("--pace", type=pace, default=None, help="most items read in a second")
    reading.add_segments(parser)
    given = parser.parse_args(arguments)
    if given.number and not numbers.is_person_number(given.number):
        parser.error(f"--number: {given.number} is not the number of a person, such as APEC20261121000001-01")
    if given.confirm and (given.identity or given.dry_run):
        parser.error("--confirm: only with --number, and not with --dry-run")
    if given.number and not given.dry_run and given.confirm != given.number:
        parser.error("--confirm: must be the number of --number again")
    command = count if given.dry_run else destroy
    options = {"force": given.force, "pace": given.pace, "segments": given.segments, "as_json": given.json}

    def chosen(at: Terminal) -> None:
        command(at, Wanted(given.number, _asked(ask, twice=not given.dry_run) if given.identity else ""), **options)

    return run(chosen)


def _asked(ask: Callable[[str], str], *, twice: bool) -> str:
    """The identity number that was typed; it is never an argument, which other processes and histories show."""
    typed = codes.normalise(ask("Identity number: "))
    if len(typed) != ID_LENGTH:
        raise Refused(f"an identity number has {ID_LENGTH} characters")
    if twice and codes.normalise(ask("Again, to destroy all data of this person: ")) != typed:
        raise Refused("the identity number was not typed twice alike")
    return typed


if __name__ == "__main__":
    sys.exit(main())
