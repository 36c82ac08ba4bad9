"""An attacker with the finished code at hand against a running sandbox, over sockets only (issue line by line).

Two enterprises, a delegate of one day and officers of two offices share one machine, so all requests have one network
address. Each test counts its hostile requests; none may read, change, lock or flood anything.
"""

import itertools
import json
import re
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from chalicelib.rules.base import limits
from testing import people
from testing.authenticator import PRESENT, Authenticator
from testing.running import Client, Sandbox, sandbox_in
from testing.steps import PASSWORD, content, register, submit
from tests.support.assurance import figure
from tests.support.wallet import delegate_of

SENT: Counter[str] = Counter()
CONTRACT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
NEW = "another horse battery"
FOREIGN = (
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "file://",
    "",
)
COUNTED = 30
"""Seconds that a test which counts refusals takes at most."""
FORGED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "CloudFront-Viewer-Address", "X-Edge-Key", "True-Client-IP")

pytestmark = pytest.mark.assurance


@pytest.fixture
def within_a_window():
    """Wait until the test can end before a limit begins to count anew: the sandbox has the time of the machine.

    All limits begin anew at the end of a window of sign-ins, or of several.
    """
    window = limits.LOGIN_WINDOW.total_seconds()
    left = window - time.time() % window
    if left < COUNTED:
        time.sleep(left)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with sandbox_in(tmp_path_factory.mktemp("attack") / "data") as running:
        yield running
    figure(f"attack: {sum(SENT.values())} hostile requests {dict(SENT)}")


@pytest.fixture(scope="module")
def victim(sandbox):
    """An enterprise with an agent, a draft, an invoice profile and an application at one office."""
    enterprise = register(sandbox)
    client = enterprise.client
    agent, form = enterprise.agent()
    body = content(client)
    number = submit(client, body)["number"]
    ids = {
        "number": number,
        "person_number": f"{number}-01",
        "attachment_id": body["attachments"][0],
        "draft_id": client.ok("POST", "/drafts", {"group_name": "草稿"})["id"],
        "profile_id": body["invoice_profile_id"],
        "agent_id": client.ok("GET", "/agents")["items"][0]["id"],
        "session_id": client.ok("GET", "/sessions")["items"][0]["id"],
        "enterprise_id": client.ok("GET", "/enterprise")["id"],
        "message_id": client.ok("GET", "/messages")["items"][0]["id"],
        "passkey_id": "0" * 40,
        "mail_id": "0" * 20,
        "entry_id": "0" * 20,
        "code": "SGP",
        "kind": "application_form",
    }
    return SimpleNamespace(enterprise=enterprise, client=client, agent=agent, form=form, ids=ids)


@pytest.fixture(scope="module")
def attacker(sandbox):
    return register(sandbox)


@pytest.fixture(scope="module")
def delegate(sandbox, victim):
    """The session of a delegate of the victim, which proves nothing."""
    anybody, page = sandbox.client(), sandbox.page()
    licence = delegate_of(sandbox, victim.enterprise)
    ticket = anybody.ok("POST", "/elicence/tickets", {"purpose": "login"})
    for action in ("scan", "confirm"):
        page.ok("POST", "/wallet/scan", {**licence, "qr_content": ticket["qr_content"], "action": action})
    use = {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}
    return sandbox.client(anybody.ok("POST", "/sessions/elicence", use)["token"])


@pytest.fixture(scope="module")
def collector(sandbox):
    """An attacker who uses up what it may ask about names."""
    return register(sandbox)


@pytest.fixture(scope="module", autouse=True)
def everybody(victim, attacker, collector, delegate):
    """Everybody is there before the first attack uses up what the common address may ask for."""


def hostile(line, client, method, path, body=None, **headers):
    """One request of the attacker."""
    SENT[line] += 1
    return client(method, path, body, **headers)


def code_of(answer):
    return answer.json()["code"]


def state(victim):
    """What the victim sees of its own."""
    paths = ("/me", "/enterprise", "/agents", "/drafts", "/invoice-profiles", f"/applications/{victim.ids['number']}")
    return [victim.client.ok("GET", path) for path in paths]


# Cross-tenant reads and writes


def calls_with_ids(ids):
    for path, methods in CONTRACT["paths"].items():
        named = re.findall(r"{(\w+)}", path)
        if named and set(named) <= set(ids):
            for method in methods:
                yield method.upper(), path.removeprefix("/v1").format(**ids), methods[method]


@pytest.mark.parametrize("who", ["nobody", "enterprise", "agent", "office"])
def test_no_stranger_reads_or_writes_by_an_id(sandbox, victim, attacker, who):
    strangers = {
        "nobody": sandbox.client,
        "enterprise": lambda: attacker.client,
        "agent": lambda: attacker.agent()[0],
        "office": lambda: sandbox.officer("fao-shaanxi"),
    }
    client, before, wrong = strangers[who](), state(victim), []
    for method, path, operation in calls_with_ids(victim.ids):
        for body in ({}, {"status_version": 1, "version": 1, "reason": "x"}):
            answer = hostile(
                "tenants", client, method, path, body if "requestBody" in operation else None, If_Match='"1"'
            )
            if answer.status_code not in (401, 403, 404, 422, 428):
                wrong.append((method, path, answer.status_code, answer.text[:80]))
    assert wrong == []
    assert state(victim) == before


def test_an_office_sees_no_enterprise_that_has_not_applied_to_it(sandbox, victim):
    ids, elements = victim.ids, victim.enterprise.elements
    other, own, consular = (sandbox.officer(office) for office in ("fao-shaanxi", "fao-hunan", "consular"))
    path = f"/office/enterprises/{ids['enterprise_id']}"
    assert hostile("7", other, "GET", path).status_code == 404
    for search in ({"uscc": elements["uscc"]}, {"name": elements["name"]}, {"name": elements["name"][:4]}):
        found = hostile("7", other, "POST", "/office/enterprises/search", search).json()["items"]
        assert [row for row in found if row["id"] == ids["enterprise_id"]] == []
    for officer in (own, consular):
        shown = json.dumps(officer.ok("GET", path), ensure_ascii=False)
        assert elements["name"] in shown
        assert victim.enterprise.email not in shown


# 1. Take-over


def test_the_session_of_a_delegate_changes_no_credential(within_a_window, sandbox, victim, delegate):
    agent = f"/agents/{victim.ids['agent_id']}"
    acts: list[tuple[str, str, Any]] = [
        ("PUT", "/me/email", {"email": "taken@evil.example", "email_code": "000000", "accept_terms": True}),
        ("POST", "/agents", people.agent()),
        ("PATCH", agent, {"password": NEW}),
        ("PATCH", agent, {"username": "taken01"}),
        ("PATCH", agent, {"email": "taken@evil.example"}),
        ("PATCH", agent, {"scope": "own"}),
        ("PUT", f"{agent}/authorization", {"authorized": True}),
        ("DELETE", agent, None),
        ("POST", "/me/passkeys/challenges", None),
        ("POST", "/me/passkeys", {"name": "x", "client_data": "AA", "attestation": "AA"}),
        ("DELETE", f"/me/passkeys/{'0' * 40}", None),
    ]
    before = state(victim)
    for method, path, body in acts:
        answer = hostile("1", delegate, method, path, body)
        assert (answer.status_code, code_of(answer)) == (403, "PROOF_REQUIRED"), (path, answer.text)
    assert state(victim) == before
    wrong = {"current_password": "wrong password"}
    statuses = [hostile("1", delegate, "PUT", "/sessions/current/proof", wrong).status_code for _ in range(14)]
    assert statuses == [422] * 10 + [429] * 4
    # The owner proves all the same.
    victim.client.ok("PUT", "/sessions/current/proof", {"current_password": PASSWORD})


def test_a_session_that_was_stolen_right_after_the_sign_in_cannot_stay(sandbox, victim):
    stolen = sandbox.sign_in("enterprise", victim.enterprise.email, PASSWORD)
    change = {"email": "taken@evil.example", "email_code": "000000", "accept_terms": True}
    assert code_of(hostile("1", stolen, "PUT", "/me/email", change)) == "PROOF_REQUIRED"
    assert code_of(hostile("1", stolen, "POST", "/me/passkeys/challenges")) == "PROOF_REQUIRED"
    stolen.ok("DELETE", "/sessions/current")


# 2. Mail


def test_strangers_make_the_portal_send_few_mails(sandbox, victim):
    anybody, page = sandbox.client(), sandbox.page()
    sent_before = len(page.ok("GET", "/mailbox")["items"])
    for number in range(30):
        form = {"ticket_id": f"{number:020x}", "ticket_secret": "x", "email": f"v{number}@evil.example"}
        assert hostile("2", anybody, "POST", "/email-codes", form).status_code == 422
    elements = victim.enterprise.elements
    statuses = Counter(
        hostile("2", anybody, "POST", "/recoveries", {**elements, "email": f"v{number}@evil.example"}).status_code
        for number in range(60)
    )
    assert statuses[202] <= 10
    assert set(statuses) == {202, 429}
    assert len(page.ok("GET", "/mailbox")["items"]) - sent_before <= 10
    # A session and its owner are not held to what strangers have used up.
    victim.client.ok("POST", "/me/email-codes", {"email": f"moved{people.serial()}@enterprise.example"})


def test_the_mailbox_of_an_agent_cannot_be_flooded_nor_guessed(within_a_window, sandbox, attacker):
    target = f"target{people.serial()}@enterprise.example"
    statuses = []
    for number in range(8):
        agent, _ = attacker.agent(confirmed=False, email=target.replace("@", f"+{number}@"))
        statuses.append(hostile("8", agent, "POST", "/me/mailbox/email-codes").status_code)
        for code in ("000000", "111111", "222222", "333333", "444444", "555555"):
            assert hostile("8", agent, "PUT", "/me/mailbox", {"email_code": code}).status_code == 422
    assert statuses == [202] * 5 + [429] * 3


# 3. Locks and addresses


def test_forged_headers_do_not_make_another_address(within_a_window, sandbox):
    anybody, statuses = sandbox.client(), []
    form = {"identity": "officer", "login": f"nobody{people.serial()}", "password": "wrong"}
    for number, header in zip(range(24), itertools.cycle(FORGED), strict=False):
        headers = {header.replace("-", "_"): f"198.51.100.{number}:1"}
        statuses.append(hostile("3", anybody, "POST", "/sessions", form, **headers).status_code)
    assert statuses == [401] * 10 + [429] * 14


def test_names_cannot_be_told_apart(sandbox, victim):
    anybody = sandbox.client()
    known = {"enterprise": victim.enterprise.email, "agent": victim.form["username"]}
    for identity, login in known.items():
        replies = []
        for name in (login, f"unknown{people.serial()}{'@enterprise.example' if '@' in login else ''}"):
            form = {"identity": identity, "login": name, "password": "wrong"}
            answer = hostile("3", anybody, "POST", "/sessions", form)
            replies.append((answer.status_code, {**answer.json(), "request_id": ""}))
        assert replies[0] == replies[1]


# 4. Passwords


@pytest.mark.parametrize(
    "password", ["a123456789", "11223344", "147258369", "admin888", "qazwsxedc", "password!", "１２３４５６７８９０"]
)
def test_guessable_passwords_are_refused(victim, password):
    form = {"current_password": PASSWORD, "password": password, "password_confirmation": password}
    assert hostile("4", victim.client, "PUT", "/me/password", form).status_code == 422


# 5. Cookies and passkeys


@pytest.fixture(scope="module")
def browser(sandbox, victim):
    """The cookies of a browser in which the victim has signed in."""
    form = {"identity": "enterprise", "login": victim.enterprise.email, "password": PASSWORD, "keep": "cookie"}
    answer = sandbox.client()("POST", "/sessions", form)
    assert answer.status_code == 201
    pairs = [line.split(";")[0] for line in answer.headers.get_list("set-cookie")]
    return "; ".join(pairs)


def test_pages_of_others_change_nothing_with_the_cookie(sandbox, victim, browser):
    before, http = state(victim), httpx.Client(trust_env=False, base_url=f"http://127.0.0.1:{sandbox.port}/v1")
    acts = [
        ("PATCH", "/enterprise", b'{"phone": "0731-00000000"}'),
        ("DELETE", "/sessions", b""),
        ("PUT", "/me/mail-preference", b'{"receives_mail": false}'),
        ("POST", "/me/passkeys/challenges", b"{}"),
        ("DELETE", f"/drafts/{victim.ids['draft_id']}", b""),
    ]
    types = ("application/json", "text/plain", "application/x-www-form-urlencoded", "")
    for (method, path, body), origin, kind in itertools.product(acts, (*FOREIGN, ""), types):
        SENT["5"] += 1
        headers = {"Cookie": browser, "Content-Type": kind, **({"Origin": origin} if origin else {})}
        answer = http.request(method, path, content=body, headers=headers)
        assert (answer.status_code, code_of(answer)) == (403, "ORIGIN_REFUSED"), (method, path, origin, kind)
    for (method, path, body), kind in itertools.product(acts, types[1:]):
        SENT["5"] += 1
        own = {"Cookie": browser, "Content-Type": kind, "Origin": f"http://127.0.0.1:{sandbox.port}"}
        assert http.request(method, path, content=body, headers=own).status_code == 403
    assert state(victim) == before


def test_a_planted_cookie_is_not_taken_over(sandbox, attacker):
    planted = f"__Host-session={attacker.client.token}"
    form = {"identity": "enterprise", "login": attacker.email, "password": PASSWORD, "keep": "cookie"}
    SENT["5"] += 1
    answer = httpx.post(
        f"http://127.0.0.1:{sandbox.port}/v1/sessions",
        json=form,
        headers={"Cookie": planted, "Origin": f"http://127.0.0.1:{sandbox.port}"},
        trust_env=False,
    )
    assert answer.status_code == 201
    assert attacker.client.token not in answer.headers["set-cookie"]


def passkey_of(sandbox: Sandbox, client: Client) -> Authenticator:
    """A device with a new passkey of the account."""
    device = Authenticator(origin=f"http://localhost:{sandbox.port}")
    client.ok("PUT", "/sessions/current/proof", {"current_password": PASSWORD})
    client.ok("POST", "/me/passkeys", device.made(client.ok("POST", "/me/passkeys/challenges")))
    return device


def test_forged_passkeys_open_nothing(sandbox, victim, attacker):
    own, victims = passkey_of(sandbox, attacker.client), passkey_of(sandbox, victim.client)
    anybody = sandbox.client()
    request = anybody.ok("POST", "/sessions/passkey/challenges")
    good = victims.signed(request)
    forged = [
        {**own.signed(request), "user_handle": victims.user_handle},
        {**own.signed(request), "user_handle": victims.user_handle, "credential_id": good["credential_id"]},
        {**good, "signature": own.signed(request)["signature"]},
        {**good, "client_data": own.signed({"challenge": "A" * 43})["client_data"]},
        victims.signed(request, origin="https://evil.example"),
        victims.signed(request, origin=f"http://127.0.0.1:{sandbox.port}"),
        victims.signed(request, rp_id="evil.example"),
        victims.signed(request, flags=PRESENT),
        victims.signed(request, sign_count=1),
        victims.signed({"challenge": "A" * 43}),
        *({**good, part: rubbish} for part in good for rubbish in ("A", "AA", "_" * 80)),
    ]
    for body in forged:
        answer = hostile("5", anybody, "POST", "/sessions/passkey", body)
        assert (answer.status_code, code_of(answer)) == (422, "INVALID"), answer.text
        assert [error["field"] for error in answer.json()["errors"]] == ["passkey"]
    assert anybody("POST", "/sessions/passkey", victims.signed(request)).status_code == 201
    assert hostile("5", anybody, "POST", "/sessions/passkey", victims.signed(request)).status_code == 422


# 8. User names


def test_taken_names_stop_telling_after_fifty_of_a_day(within_a_window, victim, collector):
    agent = collector.client.ok("POST", "/agents", people.agent())
    taken, statuses = victim.form["username"], []
    for number in range(60):
        if number % 2:
            answer = hostile("8", collector.client, "POST", "/agents", people.agent(username=taken))
        else:
            answer = hostile("8", collector.client, "PATCH", f"/agents/{agent['id']}", {"username": taken})
        statuses.append(answer.status_code)
    assert statuses == [409] * 50 + [429] * 10
    free = hostile("8", collector.client, "PATCH", f"/agents/{agent['id']}", {"username": f"free{people.serial()}"})
    assert free.status_code == 429


# 6 and 9. What is written about it


def test_the_victim_sees_who_signed_in_and_no_officer_by_name(sandbox, victim):
    officer = sandbox.officer("fao-hunan")
    path, account = f"/applications/{victim.ids['number']}", officer.ok("GET", "/me")["account"]
    seen = officer.ok("GET", f"/office{path}")
    officer.ok("POST", f"/office{path}/decision", {"decision": "pass", "status_version": seen["status_version"]})
    sandbox.sign_in("enterprise", victim.enterprise.email, PASSWORD)
    device, anybody = passkey_of(sandbox, victim.client), sandbox.client()
    anybody.ok("POST", "/sessions/passkey", device.signed(anybody.ok("POST", "/sessions/passkey/challenges")))
    for place in (path, f"{path}/history", f"{path}/progress", "/messages", "/audit"):
        assert account["id"] not in hostile("6", victim.client, "GET", place).text
    entries = victim.client.ok("GET", "/audit")["items"]
    assert {entry["after"]["way"] for entry in entries if entry["action"] == "signed_in"} >= {"password", "passkey"}
