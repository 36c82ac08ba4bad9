"""提交申请: numbers, persons, drafts, idempotency keys and files (H13, L12)."""

import uuid
from datetime import UTC, datetime

import pytest

from testing.world import PASSWORD, PDF
from tests.support import faults
from tests.support.offers import actions


def submit(user, content, **headers):
    return user("POST", "/applications", {"content": content}, **headers)


def count(user):
    """The number of applications of the user's enterprise, on all pages."""
    number, cursor = 0, None
    while True:
        form = {"service": "new_or_renewal", "limit": 100, "cursor": cursor}
        page = user.ok("POST", "/applications/search", form)
        number, cursor = number + len(page["items"]), page["next_cursor"]
        if cursor is None:
            return number


def key():
    return str(uuid.uuid4())


# The submitted application


@pytest.mark.accepts("H13")
def test_submitted_content_becomes_an_application_under_office_review(world):
    owner = world.enterprise()
    world.time.moment = datetime(2026, 11, 5, 4, 30, tzinfo=UTC)
    content = world.content(owner, persons=2)
    answer = submit(owner, content)
    application = answer.body
    assert (answer.status, answer.headers["etag"]) == (201, '"1"')
    expected = {
        "number": "APEC20261105000001",
        "service": "new_or_renewal",
        "tag": "签制",
        "status": "FAO_REVIEW",
        "status_label": "外办审核中",
        "status_version": 1,
        "title": "测试团组",
        "office": "fao-hunan",
        "creator_id": owner.account["id"],
        "person_count": 2,
        "submitted_at": "2026-11-05T04:30:00.000Z",
    }
    assert {name: application[name] for name in expected} == expected
    assert actions(application) == ["withdraw"]
    assert [person["number"] for person in application["persons"]] == ["APEC20261105000001-01", "APEC20261105000001-02"]
    assert owner.ok("GET", "/applications/APEC20261105000001") == application


def test_personal_numbers_are_masked_in_every_reply_except_those_of_passports(world, owner):
    content = world.content(owner)
    application = submit(owner, content).body
    person = application["content"]["persons"][0]
    assert person["id_number"] == "*" * 14 + content["persons"][0]["id_number"][-4:]
    assert person["phone"] == "138****0000"
    assert person["email"] == "*********@enterprise.example"
    assert (
        person["passport_number"]
        == application["persons"][0]["passport_number"]
        == content["persons"][0]["passport_number"]
    )
    assert application["masked"] == [
        f"content.persons.{field}" for field in ("id_number", "birth_date", "phone", "email", "previous_card_number")
    ]


def test_personal_data_are_stored_encrypted(world, owner):
    content = world.content(owner)
    submit(owner, content)
    stored = str(world.table())
    for field in ("id_number", "passport_number"):
        assert content["persons"][0][field] not in stored


def test_application_numbers_count_up_within_a_day_in_china(world, owner):
    content = world.content(owner)
    numbers = []
    for moment in ((10, 15, 59), (10, 16, 0), (10, 16, 30), (11, 3, 0)):
        world.time.moment = datetime(2026, 11, *moment, tzinfo=UTC)
        numbers.append(submit(owner, content).body["number"])
    assert numbers == ["APEC20261110000001", "APEC20261111000001", "APEC20261111000002", "APEC20261111000003"]


def test_application_numbers_change_their_date_at_midnight_in_china(world, owner):
    world.time.moment = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    user = world.sign_in("enterprise", owner.account["login"], "correct horse battery")
    assert submit(user, world.content(owner)).body["number"] == "APEC20261122000001"


# From a draft


@pytest.mark.accepts("F02")
def test_a_submitted_draft_is_deleted_and_allows_another(world):
    user = world.enterprise()
    content = world.content(user)
    drafts = [user.ok("POST", "/drafts", content) for _ in range(20)]
    answer = user("POST", "/applications", {"draft_id": drafts[0]["id"]})
    assert answer.status == 201
    assert answer.body["content"]["group_name"] == "测试团组"
    assert user("GET", f"/drafts/{drafts[0]['id']}").status == 404
    assert user("POST", "/applications", {"draft_id": drafts[0]["id"]}).status == 404
    assert user("POST", "/drafts", {}).status == 201
    assert user("POST", "/drafts", {}).code == "LIMIT_REACHED"


def test_an_incomplete_draft_is_refused_unchanged_with_every_missing_field(world, owner):
    draft = owner.ok("POST", "/drafts", {"persons": [{"name": "测试甲"}], "contact": ""})
    before = world.table()
    answer = owner("POST", "/applications", {"draft_id": draft["id"]})
    assert answer.status == 422
    named = set(answer.fields)
    assert {"group_name", "office", "contact", "invoice_profile_id", "persons.0.passport_number"} <= named
    assert "persons.0.name" not in named
    assert world.table() == before


@pytest.mark.parametrize(("body", "code"), [({}, "missing"), ({"draft_id": "x", "content": {}}, "ONE_OF_TWO")])
def test_a_submission_has_either_a_draft_or_content(owner, body, code):
    answer = owner("POST", "/applications", body)
    assert (answer.status, answer.fields) == (422, {"draft_id": code, "content": code})


# Idempotency keys


def test_a_repeated_key_returns_the_same_reply_and_has_one_effect(world, owner):
    body, name, before = {"content": world.content(owner)}, key(), count(owner)
    first = owner("POST", "/applications", body, Idempotency_Key=name)
    again = owner("POST", "/applications", body, Idempotency_Key=name.upper())
    assert (first.status, again.status, first.body) == (201, 201, again.body)
    assert count(owner) == before + 1


def test_a_repeated_key_with_another_body_is_refused(world, owner):
    body, name = {"content": world.content(owner)}, key()
    owner.ok("POST", "/applications", body, Idempotency_Key=name)
    body["content"]["group_name"] = "另一个团组"
    answer = owner("POST", "/applications", body, Idempotency_Key=name)
    assert (answer.status, answer.code) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_an_idempotency_key_belongs_to_one_account(world, owner):
    name = key()
    owner.ok("POST", "/applications", {"content": world.content(owner)}, Idempotency_Key=name)
    other = world.enterprise()
    assert submit(other, world.content(other), Idempotency_Key=name).status == 201


def test_an_idempotency_key_is_stored_for_successes_only(world, owner):
    body, name = {"content": world.content(owner, group_name="x")}, key()
    assert owner("POST", "/applications", body, Idempotency_Key=name).status == 422
    body["content"]["group_name"] = "改好的团组"
    assert owner("POST", "/applications", body, Idempotency_Key=name).status == 201


@pytest.mark.parametrize("name", ["", "1", "not-a-uuid", "x" * 36])
def test_an_idempotency_key_must_be_a_uuid(world, owner, name):
    answer = submit(owner, world.content(owner), Idempotency_Key=name)
    assert (answer.status, answer.fields) == (422, {"Idempotency-Key": "uuid_parsing"})


@pytest.mark.parametrize("source", ["content", "draft_id"])
def test_eight_concurrent_requests_with_one_key_have_one_effect_and_one_reply(world, owner, source):
    content, name, before = world.content(owner), key(), count(owner)
    body = {"content": content} if source == "content" else {"draft_id": owner.ok("POST", "/drafts", content)["id"]}
    with faults.meeting("dynamodb.TransactWriteItems", 8):
        answers = world.together(*[lambda: owner("POST", "/applications", body, Idempotency_Key=name)] * 8)
    assert [answer.status for answer in answers] == [201] * 8
    assert len({answer.body["number"] for answer in answers}) == 1
    assert count(owner) == before + 1


def test_four_concurrent_submissions_of_one_draft_create_one_application(world, owner):
    draft, before = owner.ok("POST", "/drafts", world.content(owner)), count(owner)
    with faults.meeting("dynamodb.TransactWriteItems", 4):
        answers = world.together(*[lambda: owner("POST", "/applications", {"draft_id": draft["id"]})] * 4)
    assert sorted(answer.status for answer in answers) == [201, 404, 404, 404]
    assert count(owner) == before + 1


def test_a_repeated_key_returns_a_lost_reply(world, owner):
    body, name, before = {"content": world.content(owner)}, key(), count(owner)
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        lost = owner("POST", "/applications", body, Idempotency_Key=name)
    assert (lost.status, lost.code) == (503, "OUTCOME_UNKNOWN")
    assert owner("POST", "/applications", body, Idempotency_Key=name).status == 201
    assert count(owner) == before + 1


# Files


def with_files(world, owner, person=(), group=()):
    """Valid content with additional files of the first person and of the group."""
    content = world.content(owner)
    content["persons"][0]["attachments"] = [*content["persons"][0]["attachments"], *person]
    return content | {"attachments": [*content["attachments"], *group]}


def declared(user, kind="photo"):
    form = {"kind": kind, "filename": "照片.jpg", "content_type": "image/jpeg", "size": 64}
    return user.ok("POST", "/attachments", form)["id"]


def test_a_file_that_was_never_uploaded_is_refused(world, owner):
    content = with_files(world, owner, person=[declared(owner)], group=[declared(owner)])
    before = world.table()
    answer = submit(owner, content)
    assert answer.fields == {
        "content.attachments.5": "ATTACHMENT_NOT_UPLOADED",
        "content.persons.0.attachments.5": "ATTACHMENT_NOT_UPLOADED",
    }
    assert world.table() == before


def test_a_file_of_another_type_than_declared_is_refused(world, owner):
    answer = submit(owner, with_files(world, owner, person=[world.attach(owner, "photo", PDF)]))
    assert (answer.status, answer.fields) == (422, {"content.persons.0.attachments.5": "ATTACHMENT_CONTENT"})


def test_a_file_of_another_enterprise_is_refused(world, owner):
    stranger = world.attach(world.enterprise(), "photo")
    forged = world.attach(owner, "photo").replace(".photo.", ".signature.")
    for name in (stranger, forged, "unknown", "....", "照片"):
        answer = submit(owner, with_files(world, owner, person=[name]))
        assert (answer.status, answer.fields) == (422, {"content.persons.0.attachments.5": "ATTACHMENT"})


def test_every_kind_on_the_offices_checklist_is_required(world, owner):
    content = world.content(owner, attachments=[])
    content["persons"][0]["attachments"] = []
    errors = submit(owner, content).body["errors"]
    assert sorted((error["field"], error["message"]) for error in errors) == [
        ("content.attachments", "附件材料：缺少材料：与APEC经济体业务往来证明。"),
        ("content.attachments", "附件材料：缺少材料：企业承诺书。"),
        ("content.attachments", "附件材料：缺少材料：完税证明或纳税信用等级证明。"),
        ("content.attachments", "附件材料：缺少材料：申请函。"),
        ("content.attachments", "附件材料：缺少材料：营业执照副本。"),
        ("content.persons.0.attachments", "附件材料：缺少材料：护照信息页。"),
        ("content.persons.0.attachments", "附件材料：缺少材料：无犯罪记录证明。"),
        ("content.persons.0.attachments", "附件材料：缺少材料：照片。"),
        ("content.persons.0.attachments", "附件材料：缺少材料：社保缴纳证明。"),
        ("content.persons.0.attachments", "附件材料：缺少材料：签名。"),
    ]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"kind": "selfie"}, {"kind": "ATTACHMENT_KIND"}),
        ({"content_type": "image/gif"}, {"content_type": "ATTACHMENT_TYPE"}),
        ({"size": 2_097_153}, {"size": "ATTACHMENT_SIZE"}),
        ({"size": 0}, {"size": "greater_than_equal"}),
        ({"filename": "a\u0000b"}, {"filename": "CONTROL_CHARACTER"}),
    ],
    ids=str,
)
def test_an_unacceptable_file_is_refused_before_its_upload(owner, changes, fields):
    form = {"kind": "photo", "filename": "照片.jpg", "content_type": "image/jpeg", "size": 64}
    answer = owner("POST", "/attachments", form | changes)
    assert (answer.status, answer.fields) == (422, fields)


# Ninety persons


def test_submitting_a_draft_of_ninety_persons_takes_six_requests_and_two_for_each_person(world, owner):
    draft = owner.ok("POST", "/drafts", world.content(owner, persons=90))
    with world.counting() as requests:
        answer = owner("POST", "/applications", {"draft_id": draft["id"]}, Idempotency_Key=key())
    requests.tell("submit 90 persons, with a key")
    assert answer.status == 201
    assert answer.body["persons"][-1]["number"].endswith("-90")
    # Draft, invoice profile, verdicts on files, number and transaction; and each person in other applications.
    assert len(requests.of("dynamodb")) <= 5 + 1 + 2 * 90
    assert requests.of("s3") == []


def test_a_ninety_first_person_is_refused(world, owner):
    content = world.content(owner, persons=91)
    before = world.table()
    answer = submit(owner, content)
    assert (answer.status, answer.fields) == (422, {"content.persons": "too_long"})
    assert world.table() == before


def test_a_day_has_999999_application_numbers(world):
    from chalicelib.repos.table import table
    from chalicelib.rules.base.china_time import day_of

    user = world.enterprise()
    world.time.forward(days=400)
    user = world.sign_in("enterprise", user.account["login"], PASSWORD)
    at = f"SEQ#{day_of(world.time())}"
    table.commit(table.put({"pk": at, "sk": "SEQ", "last": 999_998}))
    content = world.content(user)
    assert user.ok("POST", "/applications", {"content": content})["number"].endswith("999999")
    assert user("POST", "/applications", {"content": content}).code == "UNAVAILABLE"
