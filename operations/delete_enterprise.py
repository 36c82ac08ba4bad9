"""`python -m operations.delete_enterprise --id ENT --confirm USCC [--force REASON]`: destroy all of an enterprise.

Accounts, sessions, login names, drafts, applications with persons and history, messages, mails, its audit, and its
files. Left are: one entry in the operators' audit that it was deleted (no personal data), the statistics of economies,
and counters of failed sign-ins, which hold digests and end within the hour. Afterwards its USCC and addresses may
register again. Export first, if somebody may want it: nothing brings it back but a backup.

It takes a quarter of an hour: accounts are closed first, then whoever has an upload form must have used it. An
interrupted run is gone on with by the same command. Refused while anything is under way, unless --force says why.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta

from chalicelib.repos.accounts import accounts, audit, enterprises
from chalicelib.repos.applications import indexes
from chalicelib.repos.maintenance import enterprise_data
from chalicelib.repos.maintenance.enterprise_data import EnterpriseScope
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item
from chalicelib.rules.applications.lifecycle import is_under_way
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import EnterpriseId, Service, Status
from operations.terminal import Refused, Terminal, origin, run

IN_FLIGHT = timedelta(minutes=2)
"""After this no request or relay is running that read the accounts before they were closed."""

UPLOADS_END = limits.UPLOAD_LIFE + timedelta(minutes=1)
BATCH = 50


def delete(at: Terminal, enterprise_id: str, confirm: str, force: str = "") -> None:
    """Delete the enterprise, or go on with a deletion that has begun."""
    owner = EnterpriseId(enterprise_id)
    job = table.get(enterprise_data.job_key(owner)) or _begun(at, owner, confirm, force)
    if enterprise_data.from_job(job).uscc != confirm:
        raise Refused("--confirm is not this enterprise's USCC")
    job = _all_closed(at, job)
    owned, closed_at = enterprise_data.from_job(job), parse_time(job["closed_at"])
    # Applications before messages and mails: no act on an application can add one once the application is gone.
    _sweep(at, owned, only="APP#")
    _sweep(at, owned)
    at.wait_until(closed_at + UPLOADS_END, "until then an upload form may still be used")
    at.say(f"  {enterprise_data.delete_files(owner)} files deleted")
    _sweep(at, owned)
    by = origin()
    entry = audit.entry_added(accounts.OFFICERS, by, "enterprise_deleted", owner, after=job["facts"])
    table.commit(
        table.delete(enterprise_data.job_key(owner), {"closed_at": job["closed_at"]}, lambda _: NotFound()), entry
    )
    at.say(f"Enterprise {owner} is deleted.")


def _begun(at: Terminal, owner: EnterpriseId, confirm: str, force: str) -> Item:
    """Close the enterprise's accounts and write down what the deletion has to know."""
    try:
        enterprise = enterprises.get(owner)
    except NotFound:
        raise Refused("there is no such enterprise") from None
    if enterprise.elements.uscc != confirm:
        raise Refused("--confirm is not this enterprise's USCC")
    under_way = sorted(_under_way(owner))
    if under_way and not force:
        raise Refused(f"{len(under_way)} are under way, such as {', '.join(under_way[:3])}; --force REASON to go on")
    facts = {"accounts": len(accounts.accounts_of(owner)), "applications": enterprise.applications, "force": force}
    return _closed(at, enterprise_data.scope_of(owner, confirm), facts)


def _all_closed(at: Terminal, job: Item) -> Item:
    """The job once no request runs any more that began before the accounts were closed, and no account is new."""
    owned = enterprise_data.from_job(job)
    while True:
        at.wait_until(parse_time(job["closed_at"]) + IN_FLIGHT, "until then a request may still be running")
        added = [each.id for each in accounts.accounts_of(owned.enterprise_id) if each.id not in owned.account_ids]
        if not added:
            return job
        owned = enterprise_data.scope_of(owned.enterprise_id, owned.uscc)
        job = _closed(at, owned, job["facts"])


def _closed(at: Terminal, owned: EnterpriseScope, facts: dict[str, object]) -> Item:
    """Nobody of the enterprise can do anything from the next request on."""
    by = origin()
    job = enterprise_data.job_item(owned, rfc3339(by.at), facts)
    closing = [
        accounts.account_changed(account, authorized=False, **accounts.ended_session_attributes(account))
        for account in accounts.accounts_of(owned.enterprise_id)
    ]
    entry = audit.entry_added(accounts.OFFICERS, by, "enterprise_closed", owned.enterprise_id, after=facts)
    table.commit(table.put(job), *closing, entry)
    at.say(f"Closed: the {len(closing)} accounts of enterprise {owned.enterprise_id} are out.")
    return job


def _under_way(owner: EnterpriseId) -> set[str]:
    """Numbers of applications that are under way, or have a person that is."""
    found = set()
    for number in enterprise_data.numbers(owner):
        for item in table.query_all(f"APP#{number}", prefix=indexes.sort_key(owner, "")):
            stands = {item[name] for name in ("status", "own_status") if name in item}
            if any(is_under_way(Service(item["service"]), Status(status)) for status in stands):
                found.add(number)
    return found


def _sweep(at: Terminal, owned: EnterpriseScope, only: str = "") -> None:
    """Delete what is the enterprise's, until a walk over the whole table finds nothing any more."""
    while True:
        keys = [
            (item["pk"], item["sk"])
            for item in enterprise_data.sweep()
            if item["pk"].startswith(only) and owned.has(item)
        ]
        for start in range(0, len(keys), BATCH):
            table.commit(*(table.delete(key) for key in keys[start : start + BATCH]))
            at.say(f"  {min(start + BATCH, len(keys))} of {len(keys)} items deleted")
        if not keys:
            return


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.delete_enterprise",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--id", required=True, help="the enterprise's id, as GET /office/enterprises shows it")
    parser.add_argument("--confirm", required=True, metavar="USCC", help="its USCC, to be sure that it is the one")
    parser.add_argument("--force", default="", metavar="REASON", help="why, though something is under way; audited")
    given = parser.parse_args(arguments)
    return run(lambda at: delete(at, given.id, given.confirm, given.force))


if __name__ == "__main__":
    sys.exit(main())
