"""Sending one mail: a port, and its adapter to SES. The one to SMTP servers is in `smtp.py`."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.config import settings
from chalicelib.repos.process import aws

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import SendEmailRequestTypeDef


@dataclass(frozen=True)
class Letter:
    """One mail to one address."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    unsubscribe: str | None = None
    """Where the reader switches such mail off (`List-Unsubscribe`, RFC 2369); None where that is not possible."""


class NotSent(Exception):
    """The letter did not go out; the reason is the provider's code, never an address."""


class Throttled(NotSent):
    """The provider takes no more just now: nothing is wrong with this letter."""


class Mailer(Protocol):
    """Whatever can send a letter."""

    def send(self, letter: Letter) -> None:
        """Hand the letter over for delivery, or raise `NotSent`."""


THROTTLING = {
    "LimitExceeded",
    "LimitExceededException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
}
"""SES's codes for a quota that is used up, of the second or of the day."""


class SesMailer:
    """Amazon SES, version 2 of its API."""

    def send(self, letter: Letter) -> None:
        """Hand the letter to SES."""
        try:
            aws.client("sesv2").send_email(**_request(letter))
        except ClientError as error:
            code = aws.error_code(error)
            raise (Throttled if code in THROTTLING else NotSent)(code) from error
        except BotoCoreError as error:
            raise NotSent(type(error).__name__) from error


def _request(letter: Letter) -> "SendEmailRequestTypeDef":
    request: SendEmailRequestTypeDef = {
        "FromEmailAddress": settings().mail_from,
        "Destination": {"ToAddresses": [letter.to]},
        "Content": {
            "Simple": {
                "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": letter.text, "Charset": "UTF-8"},
                    "Html": {"Data": letter.html, "Charset": "UTF-8"},
                },
            }
        },
    }
    if letter.unsubscribe:
        request["Content"]["Simple"]["Headers"] = [{"Name": "List-Unsubscribe", "Value": f"<{letter.unsubscribe}>"}]
    if settings().mail_configuration_set:
        request["ConfigurationSetName"] = settings().mail_configuration_set
    return request


def configured_mailer() -> Mailer:
    """The adapter that the deployment's `mail_server` names."""
    if settings().mail_server == "ses":
        return SesMailer()
    from chalicelib.repos.mail.smtp import SmtpMailer  # only where there is no SES

    return SmtpMailer(settings().mail_server, settings().mail_parameter)


def is_allowed(address: str) -> bool:
    """Whether mail may go to the address: everybody in production, elsewhere only the allow-list."""
    config = settings()
    if config.is_production or "*" in config.mail_allowlist:
        return True
    domain = "@" + address.rpartition("@")[2]
    return address in config.mail_allowlist or domain in config.mail_allowlist
