"""Warnings are stored with the application, shown to both sides, and replaced by a correction (docs/domain.md 4.6)."""

import io

import pytest
from PIL import Image

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
    unreadable = world.attach(owner, "photo", UNREADABLE)
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
    found = [("attachments.0", "PICTURE_UNREADABLE")]
    assert codes(follow_up) == shown(owner, number) == shown(fao, number, "/office") == found
    world.decide(fao, follow_up, "return", reason="请更正")
    content = {"reason": "护照到期", **new}
    assert codes(owner.ok("PUT", f"/applications/{number}/service", content, If_Match='"1"')) == found
    content["attachments"] = []
    assert codes(owner.ok("PUT", f"/applications/{number}/service", content, If_Match='"2"')) == []


def test_two_warnings_for_each_of_ninety_persons_add_little_to_the_header(submitted, readable):
    _, application = submitted(readable(*[CUT | TITLE] * 90))
    assert len(application["warnings"]) == 180
    header = table.get(indexes.header_key(ApplicationNumber(application["number"])))
    assert header is not None
    assert len(header["warnings"]) < 2_000
