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
                "purpose": query["purpose"],
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

    def ticket(self, purpose: str, elements: Mapping[str, str], holder: str = "legal_representative") -> dict[str, str]:
        """A confirmed ticket, in the form in which request bodies name it; a delegate is authorised for this year."""
        ticket = self.anybody.ok("POST", "/elicence/tickets", {"purpose": purpose})
        authorization = {"mode": "full", "items": [], "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
        is_delegate = holder == "delegate"
        name = "测试壬" if is_delegate else elements["legal_representative"]
        claims = {"holder": {"kind": holder, "name": name}, "authorization": authorization if is_delegate else None}
        assert self.scan(ticket, elements, **claims).status == 204
        return {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}

    def registration(self, **changes: Any) -> dict[str, Any]:
        """A registration form with a confirmed ticket and a valid e-mail code, unless `changes` has them."""
        email = str(changes.get("email") or f"enterprise{people.serial()}@enterprise.example")
        given: dict[str, str] = {name: changes[name] for name in ("ticket_id", "ticket_secret") if name in changes}
        ticket = given or self.ticket("register", self.elements())
        if not changes.get("email_code"):
            self.anybody.ok("POST", "/email-codes", {**ticket, "email": email})
        return {
            **ticket,
            "phone": "0731-88888888",
            "email": email,
            "email_code": changes.get("email_code") or self.code(email),
            "password": PASSWORD,
            "password_confirmation": PASSWORD,
            "accept_terms": True,
            **{name: value for name, value in changes.items() if name != "email_code"},
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

    def prove(self, user: User, password: str = PASSWORD) -> None:
        """Prove by the password that the user of the session is its owner."""
        user.ok("PUT", "/sessions/current/proof", {"current_password": password})

    def address_form(self, owner: User, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """The body that changes the address of an enterprise; the proof is given and the code was sent."""
        self.prove(owner, password)
        owner.ok("POST", "/me/email-codes", {"email": email})
        return {"email": email, "email_code": self.code(email), "accept_terms": True}

    def agent(self, enterprise: User, *, confirmed: bool = True, **changes: Any) -> User:
        """A new agent of the enterprise, signed in, whose mailbox is confirmed."""
        form = people.agent(**changes)
        created = enterprise.ok("POST", "/agents", form)
        if confirmed:
            self.confirm_mailbox(enterprise.account["enterprise_id"], created["id"])
        return self.sign_in("agent", form["username"], form["password"])

    def confirm_mailbox(self, enterprise_id: str, agent_id: str) -> None:
        """Confirm the mailbox of an agent by a write to its account item."""
        from chalicelib.repos.accounts import accounts
        from chalicelib.repos.table import table

        at = accounts.account_key(enterprise_id, agent_id)
        table.commit(table.change(at, assign={"mailbox_confirmed": True}))

    def officer(self, office: str, display_name: str = "") -> User:
        """A new officer of the office, signed in; its name is the office's code unless it is given."""
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
            display_name=display_name or office,
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
