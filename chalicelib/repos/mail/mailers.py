"""Which adapter sends the mail of this deployment."""

from chalicelib.config import settings
from chalicelib.repos.mail.port import Mailer
from chalicelib.repos.mail.ses import SesMailer


def configured_mailer() -> Mailer:
    """The adapter that the setting `mail_server` names."""
    if settings().mail_server == "ses":
        return SesMailer()
    from chalicelib.repos.mail.smtp import SmtpMailer  # imported only where there is no SES

    return SmtpMailer(settings().mail_server, settings().mail_parameter)
