"""What a stage costs in a month in which nobody uses it: counted in the template, at the prices of `prices.py`."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from benchmarks import prices
from tools.packaging import stage_template

DAYS = 30
RUNS = DAYS * 24 * 60
"""Runs in a month of each function that runs every minute."""
RUN_GB_SECONDS = 0.5 * 0.5
"""Half a second of half a gigabyte."""
METRICS = {
    "purge_drafts": ("purged", "unfinished", "files_failed", "files_unscanned", "runs"),
    "deliver_mail": ("sent", "dead", "failed", "unfinished", "oldest_seconds", "reports_failed", "runs"),
    "expire_cards": ("expired", "failed", "unfinished", "runs"),
    "remind": ("failed", "returns", "unfinished", "runs"),
    "look_up_persons": ("failed", "unfinished", "oldest_seconds", "runs"),
    "inspect_uploads": ("infected", "scans_failed", "runs"),
}
"""Metrics that each function publishes."""
API_METRICS = 1
"""`throttled_requests` of the access log."""
USD = {
    "key": 1.00,
    "alarm": 0.10,
    "metric": 0.30,
    "dashboard": 3.00,
    "acl": 5.00,
    "rule": 1.00,
    "queue": 0.40 / 1e6,
    "snapshot": 0.0000015046,
}
"""List prices of us-east-1 by month, by request, and by GB-s of a kept snapshot."""
POLLS = 5 * DAYS * 24 * 3600 / 20
"""Requests of the five pollers with which Lambda waits at a queue for 20 seconds each."""


class Cost(NamedTuple):
    """One line of the month."""

    what: str
    usd: float
    is_optional: bool = False


def of_month(relay_reads: float, lookup_reads: float) -> Iterator[Cost]:
    """The costs of an idle month.

    Args:
        relay_reads: Read units of a run of the relay with nothing to send.
        lookup_reads: Read units of a run of the look-up of persons with nothing to do.
    """
    template = stage_template.to_merge()
    keys, alarms = (_of_type(template, kind) for kind in ("AWS::KMS::Key", "AWS::CloudWatch::Alarm"))
    watched = sum(map(_metrics, alarms))
    published = sum(map(len, METRICS.values())) + API_METRICS
    rules = len(template["Resources"]["WebAcl"]["Properties"]["Rules"])
    compute = prices.PRICES["compute"].usd * RUN_GB_SECONDS + prices.PRICES["invocations"].usd / 1e6
    yield Cost(f"{len(keys)} KMS keys", len(keys) * USD["key"])
    yield Cost(f"{len(alarms)} alarms over {watched} metrics", watched * USD["alarm"])
    yield Cost(f"{published} metrics of the portal's own", published * USD["metric"])
    yield Cost("a dashboard", USD["dashboard"])
    for function, reads in (("the relay", relay_reads), ("the look-up of persons", lookup_reads)):
        yield Cost(f"{RUNS:,} runs of {function}, Lambda", RUNS * compute)
        yield Cost(f"{RUNS:,} runs of {function}, DynamoDB", RUNS * reads * prices.PRICES["read"].usd / 1e6)
    yield Cost("waiting at the queue of uploads", POLLS * USD["queue"])
    yield Cost(f"`firewall`: AWS WAF with {rules} rules", USD["acl"] + rules * USD["rule"], True)
    yield Cost("`snap_start`: a kept snapshot of 1 GB", DAYS * 24 * 3600 * USD["snapshot"], True)


def _of_type(template: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [resource for resource in template["Resources"].values() if resource.get("Type") == kind]


def _metrics(alarm: Mapping[str, Any]) -> int:
    """How many metrics an alarm is charged for."""
    return sum(1 for query in alarm["Properties"].get("Metrics", ()) if "MetricStat" in query) or 1
