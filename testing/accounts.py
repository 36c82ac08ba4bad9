"""Accounts of the portal in tests: registration, sign-in, licence scans and the mailbox."""

import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.engine.engine import Engine
from sandbox.mailbox import Mailbox
from testing import people
from testing.api import Answer, Api, User
from testing.clock import Clock
from testing.licence_platform import PLATFORM

PASSWORD = "correct horse battery"


class Accounts(Api):
    """The API with everybody who calls it."""

    def __init__(self, engine: Engine, time: Clock) -> None:
        super().__init__(engine, time)
        self._desks: dict[str, User] = {}

    def scan(
        self, ticket: Mapping[str, Any], elements: Mapping[str, str], action: str = "confirm", /, **claims: Any
    ) -> Answer:
        """Send the platform's callback after a scan of the ticket's QR code."""
        return self.anybody(
            "POST", "/elicence/callback", {"assertion": self.assertion(ticket, elements, action, **claims)}
        )

    def assertion(self, ticket: Mapping[str, Any], elements: Mapping[str, str], action: str, /, **claims: Any) -> str:
        """The signed assertion about one scan."""
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
        """A confirmed ticket, in the form in which request bodies name it."""
        ticket = self.anybody.ok("POST", "/elicence/tickets", {"purpose": purpose})
        assert self.scan(ticket, elements).status == 204
        return {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}

    def registration(self, **changes: Any) -> dict[str, Any]:
        """A registration form with a confirmed ticket and a valid e-mail code."""
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
        """A user signed in by login name and password."""
        form = {"identity": identity, "login": login, "password": password}
        session = self.anybody.ok("POST", "/sessions", form)
        return User(self, session["token"], session["account"])

    def agent(self, enterprise: User, **changes: Any) -> User:
        """A new agent of the enterprise, signed in."""
        form = people.agent(**changes)
        enterprise.ok("POST", "/agents", form)
        return self.sign_in("agent", form["username"], form["password"])

    def officer(self, office: str) -> User:
        """A new officer of the office, signed in."""
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

    def desk(self, office: str) -> User:
        """The officer of the office; the same one on every call."""
        if office not in self._desks:
            self._desks[office] = self.officer(office)
        return self._desks[office]

    def forget_desks(self) -> None:
        """Make `desk` create new officers, because the sessions of the old ones may have expired."""
        self._desks.clear()

    def mails(self, to: str | None = None) -> list[Any]:
        """The delivered mails, newest first; `to` selects one address."""
        return Mailbox(self.engine).mails(to)

    def code(self, email: str) -> str:
        """The six-digit code in the newest mail to an address."""
        found = re.search(r"\b\d{6}\b", self.mails(email)[0].text)
        assert found, self.mails(email)[0].text
        return found.group()
