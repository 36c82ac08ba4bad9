"""The version of this project, which pyproject.toml states for everything else."""

import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def version() -> str:
    """`project.version` of pyproject.toml."""
    stated: str = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return stated
