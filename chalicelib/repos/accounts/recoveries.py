"""忘记密码: recoveries, from the request to the new password (docs/domain.md 5.5).

Recoveries of known and unknown addresses are stored alike; only the mail tells whether there is an account.
"""

import hashlib
import secrets
from datetime import datetime

from chalicelib.repos.accounts import claims
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.login_targets import LoginTarget
from chalicelib.rules.accounts.recoveries import Recovery
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import NotFound, invalid


def new_recovery(
    way: CodePurpose, email: str, login_target: LoginTarget | None, now: datetime, token: str = ""
) -> tuple[Recovery, Write]:
    """A new recovery and the write that stores it.

    Args:
        way: the purpose of its e-mail code.
        email: the address that the code goes to.
        login_target: the account whose password it may set; None for an unknown address.
        now: the moment of the request.
        token: the token that may set the password, if no code has to be verified.
    """
    reset_hash, verified_at = (_hash(token), now) if token else ("", None)
    recovery = Recovery(ids.new(), way, subject_of(email), login_target, now, reset_hash, verified_at)
    pk, sk = _key(recovery.id)
    item = {
        "pk": pk,
        "sk": sk,
        "way": way,
        "subject": recovery.subject,
        "partition_owner": login_target.partition_owner if login_target else None,
        "account_id": login_target.account_id if login_target else None,
        "started_at": rfc3339(now),
        "reset_hash": reset_hash or None,
        "verified_at": rfc3339(now) if token else None,
        "expires_at": int((now + 2 * limits.RECOVERY_LIFE).timestamp()),
    }
    return recovery, table.put(item)


def find(recovery_id: str, now: datetime) -> Recovery | None:
    """A recovery within its time; None if there is none, it was used, or its time is over."""
    item = table.get(_key(recovery_id)) if recovery_id else None
    recovery = _from_item(recovery_id, item) if item else None
    return recovery if recovery is not None and recovery.is_open(now) else None


def get(recovery_id: str, now: datetime) -> Recovery:
    """A recovery within its time.

    Raises:
        NotFound: there is none, or its time is over.
    """
    recovery = find(recovery_id, now)
    if recovery is None:
        raise NotFound
    return recovery


def verified(recovery: Recovery, now: datetime) -> tuple[str, Write]:
    """A token that may set the password, and the write that stores its hash in place of an earlier one.

    The transaction raises `NotFound` if the recovery was used meanwhile.
    """
    token = new_token()
    write = table.change(
        _key(recovery.id),
        assign={"reset_hash": _hash(token), "verified_at": rfc3339(now)},
        condition="attribute_exists(#pk)",
        refusal=lambda _: NotFound(),
    )
    return token, write


def new_token() -> str:
    """A random token."""
    return secrets.token_urlsafe(32)


def check_token(recovery: Recovery, token: str, now: datetime) -> None:
    """Accept the token of a recovery.

    Raises:
        Invalid: on `reset_token`: it is not the recovery's token, or its time is over.
    """
    if not recovery.is_token_valid(_hash(token), now):
        raise invalid("reset_token", "RESET_TOKEN")


def recovery_used(recovery: Recovery) -> Write:
    """Delete the recovery with the act that sets the password; the transaction raises `Invalid` if it was used."""
    return table.delete(
        _key(recovery.id), {"reset_hash": recovery.reset_hash}, lambda _: invalid("reset_token", "RESET_TOKEN")
    )


def subject_of(email: str) -> str:
    """What the codes of an address's recoveries are bound to: a digest of the address."""
    return sealing.digest("recovery", email.casefold())


def _from_item(recovery_id: str, item: table.Item) -> Recovery:
    return Recovery(
        id=recovery_id,
        way=CodePurpose(item["way"]),
        subject=item["subject"],
        login_target=claims.to_login_target(item) if "partition_owner" in item else None,
        started_at=parse_time(item["started_at"]),
        reset_hash=item.get("reset_hash", ""),
        verified_at=parse_time(item["verified_at"]) if "verified_at" in item else None,
    )


def _key(recovery_id: str) -> table.Key:
    return f"RECOVERY#{recovery_id}", "RECOVERY"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
