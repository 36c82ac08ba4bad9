"""Drafts from drafts, applications and holders: prefilled in clear, with files that are accepted again."""

import uuid

import pytest

from chalicelib.repos.table import table
from scheduled.purge_drafts import purge_drafts
from testing.follow_ups import applied, finish, holder, made, passport, seen, through, waiting
from testing.world import PASSWORD
from tests.support import faults
from tests.support.applications import REPLACE, application_of

COPIED = ("group_name", "office", "contact", "contact_phone", "contact_email", "reason", "invoice_profile_id")


@pytest.fixture
def enterprise(world):
    """An enterprise without drafts."""
    return world.enterprise()


def readings(user):
    """The applications whose content the audit says was read."""
    entries = table.query_all(f"AUDIT#{user.account['enterprise_id']}")
    return [entry["subject"] for entry in entries if entry["action"] == "content_read"]


def ids_of(attachments):
    return [attachment["id"] for attachment in attachments]


def drafts_of(user):
    return [draft["id"] for draft in user.ok("GET", "/drafts")["items"]]


# Drafts


def test_a_copy_of_a_draft_has_its_content_and_is_independent(world, enterprise):
    draft = enterprise.ok("POST", "/drafts", world.content(enterprise, persons=2))
    copy = enterprise.ok("POST", f"/drafts/{draft['id']}/copy")
    assert copy["content"] == draft["content"]
    assert (copy["id"] != draft["id"], copy["version"]) == (True, 1)
    enterprise.ok("DELETE", f"/drafts/{draft['id']}")
    assert drafts_of(enterprise) == [copy["id"]]
    enterprise.ok("POST", "/applications", {"draft_id": copy["id"]})


def test_only_the_own_account_copies_a_draft(world, enterprise):
    draft = enterprise.ok("POST", "/drafts", {})["id"]
    for other in (world.agent(enterprise), world.enterprise()):
        answer = other("POST", f"/drafts/{draft}/copy")
        assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_a_due_draft_is_not_copied(world, enterprise):
    draft = enterprise.ok("POST", "/drafts", {})["id"]
    world.time.forward(days=180)
    again = world.sign_in("enterprise", enterprise.account["login"], PASSWORD)
    assert again("POST", f"/drafts/{draft}/copy").status == 404


# Applications


def test_a_copy_of_an_application_can_be_submitted_as_it_is(world, enterprise):
    sent = world.content(enterprise, persons=3)
    number = enterprise.ok("POST", "/applications", {"content": sent})["number"]
    copy = enterprise.ok("POST", f"/applications/{number}/copy")
    content = copy["content"]
    assert {name: content[name] for name in COPIED} == {name: sent[name] for name in COPIED}
    assert ids_of(content["attachments"]) == sent["attachments"]
    assert content["pickup"]["method"] == "self"
    for copied, person in zip(content["persons"], sent["persons"], strict=True):
        typed = {**copied, "attachments": ids_of(copied["attachments"])}
        assert {name: typed[name] for name in person} == person
    assert enterprise.ok("POST", "/applications/check", {"draft_id": copy["id"]})["errors"] == []
    assert enterprise.ok("POST", "/applications", {"draft_id": copy["id"]})["number"] > number


def test_the_audit_has_the_reading_of_an_application_that_is_copied_once_an_hour(world, enterprise):
    number = world.application(enterprise)["number"]
    for _ in range(2):
        enterprise.ok("POST", f"/applications/{number}/copy")
    enterprise.ok("GET", f"/applications/{number}/content")
    assert readings(enterprise) == [number]
    assert len(drafts_of(enterprise)) == 2


def test_agents_copy_what_they_may_see(world, enterprise):
    number = world.application(enterprise)["number"]
    wide, narrow = world.agent(enterprise), world.agent(enterprise, scope="own")
    wide.ok("POST", f"/applications/{number}/copy")
    assert len(drafts_of(wide)) == 1
    for other in (narrow, world.enterprise()):
        assert other("POST", f"/applications/{number}/copy").status == 404
        assert other("POST", f"/persons/{number}-01/renewal").status == 404
    assert drafts_of(enterprise) == []


def test_a_follow_up_application_is_not_copied(world, enterprise):
    follow_up = applied(enterprise, waiting(world, enterprise), "change_passport", **passport())
    answer = enterprise("POST", f"/applications/{follow_up['number']}/copy")
    assert (answer.status, answer.code) == (409, "OPERATION_INVALID")
    assert drafts_of(enterprise) == []


@pytest.mark.accepts("F03")
def test_copies_count_among_the_twenty_drafts(world, enterprise):
    person = holder(world, enterprise)
    draft = enterprise.ok("POST", "/drafts", {})["id"]
    for _ in range(19):
        enterprise.ok("POST", f"/drafts/{draft}/copy")
    before = world.table()
    for path in (f"/drafts/{draft}/copy", f"/applications/{person[:-3]}/copy", f"/persons/{person}/renewal"):
        answer = enterprise("POST", path)
        assert (answer.status, answer.code) == (409, "LIMIT_REACHED")
    assert world.table() == before


def test_a_repeated_copy_makes_one_draft_and_gives_one_reply(world, enterprise):
    person = holder(world, enterprise)
    draft = enterprise.ok("POST", "/drafts", {"group_name": "测试团组"})["id"]
    for path in (f"/drafts/{draft}/copy", f"/applications/{person[:-3]}/copy", f"/persons/{person}/renewal"):
        key, before = str(uuid.uuid4()), len(drafts_of(enterprise))
        first, second = (enterprise("POST", path, Idempotency_Key=key) for _ in range(2))
        assert (first.status, first.raw) == (201, second.raw)
        assert len(drafts_of(enterprise)) == before + 1


def test_eight_concurrent_copies_under_one_key_make_one_draft(world, enterprise):
    number, key = world.application(enterprise)["number"], str(uuid.uuid4())
    with faults.meeting("dynamodb.TransactWriteItems", 8):
        answers = world.together(*[lambda: enterprise("POST", f"/applications/{number}/copy", Idempotency_Key=key)] * 8)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.raw for answer in answers}) == len(drafts_of(enterprise)) == len(readings(enterprise)) == 1


# Renewals


def test_a_renewal_is_prefilled_with_the_holder_the_old_card_and_the_files(world, enterprise):
    sent = world.content(enterprise, persons=2)
    number = enterprise.ok("POST", "/applications", {"content": sent})["number"]
    for desk in ("fao-hunan", "consular"):
        world.decide(world.desk(desk), {"number": number})
    person = f"{number}-02"
    finish(world, person)
    card = made(world, person)
    renewal = enterprise.ok("POST", f"/persons/{person}/renewal")
    (renewed,) = renewal["content"]["persons"]
    assert {**renewed, "attachments": ids_of(renewed["attachments"])} == {
        **sent["persons"][1],
        "title_en": None,
        "first_time": False,
        "previous_card_number": card,
        "previous_card_expires_on": "2031-11-20",
    }
    kept = {name: sent[name] for name in COPIED} | {"group_name": None, "reason": None}
    assert {name: renewal["content"][name] for name in COPIED} == kept
    kinds = [upload["kind"] for upload in renewal["content"]["attachments"]]
    assert kinds == ["business_licence", "tax_certificate", "apec_business_proof"]
    assert readings(enterprise) == [number]
    complete = renewal["content"] | {
        "group_name": "续办团组",
        "reason": sent["reason"],
        "attachments": sent["attachments"],
    }
    enterprise.ok("PUT", f"/drafts/{renewal['id']}", complete, If_Match='"1"')
    assert enterprise.ok("POST", "/applications", {"draft_id": renewal["id"]})["person_count"] == 1


def test_a_renewal_after_a_new_passport_has_the_new_number_and_its_page(world, enterprise):
    person = holder(world, enterprise)
    page = world.attach(enterprise, "passport_page")
    new = passport(passport_expires_on="2036-09-30", attachments=[page])
    through(world, enterprise, person, REPLACE, case="new_passport", **new)
    number = made(world, person)
    (renewed,) = enterprise.ok("POST", f"/persons/{person}/renewal")["content"]["persons"]
    assert renewed["passport_number"] == new["passport_number"]
    assert renewed["previous_card_number"] == number
    pages = [upload["id"] for upload in renewed["attachments"] if upload["kind"] == "passport_page"]
    before = application_of(enterprise, person[:-3])["content"]["persons"][0]["attachments"]
    assert pages == [page]
    assert len(renewed["attachments"]) == len(before)


def test_a_renewal_has_no_passport_page_if_its_account_may_not_see_who_changed_the_passport(world, enterprise):
    narrow = world.agent(enterprise, scope="own")
    person = holder(world, narrow)
    before = narrow.ok("POST", f"/persons/{person}/renewal")["content"]["persons"][0]["attachments"]
    assert "passport_page" in [upload["kind"] for upload in before]
    through(world, enterprise, person, REPLACE, case="new_passport", **passport())
    made(world, person)
    renewed = narrow.ok("POST", f"/persons/{person}/renewal")
    kept = [upload for upload in before if upload["kind"] != "passport_page"]
    assert renewed["content"]["persons"][0]["attachments"] == kept


def test_a_person_without_a_card_is_not_renewed(world, enterprise):
    person = waiting(world, enterprise)
    answer = enterprise("POST", f"/persons/{person}/renewal")
    assert (answer.status, answer.code) == (409, "OPERATION_INVALID")
    assert answer.body["current"]["status"] == seen(enterprise, person)["status"]


# Files


def test_files_of_a_copy_stay_when_the_application_and_the_draft_are_gone_differently(world, enterprise):
    """A copied draft that is deleted takes no file from the application, and an application none from the draft."""
    number = world.application(enterprise)["number"]
    copy = enterprise.ok("POST", f"/applications/{number}/copy")
    enterprise.ok("DELETE", f"/drafts/{copy['id']}")
    again = enterprise.ok("POST", f"/applications/{number}/copy")
    for _ in range(3):
        world.time.forward(days=3)
        world.run(purge_drafts)
    later = world.sign_in("enterprise", enterprise.account["login"], PASSWORD)
    for upload in ids_of(again["content"]["attachments"]):
        later.ok("GET", f"/applications/{number}/attachments/{upload}")
    later.ok("POST", "/applications", {"draft_id": again["id"]})
