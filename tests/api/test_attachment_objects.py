"""Attachments in replies: what each is, how far it has come, and the address of its preview."""

import pytest

from testing import people
from testing.files import jpeg
from testing.follow_ups import applied, holder
from testing.world import JPEG, PDF, storage


def draft_with(user, *attachments, **more):
    return user.ok("POST", "/drafts", {"attachments": list(attachments), **more})


def shown_in(user, draft):
    """The attachments of a draft as they are now, by id."""
    content = user.ok("GET", f"/drafts/{draft['id']}")["content"]
    parts = [content, *content["persons"]]
    return {attachment["id"]: attachment for part in parts for attachment in part["attachments"]}


def test_an_announced_file_is_an_object(owner):
    form = {"kind": "passport_page", "filename": "测试甲.jpg", "content_type": "image/jpeg", "size": 64}
    shown = owner.ok("POST", "/attachments", form, Accept_Language="en")
    del shown["upload"], shown["expires_at"]
    assert shown == {
        "id": shown["id"],
        "kind": "passport_page",
        "kind_label": "Passport data page",
        "filename": "Passport data page.jpg",
        "content_type": "image/jpeg",
        "size": 64,
        "state": "waiting",
        "state_label": "To be uploaded or checked",
        "scan": {"state": "not_scanned", "state_label": "Not scanned", "scanner": None, "scanner_label": None},
    }


def test_a_draft_says_how_far_each_file_has_come(world, owner):
    ready = world.attach(owner, "business_licence", PDF, "application/pdf")
    waiting = world.upload(owner, "photo")
    announced = {"kind": "photo", "filename": "file", "content_type": "image/jpeg", "size": 64}
    missing = owner.ok("POST", "/attachments", announced)["id"]
    unfit = world.attach(owner, "photo", PDF)
    person = {"name": "测试甲", "attachments": [waiting, missing, unfit]}
    draft = draft_with(owner, ready, persons=[person])
    states = {key: attachment["state"] for key, attachment in shown_in(owner, draft).items()}
    assert states == {ready: "accepted", waiting: "waiting", missing: "waiting", unfit: "unfit"}
    assert draft["content"]["attachments"][0]["filename"] == "营业执照副本.pdf"
    assert draft["content"]["attachments"][0]["state_label"] == "可用"


def test_a_file_of_an_application_has_been_accepted(world, owner):
    content = world.content(owner)
    application = owner.ok("POST", "/applications", {"content": content})
    own = application["content"]
    assert [attachment["id"] for attachment in own["attachments"]] == content["attachments"]
    of_person = own["persons"][0]["attachments"]
    assert [attachment["id"] for attachment in of_person] == content["persons"][0]["attachments"]
    assert {attachment["state"] for attachment in (*own["attachments"], *of_person)} == {"accepted"}
    person = world.desk("fao-hunan").ok("GET", f"/office/persons/{application['number']}-01")
    assert person["content"]["attachments"] == of_person
    assert of_person[0] == {
        "id": content["persons"][0]["attachments"][0],
        "kind": "photo",
        "kind_label": "照片",
        "filename": "照片.jpg",
        "content_type": "image/jpeg",
        "size": len(JPEG),
        "state": "accepted",
        "state_label": "可用",
        "scan": None,
    }


def test_a_file_of_a_follow_up_application_is_an_object(world, owner):
    proof = world.attach(owner, "loss_proof")
    follow_up = applied(owner, holder(world, owner), "replace_card", case="lost", attachments=[proof])
    (shown,) = follow_up["content"]["attachments"]
    assert (shown["id"], shown["kind_label"], shown["state"]) == (proof, "遗失证明", "accepted")


def test_an_id_that_was_not_made_for_the_enterprise_is_not_shown(world, owner):
    foreign = world.attach(world.enterprise(), "business_licence")
    own = world.attach(owner, "business_licence")
    draft = draft_with(owner, foreign, "x", own)
    assert [attachment["id"] for attachment in draft["content"]["attachments"]] == [own]


def test_a_draft_that_was_read_can_be_saved_again(world, owner):
    draft = draft_with(owner, world.attach(owner, "business_licence"), persons=[{"name": "测试甲"}])
    owner.ok("PUT", f"/drafts/{draft['id']}", draft["content"], If_Match='"1"')
    assert owner.ok("GET", f"/drafts/{draft['id']}")["content"] == draft["content"]


@pytest.mark.parametrize("wrong", [{}, {"kind": "photo"}, 7, None, ["x"]])
def test_what_names_no_attachment_is_refused_by_its_place(owner, wrong):
    answer = owner("POST", "/drafts", {"persons": [{"attachments": [wrong]}]})
    assert (answer.status, answer.fields) == (422, {"persons.0.attachments.0": "string_type"})


def test_a_file_of_a_draft_can_be_looked_at_as_soon_as_it_is_inspected(world, owner):
    content = jpeg(310, 410)
    ready, waiting = world.attach(owner, "photo", content), world.upload(owner, "photo")
    draft = draft_with(owner, persons=[people.person(attachments=[ready, waiting])])
    found = owner.ok("GET", f"/drafts/{draft['id']}/attachments/{ready}")
    assert (found["kind"], storage.get(found["url"]).content) == ("photo", content)
    assert owner("GET", f"/drafts/{draft['id']}/attachments/{waiting}").status == 404


def test_only_files_that_the_draft_names_can_be_looked_at_and_only_by_its_owner(world, owner):
    named, other = world.attach(owner, "photo"), world.attach(owner, "photo")
    draft = draft_with(owner, named)
    assert owner("GET", f"/drafts/{draft['id']}/attachments/{other}").status == 404
    for reader in (world.agent(owner), world.enterprise()):
        assert reader("GET", f"/drafts/{draft['id']}/attachments/{named}").status == 404
