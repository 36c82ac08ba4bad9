"""`python -m operations.rotate_keys ...`: new keys for the portal's data, and the end of old ones (docs/operations.md).

list                     every key: purpose, id, when it was made and retired
new-field-key            a new key for personal data; running processes take it within five minutes
reseal [--pace N]        seal everything under older field keys anew, N items a second, while the service runs
retire ID                destroy a field key that nothing needs any more
new-digest-key [--pace]  a new key for digests, and everything found by them moved; see below
rewrap --to KMS_KEY      wrap all keys by another key of KMS

`new-digest-key` closes whatever needs a digest until it has ended: signing in, registering, submitting, searching by
passport and every change of a person are answered 503. Reading goes on. Each of the commands goes on after a kill.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.keys import keyring, rotation
from chalicelib.repos.keys.keyring import KeyPurpose
from chalicelib.repos.maintenance import digest_rotation, reencryption
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from operations import sweep
from operations.terminal import Refused, Terminal, origin, run

PACE = 50.0
"""Items a second: some 200 write units, far below what an on-demand table takes at once."""


def list_keys(at: Terminal) -> None:
    """Say every key there is."""
    for purpose in KeyPurpose:
        for item in keyring.items(purpose):
            state = "closed" if "closed" in item else f"retired {item['retired_at']}" if "retired_at" in item else ""
            at.say(f"{purpose:<8}{item['key_id']:<24}{item['made_at']}  {state}".rstrip())


def new_field_key(at: Terminal) -> None:
    """Make a new key for personal data."""
    at.say(f"New field key {_added(KeyPurpose.FIELD)}. Next: reseal.")


def reseal(at: Terminal, pace: float = PACE) -> None:
    """Seal anew what is under older keys, never over what somebody saves meanwhile."""
    newest = keyring.items(KeyPurpose.FIELD)[0]
    at.wait_until(rotation.settled_at(newest), "until then a process may still write with the older key")
    keyring.forget()
    current = keyring.current(KeyPurpose.FIELD).id

    def change(item: Item) -> Sequence[Write]:
        write = reencryption.reencrypted(item, current)
        return [write] if write else []

    total = sweep.until_nothing_is_left("reseal", change, reencryption.SavedMeanwhile, pace, at)
    at.say(f"Everything is under field key {current}; {total} items written. Next: retire the older ones.")


def retire(at: Terminal, key_id: str) -> None:
    """Destroy a field key, unless anything is still sealed with it."""
    newest = keyring.items(KeyPurpose.FIELD)[0]
    if newest["key_id"] == key_id:
        raise Refused("this is the current key")
    at.wait_until(rotation.settled_at(newest), "until then a process may still write with the older key")
    users: Counter[str] = Counter()
    start = None
    while True:
        page = table.scan(limit=sweep.PAGE, start=start)
        users.update(item["pk"].partition("#")[0] for item in page.items if key_id in reencryption.key_ids(item))
        start = page.next_key
        if start is None:
            break
    if users:
        raise Refused(f"items still need it, by the beginning of their keys: {dict(users)}; reseal first")
    by = origin()
    subject = f"field#{key_id}"
    try:
        table.commit(
            rotation.key_retired(KeyPurpose.FIELD, key_id, by.at),
            audit.entry_added(accounts.OFFICERS, by, "key_retired", subject),
        )
    except KeyError:
        raise Refused("there is no such key, or it was retired before") from None
    at.say(f"Field key {key_id} is destroyed. Cursors of lists that were sealed with it end.")


def new_digest_key(at: Terminal, pace: float = PACE) -> None:
    """Move everything that is found by a digest to a new key, while nobody else can make digests."""
    newest = keyring.items(KeyPurpose.DIGEST)
    if not newest or "closed" not in newest[0]:
        _added(KeyPurpose.DIGEST, closed=True)
        at.say("Closed: signing in, submitting and searching by passport are answered 503 from now on.")
    keyring.forget()
    item, before = [each for each in keyring.items(KeyPurpose.DIGEST) if "wrapped" in each][:2]
    at.wait_until(rotation.settled_at(item), "until then a process may still write under the older key")
    new, old = (keyring.by_id(KeyPurpose.DIGEST, each["key_id"]) for each in (item, before))

    def change(found: Item) -> Sequence[Write]:
        return digest_rotation.digests_moved(found, old, new)

    total = sweep.until_nothing_is_left("digests", change, digest_rotation.ChangedMeanwhile, pace, at)
    by = origin()
    table.commit(
        rotation.key_opened(item), audit.entry_added(accounts.OFFICERS, by, "digests_moved", f"digest#{item['key_id']}")
    )
    keyring.forget()
    at.say(f"Open again: everything is found by digest key {item['key_id']}; {total} items written.")


def _added(purpose: KeyPurpose, *, closed: bool = False) -> str:
    by = origin()
    try:
        item, writes = rotation.new_key(purpose, by.at, closed=closed)
    except rotation.ClockBehind:
        raise Refused("this machine's clock is behind the one that made the last key") from None
    table.commit(*writes, audit.entry_added(accounts.OFFICERS, by, "key_added", f"{purpose}#{item['key_id']}"))
    return str(item["key_id"])


def rewrap(at: Terminal, to: str) -> None:
    """Wrap every key anew by another key of KMS; what is under it already is wrapped again, which is harmless."""
    by = origin()
    for purpose in KeyPurpose:
        for item in keyring.items(purpose):
            if "wrapped" not in item:
                continue
            subject = f"{purpose}#{item['key_id']}"
            entry = audit.entry_added(accounts.OFFICERS, by, "key_rewrapped", subject, after={"kms_key": to})
            table.commit(rotation.key_rewrapped(item, purpose, to), entry)
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
