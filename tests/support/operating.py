"""A terminal for operators' commands, and an enterprise with every kind of sealed and digested value."""

import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.rules.base.china_time import china_day
from operations import check
from operations.terminal import Refused, Terminal
from testing import follow_ups, people
from testing.world import PASSWORD, User, World

DAYS = itertools.count(1)
"""Days between tests that add keys: the ids of keys contain the time, and keys outlive a test."""


@dataclass
class Desk:
    """A terminal that records its lines and moves the clock of the test instead of waiting."""

    world: World
    lines: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    @property
    def terminal(self) -> Terminal:
        """The terminal that is passed to a command."""
        return Terminal(say=self.lines.append, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        if seconds > 1:
            self.world.time.forward(seconds=seconds)


@dataclass
class CheckingDesk:
    """A terminal for `operations.check`."""

    lines: list[str] = field(default_factory=list)

    @property
    def terminal(self) -> Terminal:
        """The terminal that is passed to a command."""
        return Terminal(self.lines.append)

    def breaches(self) -> list[str]:
        """What the command reports; it must report something."""
        self.lines.clear()
        with pytest.raises(Refused):
            check.check(self.terminal)
        return self.lines[:-1]


@dataclass
class Filled:
    """An enterprise with one object of every kind."""

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
    """An enterprise with an agent, an invoice profile, a draft, applications, a card, notices and a stored reply."""
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
    _paid_and_handed_out(world, owner, person)
    follow_up = follow_ups.applied(owner, person, "cancel_card")["number"]
    return Filled(
        owner, form, agent_name, draft, attachment, application, passport,
        person, shown["fields"]["passport_number"], follow_up, key, body,
    )  # fmt: skip


def _paid_and_handed_out(world: World, owner: User, person: str) -> None:
    """A returned payment voucher of the person's application, and the person's card in the ledger."""
    at = f"/applications/{person[:-3]}/payment-voucher"
    voucher = {"attachments": [world.attach(owner, "payment_voucher")], "payment_version": 0}
    owner.ok("PUT", at, voucher)
    returned = {"decision": "return", "reason": "金额不符", "payment_version": 1}
    world.desk("consular").ok("POST", f"/office{at}/decision", returned)
    handover = {"received_by": "测试乙", "handed_out_on": str(china_day(world.time())), "note": "出差"}
    owner.ok("POST", f"/persons/{person}/card-ledger", handover)


def in_clear() -> dict[tuple[str, str], Any]:
    """Every item of the table, decrypted, except keys and audit entries."""
    from chalicelib.repos.maintenance import reencryption
    from chalicelib.repos.table import table

    found: dict[tuple[str, str], Any] = {}
    start = None
    while True:
        page = table.scan(limit=1000, start=start)
        found |= {(item["pk"], item["sk"]): reencryption.decrypted(item) for item in page.items if item["pk"] != "KEYS"}
        start = page.next_key
        if start is None:
            return {key: item for key, item in found.items() if not key[0].startswith("AUDIT#")}


def sign_in_again(world: World, of: Filled) -> User:
    """The enterprise account, signed in again by e-mail and password."""
    return world.sign_in("enterprise", of.registration["email"], PASSWORD)
