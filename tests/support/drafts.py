"""Many drafts, written without HTTP, and the objects of the bucket."""

from datetime import timedelta
from itertools import batched

import boto3

from chalicelib.repos.process import ids
from chalicelib.repos.table.writes import Write
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.drafts.drafts import Draft
from sandbox import environment
from scheduled.purge_drafts import purge_drafts
from testing.world import World


def fill(world: World, accounts: int, drafts_each: int, uploads: int = 0) -> list[tuple[str, str]]:
    """Store drafts that are saved now, for accounts that exist only as ids.

    Args:
        drafts_each: Number of drafts of each account.
        uploads: Number of attachments that each draft names; no file is uploaded.

    Returns:
        Account id and draft id of every draft.
    """
    from chalicelib.repos.table import table

    owners = [AccountId(ids.new()) for _ in range(accounts)]
    made = [_draft(world, owner, uploads) for _ in range(drafts_each) for owner in owners]
    # A transaction has at most 100 writes, two for each draft, and writes an account only once.
    for batch in batched(made, min(50, accounts or 1)):
        table.commit(*(write for _, writes in batch for write in writes))
    return [(draft.account_id, draft.id) for draft, _ in made]


def uploaded() -> set[str]:
    """The keys of all uploads of which the upload itself or its copy is in the bucket."""
    client = boto3.client("s3")
    found: set[str] = set()
    for folder in ("uploads/", "files/"):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=environment.BUCKET, Prefix=folder):
            found |= {entry["Key"].replace(folder, "uploads/") for entry in page.get("Contents", ())}
    return found


def remaining(world: World) -> set[str]:
    """The keys of `uploaded` after the purges of this night and the next one."""
    for hours in (2, 26):
        night = world.time() + timedelta(hours=hours)
        world.run(purge_drafts, time=night.isoformat().replace("+00:00", "Z"))
    return uploaded()


def key_of(user_enterprise: str, attachment_id: str) -> str:
    """The object key of an upload."""
    return f"uploads/{user_enterprise}/{attachment_id.partition('.')[0]}"


def _draft(world: World, account: AccountId, uploads: int) -> tuple[Draft, list[Write]]:
    from chalicelib.repos.drafts import drafts
    from chalicelib.repos.files import bucket

    owner, today = EnterpriseId(account), china_day(world.time())
    named = [bucket.new_attachment(owner, "photo", "image/jpeg", 64, today).id for _ in range(uploads)]
    return drafts.new_draft(account, owner, {"group_name": "测试团组", "attachments": named}, world.time())
