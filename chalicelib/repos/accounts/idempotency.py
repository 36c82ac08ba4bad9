"""Replies stored under an Idempotency-Key: for 24 hours a repeated request gets the reply of the first one."""

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
    """Raised when the request was answered before; carries that reply as JSON text."""

    def __init__(self, reply: str) -> None:
        super().__init__()
        self.reply = reply


@dataclass(frozen=True)
class IdempotencyKey:
    """One key of one account, bound to the request that it came with."""

    account_id: AccountId
    name: str
    digests: tuple[str, ...]
    """Digests of the request under the current digest key and older ones, so that a rotation of keys loses no reply."""

    @property
    def key(self) -> table.Key:
        """Primary key of the stored reply."""
        return item_key(self.account_id, self.name)

    def replay(self, item: table.Item | None) -> None:
        """Raise the stored reply; return if the key is new.

        Args:
            item: what the table holds under `key`, None if nothing.

        Raises:
            Replayed: the request was answered before.
            IdempotencyKeyReused: the key was used for another request.
        """
        if item is None:
            return
        if item["digest"] not in self.digests:
            raise IdempotencyKeyReused
        raise Replayed(sealing.unseal_json(item["reply"], self.key[0]))

    def replay_stored(self) -> None:
        """Read the stored reply as it is now and raise it as `replay` does; return if there is none."""
        self.replay(table.get(self.key))

    def reply_stored(self, reply: str, now: datetime) -> Write:
        """The reply (JSON text), stored for 24 hours in the transaction of the act that it answers.

        The transaction raises what `replay` raises if a concurrent request with this key was faster.

        Raises:
            TooLarge: the sealed reply does not fit into an item of the table.
        """
        sealed = sealing.seal_json(reply, self.key[0])
        if len(sealed) > limits.MAX_STORED_REPLY_BYTES:
            raise TooLarge
        pk, sk = self.key
        expires_at = int((now + limits.IDEMPOTENCY_LIFE).timestamp())
        item = {"pk": pk, "sk": sk, "digest": self.digests[0], "expires_at": expires_at, "reply": sealed}
        return table.put(item, only_new=self._exists)

    def _exists(self, item: table.Item | None) -> Exception:
        try:
            self.replay(item)
        except (Replayed, IdempotencyKeyReused) as answer:
            return answer
        return InProgress()


def item_key(account_id: str, name: str) -> table.Key:
    """Primary key of the reply stored under a key of an account."""
    return f"IDEM#{account_id}#{name}", "IDEM"


def bound_key(account_id: AccountId, name: str, target: str, raw_body: bytes) -> IdempotencyKey:
    """The key of that name, bound to a request's target (method and path) and body (JSON)."""
    return IdempotencyKey(account_id, name, tuple(sealing.digests("idempotency", f"{target}\n{_canonical(raw_body)}")))


def _canonical(raw_body: bytes) -> str:
    body: Mapping[str, Any] = json.loads(raw_body or b"{}")
    return json.dumps(body, sort_keys=True, ensure_ascii=False)
