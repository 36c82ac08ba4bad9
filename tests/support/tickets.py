"""Tickets of the electronic licence, as a browser creates and polls them."""

from collections.abc import Mapping
from typing import Any

from testing.world import Answer, World


def new_ticket(world: World, purpose: str = "register") -> dict[str, Any]:
    """A ticket that has not been scanned yet."""
    ticket: dict[str, Any] = world.anybody.ok("POST", "/elicence/tickets", {"purpose": purpose})
    return ticket


def poll(world: World, ticket: Mapping[str, str], secret: str | None = None) -> Answer:
    """The reply to a poll of the ticket, with its own secret or with another."""
    path = f"/elicence/tickets/{ticket['ticket_id']}"
    return world.anybody("GET", path, X_Ticket_Secret=secret or ticket["secret"])


def ticket_state(world: World, ticket: Mapping[str, str]) -> str:
    """The state of the ticket."""
    return str(poll(world, ticket).body["state"])
