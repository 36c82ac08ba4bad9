"""Applications through the API: to read one and to act on it."""

from typing import Any

from testing.world import Answer, User

EARLY, REPLACE, CHANGE, CANCEL = "early_card", "replace_card", "change_passport", "cancel_card"
"""The follow-up services."""


def application_of(user: User, number: str) -> dict[str, Any]:
    """The application as the user sees it."""
    application: dict[str, Any] = user.ok("GET", f"/applications/{number}")
    return application


def act(user: User, number: str, action: str, version: int) -> Answer:
    """The reply to an applicant's action, such as `withdraw`, on the application at this status version."""
    return user("POST", f"/applications/{number}/{action}", {"status_version": version})
