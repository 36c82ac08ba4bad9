"""Several clients on one thing at the same moment, each on a connection of its own: exactly one effect each."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from testing import people
from testing.running import Client, Sandbox, at_once
from testing.steps import Enterprise, content, decide, problem, register, submit

ROUNDS = range(4)
CLIENTS = 8


@pytest.fixture(scope="module")
def filled_in(enterprise: Enterprise) -> dict[str, Any]:
    """Content that can be submitted any number of times."""
    return content(enterprise.client)


@pytest.fixture(scope="module")
def fao(sandbox: Sandbox) -> Client:
    """An officer of the office that the applications go to."""
    return sandbox.officer("fao-hunan")


def outcome(answers: Sequence[httpx.Response], successes: int, code: str) -> list[httpx.Response]:
    """Those that succeeded: exactly so many; every other one is refused with this code."""
    won = [answer for answer in answers if answer.is_success]
    lost = Counter((answer.status_code, problem(answer)) for answer in answers if not answer.is_success)
    assert (len(won), dict(lost)) == (successes, {(409, code): len(answers) - successes})
    return won


def decision(number: str, verdict: str) -> Callable[[Client], httpx.Response]:
    form = {"decision": verdict, "status_version": 1}
    if verdict != "pass":
        form["reason"] = "材料不全"
    return lambda own: own("POST", f"/office/applications/{number}/decision", form)


def withdrawal(number: str) -> Callable[[Client], httpx.Response]:
    return lambda own: own("POST", f"/applications/{number}/withdraw", {"status_version": 1})


@pytest.mark.accepts("H12")
@pytest.mark.parametrize("round_", ROUNDS)
def test_of_eight_concurrent_decisions_on_one_application_one_succeeds(enterprise, filled_in, fao, round_):
    application = submit(enterprise.client, filled_in)
    number = application["number"]
    assert application["status_version"] == 1
    verdicts = (["pass", "return", "reject"] * 3)[round_ % 2 :][:CLIENTS]
    answers = at_once(*(decision(number, verdict) for verdict in verdicts), by=fao)
    (won,) = outcome(answers, 1, "OPERATION_INVALID")
    now = enterprise.client.ok("GET", f"/applications/{number}")
    assert (now["status"], now["status_version"]) == (won.json()["status"], 2)
    assert len(now["history"]) == 2, "submitted and decided, once each"
    for lost in (answer.json() for answer in answers if answer is not won):
        assert lost["message"] == "操作无效"
        assert (lost["current"]["status"], lost["current"]["status_version"]) == (now["status"], 2)
    told = enterprise.client.ok("GET", "/messages?limit=100")["items"]
    assert len([message for message in told if message["application_number"] == number]) == 2


@pytest.mark.accepts("H12")
@pytest.mark.parametrize("round_", ROUNDS)
def test_a_concurrent_withdrawal_and_decision_never_both_succeed(enterprise, filled_in, fao, round_):
    number = submit(enterprise.client, filled_in)["number"]
    calls = [call for _ in range(CLIENTS // 2) for call in (withdrawal(number), decision(number, "pass"))]
    answers = at_once(*calls, by=[enterprise.client, fao] * (CLIENTS // 2))
    (won,) = outcome(answers, 1, "OPERATION_INVALID")
    now = enterprise.client.ok("GET", f"/applications/{number}")
    assert now["status"] == won.json()["status"]
    assert [event["to"] for event in now["history"]].count(now["status"]) == 1


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("source", ["content", "draft"])
def test_eight_concurrent_submissions_with_one_key_create_one_application(enterprise, filled_in, source, round_):
    client = enterprise.agent()[0]
    body: dict[str, Any] = {"content": filled_in}
    if source == "draft":
        body = {"draft_id": client.ok("POST", "/drafts", filled_in)["id"]}
    key = str(uuid.uuid4())
    answers = at_once(*[lambda own: own("POST", "/applications", body, Idempotency_Key=key)] * CLIENTS, by=client)
    replies = {answer.json()["number"] for answer in answers if answer.status_code == 201}
    others = Counter((a.status_code, problem(a)) for a in answers if a.status_code != 201)
    assert set(others) <= {(409, "IN_PROGRESS")}, others
    assert len(replies) == 1
    again = client("POST", "/applications", body, Idempotency_Key=key)
    assert (again.status_code, {again.json()["number"]}) == (201, replies)
    found = client.ok("POST", "/applications/search", {"service": "new_or_renewal", "limit": 100})["items"]
    own_id = client.ok("GET", "/me")["account"]["id"]
    assert {item["number"] for item in found if item["creator_id"] == own_id} == replies
    assert client.ok("GET", "/drafts")["items"] == []
    assert client.ok("GET", "/me")["unread_messages"] == 1


@pytest.mark.accepts("F03")
def test_the_twentieth_draft_is_created_once(enterprise):
    client = enterprise.agent()[0]
    for _ in range(19):
        client.ok("POST", "/drafts", {"group_name": "草稿"})
    calls = [lambda own: own("POST", "/drafts", {"group_name": "第二十份"})] * CLIENTS
    outcome(at_once(*calls, by=client), 1, "LIMIT_REACHED")
    drafts = client.ok("GET", "/drafts")
    assert (len(drafts["items"]), drafts["can_add"]) == (20, False)
    gone = [lambda own, one=one: own("DELETE", f"/drafts/{one['id']}") for one in drafts["items"][:CLIENTS]]
    assert {answer.status_code for answer in at_once(*gone, by=client)} == {204}
    calls = [lambda own: own("POST", "/drafts", {"group_name": "再存"})] * (CLIENTS + 4)
    outcome(at_once(*calls, by=client), CLIENTS, "LIMIT_REACHED")


@pytest.mark.accepts("H10")
def test_thirty_concurrent_additions_to_fifteen_agents_leave_twenty(sandbox):
    client = register(sandbox).client
    for _ in range(15):
        client.ok("POST", "/agents", people.agent())
    forms = [people.agent() for _ in range(30)]
    answers = at_once(*[lambda own, form=form: own("POST", "/agents", form) for form in forms], by=client)
    outcome(answers, 5, "LIMIT_REACHED")
    found = client.ok("GET", "/agents")
    assert (len(found["items"]), found["can_add"]) == (20, False)
    added = [form for form, answer in zip(forms, answers, strict=True) if answer.is_success]
    for form in added:
        sandbox.sign_in("agent", form["username"], form["password"]).close()
    refused = next(form for form, answer in zip(forms, answers, strict=True) if not answer.is_success)
    login = {"identity": "agent", "login": refused["username"], "password": refused["password"]}
    assert problem(sandbox.client()("POST", "/sessions", login)) == "LOGIN_FAILED"


@pytest.mark.accepts("D01")
@pytest.mark.parametrize("round_", ROUNDS)
def test_eight_concurrent_decisions_of_economies_are_all_stored(sandbox, enterprise, filled_in, fao, round_):
    application = submit(enterprise.client, filled_in)
    consular = sandbox.officer("consular")
    for officer in (fao, consular):
        decide(officer, application["number"], "pass")
    person = application["persons"][0]["number"]
    economies = [one["code"] for one in consular.ok("GET", "/reference")["economies"] if one["decides"]]
    half = economies[:CLIENTS] if round_ % 2 else economies[CLIENTS:]

    def answer_of(code: str) -> Callable[[Client], httpx.Response]:
        return lambda own: own("PUT", f"/office/persons/{person}/economies/{code}", {"decision": "approved"})

    answers = at_once(*map(answer_of, half), by=consular)
    assert Counter(answer.status_code for answer in answers) == {200: CLIENTS}, [a.text for a in answers]
    shown = enterprise.client.ok("GET", f"/persons/{person}")
    assert {one["code"] for one in shown["economies"] if one["state"] == "decided"} == set(half)
    decided = [event["economy"] for event in shown["history"] if event["economy"]]
    assert sorted(decided) == sorted(half), "one line of history each"
