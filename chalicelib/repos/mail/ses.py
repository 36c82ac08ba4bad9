"""Sending mail through Amazon SES."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.config import settings
from chalicelib.repos.mail.port import Letter, NotSent, Throttled
from chalicelib.repos.process import aws

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import SendEmailRequestTypeDef

THROTTLING = {
    "LimitExceeded",
    "LimitExceededException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
}
"""Error codes of SES for an exceeded quota, of the second or of the day."""


class SesMailer:
    """Amazon SES, version 2 of its API."""

    def send(self, letter: Letter) -> None:
        """Hand a letter to SES, as `Mailer.send`."""
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
