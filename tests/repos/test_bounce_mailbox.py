"""Reports of undelivered mail that an SMTP server returns to a mailbox, read by IMAP on loopback."""

import os

import boto3
import pytest

from chalicelib.config import settings
from chalicelib.repos.accounts import suppressions
from chalicelib.repos.mail import message_ids, smtp
from chalicelib.rules.base.vocabulary import MailStatus
from tests.support import imap_server, logs
from tests.support.smtp_server import PASSWORD

PARAMETER = "/abtc-portal/test/mail-password"
ADDRESS = "gone@enterprise.example"
REPORT = """From: MAILER-DAEMON@smtp.example
To: portal@abtc.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={report}; boundary="b"

--b
Content-Type: text/plain

The mail was returned.

--b
{details}
--b
Content-Type: {returned}

From: portal@abtc.example
Message-ID: {message_id}
Subject: ABTC

--b--
"""
STATUS = """Content-Type: message/delivery-status

Reporting-MTA: dns; smtp.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
"""
COMPLAINT = """Content-Type: message/feedback-report

Feedback-Type: {kind}
Version: 1
Original-Rcpt-To: {address}
"""


def returned(address=ADDRESS, action="failed", status="5.1.1", message_id="", returned="message/rfc822"):
    """A report of RFC 3464 about a mail of the portal."""
    details = STATUS.format(address=address, action=action, status=status)
    return _report("delivery-status", details, message_id or message_ids.make(address, "abtc.example"), returned)


def complained(kind="abuse"):
    """A report of RFC 5965 about a mail of the portal."""
    details = COMPLAINT.format(kind=kind, address=ADDRESS)
    return _report("feedback-report", details, message_ids.make(ADDRESS, "abtc.example"), "text/rfc822-headers")


def _report(report, details, message_id, returned):
    text = REPORT.format(report=report, details=details, message_id=message_id, returned=returned)
    return text.replace("\n", "\r\n").encode()


@pytest.fixture
def mailbox(world, tmp_path, monkeypatch):
    """The mailbox of a deployment, with the password in the SSM parameter."""
    boto3.client("ssm").put_parameter(Name=PARAMETER, Value=PASSWORD, Type="SecureString", Overwrite=True)
    smtp.password.cache_clear()
    with imap_server.serving(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        monkeypatch.setenv("ABTC_BOUNCE_MAILBOX", f"imaps://portal%40abtc.example@127.0.0.1:{server.port}/INBOX")
        monkeypatch.setenv("ABTC_MAIL_PARAMETER", PARAMETER)
        settings.cache_clear()
        yield server
    settings.cache_clear()
    smtp.password.cache_clear()
    assert "ABTC_TABLE" in os.environ


def run(world):
    """The line of figures of one run of the relay."""
    with logs.recorded() as caught:
        world.deliver()
    return caught.getvalue()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_mail_that_was_returned_for_good_suppresses_its_address_and_is_deleted(world, mailbox, kind):
    address = f"{kind.partition('/')[0]}@enterprise.example"
    mailbox.mails = {7: returned(address, returned=kind), 9: b"Subject: holiday\r\n\r\nI am away."}
    said = run(world)
    assert suppressions.status_of(address) == MailStatus.BOUNCED
    assert mailbox.mails == {}
    assert mailbox.logins == ["portal@abtc.example"]
    assert '"reports": 2' in said
    assert address not in said


def test_a_complaint_suppresses_the_address(world, mailbox):
    mailbox.mails = {1: complained()}
    run(world)
    assert suppressions.status_of(ADDRESS) == MailStatus.COMPLAINED


@pytest.mark.parametrize(
    "report",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "failed", "status": "5.2.2"},
        {"action": "relayed", "status": "2.1.5"},
        # Anybody can send a report: one without a genuine id of a mail to the address changes nothing.
        {"message_id": "<20261121aaaa.0123456789abcdef0123456789abcdef@abtc.example>"},
        {"message_id": "<other@elsewhere.example>"},
    ],
)
def test_a_temporary_failure_and_a_forged_report_change_nothing(world, mailbox, report):
    mailbox.mails = {1: returned("kept@enterprise.example", **report)}
    run(world)
    assert suppressions.status_of("kept@enterprise.example") == MailStatus.OK
    assert mailbox.mails == {}


def test_the_id_of_a_mail_to_another_address_suppresses_nobody(world, mailbox):
    own = message_ids.make("attacker@elsewhere.example", "abtc.example")
    mailbox.mails = {1: returned("victim@enterprise.example", message_id=own)}
    run(world)
    assert suppressions.status_of("victim@enterprise.example") == MailStatus.OK


def test_a_mailbox_that_cannot_be_read_is_counted_and_does_not_stop_mail(world, mailbox, monkeypatch):
    monkeypatch.setenv("ABTC_BOUNCE_MAILBOX", "imaps://portal@127.0.0.1:1/INBOX")
    settings.cache_clear()
    said = run(world)
    assert '"reports_failed": 1' in said
    assert '"event": "reports_not_read"' in said
