"""The deployment template of a stage as Chalice generates it, without building the zip."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.packaging import generated, stage

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-central-1"


def merged(
    name: str,
    region: str = REGION,
    variables: Mapping[str, str] | None = None,
    deployment: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The SAM template of a stage in a region, with values that replace those of its configuration."""
    return for_stage(stage.read(name, region, variables, deployment=deployment))


def for_stage(wanted: stage.Stage) -> dict[str, Any]:
    """The SAM template of a stage, with the application as the tests have imported it."""
    return generated.for_stage(wanted, ROOT)
