"""The operators' commands in tests, and a portal with something of everything that is sealed or digested."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from operations.terminal import Terminal
from testing import follow_ups, people
from testing.world import PASSWORD, User, World


@dataclass
class Desk:
    """A terminal whose waits let the test's time pass; what was said stays."""

    world: World
    lines: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    @property
    def terminal(self) -> Terminal:
        """As the commands see it."""
        return Terminal(say=self.lines.append, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        if seconds > 1:
            self.world.time.forward(seconds=seconds)


@dataclass
class Filled:
    """An enterprise that has done everything once."""

    owner: User
    registration: dict[str, Any]
    agent_name: str
    draft: str
    attachment: str
    application: str
    passport: str
    holder: str
    holder_passport: str
    follow_up: str
    key: str
    body: dict[str, Any]


def filled(world: World) -> Filled:
    """Accounts, invoice profile, draft, applications, a card, a follow-up file, messages, mail, a remembered reply."""
    form = world.registration()
    session = world.anybody.ok("POST", "/registrations", form)
    owner = User(world, session["token"], session["account"])
    agent_name = f"agent{people.serial()}"
    agent = world.agent(owner, username=agent_name)
    profile = world.profile(owner)
    owner.ok("PUT", f"/invoice-profiles/{profile}", people.invoice_profile(phone="66688889"), If_Match='"1"')
    filled_in = {
        "group_name": "测试草稿",
        "contact_phone": "13600000001",
        "attachments": [world.attach(agent, "photo")],
    }
    draft = agent.ok("POST", "/drafts", filled_in)["id"]
    attachment = world.attach(owner, "photo")
    passport = people.make_passport()
    traveller = people.person(passport_number=passport, attachments=world.attachments(owner, "person"))
    pickup = {"method": "post", "recipient": "测试甲", "phone": "13800000001", "address": "测试路2号"}
    key, body = str(uuid.uuid4()), {"content": world.content(owner) | {"persons": [traveller], "pickup": pickup}}
    application = owner.ok("POST", "/applications", body, Idempotency_Key=key)["number"]
    person = follow_ups.holder(world, owner)
    shown = owner.ok("POST", f"/persons/{person}/reveal", {"fields": ["passport_number"], "reason": "核对护照"})
    follow_up = follow_ups.applied(owner, person, "cancel_card")["number"]
    return Filled(
        owner, form, agent_name, draft, attachment, application, passport,
        person, shown["fields"]["passport_number"], follow_up, key, body,
    )  # fmt: skip


def in_clear() -> dict[tuple[str, str], Any]:
    """Every item of the table with everything sealed opened; but for keys, and what a look at it changes."""
    from chalicelib.repos.maintenance import reencryption
    from chalicelib.repos.table import table

    found: dict[tuple[str, str], Any] = {}
    start = None
    while True:
        page = table.scan(limit=1000, start=start)
        found |= {(item["pk"], item["sk"]): reencryption.decrypted(item) for item in page.items if item["pk"] != "KEYS"}
        start = page.next_key
        if start is None:
            return {at: item for at, item in found.items() if not at[0].startswith("AUDIT#")}


def sign_in_again(world: World, of: Filled) -> User:
    """The enterprise by e-mail and password."""
    return world.sign_in("enterprise", of.registration["email"], PASSWORD)
