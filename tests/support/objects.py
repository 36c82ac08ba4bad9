"""Objects to name in a path: for every path parameter of the portal how somebody comes to own one.

A route with a parameter that is not here fails in `tests/api/test_access_matrix.py`: whoever adds one says whose it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from testing import people
from testing.world import PASSWORD, User, World

OFFICES = ("fao-hunan", "fao-shaanxi")


@dataclass(frozen=True)
class Thing:
    """An object: who made it, what names it in a path, what else its rightful caller sends along."""

    parameters: Mapping[str, str]
    owner: User
    office: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def application(world: World, owner: User, office: str = OFFICES[0]) -> Thing:
    """A file with one person and one attachment, at its first desk."""
    content = world.content(owner, office=office)
    content["attachments"] = world.attachments(owner, "group", office)
    person = people.person(attachments=world.attachments(owner, "person", office))
    number = owner.ok("POST", "/applications", {"content": {**content, "persons": [person]}})["number"]
    named = {"number": number, "person_number": f"{number}-01", "attachment_id": content["attachments"][0]}
    return Thing(named, owner, office)


def draft(_: World, owner: User) -> Thing:
    """A draft with nothing in it."""
    return Thing({"draft_id": owner.ok("POST", "/drafts", {})["id"]}, owner)


def session(world: World, owner: User) -> Thing:
    """A second session of the account."""
    role = owner.account["role"]
    password = "correct horse" if role == "agent" else PASSWORD
    second = world.sign_in(role, owner.account["login"], password)
    found = second.ok("GET", "/sessions")["items"]
    return Thing({"session_id": next(each["id"] for each in found if each["current"])}, owner)


def message(world: World, owner: User) -> Thing:
    """A message that an officer's decision brought."""
    world.decide(world.desk(OFFICES[0]), application(world, owner).parameters)
    return Thing({"message_id": owner.ok("GET", "/messages?limit=1")["items"][0]["id"]}, owner)


def agent(_: World, owner: User) -> Thing:
    """An agent of the enterprise; only its own account has some."""
    return Thing({"agent_id": owner.ok("POST", "/agents", people.agent())["id"]}, owner)


def invoice_profile(_: World, owner: User) -> Thing:
    """An invoice profile of the enterprise."""
    return Thing({"profile_id": owner.ok("POST", "/invoice-profiles", people.invoice_profile())["id"]}, owner)


def enterprise(_: World, owner: User) -> Thing:
    """The enterprise itself."""
    return Thing({"enterprise_id": owner.account["enterprise_id"]}, owner)


def mail(world: World, owner: User) -> Thing:
    """A mail of the outbox."""
    newest = next(pk for pk, sk in world.table() if sk == "MAIL")
    return Thing({"mail_id": newest.removeprefix("MAIL#")}, owner)


def ticket(world: World, owner: User) -> Thing:
    """A ticket of the electronic licence, of a browser of the owner's."""
    made = world.anybody.ok("POST", "/elicence/tickets", {"purpose": "login"})
    return Thing({"ticket_id": made["ticket_id"]}, owner, headers={"X_Ticket_Secret": made["secret"]})


MAKERS: Mapping[str, Callable[[World, User], Thing]] = {
    "number": application,
    "person_number": application,
    "attachment_id": application,
    "draft_id": draft,
    "session_id": session,
    "message_id": message,
    "agent_id": agent,
    "profile_id": invoice_profile,
    "enterprise_id": enterprise,
    "mail_id": mail,
    "ticket_id": ticket,
}
"""How somebody comes to own what a path parameter names."""

VALUES = {"code": "SGP"}
"""Parameters that name nobody's object, with a value that is taken."""

BEARERS = {"recovery_id": "only whoever began the recovery knows it, and its code or token is asked for with it"}
"""Parameters that are a secret of whoever has no account yet to call with."""

UNKNOWN = {"number": "APEC20261121999999", "person_number": "APEC20261121999999-01"}
"""Well-formed numbers that were never given; other ids are made unknown by another last character."""

BODIES: Mapping[str, Callable[[], Any]] = {
    "AgentChange": lambda: {"name": "测试癸"},
    "AgentAuthorization": lambda: {"authorized": True},
    "MailPreference": lambda: {"receives_mail": True},
    "DraftContent": dict,
    "DraftPerson": people.person,
    "ServiceContent": lambda: {"reason": "护照到期"},
    "ServiceForm": lambda: {"service": "cancel_card", "reason": "不再需要", "status_version": 999},
    "StatusAction": lambda: {"status_version": 999},
    "Review": lambda: {"decision": "pass", "status_version": 999},
    "Reveal": lambda: {"fields": ["phone"], "reason": "核对"},
    "InvoiceProfileForm": people.invoice_profile,
    "EconomyDecision": lambda: {"decision": "approved"},
    "ForeignNumberForm": lambda: {"number": "A1"},
    "CardEvent": lambda: {"event": "making", "status_version": 999},
    "Empty": dict,
}
"""A body that every such route takes, so that nothing but whose the object is decides."""


def parameters(route: Any) -> list[str]:
    """The path parameters of a route."""
    return re.findall(r"{(\w+)}", route.path)


def maker(route: Any) -> Callable[[World, User], Thing]:
    """How to come by the object that a route names first."""
    return MAKERS[next(name for name in parameters(route) if name in MAKERS)]


def unknown(name: str, known: str) -> str:
    """An id that looks like this one and is nobody's."""
    return UNKNOWN.get(name) or known[:-1] + ("0" if known[-1] != "0" else "1")


def request(route: Any, named: Mapping[str, str]) -> tuple[str, str, Any, dict[str, str]]:
    """The call of a route on an object: method, path, body and headers."""
    body = BODIES[route.body.__name__]() if route.body else None
    headers = {"If_Match": '"999"'} if route.versioned else {}
    return route.method, route.path.removeprefix("/v1").format(**{**VALUES, **named}), body, headers
