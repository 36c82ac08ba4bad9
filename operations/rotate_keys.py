"""`python -m operations.rotate_keys ...`: new keys for the portal's data, and the end of old ones (docs/operations.md).

list                     list all keys: purpose, id, and when each was made and retired
new-field-key            add a key for personal data; running processes use it within five minutes
reseal [--pace N]        re-encrypt everything under older field keys, N items a second, while the service runs
retire ID                destroy a field key that nothing needs any more
new-digest-key [--pace]  add a key for digests and move everything that is found by digests to it; see below
rewrap --to KMS_KEY      wrap all keys with another key of KMS

Until `new-digest-key` has ended, whatever needs a digest is answered 503: signing in, registering, submitting,
searching by passport, and every change of a person. Reading works. Run an interrupted command again to resume it.
"""

import argparse
import sys
from collections.abc import Sequence

from chalicelib.repos.keys import keyring, rotation
from chalicelib.repos.keys.keyring import KeyPurpose
from chalicelib.repos.maintenance import digest_rotation, reencryption
from chalicelib.usecases.maintenance import key_rotation
from operations import sweep
from operations.terminal import Refused, Terminal, origin, run

PACE = 50.0
"""Items a second: some 200 write units, far below what an on-demand table accepts at once."""


def list_keys(at: Terminal) -> None:
    """Print every key."""
    for purpose in KeyPurpose:
        for item in keyring.items(purpose):
            state = "closed" if "closed" in item else f"retired {item['retired_at']}" if "retired_at" in item else ""
            at.say(f"{purpose:<8}{item['key_id']:<24}{item['made_at']}  {state}".rstrip())


def new_field_key(at: Terminal) -> None:
    """Add a key for personal data."""
    at.say(f"New field key {_added(KeyPurpose.FIELD)}. Next: reseal.")


def reseal(at: Terminal, pace: float = PACE) -> None:
    """Re-encrypt what is under older keys, without overwriting concurrent changes."""
    at.wait_until(key_rotation.settled_at(), "until then a process may still write with the older key")
    current, change = key_rotation.reencrypting()
    total = sweep.until_nothing_is_left("reseal", change, reencryption.SavedMeanwhile, pace, at)
    at.say(f"Everything is under field key {current}; {total} items written. Next: retire the older keys.")


def retire(at: Terminal, key_id: str) -> None:
    """Destroy a field key, unless anything is still encrypted with it."""
    try:
        key_rotation.check_is_not_current(key_id)
        at.wait_until(key_rotation.settled_at(), "until then a process may still write with the older key")
        key_rotation.retire(key_id, origin)
    except key_rotation.CurrentKey:
        raise Refused("this is the current key") from None
    except key_rotation.KeyInUse as error:
        raise Refused(
            f"items still need it, by the first part of their keys: {dict(error.users)}; reseal first"
        ) from None
    except key_rotation.NoSuchKey:
        raise Refused("there is no such key, or it was retired before") from None
    at.say(f"Field key {key_id} is destroyed. Cursors of lists that were encrypted with it are no longer valid.")


def new_digest_key(at: Terminal, pace: float = PACE) -> None:
    """Move everything that is found by a digest to a new key, while nobody else can make digests."""
    if not key_rotation.is_digest_rotation_under_way():
        _added(KeyPurpose.DIGEST, closed=True)
        at.say("Closed: from now on signing in, submitting and searching by passport are answered 503.")
    newest, before = key_rotation.digest_keys()
    at.wait_until(rotation.settled_at(newest), "until then a process may still write with the older key")
    change = key_rotation.moving_digests(newest, before)
    total = sweep.until_nothing_is_left("digests", change, digest_rotation.ChangedMeanwhile, pace, at)
    key_rotation.open_digest_key(newest, origin())
    at.say(f"Open again: everything is found by digest key {newest['key_id']}; {total} items written.")


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
        if name in ("reseal", "new-digest-key"):
            command.add_argument("--pace", type=_pace, default=PACE, help="most items written in a second")
    commands.choices["retire"].add_argument("id")
    commands.choices["rewrap"].add_argument("--to", required=True, help="id or ARN of the other key of KMS")
    given = parser.parse_args(arguments)
    commands_by_name = {
        "list": list_keys,
        "new-field-key": new_field_key,
        "reseal": lambda at: reseal(at, given.pace),
        "retire": lambda at: retire(at, given.id),
        "new-digest-key": lambda at: new_digest_key(at, given.pace),
        "rewrap": lambda at: rewrap(at, given.to),
    }
    return run(commands_by_name[given.command])


def _pace(text: str) -> float:
    pace = float(text)
    if not pace > 0:
        raise argparse.ArgumentTypeError("more than 0")
    return pace


RAW = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    sys.exit(main())
