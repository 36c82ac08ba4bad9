"""The nightly cleaning of files: what names a file keeps it, everything else goes in a week (docs/decisions/0041)."""

import boto3
import pytest

from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import ApplicationNumber
from sandbox import environment
from scheduled.purge_drafts import purge_drafts
from testing.world import PASSWORD
from tests.support import faults
from tests.support.drafts import key_of, uploaded


@pytest.fixture
def owner(world):
    """An enterprise of its own for each test."""
    return world.enterprise()


def again(world, user):
    """The same account, signed in at the current time."""
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


def nights(world, count):
    """The purges of so many nights."""
    for _ in range(count):
        world.time.forward(days=1)
        world.run(purge_drafts)


def key(user, attachment_id):
    return key_of(user.account["enterprise_id"], attachment_id)


def verdict_of(user, attachment_id):
    from chalicelib.repos.files import verdicts

    name = attachment_id.partition(".")[0]
    return verdicts.get_many(user.account["enterprise_id"], [name]).get(name)


def claims_of(user):
    from chalicelib.repos.files import claims

    return claims.names(user.account["enterprise_id"])


def versions(user, attachment_id):
    """Every version that the bucket holds of upload and copy, without marks of deletion."""
    upload = key(user, attachment_id)
    pages = [
        boto3.client("s3").list_object_versions(Bucket=environment.BUCKET, Prefix=prefix)
        for prefix in (upload, upload.replace("uploads/", "files/"))
    ]
    return [version["Key"] for page in pages for version in page.get("Versions", ())]


def content_with(world, user, *attachment_ids):
    content = world.content(user)
    return {**content, "attachments": [*content["attachments"], *attachment_ids]}


def test_a_file_that_nothing_names_is_deleted_for_good_after_seven_days(world, owner):
    photo = world.attach(owner, "photo")
    nights(world, 6)
    assert key(owner, photo) in uploaded()
    nights(world, 2)
    assert (versions(owner, photo), verdict_of(owner, photo)) == ([], None)


def test_a_file_of_the_wrong_content_goes_with_its_verdict(world, owner):
    unfit = world.attach(owner, "photo", b"GIF89a")
    nights(world, 8)
    assert (key(owner, unfit) in uploaded(), verdict_of(owner, unfit)) == (False, None)


def test_a_file_of_a_draft_is_kept_as_long_as_the_draft_and_can_be_submitted_then(world, owner):
    photo = world.attach(owner, "photo")
    draft = owner.ok("POST", "/drafts", content_with(world, owner, photo))
    for _ in range(22):
        world.time.forward(days=7)
        nights(world, 1)
    user = again(world, owner)
    assert key(owner, photo) in uploaded()
    assert user("POST", "/applications", {"draft_id": draft["id"]}).status == 201


def test_a_file_that_another_account_of_the_enterprise_names_in_a_draft_is_kept(world, owner):
    photo = world.attach(owner, "photo")
    world.agent(owner).ok("POST", "/drafts", {"attachments": [photo]})
    nights(world, 10)
    assert key(owner, photo) in uploaded()


def test_a_file_removed_from_its_draft_goes_within_a_week_and_two_nights(world, owner):
    photo = world.attach(owner, "photo")
    draft = owner.ok("POST", "/drafts", {"attachments": [photo]})
    nights(world, 10)
    again(world, owner).ok("PUT", f"/drafts/{draft['id']}", {}, If_Match='"1"')
    nights(world, 9)
    assert versions(owner, photo) == []


def test_an_accepted_file_is_kept_for_ever(world, owner):
    photo = world.attach(owner, "photo")
    number = owner.ok("POST", "/applications", {"content": content_with(world, owner, photo)})["number"]
    for _ in range(5):
        world.time.forward(days=200)
        nights(world, 2)
    assert verdict_of(owner, photo).applications == (number,)
    assert claims_of(owner) == frozenset()
    assert again(world, owner)("GET", f"/applications/{number}/attachments/{photo}").status == 200
    assert key(owner, photo) in uploaded()


def test_a_file_that_a_correction_leaves_out_goes_unless_another_application_names_it(world, owner):
    dropped, shared = world.attach(owner, "photo"), world.attach(owner, "photo")
    content = content_with(world, owner, dropped, shared)
    application = owner.ok("POST", "/applications", {"content": content})
    other = owner.ok("POST", "/applications", {"content": content_with(world, owner, shared)})
    nights(world, 1)
    assert set(verdict_of(owner, shared).applications) == {application["number"], other["number"]}
    world.decide(world.officer("fao-hunan"), application, "return", reason="请修改", fields=["attachments"])
    user, at = again(world, owner), f"/applications/{application['number']}"
    version = user.ok("GET", at)["version"]
    user.ok("PUT", f"{at}/content", world.content(owner), If_Match=f'"{version}"')
    nights(world, 9)
    assert versions(owner, dropped) == []
    assert verdict_of(owner, shared).applications == (other["number"],)
    assert key(owner, shared) in uploaded()


def test_the_claim_of_a_submission_that_was_killed_before_its_transaction_keeps_no_file(world, owner):
    from chalicelib.repos.files import claims
    from chalicelib.repos.table import table

    photo = world.attach(owner, "photo")
    name, never_stored = photo.partition(".")[0], ApplicationNumber("APEC20261121999999")
    table.commit(claims.claimed(owner.account["enterprise_id"], never_stored, [name], world.time()))
    nights(world, 9)
    assert (versions(owner, photo), claims_of(owner)) == ([], frozenset())


def test_a_file_given_up_while_a_submission_runs_is_kept_by_its_claim(world, owner):
    """The review meets the submission between its reading of the verdict and its claim."""
    photo = world.attach(owner, "photo")
    world.time.forward(days=6, hours=1)
    user = again(world, owner)
    content = content_with(world, user, photo)
    with faults.meanwhile("dynamodb.TransactWriteItems", lambda: world.run(purge_drafts)):
        number = user.ok("POST", "/applications", {"content": content})["number"]
    assert verdict_of(owner, photo).given_up_at is not None
    nights(world, 3)
    assert verdict_of(owner, photo).applications == (number,)
    assert key(owner, photo) in uploaded()


def test_a_file_that_was_given_up_cannot_be_submitted_until_a_draft_names_it_in_the_night(world, owner):
    photo = world.attach(owner, "photo")
    world.time.forward(hours=1)
    nights(world, 6)
    user = again(world, owner)
    content = content_with(world, user, photo)
    at = f"content.attachments.{len(content['attachments']) - 1}"
    assert user("POST", "/applications", {"content": content}).fields == {at: "ATTACHMENT_NOT_UPLOADED"}
    user.ok("POST", "/drafts", {"attachments": [photo]})
    nights(world, 1)
    assert again(world, owner)("POST", "/applications", {"content": content}).status == 201


def test_an_upload_whose_event_was_lost_is_inspected_in_the_night_and_its_original_deleted(world, owner):
    late = [world.upload(owner, "photo") for _ in range(limits.INLINE_INSPECTIONS + 1)]
    draft = owner.ok("POST", "/drafts", content_with(world, owner, *late))
    nights(world, 1)
    for attachment_id in late:
        copy = key(owner, attachment_id).replace("uploads/", "files/")
        assert versions(owner, attachment_id) == [copy]
    assert again(world, owner)("POST", "/applications", {"draft_id": draft["id"]}).status == 201


def test_a_cleaning_killed_at_any_aws_call_is_completed_and_loses_nothing(world, owner):
    for moment in ("before-call", "after-call"):
        for position in range(0, 24, 3):
            user = world.enterprise()
            photo, unused, lost = world.attach(user, "photo"), world.attach(user, "photo"), world.upload(user, "photo")
            number = user.ok("POST", "/applications", {"content": content_with(world, user, photo)})["number"]
            user.ok("POST", "/drafts", {"attachments": [lost]})
            for _ in range(9):
                world.time.forward(days=1)
                with faults.killed_at(moment, position):
                    world.run(purge_drafts)
                world.run(purge_drafts)
            assert verdict_of(user, photo).applications == (number,), (moment, position)
            assert {key(user, photo), key(user, lost)} <= uploaded(), (moment, position)
            assert versions(user, unused) == [], (moment, position)


def test_an_unreadable_claim_is_counted_and_its_files_are_kept(world, owner):
    from chalicelib.repos.applications import applications
    from chalicelib.usecases.files.cleaning import Cleaning

    photo = world.attach(owner, "photo")
    owner.ok("POST", "/applications", {"content": content_with(world, owner, photo)})
    world.time.forward(days=8)

    def fail(number, owner):
        raise ValueError(number, owner)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applications, "of_enterprise", fail)
        cleaning = Cleaning(world.time(), lambda: False)
        cleaning.run()
    assert cleaning.counts["failed"] > 0
    nights(world, 2)
    assert key(owner, photo) in uploaded()


def test_a_cleaning_near_its_deadline_leaves_the_rest_to_the_next_run(world, owner):
    from chalicelib.usecases.files.cleaning import Cleaning

    unused = world.attach(owner, "photo")
    world.time.forward(days=7)
    cleaning = Cleaning(world.time(), lambda: True)
    cleaning.run()
    assert (cleaning.is_complete, verdict_of(owner, unused).given_up_at) == (False, None)
