"""A mailbox of the mail that the engine's SES has accepted: one entry for each recipient, newest first."""

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
    """One mail to one recipient."""

    to: str
    subject: str
    text: str
    html: str | None
    sent_at: str


class Mailbox:
    """Reads the engine's record of sent mail; no mail leaves the machine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def mails(self, to: str | None = None) -> list[Mail]:
        """All mail, or the mail of one address in any case.

        Raises:
            EngineDown: the engine does not answer.
        """
        status, body = self._engine.request("GET", "/_ministack/ses/messages")
        if status != 200:
            raise EngineDown(f"the mailbox answered {status}")
        accounts: dict[str, list[dict[str, Any]]] = json.loads(body)["messages"]
        records = [record for sent in accounts.values() for record in sent]
        # Sorting is stable: reversing it afterwards puts the later of two mails with equal times first.
        newest_first = sorted(records, key=lambda record: record["Timestamp"])[::-1]
        found = (mail for record in newest_first for mail in _per_recipient(record))
        return [mail for mail in found if to is None or mail.to.casefold() == to.strip().casefold()]


def _per_recipient(record: dict[str, Any]) -> Iterator[Mail]:
    sent_at = datetime.fromtimestamp(record["Timestamp"], UTC).isoformat(timespec="milliseconds")
    for recipient in (*record["To"], *record["CC"], *record["BCC"]):
        yield Mail(
            to=recipient,
            # The subject of a raw mail is still encoded.
            subject=str(make_header(decode_header(record["Subject"]))),
            text=record["BodyText"] or "",
            html=record["BodyHtml"] or None,
            sent_at=sent_at.replace("+00:00", "Z"),
        )
