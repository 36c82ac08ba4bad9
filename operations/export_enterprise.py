"""`python -m operations.export_enterprise --id ENT --out DIR [--dry-run] [--json]`: export all data of an enterprise.

The data are in clear. Creates DIR for you alone (0700, files 0600): `data.json`, the inspected files of applications
and drafts below `files/`, and uploads that are not inspected yet below `uploads/`. Hashes of passwords, sessions and
keys of indexes are not exported. With `--dry-run` the items and files are counted, and nothing is written or decrypted.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chalicelib.repos.accounts import enterprises
from chalicelib.repos.maintenance import enterprise_data, enterprise_files
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.usecases.maintenance import enterprise_export
from operations.terminal import Refused, Terminal, origin, run

FOLDERS = ("files", "uploads")
"""Prefixes of the keys of exported files."""


def count(at: Terminal, enterprise_id: str, *, as_json: bool = False) -> None:
    """Print how many items and files an export would read."""
    owner = _known(enterprise_id)
    items = sum(1 for _ in enterprise_data.of(owner))
    files = len(enterprise_files.current_keys(owner, FOLDERS))
    plain = f"Would export up to {items} items and {files} files. Nothing was written."
    at.say(json.dumps({"items": items, "files": files}) if as_json else plain)


def _known(enterprise_id: str) -> EnterpriseId:
    owner = EnterpriseId(enterprise_id)
    try:
        enterprises.get(owner)
    except NotFound:
        raise Refused("there is no such enterprise") from None
    return owner


def export(at: Terminal, enterprise_id: str, out: Path, *, as_json: bool = False) -> None:
    """Write all data of an enterprise to a new directory; its audit records that."""
    owner = _known(enterprise_id)
    try:
        out.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise Refused(f"{out} is there already: name a new directory") from None
    sections = enterprise_export.export(owner, origin())
    text = json.dumps(sections, ensure_ascii=False, indent=1, sort_keys=True)
    _write(out / "data.json", text.encode())
    keys = enterprise_files.current_keys(owner, FOLDERS)
    for key in keys:
        folder, _, name = key.split("/", 2)
        _write(out / folder / Path(name).name, enterprise_files.content(key))
    counts = {name: len(found) for name, found in sections.items()} | {"files": len(keys)}
    plain = ", ".join(f"{number} {name}" for name, number in counts.items())
    at.say(json.dumps({"out": str(out), **counts}) if as_json else f"{out}: {plain}.")


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
    parser.add_argument("--id", required=True, help="the enterprise's id, as POST /office/enterprises/search shows it")
    parser.add_argument("--out", required=True, type=Path, help="a directory that does not exist yet")
    parser.add_argument("--dry-run", action="store_true", help="count what would be exported; write nothing")
    parser.add_argument("--json", action="store_true", help="the numbers as one JSON object")
    given = parser.parse_args(arguments)
    if given.dry_run:
        return run(lambda at: count(at, given.id, as_json=given.json))
    return run(lambda at: export(at, given.id, given.out, as_json=given.json))


if __name__ == "__main__":
    sys.exit(main())
