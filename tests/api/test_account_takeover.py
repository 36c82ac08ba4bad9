"""Attempts of a stolen session, a delegate or a mailbox of an intruder to keep an enterprise's account (decision 0068).

Each of them succeeded in earlier versions, or would without one line of the decision.
"""

import uuid

import pytest
from pyotp import TOTP

from testing import people
from testing.world import PASSWORD, User
from tests.support.accounts import (
    NEW_PASSWORD,
    agent_path,
    elements_of,
    new_address,
    request_change_code,
    session_status,
    sign_in,
    undo_link,
    wrong_code,
)
from tests.support.recovery import begin, owner_recovery, scanned, set_password, typed, verify

PROOF = "/sessions/current/proof"
WEEK = 7 * 24 * 3600

pytestmark = pytest.mark.usefixtures("own_source")


def stolen(world, owner):
    """The session of the enterprise in the hands of somebody who does not know the password; it is not fresh."""
    world.time.forward(minutes=15)
    return User(world, owner.token, owner.account)


def by_scan(world, owner, holder="delegate"):
    """A session that a scan of this holder opened."""
    session = world.anybody.ok("POST", "/sessions/elicence", world.ticket("login", elements_of(owner), holder))
    return User(world, session["token"], session["account"])


def address_form(world, user, email):
    """The body of a change of address whose code was read in the intruder's mailbox; no proof was given."""
    assert request_change_code(user, email).status == 202
    return {"email": email, "email_code": world.code(email), "accept_terms": True}


def undo(world, link, password=NEW_PASSWORD):
    form = {"token": link, "password": password, "password_confirmation": password}
    return world.anybody("POST", "/email-changes/undo", form)


def undo_links(world, address):
    """The tokens of the links that were mailed to an address, newest first."""
    world.deliver()
    return [link for link in map(undo_link, world.mails(address)) if link]


def moved(world, owner, email, password=PASSWORD):
    """Change the address of the enterprise with a proof; gives the link that was mailed to the old one."""
    old = owner.account["email"]
    owner.account = owner.ok("PUT", "/me/email", world.address_form(owner, email, password))
    return undo_links(world, old)[0]


# What a session may not do without a proof


def test_a_stolen_session_changes_no_credentials(world):
    owner = world.enterprise()
    agent = owner.ok("POST", "/agents", people.agent())
    at = f"/agents/{agent['id']}"
    thief = stolen(world, owner)
    mine = new_address()
    acts = [
        ("PUT", "/me/email", address_form(world, thief, mine)),
        ("POST", "/agents", people.agent()),
        ("DELETE", at, None),
        ("PUT", f"{at}/authorization", {"authorized": True}),
        *(("PATCH", at, change) for change in (
            {"password": NEW_PASSWORD}, {"scope": "own"}, {"email": mine}, {"username": f"thief{people.serial()}"}
        )),
    ]  # fmt: skip
    before = world.table()
    for method, path, body in acts:
        answer = thief(method, path, body)
        assert (method, path, answer.status, answer.code) == (method, path, 403, "PROOF_REQUIRED")
        assert answer.body["message"] == "请先验证身份，再继续操作。"
    assert world.table() == before
    assert thief("PATCH", at, {"name": "测试癸"}).status == 200
    assert thief("PUT", f"{at}/authorization", {"authorized": False}).status == 200
    world.prove(owner)
    for method, path, body in acts:
        if path != "/me/email":
            assert owner(method, path, body).status in (200, 201, 204, 404)


def test_a_fresh_sign_in_is_no_proof_for_another_address(world):
    owner = world.enterprise()
    form = address_form(world, owner, new_address())
    assert owner("PUT", "/me/email", form).code == "PROOF_REQUIRED"
    world.prove(owner)
    assert owner("PUT", "/me/email", form).status == 200


def test_a_proof_covers_one_change_of_address(world):
    owner = world.enterprise()
    moved(world, owner, new_address())
    world.time.forward(minutes=1)
    again = owner("PUT", "/me/email", address_form(world, owner, new_address()))
    assert (again.status, again.code) == (403, "PROOF_REQUIRED")


def test_of_two_changes_at_once_one_uses_the_proof(world):
    owner = world.enterprise()
    form = world.address_form(owner, new_address())
    answers = world.together(*[lambda: owner("PUT", "/me/email", form)] * 2)
    assert sorted(answer.status for answer in answers)[0] == 200
    assert {answer.status for answer in answers} <= {200, 403, 412, 422}


@pytest.mark.parametrize(("seconds", "status"), [(899, 204), (900, 403)])
def test_a_proof_is_valid_for_fifteen_minutes(world, seconds, status):
    owner = world.enterprise()
    agent = owner.ok("POST", "/agents", people.agent())
    owner = by_scan(world, owner)
    world.prove(owner)
    world.time.forward(seconds=seconds)
    assert owner("DELETE", f"/agents/{agent['id']}").status == status


def test_a_delegate_proves_nothing_by_a_scan(world):
    owner = world.enterprise()
    delegate = by_scan(world, owner)
    form = address_form(world, delegate, new_address())
    assert delegate("POST", "/agents", people.agent()).code == "PROOF_REQUIRED"
    refused = delegate("PUT", PROOF, world.ticket("prove", elements_of(owner), "delegate"))
    assert (refused.status, refused.fields) == (422, {"ticket_id": "TICKET_DELEGATE"})
    assert refused.body["errors"][0]["message"] == "扫码编号：办事人不能进行此操作，请由法定代表人或证照管理员扫码"
    assert delegate("PUT", "/me/email", form).code == "PROOF_REQUIRED"


@pytest.mark.parametrize("holder", ["legal_representative", "manager"])
def test_the_owner_proves_by_a_fresh_scan_once(world, holder):
    owner = world.enterprise()
    session, ticket = by_scan(world, owner), world.ticket("prove", elements_of(owner), holder)
    assert session("PUT", PROOF, ticket).status == 204
    assert session("PUT", PROOF, ticket).fields == {"ticket_id": "TICKET_USED"}
    assert session("PUT", "/me/email", address_form(world, session, new_address())).status == 200


def test_another_enterprises_licence_and_another_purpose_prove_nothing(world):
    owner, thief = world.enterprise(), world.enterprise()
    for ticket, code in (
        (world.ticket("prove", elements_of(thief)), "TICKET_OTHER"),
        (world.ticket("login", elements_of(owner)), "TICKET"),
    ):
        assert owner("PUT", PROOF, ticket).fields == {"ticket_id": code}
    assert world.agent(owner)("PUT", PROOF, world.ticket("prove", elements_of(owner))).fields == {"ticket_id": "TICKET"}
    assert owner("PUT", PROOF, {}).fields == {"current_password": "missing"}


def test_a_stolen_session_guesses_ten_passwords_and_stops_no_other_session(world):
    owner = world.enterprise()
    other = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    for _ in range(10):
        answer = owner("PUT", PROOF, {"current_password": "not the password"})
        assert (answer.status, answer.fields) == (422, {"current_password": "PASSWORD_WRONG"})
    assert owner("PUT", PROOF, {"current_password": PASSWORD}).status == 429
    assert other("PUT", PROOF, {"current_password": PASSWORD}).status == 204
    assert sign_in(world, "enterprise", owner.account["login"], PASSWORD).status == 201


def test_an_officer_reveals_nothing_fifteen_minutes_after_the_last_proof(world):
    number = world.application(world.enterprise())["number"]
    officer = world.officer("fao-hunan")
    body = {"fields": ["passport_number"], "reason": "核对护照"}
    paths = (f"/office/applications/{number}/reveal", f"/office/persons/{number}-01/reveal")
    assert [officer("POST", path, body).status for path in paths] == [200, 200]
    world.time.forward(minutes=15)
    assert [officer("POST", path, body).code for path in paths] == ["PROOF_REQUIRED"] * 2
    world.prove(officer)
    assert [officer("POST", path, body).status for path in paths] == [200, 200]


def test_an_officer_proves_by_a_code_of_the_second_step_once(world):
    officer = world.officer("fao-hunan")
    secret = officer.ok("PUT", "/me/second-factor", {"current_password": PASSWORD})["secret"]
    code = TOTP(secret).at(world.time())
    officer.ok("PUT", "/me/second-factor/confirmation", {"one_time_code": code})
    assert officer("PUT", PROOF, {"one_time_code": code}).fields == {"one_time_code": "SECOND_FACTOR_CODE"}
    world.time.forward(seconds=60)
    code = TOTP(secret).at(world.time())
    assert officer("PUT", PROOF, {"one_time_code": wrong_code(code)}).status == 422
    assert officer("PUT", PROOF, {"one_time_code": code}).status == 204


# A changed address


def test_a_changed_address_ends_all_other_sessions(world):
    owner = world.enterprise()
    intruder = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    moved(world, owner, new_address())
    assert (session_status(owner), session_status(intruder)) == (200, 401)


@pytest.mark.parametrize(("seconds", "status"), [(WEEK - 1, 204), (WEEK, 422)])
def test_the_old_mailbox_undoes_a_change_for_seven_days(world, seconds, status):
    owner, theirs = world.enterprise(), new_address()
    old = owner.account["email"]
    link = moved(world, owner, theirs)
    world.time.forward(seconds=seconds)
    answer = undo(world, link)
    assert answer.status == status
    if status == 422:
        assert answer.fields == {"token": "UNDO_TOKEN"}
        return
    assert session_status(owner) == 401
    assert [sign_in(world, "enterprise", theirs, password).status for password in (PASSWORD, NEW_PASSWORD)] == [401] * 2
    assert sign_in(world, "enterprise", old, PASSWORD).status == 401
    back = world.sign_in("enterprise", old, NEW_PASSWORD)
    assert [entry["action"] for entry in back.ok("GET", "/audit")["items"] if entry["action"].startswith("email")] == [
        "email_restored",
        "email_changed",
    ]
    assert undo(world, link).fields == {"token": "UNDO_TOKEN"}
    assert undo_links(world, theirs) == []
    assert world.mails(theirs)[0].subject == "[sandbox] 登录邮箱的修改已撤销"


def test_a_chain_of_changes_is_undone_from_its_beginning_and_not_by_the_intruder(world):
    owner = world.enterprise()
    old, first, second = owner.account["email"], new_address(), new_address()
    of_owner = moved(world, owner, first)
    world.time.forward(minutes=1)
    of_intruder = moved(world, owner, second)
    world.time.forward(minutes=1)
    assert undo(world, of_intruder, "the intruder's battery").status == 204
    assert sign_in(world, "enterprise", first, "the intruder's battery").status == 201
    assert undo(world, of_owner).status == 204
    assert undo(world, of_intruder, "the intruder's battery").fields == {"token": "UNDO_TOKEN"}
    assert sign_in(world, "enterprise", old, NEW_PASSWORD).status == 201


def test_an_undo_link_is_bound_to_its_account_and_needs_a_good_password(world):
    owner, other = world.enterprise(), world.enterprise()
    old = owner.account["email"]
    link = moved(world, owner, new_address())
    secret = link.rpartition(":")[2]
    foreign = f"{other.account['enterprise_id']}:{other.account['id']}:{secret}"
    for wrong in (f"{link}x", foreign, secret, "::", "密:密:密", f"a#b:c:{secret}"):
        assert undo(world, wrong).fields == {"token": "UNDO_TOKEN"}
    assert undo(world, link, "short").fields == {"password": "PASSWORD_SHORT"}
    assert undo(world, link, old).fields == {"password": "PASSWORD_COMMON"}
    assert secret not in str(world.table())
    assert undo(world, link).status == 204


def test_an_address_that_somebody_else_registered_meanwhile_is_not_taken_back(world):
    owner = world.enterprise()
    old = owner.account["email"]
    link = moved(world, owner, new_address())
    world.anybody.ok("POST", "/registrations", world.registration(email=old))
    answer = undo(world, link)
    assert (answer.status, answer.fields) == (409, {"email": "TAKEN"})
    assert session_status(owner) == 200


def test_the_eleventh_change_of_an_address_in_a_week_is_refused(world):
    owner = world.enterprise()
    first = moved(world, owner, new_address())
    for _ in range(9):
        world.time.forward(minutes=2)
        moved(world, owner, new_address())
    world.time.forward(minutes=2)
    world.prove(owner)
    form = {"email": new_address(), "email_code": "000000", "accept_terms": True}
    refused = owner("PUT", "/me/email", form)
    assert (refused.status, refused.code) == (429, "TOO_MANY_REQUESTS")
    assert undo(world, first).status == 204


# Recovery by scan


@pytest.mark.accepts("P03")
@pytest.mark.parametrize("holder", ["legal_representative", "manager"])
def test_the_owner_sets_the_password_on_the_spot(world, holder):
    owner = world.enterprise()
    before = len(world.mails(owner.account["email"]))
    answer = begin(world, scanned(world, owner, holder))
    assert answer.status == 202
    assert (answer.body["resend_after"], answer.body["expires_at"]) == (0, "2026-11-21T05:00:00.000Z")
    assert len(world.mails(owner.account["email"])) == before
    assert set_password(world, answer.body["recovery_id"], answer.body["reset_token"]).status == 204
    assert sign_in(world, "enterprise", owner.account["email"], NEW_PASSWORD).status == 201


def test_the_owner_gets_back_in_whatever_an_intruder_has_set(world):
    owner, theirs, mine = world.enterprise(), new_address(), new_address()
    link = moved(world, owner, theirs)
    owner.ok("PUT", "/me/password", {
        "current_password": PASSWORD, "password": "the intruder's battery",
        "password_confirmation": "the intruder's battery",
    })  # fmt: skip
    recovery_id, token = owner_recovery(world, owner)
    by_hand = begin(world, typed(owner)).body["recovery_id"]
    intruders_token = verify(world, by_hand, world.code(theirs)).body["reset_token"]
    path = f"/recoveries/{recovery_id}/email-codes"
    sent = world.anybody("POST", path, {"reset_token": token, "email": mine})
    assert (sent.status, sent.body["resend_after"]) == (202, 60)
    code = world.code(mine)
    wrong = set_password(world, recovery_id, token, email=mine, email_code=wrong_code(code))
    assert (wrong.status, wrong.fields) == (422, {"email_code": "EMAIL_CODE"})
    world.deliver()
    world.time.forward(seconds=1)
    assert set_password(world, recovery_id, token, email=mine, email_code=code).status == 204
    # Nothing that the intruder has is of use now: session, address, password, mailbox, recovery and link.
    assert session_status(owner) == 401
    for login in (theirs, mine):
        assert sign_in(world, "enterprise", login, "the intruder's battery").status == 401
    assert set_password(world, by_hand, intruders_token, "the intruder's battery").fields == {
        "reset_token": "RESET_TOKEN"
    }
    world.deliver()
    assert world.mails(theirs)[0].subject == "[sandbox] 账号已找回"
    assert "undo-email" not in world.mails(theirs)[0].text
    assert undo(world, link, "the intruder's battery").fields == {"token": "UNDO_TOKEN"}
    back = world.sign_in("enterprise", mine, NEW_PASSWORD)
    entry = next(item for item in back.ok("GET", "/audit")["items"] if item["action"] == "password_recovered")
    assert entry["changed"] == ["邮箱"]
    assert entry["after"]["way"] == "recover by owner"


def test_a_new_password_of_an_intruder_does_not_stop_the_owners_recovery(world):
    owner = world.enterprise()
    recovery_id, token = owner_recovery(world, owner)
    world.time.forward(minutes=1)
    owner.ok("PUT", "/me/password", {
        "current_password": PASSWORD, "password": "the intruder's battery",
        "password_confirmation": "the intruder's battery",
    })  # fmt: skip
    assert set_password(world, recovery_id, token).status == 204
    assert session_status(owner) == 401


def test_a_recovery_by_scan_voids_undo_links_even_if_the_address_stays(world):
    owner = world.enterprise()
    link = moved(world, owner, new_address())
    recovery_id, token = owner_recovery(world, owner)
    assert set_password(world, recovery_id, token).status == 204
    assert undo(world, link).fields == {"token": "UNDO_TOKEN"}


def test_a_delegate_gets_a_code_at_the_registered_address_only(world):
    owner, theirs = world.enterprise(), new_address()
    answer = begin(world, scanned(world, owner))
    assert (answer.status, answer.body["reset_token"]) == (202, None)
    recovery_id, code = answer.body["recovery_id"], world.code(owner.account["email"])
    token = verify(world, recovery_id, code).body["reset_token"]
    path = f"/recoveries/{recovery_id}/email-codes"
    refused = world.anybody("POST", path, {"reset_token": token, "email": theirs})
    assert (refused.status, refused.fields) == (422, {"email": "TICKET_DELEGATE"})
    assert world.mails(theirs) == []
    refused = set_password(world, recovery_id, token, email=theirs, email_code="000000")
    assert refused.fields == {"email": "TICKET_DELEGATE"}
    assert set_password(world, recovery_id, token).status == 204
    assert sign_in(world, "enterprise", owner.account["email"], NEW_PASSWORD).status == 201


def test_a_repeated_scan_of_the_owner_replaces_the_token_and_sets_one_password(world):
    owner = world.enterprise()
    ticket = scanned(world, owner, "manager")
    first, second = begin(world, ticket).body, begin(world, ticket).body
    assert first["recovery_id"] == second["recovery_id"]
    recovery_id = first["recovery_id"]
    assert set_password(world, recovery_id, first["reset_token"]).fields == {"reset_token": "RESET_TOKEN"}
    assert set_password(world, recovery_id, second["reset_token"]).status == 204
    assert begin(world, ticket).fields == {"ticket_id": "TICKET_USED"}
    owner = world.sign_in("enterprise", owner.account["email"], NEW_PASSWORD)
    ticket = scanned(world, owner, "manager")
    begin(world, ticket)
    world.time.forward(seconds=180 + 30 * 60)
    assert begin(world, ticket).fields == {"ticket_id": "TICKET_EXPIRED"}


def test_an_address_of_another_enterprise_is_not_taken_by_a_recovery(world):
    owner, other = world.enterprise(), world.enterprise()
    recovery_id, token = owner_recovery(world, owner)
    theirs = other.account["email"]
    world.time.forward(minutes=1)
    world.anybody.ok("POST", f"/recoveries/{recovery_id}/email-codes", {"reset_token": token, "email": theirs})
    assert world.mails(theirs)[0].subject == "[sandbox] 该邮箱已注册"
    answer = set_password(world, recovery_id, token, email=theirs, email_code="000000")
    assert answer.fields == {"email_code": "EMAIL_CODE"}


def test_codes_for_a_recovered_address_need_the_token(world):
    owner, theirs = world.enterprise(), new_address()
    recovery_id, _ = owner_recovery(world, owner)
    path = f"/recoveries/{recovery_id}/email-codes"
    answer = world.anybody("POST", path, {"reset_token": str(uuid.uuid4()), "email": theirs})
    assert (answer.status, answer.fields) == (422, {"reset_token": "RESET_TOKEN"})
    assert world.mails(theirs) == []


def test_a_new_mailbox_of_an_agent_is_told_to_the_old_one(world):
    owner = world.enterprise()
    agent = world.agent(owner)
    old = agent.account["email"]
    owner.ok("PATCH", agent_path(agent), {"email": new_address()})
    world.deliver()
    assert world.mails(old)[0].subject == "[sandbox] 收件邮箱已修改"
