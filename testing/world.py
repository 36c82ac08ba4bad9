"""The portal in tests: its API over Chalice's test client, its people, its clock, its mailbox."""

import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox.engine.engine import Engine
from sandbox.http.api_server import serve_in_threads
from sandbox.mailbox import Mailbox
from testing import mail_events, people
from testing.counting import Requests
from testing.rights import RECORDED
from testing.tripwire import TRIPWIRE

PASSWORD = "correct horse battery"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 60
PDF = b"%PDF-1.7\n" + b"\x00" * 60
START = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
"""When every test begins: noon in China, 2026-11-21."""

storage = httpx.Client(trust_env=False)
"""A browser that talks to the bucket."""


class Clock:
    """The time of a test: stands still until told."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> datetime:
        """Let time pass."""
        self.moment += timedelta(**by)
        return self.moment


class Platform:
    """The licence platform's signing key."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        numbers = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key()))
        self.public = {**numbers, "kid": "test", "alg": "EdDSA", "use": "sig"}

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """A compact JWS over the claims."""
        return jwt.encode(dict(claims), self.key, algorithm="EdDSA", headers={"kid": "test", **header})


PLATFORM = Platform()


@dataclass(frozen=True)
class Answer:
    """A reply of the API."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON of it."""
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.body["code"])

    @property
    def fields(self) -> dict[str, str]:
        """The problem's fields with their codes."""
        return {error["field"]: error["code"] for error in self.body["errors"]}

    @property
    def without_id(self) -> bytes:
        """The bytes but for the request's id: to compare two replies."""
        return self.raw.replace(self.headers["x-request-id"].encode(), b"")


@dataclass
class User:
    """Somebody with a session."""

    world: "World"
    token: str | None = None
    account: dict[str, Any] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call the API; header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        return self.world.request(method, path, body, sent)

    def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call and expect success; the JSON of the reply, None for 204."""
        answer = self(method, path, body, **headers)
        assert 200 <= answer.status < 300, (method, path, answer.status, answer.raw.decode())
        return answer.body if answer.raw else None


class World:
    """The portal and everybody around it."""

    def __init__(self, engine: Engine, time: Clock) -> None:
        self.engine = engine
        self.time = time
        self.anybody = User(self)
        self._files: dict[tuple[str, str, str], list[str]] = {}
        self._profiles: dict[str, str] = {}
        self._desks: dict[str, User] = {}

    @cached_property
    def client(self) -> Any:
        from chalice.test import Client

        from app import app

        serve_in_threads(app)
        app.log.addHandler(TRIPWIRE)
        # A project directory without .chalice: the test's environment holds, not that of a deployment.
        return Client(app, project_dir=str(Path(__file__).parent)).http

    def request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        """One request; a body that is bytes is sent as it is, anything else as JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if raw and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/json"
        people.known(body)
        client = self.client
        with RECORDED.within("api_handler"):
            response = client.request(method, f"/v1{path}", headers=headers, body=raw)
        lower = {name.lower(): value for name, value in response.headers.items()}
        TRIPWIRE.replied(path, response.status_code, lower, response.body)
        return Answer(response.status_code, lower, response.body)

    def together(self, *calls: Callable[[], Answer]) -> list[Answer]:
        """Make calls at the same moment, each in a thread; the answers in their order."""
        environment = os.environ  # Chalice's test client puts a copy there for each call, which threads mix up
        try:
            with ThreadPoolExecutor(len(calls)) as pool:
                return [future.result() for future in [pool.submit(call) for call in calls]]
        finally:
            os.environ = environment  # noqa: B003  the very object, not its content

    @contextmanager
    def calling_from(self, address: str) -> Iterator[None]:
        """Call from another network address within the block, as API Gateway would see it."""
        converter = self.client._local_gateway.event_converter  # Chalice's client always calls from loopback
        before = converter.LOCAL_SOURCE_IP
        converter.LOCAL_SOURCE_IP = address
        try:
            yield
        finally:
            converter.LOCAL_SOURCE_IP = before

    # Signing in

    def scan(
        self, ticket: Mapping[str, Any], elements: Mapping[str, str], action: str = "confirm", /, **claims: Any
    ) -> Answer:
        """The platform's callback after somebody scanned the ticket's QR."""
        return self.anybody(
            "POST", "/elicence/callback", {"assertion": self.assertion(ticket, elements, action, **claims)}
        )

    def assertion(self, ticket: Mapping[str, Any], elements: Mapping[str, str], action: str, /, **claims: Any) -> str:
        """What the platform signs."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(ticket["qr_content"]).query).items()}
        return PLATFORM.sign(
            {
                "iss": "elicence-platform",
                "aud": "abtc-portal",
                "jti": str(uuid.uuid4()),
                "iat": int(self.time().timestamp()),
                "ticket": query["ticket"],
                "nonce": query["nonce"],
                "action": action,
                "enterprise": {**elements, "status": "active"},
                "holder": {"kind": "legal_representative", "name": elements["legal_representative"]},
                "authorization": None,
                **claims,
            }
        )

    def elements(self) -> dict[str, str]:
        """企业三要素 of a new enterprise."""
        named = {"name": f"测试企业{people.serial()}", "uscc": people.make_uscc(), "legal_representative": "测试戊"}
        return people.known(named)

    def ticket(self, purpose: str, elements: Mapping[str, str]) -> dict[str, str]:
        """A confirmed ticket, as a form names it."""
        ticket = self.anybody.ok("POST", "/elicence/tickets", {"purpose": purpose})
        assert self.scan(ticket, elements).status == 204
        return {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}

    def registration(self, **changes: Any) -> dict[str, Any]:
        """A registration form, its ticket confirmed and its code received."""
        email = f"enterprise{people.serial()}@enterprise.example"
        self.anybody.ok("POST", "/email-codes", {"purpose": "register", "email": email})
        return {
            **self.ticket("register", self.elements()),
            "phone": "073188888888",
            "email": email,
            "email_code": self.code(email),
            "password": PASSWORD,
            "password_confirmation": PASSWORD,
            "accept_terms": True,
            **changes,
        }

    def enterprise(self) -> User:
        """A new enterprise, signed in."""
        session = self.anybody.ok("POST", "/registrations", self.registration())
        return User(self, session["token"], session["account"])

    def sign_in(self, identity: str, login: str, password: str) -> User:
        """Somebody signed in by name and password."""
        form = {"identity": identity, "login": login, "password": password}
        session = self.anybody.ok("POST", "/sessions", form)
        return User(self, session["token"], session["account"])

    def agent(self, enterprise: User, **changes: Any) -> User:
        """A new agent of the enterprise, signed in."""
        form = people.agent(**changes)
        enterprise.ok("POST", "/agents", form)
        return self.sign_in("agent", form["username"], form["password"])

    def officer(self, office: str) -> User:
        """An officer of an office, made the way the sandbox makes its own."""
        from chalicelib.repos.accounts import accounts
        from chalicelib.repos.keys import password_hashing
        from chalicelib.repos.process import ids
        from chalicelib.repos.table import table
        from chalicelib.rules.accounts.accounts import Account
        from chalicelib.rules.base.vocabulary import AccountId, OfficeCode, Role

        login = f"{office.replace('-', '')}{people.serial()}"
        account = Account(
            id=AccountId(ids.new()),
            role=Role.OFFICER,
            login=login,
            display_name=office,
            email="officer@office.example",
            office=OfficeCode(office),
            password_hash=password_hashing.hash_password(PASSWORD),
        )
        table.commit(*accounts.account_created(account))
        return self.sign_in("officer", login, PASSWORD)

    # Mail

    def mails(self, to: str | None = None) -> list[Any]:
        """What the mailbox holds, newest first."""
        return Mailbox(self.engine).mails(to)

    def code(self, email: str) -> str:
        """The code of the newest mail to an address."""
        import re

        found = re.search(r"\b\d{6}\b", self.mails(email)[0].text)
        assert found, self.mails(email)[0].text
        return found.group()

    def deliver(self) -> dict[str, Any]:
        """Run the relay now."""
        from scheduled.deliver_mail import deliver_mail

        return self.run(deliver_mail)

    def run(self, function: Any, **event: Any) -> dict[str, Any]:
        """Enter a scheduled function as Lambda does, at the test's time."""
        shape = {
            "version": "0",
            "account": "000000000000",
            "region": "us-east-1",
            "detail": {},
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "time": self.time().isoformat().replace("+00:00", "Z"),
            "id": str(uuid.uuid4()),
            "resources": [],
        }
        with RECORDED.within(function.func.__name__):
            result: dict[str, Any] = function({**shape, **event}, None)
        return result

    def feedback(self, message: dict[str, Any]) -> dict[str, Any]:
        """SNS brings what SES has to say of a mail."""
        from scheduled.mail_feedback import mail_feedback

        with RECORDED.within("mail_feedback"):
            result: dict[str, Any] = mail_feedback(mail_events.sns(message), None)
        return result

    # Applications

    def attach(self, user: User, kind: str, content: bytes = JPEG, content_type: str = "image/jpeg") -> str:
        """An uploaded attachment's id."""
        form = {"kind": kind, "filename": "file", "content_type": content_type, "size": len(content)}
        attachment = user.ok("POST", "/attachments", form)
        upload = attachment["upload"]
        file = {"file": ("file", content, content_type)}
        reply = storage.post(upload["url"], data=upload["fields"], files=file)
        assert reply.status_code in (200, 201, 204), reply.text
        return str(attachment["id"])

    def attachments(self, user: User, level: str, office: str = "fao-hunan") -> list[str]:
        """One uploaded file of every kind the office asks for; the same files each time."""
        at = (user.account["enterprise_id"], level, office)
        if at not in self._files:
            offices = {each["code"]: each for each in self.anybody.ok("GET", "/reference")["offices"]}
            self._files[at] = [self.attach(user, kind) for kind in offices[office]["required_attachments"][level]]
        return self._files[at]

    def profile(self, user: User) -> str:
        """The id of an invoice profile of the user's enterprise; the same one each time."""
        enterprise_id = user.account["enterprise_id"]
        if enterprise_id not in self._profiles:
            self._profiles[enterprise_id] = user.ok("POST", "/invoice-profiles", people.invoice_profile())["id"]
        return self._profiles[enterprise_id]

    def travellers(self, user: User, count: int = 1) -> list[dict[str, Any]]:
        """So many persons who share one set of uploaded files."""
        return [people.person(attachments=self.attachments(user, "person")) for _ in range(count)]

    def content(self, user: User, persons: int = 1, **changes: Any) -> dict[str, Any]:
        """Content that can be submitted."""
        return {
            "group_name": "测试团组",
            "office": "fao-hunan",
            "contact": "测试己",
            "contact_phone": "13600000000",
            "contact_email": "contact@enterprise.example",
            "reason": "赴有关经济体洽谈业务并参加展会",
            "pickup": {"method": "self"},
            "invoice_profile_id": self.profile(user),
            "persons": self.travellers(user, persons),
            "attachments": self.attachments(user, "group"),
            **changes,
        }

    def application(self, user: User, persons: int = 1, **changes: Any) -> dict[str, Any]:
        """A submitted application."""
        content = self.content(user, persons, **changes)
        submitted: dict[str, Any] = user.ok("POST", "/applications", {"content": content})
        return submitted

    def decide(self, officer: User, application: Mapping[str, Any], decision: str = "pass", **more: Any) -> Any:
        """An officer's decision on what the officer sees now."""
        number = application["number"]
        seen = officer.ok("GET", f"/office/applications/{number}")["status_version"]
        form = {"decision": decision, "status_version": seen, **more}
        return officer.ok("POST", f"/office/applications/{number}/decision", form)

    def approved(self, user: User, persons: int = 1) -> dict[str, Any]:
        """An application that both desks have passed."""
        application = self.application(user, persons)
        self.decide(self.desk("fao-hunan"), application)
        approved: dict[str, Any] = self.decide(self.desk("consular"), application)
        return approved

    def desk(self, office: str) -> User:
        """An officer of the office; the same one each time."""
        if office not in self._desks:
            self._desks[office] = self.officer(office)
        return self._desks[office]

    def forget_desks(self) -> None:
        """Have other officers from now on: the sessions of these may have ended by their age."""
        self._desks.clear()

    # The table itself

    def table(self) -> dict[tuple[str, str], Any]:
        """Every item as it is stored, last requests of sessions aside: to see that a refused call changed nothing."""
        from chalicelib.config import settings
        from chalicelib.repos.process import aws

        pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=settings().table, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        return {(at["pk"]["S"], at["sk"]["S"]): at | {"last_seen_at": None} for at in items}

    def revoke(self, user: User) -> None:
        """取消授权, written into the account's item."""
        self._write(user, authorized=False)

    def switch_mail(self, user: User, on: bool) -> None:
        """是否接收邮件, written into the account's item."""
        self._write(user, receives_mail=on)

    def _write(self, user: User, **attributes: Any) -> None:
        from chalicelib.repos.accounts import accounts
        from chalicelib.repos.table import table

        partition_owner = user.account["enterprise_id"] or accounts.OFFICERS
        table.commit(table.change(accounts.account_key(partition_owner, user.account["id"]), assign=attributes))

    @contextmanager
    def counting(self) -> Iterator[Requests]:
        """Count the requests to AWS within the block."""
        counted = Requests()
        with counted.recording():
            yield counted
