"""Suppressed addresses: listed for the consular department, and let to receive mail again."""

import pytest

from chalicelib.data import texts
from testing import mail_events, people
from tests.support import faults

LIST, LIFT = "/office/mail/suppressions", "/office/mail/suppressions/lift"


@pytest.fixture
def suppressed(world):
    """An enterprise whose address has bounced."""
    owner = world.enterprise()
    world.time.forward(seconds=1)
    world.feedback(mail_events.bounce(owner.account["email"]))
    return owner


def row(consular, owner):
    items = consular.ok("GET", f"{LIST}?limit=100")["items"]
    return next(one for one in items if owner.account["id"] in [each["enterprise_id"] for each in one["accounts"]])


def status(owner):
    return owner.ok("GET", "/me")["account"]["mail_status"]


def test_a_suppressed_address_is_listed_with_reason_time_and_its_accounts(world, consular, suppressed):
    agent = world.agent(suppressed, email=suppressed.account["email"])
    shown = row(consular, suppressed)
    assert shown["address"] == "****@enterprise.example"
    assert (shown["mail_status"], shown["mail_status_label"]) == ("bounced", "邮件被退回")
    assert shown["since"] == world.time().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    names = {(one["role"], one["name"]) for one in shown["accounts"]}
    assert ("enterprise", suppressed.account["display_name"]) in names
    assert {role for role, _ in names} == {"enterprise", "agent"}
    assert agent.account["display_name"] not in str(shown["accounts"])
    assert suppressed.account["email"] not in str(shown)
    english = consular.ok("GET", f"{LIST}?limit=100", Accept_Language="en")["items"]
    assert [one["mail_status_label"] for one in english if one["id"] == shown["id"]] == ["Mail bounces"]


def test_the_latest_come_first_and_pages_have_each_once(world, consular):
    owners = [world.enterprise() for _ in range(3)]
    world.time.forward(minutes=10)
    for owner in owners:
        world.time.forward(seconds=1)
        world.feedback(mail_events.complaint(owner.account["email"]))
    found, ids, cursor = [], [], ""
    while True:
        page = consular.ok("GET", f"{LIST}?limit=1{cursor}")
        ids += [one["id"] for one in page["items"]]
        found += [account["enterprise_id"] for one in page["items"] for account in one["accounts"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found[:3] == [owner.account["id"] for owner in reversed(owners)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("named", ["by id", "by address", "in other letters"])
def test_a_lifted_address_receives_mail_again(world, consular, suppressed, named):
    from chalicelib.repos.accounts import accounts, audit, suppressions
    from chalicelib.rules.base.vocabulary import MailStatus

    address = suppressed.account["email"]
    shown = row(consular, suppressed)
    agent = world.agent(suppressed, email=address)
    form = {
        "by id": {"suppression_id": shown["id"]},
        "by address": {"email": address},
        "in other letters": {"email": address.upper()},
    }
    assert (status(suppressed), status(agent)) == ("bounced", "bounced")
    assert consular.ok("POST", LIFT, {**form[named], "reason": "企业来电确认邮箱已恢复"}) is None
    assert (status(suppressed), status(agent)) == ("ok", "ok")
    assert suppressions.status_of(address) is MailStatus.OK
    (entry,) = [one for one in audit.entries(accounts.OFFICERS) if one.subject == shown["id"]]
    assert (entry.action, entry.before, entry.after) == (
        "suppression_lifted",
        {"mail_status": "bounced"},
        {"reason": "企业来电确认邮箱已恢复"},
    )
    answer = consular("POST", LIFT, {**form[named], "reason": "再次恢复"})
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    world.feedback(mail_events.bounce(address))
    assert status(suppressed) == "bounced"


def test_an_address_without_an_account_is_listed_without_it_and_lifted_as_it_is_written(world, consular):
    address = f"nobody{people.serial()}@enterprise.example"
    world.time.forward(minutes=20)
    world.feedback(mail_events.bounce(address))
    first = consular.ok("GET", f"{LIST}?limit=1")["items"][0]
    assert (first["address"], first["accounts"]) == (None, [])
    consular.ok("POST", LIFT, {"email": address, "reason": "误报"})
    assert first["id"] not in [one["id"] for one in consular.ok("GET", f"{LIST}?limit=100")["items"]]


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({"reason": "误报"}, {"email": "ID_OR_EMAIL"}),
        ({"suppression_id": "x", "email": "a@enterprise.example", "reason": "误报"}, {"email": "ID_OR_EMAIL"}),
        ({"email": "no address", "reason": "误报"}, {"email": "EMAIL"}),
        ({"email": "****@enterprise.example", "reason": "误报"}, {"email": "MASKED_VALUE"}),
        ({"suppression_id": "x"}, {"reason": "missing"}),
        ({"suppression_id": "x", "reason": "1"}, {"reason": "string_too_short"}),
    ],
)
def test_what_names_no_address_or_no_reason_is_refused(world, consular, form, fields):
    before = world.table()
    answer = consular("POST", LIFT, form)
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before


def test_an_unknown_id_is_not_found_and_an_office_may_neither_list_nor_lift(world, consular, fao):
    assert consular("POST", LIFT, {"suppression_id": "0" * 20, "reason": "误报"}).status == 404
    assert fao("GET", LIST).code == "FORBIDDEN"
    assert fao("POST", LIFT, {"suppression_id": "x", "reason": "误报"}).code == "FORBIDDEN"


@pytest.mark.parametrize("step", range(8))
def test_a_lift_that_is_killed_can_be_repeated(world, consular, suppressed, step):
    from contextlib import suppress

    shown = row(consular, suppressed)
    form = {"suppression_id": shown["id"], "reason": "企业来电确认"}
    with suppress(faults.Killed), faults.killed_after(step):
        consular("POST", LIFT, form)
    assert consular("POST", LIFT, form).status in (204, 404)
    assert status(suppressed) == "ok"


def test_two_officers_who_lift_at_once_leave_one_entry(world, consular, suppressed):
    from chalicelib.repos.accounts import accounts, audit

    form = {"suppression_id": row(consular, suppressed)["id"], "reason": "企业来电确认"}
    answers = world.together(*[lambda: consular("POST", LIFT, form)] * 4)
    assert sorted(answer.status for answer in answers) == [204, 404, 404, 404]
    lifted = [one for one in audit.entries(accounts.OFFICERS) if one.subject == form["suppression_id"]]
    assert [entry.action for entry in lifted] == ["suppression_lifted"]


def test_every_kind_of_mail_has_a_label():
    kinds = {key.partition(".")[0] for key in texts.keys("mail") if key.partition(".")[2] == "subject"}
    assert set(texts.keys("mail_kinds")) == kinds
