"""Stored second factors of officers. The secrets are sealed; recovery codes are stored as hashes only."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.config import settings
from chalicelib.repos.accounts import accounts
from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import second_factor
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.second_factor import Requirement, SecondFactor
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import Role

SEALED = ("secret", "pending")


class CodeUse(NamedTuple):
    """What using up a code changes in the stored item, provided that the item is as it was read."""

    assign: Mapping[str, Any]
    condition: str
    seen: Any

    @property
    def is_recovery(self) -> bool:
        """Whether it is a recovery code."""
        return "recovery_digests" in self.assign


def get(account: Account) -> SecondFactor:
    """What is stored for an officer; an empty one if nothing is."""
    pk, sk = _key(account)
    item = table.get((pk, sk)) or {}
    clear = sealing.unseal_fields({name: item[name] for name in SEALED if name in item}, f"{pk}#{sk}")
    return SecondFactor(
        secret=clear.get("secret", ""),
        pending=clear.get("pending", ""),
        last_step=item.get("last_step", 0),
        recovery_digests=tuple(item.get("recovery_digests", ())),
    )


def is_required() -> bool:
    """Whether this deployment requires a second step of officers."""
    return Requirement(settings().second_factor) is Requirement.REQUIRED


def is_missing(account: Account) -> bool:
    """Whether the account must set up its second step before anything else."""
    return is_required() and account.role is Role.OFFICER and not account.has_second_factor


def new_secret() -> str:
    """A random secret of 160 bits, base32."""
    from pyotp import random_base32  # imported late: only enrolments need it

    return str(random_base32())


def new_recovery_codes() -> tuple[str, ...]:
    """Random recovery codes of 80 bits: four groups of four letters and digits."""
    return tuple(_code() for _ in range(limits.RECOVERY_CODES))


def digest_of(code: str) -> str:
    """The form in which a recovery code is stored; hyphens, blanks and letter case make no difference."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    # A plain hash is enough: the codes are random and long.
    return hashlib.sha256(plain.encode()).hexdigest()


def begun(account: Account, secret: str) -> Write:
    """Store a new secret that no code has confirmed; a confirmed one stays valid beside it."""
    return table.change(_key(account), assign=_sealed(account, {"pending": secret}) | {"kind": "second_factor"})


def confirmed(account: Account, secret: str, step: int, codes: tuple[str, ...]) -> Write:
    """Make a new secret the valid one, with new recovery codes in place of those that were left."""
    pk, sk = _key(account)
    return table.put(
        {
            "pk": pk,
            "sk": sk,
            "kind": "second_factor",
            **_sealed(account, {"secret": secret}),
            "last_step": step,
            "recovery_digests": [digest_of(code) for code in codes],
        }
    )


def use_of(factor: SecondFactor, code: str, now: datetime) -> CodeUse | None:
    """How a right code is used up: one of the app by its time step, a recovery code by its removal; None for others."""
    step = second_factor.accepted_step(factor.secret, code, factor.last_step, now)
    if step is not None:
        return CodeUse({"last_step": step}, "#last_step < :seen", step)
    digest = digest_of(code)
    if digest not in factor.recovery_digests:
        return None
    left = [other for other in factor.recovery_digests if other != digest]
    return CodeUse({"recovery_digests": left}, "#recovery_digests = :seen", list(factor.recovery_digests))


def code_used(account: Account, use: CodeUse, pending: str = "") -> Write:
    """Use up a code, and store a new secret if one is given.

    The transaction raises `Invalid` on `one_time_code` if this or another code was used meanwhile.
    """
    return table.change(
        _key(account),
        assign={**use.assign, **(_sealed(account, {"pending": pending}) if pending else {})},
        condition=use.condition,
        values={"seen": use.seen},
        refusal=lambda _: refused(),
    )


def removed(account: Account) -> Write:
    """Delete the second factor of an officer."""
    return table.delete(_key(account))


def refused() -> Exception:
    """The refusal of a code that is wrong or was used before."""
    return invalid("one_time_code", "SECOND_FACTOR_CODE")


def _key(account: Account) -> table.Key:
    return f"ENT#{accounts.partition_owner_of(account)}", f"FACTOR#{account.id}"


def _sealed(account: Account, values: dict[str, str]) -> dict[str, Any]:
    return sealing.seal_fields(values, SEALED, "#".join(_key(account)))


def _code() -> str:
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))
