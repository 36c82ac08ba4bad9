"""The actions that a reply offers, and the requests that do them, made exactly as the reply says."""

from collections.abc import Callable, Mapping
from typing import Any

from testing import people
from testing.follow_ups import CARD_END
from testing.world import Answer, User

ANSWERS: Mapping[str, Callable[[], str]] = {
    "reason": lambda: "材料有误",
    "card_number": lambda: f"CN{people.serial():06d}",
    "valid_until": lambda: CARD_END,
    "decision": lambda: "approved",
    "number": lambda: f"CHN{people.serial():07d}",
}
"""What a reader fills in, by field."""


def actions(shown: Mapping[str, Any]) -> list[str]:
    """The names of the actions that a reply offers."""
    return [offer["action"] for offer in shown["allowed_actions"]]


def perform(user: User, offer: Mapping[str, Any], content: Any) -> Answer:
    """Send the request of an offer.

    Args:
        user: who read the offer.
        offer: as in the reply.
        content: what the reader sends where the body is the whole content.
    """
    filled_in = {name: ANSWERS[name]() for name in offer["required"]}
    body = content if offer["body"] is None else {**offer["body"], **filled_in}
    return user(offer["method"], offer["path"].format(code="SGP"), body, If_Match=offer["if_match"])
