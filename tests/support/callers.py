"""Callers of the contract test: accounts of every kind, with valid bodies and existing objects."""

import base64
import copy
import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pyotp import TOTP

from testing import mail_events, people
from testing.authenticator import Authenticator
from testing.world import PASSWORD, User, World, storage
from tests.support.accounts import passkey_challenge, passkey_id_of, passkey_of

BY_ACCESS = {
    "public": ("anybody",),
    "E": ("owner",),
    "E A": ("owner", "all", "own"),
    "F C": ("fao", "consular"),
    "C": ("consular",),
    "E F C": ("owner", "fao", "consular"),
    "E A F C": ("owner", "all", "own", "fao", "consular"),
}
ENDING = {"POST /v1/agents", "POST /v1/drafts", "POST /v1/invoice-profiles"}
"""Operations that use up a quota of the enterprise."""

LEAVING = {
    "DELETE /v1/sessions/current",
    "DELETE /v1/sessions/{session_id}",
    "PUT /v1/me/password",
    "PUT /v1/me/second-factor/confirmation",
    "PUT /v1/me/email",
    "POST /v1/email-changes/undo",
    "DELETE /v1/sessions",
    "PUT /v1/office/enterprises/{enterprise_id}/email",
}
"""Operations that end sessions."""

RENEWED_AFTER = timedelta(minutes=14)
"""Every case advances the clock by a second, and the proof of a sign-in expires after a quarter of an hour."""

SEEN = {"status_version": 1}


class Callers:
    """Accounts of every kind, created again when a call has ended their session or used up a quota."""

    def __init__(self, world: World, server: Any) -> None:
        self.world = world
        self.url = server.url
        self._converter = server._gateway.event_converter
        self._count = itertools.count()
        self._users: dict[str, User] = {}
        self._objects: dict[str, str] = {}
        self._bodies: dict[str, Any] = {}
        self._operation = ""
        self._made_at = world.time()

    def _begin(self, operation: str) -> None:
        """Begin another operation, with new objects and accounts where the previous one has changed them."""
        before, self._operation = self._operation, operation
        if not (operation.startswith("GET") and before.startswith("GET")):
            self._objects.clear()
        if {before, operation} & ENDING or self.world.time() - self._made_at > RENEWED_AFTER:
            self._anew()

    def answered(self, status: int, headers: dict[str, str]) -> None:
        """Replace the accounts after a reply that ended a session or changed a password."""
        if headers and (status == 401 or (self._operation in LEAVING and status < 300)):
            self._anew()

    def _anew(self) -> None:
        self._made_at = self.world.time()
        self.world.forget_desks()
        self._users.clear()
        self._objects.clear()
        self._bodies.clear()

    def user(self, kind: str) -> User:
        """The user of this kind of account."""
        known = self._users.get(kind)
        if known is None:
            self._users[kind] = known = self._made(kind)
        return known

    def _made(self, kind: str) -> User:
        match kind:
            case "anybody":
                return self.world.anybody
            case "owner":
                return self.world.enterprise()
            case "fao":
                return self.world.officer("fao-hunan")
            case "consular":
                return self.world.officer("consular")
            case _:
                return self.world.agent(self.user("owner"), scope=kind)

    def prepare(self, case: Any) -> dict[str, str]:
        """Put existing objects into most cases and valid bodies into half of them; returns the headers to send."""
        if case.operation.label != self._operation:
            self._begin(case.operation.label)
        number = next(self._count)
        self.world.time.forward(seconds=1)
        self._converter.LOCAL_SOURCE_IP = f"10.{number >> 8 & 255}.{number & 255}.1"
        kinds = BY_ACCESS[case.operation.definition.raw["x-access"]]
        user = self.user(kinds[number % len(kinds)])
        if number % 4 and case.path_parameters and not _is_negative(case, "path"):
            case.path_parameters = {name: self._object(name, value) for name, value in case.path_parameters.items()}
        if number % 2 and isinstance(case.body, dict) and not _is_negative(case, "body"):
            case.body = self._body(case.operation.label, case.body)
            if case.headers and "If-Match" in case.headers and not _is_negative(case, "header"):
                case.headers["If-Match"] = '"1"'
        return {"Authorization": f"Bearer {user.token}"} if user.token else {}

    # Objects

    def _object(self, name: str, value: str) -> str:
        """An existing value of a path parameter, or the generated one where no object of this kind exists."""
        if name not in self._objects:
            self._objects[name] = self._existing(name) or value
        return self._objects[name]

    def _existing(self, name: str) -> str | None:
        owner = self.user("owner")
        if name in ("number", "person_number", "message_id"):
            number = self._application(owner)
            message_id = owner.ok("GET", "/messages")["items"][0]["id"]
            return str({"number": number, "person_number": f"{number}-01", "message_id": message_id}[name])
        return OBJECTS[name](self.world, owner) if name in OBJECTS else None

    def _application(self, owner: User) -> str:
        """The number of an application in a status that allows the operation."""
        if self._operation.endswith(("/withdraw", "/applications/{number}/decision")):
            return str(self.world.application(owner)["number"])
        if self._operation.endswith(("/resubmit", "/content")):
            application = self.world.application(owner)
            fields = {"fields": ["reason"], "reason": "请补充说明"}
            self.world.decide(self.user("fao"), application, "return", **fields)
            return str(application["number"])
        return str(self.world.approved(owner)["number"])

    # Bodies

    def _body(self, operation: str, generated: dict[str, Any]) -> dict[str, Any]:
        """A valid body; in every other case one field keeps its generated value."""
        make = BODIES.get(operation)
        if make is None:
            return generated
        if operation in SAME:
            self._bodies.setdefault(operation, make(self))
            body = copy.deepcopy(self._bodies[operation])
        else:
            body = make(self)
        fields = sorted(set(generated) & set(body))
        if fields and next(self._count) % 2:
            chosen = fields[next(self._count) % len(fields)]
            body[chosen] = generated[chosen]
        return dict(body)


def _email(callers: Callers) -> dict[str, Any]:
    return callers.world.address_form(callers.user("owner"), f"moved{people.serial()}@enterprise.example")


def _code_request(callers: Callers) -> dict[str, Any]:
    ticket = callers.world.ticket("register", callers.world.elements())
    return {**ticket, "email": f"new{people.serial()}@enterprise.example"}


def _ticket(callers: Callers, purpose: str) -> dict[str, Any]:
    owner = callers.user("owner").ok("GET", "/enterprise")
    elements = {name: owner[name] for name in ("name", "uscc", "legal_representative")}
    return callers.world.ticket(purpose, elements)


def _assertion(callers: Callers) -> dict[str, Any]:
    ticket = callers.world.anybody.ok("POST", "/elicence/tickets", {"purpose": "register"})
    return {"assertion": callers.world.assertion(ticket, callers.world.elements(), "scan")}


def _content(callers: Callers) -> dict[str, Any]:
    return callers.world.content(callers.user("owner"))


def _row(callers: Callers) -> dict[str, Any]:
    person = callers._object("person_number", "")
    return {"rows": [{"person_number": person, "economy": "JPN", "decision": "approved"}]}


def _workbook(callers: Callers) -> dict[str, Any]:
    """The template of foreign numbers as it was downloaded: nothing in it is filled in."""
    kind = {"kind": "foreign_numbers"}
    template = callers.user("consular").ok("POST", "/office/workbooks/template", kind)
    return {**kind, "workbook": base64.b64encode(storage.get(template["url"]).content).decode()}


def _password(callers: Callers) -> dict[str, Any]:
    new = "quite another one"
    return {"current_password": PASSWORD, "password": new, "password_confirmation": new}


def _second_factor(callers: Callers) -> dict[str, Any]:
    secret = callers.user("fao").ok("PUT", "/me/second-factor", {"current_password": PASSWORD})["secret"]
    return {"one_time_code": TOTP(secret).at(callers.world.time())}


def _new_passkey(callers: Callers) -> dict[str, Any]:
    return Authenticator().made(passkey_challenge(callers.user("owner")))


def _passkey(callers: Callers) -> dict[str, Any]:
    device = passkey_of(callers.user("owner"))
    return device.signed(callers.world.anybody.ok("POST", "/sessions/passkey/challenges"))


def _provisioned(callers: Callers) -> dict[str, Any]:
    email = f"enterprise{people.serial()}@enterprise.example"
    return {**callers.world.elements(), "email": email, "phone": "0731-88888888", "reason": "无法扫码"}


def _elements(callers: Callers) -> dict[str, Any]:
    """A correction of an enterprise whose licence was never scanned, such as the owner's from now on."""
    from chalicelib.repos.accounts import enterprises
    from chalicelib.repos.table import table

    enterprise_id = callers.user("owner").account["enterprise_id"]
    table.commit(table.change(enterprises.key(enterprise_id), drop=["consent"]))
    return {"name": f"测试更正{people.serial()}", "legal_representative": "测试癸", "reason": "法人变更"}


def _suppressed(callers: Callers) -> dict[str, Any]:
    address = f"lost{people.serial()}@enterprise.example"
    callers.world.feedback(mail_events.bounce(address))
    return {"email": address, "reason": "企业来电确认"}


SAME = {"POST /v1/applications", "PUT /v1/applications/{number}/content"}
"""Operations whose bodies are slow to make and can be sent again."""

OBJECTS: dict[str, Callable[[World, User], str]] = {
    "agent_id": lambda world, owner: str(world.agent(owner).account["id"]),
    "draft_id": lambda _, owner: str(owner.ok("POST", "/drafts", {"group_name": "草稿"})["id"]),
    "profile_id": lambda _, owner: str(owner.ok("POST", "/invoice-profiles", people.invoice_profile())["id"]),
    "enterprise_id": lambda _, owner: str(owner.account["enterprise_id"]),
    "attachment_id": lambda world, owner: world.attachments(owner, "group")[0],
    "passkey_id": lambda _, owner: passkey_id_of(owner),
    "session_id": lambda _, owner: str(owner.ok("GET", "/sessions")["items"][0]["id"]),
    "code": lambda _, __: "AUS",
}
"""How to make an existing value of each path parameter."""

BODIES: dict[str, Callable[[Callers], dict[str, Any]]] = {
    "POST /v1/agents": lambda _: people.agent(),
    "PATCH /v1/agents/{agent_id}": lambda _: {"phone": "13700000001"},
    "POST /v1/applications": lambda callers: {"content": _content(callers)},
    "POST /v1/applications/check": lambda callers: {"content": _content(callers)},
    "POST /v1/persons/{person_number}/services/check": lambda _: {
        "service": "early_card",
        "status_version": 3,
        "reason": "出差需要",
    },
    "POST /v1/applications/search": lambda _: {"service": "new_or_renewal"},
    "POST /v1/travel-checks": lambda _: {
        "persons": ["APEC20261121999999-01"],
        "economies": ["SGP"],
        "from_day": "2027-01-04",
        "to_day": "2027-01-08",
    },
    "PUT /v1/applications/{number}/content": _content,
    "POST /v1/applications/{number}/resubmit": lambda _: {"status_version": 2},
    "POST /v1/applications/{number}/withdraw": lambda _: SEEN,
    "POST /v1/attachments": lambda _: {
        "kind": "photo",
        "filename": "a.jpg",
        "content_type": "image/jpeg",
        "size": 60,
    },
    "POST /v1/drafts": _content,
    "PUT /v1/drafts/{draft_id}": _content,
    "PUT /v1/sessions/current/proof": lambda _: {"current_password": PASSWORD},
    "POST /v1/me/email-codes": lambda _: {"email": f"new{people.serial()}@enterprise.example"},
    "POST /v1/elicence/callback": _assertion,
    "POST /v1/email-codes": _code_request,
    "PUT /v1/enterprise/licence": lambda callers: _ticket(callers, "update_licence"),
    "POST /v1/invoice-profiles": lambda _: people.invoice_profile(),
    "PUT /v1/invoice-profiles/{profile_id}": lambda _: people.invoice_profile(),
    "PUT /v1/me/email": _email,
    "PUT /v1/me/password": _password,
    "PUT /v1/me/second-factor": lambda _: {"current_password": PASSWORD},
    "PUT /v1/me/second-factor/confirmation": _second_factor,
    "POST /v1/office/applications/{number}/decision": lambda _: {"decision": "pass", **SEEN},
    "POST /v1/office/card-events": lambda _: {"rows": [{"event": "making", **SEEN}]},
    "POST /v1/office/decisions": lambda _: {"rows": [{"decision": "pass", **SEEN}]},
    "POST /v1/office/economies/import": _row,
    "POST /v1/office/workbooks/import": _workbook,
    "POST /v1/office/workbooks/template": lambda _: {"kind": "cards"},
    "POST /v1/office/foreign-numbers": lambda _: {"rows": [{"foreign_number": "CHN0000001"}]},
    "POST /v1/office/enterprises": _provisioned,
    "PUT /v1/office/persons/{person_number}/economies/{code}": lambda _: {"decision": "approved"},
    "PUT /v1/office/persons/{person_number}/foreign-number": lambda _: {"number": "CHN0000001"},
    "PUT /v1/office/enterprises/{enterprise_id}/email": lambda _: {
        "email": f"corrected{people.serial()}@enterprise.example",
        "proof": "in_person",
        "reason": "邮箱停用",
    },
    "PUT /v1/office/enterprises/{enterprise_id}/elements": _elements,
    "POST /v1/office/mail/suppressions/lift": _suppressed,
    "POST /v1/office/enterprises/{enterprise_id}/reveal": lambda _: {"reason": "电话核实"},
    "POST /v1/office/applications/{number}/reveal": lambda _: {"fields": ["passport_number"], "reason": "核对护照"},
    "POST /v1/office/persons/{person_number}/reveal": lambda _: {"fields": ["passport_number"], "reason": "核对护照"},
    "POST /v1/persons/{person_number}/reveal": lambda _: {"fields": ["passport_number"], "reason": "核对护照"},
    "POST /v1/persons/{person_number}/services": lambda _: {
        "service": "early_card",
        "status_version": 3,
        "reason": "出差需要",
    },
    "POST /v1/recoveries": lambda callers: _ticket(callers, "recover"),
    "POST /v1/me/passkeys": _new_passkey,
    "PATCH /v1/me/passkeys/{passkey_id}": lambda _: {"name": "办公电脑"},
    "POST /v1/sessions/passkey": _passkey,
    "POST /v1/registrations": lambda callers: callers.world.registration(),
    "POST /v1/sessions": lambda callers: {
        "identity": "enterprise",
        "login": callers.user("owner").account["email"],
        "password": PASSWORD,
    },
    "POST /v1/sessions/elicence": lambda callers: _ticket(callers, "login"),
}


def _is_negative(case: Any, location: str) -> bool:
    """Whether the case violates the contract in this location on purpose."""
    return case.meta is not None and any(
        component.value == location and case.meta.is_negative_at(component) for component in case.meta.components
    )
