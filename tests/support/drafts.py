"""Drafts by the hundred, written without HTTP, and what lies in the bucket."""

from itertools import batched

from chalicelib.repos.process import ids
from chalicelib.repos.table.writes import Write
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.drafts.drafts import Draft
from testing.world import World


def fill(world: World, accounts: int, each: int, uploads: int = 0) -> list[tuple[str, str]]:
    """So many drafts, saved now, of so many accounts that nobody signs in with; account and id of each.

    `uploads` is how many files each draft names; nothing is really uploaded.
    """
    from chalicelib.repos.table import table

    owners = [AccountId(ids.new()) for _ in range(accounts)]
    made = [_draft(world, owner, uploads) for _ in range(each) for owner in owners]
    # Two actions each; no transaction may touch an account twice.
    for some in batched(made, min(50, accounts or 1)):
        table.commit(*(write for _, writes in some for write in writes))
    return [(draft.account_id, draft.id) for draft, _ in made]


def uploaded() -> set[str]:
    """Every object under uploads/."""
    from chalicelib.config import settings
    from chalicelib.repos.process import aws

    pages = aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=settings().bucket, Prefix="uploads/")
    return {each["Key"] for page in pages for each in page.get("Contents", ())}


def key_of(user_enterprise: str, attachment_id: str) -> str:
    """Where an upload lies."""
    return f"uploads/{user_enterprise}/{attachment_id.partition('.')[0]}"


def _draft(world: World, account: AccountId, uploads: int) -> tuple[Draft, list[Write]]:
    from chalicelib.repos.drafts import drafts
    from chalicelib.repos.files import bucket

    owner, today = EnterpriseId(account), china_day(world.time())
    named = [bucket.new_attachment(owner, "photo", "image/jpeg", 64, today).id for _ in range(uploads)]
    return drafts.new_draft(account, owner, {"group_name": "测试团组", "attachments": named}, world.time())
