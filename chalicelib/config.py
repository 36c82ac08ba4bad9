"""The settings of the process: one frozen object, read from the environment at first use."""

import functools
import json
import os
from dataclasses import dataclass

from chalicelib.rules.base.errors import Misconfigured


@dataclass(frozen=True)
class Settings:
    """The settings in which deployments differ. None is secret: keys are stored wrapped by KMS."""

    stage: str
    """Name of the deployment; every stage but `prod` names itself in the subject of each mail."""
    table: str
    """Name of the DynamoDB table."""
    journal: str
    """Name of the DynamoDB table of history and audit entries."""
    bucket: str
    """Name of the S3 bucket."""
    kms_key: str
    """Id or ARN of the KMS key that wraps the data keys."""
    receipt_key: str
    """Id or ARN of the KMS key that signs receipts and daily roots of the journal."""
    roots_bucket: str
    """Name of the S3 bucket, under Object Lock, of the daily roots of the journal."""
    web_origin: str
    """Origin of the web front end: CORS and links in mails."""
    page_prefix: str
    """What stands between the origin and the path of a page in links: `/#` in China, where a distribution cannot answer
    an address that is no file; empty elsewhere."""
    api_url: str
    """Public base address of this API, `/v1` included; the licence platform calls back to it."""
    mail_from: str
    """Sender address of every mail."""
    mail_server: str
    """`ses`, or an SMTP server: `smtps://user@host:465` (TLS at once), `smtp://user@host:587` (STARTTLS)."""
    mail_parameter: str
    """Name of the SSM parameter with the SMTP server's password; empty for SES."""
    bounce_mailbox: str
    """Mailbox to which an SMTP server returns mail, `imaps://user@host:993/INBOX`; empty for none."""
    mail_configuration_set: str
    """SES configuration set that reports bounces and complaints; empty for none."""
    mail_rate: str
    """Mails that all relays together send in one second; must be below the provider's quota."""
    mail_allowlist: tuple[str, ...]
    """Addresses or `@domains` that may get mail outside production; `*` allows all."""
    password_profile: str
    """Name of a profile in `rules.accounts.passwords.PROFILES`: `default`, or `mlps3` for 等保三级."""
    second_factor: str
    """Whether officers must set up a second step of their sign-in: `required` or `optional`."""
    edge_key_hash: str
    """SHA-256, in hexadecimal, of the key that the CloudFront distribution sends in `X-Origin-Key`; of two keys, with a
    comma between them, while it is rotated. Other requests are refused. Empty without a distribution."""
    scanner: str
    """What scans uploads: `guardduty`, `clamd://host:3310` or `clamd+unix:///path`; `sandbox` outside production."""
    licence_keys: tuple[dict[str, str], ...]
    """Public keys (JWK) with which the electronic licence platform signs."""

    def page(self, path: str) -> str:
        """The address of a page, for links in mails; `path` begins with a slash."""
        return f"{self.web_origin}{self.page_prefix}{path}"

    @property
    def mails_per_second(self) -> int:
        """`mail_rate` as a number."""
        return int(self.mail_rate)

    @property
    def is_production(self) -> bool:
        """Whether mail goes to all addresses, without the stage in its subject."""
        return self.stage == "prod"


VARIABLES = {
    "stage": "ABTC_STAGE",
    "table": "ABTC_TABLE",
    "journal": "ABTC_JOURNAL",
    "bucket": "ABTC_BUCKET",
    "kms_key": "ABTC_KMS_KEY",
    "receipt_key": "ABTC_RECEIPT_KEY",
    "roots_bucket": "ABTC_ROOTS_BUCKET",
    "web_origin": "ABTC_WEB_ORIGIN",
    "page_prefix": "ABTC_PAGE_PREFIX",
    "api_url": "ABTC_API_URL",
    "mail_from": "ABTC_MAIL_FROM",
    "mail_server": "ABTC_MAIL_SERVER",
    "mail_parameter": "ABTC_MAIL_PARAMETER",
    "bounce_mailbox": "ABTC_BOUNCE_MAILBOX",
    "mail_configuration_set": "ABTC_MAIL_CONFIGURATION_SET",
    "mail_rate": "ABTC_MAILS_PER_SECOND",
    "mail_allowlist": "ABTC_MAIL_ALLOWLIST",
    "password_profile": "ABTC_PASSWORD_PROFILE",
    "second_factor": "ABTC_SECOND_FACTOR",
    "edge_key_hash": "ABTC_EDGE_KEY_HASH",
    "scanner": "ABTC_SCANNER",
    "licence_keys": "ABTC_LICENCE_KEYS",
}


@functools.cache
def settings() -> Settings:
    """The settings of this process.

    Raises:
        Misconfigured: With the names of the variables that are missing.
    """
    missing = [name for name in VARIABLES.values() if name not in os.environ]
    if missing:
        raise Misconfigured(", ".join(missing))
    value = {field: os.environ[name] for field, name in VARIABLES.items()}
    return Settings(
        stage=value["stage"],
        table=value["table"],
        journal=value["journal"],
        bucket=value["bucket"],
        kms_key=value["kms_key"],
        receipt_key=value["receipt_key"],
        roots_bucket=value["roots_bucket"],
        web_origin=value["web_origin"],
        page_prefix=value["page_prefix"],
        api_url=value["api_url"],
        mail_from=value["mail_from"],
        mail_server=value["mail_server"],
        mail_parameter=value["mail_parameter"],
        bounce_mailbox=value["bounce_mailbox"],
        mail_configuration_set=value["mail_configuration_set"],
        mail_rate=value["mail_rate"],
        mail_allowlist=tuple(entry for entry in value["mail_allowlist"].split(",") if entry),
        password_profile=value["password_profile"],
        second_factor=value["second_factor"],
        edge_key_hash=value["edge_key_hash"],
        scanner=value["scanner"],
        licence_keys=tuple(json.loads(value["licence_keys"])["keys"]),
    )


def is_on_lambda() -> bool:
    """Whether this process is an execution environment of Lambda, which sets this variable."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


ON_DEMAND, SNAP_START = "on-demand", "snap-start"
"""What made an execution environment, in the words of Lambda: a request, or a snapshot of SnapStart."""


def initialization() -> str:
    """What made this execution environment; a request, outside of Lambda too, if nothing else is said."""
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", ON_DEMAND)
