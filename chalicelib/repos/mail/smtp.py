"""Sending mail through an SMTP server, always under TLS: for regions without SES."""

import functools
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.config import settings
from chalicelib.repos.mail.port import Letter, NotSent, Throttled
from chalicelib.repos.process import aws
from chalicelib.rules.base.errors import Misconfigured

TIMEOUT = 10
"""Seconds for the connection, and for each answer."""

PORTS = {"smtps": 465, "smtp": 587}
"""The usual port of TLS from the first byte, and of STARTTLS."""

TOO_MUCH = (421, 454)
"""Replies of a server that takes no more just now (454: how SES's own SMTP says throttling)."""


class SmtpMailer:
    """One SMTP server; a connection for each letter."""

    def __init__(self, server: str, secret: str) -> None:
        at = urlsplit(server)
        if at.scheme not in PORTS or not at.hostname:
            raise Misconfigured("ABTC_MAIL_SERVER")
        self._implicit = at.scheme == "smtps"
        self._host = at.hostname
        self._port = at.port or PORTS[at.scheme]
        self._user = unquote(at.username or "")
        self._secret = secret

    def send(self, letter: Letter) -> None:
        """Hand the letter to the server."""
        try:
            with self._connected() as server:
                if self._user:
                    server.login(self._user, password(self._secret))
                server.send_message(_message(letter), settings().mail_from, [letter.to])
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            raise _refusal(code) from error
        except smtplib.SMTPAuthenticationError as error:
            password.cache_clear()  # it may have been changed
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
            # A server that offers no TLS gets neither password nor letter.
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


@functools.cache
def password(parameter: str) -> str:
    """The password in an SSM parameter, read once for each process.

    `/aws/reference/secretsmanager/<name>` is a parameter too: SSM then reads Secrets Manager.
    """
    try:
        reply = aws.client("ssm").get_parameter(Name=parameter, WithDecryption=True)
    except ClientError as error:
        raise NotSent(aws.error_code(error)) from error
    except BotoCoreError as error:
        raise NotSent(type(error).__name__) from error
    return str(reply["Parameter"]["Value"])


def _refusal(code: int) -> NotSent:
    return (Throttled if code in TOO_MUCH else NotSent)(f"SMTP {code}")


def _message(letter: Letter) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings().mail_from
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=settings().mail_from.rpartition("@")[2])
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
