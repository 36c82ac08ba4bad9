"""The mail that the engine's SES has accepted, as a mailbox: one item per recipient, newest first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from typing import Any

from sandbox.engine.engine import Engine
from sandbox.errors import EngineDown


@dataclass(frozen=True)
class Mail:
    """One mail as one recipient got it."""

    to: str
    subject: str
    text: str
    html: str | None
    sent_at: str


class Mailbox:
    """Reads the engine's record of sent mail; nothing ever leaves the machine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def mails(self, to: str | None = None) -> list[Mail]:
        """Everybody's mail, or one address's (upper and lower case are the same)."""
        status, body = self._engine.request("GET", "/_ministack/ses/messages")
        if status != 200:
            raise EngineDown(f"the mailbox answered {status}")
        accounts: dict[str, list[dict[str, Any]]] = json.loads(body)["messages"]
        records = [record for sent in accounts.values() for record in sent]
        # Reversed after sorting: of mails in the same instant the later sent comes first.
        newest_first = sorted(records, key=lambda record: record["Timestamp"])[::-1]
        found = (mail for record in newest_first for mail in _per_recipient(record))
        return [mail for mail in found if to is None or mail.to.casefold() == to.strip().casefold()]


def _per_recipient(record: dict[str, Any]) -> Iterator[Mail]:
    sent_at = datetime.fromtimestamp(record["Timestamp"], UTC).isoformat(timespec="milliseconds")
    for recipient in (*record["To"], *record["CC"], *record["BCC"]):
        yield Mail(
            to=recipient,
            # A raw mail's subject comes as it was encoded.
            subject=str(make_header(decode_header(record["Subject"]))),
            text=record["BodyText"] or "",
            html=record["BodyHtml"] or None,
            sent_at=sent_at.replace("+00:00", "Z"),
        )
