"""Reports that mail servers return: RFC 3464 about delivery, RFC 5965 about complaints.

Anybody can send a mail to the mailbox that looks like a report. Only one that contains the id of a mail of the portal
to the same address counts: the id is signed for the address.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr
from typing import NamedTuple

from chalicelib.rules.base.vocabulary import MailStatus

FULL_MAILBOX = "5.2.2"
"""A permanent code for what passes: a later mail may arrive, as with SES."""
MESSAGE_ID = re.compile(r"<([0-9A-Za-z]+)\.([0-9a-f]{32})@[^>]+>")


class Report(NamedTuple):
    """One address of a report and the id of the mail that it is about."""

    address: str
    status: MailStatus
    mail_id: str
    signature: str


def read(raw: bytes) -> list[Report]:
    """The addresses that must get no more mail; empty for temporary failures and for any other mail."""
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    parts = list(message.walk())
    found = MESSAGE_ID.search(_original_id(parts))
    if not found:
        return []
    return [Report(address, status, *found.groups()) for address, status in _named(parts)]


def _original_id(parts: list[EmailMessage]) -> str:
    """The id of the returned mail: of the message within the report, or of its headers."""
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            return str(_first(part).get("Message-ID", ""))
        if part.get_content_type() == "text/rfc822-headers":
            headers = re.search(r"^Message-ID:\s*(<[^>]+>)", part.get_content(), re.IGNORECASE | re.MULTILINE)
            return headers[1] if headers else ""
    return ""


def _named(parts: list[EmailMessage]) -> Iterator[tuple[str, MailStatus]]:
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in _blocks(part):
                if _failed_for_good(block) and (address := _address(block.get("Final-Recipient", ""))):
                    yield address, MailStatus.BOUNCED
        elif kind == "message/feedback-report":
            for block in _blocks(part):
                if block.get("Feedback-Type", "") != "not-spam" and (
                    address := _address(block.get("Original-Rcpt-To", ""))
                ):
                    yield address, MailStatus.COMPLAINED


def _failed_for_good(block: Message) -> bool:
    status = str(block.get("Status", "")).strip()
    return (
        str(block.get("Action", "")).strip().lower() == "failed" and status.startswith("5.") and status != FULL_MAILBOX
    )


def _blocks(part: EmailMessage) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _first(part: EmailMessage) -> Message:
    return (_blocks(part) or [Message()])[0]


def _address(value: str) -> str:
    """The address of `rfc822; somebody@enterprise.example`."""
    address = parseaddr(str(value).rpartition(";")[2].strip())[1]
    return address if "@" in address else ""
