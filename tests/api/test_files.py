"""Files of an application: inspected, stripped of metadata, stored permanently, and read by entitled accounts."""

import io

import httpx
import pytest
from PIL import Image

from scheduled.purge_drafts import purge_drafts
from testing import people
from testing.files import PDF
from tests.support import faults

SECRET = "28.2282N 112.9388E"


def photo(width=600, height=800):
    exif = Image.Exif()
    exif[0x010E] = SECRET
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(buffer, "JPEG", exif=exif.tobytes())
    return buffer.getvalue()


def submitted(world, user, content):
    """Submit an application whose first person has this photo; the application and the attachment."""
    ready = world.content(user)
    attachment = uploaded(user, content)
    others = ready["persons"][0]["attachments"]
    kept = [attachment_id for attachment_id in others if ".photo." not in attachment_id]
    ready["persons"] = [people.person(attachments=[attachment["id"], *kept])]
    return user.ok("POST", "/applications", {"content": ready}), attachment


def uploaded(user, content):
    """The attachment of an uploaded photo."""
    attachment = user.ok("POST", "/attachments", form_for(len(content)))
    post(attachment["upload"], content)
    return attachment


def never_uploaded(user):
    return user.ok("POST", "/attachments", form_for(64))["id"]


def form_for(size):
    return {"kind": "photo", "filename": "photo.jpg", "content_type": "image/jpeg", "size": size}


def post(upload, content):
    files = {"file": ("photo.jpg", content, "image/jpeg")}
    assert httpx.post(upload["url"], data=upload["fields"], files=files, trust_env=False).status_code < 300


def claimed(user):
    """Names of the uploads that requests of the enterprise have claimed for applications."""
    from chalicelib.repos.files import claims

    return claims.names(user.account["enterprise_id"])


def names(*attachment_ids):
    return {attachment_id.partition(".")[0] for attachment_id in attachment_ids}


def fetched(user, path):
    return httpx.get(user.ok("GET", path)["url"], trust_env=False).content


def test_a_submitted_photo_is_stored_without_metadata_and_cannot_be_replaced(world, owner):
    original = photo()
    application, attachment = submitted(world, owner, original)
    path = f"/applications/{application['number']}/attachments/{attachment['id']}"
    assert SECRET.encode() in original
    kept = fetched(owner, path)
    assert SECRET.encode() not in kept
    assert Image.open(io.BytesIO(kept)).size == (600, 800)
    post(attachment["upload"], photo(300, 400))
    assert fetched(owner, path) == kept
    assert fetched(world.desk("fao-hunan"), f"/office{path}") == kept


def test_a_refused_submission_claims_no_file(world, owner):
    content = world.content(owner)
    fresh = [world.attach(owner, kind) for kind in ("photo", "signature")]
    too_wide = uploaded(owner, photo(800, 600))
    refused = {
        "a file of the wrong dimensions": [*content["persons"][0]["attachments"], *fresh, too_wide["id"]],
        "a file that was never uploaded": [*content["persons"][0]["attachments"], *fresh, never_uploaded(owner)],
        "a missing required file": fresh[:1],
    }
    before = claimed(owner)
    for attachments in refused.values():
        person = people.person(attachments=attachments)
        answer = owner("POST", "/applications", {"content": {**content, "persons": [person]}})
        assert answer.status == 422
        assert all(field.startswith("content.persons.0.attachments") for field in answer.fields)
        assert claimed(owner) == before
    content["persons"] = [people.person(attachments=[*content["persons"][0]["attachments"], *fresh])]
    owner.ok("POST", "/applications", {"content": content})
    assert claimed(owner) >= names(*fresh)
    assert not claimed(owner) & names(too_wide["id"])


def refused_otherwise(world, owner):
    """Requests with valid files that are refused for another reason: method, path, body, code and the files."""
    content = world.content(owner)
    number = world.application(owner)["number"]
    for method, path, code in (
        ("POST", "/applications", "INVALID"),
        ("POST", f"/persons/{number}-01/services", "OPERATION_INVALID"),
        ("PUT", f"/persons/{number}-01/content", "OPERATION_INVALID"),
        ("PUT", f"/applications/{number}/service", "OPERATION_INVALID"),
        ("PUT", f"/applications/{number}/content", "OPERATION_INVALID"),
    ):
        fresh = [world.attach(owner, kind) for kind in ("photo", "signature")]
        person = people.person(attachments=[*content["persons"][0]["attachments"], *fresh])
        bodies = {
            "INVALID": {"content": {**content, "invoice_profile_id": "0" * 20, "persons": [person]}},
            "services": {"service": "cancel_card", "status_version": 1, "reason": "离职", "attachments": fresh},
            f"{number}-01": person,
            "service": {"reason": "离职", "attachments": fresh},
            number: {**content, "persons": [person]},
        }
        yield method, path, bodies[code if code in bodies else _kind_of(path)], code, fresh


def _kind_of(path):
    parts = path.split("/")
    return parts[-2] if parts[-1] == "content" else parts[-1]


def test_a_request_that_is_refused_for_reasons_other_than_files_keeps_no_file(world, owner):
    from chalicelib.repos.files import verdicts

    given = []
    for method, path, body, code, fresh in refused_otherwise(world, owner):
        assert owner(method, path, body, If_Match='"1"').code == code, path
        given += fresh
    world.time.forward(hours=2)
    world.run(purge_drafts)
    stored = verdicts.get_many(owner.account["enterprise_id"], names(*given))
    assert [verdict.applications for verdict in stored.values()] == [()] * 10
    assert not claimed(owner) & names(*given)


def test_a_conflict_between_two_copies_of_one_file_asks_the_client_to_retry(world, owner):
    """S3 answers 409 to two concurrent conditional writes of one object; the embedded engine never does."""
    content = world.content(owner)
    content["attachments"] = [*content["attachments"], world.upload(owner, "photo")]
    with faults.refused("s3.PutObject", "ConditionalRequestConflict", 409, times=1):
        assert owner("POST", "/applications", {"content": content}).code == "UNAVAILABLE"
    assert owner("POST", "/applications", {"content": content}).status == 201


def test_files_are_available_only_to_those_who_may_see_the_application(world, owner):
    application, attachment = submitted(world, owner, photo())
    path = f"/applications/{application['number']}/attachments/"
    stranger, colleague = world.enterprise(), world.agent(owner, scope="own")
    unused = world.attach(owner, "photo")
    assert [user("GET", path + attachment["id"]).status for user in (stranger, colleague)] == [404, 404]
    assert world.desk("fao-shaanxi")("GET", f"/office{path}{attachment['id']}").status == 404
    assert [owner("GET", path + attachment_id).status for attachment_id in (unused, "unknown", "a.b.c.d.e")] == [
        404,
        404,
        404,
    ]


@pytest.mark.parametrize("size", [(299, 399), (300, 800), (1300, 1734), (800, 600)])
def test_a_photo_of_the_wrong_dimensions_is_refused_with_the_required_ones(world, owner, size):
    content = world.content(owner)
    person = content["persons"][0]
    person["attachments"] = [*person["attachments"], world.attach(owner, "photo", photo(*size))]
    answer = owner("POST", "/applications", {"content": content})
    (error,) = answer.body["errors"]
    index = len(person["attachments"]) - 1
    assert (answer.status, error["field"]) == (422, f"content.persons.0.attachments.{index}")
    assert error["message"] == "附件材料：图片须为300x400至1200x1600像素，宽高比在0.7–0.78之间"
    kinds = {kind["code"]: kind for kind in owner.ok("GET", "/reference")["attachment_kinds"]}
    assert kinds["photo"]["pixels"] == {"least": [300, 400], "most": [1200, 1600], "ratio": [0.7, 0.78]}


@pytest.mark.parametrize("kind", ["photo", "signature"])
@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0rest", photo()[:-2], photo()[:300]])
def test_what_is_printed_on_the_card_is_refused_if_it_cannot_be_read_or_has_no_end(world, owner, kind, content):
    upload = world.attach(owner, kind, content)
    ready = world.content(owner)
    ready["persons"][0]["attachments"] = [*ready["persons"][0]["attachments"], upload]
    answer = owner("POST", "/applications", {"content": ready})
    assert (answer.status, [*answer.fields.values()]) == (422, ["PICTURE_DAMAGED"])
    draft = owner.ok("POST", "/drafts", {"persons": [{"attachments": [upload]}]})
    assert draft["content"]["persons"][0]["attachments"][0]["state"] == "unfit"


JPEG_CUT = photo()[:-2] + b"\xff\xe1\xff\xffExif\0\0" + SECRET.encode()
PNG_CUT = b"\x89PNG\r\n\x1a\n\0\0\0\x40tEXtLocation\0" + SECRET.encode()


@pytest.mark.parametrize(
    ("content", "content_type", "codes"),
    [
        (photo(), "image/jpeg", []),
        (JPEG_CUT, "image/jpeg", ["PICTURE_UNREADABLE"]),
        (PNG_CUT, "image/png", ["PICTURE_UNREADABLE"]),
        (PDF + SECRET.encode(), "application/pdf", []),
    ],
    ids=["complete", "a photo truncated in its Exif", "a drawing truncated in a text", "no picture"],
)
def test_a_picture_stored_with_its_metadata_causes_a_warning(world, owner, content, content_type, codes):
    ready = world.content(owner)
    index = len(ready["attachments"])
    ready["attachments"] = [*ready["attachments"], world.attach(owner, "business_licence", content, content_type)]
    application = owner.ok("POST", "/applications", {"content": ready})
    found = [warning for warning in application["warnings"] if warning["field"] == f"attachments.{index}"]
    assert [warning["code"] for warning in found] == codes
    path = f"/applications/{application['number']}/attachments/{ready['attachments'][-1]}"
    assert (SECRET.encode() in fetched(owner, path)) == (content_type != "image/jpeg" or bool(codes))


def test_short_passports_and_doubtful_titles_cause_warnings(world, owner):
    persons = [
        people.person(passport_expires_on=end, title=title, attachments=world.attachments(owner, "person"))
        for end, title in (("2028-11-20", "销售部经理"), ("2031-11-20", "财务部经理"), ("2034-01-01", "总裁"))
    ]
    application = owner.ok("POST", "/applications", {"content": world.content(owner) | {"persons": persons}})
    assert [
        (warning["field"], warning["code"])
        for warning in application["warnings"]
        if "attachments" not in warning["field"]
    ] == [
        ("persons.0.passport_expires_on", "PASSPORT_SHORT"),
        ("persons.1.passport_expires_on", "CARD_CUT"),
        ("persons.1.title", "TITLE_DOUBTFUL"),
    ]


def test_warnings_are_in_the_language_of_the_request(world, owner):
    person = people.person(title="财务部经理", attachments=world.attachments(owner, "person"))
    content = world.content(owner) | {"persons": [person]}
    messages = []
    for headers in ({"Accept_Language": "en"}, {"Accept_Language": "zh-CN"}, {}):
        warnings = owner.ok("POST", "/applications", {"content": content}, **headers)["warnings"]
        messages += [warning["message"] for warning in warnings if warning["code"] == "TITLE_DOUBTFUL"]
    assert messages == [
        "Job title: this title may not be accepted: give the one used abroad",
        "职务：该职务可能不被受理，请填写对外身份",
        "职务：该职务可能不被受理，请填写对外身份",
    ]


def test_a_reveal_by_an_officer_is_recorded_with_its_reason(world, owner):
    application = world.application(owner)
    number = application["persons"][0]["number"]
    officer = world.desk("fao-hunan")
    form = {"fields": ["passport_number"], "reason": "核对护照信息"}
    shown = officer.ok("POST", f"/office/persons/{number}/reveal", form)["fields"]["passport_number"]
    assert shown.startswith("E")
    entry = officer.ok("GET", f"/office/applications/{application['number']}")["history"][-1]
    assert (entry["action"], entry["reason"], entry["fields"]) == ("reveal", "核对护照信息", ["passport_number"])
    assert world.desk("fao-shaanxi")("POST", f"/office/persons/{number}/reveal", form).status == 404
