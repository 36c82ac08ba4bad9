"""`python -m operations.export_enterprise --id ENT --out DIR`: export all data of an enterprise in clear.

Creates DIR for you alone (0700, files 0600): `data.json`, the inspected files of applications and drafts below
`files/`, and uploads that are not inspected yet below `uploads/`. Hashes of passwords, sessions and keys of indexes are
not exported.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chalicelib.repos.accounts import enterprises
from chalicelib.repos.maintenance import enterprise_files
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.usecases.maintenance import enterprise_export
from operations.terminal import Refused, Terminal, origin, run


def export(at: Terminal, enterprise_id: str, out: Path) -> None:
    """Write all data of an enterprise to a new directory; its audit records that."""
    owner = EnterpriseId(enterprise_id)
    try:
        enterprises.get(owner)
    except NotFound:
        raise Refused("there is no such enterprise") from None
    try:
        out.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise Refused(f"{out} is there already: name a new directory") from None
    sections = enterprise_export.export(owner, origin())
    text = json.dumps(sections, ensure_ascii=False, indent=1, sort_keys=True)
    _write(out / "data.json", text.encode())
    keys = enterprise_files.current_keys(owner, ("files", "uploads"))
    for key in keys:
        folder, _, name = key.split("/", 2)
        _write(out / folder / Path(name).name, enterprise_files.content(key))
    counts = ", ".join(f"{len(found)} {name}" for name, found in sections.items())
    at.say(f"{out}: {counts}, {len(keys)} files.")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.export_enterprise",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--id", required=True, help="the enterprise's id, as GET /office/enterprises shows it")
    parser.add_argument("--out", required=True, type=Path, help="a directory that does not exist yet")
    given = parser.parse_args(arguments)
    return run(lambda at: export(at, given.id, given.out))


if __name__ == "__main__":
    sys.exit(main())
