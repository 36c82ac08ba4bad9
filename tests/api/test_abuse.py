"""Attempts to abuse the portal that succeeded in earlier versions; each is refused or has no effect."""

import base64

import httpx
import pytest

from chalicelib.repos.mail.port import NotSent
from testing import people
from testing.world import JPEG
from tests.support.accounts import elements_of
from tests.support.relays import relay


def test_a_second_submission_cannot_replace_a_submitted_file(world, owner):
    form = {"kind": "photo", "filename": "a.jpg", "content_type": "image/jpeg", "size": len(JPEG) + len(b"evil")}
    photo = owner.ok("POST", "/attachments", form)

    def upload(content):
        files = {"file": ("a.jpg", content, "image/jpeg")}
        upload = photo["upload"]
        assert httpx.post(upload["url"], data=upload["fields"], files=files, trust_env=False).status_code < 300

    upload(JPEG)
    content = world.content(owner)
    content["persons"][0]["attachments"] = [*content["persons"][0]["attachments"], photo["id"]]
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    upload(JPEG + b"evil")
    again = world.content(owner, persons=2)
    again["persons"][0]["attachments"] = [photo["id"]]
    assert owner("POST", "/applications", {"content": again}).status == 422
    url = owner.ok("GET", f"/applications/{number}/attachments/{photo['id']}")["url"]
    assert httpx.get(url, trust_env=False).content == JPEG


def test_a_cursor_reveals_nothing_and_is_not_issued_for_hidden_applications(world, owner):
    for _ in range(2):
        world.application(owner)
    cursor = owner.ok("POST", "/applications/search", {"service": "new_or_renewal", "applicant": "测试", "limit": 1})[
        "next_cursor"
    ]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert b"APEC" not in raw
    assert "测试".encode() not in raw
    own = world.agent(owner, scope="own")
    for wanted in ({"applicant": "测试"}, {"status": "FAO_REVIEW"}, {}):
        found = own.ok("POST", "/applications/search", {"service": "new_or_renewal", "limit": 1, **wanted})
        assert found == {"items": [], "next_cursor": None, "partial": False}


def test_a_refused_address_does_not_stop_mail_to_the_other_readers(world):
    owner = world.enterprise()
    agents = [world.agent(owner), world.agent(owner)]
    world.deliver()
    world.application(owner)
    reached = []

    class Refusing:
        def send(self, letter):
            if letter.to == owner.account["email"]:
                raise NotSent("refused")
            reached.append(letter.to)

    relay(world, Refusing())
    assert sorted(reached) == sorted(agent.account["email"] for agent in agents)


def test_a_recovery_started_before_an_address_change_sets_no_password(world):
    owner = world.enterprise()
    old = owner.account["email"]
    ticket = world.ticket("recover", elements_of(owner), "delegate")
    recovery = world.anybody.ok("POST", "/recoveries", ticket)["recovery_id"]
    code = {"email_code": world.code(old)}
    token = world.anybody.ok("POST", f"/recoveries/{recovery}/verification", code)["reset_token"]
    new = f"moved{people.serial()}@enterprise.example"
    owner.ok("PUT", "/me/email", world.address_form(owner, new))
    form = {"reset_token": token, "password": "quite another one", "password_confirmation": "quite another one"}
    answer = world.anybody("PUT", f"/recoveries/{recovery}/password", form)
    assert (answer.status, answer.fields) == (422, {"reset_token": "RESET_TOKEN"})


@pytest.mark.parametrize("form", [{}, {"name": ""}, {"name": "  "}, {"uscc": ""}])
def test_an_enterprise_search_without_criteria_lists_enterprises(world, owner, form):
    assert world.desk("consular").ok("POST", "/office/enterprises/search", form)["items"]
