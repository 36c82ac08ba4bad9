"""`make preflight`: what a deployment needs of the account and of the stage's configuration, before it is made.

A finding that stops a deployment says what to do. Nothing is changed.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from tools.deployment.account import SCHEDULED, UNRESERVED, Account, Facts
from tools.packaging import aws_regions

STOP, NOTE, GOOD = "stop", "note", "ok"
PLACEHOLDER = ".example"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: str
    """`stop`: a deployment would fail or not work; `note`: to be known; `ok`."""
    text: str


Check = Callable[[Account, Facts], Iterator[Finding]]


def findings(account: Account, facts: Facts) -> list[Finding]:
    """All findings; a check that the account does not let the caller make is a note."""
    return [finding for check in CHECKS for finding in _tried(check, account, facts)]


def _tried(check: Check, account: Account, facts: Facts) -> list[Finding]:
    try:
        return list(check(account, facts))
    except (ClientError, BotoCoreError) as error:
        return [Finding(NOTE, f"{check.__name__.strip('_')} could not be checked: {error}")]


def _identity(account: Account, _: Facts) -> Iterator[Finding]:
    yield Finding(GOOD, f"{account.caller} deploys {account.stage.stack} to {account.stage.region}")


def _settings(account: Account, _: Facts) -> Iterator[Finding]:
    stage = account.stage
    left = [name for name, value in stage.variables.items() if PLACEHOLDER in value]
    if left:
        yield Finding(STOP, f"these variables still have example addresses: {', '.join(left)} (.chalice/config.json)")
    if not json.loads(stage.variables["ABTC_LICENCE_KEYS"])["keys"]:
        yield Finding(NOTE, "ABTC_LICENCE_KEYS is empty: nobody can register until the licence platform's key is there")
    if not stage.deployment["alarm_email"]:
        yield Finding(STOP, f"stages.{stage.name}.deployment.alarm_email is empty: alarms would have no receiver")


def _state(account: Account, _: Facts) -> Iterator[Finding]:
    stack = account.stack()
    if stack is not None:
        yield Finding(GOOD, f"the stack is {stack['StackStatus']}")
        return
    prefixes = [f"/aws/{kind}/{account.stage.stack}/" for kind in ("lambda", "apigateway")]
    found = [
        group["logGroupName"]
        for prefix in prefixes
        for group in account.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    ]
    if found:
        yield Finding(STOP, f"log groups of a deleted stack would block this one, delete them: {', '.join(found)}")
    yield Finding(GOOD, "there is no stack yet: this deployment creates it")


def _edge(account: Account, _: Facts) -> Iterator[Finding]:
    stage = account.stage
    if not stage.has_edge:
        yield Finding(NOTE, "no certificate is configured: this deployment has no distribution and serves no pages")
        return
    if stage.variables["ABTC_API_URL"] != f"{stage.variables['ABTC_WEB_ORIGIN']}/v1":
        yield Finding(
            STOP, "ABTC_API_URL must be ABTC_WEB_ORIGIN with /v1: the API is reached by the distribution only"
        )
    if stage.partition == aws_regions.CHINA:
        yield Finding(
            NOTE,
            "CloudFront in China has no firewall and no functions: the paths of pages stand behind #"
            " (docs/decisions/0084)",
        )
    yield Finding(GOOD, f"{stage.domain} is served by a distribution")


def _concurrency(account: Account, facts: Facts) -> Iterator[Finding]:
    if facts.concurrency - SCHEDULED < UNRESERVED:
        yield Finding(
            NOTE,
            f"Lambda runs at most {facts.concurrency} executions at once here: scheduled functions reserve none, and"
            f" the service is slow under load. Request 1,000 (Service Quotas, L-B99A9384) before it opens",
        )
    elif facts.unreserved - SCHEDULED < UNRESERVED and "PurgeDrafts" not in account.resources():
        yield Finding(NOTE, f"{facts.unreserved} executions are unreserved: scheduled functions reserve none")
    else:
        yield Finding(GOOD, f"Lambda: {facts.concurrency} concurrent executions, {facts.unreserved} unreserved")


def _api_logs(account: Account, facts: Facts) -> Iterator[Finding]:
    if not facts.api_log_role:
        yield Finding(GOOD, "API Gateway has no role for logs yet: this stack creates it for the account")
        return
    name = facts.api_log_role.rpartition("/")[2]
    try:
        account.client("iam").get_role(RoleName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        yield Finding(
            STOP,
            f"API Gateway writes logs by the role {name}, which does not exist: a stage with logs cannot be created."
            " Remove it: aws apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value=",
        )
    else:
        yield Finding(GOOD, f"API Gateway writes logs by the role {name}")


def _mail(account: Account, facts: Facts) -> Iterator[Finding]:
    stage = account.stage
    if not stage.sends_by_ses:
        yield from _mail_server(account)
        return
    rate = float(stage.variables["ABTC_MAILS_PER_SECOND"])
    # Security mails must not be throttled: the relay stays below what SES grants.
    if rate > facts.mails_per_second:
        yield Finding(
            STOP, f"ABTC_MAILS_PER_SECOND is {rate:g}, but SES sends {facts.mails_per_second:g} a second: lower it"
        )
    if not facts.is_out_of_sandbox:
        yield Finding(
            NOTE,
            "SES is in its sandbox: mail reaches verified addresses only. Request production access (SES, Account"
            " dashboard); approval takes a working day",
        )
    if facts.mail_identity == "unverified":
        yield Finding(NOTE, f"SES has not verified {stage.mail_domain}: add its three DKIM records to the DNS")
    yield Finding(GOOD, f"SES: {facts.mails_per_day} mails a day, {facts.mails_per_second:g} a second")


def _mail_server(account: Account) -> Iterator[Finding]:
    name = account.stage.variables["ABTC_MAIL_PARAMETER"]
    if not name:
        yield Finding(NOTE, "ABTC_MAIL_PARAMETER is empty: the mail server gets no password")
        return
    try:
        account.client("ssm").get_parameter(Name=name)
    except account.client("ssm").exceptions.ParameterNotFound:
        yield Finding(
            STOP, f"the SSM parameter {name} does not exist: aws ssm put-parameter --type SecureString --name {name}"
        )
    else:
        yield Finding(GOOD, f"the SSM parameter {name} has the mail server's password")


def _key_policy(account: Account, _: Facts) -> Iterator[Finding]:
    key = account.resources().get("PortalKey")
    if not key:
        return
    kms = account.client("kms")
    state = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    if state != "Enabled":
        yield Finding(STOP, f"the key {key} is {state}: no data can be read. aws kms cancel-key-deletion, enable-key")
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    if f":{account.id}:root" not in policy:
        yield Finding(STOP, f"the policy of the key {key} does not let the account administer it")
    else:
        yield Finding(GOOD, f"the key {key} is {state} and the account administers it")


def _replica(account: Account, _: Facts) -> Iterator[Finding]:
    """CloudFormation would refuse to change the kind of a key, in the middle of the deployment."""
    region, key = account.stage.deployment["replica_region"], account.resources().get("PortalKey")
    name = f"stages.{account.stage.name}.deployment.replica_region"
    if not key:
        if region:
            yield Finding(NOTE, f"the key is made as a Multi-Region key, which cannot be changed later ({name})")
        return
    described = account.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    if described.get("MultiRegion", False) != bool(region):
        must = "must be empty" if region else "must name the region of its replica"
        kind = "single-Region" if region else "Multi-Region"
        yield Finding(STOP, f"the deployed key is a {kind} key, which cannot be changed: {name} {must}")
        return
    replicas = {one["Region"] for one in described.get("MultiRegionConfiguration", {}).get("ReplicaKeys", ())}
    if region and region not in replicas:
        yield Finding(NOTE, f"the key {key} has no replica in {region}: aws kms replicate-key (docs/operations.md)")
    elif region:
        yield Finding(GOOD, f"the key {key} has a replica in {region}")


def _backups(account: Account, _: Facts) -> Iterator[Finding]:
    stage = account.stage
    if not stage.has_backups:
        if "BackupVault" in account.resources():
            name = f"stages.{stage.name}.deployment.backup"
            yield Finding(STOP, f"the stack has a vault with backups: {name} can be daily or paused, not empty")
        return
    settings = account.client("backup").describe_region_settings()
    if not settings["ResourceTypeManagementPreference"].get("DynamoDB"):
        yield Finding(
            STOP,
            "AWS Backup has no advanced features for DynamoDB here: backups would be neither under the vault's key nor"
            " copied. aws backup update-region-settings --resource-type-management-preference DynamoDB=true",
        )
    off = [kind for kind in ("DynamoDB", "S3") if not settings["ResourceTypeOptInPreference"].get(kind)]
    if off:
        given = ",".join(f"{kind}=true" for kind in off)
        yield Finding(
            STOP,
            f"AWS Backup is off for {', '.join(off)}:"
            f" aws backup update-region-settings --resource-type-opt-in-preference {given}",
        )
    yield Finding(GOOD, f"AWS Backup: {stage.deployment['backup']}, kept for {stage.deployment['backup_days']} days")


def _copies(account: Account, _: Facts) -> Iterator[Finding]:
    other = account.stage.copy_vault
    if other is None:
        return
    yield Finding(
        NOTE,
        f"a copy of all data goes to the account {other.account} in {other.region}: see docs/data-residency.md",
    )
    if other.account == account.id:
        return
    settings = account.client("backup").describe_global_settings()["GlobalSettings"]
    if settings.get("isCrossAccountBackupEnabled") != "true":
        yield Finding(
            STOP,
            "the organization does not allow copies to other accounts. In its management account:"
            " aws backup update-global-settings --global-settings isCrossAccountBackupEnabled=true",
        )


def _vault_lock(account: Account, _: Facts) -> Iterator[Finding]:
    vault, given = account.resources().get("BackupVault"), account.stage.deployment
    if not vault:
        return
    described = account.client("backup").describe_backup_vault(BackupVaultName=vault)
    locked_at = described.get("LockDate")
    if locked_at is None or locked_at > datetime.now(UTC):
        return
    days = described["MinRetentionDays"]
    if (given["backup_lock"], given["backup_days"]) != ("compliance", days):
        yield Finding(
            STOP,
            f"nobody can change the lock of the vault {vault} any more: backup_lock must be compliance and backup_days"
            f" {days}",
        )


def _trail(account: Account, _: Facts) -> Iterator[Finding]:
    trails = account.client("cloudtrail").describe_trails(includeShadowTrails=True)["trailList"]
    if not trails:
        yield Finding(NOTE, "CloudTrail has no trail: an attempt to delete a key raises no alarm without one")
    else:
        yield Finding(GOOD, f"CloudTrail: {trails[0]['Name']}")


def _china(account: Account, _: Facts) -> Iterator[Finding]:
    if account.stage.partition == aws_regions.CHINA:
        yield Finding(
            NOTE,
            "a public address in China needs an ICP filing (备案): without it the account answers 401 on ports 80 and"
            " 443. File the domain with Sinnet (cn-north-1) or NWCD (cn-northwest-1)",
        )


CHECKS: tuple[Check, ...] = (
    *(_identity, _settings, _state, _edge, _concurrency, _api_logs, _mail, _key_policy),
    *(_replica, _backups, _copies, _vault_lock, _trail, _china),
)
