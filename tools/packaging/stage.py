"""The values of a stage, read from `.chalice/config.json`: every value of a deployment is written there once."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chalicelib.rules.files.scans import Clamd
from tools.packaging import aws_regions

CHALICE = Path(__file__).resolve().parents[2] / ".chalice"
APP = "abtc-portal"
EDGE_REGION = "us-east-1"
"""Where CloudFront takes certificates and firewalls from."""
PAGE_PREFIX = "/#"
"""What the paths of pages begin with in China (docs/decisions/0084); `web/src/addresses.ts` is built for it."""
BACKUPS = ("", "daily", "paused")
"""Values of `backup`: no vault; a backup each day; a vault without new backups."""
LOCKS = ("", "governance", "compliance")
"""Values of `backup_lock`."""
MOST_BACKUP_DAYS = 35
"""Days for which destroyed data may survive in backups: those of point-in-time recovery (docs/data-residency.md)."""
VAULT = re.compile(r"arn:(aws[a-z-]*):backup:([a-z0-9-]+):(\d{12}):backup-vault:[a-zA-Z0-9_-]{2,50}")


class Unconfigured(Exception):
    """Raised when a stage lacks a value, or a value cannot be right; the text names it."""


@dataclass(frozen=True)
class BackupVault:
    """A vault of AWS Backup that gets copies."""

    arn: str
    partition: str
    region: str
    account: str
    """Number of its account."""


@dataclass(frozen=True)
class Stage:
    """One stage in one region."""

    name: str
    region: str
    variables: Mapping[str, str]
    """The environment of the functions, without the names of resources, which the template gives."""
    log_days: int
    """Days for which logs are kept."""
    deployment: Mapping[str, Any]
    """What the deployment is made of: `region`, `alarm_email`, `firewall`, `snap_start`, `traffic_shift`, `table`,
    `journal`, `certificate`, `scanner_subnets`, `scanner_security_groups`, `backup`, `backup_days`, `backup_lock`,
    `backup_copy_to`, `replica_region` (docs/operations.md)."""
    stack_suffix: str = ""

    @property
    def stack(self) -> str:
        """Name of the CloudFormation stack."""
        return f"{APP}-{self.name}{self.stack_suffix}"

    @property
    def partition(self) -> str:
        """The partition of the region."""
        return aws_regions.partition(self.region)

    @property
    def sends_by_ses(self) -> bool:
        """Whether mail goes by SES; by an SMTP server otherwise."""
        return self.variables["ABTC_MAIL_SERVER"] == "ses"

    @property
    def has_edge(self) -> bool:
        """Whether a distribution serves pages and API: it needs a certificate."""
        return bool(self.deployment["certificate"])

    @property
    def has_backups(self) -> bool:
        """Whether the stack has a vault of AWS Backup."""
        return bool(self.deployment["backup"])

    @property
    def copy_vault(self) -> BackupVault | None:
        """The vault that gets a copy of each backup, if there is one and its ARN is well formed."""
        found = VAULT.fullmatch(self.deployment["backup_copy_to"])
        return BackupVault(found.group(), *found.groups()) if found else None

    @property
    def domain(self) -> str:
        """Domain of pages and API."""
        return urlsplit(self.variables["ABTC_WEB_ORIGIN"]).hostname or ""

    @property
    def of_edge(self) -> "Stage":
        """The same stage in the region of its distribution, with the name of that stack: us-east-1, but for China."""
        region = self.region if self.partition == aws_regions.CHINA else EDGE_REGION
        return replace(self, region=region, stack_suffix="-edge")

    @property
    def scanner(self) -> str:
        """What scans uploads: `guardduty`, or `clamd` at an address in the stage's own network."""
        return "clamd" if Clamd.at(self.variables["ABTC_SCANNER"]) else self.variables["ABTC_SCANNER"]

    @property
    def mail_domain(self) -> str:
        """Domain of the sender."""
        return self.variables["ABTC_MAIL_FROM"].rpartition("@")[2]

    @property
    def shifts_traffic(self) -> bool:
        """Whether a new version first gets a part of the requests."""
        return bool(self.deployment["traffic_shift"] != "AllAtOnce")

    @property
    def literals(self) -> Mapping[str, str | int]:
        """Values that packaging writes into the template in place of its parameters of these names."""
        return {
            "Stage": self.name,
            "WebOrigin": self.variables["ABTC_WEB_ORIGIN"],
            "MailDomain": self.mail_domain,
            "LogRetentionDays": self.log_days,
        }


def read(
    name: str,
    region: str = "",
    variables: Mapping[str, str] | None = None,
    chalice: Path = CHALICE,
    deployment: Mapping[str, Any] | None = None,
) -> Stage:
    """Read a stage.

    Args:
        name: Name of the stage.
        region: Region to use instead of the stage's own.
        variables: Variables that replace those of the configuration.
        chalice: Directory of the configuration.
        deployment: Values of `deployment` that replace those of the configuration.

    Raises:
        Unconfigured: There is no such stage, it names no region, or SES is to send where there is none.
    """
    config = json.loads((chalice / "config.json").read_text(encoding="utf-8"))
    declared = config["stages"].get(name)
    if declared is None:
        raise Unconfigured(f"there is no stage {name!r}, only {', '.join(config['stages'])}")
    region = region or declared["deployment"]["region"]
    if not region:
        raise Unconfigured(f"stages.{name}.deployment.region of .chalice/config.json names no region")
    own = {**config["environment_variables"], **declared["environment_variables"], **(variables or {})}
    stage = Stage(
        name, region, own, declared["log_retention_in_days"], {**declared["deployment"], **(deployment or {})}
    )
    _check(stage)
    prefix = PAGE_PREFIX if stage.partition == aws_regions.CHINA else ""
    return replace(stage, variables={**own, "ABTC_PAGE_PREFIX": prefix})


def _check(stage: Stage) -> None:
    try:
        has_ses = aws_regions.has_ses(stage.region)
    except aws_regions.UnknownRegion as unknown:
        raise Unconfigured(f"{unknown} is not a region of AWS") from None
    if stage.sends_by_ses and not has_ses:
        raise Unconfigured(f"SES is not in {stage.region}: ABTC_MAIL_SERVER must name an SMTP server")
    _check_scanner(stage)
    _check_backups(stage)
    _check_replica(stage)


def _check_scanner(stage: Stage) -> None:
    match stage.scanner:
        case "guardduty":
            if not aws_regions.has_malware_protection(stage.region):
                raise Unconfigured(
                    f"GuardDuty scans no uploads in {stage.region}: ABTC_SCANNER must name a clamd, clamd://host:3310"
                )
        case "clamd":
            if not (stage.deployment["scanner_subnets"] and stage.deployment["scanner_security_groups"]):
                raise Unconfigured(
                    f"stages.{stage.name}.deployment.scanner_subnets and scanner_security_groups must name the network"
                    " from which clamd is reached"
                )
        case other:
            raise Unconfigured(f"ABTC_SCANNER is {other!r}: a deployed stage has guardduty or clamd://host:3310")


def _check_backups(stage: Stage) -> None:
    at, given = f"stages.{stage.name}.deployment", stage.deployment
    for name, allowed in (("backup", BACKUPS), ("backup_lock", LOCKS)):
        if given[name] not in allowed:
            known = ", ".join(value or "empty" for value in allowed)
            raise Unconfigured(f"{at}.{name} is {given[name]!r}: it can be {known}")
    if not stage.has_backups:
        if given["backup_lock"] or given["backup_copy_to"]:
            raise Unconfigured(f"{at}.backup_lock and backup_copy_to need {at}.backup")
        return
    if given["backup_days"] not in range(1, MOST_BACKUP_DAYS + 1):
        raise Unconfigured(
            f"{at}.backup_days is {given['backup_days']!r}: destroyed personal data may survive in backups for 1 to"
            f" {MOST_BACKUP_DAYS} days (docs/data-residency.md)"
        )
    if not aws_regions.has_backup(stage.region):
        raise Unconfigured(f"AWS Backup is not in {stage.region}: {at}.backup must be empty")
    _check_copy(stage, f"{at}.backup_copy_to")


def _check_copy(stage: Stage, name: str) -> None:
    if not stage.deployment["backup_copy_to"]:
        return
    if stage.copy_vault is None:
        raise Unconfigured(f"{name} is not the ARN of a vault of AWS Backup")
    if stage.copy_vault.partition != stage.partition:
        raise Unconfigured(f"{name} is in {stage.copy_vault.partition}: backups do not leave {stage.partition}")


def _check_replica(stage: Stage) -> None:
    region, name = stage.deployment["replica_region"], f"stages.{stage.name}.deployment.replica_region"
    if not region:
        return
    try:
        partition = aws_regions.partition(region)
    except aws_regions.UnknownRegion:
        raise Unconfigured(f"{name}: {region} is not a region of AWS") from None
    if partition != stage.partition or region == stage.region:
        raise Unconfigured(f"{name} must be another region in {stage.partition}")
