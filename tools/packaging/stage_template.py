"""What Chalice merges into the deployment's template: `.chalice/resources.json`, dashboard, alarms of indexes.

The dashboard, JSON within JSON for CloudFormation, has its own file.
"""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.packaging.stage import CHALICE


def to_merge(chalice: Path = CHALICE) -> dict[str, Any]:
    """The template to merge; it is the same for all stages."""
    template, dashboard = (_read(chalice / name) for name in ("resources.json", "dashboard.json"))
    template["Resources"]["PortalDashboard"] = {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardBody": {"Fn::Sub": json.dumps(dashboard)}},
    }
    template["Resources"] |= _index_alarms(template["Resources"])
    return template


MOST_METRICS = 10
"""Metrics that one alarm can add up."""


def _index_alarms(resources: Mapping[str, Any]) -> dict[str, Any]:
    """Alarms of throttled indexes, which the metrics of their table do not include."""
    metrics = [
        (table, index["IndexName"], f"{kind}ThrottleEvents")
        for table, resource in resources.items()
        if resource.get("Type") == "AWS::DynamoDB::Table"
        for index in resource["Properties"]["GlobalSecondaryIndexes"]
        for kind in ("Read", "Write")
    ]
    return {
        f"IndexesThrottled{number}": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmDescription": f"DynamoDB refused reads or writes of indexes, {batch[0][1]} to {batch[-1][1]}",
                "Metrics": [
                    {"Id": "all", "Expression": "SUM(METRICS())", "Label": "all"},
                    *(_index_metric(f"m{place}", *metric) for place, metric in enumerate(batch)),
                ],
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "Threshold": 0,
                "TreatMissingData": "notBreaching",
                "AlarmActions": [{"Ref": "AlarmTopic"}],
                "OKActions": [{"Ref": "AlarmTopic"}],
            },
        }
        for number, batch in enumerate(itertools.batched(metrics, MOST_METRICS), start=1)
    }


def _index_metric(name: str, table: str, index: str, metric: str) -> dict[str, Any]:
    dimensions = [{"Name": "TableName", "Value": {"Ref": table}}, {"Name": "GlobalSecondaryIndexName", "Value": index}]
    measured = {"Namespace": "AWS/DynamoDB", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "ReturnData": False, "MetricStat": {"Metric": measured, "Period": 300, "Stat": "Sum"}}


def write(target: Path, chalice: Path = CHALICE) -> Path:
    """Write the template to merge into a file, for `chalice package --merge-template`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(to_merge(chalice), ensure_ascii=False, indent=1), encoding="utf-8")
    return target


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
