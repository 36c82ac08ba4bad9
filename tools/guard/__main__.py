"""`python -m tools.guard`: applies AWS's Control Tower rules, by cfn-guard, to the templates that a stage deploys.

A finding that `ACCEPTED` does not name fails, as does a name there without a finding. Rules and program come from npm,
pinned in package-lock.json, into `build/guard`.
"""

import json
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.environments import ROOT
from tools.packaging import edge, generated, transform
from tools.packaging.stage import read

HERE, HOME = Path(__file__).resolve().parent, ROOT / "build" / "guard"
PACKAGE = HOME / "node_modules" / "@cdklabs" / "cdk-validator-cfnguard"
PROGRAMS = {
    ("linux", "x86_64"): "ubuntu/x86_64",
    ("linux", "aarch64"): "ubuntu/aarch64",
    ("darwin", "arm64"): "macos/aarch64",
    ("darwin", "x86_64"): "macos/x86_64",
}
SERVICES = (
    "apigateway",
    "cloudfront",
    "cloudwatch",
    "dynamodb",
    "identityandaccessmanagement",
    "keymanagementservice",
    "lambda",
    "s3",
    "sqs",
    "waf",
)
"""Folders of rules about services that the templates use."""
REGION, STAGE = "eu-central-1", "prod"
OPTIONS = {
    "backup": "daily",
    "backup_lock": "governance",
    "backup_copy_to": "arn:aws:backup:eu-west-1:123456789012:backup-vault:copies",
    "replica_region": "eu-west-1",
}
"""Values of `deployment` that add resources; they are off in every stage of the repository."""
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000"

FUNCTIONS = "APIHandler DeliverMail ExpireCards InspectUploads LookUpPersons MailFeedback PurgeDrafts Remind"
ACCEPTED = {
    "api_gw_v1_execution_logging_enabled_check": (
        "RestAPIprodStage",
        "logs of executions would hold addresses and headers of requests; the access log has what is needed of them",
    ),
    "cloudfront_access_logs_enabled_check": (
        "Distribution",
        "pages are public and without personal data; the API logs its calls, the firewall what it blocks",
    ),
    "cloudfront_origin_failover_enabled_check": ("Distribution", "there is one bucket of pages and one API"),
    "kms_create_grant_aws_service_check": (
        "BackupKey OperationsKey PortalKey ReceiptKey",
        "the account administers its keys, as AWS recommends; no role of the service may create grants",
    ),
    "lambda_function_public_access_prohibited_check": (
        "APIHandlerInvokePermission MailFeedbackMailFeedbackSnsSubscriptionPermission",
        "both name their source with Fn::Sub or Ref, which the rule cannot read",
    ),
    "lambda_inside_vpc_check": (
        FUNCTIONS,
        "they reach AWS by TLS only; a network would need an endpoint for each service and slow cold starts",
    ),
    "s3_bucket_default_encryption_kms_check": (
        "RootsBucket SiteBucket",
        "digests and public pages: encrypted with the keys of S3",
    ),
    "s3_bucket_logging_enabled_check": (
        "PortalBucket RootsBucket SiteBucket",
        "CloudTrail has the data events (docs/operations.md)",
    ),
    "s3_bucket_object_lock_enabled_check": (
        "PortalBucket SiteBucket",
        "personal files must be deletable; pages are replaced",
    ),
    "s3_bucket_policy_ssl_requests_only_check": (
        "PortalBucketPolicy RootsBucketPolicy SiteBucketPolicy",
        "each has the statement OnlyByTls, with Fn::GetAtt, which the rule cannot read; tests/package look at it",
    ),
    "s3_event_notifications_enabled_check": ("RootsBucket SiteBucket", "nothing waits for their objects"),
    "s3_lifecycle_policy_check": ("RootsBucket", "daily roots are kept as long as Object Lock says, and then on"),
    "s3_version_lifecycle_policy_check": ("RootsBucket", "as above"),
    "sqs_dlq_check": ("FailedRuns FailedUploads", "they are the queues of dead letters"),
}
"""For each rule the resources that do not follow it, and why."""


def main() -> int:
    """Print what is not accepted; the exit code is 1 if there is anything."""
    if (machine := (sys.platform, platform.machine())) not in PROGRAMS:
        print(f"cfn-guard is not built for {' '.join(machine)}: the templates were not checked")
        return 0
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)  # it warns of a file that only AWS has
    _install()
    found = set(findings(PACKAGE / "bin" / PROGRAMS[machine] / "cfn-guard"))
    accepted = {(rule, name) for rule, (names, _) in ACCEPTED.items() for name in names.split()}
    wrong = [f"{rule}: {name}" for rule, name in sorted(found - accepted)]
    wrong += [f"{rule}: {name} is accepted, and follows the rule" for rule, name in sorted(accepted - found)]
    print(*wrong, f"cfn-guard: {len(found)} findings, {len(found & accepted)} of them accepted", sep="\n")
    return 1 if wrong else 0


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    """The templates that a stage deploys, by name, after the transform of SAM."""
    for name, deployment in (("portal", {}), ("portal-with-options", OPTIONS)):
        command = [sys.executable, "-m", generated.__name__, STAGE, REGION, json.dumps(deployment)]
        made = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        yield name, {"Resources": transform.transformed(json.loads(made.stdout), REGION)}
    stage = read(STAGE, REGION, deployment={"certificate": CERTIFICATE, "alarm_email": "oncall@portal.test"})
    yield "edge", {"Resources": edge.template(stage)["Resources"]}


def findings(program: Path) -> Iterator[tuple[str, str]]:
    """The rules that are not followed, each with a resource that does not follow it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, template in templates():
            (Path(folder) / f"{name}.json").write_text(json.dumps(template), encoding="utf-8")
        rules = [str(PACKAGE / "rules" / "control-tower" / "cfn-guard" / service) for service in SERVICES]
        command = [str(program), "validate", "--structured", "--output-format", "json", "--show-summary", "none"]
        done = subprocess.run(
            [*command, "--data", folder, "--rules", *rules], capture_output=True, text=True, check=False
        )
    reports = json.loads(done.stdout)
    if not any(report["compliant"] for report in reports):
        raise SystemExit(f"cfn-guard has checked nothing: {done.stderr}")
    for report in reports:
        for rule in report["not_compliant"]:
            yield from ((rule["Rule"]["name"], name) for name in _resources(rule))


def _resources(value: Any) -> Iterator[str]:
    """The names of resources in the paths of a finding."""
    if isinstance(value, Mapping):
        path = value.get("path")
        if isinstance(path, str) and path.startswith("/Resources/"):
            yield path.split("/")[2]
        for part in value.values():
            yield from _resources(part)
    elif isinstance(value, list):
        for part in value:
            yield from _resources(part)


def _install() -> None:
    """Install what package-lock.json names, unless it is there."""
    installed = HOME / "package-lock.json"
    wanted = (HERE / "package-lock.json").read_bytes()
    if installed.exists() and installed.read_bytes() == wanted and PACKAGE.exists():
        return
    HOME.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", ".npmrc"):
        shutil.copy(HERE / name, HOME)
    (HOME / "package-lock.json").write_bytes(wanted)
    environment = {**os.environ, "PATH": f"{ROOT / '.node' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["npm", "ci", "--loglevel=error"], cwd=HOME, env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main())
