"""The payment voucher of an application: what is due, who uploads, accepts and returns it (docs/domain.md 2.8)."""

from types import MappingProxyType

import pytest

from chalicelib import data
from testing.follow_ups import applied, card, decided, passport, through, waiting
from tests.support import invariants, offers

DUE = {"state": "required", "yuan": 720, "yuan_per_card": 720, "payment_version": 0, "attachments": []}
REASON = "金额与应缴费用不符"


@pytest.fixture
def number(world, owner):
    """The number of an approved application of one person."""
    return world.approved(owner)["number"]


@pytest.fixture
def cards_need_vouchers(monkeypatch):
    """A deployment whose data says that a card needs an accepted voucher."""
    required = {code: data.Fee(fee.yuan, bool(fee.yuan)) for code, fee in data.fees().items()}
    monkeypatch.setattr(data, "fees", lambda: MappingProxyType(required))


def payment(user, number, at=""):
    return user.ok("GET", f"{at}/applications/{number}")["payment"]


def upload(world, user, number, version=0, *files):
    attachments = list(files) or [world.attach(user, "payment_voucher")]
    form = {"attachments": attachments, "payment_version": version}
    return user("PUT", f"/applications/{number}/payment-voucher", form)


def decide(world, number, decision, version=1, officer="consular", **form):
    body = {"decision": decision, "payment_version": version, **form}
    return world.desk(officer)("POST", f"/office/applications/{number}/payment-voucher/decision", body)


def test_a_fee_is_due_for_each_person_once_the_consular_department_has_approved(world, owner):
    application = world.application(owner, persons=3)
    number = application["number"]
    assert (application["payment"]["state"], offers.actions(application["payment"])) == ("none", [])
    world.decide(world.desk("fao-hunan"), application)
    officer = world.desk("consular")
    version = officer.ok("GET", f"/office/persons/{number}-02")["status_version"]
    form = {"decision": "reject", "reason": "材料不符", "status_version": version}
    officer.ok("POST", f"/office/persons/{number}-02/decision", form)
    world.decide(officer, application)
    due = payment(owner, number)
    assert {name: due[name] for name in DUE} == DUE | {"yuan": 1440}
    assert (due["state_label"], offers.actions(due)) == ("待缴费", ["pay"])
    assert offers.actions(payment(officer, number, "/office")) == []


def test_nothing_is_due_for_a_change_of_the_passport(world, owner):
    follow_up = through(world, owner, waiting(world, owner), "change_passport", **passport())
    assert (follow_up["payment"]["state"], follow_up["payment"]["yuan"]) == ("none", 0)
    assert upload(world, owner, follow_up["number"]).code == "OPERATION_INVALID"


def test_a_voucher_is_uploaded_by_the_applicant_and_accepted_by_the_consular_department(world, owner, number):
    voucher = world.attach(owner, "payment_voucher")
    uploaded = upload(world, owner, number, 0, voucher)
    assert uploaded.status == 200, uploaded.raw.decode()
    files = [(file["id"], file["kind"]) for file in uploaded.body["payment"]["attachments"]]
    assert (uploaded.body["payment"]["state"], files) == ("uploaded", [(voucher, "payment_voucher")])
    assert (
        uploaded.body["status_version"]
        == world.desk("consular").ok("GET", f"/office/applications/{number}")["status_version"]
    )
    assert offers.actions(payment(world.desk("consular"), number, "/office")) == ["accept_payment", "return_payment"]
    accepted = decide(world, number, "accept").body
    assert (accepted["payment"]["state"], accepted["payment"]["payment_version"]) == ("accepted", 2)
    assert accepted["history"][0]["action"] == "accept_payment"
    assert payment(owner, number) | {"allowed_actions": []} == accepted["payment"] | {"allowed_actions": []}
    told = owner.ok("GET", "/messages?limit=1")["items"][0]
    assert told["body"] == f"申请单{number}的缴费凭证已核对通过。"
    actions = [event["action"] for event in owner.ok("GET", f"/applications/{number}")["history"]]
    assert actions == ["submit", "pass", "pass", "pay", "accept_payment"]
    assert upload(world, owner, number, 2).code == "OPERATION_INVALID"


def test_a_returned_voucher_tells_why_by_message_and_mail_and_is_uploaded_again(world):
    owner = world.enterprise()
    number = world.approved(owner)["number"]
    upload(world, owner, number)
    assert decide(world, number, "return").fields == {"reason": "REASON_REQUIRED"}
    returned = decide(world, number, "return", reason=REASON).body["payment"]
    assert (returned["state"], returned["reason"]) == ("returned", REASON)
    assert offers.actions(payment(owner, number)) == ["pay"]
    assert REASON in owner.ok("GET", "/messages?limit=1")["items"][0]["body"]
    from scheduled.deliver_mail import deliver_mail

    world.run(deliver_mail)
    mail = world.mails(owner.account["email"])[0]
    assert "缴费凭证被退回" in mail.text
    assert REASON in mail.text
    again = upload(world, owner, number, 2).body["payment"]
    assert (again["state"], again["reason"], again["payment_version"]) == ("uploaded", None, 3)


def test_an_acceptance_in_error_is_taken_back_with_a_reason(world, owner, number):
    upload(world, owner, number)
    decide(world, number, "accept")
    assert decide(world, number, "return", 2, reason="误操作").body["payment"]["state"] == "returned"


def test_who_decides_on_a_voucher_that_was_replaced_meanwhile_gets_an_invalid_operation(world, owner, number):
    upload(world, owner, number)
    assert upload(world, owner, number, 1).status == 200
    before = world.table()
    assert decide(world, number, "accept", 1).code == "OPERATION_INVALID"
    assert upload(world, owner, number, 1).code == "OPERATION_INVALID"
    assert {key for key, item in world.table().items() if before.get(key) != item} <= {
        key for key in world.table() if key[0].startswith(("FILE#", "ACC#", "RATE#"))
    }
    assert decide(world, number, "accept", 2).status == 200


def test_of_two_decisions_at_once_one_is_recorded(world, owner, number):
    upload(world, owner, number)
    answers = world.together(
        lambda: decide(world, number, "accept"), lambda: decide(world, number, "return", reason=REASON)
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    history = owner.ok("GET", f"/applications/{number}")["history"]
    assert len([event for event in history if event["action"].endswith("_payment")]) == 1
    invariants.check(world)


@pytest.mark.parametrize("desk", ["fao-hunan"])
def test_an_office_neither_accepts_nor_returns_a_voucher(world, owner, number, desk):
    upload(world, owner, number)
    assert decide(world, number, "accept", officer=desk).code == "FORBIDDEN"
    shown = payment(world.desk(desk), number, "/office")
    assert (shown["state"], offers.actions(shown)) == ("uploaded", [])


def test_a_voucher_has_files_of_its_kind_that_were_uploaded_by_the_enterprise(world, owner, number):
    answer = upload(world, owner, number, 0, world.attach(owner, "business_licence"))
    assert (answer.status, answer.fields) == (422, {"attachments.0": "VOUCHER_KIND"})
    assert "缴费凭证" in answer.body["errors"][0]["message"]
    foreign = world.attach(world.enterprise(), "payment_voucher")
    assert upload(world, owner, number, 0, foreign).fields == {"attachments.0": "ATTACHMENT"}
    announced = {"kind": "payment_voucher", "filename": "a.pdf", "content_type": "application/pdf", "size": 9}
    missing = owner.ok("POST", "/attachments", announced)["id"]
    assert upload(world, owner, number, 0, missing).fields == {"attachments.0": "ATTACHMENT_NOT_UPLOADED"}
    empty = owner("PUT", f"/applications/{number}/payment-voucher", {"attachments": [], "payment_version": 0})
    assert empty.fields == {"attachments": "too_short"}


def test_both_sides_download_the_voucher_and_it_outlives_the_nightly_cleaning(world, owner, number):
    from scheduled.purge_drafts import purge_drafts

    voucher = world.attach(owner, "payment_voucher")
    assert upload(world, owner, number, 0, voucher).status == 200
    for _ in range(3):
        world.time.forward(days=7)
        world.run(purge_drafts)
    world.forget_desks()
    invariants.check(world)
    found = world.desk("consular").ok("GET", f"/office/applications/{number}/attachments/{voucher}")
    assert found["kind"] == "payment_voucher"


def test_an_agent_of_scope_own_pays_for_its_own_applications_only(world, owner, number):
    agent = world.agent(owner, scope="own")
    assert upload(world, agent, number).code == "NOT_FOUND"


def test_a_card_is_made_without_a_voucher_where_the_data_does_not_demand_one(world, owner):
    assert card(world, decided(world, owner), "making").status == 200


@pytest.mark.usefixtures("cards_need_vouchers")
def test_where_the_data_demands_it_a_card_is_started_after_the_voucher_is_accepted(world, owner):
    person = decided(world, owner)
    number = person[:-3]
    refused = card(world, person, "making")
    assert (refused.status, refused.fields) == (422, {"event": "PAYMENT_REQUIRED"})
    upload(world, owner, number)
    assert card(world, person, "making").fields == {"event": "PAYMENT_REQUIRED"}
    decide(world, number, "accept")
    assert card(world, person, "making").status == 200


@pytest.mark.usefixtures("cards_need_vouchers")
def test_the_card_of_a_follow_up_service_waits_for_the_voucher_of_that_service(world, owner):
    person = waiting(world, owner, approvals=1)
    follow_up = applied(owner, person, "early_card")
    for desk in ("fao-hunan", "consular"):
        world.decide(world.desk(desk), follow_up)
    upload(world, owner, person[:-3])
    decide(world, person[:-3], "accept")
    assert card(world, person, "making").fields == {"event": "PAYMENT_REQUIRED"}
    upload(world, owner, follow_up["number"])
    decide(world, follow_up["number"], "accept")
    assert card(world, person, "making").status == 200
    rejected = world.decide(world.desk("consular"), follow_up, "reject", reason="申请人要求")
    assert (rejected["payment"]["state"], offers.actions(rejected["payment"])) == ("accepted", [])
