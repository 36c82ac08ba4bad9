"""`make package`: the Lambda zip and its SAM template, made by Chalice and proven by importing what is in the zip."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from chalicelib.config import VARIABLES

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
RESOURCES = ROOT / ".chalice" / "resources.json"
DEPLOYMENTS = ROOT / ".chalice" / "deployments"
ENTRIES = (
    "app",
    "scheduled.purge_drafts",
    "scheduled.deliver_mail",
    "scheduled.expire_cards",
    "scheduled.mail_feedback",
)
"""Modules that Lambda enters."""


def main() -> int:
    """Package for the stage named by STAGE."""
    stage = os.environ.get("STAGE") or "prod"
    # Chalice keys its cache by file contents only: a renamed file would ship the old zip.
    shutil.rmtree(DEPLOYMENTS, ignore_errors=True)
    target = BUILD / "package"
    shutil.rmtree(target, ignore_errors=True)
    # The console script of this very environment; `python -m chalice` does not exist.
    chalice = Path(sys.executable).with_name("chalice")
    command = [str(chalice), "package", "--stage", stage, "--merge-template", str(RESOURCES), str(target)]
    subprocess.run(command, cwd=ROOT, env=_environment(), check=True)
    archive = target / "deployment.zip"
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(archive).extractall(folder)
        for module in ENTRIES:
            _import_alone(module, folder)
    print(f"{archive.relative_to(ROOT)}: {archive.stat().st_size / 1e6:.1f} MB, stage {stage}, imports proven")
    return 0


def _environment() -> dict[str, str]:
    """The template gives these names their values at deployment; packaging only needs them to be there."""
    region = {"AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "cn-north-1")}
    return {**os.environ, **region, "ABTC_TABLE": "-", "ABTC_BUCKET": "-", "ABTC_KMS_KEY": "-"}


def _import_alone(module: str, folder: str) -> None:
    """Import a module in an interpreter that has nothing but the unzipped files."""
    settings = dict.fromkeys(VARIABLES.values(), '{"keys": []}')
    program = (
        f"import sys; sys.path[:] = [{folder!r}] + [p for p in sys.path if 'site-packages' not in p]; import {module}"
    )
    subprocess.run([sys.executable, "-I", "-c", program], cwd=folder, env=settings, check=True)


if __name__ == "__main__":
    sys.exit(main())
