"""`python -m operations.rotate_keys ...`: new keys for the portal's data, and the end of old ones (docs/operations.md).

list [--json]            list all keys: purpose, id, and when each was made and retired
new-field-key            add a key for personal data; running processes use it within five minutes
reseal [--pace N]        re-encrypt everything under older field keys, N items a second, while the service runs
retire ID                destroy a field key that nothing needs any more
new-digest-key [--pace]  add a key for digests and move everything that is found by digests to it; see below
rewrap --to KMS_KEY      wrap all keys with another key of KMS

With `--dry-run`, `reseal`, `retire`, `new-digest-key` and `rewrap` say what they would do and change nothing.
`--segments N`: `reseal`, `retire` and `new-digest-key` work on N parts of the tables at once, at one pace together.
Until `new-digest-key` has ended, whatever needs a digest is answered 503: signing in, registering, submitting,
searching by passport, and every change of a person. Reading works. Run an interrupted command again to resume it.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence

from chalicelib.repos.keys import keyring, rotation
from chalicelib.repos.keys.keyring import KeyPurpose
from chalicelib.repos.maintenance import digest_rotation, reencryption
from chalicelib.usecases.maintenance import key_rotation
from chalicelib.usecases.maintenance.sweep import Change, planned
from operations import reading, sweep
from operations.reading import Reading
from operations.terminal import Refused, Terminal, origin, run
from operations.terminal import pace as pace_of

PACE = 50.0
"""Items a second: some 200 write units, far below what an on-demand table accepts at once."""


def list_keys(at: Terminal, *, as_json: bool = False) -> None:
    """Print every key."""
    for purpose in KeyPurpose:
        for item in keyring.items(purpose):
            if as_json:
                facts = {name: item.get(name) for name in ("key_id", "made_at", "retired_at")}
                at.say(json.dumps({"purpose": purpose, **facts, "closed": "closed" in item}))
                continue
            state = "closed" if "closed" in item else f"retired {item['retired_at']}" if "retired_at" in item else ""
            at.say(f"{purpose:<8}{item['key_id']:<24}{item['made_at']}  {state}".rstrip())


def new_field_key(at: Terminal) -> None:
    """Add a key for personal data."""
    at.say(f"New field key {_added(KeyPurpose.FIELD)}. Next: reseal.")


def reseal(at: Terminal, pace: float = PACE, segments: int = 1) -> None:
    """Re-encrypt what is under older keys, without overwriting concurrent changes."""
    at.wait_until(key_rotation.settled_at(), "until then a process may still write with the older key")
    current, change = key_rotation.reencrypting()
    lost = reencryption.SavedMeanwhile
    total = sweep.until_nothing_is_left("reseal", change, lost, at, pace=pace, segments=segments)
    at.say(f"Everything is under field key {current}; {total} items written. Next: retire the older keys.")


def retire(at: Terminal, key_id: str, segments: int = 1) -> None:
    """Destroy a field key, unless anything is still encrypted with it."""
    try:
        key_rotation.check_is_not_current(key_id)
        at.wait_until(key_rotation.settled_at(), "until then a process may still write with the older key")
        key_rotation.retire(key_id, origin, segments)
    except key_rotation.CurrentKey:
        raise Refused("this is the current key") from None
    except key_rotation.KeyInUse as error:
        raise Refused(
            f"items still need it, by the first part of their keys: {_listed(error.users)}; reseal first"
        ) from None
    except key_rotation.NoSuchKey:
        raise Refused("there is no such key, or it was retired before") from None
    at.say(f"Field key {key_id} is destroyed. Cursors of lists that were encrypted with it are no longer valid.")


def _listed(users: Mapping[str, int]) -> dict[str, int]:
    """How many items need a key, by the first part of their keys, in the order of these."""
    return dict(sorted(users.items()))


def new_digest_key(at: Terminal, pace: float = PACE, segments: int = 1) -> None:
    """Move everything that is found by a digest to a new key, while nobody else can make digests."""
    if not key_rotation.is_digest_rotation_under_way():
        _added(KeyPurpose.DIGEST, closed=True)
        at.say("Closed: from now on signing in, submitting and searching by passport are answered 503.")
    newest, before = key_rotation.digest_keys()
    at.wait_until(rotation.settled_at(newest), "until then a process may still write with the older key")
    change = key_rotation.moving_digests(newest, before)
    lost = digest_rotation.ChangedMeanwhile
    total = sweep.until_nothing_is_left("digests", change, lost, at, pace=pace, segments=segments)
    key_rotation.open_digest_key(newest, origin())
    at.say(f"Open again: everything is found by digest key {newest['key_id']}; {total} items written.")


def count_writes(at: Terminal, change: Change, segments: int = 1) -> None:
    """Print how many items a sweep would write; nothing is written."""
    read = written = 0
    for is_written in reading.counted(at, planned(change, segments), Reading()):
        read += 1
        written += is_written
    at.say(f"Would write {written} of {read} items. Nothing was changed.")


def check_retirement(at: Terminal, key_id: str, segments: int = 1) -> None:
    """Print whether a field key can be destroyed; nothing is changed."""
    if not any(item["key_id"] == key_id and "wrapped" in item for item in keyring.items(KeyPurpose.FIELD)):
        raise Refused("there is no such key, or it was retired before")
    try:
        key_rotation.check_is_not_current(key_id)
    except key_rotation.CurrentKey:
        raise Refused("this is the current key") from None
    if users := key_rotation.users_of(key_id, segments):
        raise Refused(f"items still need it, by the first part of their keys: {_listed(users)}; reseal first")
    at.say(f"Field key {key_id} would be destroyed: nothing needs it. Nothing was changed.")


def count_keys(at: Terminal, to: str) -> None:
    """Print which keys would be wrapped by another key of KMS; nothing is changed."""
    for purpose in KeyPurpose:
        for item in keyring.items(purpose):
            if "wrapped" in item:
                at.say(f"{purpose}#{item['key_id']} would be wrapped by {to}. Nothing was changed.")


def _added(purpose: KeyPurpose, *, closed: bool = False) -> str:
    try:
        return key_rotation.add_key(purpose, origin(), closed=closed)
    except rotation.ClockBehind:
        raise Refused("the clock of this machine is behind the one that made the last key") from None


def rewrap(at: Terminal, to: str) -> None:
    """Wrap every key with another key of KMS; a key that is wrapped with it already is wrapped again."""
    for subject in key_rotation.rewrap(to, origin()):
        at.say(f"{subject} is wrapped by {to}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m operations.rotate_keys", description=__doc__, formatter_class=RAW)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("list", "new-field-key", "reseal", "retire", "new-digest-key", "rewrap"):
        command = commands.add_parser(name)
        if name == "list":
            command.add_argument("--json", action="store_true", help="one JSON object for each key")
        if name in ("reseal", "retire", "new-digest-key", "rewrap"):
            command.add_argument("--dry-run", action="store_true", help="say what would be done; change nothing")
        if name in ("reseal", "retire", "new-digest-key"):
            reading.add_segments(command)
        if name in ("reseal", "new-digest-key"):
            command.add_argument("--pace", type=pace_of, default=PACE, help="most items written in a second")
    commands.choices["retire"].add_argument("id")
    commands.choices["rewrap"].add_argument("--to", required=True, help="id or ARN of the other key of KMS")
    given = parser.parse_args(arguments)
    commands_by_name = {
        "list": lambda at: list_keys(at, as_json=given.json),
        "new-field-key": new_field_key,
        "reseal": lambda at: reseal(at, given.pace, given.segments),
        "retire": lambda at: retire(at, given.id, given.segments),
        "new-digest-key": lambda at: new_digest_key(at, given.pace, given.segments),
        "rewrap": lambda at: rewrap(at, given.to),
    }
    planned_by_name = {
        "reseal": lambda at: count_writes(at, key_rotation.reencrypting()[1], given.segments),
        "retire": lambda at: check_retirement(at, given.id, given.segments),
        "new-digest-key": lambda at: count_writes(at, key_rotation.planned_digests(), given.segments),
        "rewrap": lambda at: count_keys(at, given.to),
    }
    is_planned = getattr(given, "dry_run", False)
    return run((planned_by_name if is_planned else commands_by_name)[given.command])


RAW = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    sys.exit(main())
