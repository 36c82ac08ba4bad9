"""No stranger keeps anybody signed out: known devices, cleared counters, and the address behind a proxy (0070)."""

import hashlib

import pytest

from chalicelib.rules.base import limits
from testing import people
from testing.world import PASSWORD
from tests.support.accounts import NEW_PASSWORD, agent_path, change_password, sign_in
from tests.support.recovery import owner_recovery, set_password

COOKIE = "__Host-device"
SEARCH, CLEAR = "/office/sign-in-locks/search", "/office/sign-in-locks/clear"


class Places:
    """Network addresses from which no other test has called: counters of addresses are filled here."""

    def __init__(self):
        self.home, self.abroad, self.third = (f"198.18.{people.serial() % 250}.{last}" for last in (1, 2, 3))


@pytest.fixture
def at():
    return Places()


def counters(world, identity, login, address):
    from chalicelib.repos.accounts import login_throttle

    return list(login_throttle.login_attempts(identity, login, address, world.time()).keys)


def fill(world, identity, login, address):
    """Let strangers fill the counter of the name and that of a network address."""
    from chalicelib.repos.table import table

    _, name, of_address = counters(world, identity, login, address)
    table.commit(
        table.change(name, assign={"failures": limits.LOGIN_FAILURES_NAME}),
        table.change(of_address, assign={"failures": limits.LOGIN_FAILURES_ADDRESS}),
    )


def browser(world, identity, login, password, cookie=None):
    """The reply to a sign-in on a page, with the device cookie that the browser keeps."""
    form = {"identity": identity, "login": login, "password": password, "keep": "cookie"}
    return world.anybody("POST", "/sessions", form, Cookie=f"{COOKIE}={cookie}" if cookie else None)


def device_of(answer):
    """The token in the device cookie of a reply; None if it sets none."""
    found = [value for value in answer.cookies if value.startswith(f"{COOKIE}=")]
    return found[0].partition(";")[0].partition("=")[2] if found else None


@pytest.fixture
def people_signed_in(world, at):
    """An enterprise, an agent and an officer, each with its password, who signed in from home in a browser."""
    owner = world.enterprise()
    agent, officer = world.agent(owner), world.officer("fao-hunan")
    found = []
    for user, password in ((owner, PASSWORD), (agent, "correct horse"), (officer, PASSWORD)):
        role, login = user.account["role"], user.account["login"]
        with world.calling_from(at.home):
            found.append((role, login, password, device_of(browser(world, role, login, password))))
    return found


def test_strangers_who_fill_the_counters_of_a_name_stop_no_known_device_and_no_known_address(
    world, people_signed_in, at
):
    for role, login, password, device in people_signed_in:
        fill(world, role, login, at.abroad)
        with world.calling_from(at.abroad):
            assert browser(world, role, login, password).status == 429
            assert browser(world, role, login, password, "a stranger's token").status == 429
            assert browser(world, role, login, password, device).status == 201
        fill(world, role, login, at.home)
        with world.calling_from(at.home):
            assert sign_in(world, role, login, password).status == 201


def test_a_known_device_of_one_account_is_a_strangers_for_another(world, people_signed_in, at):
    (_, _, _, device), (role, login, password, _), _ = people_signed_in
    fill(world, role, login, at.abroad)
    with world.calling_from(at.abroad):
        assert browser(world, role, login, password, device).status == 429


def test_a_known_device_guesses_ten_passwords_and_fills_no_counter_of_others(world, people_signed_in, at):
    from chalicelib.repos.table import table

    role, login, password, device = people_signed_in[0]
    with world.calling_from(at.third):
        for _ in range(10):
            assert browser(world, role, login, "not the password", device).status == 401
        assert browser(world, role, login, password, device).status == 429
    own, name, of_address = (table.get(key) for key in counters(world, role, login, at.third))
    assert (own or {})["failures"] == 10
    assert (name, of_address) == (None, None)


def test_a_device_is_forgotten_after_180_days_without_a_sign_in(world, at):
    owner = world.enterprise()
    login = owner.account["login"]
    with world.calling_from(at.home):
        device = device_of(browser(world, "enterprise", login, PASSWORD))
    for days, status in ((100, 201), (100, 201), (181, 429)):
        world.time.forward(days=days)
        fill(world, "enterprise", login, at.abroad)
        with world.calling_from(at.abroad):
            answer = browser(world, "enterprise", login, PASSWORD, device)
        assert (days, answer.status) == (days, status)
        if status == 201:
            assert device_of(answer) is None
    assert device not in str(world.table())


def test_a_device_cookie_cannot_be_read_by_scripts_and_opens_nothing(world):
    owner = world.enterprise()
    answer = browser(world, "enterprise", owner.account["login"], PASSWORD)
    session, device = answer.cookies
    assert session.startswith("__Host-session=")
    assert device.split("; ")[1:] == ["Max-Age=15552000", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"]
    assert world.anybody("GET", "/me", Cookie=device.partition(";")[0]).status == 401
    assert sign_in(world, "enterprise", owner.account["login"], PASSWORD).cookies == ()


def test_a_new_password_or_a_recovery_clears_the_counter_of_the_name(world, at):
    from chalicelib.repos.table import table

    owner = world.enterprise()
    agent = world.agent(owner)
    login = owner.account["login"]

    def by_change():
        assert change_password(owner).status == 204

    def by_recovery():
        recovery_id, token = owner_recovery(world, owner)
        assert set_password(world, recovery_id, token, "a third battery").status == 204

    def by_the_enterprise():
        again = world.sign_in("enterprise", login, "a third battery")
        again.ok("PATCH", agent_path(agent), {"password": NEW_PASSWORD})

    for role, name, act in (
        ("enterprise", login, by_change),
        ("enterprise", login, by_recovery),
        ("agent", agent.account["login"], by_the_enterprise),
    ):
        fill(world, role, name, at.abroad)
        act()
        assert (table.get(counters(world, role, name, at.abroad)[1]) or {})["failures"] == 0, act


def test_consular_officers_see_and_clear_locks_of_agents_and_officers(world, at):
    from chalicelib.repos.accounts import audit

    agent, officer = world.agent(world.enterprise()), world.officer("fao-hunan")
    consular = world.desk("consular")
    for user, password in ((agent, "correct horse"), (officer, PASSWORD)):
        role, login = user.account["role"], user.account["login"]
        form = {"identity": role, "login": login.upper()}
        seen = {"failures": 0, "locked": False, "ends_at": "2026-11-21T04:45:00.000Z"}
        assert consular.ok("POST", SEARCH, form) == seen
        fill(world, role, login, at.abroad)
        assert consular.ok("POST", SEARCH, form) == seen | {"failures": 50, "locked": True}
        assert officer("POST", CLEAR, form).code == "FORBIDDEN"
        assert consular("POST", CLEAR, form).status == 204
        assert consular.ok("POST", SEARCH, form) == seen
        with world.calling_from(at.third):
            assert sign_in(world, role, login, password).status == 201
    assert [entry.action for entry in audit.entries("OFFICERS")].count("lock_cleared") == 1
    for path in (SEARCH, CLEAR):
        assert consular("POST", path, {"identity": "agent", "login": f"nobody{people.serial()}"}).status == 404
        answer = consular("POST", path, {"identity": "enterprise", "login": "a@b.example"})
        assert (answer.status, list(answer.fields)) == (422, ["identity"])


def test_an_agent_whose_user_name_is_masked_is_named_by_its_ids(world, at):
    owner = world.enterprise()
    agent = world.agent(owner)
    consular, enterprise_id = world.desk("consular"), owner.account["enterprise_id"]
    (found,) = consular.ok("GET", f"/office/enterprises/{enterprise_id}")["agents"]
    assert found["username"] != agent.account["login"]
    form = {"enterprise_id": enterprise_id, "agent_id": found["id"]}
    fill(world, "agent", agent.account["login"], at.abroad)
    assert consular.ok("POST", SEARCH, form)["locked"]
    assert consular("POST", CLEAR, form).status == 204
    assert consular.ok("POST", SEARCH, form)["failures"] == 0
    for other in (world.enterprise().account["enterprise_id"], "0" * 20):
        for path in (SEARCH, CLEAR):
            assert consular("POST", path, form | {"enterprise_id": other}).status == 404
    assert consular("POST", CLEAR, form | {"agent_id": owner.account["id"]}).status == 404


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"login": "NAME_OR_AGENT"}),
        ({"login": "zhang01", "agent_id": "x", "identity": "agent"}, {"login": "NAME_OR_AGENT"}),
        ({"login": "zhang01"}, {"identity": "missing"}),
        ({"agent_id": "x"}, {"enterprise_id": "missing"}),
    ],
)
def test_a_lock_without_one_name_names_the_field(world, form, fields):
    for path in (SEARCH, CLEAR):
        answer = world.desk("consular")("POST", path, form)
        assert (answer.status, answer.fields) == (422, fields)


def test_addresses_of_one_subscriber_share_a_counter(world):
    login = f"nobody{people.serial()}@enterprise.example"
    for last in range(10):
        with world.calling_from(f"2001:db8:1:2::{last}"):
            assert sign_in(world, "enterprise", login, PASSWORD).status == 401
    with world.calling_from("2001:db8:1:2:ffff::1"):
        assert sign_in(world, "enterprise", login, PASSWORD).status == 429
    with world.calling_from("2001:db8:1:3::1"):
        assert sign_in(world, "enterprise", login, PASSWORD).status == 401


# The address behind the distribution

KEY = "0123456789abcdef" * 4
NEW_KEY = KEY[::-1]


@pytest.fixture
def distribution(monkeypatch):
    """Settings of a deployment behind a distribution that sends `KEY`."""
    import dataclasses

    from chalicelib import config
    from chalicelib.handlers.http import edge

    hashes = [hashlib.sha256(key.encode()).hexdigest() for key in (KEY, NEW_KEY)]
    changed = dataclasses.replace(config.settings(), edge_key_hash=",".join(hashes))
    monkeypatch.setattr(edge, "settings", lambda: changed)


def failures_from(world, address, login):
    from chalicelib.repos.table import table

    return (table.get(counters(world, "enterprise", login, address)[0]) or {}).get("failures", 0)


def attempt(world, login, **headers):
    form = {"identity": "enterprise", "login": login, "password": "not the password"}
    return world.anybody("POST", "/sessions", form, **headers)


def test_without_a_distribution_no_header_changes_the_address(world, at):
    login = f"nobody{people.serial()}@enterprise.example"
    with world.calling_from(at.home):
        attempt(world, login, CloudFront_Viewer_Address=f"{at.abroad}:1", X_Forwarded_For=at.abroad, X_Origin_Key="")
    assert (failures_from(world, at.home, login), failures_from(world, at.abroad, login)) == (1, 0)


@pytest.mark.usefixtures("distribution")
@pytest.mark.parametrize("key", [None, "", "wrong", "密"])
def test_who_passes_by_the_distribution_is_refused_before_anything_is_counted(world, at, key):
    login = f"nobody{people.serial()}@enterprise.example"
    with world.calling_from(at.home):
        answer = attempt(world, login, CloudFront_Viewer_Address=f"{at.abroad}:1", X_Origin_Key=key)
        assert (answer.status, answer.code) == (403, "FORBIDDEN")
        assert world.anybody("GET", "/health", X_Origin_Key=key).status == 403
    assert (failures_from(world, at.home, login), failures_from(world, at.abroad, login)) == (0, 0)


@pytest.mark.usefixtures("distribution")
def test_while_the_key_is_rotated_the_old_and_the_new_one_are_accepted(world):
    for key in (KEY, NEW_KEY):
        assert world.anybody("GET", "/health", X_Origin_Key=key).status == 200


@pytest.mark.usefixtures("distribution")
@pytest.mark.parametrize(
    ("viewer", "address"),
    [
        ("203.0.113.77:46532", "203.0.113.77"),
        ("2001:db8:7:8:9::1:46532", "2001:db8:7:8:9::1"),
        ("[2001:db8:7:8:9::1]:443", "2001:db8:7:8:9::1"),
        ("nonsense", "198.51.100.77"),
        ("", "198.51.100.77"),
    ],
)
def test_behind_the_distribution_the_address_is_the_viewers(world, viewer, address):
    login = f"nobody{people.serial()}@enterprise.example"
    with world.calling_from("198.51.100.77"):
        attempt(world, login, CloudFront_Viewer_Address=viewer, X_Origin_Key=KEY, X_Forwarded_For="192.0.2.1")
    assert failures_from(world, address, login) == 1
