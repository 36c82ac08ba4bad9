"""The password profile `mlps3`: classes of characters, and expiry after 90 days."""

import os

import pytest

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import ROUTES
from testing import people
from testing.world import User
from tests.support.accounts import change_password, elements_of

FIRST = "Correct 8 horses"
NEW = "Another 9 staples"
FOR_CREDENTIALS = {
    "GET /v1/me",
    "PUT /v1/me/password",
    "DELETE /v1/sessions/current",
    "GET /v1/me/second-factor",
    "PUT /v1/me/second-factor",
    "PUT /v1/me/second-factor/confirmation",
}


@pytest.fixture(scope="module", autouse=True)
def mlps3(cloud_resources):
    """Set the profile for this module."""
    from chalicelib.config import settings

    before = os.environ["ABTC_PASSWORD_PROFILE"]
    os.environ["ABTC_PASSWORD_PROFILE"] = "mlps3"
    settings.cache_clear()
    assert settings().password_profile == "mlps3"
    yield
    os.environ["ABTC_PASSWORD_PROFILE"] = before
    settings.cache_clear()


def registered(world):
    form = world.registration(password=FIRST, password_confirmation=FIRST)
    session = world.anybody.ok("POST", "/registrations", form)
    return User(world, session["token"], session["account"])


def change(user, current=FIRST, password=NEW):
    return change_password(user, current, password)


def recovery(world, owner):
    """The path and the token of a recovery whose code is verified."""
    begun = world.anybody.ok("POST", "/recoveries", elements_of(owner) | {"email": owner.account["email"]})
    path = f"/recoveries/{begun['recovery_id']}"
    code = {"email_code": world.code(owner.account["email"])}
    return path, world.anybody.ok("POST", f"{path}/verification", code)["reset_token"]


def expired(world, user, password=FIRST):
    """The user with a new session, when the password is 90 days old."""
    world.time.forward(days=90)
    return world.sign_in(user.account["role"], user.account["login"], password)


# Composition

WEAK = {
    "correct horse battery": {"password": "PASSWORD_CLASSES"},
    "VIOLINTEAPOT47": {"password": "PASSWORD_CLASSES"},
    "violinteapot47": {"password": "PASSWORD_CLASSES"},
    "ViolinLakeTeapot": {"password": "PASSWORD_CLASSES"},
    "Aa1 b2": {"password": "PASSWORD_SHORT"},
    "Password123": {"password": "PASSWORD_COMMON"},
}


@pytest.mark.parametrize(("password", "fields"), WEAK.items(), ids=list(WEAK))
def test_a_password_of_two_classes_is_refused_on_every_route_that_sets_one(world, password, fields):
    owner = registered(world)
    again = {"password": password, "password_confirmation": password}
    path, token = recovery(world, owner)
    form = world.registration(**again)
    agent = owner.ok("POST", "/agents", people.agent(password=FIRST))
    calls = [
        (world.anybody, "POST", "/registrations", form),
        (owner, "PUT", "/me/password", {"current_password": FIRST, **again}),
        (owner, "POST", "/agents", people.agent(password=password)),
        (owner, "PATCH", f"/agents/{agent['id']}", {"password": password}),
        (world.anybody, "PUT", f"{path}/password", {"reset_token": token, **again}),
    ]
    before = world.table()
    for user, method, at, body in calls:
        answer = user(method, at, body)
        assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before


def test_the_refusal_states_the_required_classes(world):
    form = world.registration()
    answer = world.anybody("POST", "/registrations", form)
    said = answer.body["errors"][0]["message"]
    assert said == "密码：须包含大写字母、小写字母、数字、符号中的至少3类"


@pytest.mark.parametrize("password", ["Kq7vtuwz", "kq7vtuw ", "KQ7VTUW!", "苔藓Kq7汽笛灯"])
def test_a_password_of_three_classes_is_accepted(world, password):
    assert change(registered(world), FIRST, password).status == 204


# Expiry


def test_a_password_is_valid_for_ninety_days(world):
    owner = registered(world)
    world.time.forward(days=90, seconds=-1)
    user = world.sign_in("enterprise", owner.account["email"], FIRST)
    assert user("GET", "/enterprise").status == 200
    world.time.forward(seconds=1)
    refused = user("GET", "/enterprise")
    assert (refused.status, refused.code) == (403, "PASSWORD_EXPIRED")
    assert refused.body["message"] == "密码已到期，请先修改密码。"


def routes_for(role):
    open_to = {
        "enterprise": {Access.ENTERPRISE, Access.MEMBERS, Access.EVERYONE},
        "agent": {Access.MEMBERS, Access.EVERYONE},
    }[role]
    return [route for route in ROUTES if route.access in open_to]


@pytest.mark.parametrize("role", ["enterprise", "agent"])
def test_an_expired_password_allows_only_a_password_change(world, role):
    owner = registered(world)
    form = people.agent(password=FIRST)
    owner.ok("POST", "/agents", form)
    user = owner if role == "enterprise" else world.sign_in("agent", form["username"], FIRST)
    user = expired(world, user)
    refused, routes = set(), routes_for(role)
    before = world.table()
    for route in routes:
        name = f"{route.method} {route.path}"
        path = route.path.removeprefix("/v1").replace("{", "").replace("}", "")
        if name not in FOR_CREDENTIALS:
            answer = user(route.method, path, {} if route.body else None)
            assert (answer.status, answer.code) == (403, "PASSWORD_EXPIRED"), name
            refused.add(name)
    assert world.table() == before
    assert refused == {f"{route.method} {route.path}" for route in routes} - FOR_CREDENTIALS
    assert user.ok("GET", "/me")["account"]["id"] == user.account["id"]
    assert change(user).status == 204
    assert [user("GET", path).status for path in ("/enterprise", "/drafts", "/sessions")] == [200, 200, 200]


def test_an_expired_password_allows_signing_out(world):
    user = expired(world, registered(world))
    assert user("DELETE", "/sessions/current").status == 204
    assert user("GET", "/me").status == 401


def test_a_new_password_is_valid_for_another_ninety_days(world):
    user = expired(world, registered(world))
    assert change(user).status == 204
    world.time.forward(days=89)
    again = world.sign_in("enterprise", user.account["email"], NEW)
    assert again("GET", "/enterprise").status == 200
    world.time.forward(days=1)
    again = world.sign_in("enterprise", user.account["email"], NEW)
    assert again("GET", "/enterprise").code == "PASSWORD_EXPIRED"


def test_the_expired_password_is_refused_as_the_new_one(world):
    user = expired(world, registered(world))
    change(user, FIRST, FIRST)
    assert user("GET", "/enterprise").code == "PASSWORD_EXPIRED"


def test_an_open_session_is_refused_from_the_moment_its_password_expires(world):
    owner = registered(world)
    world.time.forward(days=90, hours=-1)
    user = world.sign_in("enterprise", owner.account["email"], FIRST)
    for minutes, status in ((29, 200), (29, 200), (2, 403)):
        world.time.forward(minutes=minutes)
        assert user("GET", "/enterprise").status == status


def test_a_recovered_password_restarts_the_ninety_days(world):
    owner = registered(world)
    world.time.forward(days=89)
    path, token = recovery(world, world.sign_in("enterprise", owner.account["email"], FIRST))
    form = {"reset_token": token, "password": NEW, "password_confirmation": NEW}
    assert world.anybody("PUT", f"{path}/password", form).status == 204
    world.time.forward(days=2)
    assert world.sign_in("enterprise", owner.account["email"], NEW)("GET", "/enterprise").status == 200


def test_a_password_set_by_the_enterprise_restarts_the_ninety_days(world):
    owner = registered(world)
    form = people.agent(password=FIRST)
    agent = owner.ok("POST", "/agents", form)
    world.time.forward(days=89)
    owner = world.sign_in("enterprise", owner.account["email"], FIRST)
    owner.ok("PATCH", f"/agents/{agent['id']}", {"password": NEW})
    world.time.forward(days=2)
    assert world.sign_in("agent", form["username"], NEW)("GET", "/drafts").status == 200


def test_an_expired_password_also_restricts_a_sign_in_by_licence(world):
    owner = registered(world)
    seen = owner.ok("GET", "/enterprise")
    elements = {name: seen[name] for name in ("name", "uscc", "legal_representative")}
    world.time.forward(days=90)
    session = world.anybody.ok("POST", "/sessions/elicence", world.ticket("login", elements))
    assert User(world, session["token"])("GET", "/enterprise").code == "PASSWORD_EXPIRED"
