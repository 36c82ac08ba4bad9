"""What officers are called, what they looked at and why stays with officers (docs/decisions/0054).

Officers with names of their own act on everything. No reply to an enterprise, its agents or a caller without a session,
no file that they download and no mail to them has an officer's name, user name, account or reason of a reveal.
"""

import io
import re
import sys
import zipfile
from dataclasses import dataclass, field
from typing import Any

import pytest
from pypdf import PdfReader

from chalicelib.handlers.http.routing import ROUTES
from testing import people
from testing.follow_ups import waiting
from testing.world import Answer, User, World, storage
from tests.support import objects, scenario

REASON = "核对办理人所述事由"
OFFICERS_MAIL = "officer@office.example"
APPLICANTS = {"E", "A"}


@dataclass
class Heard:
    """What applicants were told."""

    secrets: set[str] = field(default_factory=set)
    """Officers' names, user names and ids, and their reasons for reveals."""
    tokens: set[str] = field(default_factory=set)
    """The sessions of officers."""
    replies: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and text of each reply to an applicant."""
    files: int = 0

    def note(self, method: str, path: str, body: Any, headers: dict[str, str], answer: Answer) -> None:
        is_officers = headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens
        if is_officers or (isinstance(body, dict) and body.get("identity") == "officer"):
            return
        self.replies.append((method, path.partition("?")[0], answer.raw.decode()))
        if answer.raw and isinstance(answer.body, dict) and "expires_at" in answer.body and "url" in answer.body:
            self.files += 1
            self.replies.append((method, f"{path} (file)", texts_of(storage.get(answer.body["url"]).content)))

    def leaks(self) -> list[tuple[str, str, str]]:
        return [
            (method, path, secret) for method, path, text in self.replies for secret in self.secrets if secret in text
        ]


def texts_of(content: bytes) -> str:
    """The text of a downloaded file."""
    if content.startswith(b"PK"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    if content.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return content.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def heard(portal: World):
    """Everything that applicants heard while a scenario went through every route."""
    noted, ask, hire = Heard(), portal.request, portal.officer

    def noting(method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        answer = ask(method, path, body, headers)
        noted.note(method, path, body, headers, answer)
        return answer

    def named(office: str, display_name: str = "") -> User:
        officer = hire(office, display_name or f"测试官员{people.serial()}号")
        noted.tokens.add(officer.token or "")
        noted.secrets |= {officer.account["login"], officer.account["display_name"], officer.account["id"]}
        return officer

    portal.forget_desks()
    portal.officer = named  # type: ignore[method-assign]
    portal.request = noting  # type: ignore[method-assign]
    owner = scenario.accounts(portal)
    scenario.drafts(portal, owner)
    scenario.groups(portal, owner)
    scenario.economies(portal, portal.agent(owner))
    scenario.officers(portal)
    scenario.messages(owner)
    revealed_and_walked(portal, owner, noted)
    portal.deliver()
    noted.replies += [
        ("MAIL", mail.to, f"{mail.subject}\n{mail.text}") for mail in portal.mails() if mail.to != OFFICERS_MAIL
    ]
    del portal.request, portal.officer
    portal.forget_desks()
    return noted


def revealed_and_walked(portal: World, owner: User, noted: Heard) -> None:
    """Reveals by officers with a reason of their own, then every route that reads an application or a list."""
    noted.secrets.add(REASON)
    agent = portal.agent(owner)
    person = waiting(portal, agent, approvals=1)
    number = person[:-3]
    form = {"fields": ["passport_number", "phone"], "reason": REASON}
    for office in ("fao-hunan", "consular"):
        officer = portal.desk(office)
        officer.ok("POST", f"/office/persons/{person}/reveal", form)
        officer.ok("POST", f"/office/applications/{number}/reveal", form)
    known = {"number": number, "person_number": person, **objects.VALUES}
    for reader in (owner, agent):
        for route in ROUTES:
            names = objects.parameters(route)
            if route.method == "GET" and APPLICANTS & {*route.access.value.split()} and set(names) <= known.keys():
                reader("GET", route.path.removeprefix("/v1").format(**known))
        reader.ok("DELETE", "/drafts/purge-notice")
        reader.ok("POST", "/applications/search", {"service": "new_or_renewal"})
        outdated = reader("POST", f"/applications/{number}/withdraw", {"status_version": 1})
        assert outdated.body["current"]["changed_by"]


def test_no_reply_file_or_mail_to_applicants_has_an_officers_name_or_reason(heard):
    mails = sum(method == "MAIL" for method, _, _ in heard.replies)
    sys.stdout.write(
        f"officers' names: {len(heard.replies)} replies, {heard.files} files and {mails} mails to applicants "
        f"searched for {len(heard.secrets)} values\n"
    )
    assert heard.leaks() == []
    assert (len(heard.secrets) >= 10, heard.files >= 3, mails >= 10) == (True, True, True)


def test_every_route_of_applicants_was_asked(heard):
    asked = {(method, path) for method, path, _ in heard.replies}
    missing = [
        f"{route.method} {route.path}"
        for route in ROUTES
        if APPLICANTS & {*route.access.value.split()}
        and not any(method == route.method and re.fullmatch(pattern_of(route), f"/v1{path}") for method, path in asked)
    ]
    assert missing == []


def test_officers_read_each_others_names_and_reasons(heard, world, owner):
    """The search finds names where they are to be read."""
    officer = world.officer("fao-hunan", "测试官员甲号")
    number = world.application(owner)["number"]
    form = {"fields": ["phone"], "reason": REASON}
    officer.ok("POST", f"/office/persons/{number}-01/reveal", form)
    (entry,) = [
        entry
        for entry in world.desk("fao-hunan").ok("GET", f"/office/persons/{number}-01/history")["items"]
        if entry["action"] == "reveal"
    ]
    assert (entry["actor"], entry["reason"]) == ("测试官员甲号", REASON)


def pattern_of(route):
    return re.sub(r"{\w+}", "[^/]+", route.path)
