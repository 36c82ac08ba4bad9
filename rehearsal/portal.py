"""The users of the deployed API: enterprises, officers, operators, the licence platform, readers of mail."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyotp import TOTP

from chalicelib.rules.accounts.licence import AUDIENCE, ISSUER
from rehearsal.edge import Front
from rehearsal.stack import Stack
from sandbox.engine.engine import REGION
from sandbox.mailbox import Mail, Mailbox
from testing import people
from testing.running import ROOT, Client, code_in
from testing.steps import PASSWORD
from testing.world import Platform


class Portal:
    """A deployment as its users see it."""

    def __init__(self, stack: Stack, platform: Platform, front: Front) -> None:
        self.stack, self._platform, self.front = stack, platform, front
        self._mailbox = Mailbox(stack.engine)
        self._url = f"{front.origin}/v1"

    def on(self, stack: Stack) -> "Portal":
        """The same users with another stack."""
        return Portal(stack, self._platform, self.front)

    def client(self, token: str | None = None) -> Client:
        """A client with a connection of its own."""
        return Client(self._url, token, timeout=60)

    def sign_in(self, identity: str, login: str, password: str) -> Client:
        """A client that is signed in."""
        client = self.client()
        form = {"identity": identity, "login": login, "password": password}
        client.token = client.ok("POST", "/sessions", form)["token"]
        return client

    def mails(self, to: str) -> list[Mail]:
        """The mails to an address."""
        return self._mailbox.mails(to)

    def mail(self, to: str, containing: str = "", within: float = 5.0) -> Mail:
        """Wait up to `within` seconds for a mail to an address that contains a text; the newest one."""
        deadline = time.monotonic() + within
        while not (found := [mail for mail in self.mails(to) if containing in mail.text]):
            assert time.monotonic() < deadline, f"no mail to {to} within {within} s"
            time.sleep(1.0)
        return found[0]

    def run(self, logical: str) -> dict[str, Any]:
        """Invoke a scheduled function with the event of its rule. Returns its result."""
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "000000000000",
            "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "region": REGION,
            "resources": [],
            "detail": {},
        }
        functions = self.stack.client("lambda")
        answer = functions.invoke(FunctionName=self.stack.named(logical), Payload=json.dumps(event))
        returned = answer["Payload"].read()
        assert "FunctionError" not in answer, returned
        counts: dict[str, Any] = json.loads(returned)
        return counts

    def register(self, email: str) -> tuple[Client, dict[str, str]]:
        """Register an enterprise by a scan and an e-mail code. Returns its client and its licence elements."""
        anybody = self.client()
        elements = {"name": "测试企业", "uscc": people.make_uscc(), "legal_representative": "测试戊"}
        ticket = anybody.ok("POST", "/elicence/tickets", {"purpose": "register"})
        for action in ("scan", "confirm"):
            anybody.ok("POST", "/elicence/callback", {"assertion": self._assertion(ticket, elements, action)})
        used = {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}
        anybody.ok("POST", "/email-codes", {**used, "email": email})
        form = {
            **used,
            "phone": "073188888888",
            "region_code": "430102",
            "email": email,
            "email_code": code_in({"text": self.mail(email).text}),
            "password": PASSWORD,
            "password_confirmation": PASSWORD,
            "accept_terms": True,
        }
        anybody.token = anybody.ok("POST", "/registrations", form)["token"]
        return anybody, elements

    def create_officer(self, office: str, username: str, email: str) -> str:
        """Run the operators' command. Returns the recovery id that it prints."""
        name = f"--name 测试辛 --username {username} --office {office} --email {email}"
        return self.operate(f"create_officer {name}").split()[-1]

    def operate(self, command: str) -> str:
        """Run an operators' command against this deployment. Returns its output."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ABTC_"))}
        module, *arguments = command.split()
        done = subprocess.run(
            [sys.executable, "-m", f"operations.{module}", *arguments],
            env={**clean, **self.stack.operators_environment()},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def officer(self, recovery: str, username: str, email: str, within: float) -> Client:
        """Set an officer's password with the code from the mail, sign the officer in, and set up the second step."""
        code = code_in({"text": self.mail(email, within=within).text})
        client, path = self.client(), f"/recoveries/{recovery}"
        token = client.ok("POST", f"{path}/verification", {"email_code": code})["reset_token"]
        chosen = {"reset_token": token, "password": PASSWORD, "password_confirmation": PASSWORD}
        client.ok("PUT", f"{path}/password", chosen)
        officer = self.sign_in("officer", username, PASSWORD)
        assert officer("POST", "/office/search", {}).json()["code"] == "SECOND_FACTOR_MISSING"
        secret = officer.ok("PUT", "/me/second-factor", {"current_password": PASSWORD})["secret"]
        officer.ok("PUT", "/me/second-factor/confirmation", {"one_time_code": TOTP(secret).now()})
        return officer

    def _assertion(self, ticket: Mapping[str, Any], elements: Mapping[str, str], action: str) -> str:
        """The platform's assertion when the legal representative scans or confirms."""
        content = parse_qs(urlsplit(ticket["qr_content"]).query)
        return self._platform.sign(
            {
                "iss": ISSUER,
                "aud": AUDIENCE,
                "jti": str(uuid.uuid4()),
                "iat": int(datetime.now(UTC).timestamp()),
                "ticket": content["ticket"][0],
                "nonce": content["nonce"][0],
                "purpose": content["purpose"][0],
                "action": action,
                "enterprise": {**elements, "status": "active"},
                "holder": {"kind": "legal_representative", "name": elements["legal_representative"]},
                "authorization": None,
            }
        )
