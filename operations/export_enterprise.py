"""`python -m operations.export_enterprise --id ENT --out DIR`: all data of an enterprise, in clear, with its files.

DIR is made, for you alone (0700, files 0600): `data.json`, and below `files/` what was accepted with applications and
below `uploads/` what was uploaded for drafts. Hashes of passwords, sessions and keys of indexes are not in it.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chalicelib.repos.accounts import audit, enterprises
from chalicelib.repos.maintenance import enterprise_data, reencryption
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.notices import wording
from operations.terminal import Refused, Terminal, origin, run

INTERNAL = {
    *(name for names in table.INDEXES.values() for name in names),
    "password_hash",
    "session_epoch",
    "kept_session",
    "expires_at",
}

SECTIONS: dict[str, Callable[[Item], bool]] = {
    "enterprise": lambda item: item["pk"].startswith("ENT#") and item["sk"] == "PROFILE",
    "accounts": lambda item: item["sk"].startswith("ACCOUNT#"),
    "invoice_profiles": lambda item: item["sk"].startswith("INVOICE#"),
    "applications": lambda item: item.get("kind") == "header",
    "persons": lambda item: item.get("kind") == "person",
    "history": lambda item: item.get("kind") == "event",
    "drafts": lambda item: item.get("kind") == "draft",
    "messages": lambda item: item["sk"].startswith("MSG#"),
    "audit": lambda item: item["pk"].startswith("AUDIT#"),
}


def export(at: Terminal, enterprise_id: str, out: Path) -> None:
    """Write everything; that it was written stands in the enterprise's own audit."""
    owner = EnterpriseId(enterprise_id)
    try:
        enterprises.get(owner)
    except NotFound:
        raise Refused("there is no such enterprise") from None
    try:
        out.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise Refused(f"{out} is there already: name a new directory") from None
    # First the audit: nothing leaves without it.
    table.commit(audit.entry_added(owner, origin(), "data_exported", owner))
    sections: dict[str, list[Any]] = {name: [] for name in SECTIONS}
    for item in enterprise_data.of(owner):
        name = next((name for name, is_one in SECTIONS.items() if is_one(item)), None)
        if name:
            sections[name].append(_shown(item, name))
    text = json.dumps(sections, ensure_ascii=False, indent=1, sort_keys=True)
    _write(out / "data.json", text.encode())
    files = [each["Key"] for each in enterprise_data.files(owner, ("files", "uploads")) if each["there"]]
    for key in files:
        folder, _, name = key.split("/", 2)
        _write(out / folder / Path(name).name, enterprise_data.content(key))
    counts = ", ".join(f"{len(found)} {name}" for name, found in sections.items())
    at.say(f"{out}: {counts}, {len(files)} files.")


def _shown(item: Item, section: str) -> dict[str, Any]:
    clear = {name: value for name, value in reencryption.decrypted(item).items() if name not in INTERNAL}
    if section == "persons":
        clear["application"] = item["pk"].removeprefix("APP#")
    if section == "history":
        clear["number"] = item["pk"].removeprefix("APP#")
    if section == "messages":
        for write in ("title", "body"):
            clear[write] = wording.sentence("messages", item["message_kind"], write, clear["values"])
    return clear


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
    parser.add_argument("--out", required=True, type=Path, help="a directory that is not there yet")
    given = parser.parse_args(arguments)
    return run(lambda at: export(at, given.id, given.out))


if __name__ == "__main__":
    sys.exit(main())
