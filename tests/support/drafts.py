"""Drafts by the hundred, written without HTTP."""

from collections.abc import Iterator

from tests.support.world import World


def fill(world: World, accounts: int, each: int) -> list[tuple[str, str]]:
    """So many drafts, saved now, of so many accounts that nobody signs in with; account and id of each."""
    return [draft for _ in range(accounts) for draft in _of_one_account(world, each)]


def _of_one_account(world: World, count: int) -> Iterator[tuple[str, str]]:
    from chalicelib.repos import drafts, ids, table
    from chalicelib.rules.vocabulary import AccountId

    account = AccountId(ids.new())
    for _ in range(count):
        draft, parts = drafts.new(account, {"group_name": "测试团组"}, world.time())
        table.commit(*parts)
        yield account, draft.id
