"""E-mail codes: six digits, ten minutes, a minute between two, five tries, ten a day for each address."""

import math
import secrets
from datetime import datetime
from typing import Any

from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import day_of, parse_time, rfc3339, seconds_to_midnight
from chalicelib.rules.base.errors import TooManyRequests, invalid


def issue_code(purpose: str, subject: str, now: datetime) -> tuple[str, Write]:
    """A new code for the subject (an address, a recovery): the older one dies.

    The part raises `TooManyRequests` within a minute of the last one and after ten in a day.
    """
    code = f"{secrets.randbelow(10**limits.EMAIL_CODE_DIGITS):0{limits.EMAIL_CODE_DIGITS}d}"
    at = code_key(purpose, subject)
    item = table.get(at) or {}
    today = day_of(now)
    sent = item.get("sent", 0) if item.get("day") == today else 0
    if "sent_at" in item:
        _check_pace(parse_time(item["sent_at"]), sent, now)
    fresh = {
        "pk": at[0],
        "sk": at[1],
        "code": _digest(purpose, subject, code),
        "sent_at": rfc3339(now),
        "day": today,
        "sent": sent + 1,
        "tries": 0,
        "expires_at": int(now.timestamp()) + 2 * 86_400,
    }
    if not item:
        return code, table.put(fresh, only_new=_too_soon)
    return code, table.replace(fresh, {"sent_at": item["sent_at"]}, _too_soon)


def redeemed(purpose: str, subject: str, code: str, now: datetime, field: str = "email_code") -> Write:
    """The part that uses the code up in the act it was asked for.

    A wrong code is counted at once, in a write of its own; after five the code is dead. Both writes want the code that
    was read, and fewer than five tries: side by side, no more are counted, and none on a code that came meanwhile.

    Raises:
        Invalid: on the field: wrong, too old, used, or tried too often. Which one is not told.

    """
    at = code_key(purpose, subject)
    item = table.get(at)
    refusal = invalid(field, "EMAIL_CODE")
    if item is None or now >= parse_time(item["sent_at"]) + limits.EMAIL_CODE_LIFE or "code" not in item:
        raise refusal
    alive: dict[str, Any] = {
        "condition": "#code = :code AND #tries < :most",
        "values": {"code": item["code"], "most": limits.EMAIL_CODE_TRIES},
        "refusal": lambda _: refusal,
    }
    if item["tries"] >= limits.EMAIL_CODE_TRIES or item["code"] != _digest(purpose, subject, code):
        table.commit(table.change(at, add={"tries": 1}, **alive))
        raise refusal
    return table.change(at, drop=["code"], **alive)


def _check_pace(sent_at: datetime, sent_today: int, now: datetime) -> None:
    wait = (sent_at + limits.EMAIL_CODE_RESEND - now).total_seconds()
    if wait > 0:
        raise TooManyRequests(math.ceil(wait))
    if sent_today >= limits.EMAIL_CODE_A_DAY:
        raise TooManyRequests(seconds_to_midnight(now))


def _too_soon(_: Item | None) -> Exception:
    return TooManyRequests(int(limits.EMAIL_CODE_RESEND.total_seconds()))


def code_key(purpose: str, subject: str) -> table.Key:
    """Primary key of the code for a purpose and a subject."""
    return f"CODE#{purpose}#{sealing.digest('email-code', subject.casefold())}", "CODE"


def _digest(purpose: str, subject: str, code: str) -> str:
    return sealing.digest("code", f"{purpose}\n{subject.casefold()}\n{code}")
