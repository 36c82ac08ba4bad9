"""Objects to name in a path: how to create an owned object for every path parameter.

`tests/api/test_access_matrix.py` fails for a route with a path parameter that is missing here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.rules.base.china_time import china_day
from testing import follow_ups, people
from testing.world import PASSWORD, User, World
from tests.support.accounts import passkey_id_of

OFFICES = ("fao-hunan", "fao-shaanxi")


@dataclass(frozen=True)
class Thing:
    """An object with its owner, the path parameters that name it, and the headers that its owner sends."""

    parameters: Mapping[str, str]
    owner: User
    office: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def application(world: World, owner: User, office: str = OFFICES[0]) -> Thing:
    """An application with one person and one attachment, at the office."""
    content = world.content(owner, office=office)
    content["attachments"] = world.attachments(owner, "group", office)
    person = people.person(attachments=world.attachments(owner, "person", office))
    number = owner.ok("POST", "/applications", {"content": {**content, "persons": [person]}})["number"]
    named = {"number": number, "person_number": f"{number}-01", "attachment_id": content["attachments"][0]}
    return Thing(named, owner, office)


def draft(world: World, owner: User) -> Thing:
    """A draft with one attachment."""
    attachment_id = world.attachments(owner, "group")[0]
    draft_id = owner.ok("POST", "/drafts", {"attachments": [attachment_id]})["id"]
    return Thing({"draft_id": draft_id, "attachment_id": attachment_id}, owner)


def session(world: World, owner: User) -> Thing:
    """A second session of the account."""
    role = owner.account["role"]
    password = "correct horse" if role == "agent" else PASSWORD
    second = world.sign_in(role, owner.account["login"], password)
    found = second.ok("GET", "/sessions")["items"]
    return Thing({"session_id": next(entry["id"] for entry in found if entry["current"])}, owner)


def message(world: World, owner: User) -> Thing:
    """A message about an officer's decision."""
    world.decide(world.desk(OFFICES[0]), application(world, owner).parameters)
    return Thing({"message_id": owner.ok("GET", "/messages?limit=1")["items"][0]["id"]}, owner)


def agent(_: World, owner: User) -> Thing:
    """An agent of the enterprise; only the enterprise account can manage agents."""
    return Thing({"agent_id": owner.ok("POST", "/agents", people.agent())["id"]}, owner)


def invoice_profile(_: World, owner: User) -> Thing:
    """An invoice profile of the enterprise."""
    return Thing({"profile_id": owner.ok("POST", "/invoice-profiles", people.invoice_profile())["id"]}, owner)


def enterprise(world: World, owner: User) -> Thing:
    """The enterprise itself, which has applied to one office."""
    application(world, owner)
    return Thing({"enterprise_id": owner.account["enterprise_id"]}, owner, OFFICES[0])


def mail(world: World, owner: User) -> Thing:
    """A mail of the outbox."""
    newest = next(pk for pk, sk in world.table() if sk == "MAIL")
    return Thing({"mail_id": newest.removeprefix("MAIL#")}, owner)


def ticket(world: World, owner: User) -> Thing:
    """A licence ticket of the owner's browser."""
    made = world.anybody.ok("POST", "/elicence/tickets", {"purpose": "login"})
    return Thing({"ticket_id": made["ticket_id"]}, owner, headers={"X_Ticket_Secret": made["secret"]})


def passkey(_: World, owner: User) -> Thing:
    """A passkey of the account; agents have none."""
    return Thing({"passkey_id": passkey_id_of(owner)}, owner)


def ledger_entry(world: World, owner: User) -> Thing:
    """The handover of a card."""
    form = {"received_by": "测试乙", "handed_out_on": str(china_day(world.time()))}
    entry = owner.ok("POST", f"/persons/{follow_ups.holder(world, owner)}/card-ledger", form)
    return Thing({"entry_id": entry["id"]}, owner)


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
    "passkey_id": passkey,
    "entry_id": ledger_entry,
}
"""How to create the object that a path parameter names."""

VALUES = {"code": "SGP", "kind": "application_form"}
"""Parameters that name no owned object, each with a valid value."""

BEARERS = {"recovery_id": "known only to the caller who began the recovery, and used only with its code or token"}
"""Parameters that are a secret of a caller who is not signed in, each with its protection."""

UNKNOWN = {"number": "APEC20261121999999", "person_number": "APEC20261121999999-01"}
"""Valid numbers that were never assigned; other ids become unknown by another last character."""

BODIES: Mapping[str, Callable[[], Any]] = {
    "PasskeyName": lambda: {"name": "办公电脑"},
    "AgentChange": lambda: {"name": "测试癸"},
    "AgentAuthorization": lambda: {"authorized": True},
    "MailPreference": lambda: {"receives_mail": True},
    "DraftContent": dict,
    "DraftPerson": people.person,
    "ServiceContent": lambda: {"reason": "护照到期"},
    "ServiceForm": lambda: {"service": "cancel_card", "reason": "不再需要", "status_version": 999},
    "StatusAction": lambda: {"status_version": 999},
    "Review": lambda: {"decision": "pass", "status_version": 999},
    "Downloads": dict,
    "Reveal": lambda: {"fields": ["phone"], "reason": "核对"},
    "InvoiceProfileForm": people.invoice_profile,
    "EconomyDecision": lambda: {"decision": "approved"},
    "ForeignNumberForm": lambda: {"number": "A1"},
    "CardEvent": lambda: {"event": "making", "status_version": 999},
    "CardHandover": lambda: {"received_by": "测试乙", "handed_out_on": "2026-11-21"},
    "CardReturn": lambda: {"returned_on": "2026-11-21"},
    "PaymentVoucher": lambda: {"attachments": ["x"], "payment_version": 999},
    "PaymentDecision": lambda: {"decision": "accept", "payment_version": 999},
    "CardStep": lambda: {"event": "making", "status_version": 999},
    "ContactReveal": lambda: {"reason": "电话核实"},
    "AddressCorrection": lambda: {"email": f"corrected{people.serial()}@enterprise.example", "reason": "录入有误"},
    "ElementsCorrection": lambda: {"name": "测试更正", "legal_representative": "测试癸", "reason": "法人变更"},
    "Empty": dict,
}
"""A valid body for every form, so that the reply depends only on the owner of the object."""


def parameters(route: Any) -> list[str]:
    """The path parameters of a route."""
    return re.findall(r"{(\w+)}", route.path)


def maker(route: Any) -> Callable[[World, User], Thing]:
    """How to create the object that a route names first."""
    return MAKERS[next(name for name in parameters(route) if name in MAKERS)]


def unknown(name: str, known: str) -> str:
    """An id of the same form that names no object."""
    return UNKNOWN.get(name) or known[:-1] + ("0" if known[-1] != "0" else "1")


def request(route: Any, named: Mapping[str, str]) -> tuple[str, str, Any, dict[str, str]]:
    """The call of a route on an object: method, path, body and headers."""
    body = BODIES[route.body.__name__]() if route.body else None
    headers = {"If_Match": '"999"'} if route.versioned else {}
    return route.method, route.path.removeprefix("/v1").format(**{**VALUES, **named}), body, headers
