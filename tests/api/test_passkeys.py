"""Passkeys (通行密钥): added after a proof, used once for each challenge, refused in one way (decision 0075)."""

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.config import settings
from chalicelib.rules.base import limits
from operations import create_officer
from testing import authenticator as devices
from testing import people
from testing.authenticator import PRESENT, VERIFIED, Authenticator
from testing.world import PASSWORD, User
from tests.support.accounts import NEW_PASSWORD, elements_of, passkey_challenge, session_status, undo_link
from tests.support.operating import Desk


@pytest.fixture
def account(world):
    return world.enterprise()


@pytest.fixture
def device():
    return Authenticator()


def add(user, device, password=PASSWORD, **wrong):
    """The reply to a passkey that was made for a fresh challenge."""
    creation = passkey_challenge(user, password)
    return user("POST", "/me/passkeys", device.made(creation, **wrong))


def added(user, device, password=PASSWORD):
    answer = add(user, device, password)
    assert answer.status == 201, answer.body
    return answer.body


def challenge(world):
    return world.anybody.ok("POST", "/sessions/passkey/challenges")


def sign_in(world, device, keep=None, **wrong):
    """The reply to a sign-in by a signature over a fresh challenge."""
    return world.anybody("POST", "/sessions/passkey", {**device.signed(challenge(world), **wrong), "keep": keep})


def assert_refused(answer):
    assert (answer.status, answer.fields) == (422, {"passkey": "PASSKEY"})
    assert answer.body["errors"][0]["message"].endswith("通行密钥无法验证，请重试或使用其他方式登录。")


def subjects(world, user):
    world.deliver()
    return "".join(mail.subject for mail in world.mails(user.account["email"]))


# Adding, listing, renaming, removing


@pytest.mark.parametrize("role", ["enterprise", "officer"])
def test_an_account_adds_renames_and_removes_a_passkey(world, device, role):
    user = world.enterprise() if role == "enterprise" else world.officer("fao-hunan")
    assert user.ok("GET", "/me/passkeys") == {"items": [], "can_add": True, "limit": 10}
    creation = passkey_challenge(user)
    assert creation["rp_id"] == "localhost"
    assert creation["algorithms"][0] == -7
    assert (creation["user_name"], creation["exclude"]) == (user.account["login"], [])
    made = user.ok("POST", "/me/passkeys", device.made(creation))
    assert made == {**made, "name": "测试手机", "created_at": "2026-11-21T04:30:00.000Z", "used_at": None}
    assert user.ok("GET", "/me/passkeys")["items"] == [made]
    assert passkey_challenge(user)["exclude"] == [devices.encoded(device.credential_id)]
    renamed = user.ok("PATCH", f"/me/passkeys/{made['id']}", {"name": " 办公电脑 "})
    assert renamed == {**made, "name": "办公电脑"}
    user.ok("DELETE", f"/me/passkeys/{made['id']}")
    assert user.ok("GET", "/me/passkeys")["items"] == []
    assert_refused(sign_in(world, device))
    if role == "enterprise":
        done = [entry["action"] for entry in user.ok("GET", "/audit")["items"]][:3]
        assert done == ["passkey_removed", "passkey_renamed", "passkey_added"]
        told = subjects(world, user)
        assert "已添加通行密钥" in told
        assert "已移除通行密钥" in told


def test_adding_and_removing_need_a_proof_and_a_session(world, account, device):
    made = added(account, device)
    creation = passkey_challenge(account)
    world.time.forward(minutes=16)
    other = Authenticator().made(creation)
    for method, path, body in (
        ("POST", "/me/passkeys/challenges", None),
        ("POST", "/me/passkeys", other),
        ("DELETE", f"/me/passkeys/{made['id']}", None),
    ):
        assert account(method, path, body).code == "PROOF_REQUIRED"
    assert len(account.ok("GET", "/me/passkeys")["items"]) == 1


def test_each_new_passkey_needs_a_proof_of_its_own_which_a_sign_in_is_not(world, account):
    stolen = world.sign_in("enterprise", account.account["login"], PASSWORD)
    assert stolen("POST", "/me/passkeys/challenges").code == "PROOF_REQUIRED"
    passkey_challenge(stolen)
    assert stolen("POST", "/me/passkeys/challenges").code == "PROOF_REQUIRED"


def test_agents_have_no_passkeys(world, account):
    agent = world.agent(account)
    assert agent("GET", "/me/passkeys").code == agent("POST", "/me/passkeys/challenges").code == "FORBIDDEN"


def test_a_passkey_of_another_account_is_answered_like_an_unknown_one(world, account, device):
    made, stranger = added(account, device), world.enterprise()
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        answers = [stranger(method, f"/me/passkeys/{known}", body) for known in (made["id"], "0" * 40)]
        assert [(answer.status, answer.code) for answer in answers] == [(404, "NOT_FOUND")] * 2
    assert len(account.ok("GET", "/me/passkeys")["items"]) == 1


def test_an_account_has_at_most_ten_passkeys(world, account):
    begun = passkey_challenge(account)
    for _ in range(limits.MAX_PASSKEYS):
        added(account, Authenticator())
    assert account.ok("GET", "/me/passkeys")["can_add"] is False
    world.prove(account)
    assert account("POST", "/me/passkeys/challenges").code == "LIMIT_REACHED"
    assert account("POST", "/me/passkeys", Authenticator().made(begun)).code == "LIMIT_REACHED"


def test_concurrent_additions_keep_to_the_limit_and_the_count(world, account):
    begun = [passkey_challenge(account) for _ in range(12)]
    bodies = [Authenticator().made(creation) for creation in begun]
    answers = world.together(*[lambda body=body: account("POST", "/me/passkeys", body) for body in bodies])
    listed = account.ok("GET", "/me/passkeys")["items"]
    assert len(listed) == sum(answer.status == 201 for answer in answers) <= limits.MAX_PASSKEYS
    assert {answer.code for answer in answers if answer.status != 201} <= {"CONTENT_CHANGED", "LIMIT_REACHED"}


def test_the_same_passkey_is_not_added_twice(account, device):
    added(account, device)
    assert add(account, device).fields == {"passkey": "TAKEN"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8002"},
        {"origin": "http://127.0.0.1:8001"},
        {"cross_origin": True},
        {"rp_id": "evil.example"},
        {"type": "webauthn.get"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"challenge": ""},
    ],
    ids=" ".join,
)
def test_a_passkey_that_was_not_made_as_asked_for_is_refused(world, account, device, wrong):
    before = world.table()
    creation = passkey_challenge(account)
    assert_refused(account("POST", "/me/passkeys", device.made(creation, **wrong)))
    assert account.ok("GET", "/me/passkeys")["items"] == []
    assert [key for key in world.table() if key not in before and key[1] != "CHALLENGE"] == []


def test_a_challenge_adds_one_passkey_in_its_own_session_within_five_minutes(world, account):
    other = world.sign_in("enterprise", account.account["login"], PASSWORD)
    creation = passkey_challenge(account)
    assert_refused(other("POST", "/me/passkeys", Authenticator().made(creation)))
    account.ok("POST", "/me/passkeys", Authenticator().made(creation))
    assert_refused(account("POST", "/me/passkeys", Authenticator().made(creation)))
    late = passkey_challenge(account)
    of_sign_in = challenge(world)
    assert_refused(account("POST", "/me/passkeys", Authenticator().made({**late, **of_sign_in})))
    world.time.forward(minutes=5)
    assert_refused(account("POST", "/me/passkeys", Authenticator().made(late)))


RUBBISH = [
    "AA",
    "AAA",
    "A",
    "oA",
    "gA",
    "n_8",
    "v2Fh",
    "A" * 800,
    devices.encoded(b'{"type":1}'),
    devices.encoded(b"[]"),
]


@pytest.mark.parametrize("part", ["client_data", "attestation"])
@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_in_a_new_passkey_is_refused(account, device, part, rubbish):
    creation = passkey_challenge(account)
    assert_refused(account("POST", "/me/passkeys", {**device.made(creation), part: rubbish}))


def test_rubbish_within_an_attestation_is_refused(account, device):
    wrong: list[dict[str, object]] = [{"authData": b""}, {"authData": b"\0" * 37}, {"authData": 7}]
    wrong += [{"fmt": 7}, {"attStmt": []}]
    for changes in wrong:
        body = device.made(passkey_challenge(account))
        answer = account(
            "POST", "/me/passkeys", {**body, "attestation": devices.rewritten(body["attestation"], **changes)}
        )
        assert answer.status in (201, 409, 422), answer.body
        assert answer.status == 422 or "authData" not in changes


# Signing in


def test_an_enterprise_signs_in_by_its_passkey(world, account, device):
    added(account, device)
    world.time.forward(minutes=1)
    answer = sign_in(world, device)
    assert (answer.status, answer.body["account"]["id"]) == (201, account.account["id"])
    user = User(world, answer.body["token"], answer.body["account"])
    assert session_status(user) == 200
    assert user.ok("GET", "/me/passkeys")["items"][0]["used_at"] == "2026-11-21T04:31:00.000Z"
    entry = user.ok("GET", "/audit")["items"][0]
    assert (entry["action"], entry["after"]["way"]) == ("signed_in", "passkey")
    # It is a proof, as a password is.
    agent = user.ok("POST", "/agents", people.agent())
    assert agent["authorized"] is True


def test_a_browser_keeps_the_session_in_a_cookie_and_a_new_device_is_told(world, account, device):
    added(account, device)
    answer = sign_in(world, device, keep="cookie")
    assert answer.body["token"] is None
    assert answer.headers["set-cookie"].startswith("__Host-session=")
    assert "账号在新设备登录" in subjects(world, account)


def test_a_passkey_of_an_officer_is_both_steps(world, device):
    from pyotp import TOTP

    officer = world.officer("consular")
    secret = officer.ok("PUT", "/me/second-factor", {"current_password": PASSWORD})["secret"]
    officer.ok("PUT", "/me/second-factor/confirmation", {"one_time_code": TOTP(secret).at(world.time())})
    added(officer, device)
    form = {"identity": "officer", "login": officer.account["login"], "password": PASSWORD}
    assert world.anybody("POST", "/sessions", form).code == "SECOND_FACTOR_REQUIRED"
    assert sign_in(world, device).body["account"]["id"] == officer.account["id"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8001"},
        {"cross_origin": True},
        {"rp_id": "evil.example"},
        {"type": "webauthn.create"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"sign_count": 1},
        {"sign_count": 0},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"user_handle": "QTpC"},
        {"user_handle": "_w"},
        {"user_handle": devices.encoded(b"OFFICERS:" + b"0" * 20)},
        {"user_handle": devices.encoded(b"a#b:c")},
    ],
    ids=" ".join,
)
def test_a_signature_that_is_not_what_was_asked_for_signs_nobody_in(world, account, device, wrong):
    added(account, device)
    before = len(account.ok("GET", "/sessions")["items"])
    assert_refused(sign_in(world, device, **wrong))
    assert len(account.ok("GET", "/sessions")["items"]) == before
    # The right one still does.
    assert sign_in(world, device).status == 201


def test_a_signature_is_good_once_and_for_five_minutes(world, account, device):
    added(account, device)
    form = device.signed(challenge(world))
    assert world.anybody("POST", "/sessions/passkey", form).status == 201
    assert_refused(world.anybody("POST", "/sessions/passkey", form))
    again = challenge(world)
    assert world.anybody("POST", "/sessions/passkey", device.signed(again)).status == 201
    assert_refused(world.anybody("POST", "/sessions/passkey", device.signed(again)))
    late = challenge(world)
    world.time.forward(minutes=5)
    assert_refused(world.anybody("POST", "/sessions/passkey", device.signed(late)))


def test_of_concurrent_repetitions_of_one_signature_one_signs_in(world, account, device):
    added(account, device)
    form = device.signed(challenge(world))
    answers = world.together(*[lambda: world.anybody("POST", "/sessions/passkey", form) for _ in range(6)])
    assert sorted(answer.status for answer in answers).count(201) == 1


def test_a_challenge_of_a_session_signs_nobody_in(world, account, device):
    added(account, device)
    creation = passkey_challenge(account)
    assert_refused(world.anybody("POST", "/sessions/passkey", device.signed(creation)))


def test_a_copy_of_a_passkey_is_found_by_its_counter(world, account, device):
    added(account, device)
    copy = dataclasses.replace(device)
    assert sign_in(world, device).status == 201
    assert sign_in(world, device).status == 201
    assert_refused(sign_in(world, copy))


def test_an_authenticator_that_does_not_count_signs_in_again_and_again(world, account):
    device = Authenticator(counts=False)
    added(account, device)
    assert [sign_in(world, device).status for _ in range(3)] == [201] * 3


def test_the_passkey_of_one_account_does_not_open_another(world, account, device):
    stranger, own = world.enterprise(), Authenticator()
    added(account, device)
    added(stranger, own)
    # The handle of the other account with the credential of one's own, and the other way round.
    assert_refused(sign_in(world, own, user_handle=device.user_handle))
    stolen = dataclasses.replace(own, credential_id=device.credential_id, user_handle=device.user_handle)
    assert_refused(sign_in(world, stolen))
    # A stranger cannot take the credential over by adding it with another key to an own account.
    added(stranger, dataclasses.replace(own, credential_id=device.credential_id))
    assert sign_in(world, device).body["account"]["id"] == account.account["id"]


def test_a_disabled_officer_is_refused_and_signs_in_again_when_enabled(world, device):
    officer = world.officer("fao-hunan")
    added(officer, device)
    login = officer.account["login"]
    create_officer.switch(Desk(world).terminal, login, on=False)
    assert_refused(sign_in(world, device))
    create_officer.switch(Desk(world).terminal, login, on=True)
    assert sign_in(world, device).status == 201


def test_failed_passwords_of_strangers_do_not_keep_the_owner_of_a_passkey_out(world, account, device):
    added(account, device)
    form = {"identity": "enterprise", "login": account.account["login"], "password": "wrong"}
    for _ in range(limits.LOGIN_FAILURES + 1):
        status = world.anybody("POST", "/sessions", form).status
    assert status in (401, 429)
    assert sign_in(world, device).status == 201


def test_failures_are_limited_for_a_network_address(world, account, device, monkeypatch):
    added(account, device)
    world.time.forward(minutes=15)
    monkeypatch.setattr(limits, "LOGIN_FAILURES_ADDRESS", 3)
    for _ in range(3):
        assert_refused(sign_in(world, device, rp_id="evil.example"))
    assert (sign_in(world, device).status, sign_in(world, device).code) == (429, "TOO_MANY_REQUESTS")


# Whoever recovers the account keeps intruders out


def test_a_recovery_makes_all_passkeys_void(world, account, device):
    added(account, device)
    begun = world.anybody.ok("POST", "/recoveries", world.ticket("recover", elements_of(account)))
    passwords = {"password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    reset = {"reset_token": begun["reset_token"]}
    world.anybody.ok("PUT", f"/recoveries/{begun['recovery_id']}/password", {**reset, **passwords})
    assert_refused(sign_in(world, device))
    owner = world.sign_in("enterprise", account.account["login"], NEW_PASSWORD)
    assert owner.ok("GET", "/me/passkeys")["items"] == []
    # The same device may be added again; what was void is deleted then.
    added(owner, device, NEW_PASSWORD)
    assert sign_in(world, device).status == 201
    stored = [key for key in world.table() if key[1].startswith(f"PASSKEY#{owner.account['id']}")]
    assert len(stored) == 1


def test_undoing_a_change_of_address_makes_all_passkeys_void(world, account, device):
    before = account.account["email"]
    account.ok("PUT", "/me/email", world.address_form(account, f"intruder.{before}"))
    added(account, device)
    world.deliver()
    passwords = {"password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    link = next(link for mail in world.mails(before) if (link := undo_link(mail)))
    world.anybody.ok("POST", "/email-changes/undo", {"token": link, **passwords})
    assert_refused(sign_in(world, device))


def test_a_reset_of_the_second_step_makes_all_passkeys_void(world, device):
    officer = world.officer("fao-hunan")
    added(officer, device)
    create_officer.reset_second_factor(Desk(world).terminal, officer.account["login"])
    assert_refused(sign_in(world, device))


# Nobody learns who has one


def test_challenges_name_nobody_and_unknown_accounts_cost_the_same(world, account, device):
    from testing.counting import Requests

    added(account, device)
    asked = challenge(world)
    assert sorted(asked) == ["challenge", "expires_at", "rp_id"]
    stranger = Authenticator(user_handle=devices.encoded(b"0" * 20 + b":" + b"0" * 20))
    costs = []
    for form in (device.signed(challenge(world), flags=PRESENT), stranger.signed(challenge(world))):
        counted = Requests()
        with counted.recording():
            answer = world.anybody("POST", "/sessions/passkey", form)
        costs.append((answer.status, answer.fields, counted.operations))
    assert costs[0] == costs[1]


def test_an_address_without_a_domain_has_no_passkeys_and_says_so(world, account, device, monkeypatch):
    added(account, device)
    elsewhere = dataclasses.replace(settings(), web_origin="http://192.0.2.1:8000")
    monkeypatch.setattr("chalicelib.repos.accounts.passkeys.settings", lambda: elsewhere)
    for user, path in ((world.anybody, "/sessions/passkey/challenges"), (account, "/me/passkeys/challenges")):
        answer = user("POST", path)
        assert answer.fields == {"passkey": "PASSKEY_ORIGIN"}
        assert answer.body["errors"][0]["message"].endswith("该网址不支持通行密钥，请通过域名访问。")
