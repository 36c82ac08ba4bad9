"""两步验证 of officers: one-time codes of an authenticator app (RFC 6238), and recovery codes (docs/domain.md 5.4)."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.rules.base import limits

ISSUER = "APEC商务旅行卡"
"""The name under which an authenticator app shows the account."""


class Requirement(StrEnum):
    """Whether a deployment requires two steps of its officers."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class SecondFactor:
    """The secret that an officer's authenticator app shares with the portal.

    Attributes:
        secret: base32; empty until the first one is confirmed.
        pending: a new secret that no code has confirmed yet; empty for none.
        last_step: the time step of the last code that was accepted, in units of 30 seconds since 1970.
        recovery_digests: SHA-256 of each recovery code that is left, in hexadecimal.
    """

    secret: str = field(default="", repr=False)
    pending: str = field(default="", repr=False)
    last_step: int = 0
    recovery_digests: tuple[str, ...] = field(default=(), repr=False)


def accepted_step(secret: str, code: str, last_step: int, now: datetime) -> int | None:
    """The time step of a right code; None for a wrong code and for one that was used before.

    The code before and after the current one are accepted too, because clocks differ.

    Args:
        secret: base32.
        code: six digits, or anything else that was typed.
        last_step: the step of the last accepted code; codes of it and of earlier ones are refused.
        now: the moment of the request.
    """
    from pyotp import TOTP  # imported late: only officers' sign-ins need it

    totp = TOTP(secret)
    current = totp.timecode(now)
    around = range(current - limits.SECOND_FACTOR_DRIFT, current + limits.SECOND_FACTOR_DRIFT + 1)
    right = [step for step in around if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())]
    return next((step for step in right if step > last_step), None)


def provisioning_uri(secret: str, login: str) -> str:
    """The `otpauth` address that an authenticator app reads from a QR code."""
    from pyotp import TOTP  # imported late: only enrolments need it

    return TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
