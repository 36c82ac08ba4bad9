"""Idempotency-Keys: for 24 hours the same key gives the same reply, and another body under it is refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import IdempotencyKeyReused, InProgress, TooLarge
from chalicelib.rules.base.vocabulary import AccountId


class Replayed(Exception):
    """The request was answered before: this is that reply."""

    def __init__(self, reply: str) -> None:
        super().__init__()
        self.reply = reply


@dataclass(frozen=True)
class IdempotencyKey:
    """One key of one account, with the digests of the request it came with."""

    account_id: AccountId
    key: str
    digests: tuple[str, ...]
    """Under the current key and under older ones: a reply is remembered beyond a change of keys."""

    @property
    def at(self) -> table.Key:
        """Primary key of what is remembered."""
        return f"IDEM#{self.account_id}#{self.key}", "IDEM"

    def replay(self, item: table.Item | None) -> None:
        """Raise what was remembered: `Replayed`, or why it cannot be. Return if nothing was."""
        if item is None:
            return
        if item["digest"] not in self.digests:
            raise IdempotencyKeyReused
        raise Replayed(sealing.unseal_json(item["reply"], self.at[0]))

    def remember(self, reply: str, now: datetime) -> Write:
        """The part that remembers the reply in the act itself; raises what is remembered if that was quicker.

        `TooLarge` if the reply does not fit into an item: no reply of a body that is taken is so large.
        """
        sealed = sealing.seal_json(reply, self.at[0])
        if len(sealed) > limits.REMEMBERED_BYTES:
            raise TooLarge
        return table.put(self._item(now) | {"reply": sealed}, only_new=self._taken)

    def _item(self, now: datetime) -> dict[str, Any]:
        pk, sk = self.at
        expires_at = int((now + limits.IDEMPOTENCY_LIFE).timestamp())
        return {"pk": pk, "sk": sk, "digest": self.digests[0], "expires_at": expires_at}

    def _taken(self, old: table.Item | None) -> Exception:
        try:
            self.replay(old)
        except (Replayed, IdempotencyKeyReused) as answer:
            return answer
        return InProgress()


def idempotency_key(account_id: AccountId, key: str, target: str, raw_body: bytes) -> IdempotencyKey:
    """The key that came with a request, bound to its target and body."""
    return IdempotencyKey(account_id, key, tuple(sealing.digests("idempotency", f"{target}\n{_canonical(raw_body)}")))


def remembering(idempotency_key: IdempotencyKey | None, reply: str, now: datetime) -> list[Write]:
    """What to put before all other parts of an act: whoever comes second with the same key gets the same reply."""
    return [idempotency_key.remember(reply, now)] if idempotency_key else []


def _canonical(raw_body: bytes) -> str:
    body: Mapping[str, Any] = json.loads(raw_body or b"{}")
    return json.dumps(body, sort_keys=True, ensure_ascii=False)
