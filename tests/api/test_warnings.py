"""Warnings are stored with the application, shown to both sides, and replaced by a correction (docs/domain.md 4.6)."""

import io

import pytest
from PIL import Image
from stdnum.cn import ric

from chalicelib.repos.applications import indexes
from chalicelib.repos.table import table
from chalicelib.rules.base.vocabulary import ApplicationNumber
from testing import people
from testing.follow_ups import applied, passport, seen, waiting

UNREADABLE = b"\xff\xd8\xff\xe0rest"


def shown(user, number, start=""):
    """The warnings in the detail of an application, as field and code."""
    return codes(user.ok("GET", f"{start}/applications/{number}"))


def codes(reply):
    return [(warning["field"], warning["code"]) for warning in reply["warnings"]]


def picture(width=600, height=800):
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def files(portal, owner):
    """Readable files of every kind that the office requires, by level."""
    offices = {entry["code"]: entry for entry in portal.anybody.ok("GET", "/reference")["offices"]}
    required = offices["fao-hunan"]["required_attachments"]
    square = {"signature": picture(400, 200)}
    return {
        level: [portal.attach(owner, kind, square.get(kind, picture())) for kind in required[level]]
        for level in ("group", "person")
    }


@pytest.fixture(scope="module")
def readable(files):
    """A function that makes persons with readable files and these changes."""
    return lambda *changes: [people.person(attachments=files["person"], **change) for change in changes]


@pytest.fixture(scope="module")
def submitted(portal, owner, files):
    """A function that submits these persons; returns the content and the reply."""

    def submit(persons):
        content = portal.content(owner) | {"persons": persons, "attachments": files["group"]}
        return content, owner.ok("POST", "/applications", {"content": content})

    return submit


SHORT, CUT, TITLE = (
    {"passport_expires_on": "2028-11-20"},
    {"passport_expires_on": "2031-11-20"},
    {"title": "财务部经理"},
)
ALL = [
    ("persons.0.passport_expires_on", "PASSPORT_SHORT"),
    ("persons.1.passport_expires_on", "CARD_CUT"),
    ("persons.1.title", "TITLE_DOUBTFUL"),
]


def test_both_sides_read_the_warnings_of_a_submission_at_any_time(world, owner, fao, consular, submitted, readable):
    _, application = submitted(readable(SHORT, CUT | TITLE))
    number = application["number"]
    assert codes(application) == ALL
    assert shown(owner, number) == shown(fao, number, "/office") == shown(consular, number, "/office") == ALL
    assert codes(seen(owner, f"{number}-01")) == [("passport_expires_on", "PASSPORT_SHORT")]
    assert codes(fao.ok("GET", f"/office/persons/{number}-02")) == [
        ("passport_expires_on", "CARD_CUT"),
        ("title", "TITLE_DOUBTFUL"),
    ]
    (short,) = fao.ok("GET", f"/office/persons/{number}-01", Accept_Language="en")["warnings"]
    assert "24 months" in short["message"]
    # A decision changes no content and no warning.
    world.decide(fao, application)
    assert shown(owner, number) == ALL


def test_a_correction_replaces_the_warnings(world, owner, fao, submitted, readable):
    content, application = submitted(readable(SHORT, CUT | TITLE))
    number = application["number"]
    world.decide(fao, application, "return", reason="请更正")
    content["persons"][1]["title"] = "销售部经理"
    edited = owner.ok("PUT", f"/applications/{number}/content", content, If_Match='"1"')
    assert codes(edited) == shown(owner, number) == shown(fao, number, "/office") == ALL[:2]
    content["persons"] = content["persons"][1:]
    owner.ok("PUT", f"/applications/{number}/content", content, If_Match='"2"')
    assert shown(fao, number, "/office") == [("persons.0.passport_expires_on", "CARD_CUT")]


def test_the_warning_on_a_file_stays_at_its_file_as_long_as_the_content_names_it(
    world, owner, fao, submitted, readable
):
    persons = readable({}, {})
    unreadable = world.attach(owner, "id_card", UNREADABLE)
    persons[1]["attachments"] = [*persons[1]["attachments"], unreadable]
    content, application = submitted(persons)
    number, last = application["number"], len(persons[0]["attachments"])
    assert codes(application) == [(f"persons.1.attachments.{last}", "PICTURE_UNREADABLE")]
    world.decide(fao, application, "return", reason="请更正")
    content["persons"] = [content["persons"][1]]
    content["persons"][0]["attachments"] = [unreadable, *persons[0]["attachments"]]
    owner.ok("PUT", f"/applications/{number}/content", content, If_Match='"1"')
    assert shown(fao, number, "/office") == [("persons.0.attachments.0", "PICTURE_UNREADABLE")]
    content["persons"][0]["attachments"] = content["persons"][0]["attachments"][1:]
    owner.ok("PUT", f"/applications/{number}/content", content, If_Match='"2"')
    assert shown(fao, number, "/office") == []


def test_a_person_corrected_apart_has_its_own_warnings(world, owner, fao, submitted, readable):
    content, application = submitted(readable(SHORT, CUT | TITLE))
    number = application["number"]
    form = {"decision": "return", "status_version": 1, "reason": "请更正"}
    version = fao.ok("POST", f"/office/persons/{number}-02/decision", form)["version"]
    corrected = content["persons"][1] | SHORT | {"title": "销售部经理"}
    edited = owner.ok("PUT", f"/persons/{number}-02/content", corrected, If_Match=f'"{version}"')
    assert codes(edited) == [("passport_expires_on", "PASSPORT_SHORT")]
    assert (
        shown(owner, number)
        == shown(fao, number, "/office")
        == [
            ("persons.0.passport_expires_on", "PASSPORT_SHORT"),
            ("persons.1.passport_expires_on", "PASSPORT_SHORT"),
        ]
    )
    good = owner.ok(
        "PUT", f"/persons/{number}-02/content", corrected | {"passport_expires_on": "2034-01-01"},
        If_Match=f'"{edited["version"]}"',
    )  # fmt: skip
    assert codes(good) == []
    assert shown(fao, number, "/office") == ALL[:1]


def test_a_follow_up_service_keeps_the_warnings_on_its_files(world, owner, fao):
    unreadable = world.attach(owner, "passport_page", UNREADABLE)
    new = passport(attachments=[unreadable])
    follow_up = applied(owner, waiting(world, owner), "change_passport", **new)
    number = follow_up["number"]
    found = [("attachments", "FILE_WANTED")] * 2 + [("attachments.0", "PICTURE_UNREADABLE")]
    assert codes(follow_up) == shown(owner, number) == shown(fao, number, "/office") == found
    world.decide(fao, follow_up, "return", reason="请更正")
    content = {"reason": "护照到期", **new}
    assert codes(owner.ok("PUT", f"/applications/{number}/service", content, If_Match='"1"')) == found
    content["attachments"] = [
        world.attach(owner, kind) for kind in ("passport_page", "old_passport_page", "explanation")
    ]
    assert codes(owner.ok("PUT", f"/applications/{number}/service", content, If_Match='"2"')) == []


def test_two_warnings_for_each_of_ninety_persons_add_little_to_the_header(submitted, readable):
    _, application = submitted(readable(*[CUT | TITLE] * 90))
    assert len(application["warnings"]) == 180
    header = table.get(indexes.header_key(ApplicationNumber(application["number"])))
    assert header is not None
    assert len(header["warnings"]) < 2_000


RENEWAL = {"first_time": False, "previous_card_number": "CN000001", "previous_card_expires_on": "2027-05-22"}


@pytest.mark.parametrize(
    ("typed", "warned"),
    [
        ({"title": "董事长兼总经理"}, [("title", "TITLE_SEVERAL")]),
        ({"title": "董事、副总经理"}, [("title", "TITLE_SEVERAL")]),
        ({"title": "董事长 总经理"}, [("title", "TITLE_SEVERAL")]),
        ({"title": "R&D经理"}, []),
        ({"title": "测试企业经理"}, [("title", "TITLE_EMPLOYER")]),
        ({"title": "企业发展部经理"}, []),
        (RENEWAL, [("previous_card_expires_on", "RENEWAL_EARLY")]),
        (RENEWAL | {"previous_card_expires_on": "2027-05-21"}, []),
        (RENEWAL | {"first_time": True}, [("first_time", "FIRST_TIME_CARD")]),
        ({"id_number": "431156190001010015"}, [("id_number", "ID_REGION_UNKNOWN")]),
    ],
)
def test_what_an_office_would_return_is_told_before_it_is_submitted(owner, readable, files, portal, typed, warned):
    content = portal.content(owner) | {"persons": readable(typed), "attachments": files["group"]}
    checked = owner.ok("POST", "/applications/check", {"content": content})
    assert (checked["errors"], codes(checked)) == ([], [(f"persons.0.{field}", code) for field, code in warned])
    for warning in checked["warnings"]:
        assert "：" in warning["message"]


def test_an_office_of_another_province_and_a_card_collected_nowhere_are_warned_of_until_they_are_corrected(
    world, owner, readable, files
):
    owner.ok("PATCH", "/enterprise", {"region_code": "430102"})
    content = world.content(owner) | {"persons": readable({}), "attachments": files["group"]}
    content |= {"office": "fao-shaanxi", "pickup": {"method": "self"}}
    application = owner.ok("POST", "/applications", {"content": content})
    number = application["number"]
    told = [("office", "OFFICE_PROVINCE"), ("pickup.point", "PICKUP_POINT")]
    shaanxi = world.desk("fao-shaanxi")
    assert codes(application) == shown(owner, number) == shown(shaanxi, number, "/office") == told
    world.decide(shaanxi, application, "return", reason="请更正")
    content["pickup"]["point"] = "西安代办点"
    edited = owner.ok("PUT", f"/applications/{number}/content", content, If_Match='"1"')
    assert codes(edited) == told[:1]
    owner.ok("PATCH", "/enterprise", {"region_code": None})


@pytest.mark.parametrize(
    ("region", "code"), [("810000", "ID_RESIDENCE_PERMIT"), ("911156", "ID_FOREIGN"), ("439901", "ID_REGION")]
)
def test_a_traveller_without_a_mainland_identity_card_is_refused_and_an_agent_is_not(world, owner, region, code):
    body = f"{region}19000101001"
    number = body + ric.calc_check_digit(body + "0")
    content = world.content(owner) | {"persons": [people.person(id_number=number)]}
    refused = owner("POST", "/applications", {"content": content})
    assert (refused.status, refused.fields["content.persons.0.id_number"]) == (422, code)
    assert owner("POST", "/agents", people.agent(id_number=number)).status == 201


def outlasting(reply):
    """The warnings on approvals."""
    return [(field, code) for field, code in codes(reply) if code.startswith("APPROVAL")]


def test_an_approval_that_has_ended_is_refused_and_one_that_outlasts_the_passport_is_warned_of(
    world, owner, fao, consular
):
    number = world.approved(owner)["number"] + "-01"
    path = f"/office/persons/{number}/economies/SGP"
    past = consular("PUT", path, {"decision": "approved", "valid_until": "2026-11-20"})
    assert (past.status, past.fields) == (422, {"valid_until": "APPROVAL_PAST"})
    rows = [{"person_number": number, "economy": "SGP", "decision": "approved", "valid_until": "2026-11-20"}]
    assert consular.ok("POST", "/office/economies/import", {"rows": rows})["applied"] == 0
    assert outlasting(consular.ok("PUT", path, {"decision": "approved", "valid_until": "2026-11-21"})) == []
    recorded = consular.ok("PUT", path, {"decision": "approved", "valid_until": "2034-01-02"})
    told = [("economies.valid_until", "APPROVAL_PAST_PASSPORT")]
    assert (
        outlasting(recorded)
        == outlasting(seen(owner, number))
        == outlasting(fao.ok("GET", f"/office/persons/{number}"))
        == told
    )
    listed = consular.ok("POST", "/office/search", {"number": number[:-3]})["items"][0]["persons"][0]
    assert [[one["code"] for one in answer["warnings"]] for answer in listed["answers"]] == [["APPROVAL_PAST_PASSPORT"]]
    assert "新加坡" in recorded["warnings"][-1]["message"]
    assert "Singapore" in owner.ok("GET", f"/persons/{number}", Accept_Language="en")["warnings"][-1]["message"]
    group = outlasting(owner.ok("GET", f"/applications/{number[:-3]}"))
    assert group == [(f"persons.0.{field}", code) for field, code in told]
    assert outlasting(consular.ok("PUT", path, {"decision": "approved", "valid_until": "2034-01-01"})) == []


def test_an_import_names_the_rows_whose_approval_outlasts_the_passport(world, owner, fao, consular):
    number = world.approved(owner)["number"] + "-01"
    days = {"SGP": "2034-01-01", "CHL": "2034-01-02"}
    rows = [
        {"person_number": number, "economy": code, "decision": "approved", "valid_until": day}
        for code, day in days.items()
    ]
    imported = consular.ok("POST", "/office/economies/import", {"rows": rows})
    assert (imported["applied"], imported["failed"]) == (2, [])
    assert [(one["row"], codes(one)) for one in imported["warned"]] == [
        (1, [("economies.valid_until", "APPROVAL_PAST_PASSPORT")])
    ]
