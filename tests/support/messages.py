"""Messages of an account through the API, and events that create some."""

from typing import Any

from testing.world import User, World


def messages_of(user: User, query: str = "") -> list[dict[str, Any]]:
    """The first page of the user's messages, newest first."""
    items: list[dict[str, Any]] = user.ok("GET", f"/messages{query}")["items"]
    return items


def unread_count(user: User) -> int:
    """The number of unread messages that the user's own page shows."""
    return int(user.ok("GET", "/me")["unread_messages"])


def submit_several(world: World, user: User, count: int) -> None:
    """Submit so many applications, one a second; each creates one message."""
    content = world.content(user)
    for _ in range(count):
        world.time.forward(seconds=1)
        user.ok("POST", "/applications", {"content": content})
