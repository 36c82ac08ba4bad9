"""The purge of drafts and its notice, invoked as Lambda invokes it and observed over HTTP (F04, F05)."""

import sys

import boto3
import pytest

from chalicelib.repos.drafts import counters
from chalicelib.rules.base.vocabulary import AccountId
from sandbox import environment
from scheduled.purge_drafts import purge_drafts
from testing.world import PASSWORD
from tests.support import drafts, faults


@pytest.fixture
def owner(world):
    """An enterprise, when no drafts exist."""
    world.run(purge_drafts, time="2099-01-01T00:00:00Z")
    return world.enterprise()


def signed_in_again(world, user):
    """The same account, signed in at the current time."""
    return world.sign_in("enterprise", user.account["login"], PASSWORD)


def purge(world):
    return world.run(purge_drafts)


def notice(user):
    return user.ok("GET", "/me")["purged_drafts"]


def draft_items(world):
    return [sk for _, sk in world.table() if sk.startswith("DRAFT#")]


@pytest.mark.accepts("F04", "F05")
def test_due_drafts_are_deleted_and_counted_in_the_purge_notice(world, owner):
    for _ in range(3):
        owner.ok("POST", "/drafts", {})
    world.time.forward(seconds=1)
    owner.ok("POST", "/drafts", {})
    world.time.forward(days=180, seconds=-2)
    assert purge(world)["purged"] == 0
    world.time.forward(seconds=1)
    assert purge(world)["purged"] == 3
    user = signed_in_again(world, owner)
    assert (notice(user), len(user.ok("GET", "/drafts")["items"])) == (3, 1)
    assert user("DELETE", "/drafts/purge-notice").status == 204
    assert notice(user) == 0
    assert user("DELETE", "/drafts/purge-notice").status == 204
    world.time.forward(seconds=1)
    assert purge(world)["purged"] == 1
    assert notice(user) == 1
    assert draft_items(world) == []


@pytest.mark.accepts("F05")
def test_the_notice_is_there_as_soon_as_a_draft_is_hidden_and_does_not_grow_with_its_purge(world, owner):
    owner.ok("POST", "/drafts", {})
    world.time.forward(days=180, seconds=-1)
    user = signed_in_again(world, owner)
    assert (notice(user), len(user.ok("GET", "/drafts")["items"])) == (0, 1)
    world.time.forward(seconds=1)
    assert (notice(user), len(user.ok("GET", "/drafts")["items"])) == (1, 0)
    purge(world)
    assert notice(user) == 1
    user("DELETE", "/drafts/purge-notice?count=1")
    assert notice(user) == 0


def test_a_notice_that_was_dismissed_before_the_purge_does_not_come_back(world, owner):
    owner.ok("POST", "/drafts", {})
    world.time.forward(days=180)
    user = signed_in_again(world, owner)
    assert user("DELETE", "/drafts/purge-notice").status == 204
    assert purge(world)["purged"] == 1
    assert (notice(user), draft_items(world)) == (0, [])


@pytest.mark.accepts("F05")
def test_drafts_of_version_0_1_0_are_counted_by_their_purge(world, owner):
    """The counters do not list the first. They list the second, which a later version had saved before."""
    first, _ = (owner.ok("POST", "/drafts", {"group_name": name}) for name in ("一", "二"))
    world.time.forward(seconds=1)
    listed = owner.ok("POST", "/drafts", {})
    for (pk, sk), item in world.table().items():
        if sk == "STATE" and pk == f"ACC#{owner.account['id']}":
            old = {name: value for name, value in item.items() if name != f"saved_{first['id']}"}
        elif sk.startswith("DRAFT#") and listed["id"] not in sk:
            old = {**item, "queue_sk": {"S": item["queue_sk"]["S"].removesuffix("#listed")}}
        else:
            continue
        stored = {name: value for name, value in old.items() if value is not None}
        boto3.client("dynamodb").put_item(TableName=environment.TABLE, Item=stored)
    world.time.forward(days=180, seconds=-1)
    user = signed_in_again(world, owner)
    assert (purge(world)["purged"], notice(user), draft_items(world)) == (2, 2, [f"DRAFT#{listed['id']}"])
    world.time.forward(seconds=1)
    assert (purge(world)["purged"], notice(user), draft_items(world)) == (1, 3, [])
    for _ in range(20):
        user.ok("POST", "/drafts", {})
    assert user("POST", "/drafts", {}).code == "LIMIT_REACHED"
    assert notice(user) == 3


def test_the_time_of_the_event_decides_which_drafts_are_due(world, owner):
    owner.ok("POST", "/drafts", {})
    assert world.run(purge_drafts, time="2027-05-20T04:29:59Z")["purged"] == 0
    assert world.run(purge_drafts, time="2027-05-20T04:30:00Z")["purged"] == 1


def test_a_second_run_changes_nothing(world, owner):
    owner.ok("POST", "/drafts", {})
    world.time.forward(days=180)
    assert purge(world) == {"purged": 1, "kept": 0, "unfinished": False}
    before = world.table()
    assert purge(world) == {"purged": 0, "kept": 0, "unfinished": False}
    assert world.table() == before


@pytest.mark.accepts("F05")
def test_a_purged_draft_no_longer_counts_towards_the_limit_of_20(world, owner):
    for _ in range(20):
        owner.ok("POST", "/drafts", {})
    world.time.forward(days=180)
    purge(world)
    user = signed_in_again(world, owner)
    for _ in range(20):
        user.ok("POST", "/drafts", {})
    assert user("POST", "/drafts", {}).code == "LIMIT_REACHED"


@pytest.mark.accepts("F04", "F05")
def test_a_draft_saved_during_the_purge_is_not_purged(world, owner):
    saved, unsaved = (owner.ok("POST", "/drafts", {"group_name": name})["id"] for name in ("保存", "放弃"))
    world.time.forward(days=180, seconds=-1)
    user = signed_in_again(world, owner)

    def save():
        user.ok("PUT", f"/drafts/{saved}", {"group_name": "保存"}, If_Match='"1"')

    with faults.meanwhile("dynamodb.TransactWriteItems", save):
        counts = world.run(purge_drafts, time="2027-05-20T04:30:00Z")
    assert (counts["purged"], counts["kept"]) == (1, 1)
    world.time.forward(seconds=1)
    assert [row["id"] for row in user.ok("GET", "/drafts")["items"]] == [saved]
    assert (notice(user), user("GET", f"/drafts/{unsaved}").status) == (1, 404)


def test_two_concurrent_requests_to_clear_the_purge_notice_both_succeed(world, owner):
    owner.ok("POST", "/drafts", {})
    world.time.forward(days=180)
    purge(world)
    user = signed_in_again(world, owner)
    with faults.meeting("dynamodb.TransactWriteItems", 2):
        answers = world.together(*[lambda: user("DELETE", "/drafts/purge-notice")] * 2)
    assert [answer.status for answer in answers] == [204, 204]
    assert notice(user) == 0


def test_requests_that_settle_the_same_drafts_at_once_count_each_of_them_once(world, owner):
    for _ in range(20):
        owner.ok("POST", "/drafts", {})
    world.time.forward(days=180)
    user = signed_in_again(world, owner)
    saves, dismissals = [lambda: user("POST", "/drafts", {})] * 3, [lambda: user("DELETE", "/drafts/purge-notice")] * 2
    answers = world.together(*saves, *dismissals, lambda: purge(world))
    assert [answer.status for answer in answers[:5]] == [201, 201, 201, 204, 204]
    purge(world)
    state = counters.get(AccountId(owner.account["id"]))
    assert (state.drafts, len(state.saved), state.purged_drafts, notice(user)) == (3, 3, 0, 0)
    assert len(draft_items(world)) == 3


@pytest.mark.accepts("F05")
def test_clearing_the_notice_keeps_the_count_of_drafts_purged_after_it_was_shown(world, owner):
    owner.ok("POST", "/drafts", {})
    world.time.forward(seconds=1)
    owner.ok("POST", "/drafts", {})
    world.time.forward(days=180, seconds=-1)
    purge(world)
    user = signed_in_again(world, owner)
    shown = notice(user)
    world.time.forward(seconds=1)
    purge(world)
    assert user("DELETE", f"/drafts/purge-notice?count={shown}").status == 204
    assert (shown, notice(user)) == (1, 1)
    for count in ("0", "-1", "x", "1000001"):
        answer = user("DELETE", f"/drafts/purge-notice?count={count}")
        assert (answer.status, list(answer.fields)) == (422, ["count"])
    assert user("DELETE", "/drafts/purge-notice?count=1").status == 204
    assert user("DELETE", "/drafts/purge-notice?count=1").status == 204
    assert notice(user) == 0


def test_one_run_purges_a_hundred_due_drafts(world, owner):
    drafts.fill(world, accounts=20, drafts_each=5)
    world.time.forward(days=180)
    assert purge(world) == {"purged": 100, "kept": 0, "unfinished": False}
    assert draft_items(world) == []


def test_a_run_short_of_time_stops_and_the_next_run_purges_the_rest(world, owner):
    class Context:
        left = iter((60_000, 9_000, 9_000, 9_000, 9_000))

        def get_remaining_time_in_millis(self):
            return next(self.left)

    drafts.fill(world, accounts=51, drafts_each=20)
    world.time.forward(days=180)
    event = {"version": "0", "account": "0", "region": "x", "detail": {}, "detail-type": "x", "source": "aws.events"}
    event |= {"time": world.time().isoformat(), "id": "x", "resources": []}
    assert purge_drafts(event, Context()) == {"purged": 1000, "kept": 0, "unfinished": True}
    assert purge(world) == {"purged": 20, "kept": 0, "unfinished": False}


@pytest.mark.parametrize(
    ("accounts", "drafts_each", "uploads"),
    [(50, 20, 0), (50, 20, 10), (1000, 1, 0), (1000, 1, 5), (300, 3, 3)],
)
def test_a_thousand_due_drafts_are_purged_in_at_most_sixty_requests(world, owner, accounts, drafts_each, uploads):
    created = drafts.fill(world, accounts, drafts_each, uploads)
    created += drafts.fill(world, 1000 - len(created), 1)
    world.time.forward(days=180)
    with world.counting() as requests:
        assert purge(world) == {"purged": 1000, "kept": 0, "unfinished": False}
    sys.stdout.write(
        f"purge of 1,000 drafts of {accounts} accounts, {uploads} files per draft: {len(requests)} requests\n"
    )
    assert len(requests) <= 60
    found = counters.get_many(AccountId(account_id) for account_id, _ in created)
    assert sum(state.on_notice(world.time()) for state in found.values()) == 1000
    assert not any(state.uploads for state in found.values())
    assert draft_items(world) == []
    assert not [pk for pk, _ in world.table() if pk.startswith("GONE#")]
