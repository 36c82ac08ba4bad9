"""忘记密码: a recovery from the request to the new password. Whether there is an account shows in its mail alone."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos.accounts.accounts import LoginTarget
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import NotFound, invalid
from chalicelib.rules.base.vocabulary import AccountId


@dataclass(frozen=True)
class Recovery:
    """One request for a new password; without a pointer it leads nowhere."""

    id: str
    way: str
    """By scan or by hand: strangers who ask by hand do not use up the codes of whoever holds the licence."""
    subject: str
    """What the e-mail code is bound to: a digest of the address."""
    login_target: LoginTarget | None
    started_at: datetime
    reset_hash: str = ""
    verified_at: datetime | None = None


def new_recovery(way: str, email: str, login_target: LoginTarget | None, now: datetime) -> tuple[Recovery, Write]:
    """A recovery for an address; alike for known and unknown ones."""
    recovery = Recovery(ids.new(), way, subject_of(email), login_target, now)
    pk, sk = _key(recovery.id)
    item = {
        "pk": pk,
        "sk": sk,
        "way": way,
        "subject": recovery.subject,
        "partition_owner": login_target.partition_owner if login_target else None,
        "account_id": login_target.account_id if login_target else None,
        "started_at": rfc3339(now),
        "expires_at": int((now + 2 * limits.RECOVERY_LIFE).timestamp()),
    }
    return recovery, table.put(item)


def get(recovery_id: str, now: datetime) -> Recovery:
    """A recovery within its time, or `NotFound`."""
    item = table.get(_key(recovery_id))
    if item is None or now >= parse_time(item["started_at"]) + 2 * limits.RECOVERY_LIFE:
        raise NotFound
    return Recovery(
        id=recovery_id,
        way=item["way"],
        subject=item["subject"],
        login_target=LoginTarget(item["partition_owner"], AccountId(item["account_id"]))
        if "partition_owner" in item
        else None,
        started_at=parse_time(item["started_at"]),
        reset_hash=item.get("reset_hash", ""),
        verified_at=parse_time(item["verified_at"]) if "verified_at" in item else None,
    )


def verified(recovery: Recovery, now: datetime) -> tuple[str, Write]:
    """The token that may set the password, once, within 30 minutes; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    write = table.change(_key(recovery.id), assign={"reset_hash": _hash(token), "verified_at": rfc3339(now)})
    return token, write


def check_token(recovery: Recovery, token: str, now: datetime) -> None:
    """Accept the token, or refuse it on its field."""
    in_time = recovery.verified_at is not None and now < recovery.verified_at + limits.RECOVERY_LIFE
    if not in_time or not hmac.compare_digest(recovery.reset_hash, _hash(token)):
        raise invalid("reset_token", "RESET_TOKEN")


def still_holds(recovery: Recovery, account: Account) -> bool:
    """Whether the account is still as it was: a new address or password ends every recovery begun before."""
    same_address = recovery.subject == subject_of(account.email)
    return same_address and (account.password_set_at is None or account.password_set_at <= recovery.started_at)


def recovery_used(recovery: Recovery) -> Write:
    """The token is used up with the password it sets."""
    return table.delete(
        _key(recovery.id), {"reset_hash": recovery.reset_hash}, lambda _: invalid("reset_token", "RESET_TOKEN")
    )


def subject_of(email: str) -> str:
    """What the codes of an address's recoveries are bound to."""
    return sealing.digest("recovery", email.casefold())


def _key(recovery_id: str) -> table.Key:
    return f"RECOVERY#{recovery_id}", "RECOVERY"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
