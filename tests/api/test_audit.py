"""操作记录: one entry for every change of accounts and settings, without personal values."""

import pytest

from chalicelib.handlers.http.routing import ROUTES
from chalicelib.repos.table import table
from testing import people
from testing.world import PASSWORD, User
from tests.support.accounts import NEW_PASSWORD, elements_of

PAGES = ("agents", "account_settings", "invoice_profiles")


def stored(user):
    """The stored entries of the enterprise, oldest first."""
    return table.query_all(f"AUDIT#{user.account['enterprise_id']}")


def audit(user, query="?limit=100"):
    return user.ok("GET", f"/audit{query}")


def newest(user):
    return audit(user, "?limit=1")["items"][0]


def agent_form():
    return people.agent(name="欧阳测试", id_number="430102190001010023", phone="13712345678", email="oy@mail.example")


def changes(world, owner, agent):
    """Every change of accounts and settings: the recorded action, the account that makes it, and the request."""
    at_agent = "/agents/{agent_id}"
    at_profile = "/invoice-profiles/{profile_id}"
    new = {"current_password": PASSWORD, "password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    own_new = new | {"current_password": "correct horse"}
    ticket = world.ticket("update_licence", elements_of(owner))
    profile = people.invoice_profile(email_contact="欧阳甲")
    return [
        ("enterprise_changed", owner, "PATCH", "/enterprise", {"address": "测试路2号"}),
        ("licence_renewed", owner, "PUT", "/enterprise/licence", ticket),
        ("invoice_profile_added", owner, "POST", "/invoice-profiles", profile),
        ("invoice_profile_changed", agent, "PUT", at_profile, profile | {"phone": "13600000009"}),
        ("invoice_profile_deleted", agent, "DELETE", at_profile, None),
        ("mail_preference_changed", agent, "PUT", "/me/mail-preference", {"receives_mail": False}),
        ("password_changed", agent, "PUT", "/me/password", own_new),
        ("agent_added", owner, "POST", "/agents", agent_form()),
        ("agent_changed", owner, "PATCH", at_agent, {"name": "欧阳乙", "phone": "13600000008", "scope": "own"}),
        ("mail_preference_changed", owner, "PUT", f"{at_agent}/mail-preference", {"receives_mail": True}),
        ("agent_revoked", owner, "PUT", f"{at_agent}/authorization", {"authorized": False}),
        ("agent_authorized", owner, "PUT", f"{at_agent}/authorization", {"authorized": True}),
        ("agent_deleted", owner, "DELETE", at_agent, None),
        ("password_changed", owner, "PUT", "/me/password", new),
        (
            "email_changed",
            owner,
            "PUT",
            "/me/email",
            world.address_form(owner, f"new{people.serial()}@enterprise.example"),
        ),
    ]


RECORDED_ELSEWHERE = {
    *("POST /v1/me/email-codes", "POST /v1/email-changes/undo"),
    *("POST /v1/me/mailbox/email-codes", "PUT /v1/me/mailbox"),
}
"""Steps without an entry, a change without a session (tests/api/test_account_takeover.py), and the confirmation of a
mailbox, which is confirmed here already (tests/api/test_agent_mailbox.py)."""


def test_every_change_records_exactly_one_entry_with_actor_action_time_and_request_id(world):
    owner = world.enterprise()
    agent = world.agent(owner, name="测试丁")
    profile_id, agent_id = world.profile(owner), agent.account["id"]
    made = changes(world, owner, agent)
    changed = set()
    for action, user, method, path, body in made:
        before = stored(owner)
        at = world.time.forward(seconds=1)
        answer = user(method, path.format(agent_id=agent_id, profile_id=profile_id), body)
        assert answer.status in (200, 201, 204), (action, answer.raw.decode())
        after = stored(owner)
        assert after[:-1] == before
        entry = newest(owner)
        assert (entry["action"], entry["request_id"]) == (action, answer.headers["x-request-id"])
        assert entry["at"] == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert entry["actor"] == ("测**" if user is agent else owner.account["display_name"])
        changed.add(f"{method} /v1{path}")
    declared = {
        f"{route.method} {route.path}"
        for route in ROUTES
        if route.method != "GET" and route.view.__module__.rpartition(".")[2] in PAGES
    }
    assert changed == declared - RECORDED_ELSEWHERE


def test_no_entry_contains_personal_values(world):
    owner = world.enterprise()
    agent = world.agent(owner, **agent_form())
    profile_id, agent_id = world.profile(owner), agent.account["id"]
    made = changes(world, owner, agent)
    new_address = made[-1][4]["email"]
    for _, user, method, path, body in made:
        user.ok(method, path.format(agent_id=agent_id, profile_id=profile_id), body)
    recorded = str(stored(owner))
    private = [
        *("欧阳测试", "欧阳甲", "欧阳乙", "测试乙", "测试丙"),
        *("430102190001010023", "13712345678", "13600000008", "13600000009", "13900000000", "66688888"),
        *("oy@mail.example", "invoice@enterprise.example", owner.account["email"], new_address),
        *(agent.account["login"], PASSWORD, NEW_PASSWORD, "correct horse"),
    ]
    assert [value for value in private if value in recorded] == []


def test_entries_have_labels_in_the_language_of_the_request(world):
    owner = world.enterprise()
    agent = world.agent(owner)
    owner.ok("PATCH", f"/agents/{agent.account['id']}", {"phone": "13600000008", "scope": "own"})
    owner.ok("PATCH", "/enterprise", {"phone": "13812345678", "staff_count": 12})
    shown = [(entry["action_label"], entry["changed"]) for entry in owner.ok("GET", "/audit")["items"][:2]]
    assert shown == [("修改企业信息", ["员工人数", "联系电话"]), ("修改经办人", ["经办人权限", "手机号"])]
    english = owner.ok("GET", "/audit", Accept_Language="en")["items"][0]
    assert english["action_label"] == "Enterprise data changed"


def test_no_entry_contains_the_enterprises_telephone(world):
    owner = world.enterprise()
    owner.ok("PATCH", "/enterprise", {"phone": "13812345678"})
    assert newest(owner)["action"] == "enterprise_changed"
    assert "13812345678" not in str(stored(owner))


# Values before and after


@pytest.mark.parametrize(
    ("rest", "body", "before", "after"),
    [
        ("", {"scope": "own", "name": "测试癸"}, {"scope": "all"}, {"scope": "own", "fields": ["name", "scope"]}),
        ("", {"password": NEW_PASSWORD}, {}, {"fields": ["password"]}),
        (
            "/authorization",
            {"authorized": False},
            {"authorized": True},
            {"authorized": False, "fields": ["authorized"]},
        ),
        (
            "/mail-preference",
            {"receives_mail": False},
            {"receives_mail": True},
            {"receives_mail": False, "fields": ["receives_mail"]},
        ),
    ],
    ids=["edited", "password", "revoked", "mail switch"],
)
def test_an_entry_about_an_agent_has_the_values_before_and_after(world, owner, rest, body, before, after):
    agent = world.agent(owner)
    world.time.forward(seconds=1)
    owner.ok("PUT" if rest else "PATCH", f"/agents/{agent.account['id']}{rest}", body)
    entry = next(entry for entry in audit(owner)["items"] if entry["subject"] == agent.account["id"])
    assert (entry["before"], entry["after"]) == (before, after)
    owner.ok("DELETE", f"/agents/{agent.account['id']}")


def test_an_entry_about_the_enterprise_has_the_values_before_and_after(world):
    owner = world.enterprise()
    owner.ok("PATCH", "/enterprise", {"address": "测试路1号", "staff_count": 12})
    world.time.forward(seconds=1)
    owner.ok("PATCH", "/enterprise", {"address": "测试路2号", "staff_count": None})
    entry = newest(owner)
    assert entry["before"] == {"address": "测试路1号", "staff_count": 12}
    assert entry["after"] == {"address": "测试路2号", "staff_count": None}


# Changes without a session


@pytest.mark.accepts("R33")
def test_a_registration_records_an_entry_and_the_consent_with_version_and_time(world):
    owner = world.enterprise()
    entry = newest(owner)
    assert (entry["action"], entry["at"]) == ("registered", "2026-11-21T04:30:00.000Z")
    assert len(stored(owner)) == 1
    profile = table.get((f"ENT#{owner.account['enterprise_id']}", "PROFILE"))
    assert profile
    assert profile["consent"] == {"terms": "2026-11", "accepted_at": "2026-11-21T04:30:00.000Z"}


def test_a_recovered_password_records_an_entry(world):
    owner = world.enterprise()
    recovery = world.anybody.ok("POST", "/recoveries", world.ticket("recover", elements_of(owner), "delegate"))[
        "recovery_id"
    ]
    given = {"email_code": world.code(owner.account["email"])}
    token = world.anybody.ok("POST", f"/recoveries/{recovery}/verification", given)["reset_token"]
    assert len(stored(owner)) == 1
    world.time.forward(seconds=1)
    form = {"reset_token": token, "password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    answer = world.anybody("PUT", f"/recoveries/{recovery}/password", form)
    _, entry, _ = audit(world.sign_in("enterprise", owner.account["email"], NEW_PASSWORD))["items"]
    assert (entry["action"], entry["subject"]) == ("password_recovered", owner.account["id"])
    assert (entry["actor"], entry["request_id"]) == ("recovery", answer.headers["x-request-id"])
    assert len(stored(owner)) == 3, "the registration, the recovery, and the sign-in"


def test_the_entry_of_a_provisioned_account_names_the_office(world):
    form = {"name": "测试事业单位", "uscc": people.make_uscc(), "legal_representative": "测试戊"}
    email = f"provisioned{people.serial()}@enterprise.example"
    officer = world.desk("consular")
    made = officer.ok("POST", "/office/enterprises", {**form, "email": email, "phone": "0731-88888888"})
    session = world.anybody.ok("POST", "/sessions/elicence", world.ticket("login", form))
    sign_in, *entries = audit(User(world, session["token"], session["account"]))["items"]
    assert sign_in["action"] == "signed_in"
    assert [(entry["action"], entry["subject"], entry["actor"]) for entry in entries] == [
        ("enterprise_provisioned", made["id"], "领事司")
    ]


# Reading


def test_entries_are_listed_newest_first_in_pages(world):
    owner = world.enterprise()
    for staff in (1, 2, 3):
        world.time.forward(seconds=1)
        owner.ok("PATCH", "/enterprise", {"staff_count": staff})
    first = audit(owner, "?limit=2")
    second = audit(owner, f"?limit=2&cursor={first['next_cursor']}")
    assert [entry["after"] for entry in first["items"]] == [{"staff_count": 3}, {"staff_count": 2}]
    assert [entry["action"] for entry in second["items"]] == ["enterprise_changed", "registered"]
    other = world.enterprise()("GET", f"/audit?limit=2&cursor={first['next_cursor']}")
    assert (other.status, other.code) == (400, "MALFORMED")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "since=2026"])
def test_an_invalid_page_query_is_refused(world, owner, query):
    assert owner("GET", f"/audit?{query}").status == 422


def test_only_the_enterprise_account_reads_its_entries(world, owner):
    owner.ok("PATCH", "/enterprise", {"staff_count": 77})
    stranger = world.enterprise()
    assert [entry["action"] for entry in audit(stranger)["items"]] == ["registered"]
    for user in (world.agent(owner), world.desk("fao-hunan"), world.desk("consular")):
        assert user("GET", "/audit").code == "FORBIDDEN"
    assert world.anybody("GET", "/audit").code == "UNAUTHENTICATED"


def test_a_refused_change_records_no_entry(world, owner):
    agent = world.agent(owner)
    before = stored(owner)
    owner("PATCH", "/enterprise", {"staff_count": 0})
    owner("PATCH", f"/agents/{agent.account['id']}", {"name": "测试癸"}, If_Match='"9"')
    agent("PATCH", "/enterprise", {"staff_count": 3})
    owner("DELETE", "/invoice-profiles/unknown")
    assert stored(owner) == before


def test_entries_are_never_changed_and_never_expire(world, owner):
    assert not [route for route in ROUTES if "audit" in route.path and route.method != "GET"]
    assert not [item for item in stored(owner) if "expires_at" in item]
