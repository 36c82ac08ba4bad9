"""Sending mail through an SMTP server, always with TLS, for regions without SES."""

import functools
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.config import settings
from chalicelib.repos.mail import message_ids
from chalicelib.repos.mail.port import Letter, NotSent, Throttled
from chalicelib.repos.process import aws
from chalicelib.rules.base.errors import Misconfigured

TIMEOUT = 10
"""Seconds for the connection and for each reply."""

PORTS = {"smtps": 465, "smtp": 587}
"""Default ports of implicit TLS and of STARTTLS."""

THROTTLING = (421, 454)
"""Reply codes of a server that accepts no more letters at the moment; SES over SMTP sends 454."""


class SmtpMailer:
    """One SMTP server; a connection for each letter."""

    def __init__(self, server: str, secret: str) -> None:
        url = urlsplit(server)
        if url.scheme not in PORTS or not url.hostname:
            raise Misconfigured("ABTC_MAIL_SERVER")
        self._implicit = url.scheme == "smtps"
        self._host = url.hostname
        self._port = url.port or PORTS[url.scheme]
        self._user = unquote(url.username or "")
        self._secret = secret

    def send(self, letter: Letter) -> None:
        """Hand a letter to the server, as `Mailer.send`."""
        try:
            with self._connected() as server:
                if self._user:
                    server.login(self._user, password(self._secret))
                server.send_message(_message(letter), settings().mail_from, [letter.to])
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            raise _refusal(code) from error
        except smtplib.SMTPAuthenticationError as error:
            password.cache_clear()  # it may have changed
            raise _refusal(error.smtp_code) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from error

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._implicit:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
        try:
            # Send neither the password nor the letter to a server without TLS.
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


@functools.cache
def password(parameter: str) -> str:
    """The password in an SSM parameter, read once for each process.

    For a parameter `/aws/reference/secretsmanager/<name>` SSM reads Secrets Manager.

    Raises:
        NotSent: The parameter cannot be read.
    """
    try:
        reply = aws.client("ssm").get_parameter(Name=parameter, WithDecryption=True)
    except ClientError as error:
        raise NotSent(aws.error_code(error)) from error
    except BotoCoreError as error:
        raise NotSent(type(error).__name__) from error
    return str(reply["Parameter"]["Value"])


def _refusal(code: int) -> NotSent:
    return (Throttled if code in THROTTLING else NotSent)(f"SMTP {code}")


def _message(letter: Letter) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings().mail_from
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = message_ids.make(letter.to, settings().mail_from.rpartition("@")[2])
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
