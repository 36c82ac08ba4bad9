"""Feedback of SES about mails: bounces and complaints, as published events or as older notifications.

Both forms have the same fields, except that the first is `eventType` or `notificationType`.
"""

from email.utils import parseaddr
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from chalicelib.rules.base.vocabulary import MailStatus


class _Part(BaseModel):
    """A part of the feedback; other fields are ignored."""

    model_config = ConfigDict(hide_input_in_errors=True)


class _Recipient(_Part):
    address: str = Field(alias="emailAddress", repr=False)


class _Bounce(_Part):
    kind: Literal["Permanent", "Transient", "Undetermined"] = Field(alias="bounceType")
    recipients: list[_Recipient] = Field(alias="bouncedRecipients")


class _Complaint(_Part):
    kind: str | None = Field(alias="complaintFeedbackType", default=None)
    recipients: list[_Recipient] = Field(alias="complainedRecipients")


class Feedback(_Part):
    """The feedback about one mail."""

    kind: str = Field(validation_alias=AliasChoices("eventType", "notificationType"))
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None

    def addresses(self) -> dict[str, MailStatus]:
        """Addresses that must get no more mail, with the reason; empty for temporary failures.

        Full mailboxes and unreachable servers are `Transient`: a later mail may arrive.
        """
        if self.kind == "Bounce" and self.bounce and self.bounce.kind == "Permanent":
            return _plain(self.bounce.recipients, MailStatus.BOUNCED)
        # `not-spam` reports that the reader moved the mail out of the junk folder: not a complaint.
        if self.kind == "Complaint" and self.complaint and self.complaint.kind != "not-spam":
            return _plain(self.complaint.recipients, MailStatus.COMPLAINED)
        return {}


def _plain(recipients: list[_Recipient], status: MailStatus) -> dict[str, MailStatus]:
    """The statuses by bare address: mail servers also report `Name <name@enterprise.example>`."""
    found = (parseaddr(recipient.address)[1] for recipient in recipients)
    return {address: status for address in found if "@" in address}


def read(message: str | bytes) -> Feedback:
    """The feedback in a message of SNS; pydantic's `ValidationError` if it is no such feedback."""
    return Feedback.model_validate_json(message)
