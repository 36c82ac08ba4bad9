"""Logs: one JSON object in each line, with the fields of an event, never with bodies or personal data."""

import json
import logging
import sys
from typing import Any

from chalicelib.config import settings
from chalicelib.repos.process import clock
from chalicelib.rules.base.china_time import rfc3339

NAMESPACE = "ABTC"
"""The namespace of the metrics, which the alarms of `.chalice/resources.json` name."""

PUBLISHED = frozenset(
    {
        *("runs", "unfinished", "failed", "files_failed", "dead", "oldest_seconds", "reports_failed"),
        *("infected", "scans_failed", "files_unscanned"),
        *("sent", "purged", "expired", "returns", "mails"),
    }
)
"""Figures that become metrics, because an alarm or the dashboard shows them: CloudWatch charges for each metric."""

_log = logging.getLogger("abtc")
_log.propagate = False
_log.setLevel(logging.INFO)
_handler = logging.StreamHandler(sys.stdout)
_handler.setFormatter(logging.Formatter("%(message)s"))
_log.addHandler(_handler)


def event(name: str, /, **fields: Any) -> None:
    """Write one event; fields that are None are left out."""
    _log.info(_line("info", name, fields))


def metrics(function: str, /, **figures: float) -> None:
    """Write the figures of a finished run of a scheduled function as one event and as CloudWatch metrics.

    CloudWatch reads metrics from a line in its embedded metric format, without a request: one for each figure of
    `PUBLISHED` (in seconds if its name ends with `_seconds`, else a count) and `runs`, by stage and function. The other
    figures are in the line only.

    Args:
        function: The name of the function.
        figures: All its figures in every run, including zeros.
    """
    counted = {**{name: int(value) if isinstance(value, bool) else value for name, value in figures.items()}, "runs": 1}
    declared = [
        {"Name": name, "Unit": "Seconds" if name.endswith("_seconds") else "Count"}
        for name in counted
        if name in PUBLISHED
    ]
    described = {"Namespace": NAMESPACE, "Dimensions": [["stage", "function"]], "Metrics": declared}
    metadata = {"Timestamp": int(clock.now().timestamp() * 1000), "CloudWatchMetrics": [described]}
    event(function, **counted, stage=settings().stage, function=function, _aws=metadata)


def failure(name: str, error: BaseException, /, **fields: Any) -> None:
    """Write an unexpected error: the type of the exception and where it was raised, but not its text."""
    _log.error(_line("error", name, {**fields, "error": type(error).__name__, "at": _places(error)}))


def _places(error: BaseException) -> list[str]:
    places = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return places[-6:]


def _line(level: str, name: str, fields: dict[str, Any]) -> str:
    given = {key: value for key, value in fields.items() if value is not None}
    line = {"time": rfc3339(clock.now()), "level": level, "event": name, **given}
    return json.dumps(line, ensure_ascii=False, default=str)
