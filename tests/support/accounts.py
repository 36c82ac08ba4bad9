"""Accounts and what their owners do: names, codes, passwords and sign-ins."""

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from testing import people
from testing.authenticator import Authenticator
from testing.world import PASSWORD, Answer, User, World

AGENT_PASSWORD = "correct horse"
"""The password of an agent whom `World.agent` adds."""

NEW_PASSWORD = "another battery staple"
"""A strong password that no account has at first."""


def elements_of(user: User) -> dict[str, str]:
    """The licence elements of the user's enterprise, as a form names them."""
    enterprise = user.ok("GET", "/enterprise")
    return {name: enterprise[name] for name in ("name", "uscc", "legal_representative")}


def new_address() -> str:
    """An e-mail address that no account has."""
    return f"enterprise{people.serial()}@enterprise.example"


def wrong_code(code: str) -> str:
    """A six-digit code that differs from this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def agent_path(agent: User) -> str:
    """The path under which an enterprise manages this agent."""
    return f"/agents/{agent.account['id']}"


def session_status(user: User) -> int:
    """The HTTP status of a request with the user's session: 200 while it is valid, 401 afterwards."""
    return user("GET", "/me").status


def sign_in(world: World, identity: str, login: str, password: str) -> Answer:
    """The reply to a sign-in by name and password."""
    return world.anybody("POST", "/sessions", {"identity": identity, "login": login, "password": password})


def sign_in_agent(world: World, login: str, password: str = AGENT_PASSWORD) -> Answer:
    """The reply to a sign-in as an agent."""
    return sign_in(world, "agent", login, password)


def request_code(world: World, email: str, ticket: Mapping[str, str] | None = None) -> Answer:
    """The reply to a request for an e-mail code, for this ticket of a registration or a new one."""
    used = ticket or world.ticket("register", world.elements())
    form = {name: used[name] for name in ("ticket_id", "ticket_secret")}
    return world.anybody("POST", "/email-codes", {**form, "email": email})


def request_change_code(owner: User, email: str) -> Answer:
    """The reply to a request for a code to the new address of an enterprise."""
    return owner("POST", "/me/email-codes", {"email": email})


def passkey_challenge(user: User, password: str = PASSWORD) -> Any:
    """What the account is given for a new passkey, after the proof that it needs; the oldest one makes room."""
    user.ok("PUT", "/sessions/current/proof", {"current_password": password})
    found = user.ok("GET", "/me/passkeys")
    if not found["can_add"]:
        user.ok("DELETE", f"/me/passkeys/{found['items'][0]['id']}")
    return user.ok("POST", "/me/passkeys/challenges")


def passkey_of(user: User, password: str = PASSWORD) -> Authenticator:
    """A device whose passkey the account has just added."""
    device = Authenticator()
    user.ok("POST", "/me/passkeys", device.made(passkey_challenge(user, password)))
    return device


def passkey_id_of(user: User) -> str:
    """The id of a new passkey of the account; the session is proven."""
    passkey_of(user)
    return str(user.ok("GET", "/me/passkeys")["items"][-1]["id"])


def undo_link(mail: Any) -> str | None:
    """The token of the link in a mail that undoes a change of address; None if it has none."""
    found = re.search(r"/undo-email#(\S+)", mail.text)
    return found.group(1) if found else None


def change_password(
    user: User, current: str = PASSWORD, password: str = NEW_PASSWORD, confirmation: str | None = None
) -> Answer:
    """The reply to a change of the user's own password."""
    form = {"current_password": current, "password": password, "password_confirmation": confirmation or password}
    return user("PUT", "/me/password", form)


def accounts_of_both_scopes(world: World) -> SimpleNamespace:
    """A new enterprise (`owner`) with an agent of wide scope (`everything`) and two of narrow scope."""
    owner = world.enterprise()
    return SimpleNamespace(
        owner=owner,
        everything=world.agent(owner),
        own=world.agent(owner, scope="own"),
        other_own=world.agent(owner, scope="own"),
    )
