"""Accounts and what their owners do: names, codes, passwords and sign-ins."""

from types import SimpleNamespace

from testing import people
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


def request_code(world: World, email: str, purpose: str = "register") -> Answer:
    """The reply to a request for an e-mail code."""
    return world.anybody("POST", "/email-codes", {"purpose": purpose, "email": email})


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
