"""What must be true of a zip before it is deployed. Everything is read from the unzipped result itself."""

import ast
import json
import platform
import re
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chalicelib.config import VARIABLES
from tools.packaging.build import ROOT
from tools.packaging.slim import OURS, top_level

MOST_BYTES = 12_000_000
MOST_TEMPLATE_BYTES = 1_000_000
MACHINES = {"x86_64": 62, "arm64": 183}
"""ELF's number of the processor (e_machine), by Lambda's name for it."""
OWN_NAMES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
OF_THE_RUNTIME = {"snapshot_restore_py"}
"""Modules that Lambda's runtime has, and the zip has not."""
NAME = re.compile(r"^[A-Za-z0-9._-]+")


class Unfit(Exception):
    """The zip would not run, or carries what it should not."""


def check_size(size: int) -> None:
    """A cold start downloads the zip: at most 12 MB."""
    if size > MOST_BYTES:
        raise Unfit(f"{size} bytes are more than {MOST_BYTES}")


def check_template_size(template: Path) -> None:
    """CloudFormation reads a template from S3 up to 1,000,000 bytes, and 51,200 from a request."""
    size = template.stat().st_size
    if size > MOST_TEMPLATE_BYTES:
        raise Unfit(f"the template has {size} bytes, more than {MOST_TEMPLATE_BYTES}")


def check_architectures(template: Mapping[str, Any], architecture: str) -> None:
    """Every function runs on the processor that the wheels are for."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            declared = resource["Properties"].get("Architectures")
            if declared != [architecture]:
                raise Unfit(f"{name} runs on {declared}, the wheels are for {architecture}")


def check_contents(tree: Path, distributions: Mapping[str, str]) -> None:
    """The wheels of requirements.txt, all of them and no others; of Chalice only what runs; ours."""
    wanted = requirements()
    came = {_normal(name) for name in distributions.values()}
    # Chalice only prints a line when it finds no wheel for the platform.
    if came != wanted:
        raise Unfit(f"missing wheels: {sorted(wanted - came)}; not asked for: {sorted(came - wanted)}")
    known = {*distributions, *(top_level(name) for name in OURS), "chalice", "__pycache__"}
    foreign = {path.name for path in tree.iterdir() if top_level(path.name) not in known}
    if foreign:
        raise Unfit(f"nobody asked for {sorted(foreign)}")
    runtime = sorted(path.name for path in (tree / "chalice").iterdir())
    if runtime != ["__init__.pyc", "app.pyc"]:
        raise Unfit(f"of Chalice only its run time goes to Lambda, not {runtime}")
    for module in entries():
        if not (tree / module.replace(".", "/")).with_suffix(".py").is_file():
            raise Unfit(f"{module} is missing")


def check_machine_code(tree: Path, architecture: str) -> None:
    """Every shared library is for the processor."""
    for file in sorted(tree.rglob("*.so*")):
        machine = struct.unpack_from("<H", file.read_bytes()[:20], 18)[0]
        if machine != MACHINES[architecture]:
            raise Unfit(f"{file.relative_to(tree)} is not for {architecture}")


def check_imports(tree: Path) -> None:
    """Each entry, and whatever our modules import, late or early, is there: in an interpreter with nothing else."""
    for module in entries():
        _import_alone(tree, [module])
    _import_alone(tree, sorted(set(_imported(tree)) - OF_THE_RUNTIME))


def own_architecture() -> str:
    """Lambda's name for this machine's processor, or what the machine calls it."""
    machine = platform.machine().lower()
    return OWN_NAMES.get(machine, machine) if sys.platform == "linux" else sys.platform


def entries() -> list[str]:
    """Modules that Lambda enters: the API, and each scheduled function that the stages declare."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    declared = set(config["lambda_functions"])
    return ["app", *(f"scheduled.{name}" for name in sorted(declared - {"api_handler"}))]


def requirements() -> set[str]:
    """Names of the distributions that requirements.txt asks for."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return {_normal(found.group()) for line in lines if (found := NAME.match(line))}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(tree: Path) -> Iterator[str]:
    """Absolute imports anywhere in our modules, but for those that only type checkers follow."""
    for name in OURS:
        for file in [tree / name] if name.endswith(".py") else (tree / name).rglob("*.py"):
            yield from _imports_of(ast.parse(file.read_bytes()))


def _imports_of(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield child.module
        yield from _imports_of(child)


def _import_alone(tree: Path, modules: list[str]) -> None:
    """Import modules in an interpreter that has the unzipped files and the standard library."""
    settings = dict.fromkeys(VARIABLES.values(), '{"keys": []}')
    program = f"import sys; sys.path.insert(0, {str(tree)!r}); import {', '.join(modules)}"
    # -I: no environment, no folder of the caller; -S: no site-packages; -B: the unzipped files stay as they are.
    done = subprocess.run(
        [sys.executable, "-ISB", "-c", program], cwd=tree, env=settings, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unfit(f"import {', '.join(modules)}:\n{done.stderr}")
