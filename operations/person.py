"""`python -m operations.person --number NUMBER --out FILE.zip [--dry-run] [--json] [--pace N]`: one person's data.

NUMBER is that of the person in any application, such as APEC20261121000001-01. Everything about the person of this
identity number is exported in clear, from whichever enterprise entered it: persons, follow-up applications, history,
drafts, messages, mails, cards, handovers, reminders, and the person's files. Other persons of the same group, draft or
mail are left out. FILE.zip is made for you alone (0600); the audit of the officers has the export.

It reads both tables twice. Nothing is deleted: that is what `operations.destroy_person` does (docs/operations.md).
"""

import argparse
import json
import os
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from chalicelib.rules.base import numbers
from chalicelib.rules.base.errors import NotFound
from chalicelib.usecases.maintenance import person_export
from operations import reading
from operations.reading import Reading
from operations.terminal import Refused, Terminal, origin, pace, run


def export(
    at: Terminal,
    number: str,
    out: Path,
    *,
    pace: float | None = None,
    segments: int = 1,
    dry: bool = False,
    as_json: bool = False,
) -> None:
    """Write all data of a person into a new zip, or count them.

    Raises:
        Refused: there is no such person, or the file exists already.
    """
    if not numbers.is_person_number(number):
        raise Refused(f"{number} is not the number of a person, such as APEC20261121000001-01")
    if out.exists():
        raise Refused(f"{out} is there already: name a new file")
    how = Reading(segments, pace, quiet=as_json)
    try:
        scope = person_export.scope_of(person_export.id_number_of(number), reading.items(at, how))
    except NotFound:
        raise Refused("there is no such person") from None
    found = person_export.export(scope, reading.items(at, how), None if dry else origin())
    counts = {name: len(items) for name, items in found.sections.items()} | {"files": len(found.files)}
    if not dry:
        _write(out, found)
    plain = ", ".join(f"{count} {name}" for name, count in counts.items())
    what = "Would export" if dry else f"{out}:"
    at.say(json.dumps(counts) if as_json else f"{what} {plain}.")


def _write(out: Path, found: person_export.PersonExport) -> None:
    with (
        os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("data.json", json.dumps(found.sections, ensure_ascii=False, indent=1, default=str))
        for key, name in sorted(found.files.items()):
            archive.writestr(f"files/{name}", person_export.content(key))


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.person",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--number", required=True, help="the person's number in any of its applications")
    parser.add_argument("--out", required=True, type=Path, help="a zip that does not exist yet")
    parser.add_argument("--dry-run", action="store_true", help="count what would be exported; write nothing")
    parser.add_argument("--json", action="store_true", help="the numbers as one JSON object")
    parser.add_argument("--pace", type=pace, default=None, help="most items read in a second")
    reading.add_segments(parser)
    given = parser.parse_args(arguments)
    options = {"pace": given.pace, "segments": given.segments, "dry": given.dry_run, "as_json": given.json}
    return run(lambda at: export(at, given.number, given.out, **options))


if __name__ == "__main__":
    sys.exit(main())
