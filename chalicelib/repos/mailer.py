"""Sending one mail: a port, and its adapter to SES."""

from dataclasses import dataclass, field
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.config import settings
from chalicelib.repos import aws


@dataclass(frozen=True)
class Letter:
    """One mail to one address."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


class NotSent(Exception):
    """The letter did not go out; the reason is the provider's code."""


class Mailer(Protocol):
    """Whatever can send a letter."""

    def send(self, letter: Letter) -> None:
        """Hand the letter over for delivery, or raise `NotSent`."""


class SesMailer:
    """Amazon SES, version 2 of its API."""

    def send(self, letter: Letter) -> None:
        """Hand the letter to SES."""
        try:
            aws.client("sesv2").send_email(
                FromEmailAddress=settings().mail_from,
                Destination={"ToAddresses": [letter.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": letter.text, "Charset": "UTF-8"},
                            "Html": {"Data": letter.html, "Charset": "UTF-8"},
                        },
                    }
                },
            )
        except ClientError as error:
            raise NotSent(aws.code_of(error)) from error
        except BotoCoreError as error:
            raise NotSent(type(error).__name__) from error


def is_allowed(address: str) -> bool:
    """Whether mail may go to the address: everybody in production, elsewhere only the allow-list."""
    config = settings()
    if config.is_production or "*" in config.mail_allowlist:
        return True
    domain = "@" + address.rpartition("@")[2]
    return address in config.mail_allowlist or domain in config.mail_allowlist
