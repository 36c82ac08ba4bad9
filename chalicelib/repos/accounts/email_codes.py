"""E-mail codes: stored as digests, one for each purpose and owner (docs/domain.md 5.5, decision 0069).

The owner is who asked: a ticket, an account or a recovery. A request of somebody else neither replaces the code nor
uses up its tries.
"""

import secrets
from datetime import datetime
from typing import Any

from chalicelib.repos.keys import sealing
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.accounts import email_codes as rules
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.email_codes import SentCode
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import day_of, parse_time, rfc3339
from chalicelib.rules.base.errors import TooManyRequests, invalid
from chalicelib.rules.base.vocabulary import EnterpriseId


def issue_code(
    purpose: CodePurpose, owner: str, address: str, now: datetime, enterprise_id: EnterpriseId | None = None
) -> tuple[str, Write]:
    """A new code and the write that stores it in place of the older one of its owner.

    Args:
        purpose: what the code is for; codes of different purposes are counted separately.
        owner: the id of the ticket, the account or the recovery that asks for it.
        address: the address that the code proves; empty if it proves none.
        now: the moment of the request.
        enterprise_id: the enterprise of the account that it is about, if any.

    Raises:
        TooManyRequests: `check_pace` refuses another code; the transaction raises it if a concurrent request sends one.
    """
    code = f"{secrets.randbelow(10**limits.EMAIL_CODE_DIGITS):0{limits.EMAIL_CODE_DIGITS}d}"
    primary_key = code_key(purpose, owner)
    item = table.get(primary_key)
    last = _to_sent_code(item) if item else None
    rules.check_pace(last, now)
    fresh = {
        "pk": primary_key[0],
        "sk": primary_key[1],
        "enterprise_id": enterprise_id,
        "code": _digest(purpose, owner, address, code),
        "sent_at": rfc3339(now),
        "day": day_of(now),
        "sent": rules.sent_today(last, now) + 1,
        "tries": 0,
        "expires_at": int(now.timestamp()) + 2 * rules.DAY_SECONDS,
    }
    if item is None:
        return code, table.put(fresh, only_new=_too_soon)
    return code, table.replace(fresh, {"sent_at": item["sent_at"]}, _too_soon)


def redeemed(purpose: CodePurpose, owner: str, address: str, code: str, now: datetime) -> Write:
    """Use a code up in the transaction of the act that it was asked for.

    A wrong code is counted at once, in a transaction of its own; after five wrong codes the code is refused. Both
    writes require the code that was read and fewer than five tries, so that concurrent requests get no more tries, and
    no try is counted against a newer code.

    Raises:
        Invalid: on `email_code`: the code is wrong, too old, used, or was tried too often; the reply does not tell.
    """
    primary_key = code_key(purpose, owner)
    item = table.get(primary_key)
    refusal = invalid("email_code", "EMAIL_CODE")
    if item is None:
        raise refusal
    sent = _to_sent_code(item)
    if not sent.is_redeemable(now):
        raise refusal
    unchanged: dict[str, Any] = {
        "condition": "#code = :code AND #tries < :most",
        "values": {"code": item["code"], "most": limits.EMAIL_CODE_TRIES},
        "refusal": lambda _: refusal,
    }
    if not sent.has_tries_left or item["code"] != _digest(purpose, owner, address, code):
        with outcomes.unseen_by_users():
            table.commit(table.change(primary_key, add={"tries": 1}, **unchanged))
        raise refusal
    return table.change(primary_key, drop=["code"], **unchanged)


def code_key(purpose: str, owner: str) -> table.Key:
    """Primary key of the code for a purpose and an owner."""
    return f"CODE#{purpose}#{owner}", "CODE"


def _to_sent_code(item: Item) -> SentCode:
    return SentCode(
        sent_at=parse_time(item["sent_at"]),
        day=item["day"],
        sent=item["sent"],
        tries=item["tries"],
        is_redeemed="code" not in item,
    )


def _too_soon(_: Item | None) -> Exception:
    return TooManyRequests(int(limits.EMAIL_CODE_RESEND.total_seconds()))


def _digest(purpose: CodePurpose, owner: str, address: str, code: str) -> str:
    return sealing.digest("code", f"{purpose}\n{owner}\n{address.casefold()}\n{code}")
