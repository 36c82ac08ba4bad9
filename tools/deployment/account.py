"""The account and region of a deployment, and the facts about them on which it depends."""

import functools
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tools.packaging.stage import Stage

UNRESERVED = 100
"""Executions that Lambda keeps unreserved: a reservation that leaves fewer is refused."""
SCHEDULED = 5
"""Functions of the template that reserve one execution each."""


class Refused(Exception):
    """Raised when a command refuses or cannot go on; its text says why and what to do."""


@dataclass(frozen=True)
class Facts:
    """What an account says about itself in the region of a stage."""

    concurrency: int
    """Concurrent executions of Lambda that the account may use."""
    unreserved: int
    """Those of them that no function reserves."""
    api_log_role: str
    """ARN of the role with which API Gateway writes logs; empty if there is none."""
    mails_per_day: int
    """SES: mails in 24 hours; 0 without SES."""
    mails_per_second: float
    """SES: mails a second; 0 without SES."""
    is_out_of_sandbox: bool
    """SES: whether mail goes to addresses that are not verified."""
    mail_identity: str
    """SES: `verified`, `unverified`, or empty if the account has no identity of the mail domain."""


class Account:
    """Clients of the stage's region, with the credentials of the environment."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._session = boto3.Session(region_name=stage.region)
        self._config = Config(
            retries={"mode": "standard", "total_max_attempts": 5}, s3={"us_east_1_regional_endpoint": "regional"}
        )

    @functools.cache  # noqa: B019  one account for each command
    def client(self, service: str) -> Any:
        """The client of a service."""
        return self._session.client(service, config=self._config)

    @functools.cached_property
    def caller(self) -> str:
        """ARN of the caller.

        Raises:
            Refused: The credentials belong to another partition than the region of the stage.
        """
        arn = str(self.client("sts").get_caller_identity()["Arn"])
        partition = arn.split(":")[1]
        if partition != self.stage.partition:
            raise Refused(
                f"the credentials are of an account in {partition}, but {self.stage.region} is in"
                f" {self.stage.partition}: use those of an account there"
            )
        return arn

    @property
    def id(self) -> str:
        """Number of the account."""
        return self.caller.split(":")[4]

    def stack(self, name: str = "") -> dict[str, Any] | None:
        """The description of a stack by name or id, by default the stage's; None if there is none."""
        try:
            found = self.client("cloudformation").describe_stacks(StackName=name or self.stage.stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return dict(found[0])

    def resources(self) -> dict[str, str]:
        """Physical id of every resource of the stack by its logical name; empty without a stack."""
        if self.stack() is None:
            return {}
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stage.stack)
        found = (summary for page in pages for summary in page["StackResourceSummaries"])
        return {summary["LogicalResourceId"]: summary.get("PhysicalResourceId", "") for summary in found}

    def facts(self) -> Facts:
        """Ask the account."""
        limits = self.client("lambda").get_account_settings()["AccountLimit"]
        role = self.client("apigateway").get_account().get("cloudwatchRoleArn", "")
        ses = self.client("sesv2").get_account() if self.stage.sends_by_ses else {}
        quota = ses.get("SendQuota", {})
        return Facts(
            concurrency=int(limits["ConcurrentExecutions"]),
            unreserved=int(limits.get("UnreservedConcurrentExecutions", limits["ConcurrentExecutions"])),
            api_log_role=role,
            mails_per_day=int(quota.get("Max24HourSend", 0)),
            mails_per_second=float(quota.get("MaxSendRate", 0)),
            is_out_of_sandbox=bool(ses.get("ProductionAccessEnabled")),
            mail_identity=self._mail_identity() if self.stage.sends_by_ses else "",
        )

    def _mail_identity(self) -> str:
        ses = self.client("sesv2")
        try:
            identity = ses.get_email_identity(EmailIdentity=self.stage.mail_domain)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NotFoundException", "404"):
                return ""
            raise
        return "verified" if identity.get("VerifiedForSendingStatus") else "unverified"


def parameters(account: Account, facts: Facts, edge_key_hash: str = "") -> dict[str, str]:
    """A value for every parameter of the template: none keeps the value of the deployment before.

    Args:
        account: Account and stage.
        facts: What the account says about itself.
        edge_key_hash: SHA-256 of the keys of the distribution; empty without one.
    """
    stage, existing = account.stage, account.resources()
    before = {one["ParameterKey"]: one.get("ParameterValue") for one in (account.stack() or {}).get("Parameters", ())}
    may_reserve = (
        before.get("ReservesConcurrency") == "yes" or facts.unreserved - SCHEDULED >= UNRESERVED
    ) and facts.concurrency - SCHEDULED >= UNRESERVED
    given = {
        "AlarmEmail": str(stage.deployment["alarm_email"]),
        "TableName": str(stage.deployment["table"]),
        "JournalName": str(stage.deployment["journal"]),
        # Behind a distribution the API sees few addresses, those of CloudFront: the firewall is in front of it.
        "Firewall": _yes(stage.deployment["firewall"] and not stage.has_edge),
        "EdgeKeyHash": edge_key_hash,
        "ReservesConcurrency": _yes(may_reserve),
        "CreatesApiLogRole": _yes("ApiLogAccount" in existing or not facts.api_log_role),
        "ConcurrencyLimit": str(facts.concurrency),
    }
    if stage.sends_by_ses:
        given["CreatesMailIdentity"] = _yes("MailIdentity" in existing or not facts.mail_identity)
        given["MailsPerDay"] = str(max(1, facts.mails_per_day))
    return given


def _yes(claim: object) -> str:
    return "yes" if claim else "no"
