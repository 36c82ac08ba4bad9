"""What SES tells of mails: bounces and complaints, in the form of event publishing and in the older of notifications.

Both forms name the same facts; only the name of the first field differs (`eventType`, `notificationType`).
"""

from email.utils import parseaddr
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from chalicelib.rules.base.vocabulary import MailStatus


class _Told(BaseModel):
    """A part of what SES tells; the rest of it is not ours."""

    model_config = ConfigDict(hide_input_in_errors=True)


class _Recipient(_Told):
    address: str = Field(alias="emailAddress", repr=False)


class _Bounce(_Told):
    kind: Literal["Permanent", "Transient", "Undetermined"] = Field(alias="bounceType")
    recipients: list[_Recipient] = Field(alias="bouncedRecipients")


class _Complaint(_Told):
    kind: str | None = Field(alias="complaintFeedbackType", default=None)
    recipients: list[_Recipient] = Field(alias="complainedRecipients")


class Feedback(_Told):
    """One event of one mail. `ValidationError` for what is none."""

    kind: str = Field(validation_alias=AliasChoices("eventType", "notificationType"))
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None

    def addresses(self) -> dict[str, MailStatus]:
        """Addresses that mail must not go to any more, and why; none for whatever passes by itself.

        Full mailboxes and servers that are down are `Transient`: SES has tried for hours, the next mail may arrive.
        """
        if self.kind == "Bounce" and self.bounce and self.bounce.kind == "Permanent":
            return _plain(self.bounce.recipients, MailStatus.BOUNCED)
        # Who takes a mail out of the junk folder reports it as `not-spam`: that is no complaint.
        if self.kind == "Complaint" and self.complaint and self.complaint.kind != "not-spam":
            return _plain(self.complaint.recipients, MailStatus.COMPLAINED)
        return {}


def _plain(recipients: list[_Recipient], status: MailStatus) -> dict[str, MailStatus]:
    """Bare addresses: mail servers report `Somebody <somebody@enterprise.example>` as well."""
    found = (parseaddr(each.address)[1] for each in recipients)
    return {address: status for address in found if "@" in address}


def read(message: str | bytes) -> Feedback:
    """Read the text that SNS delivers."""
    return Feedback.model_validate_json(message)
