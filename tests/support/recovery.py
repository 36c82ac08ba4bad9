"""Recoveries of passwords through the API, step by step."""

from typing import Any

from testing.world import Answer, User, World
from tests.support.accounts import NEW_PASSWORD, elements_of, sign_in

Form = dict[str, Any]

REFUSED_CODE = {"email_code": "EMAIL_CODE"}
REFUSED_TOKEN = {"reset_token": "RESET_TOKEN"}
"""The fields of the refusals of a wrong code and of a wrong token."""


def typed(owner: User, **changes: Any) -> Form:
    """The form by which an enterprise without its licence at hand starts a recovery."""
    return {**elements_of(owner), "email": owner.account["email"], **changes}


def mistyped(owner: User) -> Form:
    """The same form with another enterprise's name: it matches no account."""
    return typed(owner, name="另一家测试企业")


def scanned(world: World, owner: User, holder: str = "delegate") -> Form:
    """The form with a confirmed scan of the enterprise's licence by this kind of holder."""
    return world.ticket("recover", elements_of(owner), holder)


def begin(world: World, form: Form) -> Answer:
    """The reply to the first step: who has forgotten the password."""
    return world.anybody("POST", "/recoveries", form)


def verify(world: World, recovery_id: str, code: str) -> Answer:
    """The reply to the second step: the mailed code."""
    return world.anybody("POST", f"/recoveries/{recovery_id}/verification", {"email_code": code})


def set_password(
    world: World,
    recovery_id: str,
    token: str,
    password: str = NEW_PASSWORD,
    confirmation: str | None = None,
    **more: Any,
) -> Answer:
    """The reply to the last step: the token of the second step and the new password."""
    form = {"reset_token": token, "password": password, "password_confirmation": confirmation or password, **more}
    return world.anybody("PUT", f"/recoveries/{recovery_id}/password", form)


def begun(world: World, form: Form, email: str) -> tuple[str, str]:
    """The id of a started recovery and the code that was mailed."""
    answer = begin(world, form)
    assert answer.status == 202
    return answer.body["recovery_id"], world.code(email)


def owner_recovery(world: World, owner: User, holder: str = "legal_representative") -> tuple[str, str]:
    """The id of a recovery that the owner of the enterprise began by scan, and its token."""
    answer = begin(world, scanned(world, owner, holder))
    assert answer.status == 202
    return answer.body["recovery_id"], answer.body["reset_token"]


def verified(world: World, owner: User) -> tuple[str, str]:
    """The id of a recovery whose code is verified, and its token."""
    recovery_id, code = begun(world, typed(owner), owner.account["email"])
    return recovery_id, verify(world, recovery_id, code).body["reset_token"]


def password_status(world: World, user: User, password: str) -> int:
    """The HTTP status of a sign-in of the user by this password."""
    return sign_in(world, user.account["role"], user.account["login"], password).status
