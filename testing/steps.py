"""Steps of users of a running portal, made through its HTTP interface only."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from testing import people
from testing.files import scan
from testing.running import Client, Sandbox, code_in, wait_for

PASSWORD = "correct horse battery"


@dataclass
class Enterprise:
    """A registered enterprise: client, account and licence in the wallet."""

    sandbox: Sandbox
    client: Client
    email: str
    licence: dict[str, str]
    elements: dict[str, str]

    def agent(self, *, confirmed: bool = True, **changes: Any) -> tuple[Client, dict[str, Any]]:
        """A new agent with a confirmed mailbox: a client signed in, and the form with which it was created."""
        form = people.agent(**changes)
        self.client.ok("POST", "/agents", form)
        agent = self.sandbox.sign_in("agent", form["username"], form["password"])
        if confirmed:
            agent.ok("POST", "/me/mailbox/email-codes")
            code = code_in(self.sandbox.page().ok("GET", f"/mailbox?to={form['email']}")["items"][0])
            agent.ok("PUT", "/me/mailbox", {"email_code": code})
        return agent, form


def register(sandbox: Sandbox) -> Enterprise:
    """Register an enterprise, from the QR code to the session (R24-R34)."""
    anybody, page = sandbox.client(), sandbox.page()
    elements = {"name": f"测试企业{uuid.uuid4().hex[:6]}", "uscc": people.make_uscc(), "legal_representative": "测试戊"}
    representative = {"name": "测试戊", "id_number": people.make_id_number(), "phone": "13900000000"}
    licence = page.ok("POST", "/wallet/licences", {**elements, "legal_representative": representative})
    ticket = scanned(sandbox, "register", licence, elements)
    email = f"enterprise{people.serial()}@enterprise.example"
    anybody.ok("POST", "/email-codes", {**ticket, "email": email})
    form = {
        **ticket,
        "phone": "0731-88888888",
        "region_code": "430102",
        "email": email,
        "email_code": code_in(page.ok("GET", f"/mailbox?to={email}")["items"][0]),
        "password": PASSWORD,
        "password_confirmation": PASSWORD,
        "accept_terms": True,
    }
    anybody.token = anybody.ok("POST", "/registrations", form)["token"]
    return Enterprise(sandbox, anybody, email, licence, elements)


def scanned(sandbox: Sandbox, purpose: str, licence: dict[str, str], elements: dict[str, str]) -> dict[str, str]:
    """Scan and confirm a ticket with the wallet while polling it; returns the ticket as request bodies name it."""
    anybody, page = sandbox.client(), sandbox.page()
    ticket = anybody.ok("POST", "/elicence/tickets", {"purpose": purpose})
    scan = {**licence, "qr_content": ticket["qr_content"]}

    def state() -> dict[str, Any]:
        found: dict[str, Any] = anybody.ok(
            "GET", f"/elicence/tickets/{ticket['ticket_id']}", X_Ticket_Secret=ticket["secret"]
        )
        return found

    assert state()["state"] == "waiting"
    assert page.ok("POST", "/wallet/scan", {**scan, "action": "scan"})["status"] == 204
    assert state()["state"] == "scanned"
    assert page.ok("POST", "/wallet/scan", {**scan, "action": "confirm"})["status"] == 204
    assert state() == {
        "state": "confirmed",
        "enterprise": elements,
        "holder": {"kind": "legal_representative", "name": elements["legal_representative"]},
        "registered": purpose != "register",
    }
    return {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}


def upload(client: Client, kind: str, content: bytes | None = None, **form: Any) -> tuple[str, httpx.Response]:
    """Announce a file and post it to the bucket; returns the attachment's id and the answer of the bucket."""
    content = scan(kind) if content is None else content
    announced = {"kind": kind, "filename": "a.jpg", "content_type": "image/jpeg", "size": len(content), **form}
    attachment = client.ok("POST", "/attachments", announced)
    return attachment["id"], post_file(attachment["upload"], content)


def post_file(form: dict[str, Any], content: bytes, **fields: str) -> httpx.Response:
    """Post a file with an upload form; `fields` replaces fields of the form."""
    return httpx.post(form["url"], data={**form["fields"], **fields}, files={"file": content}, trust_env=False)


def checklist(client: Client, office: str, level: str) -> list[str]:
    """The attachment kinds that an office requires, from `GET /reference`."""
    offices = {entry["code"]: entry for entry in client.ok("GET", "/reference")["offices"]}
    kinds: list[str] = offices[office]["required_attachments"][level]
    return kinds


def uploaded(client: Client, office: str, level: str) -> list[str]:
    """Ids of one upload of every kind that the office requires."""
    found = []
    for kind in checklist(client, office, level):
        attachment_id, answer = upload(client, kind)
        assert answer.status_code == 204, answer.text
        found.append(attachment_id)
    return found


type Uploads = Callable[[Client, str, str], list[str]]
"""Ids of one upload of every kind that an office requires of a person or of a group."""


def content(client: Client, persons: int = 1, office: str = "fao-hunan", files: Uploads = uploaded) -> dict[str, Any]:
    """Content that can be submitted any number of times."""
    profile = client.ok("POST", "/invoice-profiles", people.invoice_profile())
    shared, today = files(client, office, "person"), datetime.now(UTC).date()
    dates = {
        "passport_issued_on": str(today - timedelta(days=365)),
        "passport_expires_on": str(today + timedelta(days=3285)),
    }
    return {
        "group_name": "测试团组",
        "office": office,
        "contact": "测试己",
        "contact_phone": "13600000000",
        "contact_email": "contact@enterprise.example",
        "reason": "赴有关经济体洽谈业务并参加展会",
        "pickup": {"method": "self", "point": "长沙代办点（示例）"},
        "invoice_profile_id": profile["id"],
        "persons": [people.person(attachments=shared, **dates) for _ in range(persons)],
        "attachments": files(client, office, "group"),
    }


def submit(client: Client, filled_in: dict[str, Any]) -> dict[str, Any]:
    """A submitted application, as soon as its files are inspected."""
    return submit_under(client, {"content": filled_in}, str(uuid.uuid4()), 20)


def submit_under(client: Client, form: dict[str, Any], key: str, within: float) -> dict[str, Any]:
    """Submit a form under an Idempotency-Key, again and again until its files are inspected.

    Args:
        client: who submits.
        form: the body of `POST /applications`.
        key: the Idempotency-Key of every try; a refused request does not use it up.
        within: for how many seconds to try.
    """
    answers: list[httpx.Response] = []

    def inspected() -> bool:
        answers.append(client("POST", "/applications", form, Idempotency_Key=key))
        return "ATTACHMENT_PENDING" not in answers[-1].text

    wait_for(inspected, within, "the inspection of the files")
    assert answers[-1].status_code == 201, answers[-1].text
    application: dict[str, Any] = answers[-1].json()
    return application


def decide(officer: Client, number: str, decision: str, **more: Any) -> dict[str, Any]:
    """Decide as an officer, by the status version that the officer sees now."""
    seen = officer.ok("GET", f"/office/applications/{number}")["status_version"]
    form = {"decision": decision, "status_version": seen, **more}
    after: dict[str, Any] = officer.ok("POST", f"/office/applications/{number}/decision", form)
    return after


def problem(answer: httpx.Response) -> str:
    """Assert that an answer is a problem of the documented shape; returns its code."""
    assert answer.headers["Content-Type"] == "application/problem+json", (answer.status_code, answer.text)
    body = answer.json()
    assert {"type", "title", "status", "code", "message", "errors", "request_id"} <= set(body), body
    assert body["status"] == answer.status_code, body
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"] == "no-store"
    return str(body["code"])
