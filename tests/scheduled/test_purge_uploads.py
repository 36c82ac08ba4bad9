"""Uploads of drafts are deleted with their draft, and never with another one (docs/domain.md 9.2)."""

import itertools

import pytest

from scheduled.purge_drafts import purge_drafts
from testing import people
from testing.world import PASSWORD
from tests.support import faults
from tests.support.drafts import key_of, uploaded


@pytest.fixture
def owner(world):
    """An enterprise, at a time when nobody has a draft and nothing waits to be deleted."""
    world.run(purge_drafts, time="2099-01-01T00:00:00Z")
    return world.enterprise()


def again(world, user):
    """The same account, signed in now."""
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


def draft_with(world, user, *files, **content):
    """A draft that names these files, and where they lie."""
    named = files or (world.attach(user, "photo"), world.attach(user, "signature"))
    form = {"persons": [{"attachments": [named[0]]}], "attachments": list(named[1:]), **content}
    draft = user.ok("POST", "/drafts", form)
    return draft, {key_of(user.account["enterprise_id"], each) for each in named}


def left_of(world, user):
    """What lies with the account, its sessions aside."""
    return [sk for pk, sk in world.table() if pk == f"ACC#{user.account['id']}" and not sk.startswith("SESSION#")]


def records():
    from chalicelib.repos.drafts import orphaned_uploads

    return orphaned_uploads.unfinished()


@pytest.mark.accepts("F05")
def test_the_files_of_a_purged_draft_go_with_it(world, owner):
    _, keys = draft_with(world, owner)
    assert keys <= uploaded()
    world.time.forward(days=180)
    world.run(purge_drafts)
    assert (keys & uploaded(), records()) == (set(), [])


@pytest.mark.accepts("F12")
def test_the_files_of_a_deleted_draft_go_with_it(world, owner):
    draft, keys = draft_with(world, owner)
    with world.counting() as requests:
        owner.ok("DELETE", f"/drafts/{draft['id']}")
    assert requests.of("s3") == ["DeleteObjects"]
    assert (keys & uploaded(), records()) == (set(), [])


def test_the_files_of_a_deleted_agent_go_with_its_drafts(world, owner):
    agent = world.agent(owner)
    draft_with(world, agent)
    _, keys = draft_with(world, agent)
    world.time.forward(days=181)
    owner = again(world, owner)
    owner.ok("DELETE", f"/agents/{agent.account['id']}")
    assert (keys & uploaded(), left_of(world, agent)) == (set(), [])
    assert world.run(purge_drafts) == {"purged": 0, "kept": 0, "unfinished": False}


def test_a_file_that_two_drafts_name_stays_until_the_last_of_them_goes(world, owner):
    shared = world.attach(owner, "photo")
    first, _ = draft_with(world, owner, shared)
    second, keys = draft_with(world, owner, shared)
    owner.ok("DELETE", f"/drafts/{first['id']}")
    assert keys <= uploaded()
    world.time.forward(days=180)
    world.run(purge_drafts)
    assert again(world, owner)("GET", f"/drafts/{second['id']}").status == 404
    assert keys & uploaded() == set()


def test_a_file_stays_while_a_later_draft_names_it(world, owner):
    shared = world.attach(owner, "photo")
    draft_with(world, owner, shared)
    world.time.forward(days=1)
    owner = again(world, owner)
    later, keys = draft_with(world, owner, shared)
    world.time.forward(days=179)
    assert world.run(purge_drafts)["purged"] == 1
    assert keys <= uploaded()
    assert again(world, owner).ok("GET", f"/drafts/{later['id']}")["content"]["persons"][0]["attachments"] == [shared]


def test_a_file_taken_out_of_one_draft_goes_with_the_other_that_still_names_it(world, owner):
    shared = world.attach(owner, "photo")
    first, keys = draft_with(world, owner, shared)
    second, _ = draft_with(world, owner, shared)
    owner.ok("PUT", f"/drafts/{first['id']}", {}, If_Match='"1"')
    owner.ok("DELETE", f"/drafts/{second['id']}")
    assert keys & uploaded() == set()


def test_what_an_application_has_accepted_outlives_the_draft_and_can_be_submitted_again(world, owner):
    content = world.content(owner)
    photo = world.attach(owner, "photo")
    content["persons"] = [people.person(attachments=[*content["persons"][0]["attachments"], photo])]
    draft = owner.ok("POST", "/drafts", content)
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    owner.ok("DELETE", f"/drafts/{draft['id']}")
    assert key_of(owner.account["enterprise_id"], photo) not in uploaded()
    assert owner("GET", f"/applications/{number}/attachments/{photo}").status == 200
    content["persons"] = [people.person(attachments=content["persons"][0]["attachments"])]
    assert owner("POST", "/applications", {"content": content}).status == 201


def test_a_made_up_or_foreign_attachment_in_a_draft_deletes_nothing(world, owner):
    stranger = world.enterprise()
    foreign = world.attach(stranger, "photo")
    draft, _ = draft_with(world, owner, foreign, "made-up", "a.b.c.1.d")
    owner.ok("DELETE", f"/drafts/{draft['id']}")
    assert key_of(stranger.account["enterprise_id"], foreign) in uploaded()


def test_a_draft_saved_during_the_purge_keeps_its_files(world, owner):
    stays, kept = draft_with(world, owner)
    _, keys = draft_with(world, owner)
    world.time.forward(days=180, seconds=-1)
    user = again(world, owner)
    content = user.ok("GET", f"/drafts/{stays['id']}")["content"]

    def save():
        user.ok("PUT", f"/drafts/{stays['id']}", content, If_Match='"1"')

    with faults.meanwhile("dynamodb.TransactWriteItems", save):
        assert world.run(purge_drafts, time="2027-05-20T04:30:00Z")["purged"] == 1
    assert kept <= uploaded()
    assert keys & uploaded() == set()


@pytest.mark.parametrize("ending", ["deleted", "purged"])
def test_a_file_that_gets_into_a_second_draft_while_its_first_one_ends_stays(world, owner, ending):
    shared = world.attach(owner, "photo")
    first, keys = draft_with(world, owner, shared)
    world.time.forward(days=180)
    user = again(world, owner)
    if ending == "deleted":
        first, _ = draft_with(world, user, shared)
        world.run(purge_drafts)
    made = []

    def save():
        made.append(draft_with(world, user, shared)[0])

    with faults.meanwhile("dynamodb.TransactWriteItems", save):
        if ending == "deleted":
            user.ok("DELETE", f"/drafts/{first['id']}")
        else:
            assert world.run(purge_drafts)["purged"] == 1
    assert [each["id"] for each in user.ok("GET", "/drafts")["items"]] == [made[0]["id"]]
    assert (keys <= uploaded(), records()) == (True, [])
    user.ok("DELETE", f"/drafts/{made[0]['id']}")
    assert keys & uploaded() == set()


def test_a_draft_that_an_agent_saves_while_being_deleted_goes_with_it(world, owner):
    agent = world.agent(owner)
    keys = set()
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: keys.update(draft_with(world, agent)[1])):
        assert owner("DELETE", f"/agents/{agent.account['id']}").status == 204
    assert (left_of(world, agent), keys & uploaded(), records()) == ([], set(), [])
    assert len(keys) == 2


def test_an_agent_is_deleted_though_its_draft_goes_at_that_moment(world, owner):
    agent = world.agent(owner)
    draft, keys = draft_with(world, agent)
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: agent.ok("DELETE", f"/drafts/{draft['id']}")):
        assert owner("DELETE", f"/agents/{agent.account['id']}").status == 204
    assert (left_of(world, agent), keys & uploaded(), records()) == ([], set(), [])


def test_twenty_drafts_of_one_file_are_deleted_side_by_side(world, owner):
    shared = world.attach(owner, "photo")
    drafts = [draft_with(world, owner, shared) for _ in range(20)]
    answers = world.together(*[lambda each=each: owner("DELETE", f"/drafts/{each['id']}") for each, _ in drafts])
    again_ = [owner("DELETE", f"/drafts/{each['id']}").status for each, _ in drafts]
    assert {answer.status for answer in answers} <= {204, 503}
    assert set(again_) <= {204, 404}
    assert (drafts[0][1] & uploaded(), records()) == (set(), [])


def test_a_draft_of_an_agent_who_has_just_been_deleted_is_not_saved(world, owner):
    agent = world.agent(owner)
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: owner.ok("DELETE", f"/agents/{agent.account['id']}")):
        assert agent("POST", "/drafts", {"group_name": "测试团组"}).code == "UNAUTHENTICATED"
    assert left_of(world, agent) == []


def test_a_file_goes_with_the_last_of_two_drafts_that_end_at_the_same_moment(world, owner):
    shared = world.attach(owner, "photo")
    first, keys = draft_with(world, owner, shared)
    second, _ = draft_with(world, owner, shared)
    with faults.meeting("dynamodb.TransactWriteItems", 2):
        ended = world.together(
            *[lambda each=each: owner("DELETE", f"/drafts/{each['id']}") for each in (first, second)]
        )
    assert [answer.status for answer in ended] == [204, 204]
    assert (keys & uploaded(), records()) == (set(), [])


def test_an_end_that_meets_saves_again_and_again_gives_up_and_has_done_nothing(world, owner):
    draft, keys = draft_with(world, owner)
    other, _ = draft_with(world, owner)
    versions = itertools.count(1)

    def save(params, **_):
        # Only the deletion is met: a save of its own would meet itself.
        if any("Delete" in each for each in params["TransactItems"]):
            owner.ok("PUT", f"/drafts/{other['id']}", {}, If_Match=f'"{next(versions)}"')

    with faults.beside("dynamodb.TransactWriteItems", save):
        assert owner("DELETE", f"/drafts/{draft['id']}").code == "UNAVAILABLE"
    assert keys <= uploaded()
    owner.ok("DELETE", f"/drafts/{draft['id']}")
    assert keys & uploaded() == set()


def test_a_purge_killed_at_any_call_and_run_again_leaves_nothing_over_and_counts_right(world, owner):
    """Before each AWS call in turn, and after it with the reply lost."""
    for moment, position in itertools.product(("before-call", "after-call"), range(8)):
        world.time.forward(days=1)
        user = world.enterprise()
        keys = draft_with(world, user)[1] | draft_with(world, user)[1]
        world.time.forward(days=180)
        with faults.killed_at(moment, position):
            world.run(purge_drafts)
        world.run(purge_drafts)
        assert (keys & uploaded(), records()) == (set(), []), (moment, position)
        assert again(world, user).ok("GET", "/me")["purged_drafts"] == 2, (moment, position)


def test_a_bucket_that_is_down_leaves_the_rest_to_the_next_run(world, owner):
    _, keys = draft_with(world, owner)
    world.time.forward(days=180)
    with faults.down("s3"):
        assert world.run(purge_drafts) == {"purged": 1, "kept": 0, "unfinished": True}
    assert keys <= uploaded()
    assert world.run(purge_drafts) == {"purged": 0, "kept": 0, "unfinished": False}
    assert (keys & uploaded(), records()) == (set(), [])


def test_a_draft_is_deleted_though_the_bucket_is_down_and_its_files_follow(world, owner):
    draft, keys = draft_with(world, owner)
    with faults.down("s3"):
        assert owner("DELETE", f"/drafts/{draft['id']}").status == 204
    world.run(purge_drafts)
    assert keys & uploaded() == set()


# The bucket's own rule


def renewed(world, user, draft, version):
    with world.counting() as requests:
        user.ok("PUT", f"/drafts/{draft['id']}", draft["content"], If_Match=f'"{version}"')
    return requests.of("s3")


def test_saving_renews_files_before_the_buckets_own_rule_could_take_them(world, owner):
    draft, keys = draft_with(world, owner)
    world.time.forward(days=150)
    assert renewed(world, again(world, owner), draft, 1) == []
    world.time.forward(days=50)
    assert renewed(world, again(world, owner), draft, 2) == ["CopyObject"] * 2
    assert keys <= uploaded()


def test_the_buckets_rule_for_uploads_outlives_every_draft_that_is_not_renewed():
    from chalicelib.rules.base import limits
    from sandbox.engine import cloud

    rules = {rule["Prefix"]: rule["ExpirationInDays"] for rule in _rules(cloud) if "ExpirationInDays" in rule}
    assert rules == {"exports/": 1, "uploads/": limits.UPLOAD_KEPT.days}
    assert limits.UPLOAD_OLD + limits.DRAFT_LIFE < limits.UPLOAD_KEPT


def _rules(cloud):
    return cloud.properties("PortalBucket")["LifecycleConfiguration"]["Rules"]


def test_a_file_that_was_announced_and_never_uploaded_does_no_harm_when_it_is_old(world, owner):
    form = {"kind": "photo", "filename": "a.jpg", "content_type": "image/jpeg", "size": 64}
    missing = owner.ok("POST", "/attachments", form)["id"]
    world.time.forward(days=201)
    assert again(world, owner)("POST", "/drafts", {"attachments": [missing]}).status == 201
