"""Mail through a real SMTP server on loopback: TLS of both kinds, the password from SSM, refusals."""

import socket
from urllib.parse import quote

import boto3
import pytest

from chalicelib.config import settings
from chalicelib.repos.mail import mailers, outbox, ses, smtp
from chalicelib.repos.mail.port import Letter, NotSent, Throttled
from chalicelib.repos.table import table
from chalicelib.rules.base.errors import Misconfigured
from testing.world import START
from tests.support.smtp_server import PASSWORD, USER, serving

PARAMETER = "/abtc-portal/test/smtp"
LETTER = Letter(
    "somebody@enterprise.example", "主题", "第一行\n.第二行\n", "<p>正文</p>", "https://portal.example/messages"
)


@pytest.fixture
def parameter(cloud_resources):
    """The password in the SSM parameter, as in a deployment."""
    boto3.client("ssm").put_parameter(Name=PARAMETER, Value=PASSWORD, Type="SecureString", Overwrite=True)
    smtp.password.cache_clear()
    yield PARAMETER
    smtp.password.cache_clear()


@pytest.fixture(params=[True, False], ids=["implicit", "starttls"])
def server(request, tmp_path, monkeypatch, parameter):
    with serving(tmp_path, implicit_tls=request.param) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        yield running


def url(server, user=USER):
    return f"{'smtps' if server.implicit_tls else 'smtp'}://{quote(user)}@127.0.0.1:{server.port}"


def test_a_mail_is_sent_over_tls_after_authentication(server):
    smtp.SmtpMailer(url(server), PARAMETER).send(LETTER)
    (message,) = server.mails
    assert server.recipients == ["somebody@enterprise.example"]
    assert server.logins == [(USER, PASSWORD)]
    assert {line.split(" ")[0].upper() for line in server.in_clear} <= {"EHLO", "STARTTLS"}
    assert (message["Subject"], message["To"]) == ("主题", "somebody@enterprise.example")
    assert message["From"] == "portal@abtc.example"
    assert message["List-Unsubscribe"] == "<https://portal.example/messages>"
    assert message["Message-ID"].endswith("@abtc.example>")
    text, html = message.iter_parts()
    assert text.get_content().splitlines() == ["第一行", ".第二行"]
    assert html.get_content_type() == "text/html"
    assert "<p>正文</p>" in html.get_content()


def test_the_configuration_selects_ses_or_smtp(server, monkeypatch, world):
    assert isinstance(mailers.configured_mailer(), ses.SesMailer)
    monkeypatch.setenv("ABTC_MAIL_SERVER", url(server))
    monkeypatch.setenv("ABTC_MAIL_PARAMETER", PARAMETER)
    settings.cache_clear()
    try:
        table.commit(
            outbox.address_notified("password_changed_notice", "a@enterprise.example", {"time": "now"}, START)[1]
        )
        assert world.deliver() == {"SENT": 1}
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert [message["Subject"] for message in server.mails] == ["[sandbox] 密码已修改"]
    assert server.mails[0]["List-Unsubscribe"] is None
    assert world.mails("a@enterprise.example") == []


@pytest.mark.parametrize(
    ("command", "answer", "kind", "reason"),
    [
        ("RCPT", "550 5.1.1 somebody@enterprise.example unknown", NotSent, "SMTP 550"),
        ("RCPT", "451 4.7.1 greylisted", NotSent, "SMTP 451"),
        ("MAIL", "421 4.7.0 too many connections", Throttled, "SMTP 421"),
        ("MAIL", "454 Throttling failure: Maximum sending rate exceeded.", Throttled, "SMTP 454"),
        ("DATA", "552 too big", NotSent, "SMTP 552"),
        ("AUTH", "535 no", NotSent, "SMTP 535"),
    ],
)
def test_a_refusal_is_reported_by_its_smtp_code_only(server, command, answer, kind, reason):
    server.answers[command] = answer
    with pytest.raises(NotSent) as refusal:
        smtp.SmtpMailer(url(server), PARAMETER).send(LETTER)
    assert (type(refusal.value), str(refusal.value)) == (kind, reason)


def test_a_server_without_tls_receives_neither_the_password_nor_the_mail(tmp_path, parameter):
    with serving(tmp_path, implicit_tls=False, offers_tls=False) as server:
        with pytest.raises(NotSent, match="SMTPNotSupportedError"):
            smtp.SmtpMailer(url(server), PARAMETER).send(LETTER)
        assert (server.logins, server.mails) == ([], [])


def test_an_untrusted_server_certificate_is_refused(tmp_path, parameter):
    with serving(tmp_path, implicit_tls=True) as server:
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            smtp.SmtpMailer(url(server), PARAMETER).send(LETTER)
        assert (server.logins, server.mails) == ([], [])


def test_a_server_that_is_down_or_does_not_answer_is_a_failed_delivery(monkeypatch, parameter):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with pytest.raises(NotSent, match="ConnectionRefusedError"):
            smtp.SmtpMailer(f"smtps://127.0.0.1:{port}", "").send(LETTER)
        silent.listen()
        for scheme in ("smtp", "smtps"):
            with pytest.raises(NotSent, match=r"TimeoutError|SMTPServerDisconnected"):
                smtp.SmtpMailer(f"{scheme}://127.0.0.1:{port}", "").send(LETTER)


def test_a_missing_or_wrong_password_is_a_failed_delivery_and_a_corrected_password_is_read_again(server):
    with pytest.raises(NotSent, match="ParameterNotFound"):
        smtp.SmtpMailer(url(server), "/abtc-portal/test/none").send(LETTER)
    client = boto3.client("ssm")
    client.put_parameter(Name=PARAMETER, Value="an older one", Type="SecureString", Overwrite=True)
    with pytest.raises(NotSent, match="SMTP 535"):
        smtp.SmtpMailer(url(server), PARAMETER).send(LETTER)
    client.put_parameter(Name=PARAMETER, Value=PASSWORD, Type="SecureString", Overwrite=True)
    smtp.SmtpMailer(url(server), PARAMETER).send(LETTER)
    assert len(server.mails) == 1


@pytest.mark.parametrize("server", ["", "smtp.example", "http://smtp.example", "smtp://"])
def test_a_server_that_is_not_an_smtp_url_is_refused_as_misconfigured(server):
    with pytest.raises(Misconfigured, match="ABTC_MAIL_SERVER"):
        smtp.SmtpMailer(server, "")
