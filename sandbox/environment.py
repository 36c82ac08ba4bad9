"""The variables of the application's process in the sandbox (`chalicelib/config.py` reads them)."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

TABLE = "abtc-sandbox"
JOURNAL = "abtc-sandbox-journal"
BUCKET = "abtc-sandbox"
ROOTS_BUCKET = "abtc-sandbox-roots"
SENDER = "portal@abtc.example"


def application_environment(
    engine_environment: Mapping[str, str],
    *,
    kms_key: str,
    receipt_key: str,
    licence_jwks: Mapping[str, Any],
    api_url: str,
    web_origin: str,
) -> dict[str, str]:
    """All variables that the application reads: those of the engine and its own (docs/settings.md)."""
    return {
        **engine_environment,
        "ABTC_STAGE": "sandbox",
        "ABTC_TABLE": TABLE,
        "ABTC_JOURNAL": JOURNAL,
        "ABTC_BUCKET": BUCKET,
        "ABTC_KMS_KEY": kms_key,
        "ABTC_RECEIPT_KEY": receipt_key,
        "ABTC_ROOTS_BUCKET": ROOTS_BUCKET,
        "ABTC_WEB_ORIGIN": web_origin,
        "ABTC_PAGE_PREFIX": "",
        "ABTC_API_URL": api_url,
        "ABTC_MAIL_FROM": SENDER,
        "ABTC_MAIL_SERVER": "ses",
        "ABTC_MAIL_PARAMETER": "",
        "ABTC_BOUNCE_MAILBOX": "",
        "ABTC_MAIL_CONFIGURATION_SET": "",
        # The engine has no quota.
        "ABTC_MAILS_PER_SECOND": "10000",
        # Mail ends in the sandbox's mailbox, so every address is allowed.
        "ABTC_MAIL_ALLOWLIST": "*",
        "ABTC_PASSWORD_PROFILE": "default",
        "ABTC_SECOND_FACTOR": "optional",
        "ABTC_EDGE_KEY_HASH": "",
        "ABTC_SCANNER": "sandbox",
        "ABTC_LICENCE_KEYS": json.dumps(licence_jwks),
    }


def as_shell(variables: Mapping[str, str]) -> str:
    """`export` lines for a shell, to run the operators' commands against a running sandbox."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
