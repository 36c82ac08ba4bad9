"""Uploads are inspected when their event arrives; submissions read the verdicts (docs/decisions/0041)."""

import io
import json
from itertools import batched, chain

import boto3
import httpx
import pytest
from PIL import Image
from pydantic import ValidationError

from chalicelib.rules.base import limits
from chalicelib.rules.files.upload_events import UploadedVersion
from sandbox import environment
from testing import people, upload_events
from testing.counting import Requests
from tests.support import faults

SECRET = b"28.2282N 112.9388E"


def photo(width=600, height=800):
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (width % 256, 0, 0)).save(buffer, "JPEG", exif=exif.tobytes())
    return buffer.getvalue()


@pytest.fixture
def content(world, owner):
    """Content that can be submitted, with a second content of its own for each test."""
    return world.content(owner)


def announced(user, size=100_000):
    form = {"kind": "photo", "filename": "photo.jpg", "content_type": "image/jpeg", "size": size}
    return user.ok("POST", "/attachments", form)


def post(attachment, file):
    """Post a file by the upload form; its version in the bucket."""
    files = {"file": ("photo.jpg", file, "image/jpeg")}
    form = attachment["upload"]
    assert httpx.post(form["url"], data=form["fields"], files=files, trust_env=False).status_code < 300
    return boto3.client("s3").head_object(Bucket=environment.BUCKET, Key=form["fields"]["key"])["VersionId"]


def key_of(attachment):
    return attachment["upload"]["fields"]["key"]


def event(attachment, version):
    return upload_events.created(environment.BUCKET, key_of(attachment), version)


def verdict_of(attachment):
    from chalicelib.repos.files import verdicts

    return verdicts.get(UploadedVersion(*key_of(attachment).split("/")[1:]))


def copy_of(attachment):
    """The cleaned copy and the digest of its upload; None if there is none."""
    client = boto3.client("s3")
    try:
        found = client.get_object(Bucket=environment.BUCKET, Key=key_of(attachment).replace("uploads/", "files/"))
    except client.exceptions.NoSuchKey:
        return None
    return found["Body"].read(), found["Metadata"]["upload"]


def versions(attachment):
    """Versions of the upload that are left, older ones and marks of deletion included."""
    found = boto3.client("s3").list_object_versions(Bucket=environment.BUCKET, Prefix=key_of(attachment))
    return [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]


def with_files(content, *attachment_ids):
    return {**content, "attachments": [*content["attachments"], *attachment_ids]}


def fields(user, content):
    return user("POST", "/applications", {"content": content}).fields


def submitted_with(user, content, *attachment_ids):
    """Submit; the requests to AWS."""
    requests = Requests()
    with requests.recording():
        user.ok("POST", "/applications", {"content": with_files(content, *attachment_ids)})
    return requests


# The event


def test_an_upload_becomes_a_cleaned_copy_and_a_verdict_and_is_deleted_in_every_version(world, owner):
    attachment, original = announced(owner), photo()
    version = post(attachment, original)
    assert SECRET in original
    assert world.inspect(event(attachment, version)) == {"done": 1}
    copy, digest = copy_of(attachment)
    verdict = verdict_of(attachment)
    assert SECRET not in copy
    assert Image.open(io.BytesIO(copy)).size == verdict.size == (600, 800)
    assert (verdict.digest, verdict.readable, verdict.replaced) == (digest, True, False)
    assert versions(attachment) == []


def test_a_submission_with_inspected_files_makes_no_request_to_s3(owner, content, world):
    requests = submitted_with(owner, content, *(world.attach(owner, "photo") for _ in range(15)))
    assert requests.of("s3") == []


def test_an_event_that_comes_twice_changes_nothing(world, owner):
    attachment = announced(owner)
    version = post(attachment, photo())
    world.inspect(event(attachment, version))
    before = (copy_of(attachment), verdict_of(attachment))
    assert world.inspect(event(attachment, version), event(attachment, version)) == {"done": 2}
    assert (copy_of(attachment), verdict_of(attachment), versions(attachment)) == (*before, [])


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1, 0)])
def test_two_contents_of_one_form_are_refused_in_any_order_of_their_events(world, owner, content, order):
    attachment = announced(owner)
    posted = [post(attachment, photo()), post(attachment, photo(603, 804))]
    for index in order:
        world.inspect(event(attachment, posted[index]))
    refused = with_files(content, attachment["id"])
    assert fields(owner, refused) == {f"content.attachments.{len(content['attachments'])}": "ATTACHMENT_REPLACED"}
    assert verdict_of(attachment).digest == copy_of(attachment)[1]
    assert versions(attachment) == []


def test_an_upload_replaced_after_its_acceptance_changes_neither_copy_nor_verdict(world, owner, content):
    attachment = announced(owner)
    world.inspect(event(attachment, post(attachment, photo())))
    number = owner.ok("POST", "/applications", {"content": with_files(content, attachment["id"])})["number"]
    before = copy_of(attachment)
    world.inspect(event(attachment, post(attachment, photo(603, 804))))
    assert (copy_of(attachment), verdict_of(attachment).digest) == (before, before[1])
    url = owner.ok("GET", f"/applications/{number}/attachments/{attachment['id']}")["url"]
    assert httpx.get(url, trust_env=False).content == before[0]


def test_a_file_of_the_wrong_content_can_be_uploaded_again_by_its_form(world, owner, content):
    attachment = announced(owner)
    refused = with_files(content, attachment["id"])
    at = f"content.attachments.{len(content['attachments'])}"
    assert world.inspect(event(attachment, post(attachment, b"GIF89a"))) == {"unfit": 1}
    assert (fields(owner, refused), copy_of(attachment)) == ({at: "ATTACHMENT_CONTENT"}, None)
    assert world.inspect(event(attachment, post(attachment, photo()))) == {"done": 1}
    assert owner("POST", "/applications", {"content": refused}).status == 201


def test_an_event_about_an_upload_that_was_deleted_does_nothing(world, owner):
    attachment = announced(owner)
    version = post(attachment, photo())
    boto3.client("s3").delete_object(Bucket=environment.BUCKET, Key=key_of(attachment), VersionId=version)
    assert world.inspect(event(attachment, version)) == {"missing": 1}
    assert (verdict_of(attachment), copy_of(attachment)) == (None, None)


def test_the_test_event_of_s3_and_objects_that_are_no_uploads_are_ignored(world):
    others = [upload_events.created(environment.BUCKET, key) for key in ("files/a/b", "uploads/a", "uploads/../x/y")]
    assert world.inspect(upload_events.TEST_EVENT, *others) == {}


def test_an_unreadable_event_fails_so_that_the_queue_keeps_it(world):
    with pytest.raises(ValidationError):
        world.inspect({"Records": [{"s3": {}}]})


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_a_failure_is_raised_so_that_the_queue_delivers_the_event_again(world, owner, service):
    from chalicelib.rules.base.errors import Unavailable

    attachment = announced(owner)
    version = post(attachment, photo())
    with faults.down(service), pytest.raises(Unavailable):
        world.inspect(event(attachment, version))
    assert world.inspect(event(attachment, version)) == {"done": 1}


def test_an_inspection_killed_at_any_aws_call_is_completed_by_the_next_event(world, owner, content):
    for moment in ("before-call", "after-call"):
        for position in range(6):
            attachment = announced(owner)
            version = post(attachment, photo())
            with faults.killed_at(moment, position):
                world.inspect(event(attachment, version))
            world.inspect(event(attachment, version))
            copy, digest = copy_of(attachment)
            assert (SECRET in copy, verdict_of(attachment).digest) == (False, digest), (moment, position)
            assert versions(attachment) == [], (moment, position)
            submitted_with(owner, content, attachment["id"])


@pytest.mark.parametrize("call", ["dynamodb.TransactWriteItems", "s3.PutObject"])
def test_two_inspections_of_one_upload_at_the_same_moment_both_succeed(world, owner, content, call):
    """The event arrives while the submission inspects the upload itself."""
    late = world.upload(owner, "photo", photo())
    key = f"uploads/{owner.account['enterprise_id']}/{late.partition('.')[0]}"
    arrived = world.upload_event(key)
    with faults.meanwhile(call, lambda: world.upload_arrives(key)):
        assert owner("POST", "/applications", {"content": with_files(content, late)}).status == 201
    world.inspect(arrived)


def test_an_upload_replaced_after_an_inspection_was_killed_behind_its_copy_is_refused(world, owner, content):
    attachment = announced(owner)
    first = post(attachment, photo())
    with faults.killed_at("after-call", 3):  # the upload is read, the verdict begun and the copy stored
        world.inspect(event(attachment, first))
    assert copy_of(attachment) is not None
    world.inspect(event(attachment, post(attachment, photo(603, 804))))
    verdict = verdict_of(attachment)
    assert (verdict.digest, verdict.size, verdict.replaced) == (copy_of(attachment)[1], (600, 800), True)
    world.inspect(event(attachment, first))
    assert versions(attachment) == []


# Submissions before the event


def test_a_few_uploads_whose_event_is_late_are_inspected_by_the_submission(world, owner, content):
    late = [world.upload(owner, "photo", photo()) for _ in range(limits.INLINE_INSPECTIONS)]
    requests = submitted_with(owner, content, *late)
    assert sorted(requests.of("s3")) == ["GetObject"] * 3 + ["PutObject"] * 3


def test_more_uploads_whose_event_is_late_are_refused_each_as_pending(world, owner, content):
    late = [world.upload(owner, "photo", photo()) for _ in range(limits.INLINE_INSPECTIONS + 1)]
    missing, inspected = announced(owner)["id"], world.attach(owner, "photo", photo())
    named = with_files(content, *late, missing, inspected)
    first = len(content["attachments"])
    requests = Requests()
    with requests.recording():
        answer = owner("POST", "/applications", {"content": named})
    assert answer.fields == {
        **{f"content.attachments.{first + index}": "ATTACHMENT_PENDING" for index in range(4)},
        f"content.attachments.{first + 4}": "ATTACHMENT_NOT_UPLOADED",
    }
    messages = {error["message"] for error in answer.body["errors"] if error["code"] == "ATTACHMENT_PENDING"}
    assert messages == {"附件材料：文件仍在进行病毒扫描和检查，请稍候重试。"}
    assert requests.of("s3") == ["ListObjectsV2"]
    for attachment_id in late:
        world.upload_arrives(f"uploads/{owner.account['enterprise_id']}/{attachment_id.partition('.')[0]}")
    assert owner("POST", "/applications", {"content": with_files(content, *late, inspected)}).status == 201


def test_few_late_uploads_among_many_missing_ones_take_ten_requests_to_s3_at_most(world, owner, content):
    late = [world.upload(owner, "photo", photo(800, 600)) for _ in range(3)]
    named = with_files(content, *late, *(announced(owner)["id"] for _ in range(5)))
    requests = Requests()
    with requests.recording():
        answer = owner("POST", "/applications", {"content": named})
    assert sorted(answer.fields.values()) == ["ATTACHMENT_NOT_UPLOADED"] * 5 + ["PICTURE_SIZE"] * 3
    assert len(requests.of("s3")) == 7
    assert 1 + 3 * limits.INLINE_INSPECTIONS <= limits.SUBMISSION_FILE_REQUESTS


def test_an_event_handled_while_the_submission_looks_for_the_upload_is_noticed(world, owner, content):
    late = [world.upload(owner, "photo", photo()) for _ in range(4)]

    def arrive():
        for attachment_id in late:
            world.upload_arrives(f"uploads/{owner.account['enterprise_id']}/{attachment_id.partition('.')[0]}")

    with faults.meanwhile("s3.ListObjectsV2", arrive):
        assert owner("POST", "/applications", {"content": with_files(content, *late)}).status == 201


def verdicts_stored(attachments, now):
    """Store the verdicts of uploads without uploading them: a submission reads nothing else."""
    from chalicelib.repos.files import verdicts
    from chalicelib.repos.table import table
    from chalicelib.rules.files.scans import ScanState
    from chalicelib.rules.files.verdicts import State, Verdict

    for batch in batched(attachments, 100):
        verdict = Verdict(State.DONE, "image/jpeg", "0" * 64, '"0"', scan=ScanState.CLEAN)
        table.commit(
            *(
                verdicts.unfit_noted(UploadedVersion(each.enterprise_id, each.name), None, verdict, now)
                for each in batch
            )
        )


def test_the_largest_submission_makes_at_most_ten_requests_to_s3(world, owner, content):
    """90 persons with 20 files each and 20 of the group: 1,820 attachments, every one of its own."""
    from chalicelib.repos.files import bucket

    enterprise_id, today = owner.account["enterprise_id"], world.time().date()

    def made(kinds, rest):
        return [
            bucket.new_attachment(enterprise_id, kind, "image/jpeg", limits.FILE_BYTES, today)
            for kind in (*kinds, *["photo"] * (rest - len(kinds)))
        ]

    required = {
        level: [attachment_id.split(".")[1] for attachment_id in world.attachments(owner, level)]
        for level in ("person", "group")
    }
    of_persons = [made(required["person"], limits.MAX_ATTACHMENTS) for _ in range(limits.MAX_PERSONS)]
    of_group = made(required["group"], limits.MAX_ATTACHMENTS - limits.INLINE_INSPECTIONS)
    late = [world.upload(owner, "photo", photo()) for _ in range(limits.INLINE_INSPECTIONS)]
    every = [*chain(*of_persons), *of_group]
    verdicts_stored(every, world.time())
    content["persons"] = [people.person(attachments=[each.id for each in files]) for files in of_persons]
    content["attachments"] = [*(each.id for each in of_group), *late]
    assert len({attachment.id for attachment in every} | {*late}) == 1820
    requests = Requests()
    with requests.recording():
        application = owner.ok("POST", "/applications", {"content": content})
    assert len(application["persons"]) == 90
    assert len(requests.of("s3")) == 6 <= limits.SUBMISSION_FILE_REQUESTS
    assert requests.of("dynamodb").count("BatchGetItem") == 21
    requests.tell("submission of 1,820 files, 3 of them late")


def test_events_as_the_queue_delivers_them_are_read():
    from chalicelib.rules.files import upload_events as rules

    text = json.dumps(upload_events.created("b", f"uploads/{'a' * 20}/{'b' * 20}", "v1"))
    assert rules.read(text) == [("a" * 20, "b" * 20, "v1")]
