"""`python -m operations.delete_enterprise --id ENT --confirm USCC [--force REASON] [--dry-run]`: delete an enterprise.

It deletes accounts, sessions, login names, drafts, applications with persons and history, messages, mails, the audit
of the enterprise, and its files. What remains is one entry in the audit of the officers that it was deleted (without
personal data), the statistics of economies, and counters of failed sign-ins, which hold digests and expire within the
hour. Afterwards its USCC and addresses can register again. Export the data first if anybody may need it: only a backup
can restore it.

It takes a quarter of an hour: accounts are closed first, then upload forms must have expired. If it is interrupted, run
the same command again to resume. It refuses while applications are under way, unless --force gives a reason.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from chalicelib.repos.maintenance import enterprise_data, enterprise_files
from chalicelib.repos.maintenance.enterprise_data import DeletionJob, EnterpriseScope
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.usecases.maintenance import enterprise_deletion
from operations import reading
from operations.terminal import IN_FLIGHT, Refused, Terminal, origin, run

UPLOADS_END = limits.UPLOAD_LIFE + timedelta(minutes=1)
"""Wait this long, so that upload forms from before the accounts were closed have expired."""


def delete(at: Terminal, enterprise_id: str, confirm: str, force: str = "", segments: int = 1) -> None:
    """Delete the enterprise, or resume a deletion that was interrupted."""
    owner = EnterpriseId(enterprise_id)
    job = enterprise_data.job(owner) or _begun(at, owner, confirm, force)
    if job.scope.uscc != confirm:
        raise Refused("--confirm is not this enterprise's USCC")
    job = _all_closed(at, job)
    for deleted in enterprise_deletion.delete_by_keys(job.scope):
        at.say(f"  {deleted} items deleted by their keys")
    at.wait_until(job.closed_at + UPLOADS_END, "until then an upload form may still be used")
    at.say(f"  {enterprise_files.delete_files(owner)} files deleted")
    for deleted, found in enterprise_deletion.delete_rest(job.scope, segments):
        at.say(f"  {deleted} of {found} items deleted that no key leads to")
    enterprise_deletion.finish(job, origin())
    at.say(f"Enterprise {owner} is deleted.")


def count(at: Terminal, enterprise_id: str, confirm: str, force: str = "") -> None:
    """Print what a deletion would delete, or why it would refuse."""
    owner = EnterpriseId(enterprise_id)
    facts = _facts(owner, confirm, force)
    items = sum(1 for _ in enterprise_data.of(owner))
    files = len(enterprise_files.current_keys(owner, ("files", "uploads")))
    at.say(f"Would delete {facts['accounts']} accounts, {facts['applications']} applications, in all {items} items")
    at.say(f"that belong to it by their keys, and {files} files. Nothing was changed.")


def _begun(at: Terminal, owner: EnterpriseId, confirm: str, force: str) -> DeletionJob:
    facts = _facts(owner, confirm, force)
    return _closed(at, enterprise_data.scope_of(owner, confirm), facts)


def _facts(owner: EnterpriseId, confirm: str, force: str) -> Mapping[str, Any]:
    """What the audit will say; refuse if the enterprise may not be deleted."""
    try:
        return enterprise_deletion.check(owner, confirm, force)
    except NotFound:
        raise Refused("there is no such enterprise") from None
    except enterprise_deletion.OtherUscc:
        raise Refused("--confirm is not this enterprise's USCC") from None
    except enterprise_deletion.UnderWay as error:
        numbers = ", ".join(error.numbers[:3])
        raise Refused(
            f"{len(error.numbers)} are under way, such as {numbers}; --force REASON to delete anyway"
        ) from None


def _all_closed(at: Terminal, job: DeletionJob) -> DeletionJob:
    """The deletion once no request is running that began before the accounts were closed, and no account is new."""
    while True:
        at.wait_until(job.closed_at + IN_FLIGHT, "until then a request may still be running")
        if not enterprise_deletion.has_new_accounts(job):
            return job
        scope = enterprise_data.scope_of(job.scope.enterprise_id, job.scope.uscc)
        job = _closed(at, scope, job.facts)


def _closed(at: Terminal, scope: EnterpriseScope, facts: Mapping[str, Any]) -> DeletionJob:
    job, count = enterprise_deletion.close(scope, facts, origin())
    at.say(f"Closed: {count} accounts of enterprise {scope.enterprise_id} are signed out and cannot sign in.")
    return job


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.delete_enterprise",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--id", required=True, help="the enterprise's id, as POST /office/enterprises/search shows it")
    parser.add_argument("--confirm", required=True, metavar="USCC", help="its USCC, as a confirmation")
    parser.add_argument(
        "--force",
        default="",
        metavar="REASON",
        help="the reason to delete it although applications are under way; it is audited",
    )
    parser.add_argument("--dry-run", action="store_true", help="check and count what would be deleted; change nothing")
    reading.add_segments(parser)
    given = parser.parse_args(arguments)
    if given.dry_run:
        return run(lambda at: count(at, given.id, given.confirm, given.force))
    return run(lambda at: delete(at, given.id, given.confirm, given.force, given.segments))


if __name__ == "__main__":
    sys.exit(main())
