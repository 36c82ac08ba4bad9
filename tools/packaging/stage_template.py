"""What Chalice merges into the deployment's template, for one stage: every value of a stage is written once.

`.chalice/resources.json` declares the resources with parameters; their defaults are the stage's values in
`.chalice/config.json`, which Chalice reads too. The dashboard, JSON within JSON for CloudFormation, has its own file.
"""

import json
import sys
from pathlib import Path
from typing import Any

CHALICE = Path(__file__).resolve().parents[2] / ".chalice"


def for_stage(stage: str, chalice: Path = CHALICE) -> dict[str, Any]:
    """The template to merge; KeyError for a stage that the configuration does not have."""
    config, template, dashboard = (
        _read(chalice / name) for name in ("config.json", "resources.json", "dashboard.json")
    )
    declared = config["stages"][stage]
    variables = {**config["environment_variables"], **declared["environment_variables"]}
    values = {
        "Stage": stage,
        "WebOrigin": variables["ABTC_WEB_ORIGIN"],
        "MailDomain": variables["ABTC_MAIL_FROM"].rpartition("@")[2],
        "LogRetentionDays": declared["log_retention_in_days"],
    }
    for name, value in values.items():
        template["Parameters"][name]["Default"] = value
    template["Resources"]["PortalDashboard"] = {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardBody": {"Fn::Sub": json.dumps(dashboard)}},
    }
    return template


def write(stage: str, target: Path) -> Path:
    """Write the template to merge into a file, for `chalice package --merge-template`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(for_stage(stage), ensure_ascii=False, indent=1), encoding="utf-8")
    return target


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))
