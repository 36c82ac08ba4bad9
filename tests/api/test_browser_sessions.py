"""Sessions in cookies: how they begin and end, which requests they allow, and what they have to do with tokens."""

import json

import pytest

from testing.world import PASSWORD, User
from tests.support import logs
from tests.support.accounts import change_password, elements_of, session_status
from tests.support.browsers import API_ORIGIN, COOKIE, OWN_ORIGIN, Browser, cleared, cookie_of, opened

ATTRIBUTES = ["Max-Age=43200", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"]


@pytest.fixture(scope="module")
def browser(portal, owner):
    return opened(portal, owner)


# How a session begins


def sign_ins(world):
    elements = world.elements()
    form = world.registration(**world.ticket("register", elements))
    yield "/registrations", form
    yield "/sessions", {"identity": "enterprise", "login": form["email"], "password": PASSWORD}
    yield "/sessions/elicence", world.ticket("login", elements)


def test_every_sign_in_can_put_its_session_into_a_cookie(world):
    for path, form in sign_ins(world):
        answer = world.anybody("POST", path, form | {"keep": "cookie"})
        assert (answer.status, answer.body["token"]) == (201, None)
        name, *attributes = answer.headers["set-cookie"].split("; ")
        assert (name.partition("=")[0], attributes) == (COOKIE, ATTRIBUTES)
        token = cookie_of(answer).partition("=")[2]
        assert token.encode() not in answer.raw
        assert world.anybody.ok("GET", "/me", Cookie=cookie_of(answer))["account"] == answer.body["account"]


def test_without_keep_the_session_is_a_token_and_there_is_no_cookie(world):
    for path, form in sign_ins(world):
        answer = world.anybody("POST", path, form | ({"keep": None} if path == "/sessions" else {}))
        assert answer.status == 201
        assert "set-cookie" not in answer.headers
        assert session_status(User(world, answer.body["token"])) == 200


@pytest.mark.parametrize("keep", ["token", "", 1, True])
def test_any_other_way_to_keep_a_session_is_refused(world, owner, keep):
    form = {"identity": "enterprise", "login": owner.account["login"], "password": PASSWORD, "keep": keep}
    answer = world.anybody("POST", "/sessions", form)
    assert (answer.status, set(answer.fields)) == (422, {"keep"})
    assert "set-cookie" not in answer.headers


def test_a_refused_sign_in_sets_no_cookie(world, owner):
    form = {"identity": "enterprise", "login": owner.account["login"], "password": "wrong", "keep": "cookie"}
    answer = world.anybody("POST", "/sessions", form)
    assert (answer.status, "set-cookie" in answer.headers) == (401, False)


def test_a_form_of_another_site_signs_nobody_in(world, owner):
    form = {"identity": "enterprise", "login": owner.account["login"], "password": PASSWORD, "keep": "cookie"}
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = world.anybody("POST", "/sessions", json.dumps(form).encode(), Content_Type=media_type)
        assert (answer.status, "set-cookie" in answer.headers) == (415, False)


# What a cookie allows


def test_cookie_and_token_are_one_session(browser, world, owner):
    current = [entry for entry in browser("GET", "/sessions").body["items"] if entry["current"]]
    assert len(current) == 1
    by_token = User(world, browser.token).ok("GET", "/sessions")["items"]
    assert [entry["id"] for entry in by_token if entry["current"]] == [current[0]["id"]]


@pytest.mark.parametrize(
    "header",
    ["a=1; {}", "{}; a=1", "a=1;{};b=2", " {} ", f"{COOKIE}x=1; {{}}"],
)
def test_the_cookie_is_found_among_others(browser, world, header):
    assert world.anybody("GET", "/me", Cookie=header.format(browser.cookie)).status == 200


@pytest.mark.parametrize("header", ["", COOKIE, f"{COOKIE}=", f"{COOKIE}=x", f"{COOKIE}=a.b.c", "session=a.b.c", ";=;"])
def test_a_cookie_without_a_living_session_is_refused(world, header):
    answer = world.anybody("GET", "/me", Cookie=header)
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


def test_the_name_of_the_cookie_counts_with_its_case(browser, world):
    assert world.anybody("GET", "/me", Cookie=browser.cookie.lower()).status == 401


def test_the_bearer_token_counts_if_both_come(browser, world, owner):
    agent = world.agent(owner)
    seen = agent.ok("GET", "/me", Cookie=browser.cookie)
    assert seen["account"]["id"] == agent.account["id"]
    # Nor does a bearer call need an Origin because a cookie comes with it.
    assert agent("POST", "/messages/read-all", Cookie=browser.cookie).status == 204
    for header in ("Bearer", "Bearer x", "Basic dGVzdDp0ZXN0", ""):
        answer = world.anybody("GET", "/me", Authorization=header, Cookie=browser.cookie)
        assert (answer.status, "set-cookie" in answer.headers) == (401, False), header


def test_reading_with_a_cookie_needs_no_origin(browser):
    for path in ("/me", "/drafts", "/messages", "/enterprise"):
        assert browser("GET", path, Origin=None, Content_Type=None).status == 200


@pytest.mark.parametrize("origin", [OWN_ORIGIN, API_ORIGIN])
def test_changes_with_a_cookie_are_accepted_from_our_own_origins(browser, origin):
    assert browser("POST", "/drafts", {"group_name": "测试"}, Origin=origin).status == 201
    assert browser("PUT", "/me/mail-preference", {"receives_mail": True}, Origin=origin).status == 200


@pytest.mark.parametrize(
    "origin",
    [None, "", "null", "https://evil.example", OWN_ORIGIN + "/", OWN_ORIGIN + ".evil.example", "http://127.0.0.1",
     "https://127.0.0.1:8001", f"{OWN_ORIGIN} https://evil.example", "http://files.127.0.0.1:8001",
     "http://127.0.0.1:8001.", "HTTP://127.0.0.1:8001", "http://x@127.0.0.1:8001", f"{OWN_ORIGIN}\t", "file://"],
)  # fmt: skip
def test_changes_with_a_cookie_are_refused_from_elsewhere(browser, world, origin):
    before = world.table()
    for method, path, body in (
        ("POST", "/drafts", {"group_name": "测试"}),
        ("PUT", "/me/mail-preference", {"receives_mail": False}),
        ("PATCH", "/enterprise", {"phone": "0731-88888889"}),
        ("DELETE", "/sessions/current", None),
    ):
        answer = browser(method, path, body, Origin=origin)
        assert (answer.status, answer.code, answer.fields) == (403, "ORIGIN_REFUSED", {"Origin": "ORIGIN_NOT_OWN"})
        assert "set-cookie" not in answer.headers
    assert world.table() == before


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_changes_with_a_cookie_need_the_json_content_type_even_without_a_body(browser, world, media_type):
    for method, path, body in (("POST", "/messages/read-all", None), ("DELETE", "/sessions/current", None)):
        answer = browser(method, path, body, Content_Type=media_type)
        expected = (403, "ORIGIN_REFUSED", {"Content-Type": "JSON_REQUIRED"})
        assert (answer.status, answer.code, answer.fields) == expected
    assert browser("POST", "/drafts", b"{}", Content_Type=media_type or "").code == "ORIGIN_REFUSED"
    assert browser("POST", "/messages/read-all", Content_Type="Application/JSON; charset=utf-8").status == 204


def test_every_route_that_changes_something_refuses_a_cookie_from_elsewhere_before_it_reads_the_table(browser, world):
    from chalicelib.handlers.http.access import Access
    from chalicelib.handlers.http.routing import ROUTES

    changing = [route for route in ROUTES if route.access is not Access.PUBLIC and route.method != "GET"]
    assert len(changing) > 30
    for route in changing:
        path = route.path.removeprefix("/v1").replace("{", "").replace("}", "")
        with world.counting() as requests:
            answer = browser(route.method, path, {}, Origin="https://evil.example")
        assert (answer.status, answer.code, requests.operations) == (403, "ORIGIN_REFUSED", []), route.name


def test_a_bearer_call_needs_no_origin(owner):
    assert owner("POST", "/messages/read-all", Origin="https://evil.example").status == 204


def test_other_origins_may_not_send_credentials(browser, world):
    for answer in (browser("GET", "/me"), world.anybody("GET", "/reference"), browser("GET", "/me", Cookie="")):
        assert answer.headers["access-control-allow-origin"] == OWN_ORIGIN
        assert "access-control-allow-credentials" not in answer.headers


# Sessions that somebody else chose, and tabs that know no better


def test_a_sign_in_begins_a_new_session_whatever_cookie_the_browser_had(world, owner):
    planted = opened(world, world.enterprise())
    for cookie in (planted.cookie, f"{COOKIE}=a.{owner.account['id']}.c", f"{COOKIE}="):
        form = {"identity": "enterprise", "login": owner.account["login"], "password": PASSWORD, "keep": "cookie"}
        answer = world.anybody("POST", "/sessions", form, Cookie=cookie)
        assert (answer.status, cookie_of(answer) == cookie) == (201, False)
        assert answer.body["account"]["id"] == owner.account["id"]
        assert Browser(world, cookie_of(answer))("GET", "/me").body["account"]["id"] == owner.account["id"]
    # Who planted the cookie still has the own session and nothing of the owner's.
    assert planted("GET", "/me").body["account"]["id"] != owner.account["id"]


def test_after_a_sign_out_in_another_tab_the_old_tab_changes_nothing(world, owner):
    tab = opened(world, owner)
    other = Browser(world, tab.cookie)
    assert other("DELETE", "/sessions/current").status == 204
    before = world.table()
    for method, path, body in (
        ("POST", "/drafts", {"group_name": "测试"}),
        ("PATCH", "/enterprise", {"phone": "0731-88888889"}),
        ("DELETE", "/sessions/current", None),
    ):
        answer = tab(method, path, body)
        assert (answer.status, cleared(answer)) == (401, True)
    assert world.table() == before


def test_a_token_of_an_ended_session_begins_nothing_again(world, owner):
    browser = opened(world, owner)
    assert browser("DELETE", "/sessions/current").status == 204
    world.sign_in("enterprise", owner.account["login"], PASSWORD)
    assert browser("GET", "/me").status == 401
    assert User(world, browser.token)("GET", "/me").status == 401


# How a session ends


def test_signing_out_ends_the_session_and_clears_the_cookie(world, owner):
    browser = opened(world, owner)
    answer = browser("DELETE", "/sessions/current")
    assert (answer.status, cleared(answer)) == (204, True)
    again = browser("GET", "/me")
    assert (again.status, cleared(again)) == (401, True)


def test_signing_out_with_a_token_leaves_the_cookie(world, owner):
    user = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    assert "set-cookie" not in user("DELETE", "/sessions/current").headers
    assert "set-cookie" not in user("GET", "/me").headers


def test_ending_a_session_clears_the_cookie_only_of_the_browser_that_had_it(world, owner):
    one, other = opened(world, owner), opened(world, owner)
    current = {entry["current"]: entry["id"] for entry in one("GET", "/sessions").body["items"]}
    mine = current[True]
    theirs = next(entry["id"] for entry in other("GET", "/sessions").body["items"] if entry["current"])
    answer = one("DELETE", f"/sessions/{theirs}")
    assert (answer.status, "set-cookie" in answer.headers) == (204, False)
    assert cleared(other("GET", "/me"))
    answer = one("DELETE", f"/sessions/{mine}")
    assert (answer.status, cleared(answer)) == (204, True)


def test_a_session_that_has_ended_otherwise_is_cleared_by_the_next_reply(world):
    owner = world.enterprise()
    idle, other = opened(world, owner), opened(world, owner)
    agent = world.agent(owner)
    form = {"identity": "agent", "login": agent.account["login"], "password": "correct horse", "keep": "cookie"}
    revoked = Browser(world, cookie_of(world.anybody("POST", "/sessions", form)))
    world.revoke(agent)
    assert cleared(revoked("GET", "/me"))
    assert change_password(owner).status == 204
    assert cleared(other("POST", "/drafts", {}))
    world.time.forward(minutes=31)
    assert cleared(idle("GET", "/me"))


def test_a_new_password_keeps_the_session_of_the_browser_that_set_it(world):
    browser = opened(world, world.enterprise())
    form = {"current_password": PASSWORD, "password": "another battery staple"}
    answer = browser("PUT", "/me/password", form | {"password_confirmation": form["password"]})
    assert (answer.status, "set-cookie" in answer.headers) == (204, False)
    assert browser("GET", "/me").status == 200


def test_a_recovered_password_clears_the_cookie_of_its_own_account_only(world):
    for same in (True, False):
        owner = world.enterprise()
        browser = opened(world, owner if same else world.enterprise())
        email = owner.account["email"]
        recovery = world.anybody.ok("POST", "/recoveries", {**elements_of(owner), "email": email})["recovery_id"]
        path, code = f"/recoveries/{recovery}", {"email_code": world.code(email)}
        token = world.anybody.ok("POST", f"{path}/verification", code)["reset_token"]
        passwords = dict.fromkeys(("password", "password_confirmation"), "another battery staple")
        answer = browser("PUT", f"{path}/password", {"reset_token": token, **passwords})
        assert (answer.status, cleared(answer)) == (204, same)
        assert browser("GET", "/me").status == (401 if same else 200)


# Logs


def test_logs_contain_no_cookie_and_no_token(world, owner):
    with logs.recorded() as log:
        browser = opened(world, owner)
        browser("POST", "/drafts", {"group_name": "测试"})
        browser("POST", "/drafts", {"group_name": "测试"}, Origin=None)
        browser("DELETE", "/sessions/current")
        browser("GET", "/me")
    written = log.getvalue()
    events = [json.loads(line) for line in written.splitlines()]
    assert [event["event"] for event in events][:2] == ["sign_in", "request"]
    assert [event["status"] for event in events if event["event"] == "request"] == [201, 201, 403, 204, 401]
    assert [secret for secret in (COOKIE, "ookie", browser.token, browser.token[-43:]) if secret in written] == []
