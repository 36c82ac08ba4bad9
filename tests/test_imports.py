"""What a new process of the API loads and asks, before its first request."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config import VARIABLES
from chalicelib.handlers.http import cold_start
from chalicelib.repos.keys import keyring
from chalicelib.repos.keys.keyring import KeyPurpose
from chalicelib.rules.base.errors import Unavailable
from tests.support import faults
from tests.support.logs import recorded

ROOT = Path(__file__).resolve().parents[1]
LATE = ("argon2", "boto3", "email_validator", "jinja2", "openpyxl", "pydyf", "qrcode", "s3transfer", "jwt")
"""What few routes need, and what the portal does not need at all."""


def test_a_new_process_of_the_api_loads_no_library_that_few_routes_need():
    environment = {**dict.fromkeys(VARIABLES.values(), '{"keys": []}'), "AWS_DEFAULT_REGION": "cn-north-1"}
    program = "import json, sys, app; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert "chalicelib.handlers.applications.applications" in loaded
    assert "chalicelib.repos.files.workbook" in loaded
    assert not loaded & set(LATE)


@pytest.fixture
def lambda_(monkeypatch: pytest.MonkeyPatch, portal: Any) -> Any:
    """A process of Lambda that knows no keys yet."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "abtc-portal")
    keyring.forget()
    return portal


def test_both_purposes_of_keys_are_read_in_one_request_while_modules_load(lambda_):
    with lambda_.counting() as requests:
        cold_start.begin()()
    assert sorted(requests.operations) == ["dynamodb.Query", "kms.Decrypt", "kms.Decrypt"]
    with lambda_.counting() as requests:
        assert all(keyring.current(purpose).secret for purpose in KeyPurpose)
    assert len(requests) == 0


def test_elsewhere_nothing_is_fetched(lambda_, monkeypatch):
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME")
    with lambda_.counting() as requests:
        cold_start.begin()()
    assert len(requests) == 0


def test_keys_that_cannot_be_fetched_are_left_to_the_first_request(lambda_):
    with faults.down("kms"), recorded() as lines:
        cold_start.begin()()
        with pytest.raises(Unavailable):
            keyring.current(KeyPurpose.FIELD)
    assert json.loads(lines.getvalue())["event"] == "keys_not_fetched"
    assert keyring.current(KeyPurpose.FIELD).secret


def test_no_first_key_is_made_while_modules_load(cloud_resources, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "abtc-portal")
    monkeypatch.setattr(keyring, "PARTITION", "KEYS of another deployment")
    keyring.forget()
    cold_start.begin()()
    assert [keyring.items(purpose) for purpose in KeyPurpose] == [[], []]
    keyring.forget()
