"""Chalice builds a package and its template; this module rewrites the package into the zip that is deployed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.packaging import edge, slim, stage, stage_template
from tools.packaging.archive import write
from tools.packaging.bytecode import compile_all
from tools.packaging.finish import finished

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
DEFAULT_ARCHITECTURE = "arm64"
DEPLOYED = ("app.py", "chalicelib", "vendor", ".chalice", "requirements.txt")
"""What Chalice reads."""
LISTING = Path(__file__).with_name("routes.py")
ROUTES = Path("chalicelib/handlers/http/routes.json")
"""Where `on_demand` finds the routes."""


RESOURCE_NAMES = (
    *("ABTC_TABLE", "ABTC_JOURNAL", "ABTC_BUCKET", "ABTC_KMS_KEY", "ABTC_EDGE_KEY_HASH"),
    *("ABTC_RECEIPT_KEY", "ABTC_ROOTS_BUCKET"),
)
"""Variables to which the template gives the names of its resources."""


@dataclass(frozen=True)
class Package:
    """What was built."""

    archive: Path
    template: Path
    architecture: str
    distributions: dict[str, str]
    """For each top-level name in the zip the distribution it came with."""

    @property
    def size(self) -> int:
        """Bytes of the zip."""
        return self.archive.stat().st_size

    @property
    def digest(self) -> str:
        """SHA-256 of the zip."""
        return hashlib.sha256(self.archive.read_bytes()).hexdigest()

    def weights(self) -> list[tuple[str, int]]:
        """Compressed bytes for each distribution, the heaviest first."""
        weights: Counter[str] = Counter()
        for entry in zipfile.ZipFile(self.archive).infolist():
            top = slim.top_level(entry.filename)
            weights[self.distributions.get(top, top)] += entry.compress_size
        return weights.most_common()

    def unpack(self, folder: Path) -> Path:
        """Unzip, as Lambda does."""
        zipfile.ZipFile(self.archive).extractall(folder)
        return folder


def build(built: stage.Stage, architecture: str, root: Path = ROOT, target: Path = BUILD) -> Package:
    """Build the zip and the template of a stage from the checkout `root` into the folder `target`."""
    target.mkdir(parents=True, exist_ok=True)
    archive = target / f"{built.stack}-{architecture}.zip"
    template = target / "sam.json"
    with tempfile.TemporaryDirectory() as folder:
        project, made, tree = (Path(folder) / name for name in ("project", "made", "tree"))
        _copy(root, project, architecture, built)
        _run_chalice(project, built, made)
        zipfile.ZipFile(made / "deployment.zip").extractall(tree)
        distributions = slim.distributions(tree)
        (tree / ROUTES).write_text(_in_project(project, built, [sys.executable, "-P", LISTING]), encoding="utf-8")
        slim.trim(tree)
        compile_all(tree, slim.OURS)
        write(tree, archive)
        template.write_text(_template(archive.name, made / "sam.json", built), encoding="utf-8")
    if built.has_edge:
        text = json.dumps(edge.template(built), indent=2, ensure_ascii=False) + "\n"
        (target / "edge.json").write_text(text, encoding="utf-8")
    return Package(archive, template, architecture, distributions)


def _copy(root: Path, project: Path, architecture: str, built: stage.Stage) -> None:
    """The project as Chalice shall see it: no cache of old zips, no bytecode, the architecture and the settings.

    Chalice keys its cache by file contents only: a renamed file would ship the old zip.
    """
    project.mkdir()
    for name in DEPLOYED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=shutil.ignore_patterns("__pycache__", "deployments"))
        else:
            shutil.copy(source, project / name)
    config = project / ".chalice" / "config.json"
    declared = json.loads(config.read_text(encoding="utf-8"))
    declared["stages"][built.name]["environment_variables"] = dict(built.variables)
    config.write_text(json.dumps({**declared, "lambda_architecture": architecture}), encoding="utf-8")


def _run_chalice(project: Path, built: stage.Stage, target: Path) -> None:
    # The console script of this very environment; `python -m chalice` does not exist.
    chalice = Path(sys.executable).with_name("chalice")
    merged = stage_template.write(target.with_name("resources.json"), project / ".chalice")
    _in_project(project, built, [chalice, "package", "--stage", built.name, "--merge-template", merged, target])


def _in_project(project: Path, built: stage.Stage, command: Sequence[str | Path]) -> str:
    """Run a command that imports the application; what it prints."""
    # The template gives these names their values at deployment; packaging only needs them to be there.
    names = dict.fromkeys(RESOURCE_NAMES, "-")
    region = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), built.region)
    environment = {**os.environ, **built.variables, **region, **names, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=project, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def _template(archive: str, generated: Path, built: stage.Stage) -> str:
    """The template of the stage, with the zip by its own name."""
    content: Mapping[str, Any] = finished(json.loads(generated.read_text(encoding="utf-8")), built)
    for resource in content["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"./{archive}"
    return json.dumps(content, indent=2) + "\n"
