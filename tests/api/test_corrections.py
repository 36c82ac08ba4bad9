"""Officers correct what an enterprise cannot correct by itself: its address, and its elements without a scan."""

import pytest

from testing import mail_events, people
from testing.world import User
from tests.api.test_provisioned_enterprises import provision
from tests.support.accounts import NEW_PASSWORD

REASON = "企业来电说明"


def address():
    return f"corrected{people.serial()}@enterprise.example"


def correct(officer, enterprise_id, **form):
    return officer("PUT", f"/office/enterprises/{enterprise_id}/email", {"reason": REASON, **form})


def elements(officer, enterprise_id, version=1, **form):
    given = {"name": f"测试更正{people.serial()}", "legal_representative": "测试癸", "reason": REASON, **form}
    path = f"/office/enterprises/{enterprise_id}/elements"
    return given, officer("PUT", path, given, If_Match=f'"{version}"')


def entries(owner_id, action):
    from chalicelib.repos.accounts import audit

    return [entry for entry in audit.entries(owner_id) if entry.action == action]


def recovered(world, given, email):
    """Set the first password as the notice says."""
    typed = {name: given[name] for name in ("name", "uscc", "legal_representative")}
    begun = world.anybody.ok("POST", "/recoveries", {**typed, "email": email})["recovery_id"]
    code = {"email_code": world.code(email)}
    token = world.anybody.ok("POST", f"/recoveries/{begun}/verification", code)["reset_token"]
    form = {"reset_token": token, "password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    return world.anybody("PUT", f"/recoveries/{begun}/password", form)


# The address


def test_a_mistyped_address_is_corrected_before_the_first_sign_in(world, consular):
    given, made = provision(consular)
    new = address()
    answer = correct(consular, made["id"], email=new)
    assert (answer.status, answer.body["mail_status"]) == (200, "ok")
    assert new not in answer.raw.decode()
    while world.deliver():
        pass
    assert [mail.subject for mail in world.mails(new)] == [mail.subject for mail in world.mails(given["email"])]
    assert len(world.mails(given["email"])) == 1
    assert recovered(world, given, new).status == 204
    assert world.sign_in("enterprise", new, NEW_PASSWORD).account["email"] == new


def test_whoever_has_the_mistyped_mailbox_can_no_longer_set_the_password(world, consular):
    given, made = provision(consular)
    typed = {name: given[name] for name in ("name", "uscc", "legal_representative", "email")}
    begun = world.anybody.ok("POST", "/recoveries", typed)["recovery_id"]
    code = {"email_code": world.code(given["email"])}
    token = world.anybody.ok("POST", f"/recoveries/{begun}/verification", code)["reset_token"]
    assert correct(consular, made["id"], email=address()).status == 200
    form = {"reset_token": token, "password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    answer = world.anybody("PUT", f"/recoveries/{begun}/password", form)
    assert (answer.status, answer.fields) == (422, {"reset_token": "RESET_TOKEN"})


def test_after_the_first_password_another_address_needs_proof_and_ends_every_session(world, consular):
    owner, new = world.enterprise(), address()
    enterprise_id, old = owner.account["enterprise_id"], owner.account["email"]
    answer = correct(consular, enterprise_id, email=new)
    assert (answer.status, answer.fields) == (422, {"proof": "missing"})
    assert answer.body["errors"][0]["message"].startswith("证明方式")
    assert correct(consular, enterprise_id, email=new, proof="official_letter").status == 200
    assert owner("GET", "/me").status == 401
    while world.deliver():
        pass
    assert "登录邮箱已修改" in world.mails(old)[0].subject
    (entry,) = entries("OFFICERS", "address_corrected")[-1:]
    assert (entry.subject, entry.after) == (enterprise_id, {"proof": "official_letter", "reason": REASON})
    (own,) = entries(enterprise_id, "address_corrected")
    assert (own.origin.actor, own.after) == ("领事司", {})
    assert new not in str(entry) + str(own)


def test_an_address_that_bounces_is_replaced_and_the_new_one_has_its_own_status(world, consular):
    owner, new = world.enterprise(), address()
    enterprise_id = owner.account["enterprise_id"]
    world.feedback(mail_events.bounce(owner.account["email"]))
    shown = consular.ok("GET", f"/office/enterprises/{enterprise_id}")["account"]
    assert shown["mail_status"] == "bounced"
    assert correct(consular, enterprise_id, email=new, proof="in_person").body["mail_status"] == "ok"
    after = consular.ok("GET", f"/office/enterprises/{enterprise_id}")["account"]
    assert (after["mail_status"], after["suppression_id"]) == ("ok", None)


def test_a_bounced_address_is_cleared_from_the_enterprise(world, consular):
    owner = world.enterprise()
    at = f"/office/enterprises/{owner.account['enterprise_id']}"
    world.feedback(mail_events.bounce(owner.account["email"]))
    suppression = consular.ok("GET", at)["account"]["suppression_id"]
    consular.ok("POST", "/office/mail/suppressions/lift", {"suppression_id": suppression, "reason": REASON})
    assert consular.ok("GET", at)["account"]["mail_status"] == "ok"


def test_an_address_that_is_taken_the_same_or_none_is_refused_and_changes_nothing(world, consular):
    owner, other = world.enterprise(), world.enterprise()
    enterprise_id = owner.account["enterprise_id"]
    before = world.table()
    for email, fields in (
        (other.account["email"], {"email": "TAKEN"}),
        (owner.account["email"].upper(), {"email": "EMAIL_SAME"}),
        ("no address", {"email": "EMAIL"}),
        ("****@enterprise.example", {"email": "MASKED_VALUE"}),
    ):
        answer = correct(consular, enterprise_id, email=email, proof="in_person")
        assert (answer.status in (409, 422), answer.fields) == (True, fields)
    answer = correct(consular, enterprise_id, email=address(), proof="in_person", reason="")
    assert (answer.status, list(answer.fields)) == (422, ["reason"])
    assert world.table() == before


def test_of_two_corrections_at_once_one_counts(world, consular):
    _, made = provision(consular)
    answers = world.together(*[lambda: correct(consular, made["id"], email=address())] * 4)
    assert sorted(answer.status for answer in answers)[0] == 200
    assert {answer.status for answer in answers} <= {200, 412}
    assert len(entries(made["id"], "address_corrected")) == sum(answer.status == 200 for answer in answers)


# The elements


def test_name_and_legal_representative_of_an_enterprise_that_cannot_scan_are_corrected(world, consular):
    given, made = provision(consular)
    changed, answer = elements(consular, made["id"])
    assert (answer.status, answer.body["name"], answer.body["legal_representative"], answer.body["version"]) == (
        200,
        changed["name"],
        "测试癸",
        2,
    )
    found = consular.ok("POST", "/office/enterprises/search", {"name": changed["name"]})["items"]
    assert [one["id"] for one in found] == [made["id"]]
    assert recovered(world, {**given, **changed}, given["email"]).status == 204
    owner = world.sign_in("enterprise", given["email"], NEW_PASSWORD)
    assert owner.account["display_name"] == changed["name"]
    (entry,) = [one for one in owner.ok("GET", "/audit")["items"] if one["action"] == "elements_corrected"]
    assert (entry["before"]["name"], entry["after"]["name"]) == (given["name"], changed["name"])
    assert REASON not in str(entry)
    (official,) = [one for one in entries("OFFICERS", "elements_corrected") if one.subject == made["id"]]
    assert official.after["reason"] == REASON
    titles = [message["title"] for message in owner.ok("GET", "/messages")["items"]]
    assert "企业名称或法人姓名已更正" in titles


def test_an_enterprise_that_can_scan_corrects_its_elements_itself(world, consular):
    owner = world.enterprise()
    _, answer = elements(consular, owner.account["enterprise_id"])
    assert (answer.status, answer.fields) == (422, {"name": "LICENCE_SCANNED"})
    given, made = provision(consular)
    scanned = {name: given[name] for name in ("name", "uscc", "legal_representative")}
    session = world.anybody.ok("POST", "/sessions/elicence", world.ticket("login", scanned))
    own = User(world, session["token"], session["account"])
    own.ok("PUT", "/enterprise/licence", world.ticket("update_licence", scanned))
    assert elements(consular, made["id"], 2)[1].fields == {"name": "LICENCE_SCANNED"}
    assert consular.ok("GET", f"/office/enterprises/{made['id']}")["account"]["is_scanned"] is True


def test_a_correction_of_another_version_or_without_a_change_is_refused(world, consular):
    given, made = provision(consular)
    before = world.table()
    assert elements(consular, made["id"], 2)[1].status == 412
    same = {name: given[name] for name in ("name", "legal_representative")}
    assert elements(consular, made["id"], **same)[1].fields == {"name": "NOTHING_CHANGED"}
    path = f"/office/enterprises/{made['id']}/elements"
    assert consular("PUT", path, {**same, "reason": REASON}).status == 428
    assert world.table() == before


@pytest.mark.parametrize("part", ["email", "elements"])
def test_an_office_corrects_nothing_and_an_unknown_enterprise_is_not_found(world, consular, fao, part):
    _, made = provision(consular)
    body = {"email": address(), "reason": REASON} if part == "email" else {
        "name": "测试更正", "legal_representative": "测试癸", "reason": REASON,
    }  # fmt: skip
    assert fao("PUT", f"/office/enterprises/{made['id']}/{part}", body, If_Match='"1"').code == "FORBIDDEN"
    assert consular("PUT", f"/office/enterprises/nobody/{part}", body, If_Match='"1"').status == 404
