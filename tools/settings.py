"""docs/settings.md, generated from `chalicelib/config.py`, `sandbox/environment.py` and the files of `.chalice/`."""

import ast
import itertools
import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib import config
from tools.markdown import table

ROOT = Path(__file__).resolve().parents[1]
CHALICE = ROOT / ".chalice"
INTRODUCTION = """# Settings

Generated from `chalicelib/config.py`, `sandbox/environment.py` and `.chalice/` by `make documents`; do not edit.

Every setting is an environment variable. The process reads them once, at the first use; a missing variable stops it
with the variable's name. None of them is secret: data keys are stored in the table, wrapped by KMS. `make run` sets all
of them in `sandbox/environment.py`. On Lambda they come from the files that the last column of the first table names;
addresses of `portal.example` and the empty key set are to be replaced before a deployment.
"""
STAGE = "`.chalice/config.json`, for each stage"
ALL_STAGES = "`.chalice/config.json`, for all stages"
TEMPLATE = "`.chalice/resources.json`"
BY_REGION = "`tools/packaging/stage.py`, for the region"
REGIONAL = {"ABTC_PAGE_PREFIX"}


def page() -> str:
    """The whole page: every variable with its meaning and origin, then the values of every stage."""
    chalice = json.loads((CHALICE / "config.json").read_text(encoding="utf-8"))
    return "\n".join([INTRODUCTION, _variables(chalice), "## Values of the stages\n", _stages(chalice)])


def meanings() -> dict[str, str]:
    """The docstring of every field of `Settings`, by the field's name; fields without one are left out."""
    tree = ast.parse(Path(config.__file__).read_text(encoding="utf-8"))
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings"]
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def sandbox_values() -> Mapping[str, str]:
    """What `make run` sets on its default ports.

    `sandbox/environment.py` is run as a file: packages of the same layer do not import each other.
    """
    module = runpy.run_path(str(ROOT / "sandbox" / "environment.py"))
    values: Mapping[str, str] = module["application_environment"](
        {},
        kms_key="id of the engine's key",
        receipt_key="id of the engine's key for receipts",
        licence_jwks={"keys": ["key of the simulated licence platform"]},
        api_url="http://127.0.0.1:8000/v1",
        web_origin="http://127.0.0.1:8001",
    )
    return values


def _variables(chalice: Mapping[str, Any]) -> str:
    meaning, example = meanings(), sandbox_values()
    rows = (
        [f"`{variable}`", meaning.get(field, ""), _code(example[variable]), _origin(variable, chalice)]
        for field, variable in config.VARIABLES.items()
    )
    return table(("variable", "meaning", "value in the sandbox", "set on Lambda by"), rows)


def _stages(chalice: Mapping[str, Any]) -> str:
    stages = {name: {**chalice["environment_variables"], **_own(stage)} for name, stage in chalice["stages"].items()}
    rows = (
        [f"`{variable}`", *(_code(stage[variable]) for stage in stages.values())]
        for variable in config.VARIABLES.values()
        if any(variable in stage for stage in stages.values())
    )
    return table(("variable", *(f"`{name}`" for name in stages)), rows)


def _origin(variable: str, chalice: Mapping[str, Any]) -> str:
    if variable in chalice["environment_variables"]:
        return ALL_STAGES
    if variable in REGIONAL:
        return BY_REGION
    return STAGE if any(variable in _own(stage) for stage in chalice["stages"].values()) else TEMPLATE


def _own(stage: Mapping[str, Any]) -> Mapping[str, str]:
    variables: Mapping[str, str] = stage.get("environment_variables", {})
    return variables


def _code(value: str) -> str:
    return f"`{value}`" if value else "empty"
