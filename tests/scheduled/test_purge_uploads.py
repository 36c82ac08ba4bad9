"""Uploaded files are deleted after the last draft that names them, within two nights (docs/domain.md 9.2)."""

import itertools

import pytest

from scheduled.purge_drafts import purge_drafts
from testing import people
from testing.world import PASSWORD
from tests.support import faults
from tests.support.drafts import key_of, remaining, uploaded


@pytest.fixture
def owner(world):
    """An enterprise, when no drafts exist and no deletions are pending."""
    world.run(purge_drafts, time="2099-01-01T00:00:00Z")
    return world.enterprise()


def signed_in_again(world, user):
    """The same account, signed in at the current time."""
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


def draft_with(world, user, *files, **content):
    """Create a draft that names these files (by default two new ones); return it and their object keys."""
    named = files or (world.attach(user, "photo"), world.attach(user, "signature"))
    form = {"persons": [{"attachments": [named[0]]}], "attachments": list(named[1:]), **content}
    draft = user.ok("POST", "/drafts", form)
    return draft, {key_of(user.account["enterprise_id"], file) for file in named}


def remaining_items(world, user):
    """Sort keys of the items of the account, without its sessions and devices, which expire by themselves."""
    own = {sk: item for (pk, sk), item in world.table().items() if pk == f"ACC#{user.account['id']}"}
    return [sk for sk, item in own.items() if not sk.startswith("SESSION#") and "expires_at" not in item]


def records():
    from chalicelib.repos.drafts import orphaned_uploads

    return orphaned_uploads.unfinished()


@pytest.mark.accepts("F05")
def test_purging_a_draft_deletes_its_files(world, owner):
    _, keys = draft_with(world, owner)
    assert keys <= remaining(world)
    world.time.forward(days=180)
    world.run(purge_drafts)
    assert (keys & remaining(world), records()) == (set(), [])


@pytest.mark.accepts("F12")
def test_deleting_a_draft_deletes_its_files(world, owner):
    draft, keys = draft_with(world, owner)
    with world.counting() as requests:
        owner.ok("DELETE", f"/drafts/{draft['id']}")
    assert requests.of("s3") == ["DeleteObjects"]
    assert (keys & remaining(world), records()) == (set(), [])


def test_deleting_an_agent_deletes_its_drafts_and_their_files(world, owner):
    agent = world.agent(owner)
    draft_with(world, agent)
    _, keys = draft_with(world, agent)
    world.time.forward(days=181)
    owner = signed_in_again(world, owner)
    owner.ok("DELETE", f"/agents/{agent.account['id']}")
    assert (keys & remaining(world), remaining_items(world, agent)) == (set(), [])
    assert world.run(purge_drafts) == {"purged": 0, "kept": 0, "unfinished": False}


def test_a_file_of_two_drafts_is_deleted_with_the_last_of_them(world, owner):
    shared = world.attach(owner, "photo")
    first, _ = draft_with(world, owner, shared)
    second, keys = draft_with(world, owner, shared)
    owner.ok("DELETE", f"/drafts/{first['id']}")
    assert keys <= remaining(world)
    world.time.forward(days=180)
    world.run(purge_drafts)
    assert signed_in_again(world, owner)("GET", f"/drafts/{second['id']}").status == 404
    assert keys & remaining(world) == set()


def test_a_file_is_not_deleted_while_a_later_draft_names_it(world, owner):
    shared = world.attach(owner, "photo")
    draft_with(world, owner, shared)
    world.time.forward(days=1)
    owner = signed_in_again(world, owner)
    later, keys = draft_with(world, owner, shared)
    world.time.forward(days=179)
    assert world.run(purge_drafts)["purged"] == 1
    world.time.forward(hours=22)
    world.run(purge_drafts)
    assert keys <= uploaded()
    content = signed_in_again(world, owner).ok("GET", f"/drafts/{later['id']}")["content"]
    assert [attachment["id"] for attachment in content["persons"][0]["attachments"]] == [shared]


def test_a_file_removed_from_one_draft_is_deleted_with_the_other_draft_that_names_it(world, owner):
    shared = world.attach(owner, "photo")
    first, keys = draft_with(world, owner, shared)
    second, _ = draft_with(world, owner, shared)
    owner.ok("PUT", f"/drafts/{first['id']}", {}, If_Match='"1"')
    owner.ok("DELETE", f"/drafts/{second['id']}")
    assert keys & remaining(world) == set()


def test_files_accepted_by_an_application_outlive_the_draft_and_can_be_submitted_again(world, owner):
    content = world.content(owner)
    photo = world.attach(owner, "photo")
    content["persons"] = [people.person(attachments=[*content["persons"][0]["attachments"], photo])]
    draft = owner.ok("POST", "/drafts", content)
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    owner.ok("DELETE", f"/drafts/{draft['id']}")
    assert key_of(owner.account["enterprise_id"], photo) in remaining(world)
    assert owner("GET", f"/applications/{number}/attachments/{photo}").status == 200
    content["persons"] = [people.person(attachments=content["persons"][0]["attachments"])]
    assert owner("POST", "/applications", {"content": content}).status == 201


def test_deleting_a_draft_that_names_a_foreign_or_invalid_attachment_deletes_no_foreign_file(world, owner):
    stranger = world.enterprise()
    foreign = world.attach(stranger, "photo")
    draft, _ = draft_with(world, owner, foreign, "made-up", "a.b.c.1.d")
    owner.ok("DELETE", f"/drafts/{draft['id']}")
    assert key_of(stranger.account["enterprise_id"], foreign) in remaining(world)


def test_a_draft_saved_during_the_purge_keeps_its_files(world, owner):
    saved, saved_keys = draft_with(world, owner)
    _, keys = draft_with(world, owner)
    world.time.forward(days=180, seconds=-1)
    user = signed_in_again(world, owner)
    content = user.ok("GET", f"/drafts/{saved['id']}")["content"]

    def save():
        user.ok("PUT", f"/drafts/{saved['id']}", content, If_Match='"1"')

    with faults.meanwhile("dynamodb.TransactWriteItems", save):
        assert world.run(purge_drafts, time="2027-05-20T04:30:00Z")["purged"] == 1
    assert saved_keys <= remaining(world)
    assert keys & remaining(world) == set()


@pytest.mark.parametrize("ending", ["deleted", "purged"])
def test_a_file_added_to_another_draft_while_its_draft_is_deleted_or_purged_is_not_deleted(world, owner, ending):
    shared = world.attach(owner, "photo")
    first, keys = draft_with(world, owner, shared)
    world.time.forward(days=180)
    user = signed_in_again(world, owner)
    if ending == "deleted":
        first, _ = draft_with(world, user, shared)
        world.run(purge_drafts)
    created = []

    def save():
        created.append(draft_with(world, user, shared)[0])

    with faults.meanwhile("dynamodb.TransactWriteItems", save):
        if ending == "deleted":
            user.ok("DELETE", f"/drafts/{first['id']}")
        else:
            assert world.run(purge_drafts)["purged"] == 1
    assert [draft["id"] for draft in user.ok("GET", "/drafts")["items"]] == [created[0]["id"]]
    assert (keys <= remaining(world), records()) == (True, [])
    user.ok("DELETE", f"/drafts/{created[0]['id']}")
    assert keys & remaining(world) == set()


def test_a_draft_saved_by_an_agent_during_the_agents_deletion_is_deleted_too(world, owner):
    agent = world.agent(owner)
    keys = set()
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: keys.update(draft_with(world, agent)[1])):
        assert owner("DELETE", f"/agents/{agent.account['id']}").status == 204
    assert (remaining_items(world, agent), keys & remaining(world), records()) == ([], set(), [])
    assert len(keys) == 2


def test_an_agent_is_deleted_while_its_draft_is_deleted_concurrently(world, owner):
    agent = world.agent(owner)
    draft, keys = draft_with(world, agent)
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: agent.ok("DELETE", f"/drafts/{draft['id']}")):
        assert owner("DELETE", f"/agents/{agent.account['id']}").status == 204
    assert (remaining_items(world, agent), keys & remaining(world), records()) == ([], set(), [])


def test_twenty_drafts_that_share_a_file_can_be_deleted_concurrently(world, owner):
    shared = world.attach(owner, "photo")
    drafts = [draft_with(world, owner, shared) for _ in range(20)]
    answers = world.together(*[lambda draft=draft: owner("DELETE", f"/drafts/{draft['id']}") for draft, _ in drafts])
    repeated = [owner("DELETE", f"/drafts/{draft['id']}").status for draft, _ in drafts]
    assert {answer.status for answer in answers} <= {204, 503}
    assert set(repeated) <= {204, 404}
    assert (drafts[0][1] & remaining(world), records()) == (set(), [])


def test_a_draft_of_an_agent_deleted_during_the_request_is_not_saved(world, owner):
    agent = world.agent(owner)
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: owner.ok("DELETE", f"/agents/{agent.account['id']}")):
        assert agent("POST", "/drafts", {"group_name": "测试团组"}).code == "UNAUTHENTICATED"
    assert remaining_items(world, agent) == []


def test_a_shared_file_is_deleted_when_both_of_its_drafts_are_deleted_concurrently(world, owner):
    shared = world.attach(owner, "photo")
    first, keys = draft_with(world, owner, shared)
    second, _ = draft_with(world, owner, shared)
    with faults.meeting("dynamodb.TransactWriteItems", 2):
        answers = world.together(
            *[lambda draft=draft: owner("DELETE", f"/drafts/{draft['id']}") for draft in (first, second)]
        )
    assert [answer.status for answer in answers] == [204, 204]
    assert (keys & remaining(world), records()) == (set(), [])


def test_a_deletion_that_conflicts_with_a_save_on_every_retry_is_unavailable_and_deletes_nothing(world, owner):
    draft, keys = draft_with(world, owner)
    other, _ = draft_with(world, owner)
    versions = itertools.count(1)

    def save(params, **_):
        # Save only beside the deletion; a save beside its own transaction would recurse.
        if any("Delete" in write for write in params["TransactItems"]):
            owner.ok("PUT", f"/drafts/{other['id']}", {}, If_Match=f'"{next(versions)}"')

    with faults.beside("dynamodb.TransactWriteItems", save):
        assert owner("DELETE", f"/drafts/{draft['id']}").code == "UNAVAILABLE"
    assert keys <= remaining(world)
    owner.ok("DELETE", f"/drafts/{draft['id']}")
    assert keys & remaining(world) == set()


def test_a_purge_killed_at_any_aws_call_is_completed_by_the_next_run_with_the_correct_count(world, owner):
    """Kills before each AWS call in turn, and after it, when its reply is lost."""
    for moment, position in itertools.product(("before-call", "after-call"), range(8)):
        world.time.forward(days=1)
        user = world.enterprise()
        keys = draft_with(world, user)[1] | draft_with(world, user)[1]
        world.time.forward(days=180)
        with faults.killed_at(moment, position):
            world.run(purge_drafts)
        world.run(purge_drafts)
        assert (keys & remaining(world), records()) == (set(), []), (moment, position)
        assert signed_in_again(world, user).ok("GET", "/me")["purged_drafts"] == 2, (moment, position)


def test_files_that_cannot_be_deleted_while_s3_is_down_are_deleted_by_the_next_run(world, owner):
    _, keys = draft_with(world, owner)
    world.time.forward(days=180)
    with faults.down("s3"):
        assert world.run(purge_drafts) == {"purged": 1, "kept": 0, "unfinished": True}
    assert keys <= uploaded()
    assert world.run(purge_drafts) == {"purged": 0, "kept": 0, "unfinished": False}
    assert (keys & remaining(world), records()) == (set(), [])


def test_a_draft_is_deleted_while_s3_is_down_and_the_next_run_deletes_its_files(world, owner):
    draft, keys = draft_with(world, owner)
    with faults.down("s3"):
        assert owner("DELETE", f"/drafts/{draft['id']}").status == 204
    world.run(purge_drafts)
    assert keys & remaining(world) == set()


# The lifecycle rule of the bucket


def test_saving_a_draft_makes_no_request_to_s3_however_old_its_files_are(world, owner):
    draft, _ = draft_with(world, owner)
    world.time.forward(days=179)
    user = signed_in_again(world, owner)
    with world.counting() as requests:
        user.ok("PUT", f"/drafts/{draft['id']}", draft["content"], If_Match='"1"')
    assert requests.of("s3") == []


def test_only_uploads_that_were_not_inspected_and_exports_expire_by_themselves():
    from chalicelib.rules.base import limits
    from sandbox.engine import cloud

    declared = cloud.properties("PortalBucket")["LifecycleConfiguration"]["Rules"]
    rules = {rule["Prefix"]: rule["ExpirationInDays"] for rule in declared if "ExpirationInDays" in rule}
    assert rules == {"exports/": 1, "uploads/": limits.UPLOAD_RETENTION.days}


def test_a_draft_with_an_old_attachment_that_was_never_uploaded_can_be_saved(world, owner):
    form = {"kind": "photo", "filename": "a.jpg", "content_type": "image/jpeg", "size": 64}
    missing = owner.ok("POST", "/attachments", form)["id"]
    world.time.forward(days=201)
    assert signed_in_again(world, owner)("POST", "/drafts", {"attachments": [missing]}).status == 201
