"""Stored passkeys of accounts, and the challenges that they sign (docs/domain.md 5.4, decision 0075)."""

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.config import settings
from chalicelib.repos.accounts import accounts
from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.webauthn import Registered
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import passkeys as rules
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.login_targets import NOBODY, LoginTarget
from chalicelib.rules.accounts.passkeys import Passkey, RelyingParty
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import AlreadyExists, FieldError, NotFound, invalid
from chalicelib.rules.base.vocabulary import AccountId

SEALED = ("name",)
KIND = "passkey"


class ChallengePurpose(StrEnum):
    """What a challenge is for. The values are part of stored keys: never change one."""

    SIGN_IN = "passkey sign-in"
    ADD = "passkey added"


def relying_party() -> RelyingParty:
    """The site of this deployment.

    Raises:
        Invalid: on `passkey`: its pages have no domain.
    """
    party = rules.relying_party(settings().web_origin)
    if party is None:
        raise invalid("passkey", "PASSKEY_ORIGIN")
    return party


# Challenges


def new_challenge(purpose: ChallengePurpose, owner: str, now: datetime) -> tuple[str, Write]:
    """A random challenge in base64url, and the write that stores it.

    Args:
        purpose: what it is for.
        owner: the id of the session that asks; empty for a sign-in, which has none.
        now: the moment of the request.
    """
    challenge = secrets.token_bytes(32)
    ends_at = now + limits.PASSKEY_CHALLENGE_LIFE
    pk, sk = _challenge_key(purpose, owner, challenge)
    item = {"pk": pk, "sk": sk, "ends_at": rfc3339(ends_at), "expires_at": int((ends_at + _DAY).timestamp())}
    return base64.urlsafe_b64encode(challenge).decode().rstrip("="), table.put(item)


def challenge_used(purpose: ChallengePurpose, owner: str, challenge: bytes, now: datetime) -> Write:
    """Use up a challenge; the transaction raises `Invalid` on `passkey` if it is unknown, used or too old."""
    return table.change(
        _challenge_key(purpose, owner, challenge),
        drop=["ends_at"],
        condition="#ends_at > :now",
        values={"now": rfc3339(now)},
        refusal=lambda _: refused(),
    )


def refused() -> Exception:
    """The refusal of a passkey, whatever is wrong: the reply does not tell."""
    return invalid("passkey", "PASSKEY")


_DAY = timedelta(days=1)


def _challenge_key(purpose: ChallengePurpose, owner: str, challenge: bytes) -> table.Key:
    return f"CODE#{purpose}#{owner}#{hashlib.sha256(challenge).hexdigest()}", "CHALLENGE"


# Passkeys


def user_handle(account: Account) -> str:
    """The handle by which authenticators know the account, in base64url: where it is stored, and nothing personal."""
    handle = f"{accounts.partition_owner_of(account)}:{account.id}"
    return base64.urlsafe_b64encode(handle.encode()).decode().rstrip("=")


def target_of(handle: str) -> LoginTarget:
    """Where a user handle leads; nowhere if it is none of ours."""
    try:
        text = base64.urlsafe_b64decode(handle + "=" * (-len(handle) % 4)).decode("ascii")
    except ValueError:
        return NOBODY
    owner, _, account_id = text.partition(":")
    is_handle = bool(owner and account_id) and "#" not in text
    return LoginTarget(owner, AccountId(account_id)) if is_handle else NOBODY


def id_of(credential_id: str) -> str:
    """The id of a passkey in the portal: the beginning of a hash of the one that the authenticator gave it."""
    return hashlib.sha256(credential_id.encode()).hexdigest()[:40]


def key_of(target: LoginTarget, passkey_id: str) -> table.Key:
    """Primary key of a passkey."""
    return f"ENT#{target.partition_owner}", f"PASSKEY#{target.account_id}#{passkey_id}"


def of_account(account: Account) -> list[Passkey]:
    """The valid passkeys of an account, oldest first."""
    found = sorted(_stored(account), key=lambda passkey: (passkey.created_at, passkey.id))
    return [passkey for passkey in found if passkey.epoch == account.passkey_epoch]


def get(account: Account, passkey_id: str) -> Passkey:
    """A valid passkey of the account.

    Raises:
        NotFound: the account has no such passkey.
    """
    item = table.get(key_of(_target(account), passkey_id))
    passkey = from_item(item) if item else None
    if passkey is None or passkey.epoch != account.passkey_epoch:
        raise NotFound
    return passkey


def added(account: Account, name: str, made: Registered, now: datetime) -> tuple[Passkey, list[Write]]:
    """A new passkey and the writes that store it, count it, and delete those that a recovery made void.

    The transaction raises `AlreadyExists` on `passkey` if the account has it, `ContentChanged` if that was changed.
    """
    passkey = Passkey(
        id_of(made.credential_id), account.id, name, made.credential, made.sign_count, account.passkey_epoch, now
    )
    void = [old for old in _stored(account) if old.epoch != account.passkey_epoch]
    pk, sk = key_of(_target(account), passkey.id)
    item = {
        "pk": pk,
        "sk": sk,
        "kind": KIND,
        "id": passkey.id,
        "account_id": account.id,
        "credential": passkey.credential,
        "sign_count": passkey.sign_count,
        "epoch": passkey.epoch,
        "created_at": rfc3339(now),
        **sealing.seal_fields({"name": name}, SEALED, f"{pk}#{sk}"),
    }
    is_void = passkey.id in {old.id for old in void}
    return passkey, [
        table.put(item, only_new=None if is_void else _known_already),
        accounts.account_changed(account, passkeys=account.passkeys + 1),
        *(table.delete(key_of(_target(account), old.id)) for old in void if old.id != passkey.id),
    ]


def removed(account: Account, passkey: Passkey) -> list[Write]:
    """Delete a passkey; the transaction raises `NotFound` or `ContentChanged` if another request was quicker."""
    at = key_of(_target(account), passkey.id)
    return [
        table.delete(at, {"id": passkey.id}, lambda _: NotFound()),
        accounts.account_changed(account, passkeys=account.passkeys - 1),
    ]


def renamed(account: Account, passkey: Passkey, name: str) -> Write:
    """Store another name; the transaction raises `NotFound` if the passkey was deleted meanwhile."""
    pk, sk = key_of(_target(account), passkey.id)
    return table.change(
        (pk, sk),
        assign=sealing.seal_fields({"name": name}, SEALED, f"{pk}#{sk}"),
        condition="attribute_exists(#id)",
        refusal=lambda _: NotFound(),
    )


def used(account: Account, passkey: Passkey, sign_count: int, now: datetime) -> Write:
    """Store the counter of a sign-in; the transaction raises `Invalid` on `passkey` if it has moved meanwhile."""
    return table.change(
        key_of(_target(account), passkey.id),
        assign={"sign_count": sign_count, "used_at": rfc3339(now)},
        condition="#sign_count = :seen",
        values={"seen": passkey.sign_count},
        refusal=lambda _: refused(),
    )


def void_attributes(account: Account) -> dict[str, Any]:
    """Attributes to assign in order to make all passkeys of an account void in one write: some may be an intruder's."""
    return {"passkey_epoch": account.passkey_epoch + 1, "passkeys": 0}


def from_item(item: table.Item) -> Passkey:
    """The passkey of an item."""
    clear = sealing.unseal_fields({"name": item["name"]}, f"{item['pk']}#{item['sk']}")
    return Passkey(
        id=item["id"],
        account_id=item["account_id"],
        name=clear["name"],
        credential=item["credential"],
        sign_count=item["sign_count"],
        epoch=item["epoch"],
        created_at=parse_time(item["created_at"]),
        used_at=parse_time(item["used_at"]) if "used_at" in item else None,
    )


def _stored(account: Account) -> list[Passkey]:
    target = _target(account)
    items = table.query_all(f"ENT#{target.partition_owner}", prefix=f"PASSKEY#{target.account_id}#")
    return [from_item(item) for item in items]


def _target(account: Account) -> LoginTarget:
    return LoginTarget(accounts.partition_owner_of(account), account.id)


def _known_already(_: table.Item | None) -> Exception:
    return AlreadyExists([FieldError("passkey", "TAKEN")])
