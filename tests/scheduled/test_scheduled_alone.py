"""Lambda invokes scheduled functions without `app.py`: each test runs one in a process that imports only its module."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.repos.drafts import drafts
from chalicelib.repos.mail import outbox
from chalicelib.repos.table import table
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from sandbox import environment
from testing import mail_events, upload_events
from testing.world import START
from tools.packaging.stage import read

ROOT = Path(__file__).resolve().parents[2]
RESOURCE_NAMES = {
    *("ABTC_TABLE", "ABTC_JOURNAL", "ABTC_BUCKET", "ABTC_KMS_KEY", "ABTC_EDGE_KEY_HASH"),
    *("ABTC_RECEIPT_KEY", "ABTC_ROOTS_BUCKET"),
}
"""Variables that the template sets to the names of resources."""

FUNCTIONS = sorted(file.stem for file in (ROOT / "scheduled").glob("*.py") if file.stem != "__init__")
ENTER = """
import importlib, json, sys
name, event = sys.argv[1], json.loads(sys.argv[2])
result = getattr(importlib.import_module(f"scheduled.{name}"), name)(event, None)
api_modules = [name for name in sys.modules if name == "app" or name.startswith("chalicelib.handlers")]
print(json.dumps({"result": result, "api_modules": api_modules}))
"""


def run(name, time=START):
    """Run the function in a new process; return its result and the API modules that it imported."""
    variables = {key: value for key, value in os.environ.items() if key.startswith(("AWS_", "ABTC_", "PATH"))}
    sns_event = mail_events.sns(mail_events.bounce("gone@enterprise.example"))
    event = {
        **(sns_event if name == "mail_feedback" else {}),
        **(upload_events.by_queue(upload_events.TEST_EVENT) if name == "inspect_uploads" else {}),
        "version": "0",
        "account": "000000000000",
        "region": "us-east-1",
        "detail": {},
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": time.isoformat().replace("+00:00", "Z"),
        "id": "event-1",
        "resources": [],
    }
    process = subprocess.run(
        [sys.executable, "-c", ENTER, name, json.dumps(event)],
        cwd=ROOT,
        env={**variables, "NO_PROXY": "*", "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_scheduled_function_runs_without_importing_the_api(cloud_resources, name):
    outcome = run(name)
    assert outcome["api_modules"] == []
    assert all(isinstance(value, int | bool | str) for value in outcome["result"].values())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_scheduled_function_is_deployed_with_its_own_role_and_its_variables(name):
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    policy = config["lambda_functions"][name]["iam_policy_file"]
    assert policy == f"policy-{name}.json"
    assert (ROOT / ".chalice" / policy).is_file()
    functions = json.loads((ROOT / ".chalice" / "resources.json").read_text(encoding="utf-8"))["Globals"]["Function"]
    assert functions["Environment"]["Variables"].keys() == RESOURCE_NAMES


def test_every_configuration_variable_is_set_by_each_deployment_and_by_the_sandbox():
    from chalicelib.config import VARIABLES

    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    for stage in config["stages"]:
        assert read(stage, "eu-central-1").variables.keys() | RESOURCE_NAMES == set(VARIABLES.values()), stage
    sandbox = environment.application_environment(
        {}, kms_key="k", receipt_key="r", licence_jwks={}, api_url="a", web_origin="w"
    )
    assert sandbox.keys() == set(VARIABLES.values())


@pytest.mark.accepts("F05")
def test_a_due_draft_is_purged_by_a_process_without_the_api(cloud_resources):
    account, enterprise = AccountId("purged"), EnterpriseId("purged")
    old, due = drafts.new_draft(account, enterprise, {"group_name": "旧"}, START - timedelta(days=180))
    young, not_due = drafts.new_draft(
        account, enterprise, {"group_name": "新"}, START - timedelta(days=180) + timedelta(seconds=1)
    )
    table.commit(*due)
    table.commit(*not_due)
    assert run("purge_drafts")["result"] == {"purged": 1, "kept": 0, "unfinished": False}
    assert table.get(drafts.key(account, old.id)) is None
    assert drafts.get(account, young.id, START).content == {"group_name": "新"}
    assert run("purge_drafts")["result"]["purged"] == 0


def test_a_waiting_mail_is_sent_by_a_process_without_the_api(cloud_resources, world):
    mail_id, part = outbox.address_notified(
        "password_changed_notice", "somebody@enterprise.example", {"time": "2026-11-21 12:30:00"}, START
    )
    table.commit(part)
    assert run("deliver_mail")["result"] == {"SENT": 1}
    assert [mail.to for mail in world.mails("somebody@enterprise.example")] == ["somebody@enterprise.example"]
    assert (table.get((f"MAIL#{mail_id}", "MAIL")) or {})["state"] == "SENT"
    assert run("deliver_mail")["result"] == {}
